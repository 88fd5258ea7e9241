//! Containers: gzip, zstd and zip, told by their first bytes and never by their names, and unpacked in bounded space.

pub mod zip;

use std::io::{self, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder};

/// What holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Nothing: the bytes are the text.
    Plain,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
    /// `.zip`
    Zip,
}

/// Bytes that tell a container.
pub const MAGIC_BYTES: usize = 4;

impl Container {
    /// The container that begins with these bytes.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // a zip without members begins with the end of its directory
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            _ => Self::Plain,
        }
    }

    /// `plain`, `gzip`, `zstd` or `zip`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        }
    }
}

/// No text packs better than this, except to fill disks.
const MAX_RATIO: u64 = 200;
/// So much may come out before the ratio counts.
const FREE_BYTES: u64 = 256 << 20;

/// A reader that stops where too much has come out of too little.
#[derive(Debug)]
pub struct Bounded<R, P> {
    inner: R,
    /// Packed bytes read so far.
    packed: P,
    out: u64,
}

impl<R: Read, P: Fn() -> u64> Bounded<R, P> {
    /// `packed` tells how many packed bytes have been used.
    pub const fn new(inner: R, packed: P) -> Self {
        Self {
            inner,
            packed,
            out: 0,
        }
    }
}

impl<R: Read, P: Fn() -> u64> Read for Bounded<R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.out += count as u64;
        if self.out > FREE_BYTES && self.out / MAX_RATIO > (self.packed)() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "the archive unpacks to more than {MAX_RATIO} times its size: it is made to fill disks, not to hold data"
                ),
            ));
        }
        Ok(count)
    }
}

/// Unpacks a stream of gzip or zstd.
///
/// # Errors
/// When the decoder cannot be set up.
pub fn decoder(
    container: Container,
    input: impl Read + Send + 'static,
) -> io::Result<Box<dyn Read + Send>> {
    Ok(match container {
        Container::Gzip => Box::new(MultiGzDecoder::new(input)),
        Container::Zstd => Box::new(Zstd(zstd::stream::read::Decoder::new(input)?)),
        Container::Plain | Container::Zip => Box::new(input),
    })
}

/// The decoder of zstd calls damage an error of an unknown kind.
struct Zstd<R>(R);

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Other => io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the zstd archive is damaged: {error}"),
            ),
            _ => error,
        })
    }
}

/// The beginning of a file, unpacked as far as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// What held it.
    pub container: Container,
    /// Name of the zip member that was read.
    pub member: Option<String>,
    /// The first bytes of the text.
    pub text: Vec<u8>,
    /// True if that is all of it.
    pub is_whole: bool,
}

/// Unpacks the beginning of a file, given as its first bytes: at most `limit` bytes of text. Of a zip the first data
/// member is read, as far as it lies in these bytes.
///
/// # Errors
/// A sentence for people when nothing can be unpacked.
pub fn unpack_head(head: &[u8], is_whole: bool, limit: usize) -> Result<Unpacked, String> {
    let container = Container::of(head);
    if container == Container::Plain {
        let text = head[..head.len().min(limit)].to_vec();
        return Ok(Unpacked {
            container,
            member: None,
            is_whole: is_whole && text.len() == head.len(),
            text,
        });
    }
    let (member, packed) = match container {
        Container::Zip => {
            let local = first_member(head)?;
            (Some(local.name), local.packed)
        }
        _ => (None, Packed::Stream(head.to_vec())),
    };
    let reader: Box<dyn Read> = match packed {
        Packed::Stored(bytes) => Box::new(io::Cursor::new(bytes)),
        Packed::Deflated(bytes) => Box::new(DeflateDecoder::new(io::Cursor::new(bytes))),
        Packed::Stream(bytes) => decoder(container, io::Cursor::new(bytes))
            .map_err(|error| format!("the archive cannot be unpacked: {error}"))?,
    };
    let mut text = Vec::new();
    let read = reader.take(limit as u64).read_to_end(&mut text);
    match read {
        Err(error) if text.is_empty() => Err(format!("the archive cannot be unpacked: {error}")),
        read => Ok(Unpacked {
            container,
            member,
            is_whole: read.is_ok() && text.len() < limit,
            text,
        }),
    }
}

enum Packed {
    Stream(Vec<u8>),
    Stored(Vec<u8>),
    Deflated(Vec<u8>),
}

