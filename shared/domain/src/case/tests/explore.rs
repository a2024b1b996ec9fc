//! Every state that the machine can reach under a small alphabet of events, and what must hold in each of them.
//!
//! Breadth first over abstract states: two cases are the same when everything that a rule looks at is the same, apart
//! from clocks and counters. Time is part of the alphabet: timers happen far in the future of what set them.

use super::life::{consent, event, opening, place, required, start, terms};
use super::random::rules::{holds, moves};
use crate::case::event::{
    AcuteKind, CaseEvent, EventKind, Exclusion, Invalidation, OptOutScope, Scheduled, Verdict,
};
use crate::case::open::open;
use crate::case::reason::{CloseReason, Ending, HoldReason, PendReason, RejectReason, ReviewReason};
use crate::case::remedy::{Remedies, Remedy, RemedyRule};
use crate::case::required::{Participation, RequiredNotice};
use crate::case::state::{Case, Delivery, HandOver, Lead};
use crate::case::status::Status;
use crate::case::transition::Transition;
use crate::case::{apply, refusal::Refusal};
use crate::facts::{Channel, Model};
use crate::moment::Moment;
use crate::outreach::attempt::{Attempt, NumberClass, Outcome};
use crate::vendor::reply::{ContactMode, Report, VendorEnding, VendorReply};
use crate::vendor::sequence::Inbox;
use crate::vendor::sla::SlaStep;
use std::collections::{BTreeSet, HashSet, VecDeque};

/// Later than any hold, notice or limit that an event at `start()` can set.
fn late() -> Moment {
    start().plus_days(4000)
}

fn notice() -> RequiredNotice {
    let sent_on = start().day();
    RequiredNotice {
        sent_on,
        hearing_deadline: sent_on.plus(30),
        effective_on: sent_on.plus(31),
        review_on: sent_on.plus(400),
    }
}

fn scheduled(channel: Channel) -> EventKind {
    let (not_before, not_after) = (start(), late().plus_days(1));
    EventKind::OutreachScheduled(Scheduled { step: 0, channel, template: None, not_before, not_after })
}

fn attempt(channel: Channel, outcome: Outcome) -> EventKind {
    let call_back = (outcome == Outcome::CallbackScheduled).then(late);
    EventKind::AttemptRecorded(Attempt {
        task: None,
        at: start(),
        channel,
        number_class: NumberClass::Unknown,
        phone: None,
        outcome,
        call_back,
    })
}

fn admit(team: &str) -> EventKind {
    EventKind::Admitted { place: place(team), wave: "W".into() }
}

fn enrol(to: &str) -> EventKind {
    EventKind::Enrolled { to: to.into(), start: start().day(), facts_version: 99 }
}

/// Events of the plan's side at `start()`.
fn now_events() -> Vec<EventKind> {
    vec![
        EventKind::TriggerInvalidated(Invalidation::ClaimReversed),
        EventKind::TriggerReconfirmed,
        EventKind::CoverageLost { last_day: start().day().plus(-1), facts_version: 99 },
        EventKind::CoverageConfirmed { facts_version: 99 },
        EventKind::MemberDied,
        EventKind::ExclusionFound(Exclusion::Hospice),
        EventKind::AcuteEvent {
            kind: AcuteKind::Discharged,
            on: start().day(),
            admitted: None,
            inside: false,
            afresh: false,
        },
        EventKind::AcuteTakenBack { kind: AcuteKind::Discharged, on: start().day() },
        EventKind::ContactDetailsChanged,
        EventKind::Pended(PendReason::Data),
        EventKind::PendEnded,
        EventKind::Queued,
        admit("V1"),
        admit("V2"),
        scheduled(Channel::Call),
        attempt(Channel::Call, Outcome::NoAnswer),
        attempt(Channel::Call, Outcome::ReachedMember),
        attempt(Channel::Call, Outcome::RequestedStop),
        attempt(Channel::Call, Outcome::DeceasedReported),
        EventKind::OutreachExhausted,
        EventKind::ProgramDeclined { not_now: true },
        EventKind::OptedOut(OptOutScope::Program),
        EventKind::OptedOut(OptOutScope::PlanWide),
        EventKind::ConsentRecorded(consent(start())),
        EventKind::ConsentRevoked,
        enrol("V1"),
        enrol("V2"),
        EventKind::TeamAccepted { by: "ops:bob".into() },
        EventKind::ServiceStarted { on: start().day() },
        EventKind::Held(HoldReason::InFacility),
        EventKind::Resumed,
        EventKind::Closed(Ending::of(CloseReason::DataError)),
        EventKind::Closed(Ending::of(CloseReason::GoalsMet)),
        EventKind::LeadAssigned(Lead::Person("ops:bob".into())),
        EventKind::LeadReleased,
        EventKind::Reviewed(Verdict::Continue),
        EventKind::Reviewed(Verdict::Requeue),
        EventKind::Reviewed(Verdict::RecallAndRequeue),
        EventKind::Reviewed(Verdict::AsProposed),
        EventKind::Recalled,
        EventKind::NoticeSent(notice()),
        EventKind::AppealFiled,
        EventKind::AppealEnded { upheld: true },
        EventKind::AppealEnded { upheld: false },
    ]
}

