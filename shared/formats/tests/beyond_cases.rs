//! Decisions on facts that the case format cannot express: referrals, overrides, retractions, corrections of
//! coverage and consent, cost cut-offs, sources that order their own versions, several rosters of one model.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use icm_domain::claim::family::resolve;
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, IdScope, Line};
use icm_domain::code::Code;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::{Cutoff, Cutoffs, Decision, Policy, Standing, decide};
use icm_domain::facts::{
    Closure, ClosureKind, Consent, ConsentKind, Coverage, LineOfBusiness, MemberFacts, Model, Override,
    OverrideKind, Profile, Referral, ReferralSource, RosterRow, RosterStatus, Sex,
};
use icm_domain::ids::{ActorId, ClaimId, RosterProgramId, SourceId};
use icm_domain::money::Cents;
use icm_domain::tables::Tables;
use icm_domain::utilization::{Person, Utilization, pqe, pqi};
use icm_formats::tables;

const AS_OF: Day = Day::from_count(20_634);

fn back(days: i32) -> Day {
    AS_OF.plus(-days)
}

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn claim(id: &str, bill: &str, from: i32, thru: i32) -> ClaimVersion {
    let kind = if bill.is_empty() { ClaimKind::Professional } else { ClaimKind::Institutional };
    let id = ClaimId::from(id);
    let mut claim = ClaimVersion::new(SourceId::from("feed"), id, kind, back(thru), (back(from), back(thru)));
    claim.bill_type = Code::new(bill);
    claim.dx = vec![code("K859")];
    claim
}

fn stay(id: &str, from: i32) -> ClaimVersion {
    claim(id, "111", from, from - 3)
}

/// A covered adult with two stays: R1 alone.
fn member() -> MemberFacts {
    MemberFacts { claims: vec![stay("s1", 100), stay("s2", 40)], ..quiet() }
}

/// A covered adult without claims.
fn quiet() -> MemberFacts {
    MemberFacts {
        coverage: vec![span(3000, None, 3000)],
        profiles: vec![Profile {
            birth: Some(back(20_000)),
            chronic: Some(1),
            meds: Some(1),
            smi: Some(false),
            ..Profile::default()
        }],
        ..MemberFacts::default()
    }
}

fn span(from: i32, thru: Option<i32>, received: i32) -> Coverage {
    Coverage {
        source: SourceId::from("834"),
        received: back(received),
        lob: LineOfBusiness::Commercial,
        from: back(from),
        thru: thru.map(back),
        retracted: false,
    }
}

fn with(criteria: &Criteria, tables: &Tables, cutoffs: Option<&Cutoffs>, facts: &MemberFacts) -> Decision {
    decide(facts, &Standing::default(), AS_OF, Policy { criteria, tables, cutoffs })
}

fn decided(facts: &MemberFacts) -> Decision {
    with(&Criteria::default(), &tables::shipped().unwrap(), None, facts)
}

fn reason(facts: &MemberFacts) -> String {
    decided(facts).reason
}

#[test]
fn a_referral_opens_the_checks_for_ninety_days_unless_answered() {
    let referred = |days: i32, closure: Option<(ClosureKind, i32)>| {
        let mut facts = quiet();
        let received = back(days);
        facts.referrals.push(Referral { received, by: ReferralSource::Provider, reason: "NEED".into() });
        facts.closures.extend(closure.map(|(kind, days)| Closure {
            kind,
            date: back(days),
            received: back(days),
        }));
        reason(&facts)
    };
    assert_eq!(referred(0, None), "REFERRAL");
    assert_eq!(referred(89, None), "REFERRAL");
    assert_eq!(referred(90, None), "NO_RULE_MET");
    assert_eq!(referred(-1, None), "NO_RULE_MET");
    assert_eq!(referred(50, Some((ClosureKind::Graduated, 50))), "NO_RULE_MET");
    assert_eq!(referred(50, Some((ClosureKind::Graduated, 0))), "NO_RULE_MET");
    assert_eq!(referred(50, Some((ClosureKind::Graduated, -1))), "REFERRAL");
    assert!(referred(50, Some((ClosureKind::Graduated, 51))).starts_with("COOLDOWN_GRADUATED"));
}

