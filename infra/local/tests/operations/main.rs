//! The operations API on the engines of the local stack, through the real SDK clients: no request scans a table; and its binary
//! behind the gateway.

mod gateway;

use axum::body::{Body, to_bytes};
use http::{Method, Request};
use icm_aws::{Sender, Store};
use icm_domain::moment::Moment;
use icm_local::clock::StoreClock;
use icm_local::run::functions;
use icm_local::stack::Account;
use operations::{Ops, api};
use std::sync::Arc;
use tower::ServiceExt;

const PAGES: [&str; 10] = [
    "/console/worklist",
    "/console/worklist?status=QUEUED&sort=priority",
    "/console/capacity",
    "/console/vendors",
    "/console/reports",
    "/console/reports/funnel",
    "/console/criteria",
    "/console/switches",
    "/console/quarantine",
    "/console/audit",
];

#[tokio::test]
async fn no_request_scans() {
    let now = Moment::parse("2026-07-01T16:00:00Z").unwrap();
    let account = Arc::new(Account::open(None, StoreClock::set_at(now.millis())).await.unwrap());
    functions::publish(&account).await.unwrap();
    let router = functions::operations_for(&account, operations::access::local::operator()).unwrap();
    let filled = |path: &str| path.replace(['{', '}'], "");
    let routes = api::routes::<Ops<Store, Sender, StoreClock>>();
    let all = routes.iter().map(|route| (route.method.clone(), filled(route.path)));
    let pages = PAGES.iter().map(|page| (Method::GET, (*page).to_owned()));
    let lists = ["band=today", "lob=MEDICAID", "county=Knox", "status=OUTREACH&sort=priority", "turn=VENDOR"];
    let lists = lists.iter().map(|list| (Method::GET, format!("/v1/worklist?{list}")));
    let mut asked = 0;
    for (method, path) in all.chain(pages).chain(lists) {
        let path = if path == "/v1/audit" { format!("{path}?day=2026-07-01") } else { path };
        let request = Request::builder().method(method.clone()).uri(&path).header("idempotency-key", "k");
        let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        assert!(status < 500, "{method} {path}: {status}");
        to_bytes(answer.into_body(), 1 << 22).await.unwrap();
        asked += 1;
    }
    let counted = account.meter().counted();
    let operations: Vec<&str> = counted.tables.keys().map(|used| used.operation.as_str()).collect();
    assert!(asked > 60 && operations.contains(&"Query"), "{asked} {operations:?}");
    assert!(!operations.contains(&"Scan"), "{operations:?}");
}
