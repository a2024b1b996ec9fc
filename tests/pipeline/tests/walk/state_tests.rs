//! State tests of FACTS §10 through the functions; the same rules are held by the machine's own tests.

use crate::flow::{Flow, catalogue};
use icm_casework::person::Around;
use icm_casework::{Person, freshness};
use icm_domain::case::event::OptOutScope;
use icm_domain::case::required::{Participation, Required};
use icm_domain::day::Day;
use icm_domain::facts::{Channel, Fact, Profile};
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use icm_ports::Destination;
use icm_testkit::run;
use serde_json::json;

/// A world at an instant, its sources fresh.
fn at(text: &str) -> Flow {
    let flow = Flow::new();
    to(&flow, text);
    for kind in freshness::KINDS {
        let through = flow.now().day();
        run(freshness::advance(&flow.world.open(), kind, "test", through, flow.now())).unwrap();
    }
    flow
}

fn to(flow: &Flow, text: &str) {
    let then = Moment::parse(text).unwrap();
    flow.later(then.since(flow.now()) / 60_000);
}

/// Calls sent so far.
fn calls(flow: &Flow) -> usize {
    flow.types_to(&Destination::Outreach).iter().filter(|kind| *kind == "icm.outreach.task.v1").count()
}

/// The calls that are sent when the first task of a member in Chicago is looked at by the relay at this instant.
fn called_at(begin: &str, released: &str) -> usize {
    let flow = at(begin);
    flow.identified("m1");
    flow.queue();
    flow.queue();
    to(&flow, released);
    flow.relay();
    calls(&flow)
}

#[test]
fn on_daylight_saving_days_a_call_leaves_at_2059_and_not_at_2100() {
    // Clocks go back on 2026-11-01: 21:00 in Chicago is 03:00 UTC; forward on 2026-03-08: it is 02:00 UTC.
    assert_eq!(called_at("2026-11-01T16:00:00Z", "2026-11-02T02:59:00Z"), 1);
    assert_eq!(called_at("2026-11-01T16:00:00Z", "2026-11-02T03:00:00Z"), 0);
    assert_eq!(called_at("2027-03-14T16:00:00Z", "2027-03-15T01:59:00Z"), 1);
    assert_eq!(called_at("2027-03-14T16:00:00Z", "2027-03-15T02:00:00Z"), 0);
}

#[test]
fn a_number_of_another_time_zone_leaves_the_hours_that_both_share() {
    let called = |begin: &str, released: &str| {
        let flow = at(begin);
        let member = flow.identified("m1");
        let phones = vec![Phi::new("213-555-0100".into())];
        let profile = Profile { received: Day::parse("2026-06-01"), phones, ..Profile::default() };
        flow.tell(&member, &[Fact::Profile(Box::new(profile))]);
        flow.queue();
        flow.queue();
        to(&flow, released);
        flow.relay();
        let sent = flow.sent_to(&Destination::Outreach);
        sent.iter().filter(|message| message["data"]["phone"] == "2135550100").count()
    };
    // Lives in Chicago, telephones from Los Angeles: from 08:00 Pacific to 21:00 Central.
    let (morning, day) = ("2026-07-02T12:00:00Z", "2026-07-02T16:00:00Z");
    assert_eq!(called(morning, "2026-07-02T14:30:00Z"), 0, "half past nine there, half past seven here");
    assert_eq!(called(morning, "2026-07-02T15:00:00Z"), 1);
    assert_eq!(called(day, "2026-07-03T01:59:00Z"), 1);
    assert_eq!(called(day, "2026-07-03T02:00:00Z"), 0, "nine in the evening in Chicago");
}

/// A member of a required program whose notice was sent today.
fn noticed(flow: &Flow) -> MemberId {
    let required = Required {
        legal_basis: "42 CFR 431.54(e)".into(),
        emergency_exempt: true,
        notice: None,
        appeal_pending: false,
    };
    let member = flow.identified_as("m1", Participation::Required(required));
    flow.queue();
    assert_eq!(flow.status(&member), "IDENTIFIED", "nothing begins before the notice");
    let today = flow.now().day();
    let days = |count: i32| today.plus(count).to_string();
    let unlawful = json!({"sent_on": days(0), "hearing_deadline": days(30), "effective_on": days(30), "review_on": days(300)});
    assert_eq!(flow.command(&member, "notice", unlawful).0, 422, "no time for a hearing");
    let notice = json!({"sent_on": days(0), "hearing_deadline": days(30), "effective_on": days(31), "review_on": days(396)});
    assert_eq!(flow.command(&member, "notice", notice).0, 200);
    assert_eq!(flow.status(&member), "PENDED_NOTICE");
    member
}

const DAY: i64 = 24 * 60;

