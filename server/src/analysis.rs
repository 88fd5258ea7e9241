//! Summaries, trends and studies of prices and news: pure functions over rows of gold.
//!
//! The market trades every day, so a year has 365 days wherever a volatility is annualised.

pub mod day;
pub mod drawdown;
pub mod event;
pub mod lag;
pub mod news;
pub mod period;
pub mod record;
pub mod regime;
pub mod statistics;
pub mod words;

/// Trading days of a year.
pub const DAYS_A_YEAR: f64 = 365.0;
