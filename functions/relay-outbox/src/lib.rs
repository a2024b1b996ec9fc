//! Handler of the `relay-outbox` function: the only sender (DESIGN D4).
//!
//! A stream record or the minute's sweep names an effect. It is leased (the commit of the lease is its release), checked
//! once more against everything that may have changed since it was committed, sent, and marked as sent with the token of
//! the lease. A crash anywhere leaves it leased: the lease ends, the sweep finds it, it is sent again with the same
//! deduplication key.

mod batch;
mod cap;
mod check;
mod message;
mod one;

use icm_casework::Switches;
use icm_contract::keys;
use icm_domain::ids::{EffectId, MemberId};
use icm_lambda::{BatchResponse, InvocationError, Metrics, StreamEvent};
use icm_ports::{
    AuditWrite, CasesRead, Clock, DueIndex, DueKind, DueSubject, EffectsLease, EffectsRead, FactsRead,
    LocatorWrite, MemberCommit, MemberRead, QuarantineWrite, QueueSend, RegistryRead, RegistryWrite,
};
use serde_json::Value;

pub use batch::{Counts, release};

icm_ports::bundle! {
    /// What the relay may do to the store.
    pub trait RelayStore:
        EffectsLease,
        EffectsRead,
        CasesRead,
        MemberRead,
        FactsRead,
        MemberCommit,
        RegistryRead,
        RegistryWrite,
        LocatorWrite,
        AuditWrite,
        QuarantineWrite,
        DueIndex;
}

/// The ports of the relay.
#[derive(Clone, Debug)]
pub struct Relay<S, Q, C> {
    /// The store.
    pub store: S,
    /// The queues of vendors and of outreach.
    pub queues: Q,
    /// The store's clock.
    pub clock: C,
}

/// How long an effect may be pending before the sweep takes it, in milliseconds: the stream is faster.
const STRANDED_MS: i64 = 60_000;

/// Effects that one sweep takes from each shard.
const SWEEP_LIMIT: usize = 100;

/// An effect to be released, with the caller's name of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The member.
    pub member: MemberId,
    /// The effect.
    pub effect: EffectId,
    /// Name in the answer: the place in the stream; empty for the sweep.
    pub item: String,
}

/// Handles a batch of the members table's stream (`Records`), or any other event as the minute's sweep.
///
/// Answers the stream records that must come again. What the sweep could not release is found by the next one.
pub async fn handle<S, Q, C>(event: Value, relay: &Relay<S, Q, C>) -> Result<BatchResponse, InvocationError>
where
    S: RelayStore,
    Q: QueueSend,
    C: Clock,
{
    let wanted = if event.get("Records").is_some() {
        let stream = serde_json::from_value::<StreamEvent>(event);
        of_stream(&stream.map_err(|_| InvocationError("not a stream event".to_owned()))?)
    } else {
        stranded(relay).await?
    };
    let sweeps = wanted.iter().all(|one| one.item.is_empty());
    let (failed, counts) = release(&wanted, relay).await?;
    let counted = metrics(&counts);
    if sweeps {
        // Each minute says whether the system stopped itself, also when there is nothing to release.
        let stopped = Switches::load(&relay.store).await?.stopped() + counts.stopped;
        counted.count("release_stopped", stopped).emit(relay.clock.now());
    } else {
        counted.emit(relay.clock.now());
    }
    Ok(BatchResponse::failing(failed.into_iter().filter(|item| !item.is_empty())))
}

fn metrics(counts: &Counts) -> Metrics {
    Metrics::of("relay-outbox")
        .count("sent", counts.sent)
        .count("held", counts.held)
        .count("cancelled", counts.cancelled)
        .count("already_done", counts.already_done)
        .count("failed", counts.failed)
}

/// The new effects of a batch. Anything else in it wakes nobody.
fn of_stream(event: &StreamEvent) -> Vec<Wanted> {
    let wanted = event.records.iter().filter(|record| record.event_name == "INSERT").filter_map(|record| {
        let member = keys::member_of(record.key(keys::PK)?)?;
        let effect = keys::effect_of(record.key(keys::SK)?)?;
        Some(Wanted { member, effect, item: record.dynamodb.sequence_number.clone() })
    });
    wanted.collect()
}

/// Effects that nobody released in time: their wake-up was lost, their lease ended, or they were held until now.
async fn stranded<S, Q, C>(relay: &Relay<S, Q, C>) -> Result<Vec<Wanted>, InvocationError>
where
    S: RelayStore,
    C: Clock,
{
    let until = relay.clock.now().plus_millis(-STRANDED_MS);
    let mut wanted = Vec::new();
    for shard in 0..icm_ports::due::DUE_SHARDS {
        for entry in relay.store.due(DueKind::Effect, shard, until, None, SWEEP_LIMIT).await? {
            if let DueSubject::Effect(effect) = entry.what {
                wanted.push(Wanted { member: entry.member, effect, item: String::new() });
            }
        }
    }
    Ok(wanted)
}
