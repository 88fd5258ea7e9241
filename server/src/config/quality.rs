//! `[quality]`

use std::path::PathBuf;

use serde::Deserialize;

/// Where the rules are.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualityConfig {
    /// Folder of rule files; its rules take the place of shipped ones of the same name. It need not exist.
    pub checks: PathBuf,
}

impl Default for QualityConfig {
    fn default() -> Self {
        Self {
            checks: PathBuf::from("data/checks"),
        }
    }
}
