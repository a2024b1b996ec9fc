//! The console: pages for people, made of what the API answers. A page calls the same functions as the JSON routes, so
//! that every row and number on it is the API's, and nothing reaches a page that the API would not show.
//!
//! Pages work without script; the script adds keys, local times and a warning before a form is sent twice. Style and
//! script are compiled in: nothing is fetched from anywhere else, and the content policy forbids it.

mod act;
mod again;
mod boards;
mod care;
mod criteria;
mod decision;
mod forms;
mod history;
mod layout;
mod member;
mod oversight;
mod plots;
mod reports;
mod stating;
mod timeline;
mod whatif;
mod words;
mod worklist;

use crate::Ports;
use crate::access::{Identity, Needs, Permission, TokenScope, guard};
use crate::problem::{Problem, Shown};
use again::Typed;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
pub use forms::{Form, forms};
use layout::Html;
use std::sync::Arc;

const STYLE: &str = include_str!("assets/console.css");
const SCRIPT: &str = include_str!("assets/console.js");

/// What a page may load and do: itself alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The pages.
pub(crate) fn router<P: Ports>(ports: Arc<P>) -> Router {
    let reads = |permission: Permission, route: MethodRouter<Arc<P>>| {
        route.layer(from_fn_with_state(Needs { permission, scope: TokenScope::Read }, guard))
    };
    let pages = Router::new()
        .route("/console", get(front))
        .route("/console/worklist", reads(Permission::ReadWork, get(worklist::page::<P>)))
        .route("/console/members", reads(Permission::ReadMember, get(member::find)))
        .route("/console/members/{member}", reads(Permission::ReadMember, get(member::page::<P>)))
        .route("/console/capacity", reads(Permission::ReadCapacity, get(boards::capacity::<P>)))
        .route("/console/vendors", reads(Permission::ReadVendors, get(boards::vendors::<P>)))
        .route("/console/switches", reads(Permission::ReadSwitches, get(oversight::switches::<P>)))
        .route("/console/quarantine", reads(Permission::Quarantine, get(oversight::quarantine::<P>)))
        .route("/console/reports", reads(Permission::ReadReports, get(reports::front::<P>)))
        .route("/console/reports/{name}", reads(Permission::ReadReports, get(reports::page::<P>)))
        .route("/console/criteria", reads(Permission::ReadCriteria, get(criteria::page::<P>)))
        .route("/console/criteria/whatif/{job}", reads(Permission::ReadCriteria, get(whatif::page::<P>)))
        .route("/console/audit", reads(Permission::ReadAudit, get(oversight::audit::<P>)));
    let pages = forms::routes(pages).layer(from_fn(as_pages)).with_state(ports);
    let assets = Router::new()
        .route("/console/assets/console.css", get(async || asset("text/css; charset=utf-8", STYLE)))
        .route("/console/assets/console.js", get(async || asset("text/javascript; charset=utf-8", SCRIPT)));
    pages.merge(assets).route("/", get(async || Redirect::to("/console")))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// The first page that the roles allow.
async fn front(who: Identity) -> Result<Redirect, Problem> {
    let first = layout::pages(&who).next();
    first.map(|page| Redirect::to(page.path)).ok_or_else(Problem::forbidden)
}

/// Problems become pages; every page gets the headers that keep member data where it is.
async fn as_pages(request: Request, next: Next) -> Response {
    let who = request.extensions().get::<Identity>().cloned();
    let back = came_from(&request);
    let foreign = *request.method() == Method::POST && is_foreign(request.headers());
    let (request, typed) = again::typed(request).await;
    let mut response = match (foreign, request) {
        (true, _) => Problem::not_own_page().into_response(),
        (false, Ok(request)) => next.run(request).await,
        (false, Err(problem)) => problem.into_response(),
    };
    if let Some(problem) = Problem::of_response(&response) {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let typed = typed.filter(|_| Typed::is_worth_keeping(&problem));
        let page = layout::problem(who.as_ref(), &problem, back.as_deref(), typed.as_ref());
        response = (status, Html(page)).into_response();
        response.extensions_mut().insert(Shown);
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether another site's page sent it, as the browser says. Behind a sign-in with a cookie such a form would carry the
/// identity of whoever is signed in. Tools send no such header, and no cookie either.
fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

/// The page of the console from which a form was sent: where "back" leads.
fn came_from(request: &Request) -> Option<String> {
    let from = request.headers().get(header::REFERER)?.to_str().ok()?.parse::<http::Uri>().ok()?;
    let path = from.path_and_query()?.as_str();
    path.starts_with("/console/").then(|| path.to_owned())
}
