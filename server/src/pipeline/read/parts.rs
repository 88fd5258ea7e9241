//! Jumping in a landing's bytes, as the directory of a zip demands.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use tokio::runtime::Handle;

use crate::store::{Store, StoreError};

/// A part is about 1 MB; what claims to be more is damaged.
const MAX_PART_BYTES: usize = 16 << 20;

/// The bytes of a part.
pub(super) fn decode(codec: &str, body: Vec<u8>) -> io::Result<Vec<u8>> {
    match codec {
        "none" => Ok(body),
        "zstd" => zstd::bulk::decompress(&body, MAX_PART_BYTES),
        other => Err(io::Error::other(format!(
            "a part of bronze has the unknown codec {other:?}"
        ))),
    }
}

/// A database that fails is no damage to the file: the kind tells them apart.
pub(super) fn of_store(error: StoreError) -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, error)
}

/// Reads a landing that arrived packed from any place, one part in memory at a time. Its parts are all of one size but
/// for the last. Belongs on a blocking thread.
#[derive(Debug)]
pub struct PartsReader {
    store: Store,
    handle: Handle,
    landing_id: i64,
    done: Arc<AtomicI64>,
    /// Size of the landing.
    bytes: u64,
    /// Size of a part.
    part_bytes: u64,
    part_no: u64,
    part: Vec<u8>,
    position: u64,
}

impl PartsReader {
    pub(super) fn new(
        store: Store,
        handle: Handle,
        landing_id: i64,
        done: Arc<AtomicI64>,
    ) -> io::Result<Self> {
        let landing = handle
            .block_on(store.landing(landing_id))
            .map_err(of_store)?;
        let bytes = landing.map_or(0, |landing| landing.bytes.max(0).cast_unsigned());
        let mut reader = Self {
            store,
            handle,
            landing_id,
            done,
            bytes,
            part_bytes: 1,
            part_no: 0,
            part: Vec::new(),
            position: 0,
        };
        reader.part = reader.fetch(0)?;
        reader.part_bytes = (reader.part.len() as u64).max(1);
        Ok(reader)
    }

    fn fetch(&self, part_no: u64) -> io::Result<Vec<u8>> {
        let wanted = i64::try_from(part_no).unwrap_or(i64::MAX);
        let part = self
            .handle
            .block_on(self.store.part(self.landing_id, wanted))
            .map_err(of_store)?;
        match part {
            Some((codec, body)) => decode(&codec, body),
            None => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("part {part_no} of the landing is missing"),
            )),
        }
    }
}

impl Read for PartsReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.bytes || buffer.is_empty() {
            return Ok(0);
        }
        let part_no = self.position / self.part_bytes;
        if part_no != self.part_no {
            self.part = self.fetch(part_no)?;
            self.part_no = part_no;
        }
        let offset = usize::try_from(self.position % self.part_bytes).unwrap_or(usize::MAX);
        let there = self.part.get(offset..).unwrap_or_default();
        if there.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a part of the landing is shorter than the others",
            ));
        }
        let count = there.len().min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        self.position += count as u64;
        let position = i64::try_from(self.position).unwrap_or(i64::MAX);
        self.done.fetch_max(position, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for PartsReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.bytes.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning")
        })?;
        Ok(self.position)
    }
}
