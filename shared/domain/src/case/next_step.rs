//! Whose turn a case is, what is to be done next and by when: what a worklist shows and sorts by (FIELD §3.1, §3.2).
//!
//! A list must not read calendars or facts row by row, so this is a function of the case alone. Where a rule of the
//! machine sets a limit (holds, waiting time, dose, calling windows) that limit is the date; elsewhere it is a service
//! aim stated here, well before the machine would raise `STALLED` ([`crate::case::due`]).

use crate::calendar::business::HolidayCalendar;
use crate::case::reason::PendReason;
use crate::case::required::Participation;
use crate::case::state::{Case, HandOver};
use crate::case::status::Status;
use crate::coded::coded;
use crate::day::Day;
use crate::moment::Moment;

/// Business days in which a person should answer what waits for a person (a service aim, D).
const PERSON_DAYS: u16 = 2;
/// Business days in which an open review should be decided (the machine's own tasks allow three to five).
const REVIEW_DAYS: u16 = 3;
/// Business days in which whoever serves the member speaks with them about an admission or discharge (FACTS §6.1).
const FOLLOW_UP_DAYS: u16 = 2;
/// Days from acceptance to the first service (a service aim, D; the machine asks after fourteen).
const START_DAYS: i64 = 7;

coded! {
    /// Who acts next.
    pub enum Turn {
        /// A person of the plan.
        Plan = "PLAN",
        /// The vendor or practice that holds the case.
        Vendor = "VENDOR",
        /// Nobody: it waits for a place, a day or data.
        Waiting = "WAITING",
    }
}

coded! {
    /// What is to be done next.
    pub enum StepKind {
        /// Decide the open questions.
        Review = "REVIEW",
        /// Call at the time that the member named.
        CallBack = "CALL_BACK",
        /// Make the planned contact.
        Contact = "CONTACT",
        /// The next contact is not planned yet: nothing to do by hand.
        Plan = "PLAN",
        /// Ask for consent: the member was reached.
        AskConsent = "ASK_CONSENT",
        /// Enrol: the member consented.
        Enrol = "ENROL",
        /// A team of the plan takes the member.
        Accept = "ACCEPT",
        /// Begin service.
        Start = "START",
        /// Speak with the member about an admission or discharge.
        FollowUp = "FOLLOW_UP",
        /// The next conversation of service.
        Serve = "SERVE",
        /// The vendor answers or serves.
        Vendor = "VENDOR",
        /// Waits for a place.
        Place = "PLACE",
        /// Waits until a hold ends.
        Hold = "HOLD",
        /// Waits for data, consent or the end of a notice period.
        Await = "AWAIT",
    }
}

/// The next step of an open case, or of an ended one about which a person is asked something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// What.
    pub what: StepKind,
    /// By when; later, it is overdue.
    pub due: Moment,
    /// Not before.
    pub from: Option<Moment>,
}

impl NextStep {
    /// Who acts next.
    pub const fn turn(self) -> Turn {
        match self.what {
            StepKind::Review
            | StepKind::CallBack
            | StepKind::Contact
            | StepKind::AskConsent
            | StepKind::Enrol
            | StepKind::Accept
            | StepKind::Start
            | StepKind::FollowUp
            | StepKind::Serve => Turn::Plan,
            StepKind::Vendor => Turn::Vendor,
            StepKind::Plan | StepKind::Place | StepKind::Hold | StepKind::Await => Turn::Waiting,
        }
    }

    /// The step of a case as it stands after a transition at `now`; none when it has ended and nobody is asked about it. `before` is the step that
    /// stood before the transition: what goes on being asked keeps its date, however often the case is touched.
    pub fn of(case: &Case, before: Option<Self>, now: Moment) -> Option<Self> {
        let step = fresh(case, now)?;
        let goes_on = |held: &Self| held.what == step.what && step.what == StepKind::Review;
        match before.filter(goes_on) {
            Some(held) => Some(Self { due: held.due.min(step.due), ..step }),
            None => Some(step),
        }
    }
}

