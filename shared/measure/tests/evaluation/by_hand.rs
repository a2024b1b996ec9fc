//! Small evaluations that can be done by hand.

use icm_domain::day::Day;
use icm_domain::ids::CaseId;
use icm_domain::moment::Moment;
use icm_domain::money::Cents;
use icm_domain::queue::{AdmittedBy, Order, Standing, WaitReason, Wave, WaveRow};
use icm_measure::evaluation::{
    Arm, Assigned, Assignment, DAYS_PER_MONTH, Design, Effect, NoEvaluation, Outcome, Subject, Use, assign,
    evaluate,
};

fn used(visits: u32, covered_days: u32) -> Use {
    Use { covered_days, ed_visits: visits, stays: 0, allowed: Cents(0) }
}

fn subject(arm: Arm, stratum: &str, before: Use, after: Use) -> Subject {
    let offered = arm == Arm::Offered;
    let assignment = Assignment { arm, stratum: stratum.into(), rank: 1, cut_off: 1, cases: 1, offered };
    Subject { assignment, before, after }
}

/// `many` members who all used the same, a little apart so that there is an error to speak of.
fn alike(arm: Arm, stratum: &str, many: u32, before: u32, after: u32) -> Vec<Subject> {
    let one = |at: u32| subject(arm, stratum, used(before + at % 2, 180), used(after + at % 2, 180));
    (0..many).map(one).collect()
}

#[test]
fn the_difference_is_the_formula_of_the_field() {
    let mut subjects = alike(Arm::Offered, "a", 40, 6, 2);
    subjects.extend(alike(Arm::Control, "a", 40, 6, 3));
    let evaluation = evaluate(Design::WaitList, &subjects).unwrap();
    // Offered: 6.5 → 2.5 visits in 180 days; control: 6.5 → 3.5. One visit fewer in 180 days.
    let visits = evaluation.effects.iter().find(|effect| effect.outcome == Outcome::EdVisits).unwrap();
    let a_visit = DAYS_PER_MONTH * 12_000.0 / 180.0;
    assert!((visits.difference.value + a_visit).abs() < 1e-6);
    assert!((visits.control_after - 3.5 * a_visit).abs() < 1e-6);
    assert!((visits.relative.unwrap() + 1.0 / 3.5).abs() < 1e-9);
    // The control fell by 3 of the 4 that the offered fell by.
    assert!((visits.regression_share.unwrap().value - 0.75).abs() < 1e-9);
    assert!(visits.difference_before.covers(0.0));
}

#[test]
fn days_without_coverage_are_no_days_without_visits() {
    let half = |arm, after: u32, days| {
        let one = move |at: u32| subject(arm, "a", used(4 + at % 2, 180), used(after, days));
        (0..40).map(one)
    };
    let subjects: Vec<Subject> = half(Arm::Offered, 1, 90).chain(half(Arm::Control, 2, 180)).collect();
    let evaluation = evaluate(Design::WaitList, &subjects).unwrap();
    assert!(evaluation.effects[0].difference.value.abs() < 1e-6, "one in half the days is the same rate");
}

#[test]
fn a_stratum_in_which_everybody_got_a_place_says_nothing() {
    let mut subjects = alike(Arm::Offered, "a", 40, 6, 3);
    subjects.extend(alike(Arm::Control, "a", 40, 6, 3));
    subjects.extend(alike(Arm::Offered, "everybody", 500, 20, 0));
    let evaluation = evaluate(Design::WaitList, &subjects).unwrap();
    assert_eq!(evaluation.without_counterpart, 500);
    assert_eq!((evaluation.members.offered, evaluation.members.control), (40, 40));
    assert!(evaluation.effects[0].difference.value.abs() < 1e-6);
}

#[test]
fn too_few_members_are_refused() {
    let mut subjects = alike(Arm::Offered, "a", 500, 6, 3);
    subjects.extend(alike(Arm::Control, "a", 29, 6, 3));
    assert_eq!(evaluate(Design::WaitList, &subjects), Err(NoEvaluation::TooFewMembers));
}

/// The result by its parts: whoever adds a figure must come by here, and a plain change, or a rate of an arm before, is
/// none that may be added.
#[test]
fn no_plain_change_stands_in_the_result() {
    let mut subjects = alike(Arm::Offered, "a", 40, 6, 2);
    subjects.extend(alike(Arm::Control, "a", 40, 6, 2));
    let evaluation = evaluate(Design::WaitList, &subjects).unwrap();
    let [effect, ..] = evaluation.effects.as_slice() else { panic!("no effect") };
    let Effect { outcome, unit, difference, control_after, relative, regression_share, difference_before } =
        effect.clone();
    assert_eq!((outcome, unit.as_str()), (Outcome::AcuteEvents, outcome.unit()));
    let plain = -4.0 * DAYS_PER_MONTH * 12_000.0 / 180.0;
    let share = regression_share.unwrap();
    let figures =
        [difference, difference_before, share].map(|figure| [figure.value, figure.low, figure.high]);
    for figure in figures.iter().flatten().chain([&control_after, &relative.unwrap()]) {
        assert!((figure - plain).abs() > 1.0, "{figure} is the plain change");
    }
}

