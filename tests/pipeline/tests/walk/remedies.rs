//! Our own service is held to the rules that others are held to: silent for too long, the program's remedy is proposed,
//! and done by a person's word or, where the program says so, by its own (FACTS §3.3).

use crate::flow::{Flow, catalogue, vendors};
use icm_domain::case::remedy::{Remedy, RemedyRule};
use icm_domain::ids::{MemberId, VendorId};
use icm_ports::Destination;
use serde_json::{Value, json};

const DAY: i64 = 24 * 60;

/// Served by the first vendor, and silent for as long as the terms allow and a day more.
fn silent(flow: &Flow) -> (MemberId, VendorId) {
    let (member, vendor) = flow.offered("m1");
    let replies: [(&str, Value); 2] = [("accepted", json!({})), ("enrolled", json!({"start": "2026-06-30"}))];
    for (sequence, (kind, data)) in (1..).zip(replies) {
        flow.receive(Flow::reply(&vendor, "m1", sequence, kind, data));
    }
    assert_eq!(flow.status(&member), "ACTIVE");
    flow.later(31 * DAY);
    flow.queue();
    (member, vendor)
}

/// Admitted anew, enrolled by the consent that stands, and offered to somebody else.
fn offered_on(flow: &Flow, member: &MemberId, before: &VendorId) {
    flow.queue();
    flow.relay();
    let next = flow.case(member).assignment.unwrap().vendor;
    assert_ne!(next, *before);
    assert!(flow.types_to(&Destination::Vendor(before.clone())).contains(&"icm.referral.recalled.v1".into()));
    assert_eq!(flow.types_to(&Destination::Vendor(next.clone())), ["icm.referral.offered.v1"]);
    assert_eq!([before.clone(), next], vendors()[..2]);
    flow.assert_log_explains(member);
}

#[test]
fn a_silent_service_is_offered_on_when_a_person_confirms_it() {
    let flow = Flow::new();
    let (member, vendor) = silent(&flow);
    let proposal = flow.case(&member).proposal.unwrap();
    assert_eq!((proposal.rule.remedy, proposal.rule.confirm), (Remedy::Reoffer, true), "as shipped");
    assert_eq!(flow.status(&member), "ACTIVE", "nothing happens without a person");
    assert_eq!(flow.command(&member, "review", json!({"verdict": "AS_PROPOSED"})).0, 200);
    offered_on(&flow, &member, &vendor);
}

#[test]
fn a_program_may_do_without_the_confirmation() {
    let mut shipped = catalogue();
    for program in &mut shipped.programs {
        program.remedies.dose_lapsed = RemedyRule { remedy: Remedy::Reoffer, confirm: false, model: None };
    }
    let flow = Flow::under(&shipped);
    let (member, vendor) = silent(&flow);
    offered_on(&flow, &member, &vendor);
}

#[test]
fn without_anybody_else_the_member_stays_where_the_service_is() {
    let mut shipped = catalogue();
    for program in &mut shipped.programs {
        program.remedies.dose_lapsed = RemedyRule { remedy: Remedy::Reoffer, confirm: false, model: None };
        for route in &mut program.routes {
            route.teams.truncate(1);
        }
    }
    let flow = Flow::under(&shipped);
    let (member, vendor) = silent(&flow);
    flow.queue();
    let case = flow.case(&member);
    assert_eq!((case.status.id(), case.assignment.unwrap().vendor), ("ACTIVE", vendor));
    assert!(case.proposal.is_some(), "a person still sees what the program would do");
}