/// Timers, and what may also happen late.
fn late_events() -> Vec<EventKind> {
    let clock = |step| EventKind::OfferClock { step, next: Some("V2".into()) };
    vec![
        EventKind::HoldExpired,
        EventKind::NoticePeriodEnded,
        EventKind::WaitedTooLong,
        EventKind::DoseLapsed,
        EventKind::TriggeredAfterRamp,
        EventKind::RemedyDue { next: Some("V2".into()) },
        EventKind::RemedyDue { next: None },
        EventKind::ProgramDeclined { not_now: false },
        EventKind::OptedOut(OptOutScope::Program),
        EventKind::Queued,
        admit("V1"),
        admit("V2"),
        clock(SlaStep::Escalate),
        clock(SlaStep::NextVendor),
        EventKind::NotLetGo { vendor: "V1".into() },
    ]
}

fn reports() -> Vec<Report> {
    let contact = Report::ContactCompleted { minutes: 10, mode: ContactMode::Phone, two_way: true };
    vec![
        Report::Received,
        Report::Accepted,
        Report::Rejected { reason: RejectReason::NoCapacity, next: Some("V2".into()) },
        Report::Rejected { reason: RejectReason::Safety, next: None },
        Report::OutreachAttempted { channel: Channel::Call, outcome: Outcome::ReachedMember, phone: None },
        Report::Consented { scope: "S".into() },
        Report::Declined { not_now: false },
        Report::Unreachable,
        Report::StopRequested,
        Report::Enrolled { start: start().day() },
        contact,
        Report::Hold { reason: HoldReason::ProviderRequest },
        Report::Resumed,
        Report::Graduated,
        Report::Disenrolled { reason: VendorEnding::LostToFollowUp },
        Report::Disenrolled { reason: VendorEnding::Deceased },
        Report::RecallConfirmed,
    ]
}

/// The vendor's next reply in this state, in sequence: the exploration of order is the business of the inbox tests.
fn reply(case: &Case, vendor: &str, report: Report) -> EventKind {
    let present = case.assignment.as_ref().filter(|it| it.vendor.as_str() == vendor).map(|it| &it.inbox);
    let former = case.former.iter().rev().find(|it| it.vendor.as_str() == vendor).map(|it| &it.inbox);
    let sequence = present.or(former).map_or(1, Inbox::awaited);
    EventKind::VendorReplied(VendorReply {
        vendor: vendor.into(),
        message: "m".into(),
        sequence,
        answers: None,
        occurred: start(),
        report,
    })
}

fn alphabet(case: &Case) -> Vec<CaseEvent> {
    let mut kinds: Vec<(EventKind, Moment)> = now_events().into_iter().map(|kind| (kind, start())).collect();
    if case.participation.is_required() {
        // Mail goes on where nothing else does.
        kinds.push((scheduled(Channel::Letter), start()));
    }
    kinds.extend(late_events().into_iter().map(|kind| (kind, late())));
    // A vendor that was never asked has one thing to say: it is refused whatever it is.
    kinds.push((reply(case, "V3", Report::Accepted), start()));
    for vendor in ["V1", "V2"].into_iter().filter(|vendor| case.vendors_tried.contains(&(*vendor).into())) {
        kinds.extend(reports().into_iter().map(|report| (reply(case, vendor, report), start())));
    }
    let key = |n: usize| format!("{}-{n}", case.sequence);
    kinds.into_iter().enumerate().map(|(n, (kind, at))| event(&key(n), at, kind)).collect()
}

