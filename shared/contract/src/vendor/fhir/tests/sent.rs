//! Messages to a vendor.

use super::super::outbound::{is_id, leaves};
use super::super::places::OUT;
use super::super::{list, text, value_of};
use super::{bundle, golden, message, published, resource, resources, sent, vendor, words};
use crate::vendor::{file, major};
use serde_json::{Value, json};

/// Whether a field is said: by an element of the table, or by an input of the Task.
fn says(bundle: &Value, place: &str, value: &Value) -> bool {
    let at = |kind: &str, element: &str| -> Option<Value> {
        let held = if kind == "Bundle" { Some(bundle) } else { resources(bundle, kind).next() };
        let found = held?.pointer(element)?;
        let numbers: Vec<Value> = list(found, "").map(|held| held["value"].clone()).collect();
        Some(if place.ends_with("/phones") { json!(numbers) } else { found.clone() })
    };
    let same = |found: &Value| found == value || found.as_str() == Some(value.to_string().as_str());
    let in_an_element = OUT
        .iter()
        .filter(|(known, ..)| *known == place)
        .any(|(_, kind, element)| at(kind, element).is_some_and(|found| same(&found)));
    let name = place.trim_start_matches("/data/").replace('/', ".");
    let inputs = || resources(bundle, "Task").flat_map(|task| list(task, "/input"));
    let in_an_input = inputs()
        .filter(|input| text(input, "/type/coding/0/code") == Some(name.as_str()))
        .any(|input| value_of(input).as_ref() == Some(value));
    in_an_element || in_an_input
}

fn everything() -> Vec<Value> {
    let mut full = golden();
    full["data"]["consent"] = json!({ "scope": "ICM-PROGRAM", "given": "2026-06-29T10:00:00.000Z" });
    full["data"]["contact_rules"] = json!({
        "per_day": 1, "per_week": 3, "letters_per_week": 1, "contact_from": "2026-06-30T13:00:00.000Z",
        "letter_from": "2026-07-02T10:00:00.000Z", "opens": "08:00", "closes": "21:00",
        "zones": ["America/Chicago", "America/New_York"], "closed_days": ["SUNDAY"],
    });
    let member = full["data"]["member"].clone();
    vec![
        full,
        message(
            "icm.referral.updated.v1",
            json!({ "placer_id": "p1", "change": "DISCHARGED", "member": member, "due": "2026-07-02T23:59:59.999Z",
                    "taken_back": "DISCHARGED" }),
        ),
        message("icm.referral.cancelled.v1", json!({ "placer_id": "p1", "reason": "COVERAGE" })),
        message(
            "icm.referral.recalled.v1",
            json!({ "placer_id": "p1", "reason": "MEMBER_CHOICE", "confirm_due": "2026-07-02T23:59:59.999Z" }),
        ),
        message("icm.reply.accepted.v1", json!({ "message_id": "v-1", "result": "KEPT" })),
        message(
            "icm.reply.rejected.v1",
            json!({ "message_id": "v-1", "code": 5003, "reason": "FIELD_MALFORMED", "path": "Task.status" }),
        ),
    ]
}

/// The allow-list of FACTS §7 in both directions: nothing is lost, and below the Patient, Coverage, Consent, order and
/// inputs no value stands that the message has not.
#[test]
fn every_field_of_every_message_is_said_and_nothing_more() {
    for message in everything() {
        let bundle = sent(&message);
        let said = major::outbound(message.to_string(), 2).unwrap();
        let mut said: Value = serde_json::from_str(&said).unwrap();
        said["type"] = message["type"].clone();
        let mut fields = Vec::new();
        leaves("", &said, &mut fields);
        let envelope = ["/specversion", "/source", "/dataschema"];
        for (place, value) in fields.iter().filter(|(place, _)| !envelope.contains(&place.as_str())) {
            assert!(says(&bundle, place, value), "{}: {place} is lost in {bundle}", message["type"]);
        }
        let known: Vec<String> =
            fields.iter().flat_map(|(_, value)| words(value)).chain(fixed(&bundle)).collect();
        for kind in ["Patient", "Coverage", "Consent", "ServiceRequest", "Task", "OperationOutcome"] {
            for word in resources(&bundle, kind).flat_map(words) {
                assert!(known.contains(&word), "{kind}: {word} is not in {}", message["type"]);
            }
        }
    }
}

/// What the form itself brings: addresses of code systems, names of fields, fixed codes.
fn fixed(bundle: &Value) -> Vec<String> {
    let names = resources(bundle, "Task").flat_map(|task| list(task, "/input"));
    let names = names.filter_map(|input| text(input, "/type/coding/0/code")).map(str::to_owned);
    let codes = [
        "Task",
        "Patient",
        "Coverage",
        "Consent",
        "ServiceRequest",
        "OperationOutcome",
        "Organization",
        "requested",
        "cancelled",
        "active",
        "order",
        "fulfill",
        "change",
        "abort",
        "PLAC",
        "MB",
        "urgent",
        "phone",
        "1",
        "treatment",
        "59284-0",
        "information",
        "informational",
        "error",
        "structure",
        "urn:vendor:V1",
    ];
    let systems =
        words(bundle).into_iter().filter(|word| word.starts_with("urn:") || word.starts_with("http://"));
    names.chain(systems).chain(codes.map(str::to_owned)).collect()
}

