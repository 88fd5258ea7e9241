//! The strip of numbers on top of the Overview page.

use app::{
    format::{self, UNKNOWN},
    model::{
        Bar, BookVm, HOUR_MS, KpiVm, MINUTE_MS, QuoteVm, Severity, format_age, format_utc_short,
    },
};

use super::{facts::Facts, verdict::by_severity};
use crate::store::{
    Store, StoreError,
    view::{SeriesRow, Window},
};

/// Bars of a sparkline.
const SPARK: i64 = 24;
/// A price older than this is worth a look: three polls of 30 s.
const LATE_MS: i64 = 90_000;
/// A price older than this is no price of now.
const STALE_MS: i64 = 5 * MINUTE_MS;

/// The last 24 hourly bars of a series; five-minute bars while it is younger than two hours.
///
/// # Errors
/// When the store cannot be read.
pub async fn spark_bars(store: &Store, series: &SeriesRow) -> Result<Vec<Bar>, StoreError> {
    let window = Window::newest(SPARK);
    let hours = store.bars(series.key, HOUR_MS, window).await?;
    if hours.len() > 1 {
        return Ok(hours);
    }
    store.bars(series.key, 5 * MINUTE_MS, window).await
}

/// Price, change, spread, volume, freshness, completeness and open alerts.
pub fn strip(facts: &Facts, book: Option<&BookVm>, bars: &[Bar]) -> Vec<KpiVm> {
    vec![
        price(facts, bars),
        change_24h(facts.quote.as_ref(), bars),
        spread(facts.quote.as_ref(), book),
        volume(facts, bars),
        freshness(facts),
        completeness(facts),
        alerts(facts),
    ]
}

fn kpi(key: &str, label: &str, value: Option<String>, note: String) -> KpiVm {
    KpiVm {
        key: key.to_owned(),
        label: label.to_owned(),
        value: value.unwrap_or_else(|| UNKNOWN.to_owned()),
        note,
        severity: None,
        spark: Vec::new(),
        picture: String::new(),
    }
}

fn price(facts: &Facts, bars: &[Bar]) -> KpiVm {
    let (value, note) = match (&facts.quote, facts.main_series(), bars.last()) {
        (Some(quote), _, _) => (
            Some(format::price(quote.quote.last)),
            format!("{} at {}", quote.instrument, quote.venue),
        ),
        (None, Some(series), Some(bar)) => (
            Some(format::price(bar.close)),
            format!(
                "{} at {}, last close",
                series.vm.instrument, series.vm.venue
            ),
        ),
        _ => (None, "no data yet".to_owned()),
    };
    KpiVm {
        spark: bars.iter().map(|bar| bar.close).collect(),
        ..kpi("price", "Price", value, note)
    }
}

fn change_24h(quote: Option<&QuoteVm>, bars: &[Bar]) -> KpiVm {
    let of_quote = quote.and_then(|quote| ratio(quote.quote.last, quote.quote.open_24h?));
    let value = of_quote.or_else(|| {
        let (first, last) = (bars.first()?, bars.last()?);
        ratio(last.close, first.open)
    });
    let note = match (of_quote, bars.first(), bars.last()) {
        (None, Some(first), Some(last)) => format!(
            "{} to {}",
            format_utc_short(first.opened_at),
            format_utc_short(last.opened_at)
        ),
        _ => "24 h".to_owned(),
    };
    kpi("change", "Change", value.map(format::change), note)
}

fn ratio(now: f64, then: f64) -> Option<f64> {
    (then > 0.0).then(|| now / then - 1.0)
}

fn spread(quote: Option<&QuoteVm>, book: Option<&BookVm>) -> KpiVm {
    let of_quote = quote.and_then(|quote| {
        let (bid, ask) = (quote.quote.bid?, quote.quote.ask?);
        let mid = f64::midpoint(bid, ask);
        (mid > 0.0).then(|| (ask - bid) / mid * 10_000.0)
    });
    let bps = of_quote.or_else(|| book.map(|book| book.book.spread_bps));
    KpiVm {
        severity: bps.filter(|bps| *bps < 0.0).map(|_| Severity::Critical),
        ..kpi(
            "spread",
            "Spread",
            bps.map(format::bps),
            "ask − bid, of the mid".to_owned(),
        )
    }
}

fn volume(facts: &Facts, bars: &[Bar]) -> KpiVm {
    let instrument = match (&facts.quote, facts.main_series()) {
        (Some(quote), _) => &quote.instrument,
        (None, Some(series)) => &series.vm.instrument,
        (None, None) => return kpi("volume", "Volume", None, "24 h".to_owned()),
    };
    let of_quote = facts
        .quote
        .as_ref()
        .and_then(|quote| quote.quote.volume_24h);
    let summed = || (!bars.is_empty()).then(|| bars.iter().map(|bar| bar.volume).sum());
    let value: Option<f64> = of_quote.or_else(summed);
    let note = if of_quote.is_some() {
        "24 h".to_owned()
    } else {
        format!("last {} bars", bars.len())
    };
    KpiVm {
        spark: bars.iter().map(|bar| bar.volume).collect(),
        ..kpi(
            "volume",
            "Volume",
            value.map(|volume| format::volume(volume, instrument)),
            note,
        )
    }
}

fn freshness(facts: &Facts) -> KpiVm {
    if let Some(age_ms) = facts.price_age_ms() {
        let severity = if age_ms > STALE_MS {
            Some(Severity::Error)
        } else {
            (age_ms > LATE_MS).then_some(Severity::Warn)
        };
        return KpiVm {
            severity,
            ..kpi(
                "freshness",
                "Freshness",
                Some(format_age(age_ms)),
                "age of the newest price; limit 90 s".to_owned(),
            )
        };
    }
    let age = facts
        .main_series()
        .map(|series| format_age(facts.now - series.vm.last_at - series.vm.finest_step_ms));
    kpi(
        "freshness",
        "Freshness",
        age,
        "age of the newest candle; no live feed".to_owned(),
    )
}

fn completeness(facts: &Facts) -> KpiVm {
    let severity = facts.completeness.and_then(|share| match share {
        share if share < 0.97 => Some(Severity::Error),
        share if share < 0.99 => Some(Severity::Warn),
        _ => None,
    });
    let live = facts.main_series().is_some_and(|series| series.vm.live);
    let note = if live {
        "of the last 24 h; limit 99 %"
    } else {
        "of the newest 24 h of data; limit 99 %"
    };
    KpiVm {
        severity,
        ..kpi(
            "completeness",
            "Completeness",
            facts.completeness.map(format::percent),
            note.to_owned(),
        )
    }
}

fn alerts(facts: &Facts) -> KpiVm {
    let all = facts.severities();
    let note = if all.is_empty() {
        "nothing is wrong".to_owned()
    } else {
        by_severity(&all)
    };
    KpiVm {
        severity: all.iter().max().copied(),
        ..kpi("alerts", "Open alerts", Some(all.len().to_string()), note)
    }
}
