//! From parsed rows to unique candles in time order: hard rules and duplicates inside one landing.

use std::collections::HashSet;

use app::model::{Candle, Reject};

use super::{
    candle::same_values,
    format::{Dropped, text},
};

/// A parsed candle and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CandleRow {
    /// Line in the landing, from 1.
    pub line_no: i64,
    /// The values.
    pub candle: Candle,
    /// Place of its raw text in [`CandleChunk::raw`].
    pub raw: (u32, u32),
}

/// Some thousand rows of a landing, parsed.
#[derive(Debug, Clone, Default)]
pub struct CandleChunk {
    /// Rows that could be parsed, in the order of the landing.
    pub rows: Vec<CandleRow>,
    /// Rows that could not.
    pub rejects: Vec<Reject>,
    /// Raw text of the parsed rows, one after the other.
    pub raw: Vec<u8>,
    /// Bytes of the landing read so far (as stored).
    pub bytes_done: i64,
    /// Lines that were no rows.
    pub dropped: Dropped,
    /// True if a date stands beside the Unix time and was held against it.
    pub has_dates: bool,
}

impl CandleChunk {
    /// Rows read: parsed and rejected.
    #[must_use]
    pub fn count(&self) -> i64 {
        (self.rows.len() + self.rejects.len()) as i64
    }

    /// Raw text of a row.
    #[must_use]
    pub fn raw_of(&self, row: &CandleRow) -> String {
        let (start, end) = (row.raw.0 as usize, row.raw.1 as usize);
        text(self.raw.get(start..end).unwrap_or_default())
    }

    /// A row as a reject.
    #[must_use]
    pub fn reject(&self, row: &CandleRow, rules: Vec<&'static str>, reason: String) -> Reject {
        Reject {
            line_no: row.line_no,
            raw: self.raw_of(row),
            rules,
            reason,
        }
    }
}

/// What is left of a chunk.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Sound rows, one per time, ascending.
    pub rows: Vec<CandleRow>,
    /// Rows that broke a rule.
    pub rejects: Vec<Reject>,
    /// Rows that repeat another one of this chunk to the letter.
    pub deduplicated: i64,
    /// Rows that came earlier than the one before them in the file.
    pub out_of_order: i64,
}

