//! What a member asked for reaches whoever must act on it, whatever is paused; an agreed call is planned.

use crate::access::post;
use crate::flow::Flow;
use icm_ports::Destination;
use operations::{Identity, Lines, Role};
use serde_json::json;

#[test]
fn a_stop_reaches_the_vendor_while_everything_is_paused() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("a");
    for (sequence, kind) in [(1, "received"), (2, "accepted")] {
        flow.receive(Flow::reply(&vendor, "a", sequence, kind, json!({})));
    }
    flow.relay();
    let everybody = Identity::staff("all", Role::ALL, Lines::All);
    let pause = json!({"scope": "all", "reason": "TEST"}).to_string();
    assert_eq!(post(&flow, &everybody, "/v1/admin/pause", &pause).0, 200);
    assert_eq!(flow.command(&member, "stop", json!({"channels": ["call", "text"]})).0, 200);
    flow.relay();
    let to = Destination::Vendor(vendor);
    let told = flow.sent_to(&to);
    let last = told.last().unwrap();
    assert_eq!(
        (&last["type"], &last["data"]["change"]),
        (&json!("icm.referral.updated.v1"), &json!("CHANNELS_REFUSED"))
    );
    assert_eq!(last["data"]["member"]["channels_barred"], json!(["call", "text"]));
}

#[test]
fn a_call_agreed_after_the_member_was_reached_is_planned_for_its_time() {
    let flow = Flow::new();
    let member = flow.identified("a");
    flow.queue();
    flow.relay();
    let task = flow.case(&member).open_tasks[0].effect.as_str().to_owned();
    let reached =
        json!({"channel": "call", "outcome": "REACHED_MEMBER", "task": task, "phone": "312-555-0100"});
    assert_eq!(flow.command(&member, "attempts", reached).0, 200);
    assert_eq!(flow.status(&member), "ENGAGED");
    let at = flow.now().plus_hours(24);
    let agreed = json!({"channel": "call", "outcome": "CALLBACK_SCHEDULED", "call_back": at.to_string(), "phone": "312-555-0100"});
    assert_eq!(flow.command(&member, "attempts", agreed).0, 200);
    let case = flow.case(&member);
    let [call] = case.open_tasks.as_slice() else { panic!("{:?}", case.open_tasks) };
    assert_eq!((call.asked, call.not_before), (Some(at), Some(at)));
    flow.later(24 * 60);
    flow.relay();
    let calls = flow.types_to(&Destination::Outreach);
    assert_eq!(calls.iter().filter(|kind| *kind == "icm.outreach.task.v1").count(), 2, "{calls:?}");
    flow.assert_log_explains(&member);
}

/// A call that was handed over counts against the caps when it is called back: the dialler may have made it.
#[test]
fn a_call_that_was_called_back_still_counts_for_the_day() {
    let flow = Flow::new();
    let member = flow.called("m1");
    let calls = |flow: &Flow| {
        flow.types_to(&Destination::Outreach).iter().filter(|kind| *kind == "icm.outreach.task.v1").count()
    };
    assert_eq!(calls(&flow), 1);
    assert_eq!(flow.command(&member, "hold", json!({"reason": "MEMBER_REQUEST"})).0, 200);
    assert_eq!(flow.command(&member, "resume", json!({})).0, 200);
    let pass = |flow: &Flow, minutes: i64| {
        flow.later(minutes);
        flow.queue();
        flow.relay();
        calls(flow)
    };
    assert_eq!(pass(&flow, 60), 1, "a second call on the same day");
    let days: Vec<usize> = (0..4).map(|_| pass(&flow, 24 * 60)).collect();
    assert!(days.contains(&2), "the next call comes on a later day: {days:?}");
}

/// Of two words of one day the stricter one counts: staff hear so, rather than that it was done.
#[test]
fn a_channel_that_was_refused_today_cannot_be_allowed_today() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    let calls = json!({"channels": ["call"]});
    assert_eq!(flow.command(&member, "stop", calls.clone()).0, 200);
    let (status, problem) = flow.command(&member, "allow", calls.clone());
    assert_eq!(status, 409, "{problem}");
    flow.later(24 * 60);
    assert_eq!(flow.command(&member, "allow", calls).0, 200);
}
