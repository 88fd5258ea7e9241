//! Checks of gold: live against batch, bars against minutes, days against days, venues against venues, and queries.
//!
//! Whoever changes minutes notes the stretch in the same transaction (`store/touched.rs`). This duty takes the stretches
//! one by one and judges the days they are in; what it finds is kept by the day. Of series that are fed now it also says,
//! once an hour and minute, how they are at this moment.
//!
//! Two kinds of entities: `BTC-USD/kraken/gold` is how a live series is now, `BTC-USD/kraken/2018` what is known of a
//! year of history.

mod custom;
mod days;
mod now;
mod reconcile;
mod series;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use app::model::{AlertEventVm, DAY_MS, HOUR_MS, MINUTE_MS, Outcome, Pipeline, bucket_start};
use tokio_util::sync::CancellationToken;

use self::series::{Series, all_series};
use super::{Engine, judge::record};
use crate::{
    analysis::period::{end, start},
    quality::{alert::Patience, rule::RuleBook},
    store::{
        Names, StoreError, Tx,
        touched::{Touched, take_touched},
    },
};

/// Between two looks at what changed.
const EVERY: Duration = Duration::from_secs(5);
/// Between two stretches: the writer is for what comes live first.
const BREATH: Duration = Duration::from_millis(20);
/// A live minute is looked at so long after its end.
const SETTLED_MS: i64 = 20_000;
/// What is older than this is history.
const NOW_MS: i64 = 7 * DAY_MS;
/// Days judged in one transaction.
const DAYS_AT_ONCE: i64 = 7;

/// The duty.
#[derive(Debug)]
pub struct GoldChecks {
    engine: Engine,
    /// Hours of live series that were judged.
    hours: HashMap<Names, i64>,
    /// Minutes and hours of groups of live series that were judged.
    minutes: HashMap<String, i64>,
    clocks: HashMap<String, i64>,
    custom: custom::Asked,
}

impl GoldChecks {
    /// Over this engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            hours: HashMap::new(),
            minutes: HashMap::new(),
            clocks: HashMap::new(),
            custom: custom::Asked::default(),
        }
    }

    /// Judges until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let pause = match self.step().await {
                Ok(true) => BREATH,
                Ok(false) => EVERY,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "gold is not judged");
                    EVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Judges one stretch, or how one live series is now, or one query; false once nothing is due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn step(&mut self) -> anyhow::Result<bool> {
        let book = self.engine.hub.rules().now();
        let all = all_series(&self.engine).await?;
        let mut tx = self.engine.store.begin().await?;
        if let Some(stretch) = take_touched(&mut tx).await? {
            let outcomes = judge_stretch(&mut tx, &book, &all, &stretch, &self.engine).await?;
            if is_of_now(&stretch, &self.engine) && stretch.pipeline == Pipeline::Batch {
                // what was wrong with it may just have been mended
                self.hours.remove(&stretch.names);
            }
            self.tell(tx, &outcomes).await?;
            return Ok(true);
        }
        let settled = self.engine.clock.now_ms() - SETTLED_MS;
        let hour = bucket_start(settled, HOUR_MS);
        for series in all.iter().filter(|series| series.live) {
            if self.hours.insert(series.names, hour) == Some(hour) {
                continue;
            }
            let outcomes = now::of_series(&mut tx, &book, series, settled).await?;
            self.tell(tx, &outcomes).await?;
            return Ok(true);
        }
        let minute = bucket_start(settled, MINUTE_MS);
        for group in groups(&all, |series| series.live) {
            let name = format!("{}/{}", group[0].instrument, group[0].simulated);
            if self.minutes.insert(name.clone(), minute) == Some(minute) {
                continue;
            }
            let with_clocks = self.clocks.insert(name, hour) != Some(hour);
            let outcomes = now::of_group(&mut tx, &book, &group, settled, with_clocks).await?;
            self.tell(tx, &outcomes).await?;
            return Ok(true);
        }
        drop(tx);
        let Some(outcome) = self.custom.next(&self.engine, &book).await else {
            return Ok(false);
        };
        let tx = self.engine.store.begin().await?;
        self.tell(tx, &[outcome]).await?;
        Ok(true)
    }

    async fn tell(&self, mut tx: Tx, outcomes: &[Outcome]) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        let events: Vec<AlertEventVm> = record(
            &mut tx,
            &self.engine.hub.rules().now(),
            outcomes,
            None,
            Patience::default(),
            now_ms,
        )
        .await?;
        tx.commit().await?;
        self.engine.hub.alerts(events);
        Ok(())
    }
}

