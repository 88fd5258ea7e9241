//! One row into silver and gold, as a row of its landing.

use std::sync::Arc;

use app::model::{Counts, flag};

use super::read::{Read, Reader};
use crate::{
    pipeline::{
        analyse::{Changed, refresh_days, refresh_news},
        articles::ArticleWork,
        candles::{CandleWork, Judging},
        refine::{Find, finish_candles},
    },
    quality::{outcome::RejectTally, rule::RuleBook},
    store::{
        Landing, SeriesKey, Tx,
        candle::held,
        count::{Change, count},
        names::names,
        quarantine::{Quarantined, add_to_landing},
    },
};

/// Tries to take a row in. `Ok(Err(reason))` when it is still not sound: the transaction is then to be rolled back.
pub(super) async fn try_row(
    tx: &mut Tx,
    rules: &Arc<RuleBook>,
    landing: &Landing,
    reader: &Reader,
    row: &Quarantined,
    raw: &str,
    now_ms: i64,
) -> anyhow::Result<Result<&'static str, String>> {
    let (counts, at) = match reader.read(landing, row.line_no, raw) {
        Err(reason) => return Ok(Err(reason)),
        Ok(Read::Candle(chunk, step_ms)) => {
            let key = SeriesKey {
                names: names(tx, &landing.instrument, &landing.venue).await?,
                pipeline: landing.pipeline,
                step_ms,
            };
            let at = chunk.rows.first().map(|row| row.candle.opened_at);
            let judging = Judging::new(rules.clone(), &landing.venue, landing.pipeline);
            let mut work = CandleWork::begin(key, judging, landing.id, landing.received_at);
            work.apply(tx, chunk.clone(), now_ms).await?;
            // a row that is out already has nothing to finish
            if work.counts.quarantined == 0 {
                finish_candles(tx, &mut work, &Find::Chunk(&chunk), now_ms).await?;
            }
            if work.counts.quarantined > 0 {
                return Ok(Err(reason_of(&work.rejects)));
            }
            if let Some(range) = work.range {
                refresh_days(tx, key.names, Some(&Changed::stretch(range))).await?;
            }
            let mut counts = work.counts;
            let times: Vec<i64> = at.into_iter().collect();
            let there = held(tx, &key, &times).await?;
            let is_flagged = |held: &app::model::Held| held.candle.flags & flag::FINDINGS != 0;
            counts.flagged = i64::from(counts.accepted > 0 && there.values().any(is_flagged));
            (counts, at)
        }
        Ok(Read::Article(chunk)) => {
            let at = chunk.articles.first().map(|article| article.published_at);
            let mut work = ArticleWork::begin(landing.id);
            work.apply(tx, chunk, now_ms).await?;
            // the links of duplicates; the landing is judged as a whole later
            let _ = work.finish(tx, "", rules).await?;
            refresh_news(tx, landing.id).await?;
            (work.counts, at)
        }
    };
    let added = Counts {
        rows: 0,
        quarantined: -1,
        ..counts
    };
    let at = at.filter(|_| counts.accepted > 0);
    add_to_landing(tx, landing.id, &added, at).await?;
    let left = Change {
        rows: 0,
        rejects: -1,
        newest_at: None,
    };
    count(tx, "silver", "quarantine", left, now_ms).await?;
    Ok(Ok(if counts.accepted > 0 {
        "accepted"
    } else {
        "deduplicated"
    }))
}

/// Words of the first reject.
fn reason_of(rejects: &RejectTally) -> String {
    rejects
        .rules
        .values()
        .find_map(|tally| tally.evidence.rows.first()?.last().cloned())
        .unwrap_or_else(|| "it still breaks a rule".to_owned())
}
