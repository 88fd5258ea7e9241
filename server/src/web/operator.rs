//! Who may change something.
//!
//! With a token in the configuration: whoever sends it. Without: whoever sits at this machine, and not a web page of
//! somebody else that is open in a browser here.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use super::{AppState, api::ApiError};
use crate::secret::Secret;

/// Proof that the request comes from an operator: a handler that takes it cannot be reached otherwise.
#[derive(Debug)]
pub struct Operator;

impl FromRequestParts<AppState> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| *peer);
        permit(state.web.operator.as_ref(), peer, &parts.headers)
            .map(|()| Self)
            .map_err(|refusal| match refusal {
                Refusal::Token => ApiError::Unauthorized,
                other => ApiError::Forbidden(other.words()),
            })
    }
}

/// Why a request is not an operator's.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// The token is missing or wrong.
    Token,
    /// It comes from another machine, and there is no token.
    Remote,
    /// A page of another site sent it.
    CrossSite,
}

impl Refusal {
    const fn words(&self) -> &'static str {
        match self {
            Self::Token => "the operator token is missing or wrong",
            Self::Remote => {
                "only operators may do this: set an operator token in the configuration and send it, or ask from the \
                 machine itself"
            }
            Self::CrossSite => "a page of another site may not do this",
        }
    }
}

fn permit(
    token: Option<&Secret>,
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if let Some(token) = token {
        return text(header::AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, given)| {
                scheme.eq_ignore_ascii_case("bearer") && token.is(given.trim())
            })
            .map(|_| ())
            .ok_or(Refusal::Token);
    }
    // behind a proxy on this machine everybody seems to come from here
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    if forwarded || !peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback()) {
        return Err(Refusal::Remote);
    }
    // a browser always sends one of the two with a request that changes something; other programs send neither
    let same_origin = match (
        text(header::HeaderName::from_static("sec-fetch-site")),
        text(header::ORIGIN),
    ) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => text(header::HOST).is_some_and(|host| {
            origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        }),
        (None, None) => true,
    };
    if same_origin {
        Ok(())
    } else {
        Err(Refusal::CrossSite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    header::HeaderName::from_static(name),
                    header::HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn operators_pass_and_others_do_not() {
        let here = "127.0.0.1:5000".parse().ok();
        let mapped = "[::ffff:127.0.0.1]:5000".parse().ok();
        let far = "192.0.2.7:5000".parse().ok();
        let token = Secret::new("s3cret");
        let none: &[(&'static str, &'static str)] = &[];
        let cases = [
            ("a program here", None, here, none, Ok(())),
            ("a mapped address", None, mapped, none, Ok(())),
            ("unknown peer", None, None, none, Err(Refusal::Remote)),
            ("another machine", None, far, none, Err(Refusal::Remote)),
            (
                "through a proxy here",
                None,
                here,
                &[("x-forwarded-for", "192.0.2.7")],
                Err(Refusal::Remote),
            ),
            (
                "our page",
                None,
                here,
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "http://localhost:3000"),
                ],
                Ok(()),
            ),
            (
                "our page in an old browser",
                None,
                here,
                &[
                    ("origin", "http://localhost:3000"),
                    ("host", "localhost:3000"),
                ],
                Ok(()),
            ),
            (
                "a foreign page",
                None,
                here,
                &[("sec-fetch-site", "cross-site")],
                Err(Refusal::CrossSite),
            ),
            (
                "a page on another port",
                None,
                here,
                &[("sec-fetch-site", "same-site")],
                Err(Refusal::CrossSite),
            ),
            (
                "a foreign page in an old browser",
                None,
                here,
                &[
                    ("origin", "http://evil.example"),
                    ("host", "localhost:3000"),
                ],
                Err(Refusal::CrossSite),
            ),
            (
                "a sandboxed page",
                None,
                here,
                &[("origin", "null"), ("host", "localhost:3000")],
                Err(Refusal::CrossSite),
            ),
            ("no token", Some(&token), here, none, Err(Refusal::Token)),
            (
                "wrong token",
                Some(&token),
                here,
                &[("authorization", "Bearer s3cre")],
                Err(Refusal::Token),
            ),
            (
                "not as bearer",
                Some(&token),
                here,
                &[("authorization", "Basic s3cret")],
                Err(Refusal::Token),
            ),
            (
                "the token from afar",
                Some(&token),
                far,
                &[("authorization", "Bearer s3cret")],
                Ok(()),
            ),
        ];
        for (name, token, peer, pairs, expected) in cases {
            assert_eq!(permit(token, peer, &headers(pairs)), expected, "{name}");
        }
    }

    #[test]
    fn a_secret_is_not_printed_and_an_empty_one_opens_nothing() {
        assert_eq!(format!("{:?}", Secret::new("s3cret")), "Secret(…)");
        assert!(!Secret::new("").is(""));
    }
}
