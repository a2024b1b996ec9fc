//! What happens between a commit and its sending.

use crate::flow::Flow;
use icm_casework::freshness;
use icm_domain::day::Day;
use icm_domain::facts::{Coverage, Fact, LineOfBusiness, Preference, PreferenceKind};
use icm_domain::phi::Phi;
use icm_domain::program::definition::Mode;
use icm_ports::{Destination, EffectStatus};
use icm_testkit::run;
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

#[test]
fn coverage_that_ends_and_begins_by_its_own_dates_is_heard() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let span = |thru: Option<Day>, received: Day| {
        Fact::Coverage(Coverage {
            source: "elig".into(),
            received,
            lob: LineOfBusiness::Medicaid,
            from: Day::parse("2026-01-01").unwrap(),
            thru,
            retracted: false,
        })
    };
    let today = flow.now().day();
    flow.tell(&member, &[span(Some(today.plus(2)), today)]);
    for _ in 0..4 {
        flow.later(24 * 60);
        flow.queue();
    }
    assert!(!flow.case(&member).coverage.covered);
    assert_eq!(flow.status(&member), "ON_HOLD");
    flow.tell(&member, &[span(None, flow.now().day())]);
    for _ in 0..2 {
        flow.later(24 * 60);
        flow.queue();
    }
    assert!(flow.case(&member).coverage.covered);
    assert_eq!(flow.status(&member), "OUTREACH");
    flow.assert_log_explains(&member);
}

#[test]
fn no_clock_of_a_vendor_runs_on_an_offer_that_has_not_left() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    flow.mode(Mode::Shadow, 100);
    assert_eq!(flow.command(&member, "enrol", json!({})).0, 200);
    for _ in 0..10 {
        flow.later(24 * 60);
        flow.queue();
        run(flow.sweep_through(flow.world.open()));
    }
    let case = flow.case(&member);
    let offered = case.assignment.clone().unwrap();
    assert!(!offered.warned && !offered.resent && !offered.escalated);
    assert!(case.reviews.is_empty() && case.former.is_empty(), "{:?} {:?}", case.reviews, case.former);
    flow.mode(Mode::Live, 100);
    for kind in freshness::KINDS {
        run(freshness::advance(&flow.world.open(), kind, "test", flow.now().day(), flow.now())).unwrap();
    }
    flow.later(20);
    run(flow.sweep_through(flow.world.open()));
    flow.later(5 * 60);
    flow.queue();
    let warned = flow.case(&member).assignment.unwrap();
    assert!(warned.warned && !warned.resent, "from the sending on they run");
}

#[test]
fn a_hold_takes_no_days_of_the_cadence() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    assert_eq!(flow.command(&member, "hold", json!({"reason": "MEMBER_REQUEST"})).0, 200);
    flow.later(35 * 24 * 60);
    assert_eq!(flow.command(&member, "resume", json!({})).0, 200);
    assert_eq!(flow.status(&member), "OUTREACH", "nobody has tried to reach the member yet");
    assert_eq!(flow.case(&member).open_tasks.len(), 1);
}

#[test]
fn a_wrong_number_that_nobody_names_is_the_one_that_was_dialled() {
    let flow = Flow::new();
    let member = flow.called("m1");
    let attempt = json!({"channel": "call", "outcome": "WRONG_NUMBER"});
    assert_eq!(flow.command(&member, "attempts", attempt).0, 200);
    let unusable = flow.case(&member).contact.unusable;
    assert_eq!(unusable.len(), 1, "it is never dialled again");
}

#[test]
fn a_call_back_that_the_member_asked_for_is_made_whatever_the_caps_say() {
    let flow = Flow::new();
    let member = flow.called("m1");
    let asked = flow.now().plus_hours(3);
    let task = flow.case(&member).open_tasks[0].effect.clone();
    let attempt = json!({"channel": "call", "outcome": "CALLBACK_SCHEDULED", "call_back": asked, "task": task.as_str()});
    assert_eq!(flow.command(&member, "attempts", attempt).0, 200);
    let calls = || {
        let sent = flow.sent_to(&Destination::Outreach);
        sent.iter().filter(|message| message["data"]["channel"] == "call").count()
    };
    let before = calls();
    flow.later(3 * 60 + 5);
    flow.queue();
    flow.relay();
    run(flow.sweep_through(flow.world.open()));
    assert_eq!(calls(), before + 1, "within a day of the first call, because the member named the time");
    assert_eq!(flow.case(&member).open_tasks[0].asked, Some(asked));
}

#[test]
fn a_key_that_was_used_for_another_wish_is_refused_and_the_same_wish_is_repeated() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    flow.queue();
    let post = |name: &str, body: serde_json::Value| {
        let path = format!("/v1/cases/{}/ICM/{name}", member.as_str());
        let request = http::Request::post(path).header("idempotency-key", "k1");
        flow.request(request.body(axum::body::Body::from(body.to_string())).unwrap()).0
    };
    let busy = json!({"channel": "call", "outcome": "BUSY"});
    assert_eq!(post("attempts", busy.clone()), 200);
    assert_eq!(post("attempts", busy), 200, "an answer that was lost");
    assert_eq!(post("attempts", json!({"channel": "call", "outcome": "REQUESTED_STOP"})), 409);
    assert_eq!(post("stop", json!({"channels": ["text"]})), 200);
    assert_eq!(post("stop", json!({})), 409, "a stop of everything is another wish");
    assert_eq!(flow.case(&member).contact.attempts, 1);
}
