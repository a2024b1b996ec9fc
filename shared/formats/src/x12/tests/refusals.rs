//! What is written and cannot be what its field holds: said, with its field and reason, and never read past.

use super::*;

#[test]
fn the_date_of_the_file_is_no_day_of_service() {
    for stated in ["NTE*ADD*X~", "DTP*472*D8*00000000~", "DTP*472*TM*1230~"] {
        let found = read(professional(&VISIT.replace("DTP*472*RD8*20240102-20240103~", stated)));
        assert_eq!(found.problems, [("DTP*472".to_owned(), Reason::MissingField)], "{stated}");
        assert!(found.claims.is_empty());
    }
}

#[test]
fn days_that_cannot_be_meant_and_spans_that_end_before_they_begin_quarantine_the_claim() {
    for (stated, reason) in [
        ("D8*99991231", Reason::ImplausibleDate),
        ("D8*18000101", Reason::ImplausibleDate),
        ("D8*20990101", Reason::ImplausibleDate),
        ("RD8*20240103-20240102", Reason::EndBeforeStart),
        ("D8*20240102X", Reason::BadDate),
    ] {
        let found = read(professional(&VISIT.replace("RD8*20240102-20240103", stated)));
        assert_eq!(found.problems, [("DTP*472".to_owned(), reason)], "{stated}");
        assert!(found.claims.is_empty());
    }
}

#[test]
fn what_is_written_and_can_be_no_unit_revenue_code_procedure_or_diagnosis_quarantines_the_claim() {
    for (from, to, field, reason) in [
        ("500.5*DA*3", "500.5*DA*abc", "SV205", Reason::BadNumber),
        ("SV2*0120", "SV2*01.20", "SV201", Reason::BadValue),
        ("HC:99285", "HC:A-PROCEDURE-OF-WORDS", "SV202", Reason::BadValue),
        ("ABK:I5023", "ABK:HEART FAILURE, ACUTE", "HI", Reason::BadValue),
    ] {
        let found = read(institutional(&STAY.replace(from, to)));
        assert_eq!(found.problems, [(field.to_owned(), reason)], "{to}");
    }
    let amounts = read(institutional(&STAY.replace("SV2*450*", "SV2*450.00*")));
    assert_eq!(amounts.claims[0].lines[0].rev, Code::new("0450"));
}

#[test]
fn diagnoses_may_be_repetitions_of_one_element() {
    let repeated = STAY
        .replace("HI*ABK:I5023:::::::Y*ABJ:R0602~HI*ABF:E119~", "HI*ABK:I5023:::::::Y^ABF:E119^ABF:N179~");
    let claim = read(institutional(&repeated)).claims.remove(0);
    assert_eq!(claim.dx, ["I5023", "E119", "N179"].map(|code| Code::new(code).unwrap()));
    // A 4010 file has a letter where repetitions would be declared, and none.
    let older = read(institutional(&repeated).replace("*^*00501*", "*U*00401*"));
    assert_eq!(older.problems, [("HI".to_owned(), Reason::BadStructure)]);
    let short = read(
        institutional(&STAY.replace("HI*ABF:E119", "HI*ABF:E119^ABF:N179")).replace("*^*00501*", "*U*00401*"),
    );
    assert_eq!(short.problems, [("HI".to_owned(), Reason::BadValue)]);
}

#[test]
fn a_composite_cut_by_another_separator_than_the_declared_one_is_noted() {
    let found = read(institutional(&STAY.replace("HI*ABF:E119", "HI*ABF>E119")));
    assert_eq!((found.claims[0].dx.len(), found.ignored), (1, vec!["x12_undivided_composite"]));
}

#[test]
fn a_frequency_that_nobody_knows_is_an_original_and_is_noted() {
    let found = read(professional(&VISIT.replace(":1*Y", ":?*Y")));
    assert_eq!((found.claims[0].action, found.ignored), (Action::Original, vec!["x12_unknown_frequency"]));
}

