//! Keeps foreign web pages from reaching a server on loopback under a name of their own (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Which `Host` headers are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Only names of this machine.
    Loopback,
    /// All: whoever listens on a network has names that are not known here.
    Any,
}

impl Rule {
    /// The rule for a server that listens on `addr`.
    #[must_use]
    pub fn of(addr: SocketAddr) -> Self {
        if addr.ip().is_loopback() {
            Self::Loopback
        } else {
            Self::Any
        }
    }
}

/// Refuses requests for another host.
pub async fn check(State(rule): State<Rule>, request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(Authority::as_str));
    if rule == Rule::Any || host.is_some_and(names_this_machine) {
        return next.run(request).await;
    }
    (
        StatusCode::MISDIRECTED_REQUEST,
        "this server listens on loopback: open it as localhost, 127.0.0.1 or [::1]\n",
    )
        .into_response()
}

fn names_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    if authority.as_str().contains('@') {
        return false;
    }
    let name = authority.host();
    name.eq_ignore_ascii_case("localhost")
        || name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::names_this_machine;

    #[test]
    fn only_names_of_this_machine_pass() {
        for (host, passes) in [
            ("localhost", true),
            ("LOCALHOST:3000", true),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", true),
            ("[::1]", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:3000", false),
            ("localhost@evil.example", false),
            ("10.0.0.7:3000", false),
            ("", false),
        ] {
            assert_eq!(names_this_machine(host), passes, "{host}");
        }
    }
}
