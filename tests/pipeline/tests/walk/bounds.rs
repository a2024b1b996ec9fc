//! What nobody can mean is refused, with the field and what is expected of it, before it stands in a case for good.

use crate::access::{ask, get, post};
use crate::flow::{Flow, PROGRAM};
use http::Method;
use icm_domain::facts::LineOfBusiness;
use operations::{Identity, Lines, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn everybody() -> Identity {
    Identity::staff("all", Role::ALL, Lines::All)
}

fn problem(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("not a problem: {text}"))
}

/// Commands with a time or a number that nobody can mean, and the field at fault.
fn absurd() -> Vec<(&'static str, Value, &'static str)> {
    let attempt = |field: &str, value: &str| json!({"channel": "call", "outcome": "NO_ANSWER", field: value});
    let called =
        |value: &str| json!({"channel": "call", "outcome": "CALLBACK_SCHEDULED", "call_back": value});
    let notice = |field: &str, day: &str| {
        let mut notice = json!({"sent_on": "2026-06-30", "hearing_deadline": "2026-08-30",
            "effective_on": "2026-07-30", "review_on": "2026-12-30"});
        notice[field] = json!(day);
        notice
    };
    vec![
        ("attempts", called("9999-12-31T00:00:00Z"), "#/call_back"),
        ("attempts", called("1999-01-01T00:00:00Z"), "#/call_back"),
        ("attempts", attempt("at", "1999-01-01T00:00:00Z"), "#/at"),
        ("attempts", attempt("at", "2026-07-01T00:00:00Z"), "#/at"),
        ("attempts", attempt("phone", "12"), "#/phone"),
        ("attempts", attempt("task", &"t".repeat(3_000)), "#/task"),
        ("enrol", json!({"start": "1900-01-01"}), "#/start"),
        ("enrol", json!({"start": "2999-01-01"}), "#/start"),
        ("start", json!({"on": "1900-01-01"}), "#/on"),
        ("consent", json!({"scope": "ICM-1", "given": "2999-01-01T00:00:00Z"}), "#/given"),
        ("consent", json!({"scope": "ICM-1", "given": "1999-01-01T00:00:00Z"}), "#/given"),
        ("consent", json!({"scope": ""}), "#/scope"),
        ("consent", json!({"scope": "<b>all</b>"}), "#/scope"),
        ("contacts", json!({"minutes": 65_535, "mode": "PHONE", "two_way": true}), "#/minutes"),
        ("contacts", json!({"minutes": 65_536, "mode": "PHONE", "two_way": true}), "#/minutes"),
        ("care-task", json!({"code": "x".repeat(3_000), "status": "SENT"}), "#/code"),
        ("notice", notice("sent_on", "1900-01-01"), "#/sent_on"),
        ("notice", notice("review_on", "2999-01-01"), "#/review_on"),
    ]
}

#[test]
fn times_and_numbers_of_commands_are_bounded_and_the_field_is_named() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    let before = flow.record(&member);
    for (name, body, pointer) in absurd() {
        let path = format!("/v1/cases/m1/{PROGRAM}/{name}");
        let (status, text) = post(&flow, &everybody(), &path, &body.to_string());
        assert_eq!(status, 400, "{name} {body}: {text}");
        let problem = problem(&text);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{name} {body}: {text}");
        assert!(!problem["errors"][0]["detail"].as_str().unwrap().is_empty());
    }
    assert_eq!(flow.record(&member), before, "nothing of it stands anywhere");
}

#[test]
fn what_can_be_meant_is_taken() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    let start = flow.now().day().plus(14).to_string();
    assert_eq!(flow.command(&member, "enrol", json!({"start": start})).0, 200);
    let other = flow.identified("m2");
    flow.queue();
    flow.queue();
    let yesterday = flow.now().plus_hours(-20).to_string();
    let ahead = flow.now().plus_days(3).to_string();
    let attempt =
        json!({"channel": "call", "outcome": "CALLBACK_SCHEDULED", "at": yesterday, "call_back": ahead});
    assert_eq!(flow.command(&other, "attempts", attempt).0, 200);
}

