//! The checksum file that a publisher puts beside a file: `BTCUSDT-1m-2021-01.zip.CHECKSUM`.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// A checksum file has one short line.
const MAX_BYTES: u64 = 64 * 1024;

/// What a checksum file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// There is none.
    Absent,
    /// The file has the hash it should have.
    Right,
    /// It has another one.
    Wrong {
        /// SHA-256 as the checksum file says.
        expected: String,
    },
    /// The checksum file holds no SHA-256.
    Unreadable,
}

/// Holds the hash of a file against the checksum file beside it.
#[must_use]
pub fn verify(path: &Path, sha256: &str) -> Checksum {
    let Some(text) = beside(path).and_then(|path| read(&path)) else {
        return Checksum::Absent;
    };
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let hashes = || {
        text.lines().filter_map(|line| {
            let (hash, rest) = line.trim().split_at_checked(64)?;
            let is_hash = hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hash.then(|| (hash.to_lowercase(), rest.trim_start_matches([' ', '*'])))
        })
    };
    // one that lists several files names them; a single one may have been renamed with its file
    let named = hashes()
        .find(|(_, of)| *of == name)
        .or_else(|| hashes().next());
    match named {
        None => Checksum::Unreadable,
        Some((expected, _)) if expected == sha256 => Checksum::Right,
        Some((expected, _)) => Checksum::Wrong { expected },
    }
}

/// The checksum file of a file, if there is one.
#[must_use]
pub fn beside(path: &Path) -> Option<PathBuf> {
    ["CHECKSUM", "sha256"].iter().find_map(|ending| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".");
        beside.push(ending);
        let beside = PathBuf::from(beside);
        beside.is_file().then_some(beside)
    })
}

/// True for a checksum file whose file lies beside it.
#[must_use]
pub fn is_companion(path: &Path) -> bool {
    let is_checksum = path
        .extension()
        .is_some_and(|ending| ending == "CHECKSUM" || ending == "sha256");
    is_checksum && path.with_extension("").is_file()
}

fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path)
        .ok()?
        .take(MAX_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_held_against_the_file_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        std::fs::write(&path, "x").unwrap();
        let hash = "a".repeat(64);
        assert_eq!(verify(&path, &hash), Checksum::Absent);
        let beside = folder.path().join("a.zip.CHECKSUM");
        std::fs::write(&beside, format!("{}  a.zip\n", hash.to_uppercase())).unwrap();
        assert_eq!(verify(&path, &hash), Checksum::Right);
        assert!(is_companion(&beside) && !is_companion(&path));
        let other = "b".repeat(64);
        std::fs::write(&beside, format!("{hash}  b.zip\n{other}  a.zip\n")).unwrap();
        assert_eq!(verify(&path, &hash), Checksum::Wrong { expected: other });
        std::fs::write(&beside, "nothing").unwrap();
        assert_eq!(verify(&path, &hash), Checksum::Unreadable);
    }
}