#[test]
fn the_override_received_last_holds_through_its_last_day() {
    let change = |what, received: i32, until: i32| Override {
        received: back(received),
        what,
        reason: "CLINICAL".into(),
        until: back(until),
        by: ActorId::from("ops:rn"),
    };
    let triggered = |overrides: Vec<Override>| reason(&MemberFacts { overrides, ..member() });
    let not_triggered = |overrides: Vec<Override>| reason(&MemberFacts { overrides, ..quiet() });
    assert_eq!(triggered(vec![change(OverrideKind::Exclude, 0, 0)]), "CLINICIAN_EXCLUDED");
    assert_eq!(triggered(vec![change(OverrideKind::Exclude, 9, 1)]), "UNMANAGED_HIGH_UTILIZATION");
    assert_eq!(triggered(vec![change(OverrideKind::Exclude, -1, -9)]), "UNMANAGED_HIGH_UTILIZATION");
    assert_eq!(triggered(vec![change(OverrideKind::Snooze, 9, 0)]), format!("SNOOZED_UNTIL_{}", back(-1)));
    assert_eq!(not_triggered(vec![change(OverrideKind::Include, 9, 0)]), "CLINICIAN_INCLUDED");
    assert_eq!(not_triggered(vec![change(OverrideKind::Include, 9, 1)]), "NO_RULE_MET");
    assert_eq!(not_triggered(vec![change(OverrideKind::Exclude, 9, 0)]), "NO_RULE_MET");
    let both = vec![change(OverrideKind::Exclude, 9, -9), change(OverrideKind::Include, 5, -9)];
    assert_eq!(triggered(both), "UNMANAGED_HIGH_UTILIZATION");
}

#[test]
fn a_snapshot_takes_back_what_it_no_longer_holds() {
    let taken = |day: i32, source: &str, id: &str| {
        let mut facts = member();
        facts.retractions.push((back(day), SourceId::from(source), ClaimId::from(id)));
        decided(&facts).counts.stays180
    };
    assert_eq!(taken(0, "feed", "s2"), 1);
    assert_eq!(taken(37, "feed", "s2"), 1, "the day of receipt itself");
    assert_eq!(taken(-1, "feed", "s2"), 2, "not known yet");
    assert_eq!(taken(38, "feed", "s2"), 2, "received after the snapshot: a new claim");
    assert_eq!(taken(0, "other", "s2"), 2);
    assert_eq!(taken(0, "feed", "s3"), 2);
}

#[test]
fn the_later_word_about_a_span_of_coverage_speaks() {
    let covered = |coverage: Vec<Coverage>| reason(&MemberFacts { coverage, ..member() }) != "NOT_ELIGIBLE";
    assert!(covered(vec![span(900, None, 900)]));
    assert!(!covered(vec![span(900, None, 900), span(900, Some(5), 9)]), "shortened");
    assert!(covered(vec![span(900, None, 900), span(900, Some(5), -1)]), "not known yet");
    assert!(covered(vec![span(900, Some(5), 900), span(900, None, 9)]), "lengthened");
    assert!(covered(vec![span(900, None, 900), span(600, Some(5), 9)]), "about another span");
    let other_feed = Coverage { source: SourceId::from("other"), ..span(900, Some(5), 9) };
    assert!(covered(vec![span(900, None, 900), other_feed]));
    let other_line = Coverage { lob: LineOfBusiness::Medicaid, ..span(900, Some(5), 9) };
    assert!(covered(vec![span(900, None, 900), other_line]));
    let retracted = Coverage { retracted: true, ..span(900, None, 9) };
    assert!(!covered(vec![span(900, None, 900), retracted.clone()]));
    assert!(covered(vec![span(900, None, 900), retracted, span(900, None, 5)]), "stated again");
    assert!(covered(vec![span(900, None, 0)]), "known today");
    assert!(!covered(vec![span(900, None, -1)]));
}

