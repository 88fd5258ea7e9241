//! What came live refined again, in the order in which it was committed.
//!
//! Runs overlap: while a connection's run grows, answers of polls, pages of backfills and the runs of other connections
//! are landed. Each batch of a run says when it was committed, so that everything is merged as it was.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
};

use anyhow::Context;
use app::model::{Counts, LandingState};

use super::{
    WATERMARK_MS,
    apply::{Place, Refinery, take_page_rows},
    line::{Line, LineKind},
    minutes::rebuild_minutes,
    refiner::Refiner,
    run::{BatchMark, decode},
    writer::FORMAT,
};
use crate::{
    pipeline::{
        Engine,
        history::body_of,
        live::{
            extra,
            gaps::{TradePage, is_trade_page, replay_candle_page},
            replay_answer,
        },
        read::{LandingReader, open},
    },
    source::session::StreamEvent,
    store::{
        Landing, StoreError, Tx,
        landing::{finish_landing, set_state},
        stream::finish_run,
    },
};

/// Lines that are refined before their rows are written.
const LINES: usize = 5_000;

/// True if a landing is the run of a connection.
#[must_use]
pub fn is_run(landing: &Landing) -> bool {
    landing.format.starts_with(FORMAT)
}

/// Refines live landings again. They are given in the order of their numbers.
#[derive(Debug)]
pub struct Replayer {
    engine: Engine,
    refinery: Refinery,
    runs: BTreeMap<i64, OpenRun>,
    /// Of each series, the oldest row that is rebuilt.
    from: BTreeMap<(String, String), i64>,
}

#[derive(Debug)]
struct OpenRun {
    landing: Landing,
    /// `None` while a blocking thread reads on.
    reader: Option<BufReader<LandingReader>>,
    refiner: Refiner,
    /// The batch that comes next.
    next: BatchMark,
    /// Lines that are refined, but whose rows are not written.
    lines: usize,
    /// The last of them.
    last_at: i64,
    leader: bool,
    counts: Counts,
    range: Option<(i64, i64)>,
    conflated: i64,
}

impl OpenRun {
    fn series(&self) -> (&str, &str) {
        (&self.landing.instrument, &self.landing.venue)
    }
}

