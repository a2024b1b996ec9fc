//! A roster snapshot in numbered parts: how its hash is made, and when the parts make a whole.

use super::inbound::{PREFIX, RosterSnapshot};
use icm_domain::ids::VendorId;
use icm_domain::vendor::reconcile::SnapshotRow;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What the parts of one snapshot that have come so far make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assembly {
    /// All parts, and count and hash are those that were stated.
    Complete(Vec<SnapshotRow>),
    /// Parts are missing: these numbers.
    Waiting(Vec<u32>),
    /// The parts contradict each other, the count or the hash. Nothing may be concluded from them.
    Broken,
}

/// Puts the parts of one snapshot together. A part that is there twice counts once.
pub fn assemble(parts: &[RosterSnapshot]) -> Assembly {
    let Some(first) = parts.first() else { return Assembly::Waiting(Vec::new()) };
    let agree = |part: &RosterSnapshot| {
        (&part.snapshot_id, part.parts, part.count, &part.hash, part.as_of)
            == (&first.snapshot_id, first.parts, first.count, &first.hash, first.as_of)
    };
    if !parts.iter().all(agree) {
        return Assembly::Broken;
    }
    let held = |number: u32| parts.iter().find(|part| part.part == number);
    let missing: Vec<u32> = (1..=first.parts).filter(|number| held(*number).is_none()).collect();
    if !missing.is_empty() {
        return Assembly::Waiting(missing);
    }
    let lines: Vec<_> = (1..=first.parts).filter_map(held).flat_map(|part| &part.lines).collect();
    let stated = hash(lines.iter().map(|line| (line.case_id.as_str(), line.state.id())));
    if lines.len() as u64 != u64::from(first.count) || !stated.eq_ignore_ascii_case(&first.hash) {
        return Assembly::Broken;
    }
    let row = |line: &&super::inbound::RosterLine| SnapshotRow {
        case: line.case_id.as_str().into(),
        status: line.state,
    };
    Assembly::Complete(lines.iter().map(row).collect())
}

/// SHA-256 over the sorted lines `case_id,state\n`, hexadecimal in small letters. Repeated lines count as often as they
/// stand there.
pub fn hash<'l>(lines: impl IntoIterator<Item = (&'l str, &'l str)>) -> String {
    let mut sorted: Vec<(&str, &str)> = lines.into_iter().collect();
    sorted.sort_unstable();
    let mut digest = Sha256::new();
    for (case, state) in sorted {
        for part in [case, ",", state, "\n"] {
            digest.update(part.as_bytes());
        }
    }
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Most lines of a part: far below the largest body (FACTS §8: snapshots in numbered parts).
const PART_LINES: usize = 1_000;

/// The bodies of a vendor's list that came as a file: as many parts as it takes, each a message that a queue can carry.
pub(super) fn bodies(
    vendor: &VendorId,
    snapshot: &str,
    as_of: &str,
    time: &str,
    lines: &[(String, String)],
) -> Vec<String> {
    let hash = hash(lines.iter().map(|(case, state)| (case.as_str(), state.as_str())));
    // A list without members is one part without lines.
    let none: &[(String, String)] = &[];
    let chunks: Vec<_> = if lines.is_empty() { vec![none] } else { lines.chunks(PART_LINES).collect() };
    let part = |(chunk, number): (&&[(String, String)], usize)| {
        let data = json!({
            "snapshot_id": snapshot,
            "as_of": as_of,
            "part": number,
            "parts": chunks.len(),
            "count": lines.len(),
            "hash": hash,
            "lines": chunk.iter().map(|(case, state)| listed(case, state)).collect::<Vec<_>>(),
        });
        body(vendor, &id(snapshot, &json!(number)), time, &data)
    };
    chunks.iter().zip(1..).map(part).collect()
}

/// A line of a part.
pub(super) fn listed(case: &str, state: &str) -> Value {
    json!({ "case_id": case, "state": state })
}

