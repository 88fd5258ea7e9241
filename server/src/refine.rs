//! Parsing, cleaning and rolling up: pure functions from a landing's bytes to rows and rejects.
//!
//! A file goes `text` (records) → `sniff` (which format) → `format` (rows) → `clean` (rules, duplicates) → `merge`
//! (against what silver holds) → `rollup` (gold). A live answer enters at `clean`.

pub mod book;
pub mod candle;
pub mod clean;
pub mod columns;
pub mod format;
pub mod merge;
pub mod news;
pub mod number;
pub mod rollup;
pub mod sniff;
pub mod text;
