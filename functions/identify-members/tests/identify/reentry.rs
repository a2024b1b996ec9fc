//! A member whose case has ended comes back by something new, by their own word or by a person's, never by a mere date
//! (FACTS §5.4, §6.1; FIELD §3.3).
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use crate::support::{TODAY, coverage, deliver, deliver_on, member, stay, void};
use icm_contract::pack;
use icm_domain::case::apply;
use icm_domain::case::effect::EffectKind;
use icm_domain::case::event::{CaseEvent, EventKind, OptOutScope, Verdict};
use icm_domain::case::next_step::Turn;
use icm_domain::case::reason::{CloseReason, Ending, ReviewReason};
use icm_domain::day::Day;
use icm_domain::facts::{
    Channel, Fact, Override, OverrideKind, Preference, PreferenceKind, Referral, ReferralSource,
};
use icm_domain::ids::ActorId;
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Attempt, NumberClass, Outcome};
use icm_ports::{CaseRecord, Commit, MemberCommit, MemberRead, Pack, PackKey};
use icm_testkit::{World, run};

/// The newest case.
fn case(world: &World) -> CaseRecord {
    world.state().members.get(&member()).unwrap().cases.get("ICM").unwrap().clone()
}

/// Tasks that name the question whether service begins anew.
fn questions(world: &World) -> usize {
    let state = world.state();
    let effects = state.members.get(&member()).unwrap().effects.values();
    let names = |what: &EffectKind| {
        matches!(what, EffectKind::InternalTask { review: Some(ReviewReason::Reentry), .. })
    };
    effects.filter(|held| held.case_id.is_some() && names(&held.effect.what)).count()
}

/// Whether the question stands on the worklist.
fn listed(world: &World) -> bool {
    let record = case(world);
    record.case.reviews == [ReviewReason::Reentry]
        && record.next.is_some_and(|step| step.turn() == Turn::Plan)
}

/// A member who was identified, and whose case ends today by this event of somebody.
fn ended(actor: &str, kind: EventKind) -> World {
    let world = World::new();
    run(deliver(world.open(), vec![coverage(), stay("a", 20), stay("b", 60), stay("c", 100)]));
    does(&world, actor, Moment::start_of(TODAY).plus_hours(15), kind);
    assert!(!case(&world).case.is_open());
    world
}

/// What somebody does to the newest case, committed as the API would.
fn does(world: &World, actor: &str, at: Moment, kind: EventKind) {
    let record = case(world);
    let key = format!("{actor} {at}").into();
    let event = CaseEvent { key, actor: ActorId::new(actor), occurred: at, recorded: at, kind };
    let transition = apply(&record.case, &event).unwrap();
    let packs = pack::encode(&member(), &transition.facts);
    let packs = packs.into_iter().map(|made| Pack {
        key: PackKey::new(made.key),
        bytes: made.bytes,
        expires: made.expires,
    });
    let packs: Vec<Pack> = packs.collect();
    let head = run(world.open().head(&member())).unwrap();
    let mut commit = Commit::of_head(member(), &head, head.clone());
    commit.add_transition(&record, &event, transition, packs, &[]);
    run(world.open().commit(&commit)).unwrap();
}

/// The moment at which the timer wakes the decision.
fn wakes(world: &World) -> Option<Moment> {
    run(world.open().head(&member())).unwrap().review
}

/// What a person answers in the afternoon of a later day; then the timer's message.
fn answered(world: &World, days: i32, verdict: Verdict) -> bool {
    let at = Moment::start_of(TODAY.plus(days)).plus_hours(15);
    does(world, "ops:bob", at, EventKind::Reviewed(verdict));
    assert_eq!(wakes(world), Some(at), "the answer is acted on at once");
    told(world, days + 1, vec![])
}

fn closed(actor: &str, reason: CloseReason) -> World {
    ended(actor, EventKind::Closed(Ending::of(reason)))
}

/// What is told on a later day; whether a case is open then.
fn told(world: &World, days: i32, facts: Vec<Fact>) -> bool {
    let answer = run(deliver_on(world.open(), TODAY.plus(days), facts));
    assert!(answer.batch_item_failures.is_empty());
    case(world).case.is_open()
}

