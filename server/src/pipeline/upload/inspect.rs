//! What an upload seems to be.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    pipeline::read::head,
    refine::sniff::{Recognised, recognise},
};

/// What an upload seems to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspected {
    /// True if it would be taken in.
    pub is_usable: bool,
    /// For programs.
    pub result: serde_json::Value,
    /// For people, line by line.
    pub text: String,
}

/// Says what a file seems to be: the one place that knows how files are inspected.
#[must_use]
pub fn inspect_upload(_name: &str, head: &[u8]) -> Inspected {
    let (is_usable, result) = match recognise(head) {
        Ok(Recognised::Candles(format)) => (
            true,
            serde_json::json!({
                "dataset": "candle",
                "format": format.name,
                "evidence": format.evidence,
                "step_ms": format.step_ms,
                "instrument": format.instrument,
            }),
        ),
        Ok(Recognised::News { format, .. }) => (
            true,
            serde_json::json!({ "dataset": "article", "format": format.name() }),
        ),
        Err(refusal) => (
            false,
            serde_json::json!({ "dataset": "unknown", "reason": refusal.to_string() }),
        ),
    };
    let mut text = String::new();
    for (name, value) in result.as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        if value != "null" {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    Inspected {
        is_usable,
        result,
        text,
    }
}

/// The same for a file.
pub(super) async fn inspect_file(name: &str, path: PathBuf) -> anyhow::Result<Inspected> {
    let name = name.to_owned();
    tokio::task::spawn_blocking(move || {
        Ok(match head(std::fs::File::open(path)?) {
            Ok(head) => inspect_upload(&name, &head),
            Err(error) => {
                let words = format!("the archive cannot be unpacked: {error}");
                Inspected {
                    is_usable: false,
                    result: serde_json::json!({ "dataset": "unknown", "reason": words }),
                    text: words,
                }
            }
        })
    })
    .await?
}
