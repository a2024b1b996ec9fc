//! The path itself.

use crate::flow::{Flow, vendors};
use icm_domain::ids::VendorId;
use icm_ports::Destination;
use icm_testkit::run;
use serde_json::json;

#[test]
fn a_case_walks_from_identified_to_active() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    assert_eq!(flow.status(&member), "ENROLLED");
    assert_eq!(vendor, vendors()[0]);
    let to = Destination::Vendor(vendor.clone());
    let offer = &flow.sent_to(&to)[0];
    assert_eq!(offer["type"], "icm.referral.offered.v1");
    assert_eq!(offer["subject"], "case-m1");
    assert_eq!(offer["data"]["member"]["phones"][0], "3125550100");
    assert_eq!(offer["data"]["consent"]["scope"], "ICM-1");
    assert_eq!(offer["data"]["reply_sequence"], 1);
    let replies = [
        ("received", json!({}), "ENROLLED"),
        ("accepted", json!({"filler_id": "A1"}), "VENDOR_ACCEPTED"),
        ("enrolled", json!({"start": "2026-06-30"}), "ACTIVE"),
        ("contact.completed", json!({"minutes": 30, "mode": "PHONE", "two_way": true}), "ACTIVE"),
    ];
    for (sequence, (kind, data, status)) in (1..).zip(replies) {
        flow.receive(Flow::reply(&vendor, "m1", sequence, kind, data));
        assert_eq!(flow.status(&member), status, "{kind}");
    }
    assert!(flow.relay().batch_item_failures.is_empty());
    let answers = flow.types_to(&to).iter().filter(|kind| *kind == "icm.reply.accepted.v1").count();
    assert_eq!(answers, 4);
    assert_eq!(flow.taken(), 2);
    flow.assert_log_explains(&member);
}

#[test]
fn the_first_contact_is_one_task_with_the_number_that_may_be_dialled() {
    let flow = Flow::new();
    flow.called("m1");
    flow.relay();
    let tasks = flow.sent_to(&Destination::Outreach);
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0]["type"], "icm.outreach.task.v1");
    assert_eq!(tasks[0]["data"]["channel"], "call");
    assert_eq!(tasks[0]["data"]["phone"], "3125550100");
}

#[test]
fn replies_come_in_any_order_and_twice_and_the_case_is_the_same() {
    let orders = [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 1, 2]];
    let kinds = ["received", "accepted", "enrolled"];
    let mut ends = Vec::new();
    for order in orders {
        let flow = Flow::new();
        let (member, vendor) = flow.offered("m1");
        for sequence in order.into_iter().flat_map(|sequence| [sequence, sequence]) {
            let data = if sequence == 3 { json!({"start": "2026-06-30"}) } else { json!({}) };
            let kind = kinds[usize::try_from(sequence).unwrap() - 1];
            flow.receive(Flow::reply(&vendor, "m1", sequence, kind, data));
        }
        assert_eq!(flow.status(&member), "ACTIVE", "{order:?}");
        flow.assert_log_explains(&member);
        let case = flow.case(&member);
        ends.push((case.status, case.start, case.lead, case.place));
    }
    ends.dedup();
    assert_eq!(ends.len(), 1);
}

#[test]
fn no_capacity_at_the_first_vendor_means_an_offer_to_the_next() {
    let flow = Flow::new();
    let (member, first) = flow.offered("m1");
    flow.receive(Flow::reply(&first, "m1", 1, "rejected", json!({"reason": "NO_CAPACITY"})));
    assert_eq!(flow.status(&member), "QUEUED");
    assert_eq!(flow.taken(), 0);
    flow.queue();
    flow.relay();
    let second = vendors()[1].clone();
    assert_eq!(flow.case(&member).assignment.unwrap().vendor, second);
    let sent = flow.types_to(&Destination::Vendor(second.clone()));
    assert_eq!(sent, ["icm.referral.offered.v1"]);
    flow.receive(Flow::reply(&second, "m1", 1, "accepted", json!({})));
    assert_eq!(flow.status(&member), "VENDOR_ACCEPTED");
    // The first vendor's case is not its any more.
    flow.receive(Flow::reply(&first, "m1", 2, "accepted", json!({})));
    assert_eq!(flow.case(&member).assignment.unwrap().vendor, second);
    flow.assert_log_explains(&member);
}

