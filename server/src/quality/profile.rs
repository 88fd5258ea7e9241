//! What a file holds: taken while its rows pass, in bounded memory.

use std::collections::BTreeMap;

use app::model::{Article, Candle};
use serde::{Deserialize, Serialize};

use super::histogram::{Distribution, Histogram};
use crate::analysis::period::{end, start};
use app::model::analysis::Period;

/// More months than this are no months of a market.
const MAX_MONTHS: usize = 600;

/// 3 January 2009, the first block, and the year 2100.
const FIRST_MS: i64 = 1_230_940_800_000;
const LAST_MS: i64 = 4_102_444_800_000;

/// How the rows of a file are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Recognised format.
    pub format: String,
    /// Names in the header, or positions of what was read where there is no header.
    pub columns: Vec<String>,
    /// Column separator.
    pub separator: char,
    /// Step of the candles in milliseconds, 0 for articles.
    pub step_ms: i64,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileProfile {
    /// How it is written.
    pub schema: Schema,
    /// Rows that could be read.
    pub rows: i64,
    /// First time.
    pub first_at: Option<i64>,
    /// Last time.
    pub last_at: Option<i64>,
    /// Start of each month (UTC) and rows in it, ascending.
    pub months: Vec<(i64, i64)>,
    /// By name: `close`, `return`, `volume`; `sentiment_given`, `sentiment_computed`, `characters`.
    pub distributions: BTreeMap<String, Distribution>,
}

/// Rows by month.
#[derive(Debug, Default)]
struct Months {
    counts: BTreeMap<i64, i64>,
    /// The month of the last row and its end: most rows are in the month of the row before.
    current: (i64, i64),
    rows: i64,
    ends: Option<(i64, i64)>,
}

impl Months {
    #[inline]
    fn push(&mut self, at: i64) {
        self.ends = Some(
            self.ends
                .map_or((at, at), |(first, last)| (first.min(at), last.max(at))),
        );
        if at < self.current.0 || at >= self.current.1 {
            self.turn(at);
        }
        self.rows += 1;
    }

    fn turn(&mut self, at: i64) {
        self.flush();
        self.current = (start(Period::Month, at), end(Period::Month, at));
    }

    fn flush(&mut self) {
        let month = self.current.0;
        if self.rows > 0 && (self.counts.len() < MAX_MONTHS || self.counts.contains_key(&month)) {
            *self.counts.entry(month).or_insert(0) += self.rows;
        }
        self.rows = 0;
    }
}

/// The candles of a file as they pass, in whatever order.
#[derive(Debug)]
pub struct CandleProfile {
    step_ms: i64,
    rows: i64,
    months: Months,
    last: Option<(i64, f64)>,
    close: Histogram,
    returns: Histogram,
    volume: Histogram,
}

impl CandleProfile {
    /// For candles of this step.
    #[must_use]
    pub fn new(step_ms: i64) -> Self {
        Self {
            step_ms,
            rows: 0,
            months: Months::default(),
            last: None,
            close: Histogram::default(),
            returns: Histogram::default(),
            volume: Histogram::default(),
        }
    }

    /// Takes the next candle. Some nanoseconds: two million of them must not be felt.
    #[inline]
    pub fn push(&mut self, candle: &Candle) {
        let at = candle.opened_at;
        // what no rule would let into silver says nothing of the file
        if !(FIRST_MS..LAST_MS).contains(&at) || candle.close <= 0.0 || !candle.close.is_finite() {
            return;
        }
        self.rows += 1;
        self.months.push(at);
        self.close.push(candle.close);
        self.volume.push(candle.volume);
        if let Some((before_at, before)) = self.last {
            // a file may run backwards
            if at - before_at == self.step_ms {
                self.returns.push(candle.close / before - 1.0);
            } else if before_at - at == self.step_ms {
                self.returns.push(before / candle.close - 1.0);
            }
        }
        self.last = Some((at, candle.close));
    }

    /// What the file held.
    #[must_use]
    pub fn finish(mut self, schema: Schema) -> FileProfile {
        self.months.flush();
        FileProfile {
            schema,
            rows: self.rows,
            first_at: self.months.ends.map(|ends| ends.0),
            last_at: self.months.ends.map(|ends| ends.1),
            months: self.months.counts.into_iter().collect(),
            distributions: named([
                ("close", &self.close),
                ("return", &self.returns),
                ("volume", &self.volume),
            ]),
        }
    }
}

