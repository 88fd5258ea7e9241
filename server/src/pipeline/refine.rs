//! From a landing in bronze to silver, gold and results: the same for a new file, for one that a crash cut off, and
//! for a replay.

mod find;
mod news;
mod profile;
mod row;

use std::time::{Duration, Instant};

use anyhow::Context;
use app::model::{Counts, Held, LandingState, Outcome};

pub use self::{
    find::Find,
    row::{ArticleRows, CandleRows, RowFormat, row_format},
};
use self::{
    find::{Step, steps_of},
    news::{NewsShape, refine_articles},
    profile::{keep_profile, schema_of_candles},
};
use super::{
    Engine,
    analyse::{Changed, refresh_days, refresh_news_days},
    candles::{CandleWork, Judging, Passed, Refused},
    gold::refresh,
    history,
    judge::{of_file, record, synthetic},
    progress::Progress,
    ranges::Ranges,
    read::{LandingReader, head, open, unpack},
};
use crate::{
    quality::{alert::Patience, profile::CandleProfile},
    refine::{
        format::{CandleFormat, Dropped, Scan},
        sniff::{Recognised, Refusal, recognise_as},
        text::Records,
    },
    store::{
        Landing, Load, RunProgress, SeriesKey, StoreError, Tx,
        analysis::touched_days,
        article::delete_articles,
        candle::take_out,
        count::{Change, count, count_series, fit_series, recount},
        landing::{finish_landing, set_state},
        names::names,
        quarantine::delete_rejects,
    },
};

/// Chunks that wait for the writer.
const CHUNKS_AHEAD: usize = 2;

/// Rows that have passed are counted this often: each time costs a transaction.
const NOTE_EVERY: Duration = Duration::from_millis(200);

/// What came of a landing.
#[derive(Debug, Clone, Default)]
pub struct Refined {
    /// Its rows.
    pub counts: Counts,
    /// First and last time.
    pub range: Option<(i64, i64)>,
    /// Interval of its candles.
    pub step_ms: Option<i64>,
    /// Lines that were no rows.
    pub dropped: Dropped,
}

/// Refines a landing whose bytes are complete.
///
/// # Errors
/// When the bytes cannot be read (a truncated archive), the landing is not one series, or the database fails. What was
/// written stays marked as unfinished and is taken out before the next try.
pub async fn refine(
    engine: &Engine,
    landing: &Landing,
    progress: &mut Progress,
) -> anyhow::Result<Refined> {
    if history::is_page(landing) {
        return history::refine_page(engine, landing, progress).await;
    }
    let recognised = recognise_landing(engine, landing).await?;
    take_back_unfinished(engine, landing, &recognised).await?;
    match recognised {
        Recognised::Candles(format) => refine_candles(engine, landing, *format, progress).await,
        Recognised::News {
            format,
            delimiter,
            header_line,
            columns,
        } => {
            let shape = NewsShape {
                delimiter,
                header_line,
                columns,
            };
            refine_articles(engine, landing, *format, shape, progress).await
        }
    }
}

/// How a landing is read: as it was when it landed, by the format stored with it.
async fn recognise_landing(engine: &Engine, landing: &Landing) -> anyhow::Result<Recognised> {
    let (store, id) = (engine.store.clone(), landing.id);
    let format = Some(landing.format.clone()).filter(|format| !format.is_empty());
    tokio::task::spawn_blocking(move || -> anyhow::Result<Recognised> {
        let text = || unpack::<LandingReader>(open(&store, id).0);
        let head = head(text()?)?;
        let recognised = recognise_as(&head, format.as_deref())?;
        Ok(scan(recognised, &head, text)??)
    })
    .await
    .context("the reader stopped")?
}