#[test]
fn v11_stop_calling_in_the_notice_period_leaves_the_case_open_with_mail_only() {
    let flow = Flow::new();
    let member = noticed(&flow);
    flow.later(14 * DAY);
    let stop = json!({"channel": "call", "outcome": "REQUESTED_STOP", "phone": "312-555-0100"});
    assert_eq!(flow.command(&member, "attempts", stop).0, 200);
    assert_eq!(flow.status(&member), "PENDED_NOTICE");
    flow.later(16 * DAY);
    flow.queue();
    assert_eq!(flow.status(&member), "PENDED_NOTICE", "the hearing may still be asked for");
    flow.later(DAY);
    flow.queue();
    assert_eq!(flow.status(&member), "REQUIRED_NONPARTICIPATING");
    flow.queue();
    flow.relay();
    assert_eq!(calls(&flow), 0);
    let case = flow.case(&member);
    let Participation::Required(required) = &case.participation else { panic!("still required") };
    assert!(case.is_open() && required.emergency_exempt);
    flow.assert_log_explains(&member);
}

#[test]
fn v11_who_declined_is_not_put_back_into_outreach_by_a_click() {
    let flow = Flow::new();
    let member = noticed(&flow);
    flow.later(32 * DAY);
    flow.queue();
    assert_eq!(flow.command(&member, "decline", json!({})).0, 200);
    assert_eq!(flow.status(&member), "REQUIRED_NONPARTICIPATING");
    flow.later(92 * DAY);
    flow.queue();
    assert_eq!(flow.command(&member, "review", json!({"verdict": "REQUEUE"})).0, 422, "mail only");
    assert_eq!(flow.command(&member, "consent", json!({"scope": "ICM-1"})).0, 200, "the member's own word");
    assert_eq!(flow.status(&member), "QUEUED");
}

#[test]
fn v11_an_appeal_pauses_and_a_lost_one_lets_the_notice_period_end() {
    let flow = Flow::new();
    let member = noticed(&flow);
    assert_eq!(flow.command(&member, "appeal", json!({})).0, 200);
    flow.later(40 * DAY);
    flow.queue();
    assert!(!["QUEUED", "REQUIRED_NONPARTICIPATING", "OUTREACH"].contains(&flow.status(&member)));
    assert_eq!(flow.command(&member, "appeal-ended", json!({"upheld": true})).0, 200);
    flow.later(DAY);
    flow.queue();
    assert!(["QUEUED", "OUTREACH"].contains(&flow.status(&member)), "{}", flow.status(&member));
    flow.assert_log_explains(&member);
}

#[test]
fn one_lease_two_workers_and_a_wrong_number_is_never_dialled_again() {
    let flow = Flow::new();
    let member = flow.called("m1");
    let task = flow.case(&member).open_tasks[0].effect.as_str().to_owned();
    let wrong = json!({"channel": "call", "outcome": "WRONG_NUMBER", "phone": "312-555-0100", "task": task});
    assert_eq!(flow.command(&member, "attempts", wrong.clone()).0, 200);
    assert_ne!(flow.command(&member, "attempts", wrong).0, 200, "the second worker learns that it is done");
    for _ in 0..40 {
        flow.later(DAY);
        flow.queue();
        flow.relay();
    }
    let dialled = flow.sent_to(&Destination::Outreach);
    let dialled = dialled.iter().filter(|message| message["data"]["phone"] == "3125550100").count();
    assert_eq!(dialled, 1, "once, before anybody knew");
}

fn do_not_contact(flow: &Flow, member: &MemberId) -> bool {
    let today = flow.now().day();
    run(icm_casework::Person::load(&flow.world.open(), member, today)).unwrap().permissions.do_not_contact
}

#[test]
fn the_three_records_are_separate() {
    let flow = Flow::new();
    let stop = |name: &str, body| {
        let member = flow.identified(name);
        flow.queue();
        flow.queue();
        assert_eq!(flow.command(&member, "stop", body).0, 200);
        (flow.case(&member).is_open(), member)
    };
    // A channel: the program goes on by others.
    let (open, member) = stop("m1", json!({"channels": ["text"]}));
    assert!(open && !flow.case(&member).contact.opted_out);
    // The program: no word about the plan's other letters.
    let (open, member) = stop("m2", json!({"scope": OptOutScope::Program.id()}));
    assert!(!open && !do_not_contact(&flow, &member));
    // Everything.
    let (open, member) = stop("m3", json!({"scope": OptOutScope::PlanWide.id()}));
    assert!(!open && do_not_contact(&flow, &member));
}

#[test]
fn an_attempt_outside_the_members_hours_is_told_from_one_within_whoever_made_it() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    let person = run(Person::load(&flow.world.open(), &member, flow.now().day())).unwrap();
    let around = Around::of(&person, &[], &catalogue().calendars);
    let phones = person.phones();
    let outside = |at: &str, channel: Channel| {
        around.outside_hours(Moment::parse(at).unwrap(), channel, phones.first())
    };
    // Chicago in July: five hours behind.
    assert!(!outside("2026-07-01T15:00:00Z", Channel::Call));
    assert!(outside("2026-07-01T03:00:00Z", Channel::Call), "ten in the evening");
    assert!(outside("2026-07-01T03:00:00Z", Channel::Text));
    assert!(!outside("2026-07-01T03:00:00Z", Channel::Letter), "letters have no hours");
    assert!(outside("2026-07-01T11:00:00Z", Channel::Call), "six in the morning");
}
