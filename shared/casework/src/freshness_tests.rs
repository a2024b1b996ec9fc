//! The breaker as a machine, and which sources are too old.

use super::{Breaker, COUNT_MIN, Cause, Cleared, DAYS_MIN, Watermark, Watermarks, stale};
use icm_domain::day::Day;
use icm_domain::ids::ActorId;
use icm_domain::moment::Moment;
use icm_domain::program::definition::{Program, SourceNeed};

fn day(count: i32) -> Day {
    Day::from_count(20_000 + count)
}

fn now() -> Moment {
    Moment::start_of(day(0))
}

/// A breaker that has seen so many days of so many members.
fn after(days: u32, count: u64) -> Breaker {
    let mut breaker = Breaker::new(day(0));
    for _ in 0..days {
        breaker.close(count);
    }
    breaker
}

#[test]
fn a_jump_trips_and_what_is_usual_does_not() {
    assert!(!after(DAYS_MIN, 100).judge(150, 50, now()));
    assert!(after(DAYS_MIN, 100).judge(151, 50, now()));
    assert!(after(DAYS_MIN, 100).judge(151, 50, now()));
    // A small program: two instead of one is no jump.
    assert!(!after(DAYS_MIN, 1).judge(COUNT_MIN - 1, 50, now()));
    assert!(after(DAYS_MIN, 1).judge(COUNT_MIN, 50, now()));
}

#[test]
fn a_new_store_fills_at_once_without_a_trip() {
    assert!(!after(0, 0).judge(1_000_000, 50, now()));
    assert!(!after(DAYS_MIN - 1, 1).judge(1_000_000, 50, now()));
}

#[test]
fn it_stays_tripped_until_a_person_has_looked_and_then_the_day_may_stand() {
    let mut breaker = after(DAYS_MIN, 100);
    assert!(breaker.judge(400, 50, now()));
    assert!(!breaker.judge(500, 50, now()));
    let trip = breaker.tripped.clone().unwrap();
    assert_eq!((trip.count, trip.usual_hundredths), (400, 10_000));
    breaker.tripped = None;
    breaker.cleared = Some(Cleared { day: breaker.day, by: ActorId::new("ops:a"), at: now() });
    assert!(!breaker.judge(900, 50, now()));
    // The next day is judged again.
    breaker.close(900);
    assert!(breaker.judge(900, 50, now()));
}

#[test]
fn other_criteria_that_came_during_a_jump_stop_release_when_the_jump_is_cleared() {
    let mut breaker = after(DAYS_MIN, 100);
    assert!(!breaker.under("one", 0, now()));
    assert!(breaker.judge(400, 50, now()));
    assert!(!breaker.under("two", 400, now()), "it is stopped already");
    breaker.tripped = None;
    assert!(!breaker.knows("two"), "nothing leaves between the word and the next look");
    assert!(breaker.under("two", 400, now()));
    assert_eq!(breaker.tripped.as_ref().map(|trip| trip.cause), Some(Cause::Criteria));
    breaker.tripped = None;
    assert!(breaker.knows("two") && !breaker.under("two", 400, now()));
}

#[test]
fn a_day_that_tripped_does_not_become_usual() {
    let mut breaker = after(DAYS_MIN, 100);
    assert!(breaker.judge(4_000, 50, now()));
    breaker.close(4_000);
    assert_eq!(breaker.usual_hundredths, 10_000);
}

fn program(needs: &[(&str, u16)]) -> Program {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/programs/programs.json");
    let all: Vec<Program> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut program = all.into_iter().next().unwrap();
    program.required_sources =
        needs.iter().map(|(kind, days)| SourceNeed { kind: (*kind).into(), days_old_max: *days }).collect();
    program
}

#[test]
fn a_source_is_too_old_after_its_days_and_when_it_never_came() {
    let mark = |through: i32| Watermark { through: day(through), at: now() };
    let mut marks = Watermarks::new();
    let wanted = program(&[("claims", 35), ("eligibility", 35), ("rosters#acme", 45)]);
    assert_eq!(stale(&wanted, &marks, day(0)), ["claims", "eligibility", "rosters#acme"]);
    marks.insert("claims#one".into(), mark(-35));
    marks.insert("claims#two".into(), mark(-90));
    marks.insert("eligibility#plan".into(), mark(-36));
    marks.insert("rosters#other".into(), mark(0));
    assert_eq!(stale(&wanted, &marks, day(0)), ["eligibility", "rosters#acme"]);
    assert_eq!(stale(&wanted, &marks, day(1)), ["claims", "eligibility", "rosters#acme"]);
}
