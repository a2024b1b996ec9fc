//! Oddities that real files have and no public sample shows, as `icm parse` must answer them. What each must give is
//! derived by hand from CLAIM_FORMATS.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use icm_domain::facts::Fact;
use icm_domain::ids::SourceId;
use icm_formats::{Item, ReadOptions, Reason, RecordCount, Records, claim_line, read};
use serde_json::{Value, json};
use std::ops::ControlFlow;

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1253*^*00501*000000001*0*P*:~";
const ABOVE: &str = "BHT*0019*00*1*20240105*1253*CH~HL*1**20*1~NM1*85*2*H*****XX*1234567893~HL*2*1*22*0~NM1*IL*1*D*J****MI*M1~";
const LINE: &str = "LX*1~SV1*HC:99213*80*UN*1~DTP*472*D8*20240102~";

/// What comes out of a file.
#[derive(Default)]
struct Read {
    claims: Vec<Value>,
    problems: Vec<(String, Reason)>,
    notes: Vec<&'static str>,
    coverages: usize,
    records: Records,
}

fn parse(content: impl AsRef<[u8]>) -> Read {
    let (mut found, mut count) = (Read::default(), RecordCount::default());
    let flow = read(&content.as_ref(), &ReadOptions::new(SourceId::from("feed")), &mut |item| {
        count.take(0, &item);
        match item {
            Item::Fact { fact: Fact::Claim(claim), .. } => {
                let mut line = Vec::new();
                claim_line::write(&mut line, &claim).unwrap();
                found.claims.push(serde_json::from_slice(&line).unwrap());
            }
            Item::Fact { fact, .. } => found.coverages += usize::from(matches!(fact, Fact::Coverage(_))),
            Item::Problem(problem) => found.problems.push((problem.field, problem.reason)),
            Item::Ignored { rule, .. } => found.notes.push(rule),
            Item::Availability { .. } => {}
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    found.records = count.records();
    found
}

fn set(code: &str, guide: &str, body: &str) -> String {
    format!("ST*{code}*0001*{guide}~{body}SE*{}*0001~", body.matches('~').count() + 2)
}

fn interchange(sets: &[String]) -> String {
    let guide = "005010X222A1";
    format!("{ISA}GS*HC*S*R*20240105*1253*1*X*{guide}~{}GE*{}*1~IEA*1*000000001~", sets.concat(), sets.len())
}

fn bill(guide: &str, claim: &str) -> String {
    interchange(&[set("837", guide, &format!("{ABOVE}{claim}"))])
}

fn visit(id: &str) -> String {
    bill("005010X222A1", &format!("CLM*{id}*80***11:B:1~HI*ABK:J189~{LINE}"))
}

fn remittance(claim: &str) -> String {
    interchange(&[set(
        "835",
        "",
        &format!("BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~LX*1~{claim}"),
    )])
}

fn ids(found: &Read) -> Vec<&str> {
    found.claims.iter().map(|claim| claim["claim_id"].as_str().unwrap()).collect()
}

#[test]
fn a_header_without_its_component_separator_is_read_with_the_usual_one() {
    let found = parse(visit("A").replace("*P*:~", "*P*~"));
    assert_eq!((ids(&found), &found.problems[..]), (vec!["A"], &[][..]));
    assert_eq!(found.claims[0]["dx"], json!(["J189"]));
}

#[test]
fn of_files_put_together_one_may_lack_its_last_terminator() {
    let (first, second) = (visit("A"), visit("B").replace('*', "|").replace('~', "\n"));
    let found = parse(format!("{}\r\n{second}", first.trim_end_matches('~')));
    assert_eq!(ids(&found), ["A", "B"]);
    assert!(found.problems.is_empty() && found.notes.is_empty());
}

#[test]
fn padding_behind_a_last_segment_without_terminator_says_nothing() {
    let found = parse([visit("A").trim_end_matches('~').as_bytes(), b"\0\0\x1a"].concat());
    assert_eq!((ids(&found), &found.notes[..]), (vec!["A"], &[][..]));
}

#[test]
fn wrong_control_numbers_are_noted_and_are_no_records() {
    let odd = visit("A").replace("*0001~GE*1*1~", "*0009~GE*1*2~");
    let found = parse(odd.replace("IEA*1*000000001", "IEA*1*1"));
    assert_eq!((ids(&found), &found.notes[..]), (vec!["A"], &["x12_wrong_control_number"; 2][..]));
    assert_eq!(found.records, Records { used: 1, ..Records::default() });
}

#[test]
fn a_group_without_its_trailer_is_noted_and_its_claims_stand() {
    let found = parse(visit("A").replace("GE*1*1~", ""));
    assert_eq!((ids(&found), &found.notes[..]), (vec!["A"], &["x12_missing_trailer"][..]));
    assert_eq!(found.records, Records { used: 1, ..Records::default() });
}

#[test]
fn segments_of_a_set_that_lost_its_header_are_said_once() {
    let sets = [set("837", "005010X222A1", &format!("{ABOVE}CLM*A*80***11:B:1~{LINE}"))];
    let found = parse(interchange(&sets).replacen("ST*837*0001*005010X222A1~", "", 1));
    assert_eq!((ids(&found).len(), found.problems), (0, vec![("ST".to_owned(), Reason::MissingField)]));
}

#[test]
fn a_claim_status_at_the_door_of_claims_is_refused_and_the_claims_beside_it_are_read() {
    let claim = format!("{ABOVE}CLM*A*80***11:B:1~{LINE}");
    let sets = [set("277", "005010X214", "BHT*0085*08*1*20240105*1253~"), set("837", "005010X222A1", &claim)];
    let found = parse(interchange(&sets));
    let refused = [("ST01".to_owned(), Reason::WrongTransaction)];
    assert_eq!((ids(&found), &found.problems[..]), (vec!["A"], &refused[..]));
}

#[test]
fn the_guide_says_what_kind_a_bill_is_of_and_dental_lines_are_dental_anyway() {
    let claim = format!("CLM*A*80***11:B:1~DTP*434*RD8*20240101-20240104~{LINE}");
    let kind = |guide: &str, claim: &str| {
        let line = &parse(bill(guide, claim)).claims[0];
        [line["kind"].clone(), line["bill_type"].clone(), line["lines"][0]["pos"].clone()]
    };
    assert_eq!(kind("005010X223A2", &claim), [json!("institutional"), json!("111"), json!(null)]);
    assert_eq!(kind("005010X222A1", &claim), [json!("professional"), json!(null), json!("11")]);
    let dental = claim.replace("SV1*HC:99213*80*UN*1", "SV3*AD:D0150*80");
    assert_eq!(kind("004010X098A1", &dental)[0], json!("dental"));
}

#[test]
fn markers_of_no_date_are_absent_and_impossible_dates_quarantine_the_claim() {
    let claim = |date: &str| {
        format!("CLM*A*80***11:A:1~DTP*434*RD8*20240101-20240104~DTP*435*DT*{date}~LX*1~SV2*120**80*UN*1~")
    };
    for marker in ["999999999999", "00000000", ""] {
        let found = parse(bill("005010X223A2", &claim(marker)));
        assert_eq!((&found.claims[0]["admit"], found.problems), (&json!(null), vec![]), "{marker}");
    }
    let found = parse(bill("005010X223A2", &claim("20230229")));
    assert_eq!((found.claims.len(), found.problems), (0, vec![("DTP*435".to_owned(), Reason::BadDate)]));
    let line = LINE.replace("20240102", "20240102-20240132");
    let found = parse(bill("005010X222A1", &format!("CLM*A*80***11:B:1~{LINE}{line}")));
    assert_eq!(found.problems, [("DTP*472".to_owned(), Reason::BadDate)]);
}

#[test]
fn amounts_that_are_no_numbers_quarantine_the_claim_and_name_their_element() {
    let problem = |content: String| parse(content).problems.into_iter().next().unwrap();
    let bad = |field: &str| (field.to_owned(), Reason::BadNumber);
    assert_eq!(problem(visit("A").replace("CLM*A*80*", "CLM*A*8O*")), bad("CLM02"));
    assert_eq!(problem(visit("A").replace("99213*80*", "99213*1,0*")), bad("SV102"));
    assert_eq!(problem(remittance("CLP*A*1*x*10**MC*I1~DTM*232*20240101~")), bad("CLP03"));
    assert_eq!(problem(remittance("CLP*A*1*10*10**MC*I1~SVC*HC:99213*10*ten~")), bad("SVC03"));
    assert_eq!(
        problem(remittance("CLP*A*1*10*10**MC*I1~DTM*232*20241301~")),
        ("DTM02".to_owned(), Reason::BadDate)
    );
}

#[test]
fn amounts_are_read_in_every_spelling_of_a_decimal() {
    for (text, cents) in [("100", 10_000), ("100.", 10_000), (".5", 50), ("+7.1", 710), ("-310", -31_000)] {
        let found = parse(visit("A").replace("CLM*A*80*", &format!("CLM*A*{text}*")));
        assert_eq!(found.claims[0]["charge_cents"], json!(cents), "{text}");
    }
}

#[test]
fn a_remittance_speaks_of_the_member_that_was_billed_whatever_the_payer_corrected() {
    let found = parse(remittance(
        "CLP*A*1*10*8**MC*I1~NM1*QC*1*D*J****MI*OLD~NM1*74*1******C*NEW~DTM*232*20240101~SVC*HC:99213*10*8*187.50*1~",
    ));
    let claim = &found.claims[0];
    assert_eq!([&claim["member_id"], &claim["kind"]], ["OLD", "professional"]);
    assert_eq!(claim["lines"][0]["rev"], json!(null), "an amount in the place of a revenue code is none");
}

#[test]
fn an_impossible_date_of_coverage_quarantines_the_member_and_ends_nothing() {
    let member = |date: &str| {
        let loops = format!("INS*Y*18*024~REF*0F*S1~NM1*IL*1*D*J****ZZ*S1~HD*024**HLT~DTP*349*D8*{date}~");
        interchange(&[set("834", "005010X220A1", &format!("BGN*00*1*20240105~{loops}"))])
    };
    assert_eq!(parse(member("20240131")).coverages, 1);
    let found = parse(member("20240230"));
    assert_eq!((found.coverages, found.problems), (0, vec![("DTP03".to_owned(), Reason::BadDate)]));
}

#[test]
fn a_full_enrolment_file_says_so_and_reads_like_any_other() {
    let file = |action: &str| {
        let loops = "INS*Y*18*030~REF*0F*S1~NM1*IL*1*D*J****ZZ*S1~HD*030**HLT~DTP*348*D8*20240101~";
        let two = format!("{loops}{}", loops.replace("S1", "S2"));
        let begin = format!("BGN*00*1*20240105*1253****{action}~");
        parse(interchange(&[set("834", "005010X220A1", &format!("{begin}{two}"))]))
    };
    for (action, notes) in [
        ("", &[][..]),
        ("2", &["x12_changed_enrolment"]),
        ("4", &["x12_full_enrolment"]),
        ("RX", &["x12_full_enrolment"]),
    ] {
        let found = file(action);
        assert_eq!(found.notes, notes, "{action}");
        assert_eq!(
            (found.coverages, found.records),
            (2, Records { used: 2, ..Records::default() }),
            "{action}"
        );
    }
}

fn eob(period: &Value) -> Value {
    json!({"resourceType": "ExplanationOfBenefit", "id": "E", "patient": {"reference": "Patient/M"},
           "billablePeriod": period, "item": [{"servicedDate": "2024-01-03"}]})
}

#[test]
fn a_bundle_with_an_entry_a_line_is_a_bundle() {
    let eob = eob(&json!({"start": "2024-01-01"}));
    let bundle = format!(
        "{{\"resourceType\":\"Bundle\",\"entry\":[\n{{\"resource\":{eob}}},\n{{\"resource\":{eob}}}\n]}}\n"
    );
    let found = parse(bundle);
    assert_eq!((ids(&found), &found.problems[..]), (vec!["E", "E"], &[][..]));
    let lines = parse(format!("{{\"resourceType\":\"Patient\n{eob}\n{eob}\n"));
    assert_eq!((ids(&lines).len(), lines.problems.len()), (2, 1), "a broken first line is one problem");
}

#[test]
fn an_impossible_period_is_refused_and_a_month_alone_leaves_the_word_to_the_items() {
    let found = parse(eob(&json!({"start": "2024-02-30", "end": "2024-03-01"})).to_string());
    assert_eq!(found.problems, [("billablePeriod".to_owned(), Reason::BadDate)]);
    let found = parse(eob(&json!({"start": "2024-01"})).to_string());
    assert_eq!(found.claims[0]["from"], json!("2024-01-03"));
}

#[test]
fn numeric_codes_keep_their_zeros_whatever_a_spreadsheet_made_of_them() {
    let found = parse(
        "claim_id,claim_line_number,claim_type,person_id,claim_start_date,bill_type_code,revenue_center_code,data_source,discharge_disposition_code\n\
         1,1,institutional,p,2024-01-01,131.0,450.0,s,1.0\n1,2,institutional,p,2024-01-01,0131,1,s,01\n",
    );
    let claim = &found.claims[0];
    assert_eq!([&claim["bill_type"], &claim["discharge_status"]], ["131", "01"]);
    assert_eq!([&claim["lines"][0]["rev"], &claim["lines"][1]["rev"]], ["0450", "0001"]);
}

#[test]
fn a_table_whose_lines_end_in_returns_alone_is_read() {
    let table = "person_id,claim_id,claim_start_date,claim_type,data_source\rp,1,2024-01-01,professional,s\rp,2,2024-01-02,professional,s\r";
    assert_eq!(ids(&parse(table)), ["1", "2"]);
    let roster = "program_id,model,member_id,status,as_of\rP,M1A,m1,enrolled,2024-05-01\r";
    assert_eq!(parse(roster).records, Records { used: 1, ..Records::default() });
}

#[test]
fn a_drug_is_the_same_with_and_without_hyphens() {
    let table = "person_id,claim_id,dispensing_date,ndc_code,data_source\np,1,2024-01-01,0002-8215-01,s\np,2,2024-01-01,00002821501,s\n";
    let found = parse(table);
    let ndc = |at: usize| found.claims[at]["lines"][0]["ndc"].clone();
    assert_eq!([ndc(0), ndc(1)], ["00002821501", "00002821501"]);
}
