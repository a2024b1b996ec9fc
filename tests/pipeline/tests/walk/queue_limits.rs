//! The queue keeps nobody for ever, and says of everybody why they wait (FACTS §6.4).

use crate::flow::{Flow, PROGRAM, catalogue};
use axum::body::Body;
use http::Request;
use icm_casework::standing::Board;
use icm_casework::waves;
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::required::Participation;
use icm_domain::case::state::Place;
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{Fact, Profile};
use icm_domain::ids::{CaseId, MemberId, ProgramId, VendorId};
use icm_domain::program::Catalogue;
use icm_domain::program::definition::Mode;
use icm_domain::queue::{AdmittedBy, Order, Standing, WaitReason, Wave, WaveRow};
use icm_ports::{Moment, Worklist};
use icm_testkit::run;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DAY: i64 = 24 * 60;
/// More than the places that there are.
const MEMBERS: usize = 10;
/// More rows than one look at a list brings.
const LONG_LINE: usize = 510;

/// A catalogue with a place for one with each of two teams, for members who speak `language` if one is named.
fn places_for_two(language: Option<&str>) -> Catalogue {
    let mut shipped = catalogue();
    for team in &mut shipped.teams {
        team.capacity.truncate(1);
        for row in &mut team.capacity {
            (row.county, row.language, row.lob, row.points) = (None, language.map(Into::into), None, 3);
        }
    }
    shipped
}

/// A program with places for two.
fn narrow() -> Flow {
    let flow = Flow::under(&places_for_two(None));
    for at in 0..MEMBERS {
        flow.identified(&format!("m{at}"));
    }
    flow.queue();
    flow.queue();
    flow
}

