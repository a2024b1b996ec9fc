//! Crash points: every port call of a handler, crashed before and after, failed and answered ambiguously; then the event
//! comes again. Nothing may be lost, and nothing may take effect twice (DESIGN §7).

use crate::flow::{Flow, faulty};
use icm_ports::{Destination, EffectStatus};
use icm_testkit::{Fault, Gate, Ports, run_until_stuck};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FAULTS: [Fault; 6] = [
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::Throttle,
    Fault::Unavailable,
    Fault::Ambiguous,
    Fault::Conflict,
];

/// For every call that an act makes, and every fault there: a world is prepared, the act meets the fault, and what became
/// of it is looked at. `after` is told where the fault was.
fn at_every_call<T>(
    faults: &[Fault],
    prepared: impl Fn() -> (Flow, T),
    act: impl Fn(&Flow, &T, Ports),
    after: impl Fn(Flow, T, &str),
) {
    let (flow, held) = prepared();
    let ports = flow.world.ports(Gate::open());
    act(&flow, &held, ports.clone());
    let calls = ports.gate.calls().len();
    assert!(calls > 3, "the act makes {calls} calls");
    for call in 0..calls {
        for fault in faults {
            let (flow, held) = prepared();
            act(&flow, &held, flow.world.ports(faulty(call, fault.clone())));
            after(flow, held, &format!("{fault:?} at {call}"));
        }
    }
}

#[test]
fn the_relay_loses_nothing_and_the_receiver_acts_once_per_key() {
    at_every_call(
        &FAULTS,
        || {
            let flow = Flow::new();
            let member = flow.identified("m1");
            flow.queue();
            flow.queue();
            flow.later(2);
            (flow, member)
        },
        |flow, _, ports| {
            run_until_stuck(flow.sweep_through(ports));
        },
        |flow, member, when| {
            // The lease of a crashed relay ends, and the sweep comes again.
            for _ in 0..3 {
                flow.later(3);
                run_until_stuck(flow.sweep_through(flow.world.open()));
            }
            let sent = flow.sent_to(&Destination::Outreach);
            let keys: BTreeSet<String> = sent.iter().map(|message| message["dedupkey"].to_string()).collect();
            assert_eq!(keys.len(), 1, "{when}: lost or doubled");
            let state = flow.world.state();
            let effects = &state.members.get(&member).unwrap().effects;
            assert!(effects.values().all(|held| held.status == EffectStatus::Sent), "{when}");
        },
    );
}

#[test]
fn a_reply_is_applied_once_and_answered_whatever_crashes() {
    at_every_call(
        &FAULTS,
        || {
            let flow = Flow::new();
            let (member, vendor) = flow.offered("m1");
            let event = Flow::reply(&vendor, "m1", 1, "accepted", json!({}));
            (flow, (member, vendor, event))
        },
        |flow, (_, _, event), ports| {
            run_until_stuck(flow.receive_through(event.clone(), ports));
        },
        |flow, (member, vendor, event), when| {
            flow.receive(event);
            flow.relay();
            assert_eq!(flow.status(&member), "VENDOR_ACCEPTED", "{when}");
            let answers = flow.types_to(&Destination::Vendor(vendor));
            let answers = answers.iter().filter(|kind| kind.starts_with("icm.reply.accepted")).count();
            assert_eq!(answers, 1, "{when}");
            flow.assert_log_explains(&member);
        },
    );
}

#[test]
fn a_refused_reply_is_answered_once_and_recorded_once_whatever_crashes() {
    at_every_call(
        &[Fault::CrashBefore, Fault::CrashAfter, Fault::Ambiguous],
        || {
            let flow = Flow::new();
            let (member, first) = flow.offered("m1");
            let other = crate::flow::vendors().into_iter().find(|vendor| *vendor != first).unwrap();
            let event = Flow::reply(&other, "m1", 1, "accepted", json!({}));
            let lines = flow.record(&member).lines;
            (flow, (member, other, event, lines))
        },
        |flow, (_, _, event, _), ports| {
            run_until_stuck(flow.receive_through(event.clone(), ports));
        },
        |flow, (member, other, event, lines), when| {
            flow.receive(event.clone());
            flow.receive(event);
            flow.relay();
            assert_eq!(flow.types_to(&Destination::Vendor(other)), ["icm.reply.rejected.v1"], "{when}");
            assert_eq!(flow.record(&member).lines, lines + 1, "{when}");
        },
    );
}

#[test]
fn an_admission_counts_its_place_once_whatever_crashes() {
    at_every_call(
        &FAULTS,
        || {
            let flow = Flow::new();
            let member = flow.identified("m1");
            (flow, member)
        },
        |flow, _, ports| {
            run_until_stuck(flow.queue_through(ports));
        },
        |flow, member, when| {
            for _ in 0..3 {
                flow.later(1);
                flow.queue();
            }
            assert_eq!(flow.status(&member), "OUTREACH", "{when}");
            assert_eq!(flow.taken(), 3, "{when}");
            assert_eq!(flow.case(&member).open_tasks.len(), 1, "{when}");
            flow.assert_log_explains(&member);
        },
    );
}

#[test]
fn a_command_stands_once_whatever_crashes() {
    use axum::body::Body;
    use http::Request;
    use tower::ServiceExt;
    let enrol = || {
        Request::post("/v1/cases/m1/ICM/enrol")
            .header("idempotency-key", "one")
            .body(Body::from("{}"))
            .unwrap()
    };
    at_every_call(
        &FAULTS,
        || {
            let flow = Flow::new();
            let member = flow.consented("m1");
            (flow, member)
        },
        |flow, _, ports| {
            run_until_stuck(flow.router(ports).oneshot(enrol()));
        },
        |flow, member, when| {
            let (status, _): (u16, Value) = flow.request(enrol());
            assert_eq!(status, 200, "{when}");
            flow.relay();
            let vendor = flow.case(&member).assignment.unwrap().vendor;
            assert_eq!(flow.types_to(&Destination::Vendor(vendor)).len(), 1, "{when}");
            flow.assert_log_explains(&member);
        },
    );
}
