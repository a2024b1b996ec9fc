//! Admissions told by HL7 v2 messages, from the file to the decision: they count at once, inside the payer alone, until a
//! claim confirms them, they are cancelled, or they expire (CLAIM_FORMATS §4.6).

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::fingerprint::fact_set;
use icm_domain::decision::record::record;
use icm_domain::decision::{Decision, DecisionKind, Policy, Standing, decide};
use icm_domain::facts::MemberFacts;
use icm_domain::ids::SourceId;
use icm_formats::{Item, ReadOptions, Reason, read};
use std::ops::ControlFlow;

const COVERED: &str = "member_id,line_of_business,birth_date,coverage_from,chronic,meds\nm1,MEDICAID,1970-01-01,2024-01-01,1,2\n";

/// A stay of the member, in the columns of Tuva.
fn claim(id: &str, bill: &str, admit: &str, discharge: &str, paid: &str, revenue: &str) -> String {
    format!(
        "claim_id,claim_line_number,claim_type,person_id,claim_start_date,claim_end_date,admission_date,discharge_date,\
         admit_type_code,bill_type_code,revenue_center_code,paid_date,diagnosis_code_1,data_source\n\
         {id},1,institutional,m1,{admit},{discharge},{admit},{discharge},1,{bill},{revenue},{paid},K859,plan\n"
    )
}

/// A message about visit V7: event, patient class, day and time sent, admission day.
fn message(event: &str, class: &str, sent: &str, admit: &str) -> String {
    let blanks = "|".repeat(16);
    format!(
        "MSH|^~\\&|EHR|HOSP|PLAN|P|{sent}||ADT^{event}|{event}-{sent}|P|2.5.1\rPID|1||m1^^^PLAN^MB\r\
         PV1|1|{class}|{blanks}V7{}{admit}\r",
        "|".repeat(25)
    )
}

fn facts(files: &[String]) -> MemberFacts {
    let mut facts = MemberFacts::default();
    for file in files {
        let options = ReadOptions::new(SourceId::from("plan"));
        let flow = read(&file.clone().into_bytes(), &options, &mut |item| match item {
            Item::Fact { fact, .. } => {
                facts.push(fact);
                ControlFlow::Continue(())
            }
            // The claims of these tests leave columns out that they do not need; the reader says so.
            Item::Problem(problem) if problem.reason == Reason::AbsentColumn => ControlFlow::Continue(()),
            Item::Problem(_) | Item::Ignored { .. } | Item::Availability { .. } => ControlFlow::Break(()),
        });
        assert!(flow.is_continue(), "a problem in a file of the test");
    }
    facts
}

fn decision(files: &[String], as_of: &str, criteria: &Criteria) -> Decision {
    let tables = icm_formats::tables::shipped().unwrap();
    let policy = Policy { criteria, tables: &tables, cutoffs: None };
    decide(&facts(files), &Standing::default(), Day::parse(as_of).unwrap(), policy)
}

/// A stay in April by its claim, and another in June that only messages tell.
fn one_and_a_message() -> Vec<String> {
    let first = claim("C1", "111", "2026-04-10", "2026-04-14", "2026-05-01", "0120");
    vec![COVERED.to_owned(), first, message("A01", "I", "202606250800", "20260625")]
}

#[test]
fn a_second_stay_told_by_a_message_identifies_inside_the_payer_alone() {
    let decision = decision(&one_and_a_message(), "2026-06-25", &Criteria::default());
    assert_eq!(
        (decision.kind, &*decision.reason),
        (DecisionKind::IdentifiedInternalOnly, "CLAIM_NOT_YET_RECEIVED")
    );
    assert_eq!(decision.counts.stays180, 2);
    assert_eq!(decision.outward().counts.stays180, 1, "what leaves is counted from claims");
    assert_eq!(decision.outward().kind, DecisionKind::NotTriggered);
}

#[test]
fn the_policy_of_the_program_may_let_messages_out() {
    let mut criteria = Criteria::default();
    criteria.adt.leaves_the_payer = true;
    assert_eq!(decision(&one_and_a_message(), "2026-06-25", &criteria).kind, DecisionKind::IdentifiedIcm);
    criteria.adt.counts = false;
    assert_eq!(decision(&one_and_a_message(), "2026-06-25", &criteria).kind, DecisionKind::NotTriggered);
}

