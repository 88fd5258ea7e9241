//! What an upload seems to be.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    pipeline::{input::Input, inspect::inspect_file},
    refine::inspect::words,
};

/// What an upload seems to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspected {
    /// True if it, or a file in it, would be taken in.
    pub is_usable: bool,
    /// For programs: an inspection of each data file.
    pub result: serde_json::Value,
    /// For people, line by line.
    pub text: String,
}

/// Says what an upload of that name seems to be.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn inspect_upload(name: &str, path: PathBuf) -> anyhow::Result<Inspected> {
    let name = name.to_owned();
    tokio::task::spawn_blocking(move || {
        let reports = inspect_file(Input::of(&path, Some(&name)), None)?;
        let text: Vec<String> = reports.iter().map(words).collect();
        Ok(Inspected {
            is_usable: reports.iter().any(|report| report.refusal.is_none()),
            result: serde_json::json!({ "files": reports }),
            text: text.join("\n"),
        })
    })
    .await?
}
