//! From the decision to a place: what changes in the member's situation, and the waiting before outreach.

use super::step::Step;
use super::{leave, reach};
use crate::case::acute::{AcuteNote, Heard, News};
use crate::case::effect::{TaskKind, UpdateKind};
use crate::case::event::{AcuteKind, Exclusion, Invalidation};
use crate::case::reason::{CloseReason, Ending, HoldReason, PendReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::state::{HandOver, Place, Terms};
use crate::case::status::{Phase, Status};
use crate::day::Day;
use crate::ids::MemberId;

/// FACTS V05: never contacted → withdrawn; contacted → a person decides, no abrupt drop; enrolled → noted for reports,
/// never a disenrolment.
pub(super) fn invalidated(step: &mut Step, why: Invalidation) -> Result<(), Refusal> {
    let reason = match why {
        Invalidation::ClaimReversed => CloseReason::ClaimReversed,
        Invalidation::NoLongerMeetsCriteria => CloseReason::NoLongerMeetsCriteria,
    };
    match step.case.phase() {
        Phase::Enrolled => step.case.trigger_invalidated = Some(step.today()),
        Phase::BeforeEnrolment if step.case.contact.touched => {
            // Nobody calls while a person decides whether there is a reason to.
            step.shelve_tasks();
            step.raise(ReviewReason::TriggerReversed);
        }
        Phase::BeforeEnrolment => step.close(Status::Withdrawn, Ending::of(reason), None),
        Phase::Closed => return Err(Refusal::CaseClosed),
    }
    Ok(())
}

pub(super) fn reconfirmed(step: &mut Step) -> Result<(), Refusal> {
    let reversed = step.case.reviews.contains(&ReviewReason::TriggerReversed);
    if step.case.trigger_invalidated.is_none() && !reversed {
        return Err(Refusal::Repeated);
    }
    step.case.trigger_invalidated = None;
    step.case.reviews.retain(|review| *review != ReviewReason::TriggerReversed);
    Ok(())
}

/// FACTS §6.1: a gap in coverage holds the case for 60 days, because Medicaid reinstates retroactively.
pub(super) fn coverage_lost(step: &mut Step, last_day: Day, facts_version: u64) -> Result<(), Refusal> {
    if last_day >= step.today() {
        return Err(Refusal::TooEarly);
    }
    newer_facts(step, facts_version)?;
    step.case.coverage.covered = false;
    let held_already = step.case.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::EligGap);
    if !held_already {
        step.hold(HoldReason::EligGap, step.case.terms.elig_gap_days);
        step.update_vendor(UpdateKind::CoverageEnded);
    }
    Ok(())
}

pub(super) fn coverage_confirmed(step: &mut Step, facts_version: u64) -> Result<(), Refusal> {
    newer_facts(step, facts_version)?;
    step.case.coverage.covered = true;
    if step.case.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::EligGap) {
        step.resume();
        step.update_vendor(UpdateKind::CoverageRestored);
    }
    Ok(())
}

/// A finding on older facts than the case has already seen is stale.
fn newer_facts(step: &mut Step, facts_version: u64) -> Result<(), Refusal> {
    if facts_version < step.case.coverage.facts_version {
        return Err(Refusal::Repeated);
    }
    step.case.coverage.facts_version = facts_version;
    Ok(())
}

/// The case goes on under the present id; cool-downs, attempts and consents go with it (FACTS §6.2, code 5).
pub(super) fn member_id_changed(step: &mut Step, to: &MemberId) -> Result<(), Refusal> {
    if step.case.member == *to {
        return Err(Refusal::Repeated);
    }
    let before = std::mem::replace(&mut step.case.member, to.clone());
    step.case.member_before.retain(|id| id != to);
    step.case.member_before.push(before);
    step.update_vendor(UpdateKind::Identity);
    Ok(())
}

