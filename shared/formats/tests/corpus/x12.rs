//! X12 samples.

use crate::shared::{Tally, expectations, find, read, samples, text};
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::money::Cents;
use icm_formats::Reason;
use serde_json::Value;
use std::path::Path;

/// pyx12 refuses this file because its ISA is one byte short; separators are counted here (CLAIM_FORMATS §3).
const COUNTED_HEADER: &str = "837_5010__x12_bad_first_line.txt";

#[test]
fn every_sample_agrees_with_the_independent_parser() {
    let Some(data) = samples() else { return };
    let mut tally = Tally::default();
    for (name, json) in expectations(&data, "X12") {
        let (origin, file) = (text(&json, "origin").unwrap(), text(&json, "file").unwrap());
        let path =
            find(&data.join("corpus").join(origin), file).unwrap_or_else(|| panic!("no sample {name}"));
        compare(&mut tally, origin, &path, &json);
    }
    tally.finish("X12");
}

fn compare(tally: &mut Tally, origin: &str, path: &Path, json: &Value) {
    let found = read(path);
    let file = text(json, "file").unwrap();
    let expect = &json["expect"];
    if expect["error"].is_string() {
        if file == COUNTED_HEADER {
            tally.explain("ISA separators are counted");
            let claims = std::fs::read_to_string(path).unwrap().matches("CLM*").count();
            tally.same(file, claims, found.claims.len());
        } else {
            tally.same(file, (0, true), (found.claims.len(), !found.problems.is_empty()));
        }
        tally.count(origin, found.claims.len(), 0);
        return;
    }
    let counts = &expect["segment_counts"];
    // The independent parser loses a last segment without terminator, so the file itself is asked.
    if counts["ISA"] != counts["IEA"] && !std::fs::read(path).unwrap().windows(4).any(|part| part == b"IEA*")
    {
        let reasons: Vec<_> = found.problems.iter().map(|problem| problem.reason).collect();
        tally.same(file, (0, vec![Reason::Truncated]), (found.claims.len(), reasons));
        tally.explain("truncated interchanges are refused whole");
        tally.count(origin, 0, 0);
        return;
    }
    let claims = expect["claims"].as_array().unwrap();
    let members = expect["members"].as_array().unwrap();
    let ours: Vec<_> = claims.iter().filter(|claim| !is_no_service(tally, claim)).collect();
    tally.same(file, ours.len(), found.claims.len());
    for (expected, claim) in ours.into_iter().zip(&found.claims) {
        let place = format!("{file} claim {}", text(expected, "claim_id").unwrap_or_default());
        compare_claim(tally, &place, expected, claim, lines_without_header(counts));
    }
    let named: Vec<_> = members.iter().filter(|member| !is_unnamed_dependant(member)).collect();
    tally.same(file, named.len(), found.members.len());
    for (expected, member) in named.iter().zip(&found.members) {
        let ids = [text(expected, "id"), text(&expected["refs"], "0F")];
        tally.same(&format!("{file} member"), true, ids.contains(&Some(member.as_str())));
    }
    let unnamed = members.len() - named.len();
    (0..unnamed).for_each(|_| tally.explain("dependants without an id of their own are quarantined"));
    let reasons: Vec<_> = found.problems.iter().map(|problem| problem.reason).collect();
    tally.same(file, vec![Reason::BlankValue; unnamed], reasons);
    let lines = found.claims.iter().map(|claim| claim.lines.len()).sum();
    tally.count(origin, claims.len() + members.len(), lines);
}

/// Predeterminations and claims of another payer are no services (CLAIM_FORMATS §4.3).
fn is_no_service(tally: &mut Tally, claim: &Value) -> bool {
    let ignored = matches!(text(claim, "status"), Some("23" | "25"));
    if ignored {
        tally.explain("CLP02 = 23 and 25 are ignored");
    }
    ignored
}

/// The independent parser opens a line at LX only; files whose service segments stand alone have lines all the same.
fn lines_without_header(counts: &Value) -> bool {
    let count = |name: &str| counts[name].as_u64().unwrap_or_default();
    count("LX") < count("SV1") + count("SV2") + count("SV3")
}

/// A dependant whose only id of their own is a social security number.
fn is_unnamed_dependant(member: &Value) -> bool {
    text(member, "sub") == Some("N")
}

fn compare_claim(tally: &mut Tally, place: &str, expected: &Value, claim: &ClaimVersion, headless: bool) {
    tally.same(place, text(expected, "claim_id").unwrap_or_default(), claim.claim_id.as_str());
    tally.same(&format!("{place} charge"), cents(expected, "charge"), claim.charge);
    tally.same(&format!("{place} freq"), text(expected, "freq").and_then(Code::new), claim.frequency);
    if expected.get("payer_icn").is_some() {
        compare_remit(tally, place, expected, claim);
    } else {
        compare_bill(tally, place, expected, claim);
    }
    let lines = expected["lines"].as_array().unwrap();
    if headless && lines.len() < claim.lines.len() {
        tally.explain("service segments without LX are lines");
        return;
    }
    tally.same(&format!("{place} lines"), lines.len(), claim.lines.len());
    if claim.kind == ClaimKind::Dental {
        tally.explain("the independent parser reads no SV3");
        return;
    }
    for (at, (expected, line)) in lines.iter().zip(&claim.lines).enumerate() {
        compare_line(tally, &format!("{place} line {}", at + 1), expected, line);
    }
}

