//! How long what comes live is kept, and what was told of it.

use serde::Deserialize;

/// `[retention]`: whole days; 0 keeps for ever. Candles, minutes and articles are always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// Frames of streams and answers of polls as they arrived, those of candles excepted: what a replay needs.
    pub frames_days: u32,
    /// Single trades.
    pub trades_days: u32,
    /// Order books and their figures.
    pub books_days: u32,
    /// Quotes.
    pub quotes_days: u32,
    /// Notices that were sent or given up; those that wait are kept until one of both.
    pub notices_days: u32,
}

/// A hundred years: what is longer is a slip of the pen.
const MAX_DAYS: u32 = 36_525;

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            frames_days: 3,
            trades_days: 30,
            books_days: 7,
            quotes_days: 30,
            notices_days: 90,
        }
    }
}

impl RetentionConfig {
    /// Checks the values.
    ///
    /// # Errors
    /// When one is out of range.
    pub fn check(&self) -> anyhow::Result<()> {
        for (name, days) in [
            ("frames_days", self.frames_days),
            ("trades_days", self.trades_days),
            ("books_days", self.books_days),
            ("quotes_days", self.quotes_days),
            ("notices_days", self.notices_days),
        ] {
            anyhow::ensure!(
                days <= MAX_DAYS,
                "retention.{name} is {days}, expected 0 (for ever) to {MAX_DAYS}"
            );
        }
        Ok(())
    }
}
