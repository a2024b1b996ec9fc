//! The routes of the API: one table, from which the router is built and the OpenAPI document is written.

mod document;
mod endpoint;
mod table;

pub(crate) use document::Free;
pub use document::document;

use crate::Ports;
use crate::access::guard;
use axum::Router;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::sync::{Arc, OnceLock};

/// The router of the table, and what needs nobody: the health check and the document itself.
pub(crate) fn router<P: Ports>(ports: Arc<P>) -> Router {
    let mut router = Router::new();
    for endpoint in table::endpoints::<P>() {
        let guarded = endpoint.route.layer(from_fn_with_state(endpoint.needs, guard));
        router = router.route(endpoint.path, guarded);
    }
    // Written when it is first asked for: a cold start has no use for it.
    let written: Arc<OnceLock<String>> = Arc::default();
    let served = async move || {
        let document = written.get_or_init(|| document::<P>().to_string()).clone();
        ([(header::CONTENT_TYPE, "application/json")], document)
    };
    router.with_state(ports).route("/openapi.json", get(served)).route("/health", get(async || "ok"))
}

/// What a route is, for tests that walk over all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// GET, POST or PUT.
    pub method: http::Method,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// What it needs.
    pub needs: crate::Permission,
}

/// Every route of the table.
pub fn routes<P: Ports>() -> Vec<Route> {
    let of = |endpoint: endpoint::Endpoint<P>| Route {
        method: endpoint.method,
        path: endpoint.path,
        needs: endpoint.needs,
    };
    table::endpoints::<P>().into_iter().map(of).collect()
}
