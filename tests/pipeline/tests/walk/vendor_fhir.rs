//! A vendor that is written to in FHIR: offers leave as message Bundles, Tasks come back as replies, under the same rules
//! and numbers as everybody's (FACTS §8).

use crate::flow::{Flow, vendors};
use crate::vendor_files::drop_file;
use icm_casework::held;
use icm_casework::switches::{self, Pause, Scope};
use icm_domain::ids::VendorId;
use icm_domain::program::team::MessageFormat;
use icm_ports::{Clock, Destination, EffectStatus};
use icm_testkit::run;
use serde_json::{Value, json};

/// A world whose first vendor speaks FHIR, and a member who is offered to it.
fn offered() -> (Flow, icm_domain::ids::MemberId, VendorId) {
    let flow = Flow::new();
    let mut changed = crate::flow::catalogue();
    let team = changed.teams.iter_mut().find(|team| team.id == vendors()[0]).unwrap();
    (team.version, team.message_format) = (2, MessageFormat::Fhir);
    run(icm_casework::catalogue::publish(&flow.world.open(), &changed)).unwrap();
    let (member, vendor) = flow.offered("m1");
    (flow, member, vendor)
}

fn resource<'b>(bundle: &'b Value, kind: &str) -> &'b Value {
    let entries = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    entries.into_iter().find(|held| held["resourceType"] == kind).unwrap_or(&Value::Null)
}

fn sent(flow: &Flow, vendor: &VendorId) -> Vec<Value> {
    flow.relay();
    flow.sent_to(&Destination::Vendor(vendor.clone()))
}

/// A reply as a vendor's server writes it.
fn bundle(sequence: u64, status: &str, report: &str, more: Value) -> Value {
    let mut task = json!({
        "resourceType": "Task", "status": status, "intent": "order",
        "groupIdentifier": {"system": "urn:icm:case", "value": "case-m1"},
        "businessStatus": {"coding": [{"system": "urn:icm:report", "code": report}]},
    });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "resourceType": "Bundle", "type": "message", "timestamp": "2026-06-30T15:00:00Z",
        "entry": [
            {"resource": {"resourceType": "MessageHeader", "id": format!("f{sequence}"),
                "extension": [{"url": "urn:icm:extension:sequence", "valueUnsignedInt": sequence}]}},
            {"resource": task}],
    })
}

fn service() -> Vec<Value> {
    let output = |name: &str, kind: &str, value: Value| json!({"type": {"coding": [{"system": "urn:icm:field", "code": name}]}, kind: value});
    vec![
        bundle(1, "received", "received", json!({})),
        bundle(2, "accepted", "accepted", json!({})),
        bundle(3, "in-progress", "enrolled", json!({"executionPeriod": {"start": "2026-07-01"}})),
        bundle(
            4,
            "in-progress",
            "contact.completed",
            json!({"output": [
            output("minutes", "valueUnsignedInt", json!(25)), output("mode", "valueCode", json!("PHONE")),
            output("two_way", "valueBoolean", json!(true))]}),
        ),
    ]
}

#[test]
fn a_case_runs_from_offer_to_service_in_fhir_alone() {
    let (flow, member, vendor) = offered();
    let offer = sent(&flow, &vendor).remove(0);
    assert_eq!(resource(&offer, "Task")["status"], "requested");
    assert_eq!(resource(&offer, "Task")["groupIdentifier"]["value"], "case-m1");
    assert_eq!(resource(&offer, "Patient")["name"][0]["family"], "DOE");
    // Out of order, as queues deliver.
    for reply in service().iter().rev() {
        flow.receive(Flow::message(&vendor, &reply.to_string()));
    }
    assert_eq!(flow.status(&member), "ACTIVE");
    assert_eq!(flow.command(&member, "recall", json!({})).0, 200);
    let answers = sent(&flow, &vendor);
    let codes: Vec<&Value> = answers
        .iter()
        .filter(|sent| resource(sent, "MessageHeader").get("response").is_some())
        .map(|sent| &resource(sent, "MessageHeader")["response"]["code"])
        .collect();
    assert!(codes.len() >= 4 && codes.iter().all(|code| *code == "ok"), "{codes:?}");
    let recall =
        answers.iter().find(|sent| resource(sent, "Task")["code"]["coding"][0]["code"] == "abort").unwrap();
    assert_eq!(resource(recall, "Task")["focus"]["identifier"], resource(&offer, "Task")["identifier"][0]);
    flow.receive(Flow::message(&vendor, &bundle(5, "cancelled", "recall.confirmed", json!({})).to_string()));
    assert!(flow.case(&member).assignment.is_none());
    flow.assert_log_explains(&member);
}

