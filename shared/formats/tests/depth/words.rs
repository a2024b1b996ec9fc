//! The words of the contract, spelled once for output and once for stored shapes: they must agree.

use icm_domain::decision::{DecisionKind, Rule};
use icm_domain::management::Absence;
use serde_json::json;

#[test]
fn kinds_rules_and_findings_are_spelled_alike_everywhere() {
    assert!(DecisionKind::ALL.iter().all(|kind| json!(kind) == json!(kind.id())));
    assert!(Rule::ALL.iter().all(|rule| json!(rule) == json!(rule.id())));
    let findings = [
        Absence::Lapsed,
        Absence::OfferedDeclined,
        Absence::UnreachableBy,
        Absence::NotAvailable,
        Absence::NoEvidence,
    ];
    assert!(findings.iter().all(|finding| json!(finding) == json!(finding.id())));
}

#[test]
fn two_kinds_open_a_case_and_four_tell_somebody_outside() {
    let kinds = |wanted: fn(DecisionKind) -> bool| {
        DecisionKind::ALL.into_iter().filter(|kind| wanted(*kind)).collect::<Vec<_>>()
    };
    let cases = [DecisionKind::IdentifiedIcm, DecisionKind::IdentifiedIcmComanage];
    assert_eq!(kinds(DecisionKind::identifies), cases);
    let outside = [
        DecisionKind::ReferOther,
        DecisionKind::IdentifiedIcm,
        DecisionKind::IdentifiedIcmComanage,
        DecisionKind::EscalateToCurrentManager,
    ];
    assert_eq!(kinds(DecisionKind::leaves_the_payer), outside);
}