/// Reads the whole text where only that tells how its rows are to be read.
///
/// # Errors
/// When the text cannot be read; the inner error refuses the file.
pub fn scan<R: std::io::Read>(
    recognised: Recognised,
    head: &[u8],
    text: impl FnOnce() -> std::io::Result<R>,
) -> std::io::Result<Result<Recognised, Refusal>> {
    let Recognised::Candles(format) = recognised else {
        return Ok(Ok(recognised));
    };
    if !format.needs_scan() {
        return Ok(Ok(Recognised::Candles(format)));
    }
    let mut scan = Scan::new(&format);
    let mut records = Records::new(text()?, false);
    while let Some(record) = records.next_record()? {
        scan.observe(record.line_no, record.raw);
    }
    Ok(match scan.finish(*format) {
        Ok(format) => Ok(Recognised::Candles(Box::new(format))),
        Err(reason) => Err(Refusal::new(reason, head)),
    })
}

/// Name of what a file's checks judge: `BTC-USD/bitfinex/btcusd-1m.csv.gz`.
#[must_use]
pub fn entity(landing: &Landing) -> String {
    let name = landing
        .origin
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(&landing.origin);
    format!("{}/{}/{name}", landing.instrument, landing.venue)
}

/// Takes all rows of a landing out of silver, quarantine and gold, as if it had never been refined, and says why.
///
/// # Errors
/// When the landing cannot be read or the database fails.
pub async fn take_out_landing(
    engine: &Engine,
    landing: &Landing,
    state: LandingState,
    detail: &str,
) -> anyhow::Result<()> {
    let recognised = match recognise_landing(engine, landing).await {
        Ok(recognised) => Some(recognised),
        // what cannot even be recognised has left no rows
        Err(error) if super::batch::is_broken(&error) => None,
        Err(error) => return Err(error),
    };
    let mut tx = engine.store.begin().await?;
    if let Some(recognised) = &recognised {
        take_rows_out(&mut tx, engine, landing, recognised).await?;
    }
    set_state(&mut tx, landing.id, state, detail).await?;
    Ok(tx.commit().await?)
}

/// A crash may have left rows of this landing: without them it begins as if nothing had happened.
async fn take_back_unfinished(
    engine: &Engine,
    landing: &Landing,
    recognised: &Recognised,
) -> anyhow::Result<()> {
    let mut tx = engine.store.begin().await?;
    if landing.state != LandingState::Landed {
        take_rows_out(&mut tx, engine, landing, recognised).await?;
    }
    set_state(&mut tx, landing.id, LandingState::Refining, "").await?;
    Ok(tx.commit().await?)
}

async fn take_rows_out(
    tx: &mut Tx,
    engine: &Engine,
    landing: &Landing,
    recognised: &Recognised,
) -> anyhow::Result<()> {
    let now_ms = engine.clock.now_ms();
    let names = names(tx, &landing.instrument, &landing.venue).await?;
    let rejects = delete_rejects(tx, landing.id).await?;
    count(
        tx,
        "silver",
        "quarantine",
        Change {
            rows: -rejects,
            rejects: -rejects,
            newest_at: None,
        },
        now_ms,
    )
    .await?;
    match recognised {
        Recognised::Candles(format) => {
            let key = SeriesKey {
                names,
                pipeline: landing.pipeline,
                step_ms: format.step_ms,
            };
            // what was cut off may have rows that are not counted yet
            recount(tx, &key).await?;
            if let Some((first, last, lost)) = take_out(tx, &key, landing.id).await? {
                count(
                    tx,
                    "silver",
                    "candle",
                    Change {
                        rows: -lost,
                        ..Change::default()
                    },
                    now_ms,
                )
                .await?;
                count_series(tx, &key, -lost, first, last).await?;
                fit_series(tx, &key).await?;
                let mut changed = Ranges::default();
                changed.add([first], key.step_ms, 0);
                changed.add([last], key.step_ms, last - first);
                refresh(tx, &key, &changed, now_ms).await?;
                let changed = Changed {
                    first_at: first,
                    last_at: last,
                    hours: None,
                };
                refresh_days(tx, names, Some(&changed)).await?;
            }
        }
        Recognised::News { .. } => {
            let touched = touched_days(tx, landing.id).await?;
            let articles = delete_articles(tx, landing.id).await?;
            refresh_news_days(tx, &touched).await?;
            count(
                tx,
                "silver",
                "article",
                Change {
                    rows: -articles,
                    ..Change::default()
                },
                now_ms,
            )
            .await?;
        }
    }
    Ok(())
}

