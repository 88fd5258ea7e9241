//! Days, weeks, months, profile and news by day after gold bars or articles changed.
//!
//! Everything here is a function of the rows of gold and silver, so that a replay gives the same. What a change cannot
//! reach is not read: a late row in years of minutes costs milliseconds.

use std::collections::BTreeSet;

use app::model::{
    DAY_MS, HOUR_MS,
    analysis::{GoldDay, Period},
    bucket_start,
};

use crate::{
    analysis::{
        day::{Carried, day},
        news::by_day,
        period::{end, start, summarise},
    },
    quality::profile::MAX_HOURS,
    refine::rollup::TAIL_CLOSES,
    store::{
        Names, StoreError, Tx,
        analysis::{
            bars_from, bounds, day_before, days, days_from, delete_days, ends, facts,
            refresh_profile, replace_news_days, replace_periods, touched_days, upsert_days,
        },
    },
};

/// Days worked on at once.
const PAGE: i64 = 250;

/// What changed of the candles of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Start of the first candle.
    pub first_at: i64,
    /// Start of the last candle.
    pub last_at: i64,
    /// Starts of the hours they are in; `None`: too many to tell.
    pub hours: Option<BTreeSet<i64>>,
}

impl Changed {
    /// A short stretch without holes, as a live answer brings it.
    #[must_use]
    pub fn stretch((first_at, last_at): (i64, i64)) -> Self {
        let first = bucket_start(first_at, HOUR_MS);
        let count = (last_at - first) / HOUR_MS + 1;
        let hours = (0..count).map(|index| first + index * HOUR_MS);
        Self {
            first_at,
            last_at,
            hours: (count <= MAX_HOURS as i64).then(|| hours.collect()),
        }
    }
}

/// Recomputes what is derived from the bars of a series after its candles changed; `None`: all of it.
///
/// # Errors
/// When the database fails.
pub async fn refresh_days(
    tx: &mut Tx,
    names: Names,
    changed: Option<&Changed>,
) -> Result<(), StoreError> {
    let stretch = match changed {
        // the two days around the stretch too: they are no longer the ends of the series, and the next return changes
        Some(changed) => {
            let (from, to) = (
                bucket_start(changed.first_at, DAY_MS),
                bucket_start(changed.last_at, DAY_MS) + DAY_MS,
            );
            let (before, after) = bounds(tx, names, from, to).await?;
            (before.unwrap_or(from), after.map_or(to, |at| at + DAY_MS))
        }
        None => (i64::MIN, i64::MAX),
    };
    let before = day_before(tx, names, stretch.0).await?;
    let (bar_before, _) = bounds(tx, names, stretch.0, stretch.0).await?;
    let is_whole = bar_before == before.map(|day| day.opened_at);
    // a database of before these tables: nothing to build upon
    let (from, to) = if is_whole {
        stretch
    } else {
        (i64::MIN, i64::MAX)
    };
    let before = before.filter(|_| is_whole);
    rebuild(tx, names, before.as_ref(), from, to).await?;
    for period in [Period::Week, Period::Month] {
        refresh_periods(tx, names, period, (from, to)).await?;
    }
    let hours = changed
        .filter(|_| is_whole)
        .and_then(|changed| changed.hours.as_ref());
    refresh_profile(tx, names, hours).await
}

/// Rebuilds the days from `from` on, up to where nothing changes any more: a change before `to` reaches 200 closes
/// further, and as far as the peak is another one.
async fn rebuild(
    tx: &mut Tx,
    names: Names,
    before: Option<&GoldDay>,
    from: i64,
    to: i64,
) -> Result<(), StoreError> {
    let ends = ends(tx, names).await?;
    let mut carried = before.map(Carried::from);
    let mut next = from;
    let mut behind = 0;
    loop {
        let bars = bars_from(tx, names, next, PAGE).await?;
        let until = match bars.last() {
            Some(last) if bars.len() as i64 == PAGE => last.bar.opened_at + 1,
            _ => i64::MAX,
        };
        let there = days(tx, names, next, until).await?;
        let mut old = there.iter().peekable();
        let mut changed: Vec<GoldDay> = Vec::new();
        let mut settled = false;
        for bar in &bars {
            let now = day(bar, carried, &ends);
            carried = Some(Carried::from(&now));
            while let Some(gone) = old.next_if(|old| old.opened_at < now.opened_at) {
                delete_days(tx, names, gone.opened_at, gone.opened_at + 1).await?;
            }
            let same = old
                .next_if(|old| old.opened_at == now.opened_at)
                .is_some_and(|old| *old == now);
            if !same {
                changed.push(now);
            }
            if now.opened_at >= to {
                behind += 1;
                if same && behind >= TAIL_CLOSES {
                    settled = true;
                    break;
                }
            }
        }
        upsert_days(tx, names, &changed).await?;
        if settled {
            return Ok(());
        }
        if until == i64::MAX {
            if let Some(gone) = old.next() {
                delete_days(tx, names, gone.opened_at, i64::MAX).await?;
            }
            return Ok(());
        }
        next = until;
    }
}

/// Replaces the weeks or months that the days from `from` to before `to` are in.
async fn refresh_periods(
    tx: &mut Tx,
    names: Names,
    period: Period,
    (from, to): (i64, i64),
) -> Result<(), StoreError> {
    let range = if from == i64::MIN {
        (from, to)
    } else {
        (start(period, from), end(period, to - 1))
    };
    let before = day_before(tx, names, range.0).await?;
    let after = days_from(tx, names, range.1, 1).await?.pop();
    let inside = days(tx, names, range.0, range.1).await?;
    let summaries = summarise(period, &inside, before.as_ref(), after.as_ref());
    replace_periods(tx, names, period, range, &summaries).await
}

/// Recomputes the news of the days that a landing of articles touched.
///
/// # Errors
/// When the database fails.
pub async fn refresh_news(tx: &mut Tx, landing_id: i64) -> Result<(), StoreError> {
    let touched = touched_days(tx, landing_id).await?;
    refresh_news_days(tx, &touched).await
}

/// Recomputes the news of these days, ascending.
///
/// # Errors
/// When the database fails.
pub async fn refresh_news_days(tx: &mut Tx, touched: &[i64]) -> Result<(), StoreError> {
    for days in touched.chunk_by(|a, b| b - a == DAY_MS) {
        // a month at a time: bounds memory
        for some in days.chunks(31) {
            if let (Some(first), Some(last)) = (some.first(), some.last()) {
                let range = (*first, last + DAY_MS);
                let articles = facts(tx, range.0, range.1).await?;
                replace_news_days(tx, range, &by_day(&articles)).await?;
            }
        }
    }
    Ok(())
}
