//! The clocks of open cases (FACTS §6.1, §8): what is due is read from the index, the case itself is read again, and what
//! its timers say (`icm_domain::case::due`) is applied.

use crate::{ACTOR, Queue, QueueStore, Summary};
use icm_casework::work::event_of;
use icm_casework::{Person, RELOADS, Switches, Work, planning};
use icm_domain::case::due::{OfferLeft, TimerRules, due};
use icm_domain::case::effect::EffectKind;
use icm_domain::case::event::{DropReason, EventKind};
use icm_domain::case::state::Case;
use icm_domain::facts::Channel;
use icm_domain::ids::{EffectId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::vendor::sla::SlaStep;
use icm_ports::due::DUE_SHARDS;
use icm_ports::{Clock, DueKind, DueSubject, EffectRecord, EffectStatus, PortError, Result};

/// Cases that one run takes from each shard.
const SHARD_LIMIT: usize = 100;
/// Seconds after which the rest of the clocks is left for the next run: the function may run for 50.
const CLOCKS_SECONDS: i64 = 20;
/// How long after its last instant a task without a result counts as not done, in hours.
const RESULT_HOURS: i64 = 24;
/// The same for a letter or visit that was handed over: who prints and drives reports later.
const SLOW_RESULT_HOURS: i64 = 14 * 24;

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
        hear_of_coverage(&mut work, &person, now);
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
        let offer = offer_left(work);
        let rules = TimerRules { clocks, calendar: &catalogue.calendars.holidays, state, offer };
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

/// Coverage that ends or begins by its own dates is no news to anybody who decides: the case hears of it here.
fn hear_of_coverage(work: &mut Work, person: &Person, now: Moment) {
    let (covered, known) = (person.covered(), work.case().coverage.covered);
    if covered == known {
        return;
    }
    let facts_version = work.facts_version();
    let kind = if covered {
        EventKind::CoverageConfirmed { facts_version }
    } else {
        let ended = person.facts.coverage.iter().filter_map(|span| span.thru).filter(|day| *day < now.day());
        let last_day = ended.max().unwrap_or_else(|| now.day().plus(-1));
        EventKind::CoverageLost { last_day, facts_version }
    };
    let key = format!("coverage#{}#{}#{}", kind.id(), work.case().id.as_str(), now.day());
    // Refused: the machine knows better, and a person is at it.
    drop(work.apply(&event_of(key, ACTOR, now, kind)));
}

/// Whether the offer that stands has left.
fn offer_left(work: &Work) -> OfferLeft {
    let Some(assignment) = &work.case().assignment else { return OfferLeft::AtOnce };
    // Imported, or so old that the outbox has let go of it: as it was made.
    let offer = work.outbox().iter().find(|held| held.effect.id == assignment.offer);
    offer.map_or(OfferLeft::AtOnce, EffectRecord::offer_left)
}

/// Tells the case of tasks that will have no result.
fn drop_overdue_tasks(work: &mut Work, now: Moment) {
    for (task, reason) in overdue_tasks(work, now) {
        let key = format!("expired#{}", task.as_str());
        let kind = EventKind::TaskDropped { task, reason };
        // Done meanwhile: nothing to drop.
        drop(work.apply(&event_of(key, ACTOR, now, kind)));
    }
}

/// Open tasks whose result never came, or whose effect was cancelled without the case hearing of it.
fn overdue_tasks(work: &Work, now: Moment) -> Vec<(EffectId, DropReason)> {
    let over = |id: &EffectId| {
        let Some(held) = work.outbox().iter().find(|held| held.effect.id == *id) else {
            return Some(DropReason::Expired);
        };
        let EffectKind::OutreachTask { not_after, channel, .. } = &held.effect.what else { return None };
        // A touch is reserved just before its task is sent: where nobody noted whether it was, it may have been.
        let reserved = work.head().ledger.iter().any(|note| note.reserves(id));
        let sent = held.status == EffectStatus::Sent || reserved;
        let slow = sent && matches!(channel, Channel::Letter | Channel::Visit);
        let hours = if slow { SLOW_RESULT_HOURS } else { RESULT_HOURS };
        let reason = if sent { DropReason::NoResult } else { DropReason::Expired };
        (not_after.plus_hours(hours) <= now).then_some(reason)
    };
    let tasks = work.case().open_tasks.iter();
    tasks.filter_map(|task| Some((task.effect.clone(), over(&task.effect)?))).collect()
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
