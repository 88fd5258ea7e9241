//! Judging: pure functions from rows to findings, from findings to results, from results to alerts.
//!
//! The same code judges a live answer and a file. `catalog` says what each check demands, `watch` looks at candles in
//! time order, `tally` counts findings and keeps samples, `outcome` turns them into a result, `alert` moves alerts.

pub mod alert;
pub mod catalog;
pub mod feed;
pub mod outcome;
pub mod tally;
pub mod watch;
