//! Synthetic populations in which the truth is known.
//!
//! A member has a lasting need (gamma, a few have most of it) and good and bad months that resemble their neighbours
//! (autoregressive). Members enter when the bad months behind them reach the threshold, so that most of them are on
//! their way down: regression to the mean occurs by itself, by about as much as New Jersey's users of emergency
//! departments showed without any program (38% over eight quarters, FACTS §2.3). Amounts have heavy tails. Some lose
//! coverage.

use fastrand::Rng;
use icm_domain::case::state::Place;
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::CaseId;
use icm_domain::moment::Moment;
use icm_domain::money::Cents;
use icm_domain::queue::admit::admit;
use icm_domain::queue::{Capacity, Order, POINTS_NEW, Waiting, Wave};
use icm_measure::evaluation::{Arm, Assigned, Subject, Use, assign};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// Months of each window.
const MONTHS: usize = 6;
/// Days of each window.
const DAYS: u32 = 180;
/// Events of the window before at which a member is identified.
const THRESHOLD: u32 = 4;
/// Cases identified in a week.
const A_WEEK: usize = 100;
/// Places that come free in a week.
const PLACES: u32 = 50;

/// What the program does to a population.
#[derive(Clone, Copy)]
pub(crate) struct Planted {
    /// Share of the offered who take part; those in less need more readily.
    pub(crate) uptake: f64,
    /// Intention-to-treat effect: the share of the expected events after that the offer takes away.
    pub(crate) share: f64,
}

/// No effect at all.
pub(crate) const NOTHING: Planted = Planted { uptake: 0.6, share: 0.0 };
/// A quarter of the events, over all who were offered a place.
pub(crate) const A_QUARTER: Planted = Planted { uptake: 0.6, share: 0.25 };

/// A member with what cannot be observed.
pub(crate) struct Person {
    before: Use,
    need: f64,
    swing: f64,
    uptake: f64,
    /// Expected events in the window after, without the program.
    pub(crate) expected: f64,
}

/// An evaluated population.
pub(crate) struct Population {
    /// What an evaluation sees.
    pub(crate) subjects: Vec<Subject>,
    /// What it does not see, in the same order: the expected change by the offer, in events of the window.
    pub(crate) planted: Vec<f64>,
}

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos()
}

/// Gamma with this shape and mean 1 (Marsaglia and Tsang, boosted below shape 1).
fn gamma(rng: &mut Rng, shape: f64) -> f64 {
    let boost = (1.0 - rng.f64()).powf(1.0 / shape);
    let d = shape + 1.0 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && (1.0 - rng.f64()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v * boost / shape;
        }
    }
}

fn poisson(rng: &mut Rng, mean: f64) -> u32 {
    let limit = (-mean.min(600.0)).exp();
    let (mut count, mut product) = (0, rng.f64());
    while product > limit {
        count += 1;
        product *= rng.f64();
    }
    count
}

/// A month's swing about the lasting need, mean 1, from the autoregressive state.
fn swing(state: f64) -> f64 {
    const SPREAD: f64 = 1.1;
    (SPREAD * state - SPREAD * SPREAD / 2.0).exp()
}

fn next(rng: &mut Rng, state: f64) -> f64 {
    const MEMORY: f64 = 0.6;
    MEMORY * state + (1.0 - MEMORY * MEMORY).sqrt() * normal(rng)
}

/// Events, amounts and covered days of a window with these expected events.
fn used(rng: &mut Rng, expected: f64, need: f64) -> Use {
    let covered_days = if rng.f64() < 0.06 { rng.u32(30..DAYS) } else { DAYS };
    let share = f64::from(covered_days) / f64::from(DAYS);
    let events = poisson(rng, expected * share);
    let stays = (0..events).filter(|_| rng.f64() < 0.35).count() as u32;
    let heavy = |rng: &mut Rng, median: f64, spread: f64| median * (spread * normal(rng)).exp();
    let mut dollars = heavy(rng, 1_500.0 * share * need.max(0.1), 1.0);
    for at in 0..events {
        dollars += if at < stays { heavy(rng, 9_000.0, 1.0) } else { heavy(rng, 900.0, 0.8) };
    }
    Use { covered_days, ed_visits: events - stays, stays, allowed: Cents((dollars * 100.0) as i64) }
}

