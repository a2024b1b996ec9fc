//! Claims that change, from their files to what counts: replaced, voided, reversed, corrected, in any order of arrival
//! (CLAIM_FORMATS §4, §5). Public samples hold no chain of more than two versions: these are written here.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::indexing_slicing, reason = "indexes lie within the lists of the test")]

use icm_domain::claim::family::resolve;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::{Decision, Policy, Standing, decide};
use icm_domain::facts::MemberFacts;
use icm_domain::ids::SourceId;
use icm_formats::{Item, ReadOptions, read};
use std::ops::ControlFlow;

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260105*1253*^*00501*000000001*0*P*:~";

/// An interchange of one transaction set.
fn interchange(code: &str, guide: &str, body: &str) -> String {
    let segments = body.matches('~').count() + 2;
    format!(
        "{ISA}GS*HC*S*R*20260105*1253*1*X*{guide}~ST*{code}*0001*{guide}~{body}SE*{segments}*0001~GE*1*1~IEA*1*000000001~"
    )
}

/// The loops above the claims of provider `npi`, for member m1.
fn above(npi: &str) -> String {
    format!(
        "BHT*0019*00*1*20260105*1253*CH~HL*1**20*1~NM1*85*2*HOSPITAL*****XX*{npi}~HL*2*1*22*0~SBR*P*18*******MB~\
         NM1*IL*1*DOE*JANE****MI*m1~"
    )
}

/// A facility's bill: account, charge, type of bill as in CLM05, the number in REF*F8, statement days.
fn bill(account: &str, charge: &str, form: &str, f8: &str, days: &str) -> String {
    let reference = if f8.is_empty() { String::new() } else { format!("REF*F8*{f8}~") };
    let body = format!(
        "{}CLM*{account}*{charge}***{form}**A*Y*Y~DTP*434*RD8*{days}~DTP*435*DT*{}0800~CL1*1*1*01~{reference}\
         HI*ABK:K859~LX*1~SV2*0120**{charge}*DA*1~",
        above("1234567893"),
        &days[..8]
    );
    interchange("837", "005010X223A2", &body)
}

/// A remittance: account, status, charge, paid, payer's number, day of payment.
fn remit(account: &str, status: &str, charge: &str, paid: &str, icn: &str, on: &str) -> String {
    interchange(
        "835",
        "005010X221A1",
        &format!("{}{}", header(on), claim(account, status, charge, paid, icn)),
    )
}

fn header(on: &str) -> String {
    format!(
        "BPR*I*100*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*{on}~TRN*1*1*1~N1*PR*PAYER~N1*PE*HOSPITAL*XX*1234567893~LX*1~"
    )
}

fn claim(account: &str, status: &str, charge: &str, paid: &str, icn: &str) -> String {
    format!(
        "CLP*{account}*{status}*{charge}*{paid}**MC*{icn}*11*1~NM1*QC*1*DOE*JANE****MI*m1~DTM*232*20260101~DTM*233*20260104~"
    )
}

fn facts(files: &[&str]) -> MemberFacts {
    let mut facts = MemberFacts::default();
    for file in files {
        let options = ReadOptions::new(SourceId::from("plan"));
        let flow = read(&file.as_bytes(), &options, &mut |item| match item {
            Item::Fact { fact, .. } => {
                facts.push(fact);
                ControlFlow::Continue(())
            }
            Item::Ignored { .. } => ControlFlow::Continue(()),
            Item::Problem(_) | Item::Availability { .. } => ControlFlow::Break(()),
        });
        assert!(flow.is_continue(), "a problem in a file of the test");
    }
    facts
}

/// What counts: charge of the head, added lines, state.
fn counting(files: &[&str]) -> Vec<String> {
    let facts = facts(files);
    let versions: Vec<_> = facts.claims.iter().collect();
    resolve(&versions)
        .iter()
        .map(|claim| {
            let charge = claim.head.charge.map_or(0, |charge| charge.0);
            format!("{charge} +{} {:?}", claim.added_lines.len(), claim.state)
        })
        .collect()
}

/// The same in every order of arrival, and with every file sent twice.
fn counting_in_any_order(files: &[&str]) -> Vec<String> {
    let expected = counting(files);
    let mut order: Vec<usize> = (0..files.len()).collect();
    let mut swaps = vec![0; files.len()];
    let mut at = 0;
    while at < files.len() {
        if swaps[at] < at {
            order.swap(if at % 2 == 0 { 0 } else { swaps[at] }, at);
            swaps[at] += 1;
            at = 0;
            let shuffled: Vec<&str> = order.iter().map(|index| files[*index]).collect();
            assert_eq!(counting(&shuffled), expected, "{order:?}");
            let twice = [shuffled.clone(), shuffled].concat();
            assert_eq!(counting(&twice), expected, "{order:?} twice");
        } else {
            swaps[at] = 0;
            at += 1;
        }
    }
    expected
}

const DAYS: &str = "20260101-20260104";

