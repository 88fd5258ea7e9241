//! `assay digest`

use super::{Common, print_json};
use crate::pipeline::Engine;

/// Prints row counts and content hashes.
pub(super) async fn run(engine: &Engine, common: &Common) -> anyhow::Result<bool> {
    let digests = engine.store.digests().await?;
    if common.json {
        print_json(&serde_json::json!({ "tables": digests }))?;
    } else {
        for digest in &digests {
            println!("{:16} {:>10} {}", digest.table, digest.rows, digest.sha256);
        }
    }
    Ok(true)
}