async fn refine_candles(
    engine: &Engine,
    landing: &Landing,
    format: CandleFormat,
    progress: &mut Progress,
) -> anyhow::Result<Refined> {
    let names = engine
        .store
        .names(&landing.instrument, &landing.venue)
        .await?;
    let key = SeriesKey {
        names,
        pipeline: landing.pipeline,
        step_ms: format.step_ms,
    };
    let book = engine.hub.rules().now();
    let (instrument, venue) = (&landing.instrument, &landing.venue);
    let excluded = engine.store.confirmed_ranges(instrument, venue).await?;
    let judging = Judging::new(book, venue, landing.pipeline).without(excluded);
    let mut work = CandleWork::begin(key, judging, landing.id, landing.received_at);
    let mut tx = engine.store.begin().await?;
    let pass = work.may_pass(&mut tx).await?;
    tx.commit().await?;
    let mut load = match (&pass, engine.store.file()) {
        (Some(_), Some(file)) => Some(Load::open(&file, key, landing.id)?),
        _ => None,
    };
    let pass = pass.filter(|_| load.is_some());
    let is_new = pass.is_some();

    let mut bytes_done = 0;
    let mut profile = CandleProfile::new(format.step_ms);
    let (mut written, mut noted) = (Vec::new(), Instant::now());
    let mut steps = steps_of(
        &engine.store,
        landing.id,
        &format,
        pass,
        Some(CandleProfile::new(format.step_ms)),
    );
    while let Some(step) = steps.recv().await {
        let mut step = step.context("the file cannot be read to its end")?;
        if let Step::Passed(passed) = &mut step {
            bytes_done = bytes_done.max(passed.bytes_done);
            written.push(write_passed(engine, &mut load, std::mem::take(passed)).await?);
            if noted.elapsed() < NOTE_EVERY {
                continue;
            }
        }
        let now_ms = engine.clock.now_ms();
        let mut tx = engine.store.begin().await?;
        for passed in written.drain(..) {
            work.note_passed(&mut tx, passed, now_ms).await?;
        }
        noted = Instant::now();
        match step {
            Step::Passed(_) => {}
            Step::Ended(pass, out_of_order) => {
                work.take_over(&mut tx, *pass, out_of_order.is_none())
                    .await?;
                if let Some(rows) = out_of_order {
                    work.apply_out_of_order(&mut tx, *rows, now_ms).await?;
                }
            }
            Step::Profile(of_all) => profile = *of_all,
            Step::Rows(chunk) => {
                bytes_done = chunk.bytes_done;
                work.apply(&mut tx, chunk, now_ms).await?;
            }
        }
        let at = RunProgress {
            phase: "refining",
            bytes_done,
            bytes_total: landing.bytes,
            counts: work.counts,
        };
        progress.at(&mut tx, landing.id, at).await?;
        tx.commit().await?;
    }
    let find = Find::Landing {
        engine,
        landing,
        format: &format,
    };
    let mut tx = engine.store.begin().await?;
    finish_candles(&mut tx, &mut work, &find, engine.clock.now_ms()).await?;
    if let Some((first_at, last_at)) = work.range {
        let changed = Changed {
            first_at,
            last_at,
            hours: profile.hours().cloned(),
        };
        // a live series may have begun while a new one passed: then all of that changed too
        refresh_days(&mut tx, names, Some(&changed).filter(|_| !is_new)).await?;
    }
    let mut outcomes = of_file(&entity(landing), &work);
    if format.is_synthetic {
        let rule = work.book().enabled("candle.synthetic");
        outcomes.extend(rule.map(|rule| synthetic(rule, &entity(landing), work.counts.rows)));
    }
    let profile = profile.finish(schema_of_candles(&format));
    let (counts, rejects) = (&work.counts, &work.rejects);
    let rules = engine.hub.rules().now();
    keep_profile(
        &mut tx,
        landing,
        &profile,
        (counts, rejects),
        &rules,
        &mut outcomes,
    )
    .await?;
    finish(
        engine,
        tx,
        landing,
        &work.counts,
        work.range,
        &outcomes,
        progress,
    )
    .await?;
    Ok(Refined {
        counts: work.counts,
        range: work.range,
        step_ms: Some(format.step_ms),
        dropped: work.dropped,
    })
}

