//! The contract in FHIR R4, for vendors whose systems speak it (FACTS §8: ServiceRequest and Task; rosters as Da Vinci
//! ATR Groups).
//!
//! As a file is ([`super::file`]), this is a translation of the messages and no second contract: what is sent is made from
//! the body that a queue would have carried, what is received becomes such a body, and the one reader judges it. The
//! shape is that of FHIR messaging as BSeR uses it: a Bundle whose first entry is a `MessageHeader` that points to a Task.
//! [`places`] says which element each field is; a test holds the table against what is sent.

pub mod attribution;
pub mod inbound;
pub mod outbound;
pub mod places;
mod resources;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

/// The kind of a message: `icm.referral.offered.v1`, in `MessageHeader.reason`.
const MESSAGE_TYPE: &str = "urn:icm:message-type";
/// Ids of messages.
const MESSAGE: &str = "urn:icm:message";
/// Cases.
const CASE: &str = "urn:icm:case";
/// Our ids of orders.
const PLACER: &str = "urn:icm:placer";
/// A vendor's ids of its cases. The type `FILL` says the same.
const FILLER: &str = "urn:icm:filler";
/// Lines of business.
const LINE_OF_BUSINESS: &str = "urn:icm:line-of-business";
/// Scopes of consent, as the codes of the consent form.
const CONSENT_SCOPE: &str = "urn:icm:consent-scope";
/// Programs, by their neutral code.
const PROGRAM: &str = "urn:icm:program";
/// Fields of the message, as names of inputs and outputs of a Task.
const FIELD: &str = "urn:icm:field";
/// Codes of reasons.
const REASON: &str = "urn:icm:reason";
/// What a vendor reports, in `Task.businessStatus`.
const REPORT: &str = "urn:icm:report";
/// Numbers of rejections and results of replies.
const ANSWER: &str = "urn:icm:answer";
/// Snapshots of rosters.
const SNAPSHOT: &str = "urn:icm:snapshot";
/// Ids of coverage.
const COVERAGE: &str = "urn:icm:coverage";
/// Extension: the number of the message within its case.
const SEQUENCE: &str = "urn:icm:extension:sequence";
/// Extension: the deduplication key.
const DEDUP_KEY: &str = "urn:icm:extension:dedupkey";
/// Extension: the state of a listed case.
const STATE: &str = "urn:icm:extension:state";
/// Extensions: the number of this part of a list, and of all; the hash over all parts.
const PART: [&str; 3] = ["urn:icm:extension:part", "urn:icm:extension:parts", "urn:icm:extension:hash"];
/// Events of version 2, which BSeR takes over: referral, its change, its end.
const EVENTS: &str = "http://terminology.hl7.org/CodeSystem/v2-0003";
/// Types of identifiers: `PLAC` and `FILL` above all.
const IDENTIFIER_TYPES: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

/// Whether a body is FHIR: one JSON object that names its resource type. Everything else is a matter of the other reader.
pub fn is_fhir(body: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        #[serde(rename = "resourceType")]
        kind: Option<serde::de::IgnoredAny>,
    }
    // A list would be read as the fields in their order.
    body.trim_start().starts_with('{')
        && serde_json::from_str::<Head>(body).is_ok_and(|head| head.kind.is_some())
}

fn coding(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

/// An extension; none without a value, which FHIR does not allow (invariant ext-1).
fn extension(url: &str, kind: &str, value: &Value) -> Value {
    let blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if blank { Value::Null } else { json!({ "url": url, kind: value }) }
}

/// The text at a place, if it is one and not blank.
fn text<'v>(value: &'v Value, place: &str) -> Option<&'v str> {
    value.pointer(place).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// The value of an identifier of this system. One without a system is taken for it; one of another is none.
fn numbered<'v>(identifier: &'v Value, system: &str) -> Option<&'v str> {
    let of_ours = text(identifier, "/system").is_none_or(|named| named == system);
    text(identifier, "/value").filter(|_| of_ours)
}

/// The members of a list at a place; none where it is no list.
fn list<'v>(value: &'v Value, place: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(place).and_then(Value::as_array).into_iter().flatten()
}

/// The code of this system in a `CodeableConcept`.
fn code_of<'v>(concept: Option<&'v Value>, system: &str) -> Option<&'v str> {
    let codings = list(concept?, "/coding");
    codings.filter(|held| text(held, "/system") == Some(system)).find_map(|held| text(held, "/code"))
}

/// The extension with this address.
fn extension_of<'v>(value: &'v Value, url: &str) -> Option<&'v Value> {
    list(value, "/extension").find(|held| text(held, "/url") == Some(url))
}

/// The one `value[x]` of an element, as plain JSON: concepts and codings as their code.
fn value_of(element: &Value) -> Option<Value> {
    let fields = element.as_object()?;
    let (kind, value) = fields.iter().find(|(name, _)| name.starts_with("value"))?;
    match kind.as_str() {
        "valueCodeableConcept" => value.pointer("/coding/0/code").cloned(),
        "valueCoding" => value.get("code").cloned(),
        _ => Some(value.clone()),
    }
}

/// Takes out what says nothing: FHIR knows neither null nor blank text nor empty lists.
fn prune(value: &mut Value) {
    let empty = |held: &Value| match held {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(members) => members.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    match value {
        Value::Array(members) => {
            members.iter_mut().for_each(prune);
            members.retain(|member| !empty(member));
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|_, field| !empty(field));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
