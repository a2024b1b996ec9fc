//! What a vendor says.

use super::super::is_fhir;
use super::super::places::STATUSES;
use super::{output, published, reply, vendor};
use crate::vendor::VendorMessage;
use crate::vendor::file;
use crate::vendor::inbound::{Inbound, Unread};
use crate::{Malformed, MalformedKind};
use icm_domain::case::reason::HoldReason;
use icm_domain::day::Day;
use icm_domain::ids::EffectId;
use icm_domain::moment::Moment;
use icm_domain::vendor::reply::{Report, VendorEnding};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<VendorMessage, Unread> {
    VendorMessage::parse(&vendor(), &body.to_string())
}

fn report(body: &Value) -> Report {
    match read(body).unwrap().what {
        Inbound::Report { case, reply } => {
            assert_eq!((case.as_str(), reply.sequence, &*reply.message), ("case-1", 3, "v-1"));
            assert_eq!(reply.answers.as_ref().map(EffectId::as_str), Some("p1"));
            assert_eq!(reply.occurred, Moment::parse("2026-06-30T10:00:00Z").unwrap());
            reply.report
        }
        Inbound::Roster(_) => panic!("no roster was sent"),
    }
}

#[test]
fn every_report_of_the_contract_can_be_said_in_fhir() {
    let reason = |code: &str| json!({ "coding": [{ "system": "urn:icm:reason", "code": code }] });
    for (name, states) in STATUSES {
        let more = match *name {
            "rejected" => json!({ "statusReason": reason("NO_CAPACITY") }),
            "hold" => json!({ "statusReason": reason(HoldReason::ALL[0].id()) }),
            "disenrolled" => json!({ "statusReason": reason(VendorEnding::ALL[0].id()) }),
            "enrolled" => json!({ "executionPeriod": { "start": "2026-07-01T09:00:00-05:00" } }),
            "consented" => json!({ "output": [output("scope", "valueString", &json!("ICM-PROGRAM"))] }),
            "declined" => json!({ "output": [output("not_now", "valueBoolean", &json!(true))] }),
            "outreach.attempted" => json!({ "output": [
                output("channel", "valueCode", &json!("call")),
                output("outcome", "valueCodeableConcept", &json!({ "coding": [{ "code": "NO_ANSWER" }] }))] }),
            "contact.completed" => json!({ "output": [
                output("minutes", "valueUnsignedInt", &json!(25)), output("mode", "valueCode", &json!("PHONE")),
                output("two_way", "valueBoolean", &json!(true)),
                { "type": { "text": "our own" }, "valueString": "x" }] }),
            _ => json!({}),
        };
        for state in *states {
            assert_eq!(report(&reply(name, state, &more)).id(), *name);
        }
        // The examples that vendors are given are read as what they say.
        published(&format!("icm.vendor.{name}"), &reply(name, states[0], &more));
        let wrong = read(&reply(name, "entered-in-error", &more)).unwrap_err();
        assert_eq!(
            (&*wrong.flaw.field, wrong.number(), wrong.id.as_deref()),
            ("Task.status", 5003, Some("v-1"))
        );
    }
}

#[test]
fn values_arrive_as_they_were_said() {
    let more = json!({ "executionPeriod": { "start": "2026-07-01" } });
    assert_eq!(
        report(&reply("enrolled", "in-progress", &more)),
        Report::Enrolled { start: Day::parse("2026-07-01").unwrap() }
    );
    let more = json!({ "output": [output("not_now", "valueBoolean", &json!(true))] });
    assert_eq!(report(&reply("declined", "failed", &more)), Report::Declined { not_now: true });
}

/// A vendor with nothing but the states of a Task can acknowledge, accept, pause and end.
#[test]
fn a_state_that_stands_for_one_report_tells_it() {
    for (state, name) in [("received", "received"), ("accepted", "accepted"), ("completed", "graduated")] {
        let mut body = reply("", state, &json!({}));
        body["entry"][1]["resource"].as_object_mut().unwrap().remove("businessStatus");
        assert_eq!(report(&body).id(), name);
    }
    for state in ["in-progress", "cancelled", "failed", "draft"] {
        let mut body = reply("", state, &json!({}));
        body["entry"][1]["resource"].as_object_mut().unwrap().remove("businessStatus");
        let unread = read(&body).unwrap_err();
        assert_eq!((&*unread.flaw.field, unread.number()), ("Task.businessStatus", 5002), "{state}");
    }
}