/// A hard exclusion ends a case before enrolment; afterwards a person decides.
pub(super) fn excluded(step: &mut Step, why: Exclusion) -> Result<(), Refusal> {
    let (status, reason) = match why {
        Exclusion::Hospice => (Status::Withdrawn, CloseReason::Hospice),
        Exclusion::LtcResident => (Status::Withdrawn, CloseReason::LtcAdmission),
        Exclusion::Incarcerated => (Status::Withdrawn, CloseReason::Incarcerated),
        Exclusion::OtherProgram => (Status::ReferredOther, CloseReason::DuplicateProgram),
    };
    match step.case.phase() {
        Phase::BeforeEnrolment => step.close(status, Ending::of(reason), None),
        Phase::Enrolled => step.raise(ReviewReason::Excluded),
        Phase::Closed => return Err(Refusal::CaseClosed),
    }
    Ok(())
}

/// An admission or discharge reaches whoever cares for the member, with a task within two business days, once
/// however often and by however many ways it is told. What may not leave reaches the payer's own staff alone.
pub(super) fn acute(step: &mut Step, note: AcuteNote, afresh: bool) -> Result<(), Refusal> {
    if note.on > step.today() {
        return Err(Refusal::TooEarly);
    }
    if afresh {
        step.case.contact.forget_acute(&note);
    }
    let news = step.case.contact.hear_acute(note);
    if news == (News { inside: false, outside: false }) {
        return Err(Refusal::Repeated);
    }
    if note.kind == AcuteKind::Discharged {
        step.case.contact.discharged = step.case.contact.discharged.max(Some(note.on));
    }
    if step.case.phase() == Phase::Enrolled {
        if news.outside {
            step.update_vendor(match note.kind {
                AcuteKind::Admitted => UpdateKind::Admitted,
                AcuteKind::Discharged => UpdateKind::Discharged,
            });
        }
        if news.inside {
            step.task(TaskKind::AcuteFollowUp, 2);
            let now = step.now;
            step.case.contact.ask_follow_up(&note, now);
        }
    }
    Ok(())
}

/// No such thing happened: nobody is followed up for it, and a vendor that was told is told that it was none. The task
/// of our own people is called back by whoever heard of it (`identify-members`).
pub(super) fn acute_taken_back(step: &mut Step, kind: AcuteKind, on: Day) -> Result<(), Refusal> {
    match step.case.contact.take_back_acute(kind, on) {
        Heard::Nobody => return Err(Refusal::Repeated),
        Heard::Outside if step.case.phase() == Phase::Enrolled => step.correct_vendor(kind),
        Heard::Inside | Heard::Outside => {}
    }
    Ok(())
}

/// New details are tried again, and whoever serves the member hears that they changed.
#[expect(clippy::unnecessary_wraps, reason = "every arm of the machine answers alike")]
pub(super) fn contact_details(step: &mut Step) -> Result<(), Refusal> {
    step.case.contact.address_unusable = false;
    step.case.contact.no_texts = false;
    step.update_vendor(UpdateKind::Contact);
    Ok(())
}

/// What facts state now: noted the first time, a change when it differs from what was known.
pub(super) fn details_known(step: &mut Step, details: u64) -> Result<(), Refusal> {
    match step.case.contact.details.replace(details) {
        Some(before) if before == details => Err(Refusal::Repeated),
        Some(_) => contact_details(step),
        None => Ok(()),
    }
}

pub(super) fn pended(step: &mut Step, reason: PendReason) -> Result<(), Refusal> {
    if reason == PendReason::Notice {
        return Err(Refusal::NoticePeriod);
    }
    match step.case.status {
        Status::Identified => required_first(step)?,
        Status::Queued | Status::Pended(PendReason::Data | PendReason::Capacity | PendReason::Consent) => {}
        Status::Outreach if step.case.assignment.is_none() => {}
        Status::Outreach
        | Status::Pended(PendReason::Notice)
        | Status::Engaged
        | Status::Consented
        | Status::Enrolled
        | Status::VendorAccepted
        | Status::Active
        | Status::OnHold
        | Status::Review
        | Status::RequiredNonparticipating
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => return Err(Refusal::NotInThisStatus),
    }
    step.reason(reason.id());
    step.requeue(Status::Pended(reason));
    Ok(())
}

