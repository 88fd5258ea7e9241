//! The columns that the expressions of a dataset's rules can read; the slot of a column is its place in the list.

use app::model::format_utc;

/// Columns of a candle and of the candle before it. `step_ms`: length of the interval; `missing`: candles missing
/// before this one; `growth`: the square root of the step in minutes, at most 10, by which the moves of a coarser step
/// grow; times in milliseconds since the epoch; `quote_volume` and `trades` are null where the source does not give
/// them, `prev.*` at the beginning of a series.
const CANDLE: &[&str] = &[
    "opened_at",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "quote_volume",
    "trades",
    "is_final",
    "step_ms",
    "missing",
    "growth",
    "received_at",
    "prev.opened_at",
    "prev.open",
    "prev.high",
    "prev.low",
    "prev.close",
    "prev.volume",
    "prev.quote_volume",
    "prev.trades",
    "prev.is_final",
    "prev.step_ms",
    "prev.missing",
    "prev.growth",
    "prev.received_at",
];

/// Columns of a trade and of the trade before it; `size` in the base currency; `is_buy` is 1 if the taker bought.
const TRADE: &[&str] = &[
    "trade_id",
    "traded_at",
    "received_at",
    "price",
    "size",
    "is_buy",
    "prev.trade_id",
    "prev.traded_at",
    "prev.received_at",
    "prev.price",
    "prev.size",
    "prev.is_buy",
];

/// Columns of a quote and of the quote before it; null where the source does not give them.
const QUOTE: &[&str] = &[
    "observed_at",
    "received_at",
    "last",
    "bid",
    "ask",
    "open_24h",
    "high_24h",
    "low_24h",
    "volume_24h",
    "quote_volume_24h",
    "prev.observed_at",
    "prev.received_at",
    "prev.last",
    "prev.bid",
    "prev.ask",
    "prev.open_24h",
    "prev.high_24h",
    "prev.low_24h",
    "prev.volume_24h",
    "prev.quote_volume_24h",
];

/// Columns of an article: lengths in characters, `url_chars` is 0 without an address; sentiments from −1 to 1;
/// `is_date_only` is 1 if its date has no time of day. Articles come in no order: there is none before.
const ARTICLE: &[&str] = &[
    "published_at",
    "received_at",
    "title_chars",
    "summary_chars",
    "url_chars",
    "sentiment_given",
    "sentiment_computed",
    "is_date_only",
];

/// Columns of an order book and of the one before it, one a second: depths in the base currency, costs of 100,000 in the
/// quote currency (null if the book is too thin), both as in `silver_book`.
const BOOK: &[&str] = &[
    "observed_at",
    "received_at",
    "best_bid",
    "best_ask",
    "spread_bps",
    "bid_depth_10bps",
    "ask_depth_10bps",
    "bid_depth_50bps",
    "ask_depth_50bps",
    "imbalance",
    "buy_cost_bps",
    "sell_cost_bps",
    "prev.observed_at",
    "prev.received_at",
    "prev.best_bid",
    "prev.best_ask",
    "prev.spread_bps",
    "prev.bid_depth_10bps",
    "prev.ask_depth_10bps",
    "prev.bid_depth_50bps",
    "prev.ask_depth_50bps",
    "prev.imbalance",
    "prev.buy_cost_bps",
    "prev.sell_cost_bps",
];

/// The columns of a dataset; none where no rule has expressions.
#[must_use]
pub fn columns_of(dataset: &str) -> &'static [&'static str] {
    match dataset {
        "candle" => CANDLE,
        "trade" => TRADE,
        "quote" => QUOTE,
        "article" => ARTICLE,
        "book" => BOOK,
        _ => &[],
    }
}

/// What a column is called where rows are shown: those of the row before say so.
#[must_use]
pub fn shown_name(column: &str) -> String {
    match column.strip_prefix("prev.") {
        Some(own) => format!("{own} before"),
        None => column.to_owned(),
    }
}

/// A value of a column as text; times in words.
#[must_use]
pub fn value_words(column: &str, value: f64) -> String {
    if value.is_nan() {
        "none".to_owned()
    } else if column.ends_with("_at") && value.abs() < 1e15 {
        format_utc(value as i64)
    } else {
        value.to_string()
    }
}