fn remittance(body: &str) -> Yield {
    let head = "BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~N1*PE*H*XX*1234567893~LX*1~";
    read(interchange(&[set("835", "005010X221A1", &format!("{head}{body}"))]))
}

#[test]
fn a_payment_with_a_status_amount_or_span_that_is_none_is_quarantined() {
    for (body, field, reason) in [
        ("CLP*C**10*10**MC*I*11*1~DTM*232*20240101~", "CLP02", Reason::BlankValue),
        ("CLP*C*99*10*10**MC*I*11*1~DTM*232*20240101~", "CLP02", Reason::BadValue),
        ("CLP*C*1*10*10**MC*I*11*1~CAS*CO*45*ten~DTM*232*20240101~", "CAS", Reason::BadNumber),
        ("CLP*C*1*10*10**MC*I*11*1~AMT*AU*1O~DTM*232*20240101~", "AMT02", Reason::BadNumber),
        ("CLP*C*1*10*10**MC*I*11*1~SVC*HC:99213*10*10**abc~DTM*472*20240101~", "SVC05", Reason::BadNumber),
        ("CLP*C*1*10*10**MC*I*11*1~DTM*232*20240105~DTM*233*20240101~", "DTM*233", Reason::EndBeforeStart),
        ("CLP*C*1*10*10**MC*I*11*1~DTM*232*20990101~", "DTM02", Reason::ImplausibleDate),
        ("CLP*C*1*10*10**MC*I*11*1~DTM*050*18000101~", "DTM02", Reason::ImplausibleDate),
    ] {
        let found = remittance(body);
        assert_eq!(found.problems, [(field.to_owned(), reason)], "{body}");
        assert!(found.claims.is_empty());
    }
}

#[test]
fn a_payment_date_that_is_none_quarantines_what_was_paid_and_a_blank_one_is_made_good() {
    let paid = |date: &str| {
        let head = format!("BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*{date}~DTM*405*20240229~LX*1~");
        let body = "CLP*C*1*10*10**MC*I*11*1~DTM*232*20240101~";
        read(interchange(&[set("835", "005010X221A1", &format!("{head}{body}"))]))
    };
    assert_eq!(paid("").claims[0].effective, Some(day("20240229")));
    assert_eq!(paid("20240301").claims[0].effective, Some(day("20240301")));
    assert_eq!(paid("20240230").problems, [("BPR16".to_owned(), Reason::BadDate)]);
}

#[test]
fn a_denial_erases_the_service_only_where_no_reason_leaves_it_standing() {
    let denial = |adjustments: &str, status: &str| {
        let body = format!("CLP*C*{status}*1000*0**MC*I*11*1~{adjustments}DTM*232*20240101~");
        let claim = remittance(&body).claims.remove(0);
        (claim.state, claim.denial)
    };
    for (adjustments, expected) in [
        ("CAS*CO*50*500**18*500~", Denial::Other),
        ("CAS*CO*18*500~CAS*CO*50*500~", Denial::Other),
        ("CAS*CO*18*1000**50*0~", Denial::Duplicate),
        ("CAS*CO*45*300**18*700~", Denial::Duplicate),
        ("CAS*CO*18*500**27*500~", Denial::Duplicate),
        ("CAS*CO*45*1000~", Denial::Other),
        ("", Denial::Other),
    ] {
        assert_eq!(denial(adjustments, "4"), (ClaimState::Denied, Some(expected)), "{adjustments}");
    }
    assert_eq!(denial("CAS*CO*45*300**18*700~", "1"), (ClaimState::Denied, Some(Denial::Duplicate)));
    assert_eq!(denial("CAS*CO*50*500**18*500~", "1"), (ClaimState::Paid, None));
}