pub(super) fn pend_ended(step: &mut Step) -> Result<(), Refusal> {
    match step.case.status {
        Status::Pended(PendReason::Data | PendReason::Capacity | PendReason::Consent) => {
            step.go(Status::Queued);
            Ok(())
        }
        Status::Pended(PendReason::Notice) => Err(Refusal::NoticePeriod),
        Status::Identified
        | Status::Queued
        | Status::Outreach
        | Status::Engaged
        | Status::Consented
        | Status::Enrolled
        | Status::VendorAccepted
        | Status::Active
        | Status::OnHold
        | Status::Review
        | Status::RequiredNonparticipating
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => Err(Refusal::NotInThisStatus),
    }
}

pub(super) fn queued(step: &mut Step) -> Result<(), Refusal> {
    if step.case.status != Status::Identified {
        return Err(Refusal::NotInThisStatus);
    }
    required_first(step)?;
    step.requeue(Status::Queued);
    Ok(())
}

/// A required program begins with its notice.
fn required_first(step: &Step) -> Result<(), Refusal> {
    let required = step.case.participation.is_required();
    if required && !step.case.participation.in_force(step.today()) {
        return Err(Refusal::NoticePeriod);
    }
    Ok(())
}

/// The case gets the terms of a route: only before a place is given, because nobody's terms change while they run.
pub(super) fn routed(step: &mut Step, terms: &Terms) -> Result<(), Refusal> {
    if !step.case.status.is_waiting() || step.case.assignment.is_some() {
        return Err(Refusal::NotInThisStatus);
    }
    step.case.terms = terms.clone();
    Ok(())
}

/// A place is given: outreach by the plan, an offer to the vendor that reaches the member itself, or straight on to
/// enrolment when the member has consented already (a case that came back from another vendor).
pub(super) fn admitted(step: &mut Step, place: &Place, wave: &str) -> Result<(), Refusal> {
    if !step.case.status.is_waiting() {
        return Err(Refusal::NotInThisStatus);
    }
    required_first(step)?;
    if !step.case.coverage.covered {
        return Err(Refusal::NoCoverage);
    }
    if step.case.contact.opted_out {
        return Err(Refusal::OptedOut);
    }
    let delegated = step.case.terms.hand_over == HandOver::OutreachDelegated;
    if delegated && step.case.vendors_tried.contains(&place.team) {
        return Err(Refusal::VendorTriedBefore);
    }
    step.case.place = Some(place.clone());
    step.case.wave = Some(wave.into());
    step.case.waiting_since = None;
    step.case.reviews.retain(|review| *review != ReviewReason::WaitedTooLong);
    if step.case.consent.is_some() {
        step.go(Status::Consented);
    } else {
        reach::begin(step);
    }
    if delegated {
        step.offer(&place.team);
    }
    Ok(())
}

/// FACTS §6.4: nobody is dropped silently. A supervisor decides, or the case is passed on with reason CAPACITY.
pub(super) fn waited_too_long(step: &mut Step) -> Result<(), Refusal> {
    let Some(since) = step.case.waiting_since.filter(|_| step.case.status.is_waiting()) else {
        return Err(Refusal::NotInThisStatus);
    };
    if step.today().since(since.day()) < i32::from(step.case.terms.waiting_days_max) {
        return Err(Refusal::TooEarly);
    }
    if step.case.contact.opted_out {
        return leave::opted_out(step, crate::case::event::OptOutScope::Program);
    }
    step.reason(CloseReason::Capacity.id());
    step.raise(ReviewReason::WaitedTooLong);
    Ok(())
}
