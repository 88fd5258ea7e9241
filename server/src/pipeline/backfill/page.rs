//! One page: landed, refined and the cursor moved in one transaction.

use app::model::{Counts, Dataset, LandingState, Pipeline};
use sha2::{Digest, Sha256};

use super::cursor::Cursor;
use crate::{
    pipeline::{
        Engine,
        batch::take_up,
        history::{Page, Place, refine_body},
        lock::BatchLock,
        progress::Progress,
    },
    source::{Answer, history::History},
    store::{
        NewLanding, Part, RunProgress, Tx,
        count::{Change, count},
        landing::{insert_landing, insert_part, set_state},
    },
};

/// Whose history it is.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) venue: String,
    pub(super) instrument: String,
}

/// A page that was taken.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) page: Page,
    /// The same bytes had landed before.
    pub(super) known: bool,
}

impl Source {
    pub(super) async fn take(
        &self,
        engine: &Engine,
        history: &dyn History,
        answer: &Answer,
        cursor: &mut Cursor,
        mut at: RunProgress<'static>,
        progress: &mut Progress,
    ) -> anyhow::Result<Taken> {
        let parsed = history.read(&answer.body, answer.received_at_ms)?;
        let times = parsed.candles.iter().map(|row| row.candle.opened_at);
        let (oldest, newest) = (times.clone().min(), times.max());
        let from = cursor.next;
        anyhow::ensure!(
            oldest.is_none_or(|oldest| oldest >= from),
            "{} answers with candles of before the time that was asked for",
            answer.url
        );
        anyhow::ensure!(
            newest.is_some() || parsed.rejects.is_empty(),
            "not one row of {} can be read: {}",
            answer.url,
            parsed.rejects[0].reason
        );
        let next = history.next(from, cursor.end(), newest);
        anyhow::ensure!(next > from, "{} brings a backfill no further", answer.url);

        let _lock = BatchLock::acquire_for(&engine.store, progress).await?;
        take_up(engine, |landing| landing.state != LandingState::Failed).await?;
        let sha256 = hex::encode(Sha256::digest(&answer.body));
        let known = engine.store.landing_of_file(&sha256).await?;
        let now_ms = engine.clock.now_ms();
        let mut tx = engine.store.begin().await?;
        if known.is_some() {
            // these very bytes landed before: their rows are there
            let rows = (parsed.candles.len() + parsed.rejects.len()) as i64;
            cursor.move_to(&mut tx, next, now_ms).await?;
            tx.commit().await?;
            let counts = Counts {
                rows,
                deduplicated: rows,
                ..Counts::default()
            };
            let page = Page {
                counts,
                ..Page::default()
            };
            return Ok(Taken { page, known: true });
        }
        let landing_id = self
            .land(&mut tx, history, answer, &sha256, LandingState::Landed)
            .await?;
        let place = Place {
            landing_id,
            instrument: &self.instrument,
            venue: &self.venue,
            rules: &engine.hub.rules().now(),
            received_at: answer.received_at_ms,
            now_ms,
        };
        let page = refine_body(&mut tx, history, &answer.body, place).await?;
        let landed = Change {
            rows: 1,
            rejects: 0,
            newest_at: page.range.map(|(_, last)| last),
        };
        count(&mut tx, "bronze", "landing", landed, now_ms).await?;
        at.bytes_done += (next - from) / history.step_ms();
        at.counts.add(&page.counts);
        cursor.move_to(&mut tx, next, now_ms).await?;
        progress.at(&mut tx, landing_id, at).await?;
        tx.commit().await?;
        Ok(Taken { page, known: false })
    }

    /// Keeps an answer that is no page, once.
    pub(super) async fn refuse(
        &self,
        engine: &Engine,
        history: &dyn History,
        answer: &Answer,
        reason: &str,
    ) -> anyhow::Result<()> {
        let sha256 = hex::encode(Sha256::digest(&answer.body));
        if engine.store.landing_of_file(&sha256).await?.is_some() {
            return Ok(());
        }
        let mut tx = engine.store.begin().await?;
        let landing_id = self
            .land(&mut tx, history, answer, &sha256, LandingState::Refused)
            .await?;
        set_state(&mut tx, landing_id, LandingState::Refused, reason).await?;
        let landed = Change {
            rows: 1,
            rejects: 1,
            newest_at: None,
        };
        count(&mut tx, "bronze", "landing", landed, engine.clock.now_ms()).await?;
        Ok(tx.commit().await?)
    }

    async fn land(
        &self,
        tx: &mut Tx,
        history: &dyn History,
        answer: &Answer,
        sha256: &str,
        state: LandingState,
    ) -> anyhow::Result<i64> {
        let new = NewLanding {
            pipeline: Pipeline::Batch,
            venue: &self.venue,
            dataset: Dataset::Candle,
            instrument: &self.instrument,
            origin: &answer.url,
            format: &history.format(),
            received_at: answer.received_at_ms,
            sha256,
            bytes: answer.body.len() as i64,
        };
        let landing_id = insert_landing(tx, &new, state).await?;
        let part = Part {
            part_no: 0,
            first_line: 1,
            rows: 1,
            codec: "zstd",
            body: zstd::bulk::compress(&answer.body, 1)?,
        };
        insert_part(tx, landing_id, &part).await?;
        Ok(landing_id)
    }
}