#[test]
fn coverage_may_be_open_and_begins_ends_and_is_told_on_days_that_can_be_meant() {
    let enrolment = |told: &str, ends: &str| {
        let body = format!(
            "BGN*00*1*{told}~INS*Y*18*021~REF*0F*S1~NM1*IL*1*D*J~HD*021**HLT~DTP*348*D8*20240101~DTP*349*D8*{ends}~"
        );
        read(interchange(&[set("834", "005010X220A1", &body)]))
    };
    for (open, thru) in [("99991231", day("99991231")), ("22991231", day("22991231"))] {
        assert_eq!(enrolment("20240105", open).coverages[0].thru, Some(thru));
    }
    assert_eq!(enrolment("20240105", "00000000").coverages[0].thru, None);
    assert_eq!(enrolment("20240105", "18000101").problems, [("DTP03".to_owned(), Reason::ImplausibleDate)]);
    assert_eq!(enrolment("20240230", "20241231").problems, [("BGN03".to_owned(), Reason::BadDate)]);
}

#[test]
fn a_death_that_is_no_date_quarantines_the_member_and_a_birth_that_is_none_is_noted() {
    let enrolment = |death: &str, birth: &str| {
        let body = format!(
            "BGN*00*1*20240105~INS*Y*18*021********D8*{death}~REF*0F*S1~NM1*IL*1*D*J~DMG*D8*{birth}*F~HD*021**HLT~\
             DTP*348*D8*20240101~"
        );
        read(interchange(&[set("834", "005010X220A1", &body)]))
    };
    assert_eq!(enrolment("20240199", "19500101").problems, [("INS12".to_owned(), Reason::BadDate)]);
    let shifted = read(interchange(&[set(
        "834",
        "005010X220A1",
        "BGN*00*1*20240105~INS*Y*18*021*********D8*20240103~REF*0F*S1~NM1*IL*1*D*J~",
    )]));
    assert_eq!(shifted.profiles[0].death, Some(day("20240103")));
    let unborn = enrolment("", "unknown");
    assert_eq!((unborn.profiles[0].birth, unborn.ignored), (None, vec!["x12_unread_birth_date"]));
    assert_eq!(unborn.coverages.len(), 1);
}

#[test]
fn a_payee_named_by_a_tax_number_leaves_the_billing_npi_unknown() {
    for payee in ["N1*PE*H*FI*123456789~", "N1*PE*H~REF*TJ*123456789~", "N1*PE*H*XX*~", ""] {
        let head = format!("BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~{payee}LX*1~");
        let body = format!("{head}CLP*C*1*10*10**MC*I*11*1~DTM*232*20240101~");
        let found = read(interchange(&[set("835", "005010X221A1", &body)]));
        assert_eq!(found.claims[0].billing_npi, None, "{payee}");
    }
}

#[test]
fn a_remittance_speaks_of_the_subscriber_whose_id_the_bill_gave_its_dependant() {
    let names = |names: &str| remittance(&format!("CLP*C*1*10*10**MC*I*11*1~{names}DTM*232*20240101~"));
    let member = |found: &Yield| found.claims[0].member_id.as_ref().map(|id| id.as_str().to_owned());
    let dependant = names("NM1*QC*1*D*KID****MI*K1~NM1*IL*1*D*J****MI*S1~NM1*74*1******C*NEW~");
    assert_eq!((member(&dependant).as_deref(), dependant.aliases.len()), (Some("S1"), 0));
    let corrected = names("NM1*QC*1*D*J****MI*OLD~NM1*74*1******C*NEW~");
    assert_eq!((member(&corrected).as_deref(), corrected.aliases), (Some("OLD"), vec!["OLD".to_owned()]));
    let alone = names("NM1*74*1******C*NEW~");
    assert_eq!((member(&alone).as_deref(), alone.aliases.len()), (Some("NEW"), 0));
}

#[test]
fn a_reversal_with_a_charge_left_positive_takes_its_payment_back() {
    let found = remittance("CLP*C*22*10*-5**MC*I*11*1~DTM*232*20240101~");
    assert_eq!((found.claims[0].action, found.ignored.len()), (Action::RemitReversal, 0));
}

