//! Streams: from a connection's lines to silver.
//!
//! A connection is driven by [`crate::source::session::Session`]; everything that passes over it is a [`Line`]. The
//! `refiner` of the connection takes rows from the lines, the `sink` commits both together: lines are landed as they
//! are, in runs, and refining a run again gives the same rows.

mod apply;
pub mod batch;
mod connection;
pub mod driver;
mod judge;
pub mod line;
pub mod meter;
mod minutes;
mod numbers;
mod recent;
pub mod refiner;
pub mod replay;
pub mod rows;
mod run;
mod series;
pub mod sink;
mod throttle;
mod trial;
mod writer;

pub use batch::{Batch, Notice, NoticeKind, StreamSource};
pub use driver::{Driver, DriverConfig};
pub use line::{Line, LineKind};
pub use meter::{Meter, Meters};
pub use refiner::{QUOTE_MS, Refiner, RefinerConfig, WATERMARK_MS};
pub use rows::{Received, StreamRows, StreamTrade};
pub use sink::{Commit, Observer, RunningSink, Sink, SinkClosed};
pub(in crate::pipeline) use trial::Trial;
pub(in crate::pipeline::live) use writer::{PageTaken, PageWork};

/// What is said of a run that left out quotes.
fn conflated_words(quotes: i64) -> String {
    match quotes {
        0 => String::new(),
        quotes => format!("{quotes} quotes left out: newer ones followed at once"),
    }
}
