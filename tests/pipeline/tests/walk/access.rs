//! Who may do and see what: roles before every route, lines of business before every member, and the audit trail.

use crate::flow::{Flow, PROGRAM};
use axum::body::{Body, to_bytes};
use http::{Method, Request};
use icm_domain::facts::LineOfBusiness;
use icm_testkit::{FixedClock, Ports};
use operations::{Identity, Lines, Ops, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;

type World = Ops<Ports, Ports, FixedClock>;

/// A member whose id cannot stand in a page by chance.
const MEMBER: &str = "S7770001";

fn staff(name: &str, roles: &[Role], lines: Lines) -> Identity {
    Identity::staff(name, roles.iter().copied(), lines)
}

fn only(line: LineOfBusiness) -> Lines {
    Lines::Only(BTreeSet::from([line]))
}

/// A request by somebody; status and text.
pub(crate) fn ask(
    flow: &Flow,
    who: Option<&Identity>,
    method: &Method,
    path: &str,
    body: &str,
) -> (u16, String) {
    let ports = flow.world.open();
    let ops: World = Ops { store: ports.clone(), queues: ports, clock: flow.clock.clone() };
    let mut request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header("idempotency-key", flow.next_key())
        .body(Body::from(body.to_owned()))
        .unwrap();
    if let Some(who) = who {
        request.extensions_mut().insert(who.clone());
    }
    icm_testkit::run(async {
        let response = operations::router(ops).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 22).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    })
}

pub(crate) fn get(flow: &Flow, who: &Identity, path: &str) -> (u16, String) {
    ask(flow, Some(who), &Method::GET, path, "")
}

pub(crate) fn post(flow: &Flow, who: &Identity, path: &str, body: &str) -> (u16, String) {
    ask(flow, Some(who), &Method::POST, path, body)
}

/// Every path of the API with a member, a program and a place filled in.
fn paths() -> Vec<(Method, String, operations::Permission)> {
    let filled = |path: &str| {
        path.replace("{member}", MEMBER)
            .replace("{program}", PROGRAM)
            .replace("{origin}", "queue:facts")
            .replace("{record}", "1")
            .replace("{name}", "funnel")
            .replace("{table}", "steps")
            .replace("{id}", "icm-core")
            .replace("{version}", "9")
            .replace("{job}", "1")
    };
    operations::api::routes::<World>()
        .into_iter()
        .map(|route| (route.method, filled(route.path), route.needs))
        .collect()
}

/// Every page of the console.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> =
        ["worklist", "capacity", "vendors", "reports", "criteria", "switches", "quarantine", "audit"]
            .map(|page| format!("/console/{page}"))
            .to_vec();
    pages.push(format!("/console/members/{MEMBER}"));
    pages.push("/console/worklist?turn=WAITING".to_owned());
    pages.push("/console/worklist?status=OUTREACH&sort=priority".to_owned());
    pages
}

#[test]
fn every_route_refuses_nobody_and_every_role_that_may_not() {
    let flow = Flow::new();
    flow.identified(MEMBER);
    for (method, path, needs) in paths() {
        assert_eq!(ask(&flow, None, &method, &path, "").0, 401, "{method} {path}");
        for role in Role::ALL.into_iter().filter(|role| !role.permissions().contains(&needs)) {
            let who = staff("x", &[role], Lines::All);
            assert_eq!(ask(&flow, Some(&who), &method, &path, "").0, 403, "{method} {path} {role:?}");
        }
    }
    assert!(flow.world.state().audit.is_empty(), "nothing was read");
}

#[test]
fn no_answer_no_page_and_no_error_shows_a_member_of_another_line() {
    let flow = Flow::new();
    flow.identified(MEMBER);
    flow.queue();
    flow.queue();
    let mut shown_to_all = 0;
    let everything = staff("all", &Role::ALL, Lines::All);
    let restricted = staff("com", &Role::ALL, only(LineOfBusiness::Commercial));
    get(&flow, &everything, &format!("/v1/members/{MEMBER}"));
    let tells = |text: &str| {
        [MEMBER, "JANE", "Jane", "312-555-0100", "3125550100"].iter().any(|secret| text.contains(secret))
    };
    let api = paths().into_iter().filter(|(method, ..)| *method == Method::GET).map(|(_, path, _)| path);
    let lists = ["turn=WAITING", "turn=PLAN", "status=OUTREACH&sort=priority", "lob=MEDICAID", "turn=VENDOR"]
        .into_iter()
        .flat_map(|list| [format!("/v1/worklist?{list}"), format!("/v1/worklist/export?{list}")]);
    for path in api.chain(lists).chain(pages()) {
        shown_to_all += usize::from(tells(&get(&flow, &everything, &path).1));
        let (status, text) = get(&flow, &restricted, &path);
        assert!(!tells(&text), "{path} {status}: {text}");
    }
    assert!(shown_to_all >= 5, "the walk meets the member: {shown_to_all}");
    let attempt = json!({"channel": "call", "outcome": "NO_ANSWER"}).to_string();
    for path in [
        format!("/v1/cases/{MEMBER}/{PROGRAM}/attempts"),
        format!("/v1/members/{MEMBER}/referrals"),
        format!("/console/members/{MEMBER}/{PROGRAM}/attempts"),
    ] {
        let body = if path.contains("referrals") {
            json!({"by": "provider", "reason": "X"}).to_string()
        } else {
            attempt.clone()
        };
        let (status, text) = post(&flow, &restricted, &path, &body);
        assert!(status >= 400 && !tells(&text), "{path} {status}");
    }
    let (_, next) = post(&flow, &restricted, "/v1/worklist/next", "");
    assert!(!tells(&next));
    assert_eq!(flow.case(&MEMBER.into()).contact.attempts, 0);
}

