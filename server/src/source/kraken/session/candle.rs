//! Candles: the venue only tells the one that forms, and only when something is traded.

use app::model::Candle;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::messages::parse_ohlc_row;
use crate::source::session::StreamEvent;

/// The candle that forms; it is final once the next one begins.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Forming {
    /// As it came, with the symbol it was read for.
    row: Option<(Box<RawValue>, String)>,
    /// True if it has not been told since it changed.
    is_new: bool,
}

impl Forming {
    fn candle(&self) -> Option<Candle> {
        let (row, symbol) = self.row.as_ref()?;
        parse_ohlc_row(row.get(), symbol).ok().flatten()
    }

    /// Takes a row: one that begins later makes the one before it final. False for a row of another symbol.
    pub(super) fn take(
        &mut self,
        row: &RawValue,
        symbol: &str,
        out: &mut Vec<StreamEvent>,
    ) -> Result<bool, String> {
        let Some(candle) = parse_ohlc_row(row.get(), symbol)? else {
            return Ok(false);
        };
        let closed = |candle: Candle| {
            StreamEvent::Candle(Candle {
                is_final: true,
                ..candle
            })
        };
        match self.candle() {
            // a snapshot may repeat what was told before the connection
            Some(forming) if candle.opened_at < forming.opened_at => {
                out.push(closed(candle));
                return Ok(true);
            }
            Some(forming) if candle.opened_at > forming.opened_at => out.push(closed(forming)),
            _ => {}
        }
        self.row = Some((row.to_owned(), symbol.to_owned()));
        self.is_new = true;
        Ok(true)
    }

    /// The candle that forms, if it has changed.
    pub(super) fn newest(&mut self) -> Option<StreamEvent> {
        let is_new = std::mem::take(&mut self.is_new);
        is_new
            .then(|| self.candle().map(StreamEvent::Candle))
            .flatten()
    }
}