#[test]
fn an_offer_that_is_sent_again_is_the_same_and_every_reference_is_in_the_bundle() {
    for message in everything() {
        let bundle = sent(&message);
        assert_eq!(bundle, sent(&message));
        assert_eq!(bundle["entry"][0]["resource"]["resourceType"], "MessageHeader");
        let urls: Vec<&str> = list(&bundle, "/entry").filter_map(|entry| text(entry, "/fullUrl")).collect();
        let mut distinct = urls.clone();
        distinct.dedup();
        assert_eq!(urls, distinct);
        let all = words(&bundle);
        let pointed = all.iter().filter(|word| word.starts_with("urn:uuid:"));
        for reference in pointed {
            assert!(urls.contains(&reference.as_str()), "{reference} leads nowhere in {}", message["type"]);
        }
    }
    let marked = sent(&golden())["entry"][0]["fullUrl"].as_str().unwrap().to_owned();
    let digits: Vec<&str> = marked.trim_start_matches("urn:uuid:").split('-').collect();
    assert_eq!(digits.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(digits[2].starts_with('8') && digits[3].starts_with(['8', '9', 'a', 'b']), "{marked}");
}

/// The examples that vendors are given are what is written today; the checker of FHIR's own types reads them too.
#[test]
fn the_examples_are_what_is_sent() {
    for message in everything() {
        published(message["type"].as_str().unwrap().trim_end_matches(".v1"), &sent(&message));
    }
}

#[test]
fn a_member_with_a_confidential_request_is_labelled_and_an_invented_one_is_tagged() {
    let mut offer = golden();
    offer["data"]["member"]["confidential"] = json!(true);
    offer["data"]["test"] = json!(true);
    let labelled = sent(&offer);
    assert_eq!(resource(&labelled, "Patient")["meta"]["security"][0]["code"], "R");
    assert_eq!(resource(&labelled, "Patient")["meta"]["tag"][0]["code"], "HTEST");
    assert_eq!(resource(&sent(&golden()), "Patient").get("meta"), None);
}

#[test]
fn messages_leave_in_files_by_their_form() {
    let offer = golden().to_string();
    let in_fhir = bundle(&offer, &vendor()).unwrap();
    let files = file::to_files([offer.as_str(), in_fhir.as_str(), in_fhir.as_str()]).unwrap();
    let found: Vec<(&str, usize)> =
        files.iter().map(|(ending, text)| (*ending, text.lines().count())).collect();
    assert_eq!(found, [("csv", 2), ("ndjson", 2)]);
    assert_eq!(file::time_of(&in_fhir), file::time_of(&offer));
}

#[test]
fn an_answer_to_a_reply_whose_id_is_no_fhir_id_still_names_one() {
    for (named, kept) in [("v-1", true), ("bad.csv line 4", false), ("", false)] {
        let answer = message("icm.reply.accepted.v1", json!({ "message_id": named, "result": "APPLIED" }));
        let bundle = sent(&answer);
        let identifier = bundle["entry"][0]["resource"]["response"]["identifier"].as_str();
        assert_eq!(identifier == Some(named), kept);
        assert!(identifier.is_none_or(is_id));
        let said = &resource(&bundle, "OperationOutcome")["issue"][0]["diagnostics"];
        assert_eq!(said.as_str().unwrap_or_default(), named);
    }
}

/// An answer to a list is about no case, and a recall may be about no open order: what is not known is left out, as an
/// extension without a value and a reference without a number say nothing that FHIR allows.
#[test]
fn what_is_blank_is_left_out_with_what_holds_it() {
    let mut about_a_list =
        message("icm.reply.accepted.v1", json!({ "message_id": "roster-S-1", "result": "APPLIED" }));
    about_a_list["subject"] = json!("");
    let of_no_order = message(
        "icm.referral.recalled.v1",
        json!({ "placer_id": "", "reason": "MEMBER_CHOICE", "confirm_due": "2026-07-02T23:59:59.999Z" }),
    );
    for message in everything().into_iter().chain([about_a_list, of_no_order]) {
        let bundle = sent(&message);
        assert_eq!(hollow(&bundle), Vec::<String>::new(), "{}", message["type"]);
    }
}

/// Extensions without a value, and identifiers without a number.
fn hollow(value: &Value) -> Vec<String> {
    let below = match value {
        Value::Array(members) => members.iter().flat_map(hollow).collect(),
        Value::Object(fields) => fields.values().flat_map(hollow).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let extensions = list(value, "/extension").filter(|held| value_of(held).is_none());
    let identifiers =
        list(value, "/identifier").chain(value.get("identifier").filter(|held| held.is_object()));
    let numberless = identifiers.filter(|held| held.get("value").is_none());
    extensions.chain(numberless).map(Value::to_string).chain(below).collect()
}
