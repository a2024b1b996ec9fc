//! The evaluation against populations in which the truth is known: two hundred seeds each, none chosen.
//!
//! `cargo test -p icm-measure --test evaluation -- --nocapture` prints the counts.
#![expect(clippy::unwrap_used, reason = "a population that cannot be evaluated has failed")]
#![expect(clippy::indexing_slicing, reason = "an effect that is not there has failed")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "small counts and invented amounts"
)]

mod by_hand;
mod population;

use icm_domain::queue::Order;
use icm_measure::evaluation::{
    Arm, CUT_OFF_WIDTH, DAYS_PER_MONTH, Design, Effect, Outcome, Subject, evaluate,
};
use population::{A_QUARTER, NOTHING, Planted, Population, population};

const SEEDS: u64 = 200;
/// Two arms of a thousand.
const MEMBERS: usize = 2_000;
/// Of two hundred honest 95% intervals fewer cover the truth once in two hundred such tests.
const COVERING_MIN: usize = 182;
const FOUND_MIN: usize = 160;
/// Events of a window of 180 days, as events per 1,000 members a year.
const A_YEAR: f64 = DAYS_PER_MONTH * 12_000.0 / 180.0;

fn primary(design: Design, population: &Population) -> Effect {
    let evaluation = evaluate(design, &population.subjects).unwrap();
    assert_eq!(evaluation.design, design);
    assert_eq!(evaluation.effects[0].outcome, Outcome::AcuteEvents);
    evaluation.effects[0].clone()
}

/// What the offer changes, on average over these members, per 1,000 a year.
fn truth<'a>(planted: impl Iterator<Item = &'a f64>) -> f64 {
    let (sum, count) = planted.fold((0.0, 0.0), |(sum, count), change| (sum + change, count + 1.0));
    sum / count * A_YEAR
}

fn mean_truth(population: &Population) -> f64 {
    truth(population.planted.iter())
}

/// The fall that a plain before/after comparison of the offered would have shown: here only, where it is shown to be
/// wrong.
fn plain_fall(subjects: &[Subject]) -> f64 {
    let offered = || subjects.iter().filter(|subject| subject.assignment.arm == Arm::Offered);
    let rate = |of: fn(&Subject) -> icm_measure::evaluation::Use| {
        let events: u32 = offered().map(|subject| of(subject).ed_visits + of(subject).stays).sum();
        let days: u32 = offered().map(|subject| of(subject).covered_days).sum();
        f64::from(events) / f64::from(days)
    };
    1.0 - rate(|subject| subject.after) / rate(|subject| subject.before)
}

struct Tally {
    covering: usize,
    found: usize,
    falls: Vec<f64>,
    shares: Vec<f64>,
}

fn tally(design: Design, order: Order, planted: Planted, truth: impl Fn(&Population) -> f64) -> Tally {
    let mut tally = Tally { covering: 0, found: 0, falls: Vec::new(), shares: Vec::new() };
    for seed in 1..=SEEDS {
        let population = population(seed, MEMBERS, order, planted);
        let effect = primary(design, &population);
        tally.covering += usize::from(effect.difference.covers(truth(&population)));
        tally.found += usize::from(effect.difference.high < 0.0);
        tally.falls.push(plain_fall(&population.subjects));
        tally.shares.extend(effect.regression_share.map(|share| share.value));
    }
    tally
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn without_an_effect_the_wait_list_finds_none_where_before_and_after_would_show_a_fall() {
    let tally = tally(Design::WaitList, Order::Draw, NOTHING, mean_truth);
    let least = tally.falls.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "wait list, no effect: {} of {SEEDS} cover zero, {} find a fall; plain before/after falls by {:.0}% \
         (least {:.0}%), of which {:.0}% is regression to the mean",
        tally.covering,
        tally.found,
        100.0 * mean(&tally.falls),
        100.0 * least,
        100.0 * mean(&tally.shares)
    );
    assert!(tally.covering >= COVERING_MIN, "{} of {SEEDS}", tally.covering);
    assert!(least >= 0.30, "a plain comparison fell by {least}");
    assert!((mean(&tally.shares) - 1.0).abs() < 0.05, "{}", mean(&tally.shares));
}