// --- assignment

fn row(case: &str, rank: u32, draw: u64, standing: Standing) -> WaveRow {
    WaveRow { case: CaseId::new(case), rank, draw, standing }
}

fn placed(by: AdmittedBy) -> Standing {
    let team = "TEAM-1".into();
    Standing::Admitted {
        place: icm_domain::case::state::Place { team, county: None, language: None, lob: None },
        by,
    }
}

fn waits(reason: WaitReason) -> Standing {
    Standing::Waits { reason, ahead: 0, limit_reached: false }
}

fn wave(day: i32, order: Order, rows: Vec<WaveRow>, cut_off: Option<u32>) -> Wave {
    Wave {
        at: Moment::start_of(Day::from_count(day)),
        order,
        cases: 0,
        rows,
        capacities: Vec::new(),
        cut_off,
    }
}

fn arm(assigned: &Assigned, case: &str) -> (Design, Arm, bool) {
    let (design, assignment) = &assigned.cases[&CaseId::new(case)];
    (*design, assignment.arm, assignment.offered)
}

#[test]
fn who_leaves_before_the_turn_keeps_the_arm_of_the_draw() {
    let first = vec![
        row("early", 1, 10, waits(WaitReason::Full)),
        row("middle", 2, 20, waits(WaitReason::Full)),
        row("late", 3, 30, waits(WaitReason::Full)),
    ];
    // "early" died in between; the place goes to "middle".
    let second =
        vec![row("middle", 1, 20, placed(AdmittedBy::Order)), row("late", 2, 30, waits(WaitReason::Full))];
    let waves = [wave(0, Order::Draw, first, Some(1)), wave(7, Order::Draw, second, Some(2))];
    let assigned = assign(&waves, |_| Some("stratum".into()));
    assert_eq!(arm(&assigned, "early"), (Design::WaitList, Arm::Offered, false));
    assert_eq!(arm(&assigned, "middle"), (Design::WaitList, Arm::Offered, true));
    assert_eq!(arm(&assigned, "late"), (Design::WaitList, Arm::Control, false));
}

#[test]
fn a_place_given_for_long_waiting_does_not_change_the_arm() {
    let rows = vec![
        row("drawn", 1, 10, placed(AdmittedBy::Order)),
        row("waited", 2, 20, placed(AdmittedBy::LongestWaiting)),
    ];
    let assigned = assign(&[wave(0, Order::Draw, rows, None)], |_| Some("stratum".into()));
    assert_eq!(arm(&assigned, "waited"), (Design::WaitList, Arm::Control, true));
}

#[test]
fn a_place_after_the_limit_is_no_offer() {
    let first = vec![row("slow", 1, 10, waits(WaitReason::Full))];
    let later = vec![row("slow", 1, 10, placed(AdmittedBy::Order))];
    let waves = [wave(0, Order::Draw, first, Some(1)), wave(61, Order::Draw, later, None)];
    let assigned = assign(&waves, |_| Some("stratum".into()));
    assert_eq!(arm(&assigned, "slow"), (Design::WaitList, Arm::Control, false));
}

#[test]
fn whom_no_place_could_serve_is_no_control() {
    let rows = vec![row("elsewhere", 1, 10, waits(WaitReason::NoTeamInCounty))];
    let assigned = assign(&[wave(0, Order::Priority, rows, None)], |_| None);
    assert!(assigned.cases.is_empty());
    assert_eq!(assigned.nowhere_to_go, 1);
}

#[test]
fn by_priority_the_first_wave_and_its_cut_off_decide() {
    let first =
        vec![row("urgent", 1, 10, placed(AdmittedBy::Order)), row("next", 2, 20, waits(WaitReason::Full))];
    let later = vec![row("next", 1, 20, placed(AdmittedBy::Order))];
    let waves = [wave(0, Order::Priority, first, Some(2)), wave(7, Order::Priority, later, None)];
    let assigned = assign(&waves, |_| None);
    assert_eq!(arm(&assigned, "urgent"), (Design::CutOff, Arm::Offered, true));
    assert_eq!(arm(&assigned, "next"), (Design::CutOff, Arm::Control, true));
}
