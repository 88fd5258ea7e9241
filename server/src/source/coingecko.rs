//! `CoinGecko`: the price of the whole market, for a second opinion.

pub mod messages;
pub mod requests;
