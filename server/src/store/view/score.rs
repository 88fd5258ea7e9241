//! Scores over time.

use app::model::ScoreOf;

use super::word;
use crate::store::{Store, StoreError};

/// Times and scores of one thing, oldest first.
pub type History = ((ScoreOf, String), Vec<(i64, f64)>);

/// The lowest score of each stretch, so that a drawing of few points shows every dip. Scores of checks are not drawn
/// side by side.
const OF_ALL: &str = "
select kind, name, at / $3 * $3 as stretch, min(score) as low
from score
where kind in ('overall', 'layer', 'dimension', 'dataset', 'venue') and at >= $1 and at < $2 and score is not null
group by kind, name, at / $3
order by kind, name, stretch";

pub(super) const OF_ONE: &str = "
select kind, name, at / $3 * $3 as stretch, min(score) as low
from score
where kind = $4 and name = $5 and at >= $1 and at < $2 and score is not null
group by kind, name, at / $3
order by kind, name, stretch";

impl Store {
    /// What scores were from a time on, lowest of each stretch: all but those of checks, or only one.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn score_history(
        &self,
        (from_ms, to_ms, stretch_ms): (i64, i64, i64),
        only: Option<(ScoreOf, &str)>,
    ) -> Result<Vec<History>, StoreError> {
        let mut query = sqlx::query_as(if only.is_some() { OF_ONE } else { OF_ALL })
            .bind(from_ms)
            .bind(to_ms)
            .bind(stretch_ms.max(1));
        if let Some((of, name)) = only {
            query = query.bind(of.as_str()).bind(name);
        }
        let rows: Vec<(String, String, i64, f64)> = query.fetch_all(&self.read).await?;
        let mut all = Vec::<History>::new();
        for (kind, name, at, score) in rows {
            let key = (word(ScoreOf::parse(&kind), "kind of score", &kind)?, name);
            match all.last_mut() {
                Some((last, points)) if *last == key => points.push((at, score)),
                _ => all.push((key, vec![(at, score)])),
            }
        }
        Ok(all)
    }
}
