//! Packs: the facts of one member in one message, compactly encoded (DESIGN D2).
//!
//! The first byte is the encoding version. Version 1 is postcard over the mirror types of [`v1`]; it is never
//! changed: a new need makes version 2 beside it.

mod codec;
#[cfg(test)]
pub(crate) mod tests;
mod v1;

use crate::keys::short_hash;
use crate::malformed::{Malformed, MalformedKind};
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;

/// Packs are split above this size (D2): a read unit is 4 KB, an item at most 400 KB.
pub const PACK_BYTES_MAX: usize = 64 * 1024;

/// Days for which claims are kept in the hot store, counted from receipt (D2): the longest look-back of a rule is
/// 24 months (FACTS §2.2, SMI); claims and their adjustments may come 13 months late (FACTS §1.1). The archive (D13)
/// keeps them for years.
pub const CLAIM_DAYS_KEPT: i32 = 1200;

/// What a pack holds. Facts of different classes never share a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackClass {
    /// Claims and ADT events: forgotten some time after receipt.
    Claims,
    /// The same from 42 CFR Part 2 sources (FACTS §7).
    ClaimsPart2,
    /// Coverage, rosters, consents and the like: kept.
    Standing,
    /// The same from 42 CFR Part 2 sources.
    StandingPart2,
}

impl PackClass {
    /// The class of a fact, from what its source states.
    pub fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Claim(claim) if claim.part2 == Some(true) => Self::ClaimsPart2,
            Fact::Claim(_) | Fact::Adt(_) => Self::Claims,
            Fact::Roster(row) if row.part2 => Self::StandingPart2,
            Fact::Coverage(_)
            | Fact::Profile(_)
            | Fact::Roster(_)
            | Fact::Consent(_)
            | Fact::Preference(_)
            | Fact::Closure(_)
            | Fact::Referral(_)
            | Fact::Override(_)
            | Fact::Alias { .. }
            | Fact::Retraction { .. } => Self::Standing,
        }
    }

    /// The spelling in keys.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Claims => "cg",
            Self::ClaimsPart2 => "cp",
            Self::Standing => "kg",
            Self::StandingPart2 => "kp",
        }
    }

    /// When a pack of this class received on `received` may be forgotten, in seconds since the epoch.
    fn expires(self, received: Day) -> Option<i64> {
        match self {
            Self::Claims | Self::ClaimsPart2 => {
                Some(i64::from(received.plus(CLAIM_DAYS_KEPT).count()) * 86_400)
            }
            Self::Standing | Self::StandingPart2 => None,
        }
    }
}

/// An encoded pack with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedPack {
    /// Key within the member: `<yyyymm of receipt>#<class>#<content hash>`.
    pub key: String,
    /// Version byte and content.
    pub bytes: Vec<u8>,
    /// When it may be forgotten, in seconds since the epoch.
    pub expires: Option<i64>,
}

/// Encodes the facts of one member in one message: one pack per class, split at [`PACK_BYTES_MAX`]. Depends on the
/// facts and their order alone, so that a redelivery makes the same packs.
pub fn encode(member: &MemberId, facts: &[Fact]) -> Vec<EncodedPack> {
    let mut packs = Vec::new();
    for class in [PackClass::Claims, PackClass::ClaimsPart2, PackClass::Standing, PackClass::StandingPart2] {
        let of_class: Vec<&Fact> = facts.iter().filter(|fact| PackClass::of(fact) == class).collect();
        split(member, class, &of_class, &mut packs);
    }
    packs
}

/// Halves what is too large. A single fact is never split.
fn split(member: &MemberId, class: PackClass, facts: &[&Fact], packs: &mut Vec<EncodedPack>) {
    let Some(received) = facts.iter().map(|fact| fact.received()).max() else { return };
    let bytes = v1::encode(member, facts);
    if bytes.len() > PACK_BYTES_MAX && facts.len() > 1 {
        let (first, second) = facts.split_at(facts.len() / 2);
        split(member, class, first, packs);
        split(member, class, second, packs);
        return;
    }
    let (year, month, _) = received.ymd();
    let key = format!("{year:04}{month:02}#{}#{}", class.id(), short_hash(&bytes));
    packs.push(EncodedPack { key, bytes, expires: class.expires(received) });
}

/// Reads a pack of any version that ever shipped.
pub fn decode(member: &MemberId, bytes: &[u8]) -> Result<Vec<Fact>, Malformed> {
    match bytes.split_first() {
        Some((1, content)) => v1::decode(member, content),
        Some(_) => Err(Malformed::new("pack", MalformedKind::UnknownVersion)),
        None => Err(Malformed::new("pack", MalformedKind::Truncated)),
    }
}
