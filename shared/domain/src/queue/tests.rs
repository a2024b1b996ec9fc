//! Nobody beyond capacity, nobody lost, nobody forgotten.

use super::admit::{admit, limit_reached};
use super::{AdmittedBy, Capacity, Order, POINTS_NEW, Standing, WaitReason, Waiting};
use crate::case::state::Place;
use crate::facts::LineOfBusiness;
use crate::moment::Moment;
use proptest::prelude::*;

type Case = Waiting<u8, u8>;

fn waiting(id: &str, key: u8, since_day: i64, draw: u64) -> Case {
    Waiting {
        case: id.into(),
        key,
        stratum: key / 4,
        draw,
        since: Moment::from_millis(0).plus_days(since_day),
        days_max: 60,
        county: Some("A".into()),
        language: Some("en".into()),
        lob: LineOfBusiness::Medicaid,
        teams: vec!["T1".into(), "T2".into()],
    }
}

fn cell(team: &str, county: Option<&str>, points: u32) -> Capacity {
    let place = Place { team: team.into(), county: county.map(Into::into), language: None, lob: None };
    Capacity { place, points, taken: 0, share_owed: 0 }
}

fn admitted(wave: &super::Wave) -> Vec<(&str, AdmittedBy)> {
    let by = |row: &super::WaveRow| match row.standing {
        Standing::Admitted { by, .. } => Some(by),
        Standing::Waits { .. } => None,
    };
    wave.rows.iter().filter_map(|row| Some((row.case.as_str(), by(row)?))).collect()
}

fn now() -> Moment {
    Moment::from_millis(0).plus_days(100)
}

#[test]
fn priority_first_and_a_fifth_of_the_places_for_who_waits_longest() {
    let mut cases: Vec<Case> = (0..12).map(|n| waiting(&format!("C{n:02}"), n, 90, 7)).collect();
    cases[11].since = Moment::from_millis(0).plus_days(1);
    let wave = admit(&cases, &[cell("T1", None, 5 * POINTS_NEW)], Order::Priority, 20, now());
    let expected = ["C00", "C01", "C02", "C03"].map(|id| (id, AdmittedBy::Order));
    assert_eq!(admitted(&wave)[..4], expected);
    assert_eq!(admitted(&wave)[4], ("C11", AdmittedBy::LongestWaiting));
    assert_eq!(wave.cut_off, Some(5));
}

#[test]
fn a_cell_that_frees_one_place_at_a_time_still_honours_the_share() {
    let mut owed = 0;
    let mut by_wait = 0;
    for _ in 0..10 {
        let cases = [waiting("URGENT", 0, 99, 1), waiting("OLD", 9, 1, 1)];
        let capacity = Capacity { share_owed: owed, ..cell("T1", None, POINTS_NEW) };
        let wave = admit(&cases, &[capacity], Order::Priority, 20, now());
        owed = wave.capacities[0].share_owed;
        by_wait += usize::from(admitted(&wave) == [("OLD", AdmittedBy::LongestWaiting)]);
    }
    assert_eq!(by_wait, 2);
}

#[test]
fn in_an_evaluation_the_draw_alone_orders_a_stratum() {
    let cases =
        [waiting("A", 0, 1, 30), waiting("B", 1, 50, 10), waiting("C", 5, 1, 1), waiting("D", 2, 90, 20)];
    let wave = admit(&cases, &[cell("T1", None, 2 * POINTS_NEW)], Order::Draw, 0, now());
    assert_eq!(wave.rows.iter().map(|row| row.case.as_str()).collect::<Vec<_>>(), ["B", "D", "A", "C"]);
    assert_eq!(admitted(&wave).len(), 2);
    assert!(wave.rows.iter().all(|row| row.draw > 0));
}

#[test]
fn every_row_says_why_it_waits() {
    let mut far = waiting("FAR", 0, 1, 1);
    far.county = Some("B".into());
    let mut alone = waiting("ALONE", 1, 90, 1);
    alone.teams = Vec::new();
    let mut other_language = waiting("FR", 2, 90, 1);
    other_language.language = Some("fr".into());
    other_language.teams = vec!["T2".into()];
    let full = waiting("FULL", 3, 90, 1);
    let mut spanish = cell("T2", Some("A"), 30);
    spanish.place.language = Some("es".into());
    let cells = [cell("T1", Some("A"), 2), spanish];
    let wave = admit(&[far, alone, other_language, full], &cells, Order::Priority, 20, now());
    let reasons: Vec<(&str, WaitReason, bool)> = wave
        .rows
        .iter()
        .filter_map(|row| match &row.standing {
            Standing::Waits { reason, limit_reached, .. } => {
                Some((row.case.as_str(), *reason, *limit_reached))
            }
            Standing::Admitted { .. } => None,
        })
        .collect();
    assert_eq!(
        reasons,
        [
            ("FAR", WaitReason::NoTeamInCounty, true),
            ("ALONE", WaitReason::NoTeamLeft, false),
            ("FR", WaitReason::NoTeamForLanguage, false),
            ("FULL", WaitReason::Full, false),
        ]
    );
}

