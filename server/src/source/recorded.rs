//! Recorded traffic of venues, for tests; real data that lies outside the project.

use std::{io::Read, path::Path};

/// A line of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Receipt in milliseconds.
    pub at: i64,
    /// What was asked; `None` for a frame.
    pub url: Option<String>,
    /// What came.
    pub text: String,
}

/// Everything that came in a file of `shared/data/wire`; `None` where there is no shared data.
pub fn recorded(file: &str) -> Option<Vec<Recorded>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/wire");
    let Ok(file) = std::fs::File::open(folder.join(file)) else {
        println!("skipped: no shared data");
        return None;
    };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    Some(text.lines().filter_map(line).collect())
}

/// `receipt: json` or `url -> receipt: json`; what was sent (`url <- receipt: json`) did not come.
fn line(line: &str) -> Option<Recorded> {
    let (url, rest) = match line.split_once(" -> ") {
        Some((url, rest)) => (Some(url.to_owned()), rest),
        None => (None, line),
    };
    let (at, text) = rest.split_once(": ")?;
    let at: f64 = at.parse().ok()?;
    Some(Recorded {
        at: (at * 1_000.0) as i64,
        url,
        text: text.to_owned(),
    })
}