/// Draws members until one reaches the threshold.
fn identified(rng: &mut Rng) -> Person {
    loop {
        let need = gamma(rng, 0.8);
        let mut state = normal(rng);
        let mut expected = 0.0;
        for _ in 0..MONTHS {
            state = next(rng, state);
            expected += 0.28 * need * swing(state);
        }
        let before = used(rng, expected, need);
        if before.ed_visits + before.stays >= THRESHOLD {
            let mut later = 0.0;
            for _ in 0..MONTHS {
                state = next(rng, state);
                later += 0.28 * need * swing(state);
            }
            return Person { before, need, swing: state, uptake: 0.0, expected: later };
        }
    }
}

/// A population of `members`, admitted week by week by the admission of the product, in this order.
pub(crate) fn population(seed: u64, members: usize, order: Order, planted: Planted) -> Population {
    let mut rng = Rng::with_seed(seed);
    let mut people: Vec<Person> = (0..members).map(|_| identified(&mut rng)).collect();
    for person in &mut people {
        // Those in less need and on their way down take part more readily: comparing participants would mislead.
        let readiness = 0.1 * (2.0 - person.need).clamp(-2.0, 2.0) - 0.05 * person.swing;
        person.uptake = (planted.uptake + readiness).clamp(0.05, 0.95);
    }
    let all: f64 = people.iter().map(|person| person.expected).sum();
    let reachable: f64 = people.iter().map(|person| person.expected * person.uptake).sum();
    let effect = planted.share * all / reachable;
    assert!(effect < 0.8, "participants would have to lose {effect} of their events");
    let assigned = admitted(&mut rng, &people, order);
    let mut population = Population { subjects: Vec::new(), planted: Vec::new() };
    for (at, person) in people.iter().enumerate() {
        let Some((_, assignment)) = assigned.cases.get(&case(at)) else { continue };
        let takes_part = assignment.arm == Arm::Offered && rng.f64() < person.uptake;
        let expected = if takes_part { person.expected * (1.0 - effect) } else { person.expected };
        population.subjects.push(Subject {
            assignment: assignment.clone(),
            before: person.before,
            after: used(&mut rng, expected, person.need),
        });
        population.planted.push(-effect * person.uptake * person.expected);
    }
    population
}

fn case(at: usize) -> CaseId {
    CaseId::new(format!("case-{at:05}"))
}

/// Weekly waves; who got no place is passed on before the next.
fn admitted(rng: &mut Rng, people: &[Person], order: Order) -> Assigned {
    let team = || "TEAM-1".into();
    let place = Place { team: team(), county: None, language: None, lob: None };
    let mut waves: Vec<Wave> = Vec::new();
    let mut weeks: BTreeMap<CaseId, usize> = BTreeMap::new();
    for (week, arrivals) in people.chunks(A_WEEK).enumerate() {
        let at = Moment::start_of(Day::from_count(20_000 + 7 * week as i32));
        let waiting = arrivals.iter().enumerate().map(|(offset, person)| {
            let id = case(week * A_WEEK + offset);
            weeks.insert(id.clone(), week);
            let events = person.before.ed_visits + person.before.stays;
            // Urgency as the product has it: the more events the earlier, the rest by what cannot be known here.
            Waiting {
                case: id,
                key: (u32::MAX - events, rng.u32(..)),
                stratum: week,
                draw: rng.u64(..),
                since: at,
                days_max: 7,
                county: None,
                language: None,
                lob: LineOfBusiness::Medicaid,
                teams: vec![team()],
            }
        });
        let waiting: Vec<_> = waiting.collect();
        let capacity =
            Capacity { place: place.clone(), points: PLACES * POINTS_NEW, taken: 0, share_owed: 0 };
        waves.push(admit(&waiting, &[capacity], order, 0, at));
    }
    assign(&waves, |case| weeks.get(case).map(|week| format!("week {week}").into()))
}
