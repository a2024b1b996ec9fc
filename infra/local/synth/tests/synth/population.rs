//! What a population promises: the same from the same seed, in any order and in parts; everything that a payer
//! meets occurs; nothing impossible does.

use crate::reading::{Usage, day, population};
use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial};
use icm_domain::facts::{ConsentKind, Fact, LineOfBusiness, PreferenceKind, RosterStatus};
use icm_synth::{BLOCK, Population, STORIES, Story, SyntheticMember};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn facts(population: &Population, index: u64) -> Vec<Fact> {
    population.member(index).into_facts()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_member_is_the_same_wherever_it_is_made(seed: u64, index in 0_u64..5_000) {
        let whole = Population { seed, ..population(5_000) };
        let larger = Population { members: 1_000_000, ..whole };
        prop_assert_eq!(facts(&whole, index), facts(&larger, index));
        let part: Vec<_> = whole.range(index..index + 2).next().into_iter().flat_map(SyntheticMember::into_facts).collect();
        prop_assert_eq!(part, facts(&whole, index));
    }

    #[test]
    fn another_seed_makes_other_people(seed: u64, index in 0_u64..5_000) {
        let one = Population { seed, ..population(5_000) };
        let other = Population { seed: seed ^ 1, ..one };
        prop_assert_ne!(facts(&one, index), facts(&other, index));
    }

    #[test]
    fn nothing_impossible_happens(seed: u64, index in 0_u64..5_000, months in 1_u32..30) {
        let member = Population { seed, months, ..population(5_000) }.member(index);
        let ids: BTreeSet<_> = member.claims.iter().map(|claim| claim.claim_id.clone()).collect();
        prop_assert_eq!(ids.len(), member.claims.len());
        for claim in &member.claims {
            possible(&member, claim)?;
            prop_assert!(claim.replaces.as_ref().is_none_or(|id| ids.contains(id)));
        }
        for span in &member.coverage {
            prop_assert!(span.thru.is_none_or(|thru| span.from <= thru));
        }
        for row in &member.rosters {
            prop_assert!(row.contacts.iter().all(|contact| *contact <= row.as_of));
        }
    }

    #[test]
    fn every_block_tells_every_story_once(seed: u64, block in 0_u64..1_000) {
        let told: Vec<_> = (block * BLOCK..(block + 1) * BLOCK).filter_map(|index| Story::of(seed, index)).collect();
        let names: BTreeSet<_> = told.iter().map(|story| story.id).collect();
        prop_assert_eq!((told.len(), names.len()), (STORIES.len(), STORIES.len()));
    }
}

fn possible(member: &SyntheticMember, claim: &ClaimVersion) -> Result<(), TestCaseError> {
    prop_assert!(claim.from <= claim.thru, "from after thru");
    prop_assert!(claim.received >= claim.from, "received before the service");
    prop_assert!(member.profile.birth.is_some_and(|birth| birth <= claim.from), "before birth");
    prop_assert!(member.profile.death.is_none_or(|death| claim.from <= death), "after death");
    prop_assert!(!claim.lines.is_empty(), "no line");
    let allowed = claim.lines.iter().filter_map(|line| line.allowed).sum();
    prop_assert_eq!(claim.allowed, Some(allowed));
    prop_assert!(
        claim.paid <= claim.allowed && claim.allowed <= claim.charge,
        "paid over allowed over charged"
    );
    prop_assert_eq!(claim.member_id.as_ref(), Some(&member.id));
    Ok(())
}

