//! The population is of the right order: every target of the crate's front page.

use crate::reading::{Usage, population};
use icm_domain::day::Window;
use icm_domain::facts::LineOfBusiness::{self, Commercial, Medicaid, MedicareAdvantage};
use std::sync::LazyLock;

const MEMBERS: u64 = 20_000;

static USED: LazyLock<Vec<Usage>> = LazyLock::new(|| {
    let population = population(MEMBERS);
    population.iter().map(|member| Usage::of(&member, population.as_of)).collect()
});

/// Asserts that `value` lies in `[low, high]`, and says what it was.
fn held(what: &str, value: usize, (low, high): (usize, usize)) {
    println!("{what}: {value} (target {low} to {high})");
    assert!((low..=high).contains(&value), "{what}: {value} is not in {low}..={high}");
}

fn per_thousand(lob: LineOfBusiness, count: impl Fn(&Usage) -> usize) -> usize {
    let members: Vec<_> = USED.iter().filter(|used| used.lob == Some(lob)).collect();
    members.iter().map(|used| count(used)).sum::<usize>() * 1_000 / members.len()
}

#[test]
fn the_top_twentieth_carries_about_half_of_the_cost() {
    let mut costs: Vec<i64> = USED.iter().map(|used| used.allowed_cents).collect();
    costs.sort_unstable_by_key(|cents| std::cmp::Reverse(*cents));
    let top: i64 = costs.iter().take(costs.len() / 20).sum();
    let share = top * 100 / costs.iter().sum::<i64>();
    held("percent of cost in the top 5%", usize::try_from(share).unwrap(), (40, 60));
}

#[test]
fn three_to_six_members_in_a_hundred_meet_a_trigger() {
    let as_of = population(1).as_of;
    let triggered = USED.iter().filter(|used| used.triggers(as_of)).count();
    let drawn = USED.iter().filter(|used| used.triggers(as_of) && !used.story).count();
    held("members in 10,000 who meet a trigger", triggered * 10_000 / USED.len(), (300, 600));
    held("of them without a story", drawn * 10_000 / USED.len(), (100, 400));
}

#[test]
fn emergency_visits_are_of_the_published_order() {
    let year = Window::ending(population(1).as_of, 365);
    for (lob, target) in [(Medicaid, (400, 600)), (Commercial, (150, 260)), (MedicareAdvantage, (300, 500))] {
        let rate = per_thousand(lob, |used| used.emergencies_in(year));
        held(&format!("emergency visits per 1,000, {lob:?}"), rate, target);
    }
}

#[test]
fn stays_are_of_the_published_order() {
    let year = Window::ending(population(1).as_of, 365);
    for (lob, target) in [(Medicaid, (75, 120)), (Commercial, (55, 90)), (MedicareAdvantage, (180, 270))] {
        let rate = per_thousand(lob, |used| used.stays_in(year));
        held(&format!("stays per 1,000, {lob:?}"), rate, target);
    }
}

#[test]
fn one_stay_in_seven_is_followed_by_another_within_thirty_days() {
    let stays: usize = USED.iter().map(|used| used.stays.len()).sum();
    let again: usize = USED
        .iter()
        .map(|used| used.stays.windows(2).filter(|pair| pair[1].0.since(pair[0].1) <= 30).count())
        .sum();
    held("readmissions in 1,000 stays", again * 1_000 / stays, (90, 180));
}

#[test]
fn high_use_persists_in_some_and_falls_in_most() {
    let as_of = population(1).as_of;
    let (recent, before) = (Window::ending(as_of, 180), Window::ending(as_of.plus(-180), 180));
    let high: Vec<_> = USED.iter().filter(|used| !used.story && used.stays_in(before) >= 2).collect();
    let still = high.iter().filter(|used| used.stays_in(recent) >= 2).count();
    held("percent of high users who stay so", still * 100 / high.len(), (15, 45));
}

#[test]
fn a_member_year_has_about_thirty_claim_lines() {
    let lines: usize = USED.iter().map(|used| used.lines).sum();
    held("claim lines per member", lines / USED.len(), (20, 36));
}