/// The case without clocks and counters: two cases with the same shape are the same state.
fn shape(case: &Case) -> Case {
    let mut shape = case.clone();
    shape.since = start();
    shape.sequence = 0;
    shape.recent_keys = Vec::new();
    shape.waiting_since = case.waiting_since.map(|_| start());
    shape.coverage.facts_version = 0;
    shape.contact = crate::case::contact::ContactState {
        touched: case.contact.touched,
        opted_out: case.contact.opted_out,
        declined: case.contact.declined,
        refused: case.contact.refused.clone(),
        ..Default::default()
    };
    shape.consent = case.consent.as_ref().map(|_| consent(start()));
    shape.start = case.start.map(|_| start().day());
    shape.vendors_tried.sort();
    shape.reviews.retain(|review| *review == ReviewReason::TriggerReversed);
    (shape.upheld, shape.looked) = (None, None);
    if let Some(proposal) = shape.proposal.as_mut() {
        proposal.since = start();
    }
    if let Some(hold) = shape.hold.as_mut() {
        (hold.since, hold.until) = (start().day(), start().day());
        if let Some(behind) = hold.behind.as_mut() {
            (behind.since, behind.until) = (start().day(), start().day());
        }
    }
    for task in &mut shape.open_tasks {
        task.effect = "task".into();
    }
    shape.open_tasks.sort_by_key(|task| task.channel);
    if let Some(assignment) = shape.assignment.as_mut() {
        assignment.offer = "offer".into();
        (assignment.offered, assignment.inbox) = (start(), Inbox::default());
    }
    // No rule looks at these; replies of former vendors are tried in every state all the same.
    (shape.former, shape.wave, shape.next_vendor, shape.trigger_invalidated) = (Vec::new(), None, None, None);
    if let Some(closed) = shape.closed.as_mut() {
        // How it ended matters to nothing that comes later, but for the opt-out, which is kept.
        (closed.at, closed.ending, closed.closure) = (start(), Ending::of(CloseReason::DataError), None);
        (shape.consent, shape.start) = (None, None);
        shape.contact.touched = false;
        shape.contact.declined = false;
        shape.coverage.covered = true;
        shape.vendors_tried.clear();
    }
    shape
}

/// A state in words, for the message of a broken rule.
fn words(case: &Case) -> String {
    format!("{:?}", shape(case))
}

/// Explores from a new case; calls `check` on every transition and gives every state reached.
fn explore(first: Case, mut check: impl FnMut(&Case, &CaseEvent, &Result<Transition, Refusal>)) -> Vec<Case> {
    let mut seen: HashSet<Case> = [shape(&first)].into();
    let mut frontier: VecDeque<Case> = [first].into();
    let mut all = Vec::new();
    while let Some(case) = frontier.pop_front() {
        for event in alphabet(&case) {
            let result = apply(&case, &event);
            check(&case, &event, &result);
            if let Ok(mut next) = result.map(|transition| transition.case) {
                next.recent_keys.clear();
                next.contact.history.clear();
                if seen.insert(shape(&next)) {
                    frontier.push_back(next);
                }
            }
        }
        all.push(case);
        assert!(all.len() < 100_000, "the abstract state space is not finite");
    }
    all
}

fn checked(first: Case) -> Vec<Case> {
    let states = explore(first, |case, event, result| {
        if let Ok(transition) = result
            && let Err(broken) = moves(case, event, transition).and_then(|()| holds(&transition.case))
        {
            panic!("{broken}\nafter {}\nin {}\nto {}", event.kind.id(), words(case), words(&transition.case));
        }
        absorbs(case, event, result);
    });
    for state in &states {
        can_end(state);
        comes_back(state);
    }
    states
}

/// An opt-out, and a death, go through in every state, and nothing that touches the member comes out of them.
fn absorbs(case: &Case, event: &CaseEvent, result: &Result<Transition, Refusal>) {
    let opt_out = matches!(event.kind, EventKind::OptedOut(_));
    let death = matches!(event.kind, EventKind::MemberDied) && case.is_open();
    if !(opt_out || death) {
        return;
    }
    let transition = result.as_ref().unwrap_or_else(|refusal| panic!("{refusal} in {}", words(case)));
    let next = &transition.case;
    assert!(!transition.effects.iter().any(|effect| effect.what.contacts_member()));
    assert!(next.assignment.is_none(), "a vendor keeps the member: {}", words(next));
    let required = next.participation.is_required() && opt_out;
    assert!(required || next.status.is_terminal(), "{}", words(next));
    assert!(next.open_tasks.iter().all(|task| task.channel == Channel::Letter && required));
}