#[test]
fn the_profile_received_last_speaks_field_by_field() {
    let mut facts = member();
    let death = |received: i32| Profile {
        received: Some(back(received)),
        death: Some(back(3)),
        ..Profile::default()
    };
    facts.profiles.push(death(-1));
    assert_eq!(reason(&facts), "UNMANAGED_HIGH_UTILIZATION");
    facts.profiles.push(death(0));
    assert_eq!(reason(&facts), "DECEASED");
    let line =
        |received: i32, lob| Profile { received: Some(back(received)), lob: Some(lob), ..Profile::default() };
    assert_eq!(decided(&member()).lob, Some(LineOfBusiness::Commercial));
    facts.profiles = vec![line(9, LineOfBusiness::Medicaid), line(5, LineOfBusiness::MedicareAdvantage)];
    assert_eq!(decided(&facts).lob, Some(LineOfBusiness::MedicareAdvantage));
    facts.profiles.clear();
    facts.coverage = vec![span(900, Some(500), 900)];
    assert_eq!(decided(&facts).lob, Some(LineOfBusiness::Commercial), "the last span before the day");
    facts.coverage = vec![span(900, Some(500), -1)];
    assert_eq!(decided(&facts).lob, None);
}

#[test]
fn consent_holds_from_its_first_to_its_last_day_until_revoked() {
    let consent = |from: i32, thru: Option<i32>, revoked| Consent {
        kind: ConsentKind::Part2Tpo,
        received: back(from),
        from: back(from),
        thru: thru.map(back),
        revoked,
        scope: None,
    };
    let shared = |consents: Vec<Consent>| {
        let mut facts = MemberFacts { consents, ..member() };
        facts.claims.iter_mut().for_each(|claim| claim.part2 = Some(true));
        reason(&facts) == "UNMANAGED_HIGH_UTILIZATION"
    };
    assert!(!shared(vec![]));
    assert!(shared(vec![consent(0, None, false)]) && !shared(vec![consent(-1, None, false)]));
    assert!(shared(vec![consent(9, Some(0), false)]) && !shared(vec![consent(9, Some(1), false)]));
    assert!(!shared(vec![consent(9, None, false), consent(5, None, true)]));
    assert!(shared(vec![consent(9, None, false), consent(5, None, true), consent(4, None, false)]));
    assert!(!shared(vec![Consent { kind: ConsentKind::Program, ..consent(9, None, false) }]));
    assert!(!shared(vec![Consent { received: back(-1), ..consent(9, None, false) }]));
    assert!(shared(vec![Consent { received: AS_OF, ..consent(9, None, false) }]));
}

#[test]
fn cost_persists_when_both_half_years_reach_their_cut_off() {
    let half = |from: i32, thru: i32| Cutoff {
        lob: LineOfBusiness::Commercial,
        from: back(from),
        thru: back(thru),
        p95: Cents(1000),
        members: 100,
    };
    let paid = |id: &str, day: i32, allowed: i64| {
        let mut bill = claim(id, "", day, day);
        bill.allowed = Some(Cents(allowed));
        bill
    };
    let met = |amounts: [i64; 2], rows: Vec<Cutoff>| {
        let facts =
            MemberFacts { claims: vec![paid("a", 100, amounts[0]), paid("b", 300, amounts[1])], ..quiet() };
        let cutoffs = Cutoffs { version: "t".into(), rows };
        !with(&Criteria::default(), &tables::shipped().unwrap(), Some(&cutoffs), &facts).triggers.is_empty()
    };
    let both = || vec![half(180, 0), half(365, 181)];
    assert!(met([1000, 1000], both()));
    assert!(!met([999, 1000], both()) && !met([1000, 999], both()) && !met([5000, 0], both()));
    assert!(!met([1000, 1000], vec![half(180, 0)]), "one half-year is not enough");
    assert!(!met([1000, 1000], vec![half(180, -1), half(365, 181)]), "not over yet");
    let other: Vec<Cutoff> =
        both().into_iter().map(|row| Cutoff { lob: LineOfBusiness::Medicaid, ..row }).collect();
    assert!(!met([1000, 1000], other));
    assert!(
        met([1000, 1000], vec![half(250, 184), half(365, 251)])
            == met([0, 1000], vec![half(250, 184), half(365, 251)])
    );
    let aged = |age: i32| {
        let facts = MemberFacts { claims: vec![paid("a", 200, 1000), paid("b", 300, 1000)], ..quiet() };
        let cutoffs = Cutoffs { version: "t".into(), rows: vec![half(250, age), half(365, 251)] };
        !with(&Criteria::default(), &tables::shipped().unwrap(), Some(&cutoffs), &facts).triggers.is_empty()
    };
    assert!(aged(184) && !aged(185), "a table of another year says nothing");
}

