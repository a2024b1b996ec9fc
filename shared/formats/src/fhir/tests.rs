//! Oddities of real exports, one test each (CLAIM_FORMATS §4.4 and §5).

use crate::item::{Item, Reason};
use crate::options::ReadOptions;
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, Icd};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::{ClaimId, SourceId};
use icm_domain::money::Cents;
use serde_json::{Value, json};
use std::ops::ControlFlow;

mod refusals;

#[derive(Default, Debug)]
struct Yield {
    claims: Vec<ClaimVersion>,
    problems: Vec<(String, Reason)>,
    ignored: Vec<&'static str>,
    practices: Vec<(String, Option<Day>, Option<Box<str>>)>,
}

fn read(bytes: impl AsRef<[u8]>) -> Yield {
    let mut found = Yield::default();
    let options = ReadOptions::new(SourceId::from("feed"));
    let flow = super::read(&bytes.as_ref().to_vec(), &options, &mut |item| {
        match item {
            Item::Fact { member, fact: Fact::Claim(claim), .. } => {
                assert_eq!(member, claim.member_id);
                found.claims.push(*claim);
            }
            Item::Problem(problem) => found.problems.push((problem.field, problem.reason)),
            Item::Ignored { rule, .. } => found.ignored.push(rule),
            Item::Fact { member: Some(member), fact: Fact::Profile(profile), .. } => {
                found.practices.push((member.as_str().to_owned(), profile.received, profile.pcp));
            }
            Item::Fact { .. } | Item::Availability { .. } => panic!("claims and profiles are all that comes"),
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
    found
}

const UNIQUE: &str = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType";
const SUPPORT: &str = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType";

/// A CARIN inpatient EOB.
fn eob() -> Value {
    let support = |kind: &str, rest: Value| {
        let mut info = json!({"category": {"coding": [{"system": SUPPORT, "code": kind}]}});
        info.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        info
    };
    let code = |code: &str| json!({"code": {"coding": [{"system": "s", "code": code}]}});
    let amount = |category: &str, value: f64| {
        json!({"category": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/adjudication", "code": category}]},
               "amount": {"value": value, "currency": "USD"}})
    };
    json!({
        "resourceType": "ExplanationOfBenefit", "id": "r1", "status": "active", "use": "claim", "outcome": "complete",
        "meta": {"lastUpdated": "2024-03-01T10:00:00Z"},
        "contained": [{"resourceType": "Organization", "id": "o", "identifier": [
            {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}]},
            {"resourceType": "ExplanationOfBenefit", "id": "inner"}],
        "identifier": [{"type": {"coding": [{"system": UNIQUE, "code": "uc"}]}, "system": "https://p/EOB", "value": "C1"}],
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "institutional"}]},
        "patient": {"reference": "Patient/M1"}, "provider": {"reference": "#o"},
        "billablePeriod": {"start": "2024-01-01", "end": "2024-01-04T00:00:00Z"},
        "created": "2024-04-01",
        "supportingInfo": [
            support("clmrecvddate", json!({"timingDate": "2024-01-10"})),
            support("admissionperiod", json!({"timingPeriod": {"start": "2024-01-01", "end": "2024-01-04"}})),
            support("typeofbill", code("0111")), support("discharge-status", code("1")), support("drg", code("291")),
            support("admtype", code("1")), support("pointoforigin", code("2")),
        ],
        "diagnosis": [
            {"sequence": 2, "diagnosisCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
             "type": [{"coding": [{"code": "secondary"}]}]},
            {"sequence": 3, "diagnosisCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "R06.02"}]},
             "type": [{"coding": [{"code": "admitting"}]}]},
            {"sequence": 4, "diagnosisCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I50.23"}]},
             "type": [{"coding": [{"code": "principal"}]}]},
        ],
        "procedure": [{"sequence": 1, "procedureCodeableConcept": {"coding": [{"system": "http://www.cms.gov/Medicare/Coding/ICD10", "code": "02HV33Z"}]}}],
        "item": [{"sequence": 1,
            "revenue": {"coding": [{"system": "https://www.nubc.org/CodeSystem/RevenueCodes", "code": "450"}]},
            "productOrService": {"coding": [{"system": "http://snomed.info/sct", "code": "4525004"},
                {"system": "http://www.ama-assn.org/go/cpt", "code": "99285"}]},
            "modifier": [{"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "25"}]}],
            "servicedPeriod": {"start": "2024-01-01"}, "quantity": {"value": 1.5},
            "adjudication": [amount("submitted", 1000.1), amount("eligible", 900.0), amount("benefit", 800.25)]}],
        "total": [amount("submitted", 1500.5), amount("eligible", 1300.0), amount("benefit", 1200.0)],
        "payment": {"amount": {"value": 1200.07}, "date": "2024-02-20"},
    })
}