#[test]
fn what_is_wrong_comes_back_as_an_outcome_that_names_the_element() {
    let (flow, member, vendor) = offered();
    let refused =
        bundle(1, "rejected", "rejected", json!({"statusReason": {"coding": [{"code": "SECRET"}]}}));
    flow.receive(Flow::message(&vendor, &refused.to_string()));
    assert_eq!(flow.status(&member), "ENROLLED");
    let answer = sent(&flow, &vendor).pop().unwrap();
    let header = resource(&answer, "MessageHeader");
    assert_eq!(
        (&header["response"]["identifier"], &header["response"]["code"]),
        (&json!("f1"), &json!("fatal-error"))
    );
    let issue = &resource(&answer, "OperationOutcome")["issue"][0];
    assert_eq!(issue["details"]["coding"][0]["code"], "5003");
    assert_eq!(issue["expression"][0], "Task.statusReason");
    assert!(!answer.to_string().contains("SECRET"));
}

/// A vendor without queues: Bundles one a line, and its daily list as a Group.
#[test]
fn bundles_and_the_daily_list_come_by_file_too() {
    let (flow, member, vendor) = offered();
    let lines: Vec<String> = service().iter().map(Value::to_string).collect();
    let text = lines.join("\n");
    drop_file(&flow, &vendor, "replies.ndjson", &text);
    assert_eq!(flow.status(&member), "ACTIVE");
    drop_file(&flow, &vendor, "replies.ndjson", &text);
    flow.later(60);
    let listed = |case: &str, state: &str| {
        json!({
        "entity": {"identifier": {"system": "urn:icm:case", "value": case}},
        "extension": [{"url": "urn:icm:extension:state", "valueCode": state}]})
    };
    let group = json!({
        "resourceType": "Group", "type": "person", "actual": true, "meta": {"lastUpdated": "2026-06-30T15:30:00Z"},
        "identifier": [{"value": "S1"}], "member": [listed("case-m1", "ACTIVE"), listed("case-z", "ACTIVE")]});
    drop_file(&flow, &vendor, "list.json", &group.to_string());
    let report = run(icm_casework::reports::roster(&flow.world.open(), &vendor)).unwrap().unwrap();
    let counts: Vec<(&str, u64)> = report.counts.iter().map(|(found, count)| (&**found, *count)).collect();
    assert_eq!(counts, [("MATCH", 1), ("UNKNOWN_TO_US", 1)]);
}

/// The list that the payer gives: those of whom the vendor has been told, and nobody else.
#[test]
fn a_vendors_list_holds_those_of_whom_it_was_told() {
    let (flow, _, vendor) = offered();
    let catalogue = crate::flow::catalogue();
    let listed = |flow: &Flow| {
        run(held::told_to(&flow.world.open(), &vendor, &catalogue, flow.clock.today())).unwrap()
    };
    let states = |flow: &Flow| -> Vec<(String, &str)> {
        listed(flow).into_iter().map(|member| (member.case, member.state)).collect()
    };
    assert_eq!(states(&flow), [("case-m1".to_owned(), "PENDING")]);
    for reply in service() {
        flow.receive(Flow::message(&vendor, &reply.to_string()));
    }
    assert_eq!(states(&flow), [("case-m1".to_owned(), "ACTIVE")]);
    // An offer that a pause holds back is no knowledge of the vendor's.
    let held_back = flow.consented("m2");
    let pause = Pause {
        scope: Scope::Vendor(vendor.clone()),
        paused: true,
        by: "ops:alice".into(),
        at: flow.now(),
        reason: "TEST".into(),
    };
    run(switches::pause(&flow.world.open(), &pause)).unwrap();
    assert_eq!(flow.command(&held_back, "enrol", json!({})).0, 200);
    flow.relay();
    assert_eq!(flow.case(&held_back).assignment.unwrap().vendor, vendor);
    assert_eq!(states(&flow), [("case-m1".to_owned(), "ACTIVE")]);
    // Nor is one that was called back before it left.
    let offer = flow.case(&held_back).assignment.unwrap().offer;
    {
        let mut state = flow.world.state();
        let held = state.members.get_mut(&held_back).unwrap();
        held.effects.get_mut(offer.as_str()).unwrap().status = EffectStatus::Cancelled;
    }
    assert_eq!(states(&flow), [("case-m1".to_owned(), "ACTIVE")]);
    // And it hears of no change about somebody of whom it never heard.
    run(switches::pause(&flow.world.open(), &Pause { paused: false, ..pause })).unwrap();
    assert_eq!(flow.command(&held_back, "stop", json!({"channels": ["call"]})).0, 200);
    flow.later(5);
    assert!(sent(&flow, &vendor).iter().all(|sent| !sent.to_string().contains("case-m2")));
    let bundle = icm_contract::vendor::fhir::attribution::list_of(&vendor, "S", flow.now(), &listed(&flow));
    assert_eq!(resource(&bundle, "Patient")["name"][0]["family"], "DOE");
}
