//! One case under the four delivery models of the seed study takes four routes, by program data alone (FACTS §4).

use crate::flow::{Flow, PROGRAM, catalogue, read};
use icm_domain::case::required::Participation;
use icm_domain::case::state::Delivery;
use icm_domain::facts::Profile;
use icm_domain::ids::VendorId;
use icm_ports::Destination;
use serde_json::json;

/// What leaves from enrolment on, under a route of the shipped program: kinds with their subject.
fn route(delivery: Delivery, practice: &str) -> Vec<String> {
    let mut shipped = catalogue();
    shipped.programs = read("programs.json");
    for program in &mut shipped.programs {
        program.routes.retain(|route| route.delivery == delivery);
    }
    let flow = Flow::under(&shipped);
    let attributed = Profile { pcp: Some(practice.into()), ..Profile::default() };
    let member = flow.identified_who("m1", Participation::Voluntary, attributed);
    flow.queue();
    flow.queue();
    flow.relay();
    let attempt = json!({"channel": "call", "outcome": "REACHED_MEMBER", "phone": "312-555-0100"});
    assert_eq!(flow.command(&member, "attempts", attempt).0, 200, "{delivery:?}");
    assert_eq!(flow.command(&member, "consent", json!({"scope": "ICM-1"})).0, 200);
    assert_eq!(flow.command(&member, "enrol", json!({})).0, 200);
    let plan = flow.case(&member).plan.unwrap();
    assert!(plan.tasks.iter().any(|task| task.closed_loop) && !plan.goals.is_empty(), "{delivery:?}");
    flow.relay();
    let team: VendorId = flow.case(&member).place.unwrap().team;
    let mut left: Vec<String> = flow.types_to(&Destination::Vendor(team));
    for message in flow.sent_to(&Destination::Outreach) {
        match message["type"].as_str().unwrap() {
            "icm.staff.task.v1" => left.push(message["data"]["task"].as_str().unwrap().to_owned()),
            "icm.notice.v1" => left.push(message["data"]["to"].as_str().unwrap().to_owned()),
            _ => {}
        }
    }
    flow.assert_log_explains(&member);
    left
}

#[test]
fn one_case_under_the_four_delivery_models_gives_four_routes() {
    assert_eq!(route(Delivery::PayerTeam, "PCP-9"), ["TAKE_MEMBER", "CARE_PLAN", "PCP"]);
    assert_eq!(route(Delivery::Embedded, "PCP-1"), ["EMBEDDED_TAKE_MEMBER", "CARE_PLAN", "PCP"]);
    let practice = route(Delivery::Practice, "PCP-3");
    assert_eq!(practice, ["icm.referral.offered.v1", "PCP"]);
    let external = route(Delivery::External, "PCP-9");
    assert_eq!(external, ["icm.referral.offered.v1", "PCP"]);
}

#[test]
fn a_task_of_the_care_plan_only_goes_forward() {
    let flow = Flow::new();
    let (member, _) = flow.offered("m1");
    let moves = |code: &str, status: &str| {
        flow.command(&member, "care-task", json!({"code": code, "status": status})).0
    };
    assert_eq!(moves("SOCIAL_NEED_REFERRAL", "SENT"), 200);
    assert_eq!(moves("SOCIAL_NEED_REFERRAL", "RECEIVED"), 200);
    assert_eq!(moves("SOCIAL_NEED_REFERRAL", "ACCEPTED"), 422, "a closed loop stays closed");
    assert_eq!(moves("MEDICATION_REVIEW", "SENT"), 422, "a task that is no referral is not sent");
    assert_eq!(moves("NO_SUCH_TASK", "RECEIVED"), 422);
    let request = http::Request::get(format!("/v1/cases/{}/{PROGRAM}", member.as_str()));
    let (_, case) = flow.request(request.body(axum::body::Body::empty()).unwrap());
    let (_, page) = crate::access::get(
        &flow,
        &operations::Identity::staff("all", operations::Role::ALL, operations::Lines::All),
        &format!("/console/members/{}", member.as_str()),
    );
    assert!(page.contains("Care plan") && page.contains("Medication review"), "{page}");
    assert!(page.contains("value=\"MEDICATION_REVIEW\"") && page.contains("Not to be had"), "{page}");
    let tasks = case["care_plan"]["tasks"].as_array().unwrap();
    let social = tasks.iter().find(|task| task["code"] == "SOCIAL_NEED_REFERRAL").unwrap();
    assert_eq!(social["status"], "RECEIVED");
    flow.assert_log_explains(&member);
}

#[test]
fn two_programs_that_release_at_the_same_time_do_not_both_call() {
    use icm_domain::case::transition::LedgerNote;
    let flow = Flow::new();
    let member = flow.called("m1");
    let ledger = flow.world.state().members[&member].head.ledger.clone();
    let reserved = |note: &&LedgerNote| matches!(note, LedgerNote::Reserved { .. });
    assert_eq!(ledger.iter().filter(reserved).count(), 1, "the touch stands in the ledger before it is made");
    let attempt = json!({"channel": "call", "outcome": "NO_ANSWER", "phone": "312-555-0100",
        "task": flow.case(&member).open_tasks[0].effect.as_str()});
    assert_eq!(flow.command(&member, "attempts", attempt).0, 200);
    let ledger = flow.world.state().members[&member].head.ledger.clone();
    assert!(matches!(ledger.as_slice(), [LedgerNote::Touch { .. }]), "one touch, no reservation: {ledger:?}");
}