fn listed(flow: &Flow, status: &str) -> Vec<Value> {
    let path = format!("/v1/worklist?sort=priority&status={status}&program={PROGRAM}");
    let (code, answer) = flow.request(Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(code, 200, "{answer}");
    answer["rows"].as_array().unwrap().clone()
}

#[test]
fn every_row_that_waits_says_its_rank_and_why() {
    let flow = narrow();
    let waiting = listed(&flow, "QUEUED");
    assert_eq!(waiting.len(), MEMBERS - 2, "two have a place");
    let mut ranks: Vec<u64> = waiting
        .iter()
        .map(|row| {
            let stands = &row["standing"];
            assert_eq!(stands["reason"], "FULL", "{row}");
            assert_eq!(stands["draw"].as_str().unwrap().len(), 16);
            stands["rank"].as_u64().unwrap()
        })
        .collect();
    ranks.sort_unstable();
    ranks.dedup();
    assert_eq!(ranks.len(), waiting.len(), "one rank each");
    assert!(listed(&flow, "OUTREACH").iter().all(|row| row["standing"] == json!(null)));
}

fn kept(flow: &Flow) -> Vec<Wave> {
    run(waves::load(&flow.world.open(), &ProgramId::new(PROGRAM))).unwrap()
}

fn speaks_spanish(flow: &Flow, name: &str) -> MemberId {
    let who = Profile { language: Code::new("es"), ..Profile::default() };
    flow.identified_who(name, Participation::Voluntary, who)
}

#[test]
fn a_place_that_only_the_last_of_a_long_line_can_use_is_given() {
    let flow = Flow::under(&places_for_two(Some("es")));
    for at in 0..LONG_LINE {
        flow.identified(&format!("a{at:04}"));
    }
    let last = speaks_spanish(&flow, "z");
    while !run(flow.world.open().work(&ProgramId::new(PROGRAM), "IDENTIFIED", None, 1)).unwrap().is_empty() {
        flow.queue();
    }
    flow.queue();
    assert_eq!(flow.status(&last), "OUTREACH", "nobody before it speaks the language of the place");
    assert_eq!(flow.taken(), 3);
    assert_eq!(kept(&flow)[0].cases as usize, LONG_LINE + 1, "everybody was ranked");
}

#[test]
fn a_place_found_by_an_old_list_is_not_given_and_the_list_learns() {
    let flow = Flow::under(&places_for_two(Some("es")));
    let moved = speaks_spanish(&flow, "moved");
    flow.later(DAY);
    let other = speaks_spanish(&flow, "other");
    let english =
        Profile { received: Day::parse("2026-06-01"), language: Code::new("en"), ..Profile::default() };
    flow.tell(&moved, &[Fact::Profile(Box::new(english))]);
    flow.queue();
    flow.queue();
    assert_eq!((flow.status(&moved), flow.status(&other)), ("QUEUED", "OUTREACH"));
    assert_eq!(flow.record(&moved).about.language.as_deref(), Some("en"));
    assert_eq!(flow.taken(), 3, "no place is held for whom it does not fit");
}

/// A wave of so many rows, of which the first got a place.
fn wave_of(rows: u32, at: Moment) -> Wave {
    let row = |rank: u32| {
        let place = Place { team: VendorId::new("V"), county: None, language: None, lob: None };
        let standing = match rank {
            1 => Standing::Admitted { place, by: AdmittedBy::Order },
            _ => Standing::Waits { reason: WaitReason::Full, ahead: rank - 1, limit_reached: false },
        };
        WaveRow { case: CaseId::new(format!("c{rank:05}")), rank, draw: u64::from(rank), standing }
    };
    let rows: Vec<WaveRow> = (1..=rows).map(row).collect();
    Wave {
        at,
        order: Order::Priority,
        cases: u32::try_from(rows.len()).unwrap(),
        rows,
        capacities: Vec::new(),
        cut_off: Some(2),
    }
}

#[test]
fn a_wave_of_many_rows_is_kept_in_parts_and_read_as_one() {
    let flow = Flow::new();
    let (store, program) = (flow.world.open(), ProgramId::new(PROGRAM));
    let waves: Vec<Wave> = (0..12).map(|day| wave_of(2_500, flow.now().plus_hours(day * 24))).collect();
    for wave in &waves {
        run(waves::keep(&store, &program, wave, &BTreeMap::new())).unwrap();
    }
    assert!(run(waves::load(&store, &program)).unwrap() == waves);
    let largest = flow.world.state().registry.values().map(|record| record.body.text.len()).max().unwrap();
    assert!(largest < 300_000, "an item holds 400 KB: {largest}");
}

#[test]
fn a_later_wave_of_a_day_tells_who_got_a_place_and_who_is_new() {
    let flow = Flow::new();
    let (store, program) = (flow.world.open(), ProgramId::new(PROGRAM));
    let (first, later) = (wave_of(5, flow.now()), wave_of(6, flow.now().plus_hours(1)));
    let new = CaseId::new("c00006");
    let mut since: BTreeMap<&CaseId, Moment> =
        later.rows.iter().map(|row| (&row.case, flow.now().plus_hours(-1))).collect();
    since.insert(&new, flow.now().plus_millis(60_000));
    run(waves::keep(&store, &program, &first, &since)).unwrap();
    run(waves::keep(&store, &program, &later, &since)).unwrap();
    let kept = run(waves::load(&store, &program)).unwrap();
    let ranks = |wave: &Wave| wave.rows.iter().map(|row| row.rank).collect::<Vec<_>>();
    assert_eq!((ranks(&kept[0]), ranks(&kept[1])), (vec![1, 2, 3, 4, 5], vec![1, 6]));
    assert_eq!(kept[1].cases, 6, "how many were ranked stays known");
}

#[test]
fn a_board_of_many_rows_is_read_by_the_parts_that_are_asked_for() {
    let flow = Flow::new();
    let (store, program) = (flow.world.open(), ProgramId::new(PROGRAM));
    let wave = wave_of(2_500, flow.now());
    run(async {
        Board::default().keep(&store, &program, &wave).await.unwrap();
        let board = Board::read(&store, &program).await.unwrap();
        assert_eq!((board.waiting(), board.is_fresh(flow.now())), (2_500, true));
        let asked = [&wave.rows[7], &wave.rows[2_400]];
        let standings = board.of(&store, &program, asked.map(|row| &row.case)).await.unwrap().unwrap();
        let found: Vec<&WaveRow> = standings.rows.values().collect();
        assert_eq!(found, asked);
        // With so many, a board holds for an hour.
        board.keep(&store, &program, &wave_of(2_600, flow.now().plus_hours(0))).await.unwrap();
        assert_eq!(Board::read(&store, &program).await.unwrap(), board);
        board.keep(&store, &program, &wave_of(2_600, flow.now().plus_hours(1))).await.unwrap();
        assert_eq!(Board::read(&store, &program).await.unwrap().waiting(), 2_600);
    });
}

#[test]
fn each_wave_keeps_the_draw_of_everybody_and_the_cut_off() {
    let flow = narrow();
    let waves = kept(&flow);
    let [wave] = waves.as_slice() else { panic!("one wave has admitted somebody: {}", waves.len()) };
    let admitted = wave.rows.iter().filter(|row| matches!(row.standing, Standing::Admitted { .. })).count();
    assert_eq!((wave.rows.len(), admitted), (MEMBERS, 2));
    let draws: std::collections::BTreeSet<u64> = wave.rows.iter().map(|row| row.draw).collect();
    assert_eq!(draws.len(), MEMBERS, "each has a draw of its own");
    let first_refused =
        wave.rows.iter().find(|row| matches!(row.standing, Standing::Waits { .. })).map(|row| row.rank);
    assert_eq!(wave.cut_off, first_refused);
}

#[test]
fn within_sixty_days_everybody_is_admitted_or_before_a_person_with_the_reason_capacity() {
    let flow = narrow();
    for _ in 0..60 {
        flow.later(DAY);
        flow.queue();
    }
    let mut before_a_person = Vec::new();
    for at in 0..MEMBERS {
        let member = Flow::member(&format!("m{at}"));
        let case = flow.case(&member);
        if case.status.is_waiting() {
            assert_eq!(case.reviews, [ReviewReason::WaitedTooLong], "{}", case.status.id());
            before_a_person.push(member.clone());
        }
        flow.assert_log_explains(&member);
    }
    assert!(!before_a_person.is_empty(), "places for two cannot serve all in sixty days");
    let member = &before_a_person[0];
    let passed_on = json!({"reason": "CAPACITY", "next_model": "M6"});
    assert_eq!(flow.command(member, "close", passed_on).0, 200);
    let ending = flow.case(member).closed.unwrap().ending;
    assert_eq!(
        (ending.reason.id(), ending.next_model.map(icm_domain::facts::Model::id)),
        ("CAPACITY", Some("M6"))
    );
}

#[test]
fn a_call_that_the_cap_of_the_day_holds_back_takes_nothing_of_the_member_s_week() {
    use crate::crossings::days;
    use icm_ports::Destination;
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.mode(Mode::Live, 0);
    days(&flow, 4);
    let touches = || flow.world.state().members.get(&member).unwrap().head.ledger.len();
    assert_eq!(touches(), 0, "nobody called");
    flow.mode(Mode::Live, 100);
    for _ in 0..48 {
        flow.later(60);
        flow.queue();
        run(flow.sweep_through(flow.world.open()));
    }
    let sent = flow.types_to(&Destination::Outreach);
    assert!(sent.contains(&"icm.outreach.task.v1".to_owned()), "{sent:?}");
}
