//! The Fear & Greed index of alternative.me: the mood of the market, one number a day.

pub mod messages;
pub mod requests;
