//! The rules reach what the stories state, and every kind of decision occurs.

use crate::reading::{day, population};
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::{Decision, DecisionKind, Policy, Standing, decide};
use icm_domain::facts::MemberFacts;
use icm_domain::tables::Tables;
use icm_formats::tables;
use icm_synth::{BLOCK, Population};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static TABLES: LazyLock<Tables> = LazyLock::new(|| tables::shipped().unwrap());
static CRITERIA: LazyLock<Criteria> = LazyLock::new(Criteria::default);

pub(crate) fn decided(facts: &MemberFacts, as_of: Day) -> Decision {
    let policy = Policy { criteria: &CRITERIA, tables: &TABLES, cutoffs: None };
    decide(facts, &Standing::default(), as_of, policy)
}

#[test]
fn every_story_ends_as_it_says() {
    let mut wrong = Vec::new();
    for as_of in ["2026-06-30", "2026-03-01", "2025-12-31", "2026-02-28", "2024-02-29", "2026-08-15"] {
        let population = Population { as_of: day(as_of), ..population(BLOCK) };
        for member in population.iter() {
            let Some(story) = member.story else { continue };
            let id = member.id.as_str().to_owned();
            let decision = decided(&member.into_member_facts(), population.as_of);
            if decision.kind != story.expect || (!story.reason.is_empty() && decision.reason != story.reason)
            {
                wrong.push(format!("{as_of} {id} {}: {} {}", story.id, decision.kind.id(), decision.reason));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_decision_occurs_in_two_thousand_members() {
    for seed in [1, 42, 4_711] {
        let population = Population { seed, ..population(2_000) };
        let mut kinds: BTreeMap<DecisionKind, u64> = BTreeMap::new();
        for member in population.iter() {
            *kinds.entry(decided(&member.into_member_facts(), population.as_of).kind).or_default() += 1;
        }
        println!("seed {seed}: {kinds:?}");
        // A case is opened by the system itself, never by the facts of a population.
        for kind in DecisionKind::ALL.into_iter().filter(|kind| *kind != DecisionKind::AlreadyOpen) {
            assert!(kinds.contains_key(&kind), "seed {seed}: no {}", kind.id());
        }
    }
}
