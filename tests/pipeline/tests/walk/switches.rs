//! Modes, pauses, caps, and a stream that is off.

use crate::flow::{Flow, PROGRAM};
use axum::body::Body;
use http::Request;
use icm_domain::program::definition::Mode;
use icm_ports::{Destination, EffectStatus};
use serde_json::{Value, json};

fn post(flow: &Flow, path: &str, body: &serde_json::Value) -> u16 {
    flow.request(Request::post(path).body(Body::from(body.to_string())).unwrap()).0
}

#[test]
fn in_shadow_nobody_is_admitted_and_nothing_is_sent() {
    let flow = Flow::new();
    flow.mode(Mode::Shadow, 100);
    let member = flow.called("m1");
    assert_eq!(flow.status(&member), "IDENTIFIED");
    assert!(flow.world.state().sent.is_empty());
}

#[test]
fn nothing_is_sent_while_paused_and_everything_after_resuming() {
    let flow = Flow::new();
    flow.identified("m1");
    flow.queue();
    flow.queue();
    let pause = json!({"scope": {"program": PROGRAM}, "reason": "DRILL"});
    assert_eq!(post(&flow, "/v1/admin/pause", &pause), 200);
    flow.relay();
    assert!(flow.world.state().sent.is_empty());
    assert_eq!(post(&flow, "/v1/admin/resume", &pause), 200);
    flow.later(20);
    icm_testkit::run(flow.sweep_through(flow.world.open()));
    assert_eq!(flow.sent_to(&Destination::Outreach).len(), 1);
    let lines = flow.request(Request::get("/v1/audit?day=2026-06-30").body(Body::empty()).unwrap()).1;
    let told: Vec<_> =
        lines["lines"].as_array().unwrap().iter().map(|line| (&line["act"], &line["outcome"])).collect();
    let (done, shown) = (json!("DONE"), Value::Null);
    let expected = [(json!("PAUSE"), &done), (json!("RESUME"), &done), (json!("READ_AUDIT"), &shown)];
    for (act, outcome) in &expected {
        assert_eq!(told.iter().filter(|line| **line == (act, *outcome)).count(), 1, "{act}: {lines}");
    }
    assert_eq!(told.len(), expected.len());
}

#[test]
fn the_daily_cap_holds_over_batches_and_the_rest_goes_tomorrow() {
    let flow = Flow::new();
    flow.mode(Mode::Live, 2);
    for at in 0..5 {
        flow.identified(&format!("m{at}"));
    }
    flow.queue();
    flow.queue();
    flow.relay();
    flow.relay();
    assert_eq!(flow.sent_to(&Destination::Outreach).len(), 2);
    // Tomorrow the windows of the held tasks are over: their cases plan anew, and two of those go.
    flow.later(24 * 60);
    icm_testkit::run(flow.sweep_through(flow.world.open()));
    flow.relay();
    assert_eq!(flow.sent_to(&Destination::Outreach).len(), 4);
}

#[test]
fn with_the_stream_off_the_sweep_alone_drains_the_outbox() {
    let flow = Flow::new();
    for at in 0..7 {
        flow.identified(&format!("m{at}"));
    }
    flow.queue();
    flow.queue();
    icm_testkit::run(flow.sweep_through(flow.world.open()));
    assert!(flow.world.state().sent.is_empty(), "the stream is given a minute");
    flow.later(2);
    icm_testkit::run(flow.sweep_through(flow.world.open()));
    assert_eq!(flow.sent_to(&Destination::Outreach).len(), 7);
}

#[test]
fn entries_that_the_queue_refused_are_sent_later_and_the_others_once() {
    let flow = Flow::new();
    for at in 0..4 {
        flow.identified(&format!("m{at}"));
    }
    flow.queue();
    flow.queue();
    flow.world.state().sends_failing = 2;
    assert_eq!(flow.relay().batch_item_failures.len(), 2);
    flow.later(5);
    flow.relay();
    let sent = flow.sent_to(&Destination::Outreach);
    assert_eq!(sent.len(), 4);
    let state = flow.world.state();
    let all_sent = state.members.values().flat_map(|member| member.effects.values());
    assert!(all_sent.into_iter().all(|effect| effect.status == EffectStatus::Sent));
}

#[test]
fn nobody_is_admitted_beyond_confirmed_capacity() {
    let flow = Flow::new();
    for cell in [
        json!({"team": "VENDOR-1", "county": null, "language": null, "lob": "MEDICAID"}),
        json!({"team": "VENDOR-2", "county": null, "language": null, "lob": null}),
    ] {
        assert_eq!(post(&flow, "/v1/admin/capacity", &json!({"place": cell, "points": 7})), 200);
    }
    for at in 0..9 {
        flow.identified(&format!("m{at}"));
    }
    flow.queue();
    flow.queue();
    flow.queue();
    assert_eq!(flow.taken(), 12);
    let admitted = (0..9).filter(|at| flow.status(&Flow::member(&format!("m{at}"))) == "OUTREACH").count();
    assert_eq!(admitted, 4);
    let waves = flow.world.state().registry.keys().filter(|(kind, _)| *kind == "wave").count();
    assert_eq!(waves, 1);
}
