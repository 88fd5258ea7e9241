//! The configuration file: every field has a default, so that none is needed.

mod batch;
mod extra;
mod live;
mod notify;
mod quality;
mod retention;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Deserialize;

pub use self::{
    batch::{BatchConfig, JobConfig, JobKind, step_named},
    extra::ExtraConfig,
    live::{LiveConfig, VenueConfig},
    notify::{ChannelConfig, ChannelKind, NotifyConfig, TemplateConfig, Tls},
    quality::QualityConfig,
    retention::RetentionConfig,
};
use crate::secret::Secret;

/// `assay.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Database, `sqlite:PATH`.
    pub database_url: String,
    /// Token of operators; without one, changes are taken from loopback only.
    pub operator_token: Option<Secret>,
    /// The live pipeline.
    pub live: LiveConfig,
    /// The batch pipeline.
    pub batch: BatchConfig,
    /// Sources beside the venues.
    pub extra: ExtraConfig,
    /// Who is told of incidents.
    pub notify: NotifyConfig,
    /// Rules.
    pub quality: QualityConfig,
    /// How long live data is kept.
    pub retention: RetentionConfig,
    /// The built-in simulator.
    pub simulator: SimulatorConfig,
    /// Venues by name: `[venue.kraken] stream = "off"`.
    pub venue: BTreeMap<String, VenueConfig>,
}

/// `[simulator]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulatorConfig {
    /// Seed of the market.
    pub seed: u64,
    /// Simulated seconds per second with `--live simulator` and `assay simulate`; a stand-in for real venues keeps
    /// real time.
    pub speed: f64,
    /// Faults on a time line, in TOML.
    pub script: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite:data/assay.db".to_owned(),
            operator_token: None,
            live: LiveConfig::default(),
            batch: BatchConfig::default(),
            extra: ExtraConfig::default(),
            notify: NotifyConfig::default(),
            quality: QualityConfig::default(),
            retention: RetentionConfig::default(),
            simulator: SimulatorConfig::default(),
            venue: BTreeMap::new(),
        }
    }
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            speed: 1.0,
            script: None,
        }
    }
}

impl Config {
    /// Reads the file; without a path `assay.toml` if it is there, else defaults.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or a value out of range.
    pub fn load(path: Option<&Path>) -> anyhow::Result<Self> {
        let (path, text) = match path {
            Some(path) => (
                path,
                Some(
                    std::fs::read_to_string(path)
                        .with_context(|| format!("cannot read {}", path.display()))?,
                ),
            ),
            None => {
                let path = Path::new("assay.toml");
                (
                    path,
                    path.exists()
                        .then(|| std::fs::read_to_string(path))
                        .transpose()
                        .context("cannot read assay.toml")?,
                )
            }
        };
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let config: Self =
            toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        let simulator = &config.simulator;
        live::check(&config.live, &config.venue)
            .with_context(|| format!("in {}", path.display()))?;
        anyhow::ensure!(
            (0.1..=100_000.0).contains(&simulator.speed),
            "in {}: simulator.speed is {}, expected 0.1 to 100000",
            path.display(),
            simulator.speed
        );
        config
            .retention
            .check()
            .with_context(|| format!("in {}", path.display()))?;
        config
            .batch
            .check()
            .and_then(|()| config.extra.check())
            .and_then(|()| config.notify.check())
            .with_context(|| format!("in {}", path.display()))?;
        Ok(config)
    }
}
