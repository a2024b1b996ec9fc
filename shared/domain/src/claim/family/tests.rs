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

/// A version received on this day that names what it replaces; none: the original.
fn sent(id: &str, replaces: Option<&str>, received: i32) -> ClaimVersion {
    let (day, served) = (Day::from_count(received), Day::from_count(100));
    let kind = ClaimKind::Institutional;
    let mut claim = ClaimVersion::new(SourceId::from("feed"), ClaimId::from(id), kind, day, (served, served));
    if let Some(number) = replaces {
        (claim.action, claim.replaces) = (Action::Replace, Some(ClaimId::from(number)));
    }
    claim
}

#[test]
fn a_replacement_that_names_another_is_later_than_it_whatever_the_days_say() {
    let original = sent("a", None, 110);
    let later_by_link = [original.clone(), sent("b", Some("a"), 130), sent("c", Some("b"), 120)];
    assert_eq!(heads(&later_by_link), ["c"]);
    let three = [sent("b", Some("a"), 140), sent("c", Some("b"), 130), sent("d", Some("c"), 120)];
    assert_eq!(heads(&three), ["d"]);
    let side_by_side = [original, sent("b", Some("a"), 130), sent("c", Some("a"), 120)];
    assert_eq!(heads(&side_by_side), ["b"], "without a link the one received last");
}

#[test]
fn links_that_go_round_or_to_oneself_fall_back_to_the_order() {
    assert_eq!(heads(&[sent("b", Some("c"), 120), sent("c", Some("b"), 130)]), ["c"]);
    assert_eq!(heads(&[sent("a", None, 110), sent("b", Some("b"), 120)]), ["a", "b"]);
    let twice = [sent("b", Some("a"), 120), sent("b", Some("a"), 130)];
    assert_eq!(heads(&twice), ["b"]);
}

#[test]
fn a_replacement_may_name_the_payers_control_number() {
    let mut corrected = sent("b", Some("a"), 130);
    corrected.control = Some(ClaimId::from("ICN1"));
    assert_eq!(heads(&[sent("a", None, 110), corrected, sent("c", Some("ICN1"), 120)]), ["c"]);
}

/// A bill under the provider's account number, of a hospital with an NPI.
fn billed(kind: ClaimKind, bill_type: &str, received: i32) -> ClaimVersion {
    let days = (Day::from_count(100), Day::from_count(104));
    let (source, id) = (SourceId::from("feed"), ClaimId::from("A1"));
    let mut claim = ClaimVersion::new(source, id, kind, Day::from_count(received), days);
    claim.scope = IdScope::Provider;
    claim.billing_npi = Some("1234567893".into());
    claim.bill_type = Code::bill_type(bill_type);
    claim
}

/// What the payer says of it: denied.
fn denied(kind: ClaimKind, received: i32) -> ClaimVersion {
    let mut remit = billed(kind, "", received);
    (remit.action, remit.state, remit.bill_type) = (Action::Remit, ClaimState::Denied, None);
    remit.effective = Some(Day::from_count(received));
    remit
}

fn states(versions: &[ClaimVersion]) -> Vec<(ClaimKind, ClaimState)> {
    let versions: Vec<&ClaimVersion> = versions.iter().collect();
    resolve(&versions).iter().map(|claim| (claim.head.kind, claim.state)).collect()
}

#[test]
fn the_bills_of_hospital_and_physician_under_one_account_number_both_live() {
    let (hospital, physician) =
        (billed(ClaimKind::Institutional, "111", 110), billed(ClaimKind::Professional, "", 111));
    assert_eq!(heads(&[hospital.clone(), physician.clone()]).len(), 2);
    let visit = billed(ClaimKind::Institutional, "131", 112);
    assert_eq!(heads(&[hospital.clone(), visit]).len(), 2, "a stay and a visit");
    let corrected = billed(ClaimKind::Institutional, "111", 113);
    assert_eq!(heads(&[hospital.clone(), corrected]).len(), 1, "the same bill again");
    let remit = denied(ClaimKind::Professional, 120);
    let found = states(&[hospital, physician, remit]);
    let expected = [(ClaimKind::Institutional, false), (ClaimKind::Professional, true)];
    for (kind, is_denied) in expected {
        let state = found.iter().find(|(of, _)| *of == kind).unwrap().1;
        assert_eq!(state == ClaimState::Denied, is_denied, "{found:?}");
    }
}

#[test]
fn a_remittance_whose_payee_is_named_by_its_tax_number_meets_the_only_bill_it_can_mean() {
    let bill = billed(ClaimKind::Institutional, "131", 110);
    let mut remit = denied(ClaimKind::Institutional, 120);
    remit.billing_npi = None;
    assert_eq!(states(&[bill.clone(), remit.clone()]), [(ClaimKind::Institutional, ClaimState::Denied)]);
    let mut other = billed(ClaimKind::Institutional, "131", 111);
    other.billing_npi = Some("1999999992".into());
    let found = states(&[bill.clone(), other, remit]);
    assert!(
        found.iter().all(|(_, state)| *state != ClaimState::Denied),
        "which of two is not guessed: {found:?}"
    );
    let mut of_another = denied(ClaimKind::Institutional, 120);
    of_another.billing_npi = Some("1999999992".into());
    assert!(states(&[bill, of_another]).iter().all(|(_, state)| *state != ClaimState::Denied));
}

#[test]
fn a_remittance_without_service_days_meets_the_only_earlier_bill() {
    let bill = billed(ClaimKind::Professional, "", 110);
    let mut remit = denied(ClaimKind::Professional, 130);
    (remit.from, remit.thru) = (Day::from_count(130), Day::from_count(130));
    assert_eq!(states(&[bill.clone(), remit.clone()]), [(ClaimKind::Professional, ClaimState::Denied)]);
    let mut again = billed(ClaimKind::Professional, "", 111);
    (again.from, again.thru) = (Day::from_count(120), Day::from_count(120));
    let found = states(&[bill, again, remit]);
    assert!(found.iter().all(|(_, state)| *state != ClaimState::Denied), "a reused number: {found:?}");
}