#[test]
fn an_original_replaced_and_then_voided_counts_nothing() {
    let original = bill("A1", "100", "11:A:1", "", DAYS);
    let replaced = bill("A1", "200", "11:A:7", "ICN1", DAYS);
    let voided = bill("A1", "200", "11:A:8", "ICN2", DAYS);
    assert_eq!(counting_in_any_order(&[&original, &replaced]), ["20000 +0 Submitted"]);
    assert_eq!(counting_in_any_order(&[&original, &replaced, &voided]), Vec::<String>::new());
    assert_eq!(counting_in_any_order(&[&voided]), Vec::<String>::new(), "a void before its original");
}

#[test]
fn a_replacement_of_a_replacement_is_the_last_word() {
    let original = bill("A1", "100", "11:A:1", "", DAYS);
    let paid = remit("A1", "1", "100", "80", "ICN1", "20260201");
    let first = bill("A2", "200", "11:A:7", "ICN1", DAYS);
    let paid_again = remit("A2", "1", "200", "150", "ICN2", "20260301");
    let second = bill("A3", "300", "11:A:7", "ICN2", DAYS);
    let files = [&*original, &paid, &first, &paid_again, &second];
    assert_eq!(counting_in_any_order(&files), ["30000 +0 Paid"]);
}

#[test]
fn one_account_number_of_two_providers_is_two_claims() {
    let one = bill("A1", "100", "11:A:1", "", DAYS);
    let other = one.replace("XX*1234567893", "XX*0000000001");
    assert_eq!(counting_in_any_order(&[&one, &other]).len(), 2);
    let zeros: Vec<_> =
        facts(&[&other]).claims.iter().map(|claim| claim.billing_npi.clone().unwrap()).collect();
    assert_eq!(zeros, ["0000000001".into()], "the zeros of an NPI stay");
}

#[test]
fn late_charges_add_lines_and_no_event() {
    let original = bill("A1", "100", "11:A:1", "", DAYS);
    let late = bill("A1", "10", "11:A:5", "ICN1", DAYS);
    assert_eq!(counting_in_any_order(&[&original, &late]), ["10000 +1 Submitted"]);
}

#[test]
fn a_reversal_takes_the_claim_back_until_its_correction_comes_in_either_order() {
    let bill = bill("A1", "100", "11:A:1", "", DAYS);
    let paid = remit("A1", "1", "100", "80", "ICN1", "20260201");
    let reversed = remit("A1", "22", "-100", "-80", "ICN1", "20260301");
    assert_eq!(counting_in_any_order(&[&bill, &paid]), ["10000 +0 Paid"]);
    assert_eq!(counting_in_any_order(&[&bill, &paid, &reversed]), Vec::<String>::new());
    let both = |first: &str, second: &str| {
        interchange("835", "005010X221A1", &format!("{}{first}{second}", header("20260301")))
    };
    let (reversal, correction) =
        (claim("A1", "22", "-100", "-80", "ICN1"), claim("A1", "1", "100", "60", "ICN1"));
    let blank = claim("A1", "22", "", "-80", "ICN1");
    for file in [both(&reversal, &correction), both(&correction, &reversal), both(&blank, &correction)] {
        assert_eq!(counting_in_any_order(&[&bill, &paid, &file]), ["10000 +0 Paid"]);
    }
    let marked = remit("A1", "22", "100", "60", "ICN1", "20260301");
    assert_eq!(
        counting_in_any_order(&[&bill, &paid, &reversed, &marked]),
        ["10000 +0 Paid"],
        "22 on a correction"
    );
}

#[test]
fn a_correction_under_new_numbers_is_linked_by_the_number_that_it_names() {
    let bill = bill("A1", "100", "11:A:1", "", DAYS);
    let paid = remit("A1", "1", "100", "80", "ICN1", "20260201");
    let correction = format!("{}REF*F8*ICN1~", claim("A1X", "1", "100", "60", "ICN2"));
    let reversal = claim("A1", "22", "-100", "-80", "ICN1");
    let file = interchange("835", "005010X221A1", &format!("{}{reversal}{correction}", header("20260301")));
    assert_eq!(counting_in_any_order(&[&bill, &paid, &file]), ["10000 +0 Paid"]);
}

#[test]
fn a_number_of_a_batch_on_remittances_joins_no_claims() {
    let other_days = "20260111-20260114";
    let (one, two) = (bill("A1", "100", "11:A:1", "", DAYS), bill("B1", "200", "11:A:1", "", other_days));
    let remits = format!(
        "{}{}REF*F8*BATCH7~{}REF*F8*BATCH7~",
        header("20260201"),
        claim("A1", "4", "100", "0", "ICN1"),
        claim("B1", "1", "200", "150", "ICN2").replace("0101~", "0111~").replace("0104~", "0114~")
    );
    let remits = interchange("835", "005010X221A1", &remits);
    assert_eq!(counting_in_any_order(&[&one, &two, &remits]), ["10000 +0 Denied", "20000 +0 Paid"]);
}

