//! Hard rules for rows of a stream: what breaks one is set apart.

use app::model::{Dataset, Quote, Trade, format_utc};

/// A venue's time may be this far ahead of ours.
const MAX_AHEAD_MS: i64 = 60_000;
/// The first block: 3 January 2009.
const GENESIS_MS: i64 = 1_230_940_800_000;

pub(super) fn trade(trade: &Trade, received_at: i64) -> Result<(), String> {
    positive("price", trade.price)?;
    positive("size", trade.size)?;
    if trade.trade_id < 0 {
        return Err(format!("trade id {} is negative", trade.trade_id));
    }
    timely(trade.traded_at, received_at)
}

pub(super) fn quote(quote: &Quote, received_at: i64) -> Result<(), String> {
    positive("last price", quote.last)?;
    for (what, price) in [("bid", quote.bid), ("ask", quote.ask)] {
        price.map_or(Ok(()), |price| positive(what, price))?;
    }
    timely(quote.observed_at, received_at)
}

/// The time of a book; the receipt where the venue gives none, or one that cannot be.
pub(super) fn observed_at(told: Option<i64>, received_at: i64) -> i64 {
    told.filter(|at| timely(*at, received_at).is_ok())
        .unwrap_or(received_at)
}

fn positive(what: &str, number: f64) -> Result<(), String> {
    if number.is_finite() && number > 0.0 {
        return Ok(());
    }
    Err(format!("{what} {number} is not positive"))
}

fn timely(at: i64, received_at: i64) -> Result<(), String> {
    if (GENESIS_MS..=received_at.saturating_add(MAX_AHEAD_MS)).contains(&at) {
        return Ok(());
    }
    Err(format!(
        "time {} does not lie between 2009 and its receipt at {}",
        format_utc(at),
        format_utc(received_at)
    ))
}

/// What a row should have been, by the rule it broke.
pub(super) fn dataset_of(rule: &str) -> Dataset {
    rule.split_once('.')
        .and_then(|(dataset, _)| Dataset::parse(dataset))
        .unwrap_or(Dataset::Unknown)
}