/// The id of a part as a message.
pub(super) fn id(snapshot: &str, part: &Value) -> String {
    format!("roster-{snapshot}-{part}")
}

/// A part as the message that a queue would have carried.
pub(super) fn body(vendor: &VendorId, id: &str, time: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0",
        "source": format!("urn:vendor:{}", vendor.as_str()),
        "id": id,
        "type": format!("{PREFIX}roster.snapshot.v1"),
        "subject": "",
        "time": time,
        "sequence": 0,
        "data": data,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::{Assembly, assemble, hash};
    use crate::vendor::inbound::{RosterLine, RosterSnapshot};
    use icm_domain::day::Day;
    use icm_domain::vendor::reconcile::VendorStatus;
    use proptest::prelude::*;

    /// A snapshot of `count` cases in parts of `size`.
    fn snapshot(count: usize, size: usize) -> Vec<RosterSnapshot> {
        let lines: Vec<RosterLine> = (0..count)
            .map(|nth| RosterLine { case_id: format!("c{nth}"), state: VendorStatus::Active })
            .collect();
        let hash = hash(lines.iter().map(|line| (line.case_id.as_str(), line.state.id())));
        let chunks: Vec<&[RosterLine]> = lines.chunks(size).collect();
        let part = |(nth, chunk): (usize, &&[RosterLine])| RosterSnapshot {
            snapshot_id: "S1".to_owned(),
            as_of: Day::from_count(20_000),
            part: u32::try_from(nth).unwrap() + 1,
            parts: u32::try_from(chunks.len()).unwrap(),
            count: u32::try_from(count).unwrap(),
            hash: hash.clone(),
            lines: chunk.to_vec(),
        };
        chunks.iter().enumerate().map(part).collect()
    }

    proptest! {
        #[test]
        fn parts_make_a_whole_in_any_order_and_however_often(
            count in 1_usize..40, size in 1_usize..9, seed in any::<u64>(),
        ) {
            let mut parts = snapshot(count, size);
            let turn = usize::try_from(seed % parts.len() as u64).unwrap();
            parts.rotate_left(turn);
            parts.push(parts[0].clone());
            let Assembly::Complete(rows) = assemble(&parts) else { panic!("complete") };
            prop_assert_eq!(rows.len(), count);
        }

        /// Whatever single thing is changed in one part, nothing is concluded.
        #[test]
        fn a_changed_part_breaks_the_whole(count in 2_usize..40, size in 1_usize..9, what in 0_u8..5, at in any::<u64>()) {
            let mut parts = snapshot(count, size);
            let at = usize::try_from(at % parts.len() as u64).unwrap();
            let part = &mut parts[at];
            match what {
                0 => part.count += 1,
                1 => part.hash.replace_range(0..1, if part.hash.starts_with('0') { "1" } else { "0" }),
                2 => drop(part.lines.pop()),
                3 => part.lines[0].state = VendorStatus::OnHold,
                _ => part.lines[0].case_id.push('x'),
            }
            prop_assert_eq!(assemble(&parts), Assembly::Broken);
        }
    }

    #[test]
    fn a_missing_part_is_named_and_waited_for() {
        let mut parts = snapshot(10, 3);
        parts.remove(2);
        parts.remove(0);
        assert_eq!(assemble(&parts), Assembly::Waiting(vec![1, 3]));
    }

    #[test]
    fn the_hash_is_that_of_sha256sum_over_the_sorted_lines() {
        // printf 'a,ACTIVE\nb,PENDING\n' | sha256sum
        let expected = "8481c1b9be05e608f396a6eb96e935df13a184377dd35bd60dbce949b88305ca";
        assert_eq!(hash([("b", "PENDING"), ("a", "ACTIVE")]), expected);
        assert_ne!(hash([("b", "PENDING"), ("b", "PENDING")]), hash([("b", "PENDING")]));
    }
}