#[test]
fn nothing_that_is_too_long_for_a_key_is_a_server_error() {
    let flow = Flow::new();
    flow.identified("m1");
    let long = "x".repeat(3_000);
    let all = everybody();
    for path in [
        format!("/v1/worklist?program={long}"),
        format!("/v1/worklist?county={long}"),
        format!("/v1/worklist?cursor={}", "61".repeat(2_000)),
        format!("/v1/worklist?status=OUTREACH&sort=priority&cursor={}", "61".repeat(2_000)),
        format!("/v1/cases/m1/{long}"),
        format!("/v1/members/{long}"),
        format!("/v1/audit?member={long}"),
        format!("/v1/quarantine/{long}"),
        format!("/v1/quarantine/queue:facts?after={long}"),
        format!("/v1/reports/{long}"),
        format!("/v1/criteria/whatif/{long}"),
        format!("/console/worklist?program={long}"),
    ] {
        let (status, text) = get(&flow, &all, &path);
        let named = path.split(&long).next().unwrap_or_default();
        assert!(status == 400 || status == 404, "{named}: {status}");
        assert!(!text.contains(&long), "{named} repeats what was sent");
    }
    for (path, body) in [
        (format!("/v1/cases/m1/{long}/hold"), json!({"reason": "MEMBER_REQUEST"})),
        ("/v1/worklist/views".to_owned(), json!({"name": "a", "list": {"county": long}})),
        ("/v1/worklist/next".to_owned(), json!({"list": {"program": long}})),
        ("/v1/admin/pause".to_owned(), json!({"scope": {"program": long}, "reason": "X"})),
        ("/v1/admin/criteria".to_owned(), json!({"id": long, "version": "1"})),
        ("/v1/criteria/whatif".to_owned(), json!({"criteria": {"id": long, "version": "1"}})),
    ] {
        let (status, _) = post(&flow, &all, &path, &body.to_string());
        assert!(status == 400 || status == 404, "{} {status}", path.split(&long).next().unwrap_or_default());
    }
}

#[test]
fn only_cells_that_a_team_has_published_are_confirmed() {
    let flow = Flow::new();
    let all = everybody();
    let (_, text) = get(&flow, &all, "/v1/capacity");
    let cell = problem(&text)["cells"][0]["place"].clone();
    let confirm = |place: &Value, points: u64| {
        let body = json!({"place": place, "points": points}).to_string();
        let (status, text) = post(&flow, &all, "/v1/admin/capacity", &body);
        (status, problem(&text)["errors"][0]["pointer"].as_str().map(str::to_owned))
    };
    assert_eq!(confirm(&cell, 12), (200, None));
    assert_eq!(confirm(&cell, 2_000_000), (400, Some("#/points".to_owned())));
    let mut marked = cell.clone();
    marked["county"] = json!("<script>alert(1)</script>");
    assert_eq!(confirm(&marked, 12), (400, Some("#/place/county".to_owned())));
    let mut nowhere = cell;
    nowhere["county"] = json!("Nowhere");
    assert_eq!(confirm(&nowhere, 12), (404, None), "points of it would count for nobody");
}

#[test]
fn nobody_pauses_what_does_not_exist() {
    let flow = Flow::new();
    let all = everybody();
    for scope in [json!({"vendor": "NO-SUCH"}), json!({"program": "NO-SUCH"})] {
        let body = json!({"scope": scope, "reason": "X"}).to_string();
        for act in ["pause", "resume"] {
            assert_eq!(post(&flow, &all, &format!("/v1/admin/{act}"), &body).0, 404, "{act} {scope}");
        }
    }
    let (_, text) = get(&flow, &all, "/v1/switches");
    assert_eq!(problem(&text)["paused"], json!([]));
}

#[test]
fn what_cannot_be_read_at_all_is_a_problem_too() {
    let flow = Flow::new();
    flow.identified("m1");
    let all = everybody();
    let big = "x".repeat(300 * 1024);
    let (status, text) = post(&flow, &all, "/v1/worklist/views", &big);
    assert_eq!((status, problem(&text)["type"].as_str()), (413, Some("urn:icm:problem:too-large")));
    for path in ["/v1/members/%FF", "/v1/cases/%C3%28/ICM", "/v1/worklist?county=%FF"] {
        let (status, text) = ask(&flow, Some(&all), &Method::GET, path, "");
        assert_eq!((status, problem(&text)["status"].as_u64()), (400, Some(400)), "{path}");
    }
    let (status, page) = post(&flow, &all, "/console/views", &big);
    assert_eq!(status, 413);
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("That was too long"), "a page for people");
}

#[test]
fn a_restricted_person_changes_nothing_for_other_lines_of_business() {
    let flow = Flow::new();
    let lines = Lines::Only(BTreeSet::from([LineOfBusiness::Commercial]));
    let who = Identity::staff("com", Role::ALL, lines);
    for (path, body) in [
        ("/v1/admin/pause", json!({"scope": "all", "reason": "X"})),
        ("/v1/admin/modes", json!({"program": "ICM", "mode": "OFF", "daily_cap": 1})),
        ("/v1/admin/breaker", json!({"program": "ICM", "reason": "X"})),
        ("/v1/admin/criteria", json!({"id": "icm-core", "version": "9"})),
        ("/v1/admin/criteria", json!({"id": "icm-core", "version": "9", "lines_of_business": ["MEDICAID"]})),
    ] {
        assert_eq!(post(&flow, &who, path, &body.to_string()).0, 403, "{path} {body}");
    }
    let own = json!({"id": "icm-com", "version": "9", "lines_of_business": ["COMMERCIAL"],
        "effective_from": "2026-08-01"});
    let (status, text) = post(&flow, &who, "/v1/admin/criteria", &own.to_string());
    assert!(status == 200 || text.contains("active together"), "one's own line: {status} {text}");
}
