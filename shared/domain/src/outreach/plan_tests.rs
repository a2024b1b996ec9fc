//! Planning and the check at send time.

use super::attempt::{Outcome, Phone};
use super::cadence::Cadence;
use super::hours::CallingHours;
use super::ledger::{ContactCaps, ContactLedger, Touch};
use super::permission::Permissions;
use super::plan::{Block, Plan, Release, Surroundings, at_send, next};
use crate::calendar::business::HolidayCalendar;
use crate::calendar::zone::{self, Zone};
use crate::case::event::{DropReason, EventKind};
use crate::case::state::{Delivery, HandOver};
use crate::case::tests::life::Life;
use crate::facts::{Channel, Preference, PreferenceKind};
use crate::moment::Moment;
use crate::phi::Phi;
use crate::program::Catalogue;

/// The member's side: one phone, an address in Chicago, the seeds' calendar.
struct World {
    permissions: Permissions,
    phones: Vec<Phone>,
    ledger: ContactLedger,
    hours: CallingHours,
    calendar: HolidayCalendar,
    cadence: Cadence,
}

impl World {
    fn new() -> Self {
        let seeds: Catalogue = crate::program::tests::seeds();
        Self {
            permissions: Permissions::default(),
            phones: vec![Phone::parse("312-555-0100").unwrap()],
            ledger: ContactLedger::default(),
            hours: seeds.calendars.calling_hours.clone(),
            calendar: seeds.calendars.holidays.clone(),
            cadence: seeds.cadence("STANDARD").unwrap().clone(),
        }
    }

    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            permissions: &self.permissions,
            phones: &self.phones,
            address: Some(("IL", "60601")),
            ledger: &self.ledger,
            caps: ContactCaps::default(),
            hours: &self.hours,
            calendar: &self.calendar,
        }
    }

    fn plan(&self, life: &Life) -> Plan {
        next(&life.case, &self.cadence, self.around(), life.now)
    }

    /// Prefers texts and letters away, so that only calls and visits are planned.
    fn calls_only(mut self) -> Self {
        self.cadence.steps.retain(|step| step.channel == Channel::Call);
        self
    }
}

fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn in_outreach() -> Life {
    Life::new(Delivery::PayerTeam, HandOver::Enrolment).admitted("T1")
}

fn task(plan: Plan) -> (crate::case::event::Scheduled, Option<Phone>, Moment) {
    match plan {
        Plan::Task { scheduled, phone, due } => (scheduled, phone, due),
        other @ (Plan::Wait(_) | Plan::Exhausted | Plan::Blocked(_)) => panic!("{other:?}"),
    }
}

#[test]
fn the_first_call_is_due_within_three_business_days_and_two_after_a_discharge() {
    let world = World::new();
    let mut life = in_outreach();
    let (scheduled, phone, due) = task(world.plan(&life));
    assert_eq!((scheduled.channel, scheduled.not_before), (Channel::Call, life.now));
    assert_eq!(phone, Some(world.phones[0].clone()));
    assert_eq!(due, at("2026-06-05T00:00:00Z"));
    let on = life.now.day();
    life.does(EventKind::AcuteEvent {
        kind: crate::case::event::AcuteKind::Discharged,
        on,
        admitted: None,
        inside: false,
        afresh: false,
    });
    assert_eq!(task(world.plan(&life)).2, at("2026-06-04T00:00:00Z"));
}

#[test]
fn the_first_call_is_due_no_later_than_the_program_says_and_after_a_discharge_as_the_cadence_says() {
    let world = World::new();
    let mut life = in_outreach();
    for (days, due) in [(1, "2026-06-03T00:00:00Z"), (2, "2026-06-04T00:00:00Z"), (9, "2026-06-05T00:00:00Z")]
    {
        life.case.terms.first_attempt_days = days;
        assert_eq!(task(world.plan(&life)).2, at(due), "{days} business days");
    }
    life.case.contact.discharged = Some(life.now.day());
    assert_eq!(task(world.plan(&life)).2, at("2026-06-04T00:00:00Z"), "the program allows nine");
}

