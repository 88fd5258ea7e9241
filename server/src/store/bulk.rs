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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_values_come_last() {
        assert_eq!(
            values(2, &["$1", "?", "0", "?"]),
            "($5, ?, 0, ?), ($5, ?, 0, ?)"
        );
    }
}
