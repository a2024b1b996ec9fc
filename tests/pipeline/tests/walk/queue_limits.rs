//! The queue keeps nobody for ever, and says of everybody why they wait (FACTS §6.4).

use crate::flow::{Flow, PROGRAM, catalogue};
use axum::body::Body;
use http::Request;
use icm_domain::case::reason::ReviewReason;
use icm_domain::queue::{Standing, Wave};
use icm_ports::RegistryKind;
use serde_json::{Value, json};

const DAY: i64 = 24 * 60;
/// More than the places that there are.
const MEMBERS: usize = 6;

/// A program with places for two.
fn narrow() -> Flow {
    let mut shipped = catalogue();
    for team in &mut shipped.teams {
        team.capacity.truncate(1);
        for row in &mut team.capacity {
            (row.county, row.language, row.lob, row.points) = (None, None, None, 3);
        }
    }
    let flow = Flow::under(&shipped);
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

#[test]
fn each_wave_keeps_the_draw_of_everybody_and_the_cut_off() {
    let flow = narrow();
    let state = flow.world.state();
    let waves: Vec<Wave> = state
        .registry
        .iter()
        .filter(|((kind, _), _)| *kind == RegistryKind::Wave.id())
        .map(|(_, record)| serde_json::from_str(&record.body.text).unwrap())
        .collect();
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
