//! The routes of the API: one table, from which the router is built and the OpenAPI document is written.

mod document;
mod endpoint;
mod table;

pub(crate) use document::Free;
pub use document::document;

use crate::Ports;
use crate::access::{Needs, guard};
use axum::Router;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::collections::BTreeMap;
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
    /// Its id in the document.
    pub id: &'static str,
    /// What it needs of the roles.
    pub needs: crate::Permission,
    /// What it needs of the token.
    pub scope: crate::TokenScope,
}

/// Every route of the table.
pub fn routes<P: Ports>() -> Vec<Route> {
    let of = |endpoint: endpoint::Endpoint<P>| Route {
        method: endpoint.method,
        path: endpoint.path,
        id: endpoint.id,
        needs: endpoint.needs.permission,
        scope: endpoint.needs.scope,
    };
    table::endpoints::<P>().into_iter().map(of).collect()
}

/// What each act needs, by its id in the document: forms of the console ask for the same.
pub(crate) fn needs<P: Ports>() -> BTreeMap<&'static str, Needs> {
    table::endpoints::<P>().into_iter().map(|endpoint| (endpoint.id, endpoint.needs)).collect()
}
