//! One line into cells, without copying.

/// Cells of a line are at most this many; more are ignored.
pub const MAX_CELLS: usize = 32;

/// Splits a line at its delimiter into trimmed cells; gives their number. Quotes are honoured if the line has any.
pub fn split<'a>(line: &'a [u8], delimiter: u8, cells: &mut [&'a [u8]; MAX_CELLS]) -> usize {
    if memchr::memchr(b'"', line).is_some() {
        return split_quoted(line, delimiter, cells);
    }
    let mut start = 0;
    let mut count = 0;
    for end in memchr::memchr_iter(delimiter, line) {
        cells[count] = line[start..end].trim_ascii();
        start = end + 1;
        count += 1;
        if count == MAX_CELLS {
            return count;
        }
    }
    cells[count] = line[start..].trim_ascii();
    count + 1
}

/// A delimiter between an odd number of quotes belongs to the cell.
fn split_quoted<'a>(line: &'a [u8], delimiter: u8, cells: &mut [&'a [u8]; MAX_CELLS]) -> usize {
    let mut start = 0;
    let mut count = 0;
    let mut in_quotes = false;
    for (at, byte) in line.iter().enumerate() {
        if *byte == b'"' {
            in_quotes = !in_quotes;
        } else if *byte == delimiter && !in_quotes {
            cells[count] = trim(&line[start..at]);
            start = at + 1;
            count += 1;
            if count == MAX_CELLS {
                return count;
            }
        }
    }
    cells[count] = trim(&line[start..]);
    count + 1
}

/// Without white space and one pair of quotes around it.
#[must_use]
pub fn trim(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    match cell {
        [b'"', inner @ .., b'"'] => inner.trim_ascii(),
        _ => cell,
    }
}

/// The cells of a line as text.
#[must_use]
pub fn texts(line: &[u8], delimiter: u8) -> Vec<String> {
    let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
    let count = split(line, delimiter, &mut cells);
    cells[..count]
        .iter()
        .map(|cell| super::encoding::text(cell))
        .collect()
}

/// Number of cells without the empty ones at the end: trailing delimiters and padding.
#[must_use]
pub fn filled(cells: &[&[u8]]) -> usize {
    cells
        .iter()
        .rposition(|cell| !cell.is_empty())
        .map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_kind() {
        for (line, delimiter, expected) in [
            ("a,b,c", b',', vec!["a", "b", "c"]),
            (" a ; b;", b';', vec!["a", "b", ""]),
            ("\"7,195.2\",\" x \",\"\"", b',', vec!["7,195.2", "x", ""]),
            ("a|\"b|c\"|d", b'|', vec!["a", "b|c", "d"]),
            ("\"open,b", b',', vec!["\"open,b"]),
            ("", b',', vec![""]),
        ] {
            assert_eq!(texts(line.as_bytes(), delimiter), expected, "{line}");
        }
        let long = vec![b','; 100];
        assert_eq!(texts(&long, b',').len(), MAX_CELLS);
        assert_eq!(texts(&[&b"\""[..], &long, b"\","].concat(), b',').len(), 2);
        assert_eq!(filled(&[b"a", b"", b"b", b"", b""]), 3);
    }
}
