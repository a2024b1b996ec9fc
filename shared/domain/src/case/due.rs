//! What time alone makes happen to a case (DESIGN D5): `queue-outreach` asks [`due`] and applies the events one by one;
//! [`next_due`] says when somebody has to look.

use crate::calendar::business::HolidayCalendar;
use crate::case::event::EventKind;
use crate::case::reason::{PendReason, ReviewReason};
use crate::case::remedy::Proposal;
use crate::case::required::Participation;
use crate::case::state::{Assignment, Case, HandOver, Stage};
use crate::case::status::Status;
use crate::day::Day;
use crate::moment::Moment;
use crate::vendor::sla::{self, OfferClocks};

/// Whether an offer has left: until then none of its vendor's clocks runs. A pause, a cap, a stale source are none of the
/// vendor's doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfferLeft {
    /// As it was made.
    #[default]
    AtOnce,
    /// Later, at this instant.
    At(Moment),
    /// It is held back.
    NotYet,
}

impl OfferLeft {
    /// From when on the clocks of an offer run that was made at `offered`; none: not yet.
    pub const fn since(self, offered: Moment) -> Option<Moment> {
        match self {
            Self::AtOnce => Some(offered),
            Self::At(sent) => Some(sent),
            Self::NotYet => None,
        }
    }
}

/// What the timers need besides the case.
#[derive(Clone, Copy, Debug)]
pub struct TimerRules<'a> {
    /// Clocks of the vendor that is offered the case.
    pub clocks: OfferClocks,
    /// Holidays.
    pub calendar: &'a HolidayCalendar,
    /// The member's state.
    pub state: Option<&'a str>,
    /// Whether the offer that stands has left.
    pub offer: OfferLeft,
}

/// The events that are due at `now` with the instant at which each fell due, the oldest first. The machine accepts each at
/// that time; after applying one, ask again. For `OfferClock(NEXT_VENDOR)` and
/// `RemedyDue` the caller fills in the next vendor with a free place.
pub fn due(case: &Case, rules: TimerRules<'_>, now: Moment) -> Vec<(Moment, EventKind)> {
    let mut timers = timers(case, rules);
    timers.retain(|(at, _)| *at <= now);
    timers.sort_by_key(|(at, _)| *at);
    timers
}

/// The next instant at which time alone changes something; none: nothing does.
pub fn next_due(case: &Case, rules: TimerRules<'_>) -> Option<Moment> {
    let timers = timers(case, rules).into_iter().map(|(at, _)| at);
    timers.chain(case.contact.call_back).min()
}

fn timers(case: &Case, rules: TimerRules<'_>) -> Vec<(Moment, EventKind)> {
    if !case.is_open() {
        return recall(case, rules).into_iter().collect();
    }
    let asked = |reason| case.reviews.contains(&reason);
    let all = [
        hold(case),
        notice(case),
        waiting(case).filter(|_| !asked(ReviewReason::WaitedTooLong)),
        dose(case).filter(|_| !asked(ReviewReason::DoseLapsed)),
        remedy(case),
        offer(case, rules),
        reply_gap(case).filter(|_| !asked(ReviewReason::SequenceGap)),
        required_review(case).filter(|_| !asked(ReviewReason::RequiredReview)),
        stalled(case).filter(|_| !asked(ReviewReason::Stalled)),
        recall(case, rules),
    ];
    all.into_iter().flatten().collect()
}

fn at_start(day: Day) -> Moment {
    Moment::start_of(day)
}

fn hold(case: &Case) -> Option<(Moment, EventKind)> {
    let hold = case.hold.as_ref()?;
    Some((at_start(hold.until.plus(1)), EventKind::HoldExpired))
}

fn notice(case: &Case) -> Option<(Moment, EventKind)> {
    let Participation::Required(required) = &case.participation else { return None };
    let waits = case.status == Status::Pended(PendReason::Notice) && !required.appeal_pending;
    let notice = required.notice.filter(|_| waits)?;
    Some((at_start(notice.effective_on), EventKind::NoticePeriodEnded))
}

/// Since when a clock counts: a person who said that the case goes on as it is starts it anew.
fn looked(case: &Case, since: Moment) -> Moment {
    case.looked.map_or(since, |looked| looked.max(since))
}

