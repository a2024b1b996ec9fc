//! Consent, enrolment and service.

use super::step::Step;
use super::{leave, reach, remedy};
use crate::case::effect::{NoticeCode, TaskKind, UpdateKind};
use crate::case::reason::{CloseReason, Ending, HoldReason, ReviewReason};
use crate::case::refusal::Refusal;
use crate::case::remedy::JUDGE_AGAIN_DAYS;
use crate::case::state::{Delivery, HandOver, Lead, ProgramConsent};
use crate::case::status::{Phase, Status};
use crate::case::transition::LedgerNote;
use crate::day::Day;
use crate::facts::Channel;
use crate::ids::{ActorId, VendorId};
use crate::moment::Moment;
use crate::vendor::reply::ContactMode;

/// Consent with its scope. A member who consents after having declined takes the decline back.
pub(super) fn consented(step: &mut Step, consent: &ProgramConsent) -> Result<(), Refusal> {
    match step.case.status {
        Status::Outreach | Status::Engaged | Status::RequiredNonparticipating => {
            step.case.contact.declined = false;
            step.case.contact.opted_out = false;
            step.cancel_tasks(|_| true);
            // A required case that kept no place waits for one; the others go straight on.
            let placed = step.case.place.is_some();
            if placed {
                step.go(Status::Consented);
            } else {
                step.requeue(Status::Queued);
            }
        }
        Status::Identified
        | Status::Pended(_)
        | Status::Queued
        | Status::Consented
        | Status::Enrolled
        | Status::VendorAccepted
        | Status::Active => {}
        Status::OnHold => return Err(Refusal::OnHold),
        Status::Review => return Err(Refusal::UnderReview),
        Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => return Err(Refusal::CaseClosed),
    }
    step.case.contact.touched = true;
    step.case.consent = Some(consent.clone());
    Ok(())
}

pub(super) fn consent_revoked(step: &mut Step) -> Result<(), Refusal> {
    if step.case.consent.is_none() {
        return Err(Refusal::NoConsent);
    }
    step.case.consent = None;
    leave::declined(step, false)
}

/// No enrolment without consent and coverage at its version (DESIGN §7), nor without a place.
pub(super) fn enrolled(
    step: &mut Step,
    to: &VendorId,
    start: Day,
    facts_version: u64,
) -> Result<(), Refusal> {
    if step.case.status != Status::Consented {
        return Err(Refusal::NotInThisStatus);
    }
    if step.case.assignment.is_some() {
        return Err(Refusal::AlreadyOffered);
    }
    may_enrol(step, facts_version)?;
    if step.case.place.as_ref().is_none_or(|place| place.team != *to) {
        return Err(Refusal::NoPlace);
    }
    if step.case.vendors_tried.contains(to) {
        return Err(Refusal::VendorTriedBefore);
    }
    step.cancel_tasks(|_| true);
    step.case.start = Some(start);
    step.go(Status::Enrolled);
    route(step, to);
    step.tell_providers(NoticeCode::Enrolled);
    Ok(())
}

/// Consent held, coverage held, and seen on facts not older than those that the case has seen.
pub(super) fn may_enrol(step: &mut Step, facts_version: u64) -> Result<(), Refusal> {
    if step.case.consent.is_none() {
        return Err(Refusal::NoConsent);
    }
    if step.case.contact.opted_out {
        return Err(Refusal::OptedOut);
    }
    if !step.case.coverage.covered || facts_version < step.case.coverage.facts_version {
        return Err(Refusal::NoCoverage);
    }
    step.case.coverage.facts_version = facts_version;
    Ok(())
}

/// The four placements of the seed study are four routes, as program data (FACTS §4).
fn route(step: &mut Step, to: &VendorId) {
    match step.case.terms.delivery {
        Delivery::PayerTeam => {
            step.task(TaskKind::TakeMember, 2);
            step.task(TaskKind::CarePlan, 10);
        }
        Delivery::Embedded => {
            step.task(TaskKind::EmbeddedTakeMember, 2);
            step.task(TaskKind::CarePlan, 10);
        }
        Delivery::Practice | Delivery::External => step.offer(to),
    }
}

/// A person takes the member. External vendors and practices with a queue answer by reply instead.
pub(super) fn team_accepted(step: &mut Step, by: &ActorId) -> Result<(), Refusal> {
    if step.case.assignment.is_some() || step.case.terms.delivery == Delivery::External {
        return Err(Refusal::WrongDelivery);
    }
    if step.case.status != Status::Enrolled {
        return Err(Refusal::NotInThisStatus);
    }
    let lead = Lead::Person(by.clone());
    if step.case.lead.as_ref().is_some_and(|present| *present != lead) {
        return Err(Refusal::LeadExists);
    }
    step.case.lead = Some(lead);
    step.go(Status::VendorAccepted);
    Ok(())
}

pub(super) fn started(step: &mut Step, on: Day) -> Result<(), Refusal> {
    if step.case.assignment.is_some() {
        return Err(Refusal::WrongDelivery);
    }
    if step.case.status != Status::VendorAccepted {
        return Err(Refusal::NotInThisStatus);
    }
    if on > step.today() {
        return Err(Refusal::TooEarly);
    }
    if !step.case.coverage.covered {
        return Err(Refusal::NoCoverage);
    }
    step.case.start = Some(on);
    step.go(Status::Active);
    Ok(())
}

