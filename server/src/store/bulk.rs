//! Text of multi-row statements.

use std::fmt::Write;

/// `values` with `rows` rows. A column is a literal, `?` for a value of the row, or `$1`, `$2`, … for a value that all
/// rows share. Values of the rows are bound first, then the shared ones.
///
/// Values of rows have no name on purpose: `SQLite` looks up every named parameter in a list, so that binding thousands
/// of `$n` takes time with the square of their number (54 s instead of 1 s for half a million candles).
pub fn values(rows: usize, columns: &[&str]) -> String {
    let own = rows * columns.iter().filter(|column| **column == "?").count();
    let mut text = String::with_capacity(rows * columns.len() * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                text.push_str(", ");
            }
            match column
                .strip_prefix('$')
                .and_then(|number| number.parse::<usize>().ok())
            {
                // writing to a string cannot fail
                Some(shared) => drop(write!(text, "${}", own + shared)),
                None => text.push_str(column),
            }
        }
        text.push(')');
    }
    text
}

/// An insert of many rows, and the same of one for those that are left over: two texts, each prepared once.
#[derive(Debug)]
pub struct Insert {
    most: usize,
    many: String,
    one: String,
}

impl Insert {
    /// Of at most `most` rows at once; `text` writes the statement for so many rows.
    pub fn new(most: usize, text: impl Fn(usize) -> String) -> Self {
        Self {
            most,
            many: text(most),
            one: text(1),
        }
    }

    /// The rows in pieces, each with the statement for so many of them.
    pub fn pieces<'a, T>(
        &'static self,
        rows: &'a [T],
    ) -> impl Iterator<Item = (&'static str, &'a [T])> {
        let whole = rows.chunks_exact(self.most);
        let left_over = whole.remainder().chunks(1);
        whole
            .map(|rows| (self.many.as_str(), rows))
            .chain(left_over.map(|rows| (self.one.as_str(), rows)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    #[test]
    fn rows_go_in_whole_pieces_and_what_is_left_over_alone() {
        static INSERT: LazyLock<Insert> =
            LazyLock::new(|| Insert::new(3, |rows| format!("of {rows}")));
        let pieces: Vec<_> = INSERT.pieces(&[1, 2, 3, 4, 5]).collect();
        assert_eq!(
            pieces,
            [
                ("of 3", &[1, 2, 3][..]),
                ("of 1", &[4][..]),
                ("of 1", &[5][..])
            ]
        );
        assert_eq!(INSERT.pieces::<u8>(&[]).count(), 0);
    }

    #[test]
    fn shared_values_come_last() {
        assert_eq!(
            values(2, &["$1", "?", "0", "?"]),
            "($5, ?, 0, ?), ($5, ?, 0, ?)"
        );
    }
}
