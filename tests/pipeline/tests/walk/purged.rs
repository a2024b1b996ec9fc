//! An offer queue is purged in mid-run: the vendor has read nothing, and its clocks bring every offer again.

use crate::flow::Flow;
use icm_domain::ids::VendorId;
use icm_ports::Destination;
use icm_testkit::run;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Cases and deduplication keys of the offers that a vendor was sent.
fn offers(sent: &[Value]) -> BTreeSet<(String, String)> {
    let offers = sent.iter().filter(|message| message["type"] == "icm.referral.offered.v1");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    offers.map(|offer| (text(&offer["subject"]), text(&offer["dedupkey"]))).collect()
}

/// Days pass: clocks of cases, schedules, the relay's sweep.
fn days(flow: &Flow, days: u32) {
    for _ in 0..days {
        flow.later(24 * 60);
        flow.queue();
        run(flow.sweep_through(flow.world.open()));
    }
}

#[test]
fn everybody_is_offered_again_once_under_the_same_key_and_served_once() {
    let flow = Flow::new();
    let names = ["a", "b", "c", "d"];
    let offered: Vec<(_, VendorId)> = names.iter().map(|name| flow.offered(name)).collect();
    let vendor = offered[0].1.clone();
    assert!(offered.iter().all(|(_, to)| *to == vendor));
    let to = Destination::Vendor(vendor.clone());
    let first = offers(&flow.sent_to(&to));
    assert_eq!(first.len(), names.len());
    flow.world.state().sent.retain(|(held, _)| *held != to);
    // Two business days without a receipt, and a holiday.
    days(&flow, 4);
    assert_eq!(offers(&flow.sent_to(&to)), first, "every offer comes again, with its key");
    let again = flow.types_to(&to).iter().filter(|kind| *kind == "icm.referral.offered.v1").count();
    assert_eq!(again, names.len(), "each once");
    for name in names {
        for (sequence, kind) in [(1, "received"), (2, "accepted")] {
            flow.receive(Flow::reply(&vendor, name, sequence, kind, json!({})));
        }
        assert_eq!(flow.status(&Flow::member(name)), "VENDOR_ACCEPTED");
        flow.assert_log_explains(&Flow::member(name));
    }
    days(&flow, 5);
    let after = flow.types_to(&to).iter().filter(|kind| *kind == "icm.referral.offered.v1").count();
    assert_eq!(after, names.len(), "an accepted offer is not sent again");
}
