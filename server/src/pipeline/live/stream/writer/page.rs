//! A page of trades that fills a gap: landed, refined and counted in one transaction.

use std::sync::Arc;

use app::model::{Dataset, LandingState, Pipeline};
use sha2::{Digest, Sha256};

use super::{Writer, tell::Told};
use crate::{
    pipeline::live::stream::{
        apply::{Applied, Place, take_page_rows},
        batch::StreamSource,
    },
    source::{Answer, message::ParsedTrades},
    store::{
        NewLanding, Part, Tx,
        count::{Change, count},
        gap::add_gap_rows,
        landing::{finish_landing, insert_landing, insert_part, set_state},
    },
};

/// A page and the gap it belongs to.
#[derive(Debug)]
pub(in crate::pipeline::live) struct PageWork {
    pub(in crate::pipeline::live) source: Arc<StreamSource>,
    pub(in crate::pipeline::live) gap_id: i64,
    /// How it is read again.
    pub(in crate::pipeline::live) format: String,
    pub(in crate::pipeline::live) answer: Answer,
    /// Its trades, or why it is none.
    pub(in crate::pipeline::live) parsed: Result<ParsedTrades, String>,
    /// What came of it.
    pub(in crate::pipeline::live) taken: PageTaken,
}

/// What came of a page.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::pipeline::live) struct PageTaken {
    /// Trades that were new.
    pub(in crate::pipeline::live) new: i64,
    /// Trades in it, new or known.
    pub(in crate::pipeline::live) rows: i64,
}

impl Writer {
    pub(super) async fn take_page(
        &mut self,
        tx: &mut Tx,
        page: &mut PageWork,
        told: &mut Told,
    ) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        let source = Arc::clone(&page.source);
        self.watch_source(tx, &source, now_ms, told).await?;
        let landing_id = land(tx, page).await?;
        let parsed = match &page.parsed {
            Ok(parsed) => parsed,
            Err(reason) => {
                set_state(tx, landing_id, LandingState::Refused, reason).await?;
                let change = Change {
                    rejects: 1,
                    ..Change::default()
                };
                return Ok(count(tx, "bronze", "landing", change, now_ms).await?);
            }
        };
        let place = Place {
            rules: &self.engine.hub.rules().now(),
            excluded: &[],
            instrument: &source.instrument,
            venue: &source.venue,
            simulated: source.simulated,
            landing_id,
            leader: true,
            now_ms,
        };
        let received_at = page.answer.received_at_ms;
        let Applied {
            counts,
            range,
            trades,
            ..
        } = take_page_rows(&mut self.refinery, tx, place, parsed, received_at).await?;
        finish_landing(tx, landing_id, &counts, range, now_ms).await?;
        page.taken = PageTaken {
            new: counts.accepted,
            rows: parsed.trades.len() as i64,
        };
        add_gap_rows(tx, page.gap_id, counts.accepted, now_ms).await?;
        told.gaps.insert(page.gap_id);
        if source.facts.counts_trades
            && let Some(series) = self
                .refinery
                .series
                .get_mut(&(source.instrument.clone(), source.venue.clone()))
        {
            for (trade, _) in &trades {
                series.numbers.fill(trade.trade_id, trade.traded_at);
            }
        }
        Ok(())
    }
}

async fn land(tx: &mut Tx, page: &PageWork) -> anyhow::Result<i64> {
    let answer = &page.answer;
    let new = NewLanding {
        pipeline: Pipeline::Live,
        venue: &page.source.venue,
        dataset: Dataset::Trade,
        instrument: &page.source.instrument,
        origin: &answer.url,
        format: &page.format,
        received_at: answer.received_at_ms,
        sha256: &hex::encode(Sha256::digest(&answer.body)),
        bytes: answer.body.len() as i64,
    };
    let id = insert_landing(tx, &new, LandingState::Landed).await?;
    let part = Part {
        part_no: 0,
        first_line: 1,
        rows: 1,
        codec: "zstd",
        body: zstd::bulk::compress(&answer.body, 1)?,
    };
    insert_part(tx, id, &part).await?;
    let change = Change {
        rows: 1,
        rejects: 0,
        newest_at: Some(answer.received_at_ms),
    };
    count(tx, "bronze", "landing", change, answer.received_at_ms).await?;
    Ok(id)
}
