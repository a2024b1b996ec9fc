//! What another system or an older case knows of a member's "no" stops a case that is open (FACTS §5.4, §6.3).
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use crate::support::{TODAY, coverage, deliver, member, stay};
use icm_domain::case::status::Status;
use icm_domain::facts::{Closure, ClosureKind, Fact};
use icm_ports::CaseRecord;
use icm_testkit::{World, run};

/// The case of a member who was identified before the closure was told.
fn after(kind: ClosureKind) -> CaseRecord {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), stay("a", 20), stay("b", 60), stay("c", 100)]));
    let open =
        |world: &World| world.state().members.get(&member()).unwrap().cases.values().next().cloned().unwrap();
    assert!(open(&world).case.is_open());
    let told = Closure { kind, date: TODAY.plus(-10), received: TODAY };
    run(deliver(world.open(), vec![Fact::Closure(told)]));
    open(&world)
}

#[test]
fn an_opt_out_told_later_ends_the_case_for_good() {
    for kind in [ClosureKind::OptOutPermanent, ClosureKind::DoNotContact] {
        let record = after(kind);
        assert!(record.case.contact.opted_out, "{kind:?}");
        assert!(!record.case.is_open(), "{kind:?}: {}", record.case.status.id());
    }
}

#[test]
fn a_cool_down_told_later_withdraws_a_case_that_was_never_contacted() {
    for kind in [ClosureKind::Declined, ClosureKind::DeclinedNotNow, ClosureKind::UnableToContact] {
        assert_eq!(after(kind).case.status, Status::Withdrawn, "{kind:?}");
    }
}
