//! The clocks of open cases (FACTS §6.1, §8): what is due is read from the index, the case itself is read again, and what
//! its timers say (`icm_domain::case::due`) is applied.

use crate::{ACTOR, Queue, QueueStore, Summary};
use icm_casework::work::event_of;
use icm_casework::{Person, RELOADS, Switches, Work, planning};
use icm_domain::case::due::{TimerRules, due};
use icm_domain::case::effect::EffectKind;
use icm_domain::case::event::{DropReason, EventKind};
use icm_domain::case::state::Case;
use icm_domain::ids::{EffectId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::vendor::sla::SlaStep;
use icm_ports::due::DUE_SHARDS;
use icm_ports::{Clock, DueKind, DueSubject, PortError, Result};

/// Cases that one run takes from each shard.
const SHARD_LIMIT: usize = 100;
/// Seconds after which the rest of the clocks is left for the next run: the function may run for 50.
const CLOCKS_SECONDS: i64 = 20;
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
        if queue.clock.now().since(until) > CLOCKS_SECONDS * 1_000 {
            tracing::warn!("clocks are left for the next run");
            break;
        }
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
        let person = Person::load(&queue.store, member, now.day()).await?;
        work.describe(&person);
        drop_overdue_tasks(&mut work, now);
        let unacknowledged = run_timers(&mut work, &person, catalogue, now);
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

/// Timers that may fire one after the other in one look: each needs another state, so more would be a mistake.
const TIMERS_MAX: usize = 12;

/// Applies what is due, one after the other. The instant at which something fell due makes its key, the same when it is
/// repeated. True: a vendor has not even acknowledged an offer.
fn run_timers(work: &mut Work, person: &Person, catalogue: &Catalogue, now: Moment) -> bool {
    let mut unacknowledged = false;
    let state = person.address().map(|address| address.expose().state.as_ref());
    for _ in 0..TIMERS_MAX {
        let case = work.case();
        let vendor = case.assignment.as_ref().and_then(|assignment| catalogue.team(&assignment.vendor));
        let clocks = vendor.map(|team| team.clocks).unwrap_or_default();
        let rules = TimerRules { clocks, calendar: &catalogue.calendars.holidays, state };
        let id = case.id.clone();
        let events: Vec<(Moment, EventKind)> = due(case, rules, now)
            .into_iter()
            .map(|(at, kind)| (at, with_next_team(kind, case, person, catalogue)))
            .collect();
        let applied = events.into_iter().find(|(at, kind)| {
            let key = format!("due#{}#{}#{at}", kind.id(), id.as_str());
            work.apply(&event_of(key, ACTOR, now, kind.clone())).is_ok()
        });
        let Some((_, kind)) = applied else { break };
        unacknowledged |= matches!(kind, EventKind::OfferClock { step: SlaStep::Warn, .. });
    }
    unacknowledged
}

/// An offer's clock, and a remedy that needs no person, name who may be asked next, in the program's order.
fn with_next_team(mut kind: EventKind, case: &Case, person: &Person, catalogue: &Catalogue) -> EventKind {
    if let EventKind::OfferClock { next, .. } = &mut kind {
        *next = next_team(case, person, catalogue);
    }
    if let EventKind::RemedyDue { next } = &mut kind {
        *next = another_team(case, person, catalogue);
    }
    kind
}

/// Tells the case of tasks that will have no result.
fn drop_overdue_tasks(work: &mut Work, now: Moment) {
    for task in overdue_tasks(work, now) {
        let key = format!("expired#{}", task.as_str());
        let kind = EventKind::TaskDropped { task, reason: DropReason::Expired };
        // Done meanwhile: nothing to drop.
        drop(work.apply(&event_of(key, ACTOR, now, kind)));
    }
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

/// Somebody else than the team or vendor that has the member now.
fn another_team(case: &Case, person: &Person, catalogue: &Catalogue) -> Option<VendorId> {
    let program = catalogue.program(case.program.as_str())?;
    let candidates = catalogue.candidates(program, person.locality()?, &case.vendors_tried);
    let present = case.place.as_ref().map(|place| &place.team);
    candidates.into_iter().map(|candidate| candidate.team).find(|team| Some(team) != present)
}

fn next_team(case: &Case, person: &Person, catalogue: &Catalogue) -> Option<VendorId> {
    let program = catalogue.program(case.program.as_str())?;
    let candidates = catalogue.candidates(program, person.locality()?, &case.vendors_tried);
    candidates.into_iter().map(|candidate| candidate.team).next()
}
