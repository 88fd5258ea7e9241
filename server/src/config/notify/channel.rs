//! `[notify.channel.NAME]`

use app::model::Severity;
use lettre::message::Mailbox;
use serde::Deserialize;

use crate::notify::template;

/// Longest name of a channel.
const MAX_NAME: usize = 64;
/// Most recipients of one channel.
const MAX_TO: usize = 50;

/// What takes the notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// An address that takes JSON.
    Webhook,
    /// An incoming webhook of Slack, or of what understands its JSON.
    Slack,
    /// E-mail by SMTP.
    Email,
}

impl ChannelKind {
    /// The word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Email => "email",
        }
    }
}

/// How the connection to a mail server is kept secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Begun in the open, then encrypted, or not used at all.
    #[default]
    Starttls,
    /// Encrypted from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// Texts of one's own in place of those that come with Assay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TemplateConfig {
    /// One line.
    pub subject: Option<String>,
    /// Plain text; for Slack its own markup.
    pub text: Option<String>,
    /// HTML, for e-mail.
    pub html: Option<String>,
}

/// `[notify.channel.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelConfig {
    /// What takes the notices.
    pub kind: ChannelKind,
    /// What is milder is not told.
    #[serde(default = "warn")]
    pub min_severity: Severity,
    /// Whether it gets the digest.
    #[serde(default)]
    pub digest: bool,
    /// Texts of one's own.
    #[serde(default)]
    pub templates: TemplateConfig,
    /// Variable with the address of a webhook.
    pub url_env: Option<String>,
    /// Variable with the bearer token of a webhook.
    pub bearer_env: Option<String>,
    /// Variable with the secret that signs what a webhook is sent.
    pub secret_env: Option<String>,
    /// Mail server.
    pub host: Option<String>,
    /// Its port: 587, with `tls` 465, with `none` 25 unless given.
    pub port: Option<u16>,
    /// How the connection is kept secret.
    #[serde(default)]
    pub tls: Tls,
    /// Variable with the user of the mail server.
    pub user_env: Option<String>,
    /// Variable with the password of the mail server.
    pub password_env: Option<String>,
    /// Sender.
    pub from: Option<String>,
    /// Recipients.
    #[serde(default)]
    pub to: Vec<String>,
}

const fn warn() -> Severity {
    Severity::Warn
}

impl ChannelConfig {
    /// The port of the mail server.
    #[must_use]
    pub fn smtp_port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Starttls => 587,
            Tls::Tls => 465,
            Tls::None => 25,
        })
    }

    /// Refuses what its kind does not take, and what it cannot do without.
    pub(super) fn check(&self, name: &str) -> anyhow::Result<()> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        anyhow::ensure!(
            !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(is_plain),
            "its name must be letters, digits, - or _, at most {MAX_NAME}"
        );
        let is_mail = self.kind == ChannelKind::Email;
        let is_webhook = self.kind == ChannelKind::Webhook;
        let fields = [
            ("url_env", self.url_env.is_some(), !is_mail),
            ("bearer_env", self.bearer_env.is_some(), is_webhook),
            ("secret_env", self.secret_env.is_some(), is_webhook),
            ("host", self.host.is_some(), is_mail),
            ("port", self.port.is_some(), is_mail),
            ("tls", self.tls != Tls::default(), is_mail),
            ("user_env", self.user_env.is_some(), is_mail),
            ("password_env", self.password_env.is_some(), is_mail),
            ("from", self.from.is_some(), is_mail),
            ("to", !self.to.is_empty(), is_mail),
            ("templates.html", self.templates.html.is_some(), is_mail),
            ("templates.text", self.templates.text.is_some(), !is_webhook),
        ];
        let kind = self.kind.as_str();
        for (field, is_given, belongs) in fields {
            anyhow::ensure!(belongs || !is_given, "{field} is not for kind {kind:?}");
        }
        let needed: &[(&str, bool)] = if is_mail {
            &[
                ("host", self.host.is_some()),
                ("from", self.from.is_some()),
                ("to", !self.to.is_empty()),
            ]
        } else {
            &[("url_env", self.url_env.is_some())]
        };
        for (field, is_given) in needed {
            anyhow::ensure!(is_given, "kind {kind:?} needs {field}");
        }
        self.check_variables()?;
        self.check_mail()?;
        for (field, text) in [
            ("subject", &self.templates.subject),
            ("text", &self.templates.text),
            ("html", &self.templates.html),
        ] {
            if let Some(text) = text {
                template::check(text)
                    .map_err(|error| anyhow::anyhow!("templates.{field}: {error}"))?;
            }
        }
        Ok(())
    }

    fn check_variables(&self) -> anyhow::Result<()> {
        for (field, variable) in [
            ("url_env", &self.url_env),
            ("bearer_env", &self.bearer_env),
            ("secret_env", &self.secret_env),
            ("user_env", &self.user_env),
            ("password_env", &self.password_env),
        ] {
            let is_name = |name: &str| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            };
            // the text is not repeated: it may be the secret itself
            anyhow::ensure!(
                variable.as_deref().is_none_or(is_name),
                "{field} must be the name of an environment variable, not the secret itself"
            );
        }
        anyhow::ensure!(
            self.user_env.is_some() == self.password_env.is_some(),
            "user_env and password_env go together"
        );
        Ok(())
    }

    fn check_mail(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.to.len() <= MAX_TO,
            "to has {} recipients, expected at most {MAX_TO}",
            self.to.len()
        );
        for address in self.from.iter().chain(&self.to) {
            anyhow::ensure!(
                address.parse::<Mailbox>().is_ok(),
                "{address:?} is no mail address"
            );
        }
        let is_here = self
            .host
            .as_deref()
            .is_none_or(|host| matches!(host, "localhost" | "127.0.0.1" | "::1"));
        anyhow::ensure!(
            self.tls != Tls::None || is_here,
            "tls = \"none\" is only for a mail server on this machine"
        );
        Ok(())
    }
}
