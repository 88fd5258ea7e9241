//! Asks exchanges: the HTTP client, when to ask again after a failure, and what each venue's protocol says.

pub mod ask;
pub mod backoff;
pub mod binance;
pub mod bitfinex;
pub mod bitstamp;
pub mod budget;
pub mod coinbase;
pub mod coingecko;
pub mod cryptocompare;
mod error;
pub mod feargreed;
pub mod history;
mod http;
pub mod known;
pub mod kraken;
pub mod levels;
pub mod link;
pub mod message;
pub mod number;
#[cfg(test)]
mod recorded;
pub mod resubscribe;
pub mod rss;
pub mod session;
pub mod socket;
pub mod stamp;
pub mod venue;

pub use self::{
    ask::Asker,
    backoff::{Backoff, BackoffConfig},
    budget::{Budget, Urgency},
    error::{FetchError, OpenError, is_blocked, turned_away},
    http::{Answer, HttpConfig, HttpSource},
};
pub(crate) use http::{is_loopback, reason_of, retry_after_ms};
