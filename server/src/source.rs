//! Asks exchanges: the HTTP client, when to ask again after a failure, and what each venue's protocol says.

pub mod backoff;
pub mod binance;
pub mod bitfinex;
pub mod bitstamp;
pub mod coingecko;
pub mod cryptocompare;
mod error;
pub mod feargreed;
pub mod history;
mod http;
pub mod known;
pub mod levels;
pub mod message;
pub mod number;
#[cfg(test)]
mod recorded;
pub mod rss;
pub mod session;
pub mod stamp;
pub mod venue;

pub use self::{
    backoff::{Backoff, BackoffConfig},
    error::FetchError,
    http::{Answer, HttpConfig, HttpSource},
};
