//! Everything that passes over a connection, in order.

/// What a line of a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// A frame of the venue.
    Frame,
    /// A frame that we sent.
    Sent,
    /// The venue's REST answer to a question of the session.
    Answer,
    /// The connection was opened or closed, or quotes are conflated from now on; the text says how.
    Note,
    /// What the refiner had saved when this run began.
    State,
    /// The lines behind it were committed together; the text says when among all others. Only in landed runs.
    Batch,
}

impl LineKind {
    pub(super) const ALL: [Self; 6] = [
        Self::Frame,
        Self::Sent,
        Self::Answer,
        Self::Note,
        Self::State,
        Self::Batch,
    ];

    /// The letter in a landed run.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Frame => '<',
            Self::Sent => '>',
            Self::Answer => '=',
            Self::Note => '!',
            Self::State => '#',
            Self::Batch => '~',
        }
    }

    /// The kind of that letter.
    #[must_use]
    pub fn of(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }
}

/// Something that passed over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When, in milliseconds of the engine's clock.
    pub at: i64,
    /// What it is.
    pub kind: LineKind,
    /// Exactly as it was.
    pub text: String,
}

const QUOTES_EVERY: &str = "quotes every ";

impl Line {
    /// A note that from now on at most one quote in so many milliseconds is kept. It goes through the refiner and into
    /// the batch like any other line: refining the run again then leaves out the same quotes.
    #[must_use]
    pub fn quotes_every(at: i64, quote_ms: i64) -> Self {
        Self {
            at,
            kind: LineKind::Note,
            text: format!("{QUOTES_EVERY}{quote_ms} ms"),
        }
    }

    /// What [`Line::quotes_every`] said, if this is such a note.
    #[must_use]
    pub fn as_quotes_every(&self) -> Option<i64> {
        if self.kind != LineKind::Note {
            return None;
        }
        let number = self.text.strip_prefix(QUOTES_EVERY)?.strip_suffix(" ms")?;
        number.parse().ok().filter(|quote_ms| *quote_ms >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_about_quotes_is_read_again() {
        let line = Line::quotes_every(7, 1_000);
        assert_eq!(line.as_quotes_every(), Some(1_000));
        for text in ["quotes every x ms", "quotes every -1 ms", "opened", ""] {
            let line = Line {
                text: text.to_owned(),
                ..line.clone()
            };
            assert_eq!(line.as_quotes_every(), None, "{text}");
        }
    }
}
