//! Files into bronze: every byte is committed before anything reads it.

use std::io::{self, BufReader, Read};

use anyhow::Context;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{input::Input, progress::Progress};
use crate::{
    refine::container::Container,
    store::{Part, RunProgress, Store, landing::insert_part},
};

/// Size of a part; of bytes that arrive packed every part but the last has just this size, so that a place in them can
/// be found.
const PART_BYTES: usize = 1 << 20;
/// Parts of one transaction: the writer is never held for long.
const PARTS_PER_COMMIT: usize = 8;

/// Hash (hexadecimal) and size of a file.
///
/// # Errors
/// When the file cannot be read, or is a member of a damaged archive.
pub fn fingerprint(input: impl Into<Input>) -> anyhow::Result<(String, i64)> {
    let input = input.into();
    let mut body = open(&input)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let count = body
            .read(&mut buffer)
            .with_context(|| format!("cannot read {}", input.origin()))?;
        if count == 0 {
            return Ok((hex::encode(hash.finalize()), bytes));
        }
        hash.update(&buffer[..count]);
        bytes += count as i64;
    }
}

fn open(input: &Input) -> anyhow::Result<Box<dyn Read + Send>> {
    input
        .open()
        .with_context(|| format!("cannot open {}", input.origin()))
}

/// Writes the bytes of a file as the parts of a landing. The landing's hash must have been taken from the same bytes:
/// a file that changed meanwhile is an error.
///
/// # Errors
/// When the file cannot be read, has changed, or the database fails.
pub async fn land_parts(
    store: &Store,
    input: &Input,
    landing_id: i64,
    sha256: &str,
    bytes: i64,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let (sender, mut parts) = mpsc::channel::<io::Result<Part>>(4);
    let body = open(input)?;
    let reader = tokio::task::spawn_blocking(move || split(body, &sender));
    let mut done = 0;
    loop {
        let mut tx = store.begin().await?;
        let mut written = 0;
        while written < PARTS_PER_COMMIT {
            let Some(part) = parts.recv().await else {
                break;
            };
            insert_part(&mut tx, landing_id, &part?).await?;
            written += 1;
            done = (done + PART_BYTES as i64).min(bytes);
        }
        let at = RunProgress {
            phase: "landing",
            bytes_done: done,
            bytes_total: bytes,
            ..RunProgress::default()
        };
        progress.at(&mut tx, landing_id, at).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        if written < PARTS_PER_COMMIT {
            break;
        }
    }
    let landed = reader.await.context("the reader of the file stopped")?;
    anyhow::ensure!(
        landed == sha256,
        "{} changed while it was read; ingest it again when it is complete",
        input.origin()
    );
    Ok(())
}

/// Cuts a file into parts of about 1 MB: text at line ends and packed, what is packed already as it is. Gives the hash
/// of all bytes; stops early if nobody listens.
fn split(body: impl Read, sender: &mpsc::Sender<io::Result<Part>>) -> String {
    let mut hash = Sha256::new();
    let mut packed = false;
    let mut input = BufReader::with_capacity(PART_BYTES, body);
    let mut pending: Vec<u8> = Vec::with_capacity(2 * PART_BYTES);
    let mut first_line = 1;
    let mut part_no = 0;
    loop {
        let begin = pending.len();
        let read = (&mut input)
            .take(PART_BYTES as u64)
            .read_to_end(&mut pending);
        let count = match read {
            Ok(count) => count,
            Err(error) => {
                let _ = sender.blocking_send(Err(error));
                return String::new();
            }
        };
        hash.update(&pending[begin..]);
        if part_no == 0 {
            packed = Container::of(&pending) != Container::Plain;
        }
        let ended = count < PART_BYTES;
        let cut = if packed || ended {
            pending.len()
        } else {
            // a line may be longer than a part: then the part ends inside it
            memchr::memrchr(b'\n', &pending).map_or(pending.len(), |at| at + 1)
        };
        if cut > 0 {
            let rest = pending.split_off(cut);
            let body = std::mem::replace(&mut pending, rest);
            let rows = if packed {
                0
            } else {
                memchr::memchr_iter(b'\n', &body).count() as i64
            };
            let part = pack(
                body,
                packed,
                part_no,
                if packed { 0 } else { first_line },
                rows,
            );
            first_line += rows;
            part_no += 1;
            if sender.blocking_send(part).is_err() {
                return String::new();
            }
        }
        if ended {
            return hex::encode(hash.finalize());
        }
    }
}

fn pack(body: Vec<u8>, packed: bool, part_no: i64, first_line: i64, rows: i64) -> io::Result<Part> {
    if packed {
        return Ok(Part {
            part_no,
            first_line,
            rows,
            codec: "none",
            body,
        });
    }
    Ok(Part {
        part_no,
        first_line,
        rows,
        codec: "zstd",
        body: zstd::bulk::compress(&body, 1)?,
    })
}
