//! What stops release by itself: stale sources and a jump of identified members (DESIGN D12).

use crate::flow::{Flow, PROGRAM};
use axum::body::Body;
use http::Request;
use icm_casework::{freshness, rules};
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::ids::{ActorId, ProgramId};
use icm_ports::{Destination, RegistryKind};
use icm_testkit::run;
use serde_json::{Value, json};

/// Takes a source's word away.
fn forget(flow: &Flow, kind: &str) {
    let key = format!("{kind}#test");
    flow.world.state().registry.remove(&(RegistryKind::Watermark.id(), key.as_str().into()));
}

fn remember(flow: &Flow, kind: &str) {
    let through = flow.now().day();
    run(freshness::advance(&flow.world.open(), kind, "test", through, flow.now())).unwrap();
}

fn switches(flow: &Flow) -> Value {
    let (status, answer) = flow.request(Request::get("/v1/release").body(Body::empty()).unwrap());
    assert_eq!(status, 200);
    let programs = answer["programs"].as_array().unwrap().clone();
    programs.into_iter().find(|program| program["program"] == PROGRAM).unwrap()
}

#[test]
fn an_offer_waits_while_a_required_source_is_too_old_and_leaves_when_it_has_come() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    assert_eq!(flow.command(&member, "enrol", json!({})).0, 200);
    forget(&flow, "eligibility");
    flow.relay();
    let vendor = flow.case(&member).assignment.unwrap().vendor;
    assert_eq!(flow.types_to(&Destination::Vendor(vendor.clone())), Vec::<String>::new());
    assert_eq!(switches(&flow)["stale_sources"], json!(["eligibility"]));
    remember(&flow, "eligibility");
    assert_eq!(switches(&flow)["stale_sources"], json!([]));
    flow.later(20);
    run(flow.sweep_through(flow.world.open()));
    assert_eq!(flow.types_to(&Destination::Vendor(vendor)), ["icm.referral.offered.v1"]);
}

#[test]
fn a_recall_and_an_answer_leave_also_while_sources_are_stale() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    for (sequence, kind) in [(1, "received"), (2, "accepted")] {
        flow.receive(Flow::reply(&vendor, "m1", sequence, kind, json!({})));
    }
    forget(&flow, "claims");
    assert_eq!(flow.command(&member, "recall", json!({})).0, 200);
    flow.relay();
    let told = flow.types_to(&Destination::Vendor(vendor));
    assert!(told.contains(&"icm.referral.recalled.v1".to_owned()), "{told:?}");
    assert_eq!(told.iter().filter(|kind| *kind == "icm.reply.accepted.v1").count(), 2);
}

#[test]
fn a_source_is_never_taken_back_by_an_older_file() {
    let flow = Flow::new();
    forget(&flow, "claims");
    let today = flow.now().day();
    let advance =
        |day| run(freshness::advance(&flow.world.open(), "claims", "test", day, flow.now())).unwrap();
    advance(today);
    advance(today.plus(-30));
    let marks = run(freshness::watermarks(&flow.world.open())).unwrap();
    assert_eq!(marks["claims#test"].through, today);
}

/// Days with five identified members each, then one with sixty.
fn jumped() -> Flow {
    let flow = Flow::new();
    let program = ProgramId::new(PROGRAM);
    for day in 0..9 {
        let identified = if day < 8 { 5 } else { 60 };
        let today = flow.now().day();
        run(freshness::count(&flow.world.open(), &program, today, day, identified)).unwrap();
        flow.queue();
        if day < 8 {
            flow.later(24 * 60);
        }
    }
    flow
}

#[test]
fn a_jump_of_identified_members_stops_release_until_a_person_has_looked() {
    let flow = jumped();
    let trip = switches(&flow)["breaker"]["tripped"].clone();
    assert_eq!((trip["count"].as_u64(), trip["usual_hundredths"].as_u64()), (Some(60), Some(500)));
    let member = flow.called("m1");
    assert_eq!(flow.status(&member), "OUTREACH");
    assert_eq!(flow.types_to(&Destination::Outreach), Vec::<String>::new());
    let listed = || flow.request(Request::get("/v1/worklist").body(Body::empty()).unwrap()).1;
    let task = listed()["program_task"].clone();
    assert_eq!(
        (task["task"].as_str(), task["identified"].as_u64()),
        (Some("LOOK_AT_JUMP"), Some(60)),
        "{task}"
    );
    assert!(task["due"].as_str() > task["since"].as_str());
    let body = json!({"program": PROGRAM, "reason": "NEW_COUNTY_LOADED"}).to_string();
    let request = || Request::post("/v1/admin/breaker").body(Body::from(body.clone())).unwrap();
    assert_eq!(flow.request(request()).0, 200);
    // Nothing is stopped any more: a second word is about nothing.
    assert_eq!(flow.request(request()).0, 404);
    assert_eq!(listed()["program_task"], json!(null), "the task is done");
    assert!(flow.world.state().audit.values().any(|line| line.body.text.contains("CLEAR_BREAKER")));
    flow.queue();
    flow.later(20);
    run(flow.sweep_through(flow.world.open()));
    assert!(flow.types_to(&Destination::Outreach).contains(&"icm.outreach.task.v1".to_owned()));
}

/// Criteria of another version, in force from a day on, proposed and approved.
fn publish_from(flow: &Flow, from: Day) {
    let criteria = Criteria { version: "next".to_owned(), effective_from: Some(from), ..Criteria::default() };
    let (store, id) = (flow.world.open(), criteria.id.clone());
    run(rules::propose(&store, criteria, ActorId::new("ops:ann"), flow.now())).unwrap().unwrap();
    run(rules::approve(&store, (&id, "next"), ActorId::new("ops:bob"), flow.now())).unwrap().unwrap();
}

#[test]
fn other_criteria_begin_in_shadow_from_their_first_instant_on() {
    let flow = Flow::new();
    flow.queue();
    publish_from(&flow, flow.now().day().plus(1));
    flow.queue();
    flow.identified("m1");
    flow.queue();
    flow.relay();
    let sent = || flow.types_to(&Destination::Outreach).len();
    let before = sent();
    assert!(before > 0, "the criteria of today are those that people know");
    flow.later(24 * 60);
    let member = flow.identified("m2");
    // The relay is awake before the breaker has looked.
    run(flow.sweep_through(flow.world.open()));
    assert_eq!(sent(), before);
    flow.queue();
    flow.queue();
    flow.relay();
    assert_eq!((flow.status(&member), sent()), ("OUTREACH", before), "decided and recorded, not released");
    let listed = || flow.request(Request::get("/v1/worklist").body(Body::empty()).unwrap()).1;
    assert_eq!(listed()["program_task"]["task"], "LOOK_AT_CRITERIA");
    let body = json!({"program": PROGRAM, "reason": "LOOKED_AT"}).to_string();
    assert_eq!(flow.request(Request::post("/v1/admin/breaker").body(Body::from(body)).unwrap()).0, 200);
    flow.queue();
    flow.later(20);
    run(flow.sweep_through(flow.world.open()));
    assert!(sent() > before, "a person has looked");
    assert_eq!(listed()["program_task"], json!(null));
}
