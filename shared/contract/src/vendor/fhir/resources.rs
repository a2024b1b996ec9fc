//! The resources of an order: who, for whom, by whom, with what consent. Nothing stands here that the message does not say.

use super::{CONSENT_SCOPE, COVERAGE, LINE_OF_BUSINESS, PLACER, PROGRAM, REASON, coding, extension, text};
use crate::vendor::envelope::SOURCE;
use icm_domain::ids::VendorId;
use serde_json::{Value, json};

/// A number of the National Provider Identifier has ten digits, of which the first is one or two.
fn is_npi(number: &str) -> bool {
    number.len() == 10 && number.starts_with(['1', '2']) && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The address of a resource within its Bundle: a UUID (RFC 9562, version 8) over kind and key, so that a message which is
/// sent again is the same.
pub(super) fn url(kind: &str, key: &str) -> String {
    let hash = blake3::hash(format!("{kind}\n{key}").as_bytes());
    let number = hash.as_bytes().first_chunk().map_or(0, |first| u128::from_be_bytes(*first));
    let number = number & !(0xf << 76) | (0x8 << 76);
    let number = number & !(0x3 << 62) | (0x2 << 62);
    let part = |shift: u32, digits: u32| (number >> shift) & ((1 << (4 * digits)) - 1);
    format!(
        "urn:uuid:{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 8),
        part(80, 4),
        part(64, 4),
        part(48, 4),
        part(0, 12)
    )
}

/// An entry of a Bundle.
pub(super) fn entry(url: &str, resource: &Value) -> Value {
    json!({ "fullUrl": url, "resource": resource })
}

pub(super) fn reference(kind: &str, key: &str) -> Value {
    json!({ "reference": url(kind, key) })
}

/// Our id of an order; nothing where there is none.
pub(super) fn placer(id: &str) -> Value {
    if id.is_empty() {
        return Value::Null;
    }
    json!({ "type": coding(super::IDENTIFIER_TYPES, "PLAC"), "system": PLACER, "value": id })
}

/// A party by its address: the payer or a vendor, neither of which needs a resource.
pub(super) fn party(address: &str) -> Value {
    json!({ "type": "Organization", "identifier": { "system": "urn:ietf:rfc:3986", "value": address } })
}

/// The address of a vendor.
pub(super) fn address_of(vendor: &VendorId) -> String {
    format!("urn:vendor:{}", vendor.as_str())
}

/// The label of a Patient for whom a request for confidential communication is in force: whoever shows the record must know.
pub(super) fn restricted(confidential: bool) -> Value {
    let label = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    if confidential { json!([{ "system": label, "code": "R" }]) } else { Value::Null }
}

/// A message with a Task, and what belongs to it.
pub(super) struct ServiceOrder<'m> {
    /// The message in major 2.
    pub(super) message: &'m Value,
    /// Its id.
    pub(super) id: &'m str,
    /// To whom it goes.
    pub(super) vendor: &'m VendorId,
}

impl ServiceOrder<'_> {
    /// The resources beside the Task, by kind.
    pub(super) fn resources(&self) -> Vec<(&'static str, Value)> {
        let mut all = Vec::new();
        if self.message.pointer("/data/program").is_some() {
            all.push(("ServiceRequest", self.request()));
        }
        if let Some(member) = self.message.pointer("/data/member") {
            all.push(("Patient", self.patient(member)));
            all.push(("Coverage", self.coverage(member)));
        }
        if let Some(consent) = self.message.pointer("/data/consent").filter(|held| held.is_object()) {
            all.push(("Consent", self.consent(consent)));
        }
        all
    }

    fn of(&self, place: &str) -> Option<&Value> {
        self.message.pointer(place)
    }

    fn request(&self) -> Value {
        let said = |place: &str| text(self.message, place).unwrap_or_default();
        json!({
            "resourceType": "ServiceRequest",
            "identifier": [placer(said("/data/placer_id"))],
            "status": "active",
            "intent": "order",
            "code": coding(PROGRAM, said("/data/program")),
            "subject": reference("Patient", self.id),
            "occurrencePeriod": { "start": self.of("/data/start") },
            "authoredOn": self.of("/time"),
            "requester": party(SOURCE),
            "performer": [party(&address_of(self.vendor))],
            "reasonCode": [coding(REASON, said("/data/reason"))],
            "insurance": [reference("Coverage", self.id)],
        })
    }

    fn patient(&self, member: &Value) -> Value {
        let of = |place: &str| member.pointer(place);
        let phones = super::list(member, "/phones").zip(1_u32..);
        let telecom: Vec<Value> = phones
            .map(|(number, rank)| json!({ "system": "phone", "value": number, "rank": rank }))
            .collect();
        let interpreter = of("/interpreter").unwrap_or(&Value::Null);
        let asked = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired";
        let confidential = of("/confidential").and_then(Value::as_bool) == Some(true);
        let test = self.of("/data/test").and_then(Value::as_bool) == Some(true);
        let invented =
            json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST" });
        let practice = text(self.message, "/data/pcp");
        json!({
            "resourceType": "Patient",
            "meta": {
                "security": restricted(confidential),
                "tag": if test { json!([invented]) } else { Value::Null },
            },
            "extension": [extension(asked, "valueBoolean", interpreter)],
            "identifier": [{
                "type": coding(super::IDENTIFIER_TYPES, "MB"),
                "system": COVERAGE,
                "value": of("/coverage_id"),
            }],
            "name": [{ "family": of("/name/family"), "given": of("/name/given") }],
            "telecom": telecom,
            "birthDate": of("/birth_date"),
            "address": of("/address").filter(|held| held.is_object()).map(|_| json!([{
                "line": [of("/address/street")],
                "city": of("/address/city"),
                "state": of("/address/state"),
                "postalCode": of("/address/zip"),
            }])),
            "communication": text(member, "/language").map(|code| json!([{
                "language": coding("urn:ietf:bcp:47", code),
                "preferred": true,
            }])),
            "generalPractitioner": practice.map(|id| {
                let system = if is_npi(id) { "http://hl7.org/fhir/sid/us-npi" } else { "urn:icm:practice" };
                json!([{ "identifier": { "system": system, "value": id } }])
            }),
        })
    }

    fn coverage(&self, member: &Value) -> Value {
        json!({
            "resourceType": "Coverage",
            "status": "active",
            "type": text(member, "/line_of_business").map(|code| coding(LINE_OF_BUSINESS, code)),
            "subscriberId": member.pointer("/coverage_id"),
            "beneficiary": reference("Patient", self.id),
            "payor": [party(SOURCE)],
        })
    }

    fn consent(&self, consent: &Value) -> Value {
        let scope = text(consent, "/scope").unwrap_or_default();
        json!({
            "resourceType": "Consent",
            "status": "active",
            "scope": coding("http://terminology.hl7.org/CodeSystem/consentscope", "treatment"),
            // LOINC: "Consent Document".
            "category": [coding("http://loinc.org", "59284-0")],
            "patient": reference("Patient", self.id),
            "dateTime": consent.pointer("/given"),
            "policyRule": coding(CONSENT_SCOPE, scope),
        })
    }
}