#[test]
fn everything_that_a_payer_meets_occurs_in_two_thousand_members() {
    let population = population(2_000);
    let members: Vec<_> = population.iter().collect();
    let claims: Vec<_> = members.iter().flat_map(|member| &member.claims).collect();
    let any = |what: &str, found: bool| assert!(found, "no {what}");
    for (what, action) in [("replacement", Action::Replace), ("void", Action::Void)] {
        any(what, claims.iter().any(|claim| claim.action == action));
    }
    for state in [ClaimState::Paid, ClaimState::Denied, ClaimState::Pended, ClaimState::Encounter] {
        any("claim of a state", claims.iter().any(|claim| claim.state == state));
    }
    for denial in [Denial::Duplicate, Denial::Eligibility, Denial::NotRendered, Denial::Other] {
        any("denial of a kind", claims.iter().any(|claim| claim.denial == Some(denial)));
    }
    for kind in [ClaimKind::Institutional, ClaimKind::Professional, ClaimKind::Pharmacy] {
        any("claim of a kind", claims.iter().any(|claim| claim.kind == kind));
    }
    for bill in ["111", "112", "113", "114", "117", "118", "131", "211", "329", "651", "721", "811"] {
        any(bill, claims.iter().any(|claim| claim.bill_type.is_some_and(|code| code == *bill)));
    }
    for service in [
        "99490", "99492", "99493", "99496", "H0039", "H0040", "T1017", "H2015", "G0557", "G0299", "G0019",
        "H0038",
    ] {
        let billed = |claim: &&ClaimVersion| {
            claim.lines.iter().any(|line| line.hcpcs.is_some_and(|code| code == *service))
        };
        any(service, claims.iter().copied().any(|claim| billed(&claim)));
    }
    any("late claim", claims.iter().any(|claim| claim.received.since(claim.thru) > 365));
    any("claim not yet known", claims.iter().any(|claim| claim.received > population.as_of));
    any("Part 2 source", claims.iter().any(|claim| claim.part2 == Some(true)));
    any("coverage gap", members.iter().any(|member| member.coverage.len() == 2));
    any("reinstated gap", members.iter().any(|member| member.coverage.len() == 3));
    any("death", members.iter().any(|member| member.profile.death.is_some()));
    any("child", members.iter().any(|member| !Usage::of(member, population.as_of).adult));
}

#[test]
fn every_side_record_occurs_in_two_thousand_members() {
    let members: Vec<_> = population(2_000).iter().collect();
    let any = |what: &str, found: &dyn Fn(&SyntheticMember) -> bool| {
        assert!(members.iter().any(found), "no {what}");
    };
    for status in
        [RosterStatus::Enrolled, RosterStatus::Declined, RosterStatus::Unreachable, RosterStatus::Ended]
    {
        any("roster status", &|member| member.rosters.iter().any(|row| row.status == status));
    }
    any("unavailable program", &|member| member.rosters.iter().any(|row| !row.available));
    any("Part 2 consent", &|member| {
        member.consents.iter().any(|consent| consent.kind == ConsentKind::Part2Tpo)
    });
    let prefers = |member: &SyntheticMember, wanted: &dyn Fn(&PreferenceKind) -> bool| {
        member.preferences.iter().any(|preference| wanted(&preference.what))
    };
    any("do-not-contact", &|m| {
        prefers(m, &|what| matches!(what, PreferenceKind::DoNotContact { set: true }))
    });
    any("safe contact", &|m| prefers(m, &|what| matches!(what, PreferenceKind::SafeContact { .. })));
    any("text consent", &|m| prefers(m, &|what| matches!(what, PreferenceKind::ChannelConsent { .. })));
    any("earlier closure", &|member| !member.closures.is_empty());
    any("two phones", &|member| member.profile.phones.len() == 2);
    any("no phone", &|member| member.profile.phones.is_empty());
    for lob in [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial] {
        any("line of business", &|member| member.coverage.iter().any(|span| span.lob == lob));
    }
}

#[test]
fn the_stories_hold_on_every_day_of_the_year() {
    for offset in 0..366 {
        let as_of = day("2026-01-01").plus(offset);
        let population = Population { as_of, ..population(BLOCK) };
        let told = (0..BLOCK).filter(|index| {
            Story::of(population.seed, *index).is_some_and(|s| s.id == "two heart failure stays")
        });
        for index in told {
            let used = Usage::of(&population.member(index), as_of);
            assert_eq!((used.stays.len(), used.triggers(as_of)), (2, true), "as of {as_of}");
        }
    }
}
