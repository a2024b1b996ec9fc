//! What happens between a commit and its sending.

use crate::flow::Flow;
use icm_domain::facts::{Fact, Preference, PreferenceKind};
use icm_domain::phi::Phi;
use icm_ports::{Destination, EffectStatus};
use serde_json::json;

#[test]
fn opt_out_between_commit_and_relay_is_not_sent() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    assert_eq!(flow.status(&member), "OUTREACH");
    assert_eq!(flow.command(&member, "stop", json!({"scope": "PLAN_WIDE"})).0, 200);
    let pending = flow.world.state().members.get(&member).unwrap().effects.clone();
    let tasks: Vec<EffectStatus> = pending
        .values()
        .filter(|held| held.effect.what.id() == "OUTREACH_TASK")
        .map(|held| held.status)
        .collect();
    assert_eq!(tasks, [EffectStatus::Cancelled]);
    flow.relay();
    assert!(!flow.types_to(&Destination::Outreach).contains(&"icm.outreach.task.v1".to_owned()));
    assert_eq!(flow.taken(), 0);
}

#[test]
fn opt_out_between_offer_and_relay_is_not_sent() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    assert_eq!(flow.command(&member, "enrol", json!({})).0, 200);
    let vendor = flow.case(&member).assignment.unwrap().vendor;
    assert_eq!(flow.command(&member, "stop", json!({})).0, 200);
    flow.relay();
    assert!(flow.types_to(&Destination::Vendor(vendor)).is_empty());
    flow.assert_log_explains(&member);
}

#[test]
fn accepted_after_our_cancel_is_rejected_and_the_member_is_recalled() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    assert_eq!(flow.command(&member, "stop", json!({})).0, 200);
    flow.relay();
    flow.receive(Flow::reply(&vendor, "m1", 1, "accepted", json!({})));
    flow.relay();
    let kinds = flow.types_to(&Destination::Vendor(vendor.clone()));
    let own: Vec<&str> = kinds.iter().map(String::as_str).collect();
    assert_eq!(own[..2], ["icm.referral.offered.v1", "icm.referral.cancelled.v1"]);
    assert!(own.contains(&"icm.reply.rejected.v1"));
    assert!(own.contains(&"icm.referral.recalled.v1"));
    let rejected = flow.sent_to(&Destination::Vendor(vendor));
    let rejected = rejected.iter().find(|message| message["type"] == "icm.reply.rejected.v1").unwrap();
    assert_eq!(rejected["data"]["code"], 4033);
    assert!(!flow.case(&member).is_open());
}

#[test]
fn a_confidential_request_between_queue_and_send_replaces_the_number() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let safe = PreferenceKind::SafeContact {
        phone: Some(Phi::new("312-555-0199".into())),
        address: None,
        withdrawn: false,
    };
    flow.tell(&member, &[Fact::Preference(Preference { received: flow.now().day(), what: safe })]);
    flow.relay();
    let task = &flow.sent_to(&Destination::Outreach)[0];
    assert_eq!(task["data"]["phone"], "3125550199");
    assert_eq!(task["data"]["member"]["phones"], json!(["3125550199"]));
    assert_eq!(task["data"]["member"]["address"], json!(null));
    assert_eq!(task["data"]["member"]["confidential"], true);
}

#[test]
fn do_not_contact_stated_by_a_file_stops_the_task_and_the_case_hears_of_it() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let stop = Preference { received: flow.now().day(), what: PreferenceKind::DoNotContact { set: true } };
    flow.tell(&member, &[Fact::Preference(stop)]);
    flow.relay();
    assert!(flow.sent_to(&Destination::Outreach).is_empty());
    assert!(flow.case(&member).open_tasks.is_empty());
    flow.assert_log_explains(&member);
}