struct Local {
    name: String,
    packed: Packed,
}

/// The first data member of a zip from the headers that stand before members (APPNOTE.TXT, 4.3.7).
fn first_member(head: &[u8]) -> Result<Local, String> {
    let mut at = 0;
    loop {
        let header = head
            .get(at..at + 30)
            .filter(|header| header.starts_with(b"PK\x03\x04"))
            .ok_or("the zip archive has no data file at its beginning")?;
        let u16_at = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let flags = u16_at(6);
        let packed_bytes =
            u32::from_le_bytes([header[18], header[19], header[20], header[21]]) as usize;
        let start = at + 30 + u16_at(26) + u16_at(28);
        let name = head.get(at + 30..at + 30 + u16_at(26)).unwrap_or_default();
        let name = super::encoding::text(name);
        // with bit 3 the size stands behind the data
        let end = if flags & 8 == 0 {
            start.saturating_add(packed_bytes)
        } else {
            head.len()
        };
        if !is_data_member(&name) {
            if flags & 8 != 0 && packed_bytes == 0 {
                return Err("the zip archive has no data file at its beginning".to_owned());
            }
            at = start.saturating_add(packed_bytes);
            continue;
        }
        if flags & 1 != 0 {
            return Err(ENCRYPTED.to_owned());
        }
        let bytes = head
            .get(start..end.min(head.len()))
            .unwrap_or_default()
            .to_vec();
        let packed = match u16_at(8) {
            0 => Packed::Stored(bytes),
            8 => Packed::Deflated(bytes),
            method => return Err(unknown_method(method)),
        };
        return Ok(Local { name, packed });
    }
}

/// Why an encrypted archive is refused.
pub const ENCRYPTED: &str = "the zip archive is encrypted; unpack it with its password first";

/// Why an archive packed in another way is refused.
#[must_use]
pub fn unknown_method(method: impl std::fmt::Display) -> String {
    format!(
        "the zip archive is packed with method {method}, which is not read here; pack it again with deflate, the usual one"
    )
}

/// False for what archives hold beside their data: folders, resource forks, checksums, read-me texts.
#[must_use]
pub fn is_data_member(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let lower = file.to_lowercase();
    !(file.is_empty()
        || name.starts_with("__MACOSX/")
        || file.starts_with('.')
        || lower.ends_with(".checksum")
        || lower.ends_with(".sha256")
        || lower.ends_with(".md5")
        || lower.ends_with(".md")
        || lower.ends_with(".pdf")
        || lower == "thumbs.db"
        || lower.starts_with("readme")
        || lower.starts_with("license"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn containers_are_told_by_their_first_bytes() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a,b\n").unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::bulk::compress(b"a,b\n", 1).unwrap();
        let mut zip = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        let options = ::zip::write::SimpleFileOptions::default()
            .compression_method(::zip::CompressionMethod::Deflated);
        zip.start_file("a.csv", options).unwrap();
        zip.write_all(b"a,b\n").unwrap();
        let zip = zip.finish().unwrap().into_inner();
        for (bytes, container) in [
            (b"a,b\n".to_vec(), Container::Plain),
            (gzip, Container::Gzip),
            (zstd, Container::Zstd),
            (zip, Container::Zip),
        ] {
            let unpacked = unpack_head(&bytes, true, 1000).unwrap();
            assert_eq!(unpacked.container, container);
            assert_eq!(unpacked.text, b"a,b\n", "{container:?}");
        }
    }

    #[test]
    fn a_bomb_is_stopped() {
        let mut bomb = Bounded::new(io::repeat(b'0'), || 1000);
        let error = io::copy(&mut bomb, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let honest = io::repeat(b'0').take(300 << 20);
        let mut honest = Bounded::new(honest, || 20 << 20);
        assert_eq!(io::copy(&mut honest, &mut io::sink()).unwrap(), 300 << 20);
    }

    #[test]
    fn what_stands_beside_data_is_told() {
        for (name, is_data) in [
            ("BTCUSDT-1m-2021-01.csv", true),
            ("deep/XBTUSD_1.csv", true),
            ("deep/", false),
            ("__MACOSX/._a.csv", false),
            ("deep/._a.csv", false),
            ("a.zip.CHECKSUM", false),
            ("README.txt", false),
        ] {
            assert_eq!(is_data_member(name), is_data, "{name}");
        }
    }
}
