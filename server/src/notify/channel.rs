//! Channels with their secrets: the one place where the environment is asked for them.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{Failure, Letter, mail::Mail, post::Post, slack, template};
use crate::{
    config::{ChannelConfig, ChannelKind, NotifyConfig},
    quality::notice::Listener,
    secret::Secret,
};

/// Bounds of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest time of one request, or of one command to a mail server.
    pub timeout: Duration,
}

impl Default for Limits {
    /// 15 s.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
        }
    }
}

/// All channels, by name.
#[derive(Debug, Clone, Default)]
pub struct Channels(BTreeMap<String, Channel>);

/// Who is told.
#[derive(Debug, Clone)]
pub struct Channel {
    name: String,
    config: ChannelConfig,
    way: Result<Way, String>,
}

#[derive(Debug, Clone)]
enum Way {
    Webhook(Post),
    Slack(Post),
    Email(Mail),
}

/// A channel as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelView {
    /// Its name.
    pub name: String,
    /// webhook, slack or email.
    pub kind: &'static str,
    /// What is milder is not told.
    pub min_severity: app::model::Severity,
    /// Whether it gets the digest.
    pub digest: bool,
    /// Why nothing can be sent; `None`: it is ready.
    pub problem: Option<String>,
}

impl Channels {
    /// As configured, with what `environment` says of each variable.
    #[must_use]
    pub fn of(
        config: &NotifyConfig,
        environment: impl Fn(&str) -> Option<String>,
        limits: Limits,
    ) -> Self {
        let channel = |(name, config): (&String, &ChannelConfig)| {
            let channel = Channel {
                name: name.clone(),
                config: config.clone(),
                way: way(config, &environment, limits),
            };
            (name.clone(), channel)
        };
        Self(config.channel.iter().map(channel).collect())
    }

    /// As configured, with the environment of this process.
    #[must_use]
    pub fn of_process(config: &NotifyConfig) -> Self {
        Self::of(config, |name| std::env::var(name).ok(), Limits::default())
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Channel> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Channel> {
        self.0.values()
    }

    /// Their names, for messages.
    #[must_use]
    pub fn names(&self) -> String {
        match self.0.is_empty() {
            true => "none".to_owned(),
            false => self.0.keys().cloned().collect::<Vec<_>>().join(", "),
        }
    }
}

impl Channel {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it gets the digest.
    #[must_use]
    pub const fn takes_digest(&self) -> bool {
        self.config.digest
    }

    /// As planning sees it.
    #[must_use]
    pub fn listener(&self, since_ms: i64) -> Listener {
        Listener {
            channel: self.name.clone(),
            min_severity: self.config.min_severity,
            since_ms,
        }
    }

    /// As lists show it.
    #[must_use]
    pub fn view(&self) -> ChannelView {
        ChannelView {
            name: self.name.clone(),
            kind: self.config.kind.as_str(),
            min_severity: self.config.min_severity,
            digest: self.config.digest,
            problem: self.way.as_ref().err().cloned(),
        }
    }

    /// Tries once to deliver.
    ///
    /// # Errors
    /// When it did not arrive.
    pub async fn deliver(&self, letter: &Letter, now_ms: i64) -> Result<(), Failure> {
        let own = &self.config.templates;
        let unworded = |error: minijinja::Error| Failure::Permanent {
            reason: format!("the notice cannot be worded: {error}"),
        };
        let (post, body) = match &self.way {
            // it may be set before the next start
            Err(problem) => {
                return Err(Failure::Transient {
                    reason: problem.clone(),
                    retry_after_ms: None,
                });
            }
            Ok(Way::Email(mail)) => return mail.send(own, letter).await,
            Ok(Way::Webhook(post)) => {
                let subject = template::for_webhook(own, letter).map_err(unworded)?;
                let letter = Letter {
                    subject,
                    ..letter.clone()
                };
                (post, serde_json::to_vec(&letter))
            }
            Ok(Way::Slack(post)) => {
                let body = slack::body(own, letter).map_err(unworded)?;
                (post, serde_json::to_vec(&body))
            }
        };
        let body = body.map_err(|error| Failure::Permanent {
            reason: format!("the notice cannot be written: {error}"),
        })?;
        post.send(body, &letter.id, now_ms).await
    }
}

fn way(
    config: &ChannelConfig,
    environment: &impl Fn(&str) -> Option<String>,
    limits: Limits,
) -> Result<Way, String> {
    let secret = |variable: &Option<String>| -> Result<Option<Secret>, String> {
        let Some(name) = variable else {
            return Ok(None);
        };
        match environment(name).filter(|value| !value.trim().is_empty()) {
            Some(value) => Ok(Some(Secret::new(value.trim()))),
            None => Err(format!(
                "the environment variable {name} is not set; set it and start again"
            )),
        }
    };
    if config.kind == ChannelKind::Email {
        let login = secret(&config.user_env)?.zip(secret(&config.password_env)?);
        return Mail::new(config, login, limits.timeout).map(Way::Email);
    }
    let url = secret(&config.url_env)?.ok_or("it has no url_env")?;
    let (bearer, key) = (secret(&config.bearer_env)?, secret(&config.secret_env)?);
    let variable = config.url_env.as_deref().unwrap_or_default();
    let post = Post::new(url, bearer, key, limits.timeout)
        .map_err(|problem| format!("the environment variable {variable}: {problem}"))?;
    Ok(match config.kind {
        ChannelKind::Slack => Way::Slack(post),
        _ => Way::Webhook(post),
    })
}
