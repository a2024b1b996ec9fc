//! FHIR says what the messages say, both ways.

mod lists;
mod replies;
mod sent;

use super::list;
use super::outbound::bundle;
use icm_domain::ids::VendorId;
use serde_json::{Value, json};

fn vendor() -> VendorId {
    VendorId::new("V1")
}

fn golden() -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/golden/vendor/icm.referral.offered.v1.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A message of another type about the same case.
fn message(kind: &str, data: Value) -> Value {
    let mut message = golden();
    message["type"] = json!(kind);
    message["data"] = data;
    message
}

fn sent(message: &Value) -> Value {
    serde_json::from_str(&bundle(&message.to_string(), &vendor()).unwrap()).unwrap()
}

fn resources<'b>(bundle: &'b Value, kind: &'b str) -> impl Iterator<Item = &'b Value> {
    let all = list(bundle, "/entry").map(|entry| &entry["resource"]);
    all.filter(move |held| held["resourceType"] == json!(kind))
}

fn resource<'b>(bundle: &'b Value, kind: &'b str) -> &'b Value {
    resources(bundle, kind).next().unwrap_or_else(|| panic!("no {kind}"))
}

/// Every text and number below a value.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(members) => members.iter().flat_map(words).collect(),
        Value::Object(fields) => fields.values().flat_map(words).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// Holds an example of the published contract to what is written today; writes it where asked to.
fn published(name: &str, resource: &Value) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/contracts/fhir");
    let text = serde_json::to_string_pretty(resource).unwrap() + "\n";
    let path = folder.join(format!("{name}.json"));
    if std::env::var_os("ICM_WRITE_CONTRACTS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{name}");
}

/// A reply as a vendor's FHIR server would write it.
fn reply(report: &str, status: &str, more: &Value) -> Value {
    let mut task = json!({
        "resourceType": "Task", "status": status, "intent": "order",
        "identifier": [
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "FILL"}]}, "value": "F-7"},
            {"system": "urn:icm:placer", "value": "p1"}],
        "groupIdentifier": {"system": "urn:icm:case", "value": "case-1"},
        "businessStatus": {"coding": [{"system": "urn:icm:report", "code": report}]},
    });
    for (field, value) in more.as_object().unwrap() {
        task[field] = value.clone();
    }
    json!({
        "resourceType": "Bundle", "type": "message", "timestamp": "2026-06-30T12:00:00+02:00",
        "entry": [
            {"fullUrl": "urn:uuid:0b8f6f7e-6f0e-4f0a-9d51-1f4d8f1f4a11", "resource": {"resourceType": "MessageHeader", "id": "v-1",
                "extension": [{"url": "urn:icm:extension:sequence", "valuePositiveInt": 3}],
                "eventCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": "I12"},
                "source": {"endpoint": "urn:vendor:V1"}, "focus": [{"reference": "urn:uuid:5f0c8f0e-52f2-4a0e-8f11-6d0a9a3d7a5c"}]}},
            {"fullUrl": "urn:uuid:5f0c8f0e-52f2-4a0e-8f11-6d0a9a3d7a5c", "resource": task}],
    })
}

fn output(name: &str, kind: &str, value: &Value) -> Value {
    json!({ "type": { "coding": [{ "system": "urn:icm:field", "code": name }] }, kind: value })
}
