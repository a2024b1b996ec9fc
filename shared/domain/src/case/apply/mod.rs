//! The machine itself: `apply(case, event)` is one match over every event, and every handler matches every status
//! that matters to it; there is no catch-all arm, so a new event or status does not compile until it is decided
//! (DESIGN D7). An illegal event is a typed [`Refusal`]; nothing has changed then.

mod ended;
mod intake;
mod leave;
mod person;
mod plan;
mod reach;
mod remedy;
mod required;
mod service;
mod step;
mod vendor;
mod vendor_report;

use crate::case::acute::AcuteNote;
use crate::case::event::{CaseEvent, EventKind};
use crate::case::refusal::Refusal;
use crate::case::state::Case;
use crate::case::transition::Transition;
use step::Step;

/// How many event keys a case remembers. Repetitions come within minutes (a double click, a redelivery); older ones
/// are refused by their sequence, their open task or their status.
const KEYS_KEPT: usize = 32;

/// Applies an event to a case.
///
/// The same case and event always give the same transition. `event.recorded` is the machine's "now".
pub fn apply(case: &Case, event: &CaseEvent) -> Result<Transition, Refusal> {
    if case.has_seen(&event.key) {
        return Err(Refusal::Repeated);
    }
    let mut step = Step::new(case, event);
    if case.is_open() {
        dispatch(&mut step, event)?;
    } else {
        ended::after_the_end(&mut step, event)?;
    }
    if step.case.recent_keys.len() >= KEYS_KEPT {
        step.case.recent_keys.remove(0);
    }
    step.case.recent_keys.push(fingerprint(&event.key));
    Ok(step.done())
}

impl Case {
    /// Whether an event with this key was applied: the very command or message, come again. A refusal `REPEATED` of an
    /// event with another key says that the same thing was done by somebody else.
    pub fn has_seen(&self, key: &str) -> bool {
        self.recent_keys.contains(&fingerprint(key))
    }
}

/// The state of a case after all its events: what is stored must equal this (DESIGN §7). Events that were refused
/// are not in the history.
pub fn replay<'e>(opened: Case, events: impl IntoIterator<Item = &'e CaseEvent>) -> Result<Case, Refusal> {
    events.into_iter().try_fold(opened, |case, event| apply(&case, event).map(|transition| transition.case))
}

fn dispatch(step: &mut Step, event: &CaseEvent) -> Result<(), Refusal> {
    match &event.kind {
        EventKind::TriggerInvalidated(why) => intake::invalidated(step, *why),
        EventKind::TriggerReconfirmed => intake::reconfirmed(step),
        EventKind::CoverageLost { last_day, facts_version } => {
            intake::coverage_lost(step, *last_day, *facts_version)
        }
        EventKind::CoverageConfirmed { facts_version } => intake::coverage_confirmed(step, *facts_version),
        EventKind::MemberDied => leave::died(step),
        EventKind::MemberIdChanged { to } => intake::member_id_changed(step, to),
        EventKind::ExclusionFound(why) => intake::excluded(step, *why),
        EventKind::AcuteEvent { kind, on, admitted, inside, afresh } => {
            let admitted = admitted.unwrap_or(*on);
            let note = AcuteNote { kind: *kind, on: *on, admitted, inside: *inside };
            intake::acute(step, note, *afresh)
        }
        EventKind::AcuteTakenBack { kind, on } => intake::acute_taken_back(step, *kind, *on),
        EventKind::TriggeredAfterRamp => service::not_working(step),
        EventKind::ContactDetailsChanged => intake::contact_details(step),
        EventKind::ContactDetailsKnown(details) => intake::details_known(step, *details),
        EventKind::Pended(reason) => intake::pended(step, *reason),
        EventKind::PendEnded => intake::pend_ended(step),
        EventKind::Queued => intake::queued(step),
        EventKind::Routed(terms) => intake::routed(step, terms),
        EventKind::Admitted { place, wave } => intake::admitted(step, place, wave),
        EventKind::WaitedTooLong => intake::waited_too_long(step),
        EventKind::OutreachScheduled(scheduled) => reach::scheduled(step, scheduled),
        EventKind::TaskDropped { task, reason } => reach::dropped(step, task, *reason),
        EventKind::AttemptRecorded(attempt) => reach::attempted(step, attempt, None),
        EventKind::OutreachExhausted => leave::exhausted(step),
        EventKind::ChannelsRefused(channels) => reach::refused(step, channels),
        EventKind::ChannelsAllowed(channels) => reach::allow(step, channels),
        EventKind::ProgramDeclined { not_now } => leave::declined(step, *not_now),
        EventKind::OptedOut(scope) => leave::opted_out(step, *scope),
        EventKind::ConsentRecorded(consent) => service::consented(step, consent),
        EventKind::ConsentRevoked => service::consent_revoked(step),
        EventKind::Enrolled { to, start, facts_version } => {
            service::enrolled(step, to, *start, *facts_version)
        }
        EventKind::TeamAccepted { by } => service::team_accepted(step, by),
        EventKind::ServiceStarted { on } => service::started(step, *on),
        EventKind::ContactLogged { mode, two_way, .. } => {
            service::contact(step, event.occurred, *mode, *two_way, None)
        }
        EventKind::CarePlanMade(plan) => plan::made(step, plan),
        EventKind::CareTaskMoved { code, to } => plan::moved(step, code, *to),
        EventKind::DoseLapsed => service::dose_lapsed(step),
        EventKind::RemedyDue { next } => remedy::due(step, next.as_ref()),
        EventKind::Held(reason) => service::held(step, *reason),
        EventKind::Resumed => service::resumed(step),
        EventKind::HoldExpired => service::hold_expired(step),
        EventKind::Closed(ending) => leave::closed(step, *ending),
        EventKind::LeadAssigned(lead) => person::lead_assigned(step, lead),
        EventKind::LeadReleased => person::lead_released(step),
        EventKind::CoManagerAdded(manager) => person::co_manager(step, manager),
        EventKind::Reviewed(verdict) => person::reviewed(step, verdict),
        EventKind::ReviewRaised(reason) => person::review_raised(step, *reason),
        EventKind::VendorReplied(reply) => vendor::replied(step, reply),
        EventKind::OfferClock { step: clock, next } => vendor::clock(step, *clock, next.as_ref()),
        EventKind::ReplyGapExpired => vendor::gap_expired(step),
        EventKind::ReplyGapSkipped => vendor::gap_skipped(step),
        EventKind::Recalled => vendor::recalled(step),
        EventKind::NotLetGo { vendor } => vendor::not_let_go(step, vendor),
        EventKind::NoticeSent(notice) => required::notice_sent(step, *notice),
        EventKind::NoticePeriodEnded => required::notice_period_ended(step),
        EventKind::AppealFiled => required::appeal_filed(step),
        EventKind::AppealEnded { upheld } => required::appeal_ended(step, *upheld),
        EventKind::RequiredReviewDue => required::review_due(step),
    }
}

/// A short fingerprint of an event key; keys of one case that collide by chance are one in 10^17.
fn fingerprint(key: &str) -> u64 {
    let hash = blake3::hash(key.as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
