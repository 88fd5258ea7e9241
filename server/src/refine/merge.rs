//! New candles against what silver already holds.

use std::collections::HashMap;

use app::model::{Held, flag};

use super::{candle::same_values, clean::CandleRow};

/// What is to be done with each row.
#[derive(Debug, Default)]
pub struct Merged {
    /// New or changed rows, ascending: insert, or replace what is there.
    pub write: Vec<CandleRow>,
    /// Times in `write` that replace a row; final ones among them are restated and their old version is kept.
    pub replaced: Vec<Held>,
    /// Rows that silver already has.
    pub deduplicated: i64,
    /// Rows whose time silver holds with other values of this same landing: nobody can tell which is right.
    pub conflicts: Vec<CandleRow>,
}

/// Decides for each row of a landing: new, repeated, newer version or conflict.
///
/// A candle that was not final is replaced by any later one. A final one that a later landing gives other values
/// for is restated: the later landing wins, the older version is kept beside and the row is flagged.
#[must_use]
pub fn merge(rows: Vec<CandleRow>, held: &HashMap<i64, Held>, landing_id: i64) -> Merged {
    if held.is_empty() {
        return Merged {
            write: rows,
            ..Merged::default()
        };
    }
    let mut merged = Merged {
        write: Vec::with_capacity(rows.len()),
        ..Merged::default()
    };
    for mut row in rows {
        let Some(old) = held.get(&row.candle.opened_at) else {
            merged.write.push(row);
            continue;
        };
        let same = same_values(&old.candle, &row.candle);
        if same && (old.candle.is_final || !row.candle.is_final) {
            merged.deduplicated += 1;
        } else if old.landing_id == landing_id && old.candle.is_final {
            merged.conflicts.push(row);
        } else if old.candle.is_final && !row.candle.is_final {
            // an answer that is older than what we hold: it says nothing new
            merged.deduplicated += 1;
        } else {
            if old.candle.is_final {
                row.candle.flags |= flag::RESTATED;
            }
            merged.replaced.push(*old);
            merged.write.push(row);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use app::model::Candle;

    use super::*;

    fn candle(close: f64, is_final: bool) -> Candle {
        Candle {
            opened_at: 0,
            open: close,
            high: close,
            low: close,
            close,
            volume: 1.0,
            quote_volume: None,
            trades: None,
            is_final,
            flags: 0,
        }
    }

    #[test]
    fn every_meeting_of_two_versions() {
        // held (close, final, landing), new (close, final), then: written, replaced, deduplicated, conflicts, flagged
        type Case = (
            &'static str,
            (f64, bool, i64),
            (f64, bool),
            (usize, usize, i64, usize, i64),
        );
        let cases: [Case; 8] = [
            ("repeat", (1.0, true, 1), (1.0, true), (0, 0, 1, 0, 0)),
            (
                "provisional moves on",
                (1.0, false, 1),
                (2.0, false),
                (1, 1, 0, 0, 0),
            ),
            (
                "provisional becomes final",
                (1.0, false, 1),
                (2.0, true),
                (1, 1, 0, 0, 0),
            ),
            (
                "provisional of the same run becomes final",
                (1.0, false, 9),
                (2.0, true),
                (1, 1, 0, 0, 0),
            ),
            (
                "final without a change of values",
                (1.0, false, 1),
                (1.0, true),
                (1, 1, 0, 0, 0),
            ),
            (
                "restated",
                (1.0, true, 1),
                (2.0, true),
                (1, 1, 0, 0, flag::RESTATED),
            ),
            (
                "older answer",
                (1.0, true, 1),
                (2.0, false),
                (0, 0, 1, 0, 0),
            ),
            (
                "conflict in one landing",
                (1.0, true, 9),
                (2.0, true),
                (0, 0, 0, 1, 0),
            ),
        ];
        for (name, (close, is_final, landing_id), (new_close, new_final), expected) in cases {
            let held = HashMap::from([(
                0,
                Held {
                    candle: candle(close, is_final),
                    landing_id,
                },
            )]);
            let row = CandleRow {
                line_no: 1,
                candle: candle(new_close, new_final),
                raw: (0, 0),
            };
            let merged = merge(vec![row], &held, 9);
            let flags = merged.write.first().map_or(0, |row| row.candle.flags);
            let got = (
                merged.write.len(),
                merged.replaced.len(),
                merged.deduplicated,
                merged.conflicts.len(),
                flags,
            );
            assert_eq!(got, expected, "{name}");
        }
    }
}
