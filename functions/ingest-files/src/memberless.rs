//! Claims that name no member, and changes of another member's claim (DESIGN D2).
//!
//! Only the claims of providers' own numbering (837) are recorded in the locator: their remittances (835) and reversals
//! name no member. Every other source names the member, and its claims cost no locator write.

use crate::Ports;
use futures_util::future::try_join_all;
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

/// Claims asked about at one time: each question is one or a few small reads.
const AT_ONCE: usize = 16;

/// Finds the members of claims without one, in order; a claim whose member is not known yet is parked.
pub(crate) async fn locate_all<P: Ports>(
    ports: &P,
    claims: Vec<ClaimVersion>,
) -> Result<Vec<Option<(MemberId, Fact)>>> {
    let mut located = Vec::with_capacity(claims.len());
    for some in claims.chunks(AT_ONCE) {
        located.extend(try_join_all(some.iter().map(|claim| locate(ports, claim.clone()))).await?);
    }
    Ok(located)
}

async fn locate<P: Ports>(ports: &P, claim: ClaimVersion) -> Result<Option<(MemberId, Fact)>> {
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

/// What the locator knew about the claims of a group.
pub(crate) struct Known {
    /// What was parked for them, and voids for claims that were replaced under another member.
    pub(crate) facts: Vec<(MemberId, Fact)>,
    /// What was parked, and where: forgotten when the group is sent.
    parked: Vec<(SourceId, ClaimId, Box<str>)>,
}

/// Records where the claims of a group belong, and returns what is known about them.
pub(crate) async fn record<P: Ports>(ports: &P, members: &BTreeMap<MemberId, Vec<Fact>>) -> Result<Known> {
    let mut claims: Vec<(&MemberId, &ClaimVersion)> = Vec::new();
    for (member, facts) in members {
        claims.extend(facts.iter().filter_map(provider_numbered).map(|claim| (member, claim)));
    }
    let mut places: BTreeMap<&SourceId, Vec<(ClaimId, MemberId)>> = BTreeMap::new();
    for (member, claim) in &claims {
        let numbers = [Some(&claim.claim_id), claim.control.as_ref()].into_iter().flatten();
        let held = places.entry(&claim.source).or_default();
        held.extend(numbers.map(|number| (number.clone(), (*member).clone())));
    }
    let mut known = Known { facts: Vec::new(), parked: Vec::new() };
    for some in claims.chunks(AT_ONCE) {
        let taken = try_join_all(some.iter().map(|(member, claim)| taken_over(ports, member, claim))).await?;
        known.facts.extend(taken.into_iter().flatten());
    }
    for (source, places) in places {
        LocatorWrite::record(ports, source, &places).await?;
        for some in places.chunks(AT_ONCE) {
            let waiting = try_join_all(some.iter().map(|(number, _)| ports.parked(source, number))).await?;
            for ((number, member), parked) in some.iter().zip(waiting) {
                known.note(source, number, member, parked)?;
            }
        }
    }
    Ok(known)
}

impl Known {
    /// Takes what was parked under a number of a claim. It waits under every number of its own.
    fn note(
        &mut self,
        source: &SourceId,
        number: &ClaimId,
        member: &MemberId,
        parked: Vec<Parked>,
    ) -> Result<()> {
        for parked in parked {
            let facts = unparked(member, &parked)?;
            let own = facts.iter().filter_map(|(_, fact)| provider_numbered(fact)).flat_map(numbers);
            let places =
                own.chain([number]).map(|number| (source.clone(), number.clone(), parked.id.clone()));
            self.parked.extend(places);
            self.facts.extend(facts);
        }
        Ok(())
    }
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

/// Forgets what was parked for the claims of a group, after it was sent. What was parked since is found by whoever parked it.
pub(crate) async fn forget<P: Ports>(ports: &P, known: &Known) -> Result<()> {
    for some in known.parked.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|(source, number, id)| ports.unpark(source, number, id))).await?;
    }
    Ok(())
}

/// The partition of a member in the archive (DESIGN D13).
pub(crate) fn partition(member: &MemberId) -> u8 {
    keys::shard(member)
}
