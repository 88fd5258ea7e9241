//! Candles of the stream: nothing says that one is final but the next.

use app::model::Candle;
use serde::{Deserialize, Serialize};

use super::super::messages::parse_candle;
use crate::source::session::StreamEvent;

/// The newest candle as it is on the wire, and when it opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest(Option<(i64, String)>);

impl Newest {
    /// Takes a candle: the newest until now is final when a newer one comes, and one older than it is final at once.
    pub fn take(&mut self, row: &str, out: &mut Vec<StreamEvent>) -> Result<(), String> {
        let candle = parse_candle(row)?;
        let is_final = |candle| {
            StreamEvent::Candle(Candle {
                is_final: true,
                ..candle
            })
        };
        if let Some((newest_at, newest)) = &self.0 {
            if candle.opened_at < *newest_at {
                out.push(is_final(candle));
                return Ok(());
            }
            if candle.opened_at > *newest_at {
                out.extend(parse_candle(newest).map(is_final));
            }
        }
        self.0 = Some((candle.opened_at, row.to_owned()));
        out.push(StreamEvent::Candle(candle));
        Ok(())
    }
}
