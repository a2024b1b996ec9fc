//! The harness finds what it must find: each planted mistake breaks a rule within a few seeds.

use crate::check::Rule;
use crate::seeds::simulate;
use icm_testkit::Plant;
use std::collections::BTreeSet;

/// Seeds within which a planted mistake must be found.
const SEEDS_MAX: u64 = 240;

/// Asserts that some seed breaks one of these rules, and says which. A mistake may break other rules before that.
fn caught(plant: Plant, by: &[Rule]) {
    let mut others = BTreeSet::new();
    for seed in 0..SEEDS_MAX {
        let Err(failure) = simulate(seed, Some(plant), |_| {}) else { continue };
        let rule = failure.broken.rule;
        if by.contains(&rule) {
            eprintln!("{plant:?} is caught in seed {seed} by {rule:?}: {}", failure.broken.what);
            return;
        }
        others.insert(rule);
    }
    panic!("{plant:?} was not found in {SEEDS_MAX} seeds; broken were {others:?}");
}

#[test]
fn sending_before_the_commit_is_caught() {
    caught(Plant::SendBeforeCommit, &[Rule::NoEffectWithoutEvent]);
}

#[test]
fn writing_and_then_sending_is_caught() {
    caught(Plant::WriteThenSend, &[Rule::SentIsSent, Rule::NothingAfterOptOut]);
}

#[test]
fn sending_without_a_deduplication_key_is_caught() {
    caught(Plant::NoDeduplicationKey, &[Rule::OncePerKey]);
}

#[test]
fn acknowledging_before_the_commit_is_caught() {
    caught(Plant::AckBeforeCommit, &[Rule::NoInputLost, Rule::DecisionSeesEveryFact]);
}

#[test]
fn not_reading_again_after_a_commit_is_caught() {
    caught(Plant::NoReread, &[Rule::DecisionSeesEveryFact]);
}

#[test]
fn a_lost_condition_is_caught() {
    caught(Plant::LostCondition, &[Rule::ReplayRebuilds, Rule::OnlyForward, Rule::CapacityKept]);
}

#[test]
fn a_relay_that_ignores_an_opt_out_is_caught() {
    caught(Plant::OptOutIgnored, &[Rule::NothingAfterOptOut]);
}

#[test]
fn replies_applied_as_they_arrive_are_caught() {
    caught(Plant::RepliesOutOfOrder, &[Rule::RepliesInOrder]);
}

#[test]
fn a_missing_sweep_is_caught() {
    caught(Plant::SweepMissing, &[Rule::Drains]);
}

#[test]
fn a_stay_that_nobody_is_asked_to_follow_up_is_caught() {
    caught(Plant::FollowUpLost, &[Rule::StayReachesWhoServes]);
}

#[test]
fn touches_that_nobody_counts_are_caught() {
    caught(Plant::LedgerLost, &[Rule::CapsKept]);
}

#[test]
fn a_case_opened_within_a_cool_down_is_caught() {
    caught(Plant::ClosureLost, &[Rule::CoolDownKept]);
}

#[test]
fn every_planted_mistake_has_a_test() {
    let source = include_str!("planted.rs");
    for plant in Plant::ALL {
        assert!(source.contains(&format!("caught(Plant::{plant:?}")), "{plant:?}");
    }
}
