//! Who may change something.
//!
//! With a token in the configuration: whoever sends it, or has given it to `POST /operator` and sends the cookie that came
//! back, from our own pages. Without: whoever sits at this machine, and not a web page of somebody else that is open in a
//! browser here.

use std::net::SocketAddr;

pub use app::model::batch::Standing;
use app::theme::safe_back;
use axum::{
    Form,
    extract::{ConnectInfo, FromRequestParts, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{AppState, api::ApiError};
use crate::secret::Secret;

/// Name of the cookie.
const COOKIE: &str = "assay_operator";
/// A cookie lasts a day, and not beyond the end of the server.
const COOKIE_S: u32 = 86_400;

/// Who may change something on this server.
#[derive(Clone)]
pub struct Keys {
    token: Option<Secret>,
    /// What the cookie holds: random, so that the token is in no browser.
    session: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// For a server with this token in its configuration, or none.
    pub fn new(token: Option<Secret>) -> Self {
        let session = format!(
            "{:032x}{:032x}",
            rand::random::<u128>(),
            rand::random::<u128>()
        );
        Self { token, session }
    }

    /// The cookie that says that somebody has given the token.
    fn cookie(&self, is_secure: bool) -> String {
        let secure = if is_secure { "; Secure" } else { "" };
        format!(
            "{COOKIE}={}; Path=/; Max-Age={COOKIE_S}; HttpOnly; SameSite=Strict{secure}",
            self.session
        )
    }

    /// True if the cookies of a request hold ours.
    fn know(&self, cookies: &str) -> bool {
        let given = cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == COOKIE);
        given.is_some_and(|(_, given)| Secret::new(&*self.session).is(given))
    }
}

/// What a page may offer to whoever sent this request.
pub fn standing(state: &AppState, parts: &Parts) -> Standing {
    match permit(&state.keys, peer(parts), &parts.headers) {
        // a link of another site leads here: the page is ours, and what is done on it is asked again
        Ok(()) | Err(Refusal::CrossSite) => Standing::Operator,
        Err(Refusal::Token) => Standing::MustSignIn,
        Err(Refusal::Remote) => Standing::Elsewhere,
    }
}

/// The form that asks for the token.
#[derive(Deserialize)]
pub struct SignIn {
    token: String,
    back: Option<String>,
}

/// `POST /operator`: takes the token, sets the cookie and goes back.
pub async fn sign_in(
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(SignIn { token, back }): Form<SignIn>,
) -> Result<Response, ApiError> {
    let keys = &state.keys;
    if !keys
        .token
        .as_ref()
        .is_some_and(|known| known.is(token.trim()))
    {
        return Err(ApiError::Unauthorized);
    }
    let is_secure = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto.as_bytes() == b"https");
    let mut response = Redirect::to(back.as_deref().map_or("/batches", safe_back)).into_response();
    let cookie = HeaderValue::try_from(keys.cookie(is_secure)).map_err(anyhow::Error::from)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn peer(parts: &Parts) -> Option<SocketAddr> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| *peer)
}

/// Proof that the request comes from an operator: a handler that takes it cannot be reached otherwise.
#[derive(Debug)]
pub struct Operator;

impl FromRequestParts<AppState> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        permit(&state.keys, peer(parts), &parts.headers)
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

fn permit(keys: &Keys, peer: Option<SocketAddr>, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if let Some(token) = &keys.token {
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.split_once(' '));
        if bearer.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer") && token.is(given.trim())
        }) {
            return Ok(());
        }
        if !text(header::COOKIE).is_some_and(|cookies| keys.know(cookies)) {
            return Err(Refusal::Token);
        }
        // browsers send cookies to every port of this machine: a page on another one is a foreign page
        return same_origin(headers);
    }
    // behind a proxy on this machine everybody seems to come from here
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    if forwarded || !peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback()) {
        return Err(Refusal::Remote);
    }
    same_origin(headers)
}

/// Refuses what a page of another site sent. A browser always sends one of two headers with a request that changes
/// something; other programs send neither.
fn same_origin(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let is_ours = match (
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
    if is_ours {
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
            let keys = Keys::new(token.cloned());
            assert_eq!(permit(&keys, peer, &headers(pairs)), expected, "{name}");
        }
    }

    #[test]
    fn a_cookie_of_ours_opens_from_our_pages_only() {
        let keys = Keys::new(Some(Secret::new("s3cret")));
        let far = "192.0.2.7:5000".parse().ok();
        let cookie = keys.cookie(false);
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
            "{cookie}"
        );
        assert!(!cookie.contains("s3cret") && keys.cookie(true).ends_with("; Secure"));
        let value = cookie.split(';').next().unwrap().to_owned();
        let ask = |cookie: &str, site: &'static str| {
            let mut headers = headers(&[("sec-fetch-site", site)]);
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            permit(&keys, far, &headers)
        };
        assert_eq!(ask(&value, "same-origin"), Ok(()));
        assert_eq!(ask(&format!("theme=dark; {value}"), "same-origin"), Ok(()));
        assert_eq!(ask(&value, "same-site"), Err(Refusal::CrossSite));
        assert_eq!(ask(&value, "cross-site"), Err(Refusal::CrossSite));
        assert_eq!(ask("assay_operator=", "same-origin"), Err(Refusal::Token));
        assert_eq!(
            ask("assay_operator=s3cret", "same-origin"),
            Err(Refusal::Token)
        );
        let other = Keys::new(Some(Secret::new("s3cret")));
        let foreign = other.cookie(false);
        let foreign = foreign.split(';').next().unwrap();
        assert_eq!(
            ask(foreign, "same-origin"),
            Err(Refusal::Token),
            "of another start"
        );
        // without a token in the configuration a cookie means nothing
        let open = Keys::new(None);
        let mut with = headers(&[]);
        with.insert(
            header::COOKIE,
            open.cookie(false)
                .split(';')
                .next()
                .unwrap()
                .parse()
                .unwrap(),
        );
        assert_eq!(permit(&open, far, &with), Err(Refusal::Remote));
    }

    #[test]
    fn a_secret_is_not_printed_and_an_empty_one_opens_nothing() {
        assert_eq!(format!("{:?}", Secret::new("s3cret")), "Secret(…)");
        assert!(!Secret::new("").is(""));
    }
}
