//! The seeds are valid, and every kind of mistake is named by its field.

use super::definition::{Mode, Program};
use super::validate::{Problem, flaws};
use super::{Calendars, Catalogue, Locality};
use crate::case::remedy::{Remedy, RemedyRule};
use crate::case::state::{Delivery, HandOver};
use crate::facts::LineOfBusiness;
use std::path::Path;

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/programs").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The seeds of `infra/programs`.
pub(crate) fn seeds() -> Catalogue {
    Catalogue {
        programs: read("programs.json"),
        teams: read("vendors.json"),
        cadences: read("cadences.json"),
        calendars: read::<Calendars>("calendars.json"),
    }
}

fn paths(catalogue: &Catalogue) -> Vec<(String, Problem)> {
    flaws(catalogue).into_iter().map(|flaw| (flaw.path, flaw.problem)).collect()
}

#[test]
fn the_seeds_are_valid_and_nothing_is_live() {
    let seeds = seeds();
    assert_eq!(flaws(&seeds), []);
    assert!(seeds.programs.iter().all(|program| program.mode != Mode::Live));
}

#[test]
fn a_bad_field_is_named_by_its_path() {
    let mut bad = seeds();
    bad.programs[0].routes[1].teams[0] = "NOBODY".into();
    bad.programs[0].cadence = "NONE".into();
    bad.programs[1].routes[0].teams[0] = "TEAM-NORTH".into();
    bad.programs[2].mode = Mode::Live;
    bad.programs[2].daily_cap = 0;
    bad.cadences[0].steps[3].by_day = 1;
    bad.teams[4].contract_major = None;
    bad.calendars.calling_hours.default.span.close = 1320;
    assert_eq!(
        paths(&bad),
        [
            ("cadences.json[0].steps[3].by_day".into(), Problem::Order),
            ("calendars.json.calling_hours.default.span".into(), Problem::HoursTooWide),
            ("programs.json[0].cadence".into(), Problem::Unknown),
            ("programs.json[0].routes[1].teams[0]".into(), Problem::Unknown),
            ("programs.json[1].routes[0].teams[0]".into(), Problem::WrongKind),
            ("programs.json[2].mode".into(), Problem::NotGuarded),
            ("vendors.json[4].contract_major".into(), Problem::NoContract),
        ]
    );
}

#[test]
fn a_major_of_the_contract_that_nobody_speaks_is_refused() {
    let mut bad = seeds();
    bad.teams[4].contract_major = Some(2);
    assert_eq!(paths(&bad), []);
    bad.teams[4].contract_major = Some(3);
    assert_eq!(paths(&bad), [("vendors.json[4].contract_major".into(), Problem::UnknownContract)]);
}

#[test]
fn a_hand_up_names_its_model_and_is_a_persons() {
    let mut bad = seeds();
    bad.programs[0].remedies.not_working = RemedyRule { remedy: Remedy::HandUp, confirm: false, model: None };
    let found = [
        ("programs.json[0].remedies.not_working.confirm".into(), Problem::NeedsPerson),
        ("programs.json[0].remedies.not_working.model".into(), Problem::Empty),
    ];
    assert_eq!(paths(&bad), found);
}

#[test]
fn a_name_that_could_disclose_something_in_lower_case_is_refused() {
    let mut bad = seeds();
    bad.teams[0].id = "detox team".into();
    assert!(paths(&bad).contains(&("vendors.json[0].id".into(), Problem::NotNeutral)));
}

#[test]
fn outreach_is_never_delegated_to_a_team_of_the_payer() {
    let mut bad = seeds();
    bad.programs[2].routes[0].hand_over = HandOver::OutreachDelegated;
    assert_eq!(paths(&bad), [("programs.json[2].routes[0].hand_over".into(), Problem::NotDelegable)]);
}

#[test]
fn an_unknown_key_is_an_error() {
    let text = r#"{"id": "X", "version": 1, "steps": [], "close_on_day": 3, "colour": "blue"}"#;
    assert!(serde_json::from_str::<crate::outreach::cadence::Cadence>(text).is_err());
}

fn first_choice(
    seeds: &Catalogue,
    program: &Program,
    practice: Option<&str>,
    tried: &[&str],
) -> (Delivery, String) {
    let tried: Vec<_> = tried.iter().map(|id| (*id).into()).collect();
    let member = Locality { county: None, language: Some("en"), lob: LineOfBusiness::Medicaid, practice };
    let candidate = seeds.candidates(program, member, &tried).remove(0);
    (candidate.terms.delivery, candidate.team.as_str().to_owned())
}

#[test]
fn the_four_placements_are_data() {
    let seeds = seeds();
    let icm = seeds.program("ICM").unwrap();
    assert_eq!(first_choice(&seeds, icm, Some("PCP-1"), &[]), (Delivery::Embedded, "EMBEDDED-1".into()));
    assert_eq!(first_choice(&seeds, icm, Some("PCP-3"), &[]), (Delivery::Practice, "PRACTICE-1".into()));
    assert_eq!(first_choice(&seeds, icm, None, &[]), (Delivery::PayerTeam, "TEAM-NORTH".into()));
    let full = ["TEAM-NORTH", "TEAM-SOUTH"];
    assert_eq!(first_choice(&seeds, icm, None, &full), (Delivery::External, "VENDOR-1".into()));
}

#[test]
fn a_sandbox_never_gets_a_member() {
    let seeds = seeds();
    let member = Locality { county: None, language: None, lob: LineOfBusiness::Commercial, practice: None };
    let sandbox = seeds.team(&"SANDBOX-1".into()).unwrap();
    assert!(!sandbox.serves(member));
}

#[test]
fn a_program_for_other_lines_of_business_has_nobody_for_a_member() {
    let seeds = seeds();
    let mut icm = seeds.program("ICM").unwrap().clone();
    let of = |lob| Locality { county: None, language: Some("en"), lob, practice: None };
    icm.lines_of_business = vec![LineOfBusiness::Medicaid];
    assert!(!seeds.candidates(&icm, of(LineOfBusiness::Medicaid), &[]).is_empty());
    assert!(seeds.candidates(&icm, of(LineOfBusiness::Commercial), &[]).is_empty());
}

#[test]
fn the_intensive_cadence_goes_on_every_thirty_days_until_day_180() {
    let seeds = seeds();
    let intensive = seeds.cadence("INTENSIVE-180").unwrap();
    let days: Vec<u16> = (0..40).map_while(|n| intensive.step(n)).map(|step| step.from_day).collect();
    assert_eq!(days, [0, 1, 3, 7, 15, 15, 23, 60, 90, 120, 150]);
    assert_eq!(seeds.cadence("STANDARD").unwrap().step(8), None);
}
