//! The audit trail: one line for each look and each act, with what came of it, however fast they follow each other.

use crate::access::{ask, get, post};
use crate::flow::{Flow, PROGRAM};
use http::Method;
use icm_domain::facts::LineOfBusiness;
use operations::{Identity, Lines, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MEMBER: &str = "S7770001";

fn somebody(name: &str, role: Role) -> Identity {
    Identity::staff(name, [role], Lines::All)
}

/// The lines of a day by one person.
fn lines(flow: &Flow, actor: &str) -> Vec<Value> {
    let auditor = somebody("audit", Role::Auditor);
    let (status, text) = get(flow, &auditor, &format!("/v1/audit?day=2026-06-30&actor={actor}"));
    assert_eq!(status, 200, "{text}");
    serde_json::from_str::<Value>(&text).unwrap()["lines"].as_array().unwrap().clone()
}

fn in_outreach() -> Flow {
    let flow = Flow::new();
    flow.identified(MEMBER);
    flow.queue();
    flow.queue();
    flow
}

#[test]
fn two_looks_in_the_same_millisecond_are_two_lines() {
    let flow = in_outreach();
    let anna = somebody("anna", Role::CareManager);
    for _ in 0..3 {
        get(&flow, &anna, &format!("/v1/members/{MEMBER}"));
    }
    let lines = lines(&flow, "ops:anna");
    assert_eq!(lines.len(), 3, "{lines:?}");
    let requests: BTreeSet<String> = lines.iter().map(|line| line["request"].to_string()).collect();
    assert_eq!(requests.len(), 3, "each names its request");
}

#[test]
fn a_command_is_one_line_with_its_target_its_key_and_what_came_of_it() {
    let flow = in_outreach();
    let anna = somebody("anna", Role::CareManager);
    let path = |name: &str| format!("/v1/cases/{MEMBER}/{PROGRAM}/{name}");
    let attempt = json!({"channel": "call", "outcome": "NO_ANSWER"}).to_string();
    assert_eq!(post(&flow, &anna, &path("attempts"), &attempt).0, 200);
    assert_eq!(post(&flow, &anna, &path("enrol"), "{}").0, 422);
    assert_eq!(post(&flow, &anna, &path("attempts"), "no JSON").0, 400);
    let told: Vec<Value> = lines(&flow, "ops:anna")
        .iter()
        .map(|line| json!([line["act"], line["what"], line["members"], line["outcome"], line["code"]]))
        .collect();
    let line = |what: &str, outcome: &str, code: Value| json!(["COMMAND", what, [MEMBER], outcome, code]);
    let expected = [
        line("attempts ICM", "DONE", Value::Null),
        line("enrol ICM", "REFUSED", json!(4002)),
        line("attempts ICM", "REFUSED", json!(400)),
    ];
    for line in &expected {
        assert!(told.contains(line), "{line} in {told:?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:?}");
    assert!(lines(&flow, "ops:anna").iter().all(|line| line["key"].as_str().unwrap().starts_with('k')));
}

#[test]
fn a_repeated_command_says_that_it_was_done_before() {
    let flow = in_outreach();
    let member = Flow::member(MEMBER);
    for _ in 0..2 {
        let request = http::Request::post(format!("/v1/cases/{MEMBER}/{PROGRAM}/hold"))
            .header("idempotency-key", "once")
            .header("x-icm-actor", "ben")
            .body(axum::body::Body::from(json!({"reason": "MEMBER_REQUEST"}).to_string()))
            .unwrap();
        assert_eq!(flow.request(request).0, 200);
    }
    assert_eq!(flow.status(&member), "ON_HOLD");
    let outcomes: BTreeSet<String> =
        lines(&flow, "ops:ben").iter().map(|line| line["outcome"].to_string()).collect();
    assert_eq!(outcomes, BTreeSet::from(["\"DONE\"".to_owned(), "\"REPEATED\"".to_owned()]));
}

#[test]
fn an_act_whose_end_is_not_known_stands_in_the_trail_as_begun() {
    let flow = in_outreach();
    let calls = {
        let ports = flow.world.ports(icm_testkit::Gate::open());
        icm_testkit::run(paused(&flow, ports.clone()));
        ports.gate.calls().len()
    };
    let fresh = in_outreach();
    let ports = fresh.world.ports(crate::flow::faulty(calls - 1, icm_testkit::Fault::CrashBefore));
    icm_testkit::run_until_stuck(paused(&fresh, ports));
    let lines = lines(&fresh, "ops:local");
    assert_eq!((lines.len(), &lines[0]["outcome"]), (1, &json!("ASKED")), "{lines:?}");
}

async fn paused(flow: &Flow, ports: icm_testkit::Ports) {
    use tower::ServiceExt;
    let body = json!({"scope": "all", "reason": "X"}).to_string();
    let request = http::Request::post("/v1/admin/pause").body(axum::body::Body::from(body)).unwrap();
    drop(flow.router(ports).oneshot(request).await);
}

/// Every act that changes something, by those who may.
fn acts() -> Vec<(Role, &'static str, Value, &'static str)> {
    let view = json!({"name": "Mine", "list": {"tier": "HIGH"}});
    let criteria = json!({"id": "icm-core", "version": "2026.9"});
    vec![
        (Role::Supervisor, "/v1/worklist/views", view, "SAVE_VIEW"),
        (Role::Supervisor, "/v1/cases/S7770001/ICM/reserve", json!({}), "TAKE_NEXT"),
        (
            Role::Supervisor,
            "/v1/members/S7770001/referrals",
            json!({"by": "provider", "reason": "X"}),
            "REFER",
        ),
        (Role::ProgramOwner, "/v1/admin/pause", json!({"scope": "all", "reason": "X"}), "PAUSE"),
        (Role::ProgramOwner, "/v1/admin/resume", json!({"scope": "all", "reason": "X"}), "RESUME"),
        (
            Role::ProgramOwner,
            "/v1/admin/modes",
            json!({"program": "ICM", "mode": "LIVE", "daily_cap": 7}),
            "SET_MODE",
        ),
        (Role::ProgramOwner, "/v1/admin/criteria", criteria.clone(), "PROPOSE_CRITERIA"),
        (Role::ProgramOwner, "/v1/criteria/whatif", json!({"criteria": criteria}), "START_WHAT_IF"),
        (Role::ProgramOwner, "/v1/admin/criteria/icm-core/2026.9/reject", json!({}), "REJECT_CRITERIA"),
    ]
}

#[test]
fn every_change_writes_one_line_that_says_it_was_done() {
    let flow = in_outreach();
    for (at, (role, path, body, act)) in acts().into_iter().enumerate() {
        let who = somebody(&format!("who{at}"), role);
        let (status, text) = post(&flow, &who, path, &body.to_string());
        assert!((200..300).contains(&status), "{path}: {status} {text}");
        let lines = lines(&flow, &format!("ops:who{at}"));
        let told: Vec<_> =
            lines.iter().map(|line| (line["act"].as_str(), line["outcome"].as_str())).collect();
        assert_eq!(told, [(Some(act), Some("DONE"))], "{path}");
    }
    let supervisor = somebody("exports", Role::Supervisor);
    assert_eq!(get(&flow, &supervisor, "/v1/worklist/export").0, 200);
    assert_eq!(lines(&flow, "ops:exports")[0]["act"], "EXPORT");
}

#[test]
fn a_refused_change_says_that_it_was_refused() {
    let flow = in_outreach();
    let owner = somebody("owner", Role::ProgramOwner);
    let body = json!({"scope": {"vendor": "NO-SUCH"}, "reason": "X"}).to_string();
    assert_eq!(post(&flow, &owner, "/v1/admin/pause", &body).0, 404);
    let lines = lines(&flow, "ops:owner");
    assert_eq!((&lines[0]["outcome"], &lines[0]["code"]), (&json!("REFUSED"), &json!(404)), "{lines:?}");
}

#[test]
fn the_trail_is_read_in_pages_that_show_each_act_once() {
    let flow = in_outreach();
    let anna = somebody("anna", Role::CareManager);
    let hold = json!({"reason": "MEMBER_REQUEST"}).to_string();
    for _ in 0..300 {
        ask(&flow, Some(&anna), &Method::POST, &format!("/v1/cases/{MEMBER}/{PROGRAM}/hold"), &hold);
    }
    let auditor = somebody("audit", Role::Auditor);
    let (mut cursor, mut keys, mut unended) = (String::new(), Vec::new(), 0);
    for _ in 0..5 {
        let path = format!("/v1/audit?member={MEMBER}&act=COMMAND{cursor}");
        let page: Value = serde_json::from_str(&get(&flow, &auditor, &path).1).unwrap();
        for line in page["lines"].as_array().unwrap() {
            unended += usize::from(line["outcome"] == "ASKED");
            keys.push(line["key"].to_string());
        }
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!((keys.len(), distinct.len(), unended), (300, 300, 0));
}

#[test]
fn whoever_may_not_see_a_member_leaves_a_line_and_changes_nothing() {
    let flow = in_outreach();
    let lines_of = Lines::Only(BTreeSet::from([LineOfBusiness::Commercial]));
    let nosy = Identity::staff("nosy", [Role::Supervisor], lines_of);
    let path = format!("/v1/cases/{MEMBER}/{PROGRAM}/reserve");
    assert_eq!(post(&flow, &nosy, &path, "").0, 404);
    let lines = lines(&flow, "ops:nosy");
    assert_eq!((lines.len(), &lines[0]["act"]), (1, &json!("REFUSED")), "{lines:?}");
}
