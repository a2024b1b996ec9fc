//! Properties of decisions on random histories: small claim histories with replaced, voided and repeated versions,
//! rosters of other programs, and 42 CFR Part 2 labels (issue: identification with full depth, "shows it works").

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::indexing_slicing, reason = "indexes are drawn within the lists")]

mod histories;

use histories::{AS_OF, History, history};
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::{
    Conclusion, Decision, DecisionKind, Policy, Standing, decide, evidence, is_part2,
};
use icm_domain::facts::{ConsentKind, MemberFacts};
use icm_domain::ids::ClaimId;
use icm_domain::tables::Tables;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use std::sync::OnceLock;

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| icm_formats::tables::shipped().unwrap())
}

fn criteria() -> &'static Criteria {
    static CRITERIA: OnceLock<Criteria> = OnceLock::new();
    CRITERIA.get_or_init(Criteria::default)
}

fn policy() -> Policy<'static> {
    Policy { criteria: criteria(), tables: tables(), cutoffs: None }
}

fn decided(facts: &MemberFacts) -> Decision {
    decide(facts, &Standing::default(), AS_OF, policy())
}

/// The same histories on every run; `PROPTEST_RNG_SEED` draws others.
fn settings(cases: u32) -> ProptestConfig {
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2026);
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}

/// Everything of a decision but positions in lists.
fn essence(decision: &Decision) -> String {
    let conclusion = |c: &Conclusion| {
        let judged: Vec<_> = c
            .judged
            .iter()
            .map(|j| (j.finding.model, j.verdict, j.review, j.finding.start, j.finding.last, j.finding.dosed))
            .collect();
        format!(
            "{:?} {} {:?} {:?} {:?} {judged:?} {:?} {:?}",
            c.kind, c.reason, c.lead, c.counts, c.triggers, c.absence, c.cooldown
        )
    };
    format!(
        "{:?} full {} shareable {:?} recommended {:?} priority {:?} death {}",
        decision.outcome(),
        conclusion(&decision.full),
        decision.shareable.as_ref().map(conclusion),
        decision.recommended.model,
        decision.priority,
        decision.death_reported,
    )
}

/// A shuffle of a list by drawn positions.
fn shuffled<T>(mut list: Vec<T>, by: &[Index]) -> Vec<T> {
    for (at, index) in (1..list.len()).zip(by.iter().cycle()) {
        let other = index.index(at + 1);
        list.swap(at, other);
    }
    list
}

/// What leaves the payer: nothing unless the outcome does.
fn leaving(decision: &Decision) -> Option<String> {
    let outward = decision.outward();
    decision.kind.leaves_the_payer().then(|| {
        let Decision { kind, reason, triggers, priority, .. } = decision;
        format!("{kind:?} {reason} {triggers:?} {:?} {priority:?}", outward.counts)
    })
}