impl Replayer {
    /// A replayer that has seen nothing.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            refinery: Refinery::default(),
            runs: BTreeMap::new(),
            from: BTreeMap::new(),
        }
    }

    /// Takes the next landing. One that cannot be refined is marked as failed and does not keep out those after it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&mut self, landing: &Landing) -> anyhow::Result<()> {
        self.batches_before(landing.id).await?;
        let series = (landing.instrument.as_str(), landing.venue.as_str());
        self.write_series(series).await?;
        let result = if is_run(landing) {
            self.open_run(landing).await
        } else if is_trade_page(&landing.format) {
            self.take_trade_page(landing).await
        } else if extra::is_extra(landing) {
            extra::replay(&self.engine, landing).await
        } else {
            match replay_candle_page(&self.engine, landing).await {
                Ok(Some(())) => Ok(()),
                Ok(None) => replay_answer(&self.engine, landing).await,
                Err(error) => Err(error),
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(error) => fail(&self.engine, landing.id, &error).await,
        }
    }

    /// Takes what is left, then writes the minutes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        self.batches_before(i64::MAX).await?;
        let now_ms = self.engine.clock.now_ms();
        for ((instrument, venue), from) in std::mem::take(&mut self.from) {
            let mut tx = self.engine.store.begin().await?;
            let key = (instrument.clone(), venue.clone());
            self.refinery
                .open(&mut tx, (&instrument, &venue), now_ms)
                .await?;
            if let Some(series) = self.refinery.series.get(&key) {
                rebuild_minutes(&mut tx, series, from, WATERMARK_MS, now_ms).await?;
            }
            self.refinery.write_counts(&mut tx, now_ms).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn open_run(&mut self, landing: &Landing) -> anyhow::Result<()> {
        let (reader, _) = open(&self.engine.store, landing.id);
        let mut reader = BufReader::new(reader);
        let (reader, first) = tokio::task::spawn_blocking(move || {
            let first =
                (|| Ok::<_, std::io::Error>((decode(&mut reader)?, decode(&mut reader)?)))();
            (reader, first)
        })
        .await
        .context("the reader stopped")?;
        let (state, mark) = first?;
        let state = state
            .filter(|line| line.kind == LineKind::State)
            .context("the run does not begin with a state")?;
        let refiner = Refiner::open(&landing.venue, &state.text)?;
        let Some(mark) = mark else {
            anyhow::bail!("the run holds no batch");
        };
        let next = mark_of(&mark)?;
        self.runs.insert(
            landing.id,
            OpenRun {
                landing: landing.clone(),
                reader: Some(reader),
                refiner,
                next,
                lines: 0,
                last_at: state.at,
                leader: next.leader,
                counts: Counts::default(),
                range: None,
                conflated: 0,
            },
        );
        Ok(())
    }

    /// Takes the batches that were committed before a landing, one after the other.
    async fn batches_before(&mut self, landing_id: i64) -> anyhow::Result<()> {
        loop {
            let next = self
                .runs
                .iter()
                .map(|(id, run)| (run.next.turn, *id))
                .min()
                .filter(|(turn, _)| turn.landing_id < landing_id);
            let Some((_, id)) = next else {
                return Ok(());
            };
            if let Err(error) = self.next_batch(id).await {
                self.runs.remove(&id);
                if error.downcast_ref::<StoreError>().is_some() {
                    return Err(error);
                }
                fail(&self.engine, id, &error).await?;
            }
        }
    }

    async fn next_batch(&mut self, id: i64) -> anyhow::Result<()> {
        let Some(mut run) = self.runs.remove(&id) else {
            return Ok(());
        };
        let key = (run.landing.instrument.clone(), run.landing.venue.clone());
        // rows of another connection to the same venue come first
        self.write_series((&key.0, &key.1)).await?;
        if run.leader != run.next.leader || run.lines >= LINES {
            self.write(&mut run).await?;
            run.leader = run.next.leader;
        }
        let ends = run.next.ends;
        let mut reader = run.reader.take().context("the run is being read")?;
        let (reader, read) = tokio::task::spawn_blocking(move || {
            let read = read_batch(&mut reader);
            (reader, read)
        })
        .await
        .context("the reader stopped")?;
        run.reader = Some(reader);
        let (lines, next) = read?;
        let mut events: Vec<StreamEvent> = Vec::new();
        for line in &lines {
            // one that is out of shape is among the rejects
            let _ = run.refiner.line(line, &mut events);
            events.clear();
            run.last_at = line.at;
        }
        run.lines += lines.len();
        match next {
            Some(next) => {
                run.next = next;
                self.runs.insert(id, run);
                Ok(())
            }
            None => self.end_run(run, ends).await,
        }
    }

    async fn end_run(&mut self, mut run: OpenRun, ends: bool) -> anyhow::Result<()> {
        if ends {
            run.refiner.end();
        }
        self.write(&mut run).await?;
        let now_ms = self.engine.clock.now_ms();
        let mut tx = self.engine.store.begin().await?;
        let detail = super::conflated_words(run.conflated);
        finish_run(
            &mut tx,
            run.landing.id,
            &run.counts,
            run.range,
            &detail,
            now_ms,
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// Writes the rows that runs of a series hold back.
    async fn write_series(&mut self, series: (&str, &str)) -> anyhow::Result<()> {
        let held: Vec<i64> = self
            .runs
            .iter()
            .filter(|(_, run)| run.series() == series && run.lines > 0)
            .map(|(id, _)| *id)
            .collect();
        for id in held {
            if let Some(mut run) = self.runs.remove(&id) {
                let written = self.write(&mut run).await;
                self.runs.insert(id, run);
                written?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, run: &mut OpenRun) -> anyhow::Result<()> {
        let rows = run.refiner.drain();
        run.lines = 0;
        if rows.count() == 0 {
            return Ok(());
        }
        let place = Place {
            rules: &self.engine.hub.rules().now(),
            excluded: &[],
            instrument: &run.landing.instrument,
            venue: &run.landing.venue,
            simulated: false,
            landing_id: run.landing.id,
            leader: run.leader,
            now_ms: run.last_at,
        };
        let mut tx = self.engine.store.begin().await?;
        let applied = match self.refinery.apply(&mut tx, place, &rows).await {
            Ok(applied) => applied,
            Err(error) => {
                self.refinery = Refinery::default();
                return Err(error);
            }
        };
        self.refinery.write_counts(&mut tx, run.last_at).await?;
        tx.commit().await.map_err(StoreError::from)?;
        run.counts.add(&applied.counts);
        run.conflated += rows.conflated;
        self.note(&run.landing, applied.range);
        run.range = join(run.range, applied.range);
        Ok(())
    }

    fn note(&mut self, landing: &Landing, range: Option<(i64, i64)>) {
        let Some((first, _)) = range else {
            return;
        };
        let key = (landing.instrument.clone(), landing.venue.clone());
        self.from
            .entry(key)
            .and_modify(|from| *from = first.min(*from))
            .or_insert(first);
    }

    async fn take_trade_page(&mut self, landing: &Landing) -> anyhow::Result<()> {
        let page =
            TradePage::parse(&landing.format).context("not the format of a page of trades")?;
        let client = page
            .client(&landing.venue)
            .with_context(|| format!("no client speaks the protocol of {}", landing.venue))?;
        let body = body_of(&self.engine, landing.id).await?;
        let parsed = client.read_trades(&page.gap, &body, landing.received_at)?;
        let place = Place {
            rules: &self.engine.hub.rules().now(),
            excluded: &[],
            instrument: &landing.instrument,
            venue: &landing.venue,
            simulated: false,
            landing_id: landing.id,
            leader: true,
            now_ms: landing.received_at,
        };
        let mut tx: Tx = self.engine.store.begin().await?;
        let applied = take_page_rows(
            &mut self.refinery,
            &mut tx,
            place,
            &parsed,
            landing.received_at,
        )
        .await;
        let applied = match applied {
            Ok(applied) => applied,
            Err(error) => {
                self.refinery = Refinery::default();
                return Err(error);
            }
        };
        let now_ms = self.engine.clock.now_ms();
        finish_landing(&mut tx, landing.id, &applied.counts, applied.range, now_ms).await?;
        self.refinery.write_counts(&mut tx, now_ms).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.note(landing, applied.range);
        Ok(())
    }
}

fn join(a: Option<(i64, i64)>, b: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (a, b) {
        (Some((from, to)), Some((first, last))) => Some((from.min(first), to.max(last))),
        (one, other) => one.or(other),
    }
}

fn mark_of(line: &Line) -> anyhow::Result<BatchMark> {
    (line.kind == LineKind::Batch)
        .then(|| BatchMark::parse(&line.text))
        .flatten()
        .context("a batch of the run has no mark")
}

/// Lines up to the next mark, and that mark.
fn read_batch(run: &mut impl BufRead) -> anyhow::Result<(Vec<Line>, Option<BatchMark>)> {
    let mut lines = Vec::new();
    while let Some(line) = decode(run)? {
        if line.kind == LineKind::Batch {
            return Ok((lines, Some(mark_of(&line)?)));
        }
        lines.push(line);
    }
    Ok((lines, None))
}

async fn fail(engine: &Engine, landing_id: i64, error: &anyhow::Error) -> anyhow::Result<()> {
    let detail = format!("{error:#}");
    tracing::error!(landing = landing_id, error = detail, "cannot be refined");
    let mut tx = engine.store.begin().await?;
    set_state(&mut tx, landing_id, LandingState::Failed, &detail).await?;
    Ok(tx.commit().await?)
}
