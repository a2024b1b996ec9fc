//! The daily comparison with a vendor's roster: parts in any order, repeated, missing, contradicting; what is found.

use crate::flow::{Flow, vendors};
use axum::body::{Body, to_bytes};
use http::Request;
use icm_contract::vendor::roster::hash;
use icm_domain::case::reason::ReviewReason;
use icm_domain::ids::VendorId;
use icm_ports::Destination;
use icm_testkit::run;
use serde_json::{Value, json};
use tower::ServiceExt;

/// A part of a snapshot that lists these cases, taken at noon after everything of the test.
fn part(id: &str, (number, parts): (u32, u32), all: &[(&str, &str)], own: &[(&str, &str)]) -> Value {
    let lines: Vec<Value> =
        own.iter().map(|(case, state)| json!({"case_id": case, "state": state})).collect();
    json!({
        "specversion": "1.0", "id": format!("{id}-{number}"), "source": "urn:v",
        "type": "icm.vendor.roster.snapshot.v1", "subject": "", "time": "2026-06-30T23:00:00Z", "sequence": number,
        "data": {"snapshot_id": id, "as_of": "2026-06-30", "part": number, "parts": parts, "count": all.len(),
                 "hash": hash(all.iter().copied()), "lines": lines},
    })
}

fn send(flow: &Flow, vendor: &VendorId, body: &Value) {
    flow.receive(Flow::message(vendor, &body.to_string()));
}

/// A flow with three members accepted by the first vendor.
fn served() -> (Flow, VendorId) {
    let flow = Flow::new();
    for name in ["a", "b", "c"] {
        let (_, vendor) = flow.offered(name);
        assert_eq!(vendor, vendors()[0]);
        for (sequence, kind) in [(1, "received"), (2, "accepted")] {
            flow.receive(Flow::reply(&vendor, name, sequence, kind, json!({})));
        }
    }
    (flow, vendors()[0].clone())
}

fn report(flow: &Flow, vendor: &VendorId) -> Option<icm_casework::reports::RosterReport> {
    run(icm_casework::reports::roster(&flow.world.open(), vendor)).unwrap()
}

fn counts(flow: &Flow, vendor: &VendorId) -> Vec<(String, u64)> {
    let report = report(flow, vendor).unwrap();
    report.counts.iter().map(|(finding, count)| (finding.as_ref().to_owned(), *count)).collect()
}

