//! A file that is there as a whole or not at all.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Written beside its place under another name, moved there at the end; removed if it is dropped before.
#[derive(Debug)]
pub struct AtomicFile {
    writer: Option<BufWriter<File>>,
    beside: PathBuf,
    place: PathBuf,
}

impl AtomicFile {
    /// Begins a file. What is at its place stays there until [`finish`](Self::finish).
    ///
    /// # Errors
    /// When the folder is missing or cannot be written to, or the place is a folder.
    pub fn begin(place: &Path) -> io::Result<Self> {
        let name = place
            .file_name()
            .filter(|_| !place.is_dir())
            .ok_or_else(|| io::Error::new(io::ErrorKind::IsADirectory, "is a folder"))?;
        let beside = place.with_file_name(format!(
            ".{}.{}.part",
            name.to_string_lossy(),
            std::process::id()
        ));
        Ok(Self {
            writer: Some(BufWriter::with_capacity(1 << 18, File::create(&beside)?)),
            beside,
            place: place.to_owned(),
        })
    }

    /// Makes sure that all bytes are on the disk and moves the file to its place; gives its size.
    ///
    /// # Errors
    /// When the disk is full or the place cannot be written to.
    pub fn finish(mut self) -> io::Result<u64> {
        let Some(writer) = self.writer.take() else {
            return Err(io::Error::other("finished twice"));
        };
        let file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        std::fs::rename(&self.beside, &self.place)?;
        Ok(bytes)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(writer) => writer.write(bytes),
            None => Err(io::Error::other("the file is finished")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // after it was moved there is nothing to remove
        let _ = std::fs::remove_file(&self.beside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays_until_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out.csv");
        std::fs::write(&place, "old").unwrap();
        let mut file = AtomicFile::begin(&place).unwrap();
        file.write_all(b"new").unwrap();
        drop(file);
        assert_eq!(std::fs::read(&place).unwrap(), b"old");
        let mut file = AtomicFile::begin(&place).unwrap();
        file.write_all(b"newer").unwrap();
        assert_eq!(file.finish().unwrap(), 5);
        assert_eq!(std::fs::read(&place).unwrap(), b"newer");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(AtomicFile::begin(folder.path()).is_err());
        assert!(AtomicFile::begin(&folder.path().join("none/out.csv")).is_err());
    }
}
