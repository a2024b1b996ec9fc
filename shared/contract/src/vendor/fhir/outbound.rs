//! Messages to a vendor as FHIR message Bundles.

use super::places::OUT;
use super::resources::{self, ServiceOrder, entry, url};
use super::{DEDUP_KEY, EVENTS, FIELD, MESSAGE, MESSAGE_TYPE, SEQUENCE};
use super::{coding, extension, prune, text};
use crate::keys::short_hash;
use crate::vendor::envelope::SOURCE;
use crate::vendor::major;
use icm_domain::ids::VendorId;
use serde_json::{Map, Value, json};

/// Most characters of a FHIR `id`.
const ID_MAX: usize = 64;

/// What a message asks for, by its type: the event of version 2 in its header, and what its Task does.
struct Purpose {
    event: &'static str,
    /// Code of the Task (<http://hl7.org/fhir/CodeSystem/task-code>).
    task: &'static str,
    state: &'static str,
}

/// The purpose of a message; none for answers, which have no Task.
fn purpose(kind: &str) -> Option<Purpose> {
    let (event, task, state) = match kind {
        "icm.referral.offered.v1" => ("I12", "fulfill", "requested"),
        // The order as it stands changes: a Task of its own about the first one.
        "icm.referral.updated.v1" => ("I13", "change", "requested"),
        "icm.referral.cancelled.v1" => ("I14", "fulfill", "cancelled"),
        // After acceptance the owner must be asked.
        "icm.referral.recalled.v1" => ("I14", "abort", "requested"),
        _ => return None,
    };
    Some(Purpose { event, task, state })
}

/// The message Bundle of a body of major 1, addressed to this vendor. None: the body is no message.
pub fn bundle(body: &str, vendor: &VendorId) -> Option<String> {
    let first: Value = serde_json::from_str(body).ok()?;
    let kind = text(&first, "/type")?;
    // Names in parts and numbers as E.164, which is how FHIR wants them, are what major 2 says.
    let message: Value = serde_json::from_str(&major::outbound(body.to_owned(), 2)?).ok()?;
    let id = text(&message, "/id")?;
    let mut entries = Vec::new();
    let focus = match purpose(kind) {
        Some(purpose) => with_task(&message, id, vendor, &purpose, &mut entries),
        None => outcome(&message, id, &mut entries),
    };
    let header = header(&message, kind, id, vendor, &focus);
    entries.insert(0, entry(&url("MessageHeader", id), &header));
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "message",
        "identifier": { "system": MESSAGE, "value": id },
        "timestamp": message.pointer("/time"),
        "entry": entries,
    });
    prune(&mut bundle);
    Some(bundle.to_string())
}

/// Task, order, patient and coverage, as far as the message has them. Answers what the header points to.
fn with_task(
    message: &Value,
    id: &str,
    vendor: &VendorId,
    purpose: &Purpose,
    entries: &mut Vec<Value>,
) -> String {
    let order = ServiceOrder { message, id, vendor };
    let focus = url("Task", id);
    entries.push(entry(&focus, &task(&order, purpose)));
    for (kind, resource) in order.resources() {
        entries.push(entry(&url(kind, id), &resource));
    }
    focus
}

fn header(message: &Value, kind: &str, id: &str, vendor: &VendorId, focus: &str) -> Value {
    let event = purpose(kind).map_or("I12", |purpose| purpose.event);
    let answered = text(message, "/data/message_id").filter(|_| purpose(kind).is_none());
    let refused = message.pointer("/data/code").is_some();
    json!({
        "resourceType": "MessageHeader",
        "id": short_hash(id.as_bytes()),
        "extension": [
            extension(SEQUENCE, "valueUnsignedInt", message.pointer("/sequence").unwrap_or(&Value::Null)),
            extension(DEDUP_KEY, "valueString", message.pointer("/dedupkey").unwrap_or(&Value::Null)),
            extension(super::CASE, "valueString", message.pointer("/subject").unwrap_or(&Value::Null)),
        ],
        "eventCoding": { "system": EVENTS, "code": event },
        "destination": [{ "endpoint": resources::address_of(vendor) }],
        "source": { "endpoint": SOURCE },
        "reason": coding(MESSAGE_TYPE, kind),
        "response": answered.map(|named| json!({
            "identifier": if is_id(named) { named.to_owned() } else { short_hash(named.as_bytes()) },
            "code": if refused { "fatal-error" } else { "ok" },
            "details": { "reference": focus },
        })),
        "focus": if answered.is_some() { Value::Null } else { json!([{ "reference": focus }]) },
    })
}

/// Whether a text may be an `id`. Where the id of a reply is none, as those of lists and of lines of a file, the header
/// names its hash, and the outcome the id itself.
pub(super) fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=ID_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

