//! Posts JSON to a webhook: bounded in time and size, nowhere but where the configuration says.

use std::time::Duration;

use hmac::{Hmac, Mac};
use reqwest::{Client, Url, header, redirect};
use sha2::Sha256;

use super::Failure;
use crate::{
    secret::Secret,
    source::{is_loopback, reason_of, retry_after_ms},
};

/// So much of an answer is read: it may say what is wrong.
const MAX_ANSWER: usize = 1_000;
/// Shorter parts of an address are no secrets.
const MIN_PART: usize = 4;
/// So much of it is told, in characters.
const MAX_TOLD: usize = 200;

/// Where notices are posted.
#[derive(Debug, Clone)]
pub(super) struct Post {
    client: Client,
    url: Secret,
    bearer: Option<Secret>,
    secret: Option<Secret>,
}

impl Post {
    /// To this address.
    ///
    /// # Errors
    /// In words, without the address: it is a secret.
    pub(super) fn new(
        url: Secret,
        bearer: Option<Secret>,
        secret: Option<Secret>,
        timeout: Duration,
    ) -> Result<Self, String> {
        let parsed =
            Url::parse(url.expose()).map_err(|error| format!("it is no address ({error})"))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err("it is no address: expected http or https".to_owned());
        }
        let mut builder = Client::builder()
            .connect_timeout(timeout)
            .timeout(timeout)
            .user_agent(concat!("assay/", env!("CARGO_PKG_VERSION")))
            // what follows a redirect would carry the notice, and the token, to somebody else
            .redirect(redirect::Policy::none());
        if is_loopback(&parsed) {
            // a proxy would look for it on its own host
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| error.without_url().to_string())?;
        Ok(Self {
            client,
            url,
            bearer,
            secret,
        })
    }

    /// Posts a body; `id` is the same on every try.
    ///
    /// # Errors
    /// When it was not taken: for good if the receiver says that the request is wrong.
    pub(super) async fn send(&self, body: Vec<u8>, id: &str, now_ms: i64) -> Result<(), Failure> {
        let mut request = self
            .client
            .post(self.url.expose())
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", id);
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer.expose());
        }
        if let Some(secret) = &self.secret {
            request = request.header("x-assay-signature", signature(secret, &body));
        }
        let mut response = request.body(body).send().await.map_err(|error| {
            // the address is a secret
            transient(reason_of(&error.without_url()), None)
        })?;
        let status = response.status().as_u16();
        if (200..=299).contains(&status) {
            return Ok(());
        }
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after_ms = retry_after
            .and_then(|value| value.to_str().ok())
            .and_then(|text| retry_after_ms(text, now_ms));
        let mut said = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            said.extend_from_slice(&chunk);
            if said.len() >= MAX_ANSWER {
                break;
            }
        }
        said.truncate(MAX_ANSWER);
        let reason = format!("HTTP {status}{}", self.told(&said));
        Err(match status {
            408 | 425 | 429 | 500..=599 => transient(reason, retry_after_ms),
            300..=399 => Failure::Permanent {
                reason: format!("{reason}: it leads elsewhere, set the address it leads to"),
            },
            _ => Failure::Permanent { reason },
        })
    }

    /// What the receiver said, without our secrets should it repeat them.
    fn told(&self, said: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(said).into_owned();
        let whole = [Some(&self.url), self.bearer.as_ref(), self.secret.as_ref()];
        for secret in whole.into_iter().flatten() {
            text = text.replace(secret.expose(), "…");
        }
        // the token of a webhook is a part of its address
        for part in self
            .url
            .expose()
            .split(['/', '?', '&', '=', '@', ':'])
            .skip(1)
        {
            if part.len() >= MIN_PART {
                text = text.replace(part, "…");
            }
        }
        let text = super::letter::plain(text.trim(), MAX_TOLD);
        match text.is_empty() {
            true => text,
            false => format!(": {text}"),
        }
    }
}

const fn transient(reason: String, retry_after_ms: Option<i64>) -> Failure {
    Failure::Transient {
        reason,
        retry_after_ms,
    }
}

/// HMAC-SHA256 of the body, as `sha256=HEX`.
fn signature(secret: &Secret, body: &[u8]) -> String {
    match Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) {
        Ok(mut mac) => {
            mac.update(body);
            format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
        }
        // HMAC takes keys of any length
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let signed = signature(&Secret::new("Jefe"), b"what do ya want for nothing?");
        assert_eq!(
            signed,
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
