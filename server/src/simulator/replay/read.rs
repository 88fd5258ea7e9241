//! Reads recorded traffic: lines with a time and a message, or runs as the engine lands them.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use super::{RecordedAnswer, Recording};
use crate::{pipeline::live::stream::LineKind, simulator::protocol::Protocol};

/// Most bytes of a recording, unpacked.
const MAX_BYTES: u64 = 1 << 30;
/// Parts of addresses that tell whose traffic it is.
const HOSTS: [(&str, Protocol); 5] = [
    ("binance", Protocol::Binance),
    ("coinbase", Protocol::Coinbase),
    ("kraken", Protocol::Kraken),
    ("bitstamp", Protocol::Bitstamp),
    ("bitfinex", Protocol::Bitfinex),
];

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("cannot read the recording {path}: {error}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is too large, or no text.
    #[error("the recording {path} is no text of at most 1 GB")]
    Text {
        /// Which.
        path: String,
    },
    /// A line is none of a recording.
    #[error("line {line} of the recording {path} is not understood: {text:?}")]
    Line {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// How it begins.
        text: String,
    },
    /// Nothing says whose traffic it is.
    #[error("nothing in the recording {path} says which venue it is of: give --venue")]
    Venue {
        /// Which file.
        path: String,
    },
}

impl Recording {
    /// Reads files, packed with gzip or not, into one recording for each venue. `venue` is whose traffic it is where
    /// a file does not say.
    ///
    /// # Errors
    /// When a file cannot be read, is no recording, or of an unknown venue.
    pub fn read(
        paths: &[impl AsRef<Path>],
        venue: Option<Protocol>,
    ) -> Result<Vec<Self>, ReplayError> {
        let mut recordings: Vec<Self> = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let name = path.display().to_string();
            let mut recording = Self::parse(&name, &text_of(path, &name)?)?;
            recording.protocol = recording.protocol.or(venue);
            if recording.protocol.is_none() {
                return Err(ReplayError::Venue { path: name });
            }
            let mut known = recordings.iter_mut();
            match known.find(|known| known.protocol == recording.protocol) {
                Some(known) => known.join(recording),
                None => recordings.push(recording),
            }
        }
        Ok(recordings)
    }

    /// Reads the text of one file.
    ///
    /// # Errors
    /// When a line is none of a recording.
    pub fn parse(path: &str, text: &str) -> Result<Self, ReplayError> {
        let mut recording = Self::default();
        let wrong = |line: usize, text: &str| ReplayError::Line {
            path: path.to_owned(),
            line,
            text: text.chars().take(80).collect(),
        };
        let mut rest = text;
        let mut line_no = 0;
        while !rest.is_empty() {
            line_no += 1;
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = after;
            if line.trim().is_empty() {
                continue;
            }
            if let Some((at, kind, bytes)) = run_head(line) {
                let body = rest.get(..bytes).ok_or_else(|| wrong(line_no, line))?;
                line_no += body.matches('\n').count() + 1;
                rest = rest[bytes..].trim_start_matches('\n');
                recording.add_run_line(at, kind, body);
            } else if !recording.add_wire_line(line.trim_end_matches('\r')) {
                return Err(wrong(line_no, line));
            }
        }
        Ok(recording)
    }

    fn add_run_line(&mut self, at: i64, kind: LineKind, body: &str) {
        match kind {
            LineKind::Frame => self.frames.push((at, body.to_owned())),
            LineKind::Answer => self.answers.push(RecordedAnswer {
                at,
                question: None,
                body: body.to_owned(),
            }),
            LineKind::Sent | LineKind::Note | LineKind::State | LineKind::Batch => {}
        }
    }

    /// `time: json`, `url -> time: json`, `url <- time: json` (sent), `url <-> time` (opened).
    fn add_wire_line(&mut self, line: &str) -> bool {
        if line.contains(" <-> ") {
            self.tell_venue(line);
            return true;
        }
        let head = line.split(": ").next().unwrap_or_default();
        if head.contains(" <- ") {
            self.tell_venue(head);
            return true;
        }
        let Some((head, body)) = line.split_once(": ") else {
            return false;
        };
        let (url, time) = match head.rsplit_once(" -> ") {
            Some((url, time)) => (Some(url), time),
            None => (None, head),
        };
        let Some(at) = seconds(time) else {
            return false;
        };
        match url {
            None => self.frames.push((at, body.to_owned())),
            Some(url) => {
                self.tell_venue(url);
                let path = url.split_once("://").map_or(url, |(_, rest)| rest);
                let path = path.find('/').map_or("", |start| &path[start..]);
                let (path, query) = path.split_once('?').unwrap_or((path, ""));
                self.answers.push(RecordedAnswer {
                    at,
                    question: Some((path.to_owned(), query.to_owned())),
                    body: body.to_owned(),
                });
            }
        }
        true
    }

    fn tell_venue(&mut self, url: &str) {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or_default();
        let known = HOSTS.iter().find(|(name, _)| host.contains(name));
        self.protocol = self.protocol.or(known.map(|(_, protocol)| *protocol));
    }
}

/// `<at> <letter> <bytes>`: a line of a run.
fn run_head(line: &str) -> Option<(i64, LineKind, usize)> {
    let mut parts = line.split(' ');
    let at = parts.next()?.parse().ok()?;
    let mut letters = parts.next()?.chars();
    let kind = LineKind::of(letters.next()?)?;
    let bytes = parts.next()?.trim_end().parse().ok()?;
    (letters.next().is_none() && parts.next().is_none()).then_some((at, kind, bytes))
}

/// Seconds with decimals, in milliseconds.
fn seconds(text: &str) -> Option<i64> {
    let seconds: f64 = text.trim().parse().ok()?;
    (0.0..1e11)
        .contains(&seconds)
        .then_some((seconds * 1_000.0) as i64)
}

fn text_of(path: &Path, name: &str) -> Result<String, ReplayError> {
    let file_error = |error| ReplayError::File {
        path: name.to_owned(),
        error,
    };
    let file = BufReader::new(File::open(path).map_err(file_error)?);
    let packed = path.extension().is_some_and(|end| end == "gz");
    let reader: Box<dyn Read> = if packed {
        Box::new(flate2::bufread::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut bytes = Vec::new();
    let mut bounded = reader.take(MAX_BYTES + 1);
    bounded.read_to_end(&mut bytes).map_err(file_error)?;
    let too_large = bytes.len() as u64 > MAX_BYTES;
    let text = String::from_utf8(bytes).ok().filter(|_| !too_large);
    text.ok_or_else(|| ReplayError::Text {
        path: name.to_owned(),
    })
}
