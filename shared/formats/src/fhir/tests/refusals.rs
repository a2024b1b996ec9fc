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

#[test]
fn a_status_that_is_none_quarantines_the_claim_and_one_spelling_more_cancels_it() {
    assert_eq!(problem("/status", json!("final")), ("status".to_owned(), Reason::BadValue));
    for status in ["cancelled", "canceled", "Entered-In-Error"] {
        let mut resource = eob();
        resource["status"] = json!(status);
        assert_eq!(one(&resource).state, ClaimState::Cancelled, "{status}");
    }
}

#[test]
fn a_claim_that_points_to_a_resource_follows_the_number_of_its_claim() {
    let version = |id: &str, number: &str| {
        let mut resource = eob();
        resource["id"] = json!(id);
        resource["identifier"] =
            json!([{"type": {"coding": [{"system": UNIQUE, "code": "uc"}]}, "value": number}]);
        resource
    };
    let mut second = version("R2", "N2");
    second["related"] = json!([{"relationship": {"coding": [{"code": "prior"}]},
        "claim": {"reference": "ExplanationOfBenefit/R1"}}]);
    let found = read(format!("{}\n{second}\n", version("R1", "N1")));
    assert_eq!(found.claims[1].replaces.as_ref().map(ClaimId::as_str), Some("N1"));
    let apart = read(format!("{second}\n{}\n", version("R1", "N1")));
    assert_eq!(apart.claims[0].replaces.as_ref().map(ClaimId::as_str), Some("R1"), "not read yet");
}

#[test]
fn an_attribution_that_ended_before_the_list_was_written_attributes_nobody() {
    let found = |period: Value| {
        let group = json!({
            "resourceType": "Group", "meta": {"lastUpdated": "2024-02-01T00:00:00Z"},
            "managingEntity": {"reference": "Organization/P"},
            "member": [{"entity": {"reference": "Patient/M1"}, "period": period}],
        });
        read(group.to_string())
    };
    let ended = found(json!({"start": "2023-01-01", "end": "2024-01-31"}));
    assert_eq!((ended.practices.len(), ended.ignored), (0, vec!["fhir_attribution_ended"]));
    for end in ["2024-02-01", "9999-12-31"] {
        assert_eq!(found(json!({"end": end})).practices.len(), 1, "{end}");
    }
    let wrong = found(json!({"end": "2024-02-30"}));
    assert_eq!(wrong.problems, [("member.period".to_owned(), Reason::BadDate)]);
}

#[test]
fn a_broken_line_of_ndjson_is_refused_alone_wherever_it_stands() {
    let good = eob().to_string();
    let cut = &good[..good.len() / 2];
    for broken in [cut, "ice\":\"x\"}", "null", "[1]"] {
        for lines in [[good.as_str(), broken, &good], [&good, &good, broken]] {
            let found = read(lines.join("\n"));
            assert_eq!(
                (found.claims.len(), found.problems.len() + found.ignored.len()),
                (2, 1),
                "{broken:.9}"
            );
        }
    }
    let marked = read(format!("\u{feff}{good}\n\u{feff}{good}\n"));
    assert_eq!((marked.claims.len(), marked.problems.len()), (2, 0));
}
