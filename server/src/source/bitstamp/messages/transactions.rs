//! `/api/v2/transactions/`: the trades of the last hour or day.

use app::model::{DAY_MS, HOUR_MS, Reject, Side, Trade};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Text, read};
use crate::source::{
    bitstamp::facts::MAX_TRANSACTIONS,
    message::{MessageError, ParsedTrades, TradeCursor},
    number::positive,
    stamp::required,
    venue::TradeGap,
};

const WHAT: &str = "a list of transactions";
/// What a row that cannot be read breaks.
const RULE: &str = "trade.contract";
/// A gap up to this long is looked for in the last hour first: it is asked for soon after it ends.
const SHORT_GAP_MS: i64 = HOUR_MS / 2;

/// How far back an answer reaches. There are no pages: an answer holds everything of its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The last hour.
    Hour,
    /// The last day.
    Day,
}

impl Window {
    /// The venue's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The window that is asked for first.
    #[must_use]
    pub const fn first(gap: &TradeGap) -> Self {
        if gap.to_at.saturating_sub(gap.from_at) <= SHORT_GAP_MS {
            Self::Hour
        } else {
            Self::Day
        }
    }

    /// The window that a cursor asks for.
    #[must_use]
    pub fn of(cursor: &TradeCursor) -> Self {
        if cursor.0 == Self::Hour.word() {
            Self::Hour
        } else {
            Self::Day
        }
    }
}

#[derive(Debug, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    date: Text<'a>,
    #[serde(borrow)]
    tid: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    amount: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
}

/// Reads transactions that came at `received_at`.
///
/// ```
/// use server::source::{bitstamp::messages::parse_transactions, venue::TradeGap};
/// let body = br#"[{"date":"1643640186","tid":"216000502","amount":"3.10111288","type":"1","price":"3800.74"}]"#;
/// let gap = TradeGap { from_at: 1_643_640_180_000, to_at: 1_643_640_190_000, from_id: None, to_id: None };
/// let parsed = parse_transactions(&gap, body, 1_643_640_200_000)?;
/// assert_eq!((parsed.trades[0].trade_id, parsed.trades[0].traded_at), (216_000_502, 1_643_640_186_000));
/// assert_eq!(parsed.next, None);
/// # Ok::<(), server::source::message::MessageError>(())
/// ```
///
/// Times are whole seconds. `type` is 0 where the taker bought.
///
/// # Errors
/// When the whole is not JSON, an error of the venue, not a list, or longer than a day can be. A row that is wrong is
/// a reject, not an error.
pub fn parse_transactions(
    gap: &TradeGap,
    body: &[u8],
    received_at: i64,
) -> Result<ParsedTrades, MessageError> {
    let rows: Vec<&RawValue> = read(body, WHAT)?;
    if rows.len() > MAX_TRANSACTIONS {
        return Err(MessageError::Contract {
            what: WHAT,
            reason: format!("{} rows, more than {MAX_TRANSACTIONS}", rows.len()),
        });
    }
    let mut parsed = ParsedTrades::default();
    for (line_no, row) in (1..).zip(rows) {
        match trade(row.get()) {
            Ok(trade) => parsed.trades.push(trade),
            Err(reason) => parsed.rejects.push(Reject {
                line_no,
                raw: row.get().to_owned(),
                rules: vec![RULE],
                reason,
            }),
        }
    }
    parsed.next = next(gap, &parsed.trades, received_at);
    Ok(parsed)
}

fn trade(row: &str) -> Result<Trade, String> {
    let row: Row<'_> = serde_json::from_str(row).map_err(|error| error.to_string())?;
    Ok(Trade {
        trade_id: row.tid.integer()?,
        traded_at: required(row.date.integer()?.saturating_mul(1_000))?,
        price: positive(row.price.get()).map_err(|reason| format!("price: {reason}"))?,
        size: positive(row.amount.get()).map_err(|reason| format!("amount: {reason}"))?,
        side: match row.kind.get() {
            "0" => Side::Buy,
            "1" => Side::Sell,
            other => return Err(format!("type {other:.20?} is neither 0 nor 1")),
        },
    })
}

/// The day, where only the hour was asked for and it does not reach back to the gap. Trades older than an hour say
/// that it was the day already.
fn next(gap: &TradeGap, trades: &[Trade], received_at: i64) -> Option<TradeCursor> {
    let hour_ago = received_at - HOUR_MS;
    let reaches = |window_ms| gap.from_at >= received_at - window_ms;
    let asked_day = Window::first(gap) == Window::Day
        || trades.is_empty()
        || trades
            .iter()
            .any(|trade| trade.traded_at < hour_ago - 5_000);
    (!asked_day && !reaches(HOUR_MS) && reaches(DAY_MS))
        .then(|| TradeCursor(Window::Day.word().to_owned()))
}
