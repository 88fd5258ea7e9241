//! Streams: from a connection's lines to silver.
//!
//! A connection is driven by [`crate::source::session::Session`]; everything that passes over it is a [`Line`]. Lines
//! are landed as they are, in runs, and the rows that are refined from them are committed with them. Refining a run
//! again gives the same rows.

pub mod line;

pub use line::{Line, LineKind};
