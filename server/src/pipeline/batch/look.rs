//! Looking at a file before anything of it is taken: what it is, how much of it lands, as what.

use std::io;

use app::model::Dataset;

use super::{IngestOptions, SYNTHETIC_VENUE};
use crate::{
    pipeline::{
        checksum::{Checksum, verify},
        input::Input,
        read::head,
        refine::scan,
    },
    refine::{
        columns::instrument_of_name,
        sniff::{Recognised, Refusal, recognise_as},
    },
    store::WHOLE_MARKET,
};

/// Refused files larger than this land with their beginning only.
const MAX_REFUSED_BYTES: u64 = 16 << 20;
/// That beginning.
const KEPT_BYTES: u64 = 1 << 20;

/// Default instrument of a file that names none: minute files of Bitcoin are in dollars unless they say otherwise.
const DEFAULT_INSTRUMENT: &str = "BTC-USD";

/// A file and what it was found to be.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// Where its bytes are; cut off where it is refused and large.
    pub(super) input: Input,
    /// What it is.
    pub(super) recognised: Result<Recognised, Refusal>,
    head: Vec<u8>,
}

/// Looks at the beginning of a file. Blocking.
///
/// # Errors
/// When it cannot be read; an archive that must be refused is no error.
pub(super) fn look(input: Input, options: &IngestOptions) -> io::Result<Look> {
    let (recognised, head) = match input.open_text().and_then(head) {
        Ok(head) => (recognise_as(&head, options.format.as_deref()), head),
        Err(error) if is_final(&error) => (Err(archive(&error)), Vec::new()),
        Err(error) => return Err(error),
    };
    let bytes = input.bytes()?;
    if recognised.is_err() && bytes > MAX_REFUSED_BYTES {
        return Ok(cut(input, recognised, head, bytes));
    }
    Ok(Look {
        input,
        recognised,
        head,
    })
}

/// True if the bytes themselves are at fault: trying again brings the same.
pub(super) fn is_final(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
    )
}

fn archive(error: &io::Error) -> Refusal {
    Refusal {
        reason: format!("the archive cannot be unpacked: {error}"),
        first_lines: "(none)".to_owned(),
    }
}

fn cut(input: Input, recognised: Result<Recognised, Refusal>, head: Vec<u8>, bytes: u64) -> Look {
    let recognised = recognised.map_err(|refusal| Refusal {
        reason: format!(
            "{}; of its {} MB only the first is kept",
            refusal.reason,
            bytes >> 20
        ),
        ..refusal
    });
    Look {
        input: input.limited(KEPT_BYTES),
        recognised,
        head,
    }
}

impl Look {
    /// A file that is refused without a look.
    ///
    /// # Errors
    /// When its size cannot be read.
    pub(super) fn refused(input: Input, refusal: Refusal) -> io::Result<Self> {
        let bytes = input.bytes()?;
        if bytes > MAX_REFUSED_BYTES {
            return Ok(cut(input, Err(refusal), Vec::new(), bytes));
        }
        Ok(Self {
            input,
            recognised: Err(refusal),
            head: Vec::new(),
        })
    }

    /// Reads the whole file where only that tells what it is. Blocking.
    ///
    /// # Errors
    /// When it cannot be read; what must be refused is no error.
    pub(super) fn scan(mut self) -> io::Result<Self> {
        let Ok(recognised) = self.recognised else {
            return Ok(self);
        };
        self.recognised = match scan(recognised, &self.head, || self.input.open_text()) {
            Ok(recognised) => recognised,
            Err(error) if is_final(&error) => Err(archive(&error)),
            Err(error) => return Err(error),
        };
        Ok(self)
    }

    /// Holds the hash of the file against the checksum file beside it; gives what to tell of it.
    pub(super) fn verify(&mut self, sha256: &str) -> Option<String> {
        if !self.input.is_file() {
            return None;
        }
        match verify(self.input.path(), sha256) {
            Checksum::Absent => None,
            Checksum::Right => Some(format!("sha256 {sha256} is as the checksum file says")),
            Checksum::Unreadable => Some("the checksum file beside it holds no sha256".to_owned()),
            Checksum::Wrong { expected } => {
                self.recognised = Err(Refusal::new(
                    format!(
                        "{WRONG_CHECKSUM}: expected sha256 {expected}, found {sha256}; download both again"
                    ),
                    &self.head,
                ));
                None
            }
        }
    }

    /// What it lands as: dataset, name of the format, instrument.
    pub(super) fn kind(&self, options: &IngestOptions) -> (Dataset, String, String) {
        let Ok(recognised) = &self.recognised else {
            return (
                Dataset::Unknown,
                String::new(),
                DEFAULT_INSTRUMENT.to_owned(),
            );
        };
        // an order of day and month that was told is told again when the landing is read again
        let told = options.format.as_deref().filter(|told| told.contains(':'));
        let format = told.unwrap_or(recognised.name()).to_owned();
        match recognised {
            Recognised::News { .. } => (Dataset::Article, format, WHOLE_MARKET.to_owned()),
            Recognised::Candles(candles) => {
                let names = || {
                    let of_file = instrument_of_name(&self.input.name());
                    of_file.or_else(|| instrument_of_name(&self.input.origin()))
                };
                let instrument = options
                    .instrument
                    .clone()
                    .or_else(|| candles.instrument.clone())
                    .or_else(names)
                    .or_else(|| candles.definition.instrument.map(str::to_owned));
                let instrument = instrument.unwrap_or_else(|| DEFAULT_INSTRUMENT.to_owned());
                (Dataset::Candle, format, candles.tagged(&instrument))
            }
        }
    }

    /// The venue it lands under: synthetic prices never under that of real ones.
    pub(super) fn venue<'a>(&self, options: &'a IngestOptions, default: &'a str) -> &'a str {
        let is_synthetic =
            matches!(&self.recognised, Ok(Recognised::Candles(candles)) if candles.is_synthetic);
        match options.venue.as_deref() {
            Some(venue) => venue,
            None if is_synthetic => SYNTHETIC_VENUE,
            None => default,
        }
    }

    /// What a person should know of it.
    pub(super) fn warnings(&self) -> Vec<String> {
        match &self.recognised {
            Ok(Recognised::Candles(candles)) => candles.warnings.clone(),
            _ => Vec::new(),
        }
    }
}

/// How the reason begins where a checksum does not fit.
pub(super) const WRONG_CHECKSUM: &str = "the file does not have the checksum of the file beside it";
