//! Slips of vendors' systems: clocks that are wrong, numbers that are no numbers of the case, ids that are used again.

use crate::crossings::{active, days};
use crate::flow::Flow;
use icm_casework::person::ledger_of;
use icm_contract::vendor::roster::hash;
use icm_domain::case::reason::ReviewReason;
use icm_domain::ids::VendorId;
use icm_ports::Destination;
use icm_testkit::run;
use serde_json::{Value, json};

/// A reply with an id and a time of its own.
fn reply(vendor: &VendorId, (id, time): (&str, &str), sequence: u64, kind: &str, data: Value) -> Value {
    let body = json!({
        "specversion": "1.0", "id": id, "source": "urn:v", "type": format!("icm.vendor.{kind}.v1"),
        "subject": "case-m1", "time": time, "sequence": sequence, "data": data,
    });
    Flow::message(vendor, &body.to_string())
}

fn answers(flow: &Flow, vendor: &VendorId) -> Vec<String> {
    flow.relay();
    let sent = flow.types_to(&Destination::Vendor(vendor.clone()));
    sent.into_iter().filter(|kind| kind.starts_with("icm.reply.")).collect()
}

#[test]
fn a_clock_that_runs_ahead_stops_no_clock_of_ours_and_forgets_no_contact() {
    let flow = Flow::new();
    let (member, vendor) = active(&flow, "m1");
    let touches = || {
        let state = flow.world.state();
        ledger_of(&state.members.get(&member).unwrap().head.ledger).touches().len()
    };
    let before = touches();
    let spoke = json!({"minutes": 10, "mode": "PHONE", "two_way": true});
    flow.receive(reply(&vendor, ("x", "2099-01-01T00:00:00Z"), 4, "contact.completed", spoke));
    assert_eq!(touches(), before + 1);
    assert_eq!(flow.case(&member).contact.last_two_way, Some(flow.now()));
    days(&flow, 32);
    assert!(flow.case(&member).reviews.contains(&ReviewReason::DoseLapsed));
}

#[test]
fn a_service_that_begins_in_another_century_has_not_begun() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    flow.receive(Flow::reply(&vendor, "m1", 1, "accepted", json!({})));
    flow.receive(Flow::reply(&vendor, "m1", 2, "enrolled", json!({"start": "2062-06-30"})));
    assert_eq!(flow.status(&member), "VENDOR_ACCEPTED");
    flow.receive(Flow::reply(&vendor, "m1", 3, "enrolled", json!({"start": "2026-07-06"})));
    assert_eq!(flow.status(&member), "ACTIVE", "announced for next week");
}

#[test]
fn a_number_that_is_none_of_the_case_is_refused_and_closes_nothing() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    for number in [u64::MAX, 1_782_831_600_000, 1_002] {
        flow.receive(Flow::reply(&vendor, "m1", number, "accepted", json!({})));
    }
    assert_eq!(answers(&flow, &vendor), ["icm.reply.rejected.v1"; 3]);
    assert_eq!(flow.command(&member, "skip-gap", json!({})).0, 422, "nothing waits");
    flow.receive(Flow::reply(&vendor, "m1", 1, "accepted", json!({})));
    assert_eq!(flow.status(&member), "VENDOR_ACCEPTED");
}

#[test]
fn another_message_under_a_used_id_is_answered_and_the_very_message_is_not_answered_twice() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    let at = "2026-06-30T15:00:00Z";
    let received = reply(&vendor, ("case-m1", at), 1, "received", json!({}));
    flow.receive(received.clone());
    flow.receive(received);
    assert_eq!(answers(&flow, &vendor), ["icm.reply.accepted.v1"]);
    flow.receive(reply(&vendor, ("case-m1", at), 2, "accepted", json!({})));
    assert_eq!(answers(&flow, &vendor), ["icm.reply.accepted.v1", "icm.reply.rejected.v1"]);
    assert_eq!(flow.status(&member), "ENROLLED");
}

#[test]
fn a_roster_that_states_a_later_hour_than_now_stands_before_no_other() {
    let flow = Flow::new();
    let (_, vendor) = flow.offered("m1");
    let roster = |id: &str, time: &str| {
        let body = json!({"specversion": "1.0", "id": id, "source": "urn:v",
            "type": "icm.vendor.roster.snapshot.v1", "subject": "", "time": time, "sequence": 1,
            "data": {"snapshot_id": id, "as_of": "2026-06-30", "part": 1, "parts": 1, "count": 0,
                     "hash": hash([]), "lines": []}});
        Flow::message(&vendor, &body.to_string())
    };
    flow.receive(roster("S-2099", "2099-06-30T23:00:00Z"));
    flow.later(24 * 60);
    flow.receive(roster("S-2", "2026-07-01T12:00:00Z"));
    let report = run(icm_casework::reports::roster(&flow.world.open(), &vendor)).unwrap().unwrap();
    assert_eq!(report.snapshot, "S-2");
}