/// The place of a row that is no candle, and every rule that it breaks with the reason.
pub type Broken = (usize, Vec<(&'static str, String)>);

/// Takes the rows and rejects out of a chunk, sets apart those that `broken` names, sorts by time and takes out duplicates. Identical
/// ones are dropped; of conflicting ones each distinct version is rejected, since nobody can tell which is right. Times in
/// `conflicted` have conflicted before in this landing; times that conflict here are added.
#[must_use]
pub fn clean(
    chunk: &mut CandleChunk,
    broken: impl Fn(&[CandleRow]) -> Vec<Broken>,
    conflicted: &mut HashSet<i64>,
) -> Cleaned {
    let mut cleaned = Cleaned {
        rejects: std::mem::take(&mut chunk.rejects),
        ..Cleaned::default()
    };
    let mut rows = std::mem::take(&mut chunk.rows);
    let mut broken = broken(&rows).into_iter().peekable();
    let mut place = 0;
    rows.retain(|row| {
        let here = broken.next_if(|(at, _)| *at == place);
        place += 1;
        let Some((_, broken)) = here else {
            return true;
        };
        let (rules, reasons): (Vec<_>, Vec<_>) = broken.into_iter().unzip();
        cleaned
            .rejects
            .push(chunk.reject(row, rules, reasons.join("; ")));
        false
    });
    cleaned.out_of_order = rows
        .windows(2)
        .filter(|pair| pair[1].candle.opened_at < pair[0].candle.opened_at)
        .count() as i64;
    if cleaned.out_of_order > 0 {
        // stable: the earliest line of a time stays first
        rows.sort_by_key(|row| row.candle.opened_at);
    }
    if conflicted.is_empty()
        && rows
            .windows(2)
            .all(|pair| pair[0].candle.opened_at < pair[1].candle.opened_at)
    {
        cleaned.rows = rows;
        return cleaned;
    }
    cleaned.rows.reserve(rows.len());
    for group in rows.chunk_by(|a, b| a.candle.opened_at == b.candle.opened_at) {
        let at = group[0].candle.opened_at;
        let versions = distinct(group);
        cleaned.deduplicated += (group.len() - versions.len()) as i64;
        if versions.len() == 1 && !conflicted.contains(&at) {
            cleaned.rows.push(versions[0]);
            continue;
        }
        conflicted.insert(at);
        for row in &versions {
            cleaned.rejects.push(chunk.reject(
                row,
                vec!["candle.dup_conflict"],
                conflict_reason(group.len()),
            ));
        }
    }
    cleaned
}

/// First row of each distinct version, in the order of the lines.
#[must_use]
pub fn distinct(group: &[CandleRow]) -> Vec<CandleRow> {
    let mut versions: Vec<CandleRow> = Vec::with_capacity(1);
    for row in group {
        if !versions
            .iter()
            .any(|have| same_values(&have.candle, &row.candle))
        {
            versions.push(*row);
        }
    }
    versions
}

/// Words for a conflict among `rows` rows of one time.
#[must_use]
pub fn conflict_reason(rows: usize) -> String {
    format!(
        "{rows} rows of this landing give different values for the same time; none of them is taken"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_514_764_800_000;

    fn positive(rows: &[CandleRow]) -> Vec<Broken> {
        let negative = |(_, row): &(usize, &CandleRow)| row.candle.volume < 0.0;
        let why = || vec![("candle.volume_price", "negative".to_owned())];
        let rows = rows.iter().enumerate().filter(negative);
        rows.map(|(at, _)| (at, why())).collect()
    }

    fn chunk(rows: &[(i64, f64)]) -> CandleChunk {
        let mut chunk = CandleChunk::default();
        for (line, (minute, close)) in rows.iter().enumerate() {
            let raw = format!("{minute},{close}");
            let start = chunk.raw.len() as u32;
            chunk.raw.extend_from_slice(raw.as_bytes());
            chunk.rows.push(CandleRow {
                line_no: line as i64 + 1,
                candle: Candle {
                    opened_at: T0 + minute * 60_000,
                    open: *close,
                    high: *close,
                    low: *close,
                    close: *close,
                    volume: 1.0,
                    quote_volume: None,
                    trades: None,
                    is_final: true,
                    flags: 0,
                },
                raw: (start, chunk.raw.len() as u32),
            });
        }
        chunk
    }

    fn times(cleaned: &Cleaned) -> Vec<i64> {
        cleaned
            .rows
            .iter()
            .map(|row| (row.candle.opened_at - T0) / 60_000)
            .collect()
    }

    #[test]
    fn identical_rows_are_dropped_and_conflicting_ones_rejected() {
        let mut conflicted = HashSet::new();
        let cleaned = clean(
            &mut chunk(&[
                (0, 1.0),
                (1, 2.0),
                (1, 2.0),
                (3, 4.0),
                (2, 3.0),
                (3, 5.0),
                (3, 4.0),
            ]),
            positive,
            &mut conflicted,
        );
        assert_eq!(times(&cleaned), [0, 1, 2]);
        assert_eq!(cleaned.deduplicated, 2);
        assert_eq!(
            cleaned
                .rejects
                .iter()
                .map(|r| (r.line_no, r.raw.as_str()))
                .collect::<Vec<_>>(),
            [(4, "3,4"), (6, "3,5")]
        );
        assert_eq!(cleaned.out_of_order, 1);
        assert!(conflicted.contains(&(T0 + 180_000)));
    }

    #[test]
    fn a_time_that_conflicted_stays_out() {
        let mut conflicted = HashSet::from([T0]);
        let cleaned = clean(&mut chunk(&[(0, 1.0), (1, 1.0)]), positive, &mut conflicted);
        assert_eq!(times(&cleaned), [1]);
        assert_eq!(cleaned.rejects[0].rules, ["candle.dup_conflict"]);
    }

    #[test]
    fn a_broken_row_keeps_its_text() {
        let mut broken = chunk(&[(0, 1.0)]);
        broken.rows[0].candle.volume = -1.0;
        let cleaned = clean(&mut broken, positive, &mut HashSet::new());
        assert_eq!(
            (cleaned.rejects[0].raw.as_str(), cleaned.rejects[0].rules[0]),
            ("0,1", "candle.volume_price")
        );
    }
}
