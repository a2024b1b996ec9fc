//! The clocks of open cases (FACTS §6.1, §8): what is due is read from the index, the case itself is read again, and
//! every event whose time may have come is put to the machine, which knows whether it has.

use crate::{ACTOR, Queue, QueueStore, Summary};
use icm_casework::work::event_of;
use icm_casework::{Person, RELOADS, Switches, Work, planning};
use icm_domain::case::effect::EffectKind;
use icm_domain::case::event::{DropReason, EventKind};
use icm_domain::case::reason::{PendReason, ReviewReason};
use icm_domain::case::state::Case;
use icm_domain::case::status::Status;
use icm_domain::ids::{EffectId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::vendor::sla::{self, SlaStep};
use icm_ports::due::DUE_SHARDS;
use icm_ports::{Clock, DueKind, DueSubject, PortError, Result};

/// Cases that one run takes from each shard.
const SHARD_LIMIT: usize = 100;
/// How long after its last instant a task without a result counts as not done, in hours.
const RESULT_HOURS: i64 = 24;

/// Looks at every case that is due.
pub(crate) async fn run<S: QueueStore, C: Clock>(
    catalogue: &Catalogue,
    switches: &Switches,
    queue: &Queue<S, C>,
    summary: &mut Summary,
) -> Result<()> {
    let until = queue.clock.now();
    for shard in 0..DUE_SHARDS {
        for entry in queue.store.due(DueKind::Case, shard, until, None, SHARD_LIMIT).await? {
            let DueSubject::Case(program) = entry.what else { continue };
            summary.looked_at += 1;
            match look(&entry.member, &program, catalogue, switches, queue).await {
                Ok(looked) => {
                    summary.moved += u64::from(looked.moved);
                    summary.unacknowledged += u64::from(looked.unacknowledged);
                }
                Err(error) => {
                    tracing::warn!(operation = error.operation(), "case left for the next run");
                    summary.left += 1;
                }
            }
        }
    }
    Ok(())
}

/// What became of one case.
#[derive(Clone, Copy, Default)]
struct Looked {
    /// It was changed.
    moved: bool,
    /// The first clock of its offer ran out: the vendor has not acknowledged it.
    unacknowledged: bool,
}

/// Looks at one case.
async fn look<S: QueueStore, C: Clock>(
    member: &MemberId,
    program: &ProgramId,
    catalogue: &Catalogue,
    switches: &Switches,
    queue: &Queue<S, C>,
) -> Result<Looked> {
    for _ in 0..RELOADS {
        let now = queue.clock.now();
        let Some(mut work) = Work::load(&queue.store, member, program).await? else {
            return Ok(Looked::default());
        };
        // The index lags: the case may have been looked at meanwhile.
        if work.record().due.is_none_or(|due| due > now) {
            return Ok(Looked::default());
        }
        let mut unacknowledged = false;
        let person = Person::load(&queue.store, member, now.day()).await?;
        work.describe(&person);
        for (key, kind) in due_events(&work, &person, catalogue, now) {
            // "Not yet" is what most clocks answer: no refusal is recorded.
            let warns = matches!(kind, EventKind::OfferClock { step: SlaStep::Warn, .. });
            let applied = work.apply(&event_of(key, ACTOR, now, kind));
            unacknowledged |= warns && applied.is_ok();
        }
        let live = catalogue
            .program(program.as_str())
            .is_some_and(|known| switches.check(known, None, None).is_ok());
        if live {
            planning::plan_next(&mut work, &person, catalogue, ACTOR, now);
        }
        let moved = work.is_changed();
        if !moved {
            work.look_again(next_look(work.case(), now));
        }
        match work.commit(&queue.store).await {
            Ok(_) => return Ok(Looked { moved, unacknowledged }),
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Err(PortError::Throttled { operation: "run clocks of case" })
}

/// An unanswered offer each hour, everything else tomorrow.
fn next_look(case: &Case, now: Moment) -> Moment {
    let tomorrow = Moment::start_of(now.day().plus(1));
    if case.assignment.is_some() { tomorrow.min(now.plus_hours(1)) } else { tomorrow }
}

/// Events whose time may have come, each with a key that is the same when it is repeated.
fn due_events(work: &Work, person: &Person, catalogue: &Catalogue, now: Moment) -> Vec<(String, EventKind)> {
    let case = work.case();
    let mut events = Vec::new();
    let mut add = |what: &str, since: String, kind| {
        events.push((format!("{what}#{}#{since}", case.id.as_str()), kind));
    };
    let today = now.day();
    match case.status {
        Status::Queued | Status::Pended(PendReason::Capacity) => {
            let since = case.waiting_since.unwrap_or(case.opened);
            let over = today.since(since.day()) >= i32::from(case.terms.waiting_days_max);
            if over && !case.reviews.contains(&ReviewReason::WaitedTooLong) {
                add("waited", since.to_string(), EventKind::WaitedTooLong);
            }
        }
        Status::Pended(PendReason::Notice) => {
            add("notice-ended", case.since.to_string(), EventKind::NoticePeriodEnded);
        }
        Status::OnHold => {
            if let Some(hold) = case.hold.as_ref().filter(|hold| hold.until < today) {
                add("hold-expired", hold.until.to_string(), EventKind::HoldExpired);
            }
        }
        Status::Active if !case.reviews.contains(&ReviewReason::DoseLapsed) => {
            add("dose-lapsed", today.to_string(), EventKind::DoseLapsed);
        }
        Status::Identified
        | Status::Pended(PendReason::Data | PendReason::Consent)
        | Status::Outreach
        | Status::Engaged
        | Status::Consented
        | Status::Enrolled
        | Status::VendorAccepted
        | Status::Active
        | Status::Review
        | Status::RequiredNonparticipating
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::UnableToContact
        | Status::ReferredOther => {}
    }
    for task in overdue_tasks(work, now) {
        let kind = EventKind::TaskDropped { task: task.clone(), reason: DropReason::Expired };
        add("expired", task.as_str().to_owned(), kind);
    }
    if let Some((step, since)) = offer_clock(case, person, catalogue, now) {
        let next = next_team(case, person, catalogue);
        add("offer-clock", format!("{}#{since}", step.id()), EventKind::OfferClock { step, next });
    }
    if let Some(since) = reply_gap(case, now) {
        add("reply-gap", since.to_string(), EventKind::ReplyGapExpired);
    }
    events
}

/// Open tasks whose result never came, or whose effect was cancelled without the case hearing of it.
fn overdue_tasks(work: &Work, now: Moment) -> Vec<EffectId> {
    let over = |id: &EffectId| {
        let held = work.outbox().iter().find(|held| held.effect.id == *id);
        held.is_none_or(|held| match &held.effect.what {
            EffectKind::OutreachTask { not_after, .. } => not_after.plus_hours(RESULT_HOURS) <= now,
            EffectKind::OfferVendor { .. }
            | EffectKind::CancelOffer { .. }
            | EffectKind::RecallVendor { .. }
            | EffectKind::UpdateVendor { .. }
            | EffectKind::AnswerReply { .. }
            | EffectKind::CancelTask { .. }
            | EffectKind::Notice { .. }
            | EffectKind::CaseConferenceRequest { .. }
            | EffectKind::InternalTask { .. } => false,
        })
    };
    work.case().open_tasks.iter().map(|task| task.effect.clone()).filter(over).collect()
}

/// The clock of the open offer that has run out, and the offer's instant.
fn offer_clock(
    case: &Case,
    person: &Person,
    catalogue: &Catalogue,
    now: Moment,
) -> Option<(SlaStep, Moment)> {
    let assignment = case.assignment.as_ref()?;
    let clocks = catalogue.team(&assignment.vendor).map(|team| team.clocks).unwrap_or_default();
    let state = person.address().map(|address| address.expose().state.as_ref());
    let (step, at) = sla::next(assignment, clocks, &catalogue.calendars.holidays, state)?;
    (at <= now).then_some((step, assignment.offered))
}

/// Since when early replies have been waiting, when that is too long and nobody was asked yet.
fn reply_gap(case: &Case, now: Moment) -> Option<Moment> {
    let since = case.assignment.as_ref()?.inbox.waiting_since()?;
    let over = now >= since.plus_hours(i64::from(case.terms.gap_hours_max));
    (over && !case.reviews.contains(&ReviewReason::SequenceGap)).then_some(since)
}

fn next_team(case: &Case, person: &Person, catalogue: &Catalogue) -> Option<VendorId> {
    let program = catalogue.program(case.program.as_str())?;
    let candidates = catalogue.candidates(program, person.locality()?, &case.vendors_tried);
    candidates.into_iter().map(|candidate| candidate.team).next()
}
