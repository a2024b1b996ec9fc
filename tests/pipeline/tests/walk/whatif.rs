//! Criteria tried on everybody before they are published: asked for by a program owner, carried on by `review-due`, read
//! without names; nothing is changed by it (DESIGN D6).

use crate::access::{get, post};
use crate::flow::Flow;
use crate::publishing::{TABLES, facts_on, stricter};
use icm_casework::whatif;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::MemberId;
use icm_testkit::run;
use operations::{Identity, Lines, Role};
use review_due::{Review, handle};
use serde_json::{Value, json};

const PATH: &str = "/v1/criteria/whatif";

fn staff(role: Role, lines: Lines) -> Identity {
    Identity::staff("casey", [role], lines)
}

fn owner() -> Identity {
    staff(Role::ProgramOwner, Lines::All)
}

fn only(line: LineOfBusiness) -> Lines {
    Lines::Only([line].into())
}

/// Three members of Medicaid whom two stays identify, and one without any.
fn populated() -> Flow {
    let flow = Flow::new();
    for name in ["S7770001", "S7770002", "S7770003", "S7770004"] {
        let member = flow.identified(name);
        if name != "S7770004" {
            flow.tell(&member, &facts_on(flow.now().day()));
        }
    }
    flow
}

/// A run of `review-due`; members on whom criteria were tried.
fn step(flow: &Flow) -> u64 {
    let ports = flow.world.open();
    let review = Review {
        store: ports.clone(),
        queues: ports,
        clock: flow.clock.clone(),
        tables: TABLES.clone().into(),
    };
    run(handle(Value::Null, &review)).unwrap().tried
}