fn one(value: &Value) -> ClaimVersion {
    let found = read(value.to_string());
    assert_eq!((found.claims.len(), found.problems.len()), (1, 0), "{found:?}");
    found.claims.into_iter().next().unwrap()
}

fn with(path: &str, value: Value) -> Value {
    let mut eob = eob();
    eob[path] = value;
    eob
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

#[test]
fn a_facility_claim_is_read_whole() {
    let claim = one(&eob());
    assert_eq!(
        (claim.kind, claim.action, claim.state),
        (ClaimKind::Institutional, Action::Original, ClaimState::Paid)
    );
    assert_eq!(claim.claim_id, ClaimId::from("C1"));
    assert_eq!(claim.member_id.as_ref().unwrap().as_str(), "M1");
    assert_eq!(claim.billing_npi.as_deref(), Some("1234567893"));
    assert_eq!(claim.facility.as_deref(), Some("1234567893"));
    assert_eq!((claim.from, claim.thru), (day("20240101"), day("20240104")));
    assert_eq!((claim.received, claim.effective), (day("20240110"), Some(day("20240301"))));
    assert_eq!((claim.admit, claim.discharge), (Some(day("20240101")), Some(day("20240104"))));
    assert_eq!((claim.bill_type, claim.frequency), (Code::new("111"), Code::new("1")));
    assert_eq!((claim.discharge_status, claim.drg), (Code::new("01"), Code::new("291")));
    assert_eq!((claim.admit_type, claim.admit_source), (Code::new("1"), Code::new("2")));
    assert_eq!(claim.dx, [Code::new("I5023").unwrap(), Code::new("E119").unwrap()]);
    assert!(claim.principal && claim.icd == Icd::Ten);
    assert_eq!(claim.px, [Code::new("02HV33Z").unwrap()]);
    assert_eq!(
        (claim.charge, claim.allowed, claim.paid),
        (Some(Cents(150_050)), Some(Cents(130_000)), Some(Cents(120_007)))
    );
    let line = &claim.lines[0];
    assert_eq!(
        (line.rev, line.hcpcs, line.units.as_deref()),
        (Code::new("0450"), Code::new("99285"), Some("1.5"))
    );
    assert_eq!(
        (line.charge, line.allowed, line.paid),
        (Some(Cents(100_010)), Some(Cents(90_000)), Some(Cents(80_025)))
    );
    assert_eq!((line.from, line.thru), (Some(day("20240101")), Some(day("20240101"))));
}

#[test]
fn lines_bundles_arrays_and_single_resources_say_the_same() {
    let plain = eob().to_string();
    let pretty = serde_json::to_string_pretty(&eob()).unwrap();
    let bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": eob()},
        {"resource": {"resourceType": "Patient", "id": "entry"}}, {"response": {"status": "200"}}, {"resource": eob()}], "link": [{"entry": []}]});
    let expected = one(&eob());
    let cases = [
        (format!("{plain}\n{plain}\r\n\n{plain}"), 3, 0),
        (plain.clone(), 1, 0),
        (pretty.clone(), 1, 0),
        (format!("{pretty}\n{pretty}"), 2, 0),
        (format!("[{plain},\n{plain}]"), 2, 0),
        (bundle.to_string(), 2, 2),
        (serde_json::to_string_pretty(&bundle).unwrap(), 2, 2),
        (format!("{bundle}\n{bundle}\n"), 4, 4),
        ("[]".to_owned(), 0, 0),
        (json!({"resourceType": "Bundle"}).to_string(), 0, 0),
    ];
    for (text, claims, ignored) in cases {
        let found = read(&text);
        assert_eq!((found.claims.len(), found.ignored.len(), found.problems.len()), (claims, ignored, 0));
        assert!(found.claims.iter().all(|claim| *claim == expected));
    }
}

#[test]
fn a_broken_line_is_one_problem_and_a_cut_document_is_refused_whole() {
    let plain = eob().to_string();
    let half = &plain[..plain.len() / 2];
    for text in [
        format!("{plain}\n{half}\n{plain}\n"),
        format!("{half}\n{plain}\n{plain}"),
        format!("{plain}\n{plain}\n{half}"),
    ] {
        let found = read(text);
        assert_eq!((found.claims.len(), found.problems), (2, vec![(String::new(), Reason::BadStructure)]));
    }
    let bundle =
        json!({"resourceType": "Bundle", "entry": [{"resource": eob()}, {"resource": eob()}]}).to_string();
    for cut in [bundle.len() / 3, bundle.len() - 1, bundle.len() - 2] {
        let found = read(&bundle[..cut]);
        assert_eq!((found.claims.len(), found.problems), (0, vec![(String::new(), Reason::Truncated)]));
    }
}