/// The articles of a file as they pass.
#[derive(Debug, Default)]
pub struct ArticleProfile {
    rows: i64,
    months: Months,
    given: Histogram,
    computed: Histogram,
    characters: Histogram,
}

impl ArticleProfile {
    /// Takes the next article.
    pub fn push(&mut self, article: &Article) {
        self.rows += 1;
        self.months.push(article.published_at);
        if let Some(given) = article.sentiment_given {
            self.given.push(given);
        }
        if let Some(computed) = article.sentiment_computed {
            self.computed.push(computed);
        }
        self.characters
            .push((article.title.len() + article.summary.len()) as f64);
    }

    /// What the file held.
    #[must_use]
    pub fn finish(mut self, schema: Schema) -> FileProfile {
        self.months.flush();
        FileProfile {
            schema,
            rows: self.rows,
            first_at: self.months.ends.map(|ends| ends.0),
            last_at: self.months.ends.map(|ends| ends.1),
            months: self.months.counts.into_iter().collect(),
            distributions: named([
                ("characters", &self.characters),
                ("sentiment_computed", &self.computed),
                ("sentiment_given", &self.given),
            ]),
        }
    }
}

fn named<const N: usize>(all: [(&str, &Histogram); N]) -> BTreeMap<String, Distribution> {
    all.into_iter()
        .filter_map(|(name, histogram)| Some((name.to_owned(), histogram.finish()?)))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use app::model::{DAY_MS, MINUTE_MS};

    use super::*;

    /// 1 January 2018.
    const MONTH: i64 = 1_514_764_800_000;

    pub(crate) fn schema() -> Schema {
        Schema {
            format: "ohlcv".to_owned(),
            columns: vec!["time".to_owned(), "close".to_owned()],
            separator: ',',
            step_ms: MINUTE_MS,
        }
    }

    pub(crate) fn candle(minute: i64, close: f64) -> Candle {
        Candle {
            opened_at: MONTH + minute * MINUTE_MS,
            open: close,
            high: close,
            low: close,
            close,
            volume: 1.0,
            quote_volume: None,
            trades: None,
            is_final: true,
            flags: 0,
        }
    }

    #[test]
    fn months_ends_and_returns() {
        let mut profile = CandleProfile::new(MINUTE_MS);
        let days = 31 * DAY_MS / MINUTE_MS;
        for (minute, close) in [(0, 100.0), (1, 110.0), (5, 50.0), (days, 70.0), (2, 99.0)] {
            profile.push(&candle(minute, close));
        }
        let found = profile.finish(schema());
        let next = MONTH + 31 * DAY_MS;
        assert_eq!(found.months, [(MONTH, 4), (next, 1)]);
        assert_eq!(
            (found.rows, found.first_at, found.last_at),
            (5, Some(MONTH), Some(next))
        );
        // only 0 → 1 are neighbours
        let returns = &found.distributions["return"];
        assert_eq!(returns.count, 1);
        assert!((returns.max - 0.1).abs() < 1e-12);
    }

    #[test]
    fn absurd_rows_leave_no_trace() {
        let mut profile = CandleProfile::new(MINUTE_MS);
        profile.push(&candle(0, 100.0));
        for at in [i64::MIN, -1, 0, i64::MAX] {
            profile.push(&Candle {
                opened_at: at,
                ..candle(0, 100.0)
            });
        }
        for close in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            profile.push(&candle(1, close));
        }
        let found = profile.finish(schema());
        assert_eq!((found.rows, found.months.len()), (1, 1));
        assert_eq!(found.distributions["close"].count, 1);
    }

    #[test]
    fn a_file_that_runs_backwards_has_the_same_profile() {
        let closes = [100.0, 101.0, 99.5, 99.5, 102.0];
        let of = |rows: &mut dyn Iterator<Item = (i64, f64)>| {
            let mut profile = CandleProfile::new(MINUTE_MS);
            for (minute, close) in rows {
                profile.push(&candle(minute, close));
            }
            profile.finish(schema())
        };
        let forwards = of(&mut (0..).zip(closes));
        let backwards = of(&mut (0..5).zip(closes).collect::<Vec<_>>().into_iter().rev());
        assert_eq!(forwards, backwards);
        let text = serde_json::to_string(&forwards).unwrap();
        assert_eq!(
            serde_json::from_str::<FileProfile>(&text).unwrap(),
            forwards
        );
    }
}
