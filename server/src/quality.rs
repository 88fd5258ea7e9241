//! Judging: pure functions from rows to findings, from findings to results, from results to alerts.
//!
//! The same code judges a live answer and a file. `catalog` says what each check demands, `watch` looks at candles in
//! time order, `rows` judges trades, quotes, books and articles by rules of one's own, `tally` counts findings and keeps samples, `outcome` turns them into a result, `alert` moves alerts,
//! `incident` groups them, `mute` and `calendar` say which are kept back, `notice` what is told when.
//! `elsewhere` tells whether the market moved while a series stood still. `score` sums results up, `selfcheck` judges the engine.
//! `profile` takes down what a file holds, `dataset` judges the file as a whole, `verdict` sums
//! up.

pub mod agree;
pub mod alert;
pub mod article;
pub mod backtest;
pub mod calendar;
pub mod catalog;
pub mod columns;
pub mod cross_venue;
pub mod daily;
pub mod dataset;
pub mod day_drift;
pub mod deviation;
pub mod drift;
pub mod elsewhere;
pub mod expr;
pub mod feed;
pub mod histogram;
pub mod incident;
pub mod inject;
pub mod live;
pub mod mute;
pub mod notice;
pub mod outcome;
pub mod profile;
pub mod reconcile;
#[cfg(test)]
mod recorded;
pub mod rollup;
pub mod rows;
pub mod rule;
pub mod score;
pub mod seasonal;
pub mod selfcheck;
pub mod tally;
pub mod verdict;
pub mod watch;
