//! Articles of one landing into silver and quarantine.

use app::model::{Article, CheckState, Counts, Dataset, Outcome, Pipeline, Reject};

use crate::{
    quality::outcome::{RejectTally, hard_rules, passed},
    store::{
        StoreError, Tx,
        article::{insert_articles, link_duplicates},
        count::{Change, count},
        quarantine::insert_rejects,
    },
};

/// Share of duplicates above which a file is worth a look.
const DUPLICATES_WARN: f64 = 0.2;

/// Some hundred records of a news landing, parsed.
#[derive(Debug, Default)]
pub struct ArticleChunk {
    /// Articles.
    pub articles: Vec<Article>,
    /// Records that could not be used.
    pub rejects: Vec<Reject>,
    /// Bytes of the landing read so far.
    pub bytes_done: i64,
}

/// The articles of one landing on their way.
#[derive(Debug, Default)]
pub struct ArticleWork {
    landing_id: i64,
    /// Rows so far.
    pub counts: Counts,
    /// Rejects so far.
    pub rejects: RejectTally,
    /// First and last publication.
    pub range: Option<(i64, i64)>,
}

impl ArticleWork {
    /// Begins with a landing.
    #[must_use]
    pub fn begin(landing_id: i64) -> Self {
        Self {
            landing_id,
            ..Self::default()
        }
    }

    /// Writes the next records of the landing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn apply(
        &mut self,
        tx: &mut Tx,
        chunk: ArticleChunk,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let inserted = insert_articles(tx, self.landing_id, &chunk.articles).await?;
        self.counts.rows += (chunk.articles.len() + chunk.rejects.len()) as i64;
        self.counts.accepted += inserted;
        self.counts.deduplicated += chunk.articles.len() as i64 - inserted;
        self.counts.quarantined += chunk.rejects.len() as i64;
        for article in &chunk.articles {
            let at = article.published_at;
            self.range = Some(
                self.range
                    .map_or((at, at), |(first, last)| (first.min(at), last.max(at))),
            );
        }
        for reject in &chunk.rejects {
            self.rejects.add(reject);
        }
        insert_rejects(
            tx,
            self.landing_id,
            Dataset::Article,
            &chunk.rejects,
            now_ms,
        )
        .await?;
        let newest_at = chunk
            .articles
            .iter()
            .map(|article| article.published_at)
            .max();
        count(
            tx,
            "silver",
            "article",
            Change {
                rows: inserted,
                rejects: 0,
                newest_at,
            },
            now_ms,
        )
        .await?;
        if !chunk.rejects.is_empty() {
            let rejected = chunk.rejects.len() as i64;
            count(
                tx,
                "silver",
                "quarantine",
                Change {
                    rows: rejected,
                    rejects: rejected,
                    newest_at: None,
                },
                now_ms,
            )
            .await?;
        }
        Ok(())
    }

    /// Links duplicates and judges the landing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&mut self, tx: &mut Tx, entity: &str) -> Result<Vec<Outcome>, StoreError> {
        let linked = link_duplicates(tx, self.landing_id).await?;
        let mut outcomes = hard_rules(entity, Pipeline::Batch, true, &self.counts, &self.rejects);
        outcomes.push(duplicates(entity, &self.counts, linked));
        Ok(outcomes)
    }
}

fn duplicates(entity: &str, counts: &Counts, linked: i64) -> Outcome {
    let repeated = linked + counts.deduplicated;
    let share = repeated as f64 / counts.rows.max(1) as f64;
    let summary = format!(
        "{linked} articles repeat an earlier one and are linked to it, {} records are repeated to the letter",
        counts.deduplicated
    );
    let pass = passed("article.dup", entity, Pipeline::Batch, counts.rows, summary);
    if share <= DUPLICATES_WARN {
        return Outcome {
            value: Some(share),
            ..pass
        };
    }
    Outcome {
        state: CheckState::Warn,
        failed: repeated,
        value: Some(share),
        ..pass
    }
}
