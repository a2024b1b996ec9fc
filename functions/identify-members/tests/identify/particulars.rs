//! What lists show of a member, and what decides who may take the case, follows the facts, also when the decision stays.
#![expect(clippy::unwrap_used, reason = "a member or case that is not there has failed")]

use crate::support::{coverage, deliver, member, stay};
use icm_domain::day::Day;
use icm_domain::facts::{Fact, Profile};
use icm_testkit::{World, run};

fn lives_in(county: &str, received: &str) -> Fact {
    let received = Day::parse(received);
    Fact::Profile(Box::new(Profile { received, county: Some(county.into()), ..Profile::default() }))
}

fn listed(world: &World) -> (u64, Option<Box<str>>) {
    let state = world.state();
    let held = state.members.get(&member()).unwrap();
    (held.head.version.0, held.cases.get("ICM").unwrap().about.county.clone())
}

#[test]
fn a_county_told_after_the_case_was_opened_is_on_the_list_at_once_and_once() {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), stay("a", 20), stay("b", 60), stay("c", 100)]));
    let (opened, county) = listed(&world);
    assert_eq!(county, None);
    run(deliver(world.open(), vec![lives_in("COOK", "2024-09-01")]));
    let (told, county) = listed(&world);
    assert_eq!((told > opened, county.as_deref()), (true, Some("COOK")));
    run(deliver(world.open(), vec![lives_in("COOK", "2024-09-01")]));
    assert_eq!(listed(&world).0, told, "the same again changes nothing");
    run(deliver(world.open(), vec![lives_in("LAKE", "2024-09-20")]));
    assert_eq!(listed(&world).1.as_deref(), Some("LAKE"), "moved");
}