#[test]
fn the_second_call_is_at_another_part_of_the_day_and_the_third_outside_work() {
    let world = World::new().calls_only();
    let mut life = in_outreach();
    life.calls(Outcome::NoAnswer);
    let (second, ..) = task(world.plan(&life));
    assert_eq!(second.not_before, at("2026-06-03T17:00:00Z"), "the first was in the morning in Chicago");
    life.now = second.not_before;
    life.calls(Outcome::NoAnswer);
    let (third, ..) = task(world.plan(&life));
    assert_eq!(third.not_before, at("2026-06-05T22:00:00Z"), "17:00 in Chicago");
    assert_eq!(third.not_after, at("2026-06-06T02:00:00Z"));
}

#[test]
fn who_can_be_called_at_no_hour_gets_the_letter_of_the_cadence() {
    let mut world = World::new();
    // A number of New York at an address on Guam: no hour is within both days.
    world.phones = vec![Phone::parse("212-555-0100").unwrap()];
    let mut life = in_outreach();
    for call_back in [None, Some(life.now.plus_hours(30))] {
        life.case.contact.call_back = call_back;
        let around = Surroundings { address: Some(("GU", "96910")), ..world.around() };
        let (scheduled, phone, _) = task(next(&life.case, &world.cadence, around, life.now));
        assert_eq!((scheduled.channel, phone), (Channel::Letter, None), "{call_back:?}");
    }
    world.cadence.steps.retain(|step| step.channel == Channel::Call);
    life.case.contact.call_back = None;
    let around = Surroundings { address: Some(("GU", "96910")), ..world.around() };
    let closes = Moment::start_of(life.now.day().plus(i32::from(world.cadence.close_on_day)));
    assert_eq!(next(&life.case, &world.cadence, around, life.now), Plan::Wait(closes));
}

#[test]
fn what_a_pause_left_undone_is_done_after_the_last_day_of_the_cadence() {
    let world = World::new().calls_only();
    let mut life = in_outreach();
    let days = i32::from(world.cadence.close_on_day);
    life.later(i64::from(days) + 1);
    let mut calls = 0;
    while let Plan::Task { scheduled, .. } = world.plan(&life) {
        assert!(scheduled.not_before >= life.now);
        life.now = scheduled.not_before;
        life.calls(Outcome::NoAnswer);
        calls += 1;
    }
    let tier = life.case.priority.tier;
    let mine = world.cadence.steps.iter().filter(|step| step.tiers.is_empty() || step.tiers.contains(&tier));
    assert_eq!((calls, world.plan(&life)), (mine.count(), Plan::Exhausted));
    let mut untried = in_outreach();
    untried.later(2 * i64::from(days));
    assert_eq!(world.plan(&untried), Plan::Exhausted, "some day it ends");
}

#[test]
fn a_letter_at_the_printer_s_keeps_nobody_from_calling_and_the_next_letter_waits_for_it() {
    let mut world = World::new();
    world.cadence.steps.retain(|step| matches!(step.channel, Channel::Call | Channel::Letter));
    let mut life = in_outreach();
    let mut planned = Vec::new();
    while let Plan::Task { scheduled, .. } = world.plan(&life) {
        planned.push(scheduled.channel);
        life.now = scheduled.not_before;
        let (channel, step) = (scheduled.channel, scheduled.step);
        life.does(EventKind::OutreachScheduled(scheduled));
        assert_eq!(life.case.contact.step, step + 1);
        if channel == Channel::Call {
            let task =
                life.case.open_tasks.iter().find(|task| task.channel == channel).unwrap().effect.clone();
            let attempt = life.attempt(Some(task), channel, Outcome::NoAnswer);
            life.does(EventKind::AttemptRecorded(attempt));
        }
    }
    assert_eq!(planned, [Channel::Call, Channel::Letter, Channel::Call, Channel::Call]);
    assert_eq!(world.plan(&life), Plan::Blocked(Block::TaskOpen));
    // The cadence does not end over a letter that is out.
    let after = life.now.plus_days(2 * i64::from(world.cadence.close_on_day));
    assert_eq!(next(&life.case, &world.cadence, world.around(), after), Plan::Blocked(Block::TaskOpen));
    // It never went: the calls that went on past it are not made again.
    let task = life.case.open_tasks[0].effect.clone();
    let step = life.case.contact.step;
    life.does(EventKind::TaskDropped { task, reason: DropReason::Expired });
    assert_eq!(life.case.contact.step, step);
}

