//! Missing minutes, page by page.

use std::collections::BTreeSet;

use app::model::{
    Dataset, GapState, LandingState, LiveEvent, MINUTE_MS, Pipeline, Step, bucket_start,
};
use sha2::{Digest, Sha256};

use super::{Course, GapWorker, MAX_PAGES, later};
use crate::{
    pipeline::{
        Engine,
        candles::Judging,
        history::body_of,
        live::{
            answer::chunk_of,
            candles::{minutes_of, take_candles},
            publish::newest_bars,
        },
        refine::Find,
    },
    source::{
        Answer,
        history::{History, reader},
        venue::Question,
    },
    store::{
        Landing, Names, NewLanding, Part, StoreError, Tx,
        candle::candles,
        count::{Change, count},
        gap::{Gap, NewGap, add_gap_rows, gap_vm, insert_gap},
        landing::{finish_landing, insert_landing, insert_part, set_state},
        names::names,
    },
};

impl GapWorker {
    /// Notes the minutes of a trade gap that have no final candle yet.
    pub(super) async fn note_missing_candles(
        &self,
        gap: &Gap,
        minutes: (i64, i64),
    ) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        let mut tx = self.engine.store.begin().await?;
        let missing = missing(&mut tx, gap.names, minutes, now_ms).await?;
        let (Some(first), Some(last)) = (missing.first(), missing.last()) else {
            return Ok(());
        };
        let new = NewGap {
            names: gap.names,
            dataset: Dataset::Candle,
            from_at: *first,
            to_at: Some(last + MINUTE_MS),
            from_id: None,
            to_id: None,
            cause: gap.cause,
            state: GapState::Open,
            detected_at: now_ms,
            next_at: now_ms,
            detail: format!("{} minutes without a final candle", missing.len()),
        };
        let id = insert_gap(&mut tx, &new).await?;
        let vm = gap_vm(&mut tx, id).await?;
        tx.commit().await?;
        if let Some(vm) = vm {
            self.engine.hub.publish(LiveEvent::Gap(vm));
        }
        Ok(())
    }

    pub(super) async fn fill_candles(&self, gap: &Gap) -> anyhow::Result<Course> {
        let now_ms = self.engine.clock.now_ms();
        let range = (gap.from_at, gap.to_at.unwrap_or(now_ms));
        let left = self.missing_now(gap.names, range).await?;
        let (Some(first), Some(last)) = (left.first(), left.last()) else {
            return Ok(Course::Filled(
                "polls or the stream have brought its candles".to_owned(),
            ));
        };
        let step = Step::ALL.into_iter().find(|step| step.step_ms == MINUTE_MS);
        let Some(history) = step.and_then(|step| self.client.history(step)) else {
            let words = "the venue gives no candles of minutes".to_owned();
            return Ok(Course::Recorded(words));
        };
        let reach_ms = self.client.facts().candles_reach_ms;
        let reached = reach_ms.map_or(i64::MIN, |ms| bucket_start(now_ms - ms, MINUTE_MS));
        let asked = ((*first).max(reached), last + MINUTE_MS);
        if asked.0 < asked.1
            && let Err(course) = self.candle_pages(gap, &*history, asked).await?
        {
            return Ok(course);
        }
        let left = self.missing_now(gap.names, range).await?;
        let count = left.len();
        Ok(match left.first() {
            None => Course::Filled("every minute has its candle".to_owned()),
            Some(first) if *first < reached => Course::Recorded(format!(
                "{count} minutes lie further back than the venue's candles reach"
            )),
            Some(_) if !self.client.facts().lists_all_minutes => Course::Recorded(format!(
                "no_trades: the venue leaves out {count} minutes, as it does where nothing was traded"
            )),
            Some(_) => Course::Incomplete(format!("the venue does not give {count} minutes")),
        })
    }

    async fn missing_now(
        &self,
        names: Names,
        range: (i64, i64),
    ) -> Result<BTreeSet<i64>, StoreError> {
        let mut tx = self.engine.store.snapshot().await?;
        missing(&mut tx, names, range, self.engine.clock.now_ms()).await
    }

    async fn candle_pages(
        &self,
        gap: &Gap,
        history: &dyn History,
        (mut from, to): (i64, i64),
    ) -> anyhow::Result<Result<(), Course>> {
        for _ in 0..MAX_PAGES {
            let question = Question {
                url: history.url(from, to),
                weight: self.client.candles_weight(),
            };
            let answer = match self.asker.ask(&question).await {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(later(&error))),
            };
            let newest = match self.take_candle_page(gap, history, &answer).await? {
                Ok(newest) => newest,
                Err(reason) => return Ok(Err(Course::Later(reason, None))),
            };
            let next = history.next(from, to, newest);
            if next <= from || next >= to {
                return Ok(Ok(()));
            }
            from = next;
        }
        Ok(Ok(()))
    }

    /// Lands a page and takes its candles; gives the time of the newest, or why it is no page.
    async fn take_candle_page(
        &self,
        gap: &Gap,
        history: &dyn History,
        answer: &Answer,
    ) -> anyhow::Result<Result<Option<i64>, String>> {
        let now_ms = self.engine.clock.now_ms();
        let StreamPlace { venue, .. } = self.place();
        let mut tx = self.engine.store.begin().await?;
        let landing_id = self.land(&mut tx, history, answer).await?;
        let read = read_page(
            &mut tx,
            history,
            &answer.body,
            gap.names,
            Judging::new(self.engine.hub.rules().now(), venue, Pipeline::Live),
            (landing_id, answer.received_at_ms, now_ms),
        )
        .await;
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                let reason = format!("{error:#}");
                drop(tx);
                let mut tx = self.engine.store.begin().await?;
                let landing_id = self.land(&mut tx, history, answer).await?;
                set_state(&mut tx, landing_id, LandingState::Refused, &reason).await?;
                tx.commit().await?;
                return Ok(Err(reason));
            }
        };
        add_gap_rows(&mut tx, gap.id, read.accepted, now_ms).await?;
        tx.commit().await?;
        let StreamPlace { instrument, venue } = self.place();
        match newest_bars(&self.engine, instrument, venue, gap.names).await {
            Ok(bars) => self.engine.hub.publish(bars),
            Err(error) => tracing::warn!(%error, "the newest bars cannot be read"),
        }
        Ok(Ok(read.newest))
    }

    async fn land(
        &self,
        tx: &mut Tx,
        history: &dyn History,
        answer: &Answer,
    ) -> anyhow::Result<i64> {
        let StreamPlace { instrument, venue } = self.place();
        let new = NewLanding {
            pipeline: Pipeline::Live,
            venue,
            dataset: Dataset::Candle,
            instrument,
            origin: &answer.url,
            format: &history.format(),
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

    fn place(&self) -> StreamPlace<'_> {
        StreamPlace {
            instrument: &self.source.instrument,
            venue: &self.source.venue,
        }
    }
}