#[test]
fn the_header_may_name_the_type_in_any_major() {
    let mut body = reply("accepted", "accepted", &json!({}));
    for (kind, wanted) in [
        ("icm.vendor.received.v2", "Task.status"),
        ("icm.vendor.accepted.v3", "MessageHeader.reason"),
        ("icm.vendor.eaten.v1", "MessageHeader.reason"),
        ("other", "MessageHeader.reason"),
    ] {
        body["entry"][0]["resource"]["reason"] =
            json!({ "coding": [{ "system": "urn:icm:message-type", "code": kind }] });
        assert_eq!(read(&body).unwrap_err().flaw.field, wanted, "{kind}");
    }
    body["entry"][0]["resource"]["reason"] =
        json!({ "coding": [{ "system": "urn:icm:message-type", "code": "icm.vendor.accepted.v2" }] });
    assert_eq!(report(&body), Report::Accepted);
}

#[test]
fn a_header_and_a_business_status_that_contradict_each_other_are_refused() {
    let mut body = reply("accepted", "in-progress", &json!({}));
    body["entry"][0]["resource"]["reason"] =
        json!({ "coding": [{ "system": "urn:icm:message-type", "code": "icm.vendor.engaged.v1" }] });
    let unread = read(&body).unwrap_err();
    assert_eq!((&*unread.flaw.field, unread.number()), ("Task.businessStatus", 5003));
}

