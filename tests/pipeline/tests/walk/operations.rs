//! The API's promises: keys, versions, refusals, identities.

use crate::flow::{Flow, PROGRAM};
use axum::body::Body;
use http::Request;
use icm_domain::facts::{Fact, Preference, PreferenceKind};
use icm_ports::Destination;
use serde_json::{Value, json};
use tower::ServiceExt;

fn command(flow: &Flow, member: &str, name: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
    let mut request = Request::post(format!("/v1/cases/{member}/{PROGRAM}/{name}"));
    for (header, value) in headers {
        request = request.header(*header, *value);
    }
    flow.request(request.body(Body::from(body.to_string())).unwrap())
}

#[test]
fn the_same_key_acts_once_and_is_answered_alike() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    let headers = [("idempotency-key", "one")];
    let (first, _) = command(&flow, "m1", "enrol", &headers, &json!({}));
    let (second, again) = command(&flow, "m1", "enrol", &headers, &json!({}));
    assert_eq!((first, second), (200, 200));
    assert_eq!(again["repeated"], true);
    assert_eq!(again["case"]["status"], "ENROLLED");
    flow.relay();
    let vendor = flow.case(&member).assignment.unwrap().vendor;
    assert_eq!(flow.types_to(&Destination::Vendor(vendor)).len(), 1);
}

#[test]
fn a_command_on_an_outdated_version_says_what_has_changed() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    let seen = flow.record(&member).lines;
    assert_eq!(flow.command(&member, "hold", json!({"reason": "MEMBER_REQUEST"})).0, 200);
    let version = seen.to_string();
    let headers = [("idempotency-key", "late"), ("if-match", version.as_str())];
    let (status, problem) = command(&flow, "m1", "resume", &headers, &json!({}));
    assert_eq!(status, 409);
    assert_eq!(problem["changed"], json!(["HELD"]));
    assert_eq!(problem["version"], seen + 1);
    assert_eq!(flow.status(&member), "ON_HOLD");
}

#[test]
fn what_the_machine_refuses_is_answered_with_its_number_and_recorded() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    let before = flow.case(&member);
    let (status, problem) = flow.command(&member, "enrol", json!({}));
    assert_eq!((status, problem["code"].as_u64()), (422, Some(4001 + 1)));
    assert_eq!(flow.case(&member), before);
    assert_eq!(flow.record(&member).lines, 2);
    flow.assert_log_explains(&member);
}

#[test]
fn no_enrolment_without_coverage_or_consent() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let attempt = json!({"channel": "call", "outcome": "REACHED_MEMBER"});
    assert_eq!(flow.command(&member, "attempts", attempt).0, 200);
    assert_eq!(flow.command(&member, "enrol", json!({})).0, 422);
    assert_eq!(flow.status(&member), "ENGAGED");
}

#[test]
fn without_an_identity_nothing_but_health_is_answered() {
    let flow = Flow::new();
    let ports = flow.world.open();
    let ops = operations::Ops { store: ports.clone(), queues: ports, clock: flow.clock.clone() };
    let router = operations::router(ops);
    for (path, expected) in
        [("/health", 200), ("/v1/members/m1", 401), ("/v1/worklist?program=ICM&status=QUEUED", 401)]
    {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = icm_testkit::run(router.clone().oneshot(request)).unwrap();
        assert_eq!(response.status().as_u16(), expected, "{path}");
    }
}

