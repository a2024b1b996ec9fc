//! Handler of the `review-due` function: what time alone makes due becomes messages on the facts queue (DESIGN D5).
//!
//! A decision that is due is asked for again: `identify-members` reads the facts and decides as of today. Clocks of cases
//! run in `queue-outreach`, and the sweep of stranded effects in `relay-outbox`, the only sender; here stranded effects
//! are only counted, for the alarm. When other criteria come into force, everybody is asked for again, in steps. The same
//! steps through the store carry on the what-if job that a person asked for.

mod reevaluate;
mod whatif;

use icm_contract::facts_message::MEMBERS_MAX;
use icm_contract::{FactsMessage, keys::short_hash};
use icm_domain::ids::MemberId;
use icm_domain::tables::Tables;
use icm_lambda::{InvocationError, Metrics};
use icm_ports::due::DUE_SHARDS;
use icm_ports::{
    Clock, Destination, DueIndex, DueKind, FactsRead, MemberRead, MembersPage, Outgoing, QueueSend,
    RegistryRead, RegistryWrite,
};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// The ports of the review.
#[derive(Clone, Debug)]
pub struct Review<S, Q, C> {
    /// The store.
    pub store: S,
    /// The facts queue.
    pub queues: Q,
    /// The store's clock.
    pub clock: C,
    /// Code tables that decisions are tried with.
    pub tables: Arc<Tables>,
}

/// Members that one run takes from each shard; the rest is due in the next run too.
const SHARD_LIMIT: usize = 200;

/// An effect that is due for longer than this is stranded: the sweep runs every minute. In milliseconds.
const STRANDED_MS: i64 = 10 * 60_000;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Members whose decision is asked for again.
    pub members: u64,
    /// Messages sent.
    pub messages: u64,
    /// Messages that were not sent; their members are due in the next run.
    pub failed: u64,
    /// Effects that the sweep should have released.
    pub stranded: u64,
    /// Members asked for because other criteria are in force.
    pub reevaluated: u64,
    /// Members on whom other criteria were tried.
    pub tried: u64,
}

/// Runs once; the event says nothing.
pub async fn handle<S, Q, C>(_event: Value, review: &Review<S, Q, C>) -> Result<Summary, InvocationError>
where
    S: DueIndex + MembersPage + FactsRead + MemberRead + RegistryRead + RegistryWrite,
    Q: QueueSend,
    C: Clock,
{
    let now = review.clock.now();
    let mut due: Vec<MemberId> = Vec::new();
    let mut summary = Summary::default();
    for shard in 0..DUE_SHARDS {
        let entries = review.store.due(DueKind::Member, shard, now, None, SHARD_LIMIT).await?;
        due.extend(entries.into_iter().map(|entry| entry.member));
        let late = now.plus_millis(-STRANDED_MS);
        summary.stranded +=
            review.store.due(DueKind::Effect, shard, late, None, SHARD_LIMIT).await?.len() as u64;
    }
    due.sort();
    due.dedup();
    summary.members = due.len() as u64;
    let messages: Vec<Outgoing> = due.chunks(MEMBERS_MAX).map(message).collect();
    summary.messages = messages.len() as u64;
    if !messages.is_empty() {
        summary.failed = review.queues.send(&Destination::Facts, &messages).await?.len() as u64;
    }
    summary.reevaluated = reevaluate::step(review, now.day()).await?;
    summary.tried = whatif::step(review).await?;
    Metrics::of("review-due")
        .count("members", summary.members)
        .count("failed", summary.failed)
        .count("stranded", summary.stranded)
        .count("reevaluated", summary.reevaluated)
        .count("tried", summary.tried)
        .emit(now);
    Ok(summary)
}

fn message(members: &[MemberId]) -> Outgoing {
    let body = FactsMessage::review(members.iter().cloned()).to_body();
    Outgoing { key: short_hash(body.as_bytes()).into(), body }
}
