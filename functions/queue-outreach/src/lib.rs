//! Handler of the `queue-outreach` function: every minute it gives free places to waiting cases, plans contacts, and
//! lets the clocks of cases run (FACTS §6.1, §6.4; DESIGN D5, D13). One at a time: it alone takes places.

mod admission;
mod clocks;
mod shares;
mod waiting;

use icm_casework::{Switches, freshness};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_lambda::{InvocationError, Metrics};
use icm_ports::{
    CasesRead, Clock, DueIndex, EffectsRead, FactsRead, MemberCommit, MemberRead, RegistryRead,
    RegistryWrite, Worklist,
};
use serde::Serialize;
use serde_json::Value;

icm_ports::bundle! {
    /// What the queue may do to the store.
    pub trait QueueStore:
        Worklist,
        DueIndex,
        MemberRead,
        CasesRead,
        EffectsRead,
        FactsRead,
        MemberCommit,
        RegistryRead,
        RegistryWrite;
}

/// The ports of the queue.
#[derive(Clone, Debug)]
pub struct Queue<S, C> {
    /// The store.
    pub store: S,
    /// The store's clock.
    pub clock: C,
}

/// Who acts here.
pub(crate) const ACTOR: &str = "system:queue-outreach";

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Cases put into the queue.
    pub queued: u64,
    /// Cases given a place.
    pub admitted: u64,
    /// Cases that wait.
    pub waiting: u64,
    /// Cases whose clocks were looked at.
    pub looked_at: u64,
    /// Cases that were changed by a clock or got a new task.
    pub moved: u64,
    /// Offers whose vendor has not even acknowledged them in time, noticed in this run.
    pub unacknowledged: u64,
    /// Programs whose release stopped in this run, because more members were identified than is usual.
    pub tripped: u64,
    /// Cases left for the next run: somebody else was at them, or a port failed.
    pub left: u64,
}

/// Runs once; the event says nothing. Whatever a run leaves the next one finds.
pub async fn handle<S, C>(_event: Value, queue: &Queue<S, C>) -> Result<Summary, InvocationError>
where
    S: QueueStore,
    C: Clock,
{
    let catalogue = icm_casework::load_catalogue(&queue.store, queue.clock.today()).await?;
    let switches = Switches::load(&queue.store).await?;
    let mut summary = Summary::default();
    for program in &catalogue.programs {
        if let Some(trip) = freshness::watch(&queue.store, program, queue.clock.now()).await? {
            tracing::error!(
                program = program.id.as_str(),
                identified = trip.count,
                "release stopped: a person must look"
            );
            summary.tripped += 1;
        }
    }
    // Clocks first: nobody's deadline waits for a long line.
    let looked = clocks::run(&catalogue, &switches, queue, &mut summary).await;
    let admitted =
        if looked.is_ok() { admit(&catalogue, &switches, queue, &mut summary).await } else { Ok(()) };
    // What was done is told, also by a run that fails.
    report(&summary, queue.clock.now());
    looked.and(admitted)?;
    Ok(summary)
}

async fn admit<S: QueueStore, C: Clock>(
    catalogue: &Catalogue,
    switches: &Switches,
    queue: &Queue<S, C>,
    summary: &mut Summary,
) -> icm_ports::Result<()> {
    for program in &catalogue.programs {
        // Nothing is begun for a program that is not live or is paused.
        if switches.check(program, None, None).is_ok() {
            admission::run(program, catalogue, switches, queue, summary).await?;
        }
    }
    Ok(())
}

fn report(summary: &Summary, now: Moment) {
    Metrics::of("queue-outreach")
        .count("queued", summary.queued)
        .count("admitted", summary.admitted)
        .count("waiting", summary.waiting)
        .count("looked_at", summary.looked_at)
        .count("moved", summary.moved)
        .count("left", summary.left)
        .count("offers_unacknowledged", summary.unacknowledged)
        .count("tripped", summary.tripped)
        .emit(now);
}
