//! Reading a landing's bytes back out of bronze.

mod parts;

use std::{
    fs::File,
    io::{self, Read, Seek},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use tokio::{runtime::Handle, sync::mpsc};

use crate::{
    refine::container::{
        Bounded, Container, MAGIC_BYTES, decoder,
        zip::{members, read_member},
    },
    store::Store,
};
use parts::{PartsReader, decode, of_store};

/// Bytes of a landing that are looked at to recognise it.
pub const HEAD_BYTES: u64 = 256 * 1024;
/// Parts that wait for the parser.
const PARTS_AHEAD: usize = 4;

/// A blocking reader of a landing's bytes as they arrived, and how many of them were read.
#[derive(Debug)]
pub struct LandingReader {
    parts: mpsc::Receiver<io::Result<Vec<u8>>>,
    current: io::Cursor<Vec<u8>>,
    done: Arc<AtomicI64>,
    /// What a reader that jumps needs.
    store: Store,
    handle: Handle,
    landing_id: i64,
}

/// Opens the bytes of a landing. The parts are fetched by a task; the reader belongs on a blocking thread.
#[must_use]
pub fn open(store: &Store, landing_id: i64) -> (LandingReader, Arc<AtomicI64>) {
    let (sender, parts) = mpsc::channel(PARTS_AHEAD);
    let done = Arc::new(AtomicI64::new(0));
    let reader = LandingReader {
        parts,
        current: io::Cursor::default(),
        done: Arc::clone(&done),
        store: store.clone(),
        handle: Handle::current(),
        landing_id,
    };
    let store = store.clone();
    tokio::spawn(async move {
        for part_no in 0.. {
            let part = match store.part(landing_id, part_no).await {
                Ok(Some((codec, body))) => decode(&codec, body),
                Ok(None) => return,
                Err(error) => Err(of_store(error)),
            };
            let broken = part.is_err();
            // nobody listens any more: the reader was dropped
            if sender.send(part).await.is_err() || broken {
                return;
            }
        }
    });
    (reader, done)
}

impl Read for LandingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.current.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                self.done.fetch_add(count as i64, Ordering::Relaxed);
                return Ok(count);
            }
            match self.parts.blocking_recv() {
                None => return Ok(0),
                Some(part) => self.current = io::Cursor::new(part?),
            }
        }
    }
}

/// Bytes that can be read through, and jumped in where a zip asks for it.
pub trait Source: Read + Send + Sized + 'static {
    /// The same bytes from their beginning, for jumping.
    type Seeker: Read + Seek + Send + 'static;

    /// Begins again, ready to jump.
    ///
    /// # Errors
    /// When the bytes cannot be read.
    fn into_seeker(self) -> io::Result<Self::Seeker>;
}

impl Source for LandingReader {
    type Seeker = PartsReader;

    fn into_seeker(self) -> io::Result<PartsReader> {
        PartsReader::new(self.store, self.handle, self.landing_id, self.done)
    }
}

impl Source for File {
    type Seeker = Self;

    fn into_seeker(mut self) -> io::Result<Self> {
        self.rewind()?;
        Ok(self)
    }
}

/// A member of an archive: it may be packed itself, but not hold another archive.
impl Source for Box<dyn Read + Send> {
    type Seeker = io::Cursor<Vec<u8>>;

    fn into_seeker(self) -> io::Result<Self::Seeker> {
        Err(refused(NESTED))
    }
}

const NESTED: &str = "the archive holds another archive; unpack it and take what is in it";

fn refused(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// The text inside: unpacked if the bytes are gzip, zstd or a zip with one data file.
///
/// # Errors
/// When the bytes cannot be read; [`io::ErrorKind::InvalidData`] with a sentence for people where they must be refused.
pub fn unpack<S: Source>(mut input: S) -> io::Result<Box<dyn Read + Send>> {
    let magic = first_bytes(&mut input)?;
    let container = Container::of(&magic);
    let text: Box<dyn Read + Send> = match container {
        Container::Plain => return Ok(Box::new(io::Cursor::new(magic).chain(input))),
        Container::Gzip | Container::Zstd => {
            let used = Arc::new(AtomicU64::new(0));
            let counted = Counted {
                inner: io::Cursor::new(magic).chain(input),
                used: Arc::clone(&used),
            };
            let packed = move || used.load(Ordering::Relaxed);
            Box::new(Bounded::new(decoder(container, counted)?, packed))
        }
        Container::Zip => {
            let mut archive = input.into_seeker()?;
            let found = members(&mut archive)?;
            match found.as_slice() {
                [] => return Err(refused("the zip archive holds no data file")),
                [member] => read_member(archive, member)?,
                several => {
                    return Err(refused(format!(
                        "the zip archive holds {} data files, which are taken one by one",
                        several.len()
                    )));
                }
            }
        }
    };
    let mut text = text;
    let magic = first_bytes(&mut text)?;
    if Container::of(&magic) != Container::Plain {
        return Err(refused(NESTED));
    }
    Ok(Box::new(io::Cursor::new(magic).chain(text)))
}

fn first_bytes(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(MAGIC_BYTES);
    input.take(MAGIC_BYTES as u64).read_to_end(&mut magic)?;
    Ok(magic)
}

/// Counts the bytes that a decoder takes.
struct Counted<R> {
    inner: R,
    used: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.used.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The first [`HEAD_BYTES`] of a text; what can be read of it, if it is damaged further on.
///
/// # Errors
/// When nothing of it can be read.
pub fn head(text: impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match text.take(HEAD_BYTES).read_to_end(&mut head) {
        Err(error) if head.is_empty() => Err(error),
        _ => Ok(head),
    }
}