/// Judges everything from `from` to before `to` anew, with these rules, and how live series are now. The results are the
/// caller's to store; what is kept by the day is stored, and what waits to be judged goes on waiting.
///
/// # Errors
/// When the database fails.
pub async fn evaluate(
    engine: &Engine,
    book: &RuleBook,
    range: (i64, i64),
) -> anyhow::Result<Vec<Outcome>> {
    evaluate_each(engine, book, |_, _| range).await
}

/// The same, with a range for each series, of the first and last time of its minutes.
///
/// # Errors
/// When the database fails.
pub async fn evaluate_each(
    engine: &Engine,
    book: &RuleBook,
    range_of: impl Fn(i64, i64) -> (i64, i64),
) -> anyhow::Result<Vec<Outcome>> {
    let all = all_series(engine).await?;
    let mut found: BTreeMap<(&'static str, String), Outcome> = BTreeMap::new();
    let mut note = |outcomes: Vec<Outcome>| {
        for outcome in outcomes {
            found.insert((outcome.check_id, outcome.entity.clone()), outcome);
        }
    };
    for series in &all {
        let mut tx = engine.store.snapshot().await?;
        let (first, last) = series::ends_of_minutes(&mut tx, series.names).await?;
        drop(tx);
        let (from, to) = range_of(first, last);
        let (mut next, to) = (from.max(first), to.min(last.saturating_add(1)));
        while next < to {
            let until = (bucket_start(next, DAY_MS) + DAYS_AT_ONCE * DAY_MS).min(to);
            let stretch = Touched {
                names: series.names,
                instrument: series.instrument.clone(),
                venue: series.venue.clone(),
                pipeline: Pipeline::Batch,
                from_at: next,
                to_at: until - 1,
            };
            let mut tx = engine.store.begin().await?;
            note(judge_stretch(&mut tx, book, &all, &stretch, engine).await?);
            tx.commit().await?;
            next = until;
        }
    }
    let settled = engine.clock.now_ms() - SETTLED_MS;
    let mut tx = engine.store.begin().await?;
    for series in all.iter().filter(|series| series.live) {
        note(now::of_series(&mut tx, book, series, settled).await?);
    }
    for group in groups(&all, |series| series.live) {
        note(now::of_group(&mut tx, book, &group, settled, true).await?);
    }
    tx.commit().await?;
    note(custom::all(engine, book).await);
    Ok(found.into_values().collect())
}

/// Series that may be held against each other: of one instrument, real or simulated.
fn groups(all: &[Series], wanted: impl Fn(&Series) -> bool) -> Vec<Vec<&Series>> {
    let mut groups: BTreeMap<(i64, bool), Vec<&Series>> = BTreeMap::new();
    for series in all.iter().filter(|series| wanted(series)) {
        let key = (series.names.instrument_id, series.simulated);
        groups.entry(key).or_default().push(series);
    }
    groups
        .into_values()
        .filter(|group| group.len() > 1)
        .collect()
}

fn is_of_now(stretch: &Touched, engine: &Engine) -> bool {
    stretch.to_at >= engine.clock.now_ms() - NOW_MS
}

/// Judges the whole days of a stretch.
async fn judge_stretch(
    tx: &mut Tx,
    book: &RuleBook,
    all: &[Series],
    stretch: &Touched,
    engine: &Engine,
) -> Result<Vec<Outcome>, StoreError> {
    let Some(series) = all.iter().find(|series| series.names == stretch.names) else {
        // all its minutes were taken out
        return Ok(Vec::new());
    };
    let now_ms = engine.clock.now_ms();
    let whole = (
        bucket_start(stretch.from_at, DAY_MS),
        bucket_start(stretch.to_at, DAY_MS) + DAY_MS,
    );
    let mut next = whole.0;
    while next < whole.1 {
        let range = (next, (next + DAYS_AT_ONCE * DAY_MS).min(whole.1));
        reconcile::refresh(tx, book, series, range).await?;
        // of a live day that is not over, gold is judged by the hour
        if stretch.pipeline == Pipeline::Batch || range.1 <= now_ms {
            for (rule, found) in days::of_series(tx, book, series, range, now_ms).await? {
                days::keep(tx, series, rule, range, &found).await?;
            }
            let others = |other: &Series| {
                other.names.instrument_id == series.names.instrument_id
                    && other.simulated == series.simulated
            };
            for group in groups(all, others) {
                for (venue, rule, found) in days::of_group(tx, book, &group, range).await? {
                    if let Some(of) = group.iter().find(|series| series.venue == venue) {
                        days::keep(tx, of, rule, range, &found).await?;
                    }
                }
            }
        }
        next = range.1;
    }
    if series.live && is_of_now(stretch, engine) {
        return match book.enabled(reconcile::RULE) {
            Some(rule) => {
                let of = (series.now_entity(), Pipeline::Live);
                let range = (now_ms - NOW_MS, now_ms);
                let outcome = reconcile::outcome(tx, rule, series, (&of.0, of.1), range).await?;
                Ok(vec![outcome])
            }
            None => Ok(Vec::new()),
        };
    }
    let mut outcomes = Vec::new();
    let mut at = whole.0;
    while at < whole.1 {
        let year = year_of(at);
        outcomes.extend(of_year(tx, book, all, series, year).await?);
        at = year.1;
    }
    Ok(outcomes)
}

/// First millisecond of a year, and of the next.
fn year_of(at: i64) -> (i64, i64) {
    // a year has twelve months, whatever their length
    let month = |at: i64| start(app::model::analysis::Period::Month, at);
    let name = crate::quality::dataset::month_name(at);
    let number: i64 = name
        .split_once('-')
        .and_then(|(_, month)| month.parse().ok())
        .unwrap_or(1);
    let mut first = month(at);
    for _ in 1..number {
        first = month(first - 1);
    }
    let mut next = first;
    for _ in 0..12 {
        next = end(app::model::analysis::Period::Month, next);
    }
    (first, next)
}

/// Results over what is kept of a year.
async fn of_year(
    tx: &mut Tx,
    book: &RuleBook,
    all: &[Series],
    series: &Series,
    year: (i64, i64),
) -> Result<Vec<Outcome>, StoreError> {
    let name: String = crate::quality::daily::day_name(year.0)
        .chars()
        .take(4)
        .collect();
    let entity = format!("{}/{}/{name}", series.instrument, series.venue);
    let mut outcomes = Vec::new();
    if let Some(rule) = book.enabled(reconcile::RULE) {
        let of = (entity.as_str(), Pipeline::Batch);
        let outcome = reconcile::outcome(tx, rule, series, of, year).await?;
        // most of history was never live
        outcomes.extend(Some(outcome).filter(|outcome| outcome.tested > 0));
    }
    let has_others = groups(all, |_| true)
        .iter()
        .any(|group| group.contains(&series));
    let across = days::ACROSS.iter().filter(|_| has_others);
    for (id, noun) in days::OWN.iter().chain(across) {
        if let Some(rule) = book.enabled(id) {
            outcomes.push(days::outcome(tx, (rule, noun), series, &entity, year).await?);
        }
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_begin_in_january() {
        let day = |text: &str| crate::when::moment(text, 0).unwrap();
        for inside in ["2018-01-01", "2018-06-30", "2018-12-31"] {
            assert_eq!(
                year_of(day(inside)),
                (day("2018-01-01"), day("2019-01-01")),
                "{inside}"
            );
        }
        assert_eq!(year_of(day("2020-02-29")).1, day("2021-01-01"));
    }
}