fn waiting(case: &Case) -> Option<(Moment, EventKind)> {
    let since = case.waiting_since.filter(|_| case.status.is_waiting())?;
    let limit = i32::from(case.terms.waiting_days_max);
    Some((at_start(looked(case, since).day().plus(limit)), EventKind::WaitedTooLong))
}

fn dose(case: &Case) -> Option<(Moment, EventKind)> {
    if case.status != Status::Active {
        return None;
    }
    let last = case.dose_since()?;
    let days = i32::from(case.terms.dose_gap_days) + 1;
    Some((at_start(last.plus(days)), EventKind::DoseLapsed))
}

/// A remedy that needs no person is due at once.
fn remedy(case: &Case) -> Option<(Moment, EventKind)> {
    let at_once = |held: &Proposal| !held.rule.confirm && case.status == Status::Active;
    let proposal = case.proposal.filter(at_once)?;
    Some((proposal.since, EventKind::RemedyDue { next: None }))
}

fn offer(case: &Case, rules: TimerRules<'_>) -> Option<(Moment, EventKind)> {
    let assignment = case.assignment.as_ref()?;
    let sent = rules.offer.since(assignment.offered)?;
    let (step, at) = sla::next(sent, assignment, rules.clocks, rules.calendar, rules.state)?;
    Some((at, EventKind::OfferClock { step, next: None }))
}

fn reply_gap(case: &Case) -> Option<(Moment, EventKind)> {
    let since = case.reply_gap_since()?;
    Some((looked(case, since).plus_hours(i64::from(case.terms.gap_hours_max)), EventKind::ReplyGapExpired))
}

/// A vendor that does not confirm a recall in the time that the recall names ([`sla::RECALL_BUSINESS_DAYS`]), also of a
/// case that has ended: it may serve the member still.
fn recall(case: &Case, rules: TimerRules<'_>) -> Option<(Moment, EventKind)> {
    let former = case.former.iter().find(|former| former.awaits_confirmation())?;
    let at = rules.calendar.deadline(former.ended, sla::RECALL_BUSINESS_DAYS, rules.state);
    Some((at, EventKind::NotLetGo { vendor: former.vendor.clone() }))
}

/// Days after which a required participation that goes on past its review date is looked at again (D).
const REVIEW_AGAIN_DAYS: i64 = 30;

fn required_review(case: &Case) -> Option<(Moment, EventKind)> {
    let Participation::Required(required) = &case.participation else { return None };
    let review_on = at_start(required.notice?.review_on);
    // Whoever let it go on after its day is asked again: a restriction has no open end (FACTS §6.3).
    let again =
        case.looked.filter(|looked| *looked >= review_on).map(|looked| looked.plus_days(REVIEW_AGAIN_DAYS));
    Some((again.unwrap_or(review_on), EventKind::RequiredReviewDue))
}

/// Whether a vendor reaches the member, and has said that it will.
fn delegated(case: &Case) -> bool {
    let accepted = |assignment: &Assignment| matches!(assignment.stage, Stage::Accepted | Stage::Serving);
    case.terms.hand_over == HandOver::OutreachDelegated && case.assignment.as_ref().is_some_and(accepted)
}

/// Nobody is forgotten: in a status that waits for a person or for data, somebody is asked after some days (D).
fn stalled(case: &Case) -> Option<(Moment, EventKind)> {
    let days = match case.status {
        Status::Identified => 3,
        Status::Pended(PendReason::Data | PendReason::Consent) => 30,
        Status::Engaged | Status::VendorAccepted => 14,
        Status::Consented => 5,
        // Offers to vendors have clocks of their own until they are accepted.
        Status::Enrolled if case.assignment.is_none() => 5,
        Status::Review => 7,
        Status::RequiredNonparticipating => 90,
        // A vendor that took the outreach and tells nothing of it.
        Status::Outreach if delegated(case) => {
            let heard = case.contact.history.last().map_or(case.since, |attempt| attempt.at.max(case.since));
            let heard = looked(case, heard);
            return Some((heard.plus_days(14), EventKind::ReviewRaised(ReviewReason::Stalled)));
        }
        Status::Enrolled
        | Status::Pended(PendReason::Capacity | PendReason::Notice)
        | Status::Queued
        | Status::Outreach
        | Status::Active
        | Status::OnHold
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => return None,
    };
    Some((looked(case, case.since).plus_days(days), EventKind::ReviewRaised(ReviewReason::Stalled)))
}