fn compare_remit(tally: &mut Tally, place: &str, expected: &Value, claim: &ClaimVersion) {
    tally.same(&format!("{place} paid"), cents(expected, "paid"), claim.paid);
    let control = claim.control.as_ref().map(|control| control.as_str().to_owned());
    let replaces = claim.replaces.as_ref().map(|number| number.as_str().to_owned());
    tally.same(&format!("{place} F8"), text(&expected["refs"], "F8").map(str::to_owned), replaces);
    tally.same(&format!("{place} icn"), text(expected, "payer_icn").map(str::to_owned), control);
    for entry in expected["dtm"].as_array().unwrap() {
        let day = Day::parse(entry[1].as_str().unwrap());
        match entry[0].as_str() {
            Some("232") => tally.same(&format!("{place} from"), day, Some(claim.from)),
            Some("233") => tally.same(&format!("{place} thru"), day, Some(claim.thru)),
            Some("050") => tally.same(&format!("{place} received"), day, Some(claim.received)),
            _ => {}
        }
    }
}

fn compare_bill(tally: &mut Tally, place: &str, expected: &Value, claim: &ClaimVersion) {
    tally.same(&format!("{place} npi"), text(expected, "billing_npi"), claim.billing_npi.as_deref());
    let member = claim.member_id.as_ref().map(|member| member.as_str().to_owned());
    tally.same(&format!("{place} member"), text(expected, "subscriber").map(str::to_owned), member);
    let mut dx = codes(&expected["dx"]);
    let principal = text(expected, "principal_dx").and_then(Code::new);
    tally.same(
        &format!("{place} principal"),
        principal,
        claim.dx.first().copied().filter(|_| claim.principal),
    );
    if let Some(principal) = principal
        && let Some(at) = dx.iter().position(|code| *code == principal)
    {
        dx[..=at].rotate_right(1);
    }
    // The admitting diagnosis is no diagnosis of the claim; the independent parser lists it among them.
    for entry in expected["hi"].as_array().unwrap() {
        if matches!(entry[0].as_str(), Some("BJ" | "ABJ"))
            && let Some(admitting) = entry[1].as_str().and_then(Code::new)
            && let Some(at) = dx.iter().rposition(|code| *code == admitting)
        {
            dx.remove(at);
            tally.explain("the admitting diagnosis is not in dx");
        }
    }
    tally.same(&format!("{place} dx"), shown(&dx), shown(&claim.dx));
    tally.same(&format!("{place} px"), shown(&codes(&expected["icd_px"])), shown(&claim.px));
    tally.same(&format!("{place} drg"), text(expected, "drg").and_then(Code::new), claim.drg);
    for entry in expected["dtp"].as_array().unwrap() {
        let (first, last) = span(entry);
        match entry[0].as_str() {
            Some("434") => {
                tally.same(&format!("{place} 434"), (first, last), (Some(claim.from), Some(claim.thru)));
            }
            Some("435") => tally.same(&format!("{place} 435"), first, claim.admit),
            _ => {}
        }
    }
}

fn compare_line(tally: &mut Tally, place: &str, expected: &Value, line: &Line) {
    let procedure = text(expected, "proc").and_then(Code::new);
    // One sample writes revenue codes as amounts.
    let rev = text(expected, "rev").map(|rev| rev.trim_end_matches(".00")).and_then(Code::revenue);
    match text(expected, "qual") {
        Some("N4") => tally.same(&format!("{place} ndc"), procedure, line.ndc),
        Some("NU") => {
            tally.same(&format!("{place} rev"), procedure.and_then(|c| Code::revenue(c.as_str())), line.rev);
        }
        _ => tally.same(&format!("{place} proc"), procedure, line.hcpcs),
    }
    if text(expected, "qual") != Some("NU") {
        tally.same(&format!("{place} rev"), rev, line.rev);
    }
    tally.same(&format!("{place} mods"), shown(&codes(&expected["mods"])), shown(&line.modifiers));
    tally.same(&format!("{place} charge"), cents(expected, "charge"), line.charge);
    tally.same(&format!("{place} units"), text(expected, "qty"), line.units.as_deref());
    if let Some(ndc) = text(expected, "ndc") {
        tally.same(&format!("{place} ndc"), Code::new(ndc), line.ndc);
    }
    if let Some(pos) = text(expected, "pos") {
        tally.same(&format!("{place} pos"), Code::two_digits(pos), line.pos);
    }
    if expected.get("dtm").is_some() {
        tally.same(&format!("{place} paid"), cents(expected, "paid"), line.paid);
    }
    for key in ["dtp", "dtm"] {
        for entry in expected[key].as_array().into_iter().flatten() {
            let (first, last) = if key == "dtp" {
                span(entry)
            } else {
                let day = Day::parse(entry[1].as_str().unwrap());
                (day, day)
            };
            match entry[0].as_str() {
                Some("472") => tally.same(&format!("{place} 472"), (first, last), (line.from, line.thru)),
                Some("150") => tally.same(&format!("{place} 150"), first, line.from),
                Some("151") => tally.same(&format!("{place} 151"), last, line.thru),
                _ => {}
            }
        }
    }
}

/// First and last day of a DTP triple.
fn span(entry: &Value) -> (Option<Day>, Option<Day>) {
    let value = entry[2].as_str().unwrap_or_default();
    let mut days = value.split('-').map(|day| Day::parse(day.get(..8).unwrap_or(day)));
    let first = days.next().flatten();
    (first, days.next().unwrap_or(first))
}

fn cents(value: &Value, key: &str) -> Option<Cents> {
    text(value, key).and_then(Cents::parse)
}

fn codes(value: &Value) -> Vec<Code> {
    let code = |value: &Value| value.as_str().or_else(|| value[0].as_str()).and_then(Code::new);
    value.as_array().into_iter().flatten().filter_map(code).collect()
}

fn shown(codes: &[Code]) -> Vec<String> {
    codes.iter().map(|code| code.as_str().to_owned()).collect()
}