#[test]
fn a_call_agreed_with_a_member_who_was_reached_is_planned_at_its_time() {
    let world = World::new();
    let mut life = in_outreach();
    life.calls(Outcome::ReachedMember);
    assert_eq!(world.plan(&life), Plan::Blocked(Block::NotInOutreach));
    let at = life.now.plus_hours(24);
    life.case.contact.call_back = Some(at);
    let (scheduled, ..) = task(world.plan(&life));
    assert_eq!((scheduled.channel, scheduled.not_before), (Channel::Call, at));
    life.later(2 * i64::from(world.cadence.close_on_day));
    assert!(matches!(world.plan(&life), Plan::Task { .. }), "however long ago outreach began");
}

#[test]
fn a_text_needs_consent_and_a_visit_needs_the_tier() {
    let mut world = World::new();
    let mut life = in_outreach();
    life.calls(Outcome::NoAnswer);
    let channels = |world: &World, life: &mut Life| {
        let mut seen = Vec::new();
        life.case.contact.step = 0;
        while let Plan::Task { scheduled, .. } = world.plan(life) {
            seen.push(scheduled.channel);
            life.case.contact.step = scheduled.step + 1;
        }
        seen
    };
    assert!(!channels(&world, &mut life).contains(&Channel::Text));
    assert!(channels(&world, &mut life).contains(&Channel::Visit));
    let consent = PreferenceKind::ChannelConsent { channel: Channel::Text, allowed: true };
    world.permissions =
        Permissions::of(&[Preference { received: life.now.day(), what: consent }], life.now.day());
    life.case.priority.tier = crate::decision::priority::Tier::Standard;
    let seen = channels(&world, &mut life);
    assert!(seen.contains(&Channel::Text) && !seen.contains(&Channel::Visit));
}

#[test]
fn touches_of_other_programs_postpone_ours() {
    let mut world = World::new().calls_only();
    let life = in_outreach();
    let others = [(-1, "TRANSITIONS"), (0, "DISEASE-MGMT")];
    for (days, program) in others {
        let touch = Touch {
            at: life.now.plus_days(days),
            program: program.into(),
            vendor: None,
            channel: Channel::Call,
            reserved_by: None,
        };
        world.ledger.settle(None, touch);
    }
    let (scheduled, ..) = task(world.plan(&life));
    assert_eq!(scheduled.not_before, life.now.plus_days(1));
}

#[test]
fn a_number_that_another_program_found_wrong_is_not_dialled() {
    let mut world = World::new().calls_only();
    world.ledger.mark_unusable(world.phones[0].clone());
    let life = in_outreach();
    assert!(matches!(world.plan(&life), Plan::Wait(_)));
    world.phones.push(Phone::parse("312-555-0177").unwrap());
    assert_eq!(task(world.plan(&life)).1, Phone::parse("312-555-0177"));
}

#[test]
fn a_phone_of_another_time_zone_shrinks_the_hours() {
    let mut world = World::new().calls_only();
    world.phones = vec![Phone::parse("213-555-0100").unwrap()];
    let mut life = in_outreach();
    life.now = at("2026-06-01T13:00:00Z");
    let (scheduled, ..) = task(world.plan(&life));
    let both = zone::binding(Some(("IL", "60601")), world.phones.first());
    assert_eq!(both, [Zone::Central, Zone::Pacific].into());
    assert_eq!(scheduled.not_before, at("2026-06-01T15:00:00Z"), "8:00 in Los Angeles");
    assert_eq!(scheduled.not_after, at("2026-06-02T02:00:00Z"), "21:00 in Chicago");
}