fn fresh(case: &Case, now: Moment) -> Option<NextStep> {
    if !case.wants_work() {
        return None;
    }
    let step = |what, due| Some(NextStep { what, due, from: None });
    if !case.reviews.is_empty() || case.status == Status::Review {
        return step(StepKind::Review, business_days(now, REVIEW_DAYS));
    }
    let with_vendor = case.assignment.is_some();
    match case.status {
        Status::Identified => step(StepKind::Place, case.since.plus_days(3)),
        Status::Queued | Status::Pended(PendReason::Capacity) => {
            let since = case.waiting_since.unwrap_or(case.opened);
            step(StepKind::Place, since.plus_days(i64::from(case.terms.waiting_days_max)))
        }
        Status::Pended(PendReason::Notice) => step(StepKind::Await, notice_end(case)),
        Status::Pended(PendReason::Data | PendReason::Consent) => {
            step(StepKind::Await, case.since.plus_days(30))
        }
        Status::Outreach => Some(outreach(case, now)),
        // A call that was agreed with a member who was reached.
        Status::Engaged | Status::Consented
            if case.contact.call_back.is_some()
                || case.open_tasks.iter().any(|task| task.asked.is_some()) =>
        {
            Some(outreach(case, now))
        }
        Status::Engaged => step(StepKind::AskConsent, business_days(case.since, PERSON_DAYS)),
        Status::Consented => step(StepKind::Enrol, business_days(case.since, PERSON_DAYS)),
        Status::Enrolled if with_vendor => step(StepKind::Vendor, business_days(case.since, PERSON_DAYS)),
        Status::Enrolled => step(StepKind::Accept, business_days(case.since, PERSON_DAYS)),
        Status::VendorAccepted if with_vendor => step(StepKind::Vendor, case.since.plus_days(START_DAYS)),
        Status::VendorAccepted => step(StepKind::Start, case.since.plus_days(START_DAYS)),
        Status::Active => Some(service(case, with_vendor)),
        Status::OnHold => {
            let until = case.hold.as_ref().map_or(case.since.day(), |hold| hold.until);
            step(StepKind::Hold, end_of(until))
        }
        Status::RequiredNonparticipating => step(StepKind::Await, case.since.plus_days(90)),
        Status::Review
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => None,
    }
}

/// What happened to the member comes before the usual rhythm.
fn service(case: &Case, with_vendor: bool) -> NextStep {
    let asked = case.contact.follow_up.map(|held| business_days(held.since, FOLLOW_UP_DAYS));
    // A vendor tells of its own tasks; of ours somebody is reminded when they are due, and as long as a loop is open.
    let planned = case.plan.as_ref().filter(|_| !with_vendor).and_then(|plan| plan.next_due());
    let rhythm = planned.map_or(dose_end(case), |day| end_of(day).min(dose_end(case)));
    let due = asked.map_or(rhythm, |asked| asked.min(rhythm));
    let what = match (with_vendor, asked) {
        (true, _) => StepKind::Vendor,
        (false, Some(_)) => StepKind::FollowUp,
        (false, None) => StepKind::Serve,
    };
    NextStep { what, due, from: None }
}

/// A time that the member named comes first, then the planned task; without either the plan makes the next one.
fn outreach(case: &Case, now: Moment) -> NextStep {
    if case.terms.hand_over == HandOver::OutreachDelegated && case.assignment.is_some() {
        return NextStep { what: StepKind::Vendor, due: case.since.plus_days(START_DAYS), from: None };
    }
    if let Some(at) = case.contact.call_back {
        return NextStep { what: StepKind::CallBack, due: at, from: Some(at) };
    }
    let tasks = case.open_tasks.iter();
    match tasks.min_by_key(|task| task.not_after) {
        Some(task) => {
            NextStep { what: StepKind::Contact, due: task.not_after.unwrap_or(now), from: task.not_before }
        }
        None => NextStep { what: StepKind::Plan, due: end_of(now.day().plus(1)), from: None },
    }
}

fn notice_end(case: &Case) -> Moment {
    let notice = match &case.participation {
        Participation::Required(required) => required.notice,
        Participation::Voluntary => None,
    };
    notice.map_or_else(|| case.since.plus_days(30), |notice| end_of(notice.effective_on))
}

/// The last day on which a conversation keeps the dose (the terms of the case).
fn dose_end(case: &Case) -> Moment {
    end_of(case.dose_since().unwrap_or(case.since.day()).plus(i32::from(case.terms.dose_gap_days)))
}

fn end_of(day: Day) -> Moment {
    Moment::start_of(day.plus(1)).plus_millis(-1)
}

