//! After the end of a case: a late result of a call is a question on the worklist, on the member's page and in a task of
//! staff, and a person answers it there.

use crate::access::{get, post};
use crate::flow::{Flow, PROGRAM};
use icm_domain::facts::{ClosureKind, Fact, Referral, ReferralSource};
use icm_domain::ids::MemberId;
use icm_ports::Destination;
use operations::{Identity, Lines, Role};
use serde_json::{Value, json};

fn anna() -> Identity {
    Identity::staff("anna", [Role::Supervisor], Lines::All)
}

/// Called, and given up because nobody could be reached; then the dialler tells that somebody was.
fn reached_late(flow: &Flow) -> MemberId {
    let member = flow.called("m1");
    assert_eq!(flow.command(&member, "close", json!({"reason": "UNABLE_TO_CONTACT"})).0, 200);
    assert_eq!(flow.status(&member), "UNABLE_TO_CONTACT");
    let call = json!({"channel": "call", "outcome": "REACHED_MEMBER", "phone": "312-555-0100"});
    flow.later(5);
    assert_eq!(flow.command(&member, "attempts", call).0, 200);
    member
}

fn plan_rows(flow: &Flow) -> Vec<Value> {
    let list: Value = serde_json::from_str(&get(flow, &anna(), "/v1/worklist?turn=PLAN").1).unwrap();
    list["rows"].as_array().unwrap().clone()
}

/// What staff are asked to decide, of all tasks that left.
fn asked_of_staff(flow: &Flow) -> Vec<Value> {
    flow.relay();
    let sent = flow.sent_to(&Destination::Outreach);
    let tasks = sent.iter().filter(|message| message["type"] == "icm.staff.task.v1");
    tasks.map(|message| message["data"]["review"].clone()).filter(Value::is_string).collect()
}

#[test]
fn whoever_is_reached_after_the_end_stands_on_the_worklist_by_name_and_nobody_calls() {
    let flow = Flow::new();
    let member = reached_late(&flow);
    let rows = plan_rows(&flow);
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["member_id"], &rows[0]["step"]), (&json!("m1"), &json!("REVIEW")));
    assert_eq!(rows[0]["reviews"], json!(["REACHED_AFTER_END"]));
    assert_eq!(asked_of_staff(&flow), [json!("REACHED_AFTER_END")]);
    let (_, list) = get(&flow, &anna(), "/console/worklist");
    assert!(list.contains("nobody could reach the member, and now somebody has"), "{list}");
    let (_, page) = get(&flow, &anna(), "/console/members/m1");
    assert!(
        page.contains("Begin anew")
            && page.contains("Leave it ended")
            && page.contains("The member declines")
    );
    let tasks =
        || flow.types_to(&Destination::Outreach).iter().filter(|of| *of == "icm.outreach.task.v1").count();
    let before = tasks();
    for _ in 0..5 {
        flow.later(24 * 60);
        flow.queue();
        flow.relay();
    }
    assert_eq!((tasks(), flow.status(&member)), (before, "UNABLE_TO_CONTACT"));
}

#[test]
fn the_answer_is_given_on_the_page_and_begins_anew_or_leaves_it() {
    for (verdict, own_word) in [("REQUEUE", 1), ("CONTINUE", 0)] {
        let flow = Flow::new();
        let member = reached_late(&flow);
        let version = flow.record(&member).lines;
        let form = format!("key=k-{verdict}&version={version}&verdict={verdict}");
        let path = format!("/console/members/m1/{PROGRAM}/review");
        assert_eq!(post(&flow, &anna(), &path, &form).0, 303);
        assert_eq!(plan_rows(&flow), Vec::<Value>::new());
        let referrals = flow
            .facts_of(&member)
            .into_iter()
            .filter(|fact| matches!(fact, Fact::Referral(Referral { by: ReferralSource::Member, .. })));
        assert_eq!(referrals.count(), own_word, "{verdict}");
        flow.assert_log_explains(&member);
        assert_eq!(flow.command(&member, "review", json!({"verdict": verdict})).0, 422, "it is answered");
    }
}

#[test]
fn a_no_on_the_phone_after_the_end_is_taken_down_as_one() {
    let flow = Flow::new();
    let member = reached_late(&flow);
    assert_eq!(flow.command(&member, "decline", json!({"not_now": true})).0, 200);
    assert_eq!(plan_rows(&flow), Vec::<Value>::new());
    let closed = flow.case(&member).closed.unwrap();
    assert_eq!(closed.closure, Some(ClosureKind::DeclinedNotNow));
}

#[test]
fn a_member_who_calls_on_the_day_of_the_end_is_not_told_to_call_tomorrow() {
    let flow = Flow::new();
    let member = flow.identified("m1");
    flow.queue();
    assert_eq!(flow.command(&member, "close", json!({"reason": "UNABLE_TO_CONTACT"})).0, 200);
    let path = "/v1/members/m1/referrals";
    let (status, answer) =
        post(&flow, &anna(), path, &json!({"by": "member", "reason": "ASKED"}).to_string());
    assert_eq!(status, 202, "{answer}");
}
