//! The vendor board tells the clocks that the timers run: from the sending of an offer, by the member's own holidays.

use crate::access::{get, post};
use crate::flow::Flow;
use icm_domain::moment::Moment;
use icm_testkit::run;
use operations::{Identity, Lines, Role};
use serde_json::{Value, json};

fn everybody() -> Identity {
    Identity::staff("all", Role::ALL, Lines::All)
}

/// The one offer on the board.
fn offer(flow: &Flow) -> Value {
    let (status, text) = get(flow, &everybody(), "/v1/vendors");
    assert_eq!(status, 200, "{text}");
    let board: Value = serde_json::from_str(&text).unwrap();
    let offers =
        board["vendors"].as_array().unwrap().iter().flat_map(|vendor| vendor["offers"].as_array().unwrap());
    let offers: Vec<&Value> = offers.collect();
    assert_eq!(offers.len(), 1, "{text}");
    offers[0].clone()
}

fn moment(value: &Value) -> Moment {
    Moment::parse(value.as_str().unwrap()).unwrap()
}

#[test]
fn a_clock_on_the_board_counts_from_the_sending_and_fires_when_the_board_says() {
    let flow = Flow::new();
    let member = flow.consented("m1");
    let pause = |act: &str| {
        let body = json!({"scope": "all", "reason": "TEST"}).to_string();
        assert_eq!(post(&flow, &everybody(), &format!("/v1/admin/{act}"), &body).0, 200);
    };
    pause("pause");
    assert_eq!(flow.command(&member, "enrol", json!({})).0, 200);
    flow.relay();
    let held = offer(&flow);
    assert_eq!(
        (&held["sent"], &held["clock"], &held["late"]),
        (&Value::Null, &Value::Null, &json!(false)),
        "{held}"
    );
    let (_, page) = get(&flow, &everybody(), "/console/vendors");
    assert!(page.contains("no clock runs: the offer is held back"), "{page}");
    flow.later(6 * 60);
    pause("resume");
    for _ in 0..12 {
        flow.later(10);
        run(flow.sweep_through(flow.world.open()));
    }
    let sent = offer(&flow);
    assert!(moment(&sent["sent"]) >= moment(&sent["offered"]).plus_hours(6), "{sent}");
    assert_eq!(
        moment(&sent["runs_out"]),
        moment(&sent["sent"]).plus_hours(4),
        "warned after four hours: {sent}"
    );
    let left = moment(&sent["runs_out"]).since(flow.now()) / 60_000;
    flow.later(left - 1);
    flow.queue();
    assert!(!flow.case(&member).assignment.unwrap().warned, "a minute before");
    flow.later(70);
    flow.queue();
    assert!(flow.case(&member).assignment.unwrap().warned, "the timers warn when the board says so");
}