#[test]
fn the_fall_of_events_accepts_a_program_only_where_the_criteria_say_so() {
    let mut facts = member();
    facts.claims =
        vec![stay("a", 330), stay("b", 310), stay("c", 290), stay("d", 270), stay("e", 60), stay("f", 20)];
    for (nth, day) in [240, 200, 160, 120, 90, 60, 30].into_iter().enumerate() {
        let mut bill = claim(&format!("k{nth}"), "", day, day);
        bill.lines = vec![Line { hcpcs: Some(code("99490")), ..Line::default() }];
        facts.claims.push(bill);
    }
    let accepted = |permille: Option<u32>| {
        let criteria = Criteria { accept_fall_permille: permille, ..Criteria::default() };
        with(&criteria, &tables::shipped().unwrap(), None, &facts).kind.id()
    };
    assert_eq!(accepted(None), "IDENTIFIED_ICM_COMANAGE");
    assert_eq!(accepted(Some(250)), "MANAGED_OK");
    assert_eq!(accepted(Some(500)), "MANAGED_OK", "four before, two after");
    assert_eq!(accepted(Some(501)), "IDENTIFIED_ICM_COMANAGE");
}

#[test]
fn a_death_on_the_last_claim_is_reported_to_a_person() {
    let reported = |later: Option<ClaimVersion>| {
        let mut facts = member();
        facts.claims.iter_mut().for_each(|claim| claim.discharge_status = Code::new("01"));
        if let Some(last) = facts.claims.last_mut() {
            last.discharge_status = Code::new("20");
        }
        facts.claims.extend(later);
        decided(&facts).death_reported
    };
    assert!(reported(None));
    assert!(!reported(Some(claim("x", "", 30, 30))));
    assert!(reported(Some(claim("x", "", 37, 37))));
    assert!(!decided(&member()).death_reported);
}

#[test]
fn sources_that_order_their_versions_have_the_latest_as_head() {
    let version = |id: &str, day: i32, action: Action, state: ClaimState| {
        let mut claim = stay(id, 60);
        claim.group = Some(ClaimId::from("g"));
        claim.effective = Some(back(day));
        (claim.action, claim.state) = (action, state);
        claim.paid = Some(Cents(i64::from(day)));
        claim
    };
    let head = |versions: &[ClaimVersion]| {
        let all: Vec<&ClaimVersion> = versions.iter().collect();
        resolve(&all).first().map(|claim| claim.head.paid.unwrap().0)
    };
    let one = version("1", 50, Action::Original, ClaimState::Paid);
    let two = version("2", 40, Action::Replace, ClaimState::Paid);
    assert_eq!(head(&[two.clone(), one.clone()]), Some(40));
    assert_eq!(head(&[version("3", 30, Action::Void, ClaimState::Paid), two.clone(), one.clone()]), None);
    // A record sent again as cancelled withdraws that number, not the family.
    let cancelled = version("2", 35, Action::Original, ClaimState::Cancelled);
    assert_eq!(head(&[one.clone(), two.clone(), cancelled]), Some(50));
    let same_day = version("2", 40, Action::Original, ClaimState::Cancelled);
    assert_eq!(head(&[one.clone(), two.clone(), same_day]), Some(50));
    let before = version("2", 45, Action::Original, ClaimState::Cancelled);
    assert_eq!(head(&[one, two, before]), Some(40));
    assert_eq!(head(&[version("9", 45, Action::Original, ClaimState::Cancelled)]), None);
    assert_eq!(head(&[version("9", 45, Action::Void, ClaimState::Paid)]), None);
}

