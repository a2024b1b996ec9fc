//! What vendors, members and staff say when it crosses what the system does meanwhile: nothing that concerns the member's
//! will or life is lost, and nobody is asked or told too early (FACTS §5.3, §5.4, §7, §8).

use crate::flow::{Flow, vendors};
use icm_casework::freshness;
use icm_domain::case::reason::ReviewReason;
use icm_domain::ids::{MemberId, VendorId};
use icm_domain::program::definition::Mode;
use icm_ports::Destination;
use icm_testkit::run;
use serde_json::{Value, json};

/// A member whom the first vendor serves.
pub(crate) fn active(flow: &Flow, name: &str) -> (MemberId, VendorId) {
    let (member, vendor) = flow.offered(name);
    let said =
        [("received", json!({})), ("accepted", json!({})), ("enrolled", json!({"start": "2026-06-30"}))];
    for (sequence, (kind, data)) in (1..).zip(said) {
        flow.receive(Flow::reply(&vendor, name, sequence, kind, data));
    }
    assert_eq!(flow.status(&member), "ACTIVE");
    (member, vendor)
}

/// Days pass; sources stay fresh, queue and relay run each day.
pub(crate) fn days(flow: &Flow, count: i32) {
    for _ in 0..count {
        flow.later(24 * 60);
        for kind in freshness::KINDS {
            run(freshness::advance(&flow.world.open(), kind, "test", flow.now().day(), flow.now())).unwrap();
        }
        flow.queue();
        run(flow.sweep_through(flow.world.open()));
    }
}

fn said_to(flow: &Flow, vendor: &VendorId) -> Vec<String> {
    flow.types_to(&Destination::Vendor(vendor.clone()))
}

/// What changed, by the updates that a vendor got.
fn updates(flow: &Flow, vendor: &VendorId) -> Vec<Value> {
    flow.relay();
    let sent = flow.sent_to(&Destination::Vendor(vendor.clone()));
    let updates = sent.iter().filter(|message| message["type"] == "icm.referral.updated.v1");
    updates.map(|message| message["data"]["change"].clone()).collect()
}

#[test]
fn what_a_vendor_tells_of_the_end_of_its_service_counts_when_it_crosses_our_recall() {
    for (kind, data, status) in [
        ("declined", json!({}), "DECLINED"),
        ("disenrolled", json!({"reason": "DECLINED_AFTER_ENROLL"}), "DECLINED"),
        ("graduated", json!({}), "REVIEW"),
        ("disenrolled", json!({"reason": "HOSPICE"}), "REVIEW"),
        ("disenrolled", json!({"reason": "MOVED_OUT_OF_AREA"}), "REVIEW"),
    ] {
        let flow = Flow::new();
        let (member, vendor) = active(&flow, "m1");
        assert_eq!(flow.command(&member, "recall", json!({})).0, 200);
        flow.receive(Flow::reply(&vendor, "m1", 4, kind, data.clone()));
        days(&flow, 3);
        assert_eq!(flow.status(&member), status, "{kind} {data}");
        assert_eq!(
            said_to(&flow, &vendors()[1]),
            Vec::<String>::new(),
            "nobody else is asked: {kind} {data}"
        );
        flow.assert_log_explains(&member);
    }
}

#[test]
fn a_reply_that_waits_for_a_missing_one_reaches_a_person_also_after_a_recall() {
    let flow = Flow::new();
    let (member, vendor) = active(&flow, "m1");
    flow.receive(Flow::reply(&vendor, "m1", 5, "declined", json!({})));
    assert_eq!(flow.command(&member, "recall", json!({})).0, 200);
    flow.later(5 * 60);
    flow.queue();
    assert!(flow.case(&member).reviews.is_empty(), "looked at by the day");
    days(&flow, 2);
    assert_eq!(flow.case(&member).reviews, [ReviewReason::SequenceGap]);
    assert_eq!(flow.status(&member), "QUEUED", "nobody else is asked before it is read");
    assert_eq!(flow.command(&member, "skip-gap", json!({})).0, 200);
    assert_eq!(flow.status(&member), "DECLINED", "the member's word is heard");
}

