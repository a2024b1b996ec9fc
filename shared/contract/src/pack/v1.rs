//! Encoding version 1. These types are frozen: stored packs are read through them for years.

mod claim;
mod flags;

use crate::malformed::{Malformed, MalformedKind};
use crate::pack::codec::Compact;
use claim::ClaimV1;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use serde::{Deserialize, Serialize};

/// The version byte.
const VERSION: u8 = 1;

/// The content of a pack.
#[derive(Serialize, Deserialize)]
struct PackV1 {
    /// The day that days of receipt are counted from.
    base: i32,
    /// Texts that claims repeat (sources, facilities, providers), named by their position.
    texts: Vec<Compact>,
    /// Claims, in order.
    claims: Vec<ClaimV1>,
    /// Every other fact as JSON, in order: few of them, and their types may still grow fields.
    others: Vec<String>,
}

/// The texts of a pack while it is written.
#[derive(Default)]
struct Texts(Vec<Compact>);

impl Texts {
    /// Position of the text, added when new.
    fn place(&mut self, text: &str) -> u32 {
        let wanted = Compact::of(Some(text));
        let found = self.0.iter().position(|held| *held == wanted);
        let at = found.unwrap_or_else(|| {
            self.0.push(wanted);
            self.0.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn get(&self, place: u32) -> Option<&str> {
        self.0.get(usize::try_from(place).ok()?)?.0.as_deref()
    }
}

pub(super) fn encode(member: &MemberId, facts: &[&Fact]) -> Vec<u8> {
    let base = facts.iter().map(|fact| fact.received()).min().unwrap_or(Day::from_count(0));
    let mut texts = Texts::default();
    let (mut claims, mut others) = (Vec::new(), Vec::new());
    for fact in facts {
        if let Fact::Claim(claim) = fact {
            claims.push(ClaimV1::of(claim, member, base, &mut texts));
        } else {
            others.push(serde_json::to_string(fact).unwrap_or_default());
        }
    }
    let pack = PackV1 { base: base.count(), texts: texts.0, claims, others };
    // Neither can fail: no type here refuses to be serialised, and a vector takes every byte.
    postcard::to_extend(&pack, vec![VERSION]).unwrap_or_default()
}

pub(super) fn decode(member: &MemberId, content: &[u8]) -> Result<Vec<Fact>, Malformed> {
    let bad = || Malformed::new("pack", MalformedKind::BadEncoding);
    let pack: PackV1 = postcard::from_bytes(content).map_err(|_| bad())?;
    let texts = Texts(pack.texts);
    let mut facts = Vec::with_capacity(pack.claims.len() + pack.others.len());
    for claim in pack.claims {
        let claim = claim.read(member, Day::from_count(pack.base), &texts).ok_or_else(bad)?;
        facts.push(Fact::Claim(Box::new(claim)));
    }
    for other in &pack.others {
        facts.push(serde_json::from_str(other).map_err(|error| Malformed::of_json(&error))?);
    }
    Ok(facts)
}