#[test]
fn what_is_not_ones_own_looks_like_what_does_not_exist() {
    let flow = Flow::new();
    flow.identified(MEMBER);
    let who = staff("com", &[Role::CareManager], only(LineOfBusiness::Commercial));
    let hidden = get(&flow, &who, &format!("/v1/members/{MEMBER}"));
    let absent = get(&flow, &who, "/v1/members/S9999999");
    assert_eq!(hidden, absent);
    assert_eq!(hidden.0, 404);
}

#[test]
fn every_look_at_a_member_and_every_command_stands_in_the_audit_trail() {
    let flow = Flow::new();
    flow.identified(MEMBER);
    flow.queue();
    flow.queue();
    let anna = staff("anna", &[Role::CareManager], Lines::All);
    let nosy = staff("nosy", &[Role::CareManager], only(LineOfBusiness::Commercial));
    let auditor = staff("audit", &[Role::Auditor], Lines::All);
    get(&flow, &anna, &format!("/v1/members/{MEMBER}"));
    get(&flow, &nosy, &format!("/v1/members/{MEMBER}"));
    get(&flow, &anna, "/console/worklist?turn=WAITING");
    let attempt = json!({"channel": "call", "outcome": "NO_ANSWER"}).to_string();
    assert_eq!(post(&flow, &anna, &format!("/v1/cases/{MEMBER}/{PROGRAM}/attempts"), &attempt).0, 200);
    let (_, text) = get(&flow, &auditor, &format!("/v1/audit?member={MEMBER}"));
    let page: Value = serde_json::from_str(&text).unwrap();
    let found = |act: &str, actor: &str| {
        page["lines"].as_array().unwrap().iter().any(|line| line["act"] == act && line["actor"] == actor)
    };
    assert!(
        found("READ_MEMBER", "ops:anna") && found("REFUSED", "ops:nosy") && found("COMMAND", "ops:anna"),
        "{text}"
    );
    let (_, text) = get(&flow, &auditor, "/v1/audit?day=2026-06-30&act=READ_WORKLIST");
    assert!(text.contains("ops:anna"), "{text}");
    assert!(!text.contains("JANE"), "the trail names members and nothing that is known of them");
}

#[test]
fn who_may_not_see_members_gets_the_vendor_board_without_them() {
    let flow = Flow::new();
    let (_, vendor) = flow.offered(MEMBER);
    let manager = staff("vm", &[Role::VendorManager], Lines::All);
    let supervisor = staff("sup", &[Role::Supervisor], Lines::All);
    for path in ["/v1/vendors", "/console/vendors"] {
        let (status, text) = get(&flow, &manager, path);
        assert_eq!(status, 200);
        assert!(
            text.contains(vendor.as_str()) && text.contains("OFFERED") | text.contains("Offered"),
            "{text}"
        );
        // The case of this test is named after the member; a real one is opaque.
        let named = |text: &str| {
            text.contains(&format!("\"member_id\":\"{MEMBER}\"")) || text.contains("/members/S777")
        };
        assert!(!named(&text), "{text}");
        assert!(named(&get(&flow, &supervisor, path).1));
    }
}

#[test]
fn an_export_needs_its_own_permission_and_holds_the_rows_of_the_list() {
    let flow = Flow::new();
    flow.identified(MEMBER);
    flow.queue();
    flow.queue();
    let nurse = staff("n", &[Role::CareManager], Lines::All);
    let supervisor = staff("s", &[Role::Supervisor], Lines::All);
    let path = "/v1/worklist/export?status=OUTREACH&turn=PLAN";
    assert_eq!(get(&flow, &nurse, path).0, 403);
    let (status, csv) = get(&flow, &supervisor, path);
    assert_eq!((status, csv.lines().count()), (200, 2), "{csv}");
    assert!(csv.contains(MEMBER));
}
