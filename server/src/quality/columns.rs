//! The columns that the expressions of a dataset's rules can read; the slot of a column is its place in the list.

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

/// Columns of a trade; `is_buy` is 1 if the buyer took it, null where the venue does not say.
const TRADE: &[&str] = &["traded_at", "received_at", "price", "quantity", "is_buy"];

/// Columns of a quote.
const QUOTE: &[&str] = &[
    "quoted_at",
    "received_at",
    "last",
    "bid",
    "ask",
    "volume_24h",
];

/// Columns of an article; `score` is the computed sentiment, −1 to 1.
const ARTICLE: &[&str] = &["published_at", "received_at", "score"];

/// Columns of the best levels of an order book.
const BOOK: &[&str] = &[
    "at",
    "received_at",
    "best_bid",
    "best_ask",
    "spread_bps",
    "bid_depth_10",
    "ask_depth_10",
    "bid_depth_50",
    "ask_depth_50",
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
