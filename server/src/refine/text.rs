//! Records of a text file, with their line numbers, in bounded memory.

use std::io::{self, Read};

/// A record may be this long; what is longer is cut and marked.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;
/// A quoted cell may span this many lines; more means that a quote was lost.
const MAX_RECORD_LINES: usize = 400;
const BLOCK_BYTES: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One record: a line, or several where a quoted cell holds line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// First line of the record, from 1.
    pub line_no: i64,
    /// Its bytes without the line end.
    pub raw: &'a [u8],
    /// Why it cannot be read as a record, if so.
    pub broken: Option<&'static str>,
}

/// Splits a byte stream into records.
#[derive(Debug)]
pub struct Records<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    next_line: i64,
    quoted: bool,
    ended: bool,
    at_beginning: bool,
}

impl<R: Read> Records<R> {
    /// Reads from `input`; with `quoted`, a double quote opens a cell that may hold line ends.
    pub fn new(input: R, quoted: bool) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            next_line: 1,
            quoted,
            ended: false,
            at_beginning: true,
        }
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// When the input cannot be read: a damaged archive, for example.
    pub fn next_record(&mut self) -> io::Result<Option<Record<'_>>> {
        if self.at_beginning {
            self.at_beginning = false;
            while self.buffer.len() < BYTE_ORDER_MARK.len() && self.fill()? {}
            if self.buffer.starts_with(BYTE_ORDER_MARK) {
                self.start = BYTE_ORDER_MARK.len();
            }
        }
        let Some((first_end, first_next)) = self.line_end(self.start)? else {
            return Ok(None);
        };
        let line_no = self.next_line;
        let begin = self.start;
        let mut end = first_end;
        let mut next = first_next;
        let mut lines = 1;
        let mut broken = (end - begin >= MAX_RECORD_BYTES).then_some("longer than 256 kB");
        if self.quoted && broken.is_none() && open_quote(&self.buffer[begin..end]) {
            let mut quotes_odd = true;
            while quotes_odd {
                // positions are kept relative to the record: filling the buffer may move it
                let (end_offset, next_offset) = (end - self.start, next - self.start);
                let more = if lines < MAX_RECORD_LINES && end_offset < MAX_RECORD_BYTES {
                    self.line_end(next)?
                } else {
                    None
                };
                let Some((line_end, line_next)) = more else {
                    broken = Some("a quote is not closed");
                    break;
                };
                let line_start = self.start + next_offset;
                quotes_odd ^= open_quote(&self.buffer[line_start..line_end]);
                end = line_end;
                next = line_next;
                lines += 1;
            }
            if broken.is_some() {
                // give up on the first line only: the records after it may be sound
                (end, next, lines) = self
                    .line_end(self.start)?
                    .map_or((end, next, lines), |(e, n)| (e, n, 1));
            }
        }
        let begin = self.start;
        self.start = next;
        self.next_line += lines as i64;
        let raw = &self.buffer[begin..end.min(begin + MAX_RECORD_BYTES)];
        Ok(Some(Record {
            line_no,
            raw,
            broken,
        }))
    }

    /// End of the line that begins at `from` and start of the next; fills the buffer as needed, which may move the
    /// record to the front of the buffer (`start` moves with it, and so does the answer).
    fn line_end(&mut self, from: usize) -> io::Result<Option<(usize, usize)>> {
        let mut offset = from - self.start;
        let line_offset = offset;
        loop {
            if let Some(at) = memchr::memchr2(b'\n', b'\r', &self.buffer[self.start + offset..]) {
                let at = self.start + offset + at;
                if self.buffer[at] == b'\n' {
                    return Ok(Some((at, at + 1)));
                }
                // a carriage return ends the line, alone or before a line feed
                if at + 1 == self.buffer.len() && !self.ended {
                    offset = at - self.start;
                    self.fill()?;
                    continue;
                }
                let next = if self.buffer.get(at + 1) == Some(&b'\n') {
                    at + 2
                } else {
                    at + 1
                };
                return Ok(Some((at, next)));
            }
            offset = self.buffer.len() - self.start;
            if offset - line_offset > MAX_RECORD_BYTES {
                return self.skip_line(line_offset).map(Some);
            }
            if !self.fill()? {
                let end = self.buffer.len();
                return Ok((self.start + line_offset < end).then_some((end, end)));
            }
        }
    }

    /// Drops the rest of a line that is too long, keeping its first [`MAX_RECORD_BYTES`].
    fn skip_line(&mut self, line_offset: usize) -> io::Result<(usize, usize)> {
        loop {
            let keep = self.start + line_offset + MAX_RECORD_BYTES;
            if let Some(at) = memchr::memchr2(b'\n', b'\r', &self.buffer[keep..]) {
                return Ok((keep, keep + at + 1));
            }
            self.buffer.truncate(keep);
            if !self.fill()? {
                return Ok((keep, self.buffer.len()));
            }
        }
    }

    /// Reads one more block; false at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let filled = self.buffer.len();
        self.buffer.resize(filled + BLOCK_BYTES, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = match read {
            Ok(count) => count,
            Err(error) => {
                self.buffer.truncate(filled);
                return Err(error);
            }
        };
        self.buffer.truncate(filled + count);
        self.ended = count == 0;
        Ok(count > 0)
    }
}

