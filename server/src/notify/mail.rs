//! Notices by e-mail: one thread for each incident, plain text and HTML.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::authentication::Credentials,
};

use super::{Failure, Letter, letter::plain, template};
use crate::{
    config::{ChannelConfig, TemplateConfig, Tls},
    secret::Secret,
};

/// So much of what a mail server says is told, in characters.
const MAX_TOLD: usize = 200;

/// A mail server and who gets mail through it.
#[derive(Debug, Clone)]
pub(super) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    timeout: Duration,
}

impl Mail {
    /// As configured.
    ///
    /// # Errors
    /// In words what is missing.
    pub(super) fn new(
        config: &ChannelConfig,
        login: Option<(Secret, Secret)>,
        timeout: Duration,
    ) -> Result<Self, String> {
        let host = config.host.as_deref().unwrap_or_default();
        let builder = match config.tls {
            Tls::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            Tls::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
            Tls::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(
                host,
            )),
        };
        let mut builder = builder
            .map_err(|error| error.to_string())?
            .port(config.smtp_port())
            .timeout(Some(timeout));
        if let Some((user, password)) = login {
            builder = builder.credentials(Credentials::new(
                user.expose().to_owned(),
                password.expose().to_owned(),
            ));
        }
        let mailbox = |text: &String| {
            text.parse::<Mailbox>()
                .map_err(|error| format!("{text:?} is no mail address: {error}"))
        };
        Ok(Self {
            transport: builder.build(),
            from: mailbox(&config.from.clone().unwrap_or_default())?,
            to: config.to.iter().map(mailbox).collect::<Result<_, _>>()?,
            timeout,
        })
    }

    /// Sends a notice.
    ///
    /// # Errors
    /// When the server did not take it: for good if it says so (5xx).
    pub(super) async fn send(&self, own: &TemplateConfig, letter: &Letter) -> Result<(), Failure> {
        let message = self.message(own, letter)?;
        // the time-out of the transport is for each command
        let sent = tokio::time::timeout(self.timeout * 3, self.transport.send(message)).await;
        let transient = |reason: String| Failure::Transient {
            reason,
            retry_after_ms: None,
        };
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let reason = plain(&error.to_string(), MAX_TOLD);
                Err(if error.is_permanent() {
                    Failure::Permanent { reason }
                } else {
                    transient(reason)
                })
            }
            Err(_) => Err(transient("timed out".to_owned())),
        }
    }

    /// The mail. Its id is the same on every try; those of one incident follow the first.
    fn message(&self, own: &TemplateConfig, letter: &Letter) -> Result<Message, Failure> {
        let impossible = |error: &dyn std::fmt::Display| Failure::Permanent {
            reason: format!("the mail cannot be written: {error}"),
        };
        let texts = template::for_mail(own, letter).map_err(|error| impossible(&error))?;
        let domain = self.from.email.domain();
        let id = |id: &str| format!("<{id}@{domain}>");
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(texts.subject)
            .message_id(Some(id(&letter.id)))
            .date(std::time::UNIX_EPOCH + Duration::from_millis(letter.at.max(0).unsigned_abs()));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        if let Some(first) = &letter.thread {
            builder = builder.in_reply_to(id(first)).references(id(first));
        }
        // RFC 3834: no holiday answers to this
        if let Ok(name) = HeaderName::new_from_ascii("Auto-Submitted".to_owned()) {
            builder = builder.raw_header(HeaderValue::new(name, "auto-generated".to_owned()));
        }
        builder
            .multipart(MultiPart::alternative_plain_html(texts.text, texts.html))
            .map_err(|error| impossible(&error))
    }
}