/// An answer is no larger than its question, and a body that nobody can read is refused as a whole.
#[test]
fn what_is_too_long_too_deep_or_a_list_is_refused_as_such() {
    let mut long = reply("accepted", "accepted", &json!({}));
    long["entry"][0]["resource"]["id"] = json!("x".repeat(100_000));
    assert_eq!(read(&long).unwrap_err().id, None);
    long["entry"].as_array_mut().unwrap().truncate(1);
    assert_eq!(read(&long).unwrap_err().id, None);
    let group = json!({ "resourceType": "Group", "identifier": [{ "value": "x".repeat(100_000) }] });
    assert_eq!(read(&group).unwrap_err().id, None);
    let deep = format!(r#"{{"resourceType":"Bundle","entry":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    let huge = r#"{"resourceType":"Bundle","total":1e999}"#.to_owned();
    for body in [deep, huge] {
        let unread = VendorMessage::parse(&vendor(), &body).unwrap_err();
        assert_eq!((&*unread.flaw.field, unread.number()), ("$", 5001), "{}", &body[..40]);
    }
    // A list of resources is no message in either form.
    let listed = format!("[{}]", reply("accepted", "accepted", &json!({})));
    for body in [listed, "[1]".to_owned(), "[".repeat(100_000)] {
        assert!(!is_fhir(&body));
        assert!(VendorMessage::parse(&vendor(), &body).is_err());
    }
}

#[test]
fn what_is_wrong_is_named_by_its_element_and_never_by_its_value() {
    let accepted = || reply("accepted", "accepted", &json!({}));
    let at = |change: &dyn Fn(&mut Value)| {
        let mut body = accepted();
        change(&mut body);
        let unread = read(&body).unwrap_err();
        assert!(!format!("{:?}", unread.flaw).contains("SECRET"));
        unread.flaw.field.into_owned()
    };
    let header = |body: &mut Value, field: &str, value: Value| body["entry"][0]["resource"][field] = value;
    let task = |body: &mut Value, field: &str, value: Value| body["entry"][1]["resource"][field] = value;
    assert_eq!(at(&|body| header(body, "id", json!(""))), "MessageHeader.id");
    assert_eq!(
        at(&|body| header(body, "extension", json!([]))),
        "MessageHeader.extension(urn:icm:extension:sequence)"
    );
    assert_eq!(at(&|body| body["timestamp"] = json!("SECRET")), "Bundle.timestamp");
    assert_eq!(at(&|body| task(body, "groupIdentifier", json!({}))), "Task.groupIdentifier.value");
    assert_eq!(
        at(&|body| task(body, "groupIdentifier", json!({ "system": "urn:other", "value": "SECRET" }))),
        "Task.groupIdentifier.value"
    );
    assert_eq!(at(&|body| body["entry"] = json!([])), "Bundle.entry");
    assert_eq!(at(&|body| body["entry"].as_array_mut().unwrap().truncate(1)), "Bundle.entry(Task)");
    assert_eq!(
        at(&|body| {
            let again = body["entry"][1].clone();
            body["entry"].as_array_mut().unwrap().push(again);
        }),
        "Bundle.entry(Task)"
    );
    let rejected =
        reply("rejected", "rejected", &json!({ "statusReason": { "coding": [{ "code": "SECRET" }] } }));
    assert_eq!(read(&rejected).unwrap_err().flaw.field, "Task.statusReason");
    let minutes = json!({ "output": [output("minutes", "valueString", &json!("SECRET"))] });
    let twice = json!({ "output": [
        output("scope", "valueString", &json!("SECRET")), output("scope", "valueString", &json!("ICM"))] });
    assert_eq!(read(&reply("consented", "in-progress", &twice)).unwrap_err().flaw.field, "Task.output[1]");
    let contact = reply("contact.completed", "in-progress", &minutes);
    assert_eq!(read(&contact).unwrap_err().flaw.field, "Task.output(minutes).value");
}

#[test]
fn a_file_may_hold_bundles_one_a_line_and_a_broken_line_stands_alone() {
    let good = reply("accepted", "accepted", &json!({})).to_string();
    let text = format!("\u{feff}{good}\r\n\r\n{{\"resourceType\": \n{good}\n");
    let bodies = file::to_bodies(&vendor(), text.as_bytes()).unwrap();
    let kinds: Vec<bool> = bodies.iter().map(Result::is_ok).collect();
    assert_eq!(kinds, [true, false, true]);
    assert_eq!(bodies[1].as_ref().unwrap_err().field, "line 3");
    // One resource over many lines is one.
    let pretty = serde_json::to_string_pretty(&reply("accepted", "accepted", &json!({}))).unwrap();
    assert_eq!(file::to_bodies(&vendor(), pretty.as_bytes()).unwrap().len(), 1);
    assert!(file::to_bodies(&vendor(), b"{ no json").is_err());
    // What no queue carries is refused here, where the file and line can still be named.
    let huge = format!("{{\"resourceType\":\"Bundle\",\"x\":\"{}\"}}", "x".repeat(300_000));
    assert_eq!(
        file::to_bodies(&vendor(), huge.as_bytes()).unwrap()[0].as_ref().unwrap_err().kind,
        MalformedKind::TooLarge
    );
    // What would not fit into memory is not read at all, and stands alone like every broken line.
    let vast = format!("{{\"resourceType\":\"Group\",\"x\":[1{}]}}", ",1".repeat(17 << 20));
    let bodies = file::to_bodies(&vendor(), format!("{vast}\n{good}").as_bytes()).unwrap();
    assert_eq!(bodies[0].as_ref().unwrap_err(), &Malformed::new("line 1", MalformedKind::TooLarge));
    assert!(bodies[1].is_ok());
    assert!(file::to_bodies(&vendor(), vast.as_bytes()).is_err());
}

proptest! {
    /// Whatever a vendor sends, the reader answers and does not fall over.
    #[test]
    fn damaged_bundles_are_refused_without_a_crash(cut in 0_usize..1_200, with in "[\\[\\]{}\",:0-9a-z ]{0,6}") {
        let text = reply("accepted", "accepted", &json!({})).to_string();
        let at = cut.min(text.len());
        if text.is_char_boundary(at) {
            let damaged = format!("{}{with}{}", &text[..at], &text[(at + with.len()).min(text.len())..]);
            let _ = VendorMessage::parse(&vendor(), &damaged);
            let _ = file::to_bodies(&vendor(), damaged.as_bytes());
        }
    }
}