#[test]
fn a_vendor_cannot_touch_or_learn_of_the_case_of_another() {
    let flow = Flow::new();
    let (member, first) = flow.offered("m1");
    let other = vendors().into_iter().find(|vendor| *vendor != first).unwrap();
    let before = flow.case(&member);
    for subject in ["m1", "nobody"] {
        flow.receive(Flow::reply(&other, subject, 1, "accepted", json!({})));
    }
    flow.relay();
    assert_eq!(flow.case(&member), before);
    let answers = flow.sent_to(&Destination::Vendor(other));
    let said: Vec<(&str, u64)> = answers
        .iter()
        .map(|answer| (answer["type"].as_str().unwrap(), answer["data"]["code"].as_u64().unwrap()))
        .collect();
    assert_eq!(said, [("icm.reply.rejected.v1", 4030), ("icm.reply.rejected.v1", 4030)]);
}

#[test]
fn an_unreadable_reply_is_kept_and_answered_once_with_its_path() {
    let flow = Flow::new();
    let (_, vendor) = flow.offered("m1");
    let body = r#"{"specversion":"1.0","id":"x","source":"s","type":"icm.vendor.rejected.v1","subject":"case-m1","time":"2026-06-30T15:00:00Z","sequence":1,"data":{"reason":"SECRET"}}"#;
    flow.receive(Flow::message(&vendor, body));
    flow.receive(Flow::message(&vendor, body));
    flow.relay();
    assert_eq!(flow.world.state().quarantine.len(), 1);
    let answers: Vec<_> = flow
        .sent_to(&Destination::Vendor(vendor))
        .into_iter()
        .filter(|answer| answer["type"] == "icm.reply.rejected.v1")
        .collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["data"]["path"], "$.data.reason");
    assert_eq!(answers[0]["data"]["code"], 5003);
    assert!(!answers[0].to_string().contains("SECRET"));
}

#[test]
fn a_reply_on_the_queue_of_nobody_is_kept_for_a_person() {
    let flow = Flow::new();
    flow.receive(Flow::reply(&VendorId::new("nobody"), "m1", 1, "accepted", json!({})));
    assert_eq!(flow.world.state().quarantine.len(), 1);
}

/// Two majors of the contract beside each other: one vendor changes over, and answers in the old one meanwhile.
#[test]
fn each_vendor_is_written_to_in_its_own_major_and_may_answer_in_either() {
    let flow = Flow::new();
    let (first, second) = (vendors()[0].clone(), vendors()[1].clone());
    let mut changed = crate::flow::catalogue();
    let team = changed.teams.iter_mut().find(|team| team.id == first).unwrap();
    (team.version, team.contract_major) = (2, Some(2));
    run(icm_casework::catalogue::publish(&flow.world.open(), &changed)).unwrap();
    let (member, vendor) = flow.offered("m1");
    assert_eq!(vendor, first);
    let offer = flow.sent_to(&Destination::Vendor(first.clone())).remove(0);
    assert_eq!(offer["type"], "icm.referral.offered.v2");
    assert_eq!(offer["data"]["member"]["name"]["family"], "DOE");
    flow.receive(Flow::reply(&first, "m1", 1, "received", json!({})));
    let mut answer = Flow::reply(&first, "m1", 2, "rejected", json!({"reason": "NO_CAPACITY"}));
    let body = answer["Records"][0]["body"].as_str().unwrap().replace("rejected.v1", "rejected.v2");
    answer["Records"][0]["body"] = json!(body);
    flow.receive(answer);
    flow.queue();
    flow.relay();
    assert_eq!(flow.case(&member).assignment.unwrap().vendor, second);
    let offer = flow.sent_to(&Destination::Vendor(second)).remove(0);
    assert_eq!(offer["type"], "icm.referral.offered.v1");
    assert_eq!(offer["data"]["member"]["name"], "DOE^JANE");
}