#[test]
fn a_claim_sent_again_for_reconsideration_replaces_and_unknown_letters_are_noted() {
    for (letter, action, notes) in [
        ("Q", Action::Replace, &[][..]),
        ("P", Action::Replace, &[]),
        ("R", Action::Original, &["x12_unknown_frequency"]),
        ("Z", Action::Original, &["x12_unknown_frequency"]),
    ] {
        let found = read(institutional(&STAY.replace("11:A:1*", &format!("11:A:{letter}*"))));
        assert_eq!((found.claims[0].action, &found.ignored[..]), (action, notes), "{letter}");
    }
}

#[test]
fn a_dependant_under_the_subscribers_number_cannot_be_told_from_the_subscriber() {
    let member = |relation: &str, own: &str| {
        format!("INS*{relation}*19*021~REF*0F*S1~NM1*IL*1*D*K****ZZ*{own}~HD*021**HLT~DTP*348*D8*20240201~")
    };
    let body = format!("BGN*00*1*20240105~{}{}", member("Y", "S1"), member("N", "S1"));
    let found = read(interchange(&[set("834", "005010X220A1", &body)]));
    assert_eq!((found.members.len(), found.coverages.len()), (1, 1));
    assert_eq!(found.problems, [("NM1*IL/NM109".to_owned(), Reason::BadValue)]);
}

#[test]
fn names_of_segments_written_small_are_names() {
    let small =
        read(institutional(STAY).replace("CLM*", "clm*").replace("DTP*", "Dtp*").replace("HL*", "hl*"));
    assert_eq!(small.claims, read(institutional(STAY)).claims);
}

/// The text with another byte before the first place of a segment's name.
fn damaged(text: &str, name: &str) -> Vec<u8> {
    let at = text.find(&format!("~{name}*")).unwrap() + 1;
    [&text.as_bytes()[..at], b"\xA0", &text.as_bytes()[at..]].concat()
}

#[test]
fn a_damaged_name_of_a_segment_never_lets_one_record_melt_into_another() {
    let flaw = ("segment".to_owned(), Reason::BadStructure);
    let first = institutional(STAY);
    let second = STAY.replace("CLM*C1", "CLM*C2");
    let both = institutional(&format!("{STAY}{second}"));
    // The only claim of the file: said, never "no records and no problem".
    let lost = read(damaged(&first, "CLM"));
    assert!(lost.claims.is_empty() && lost.problems.contains(&flaw), "{lost:?}");
    // The second claim, a line of the first, and the subscriber above both.
    let melted = read(damaged(&both, "CLM*C2*1500.5***11:A:1"));
    assert_eq!((melted.claims.len(), melted.problems), (0, vec![flaw.clone()]));
    let line = read(damaged(&both, "SV2"));
    assert!(line.claims.is_empty() && line.problems == vec![flaw.clone(); 2], "{line:?}");
    let whose = read(damaged(&both, "HL*2"));
    assert!(whose.claims.is_empty() && whose.problems.contains(&flaw), "{whose:?}");
}

#[test]
fn a_damaged_payment_or_member_quarantines_the_one_before_it() {
    let flaw = ("segment".to_owned(), Reason::BadStructure);
    let paid = "CLP*C*1*10*10**MC*I*11*1~DTM*232*20240101~";
    let head = "BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~LX*1~";
    let payments = |body: &str| interchange(&[set("835", "005010X221A1", &format!("{head}{body}"))]);
    let lost = read(damaged(&payments(paid), "CLP"));
    assert_eq!((lost.claims.len(), lost.problems), (0, vec![flaw.clone()]));
    let melted = read(damaged(&payments(&format!("{paid}{}", paid.replace("CLP*C*", "CLP*D*"))), "CLP*D"));
    assert_eq!((melted.claims.len(), melted.problems), (0, vec![flaw.clone()]));
    let member = |id: &str| format!("INS*Y*18*021~REF*0F*{id}~HD*021**HLT~DTP*348*D8*20240201~");
    let body = format!("BGN*00*1*20240105~{}{}", member("S1"), member("S2").replace("INS*Y*18", "INS*Y*01"));
    let members = read(damaged(&interchange(&[set("834", "005010X220A1", &body)]), "INS*Y*01"));
    assert_eq!((members.members.len(), members.problems), (0, vec![flaw]));
}
