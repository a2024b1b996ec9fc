//! The console: pages for people, made of what the API answers. A page calls the same functions as the JSON routes, so
//! that every row and number on it is the API's, and nothing reaches a page that the API would not show.
//!
//! Pages work without script; the script adds keys, local times and a warning before a form is sent twice. Style and
//! script are compiled in: nothing is fetched from anywhere else, and the content policy forbids it.

mod act;
mod boards;
mod criteria;
mod decision;
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
use crate::access::{Identity, Permission, guard};
use crate::problem::Problem;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use layout::Html;
use std::sync::Arc;

const STYLE: &str = include_str!("assets/console.css");
const SCRIPT: &str = include_str!("assets/console.js");

/// What a page may load and do: itself alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The pages.
pub(crate) fn router<P: Ports>(ports: Arc<P>) -> Router {
    let needs = |permission: Permission, route: MethodRouter<Arc<P>>| {
        route.layer(from_fn_with_state(permission, guard))
    };
    let pages = Router::new()
        .route("/console", get(front))
        .route("/console/worklist", needs(Permission::ReadWork, get(worklist::page::<P>)))
        .route("/console/next", needs(Permission::WorkCases, post(worklist::next::<P>)))
        .route("/console/views", needs(Permission::ReadWork, post(worklist::save_view::<P>)))
        .route("/console/members", needs(Permission::ReadMember, get(member::find)))
        .route("/console/members/{member}", needs(Permission::ReadMember, get(member::page::<P>)))
        .route(
            "/console/members/{member}/{program}/{command}",
            needs(Permission::WorkCases, post(act::command::<P>)),
        )
        .route("/console/state/{member}/{what}", needs(Permission::StateFacts, post(stating::state::<P>)))
        .route("/console/capacity", needs(Permission::ReadCapacity, get(boards::capacity::<P>)))
        .route(
            "/console/capacity/confirm",
            needs(Permission::ConfirmCapacity, post(act::confirm_capacity::<P>)),
        )
        .route("/console/vendors", needs(Permission::ReadVendors, get(boards::vendors::<P>)))
        .route("/console/switch", needs(Permission::PauseVendor, post(act::switch::<P>)))
        .route("/console/breaker", needs(Permission::Operate, post(act::clear_breaker::<P>)))
        .route("/console/switches", needs(Permission::ReadSwitches, get(oversight::switches::<P>)))
        .route(
            "/console/quarantine",
            needs(Permission::Quarantine, get(oversight::quarantine::<P>).post(oversight::replay::<P>)),
        )
        .route("/console/reports", needs(Permission::ReadReports, get(reports::front::<P>)))
        .route("/console/reports/{name}", needs(Permission::ReadReports, get(reports::page::<P>)))
        .route(
            "/console/criteria",
            needs(Permission::ReadCriteria, get(criteria::page::<P>))
                .merge(needs(Permission::PublishCriteria, post(criteria::propose::<P>))),
        )
        .route("/console/criteria/whatif", needs(Permission::PublishCriteria, post(whatif::ask::<P>)))
        .route("/console/criteria/whatif/{job}", needs(Permission::ReadCriteria, get(whatif::page::<P>)))
        .route(
            "/console/criteria/whatif/{job}/stop",
            needs(Permission::PublishCriteria, post(whatif::stop::<P>)),
        )
        .route(
            "/console/criteria/{id}/{version}/{decision}",
            needs(Permission::PublishCriteria, post(criteria::decide::<P>)),
        )
        .route("/console/audit", needs(Permission::ReadAudit, get(oversight::audit::<P>)))
        .layer(from_fn(as_pages))
        .with_state(ports);
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
    let mut response =
        if foreign { Problem::not_own_page().into_response() } else { next.run(request).await };
    if let Some(problem) = response.extensions().get::<Problem>().cloned() {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response = (status, Html(layout::problem(who.as_ref(), &problem, back.as_deref()))).into_response();
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
