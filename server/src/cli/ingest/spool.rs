//! Standard input into a temporary file: it can be read only once, and its hash must be known before it lands.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
};

use anyhow::Context;
use tempfile::TempPath;
use tokio::sync::oneshot;

use crate::{pipeline::Engine, pipeline::runs::Cancelled};

/// Most bytes that are taken from standard input.
const MAX_BYTES: u64 = 64 << 30;

/// All of standard input, in a file that goes when it is dropped.
///
/// # Errors
/// When it cannot be read or kept, is too long, or the program is told to stop.
pub(super) async fn spool(engine: &Engine) -> anyhow::Result<TempPath> {
    // beside the database: it needs the room there anyway, and a temporary folder is often small
    let folder = engine
        .store
        .file()
        .and_then(|file| Some(file.parent()?.to_owned()))
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or_else(|| PathBuf::from("."));
    let (sender, spooled) = oneshot::channel();
    // a thread of its own: nothing ends a read from a terminal, and the runtime would wait for it
    std::thread::spawn(move || sender.send(copy(io::stdin().lock(), &folder, MAX_BYTES)));
    let stop = engine.hub.runs().stopping();
    let spooled = tokio::select! {
        spooled = spooled => spooled.context("the reader of standard input stopped")?,
        () = stop.cancelled() => return Err(Cancelled.into()),
    };
    spooled.context("cannot take standard input")
}

fn copy(input: impl Read, folder: &std::path::Path, max_bytes: u64) -> io::Result<TempPath> {
    let mut file = tempfile::Builder::new()
        .prefix("stdin-")
        .suffix(".part")
        .tempfile_in(folder)?;
    let bytes = io::copy(&mut input.take(max_bytes + 1), &mut file)?;
    if bytes > max_bytes {
        return Err(io::Error::other(format!(
            "it is longer than {max_bytes} bytes; ingest a file in its place"
        )));
    }
    file.flush()?;
    Ok(file.into_temp_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = copy(&b"12345"[..], folder.path(), 5).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"12345");
        drop(file);
        assert!(copy(io::repeat(1), folder.path(), 5).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
