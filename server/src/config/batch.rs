//! `[batch]`: the inbox, uploads and the schedule.

use std::{path::PathBuf, str::FromStr};

use anyhow::Context;
use app::model::Step;
use croner::Cron;
use serde::Deserialize;

use crate::source::history::VENUES;

/// `[batch]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchConfig {
    /// Folder whose files are ingested while the server runs.
    pub inbox: Option<PathBuf>,
    /// Largest upload, in megabytes.
    pub max_upload_mb: u64,
    /// `[[batch.schedule]]`
    pub schedule: Vec<JobConfig>,
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self {
            inbox: None,
            max_upload_mb: 1024,
            schedule: Vec::new(),
        }
    }
}

/// `[[batch.schedule]]`: a job that runs at fixed times.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobConfig {
    /// Its name.
    pub name: String,
    /// When it runs: minute, hour, day of month, month, day of week; UTC.
    pub cron: String,
    /// What it does.
    pub job: JobKind,
    /// Venue that is asked.
    pub venue: String,
    /// `BTC-USDT`; none: the one of the live pipeline.
    pub instrument: Option<String>,
    /// Interval of the candles: `1m` for `candles`, `1d` for `daily` unless given.
    pub step: Option<String>,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// The candles of the last hours.
    Candles,
    /// The daily candles of the last days.
    Daily,
}

impl JobKind {
    /// The word used in the configuration and in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candles => "candles",
            Self::Daily => "daily",
        }
    }
}

impl JobConfig {
    /// Its schedule.
    ///
    /// # Errors
    /// When the five fields are not those of a schedule.
    pub fn schedule(&self) -> anyhow::Result<Cron> {
        Cron::from_str(&self.cron).with_context(|| {
            format!(
                "job {:?}: cron {:?} is no schedule; write minute, hour, day, month and weekday, such as \"5 * * * *\"",
                self.name, self.cron
            )
        })
    }

    /// Interval of its candles.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn step(&self) -> anyhow::Result<Step> {
        let usual = match self.job {
            JobKind::Candles => "1m",
            JobKind::Daily => "1d",
        };
        let name = self.step.as_deref().unwrap_or(usual);
        step_named(name).with_context(|| format!("job {:?}", self.name))
    }
}

/// The step of that name.
///
/// # Errors
/// When there is none.
pub fn step_named(name: &str) -> anyhow::Result<Step> {
    let steps = Step::ALL;
    steps
        .into_iter()
        .find(|step| step.name == name)
        .with_context(|| {
            let names = steps.map(|step| step.name).join(", ");
            format!("step {name:?} is not known: expected {names}")
        })
}

/// Largest upload that may be configured, in megabytes.
const MOST_UPLOAD_MB: u64 = 100 * 1024;
/// Longest name of a job.
const MAX_NAME: usize = 64;

impl BatchConfig {
    /// Refuses what cannot be done.
    ///
    /// # Errors
    /// When a value is out of range, or a job is not one that can be run.
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            (1..=MOST_UPLOAD_MB).contains(&self.max_upload_mb),
            "batch.max_upload_mb is {}, expected 1 to {MOST_UPLOAD_MB}",
            self.max_upload_mb
        );
        for (place, job) in self.schedule.iter().enumerate() {
            job.schedule()?;
            job.step()?;
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            anyhow::ensure!(
                !job.name.is_empty()
                    && job.name.len() <= MAX_NAME
                    && job.name.chars().all(is_plain),
                "job name {:?} must be letters, digits, -, _ or ., at most {MAX_NAME}",
                job.name
            );
            anyhow::ensure!(
                VENUES.contains(&job.venue.as_str()),
                "job {:?}: no history of venue {:?} can be asked: expected {}",
                job.name,
                job.venue,
                VENUES.join(" or ")
            );
            anyhow::ensure!(
                self.schedule[..place]
                    .iter()
                    .all(|other| other.name != job.name),
                "there are two jobs named {:?}",
                job.name
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn check(batch: &str) -> Result<(), String> {
        let config: Config = toml::from_str(batch).map_err(|error| error.to_string())?;
        config.batch.check().map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_schedule_is_checked_when_it_is_read() {
        let job = |name: &str, cron: &str, rest: &str| {
            format!(
                "[[batch.schedule]]\nname = {name:?}\ncron = {cron:?}\njob = \"candles\"\nvenue = \"binance\"\n{rest}"
            )
        };
        let good = job("hourly", "5 * * * *", "step = \"5m\"");
        assert_eq!(check(&good), Ok(()));
        assert_eq!(check("[batch]\ninbox = \"in\"\nmax_upload_mb = 5"), Ok(()));
        for (text, words) in [
            (job("hourly", "5 * * *", ""), "is no schedule"),
            (job("hourly", "61 * * * *", ""), "is no schedule"),
            (
                job("hourly", "5 * * * *", "step = \"7m\""),
                "step \"7m\" is not known",
            ),
            (job("hour ly", "5 * * * *", ""), "must be letters"),
            (good.replace("binance", "mtgox"), "venue \"mtgox\""),
            (good.replace("candles", "trades"), "trades"),
            (format!("{good}\n{good}"), "two jobs named"),
            (
                "[batch]\nmax_upload_mb = 0".to_owned(),
                "max_upload_mb is 0",
            ),
        ] {
            let refused = check(&text).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }
}