/// The end of a business day, weekends only: a list may call something due a day too early, never too late.
fn business_days(from: Moment, days: u16) -> Moment {
    HolidayCalendar::default().deadline(from, days, None).plus_millis(-1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::event::{AcuteKind, EventKind};
    use crate::case::reason::{HoldReason, ReviewReason};
    use crate::case::state::Delivery;
    use crate::case::state::Hold;
    use crate::case::tests::life::{Life, start};
    use crate::vendor::reply::ContactMode;

    fn opened() -> Case {
        Life::new(Delivery::PayerTeam, HandOver::Enrolment).case
    }

    fn at(hours: i64) -> Moment {
        start().plus_hours(hours)
    }

    fn step(case: &Case) -> NextStep {
        NextStep::of(case, None, at(0)).unwrap()
    }

    #[test]
    fn every_open_status_has_a_step_and_no_ended_one() {
        for status in Status::ALL {
            let case = Case { status, ..opened() };
            assert_eq!(NextStep::of(&case, None, at(0)).is_some(), !status.is_terminal(), "{status:?}");
        }
    }

    #[test]
    fn a_question_for_a_person_keeps_its_date_however_often_the_case_is_touched() {
        let case = Case { reviews: vec![ReviewReason::Stalled], ..opened() };
        let first = step(&case);
        let later = NextStep::of(&case, Some(first), at(24 * 9)).unwrap();
        assert_eq!(later, first);
        assert_eq!(later.turn(), Turn::Plan);
    }

    #[test]
    fn a_hold_waits_until_the_end_of_its_last_day() {
        let until = at(0).day().plus(10);
        let hold = Hold { reason: HoldReason::MemberRequest, since: at(0).day(), until, behind: None };
        let case = Case { status: Status::OnHold, hold: Some(hold), ..opened() };
        assert_eq!(step(&case).turn(), Turn::Waiting);
        assert_eq!(step(&case).due.day(), until);
    }

    /// In service with a team of the plan.
    fn served() -> Life {
        let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).enrolled("TEAM");
        life.does(EventKind::TeamAccepted { by: "ops:bob".into() });
        life.does(EventKind::ServiceStarted { on: life.now.day() });
        life
    }

    #[test]
    fn an_admission_is_spoken_about_within_two_business_days_whatever_the_rhythm() {
        let mut life = served();
        let usual = step(&life.case);
        assert_eq!(usual.what, StepKind::Serve);
        let day = life.now.day();
        for (kind, on) in [(AcuteKind::Admitted, day.plus(-2)), (AcuteKind::Discharged, day)] {
            life.does(EventKind::AcuteEvent {
                kind,
                on,
                admitted: Some(day.plus(-2)),
                inside: true,
                afresh: false,
            });
        }
        let asked = step(&life.case);
        assert_eq!((asked.what, asked.turn()), (StepKind::FollowUp, Turn::Plan));
        assert!(asked.due < usual.due && asked.due > life.now && asked.due < life.now.plus_hours(24 * 5));
        // A voicemail is no conversation.
        let contact = |two_way| EventKind::ContactLogged { minutes: 10, mode: ContactMode::Phone, two_way };
        life.does(contact(false));
        assert_eq!(step(&life.case).what, StepKind::FollowUp);
        life.does(contact(true));
        assert_eq!(step(&life.case).what, StepKind::Serve);
    }

    #[test]
    fn a_discharge_that_was_none_is_not_followed_up() {
        let mut life = served();
        let on = life.now.day();
        let kind = AcuteKind::Discharged;
        life.does(EventKind::AcuteEvent {
            kind,
            on,
            admitted: Some(on.plus(-3)),
            inside: false,
            afresh: false,
        });
        assert_eq!(step(&life.case).what, StepKind::FollowUp);
        life.does(EventKind::AcuteTakenBack { kind, on });
        assert_eq!(step(&life.case).what, StepKind::Serve);
    }

    #[test]
    fn what_the_member_asked_for_comes_before_the_plan() {
        let mut case = Case { status: Status::Outreach, ..opened() };
        case.contact.call_back = Some(at(30));
        assert_eq!((step(&case).what, step(&case).due), (StepKind::CallBack, at(30)));
    }

    #[test]
    fn a_task_of_the_care_plan_is_due_with_our_own_team_until_its_loop_is_closed() {
        use crate::case::event::EventKind;
        use crate::program::care_plan::{CarePlan, LoopStatus};
        let mut life = Life::new(Delivery::PayerTeam, HandOver::Enrolment).enrolled("T1");
        life.does(EventKind::TeamAccepted { by: "ops:anna".into() });
        life.does(EventKind::ServiceStarted { on: life.now.day() });
        let program = crate::program::tests::seeds().programs.remove(0);
        let plan = CarePlan::from_template(&program, life.case.priority.tier, life.now.day().plus(-20));
        life.does(EventKind::CarePlanMade(Box::new(plan.clone())));
        let due = |life: &Life| NextStep::of(&life.case, None, life.now).unwrap().due;
        assert_eq!(due(&life), end_of(plan.next_due().unwrap()));
        for task in &plan.tasks {
            life.does(EventKind::CareTaskMoved { code: task.code.clone(), to: LoopStatus::NotAvailable });
        }
        assert_eq!(due(&life), dose_end(&life.case));
    }
}