struct StreamPlace<'a> {
    instrument: &'a str,
    venue: &'a str,
}

/// What a page brought.
struct ReadPage {
    accepted: i64,
    newest: Option<i64>,
}

async fn read_page(
    tx: &mut Tx,
    history: &dyn History,
    body: &[u8],
    names: Names,
    judging: Judging,
    (landing_id, received_at, now_ms): (i64, i64, i64),
) -> anyhow::Result<ReadPage> {
    let parsed = history.read(body, received_at)?;
    let newest = parsed.candles.iter().map(|row| row.candle.opened_at).max();
    let chunk = chunk_of(parsed, MINUTE_MS, received_at);
    let landing = (landing_id, received_at);
    let work = take_candles(
        tx,
        names,
        judging,
        landing,
        &chunk,
        &Find::Chunk(&chunk),
        now_ms,
    )
    .await?;
    finish_landing(tx, landing_id, &work.counts, work.range, now_ms).await?;
    Ok(ReadPage {
        accepted: work.counts.accepted,
        newest,
    })
}

/// Refines a landed page again; `None` if the landing is no such page.
///
/// # Errors
/// When the landing cannot be read or the database fails.
pub async fn replay_candle_page(engine: &Engine, landing: &Landing) -> anyhow::Result<Option<()>> {
    if landing.dataset != Dataset::Candle {
        return Ok(None);
    }
    let Some(history) = reader(&landing.format) else {
        return Ok(None);
    };
    let body = body_of(engine, landing.id).await?;
    let mut tx = engine.store.begin().await?;
    let names = names(&mut tx, &landing.instrument, &landing.venue).await?;
    let at = landing.received_at;
    let judging = Judging::new(engine.hub.rules().now(), &landing.venue, Pipeline::Live);
    read_page(
        &mut tx,
        &*history,
        &body,
        names,
        judging,
        (landing.id, at, at),
    )
    .await?;
    tx.commit().await?;
    Ok(Some(()))
}

/// Minutes of a stretch without a final candle, of those that have ended.
async fn missing(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    now_ms: i64,
) -> Result<BTreeSet<i64>, StoreError> {
    let running = bucket_start(now_ms, MINUTE_MS);
    let (from, to) = (bucket_start(from, MINUTE_MS), to.min(running));
    let mut left = BTreeSet::new();
    let mut at = from;
    while at < to {
        left.insert(at);
        at += MINUTE_MS;
    }
    for held in candles(tx, &minutes_of(names), from, to).await? {
        if held.candle.is_final {
            left.remove(&held.candle.opened_at);
        }
    }
    Ok(left)
}