#[test]
fn account_numbers_hold_overlapping_bills_of_one_provider_together() {
    let bill = |npi: &str, from: i32, thru: i32, received: i32| {
        let mut claim = claim("ACCT", "131", from, thru);
        claim.scope = IdScope::Provider;
        claim.billing_npi = Some(npi.into());
        claim.received = back(received);
        claim
    };
    let count = |one: ClaimVersion, other: ClaimVersion| resolve(&[&one, &other]).len();
    assert_eq!(count(bill("1", 50, 45, 40), bill("1", 45, 41, 40)), 1, "they share a day");
    assert_eq!(count(bill("1", 45, 41, 40), bill("1", 50, 45, 40)), 1);
    assert_eq!(count(bill("1", 50, 45, 40), bill("1", 44, 41, 40)), 2, "consecutive");
    assert_eq!(count(bill("1", 44, 41, 40), bill("1", 50, 45, 40)), 2);
    assert_eq!(count(bill("1", 50, 45, 40), bill("2", 50, 45, 40)), 2, "two providers");
    let mut own = claim("ACCT", "131", 50, 45);
    own.billing_npi = Some("1".into());
    assert_eq!(count(bill("1", 50, 45, 40), own), 2, "a payer's number is no account number");
}

#[test]
fn late_charges_and_remittances_change_the_claim_and_make_none() {
    let line = |cents: i64| Line { paid: Some(Cents(cents)), ..Line::default() };
    let mut bill = stay("c", 60);
    bill.control = Some(ClaimId::from("ICN"));
    bill.lines = vec![line(100)];
    let mut late = stay("late", 60);
    (late.action, late.replaces, late.lines) = (Action::AddLines, Some(ClaimId::from("c")), vec![line(7)]);
    let remit = |action, state, denial, day: i32| {
        let mut remit = stay("remit", 60);
        (remit.action, remit.state, remit.denial) = (action, state, denial);
        remit.control = Some(ClaimId::from("ICN"));
        remit.effective = Some(back(day));
        remit
    };
    let all = |versions: &[&ClaimVersion]| {
        let claims = resolve(versions);
        claims.first().map(|claim| (claims.len(), claim.lines().count(), claim.state, claim.denial))
    };
    assert_eq!(all(&[&bill, &late]), Some((1, 2, ClaimState::Paid, None)));
    assert_eq!(all(&[&late]), Some((1, 1, ClaimState::Paid, None)));
    let denied = remit(Action::Remit, ClaimState::Denied, Some(Denial::Other), 40);
    let paid = remit(Action::Remit, ClaimState::Paid, None, 30);
    let reversed = remit(Action::RemitReversal, ClaimState::Paid, None, 30);
    assert_eq!(all(&[&denied, &bill]), Some((1, 1, ClaimState::Denied, Some(Denial::Other))));
    assert_eq!(all(&[&denied, &bill, &paid]), Some((1, 1, ClaimState::Paid, None)));
    assert_eq!(all(&[&paid, &reversed, &bill]), Some((1, 1, ClaimState::Paid, None)), "a correction wins");
    assert_eq!(all(&[&denied, &reversed, &bill]), None, "a reversal alone takes the claim back");
    assert_eq!(all(&[&paid]), None, "a remittance makes no utilization");
}

#[test]
fn two_numbers_that_disagree_are_flagged() {
    let mut again = stay("s", 60);
    again.received = back(20);
    again.dx = vec![code("R079")];
    let one = stay("s", 60);
    let flagged = |versions: &[&ClaimVersion]| resolve(versions).first().map(|claim| claim.flagged);
    assert_eq!(flagged(&[&one, &again]), Some(true));
    assert_eq!(flagged(&[&one, &one]), Some(false));
    let replaced = |received: i32, dx: &str| {
        let mut claim = stay("r", 60);
        (claim.action, claim.replaces) = (Action::Replace, Some(ClaimId::from("s")));
        (claim.received, claim.dx) = (back(received), vec![code(dx)]);
        claim
    };
    assert_eq!(flagged(&[&one, &replaced(15, "K859"), &replaced(14, "R079")]), Some(true));
    assert_eq!(flagged(&[&one, &replaced(15, "K859")]), Some(false));
}