#[test]
fn a_vendor_that_was_told_of_a_pause_is_told_of_its_end_whoever_ends_it() {
    let flow = Flow::new();
    let (member, vendor) = active(&flow, "m1");
    flow.receive(Flow::reply(&vendor, "m1", 4, "disenrolled", json!({"reason": "DECEASED"})));
    assert_eq!(flow.status(&member), "ON_HOLD");
    assert_eq!(flow.command(&member, "review", json!({"verdict": "CONTINUE"})).0, 200);
    assert_eq!(
        (flow.status(&member), updates(&flow, &vendor)),
        ("ACTIVE", vec![json!("HOLD"), json!("RESUMED")])
    );
    // The same when a pause has reached its limit and a person lets the service go on.
    assert_eq!(flow.command(&member, "hold", json!({"reason": "MEMBER_REQUEST"})).0, 200);
    days(&flow, 62);
    assert_eq!(flow.status(&member), "REVIEW");
    assert_eq!(flow.command(&member, "review", json!({"verdict": "CONTINUE"})).0, 200);
    assert_eq!(flow.status(&member), "ACTIVE");
    assert_eq!(updates(&flow, &vendor).last(), Some(&json!("RESUMED")));
    flow.assert_log_explains(&member);
}

#[test]
fn a_death_that_is_told_before_the_vendor_accepted_stops_everything_and_a_no_is_looked_at() {
    let told = |kind: &str, data: Value| {
        let flow = Flow::new();
        let (member, vendor) = flow.offered("m1");
        flow.receive(Flow::reply(&vendor, "m1", 1, "received", json!({})));
        flow.receive(Flow::reply(&vendor, "m1", 2, kind, data));
        days(&flow, 10);
        (flow, member)
    };
    let (flow, member) = told("disenrolled", json!({"reason": "DECEASED"}));
    assert_eq!(flow.status(&member), "ON_HOLD");
    assert!(flow.case(&member).reviews.contains(&ReviewReason::DeathReported));
    assert_eq!(said_to(&flow, &vendors()[1]), Vec::<String>::new());
    let (flow, member) = told("declined", json!({}));
    assert!(flow.case(&member).reviews.contains(&ReviewReason::VendorRejected));
}

#[test]
fn a_vendor_hears_nothing_of_a_member_before_the_offer_and_no_offer_leaves_during_a_pause() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    flow.mode(Mode::Live, 0);
    assert_eq!(flow.command(&member, "enrol", json!({})).0, 200);
    assert_eq!(flow.command(&member, "stop", json!({"channels": ["text"]})).0, 200);
    flow.relay();
    let vendor = flow.case(&member).assignment.unwrap().vendor;
    assert_eq!(said_to(&flow, &vendor), Vec::<String>::new(), "the offer is held by the cap of the day");
    assert_eq!(flow.command(&member, "hold", json!({"reason": "DEATH_REPORTED"})).0, 200);
    flow.mode(Mode::Live, 100);
    days(&flow, 2);
    assert_eq!(said_to(&flow, &vendor), Vec::<String>::new(), "said to have died");
    assert_eq!(flow.command(&member, "review", json!({"verdict": "CONTINUE"})).0, 200);
    days(&flow, 2);
    let said = said_to(&flow, &vendor);
    assert_eq!(said[0], "icm.referral.offered.v1");
    assert!(said[1..].iter().all(|kind| kind == "icm.referral.updated.v1"), "{said:?}");
    flow.assert_log_explains(&member);
}