/// A contact with the enrolled member: the dose of our own program (FACTS §3.3).
pub(super) fn contact(
    step: &mut Step,
    at: Moment,
    mode: ContactMode,
    two_way: bool,
    vendor: Option<&VendorId>,
) -> Result<(), Refusal> {
    if step.case.phase() != Phase::Enrolled {
        return Err(Refusal::NotInThisStatus);
    }
    if two_way {
        step.case.contact.spoke(at);
        step.case.reviews.retain(|review| *review != ReviewReason::DoseLapsed);
        step.case.proposal = step.case.proposal.filter(|held| held.why != ReviewReason::DoseLapsed);
    }
    step.ledger.push(LedgerNote::Touch {
        at,
        program: step.case.program.clone(),
        vendor: vendor.cloned(),
        channel: match mode {
            ContactMode::Phone | ContactMode::Video => Channel::Call,
            ContactMode::Message => Channel::Text,
            ContactMode::InPerson => Channel::Visit,
        },
        task: None,
    });
    Ok(())
}

/// Active without two-way contact for longer than the terms allow: the program's remedy is proposed.
pub(super) fn dose_lapsed(step: &mut Step) -> Result<(), Refusal> {
    if step.case.status != Status::Active {
        return Err(Refusal::NotInThisStatus);
    }
    let last = step.case.dose_since();
    let days = last.map_or(i32::MAX, |last| step.today().since(last));
    if days <= i32::from(step.case.terms.dose_gap_days) {
        return Err(Refusal::TooEarly);
    }
    remedy::propose(step, ReviewReason::DoseLapsed);
    Ok(())
}

pub(super) fn not_working(step: &mut Step) -> Result<(), Refusal> {
    if step.case.status != Status::Active {
        return Err(Refusal::NotInThisStatus);
    }
    if step.case.upheld.is_some_and(|upheld| step.today().since(upheld) < JUDGE_AGAIN_DAYS) {
        return Err(Refusal::TooEarly);
    }
    remedy::propose(step, ReviewReason::NotWorking);
    Ok(())
}

pub(super) fn held(step: &mut Step, reason: HoldReason) -> Result<(), Refusal> {
    match reason {
        HoldReason::InFacility | HoldReason::MemberRequest | HoldReason::ProviderRequest => {}
        // These have events of their own, which do more than hold.
        HoldReason::EligGap | HoldReason::Appeal => return Err(Refusal::Inconsistent),
        // A discharge status on a claim, or somebody's word: calls stop, a person checks before anybody telephones.
        HoldReason::DeathReported => {
            reach::death_reported(step);
            return Ok(());
        }
    }
    match step.case.status {
        Status::OnHold => return Err(Refusal::OnHold),
        Status::Review => return Err(Refusal::UnderReview),
        Status::Identified
        | Status::Pended(_)
        | Status::Queued
        | Status::Outreach
        | Status::Engaged
        | Status::Consented
        | Status::Enrolled
        | Status::VendorAccepted
        | Status::Active
        | Status::RequiredNonparticipating
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => {}
    }
    let days = step.case.terms.hold_days_max;
    step.hold(reason, days);
    step.update_vendor(UpdateKind::Hold);
    Ok(())
}

pub(super) fn resumed(step: &mut Step) -> Result<(), Refusal> {
    let Some(hold) = &step.case.hold else { return Err(Refusal::NotInThisStatus) };
    match hold.reason {
        HoldReason::EligGap => return Err(Refusal::NoCoverage),
        HoldReason::Appeal => return Err(Refusal::AppealPending),
        HoldReason::DeathReported => return Err(Refusal::UnderReview),
        HoldReason::InFacility | HoldReason::MemberRequest | HoldReason::ProviderRequest => {}
    }
    step.resume();
    step.update_vendor(UpdateKind::Resumed);
    Ok(())
}

/// FACTS §6.1: a gap in coverage ends the case after its days; every other hold goes to a person.
pub(super) fn hold_expired(step: &mut Step) -> Result<(), Refusal> {
    let Some(hold) = step.case.hold.clone() else { return Err(Refusal::NotInThisStatus) };
    if step.today() <= hold.until {
        return Err(Refusal::TooEarly);
    }
    match hold.reason {
        HoldReason::EligGap => {
            let enrolled = step.case.phase() == Phase::Enrolled;
            let status = if enrolled { Status::Disenrolled } else { Status::Withdrawn };
            step.close(status, Ending::of(CloseReason::EligLost), None);
        }
        // An appeal and a reported death last as long as they last; a person is reminded.
        HoldReason::Appeal | HoldReason::DeathReported => {
            let days = step.case.terms.hold_days_max;
            step.hold(hold.reason, days);
            step.raise(ReviewReason::HoldExpired);
        }
        HoldReason::InFacility | HoldReason::MemberRequest | HoldReason::ProviderRequest => {
            let back = step.standing();
            step.case.hold = None;
            step.stop_for_review(ReviewReason::HoldExpired, back);
        }
    }
    Ok(())
}

/// Days ahead for which a first day of service can be meant; a mistyped year would stop the clock of the dose for good.
const START_DAYS_AHEAD: i32 = 90;

/// The vendor reports the start of service.
pub(super) fn started_by_vendor(step: &mut Step, start: Day) -> Result<(), Refusal> {
    if start.since(step.today()) > START_DAYS_AHEAD {
        return Err(Refusal::TooEarly);
    }
    let version = step.case.coverage.facts_version;
    may_enrol(step, version)?;
    let first = match (step.standing(), step.case.terms.hand_over) {
        (Status::VendorAccepted, HandOver::Enrolment) => false,
        (Status::Consented | Status::VendorAccepted, HandOver::OutreachDelegated) => true,
        (_, HandOver::Enrolment | HandOver::OutreachDelegated) => return Err(Refusal::NotInThisStatus),
    };
    step.case.start = Some(start);
    step.advance(Status::Active);
    if first {
        step.tell_providers(NoticeCode::Enrolled);
    }
    Ok(())
}
