//! Binance spot, public market data: what is asked and what the answers mean.

pub mod facts;
pub mod history;
pub mod messages;
pub mod requests;