#[test]
fn the_quiet_that_a_member_asked_for_outlasts_the_rejection_of_a_vendor() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    assert_eq!(flow.command(&member, "hold", json!({"reason": "MEMBER_REQUEST"})).0, 200);
    flow.receive(Flow::reply(&vendor, "m1", 1, "rejected", json!({"reason": "INCOMPLETE_MESSAGE"})));
    assert_eq!(flow.status(&member), "ON_HOLD");
    assert_eq!(flow.case(&member).reviews, [ReviewReason::VendorRejected]);
    days(&flow, 2);
    assert_eq!(flow.status(&member), "ON_HOLD");
    assert_eq!(flow.command(&member, "resume", json!({})).0, 200);
    assert_eq!(flow.status(&member), "REVIEW", "nobody else is asked before a person has looked");
    assert_eq!(flow.command(&member, "review", json!({"verdict": "REQUEUE"})).0, 200);
    days(&flow, 2);
    assert_eq!(said_to(&flow, &vendors()[1]), ["icm.referral.offered.v1"]);
    flow.assert_log_explains(&member);
}

#[test]
fn a_stop_that_the_member_says_in_a_call_that_was_called_back_is_taken_down() {
    let flow = Flow::new();
    let member = flow.called("m1");
    let task = flow.case(&member).open_tasks[0].effect.as_str().to_owned();
    assert_eq!(flow.command(&member, "hold", json!({"reason": "PROVIDER_REQUEST"})).0, 200);
    let stop = json!({"channel": "call", "outcome": "REQUESTED_STOP", "phone": "312-555-0100", "task": task});
    assert_eq!(flow.command(&member, "attempts", stop.clone()).0, 200);
    assert!(!flow.case(&member).contact.allows(icm_domain::facts::Channel::Call));
    assert_eq!(flow.command(&member, "attempts", stop).0, 422, "told once");
}

#[test]
fn a_person_is_served_under_the_new_id_as_under_the_old_one() {
    use icm_domain::facts::Fact;
    let flow = Flow::new();
    let old = flow.identified("m1");
    flow.queue();
    flow.queue();
    let new = Flow::member("m2");
    let received = flow.now().day();
    flow.tell(&old, &[Fact::Alias { received, other: new.clone() }]);
    flow.tell(&new, &[Fact::Alias { received, other: old.clone() }]);
    let get = |path: &str| flow.request(http::Request::get(path).body(axum::body::Body::empty()).unwrap());
    let (status, page) = get("/v1/members/m2");
    assert_eq!((status, &page["cases"][0]["case"]["status"]), (200, &json!("OUTREACH")), "{page}");
    assert_eq!(get("/v1/cases/m2/ICM").0, 200);
    assert_eq!(flow.command(&new, "stop", json!({})).0, 200, "said by somebody who holds the new card");
    assert_eq!(flow.status(&old), "DECLINED");
}

#[test]
fn who_had_no_place_is_asked_again_when_a_person_says_so() {
    let flow = Flow::new();
    let (member, first) = flow.offered("m1");
    flow.receive(Flow::reply(&first, "m1", 1, "rejected", json!({"reason": "NO_CAPACITY"})));
    days(&flow, 2);
    let second = flow.case(&member).assignment.unwrap().vendor;
    flow.receive(Flow::reply(&second, "m1", 1, "rejected", json!({"reason": "NO_CAPACITY"})));
    days(&flow, 2);
    assert_eq!(flow.status(&member), "PENDED_CAPACITY", "nobody is left");
    assert_eq!(flow.command(&member, "review", json!({"verdict": "REQUEUE"})).0, 200);
    days(&flow, 2);
    assert_eq!(flow.case(&member).assignment.unwrap().vendor, first);
    let offers = flow.sent_to(&Destination::Vendor(first.clone()));
    let offers: Vec<&Value> =
        offers.iter().filter(|sent| sent["type"] == "icm.referral.offered.v1").collect();
    assert_eq!((offers.len(), &offers[1]["data"]["reply_sequence"]), (2, &json!(2)), "the count goes on");
    flow.receive(Flow::reply(&first, "m1", 2, "accepted", json!({})));
    assert_eq!(flow.status(&member), "VENDOR_ACCEPTED");
    flow.assert_log_explains(&member);
}
