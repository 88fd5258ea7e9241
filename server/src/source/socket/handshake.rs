//! The opening of a web socket over the HTTP client (RFC 6455, section 4.1).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::{Response, StatusCode, Upgraded, Url, header};
use sha1::{Digest, Sha1};

use super::{OpenError, Sockets};
use crate::source::http::{is_loopback, reason_of, retry_after_ms};

/// What the server adds to the key before it takes the hash (RFC 6455, section 1.3).
const MAGIC: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// What is offered. Without limits of the window: the inflater takes all of them.
const OFFER: &str = "permessage-deflate";

/// The stream and what was agreed on over it.
pub async fn open(sockets: &Sockets, url: &str) -> Result<(Upgraded, Option<String>), OpenError> {
    let bad_url = |reason: String| OpenError::BadUrl {
        url: url.to_owned(),
        reason,
    };
    let failed = |reason: String| OpenError::Failed {
        url: url.to_owned(),
        reason,
    };
    let parsed = Url::parse(url).map_err(|error| bad_url(error.to_string()))?;
    let as_http = match parsed.scheme() {
        "ws" => url.replacen("ws", "http", 1),
        "wss" => url.replacen("wss", "https", 1),
        _ => return Err(bad_url("not ws or wss".to_owned())),
    };
    let parsed = Url::parse(&as_http).map_err(|error| bad_url(error.to_string()))?;
    let client = if is_loopback(&parsed) {
        &sockets.local
    } else {
        &sockets.remote
    };
    let key = BASE64_STANDARD.encode(rand::random::<[u8; 16]>());
    let response = client
        .get(parsed)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_EXTENSIONS, OFFER)
        .send()
        .await
        .map_err(|error| failed(reason_of(&error)))?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let now_ms = sockets.clock.now_ms();
        return Err(OpenError::TurnedAway {
            url: url.to_owned(),
            status: response.status().as_u16(),
            retry_after_ms: text(&response, &header::RETRY_AFTER)
                .and_then(|text| retry_after_ms(text, now_ms)),
        });
    }
    if text(&response, &header::SEC_WEBSOCKET_ACCEPT) != Some(accept_of(&key).as_str()) {
        return Err(failed("it does not answer as a web socket".to_owned()));
    }
    let extensions = text(&response, &header::SEC_WEBSOCKET_EXTENSIONS).map(str::to_owned);
    let stream = response
        .upgrade()
        .await
        .map_err(|error| failed(reason_of(&error)))?;
    Ok((stream, extensions))
}

fn accept_of(key: &str) -> String {
    let hash = Sha1::new().chain_update(key).chain_update(MAGIC).finalize();
    BASE64_STANDARD.encode(hash)
}

fn text<'a>(response: &'a Response, name: &header::HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_of_the_standard() {
        assert_eq!(
            super::accept_of("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }
}
