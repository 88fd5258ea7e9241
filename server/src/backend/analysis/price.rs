//! Analysis of one price series.

use app::{
    chart::label,
    format::{integer, price as price_text},
    model::{
        HOUR_MS, MINUTE_MS,
        analysis::{
            DayVm, GoldDay, GoldPeriod, Period, PeriodVm, PriceVm, ProfileCellVm, ProfileVm,
            RecordsVm, Regime, RegimeShareVm,
        },
        format_utc,
    },
};

use super::sources::Source;
use crate::{
    analysis::{record::records, statistics::band},
    store::{
        Store, StoreError,
        analysis::{ProfileRow, newest_days, periods},
    },
};

/// Days looked at and shown, all there are of any market; months and weeks shown.
pub(super) const DAYS: i64 = 20_000;
const MONTHS: i64 = 240;
const WEEKS: i64 = 260;
const EVER: (i64, i64) = (i64::MIN, i64::MAX);

/// The analysis of a series; `None` without a day.
pub(super) async fn price(store: &Store, source: &Source) -> Result<Option<PriceVm>, StoreError> {
    let names = source.names;
    let days = newest_days(store, names, DAYS).await?;
    let Some(records) = records(&days) else {
        return Ok(None);
    };
    let mut tx = store.snapshot().await?;
    let months = periods(&mut tx, names, Period::Month, EVER, MONTHS).await?;
    let weeks = periods(&mut tx, names, Period::Week, EVER, WEEKS).await?;
    drop(tx);
    let profile = match store.hour_ends(names).await? {
        Some(ends) if source.vm.step_ms <= HOUR_MS => {
            Some(profile(&store.profile(names).await?, ends))
        }
        _ => None,
    };
    Ok(Some(PriceVm {
        instrument: source.vm.instrument.clone(),
        venue: source.vm.venue.clone(),
        simulated: source.vm.simulated,
        summary: summary(source, &days, &records),
        regimes: regimes(&days),
        days: days.iter().map(day).collect(),
        months: months.iter().map(period).collect(),
        weeks: weeks.iter().map(period).collect(),
        records,
        profile,
    }))
}

fn day(day: &GoldDay) -> DayVm {
    DayVm {
        opened_at: day.opened_at,
        close: day.close,
        sma_50: day.sma_50,
        sma_200: day.sma_200,
        return_1: day.return_1,
        volatility: day.volatility_annualised,
        volatility_20: day
            .volatility_20
            .map(|volatility| volatility * crate::analysis::DAYS_A_YEAR.sqrt()),
        drawdown: day.drawdown,
        volume: day.volume,
        completeness: day.completeness,
        regime: day.regime,
    }
}

fn period(period: &GoldPeriod) -> PeriodVm {
    PeriodVm {
        opened_at: period.opened_at,
        days: period.days,
        open: period.open,
        high: period.high,
        low: period.low,
        close: period.close,
        return_1: period.return_1,
        volatility: period.volatility_annualised,
        max_drawdown: period.max_drawdown,
        volume: period.volume,
        vwap: period.vwap,
        completeness: period.completeness,
    }
}

fn profile(rows: &[ProfileRow], (first_at, last_at): (i64, i64)) -> ProfileVm {
    let volume: f64 = rows.iter().map(|row| row.volume).sum();
    let cells = (0..168)
        .map(|index| {
            let (weekday, hour) = (index / 24, index % 24);
            let row = rows
                .iter()
                .find(|row| (row.weekday, row.hour) == (weekday, hour));
            let returns = row.filter(|row| row.n > 0);
            ProfileCellVm {
                weekday,
                hour,
                n: row.map_or(0, |row| row.n),
                mean_return: returns.map(|row| row.sum_return / row.n as f64),
                volatility: returns.filter(|row| row.n > 1).map(|row| {
                    let n = row.n as f64;
                    let squares = row.sum_square - row.sum_return * row.sum_return / n;
                    (squares.max(0.0) / (n - 1.0)).sqrt()
                }),
                mean_abs_return: returns.map(|row| row.sum_abs / row.n as f64),
                mean_volume: row.map(|row| row.volume / row.hours.max(1) as f64),
                volume_share: row
                    .filter(|_| volume > 0.0)
                    .map_or(0.0, |row| row.volume / volume),
            }
        })
        .collect();
    ProfileVm {
        hours: rows.iter().map(|row| row.hours).sum(),
        first_at,
        last_at,
        cells,
    }
}

fn regimes(days: &[GoldDay]) -> Vec<RegimeShareVm> {
    [Regime::Up, Regime::Mixed, Regime::Down, Regime::Unknown]
        .into_iter()
        .map(|regime| {
            let count = days.iter().filter(|day| day.regime == regime).count();
            let next: Vec<f64> = days
                .windows(2)
                .filter(|pair| pair[0].regime == regime)
                .filter_map(|pair| pair[1].return_1)
                .collect();
            RegimeShareVm {
                regime,
                days: count as i64,
                share: count as f64 / days.len().max(1) as f64,
                mean_next_return: band(&next).map(|band| band.mean),
            }
        })
        .collect()
}

fn summary(source: &Source, days: &[GoldDay], records: &RecordsVm) -> String {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return String::new();
    };
    let mut text = format!(
        "{} at {} from {} to {} ({} days): {} at the first close, {} at the last",
        source.vm.instrument,
        source.vm.venue,
        date(first.opened_at),
        date(last.opened_at),
        integer(days.len() as i64),
        price_text(first.close),
        price_text(last.close),
    );
    if let Some(fall) = records.deepest.first() {
        let recovered = fall.recovered_at.map_or_else(
            || "not recovered yet".to_owned(),
            |at| format!("recovered on {}", date(at)),
        );
        text.push_str(&format!(
            "; the deepest fall was {} from {} to {}, {recovered}",
            label::percent(fall.depth),
            date(fall.peak_at),
            date(fall.trough_at),
        ));
    }
    let trend = match last.regime {
        Regime::Up => "; the trend on the last day is up",
        Regime::Down => "; the trend on the last day is down",
        Regime::Mixed => "; the trend on the last day is mixed",
        Regime::Unknown => "; too few days for a trend (200 are needed)",
    };
    text.push_str(trend);
    if source.vm.step_ms > MINUTE_MS * 60 {
        text.push_str("; nothing is known of prices within a day");
    }
    text.push('.');
    text
}

/// `2018-01-01`
pub(super) fn date(at_ms: i64) -> String {
    format_utc(at_ms).chars().take(10).collect()
}
