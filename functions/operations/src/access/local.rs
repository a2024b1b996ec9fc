//! The local operator: an explicit identity for loopback, and for nothing else.
//!
//! Three things keep it there: the command that serves binds loopback only, requests that name another host are refused
//! (a page of the web that had its name resolve to this machine), and so are changes that another site's page sends.

use super::{Identity, Lines, Role};
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, header};

/// The header by which the local operator acts for somebody else (simulated staff).
pub const LOCAL_ACTOR: &str = "x-icm-actor";

/// The operator who may do everything on this machine.
pub fn operator() -> Identity {
    Identity::staff("local", Role::ALL, Lines::All)
}

/// Puts the operator before requests without an identity.
pub async fn as_operator(State(operator): State<Identity>, mut request: Request, next: Next) -> Response {
    if !is_local(&request) {
        return Problem::not_local().into_response();
    }
    if request.extensions().get::<Identity>().is_none() {
        let named = request.headers().get(LOCAL_ACTOR).and_then(|value| value.to_str().ok());
        let who = named.map_or_else(
            || operator.clone(),
            |name| Identity::staff(name, operator.roles.iter().copied(), operator.lines.clone()),
        );
        request.extensions_mut().insert(who);
    }
    next.run(request).await
}

/// Whether the request comes from this machine's own page or tools.
fn is_local(request: &Request) -> bool {
    let text = |name| request.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let host = text(header::HOST).is_none_or(is_loopback);
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let same_site = text(header::ORIGIN).is_none_or(|origin| {
        origin
            .strip_prefix("http://")
            .is_some_and(|place| text(header::HOST) == Some(place) && is_loopback(place))
    });
    host && (!changes || same_site)
}

/// Whether a host with or without a port is loopback.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn asked(method: Method, host: &str, origin: Option<&str>) -> bool {
        let mut request = Request::builder().method(method).uri("/v1/worklist").header(header::HOST, host);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        is_local(&request.body(Body::empty()).unwrap())
    }

    #[test]
    fn only_loopback_names_are_local() {
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "LOCALHOST"] {
            assert!(asked(Method::GET, host, None), "{host}");
        }
        for host in [
            "example.org",
            "192.168.1.4:8080",
            "127.0.0.1.example.org",
            "localhost.example.org:80",
            "[fe80::1]",
        ] {
            assert!(!asked(Method::GET, host, None), "{host}");
        }
    }

    #[test]
    fn another_sites_page_changes_nothing() {
        let own = "127.0.0.1:8080";
        assert!(asked(Method::POST, own, Some("http://127.0.0.1:8080")));
        assert!(asked(Method::POST, own, None), "tools send no origin");
        for origin in ["http://evil.example", "http://127.0.0.1:9999", "null", "https://127.0.0.1:8080"] {
            assert!(!asked(Method::POST, own, Some(origin)), "{origin}");
        }
    }
}
