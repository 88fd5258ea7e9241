//! `[notify]`: who is told of incidents, and when. An example with all there is:
//!
//! ```toml
//! [notify]
//! url = "https://assay.example.org"   # links in notices lead here
//! group_wait = "30s"                  # from the first alert of an incident to the first notice
//! group_interval = "5m"               # between two notices of one incident, at least
//! repeat = "4h"                       # to the first reminder while nobody has taken it
//! repeat_factor = 3                   # every further notice makes the pause longer: 4 h, 12 h, at most 24 h
//! digest = "0 8 * * *"                # the day in short: minute, hour, day, month, weekday; UTC
//!
//! [notify.channel.ops]
//! kind = "webhook"                    # JSON
//! url_env = "OPS_WEBHOOK"             # secrets stand in the environment; the file only names the variables
//! bearer_env = "OPS_TOKEN"            # sent as authorization: bearer …
//! secret_env = "OPS_SECRET"           # signs the body: x-assay-signature: sha256=HEX
//! min_severity = "error"
//!
//! [notify.channel.team]
//! kind = "slack"                      # Slack, Mattermost and others that take its JSON
//! url_env = "TEAM_WEBHOOK"
//! digest = true
//! templates = { text = "{{ incident.title }}: {{ summary }}" }
//!
//! [notify.channel.mail]
//! kind = "email"
//! host = "smtp.example.org"
//! port = 587
//! tls = "starttls"                    # or tls; none only for a server on this machine
//! user_env = "SMTP_USER"
//! password_env = "SMTP_PASSWORD"
//! from = "Assay <assay@example.org>"
//! to = ["oncall@example.org"]
//! digest = true
//! ```
//!
//! Templates are Jinja's, over what a webhook is sent: `subject` (one line), `text`, and `html` for mail.

mod channel;

use std::collections::BTreeMap;

use anyhow::Context;
use app::model::{DAY_MS, HOUR_MS, MINUTE_MS};
use croner::Cron;
use serde::{Deserialize, Deserializer, de::Error as _};

pub use self::channel::{ChannelConfig, ChannelKind, TemplateConfig, Tls};
use crate::quality::{notice::Timing, rule::file::duration_ms};

/// Most channels.
const MAX_CHANNELS: usize = 50;
/// No reminder waits longer.
const LONGEST_PAUSE_MS: i64 = DAY_MS;

/// `[notify]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifyConfig {
    /// Address of these pages as others reach them, for links; without it notices have none.
    pub url: Option<String>,
    /// From the first alert of an incident to the first notice, in milliseconds.
    #[serde(rename = "group_wait", deserialize_with = "duration")]
    pub group_wait_ms: i64,
    /// Between two notices of one incident at least, in milliseconds.
    #[serde(rename = "group_interval", deserialize_with = "duration")]
    pub group_interval_ms: i64,
    /// To the first reminder, in milliseconds.
    #[serde(rename = "repeat", deserialize_with = "duration")]
    pub repeat_ms: i64,
    /// Every notice of an incident after the first makes the pause so many times longer.
    pub repeat_factor: f64,
    /// When the digest is written; `None`: never.
    pub digest: Option<String>,
    /// Who is told, by name.
    pub channel: BTreeMap<String, ChannelConfig>,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            url: None,
            group_wait_ms: 30_000,
            group_interval_ms: 5 * MINUTE_MS,
            repeat_ms: 4 * HOUR_MS,
            repeat_factor: 3.0,
            digest: Some("0 8 * * *".to_owned()),
            channel: BTreeMap::new(),
        }
    }
}

impl NotifyConfig {
    /// When notices are sent.
    #[must_use]
    pub const fn timing(&self) -> Timing {
        Timing {
            group_wait_ms: self.group_wait_ms,
            group_interval_ms: self.group_interval_ms,
            repeat_ms: self.repeat_ms,
            repeat_factor: self.repeat_factor,
            most_ms: LONGEST_PAUSE_MS,
        }
    }

    /// The schedule of the digest; `None` for never.
    ///
    /// # Errors
    /// When it is no schedule.
    pub fn schedule(&self) -> anyhow::Result<Option<Cron>> {
        let Some(text) = self.digest.as_deref().filter(|text| *text != "off") else {
            return Ok(None);
        };
        text.parse().map(Some).with_context(|| {
            format!(
                "notify.digest {text:?} is no schedule; write minute, hour, day, month and weekday, such as \"0 8 * * *\", or \"off\""
            )
        })
    }

    /// Refuses what cannot be done.
    ///
    /// # Errors
    /// When a value is out of range, a channel lacks what its kind needs or has what it does not take, or a template
    /// cannot be read.
    pub fn check(&self) -> anyhow::Result<()> {
        for (name, ms, most) in [
            ("group_wait", self.group_wait_ms, HOUR_MS),
            ("group_interval", self.group_interval_ms, DAY_MS),
            ("repeat", self.repeat_ms, LONGEST_PAUSE_MS),
        ] {
            anyhow::ensure!(
                (1_000..=most).contains(&ms),
                "notify.{name} is {ms} ms, expected 1s to {} h",
                most / HOUR_MS
            );
        }
        anyhow::ensure!(
            (1.0..=100.0).contains(&self.repeat_factor),
            "notify.repeat_factor is {}, expected 1 to 100",
            self.repeat_factor
        );
        if let Some(url) = &self.url {
            let parsed = reqwest::Url::parse(url);
            anyhow::ensure!(
                parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https")),
                "notify.url {url:?} is no address; write https://HOST"
            );
        }
        self.schedule()?;
        anyhow::ensure!(
            self.channel.len() <= MAX_CHANNELS,
            "notify has {} channels, expected at most {MAX_CHANNELS}",
            self.channel.len()
        );
        for (name, channel) in &self.channel {
            channel
                .check(name)
                .with_context(|| format!("notify.channel.{name}"))?;
        }
        Ok(())
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    duration_ms(&text).ok_or_else(|| {
        D::Error::custom(format!(
            "{text:?} is no length of time: write \"30s\", \"5m\" or \"4h\""
        ))
    })
}

#[cfg(test)]
mod tests;
