//! Runs of lines as they are landed: `<at> <letter> <bytes>\n<text>\n`, any text.

use std::io::{self, BufRead, Read};

use super::line::{Line, LineKind};

/// Longest line that is read back, in bytes: nothing longer is ever landed.
const MAX_LINE: usize = 64 << 20;
/// Longest head of a line: time, letter and length.
const MAX_HEAD: u64 = 64;

/// Adds a line to the text of a run.
pub(super) fn encode(run: &mut Vec<u8>, line: &Line) {
    let Line { at, kind, text } = line;
    run.extend_from_slice(format!("{at} {} {}\n", kind.letter(), text.len()).as_bytes());
    run.extend_from_slice(text.as_bytes());
    run.push(b'\n');
}

/// Reads the next line; `None` at the end.
///
/// # Errors
/// When the run cannot be read, or is none.
pub(super) fn decode(run: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut head = Vec::new();
    if run.by_ref().take(MAX_HEAD).read_until(b'\n', &mut head)? == 0 {
        return Ok(None);
    }
    let (at, kind, bytes) = parse_head(&head).ok_or_else(|| {
        broken(&format!(
            "{:?} is not the head of a line",
            String::from_utf8_lossy(&head)
        ))
    })?;
    if bytes > MAX_LINE {
        return Err(broken(&format!("a line of {bytes} bytes")));
    }
    let mut text = vec![0; bytes + 1];
    run.read_exact(&mut text)?;
    if text.pop() != Some(b'\n') {
        return Err(broken("a line is longer than its head says"));
    }
    let text = String::from_utf8(text).map_err(|error| broken(&error.to_string()))?;
    Ok(Some(Line { at, kind, text }))
}

fn parse_head(head: &[u8]) -> Option<(i64, LineKind, usize)> {
    let head = std::str::from_utf8(head).ok()?.strip_suffix('\n')?;
    let mut words = head.split(' ');
    let at = words.next()?.parse().ok()?;
    let mut letters = words.next()?.chars();
    let kind = LineKind::of(letters.next()?)?;
    let bytes = words.next()?.parse().ok()?;
    (letters.next().is_none() && words.next().is_none()).then_some((at, kind, bytes))
}

fn broken(reason: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the run is damaged: {reason}"),
    )
}

/// When a batch was committed among all landings and batches: behind the landing of this number, and there behind the
/// batches with lower turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// The newest landing at that time.
    pub(super) landing_id: i64,
    /// Counts the batches of a process.
    pub(super) batch: i64,
}

/// What a line of kind [`LineKind::Batch`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BatchMark {
    pub(super) turn: Turn,
    /// The connection led: its quotes, books and candles were taken.
    pub(super) leader: bool,
    /// Rows of its refiner that waited for the end of a pause were taken too: the run ends with it.
    pub(super) ends: bool,
}

impl BatchMark {
    pub(super) fn line(self, at: i64) -> Line {
        let Turn { landing_id, batch } = self.turn;
        let leads = if self.leader { "leads" } else { "follows" };
        let ends = if self.ends { " ends" } else { "" };
        Line {
            at,
            kind: LineKind::Batch,
            text: format!("{landing_id} {batch} {leads}{ends}"),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let turn = Turn {
            landing_id: words.next()?.parse().ok()?,
            batch: words.next()?.parse().ok()?,
        };
        let leader = match words.next()? {
            "leads" => true,
            "follows" => false,
            _ => return None,
        };
        let ends = words.next();
        if ends.is_some_and(|word| word != "ends") {
            return None;
        }
        Some(Self {
            turn,
            leader,
            ends: ends.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(mut run: &[u8]) -> io::Result<Vec<Line>> {
        let mut lines = Vec::new();
        while let Some(line) = decode(&mut run)? {
            lines.push(line);
        }
        Ok(lines)
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(lines in prop::collection::vec((any::<i64>(), 0..LineKind::ALL.len(), any::<String>()), 0..8)) {
            let lines: Vec<Line> = lines
                .into_iter()
                .map(|(at, kind, text)| Line { at, kind: LineKind::ALL[kind], text })
                .collect();
            let mut run = Vec::new();
            for line in &lines {
                encode(&mut run, line);
            }
            prop_assert_eq!(decoded(&run).unwrap(), lines);
        }

        #[test]
        fn no_bytes_are_a_panic(run in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decoded(&run);
        }
    }

    #[test]
    fn damage_is_told() {
        for run in [
            "7 < 3\nabcd\n",
            "7 < 30\nabc\n",
            "7 ? 3\nabc\n",
            "7 < 99999999999\n",
            "seven < 3\nabc\n",
            "7 < 3 1\nabc\n",
            "no line at all",
        ] {
            assert!(decoded(run.as_bytes()).is_err(), "{run}");
        }
    }

    #[test]
    fn marks_of_batches_are_read_again() {
        for (leader, ends) in [(true, false), (false, true)] {
            let mark = BatchMark {
                turn: Turn {
                    landing_id: 17,
                    batch: 4,
                },
                leader,
                ends,
            };
            assert_eq!(BatchMark::parse(&mark.line(9).text), Some(mark));
        }
        for text in ["", "1", "1 2", "1 2 leaps", "1 2 leads on", "x 2 leads"] {
            assert_eq!(BatchMark::parse(text), None, "{text}");
        }
    }
}
