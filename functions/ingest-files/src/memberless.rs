//! Claims that name no member, and changes of another member's claim (DESIGN D2).
//!
//! Only the claims of providers' own numbering (837) are recorded in the locator: their remittances (835) and reversals
//! name no member. Every other source names the member, and its claims cost no locator write.

use crate::Ports;
use icm_contract::{keys, pack};
use icm_domain::claim::{Action, ClaimVersion, IdScope};
use icm_domain::facts::Fact;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_ports::{LocatorWrite, Parked, PortError, Result};
use std::collections::BTreeMap;

/// The name under which parked facts are encoded: they have no member yet.
fn nobody() -> MemberId {
    MemberId::new("")
}

/// Numbers by which a remittance finds its claim, the payer's own first.
fn numbers(claim: &ClaimVersion) -> Vec<&ClaimId> {
    [claim.control.as_ref(), claim.replaces.as_ref(), Some(&claim.claim_id)].into_iter().flatten().collect()
}

/// Finds the member of a claim without one; a claim whose member is not known yet is parked.
pub(crate) async fn locate<P: Ports>(ports: &P, claim: ClaimVersion) -> Result<Option<(MemberId, Fact)>> {
    if let Some(member) = look(ports, &claim).await? {
        return Ok(Some(found(member, claim)));
    }
    let fact = Fact::Claim(Box::new(claim.clone()));
    for encoded in pack::encode(&nobody(), &[fact]) {
        let parked = Parked { id: encoded.key.into(), bytes: encoded.bytes };
        // Under every number: its claim may be recorded by any of them.
        for number in numbers(&claim) {
            ports.park(&claim.source, number, &parked).await?;
        }
    }
    // The claim may have been recorded between the first look and the parking: of the two at least one sees the other.
    Ok(look(ports, &claim).await?.map(|member| found(member, claim)))
}

fn found(member: MemberId, mut claim: ClaimVersion) -> (MemberId, Fact) {
    claim.member_id = Some(member.clone());
    (member, Fact::Claim(Box::new(claim)))
}

async fn look<P: Ports>(ports: &P, claim: &ClaimVersion) -> Result<Option<MemberId>> {
    for number in numbers(claim) {
        if let Some(member) = ports.locate(&claim.source, number).await? {
            return Ok(Some(member));
        }
    }
    Ok(None)
}

/// Records where the claims of a group belong, and returns what was parked for them together with voids for claims
/// that were replaced under another member.
pub(crate) async fn record<P: Ports>(
    ports: &P,
    members: &BTreeMap<MemberId, Vec<Fact>>,
) -> Result<Vec<(MemberId, Fact)>> {
    let mut more = Vec::new();
    let mut places: BTreeMap<SourceId, Vec<(ClaimId, MemberId)>> = BTreeMap::new();
    for (member, facts) in members {
        for claim in facts.iter().filter_map(provider_numbered) {
            more.extend(taken_over(ports, member, claim).await?);
            let own = [Some(&claim.claim_id), claim.control.as_ref()].into_iter().flatten();
            let held = places.entry(claim.source.clone()).or_default();
            held.extend(own.map(|number| (number.clone(), member.clone())));
        }
    }
    for (source, places) in &places {
        LocatorWrite::record(ports, source, places).await?;
        for (number, member) in places {
            for parked in ports.parked(source, number).await? {
                more.extend(unparked(member, &parked)?);
            }
        }
    }
    Ok(more)
}

fn provider_numbered(fact: &Fact) -> Option<&ClaimVersion> {
    let Fact::Claim(claim) = fact else { return None };
    (claim.scope == IdScope::Provider && claim.member_id.is_some()).then_some(claim)
}

/// A replacement or void that names a claim of another member acts there too, as a void.
async fn taken_over<P: Ports>(
    ports: &P,
    member: &MemberId,
    claim: &ClaimVersion,
) -> Result<Option<(MemberId, Fact)>> {
    let Some(target) = claim.replaces.as_ref().filter(|_| claim.action != Action::Original) else {
        return Ok(None);
    };
    let holder = ports.locate(&claim.source, target).await?.filter(|holder| holder != member);
    Ok(holder.map(|holder| {
        let void = ClaimVersion { action: Action::Void, member_id: Some(holder.clone()), ..claim.clone() };
        (holder, Fact::Claim(Box::new(void)))
    }))
}

fn unparked(member: &MemberId, parked: &Parked) -> Result<Vec<(MemberId, Fact)>> {
    let facts = pack::decode(&nobody(), &parked.bytes);
    let facts = facts.map_err(|_| PortError::Corrupt { operation: "decode parked fact" })?;
    let with_member = facts.into_iter().map(|fact| {
        if let Fact::Claim(claim) = fact { found(member.clone(), *claim) } else { (member.clone(), fact) }
    });
    Ok(with_member.collect())
}

/// Forgets what was parked for the claims of a group, after it was sent.
pub(crate) async fn forget<P: Ports>(ports: &P, members: &BTreeMap<MemberId, Vec<Fact>>) -> Result<()> {
    for claim in members.values().flatten().filter_map(provider_numbered) {
        for number in [Some(&claim.claim_id), claim.control.as_ref()].into_iter().flatten() {
            for parked in ports.parked(&claim.source, number).await? {
                ports.unpark(&claim.source, number, &parked.id).await?;
            }
        }
    }
    Ok(())
}

/// The partition of a member in the archive (DESIGN D13).
pub(crate) fn partition(member: &MemberId) -> u8 {
    keys::shard(member)
}
