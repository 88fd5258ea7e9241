//! Bytes as text: which encoding, which line ends, and what is no text at all.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// How the bytes of a text are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Every byte below 128.
    Ascii,
    /// Valid UTF-8.
    Utf8,
    /// Valid UTF-8 with a byte order mark.
    Utf8Marked,
    /// One byte a character: read as windows-1252, which has Latin-1 in it.
    Latin1,
    /// UTF-8 with damaged places.
    BrokenUtf8,
}

impl Encoding {
    /// The encoding of the first bytes of a text.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        if head.is_ascii() {
            return Self::Ascii;
        }
        match std::str::from_utf8(head) {
            Ok(_) if head.starts_with(MARK) => Self::Utf8Marked,
            Ok(_) => Self::Utf8,
            // the head may end inside a character
            Err(error) if error.error_len().is_none() => Self::Utf8,
            Err(_) if is_latin1(head) => Self::Latin1,
            Err(_) => Self::BrokenUtf8,
        }
    }

    /// Bytes of this encoding as text; damage becomes the replacement character.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Latin1 => WINDOWS_1252.decode_without_bom_handling(bytes).0,
            _ => String::from_utf8_lossy(bytes),
        }
    }

    /// Words for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Utf8 => "UTF-8",
            Self::Utf8Marked => "UTF-8 with byte order mark",
            Self::Latin1 => "Latin-1 (read as windows-1252)",
            Self::BrokenUtf8 => "UTF-8 with damaged bytes",
        }
    }
}

/// Byte order mark of UTF-8.
pub const MARK: &[u8] = b"\xef\xbb\xbf";

/// Not UTF-8, and without a single character that is: nobody writes many accents and never two bytes for one.
fn is_latin1(bytes: &[u8]) -> bool {
    let mut invalid = 0;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_ascii() {
            return false;
        }
        invalid += chunk.invalid().len();
    }
    invalid > 0
}

/// A record as text for people: decoded, its length bounded.
#[must_use]
pub fn text(raw: &[u8]) -> String {
    const MAX_BYTES: usize = 16 * 1024;
    let raw = &raw[..raw.len().min(MAX_BYTES)];
    Encoding::of(raw).decode(raw).into_owned()
}

/// How many lines end in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineEnds {
    /// `\n`
    pub lf: usize,
    /// `\r\n`
    pub crlf: usize,
    /// `\r`
    pub cr: usize,
}

impl LineEnds {
    /// Counts the line ends of a text.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let mut ends = Self::default();
        for at in memchr::memchr2_iter(b'\n', b'\r', head) {
            let before = at.checked_sub(1).map(|at| head[at]);
            match (head[at], before, head.get(at + 1)) {
                (b'\n', Some(b'\r'), _) => ends.crlf += 1,
                (b'\n', _, _) => ends.lf += 1,
                (_, _, Some(b'\n')) => {}
                _ => ends.cr += 1,
            }
        }
        ends
    }

    /// `LF`, `CRLF`, `CR`, or several with their counts.
    #[must_use]
    pub fn describe(&self) -> String {
        let kinds = [("LF", self.lf), ("CRLF", self.crlf), ("CR", self.cr)];
        let used: Vec<_> = kinds.iter().filter(|(_, count)| *count > 0).collect();
        match used[..] {
            [] => "none".to_owned(),
            [(name, _)] => (*name).to_owned(),
            _ => {
                let parts: Vec<String> = used
                    .iter()
                    .map(|(name, count)| format!("{name} {count}"))
                    .collect();
                format!("mixed ({})", parts.join(", "))
            }
        }
    }
}

/// Why the bytes are no table of text at all, in words that say what to do; `None` if they may be one.
#[must_use]
pub fn not_a_table(head: &[u8]) -> Option<&'static str> {
    let start = head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start();
    let lower: Vec<u8> = start.iter().take(64).map(u8::to_ascii_lowercase).collect();
    if start.is_empty() {
        Some("the file is empty: no data")
    } else if start.starts_with(b"version https://git-lfs") {
        Some("this is a git-lfs pointer, not the file it stands for; fetch the real file")
    } else if head.starts_with(b"\x00\x05\x16\x07") {
        Some(
            "this is a binary resource fork (AppleDouble), which macOS puts beside a file; take the file without ._ in \
             front of its name",
        )
    } else if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        Some("this is UTF-16 text; save it as UTF-8 and try again")
    } else if head.get(257..262) == Some(b"ustar") {
        Some("this is a tar archive; unpack it and take the files in it")
    } else if head.starts_with(b"PAR1") {
        Some("this is a Parquet file; export it as CSV")
    } else if head.starts_with(b"SQLite format 3\0") {
        Some("this is a database file; export the table as CSV")
    } else if head.contains(&0) {
        Some("this is a binary file, not text")
    } else if lower.starts_with(b"<!doctype") || lower.starts_with(b"<html") {
        Some("this is a web page, perhaps a server's error page; download the file again")
    } else if lower.starts_with(b"<?xml") {
        Some("this is an XML document, perhaps a server's error page; download the file again")
    } else if matches!(start.first(), Some(b'{' | b'[')) && is_json(start) {
        Some("this is JSON, not a table; convert it to CSV with a header")
    } else if is_checksum(start) {
        Some("this is a checksum file: it is read when the file it belongs to is ingested")
    } else {
        None
    }
}

fn is_json(start: &[u8]) -> bool {
    let next = start[1..].trim_ascii_start();
    matches!(next.first(), Some(b'"' | b'{' | b'[' | b'}' | b']'))
        || next.first().is_some_and(u8::is_ascii_digit)
}

/// `<64 hexadecimal digits>  name`, as sha256sum writes it.
fn is_checksum(start: &[u8]) -> bool {
    start.len() >= 64
        && start[..64].iter().all(u8::is_ascii_hexdigit)
        && start.get(64).is_none_or(|byte| byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        for (name, bytes, expected) in [
            ("ascii", &b"a,b"[..], Encoding::Ascii),
            ("utf-8", "é".as_bytes(), Encoding::Utf8),
            ("marked", b"\xef\xbb\xbfa", Encoding::Utf8Marked),
            ("latin-1", b"S\xe3o Paulo \x93x\x94", Encoding::Latin1),
            ("broken", b"S\xc3\xa3o \xff", Encoding::BrokenUtf8),
            ("cut off", b"S\xc3", Encoding::Utf8),
        ] {
            assert_eq!(Encoding::of(bytes), expected, "{name}");
        }
        assert_eq!(text(b"S\xe3o \x93x\x94"), "São “x”");
        assert_eq!(text(b"S\xc3\xa3o \xff"), "São \u{fffd}");
    }

    #[test]
    fn line_ends_are_counted() {
        for (text, expected) in [
            ("a\nb\n", "LF"),
            ("a\r\nb\r\n", "CRLF"),
            ("a\rb\r", "CR"),
            ("a", "none"),
            ("a\r\nb\n\n", "mixed (LF 2, CRLF 1)"),
        ] {
            assert_eq!(LineEnds::of(text.as_bytes()).describe(), expected);
        }
    }
}
