use super::*;
use crate::claim::ClaimKind;
use crate::code::Code;
use crate::ids::{ClaimId, SourceId};

/// A version of a source that states groups and orders its versions.
fn version(id: &str, kind: ClaimKind, effective: i32) -> ClaimVersion {
    let day = Day::from_count(100);
    let mut claim = ClaimVersion::new(SourceId::from("cms"), ClaimId::from(id), kind, day, (day, day));
    claim.group = Some(ClaimId::from("900"));
    claim.effective = Some(Day::from_count(effective));
    claim
}

fn heads(versions: &[ClaimVersion]) -> Vec<&str> {
    resolve(&versions.iter().collect::<Vec<_>>()).iter().map(|claim| claim.head.claim_id.as_str()).collect()
}

#[test]
fn one_group_number_holds_together_claims_of_one_kind_only() {
    let stay = version("1", ClaimKind::Institutional, 120);
    let corrected = version("2", ClaimKind::Institutional, 130);
    let visit = version("3", ClaimKind::Professional, 140);
    let fill = version("4", ClaimKind::Pharmacy, 150);
    assert_eq!(heads(&[stay, corrected, visit, fill]), ["2", "3", "4"]);
}

#[test]
fn lines_added_later_are_never_the_head_of_a_family_that_its_source_orders() {
    let bill = version("1", ClaimKind::Institutional, 120);
    let mut late = version("1", ClaimKind::Institutional, 140);
    (late.action, late.frequency) = (Action::AddLines, Some(Code::literal("5")));
    late.lines = vec![Line { rev: Some(Code::literal("0250")), ..Line::default() }];
    for versions in [[bill.clone(), late.clone()], [late, bill]] {
        let versions: Vec<&ClaimVersion> = versions.iter().collect();
        let claims = resolve(&versions);
        assert_eq!(claims.len(), 1);
        assert_eq!((claims[0].head.action, claims[0].lines().count()), (Action::Original, 1));
    }
}