#[test]
fn surprising_shapes_are_as_good_as_absent() {
    for path in [
        "meta",
        "contained",
        "identifier",
        "type",
        "provider",
        "supportingInfo",
        "diagnosis",
        "procedure",
        "item",
        "total",
        "payment",
        "outcome",
    ] {
        for value in [
            json!(null),
            json!(7),
            json!("x"),
            json!(true),
            json!([]),
            json!({}),
            json!([1, "x", null, [[]]]),
            json!({"coding": "x"}),
        ] {
            one(&with(path, value));
        }
    }
    let mut text = eob().to_string().into_bytes();
    let at = text.windows(4).position(|part| part == b"\"M1\"" || part == b"/M1\"").unwrap();
    text[at + 1] = 0xE9;
    assert_eq!(read(text).claims[0].member_id.as_ref().unwrap().as_str(), "\u{e9}1");
}

#[test]
fn the_status_is_the_truth() {
    let tag = |code: &str| json!({"tag": [{"system": "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action", "code": code}]});
    let related =
        |kind: &str| json!([{"relationship": {"coding": [{"code": kind}]}, "reference": {"value": "C0"}}]);
    let cases = [
        (with("status", json!("cancelled")), Action::Void, ClaimState::Cancelled),
        (with("status", json!("entered-in-error")), Action::Void, ClaimState::Cancelled),
        (with("meta", tag("NotFinalAction")), Action::Void, ClaimState::Cancelled),
        (with("meta", tag("FinalAction")), Action::Original, ClaimState::Paid),
        (with("related", related("replacedby")), Action::Void, ClaimState::Cancelled),
        (with("related", related("prior")), Action::Replace, ClaimState::Paid),
        (with("outcome", json!("partial")), Action::Original, ClaimState::Pended),
        (with("outcome", json!("queued")), Action::Original, ClaimState::Pended),
    ];
    for (value, action, state) in cases {
        let claim = one(&value);
        assert_eq!((claim.action, claim.state), (action, state), "{value}");
    }
    assert_eq!(one(&with("related", related("prior"))).replaces, Some(ClaimId::from("C0")));
    let mut drug = with("outcome", json!("partial"));
    drug["type"] = json!({"coding": [{"code": "pharmacy"}]});
    assert_eq!(one(&drug).state, ClaimState::Paid);
    for (path, value, rule) in [
        ("status", "draft", "fhir_draft"),
        ("use", "preauthorization", "fhir_predetermination"),
        ("use", "predetermination", "fhir_predetermination"),
        ("resourceType", "Claim", "fhir_other_resource"),
    ] {
        assert_eq!(read(with(path, json!(value)).to_string()).ignored, [rule]);
    }
}

#[test]
fn denials_are_taken_from_the_header_or_from_every_line() {
    let denied = |code: &str| {
        json!({"category": {"coding": [{"code": "denialreason"}]},
               "reason": {"coding": [{"system": "https://x12.org/codes/claim-adjustment-reason-codes", "code": code}]}})
    };
    let claim = one(&with("adjudication", json!([denied("18")])));
    assert_eq!((claim.state, claim.denial), (ClaimState::Denied, Some(Denial::Duplicate)));
    let mut lines = with("payment", json!({"amount": {"value": 0}}));
    lines["item"][0]["adjudication"] = json!([denied("27")]);
    assert_eq!(one(&lines).denial, Some(Denial::Eligibility));
    lines["payment"] = json!({"amount": {"value": 5}});
    assert_eq!(one(&lines).state, ClaimState::Paid);
    let carrier = |code: &str| json!([{"url": "https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd", "valueCoding": {"code": code}}]);
    assert_eq!(one(&with("extension", carrier("0"))).denial, Some(Denial::Other));
    assert_eq!(one(&with("extension", carrier("1"))).state, ClaimState::Paid);
}

#[test]
fn the_claim_group_names_the_family_and_never_the_claim() {
    let numbers = |group: &str| {
        json!([{"type": {"coding": [{"code": "uc"}]}, "system": "https://bluebutton.cms.gov/resources/identifier/claim-group", "value": group},
               {"type": {"coding": [{"code": "uc"}]}, "system": "https://bluebutton.cms.gov/resources/variables/clm_id", "value": "77"}])
    };
    let claim = one(&with("identifier", numbers("900")));
    assert_eq!((claim.claim_id, claim.group), (ClaimId::from("77"), Some(ClaimId::from("900"))));
    assert_eq!(one(&with("identifier", numbers("99999999999"))).group, None);
    assert_eq!(one(&with("identifier", json!([]))).claim_id, ClaimId::from("r1"));
    let mut nameless = with("identifier", json!([]));
    nameless["id"] = json!(null);
    assert_eq!(read(nameless.to_string()).problems, [("identifier".to_owned(), Reason::MissingField)]);
}

