//! ExplanationOfBenefit samples.

use crate::shared::{Read, Tally, expectations, find, read, samples, text};
use icm_domain::claim::{ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use icm_formats::Reason;
use serde_json::Value;
use std::path::Path;

#[test]
fn every_sample_agrees_with_the_independent_reading() {
    let Some(data) = samples() else { return };
    let mut tally = Tally::default();
    for (name, json) in expectations(&data, "EOB") {
        let file = text(&json, "file").unwrap();
        let path = find(&data.join("corpus"), file).unwrap_or_else(|| panic!("no sample {name}"));
        let origin = path.strip_prefix(data.join("corpus")).unwrap().iter().next().unwrap().to_str().unwrap();
        compare(&mut tally, origin, &path, &json);
    }
    tally.finish("EOB");
}

fn compare(tally: &mut Tally, origin: &str, path: &Path, json: &Value) {
    let file = text(json, "file").unwrap();
    let Read { claims, problems, .. } = read(path);
    let (mut expected, mut unnamed) = (Vec::new(), 0);
    for eob in json["expect"].as_array().unwrap() {
        if text(eob, "use").is_some_and(|stated| stated != "claim") {
            tally.explain("preauthorizations are ignored");
        } else if claim_id(eob).is_none() {
            tally.explain("a claim without any number is quarantined");
            unnamed += 1;
        } else {
            expected.push(eob);
        }
    }
    let reasons: Vec<_> = problems.iter().map(|problem| problem.reason).collect();
    tally.same(file, vec![Reason::MissingField; unnamed], reasons);
    tally.same(file, expected.len(), claims.len());
    for (eob, claim) in expected.iter().zip(&claims) {
        let id = claim_id(eob).unwrap();
        let place = format!("{file} claim {id}");
        tally.same(&place, id, claim.claim_id.as_str());
        compare_claim(tally, &place, eob, claim);
    }
    let lines = claims.iter().map(|claim| claim.lines.len()).sum();
    tally.count(origin, claims.len(), lines);
}

/// BFD's variable, else the identifier that is no claim group, else the resource's id.
fn claim_id(eob: &Value) -> Option<&str> {
    let pairs = || eob["identifier"].as_array().into_iter().flatten();
    let tail = |pair: &Value| pair[0].as_str().unwrap_or_default().rsplit('/').next().unwrap().to_owned();
    let variable = pairs().find(|pair| matches!(tail(pair).as_str(), "clm_id" | "pde_id"));
    let unique = pairs().find(|pair| !matches!(tail(pair).as_str(), "claim-group" | "CLM-CNTL-NUM"));
    variable.or(unique).and_then(|pair| pair[1].as_str()).or_else(|| text(eob, "id"))
}

fn compare_claim(tally: &mut Tally, place: &str, eob: &Value, claim: &ClaimVersion) {
    let day = |value: &Value| value.as_str().and_then(Day::parse);
    let from = day(&eob["period"]["start"]);
    let thru = day(&eob["period"]["end"]).or(from);
    if from.is_none() {
        let first = eob["items"].as_array().unwrap().iter().filter_map(|item| day(&item["date"])).min();
        tally.same(&format!("{place} period"), first, Some(claim.from));
        tally.explain("without a billable period the items' dates count");
    } else {
        tally.same(&format!("{place} period"), (from, thru), (Some(claim.from), Some(claim.thru)));
    }
    let patient = text(eob, "patient").map(|patient| patient.rsplit(['/', ':']).next().unwrap().to_owned());
    let member = claim.member_id.as_ref().map(|member| member.as_str().to_owned());
    tally.same(&format!("{place} member"), patient, member);
    compare_diagnoses(tally, place, eob, claim);
    let px: Vec<_> =
        eob["px"].as_array().unwrap().iter().filter_map(|px| codes(&px[0]).into_iter().next()).collect();
    tally.same(&format!("{place} px"), px, shown(&claim.px));
    if let Some(payment) = cents(&eob["payment"]) {
        tally.same(&format!("{place} payment"), Some(payment), claim.paid);
    }
    if let Some(total) = cents(&eob["total"]) {
        tally.same(&format!("{place} total"), Some(total), claim.charge);
    }
    for (names, found) in [
        (["clm_tot_chrg_amt", "CLM_SBMT_CHRG_AMT"], claim.charge),
        (["CLM_ALOWD_CHRG_AMT", "CLM_ALOWD_CHRG_AMT"], claim.allowed),
    ] {
        if let Some(total) = stated(&eob["total"], &names) {
            tally.same(&format!("{place} total {}", names[0]), Some(total), found);
        }
    }
    let items = eob["items"].as_array().unwrap();
    tally.same(&format!("{place} lines"), items.len(), claim.lines.len());
    for (at, (item, line)) in items.iter().zip(&claim.lines).enumerate() {
        compare_line(tally, &format!("{place} line {}", at + 1), item, line);
    }
}

fn compare_diagnoses(tally: &mut Tally, place: &str, eob: &Value, claim: &ClaimVersion) {
    let types = |dx: &Value| -> Vec<String> {
        let concepts = dx[1].as_array().into_iter().flatten();
        concepts.flat_map(codes_as_written).collect()
    };
    let (mut expected, mut principals) = (Vec::new(), Vec::new());
    for dx in eob["dx"].as_array().unwrap() {
        let kinds = types(dx);
        let Some(code) = codes(&dx[0]).into_iter().next() else { continue };
        if kinds.iter().any(|kind| kind == "principal") {
            principals.push(code.clone());
        }
        if !kinds.is_empty()
            && kinds.iter().all(|kind| matches!(kind.as_str(), "admitting" | "patientreasonforvisit"))
        {
            tally.explain("admitting diagnosis and reason for visit are not in dx");
            continue;
        }
        expected.push(code);
    }
    expected.sort();
    let mut found = shown(&claim.dx);
    let first = found.first().cloned();
    found.sort();
    tally.same(&format!("{place} dx"), expected, found);
    tally.same(&format!("{place} principal"), !principals.is_empty(), claim.principal);
    if let Some(first) = first.filter(|_| claim.principal) {
        tally.same(&format!("{place} principal"), true, principals.contains(&first));
    }
}

fn compare_line(tally: &mut Tally, place: &str, item: &Value, line: &Line) {
    let service: Vec<_> = item["proc"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|coding| {
            let system = coding[0].as_str().unwrap_or_default();
            !system.ends_with("data-absent-reason") && !system.ends_with("C4BBCompoundLiteral")
        })
        .filter_map(|coding| coding[1].as_str().and_then(Code::new))
        .collect();
    let found: Vec<_> = line.hcpcs.iter().chain(&line.ndc).copied().collect();
    tally.same(&format!("{place} service"), !service.is_empty(), !found.is_empty());
    tally.same(&format!("{place} service"), true, found.iter().all(|code| service.contains(code)));
    let revenues: Vec<_> =
        codes_as_written(&item["rev"]).iter().filter_map(|code| Code::revenue(code)).collect();
    tally.same(&format!("{place} rev"), revenues.first().copied(), line.rev);
    let places: Vec<_> =
        codes_as_written(&item["pos"]).iter().filter_map(|code| Code::two_digits(code)).collect();
    tally.same(
        &format!("{place} pos"),
        true,
        line.pos.map_or(places.is_empty(), |pos| places.contains(&pos)),
    );
    let day = |value: &Value| value.as_str().and_then(Day::parse);
    let from = day(&item["period"]["start"]).or_else(|| day(&item["date"]));
    let thru = day(&item["period"]["end"]).or(from);
    tally.same(&format!("{place} date"), (from, thru), (line.from, line.thru));
    let units = item["qty"].as_f64().map(|quantity| quantity.to_string());
    tally.same(
        &format!("{place} units"),
        units,
        line.units.as_deref().map(|units| units.parse::<f64>().unwrap().to_string()),
    );
    for (names, found) in [
        (
            &["line_sbmtd_chrg_amt", "rev_cntr_tot_chrg_amt", "CLM_LINE_SBMT_CHRG_AMT", "tot_rx_cst_amt"][..],
            line.charge,
        ),
        (&["line_alowd_chrg_amt", "CLM_LINE_ALOWD_CHRG_AMT"][..], line.allowed),
        (&["line_nch_pmt_amt", "rev_cntr_pmt_amt_amt", "cvrd_d_plan_pd_amt"][..], line.paid),
    ] {
        if let Some(amount) = stated(&item["adj"], names) {
            tally.same(&format!("{place} {}", names[0]), Some(amount), found);
        }
    }
}

/// The amount of the first category that carries one of these codes.
fn stated(adjudications: &Value, names: &[&str]) -> Option<Cents> {
    let has = |entry: &Value, name: &str| codes_as_written(&entry[0]).iter().any(|code| code.ends_with(name));
    let entries = adjudications.as_array()?;
    names
        .iter()
        .find_map(|name| entries.iter().find(|entry| has(entry, name)))
        .and_then(|entry| cents(&entry[1]))
}

fn cents(value: &Value) -> Option<Cents> {
    value.as_number().and_then(|number| Cents::parse(&number.to_string()))
}

/// Canonical codes of a list of system and code.
fn codes(codings: &Value) -> Vec<String> {
    codes_as_written(codings)
        .iter()
        .filter_map(|code| Code::new(code))
        .map(|code| code.as_str().to_owned())
        .collect()
}

/// Codes of a list of system and code; a list of such lists is flattened.
fn codes_as_written(codings: &Value) -> Vec<String> {
    let list = codings.as_array().into_iter().flatten();
    list.flat_map(|coding| match coding[1].as_str() {
        Some(code) => vec![code.to_owned()],
        None => codes_as_written(coding),
    })
    .collect()
}

fn shown(codes: &[Code]) -> Vec<String> {
    codes.iter().map(|code| code.as_str().to_owned()).collect()
}
