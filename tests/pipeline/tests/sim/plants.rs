//! Planted mistakes that are made outside the store: a relay that looks at nothing, a receiver that trusts the order of
//! arrival.

use crate::sim::{Ended, Invocation, PROGRAM};
use icm_domain::case::effect::EffectKind;
use icm_domain::ids::{EffectId, MemberId, VendorId};
use icm_ports::{Clock, EffectStatus, EffectsRead, Outgoing, QueueSend};
use icm_testkit::{FixedClock, Ports, World};
use serde_json::Value;

/// Sends what it reads within its window, without a lease and without a look at what the member has said.
pub(crate) fn blind_relay(ports: Ports, clock: FixedClock, effects: Vec<(MemberId, EffectId)>) -> Invocation {
    Box::pin(async move {
        for (member, id) in effects {
            let Ok(Some(record)) = ports.effect(&member, &id).await else { continue };
            let now = clock.now();
            let early = match &record.effect.what {
                EffectKind::OutreachTask { not_before, not_after, .. } => {
                    now < *not_before || *not_after <= now
                }
                _ => false,
            };
            if record.status == EffectStatus::Sent || early {
                continue;
            }
            let body = serde_json::json!({
                "id": id.as_str(), "dedupkey": id.as_str(), "type": "icm.outreach.task.v1", "subject": "",
                "sequence": record.effect.sequence, "data": {},
            });
            let message = Outgoing { key: id.as_str().into(), body: body.to_string() };
            drop(ports.send(&record.to, &[message]).await);
        }
        Ended::Batch(Vec::new())
    })
}

/// Gives a reply the number that is awaited, as if the order of arrival were the vendor's order.
pub(crate) fn in_order_of_arrival(world: &World, vendor: &VendorId, body: &mut String) {
    let Ok(mut reply) = serde_json::from_str::<Value>(body) else { return };
    let state = world.state();
    let subject = reply["subject"].as_str().unwrap_or_default().to_owned();
    let cases = state.members.values().filter_map(|held| held.cases.get(PROGRAM)).map(|record| &record.case);
    let Some(case) = cases.into_iter().find(|case| case.id.as_str() == subject) else { return };
    let Some(assignment) = case.assignment.as_ref().filter(|held| held.vendor == *vendor) else { return };
    reply["sequence"] = assignment.inbox.awaited().into();
    *body = reply.to_string();
}
