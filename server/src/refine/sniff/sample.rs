//! The first lines of a file.

use crate::refine::{columns::normalise, encoding::text, split::texts, text::Records};

/// Lines that are looked at.
const MAX_LINES: usize = 1000;

/// The first lines of a file that hold anything.
#[derive(Debug)]
pub(super) struct Sample {
    /// Line number and bytes.
    pub(super) lines: Vec<(i64, Vec<u8>)>,
}

impl Sample {
    /// Complete lines of the head; an incomplete last one is left out.
    pub(super) fn of(head: &[u8]) -> Self {
        let complete = match memchr::memrchr2(b'\n', b'\r', head) {
            Some(last) => &head[..=last],
            None => head,
        };
        let mut records = Records::new(complete, false);
        let mut lines = Vec::new();
        while let Ok(Some(record)) = records.next_record() {
            if !record.raw.trim_ascii().is_empty() {
                lines.push((record.line_no, record.raw.to_vec()));
            }
            if lines.len() == MAX_LINES {
                break;
            }
        }
        Self { lines }
    }

    /// Line number and names of the line at a position, as a header of candles.
    ///
    /// yfinance writes three lines: names with the time missing, the symbol, and one with nothing but `Date`.
    pub(super) fn header(&self, position: usize, delimiter: u8) -> (i64, Vec<String>) {
        let (line_no, mut names) = self.names(position, delimiter);
        let is_split = names.first().is_some_and(|name| normalise(name) == "price");
        if let Some((below_no, below)) = self
            .lines
            .get(position + 2)
            .map(|(line_no, line)| (*line_no, texts(line, delimiter)))
            && is_split
            && matches!(normalise(&below[0]).as_str(), "date" | "datetime")
            && below[1..].iter().all(String::is_empty)
        {
            names[0].clone_from(&below[0]);
            return (below_no, names);
        }
        (line_no, names)
    }

    /// Line number and cells of the line at a position.
    pub(super) fn names(&self, position: usize, delimiter: u8) -> (i64, Vec<String>) {
        let (line_no, line) = &self.lines[position];
        (*line_no, texts(line, delimiter))
    }

    /// What a file is that is none of the known formats.
    pub(super) fn what_instead(&self) -> String {
        const EXPECTED: &str = "expected a header with time, open, high, low and close, six, seven or twelve columns of \
                                candles without one, or a news header with date, title and url";
        let looks_like = if self.is_daily_counts() {
            "these are daily counts of news words, not articles: there is no title to read"
        } else if self.is_source() {
            "this looks like source code, not a table"
        } else if self.is_numbers() {
            "these are numbers without a time and four prices in their columns, such as a list of trades or order book \
             levels, not candles"
        } else {
            return format!("no known format: {EXPECTED}");
        };
        format!("no known format: {looks_like}; {EXPECTED}")
    }

    fn is_daily_counts(&self) -> bool {
        super::DELIMITERS.into_iter().any(|delimiter| {
            let Some((_, names)) = (!self.lines.is_empty()).then(|| self.names(0, delimiter))
            else {
                return false;
            };
            let is_count = |name: &&String| normalise(name).starts_with("news_");
            names.first().is_some_and(|name| normalise(name) == "date")
                && names.iter().filter(is_count).count() >= 2
        })
    }

    fn is_source(&self) -> bool {
        const STARTS: [&str; 13] = [
            "import ",
            "from ",
            "def ",
            "class ",
            "return ",
            "#include",
            "package ",
            "function ",
            "const ",
            "let ",
            "fn ",
            "use ",
            "if ",
        ];
        let lines = self.lines.iter().take(50);
        let code = lines
            .clone()
            .filter(|(_, line)| {
                let line = text(line.trim_ascii());
                STARTS.iter().any(|start| line.starts_with(start))
                    || line.ends_with(['{', '}', ';', ':'])
            })
            .count();
        code * 3 >= lines.len().max(1)
    }

    fn is_numbers(&self) -> bool {
        let is_number_like = |line: &[u8]| {
            line.iter().all(|byte| {
                byte.is_ascii_digit()
                    || byte.is_ascii_whitespace()
                    || matches!(byte, b'.' | b',' | b';' | b'|' | b'-' | b'+' | b'e' | b'E')
            })
        };
        let lines = self.lines.iter().take(50);
        let numbers = lines.clone().filter(|(_, line)| is_number_like(line));
        numbers.count() * 10 >= lines.len() * 9
    }
}

/// The first three lines, shortened, with control characters escaped.
pub(super) fn excerpt(head: &[u8]) -> String {
    let lines: Vec<String> = head
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .filter(|line| !line.trim_ascii().is_empty())
        .take(3)
        .map(|line| {
            text(&line[..line.len().min(120)])
                .escape_debug()
                .to_string()
        })
        .collect();
    if lines.is_empty() {
        "(none)".to_owned()
    } else {
        lines.join(" | ")
    }
}