#[test]
fn a_planted_quarter_is_covered_and_found_with_a_thousand_members_an_arm() {
    let tally = tally(Design::WaitList, Order::Draw, A_QUARTER, mean_truth);
    println!(
        "wait list, a quarter: {} of {SEEDS} cover the truth, {} find it; regression explains {:.0}%",
        tally.covering,
        tally.found,
        100.0 * mean(&tally.shares)
    );
    assert!(tally.covering >= COVERING_MIN, "{} of {SEEDS}", tally.covering);
    assert!(tally.found >= FOUND_MIN, "{} of {SEEDS}", tally.found);
    assert!(mean(&tally.shares) < 0.95);
}

/// The effect on members near the cut-off, from the latent changes of many populations.
fn truth_at_the_cut_off(planted: Planted) -> f64 {
    let near = |subject: &Subject| {
        let standing = &subject.assignment;
        let distance = f64::from(standing.rank) - f64::from(standing.cut_off) + 0.5;
        distance.abs() / f64::from(standing.cases) < CUT_OFF_WIDTH / 5.0
    };
    let changes: Vec<f64> = (1_001..=1_100)
        .flat_map(|seed| {
            let Population { subjects, planted } = population(seed, MEMBERS, Order::Priority, planted);
            subjects.into_iter().zip(planted).filter(|(subject, _)| near(subject)).map(|(_, change)| change)
        })
        .collect();
    truth(changes.iter())
}

#[test]
fn at_the_capacity_cut_off_intervals_cover_the_truth_without_and_with_an_effect() {
    let none = tally(Design::CutOff, Order::Priority, NOTHING, |_| 0.0);
    let truth = truth_at_the_cut_off(A_QUARTER);
    let quarter = tally(Design::CutOff, Order::Priority, A_QUARTER, |_| truth);
    println!(
        "cut-off: {} of {SEEDS} cover zero without effect, {} cover {truth:.0} with a quarter, {} find it",
        none.covering, quarter.covering, quarter.found
    );
    assert!(none.covering >= COVERING_MIN, "{} of {SEEDS}", none.covering);
    assert!(quarter.covering >= COVERING_MIN, "{} of {SEEDS}", quarter.covering);
}

#[test]
fn the_offered_and_the_waiting_of_a_priority_order_must_not_be_compared_as_if_chance_had_decided() {
    let mut misled = 0;
    for seed in 1..=20 {
        let mut population = population(seed, MEMBERS, Order::Priority, NOTHING);
        for subject in &mut population.subjects {
            subject.assignment.stratum = "all".into();
        }
        misled += usize::from(!primary(Design::WaitList, &population).difference.covers(0.0));
    }
    assert!(misled >= 18, "{misled} of 20 such comparisons would have shown an effect that is not there");
}

#[test]
fn amounts_are_covered_as_well_whatever_their_tails() {
    let covering = (1..=SEEDS).filter(|seed| {
        let population = population(*seed, MEMBERS, Order::Draw, NOTHING);
        let evaluation = evaluate(Design::WaitList, &population.subjects).unwrap();
        let allowed = evaluation.effects.iter().find(|effect| effect.outcome == Outcome::Allowed);
        allowed.unwrap().difference.covers(0.0)
    });
    let covering = covering.count();
    println!("wait list, allowed amounts, no effect: {covering} of {SEEDS} cover zero");
    assert!(covering >= COVERING_MIN, "{covering} of {SEEDS}");
}

#[test]
fn the_same_seed_gives_the_same_evaluation() {
    let evaluated =
        || evaluate(Design::WaitList, &population(7, 600, Order::Draw, A_QUARTER).subjects).unwrap();
    assert_eq!(evaluated(), evaluated());
}
