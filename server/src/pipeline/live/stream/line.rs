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
    /// The connection was opened or closed; the text says how.
    Note,
    /// What the session had saved when this run began.
    State,
}

impl LineKind {
    const ALL: [Self; 5] = [
        Self::Frame,
        Self::Sent,
        Self::Answer,
        Self::Note,
        Self::State,
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
