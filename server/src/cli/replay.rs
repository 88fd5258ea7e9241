//! `assay replay`

use super::{Common, print_json};
use crate::pipeline::{Engine, replay::replay};

/// Rebuilds silver and gold.
pub(super) async fn run(engine: &Engine, common: &Common) -> anyhow::Result<bool> {
    let landings = replay(engine, None).await?;
    if common.json {
        print_json(
            &serde_json::json!({ "landings": landings, "tables": engine.store.digests().await? }),
        )?;
    } else {
        println!("{landings} landings replayed");
    }
    Ok(true)
}
