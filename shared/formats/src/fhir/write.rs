//! Writer of ExplanationOfBenefit NDJSON in the shape of CARIN Blue Button, for generated populations.
//!
//! Reading what was written gives the same claim versions (a property test), except for what an EOB does not carry:
//! the billing taxonomy and the 42 CFR Part 2 mark.

use crate::x12::decimal;
use icm_domain::claim::{ClaimKind, ClaimState, ClaimVersion, Denial, Icd, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

const CARIN: &str = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
const VARIABLE: &str = "https://bluebutton.cms.gov/resources/variables/";
const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
const ADJUDICATION: &str = "http://terminology.hl7.org/CodeSystem/adjudication";

/// Writes one resource on one line for each claim. Remittances (835) are no EOBs: they are left out by the caller.
///
/// # Errors
/// Those of the output.
pub fn write(claims: &[ClaimVersion], out: &mut dyn Write) -> io::Result<()> {
    for claim in claims {
        serde_json::to_writer(&mut *out, &resource(claim))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The resource of one claim version.
fn resource(claim: &ClaimVersion) -> Value {
    let mut eob = Map::new();
    let mut put = |key: &str, value: Value| {
        eob.insert(key.to_owned(), value);
    };
    put("resourceType", json!("ExplanationOfBenefit"));
    put("status", json!(if claim.state == ClaimState::Cancelled { "cancelled" } else { "active" }));
    put("use", json!("claim"));
    put("outcome", json!(if claim.state == ClaimState::Pended { "queued" } else { "complete" }));
    put("identifier", identifiers(claim));
    put("type", concept("http://terminology.hl7.org/CodeSystem/claim-type", kind(claim.kind)));
    put("billablePeriod", period(Some(claim.from), Some(claim.thru)));
    put("supportingInfo", supports(claim));
    put("diagnosis", diagnoses(claim));
    put("procedure", procedures(claim));
    put("item", Value::Array((1_u32..).zip(&claim.lines).map(|(number, line)| item(number, line)).collect()));
    put("total", amounts(&[("submitted", claim.charge), ("eligible", claim.allowed)]));
    if let Some(effective) = claim.effective {
        put("meta", json!({"lastUpdated": format!("{effective}T00:00:00Z")}));
    }
    if let Some(member) = &claim.member_id {
        put("patient", json!({"reference": format!("Patient/{}", member.as_str())}));
    }
    if let Some(npi) = &claim.billing_npi {
        put("provider", json!({"identifier": {"system": NPI, "value": npi}}));
    }
    if let Some(facility) = claim.facility.as_ref().filter(|_| claim.facility != claim.billing_npi) {
        let ccn = "http://terminology.hl7.org/NamingSystem/CCN";
        let system = if claim.billing_npi.is_some() { NPI } else { ccn };
        put("facility", json!({"identifier": {"system": system, "value": facility}}));
    }
    if let Some(control) = &claim.control {
        let url = format!("{VARIABLE}fi_doc_clm_cntl_num");
        put("extension", json!([{"url": url, "valueIdentifier": {"value": control.as_str()}}]));
    }
    if let Some(replaces) = &claim.replaces {
        put(
            "related",
            json!([{"relationship": concept("", "prior"), "reference": {"value": replaces.as_str()}}]),
        );
    }
    if let Some(denial) = claim.denial {
        put("adjudication", json!([denied(denial)]));
    }
    if let Some(paid) = claim.paid {
        put("payment", json!({"amount": money(paid)}));
    }
    Value::Object(eob)
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn period(start: Option<Day>, end: Option<Day>) -> Value {
    let mut period = Map::new();
    for (key, day) in [("start", start), ("end", end)] {
        if let Some(day) = day {
            period.insert(key.to_owned(), json!(day.to_string()));
        }
    }
    Value::Object(period)
}

fn kind(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Institutional => "institutional",
        ClaimKind::Professional => "professional",
        ClaimKind::Pharmacy => "pharmacy",
        ClaimKind::Dental => "oral",
    }
}

fn identifiers(claim: &ClaimVersion) -> Value {
    let unique = concept(&format!("{CARIN}C4BBIdentifierType"), "uc");
    let mut list = vec![
        json!({"type": unique, "system": "https://plan.example/claim", "value": claim.claim_id.as_str()}),
    ];
    if let Some(group) = &claim.group {
        let system = "https://bluebutton.cms.gov/resources/identifier/claim-group";
        list.push(json!({"system": system, "value": group.as_str()}));
    }
    Value::Array(list)
}

fn supports(claim: &ClaimVersion) -> Value {
    let category = |code: &str| concept(&format!("{CARIN}C4BBSupportingInfoType"), code);
    let mut list =
        vec![json!({"category": category("clmrecvddate"), "timingDate": claim.received.to_string()})];
    let frequency = claim.frequency.map(|code| code.as_str().to_owned());
    let bill = claim.bill_type.map(|bill| format!("0{}", bill.as_str())).or(frequency);
    let coded = |code: Option<Code>| code.map(|code| code.as_str().to_owned());
    for (name, code) in [
        ("typeofbill", bill),
        ("discharge-status", coded(claim.discharge_status)),
        ("admtype", coded(claim.admit_type)),
        ("pointoforigin", coded(claim.admit_source)),
        ("drg", coded(claim.drg)),
    ] {
        if let Some(code) = code {
            list.push(json!({"category": category(name), "code": concept("", &code)}));
        }
    }
    if claim.admit.is_some() || claim.discharge.is_some() {
        list.push(json!({"category": category("admissionperiod"), "timingPeriod": period(claim.admit, claim.discharge)}));
    }
    if claim.state == ClaimState::Encounter {
        let switch = concept(VARIABLE, "clm_mco_pd_sw");
        list.push(json!({"category": switch, "code": concept("", "1")}));
    }
    Value::Array(list)
}

fn diagnoses(claim: &ClaimVersion) -> Value {
    let system = if claim.icd == Icd::Ten { "icd-10-cm" } else { "icd-9-cm" };
    let list = claim.dx.iter().enumerate().map(|(at, code)| {
        let kind = if at == 0 && claim.principal { "principal" } else { "secondary" };
        json!({
            "sequence": at + 1,
            "diagnosisCodeableConcept": concept(&format!("http://hl7.org/fhir/sid/{system}"), code.as_str()),
            "type": [concept("http://terminology.hl7.org/CodeSystem/ex-diagnosistype", kind)],
        })
    });
    Value::Array(list.collect())
}

fn procedures(claim: &ClaimVersion) -> Value {
    let list = claim.px.iter().enumerate().map(|(at, code)| {
        let concept = concept("http://www.cms.gov/Medicare/Coding/ICD10", code.as_str());
        json!({"sequence": at + 1, "procedureCodeableConcept": concept})
    });
    Value::Array(list.collect())
}

fn item(number: u32, line: &Line) -> Value {
    let mut item = Map::new();
    let mut put = |key: &str, value: Value| {
        item.insert(key.to_owned(), value);
    };
    put("sequence", json!(number));
    if let Some(revenue) = line.rev {
        put("revenue", concept("https://www.nubc.org/CodeSystem/RevenueCodes", revenue.as_str()));
    }
    let hcpcs =
        line.hcpcs.map(|code| json!({"system": "http://www.ama-assn.org/go/cpt", "code": code.as_str()}));
    let drug = line.ndc.map(|code| json!({"system": "http://hl7.org/fhir/sid/ndc", "code": code.as_str()}));
    put("productOrService", json!({"coding": hcpcs.into_iter().chain(drug).collect::<Vec<_>>()}));
    let modifiers =
        line.modifiers.iter().map(|code| concept("http://www.ama-assn.org/go/cpt", code.as_str()));
    put("modifier", Value::Array(modifiers.collect()));
    if let Some(pos) = line.pos {
        let system = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set";
        put("locationCodeableConcept", concept(system, pos.as_str()));
    }
    if line.from.is_some() {
        put("servicedPeriod", period(line.from, line.thru));
    }
    let mut quantity = Map::new();
    if let Some(units) = &line.units {
        quantity.insert("value".to_owned(), number_of(units));
    }
    if let Some(days) = line.days_supply {
        let url = format!("{VARIABLE}days_suply_num");
        quantity.insert("extension".to_owned(), json!([{"url": url, "valueQuantity": {"value": days}}]));
    }
    put("quantity", Value::Object(quantity));
    put(
        "adjudication",
        amounts(&[("submitted", line.charge), ("eligible", line.allowed), ("benefit", line.paid)]),
    );
    Value::Object(item)
}

fn amounts(stated: &[(&str, Option<Cents>)]) -> Value {
    let list = stated.iter().filter_map(|(category, amount)| {
        Some(json!({"category": concept(ADJUDICATION, category), "amount": money((*amount)?)}))
    });
    Value::Array(list.collect())
}

fn money(amount: Cents) -> Value {
    json!({"value": number_of(&decimal(amount)), "currency": "USD"})
}

/// A JSON number that reads back as the same text, else a JSON text.
fn number_of(text: &str) -> Value {
    match serde_json::from_str::<serde_json::Number>(text) {
        Ok(number) if number.to_string() == text => Value::Number(number),
        _ => json!(text),
    }
}

/// An adjudication that says why the claim was denied, by claim adjustment reason code.
fn denied(denial: Denial) -> Value {
    let code = match denial {
        Denial::Duplicate => "18",
        Denial::Eligibility => "27",
        Denial::NotRendered => "112",
        Denial::Other => "50",
    };
    json!({
        "category": concept(&format!("{CARIN}C4BBAdjudication"), "denialreason"),
        "reason": concept("https://x12.org/codes/claim-adjustment-reason-codes", code),
    })
}