fn referral(by: ReferralSource, days: i32) -> Vec<Fact> {
    vec![Fact::Referral(Referral { received: TODAY.plus(days), by, reason: "ASKED".into() })]
}

fn wish_fact(set: bool, received: Day) -> Fact {
    Fact::Preference(Preference { received, what: PreferenceKind::DoNotContact { set } })
}

fn wish(set: bool, received: Day) -> Vec<Fact> {
    vec![wish_fact(set, received)]
}

/// Outreach has ended without a conversation.
fn unreached() -> World {
    closed("ops:anna", CloseReason::UnableToContact)
}

#[test]
fn what_a_person_ended_is_asked_about_once_and_not_begun_anew_by_a_date() {
    for reason in [
        CloseReason::DataError,
        CloseReason::Capacity,
        CloseReason::TransferOtherProgram,
        CloseReason::DuplicateProgram,
        CloseReason::SafetyConcern,
        CloseReason::MovedOutOfArea,
    ] {
        let world = closed("ops:anna", reason);
        for days in [1, 2, 9, 30, 60] {
            assert!(!told(&world, days, vec![coverage()]), "{reason:?} after {days} days");
            assert_eq!(questions(&world), 1, "{reason:?} after {days} days");
        }
    }
}

#[test]
fn whoever_ends_a_case_wakes_the_decision_and_functions_do_not() {
    let world = closed("ops:anna", CloseReason::DataError);
    assert_eq!(wakes(&world), Some(Moment::start_of(TODAY).plus_hours(15)));
    assert!(!told(&world, 0, vec![]) && listed(&world), "asked by the timer alone, on the same day");
    let world = closed("system:identify-members", CloseReason::ClaimReversed);
    assert!(wakes(&world).is_none_or(|at| at > Moment::start_of(TODAY.plus(1))));
}

#[test]
fn what_is_left_ended_is_asked_afresh_after_a_quarter() {
    let world = closed("ops:anna", CloseReason::DataError);
    assert!(!told(&world, 1, vec![]) && listed(&world));
    assert!(!answered(&world, 3, Verdict::Continue));
    assert!(!listed(&world));
    let again = Moment::start_of(TODAY.plus(93));
    assert!(wakes(&world).is_some_and(|at| at <= again), "by the clock, not by the next message");
    for (days, asked) in [(20, 1), (60, 1), (92, 1), (93, 2), (94, 2)] {
        assert!(!told(&world, days, vec![stay("old", 100)]));
        assert_eq!(questions(&world), asked, "after {days} days");
    }
}

#[test]
fn what_a_person_begins_anew_is_another_case_linked_to_the_old() {
    for days in [0, 3] {
        let world = closed("ops:anna", CloseReason::SafetyConcern);
        assert!(!told(&world, days, vec![]));
        let before = case(&world).case.id;
        assert!(answered(&world, days, Verdict::Requeue), "answered after {days} days");
        assert_eq!(case(&world).case.previous, Some(before));
    }
}

#[test]
fn a_question_ends_when_the_member_wants_no_contact_or_is_not_identified_any_more() {
    for ends in [vec![wish_fact(true, TODAY.plus(2))], vec![void("a", 20), void("b", 60), void("c", 100)]] {
        let world = closed("ops:anna", CloseReason::DataError);
        assert!(!told(&world, 1, vec![]) && listed(&world));
        assert!(!told(&world, 2, ends));
        assert!(!listed(&world) && case(&world).next.is_none());
    }
}

#[test]
fn a_member_reached_after_the_end_is_served_once_a_person_says_so_and_left_in_peace_until_then() {
    let world = unreached();
    let before = case(&world).case.id;
    let call = Attempt {
        task: None,
        at: Moment::start_of(TODAY).plus_hours(14),
        channel: Channel::Call,
        number_class: NumberClass::Mobile,
        phone: None,
        outcome: Outcome::ReachedMember,
        call_back: None,
    };
    does(&world, "ops:dialler", Moment::start_of(TODAY).plus_hours(16), EventKind::AttemptRecorded(call));
    assert_eq!(case(&world).case.reviews, [ReviewReason::ReachedAfterEnd]);
    assert!(!told(&world, 2, vec![coverage()]), "the cool-down stands until a person has decided");
    assert!(answered(&world, 3, Verdict::Requeue));
    assert_eq!(case(&world).case.previous, Some(before));
}

