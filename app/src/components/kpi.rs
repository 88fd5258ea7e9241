//! The strip of numbers on top of the Overview.

use leptos::prelude::*;

use crate::{
    format,
    live::use_live,
    model::{KpiVm, QuoteVm, Severity, format_age},
};

/// What the stream knows for the strip.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latest {
    /// Newest quote.
    pub quote: Option<QuoteVm>,
    /// Completeness by the newest health that is newer than the page.
    pub completeness: Option<f64>,
    /// Open alerts.
    pub open_alerts: i64,
    /// The server's clock, 0 if not known.
    pub now: i64,
}

/// The value of a number now: from the stream where it knows better than the page.
#[must_use]
pub fn value_now(kpi: &KpiVm, latest: &Latest) -> String {
    let quote = latest.quote.as_ref();
    let known = match kpi.key.as_str() {
        "price" => quote.map(|quote| format::price(quote.quote.last)),
        "change" => quote.and_then(change_24h).map(format::change),
        "spread" => quote.and_then(spread_bps).map(format::bps),
        "volume" => {
            quote.and_then(|quote| Some(format::volume(quote.quote.volume_24h?, &quote.instrument)))
        }
        "freshness" if latest.now > 0 => {
            quote.map(|quote| format_age(latest.now - quote.received_at))
        }
        "completeness" => latest.completeness.map(format::percent),
        "alerts" => Some(format::integer(latest.open_alerts)),
        _ => None,
    };
    known.unwrap_or_else(|| kpi.value.clone())
}

/// The severity that colours a number now.
#[must_use]
pub fn severity_now(kpi: &KpiVm, latest: &Latest) -> Option<Severity> {
    match kpi.key.as_str() {
        "alerts" if latest.open_alerts == 0 => None,
        "alerts" => kpi.severity.or(Some(Severity::Warn)),
        _ => kpi.severity,
    }
}

/// Change of the price over 24 hours as a share of 1.
#[must_use]
pub fn change_24h(quote: &QuoteVm) -> Option<f64> {
    let open = quote.quote.open_24h.filter(|open| *open > 0.0)?;
    Some(quote.quote.last / open - 1.0)
}

/// (ask − bid) / mid in basis points.
fn spread_bps(quote: &QuoteVm) -> Option<f64> {
    let (bid, ask) = (quote.quote.bid?, quote.quote.ask?);
    let mid = (bid + ask) / 2.0;
    (mid > 0.0).then(|| (ask - bid) / mid * 10_000.0)
}

/// `up`, `down` or nothing, for a change.
#[must_use]
pub fn direction(change: Option<f64>) -> &'static str {
    match change {
        Some(change) if change > 0.0 => "up",
        Some(change) if change < 0.0 => "down",
        _ => "flat",
    }
}

/// The strip.
#[component]
pub fn KpiStrip(
    /// Numbers as the page was loaded with.
    kpis: Vec<KpiVm>,
    /// Newest quote.
    quote: Memo<Option<QuoteVm>>,
    /// Open alerts.
    open_alerts: Memo<i64>,
    /// When the page's data was made.
    server_now: i64,
) -> impl IntoView {
    let live = use_live();
    let latest = Memo::new(move |_| Latest {
        quote: quote.get(),
        completeness: live.health.with(|health| {
            health
                .as_ref()
                .filter(|health| health.at > server_now)
                .and_then(|health| health.completeness)
        }),
        open_alerts: open_alerts.get(),
        now: live.now.get(),
    });
    let tiles: Vec<_> = kpis
        .into_iter()
        .map(|kpi| view! { <Kpi kpi latest/> })
        .collect();
    view! { <dl class="kpis" aria-label="Key figures">{tiles}</dl> }
}

#[component]
fn Kpi(kpi: KpiVm, latest: Memo<Latest>) -> impl IntoView {
    let kpi = StoredValue::new(kpi);
    let value = Memo::new(move |_| kpi.with_value(|kpi| latest.with(|now| value_now(kpi, now))));
    let class = move || {
        let severity = kpi.with_value(|kpi| latest.with(|now| severity_now(kpi, now)));
        let moved = kpi.with_value(|kpi| {
            (kpi.key == "change")
                .then(|| latest.with(|now| direction(now.quote.as_ref().and_then(change_24h))))
        });
        let level = super::status::of_severity(severity).0.as_str();
        format!("kpi level-{level} {}", moved.unwrap_or_default())
    };
    let (key, label, note, picture) = kpi.with_value(|kpi| {
        (
            kpi.key.clone(),
            kpi.label.clone(),
            kpi.note.clone(),
            kpi.picture.clone(),
        )
    });
    view! {
        <div class=class data-testid=format!("kpi-{key}")>
            <dt>{label}</dt>
            <dd class="kpi-value num" data-testid=format!("kpi-{key}-value")>{move || value.get()}</dd>
            <dd class="kpi-note">{note}</dd>
            <dd class="kpi-spark" inner_html=picture></dd>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Quote;

    fn kpi(key: &str) -> KpiVm {
        KpiVm {
            key: key.into(),
            label: key.into(),
            value: "page".into(),
            note: String::new(),
            severity: None,
            spark: Vec::new(),
            picture: String::new(),
        }
    }

    fn latest() -> Latest {
        Latest {
            quote: Some(QuoteVm {
                instrument: "BTC-USDT".into(),
                venue: "binance".into(),
                simulated: false,
                received_at: 60_000,
                quote: Quote {
                    observed_at: 60_000,
                    last: 101.0,
                    bid: Some(100.0),
                    ask: Some(101.0),
                    open_24h: Some(100.0),
                    high_24h: None,
                    low_24h: None,
                    volume_24h: None,
                    quote_volume_24h: None,
                },
            }),
            completeness: None,
            open_alerts: 2,
            now: 72_000,
        }
    }

    #[test]
    fn the_stream_goes_before_the_page_where_it_knows_more() {
        for (key, value) in [
            ("price", "101.00"),
            ("change", "▲ +1.00 %"),
            ("spread", "99.50 bps"),
            ("volume", "page"),
            ("freshness", "12 s"),
            ("completeness", "page"),
            ("alerts", "2"),
            ("other", "page"),
        ] {
            assert_eq!(value_now(&kpi(key), &latest()), value, "{key}");
        }
        assert_eq!(value_now(&kpi("price"), &Latest::default()), "page");
    }

    #[test]
    fn a_price_that_rose_from_nothing_has_no_change() {
        let mut quote = latest().quote.expect("set above");
        quote.quote.open_24h = Some(0.0);
        assert_eq!(change_24h(&quote), None);
    }
}