/// True if the bytes hold an odd number of double quotes.
fn open_quote(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'"', bytes).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], quoted: bool) -> Vec<(i64, String, bool)> {
        let mut records = Records::new(bytes, quoted);
        let mut out = Vec::new();
        while let Some(record) = records.next_record().unwrap() {
            out.push((
                record.line_no,
                String::from_utf8_lossy(record.raw).into_owned(),
                record.broken.is_some(),
            ));
        }
        out
    }

    #[test]
    fn line_ends_of_every_kind() {
        for (name, text) in [
            ("lf", "a\nb\nc"),
            ("crlf", "a\r\nb\r\nc\r\n"),
            ("cr", "a\rb\rc\r"),
            ("mixed", "a\r\nb\rc\n"),
        ] {
            let rows = all(text.as_bytes(), false);
            let expected: Vec<_> = ["a", "b", "c"]
                .iter()
                .zip(1..)
                .map(|(t, n)| (n, (*t).to_owned(), false))
                .collect();
            assert_eq!(rows, expected, "{name}");
        }
    }

    #[test]
    fn a_quoted_cell_spans_lines() {
        let rows = all(b"x;\"one\ntwo\";y\nz", true);
        assert_eq!(
            rows,
            vec![
                (1, "x;\"one\ntwo\";y".to_owned(), false),
                (3, "z".to_owned(), false)
            ]
        );
    }

    #[test]
    fn an_unclosed_quote_costs_one_line_only() {
        let mut text = String::from("a,\"open\n");
        for i in 0..1000 {
            text.push_str(&format!("row {i}\n"));
        }
        let rows = all(text.as_bytes(), true);
        assert_eq!(rows.len(), 1001);
        assert!(rows[0].2 && !rows[1].2);
        assert_eq!(rows[1].1, "row 0");
    }

    #[test]
    fn a_line_without_end_stays_in_bounded_memory() {
        let input = io::Read::chain(io::repeat(b'x').take(50 << 20), &b"\nlast\n"[..]);
        let mut records = Records::new(input, false);
        let record = records.next_record().unwrap().unwrap();
        assert!(record.broken.is_some() && record.raw.len() == MAX_RECORD_BYTES);
        assert_eq!(records.next_record().unwrap().unwrap().raw, b"last");
        assert!(records.buffer.capacity() < 4 << 20);
        assert!(records.next_record().unwrap().is_none());
    }

    #[test]
    fn byte_order_mark_is_dropped() {
        assert_eq!(
            all(b"\xef\xbb\xbfa\n", false),
            vec![(1, "a".to_owned(), false)]
        );
    }
}