#[test]
fn bad_requests_are_problems_without_values() {
    let flow = Flow::new();
    flow.identified("m1");
    let key = [("idempotency-key", "k")];
    for (name, headers, body, status) in [
        ("attempts", &key[..], json!({"channel": "secret", "outcome": "BUSY"}), 400),
        ("attempts", &key[..], json!({"channel": "call", "outcome": "BUSY", "phone": "secret"}), 400),
        ("consent", &[][..], json!({"scope": "X"}), 400),
        ("secret", &key[..], json!({}), 404),
    ] {
        let (answered, problem) = command(&flow, "m1", name, headers, &body);
        assert_eq!(answered, status, "{name}");
        assert!(problem["type"].as_str().unwrap().starts_with("urn:icm:problem:"));
        assert!(!problem.to_string().contains("secret"), "{problem}");
    }
    let (status, _) = command(&flow, "nobody", "enrol", &key, &json!({}));
    assert_eq!(status, 404);
    let named = json!({"channel": "secret", "outcome": "BUSY"});
    let (_, problem) = command(&flow, "m1", "attempts", &[("idempotency-key", "k2")], &named);
    assert_eq!(problem["detail"], "field channel");
    let added = json!({"channel": "call", "outcome": "BUSY", "secret": 1});
    let (_, problem) = command(&flow, "m1", "attempts", &[("idempotency-key", "k3")], &added);
    assert_eq!(problem["detail"], "field at line 1 column 43", "the name is the caller's");
}

#[test]
fn a_list_that_cannot_be_made_names_the_parameter_and_a_wrong_method_is_a_problem() {
    let flow = Flow::new();
    let ask = |method: &str, path: &str| {
        flow.request(Request::builder().method(method).uri(path).body(Body::empty()).unwrap())
    };
    for (query, detail) in [
        ("sort=secret", "field sort"),
        ("limit=0", "field limit"),
        ("limit=501", "field limit"),
        ("attempts_min=secret", "field attempts_min"),
        ("cursor=secret", "field cursor"),
        ("cursor=3031", "field cursor"),
        ("secret=1", "field query: unknown parameter"),
    ] {
        let (status, problem) = ask("GET", &format!("/v1/worklist?{query}"));
        assert_eq!((status, problem["detail"].as_str()), (400, Some(detail)), "{query}");
    }
    let (status, problem) = ask("DELETE", "/v1/worklist");
    assert_eq!((status, problem["type"].as_str()), (405, Some("urn:icm:problem:method-not-allowed")));
}

#[test]
fn a_cursor_stands_in_an_address_as_it_is() {
    let flow = Flow::new();
    for number in 0..3 {
        flow.identified(&format!("m{number}"));
    }
    flow.queue();
    flow.queue();
    let get = |path: &str| flow.request(Request::get(path).body(Body::empty()).unwrap()).1;
    let (mut path, mut seen) = ("/v1/worklist?limit=1".to_owned(), Vec::new());
    for _ in 0..4 {
        let page = get(&path);
        seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["member_id"].to_string()));
        let Some(cursor) = page["cursor"].as_str() else { break };
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{cursor}");
        path = format!("/v1/worklist?limit=1&cursor={cursor}");
    }
    seen.sort();
    assert_eq!(seen, ["\"m0\"", "\"m1\"", "\"m2\""]);
}

#[test]
fn worklists_members_and_cases_are_read() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let get = |path: &str| flow.request(Request::get(path).body(Body::empty()).unwrap());
    let (_, page) = get("/v1/worklist?program=ICM&status=OUTREACH&tier=HIGH");
    assert_eq!(page["rows"][0]["member_id"], "m1");
    let (_, page) = get("/v1/worklist?program=ICM&status=OUTREACH&tier=CRITICAL");
    assert_eq!(page["rows"], json!([]));
    assert_eq!(get("/v1/worklist?program=ICM&status=nothing").0, 400);
    let (_, shown) = get("/v1/members/m1");
    let history = shown["cases"][0]["history"].as_array().unwrap();
    assert_eq!(history.len() as u64, flow.record(&member).lines);
    let (_, case) = get("/v1/cases/m1/ICM");
    assert_eq!(case["status"], "OUTREACH");
    assert_eq!(get("/v1/members/unknown").0, 404);
    let (_, cells) = get("/v1/capacity");
    assert!(cells["cells"].as_array().unwrap().iter().any(|cell| cell["taken"] == 3));
}