/// Writes rows that have passed, with the right to write in hand: live answers wait their turn.
async fn write_passed(
    engine: &Engine,
    load: &mut Option<Load>,
    passed: Passed,
) -> anyhow::Result<Passed> {
    let mut writing = load.take().context("rows passed without a load")?;
    let permit = engine.store.writer().await?;
    let (written, passed) = tokio::task::spawn_blocking(move || {
        writing.write(passed.rows())?;
        Ok::<_, StoreError>((writing, passed))
    })
    .await
    .context("the load stopped")??;
    drop(permit);
    *load = Some(written);
    Ok(passed)
}

/// Takes back what conflicts or is absurd, judges what is not judged yet, and rolls up.
///
/// # Errors
/// When the database fails or the landing cannot be read again.
pub async fn finish_candles(
    tx: &mut Tx,
    work: &mut CandleWork,
    find: &Find<'_>,
    now_ms: i64,
) -> anyhow::Result<()> {
    let conflicting = work.conflicting(tx).await?;
    let reason =
        "another row of this landing gives other values for the same time; neither is taken";
    let refused: Vec<Refused> = conflicting
        .iter()
        .map(|held| Refused {
            held: *held,
            rule: "candle.dup_conflict",
            reason: reason.to_owned(),
        })
        .collect();
    let rejects = find.rejects(&refused).await?;
    work.take_back(tx, &conflicting, rejects, now_ms).await?;
    let which = find.which();
    // taking an absurd price out changes the baseline of its neighbours, rarely so far that another one falls out
    for _ in 0..3 {
        let refused = work.judge(tx, which, now_ms).await?;
        if refused.is_empty() {
            break;
        }
        let rejects = find.rejects(&refused).await?;
        let held: Vec<Held> = refused.iter().map(|refused| refused.held).collect();
        work.take_back(tx, &held, rejects, now_ms).await?;
    }
    work.hold_against_others(tx).await?;
    Ok(work.roll_up(tx, now_ms).await?)
}

/// Closes the books of a landing: counts, results and alerts in one transaction, told to listeners after it.
async fn finish(
    engine: &Engine,
    mut tx: Tx,
    landing: &Landing,
    counts: &Counts,
    range: Option<(i64, i64)>,
    outcomes: &[Outcome],
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let now_ms = engine.clock.now_ms();
    finish_landing(&mut tx, landing.id, counts, range, now_ms).await?;
    let refused = Change {
        rows: 0,
        rejects: 0,
        newest_at: range.map(|(_, last)| last),
    };
    count(&mut tx, "bronze", "landing", refused, now_ms).await?;
    let events = record(
        &mut tx,
        &engine.hub.rules().now(),
        outcomes,
        Some(landing.id),
        Patience::default(),
        now_ms,
    )
    .await?;
    let at = RunProgress {
        phase: "checked",
        bytes_done: landing.bytes,
        bytes_total: landing.bytes,
        counts: *counts,
    };
    progress.at(&mut tx, landing.id, at).await?;
    tx.commit().await.map_err(StoreError::from)?;
    engine.hub.alerts(events);
    engine.hub.changed();
    Ok(())
}
