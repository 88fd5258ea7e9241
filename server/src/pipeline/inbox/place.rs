//! Moving a file to where it stays.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
};

use crate::pipeline::{batch::FileReport, checksum::beside};

/// Moves a file to a folder, under a name that is free there, with the report beside it. Gives where it lies now.
pub(super) fn put_away(from: &Path, folder: &Path, report: &FileReport) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let name = from.file_name().unwrap_or(OsStr::new("file"));
    let to = free_name(folder, name)?;
    // the report first: a crash in between leaves one that the next try writes again
    let mut report_at = to.clone().into_os_string();
    report_at.push(".report.json");
    std::fs::write(&report_at, serde_json::to_vec_pretty(report)?)?;
    // then what belongs to it: left alone in the inbox it would be taken for a file of its own
    if let Some(checksum) = beside(from)
        && let Some(ending) = checksum.extension()
    {
        let mut checksum_to = to.clone().into_os_string();
        checksum_to.push(".");
        checksum_to.push(ending);
        std::fs::rename(&checksum, checksum_to)?;
    }
    std::fs::rename(from, &to)?;
    Ok(to)
}

/// `prices.csv`, or `prices-1.csv` where that is taken, and so on.
fn free_name(folder: &Path, name: &OsStr) -> io::Result<PathBuf> {
    let path = Path::new(name);
    let stem = path.file_stem().unwrap_or(name);
    for number in 0..1_000_000 {
        let mut candidate = OsString::from(stem);
        if number > 0 {
            candidate.push(format!("-{number}"));
        }
        if let Some(extension) = path.extension() {
            candidate.push(".");
            candidate.push(extension);
        }
        let candidate = folder.join(candidate);
        // a link to nowhere takes a name too
        match std::fs::symlink_metadata(&candidate) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(candidate),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Err(io::Error::other(format!(
        "no name is free in {} for {}",
        folder.display(),
        path.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| free_name(folder.path(), OsStr::new(name)).unwrap();
        assert_eq!(name("a.csv.gz"), folder.path().join("a.csv.gz"));
        std::fs::write(folder.path().join("a.csv.gz"), "1").unwrap();
        assert_eq!(name("a.csv.gz"), folder.path().join("a.csv-1.gz"));
        std::fs::write(folder.path().join("plain"), "1").unwrap();
        std::fs::write(folder.path().join("plain-1"), "1").unwrap();
        assert_eq!(name("plain"), folder.path().join("plain-2"));
    }
}