#[test]
fn a_confidential_request_between_queue_and_send_stops_the_task() {
    let mut world = World::new();
    let life = in_outreach();
    let (scheduled, phone, _) = task(world.plan(&life));
    assert_eq!(at_send(&scheduled, phone.as_ref(), world.around(), false, life.now), Release::Send);
    let safe = PreferenceKind::SafeContact {
        phone: Some(Phi::new("708-555-0188".into())),
        address: None,
        withdrawn: false,
    };
    world.permissions =
        Permissions::of(&[Preference { received: life.now.day(), what: safe }], life.now.day());
    world.phones = world.permissions.numbers(&[Phi::new("312-555-0100".into())], &[]);
    let released = at_send(&scheduled, phone.as_ref(), world.around(), false, life.now);
    assert_eq!(released, Release::Drop(DropReason::NotAllowed));
    let (again, number, _) = task(world.plan(&life));
    assert_eq!((again.channel, number), (Channel::Call, Phone::parse("708-555-0188")));
}

#[test]
fn a_task_that_is_late_waits_for_the_next_hours_or_expires() {
    let world = World::new().calls_only();
    let life = in_outreach();
    let (scheduled, phone, _) = task(world.plan(&life));
    let night = at("2026-06-01T12:59:00Z");
    let early = at_send(&scheduled, phone.as_ref(), world.around(), false, night);
    assert_eq!(early, Release::Defer(scheduled.not_before));
    let over = at_send(&scheduled, phone.as_ref(), world.around(), false, scheduled.not_after);
    assert_eq!(over, Release::Drop(DropReason::Expired));
}

#[test]
fn the_cadence_ends_on_its_day_and_not_before() {
    let world = World::new();
    let mut life = in_outreach();
    life.case.contact.step = 8;
    let closes = at("2026-07-01T00:00:00Z");
    assert_eq!(world.plan(&life), Plan::Wait(closes));
    life.now = closes;
    assert_eq!(world.plan(&life), Plan::Exhausted);
}

#[test]
fn a_call_back_comes_when_the_member_wants_it() {
    let world = World::new();
    let mut life = in_outreach();
    let wish = at("2026-06-02T23:30:00Z");
    let task_id = life.plans(Channel::Call);
    let mut attempt = life.attempt(Some(task_id), Channel::Call, Outcome::CallbackScheduled);
    attempt.call_back = Some(wish);
    life.does(EventKind::AttemptRecorded(attempt));
    assert_eq!(task(world.plan(&life)).0.not_before, wish);
}

#[test]
fn nothing_is_planned_while_a_task_is_open_or_after_an_opt_out() {
    let world = World::new();
    let mut life = in_outreach();
    life.plans(Channel::Call);
    assert_eq!(world.plan(&life), Plan::Blocked(Block::TaskOpen));
    life.does(EventKind::OptedOut(crate::case::event::OptOutScope::Program));
    assert_eq!(world.plan(&life), Plan::Blocked(Block::NotInOutreach));
}

#[test]
fn what_is_planned_is_accepted_by_the_machine_and_may_be_sent_at_once() {
    let world = World::new();
    let mut life = in_outreach();
    for _ in 0..40 {
        match world.plan(&life) {
            Plan::Task { scheduled, phone, .. } => {
                life.now = scheduled.not_before.max(life.now);
                assert_eq!(
                    at_send(&scheduled, phone.as_ref(), world.around(), false, life.now),
                    Release::Send
                );
                let channel = scheduled.channel;
                let done = life.does(EventKind::OutreachScheduled(scheduled));
                let outcome = match channel {
                    Channel::Call => Outcome::NoAnswer,
                    Channel::Text => Outcome::TextDelivered,
                    Channel::Letter => Outcome::LetterSent,
                    Channel::Visit => Outcome::FieldNotHome,
                };
                let task = done.effects[0].id.clone();
                let attempt = life.attempt(Some(task), channel, outcome);
                life.does(EventKind::AttemptRecorded(attempt));
            }
            Plan::Wait(until) => life.now = until,
            Plan::Exhausted => break,
            Plan::Blocked(block) => panic!("{}", block.id()),
        }
    }
    life.does(EventKind::OutreachExhausted);
    assert_eq!(
        life.case.contact.attempts, 7,
        "three calls, three letters, one visit; no text without consent"
    );
}
