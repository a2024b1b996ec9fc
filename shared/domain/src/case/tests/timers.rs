//! What time alone makes happen: each timer is due exactly when the machine accepts it.

use super::life::{Life, opening, required, terms, timer_rules as rules};
use crate::calendar::business::HolidayCalendar;
use crate::case::due::{due, next_due};
use crate::case::event::EventKind;
use crate::case::reason::CloseReason;
use crate::case::refusal::Refusal;
use crate::case::state::{Delivery, HandOver};
use crate::case::status::Status;
use crate::moment::Moment;
use crate::vendor::reply::Report;
use crate::vendor::sla::SlaStep;

fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

/// Goes to the next timer and lets it happen.
fn tick(life: &mut Life) -> &'static str {
    let calendar = HolidayCalendar::default();
    let next = next_due(&life.case, rules(&calendar)).unwrap();
    assert_eq!(due(&life.case, rules(&calendar), Moment::from_millis(next.millis() - 1)), []);
    life.now = next;
    let (_, event) = due(&life.case, rules(&calendar), next).remove(0);
    let name = event.id();
    life.does(event);
    name
}

#[test]
fn a_silent_vendor_takes_four_hours_two_one_and_one_business_days() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1");
    let mut seen = Vec::new();
    while life.case.assignment.is_some() {
        tick(&mut life);
        seen.push(life.now);
    }
    // Offered on Monday 2026-06-01 at 15:00.
    let expected =
        ["2026-06-01T19:00:00Z", "2026-06-04T00:00:00Z", "2026-06-05T00:00:00Z", "2026-06-06T00:00:00Z"];
    assert_eq!(seen, expected.map(at));
    assert_eq!(life.case.status, Status::Review, "no next vendor was named");
}

#[test]
fn a_received_offer_raises_no_warning_and_an_accepted_one_has_no_clock() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1");
    life.hears("V1", Report::Received);
    let calendar = HolidayCalendar::default();
    let (_, first) = due(&life.case, rules(&calendar), life.now.plus_days(30)).remove(0);
    assert_eq!(first, EventKind::OfferClock { step: SlaStep::Resend, next: None });
    life.hears("V1", Report::Accepted);
    assert_eq!(due(&life.case, rules(&calendar), life.now.plus_days(13)), []);
}

#[test]
fn a_queued_case_a_notice_and_an_active_case_have_their_timers() {
    let mut waiting = Life::new(Delivery::PayerTeam, HandOver::Enrolment).queued();
    assert_eq!(tick(&mut waiting), "WAITED_TOO_LONG");
    let mut active = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    assert_eq!(tick(&mut active), "DOSE_LAPSED");
    let mut notice =
        Life::of(opening(terms(Delivery::PayerTeam, HandOver::Enrolment), required(), super::life::start()));
    let sent_on = notice.now.day();
    notice.does(EventKind::NoticeSent(crate::case::required::RequiredNotice {
        sent_on,
        hearing_deadline: sent_on.plus(30),
        effective_on: sent_on.plus(31),
        review_on: sent_on.plus(365),
    }));
    assert_eq!(tick(&mut notice), "NOTICE_PERIOD_ENDED");
    assert_eq!(notice.case.status, Status::Queued);
    assert_eq!(tick(&mut notice), "WAITED_TOO_LONG");
    assert_eq!(tick(&mut notice), "REQUIRED_REVIEW_DUE");
    let calendar = HolidayCalendar::default();
    assert_eq!(next_due(&notice.case, rules(&calendar)), None, "each is raised once");
}

#[test]
fn an_ended_case_has_no_timers() {
    let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
    life.hears("V1", Report::Graduated);
    let calendar = HolidayCalendar::default();
    assert_eq!(next_due(&life.case, rules(&calendar)), None);
}

#[test]
fn a_recall_that_nobody_confirms_is_asked_about_once_also_when_the_case_has_ended() {
    let recalled = || {
        let mut life = Life::new(Delivery::External, HandOver::Enrolment).active("V1");
        life.does(EventKind::Closed(crate::case::reason::Ending::of(CloseReason::GoalsMet)));
        life
    };
    let mut life = recalled();
    // Recalled on Monday: two business days.
    assert_eq!((life.now, tick(&mut life)), (at("2026-06-01T15:00:00Z"), "NOT_LET_GO"));
    assert_eq!(life.now, at("2026-06-04T00:00:00Z"));
    assert_eq!(life.effects.last().map(|effect| effect.what.id()), Some("INTERNAL_TASK"));
    let calendar = HolidayCalendar::default();
    assert_eq!(next_due(&life.case, rules(&calendar)), None);
    let mut confirmed = recalled();
    confirmed.hears("V1", Report::RecallConfirmed);
    assert_eq!(next_due(&confirmed.case, rules(&calendar)), None);
    let roster = EventKind::NotLetGo { vendor: "V1".into() };
    confirmed.does(roster.clone());
    assert_eq!(confirmed.refused(roster), Refusal::Repeated);
    assert_eq!(confirmed.refused(EventKind::NotLetGo { vendor: "V2".into() }), Refusal::NotYourCase);
}

/// In every status in which something is awaited, time alone brings the case before somebody.
#[test]
fn no_open_case_waits_for_nothing() {
    let mut lives = vec![
        Life::new(Delivery::PayerTeam, HandOver::Enrolment),
        Life::new(Delivery::PayerTeam, HandOver::Enrolment).queued(),
        Life::new(Delivery::PayerTeam, HandOver::Enrolment).consented("T1"),
        Life::new(Delivery::PayerTeam, HandOver::Enrolment).enrolled("T1"),
        Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1"),
        Life::new(Delivery::External, HandOver::Enrolment).active("V1"),
    ];
    let mut engaged = Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1");
    engaged.calls(crate::outreach::attempt::Outcome::ReachedMember);
    lives.push(engaged);
    let mut accepted = Life::new(Delivery::External, HandOver::Enrolment).enrolled("V1");
    accepted.hears("V1", Report::Accepted);
    lives.push(accepted);
    let calendar = HolidayCalendar::default();
    for mut life in lives {
        assert!(next_due(&life.case, rules(&calendar)).is_some(), "{}", life.case.status.id());
        tick(&mut life);
    }
}

#[test]
fn a_case_that_stands_still_is_shown_to_a_person_once_until_it_moves() {
    let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).consented("T1");
    assert_eq!(tick(&mut life), "REVIEW_RAISED");
    let calendar = HolidayCalendar::default();
    assert_eq!(next_due(&life.case, rules(&calendar)), None);
    let (to, start) = ("T1".into(), life.now.day());
    life.does(EventKind::Enrolled { to, start, facts_version: 7 });
    assert_eq!(life.case.reviews, []);
    assert_eq!(tick(&mut life), "REVIEW_RAISED");
}