#[test]
fn referrals_and_overrides_go_the_way_of_every_fact() {
    let flow = Flow::new();
    flow.identified("m1");
    let post = |path: &str, body: Value| {
        flow.request(Request::post(path).body(Body::from(body.to_string())).unwrap()).0
    };
    assert_eq!(post("/v1/members/m1/referrals", json!({"by": "provider", "reason": "NEEDS_HELP"})), 202);
    let until = json!({"what": "snooze", "reason": "IN_HOSPITAL", "until": "2026-07-30"});
    assert_eq!(post("/v1/members/m1/overrides", until), 202);
    let forever = json!({"what": "snooze", "reason": "IN_HOSPITAL", "until": "2036-07-30"});
    assert_eq!(post("/v1/members/m1/overrides", forever), 400);
    assert_eq!(post("/v1/members/m1/referrals", json!({"by": "provider", "reason": "free text"})), 400);
    assert_eq!(flow.sent_to(&Destination::Facts).len(), 2);
}

#[test]
fn a_wish_is_taken_down_without_a_case_and_counts_until_the_member_asks_on_another_day() {
    let flow = Flow::new();
    let covered = flow.identified("m1");
    let packs = flow.world.state().members.get(&covered).unwrap().packs.clone();
    let member = Flow::member("m2");
    flow.world.state().members.entry(member.clone()).or_default().packs = packs;
    let post = |what: &str, body: Value| {
        let path = format!("/v1/members/m2/{what}");
        flow.request(Request::post(path).body(Body::from(body.to_string())).unwrap()).0
    };
    assert_eq!(post("wishes", json!({"do_not_contact": true, "refused": ["call", "text"]})), 202);
    assert_eq!(post("wishes", json!({})), 400);
    assert_eq!(post("wishes", json!({"refused": ["call"], "allowed": ["call"]})), 400);
    let stated = |nth: usize| -> Vec<Fact> {
        let sent = flow.sent_to(&Destination::Facts).swap_remove(nth);
        let message = icm_contract::FactsMessage::parse(&sent.to_string()).unwrap();
        let packs = message.members.iter().flat_map(|part| &part.packs);
        packs.flat_map(|held| icm_contract::pack::decode(&member, &held.bytes).unwrap()).collect()
    };
    assert_eq!(stated(0).len(), 3);
    flow.tell(&member, &stated(0));
    let own = json!({"by": "member", "reason": "MEMBER_ASKED"});
    assert_eq!(post("wishes", json!({"do_not_contact": false})), 409, "of one day the stricter word counts");
    assert_eq!(post("referrals", own.clone()), 409);
    flow.later(24 * 60);
    assert_eq!(post("referrals", own), 202);
    let said = stated(1);
    assert!(said.iter().any(|fact| matches!(fact, Fact::Referral(_))));
    let lifted = PreferenceKind::DoNotContact { set: false };
    assert!(said.contains(&Fact::Preference(Preference { received: flow.now().day(), what: lifted })));
}

#[test]
fn the_gateway_hands_on_who_has_signed_in() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    let ports = flow.world.open();
    let ops = operations::Ops { store: ports.clone(), queues: ports, clock: flow.clock.clone() };
    let event = json!({
        "rawPath": "/v1/cases/m1/ICM/pend", "rawQueryString": "",
        "headers": {"idempotency-key": "k1"}, "body": "{\"reason\":\"DATA\"}",
        "requestContext": {"http": {"method": "POST"},
            "authorizer": {"jwt": {"claims": {"sub": "alice", "icm_roles": "[care_manager]",
                "icm_lines": "[MEDICAID]", "scope": "icm/write"}}}},
    });
    let answer = icm_testkit::run(operations::gateway::handle(event, operations::router(ops))).unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let state = flow.world.state();
    let last = state.members.get(&member).unwrap().events.values().last().unwrap().clone();
    assert!(format!("{:?}", last.line).contains("ops:alice"));
}