fn answers(flow: &Flow, vendor: &VendorId) -> Vec<String> {
    flow.relay();
    let sent = flow.sent_to(&Destination::Vendor(vendor.clone()));
    let of_rosters = sent.iter().filter(|message| message["subject"] == "");
    of_rosters.map(|message| message["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_roster_in_parts_out_of_order_and_repeated_finds_each_kind_once_and_changes_no_case() {
    let (flow, vendor) = served();
    let all = [("case-a", "ACCEPTED"), ("case-b", "ACTIVE"), ("case-z", "ACTIVE")];
    let before: Vec<&str> = ["a", "b", "c"].map(|name| flow.status(&Flow::member(name))).to_vec();
    let (first, second) = (part("S1", (1, 2), &all, &all[..2]), part("S1", (2, 2), &all, &all[2..]));
    for body in [&second, &second, &first, &first, &second] {
        send(&flow, &vendor, body);
    }
    let found = counts(&flow, &vendor);
    let expected = [("MATCH", 1), ("MISSING_AT_VENDOR", 1), ("STATE_CONFLICT", 1), ("UNKNOWN_TO_US", 1)];
    assert_eq!(found, expected.map(|(finding, count)| (finding.to_owned(), count)));
    let after: Vec<&str> = ["a", "b", "c"].map(|name| flow.status(&Flow::member(name))).to_vec();
    assert_eq!(before, after);
    let reviews = |name| flow.case(&Flow::member(name)).reviews;
    assert_eq!(reviews("a"), []);
    assert_eq!(reviews("b"), [ReviewReason::RosterConflict]);
    assert_eq!(reviews("c"), [ReviewReason::RosterMissing]);
    assert_eq!(answers(&flow, &vendor), ["icm.reply.accepted.v1", "icm.reply.accepted.v1"]);
    flow.relay();
    let tasks = flow.sent_to(&Destination::Outreach);
    let asked =
        tasks.iter().filter(|task| task["data"]["review"].as_str().is_some_and(|r| r.starts_with("ROSTER")));
    assert_eq!(asked.count(), 2);
    let state = flow.world.state();
    assert!(state.audit.values().any(|line| line.body.text.contains("ROSTER_RECONCILED")));
    drop(state);
    for name in ["a", "b", "c"] {
        flow.assert_log_explains(&Flow::member(name));
    }
}

#[test]
fn while_a_part_is_missing_nothing_is_concluded_and_the_next_day_s_snapshot_takes_its_place() {
    let (flow, vendor) = served();
    let all = [("case-a", "ACCEPTED"), ("case-b", "ACCEPTED"), ("case-c", "ACCEPTED")];
    send(&flow, &vendor, &part("S1", (1, 2), &all, &all[..2]));
    assert_eq!(report(&flow, &vendor), None);
    assert_eq!(flow.case(&Flow::member("c")).reviews, []);
    send(&flow, &vendor, &part("S2", (1, 1), &all, &all));
    assert_eq!(counts(&flow, &vendor), [("MATCH".to_owned(), 3)]);
}

#[test]
fn a_wrong_hash_and_a_part_that_contradicts_itself_are_refused_and_nothing_is_concluded() {
    let (flow, vendor) = served();
    let all = [("case-a", "ACCEPTED")];
    let mut wrong = part("S1", (1, 1), &all, &all);
    wrong["data"]["hash"] = json!("0".repeat(64));
    send(&flow, &vendor, &wrong);
    assert_eq!(report(&flow, &vendor), None);
    let other = [("case-b", "ACCEPTED")];
    send(&flow, &vendor, &part("S2", (1, 2), &all, &all));
    let mut contradicting = part("S2", (1, 2), &all, &other);
    contradicting["id"] = json!("S2-1-again");
    send(&flow, &vendor, &contradicting);
    assert_eq!(report(&flow, &vendor), None);
    let told = answers(&flow, &vendor);
    assert_eq!(told.iter().filter(|kind| *kind == "icm.reply.rejected.v1").count(), 2);
    assert_eq!(flow.case(&Flow::member("c")).reviews, []);
}

#[test]
fn a_case_that_moved_after_the_snapshot_was_taken_is_left_out() {
    let (flow, vendor) = served();
    let mut early = part("S1", (1, 1), &[], &[]);
    early["time"] = json!("2026-06-30T01:00:00Z");
    send(&flow, &vendor, &early);
    let report = report(&flow, &vendor).unwrap();
    assert_eq!((report.in_motion, report.counts.len()), (3, 0));
    assert_eq!(flow.case(&Flow::member("a")).reviews, []);
}

#[test]
fn a_case_that_was_taken_back_and_is_listed_still_is_asked_about_once() {
    let (flow, vendor) = served();
    let member = Flow::member("a");
    assert_eq!(flow.command(&member, "close", json!({ "reason": "DATA_ERROR" })).0, 200);
    let calls = |flow: &Flow| {
        flow.relay();
        let tasks = flow.sent_to(&Destination::Outreach);
        tasks.iter().filter(|task| task["data"]["task"] == "CALL_VENDOR").count()
    };
    assert_eq!(calls(&flow), 0);
    let all = [("case-a", "ACTIVE"), ("case-b", "ACCEPTED"), ("case-c", "ACCEPTED"), ("case-z", "ACTIVE")];
    for snapshot in ["S1", "S2"] {
        send(&flow, &vendor, &part(snapshot, (1, 1), &all, &all));
        assert_eq!(calls(&flow), 1, "{snapshot}");
    }
    flow.assert_log_explains(&member);
}

#[test]
fn the_case_of_another_vendor_is_unknown_and_stays_untouched() {
    let (flow, first) = served();
    let other = vendors().into_iter().find(|vendor| *vendor != first).unwrap();
    let all = [("case-a", "ON_HOLD")];
    send(&flow, &other, &part("S1", (1, 1), &all, &all));
    assert_eq!(counts(&flow, &other), [("UNKNOWN_TO_US".to_owned(), 1)]);
    assert_eq!(flow.case(&Flow::member("a")).reviews, []);
    let report = report(&flow, &other).unwrap();
    assert_eq!(report.differences[0].ours, None);
}

fn page(flow: &Flow, path: &str) -> String {
    run(async {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = flow.router(flow.world.open()).oneshot(request).await.unwrap();
        String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
    })
}

/// An empty list of a vendor with many cases is likelier a broken export than a vendor who let everybody go: it asks nobody
/// about single cases, and the next one that says the same is believed.
#[test]
fn a_list_that_misses_very_many_is_not_believed_until_the_next_one_says_the_same() {
    let flow = Flow::new();
    let vendor = vendors()[0].clone();
    let all = (0..30).map(|nth| format!("n{nth}"));
    let names: Vec<String> = all.filter(|name| flow.offered(name).1 == vendor).collect();
    let held = names.len();
    assert!(held > 20, "{held} with {vendor:?}");
    let asked = |flow: &Flow| {
        names
            .iter()
            .filter(|name| flow.case(&Flow::member(name)).reviews == [ReviewReason::RosterMissing])
            .count()
    };
    send(&flow, &vendor, &part("S1", (1, 1), &[], &[]));
    assert!(report(&flow, &vendor).unwrap().doubted, "{:?}", counts(&flow, &vendor));
    assert_eq!(
        (asked(&flow), counts(&flow, &vendor)),
        (0, vec![("MISSING_AT_VENDOR".to_owned(), held as u64)])
    );
    // Delivered once more it is the same list and no second word.
    send(&flow, &vendor, &part("S1", (1, 1), &[], &[]));
    assert_eq!(asked(&flow), 0);
    let board = page(&flow, "/console/vendors");
    assert!(board.contains("not believed yet") && board.contains(&format!("{held} not on it")), "{board}");
    send(&flow, &vendor, &part("S2", (1, 1), &[], &[]));
    assert!(!report(&flow, &vendor).unwrap().doubted);
    assert_eq!(asked(&flow), held);
}