#[test]
fn the_claim_confirms_the_stay_and_does_not_double_it() {
    let mut files = one_and_a_message();
    files.push(message("A03", "I", "202606281200", "20260625"));
    files.push(claim("C2", "111", "2026-06-26", "2026-06-28", "2026-06-29", "0120"));
    let decision = decision(&files, "2026-06-30", &Criteria::default());
    assert_eq!((decision.kind, decision.counts.stays180), (DecisionKind::IdentifiedIcm, 2));
    assert!(decision.shareable.is_none(), "nothing provisional is left");
}

#[test]
fn a_void_of_the_confirming_claim_takes_the_stay_back() {
    let mut files = one_and_a_message();
    files.push(claim("C2", "111", "2026-06-25", "2026-06-28", "2026-06-29", "0120"));
    files.push(claim("C2", "118", "2026-06-25", "2026-06-28", "2026-06-30", "0120"));
    let decision = decision(&files, "2026-06-30", &Criteria::default());
    assert_eq!((decision.kind, decision.counts.stays180), (DecisionKind::NotTriggered, 1));
}

#[test]
fn a_cancelled_admission_and_an_expired_one_count_nothing() {
    let mut files = one_and_a_message();
    let kept = decision(&files, "2026-09-23", &Criteria::default());
    assert_eq!(kept.counts.stays180, 2);
    assert_eq!(kept.next_review, Day::parse("2026-09-24"), "the day after its ninetieth");
    assert_eq!(decision(&files, "2026-09-24", &Criteria::default()).counts.stays180, 1);
    files.push(message("A11", "I", "202606251000", ""));
    assert_eq!(decision(&files, "2026-06-25", &Criteria::default()).kind, DecisionKind::NotTriggered);
}

#[test]
fn emergency_visits_are_told_by_messages_too_and_joined_by_their_claims() {
    let visit = |id: &str, day: &str| claim(id, "131", day, day, "2026-06-20", "0450");
    let mut files = vec![COVERED.to_owned(), message("A04", "E", "202606242300", "20260624")];
    files.extend(
        [("E1", "2026-06-01"), ("E2", "2026-06-05"), ("E3", "2026-06-10"), ("E4", "2026-06-15")]
            .map(|(id, day)| visit(id, day)),
    );
    let told = decision(&files, "2026-06-25", &Criteria::default());
    assert_eq!((told.counts.ed180, told.kind), (5, DecisionKind::IdentifiedInternalOnly));
    files.push(visit("E5", "2026-06-25"));
    let billed = decision(&files, "2026-06-25", &Criteria::default());
    assert_eq!((billed.counts.ed180, billed.kind), (5, DecisionKind::IdentifiedIcm));
}

#[test]
fn without_consent_the_reason_is_the_consent_where_messages_are_not_the_cause() {
    let mut files = one_and_a_message();
    // A visit of no consequence, told by messages, beside two stays of which one may not be disclosed.
    files[2] = message("A04", "E", "202606242300", "20260624");
    files.push(claim("C2", "111", "2026-05-10", "2026-05-14", "2026-06-01", "1002"));
    let decision = decision(&files, "2026-06-25", &Criteria::default());
    assert_eq!(
        (decision.kind, &*decision.reason),
        (DecisionKind::IdentifiedInternalOnly, "PART2_CONSENT_MISSING")
    );
}

#[test]
fn the_record_cites_the_message_as_the_visit_that_it_tells() {
    let (criteria, tables) = (Criteria::default(), icm_formats::tables::shipped().unwrap());
    let policy = Policy { criteria: &criteria, tables: &tables, cutoffs: None };
    let (facts, as_of) = (facts(&one_and_a_message()), Day::parse("2026-06-25").unwrap());
    let decision = decide(&facts, &Standing::default(), as_of, policy);
    let record = record(&facts, &Standing::default(), as_of, policy, &decision);
    let cited: Vec<&str> = record.cited.claims.iter().map(|claim| claim.claim_id.as_str()).collect();
    assert_eq!(cited, ["C1", "ADT/HOSP/V7"]);
    let without = MemberFacts { adt: Vec::new(), ..facts.clone() };
    assert_ne!(record.fact_set, fact_set(&without, as_of));
}

#[test]
fn an_emergency_visit_that_ends_in_a_bed_is_told_as_one_stay() {
    let files = [
        COVERED.to_owned(),
        message("A04", "E", "202606250100", "20260625"),
        message("A06", "I", "202606250500", "20260625"),
    ];
    let decision = decision(&files, "2026-06-25", &Criteria::default());
    assert_eq!((decision.counts.stays180, decision.counts.ed180), (1, 0));
}