fn task(order: &ServiceOrder<'_>, purpose: &Purpose) -> Value {
    let message = order.message;
    let of = |place: &str| message.pointer(place);
    let placer = resources::placer(text(message, "/data/placer_id").unwrap_or_default());
    // Of an order that the vendor has had, the Task speaks by its identifier; a new one comes with the message.
    let about = match purpose.task {
        "change" | "abort" if placer.is_null() => Value::Null,
        "change" | "abort" => json!({ "type": "Task", "identifier": placer }),
        _ if purpose.state == "cancelled" => Value::Null,
        _ => resources::reference("ServiceRequest", order.id),
    };
    let own = matches!(purpose.task, "fulfill");
    let due = ["/data/answer_due", "/data/due", "/data/confirm_due"].into_iter().find_map(of);
    let ends = purpose.event == "I14";
    json!({
        "resourceType": "Task",
        "identifier": if own { json!([placer]) } else { Value::Null },
        "groupIdentifier": { "system": super::CASE, "value": of("/subject") },
        "status": purpose.state,
        "statusReason": of("/data/reason").and_then(Value::as_str).filter(|_| ends).map(|code| coding(super::REASON, code)),
        "intent": "order",
        "priority": text(message, "/data/priority").map(urgency),
        "code": coding("http://hl7.org/fhir/CodeSystem/task-code", purpose.task),
        "focus": about,
        "for": of("/data/member").map(|_| resources::reference("Patient", order.id)),
        "authoredOn": of("/time"),
        "lastModified": of("/time"),
        "requester": resources::party(SOURCE),
        "owner": resources::party(&resources::address_of(order.vendor)),
        "restriction": { "period": { "end": due } },
        "input": inputs(message),
    })
}

/// The urgency that FHIR knows of a tier of ours.
fn urgency(tier: &str) -> &'static str {
    match tier {
        "CRITICAL" => "asap",
        "HIGH" => "urgent",
        _ => "routine",
    }
}

/// Every field of the content that has no element of its own.
fn inputs(message: &Value) -> Vec<Value> {
    let mut fields = Vec::new();
    leaves("/data", message.pointer("/data").unwrap_or(&Value::Null), &mut fields);
    let own = |place: &str| OUT.iter().any(|(known, ..)| *known == place);
    fields.into_iter().filter(|(place, _)| !own(place)).map(|(place, value)| input(&place, value)).collect()
}

/// The fields below a place: whatever is no object, members of lists one by one.
pub(super) fn leaves<'v>(place: &str, value: &'v Value, found: &mut Vec<(String, &'v Value)>) {
    // A list that has an element of its own stays whole.
    let whole = OUT.iter().any(|(known, ..)| *known == place);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                leaves(&format!("{place}/{name}"), field, found);
            }
        }
        Value::Array(members) if !whole => {
            for member in members {
                leaves(place, member, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            found.push((place.to_owned(), value));
        }
    }
}

fn input(place: &str, value: &Value) -> Value {
    let name = place.trim_start_matches("/data/").replace('/', ".");
    let kind = match value {
        Value::Bool(_) => "valueBoolean",
        Value::Number(_) => "valueUnsignedInt",
        Value::String(text) => kind_of_text(text),
        Value::Null | Value::Array(_) | Value::Object(_) => return Value::Null,
    };
    let mut held = Map::new();
    held.insert("type".to_owned(), coding(FIELD, &name));
    held.insert(kind.to_owned(), value.clone());
    Value::Object(held)
}

fn kind_of_text(text: &str) -> &'static str {
    let dashed = text.len() == 10 && text.contains('-');
    if dashed && icm_domain::day::Day::parse(text).is_some() {
        "valueDate"
    } else if icm_domain::moment::Moment::parse(text).is_some() {
        "valueDateTime"
    } else {
        "valueString"
    }
}

/// The answer to a reply: what the header's response points to.
fn outcome(message: &Value, id: &str, entries: &mut Vec<Value>) -> String {
    let code = message.pointer("/data/code").and_then(Value::as_u64);
    let (severity, kind) = match code {
        None => ("information", "informational"),
        Some(4000..5000) => ("error", "business-rule"),
        Some(_) => ("error", "structure"),
    };
    let said = code.map(|code| code.to_string());
    let said = said.as_deref().or_else(|| text(message, "/data/result")).unwrap_or_default();
    let resource = json!({
        "resourceType": "OperationOutcome",
        "issue": [{
            "severity": severity,
            "code": kind,
            "details": {
                "coding": [{ "system": super::ANSWER, "code": said }],
                "text": message.pointer("/data/reason"),
            },
            "diagnostics": message.pointer("/data/message_id"),
            "expression": [message.pointer("/data/path")],
        }],
    });
    let at = url("OperationOutcome", id);
    entries.push(entry(&at, &resource));
    at
}
