//! Names of items and attributes in the store. One place, so that template, adapters and stream readers agree.

use icm_domain::case::next_step::Turn;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::{CaseId, ClaimId, EffectId, MemberId, ProgramId, SourceId};

/// Partition key attribute of every table.
pub const PK: &str = "pk";
/// Sort key attribute of every table.
pub const SK: &str = "sk";
/// Encoding version attribute of every item.
pub const VERSION: &str = "v";
/// TTL attribute (seconds since the epoch) of every table that has one.
pub const EXPIRES: &str = "expires";
/// Index of what is due: `due_pk`, `due_sk`; keys only.
pub const DUE_INDEX: &str = "by_due";
/// Partition key of [`DUE_INDEX`]: `<kind>#<shard>`.
pub const DUE_PK: &str = "due_pk";
/// Sort key of [`DUE_INDEX`]: the moment.
pub const DUE_SK: &str = "due_sk";
/// Index of worklists: `work_pk`, `work_sk`; all attributes.
pub const WORK_INDEX: &str = "by_work";
/// Partition key of [`WORK_INDEX`]: `<program>#<queue>#<shard>`.
pub const WORK_PK: &str = "work_pk";
/// Sort key of [`WORK_INDEX`].
pub const WORK_SK: &str = "work_sk";
/// Index of worklists by date: `day_pk`, `day_sk`; all attributes. The line of business stands in the partition key, so
/// that a reader who may see one line never reads a row of another.
pub const DAY_INDEX: &str = "by_day";
/// Partition key of [`DAY_INDEX`]: `<program>#<turn>#<line of business>#<shard>`.
pub const DAY_PK: &str = "day_pk";
/// Sort key of [`DAY_INDEX`]: `<due>#<priority>#<case>`.
pub const DAY_SK: &str = "day_sk";
/// Shards of each line of business in [`DAY_INDEX`]; with the lines of business 16 partitions per program and turn.
pub const DAY_SHARDS: u8 = 4;
/// Sort key of a member's head.
pub const META: &str = "META";
/// Sort key of a member's current decision record.
pub const DECISION: &str = "DECISION";
/// Prefix of packs of facts.
pub const FACTS: &str = "F#";
/// Prefix of cases.
pub const CASES: &str = "CASE#";
/// Prefix of case events.
pub const EVENTS: &str = "EV#";
/// Prefix of effects.
pub const EFFECTS: &str = "FX#";
/// Shards of every sharded index key (DESIGN D13: 16 to 64).
pub const SHARDS: u8 = 16;

/// Partition of a member.
pub fn member(id: &MemberId) -> String {
    format!("M#{}", id.as_str())
}

/// The member of a partition key.
pub fn member_of(pk: &str) -> Option<MemberId> {
    pk.strip_prefix("M#").map(MemberId::new)
}

/// Sort key of a pack.
pub fn pack(key: &str) -> String {
    format!("{FACTS}{key}")
}

/// Sort key of the newest case of a program.
pub fn case(program: &ProgramId) -> String {
    format!("{CASES}{}", program.as_str())
}

/// Sort key of an earlier case of a program.
pub fn retired_case(program: &ProgramId, case_id: &CaseId) -> String {
    format!("{CASES}{}#{}", program.as_str(), case_id.as_str())
}

/// Program of a case's sort key, and the case id of a retired one.
pub fn case_of(sk: &str) -> Option<(ProgramId, Option<CaseId>)> {
    let rest = sk.strip_prefix(CASES)?;
    Some(match rest.split_once('#') {
        None => (ProgramId::new(rest), None),
        Some((program, case_id)) => (ProgramId::new(program), Some(CaseId::new(case_id))),
    })
}

/// Prefix of the events of a case.
pub fn events(case_id: &CaseId) -> String {
    format!("{EVENTS}{}#", case_id.as_str())
}

/// Sort key of an event: ordinals have ten digits, so that texts sort as numbers.
pub fn event(case_id: &CaseId, seq: u64) -> String {
    format!("{EVENTS}{}#{seq:010}", case_id.as_str())
}

/// Sort key of an effect.
pub fn effect(id: &EffectId) -> String {
    format!("{EFFECTS}{}", id.as_str())
}

/// The effect of a sort key.
pub fn effect_of(sk: &str) -> Option<EffectId> {
    sk.strip_prefix(EFFECTS).map(EffectId::new)
}

/// Shard of a member in sharded index keys: a stable function of the id alone.
pub fn shard(id: &MemberId) -> u8 {
    let hash = blake3::hash(id.as_str().as_bytes());
    hash.as_bytes().first().copied().unwrap_or_default() % SHARDS
}

/// Partition of the due index.
pub fn due(kind: &str, shard: u8) -> String {
    format!("{kind}#{shard:02}")
}

/// Partition of the worklist index.
pub fn work(program: &ProgramId, queue: &str, shard: u8) -> String {
    format!("{}#{queue}#{shard:02}", program.as_str())
}

/// Partition of the worklist index by date. Members without a known line of business stand under `-`.
pub fn day(program: &ProgramId, turn: Turn, lob: Option<LineOfBusiness>, shard: u8) -> String {
    let lob = lob.map_or("-", LineOfBusiness::id);
    format!("{}#{}#{lob}#{shard}", program.as_str(), turn.id())
}

/// Partition of a claim in the locator table.
pub fn locator(source: &SourceId, control: &ClaimId) -> String {
    format!("L#{}#{}", source.as_str(), control.as_str())
}

/// Sort key of the place of a claim in its locator partition.
pub const PLACE: &str = "AT";
/// Prefix of what is parked in a locator partition.
pub const PARKED: &str = "PARK#";

/// Partition of the registry that counts the places taken.
pub const TAKEN: &str = "taken";

/// A short content hash, 20 hexadecimal digits.
pub fn short_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().as_str().chars().take(20).collect()
}

/// The beginning of a content hash as a number.
pub fn hash_number(bytes: &[u8]) -> u64 {
    blake3::hash(bytes).as_bytes().first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_hash_is_its_first_sixteen_digits() {
        for text in ["", "draw#C-1", "draw#C-2"] {
            assert_eq!(format!("{:016x}", hash_number(text.as_bytes())), short_hash(text.as_bytes())[..16]);
        }
    }

    #[test]
    fn keys_read_back() {
        let (program, case_id) = (ProgramId::new("ICM"), CaseId::new("c1"));
        assert_eq!(member_of(&member(&MemberId::new("A#1"))), Some(MemberId::new("A#1")));
        assert_eq!(case_of(&case(&program)), Some((program.clone(), None)));
        assert_eq!(case_of(&retired_case(&program, &case_id)), Some((program, Some(case_id))));
        assert_eq!(effect_of(&effect(&EffectId::new("x#1"))), Some(EffectId::new("x#1")));
        assert_eq!(effect_of("META"), None);
    }

    #[test]
    fn prefixes_of_a_member_partition_do_not_contain_each_other() {
        let prefixes = [FACTS, CASES, EVENTS, EFFECTS, META, DECISION];
        for (at, one) in prefixes.iter().enumerate() {
            for other in prefixes.iter().skip(at + 1) {
                assert!(!one.starts_with(other) && !other.starts_with(one), "{one} {other}");
            }
        }
    }

    #[test]
    fn events_sort_as_their_ordinals() {
        let case_id = CaseId::new("c1");
        assert!(event(&case_id, 9) < event(&case_id, 10));
        assert!(event(&case_id, 9).starts_with(&events(&case_id)));
    }
}
