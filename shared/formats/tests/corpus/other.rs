//! Tuva CSV, CCLF, HL7 ADT and RIF samples.

use crate::shared::{Tally, expectations, find, samples, text};
use icm_domain::claim::ClaimVersion;
use icm_domain::facts::Fact;
use icm_domain::ids::SourceId;
use icm_domain::money::Cents;
use icm_formats::{Input, Item, Problem, ReadOptions, files};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a file yields.
#[derive(Default)]
struct Read {
    facts: Vec<(String, Fact)>,
    problems: Vec<Problem>,
    ignored: usize,
}

impl Read {
    fn claims(&self) -> Vec<&ClaimVersion> {
        let claims = self.facts.iter().filter_map(|(_, fact)| {
            let Fact::Claim(claim) = fact else { return None };
            Some(&**claim)
        });
        claims.collect()
    }
}

fn read(paths: &[PathBuf]) -> Read {
    let mut read = Read::default();
    let inputs: Vec<&dyn Input> = paths.iter().map(|path| path as &dyn Input).collect();
    let flow = files::read_all(&inputs, &ReadOptions::new(SourceId::from("sample")), &mut |_, item| {
        match item {
            Item::Fact { member, fact, .. } => {
                read.facts.push((member.map(|m| m.as_str().to_owned()).unwrap_or_default(), fact));
            }
            Item::Problem(problem) => read.problems.push(problem),
            Item::Availability { .. } | Item::Ignored { .. } => read.ignored += 1,
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
    read
}

#[test]
fn every_other_sample_agrees_with_the_independent_reader() {
    let Some(data) = samples() else { return };
    let mut tally = Tally::default();
    for (name, expected) in expectations(&data, "OTHER") {
        let name = name.trim_end_matches(".expected.json").to_owned();
        let path = match name.strip_prefix("RIF_") {
            Some(rif) => find(&data.join("corpus/cms-bfd/RIF"), rif),
            None => find(&data.join("corpus"), &name),
        };
        let path = path.unwrap_or_else(|| panic!("no sample {name}"));
        compare(&mut tally, &data, &name, &path, &expected);
    }
    tally.finish("OTHER");
}

fn compare(tally: &mut Tally, data: &Path, name: &str, path: &Path, expected: &Value) {
    let origin = path.strip_prefix(data.join("corpus")).unwrap().iter().next().unwrap().to_string_lossy();
    let found = read(&[path.to_owned()]);
    let lines = found.claims().iter().map(|claim| claim.lines.len()).sum();
    if name.starts_with("CCLF") {
        cclf(tally, name, &found, expected);
    } else if path.extension().is_some_and(|ending| ending == "hl7") {
        adt(tally, name, &found, expected);
    } else if name.starts_with("RIF_") {
        rif(tally, name, &found, expected);
    } else {
        tuva(tally, name, &found, expected);
    }
    tally.count(&origin, found.facts.len(), lines);
}

fn tuva(tally: &mut Tally, name: &str, found: &Read, expected: &Value) {
    tally.same(&format!("{name} problems"), 0, found.problems.len());
    let claims = found.claims();
    let count = |key: &str| expected[key].as_u64().and_then(|n| usize::try_from(n).ok());
    let mut persons: Vec<&str> = found.facts.iter().map(|(member, _)| member.as_str()).collect();
    persons.sort_unstable();
    persons.dedup();
    tally.same(&format!("{name} persons"), count("persons"), Some(persons.len()));
    if let Some(expected) = count("claims") {
        tally.same(&format!("{name} claims"), expected, claims.len());
        let lines: usize = claims.iter().map(|claim| claim.lines.len()).sum();
        tally.same(&format!("{name} rows"), count("rows"), Some(lines));
    }
    if let Some(paid) = text(expected, "paid") {
        let total: Cents = claims.iter().filter_map(|claim| claim.paid).sum();
        tally.same(&format!("{name} paid"), Cents::parse(paid), Some(total));
    }
    counts(
        tally,
        &format!("{name} revenue"),
        &expected["rev"],
        claims.iter().flat_map(|claim| {
            claim.lines.iter().map(|line| line.rev.map(|code| code.as_str().to_owned()).unwrap_or_default())
        }),
    );
    counts(
        tally,
        &format!("{name} bill type"),
        &expected["bill_type"],
        claims.iter().flat_map(|claim| {
            let bill = claim.bill_type.map(|code| code.as_str().to_owned()).unwrap_or_default();
            claim.lines.iter().map(move |_| bill.clone())
        }),
    );
    diagnoses(tally, name, &claims, &expected["dx_per_claim"]);
}

/// Compares how often each value occurs, where the expectation says it.
fn counts(tally: &mut Tally, place: &str, expected: &Value, found: impl Iterator<Item = String>) {
    let Some(expected) = expected.as_object().filter(|counts| !counts.contains_key("null")) else { return };
    let mut count: BTreeMap<String, u64> = BTreeMap::new();
    for value in found {
        *count.entry(value).or_default() += 1;
    }
    let expected: BTreeMap<String, u64> =
        expected.iter().map(|(value, count)| (value.clone(), count.as_u64().unwrap())).collect();
    tally.same(place, expected, count);
}

fn diagnoses(tally: &mut Tally, name: &str, claims: &[&ClaimVersion], expected: &Value) {
    let Some(expected) = expected.as_object() else { return };
    for claim in claims {
        let Some(codes) = expected.get(claim.claim_id.as_str()) else { continue };
        let codes: Vec<String> =
            codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        // The expectation is a set in order of the codes.
        let mut found: Vec<String> = claim.dx.iter().map(|code| code.as_str().to_owned()).collect();
        found.sort_unstable();
        found.dedup();
        tally.same(&format!("{name} diagnoses of {}", claim.claim_id.as_str()), codes, found);
    }
}

fn cclf(tally: &mut Tally, name: &str, found: &Read, expected: &Value) {
    let records = expected["records_all"].as_array().unwrap();
    tally.same(&format!("{name} problems"), Vec::<Problem>::new(), found.problems.clone());
    if name == "CCLFA.txt" || name == "CCLFB.txt" {
        tally.same(&format!("{name} ignored"), records.len(), found.ignored);
        return;
    }
    let claims = found.claims();
    let mut held: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for record in records {
        held.entry(text(record, "CUR_CLM_UNIQ_ID").unwrap_or_default()).or_default().push(record);
    }
    if let Some(count) = expected["claims"].as_u64() {
        tally.same(&format!("{name} claims"), usize::try_from(count).unwrap(), claims.len());
    }
    for claim in &claims {
        let place = format!("{name} {}", claim.claim_id.as_str());
        match held.get(claim.claim_id.as_str()) {
            Some(records) => cclf_claim(tally, &place, claim, records),
            None => tally.same(&place, "a record", "none"),
        }
    }
    if claims.is_empty() {
        beneficiaries(tally, name, found, records);
    }
}

/// One claim against its records. Cells are compared where the record has them.
fn cclf_claim(tally: &mut Tally, place: &str, claim: &ClaimVersion, records: &[&Value]) {
    let first = records[0];
    let day = |key: &str| text(first, key).and_then(icm_domain::day::Day::parse);
    if let Some(from) = day("CLM_FROM_DT") {
        tally.same(place, (Some(from), day("CLM_THRU_DT")), (Some(claim.from), Some(claim.thru)));
    }
    tally.same(
        place,
        text(first, "BENE_MBI_ID"),
        claim.member_id.as_ref().map(icm_domain::ids::MemberId::as_str),
    );
    if let Some(frequency) = text(first, "CLM_BILL_FREQ_CD") {
        let bill = format!(
            "{}{}{frequency}",
            text(first, "CLM_BILL_FAC_TYPE_CD").unwrap_or_default(),
            text(first, "CLM_BILL_CLSFCTN_CD").unwrap_or_default()
        );
        tally.same(place, Some(bill), claim.bill_type.map(|code| code.as_str().to_owned()));
        tally.same(
            place,
            text(first, "PRNCPL_DGNS_CD"),
            claim.dx.first().map(icm_domain::code::Code::as_str),
        );
        tally.same(place, text(first, "CLM_PMT_AMT").and_then(Cents::parse), claim.paid);
    }
    if text(first, "CLM_LINE_NUM").is_some() {
        cclf_lines(tally, place, claim, records);
    }
}

fn cclf_lines(tally: &mut Tally, place: &str, claim: &ClaimVersion, records: &[&Value]) {
    tally.same(place, records.len(), claim.lines.len());
    for (line, record) in claim.lines.iter().zip(records) {
        let code = |code: &Option<icm_domain::code::Code>| code.map(|code| code.as_str().to_owned());
        let cell = |key: &str| text(record, key).map(str::to_owned);
        tally.same(place, cell("CLM_LINE_HCPCS_CD"), code(&line.hcpcs));
        tally.same(place, cell("CLM_LINE_PROD_REV_CTR_CD"), code(&line.rev));
        tally.same(place, cell("CLM_LINE_CVRD_PD_AMT").as_deref().and_then(Cents::parse), line.paid);
        tally.same(place, cell("CLM_LINE_SRVC_UNIT_QTY"), line.units.as_deref().map(str::to_owned));
        tally.same(place, cell("CLM_LINE_FROM_DT"), line.from.map(|day| day.to_string()));
    }
}

fn beneficiaries(tally: &mut Tally, name: &str, found: &Read, records: &[Value]) {
    let mut expected: Vec<&str> = records
        .iter()
        .filter_map(|record| text(record, "BENE_MBI_ID").or_else(|| changed_number(record)))
        .collect();
    let mut members: Vec<&str> = found.facts.iter().map(|(member, _)| member.as_str()).collect();
    for list in [&mut expected, &mut members] {
        list.sort_unstable();
        list.dedup();
    }
    tally.same(&format!("{name} members"), expected, members);
}

fn changed_number(record: &Value) -> Option<&str> {
    let (current, former) = (text(record, "CRNT_NUM")?, text(record, "PRVS_NUM")?);
    (current != former).then_some(current)
}

fn adt(tally: &mut Tally, name: &str, found: &Read, expected: &Value) {
    let event = expected["msg_type"].as_str().unwrap().split('^').nth(1).unwrap_or_default();
    let member = text(expected, "pid3").map(|ids| first_component(ids).to_owned());
    let (Some(member), Some(visit)) = (member, expected["visit"].as_str()) else {
        return without_stay(tally, name, found);
    };
    if !matches!(event, "A01" | "A02" | "A03" | "A04" | "A06" | "A08" | "A11" | "A13") {
        return tally.same(name, true, !found.facts.iter().any(|(_, fact)| matches!(fact, Fact::Adt(_))));
    }
    let stay = found.facts.iter().find_map(|(member, fact)| {
        let Fact::Adt(event) = fact else { return None };
        Some((member.clone(), event))
    });
    let Some((of, stay)) = stay else { return tally.same(name, "a stay", "none") };
    let day = |key: &str| text(expected, key).and_then(|stamp| icm_domain::day::Day::parse(stamp.get(..8)?));
    tally.same(name, member, of);
    if !visit.is_empty() {
        tally.same(name, first_component(visit), &*stay.visit);
    }
    tally.same(name, text(expected, "pv1_class"), stay.class.as_ref().map(icm_domain::code::Code::as_str));
    if let Some(admit) = day("admit") {
        tally.same(name, Some(admit), stay.admit);
    }
    tally.same(name, day("discharge"), stay.discharge);
    tally.same(name, text(expected, "control_id"), Some(&*stay.control_id));
}

fn first_component(field: &str) -> &str {
    field.split(['^', '~', '&']).next().unwrap_or_default()
}

/// A message that names no person or no visit: a merge, a stay without number, ignored, or refused with its reason.
fn without_stay(tally: &mut Tally, name: &str, found: &Read) {
    let numbered =
        found.facts.iter().any(|(_, fact)| matches!(fact, Fact::Adt(event) if !event.visit.is_empty()));
    let answered = found.facts.len() + found.problems.len() + found.ignored > 0;
    tally.same(name, (false, true), (numbered, answered));
}

fn rif(tally: &mut Tally, name: &str, found: &Read, expected: &Value) {
    tally.same(&format!("{name} problems"), Vec::<Problem>::new(), found.problems.clone());
    let claims = found.claims();
    let Some(expected_claims) = expected["claims"].as_array() else {
        let profiles =
            found.facts.iter().filter(|(_, fact)| matches!(fact, Fact::Profile(p) if p.death.is_none()));
        return tally.same(&format!("{name} rows"), expected["rows"].as_u64(), Some(profiles.count() as u64));
    };
    let mut expected_ids: Vec<&str> = expected_claims.iter().filter_map(Value::as_str).collect();
    let mut ids: Vec<&str> = claims.iter().map(|claim| claim.claim_id.as_str()).collect();
    expected_ids.sort_unstable();
    ids.sort_unstable();
    tally.same(&format!("{name} claims"), expected_ids, ids);
    diagnoses(tally, name, &claims, &expected["dx"]);
    let pharmacy = claims.iter().any(|claim| claim.kind == icm_domain::claim::ClaimKind::Pharmacy);
    if !pharmacy {
        let paid: Cents = claims.iter().filter_map(|claim| claim.paid).sum();
        tally.same(&format!("{name} paid"), text(expected, "pmt").and_then(Cents::parse), Some(paid));
    }
}