proptest! {
    #![proptest_config(settings(192))]

    #[test]
    fn order_and_repetition_of_the_same_facts_change_nothing(
        history in history(),
        by in prop::collection::vec(any::<Index>(), 1..40),
        again in prop::collection::vec(any::<Index>(), 0..10),
    ) {
        let facts = history.facts();
        let before = essence(&decided(&facts));
        let mut other = facts.clone();
        for index in again {
            if !facts.claims.is_empty() {
                other.claims.push(facts.claims[index.index(facts.claims.len())].clone());
            }
            if !facts.rosters.is_empty() {
                other.rosters.push(facts.rosters[index.index(facts.rosters.len())].clone());
            }
        }
        other.claims = shuffled(other.claims, &by);
        other.rosters = shuffled(other.rosters, &by);
        prop_assert_eq!(before, essence(&decided(&other)));
    }

    #[test]
    fn facts_received_after_the_day_change_nothing(history in history(), late in history()) {
        let facts = history.facts();
        let mut more = facts.clone();
        let tomorrow = |mut claim: icm_domain::claim::ClaimVersion| { claim.received = AS_OF.plus(1); claim };
        more.claims.extend(late.facts().claims.into_iter().map(tomorrow));
        more.rosters.extend(late.facts().rosters.into_iter().map(|mut row| { row.received = AS_OF.plus(1); row }));
        prop_assert_eq!(essence(&decided(&facts)), essence(&decided(&more)));
    }

    #[test]
    fn events_outside_every_window_change_nothing(history in history(), old in prop::collection::vec((0..3_usize, 740..1500_i32), 1..8)) {
        let facts = history.facts();
        let mut more = facts.clone();
        for (nth, (kind, back)) in old.into_iter().enumerate() {
            more.claims.push(histories::old_event(nth, kind, back));
        }
        prop_assert_eq!(essence(&decided(&facts)), essence(&decided(&more)));
    }

    #[test]
    fn raising_a_threshold_never_adds_a_member(history in history(), which in 0..12_usize) {
        let facts = history.facts();
        let mut higher = criteria().clone();
        let t = &mut higher.triggers;
        let counts = [
            &mut t.r1_stays180, &mut t.r2_stays365, &mut t.r3_ed365, &mut t.r3_ed90, &mut t.r4_ed180,
            &mut t.r5_stays180, &mut t.r5_ed180, &mut t.r6_stays365, &mut t.r7_readmit180, &mut t.r8_pqi365,
            &mut t.r10_pqe365,
        ];
        match counts.into_iter().nth(which) {
            Some(count) => *count += 1,
            None => t.r7_chronic += 1,
        }
        let before = decided(&facts);
        let after = decide(&facts, &Standing::default(), AS_OF, Policy { criteria: &higher, ..policy() });
        prop_assert!(after.full.triggers.iter().all(|rule| before.full.triggers.contains(rule)));
        prop_assert!(!after.kind.identifies() || !before.full.triggers.is_empty());
        prop_assert!(before.kind != DecisionKind::NotTriggered || after.kind == DecisionKind::NotTriggered);
        prop_assert!(before.kind != DecisionKind::ManagedOk || after.kind != DecisionKind::IdentifiedIcmComanage);
    }

    #[test]
    fn renaming_ids_changes_nothing(history in history()) {
        let facts = history.facts();
        let mut renamed = facts.clone();
        let name = |id: &ClaimId| ClaimId::new(format!("other-{}", id.as_str()));
        for claim in &mut renamed.claims {
            claim.claim_id = name(&claim.claim_id);
            claim.replaces = claim.replaces.as_ref().map(name);
        }
        prop_assert_eq!(essence(&decided(&facts)), essence(&decided(&renamed)));
    }

    #[test]
    fn an_original_and_its_void_equal_neither(history in history(), extra in histories::claim(), first in any::<bool>()) {
        let facts = history.facts();
        let mut more = facts.clone();
        let (original, void) = extra.with_void("extra");
        more.claims.extend(if first { [void, original] } else { [original, void] });
        prop_assert_eq!(leaving(&decided(&facts)), leaving(&decided(&more)));
        prop_assert_eq!(decided(&facts).outcome(), decided(&more).outcome());
    }

    #[test]
    fn what_leaves_is_the_same_without_labelled_facts_or_is_withheld(history in history()) {
        let facts = history.facts();
        prop_assume!(!facts.consents_to(ConsentKind::Part2Tpo, AS_OF));
        let mut bare = facts.clone();
        bare.claims.retain(|claim| !is_part2(claim, tables()));
        bare.rosters.retain(|row| !row.part2);
        if let Some(told) = leaving(&decided(&facts)) {
            prop_assert_eq!(Some(told), leaving(&decided(&bare)));
        }
    }

    #[test]
    fn outcomes_change_by_time_alone_only_on_the_review_day(history in history()) {
        let mut facts = history.facts();
        // Time alone: nothing more is received.
        facts.claims.retain(|claim| claim.received <= AS_OF);
        let today = decided(&facts);
        prop_assume!(!today.full.triggers.is_empty());
        let until = today.next_review.map_or(400, |day| day.since(AS_OF));
        let outcome = |decision: &Decision| {
            (decision.kind, decision.reason.clone(), decision.triggers.clone(), decision.full.lead)
        };
        for ahead in 1..until {
            let later = decide(&facts, &Standing::default(), AS_OF.plus(ahead), policy());
            prop_assert_eq!(outcome(&today), outcome(&later), "after {} days", ahead);
        }
    }
}

proptest! {
    #![proptest_config(settings(48))]

    #[test]
    fn evidence_is_enough_and_no_row_of_it_can_go(history in history()) {
        let facts = history.facts();
        let standing = Standing::default();
        let decision = decided(&facts);
        let rows = evidence::minimal(&facts, &standing, AS_OF, policy(), &decision);
        let mut cited = facts.clone();
        cited.claims = rows.claims.iter().map(|at| facts.claims[*at].clone()).collect();
        cited.rosters = rows.rosters.iter().map(|at| facts.rosters[*at].clone()).collect();
        let again = decided(&cited);
        prop_assert_eq!(
            (decision.kind, &decision.reason, &decision.triggers, decision.counts),
            (again.kind, &again.reason, &again.triggers, again.counts)
        );
        let smaller = evidence::minimal(&cited, &standing, AS_OF, policy(), &again);
        prop_assert_eq!((smaller.claims.len(), smaller.rosters.len()), (cited.claims.len(), cited.rosters.len()));
    }
}

#[test]
fn random_histories_reach_every_decision() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let mut seen: Vec<DecisionKind> = (0..3000)
        .map(|_| {
            let history: History = history().new_tree(&mut runner).unwrap().current();
            decided(&history.facts()).kind
        })
        .collect();
    seen.sort_unstable();
    seen.dedup();
    // An open case is no fact of the history.
    let wanted: Vec<DecisionKind> =
        DecisionKind::ALL.into_iter().filter(|kind| *kind != DecisionKind::AlreadyOpen).collect();
    assert!(wanted.iter().all(|kind| seen.contains(kind)), "only {seen:?}");
    assert_eq!(AS_OF, Day::from_ymd(2026, 6, 30).unwrap());
}
