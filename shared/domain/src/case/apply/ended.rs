//! After the end: a case stays ended, but a wish not to be contacted counts whenever it comes, and vendors still get
//! answers.

use super::step::Step;
use super::{reach, vendor};
use crate::case::event::{CaseEvent, EventKind, OptOutScope};
use crate::case::refusal::Refusal;
use crate::day::Day;
use crate::facts::{Channel, Closure, ClosureKind, Fact, Preference, PreferenceKind};
use crate::outreach::attempt::{Attempt, Consequence};

/// Events of an ended case. Only those that must never be lost are taken; the status never changes again.
pub(super) fn after_the_end(step: &mut Step, event: &CaseEvent) -> Result<(), Refusal> {
    match &event.kind {
        EventKind::OptedOut(scope) => {
            opt_out(step, *scope);
            Ok(())
        }
        EventKind::ChannelsRefused(channels) => {
            refuse(step, channels);
            Ok(())
        }
        EventKind::AttemptRecorded(attempt) => {
            late_attempt(step, attempt);
            Ok(())
        }
        EventKind::VendorReplied(reply) => vendor::replied(step, reply),
        EventKind::ReplyGapSkipped => vendor::gap_skipped(step),
        EventKind::NotLetGo { vendor } => vendor::not_let_go(step, vendor),
        EventKind::MemberIdChanged { to } => super::intake::member_id_changed(step, to),
        EventKind::TriggerInvalidated(_)
        | EventKind::TriggerReconfirmed
        | EventKind::CoverageLost { .. }
        | EventKind::CoverageConfirmed { .. }
        | EventKind::MemberDied
        | EventKind::ExclusionFound(_)
        | EventKind::AcuteEvent { .. }
        | EventKind::AcuteTakenBack { .. }
        | EventKind::TriggeredAfterRamp
        | EventKind::ContactDetailsChanged
        | EventKind::ContactDetailsKnown(_)
        | EventKind::CarePlanMade(_)
        | EventKind::CareTaskMoved { .. }
        | EventKind::Pended(_)
        | EventKind::PendEnded
        | EventKind::Queued
        | EventKind::Routed(_)
        | EventKind::Admitted { .. }
        | EventKind::WaitedTooLong
        | EventKind::OutreachScheduled(_)
        | EventKind::TaskDropped { .. }
        | EventKind::OutreachExhausted
        | EventKind::ChannelsAllowed(_)
        | EventKind::ProgramDeclined { .. }
        | EventKind::ConsentRecorded(_)
        | EventKind::ConsentRevoked
        | EventKind::Enrolled { .. }
        | EventKind::TeamAccepted { .. }
        | EventKind::ServiceStarted { .. }
        | EventKind::ContactLogged { .. }
        | EventKind::DoseLapsed
        | EventKind::RemedyDue { .. }
        | EventKind::Held(_)
        | EventKind::Resumed
        | EventKind::HoldExpired
        | EventKind::Closed(_)
        | EventKind::LeadAssigned(_)
        | EventKind::LeadReleased
        | EventKind::CoManagerAdded(_)
        | EventKind::Reviewed(_)
        | EventKind::ReviewRaised(_)
        | EventKind::OfferClock { .. }
        | EventKind::ReplyGapExpired
        | EventKind::Recalled
        | EventKind::NoticeSent(_)
        | EventKind::NoticePeriodEnded
        | EventKind::AppealFiled
        | EventKind::AppealEnded { .. }
        | EventKind::RequiredReviewDue => Err(Refusal::CaseClosed),
    }
}

/// A call that was under way when the case ended: it counts for the ledger, and "stop" counts for good.
fn late_attempt(step: &mut Step, attempt: &Attempt) {
    reach::touch(step, attempt, None);
    if attempt.outcome.consequence() == Consequence::StopCalls {
        refuse(step, &[Channel::Call, Channel::Text]);
    }
}

fn refuse(step: &mut Step, channels: &[Channel]) {
    step.case.contact.refuse(channels);
    reach::record_channels(step, channels, false);
}

/// The closure becomes a permanent one; an earlier, shorter cool-down is superseded by the new fact.
fn opt_out(step: &mut Step, scope: OptOutScope) {
    step.case.contact.opted_out = true;
    step.reason(scope.id());
    let date: Day = step.today();
    let kind = match scope {
        OptOutScope::Program => ClosureKind::OptOutPermanent,
        OptOutScope::PlanWide => {
            let what = PreferenceKind::DoNotContact { set: true };
            step.facts.push(Fact::Preference(Preference { received: date, what }));
            ClosureKind::DoNotContact
        }
    };
    if let Some(closed) = step.case.closed.as_mut() {
        closed.closure = Some(kind);
    }
    step.facts.push(Fact::Closure(Closure { kind, date, received: date }));
}