#[test]
fn two_programs_of_one_model_are_active_when_either_is() {
    let row = |program: &str, status, contacts: &[i32]| RosterRow {
        program: RosterProgramId::from(program),
        model: Model::M1A,
        status,
        as_of: back(5),
        received: back(5),
        start: Some(back(200)),
        end: None,
        contacts: contacts.iter().map(|day| back(*day)).collect(),
        available: true,
        part2: false,
        manager: None,
        manager_phone: None,
    };
    let mut facts = quiet();
    facts.claims = vec![stay("s1", 179), stay("s2", 171)];
    let kind = |rosters: Vec<RosterRow>| decided(&MemberFacts { rosters, ..facts.clone() }).kind.id();
    let (engaged, idle) =
        (row("A", RosterStatus::Enrolled, &[10, 60]), row("B", RosterStatus::Enrolled, &[]));
    assert_eq!(kind(vec![idle.clone()]), "IDENTIFIED_ICM_COMANAGE");
    assert_eq!(kind(vec![engaged.clone(), idle.clone()]), "MANAGED_OK");
    assert_eq!(kind(vec![idle, engaged.clone()]), "MANAGED_OK");
    let ended = row("B", RosterStatus::Ended, &[]);
    assert_eq!(
        kind(vec![ended.clone(), engaged.clone()]),
        "MANAGED_OK",
        "another program's end closes nothing"
    );
    assert_eq!(kind(vec![ended]), "IDENTIFIED_ICM");
}

#[test]
fn newborn_stays_by_any_code_or_by_the_first_days_of_life() {
    let criteria = Criteria::default();
    let tables = tables::shipped().unwrap();
    let newborn = |dx: &[&str], age: i32| {
        let mut bill = stay("n", 60);
        bill.dx = dx.iter().map(|text| code(text)).collect();
        let person = Person { birth: Some(back(60 + age)), sex: None };
        let found = Utilization::of(resolve(&[&bill]), person, &criteria, &tables);
        found.stays.first().unwrap().newborn
    };
    assert!(newborn(&["Z3800"], 0) && newborn(&["J189", "Z3800"], 900));
    assert!(newborn(&["P220"], 28) && !newborn(&["P220"], 29) && newborn(&["P96"], 0));
    assert!(!newborn(&["J189", "P220"], 3) && !newborn(&["J189"], 3) && !newborn(&["P99"], 3));
}

#[test]
fn transfers_in_are_no_ambulatory_sensitive_admissions_and_cystitis_is_for_young_women() {
    let criteria = Criteria::default();
    let tables = tables::shipped().unwrap();
    let person = |age_days: i32, sex| Person { birth: Some(back(age_days)), sex };
    let admission = |origin: &str| {
        let mut bill = stay("h", 60);
        (bill.dx, bill.admit_source) = (vec![code("I5023")], Code::new(origin));
        let who = person(20_000, None);
        let found = Utilization::of(resolve(&[&bill]), who, &criteria, &tables);
        pqi::is_pqi(found.stays.first().unwrap(), &found.services, who, &tables)
    };
    assert!(admission("1") && admission("") && !admission("4") && !admission("5") && !admission("6"));
    let visit = |who: Person, dx: &[&str]| {
        let mut bill = claim("e", "131", 60, 60);
        bill.dx = dx.iter().map(|text| code(text)).collect();
        bill.lines = vec![Line { rev: Some(code("0450")), ..Line::default() }];
        let found = Utilization::of(resolve(&[&bill]), who, &criteria, &tables);
        let year = icm_domain::day::Window::ending(AS_OF, 365);
        pqe::pqe_visits(&found, who, year, &tables).len()
    };
    let woman = person(30 * 365, Some(Sex::Female));
    assert_eq!(visit(woman, &["N3000"]), 1);
    assert_eq!(visit(woman, &["N3000", "Q600"]), 0, "a malformation of the urinary tract");
    assert_eq!(visit(woman, &["R079", "N3000"]), 0);
    assert_eq!(visit(person(30 * 365, Some(Sex::Male)), &["N3000"]), 0);
    assert_eq!(visit(person(40 * 365, Some(Sex::Female)), &["N3000"]), 0);
    assert_eq!(visit(person(60 + 91, None), &["J069"]), 1);
    assert_eq!(visit(person(60 + 90, None), &["J069"]), 0, "three months old");
    let birthday = |years: i32| Person { birth: Day::parse(&format!("{}-05-01", 2026 - years)), sex: None };
    assert_eq!((visit(birthday(5), &["K047"]), visit(birthday(4), &["K047"])), (1, 0), "dental from five");
}
