//! Text of multi-row statements.

use std::fmt::Write;

/// `values` with `rows` rows: columns are either a constant text (a literal, or `$1` for a value all rows share) or
/// `?` for a value of the row. Parameters of rows are numbered from `shared + 1`.
pub fn values(rows: usize, shared: usize, columns: &[&str]) -> String {
    let mut text = String::with_capacity(rows * columns.len() * 6);
    let mut next = shared;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                text.push_str(", ");
            }
            if *column == "?" {
                next += 1;
                // writing to a string cannot fail
                let _ = write!(text, "${next}");
            } else {
                text.push_str(column);
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
    fn shared_values_come_first() {
        assert_eq!(
            values(2, 1, &["$1", "?", "0", "?"]),
            "($1, $2, 0, $3), ($1, $4, 0, $5)"
        );
    }
}