#[test]
fn the_waiting_limit_counts_days() {
    let case = waiting("C", 0, 40, 1);
    assert!(limit_reached(&case, now()));
    assert!(!limit_reached(&case, now().plus_days(-1)));
}

prop_compose! {
    fn any_case()(number in 0_u16..500, key in 0_u8..12, since in 0_i64..99, draw: u64, county in 0_u8..3, teams in 0_u8..4) -> Case {
        let mut case = waiting(&format!("C{number:03}"), key, since, draw);
        case.county = [Some("A".into()), Some("B".into()), None][usize::from(county)].clone();
        case.teams.truncate(usize::from(teams));
        case
    }
}

fn any_cells() -> impl Strategy<Value = Vec<Capacity>> {
    proptest::collection::vec((0_u32..20, 0_u32..12, 0_u32..100), 4).prop_map(|rows| {
        let places = [("T1", Some("A")), ("T1", None), ("T2", Some("B")), ("T2", None)];
        let one = |((team, county), (points, taken, share_owed)): ((&str, Option<&str>), _)| Capacity {
            taken,
            share_owed,
            ..cell(team, county, points)
        };
        places.into_iter().zip(rows).map(one).collect()
    })
}

proptest! {
    #[test]
    fn capacity_is_never_exceeded_and_every_case_has_one_row(
        mut cases in proptest::collection::vec(any_case(), 0..40),
        cells in any_cells(),
        draw: bool,
        percent in 0_u8..=100,
    ) {
        cases.sort_by(|a, b| a.case.cmp(&b.case));
        cases.dedup_by(|a, b| a.case == b.case);
        let order = if draw { Order::Draw } else { Order::Priority };
        let wave = admit(&cases, &cells, order, percent, now());
        prop_assert_eq!(wave.rows.len(), cases.len());
        for after in &wave.capacities {
            let before = cells.iter().find(|cell| cell.place == after.place).unwrap();
            prop_assert!(after.taken <= after.points.max(before.taken));
            let given = wave.rows.iter().filter(|row| matches!(&row.standing,
                Standing::Admitted { place, .. } if *place == after.place)).count();
            prop_assert_eq!(after.taken - before.taken, u32::try_from(given).unwrap() * POINTS_NEW);
        }
        // Whoever waits for a full cell would not fit any cell that has a place left.
        for row in &wave.rows {
            if let Standing::Waits { .. } = row.standing {
                let case = cases.iter().find(|case| case.case == row.case).unwrap();
                let left = wave.capacities.iter().any(|cell| cell.free_places() > 0
                    && case.teams.contains(&cell.place.team)
                    && (cell.place.county.is_none() || cell.place.county == case.county));
                prop_assert!(!left);
            }
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(
        cases in proptest::collection::vec(any_case(), 0..25).prop_shuffle(),
        cells in any_cells(),
    ) {
        let mut sorted = cases.clone();
        sorted.sort_by(|a, b| a.case.cmp(&b.case));
        sorted.dedup_by(|a, b| a.case == b.case);
        let mut shuffled = sorted.clone();
        shuffled.reverse();
        prop_assert_eq!(
            admit(&sorted, &cells, Order::Priority, 20, now()),
            admit(&shuffled, &cells, Order::Priority, 20, now())
        );
    }
}

#[test]
fn places_that_nobody_else_waited_for_make_no_debt_to_the_longest_waiting() {
    let cases: Vec<Case> = (0..6).map(|n| waiting(&format!("C{n}"), n, 90, 7)).collect();
    let mut cell = cell("T1", None, 150 * POINTS_NEW);
    cell.share_owed = 80;
    let wave = admit(&cases, &[cell], Order::Priority, 20, now());
    assert_eq!(admitted(&wave).len(), 6);
    assert_eq!(wave.capacities[0].share_owed, 0, "nobody waits: nothing is owed");
}

#[test]
fn in_an_evaluation_the_draw_alone_decides_whatever_is_owed() {
    let mut cases: Vec<Case> = (0..4_u64).map(|n| waiting(&format!("C{n}"), 0, 90, n)).collect();
    cases[3].since = Moment::from_millis(0);
    let mut cell = cell("T1", None, POINTS_NEW);
    cell.share_owed = 1_000;
    let wave = admit(&cases, &[cell], Order::Draw, 20, now());
    assert_eq!(admitted(&wave), [("C0", AdmittedBy::Order)]);
}
