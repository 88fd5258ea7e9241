//! Reading a landing's bytes back out of bronze.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;
use tokio::sync::mpsc;

use crate::store::Store;

/// First bytes of a gzip file.
pub const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Bytes of a landing that are looked at to recognise it.
pub const HEAD_BYTES: u64 = 256 * 1024;
/// Parts that wait for the parser.
const PARTS_AHEAD: usize = 4;
/// A part is about 1 MB; what claims to be more is damaged.
const MAX_PART_BYTES: usize = 16 << 20;

/// A blocking reader of a landing's bytes as they arrived, and how many of them were read.
#[derive(Debug)]
pub struct LandingReader {
    parts: mpsc::Receiver<io::Result<Vec<u8>>>,
    current: io::Cursor<Vec<u8>>,
    done: Arc<AtomicI64>,
}

/// Opens the bytes of a landing. The parts are fetched by a task; the reader belongs on a blocking thread.
#[must_use]
pub fn open(store: &Store, landing_id: i64) -> (LandingReader, Arc<AtomicI64>) {
    let (sender, parts) = mpsc::channel(PARTS_AHEAD);
    let store = store.clone();
    tokio::spawn(async move {
        for part_no in 0.. {
            let part = match store.part(landing_id, part_no).await {
                Ok(Some((codec, body))) => decode(&codec, body),
                Ok(None) => return,
                Err(error) => Err(io::Error::other(error)),
            };
            let broken = part.is_err();
            // nobody listens any more: the reader was dropped
            if sender.send(part).await.is_err() || broken {
                return;
            }
        }
    });
    let done = Arc::new(AtomicI64::new(0));
    (
        LandingReader {
            parts,
            current: io::Cursor::default(),
            done: Arc::clone(&done),
        },
        done,
    )
}

fn decode(codec: &str, body: Vec<u8>) -> io::Result<Vec<u8>> {
    match codec {
        "none" => Ok(body),
        "zstd" => zstd::bulk::decompress(&body, MAX_PART_BYTES),
        other => Err(io::Error::other(format!(
            "a part of bronze has the unknown codec {other:?}"
        ))),
    }
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

/// The text inside: unpacked if the bytes are gzip.
///
/// # Errors
/// When the bytes cannot be read.
pub fn unpack(mut input: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = [0; 2];
    let mut filled = 0;
    while filled < magic.len() {
        match input.read(&mut magic[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    let whole = io::Cursor::new(magic[..filled].to_vec()).chain(input);
    Ok(if magic == GZIP_MAGIC {
        Box::new(MultiGzDecoder::new(whole))
    } else {
        Box::new(whole)
    })
}

/// The first [`HEAD_BYTES`] of the text inside.
///
/// # Errors
/// When the bytes cannot be read or the archive is damaged from its beginning.
pub fn head(input: impl Read + Send + 'static) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match unpack(input)?.take(HEAD_BYTES).read_to_end(&mut head) {
        Err(_) if !head.is_empty() => Ok(head),
        Err(error) => Err(error),
        Ok(_) => Ok(head),
    }
}
