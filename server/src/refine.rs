//! Parsing, cleaning and rolling up: pure functions from a landing's bytes to rows and rejects.
//!
//! A file goes `container` (unpacked) → `text` (records) → `sniff` (which of `formats`) → `format` (rows) → `clean`
//! (rules, duplicates) → `merge` (against what silver holds) → `rollup` (gold). A live answer enters at `clean`.
//! `inspect` tells people what the first of these steps see.

pub mod book;
pub mod candle;
pub mod cells;
pub mod clean;
pub mod columns;
pub mod container;
pub mod dates;
pub mod encoding;
pub mod format;
pub mod formats;
pub mod inspect;
pub mod ladder;
pub mod merge;
pub mod minute;
pub mod news;
pub mod number;
pub mod order;
pub mod rollup;
pub mod sniff;
pub mod split;
pub mod step;
pub mod text;
