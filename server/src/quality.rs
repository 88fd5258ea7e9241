//! Judging: pure functions from rows to findings, from findings to results, from results to alerts.
//!
//! The same code judges a live answer and a file. `catalog` says what each check demands, `watch` looks at candles in
//! time order, `tally` counts findings and keeps samples, `outcome` turns them into a result, `alert` moves alerts.
//! `profile` takes down what a file holds, `dataset` judges the file as a whole, `verdict` sums
//! up.

pub mod agree;
pub mod alert;
pub mod article;
pub mod catalog;
pub mod columns;
pub mod dataset;
pub mod deviation;
pub mod drift;
pub mod expr;
pub mod feed;
pub mod histogram;
pub mod live;
pub mod outcome;
pub mod profile;
pub mod rule;
pub mod tally;
pub mod verdict;
pub mod watch;
