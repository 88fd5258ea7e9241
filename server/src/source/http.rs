//! The HTTP client: bounded in time and size, and every failure in words.

use std::{error::Error as _, net::IpAddr, time::Duration};

use anyhow::Context;
use reqwest::{
    Client, Response, Url,
    header::{self, HeaderMap, HeaderValue},
    redirect,
};

use super::error::{FetchError, is_blocked};
use crate::{clock::Clock, secret::Secret};

/// Longest pause that a Retry-After is believed for: the venue's longest ban, three days.
const MAX_RETRY_AFTER_MS: i64 = 3 * 86_400_000;
/// Redirects within one host that are followed.
const MAX_REDIRECTS: usize = 3;

/// Bounds of a request.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Longest time to a connection.
    pub connect_timeout: Duration,
    /// Longest time to the end of the body.
    pub total_timeout: Duration,
    /// Largest body taken, in bytes, after decompression.
    pub max_body_bytes: usize,
    /// What the client calls itself.
    pub user_agent: String,
    /// Value of the header `authorization`, for a source that wants a key.
    pub authorization: Option<Secret>,
}

impl Default for HttpConfig {
    /// 5 s to connect, 15 s in all (the venue itself gives up after 10), 8 MB.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(15),
            max_body_bytes: 8 << 20,
            user_agent: concat!("assay/", env!("CARGO_PKG_VERSION")).to_owned(),
            authorization: None,
        }
    }
}

/// What came back, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// When the request was sent, in milliseconds.
    pub sent_at_ms: i64,
    /// When the last byte had come, in milliseconds.
    pub received_at_ms: i64,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Request weight used in the current minute, where the venue says so.
    pub used_weight: Option<u32>,
}

/// Asks URLs; cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpSource {
    /// Goes through the proxy of the environment, if there is one.
    remote: Client,
    /// For loopback: a proxy would look for it on its own host.
    local: Client,
    max_body_bytes: usize,
    clock: Clock,
}

impl HttpSource {
    /// A client with these bounds.
    ///
    /// # Errors
    /// When the TLS back end or the proxy settings of the environment cannot be used, or the key is none.
    pub fn new(config: &HttpConfig, clock: Clock) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        if let Some(secret) = &config.authorization {
            let mut value = HeaderValue::from_str(secret.expose())
                .context("the key holds characters that no header can")?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let builder = || {
            Client::builder()
                .connect_timeout(config.connect_timeout)
                .timeout(config.total_timeout)
                .default_headers(headers.clone())
                .user_agent(&config.user_agent)
                .redirect(same_host_only())
        };
        Ok(Self {
            remote: builder().build()?,
            local: builder().no_proxy().build()?,
            max_body_bytes: config.max_body_bytes,
            clock,
        })
    }

    /// Asks a URL.
    ///
    /// # Errors
    /// Everything but a complete 2xx answer is an error; see [`FetchError`].
    pub async fn get(&self, url: &str) -> Result<Answer, FetchError> {
        let bad_url = |reason: String| FetchError::BadUrl {
            url: url.to_owned(),
            reason,
        };
        let parsed = Url::parse(url).map_err(|error| bad_url(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad_url("not http or https".to_owned()));
        }
        let client = if is_loopback(&parsed) {
            &self.local
        } else {
            &self.remote
        };
        let sent_at_ms = self.clock.now_ms();
        let mut response = client
            .get(parsed)
            .send()
            .await
            .map_err(|error| transient(url, &error, None))?;
        let (body, broken) = self.body(url, &mut response).await?;
        let answer = Answer {
            url: url.to_owned(),
            status: response.status().as_u16(),
            sent_at_ms,
            received_at_ms: self.clock.now_ms(),
            body,
            used_weight: text(&response, "x-mbx-used-weight-1m").and_then(|used| used.parse().ok()),
        };
        match broken {
            Some(error) => Err(transient(url, &error, Some(answer))),
            None => {
                let retry_after = text(&response, header::RETRY_AFTER.as_str());
                judge(answer, retry_after)
            }
        }
    }

    /// The body as far as it came, and what ended it too early.
    async fn body(
        &self,
        url: &str,
        response: &mut Response,
    ) -> Result<(Vec<u8>, Option<reqwest::Error>), FetchError> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= self.max_body_bytes => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => {
                    return Err(FetchError::TooLarge {
                        url: url.to_owned(),
                        limit: self.max_body_bytes,
                    });
                }
                Ok(None) => return Ok((body, None)),
                Err(error) => return Ok((body, Some(error))),
            }
        }
    }
}

/// Sorts complete answers by status.
fn judge(answer: Answer, retry_after: Option<&str>) -> Result<Answer, FetchError> {
    let url = answer.url.clone();
    let retry_after_ms = retry_after.and_then(|text| retry_after_ms(text, answer.received_at_ms));
    match answer.status {
        200..=299 => Ok(answer),
        // 418 is the ban that follows when 429 is not heeded.
        418 | 429 => Err(FetchError::RateLimited {
            url,
            retry_after_ms,
            answer: Box::new(answer),
        }),
        status if is_blocked(status) => Err(FetchError::Blocked {
            url,
            answer: Box::new(answer),
        }),
        408 | 425 | 500..=599 => Err(FetchError::Transient {
            url,
            reason: format!("HTTP {}", answer.status),
            retry_after_ms,
            answer: Some(Box::new(answer)),
        }),
        _ => Err(FetchError::Refused {
            url,
            answer: Box::new(answer),
        }),
    }
}

/// A Retry-After, seconds or an HTTP date, as milliseconds from now.
pub(crate) fn retry_after_ms(text: &str, now_ms: i64) -> Option<i64> {
    let text = text.trim();
    let pause = if let Ok(seconds) = text.parse::<u32>() {
        i64::from(seconds) * 1_000
    } else {
        let at = httpdate::parse_http_date(text).ok()?;
        let since_epoch = at.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since_epoch.as_millis()).ok()? - now_ms
    };
    Some(pause.clamp(0, MAX_RETRY_AFTER_MS))
}

fn transient(url: &str, error: &reqwest::Error, answer: Option<Answer>) -> FetchError {
    FetchError::Transient {
        url: url.to_owned(),
        reason: reason_of(error),
        retry_after_ms: None,
        answer: answer.map(Box::new),
    }
}

/// What happened, in words.
pub(crate) fn reason_of(error: &reqwest::Error) -> String {
    let reason = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "cannot connect"
    } else {
        "the connection broke"
    };
    // The innermost cause says what happened; those around it say that something did.
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(|cause| cause.source()) {
        cause = Some(inner);
    }
    cause.map_or_else(|| reason.to_owned(), |cause| format!("{reason} ({cause})"))
}

fn text<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// Another host is another venue: its answer must not be landed under this one's name. A redirect to it is given
/// back as it is, and refused for its status.
fn same_host_only() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let first = attempt.previous().first();
        let same = first.is_some_and(|first| {
            let next = attempt.url();
            first.scheme() == next.scheme()
                && first.host_str() == next.host_str()
                && first.port_or_known_default() == next.port_or_known_default()
        });
        if same && attempt.previous().len() <= MAX_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

#[cfg(test)]
mod tests;
