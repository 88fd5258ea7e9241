//! Events of a connection.

use std::borrow::Cow;

use serde::Deserialize;

use crate::source::message::MessageError;

/// Any event; which fields there are depends on it.
///
/// `{"event":"info","version":2,"serverId":"083bd8d4-…","platform":{"status":1}}`,
/// `{"event":"info","code":20051,"msg":"Stopping. Please try to reconnect"}`,
/// `{"event":"conf","status":"OK","flags":229376}`,
/// `{"event":"subscribed","channel":"book","chanId":232957,"symbol":"tBTCUSD","prec":"P0","freq":"F0","len":"250",
/// "pair":"BTCUSD"}`,
/// `{"event":"subscribed","channel":"candles","chanId":343351,"key":"trade:1m:tBTCUSD"}`,
/// `{"event":"unsubscribed","status":"OK","chanId":232957}`,
/// `{"event":"error","msg":"symbol: invalid","code":10300,"channel":"trades","symbol":"tXYZ"}`
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Event<'a> {
    /// `info`, `conf`, `subscribed`, `unsubscribed`, `error`, …
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// Version of the protocol.
    pub version: Option<f64>,
    /// If it can be traded.
    pub platform: Option<Platform>,
    /// Of an info or error.
    pub code: Option<i64>,
    /// In words.
    #[serde(borrow)]
    pub msg: Option<Cow<'a, str>>,
    /// `OK`, or not.
    #[serde(borrow)]
    pub status: Option<Cow<'a, str>>,
    /// What is subscribed.
    #[serde(borrow)]
    pub channel: Option<Cow<'a, str>>,
    /// Number of the subscription.
    #[serde(rename = "chanId")]
    pub chan_id: Option<i64>,
    /// Of which instrument.
    #[serde(borrow)]
    pub symbol: Option<Cow<'a, str>>,
    /// Of which candles.
    #[serde(borrow)]
    pub key: Option<Cow<'a, str>>,
}

/// `{"status":1}`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Platform {
    /// 1: it works; 0: maintenance.
    pub status: i64,
}

/// Reads a frame that is an object.
///
/// # Errors
/// When it is none.
pub fn parse_event(text: &str) -> Result<Event<'_>, MessageError> {
    // no `read`: an event may well look like an error of REST
    crate::source::message::read(text.as_bytes(), "an event", |_| None)
}