fn json_of((status, text): (u16, String), expected: u16) -> Value {
    assert_eq!(status, expected, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// Asks for a try of the stricter criteria; its path.
fn asked(flow: &Flow, who: &Identity) -> String {
    let body = json!({ "criteria": stricter() }).to_string();
    let job = json_of(post(flow, who, PATH, &body), 202);
    assert_eq!(job["state"], "WAITING");
    format!("{PATH}/{}", job["id"].as_str().unwrap())
}

#[test]
fn a_try_says_who_would_fall_out_and_why_and_changes_nothing() {
    let flow = populated();
    let path = asked(&flow, &owner());
    let before = format!("{:?}", flow.world.state().members);
    assert_eq!(asked(&flow, &owner()), path, "the same question is one job");
    assert_eq!(step(&flow), 4);
    let job = json_of(get(&flow, &owner(), &path), 200);
    assert_eq!(job["state"], "DONE");
    let counts = ["members", "identified", "identified_against", "enters", "leaves"].map(|name| &job[name]);
    assert_eq!(counts.map(|count| count.as_u64().unwrap()), [4, 3, 0, 0, 3]);
    assert!(job["why"][0]["why"].as_str().unwrap().contains("-R"), "{}", job["why"]);
    assert_eq!(job["why"][0]["members"], 3);
    assert_eq!(step(&flow), 0, "once");
    assert_eq!(format!("{:?}", flow.world.state().members), before, "nobody is decided by it");
}

#[test]
fn nobody_reads_a_try_over_lines_of_business_that_are_not_the_own() {
    let flow = populated();
    let everybody = asked(&flow, &owner());
    let commercial = staff(Role::ProgramOwner, only(LineOfBusiness::Commercial));
    let own = asked(&flow, &commercial);
    assert_ne!(own, everybody);
    step(&flow);
    step(&flow);
    assert_eq!(get(&flow, &commercial, &everybody).0, 404);
    assert_eq!(json_of(get(&flow, &commercial, PATH), 200)["jobs"].as_array().unwrap().len(), 1);
    assert_eq!(json_of(get(&flow, &commercial, &own), 200)["members"], 0, "the members are of Medicaid");
    let medicaid = staff(Role::ProgramOwner, only(LineOfBusiness::Medicaid));
    let third = asked(&flow, &medicaid);
    step(&flow);
    assert_eq!(json_of(get(&flow, &medicaid, &third), 200)["leaves"], 3);
}

#[test]
fn members_are_named_to_those_alone_who_may_see_members_and_it_is_written_down() {
    let flow = populated();
    let path = asked(&flow, &owner());
    step(&flow);
    let named = format!("{path}/members");
    assert_eq!(get(&flow, &owner(), &named).0, 403);
    let page = path.replace("/v1/", "/console/");
    for path in [&path, &page, &"/console/criteria".to_owned()] {
        let (status, text) = get(&flow, &owner(), path);
        assert_eq!(status, 200, "{text}");
        assert!(!text.contains("S777000"), "{path}");
    }
    let auditor = staff(Role::Auditor, Lines::All);
    let members = json_of(get(&flow, &auditor, &named), 200);
    assert_eq!(members["members"].as_array().unwrap().len(), 3);
    assert_eq!(members["members"][0]["now"], "IDENTIFIED_ICM");
    flow.later(1);
    assert!(get(&flow, &auditor, &page).1.contains("S7770001"));
    let day = format!("/v1/audit?day={}&act=READ_WHAT_IF", flow.now().day());
    let trail = json_of(get(&flow, &auditor, &day), 200);
    assert_eq!(trail["lines"].as_array().unwrap().len(), 2, "the API and the page");
    assert!(trail["lines"][0]["members"].as_array().unwrap().contains(&json!("S7770001")));
}

#[test]
fn a_publication_in_between_begins_the_count_anew_and_a_person_may_end_it() {
    let flow = populated();
    let path = asked(&flow, &owner());
    let id = path.rsplit('/').next().unwrap();
    let mut held = run(whatif::job(&flow.world.open(), id)).unwrap().unwrap();
    held.job.begin("what held yesterday".to_owned());
    held.job.tally.members = 99;
    held.job.after = Some("S7770003".into());
    run(whatif::keep(&flow.world.open(), &held)).unwrap();
    assert_eq!(step(&flow), 4);
    assert_eq!(json_of(get(&flow, &owner(), &path), 200)["members"], 4);
    flow.later(1);
    let second = asked(&flow, &owner());
    let stopped = json_of(post(&flow, &owner(), &format!("{second}/stop"), ""), 200);
    assert_eq!(stopped["state"], "STOPPED");
    assert_eq!(step(&flow), 0);
}

#[test]
fn a_step_that_somebody_else_has_done_counts_nobody_twice() {
    let flow = populated();
    asked(&flow, &owner());
    let jobs = || run(whatif::jobs(&flow.world.open())).unwrap();
    let outdated = jobs().remove(0);
    assert_eq!(step(&flow), 4);
    assert!(run(whatif::keep(&flow.world.open(), &outdated)).is_err(), "the outdated one is not written");
    let changes = run(whatif::changes(&flow.world.open(), &jobs()[0])).unwrap();
    assert_eq!(changes.keys().next(), Some(&MemberId::new("S7770001")));
    assert_eq!(jobs()[0].job.tally.members, 4);
}

#[test]
fn places_for_jobs_are_few_and_an_ended_one_makes_room() {
    let flow = populated();
    for number in 0..whatif::JOBS_MAX {
        let mut criteria = stricter();
        criteria.version = number.to_string();
        post(&flow, &owner(), PATH, &json!({ "criteria": criteria }).to_string());
    }
    let last = json!({ "criteria": stricter(), "as_of": "2026-06-01" }).to_string();
    assert_eq!(post(&flow, &owner(), PATH, &last).0, 409);
    assert_eq!(step(&flow), 4, "one job a run");
    assert_eq!(post(&flow, &owner(), PATH, &last).0, 202);
    let jobs = json_of(get(&flow, &owner(), PATH), 200);
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), usize::from(whatif::JOBS_MAX));
}

#[test]
fn what_cannot_be_tried_is_named() {
    let flow = populated();
    for (body, detail) in [
        (json!({}), "either criteria or a proposal"),
        (json!({ "criteria": { "windows": "long" } }), "criteria.windows"),
        (json!({ "criteria": { "id": " " } }), "criteria.id"),
        (json!({ "criteria": {}, "as_of": "2099-01-01" }), "as_of"),
    ] {
        let problem = json_of(post(&flow, &owner(), PATH, &body.to_string()), 400);
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
    let missing = json!({ "proposal": { "id": "icm-core", "version": "9" } }).to_string();
    assert_eq!(post(&flow, &owner(), PATH, &missing).0, 404);
}
