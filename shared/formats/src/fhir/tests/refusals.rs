//! What is written and cannot be what its field holds.

use super::*;
use crate::options::Receipt;
use crate::testing::items_with;

fn problem(path: &str, value: Value) -> (String, Reason) {
    let mut resource = eob();
    *resource.pointer_mut(path).unwrap() = value;
    let mut found = read(resource.to_string());
    assert!(found.claims.is_empty(), "{path}");
    found.problems.remove(0)
}

#[test]
fn an_amount_or_a_quantity_that_is_no_number_or_too_large_quarantines_the_claim() {
    for value in [json!(1e30), json!("1,000"), json!("ten"), json!(u64::MAX)] {
        assert_eq!(
            problem("/payment/amount/value", value.clone()),
            ("payment.amount".to_owned(), Reason::BadNumber)
        );
        assert_eq!(
            problem("/total/0/amount/value", value.clone()),
            ("total.amount".to_owned(), Reason::BadNumber)
        );
        let line = ("item.adjudication.amount".to_owned(), Reason::BadNumber);
        assert_eq!(problem("/item/0/adjudication/0/amount/value", value), line);
    }
    assert_eq!(
        problem("/item/0/quantity/value", json!("abc")),
        ("item.quantity".to_owned(), Reason::BadNumber)
    );
}

#[test]
fn dates_that_cannot_be_meant_and_spans_out_of_order_quarantine_the_claim() {
    for (start, end, reason) in [
        ("2024-01-04", "2024-01-01", Reason::EndBeforeStart),
        ("9999-12-31", "9999-12-31", Reason::ImplausibleDate),
        ("1800-01-01", "2024-01-01", Reason::ImplausibleDate),
        ("2024-02-30", "2024-03-01", Reason::BadDate),
    ] {
        let period = json!({"start": start, "end": end});
        assert_eq!(problem("/billablePeriod", period), ("billablePeriod".to_owned(), reason), "{start}");
    }
    assert_eq!(problem("/meta", json!({"lastUpdated": "2999-01-01"})).1, Reason::ImplausibleDate);
    assert_eq!(problem("/payment/date", json!("2024-13-01")).1, Reason::BadDate);
}

#[test]
fn a_month_alone_is_a_date_of_fhir_and_no_day_of_service() {
    let mut resource = eob();
    resource["billablePeriod"] = json!({"start": "2025-01", "end": "2025-02"});
    resource["item"] = json!([]);
    resource["supportingInfo"] = json!([]);
    assert_eq!(read(resource.to_string()).problems, [("billablePeriod".to_owned(), Reason::PartialDate)]);
}

#[test]
fn a_claim_is_erased_only_where_every_reason_of_every_line_says_so() {
    let denied = |codes: &[&str]| {
        let reason = |code: &&str| json!({"category": {"coding": [{"code": "denialreason"}]}, "reason": {"coding": [{"code": code}]}});
        let mut resource = eob();
        resource["adjudication"] = codes.iter().map(reason).collect();
        read(resource.to_string()).claims.remove(0).denial
    };
    assert_eq!(denied(&["18"]), Some(Denial::Duplicate));
    assert_eq!(denied(&["18", "45"]), Some(Denial::Duplicate));
    assert_eq!(denied(&["18", "50"]), Some(Denial::Other));
}

#[test]
fn a_list_without_a_date_counts_from_the_day_on_which_it_is_said_to_be_received() {
    let list = json!({
        "resourceType": "Group", "managingEntity": {"reference": "Organization/P"},
        "member": [{"entity": {"reference": "Patient/M1"}}],
    });
    let missing = ("meta.lastUpdated".to_owned(), Reason::MissingField);
    assert_eq!(read(list.to_string()).problems, [missing]);
    let day = Day::parse("2026-02-03").unwrap();
    let options = ReadOptions { receipt: Receipt::Ingest(day), ..ReadOptions::new(SourceId::from("feed")) };
    let items = items_with(list.to_string().as_bytes(), &options);
    let [Item::Fact { fact: Fact::Profile(profile), .. }] = &items[..] else { panic!("{items:?}") };
    assert_eq!((profile.received, profile.pcp.as_deref()), (Some(day), Some("P")));
}
