//! Effects and their leases.

use super::{Ports, State};
use icm_domain::ids::{EffectId, MemberId};
use icm_domain::moment::Moment;
use icm_ports::{EffectRecord, EffectStatus, EffectsLease, EffectsRead, Lease, PortError, Result};

impl EffectsRead for Ports {
    async fn effect(&self, member: &MemberId, id: &EffectId) -> Result<Option<EffectRecord>> {
        self.look("read effect", |state| state.member(member)?.effects.get(id.as_str()).cloned()).await
    }

    async fn effects(&self, member: &MemberId) -> Result<Vec<EffectRecord>> {
        self.look("read effects", |state| {
            let held = state.member(member).into_iter();
            held.flat_map(|held| held.effects.values().cloned()).collect()
        })
        .await
    }
}

fn change(
    state: &mut State,
    operation: &'static str,
    (member, id): (&MemberId, &EffectId),
    allowed: impl Fn(&EffectRecord) -> bool,
    act: impl FnOnce(&mut EffectRecord),
) -> Result<EffectRecord> {
    let held = state.members.get_mut(member).and_then(|held| held.effects.get_mut(id.as_str()));
    let effect = held.filter(|effect| allowed(effect)).ok_or(PortError::Conflict { operation })?;
    act(effect);
    let changed = effect.clone();
    state.touched.insert(member.clone());
    Ok(changed)
}

fn holds(effect: &EffectRecord, token: &str) -> bool {
    effect.status == EffectStatus::Leased && effect.lease.as_ref().is_some_and(|lease| *lease.token == *token)
}

impl EffectsLease for Ports {
    async fn lease(
        &self,
        member: &MemberId,
        id: &EffectId,
        lease: &Lease,
        now: Moment,
    ) -> Result<EffectRecord> {
        self.call("lease effect", |state| {
            let free = |effect: &EffectRecord| match effect.status {
                EffectStatus::Pending | EffectStatus::Held => true,
                EffectStatus::Leased => effect.lease.as_ref().is_some_and(|lease| lease.until < now),
                EffectStatus::Sent | EffectStatus::Cancelled => false,
            };
            change(state, "lease effect", (member, id), free, |effect| {
                effect.status = EffectStatus::Leased;
                effect.lease = Some(lease.clone());
                effect.attempts += 1;
            })
        })
        .await
    }

    async fn mark_sent(&self, member: &MemberId, id: &EffectId, token: &str, at: Moment) -> Result<()> {
        self.call("mark effect sent", |state| {
            let held = |effect: &EffectRecord| holds(effect, token);
            change(state, "mark effect sent", (member, id), held, |effect| {
                effect.status = EffectStatus::Sent;
                effect.sent = Some(at);
                effect.lease = None;
            })
            .map(drop)
        })
        .await
    }

    async fn give_back(
        &self,
        member: &MemberId,
        id: &EffectId,
        token: &str,
        again: Option<Moment>,
    ) -> Result<()> {
        self.call("give effect back", |state| {
            let held = |effect: &EffectRecord| holds(effect, token);
            change(state, "give effect back", (member, id), held, |effect| {
                effect.lease = None;
                match again {
                    Some(again) => (effect.status, effect.since) = (EffectStatus::Held, again),
                    None => effect.status = EffectStatus::Cancelled,
                }
            })
            .map(drop)
        })
        .await
    }
}
