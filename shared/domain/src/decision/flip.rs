//! Near misses, and the smallest change that would flip a decision. Every change that is named was tried: the
//! decision was made again with it and came out different.

use super::evidence::Evidence;
use super::record::Clause;
use super::{Decision, DecisionKind, Policy, Rule, Standing, decide};
use crate::claim::{ClaimKind, ClaimVersion, Line};
use crate::code::Code;
use crate::day::Day;
use crate::facts::{Consent, ConsentKind, Coverage, LineOfBusiness, MemberFacts};
use crate::ids::{ClaimId, SourceId};

/// What nearly decided otherwise, in words.
pub fn near_misses(decision: &Decision, clauses: &[Clause]) -> Vec<String> {
    let mut words: Vec<String> = Rule::ALL.into_iter().filter_map(|rule| short_of(rule, clauses)).collect();
    for judged in &decision.full.judged {
        let model = judged.finding.model.id();
        let since = judged.finding.start.map_or_else(String::new, |day| format!(" since {day}"));
        if !judged.failing_on.is_empty() {
            let rules: Vec<&str> = judged.failing_on.iter().map(|rule| rule.id()).collect();
            words.push(format!("in {model}{since}, fails on {}", rules.join(", ")));
        } else if !judged.finding.dosed {
            words.push(format!("in {model}{since}, without the dose"));
        }
    }
    if decision.kind == DecisionKind::Excluded && !decision.full.triggers.is_empty() {
        words.push(format!("meets {} rules, held by {}", decision.full.triggers.len(), decision.reason));
    }
    words
}

/// A rule that fails by one event of one clause.
fn short_of(rule: Rule, clauses: &[Clause]) -> Option<String> {
    let own: Vec<&Clause> = clauses.iter().filter(|clause| clause.rule == rule).collect();
    // R7 needs either chronic conditions or drugs: one of the two is enough.
    let either = |clause: &&&Clause| clause.rule != Rule::R7 || clause.what == "readmit180";
    let missing: Vec<&&Clause> = own.iter().filter(|clause| !clause.met).filter(either).collect();
    let [only] = missing.as_slice() else { return None };
    (only.value? + 1 == only.threshold && only.threshold > 1).then(|| {
        format!(
            "one short of {} ({} {} of {})",
            rule.id(),
            only.what,
            only.value.unwrap_or(0),
            only.threshold
        )
    })
}

/// The cheapest of the tried changes that gives another decision. The facts are given as received, for what passing
/// time does to them, and settled, for the claims that are cited.
pub fn smallest(
    (received, facts): (&MemberFacts, &MemberFacts),
    standing: &Standing,
    as_of: Day,
    policy: Policy<'_>,
    decision: &Decision,
    cited: &Evidence,
) -> Option<String> {
    let flips = |changed: &MemberFacts, standing: &Standing, day: Day| {
        let other = decide(changed, standing, day, policy);
        (other.kind != decision.kind).then_some(other.kind)
    };
    if let Some(found) = without_one(facts, cited, |changed| flips(changed, standing, as_of)) {
        return Some(found);
    }
    for (words, changed) in additions(facts, as_of) {
        if let Some(kind) = flips(&changed, standing, as_of) {
            return Some(format!("{words}: {}", kind.id()));
        }
    }
    if standing.open_case
        && let Some(kind) = flips(facts, &Standing { open_case: false, ..standing.clone() }, as_of)
    {
        return Some(format!("the open case closed: {}", kind.id()));
    }
    passing_time(decision, as_of).into_iter().find_map(|day| {
        flips(received, standing, day).map(|kind| format!("nothing new until {day}: {}", kind.id()))
    })
}

/// One cited claim less (a void, a denial).
fn without_one(
    facts: &MemberFacts,
    cited: &Evidence,
    flips: impl Fn(&MemberFacts) -> Option<DecisionKind>,
) -> Option<String> {
    for at in &cited.claims {
        let mut changed = facts.clone();
        let gone = changed.claims.remove(*at);
        if let Some(kind) = flips(&changed) {
            return Some(format!("without the claim of {}: {}", gone.from, kind.id()));
        }
    }
    None
}

/// One or a few more events, coverage, consent.
fn additions(facts: &MemberFacts, as_of: Day) -> Vec<(String, MemberFacts)> {
    let with = |stays: i32, visits: i32| {
        let mut changed = facts.clone();
        for nth in 0..stays {
            changed.claims.push(imagined_stay(as_of.plus(-4 * nth), nth));
        }
        for nth in 0..visits {
            changed.claims.push(imagined_visit(as_of.plus(-8 * nth), nth));
        }
        changed
    };
    let mut tried = vec![
        ("one more unplanned stay".to_owned(), with(1, 0)),
        ("one more ED visit".to_owned(), with(0, 1)),
        ("two more ED visits".to_owned(), with(0, 2)),
        ("two more unplanned stays".to_owned(), with(2, 0)),
        ("three more ED visits".to_owned(), with(0, 3)),
        ("five more ED visits".to_owned(), with(0, 5)),
    ];
    let mut covered = facts.clone();
    let source = SourceId::from("imagined");
    let lob = facts.lob(as_of).unwrap_or(LineOfBusiness::Medicaid);
    covered.coverage.push(Coverage {
        source,
        received: as_of,
        lob,
        from: as_of,
        thru: None,
        retracted: false,
    });
    tried.push(("coverage on this day".to_owned(), covered));
    let mut consenting = facts.clone();
    let kind = ConsentKind::Part2Tpo;
    consenting.consents.push(Consent {
        kind,
        received: as_of,
        from: as_of,
        thru: None,
        revoked: false,
        scope: None,
    });
    tried.push(("consent to share substance-use treatment records".to_owned(), consenting));
    tried
}

fn imagined(kind: &str, nth: i32, day: Day, bill: Code, rev: Code, dx: Code) -> ClaimVersion {
    let id = ClaimId::new(format!("imagined-{kind}-{nth}"));
    let source = SourceId::from("imagined");
    let mut claim = ClaimVersion::new(source, id, ClaimKind::Institutional, day, (day, day));
    claim.bill_type = Some(bill);
    claim.lines = vec![Line { rev: Some(rev), ..Line::default() }];
    claim.dx = vec![dx];
    claim.part2 = Some(false);
    claim
}

/// An unplanned stay for no special reason (ICD-10 R69: illness, unspecified).
fn imagined_stay(day: Day, nth: i32) -> ClaimVersion {
    imagined("stay", nth, day, Code::literal("111"), Code::literal("0120"), Code::literal("R69"))
}

fn imagined_visit(day: Day, nth: i32) -> ClaimVersion {
    imagined("visit", nth, day, Code::literal("131"), Code::literal("0450"), Code::literal("R69"))
}

/// Days on which time alone may flip the decision.
fn passing_time(decision: &Decision, as_of: Day) -> Vec<Day> {
    let mut days: Vec<Day> = decision.next_review.into_iter().collect();
    days.extend([30, 60, 90, 180, 365].map(|days| as_of.plus(days)));
    days.sort_unstable();
    days
}