/// No state is a trap: a person can end the case in each of them.
fn can_end(case: &Case) {
    if case.is_open() {
        let end = event("end", late(), EventKind::Closed(Ending::of(CloseReason::DataError)));
        let closed = apply(case, &end).unwrap_or_else(|refusal| panic!("{refusal} in {}", words(case)));
        assert!(closed.case.status.is_terminal());
    }
}

/// Re-entry: never beside an open case, never inside a cool-down, never after an opt-out, and always otherwise.
fn comes_back(case: &Case) {
    let again = || opening(case.terms.clone(), Participation::Voluntary, late());
    let until = late().day();
    let inside = open(again(), Some(case), Some(until.plus(1)));
    let after = open(again(), Some(case), Some(until));
    if case.is_open() {
        assert_eq!(after.unwrap_err(), Refusal::PreviousOpen);
    } else if case.contact.opted_out {
        assert_eq!(after.unwrap_err(), Refusal::OptedOut);
    } else {
        assert_eq!(inside.unwrap_err(), Refusal::CoolDown);
        assert_eq!(after.unwrap().previous, Some(case.id.clone()));
    }
}

fn first(delivery: Delivery, hand_over: HandOver, participation: Participation) -> Case {
    open(opening(terms(delivery, hand_over), participation, start()), None, None).unwrap()
}

/// Every status that is not tied to required participation is reached, so the checks are not empty.
fn reached(states: &[Case], but: &[Status]) {
    let seen: BTreeSet<Status> = states.iter().map(|case| case.status).collect();
    for status in Status::ALL {
        let expected = !but.contains(&status);
        assert_eq!(seen.contains(&status), expected, "{}", status.id());
    }
}

const NOT_BY_THIS_ALPHABET: [Status; 4] = [
    Status::Pended(PendReason::Consent),
    Status::Transferred,
    Status::ReferredOther,
    Status::Pended(PendReason::Notice),
];

#[test]
fn every_state_with_an_external_vendor_keeps_the_rules() {
    let states = checked(first(Delivery::External, HandOver::Enrolment, Participation::Voluntary));
    eprintln!("external, enrolment: {} states", states.len());
    let but: Vec<Status> =
        NOT_BY_THIS_ALPHABET.into_iter().chain([Status::RequiredNonparticipating]).collect();
    reached(&states, &but);
}

#[test]
fn every_state_with_remedies_of_its_own_keeps_the_rules() {
    for remedy in [Remedy::Recall, Remedy::Reoffer, Remedy::HandUp] {
        let rule = RemedyRule { remedy, confirm: false, model: Some(Model::M6) };
        let mut terms = terms(Delivery::External, HandOver::Enrolment);
        terms.remedies = Remedies { dose_lapsed: rule, not_working: rule };
        let states = checked(open(opening(terms, Participation::Voluntary, start()), None, None).unwrap());
        eprintln!("{}: {} states", remedy.id(), states.len());
        assert!(states.iter().any(|case| case.proposal.is_some()));
    }
}

#[test]
fn every_state_with_delegated_outreach_keeps_the_rules() {
    let states = checked(first(Delivery::External, HandOver::OutreachDelegated, Participation::Voluntary));
    eprintln!("external, delegated: {} states", states.len());
    assert!(states.iter().any(|case| case.status == Status::Active));
}

#[test]
fn every_state_with_a_team_of_the_payer_keeps_the_rules() {
    let states = checked(first(Delivery::PayerTeam, HandOver::Enrolment, Participation::Voluntary));
    eprintln!("payer team: {} states", states.len());
    assert!(states.iter().any(|case| case.status == Status::Graduated));
}

#[test]
fn every_state_of_a_required_program_keeps_the_rules() {
    let states = checked(first(Delivery::PayerTeam, HandOver::Enrolment, required()));
    eprintln!("required: {} states", states.len());
    assert!(states.iter().any(|case| case.status == Status::RequiredNonparticipating));
}
