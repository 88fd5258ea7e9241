//! The tables of the analysis: days, periods, profile of the week, news by day, and what files held.

mod day;
mod landing;
mod news;
mod period;
mod profile;
mod report;

pub use day::{
    bars_from, bounds, day_before, days, days_from, delete_days, ends, newest_days, upsert_days,
};
pub use landing::{FileRecord, previous_profile, store_profile};
pub use news::{
    NewsTotals, SentimentColumn, facts, moods, news_days, replace_news_days, touched_days,
};
pub use period::{periods, replace_periods};
pub use profile::refresh_profile;
pub use report::{ProfileRow, ReportStamp, hour_closes};
