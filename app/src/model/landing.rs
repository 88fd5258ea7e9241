//! Landings (bronze), rejects and the quarantine.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// The word used in SQL, JSON, logs and on the page.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of that word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Which pipeline a row came through.
    Pipeline {
        /// Scheduled polls and streams.
        Live = "live",
        /// Files.
        Batch = "batch",
    }
}

words! {
    /// What a landing holds.
    Dataset {
        /// Price candles.
        Candle = "candle",
        /// Single trades.
        Trade = "trade",
        /// Tickers.
        Quote = "quote",
        /// Order books.
        Book = "book",
        /// News articles.
        Article = "article",
        /// Moods of the market as others publish them.
        Sentiment = "sentiment",
        /// Not recognised.
        Unknown = "unknown",
    }
}

words! {
    /// How far a landing has come.
    LandingState {
        /// Its bytes are still being written.
        Landing = "landing",
        /// Its bytes are complete; nothing has been read from it.
        Landed = "landed",
        /// Rows are being taken from it.
        Refining = "refining",
        /// All its rows are accounted for.
        Done = "done",
        /// Nothing in it could be used; `detail` says why.
        Refused = "refused",
        /// Refining broke; it is tried again at the next start.
        Failed = "failed",
        /// Somebody stopped its refining; its rows were taken out again.
        Cancelled = "cancelled",
    }
}

/// A row that broke a hard rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line in the landing, from 1.
    pub line_no: i64,
    /// The row as it arrived.
    pub raw: String,
    /// Every rule it broke, by check id.
    pub rules: Vec<&'static str>,
    /// What is wrong, in words.
    pub reason: String,
}

/// A landing as the page and `/api/v1/landings` show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LandingVm {
    /// Key.
    pub id: i64,
    /// Which pipeline.
    pub pipeline: Pipeline,
    /// Venue or publisher.
    pub venue: String,
    /// What it holds.
    pub dataset: Dataset,
    /// File path or URL.
    pub origin: String,
    /// When it arrived.
    pub received_at: i64,
    /// Size as it arrived.
    pub bytes: i64,
    /// Recognised format.
    pub format: String,
    /// How far it has come.
    pub state: LandingState,
    /// Reason of a refusal or failure, else empty.
    pub detail: String,
    /// Rows read.
    pub rows: i64,
    /// Rows that became silver.
    pub accepted: i64,
    /// Rows that repeated what was there.
    pub deduplicated: i64,
    /// Rows set apart.
    pub quarantined: i64,
}

/// A quarantined row as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuarantineVm {
    /// Key.
    pub id: i64,
    /// Where it came from.
    pub landing_id: i64,
    /// File name or URL of the landing.
    pub origin: String,
    /// Line in the landing.
    pub line_no: i64,
    /// What it should have been.
    pub dataset: Dataset,
    /// The row as it arrived.
    pub raw: String,
    /// Every rule it broke.
    pub rules: Vec<String>,
    /// What is wrong, in words.
    pub reason: String,
    /// When it was set apart.
    pub seen_at: i64,
}
