//! The hard rules of a landing over the rows that are still in quarantine.

use app::model::{Dataset, Pipeline, Reject};

use crate::{
    pipeline::{Engine, history::is_page, judge::record, refine::entity},
    quality::{
        alert::Patience,
        outcome::{RejectTally, hard_rules},
    },
    store::{Landing, quarantine::QuarantineFilter},
};

/// Most rows that are looked at: beyond them a landing is as broken as it can be.
const MAX_ROWS: i64 = 100_000;

/// Judges the hard rules of a file again; alerts about rows that were dealt with end. Answers of venues are judged
/// while they come, and not afterwards.
pub(super) async fn judge(engine: &Engine, landing: &Landing) -> anyhow::Result<()> {
    if landing.pipeline == Pipeline::Live || is_page(landing) {
        return Ok(());
    }
    // its counts have moved
    let Some(landing) = engine.store.landing(landing.id).await? else {
        return Ok(());
    };
    let open = QuarantineFilter {
        landing_id: Some(landing.id),
        state: Some("open"),
        limit: MAX_ROWS,
        ..QuarantineFilter::default()
    };
    let book = engine.hub.rules().now();
    let mut rejects = RejectTally::default();
    for row in engine.store.quarantine_rows(&open).await?.into_iter().rev() {
        let known = row.rules.iter().filter_map(|rule| book.get(rule));
        rejects.add(&Reject {
            line_no: row.line_no,
            raw: row.raw,
            rules: known.map(|check| check.id).collect(),
            reason: row.reason,
        });
    }
    let is_news = landing.dataset == Dataset::Article;
    let mut outcomes = hard_rules(
        &entity(&landing),
        landing.pipeline,
        is_news,
        &book,
        &landing.counts,
        &rejects,
    );
    // the books are closed: retries keep them balanced
    outcomes.retain(|outcome| outcome.check_id != "dq.rows_conserved");
    let now_ms = engine.clock.now_ms();
    let mut tx = engine.store.begin().await?;
    let events = record(
        &mut tx,
        &engine.hub.rules().now(),
        &outcomes,
        Some(landing.id),
        Patience::default(),
        now_ms,
    )
    .await?;
    tx.commit().await?;
    engine.hub.alerts(events);
    Ok(())
}