#[test]
fn a_remittance_makes_no_claim_and_a_denial_keeps_the_event() {
    assert_eq!(counting(&[&remit("A1", "1", "100", "80", "ICN1", "20260201")]), Vec::<String>::new());
    let bill = bill("A1", "100", "11:A:1", "", DAYS);
    let denied = remit("A1", "4", "100", "0", "ICN1", "20260201");
    assert_eq!(counting_in_any_order(&[&bill, &denied]), ["10000 +0 Denied"]);
    let nothing = remit("A1", "1", "100", "0", "ICN1", "20260201");
    assert_eq!(counting_in_any_order(&[&bill, &nothing]), ["10000 +0 Paid"], "paid nothing is no denial");
}

#[test]
fn the_number_of_another_payer_links_to_nobody() {
    let stranger = bill("B9", "50", "11:A:1", "", DAYS);
    let paid = remit("B9", "1", "50", "40", "ICN9", "20260301");
    let own = bill("A1", "100", "11:A:7", "", DAYS)
        .replace(
            "LX*1~",
            "SBR*S*18*******MA~NM1*IL*1*ROE*R****MI*Z~NM1*PR*2*OTHER*****PI*X~REF*F8*ICN9~LX*1~",
        )
        .replace("SE*16*", "SE*20*");
    assert_eq!(counting_in_any_order(&[&stranger, &paid, &own]), ["10000 +0 Submitted", "5000 +0 Paid"]);
}

#[test]
fn two_interchanges_of_one_control_number_and_other_content_are_both_read() {
    let one = bill("A1", "100", "11:A:1", "", DAYS);
    let other = bill("B1", "300", "11:A:1", "", "20260301-20260304");
    assert_eq!(counting_in_any_order(&[&one, &other]), ["10000 +0 Submitted", "30000 +0 Submitted"]);
}

fn decided(files: &[&str]) -> Decision {
    let tables = icm_formats::tables::shipped().unwrap();
    let criteria = Criteria::default();
    let mut facts = facts(files);
    let covered = "member_id,line_of_business,birth_date,coverage_from\nm1,MEDICAID,1970-01-01,2024-01-01\n";
    let options = ReadOptions::new(SourceId::from("plan"));
    let flow = read(&covered.as_bytes(), &options, &mut |item| {
        if let Item::Fact { fact, .. } = item {
            facts.push(fact);
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    let policy = Policy { criteria: &criteria, tables: &tables, cutoffs: None };
    decide(&facts, &Standing::default(), Day::parse("2026-04-01").unwrap(), policy)
}

#[test]
fn interim_bills_are_one_stay_also_without_the_middle_one() {
    let part = |account: &str, form: &str, status: &str, days: &str| {
        bill(account, "100", form, "", days)
            .replace("CL1*1*1*01", &format!("CL1*1*1*{status}"))
            .replace("DTP*435*DT*20260111", "DTP*435*DT*20260101")
            .replace("DTP*435*DT*20260121", "DTP*435*DT*20260101")
    };
    let first = part("A1", "11:A:2", "30", "20260101-20260110");
    let middle = part("A2", "11:A:3", "30", "20260111-20260120");
    let last = part("A3", "11:A:4", "01", "20260121-20260125");
    assert_eq!(decided(&[&first, &middle, &last]).counts.stays180, 1);
    assert_eq!(decided(&[&last, &first]).counts.stays180, 1);
}

/// A practitioner's bill of an emergency visit on a day.
fn doctor(account: &str, on: &str) -> String {
    let body = format!(
        "{}CLM*{account}*90***23:B:1*Y*A*Y*Y~HI*ABK:R079~LX*1~SV1*HC:99284*90*UN*1*23~DTP*472*D8*{on}~",
        above("1999999999")
    );
    interchange("837", "005010X222A1", &body)
}

/// A facility's bill of an emergency visit.
fn emergency(account: &str, form: &str, on: &str) -> String {
    bill(account, "500", form, "", &format!("{on}-{on}")).replace("SV2*0120**500", "SV2*450*HC:99284*500")
}

#[test]
fn one_emergency_visit_billed_by_hospital_and_doctor_counts_once() {
    let (hospital, practitioner) = (emergency("E1", "13:A:1", "20260210"), doctor("D1", "20260211"));
    assert_eq!(decided(&[&hospital, &practitioner]).counts.ed180, 1, "the doctor's date may be a day later");
    assert_eq!(decided(&[&practitioner]).counts.ed180, 1);
    assert_eq!(decided(&[&emergency("E1", "11:A:1", "20260210")]).counts.ed180, 0, "part of the stay");
}

#[test]
fn a_claim_of_no_charge_counts_as_any_other() {
    assert_eq!(decided(&[&bill("A1", "0", "11:A:1", "", DAYS)]).counts.stays180, 1);
}

#[test]
fn codes_of_the_ninth_edition_are_never_taken_for_the_tenth() {
    let ninth = bill("A1", "100", "11:A:1", "", DAYS).replace("HI*ABK:K859", "HI*BK:65631");
    let found = facts(&[&ninth]);
    assert_eq!(found.claims[0].principal_dx(), None);
    let tenth = bill("A1", "100", "11:A:1", "", DAYS).replace("HI*ABK:K859", "HI*ABK:k85.9");
    assert_eq!(facts(&[&tenth]).claims[0].dx, facts(&[&bill("A1", "100", "11:A:1", "", DAYS)]).claims[0].dx);
}