#[test]
fn older_names_and_split_bill_types_are_read() {
    let variable = |name: &str| format!("https://bluebutton.cms.gov/resources/variables/{name}");
    let info = |name: &str, code: &str| {
        json!({"category": {"coding": [{"system": "https://bluebutton.cms.gov/resources/codesystem/information", "code": variable(name)}]},
               "code": {"coding": [{"code": code}]}})
    };
    let mut older = eob();
    let map = older.as_object_mut().unwrap();
    map.remove("supportingInfo");
    map.remove("total");
    map.insert("information".into(), json!([info("clm_freq_cd", "7"), info("ptnt_dschrg_stus_cd", "30")]));
    map.insert("totalCost".into(), json!({"value": 12.5}));
    map.insert("hospitalization".into(), json!({"start": "2024-01-01"}));
    map.insert("outcome".into(), json!({"coding": [{"code": "complete"}]}));
    map.insert(
        "type".into(),
        json!({"coding": [{"system": variable("nch_clm_type_cd"), "code": "60"},
        {"system": variable("clm_srvc_clsfctn_type_cd"), "code": "1"}]}),
    );
    map.insert(
        "facility".into(),
        json!({"extension": [{"url": variable("clm_fac_type_cd"), "valueCoding": {"code": "1"}}],
        "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1999999992"}}),
    );
    map.insert("item".into(), json!([{"service": {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "00002821501"}]},
        "servicedDate": "2024-01-02", "quantity": {"value": 60, "extension": [{"url": variable("days_suply_num"), "valueQuantity": {"value": 30}}]}}]));
    let claim = one(&older);
    assert_eq!(
        (claim.bill_type, claim.frequency, claim.action),
        (Code::new("117"), Code::new("7"), Action::Replace)
    );
    assert_eq!((claim.discharge_status, claim.admit), (Code::new("30"), Some(day("20240101"))));
    assert_eq!((claim.charge, claim.facility.as_deref()), (Some(Cents(1250)), Some("1999999992")));
    assert_eq!((claim.lines[0].ndc, claim.lines[0].days_supply), (Code::new("00002821501"), Some(30)));
}

#[test]
fn dates_decide_and_the_day_of_the_export_does_not() {
    let mut plain = with("supportingInfo", json!([]));
    assert_eq!(one(&plain).received, day("20240220"), "the payment date");
    plain["payment"] = json!({});
    assert_eq!(one(&plain).received, day("20240104"), "the through date");
    let mut dateless = with("billablePeriod", json!({}));
    assert_eq!(one(&dateless).from, day("20240101"));
    dateless["item"] = json!([]);
    dateless["supportingInfo"] = json!([]);
    assert_eq!(read(dateless.to_string()).problems, [("billablePeriod".to_owned(), Reason::MissingField)]);
    dateless["billablePeriod"] = json!({"start": "2023-02-29"});
    assert_eq!(read(dateless.to_string()).problems, [("billablePeriod".to_owned(), Reason::BadDate)]);
}

#[test]
fn ninth_edition_codes_are_marked() {
    let dx = json!([{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "401.9"}]}}]);
    let claim = one(&with("diagnosis", dx));
    assert_eq!((claim.icd, claim.principal, claim.dx), (Icd::Nine, false, vec![Code::new("4019").unwrap()]));
}

#[test]
fn a_group_attributes_its_members_to_a_practice() {
    let group = json!({
        "resourceType": "Group", "type": "person", "meta": {"lastUpdated": "2024-02-01T00:00:00Z"},
        "managingEntity": {"reference": "Organization/PRACTICE1"},
        "member": [
            {"entity": {"reference": "Patient/M1"}},
            {"entity": {"identifier": {"value": "M2"}}, "extension": [{"url": "http://hl7.org/fhir/us/davinci-atr/StructureDefinition/ext-attributedProvider",
                "valueReference": {"identifier": {"value": "1234567893"}}}]},
            {"entity": {"reference": "Patient/M3"}, "inactive": true},
            {"entity": {"reference": "Patient/M4"}, "extension": [{"url": "x/ext-changeType", "valueCode": "dropped"}]},
            {"entity": {}},
        ],
    });
    let found = read(group.to_string());
    let received = Some(day("20240201"));
    let expected = [
        ("M1".to_owned(), received, Some("PRACTICE1".into())),
        ("M2".to_owned(), received, Some("1234567893".into())),
    ];
    assert_eq!(found.practices, expected);
    assert_eq!(found.ignored, ["fhir_attribution_ended"; 2]);
    assert_eq!(found.problems, [("member.entity".to_owned(), Reason::MissingField)]);
}