#[test]
fn a_member_whom_nobody_could_reach_is_served_when_they_ask_on_the_same_day() {
    assert!(told(&unreached(), 0, referral(ReferralSource::Member, 0)));
    assert!(!told(&unreached(), 0, referral(ReferralSource::Provider, 0)), "not another's to lift");
}

#[test]
fn a_stay_after_the_end_begins_anew_unless_staff_were_not_safe() {
    for (reason, anew) in [(CloseReason::DataError, true), (CloseReason::SafetyConcern, false)] {
        let world = closed("ops:anna", reason);
        let before = case(&world).case.id;
        assert_eq!(told(&world, 12, vec![stay("d", -3)]), anew, "{reason:?}");
        assert_eq!(case(&world).case.previous, anew.then_some(before), "{reason:?}");
    }
}

#[test]
fn whoever_is_referred_or_included_after_the_end_gets_a_case_linked_to_the_old() {
    let include = Override {
        received: TODAY.plus(2),
        what: OverrideKind::Include,
        reason: "CLINICAL_JUDGEMENT".into(),
        until: TODAY.plus(60),
        by: ActorId::new("ops:anna"),
    };
    for word in [referral(ReferralSource::Provider, 2), vec![Fact::Override(include)]] {
        let world = closed("ops:anna", CloseReason::SafetyConcern);
        let before = case(&world).case.id;
        assert!(told(&world, 2, word));
        assert_eq!(case(&world).case.previous, Some(before));
    }
}

#[test]
fn whoever_is_referred_without_a_trigger_gets_a_case_too() {
    let world = World::new();
    run(deliver(world.open(), vec![coverage()]));
    assert!(told(&world, 1, referral(ReferralSource::Provider, 1)));
    assert_eq!(case(&world).case.priority.waiting_since, TODAY.plus(1));
}

#[test]
fn what_facts_ended_facts_begin_anew() {
    let world = closed("system:identify-members", CloseReason::ClaimReversed);
    assert!(told(&world, 12, vec![stay("d", -3)]));
    assert_eq!(questions(&world), 0);
}

#[test]
fn an_opt_out_is_lifted_by_the_member_alone_and_by_a_younger_word_alone() {
    let program = || ended("ops:anna", EventKind::OptedOut(OptOutScope::Program));
    let world = program();
    assert!(!told(&world, 1, referral(ReferralSource::Provider, 1)), "not another's to lift");
    assert!(!told(&world, 1, referral(ReferralSource::Member, 0)), "not by an older word");
    assert!(!told(&world, 1, wish(false, TODAY.plus(1))), "the records are separate");
    let before = case(&world).case.id;
    assert!(told(&world, 2, referral(ReferralSource::Member, 2)));
    let record = case(&world);
    assert_eq!(record.case.previous, Some(before));
    assert!(!record.case.contact.opted_out);

    // Asked for before anybody decided again: the outcome stands, the member is served all the same.
    assert!(told(&program(), 1, referral(ReferralSource::Member, 1)));
}

#[test]
fn do_not_contact_ends_when_the_member_lifts_it_and_stands_again_when_said_again() {
    let world = ended("ops:anna", EventKind::OptedOut(OptOutScope::PlanWide));
    assert!(!told(&world, 1, vec![coverage()]));
    assert!(!told(&world, 2, referral(ReferralSource::Member, 2)), "nobody may be contacted still");
    assert!(told(&world, 3, wish(false, TODAY.plus(3))));
    assert!(!told(&world, 4, wish(true, TODAY.plus(4))), "and the next no counts again");
}

#[test]
fn a_cool_down_ends_when_the_member_asks() {
    for not_now in [true, false] {
        let world = ended("ops:anna", EventKind::ProgramDeclined { not_now });
        assert!(!told(&world, 1, vec![coverage()]));
        assert!(!told(&world, 20, referral(ReferralSource::Provider, 20)));
        assert!(told(&world, 30, referral(ReferralSource::Member, 30)));
    }
}
