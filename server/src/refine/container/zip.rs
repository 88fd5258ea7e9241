//! Members of a zip file: found by its directory, read one at a time.

use std::io::{self, Read, Seek, SeekFrom};

use ::zip::{CompressionMethod, ZipArchive};
use flate2::read::DeflateDecoder;

use super::{Bounded, ENCRYPTED, FREE_BYTES, MAX_RATIO, is_data_member, unknown_method};

/// More data files are no archive of market data.
const MAX_MEMBERS: usize = 1000;
/// The directory is read into memory: so much of it at most.
const MAX_DIRECTORY_BYTES: u32 = 4 << 20;

/// A data file in a zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in the archive.
    pub name: String,
    /// Its size, as the directory says.
    pub bytes: u64,
    packed_bytes: u64,
    start: u64,
    crc32: u32,
    is_deflated: bool,
}

/// The data files of a zip, in the order of its directory.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] with a sentence for people when the archive is damaged, encrypted, packed in an unknown
/// way or made to fill disks; other kinds when it cannot be read.
pub fn members(archive: &mut (impl Read + Seek)) -> io::Result<Vec<Member>> {
    check_directory(archive)?;
    let packed_bytes = archive.seek(SeekFrom::End(0))?;
    let mut zip = ZipArchive::new(archive).map_err(damaged)?;
    let mut members = Vec::new();
    let mut total = 0_u64;
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(damaged)?;
        let name = file.name().to_owned();
        if file.is_dir() || !is_data_member(&name) {
            continue;
        }
        if file.encrypted() {
            return Err(refused(ENCRYPTED));
        }
        let is_deflated = match file.compression() {
            CompressionMethod::Deflated => true,
            CompressionMethod::Stored => false,
            other => return Err(refused(unknown_method(other))),
        };
        total = total.saturating_add(file.size());
        let start = file
            .data_start()
            .ok_or_else(|| refused("the zip archive is damaged: a member has no beginning"))?;
        members.push(Member {
            bytes: file.size(),
            packed_bytes: file.compressed_size(),
            start,
            crc32: file.crc32(),
            is_deflated,
            name,
        });
        if members.len() > MAX_MEMBERS {
            return Err(refused(format!(
                "the zip archive holds more than {MAX_MEMBERS} files; unpack it and take the folder"
            )));
        }
    }
    if total > FREE_BYTES && total / MAX_RATIO > packed_bytes {
        return Err(refused(format!(
            "the zip archive unpacks to more than {MAX_RATIO} times its size: it is made to fill disks, not to hold data"
        )));
    }
    Ok(members)
}

/// Reads a member from its beginning; its checksum is verified at its end.
///
/// # Errors
/// When the archive cannot be read.
pub fn read_member<R: Read + Seek + Send + 'static>(
    mut archive: R,
    member: &Member,
) -> io::Result<Box<dyn Read + Send>> {
    archive.seek(SeekFrom::Start(member.start))?;
    let packed_bytes = member.packed_bytes;
    let packed = archive.take(packed_bytes);
    let body: Box<dyn Read + Send> = if member.is_deflated {
        Box::new(DeflateDecoder::new(packed))
    } else {
        Box::new(packed)
    };
    Ok(Box::new(Verified {
        inner: Bounded::new(body, move || packed_bytes),
        crc: flate2::Crc::new(),
        expected: member.crc32,
        bytes: member.bytes,
    }))
}

/// A member whose checksum and size are held against the directory at its end.
struct Verified<R> {
    inner: R,
    crc: flate2::Crc,
    expected: u32,
    bytes: u64,
}

impl<R: Read> Read for Verified<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.crc.update(&buffer[..count]);
        if count == 0
            && !buffer.is_empty()
            && (self.crc.sum() != self.expected
                || u64::from(self.crc.amount()) != self.bytes & 0xffff_ffff)
        {
            return Err(refused(
                "the zip archive is damaged: a file in it does not have its checksum",
            ));
        }
        Ok(count)
    }
}

/// The directory's size stands at the end of the archive (APPNOTE.TXT, 4.3.16), before anything of it is read.
fn check_directory(archive: &mut (impl Read + Seek)) -> io::Result<()> {
    /// The record and the longest comment behind it.
    const END_BYTES: u64 = 22 + 65_535;
    let size = archive.seek(SeekFrom::End(0))?;
    archive.seek(SeekFrom::Start(size.saturating_sub(END_BYTES)))?;
    let mut end = Vec::new();
    archive.take(END_BYTES).read_to_end(&mut end)?;
    let record =
        memchr::memmem::rfind(&end, b"PK\x05\x06").and_then(|at| end.get(at + 12..at + 16));
    let Some(&[a, b, c, d]) = record else {
        return Err(refused(
            "the zip archive is damaged: its directory is missing, as if the download was cut off",
        ));
    };
    if u32::from_le_bytes([a, b, c, d]) > MAX_DIRECTORY_BYTES {
        return Err(refused(
            "the zip archive holds too many files; unpack it and take the folder",
        ));
    }
    archive.rewind()
}

fn refused(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// Damage is final; what the reader underneath says is not.
fn damaged(error: ::zip::result::ZipError) -> io::Error {
    match error {
        ::zip::result::ZipError::Io(error)
            if error.kind() != io::ErrorKind::UnexpectedEof
                && error.kind() != io::ErrorKind::Other =>
        {
            error
        }
        error => refused(format!("the zip archive is damaged: {error}")),
    }
}
