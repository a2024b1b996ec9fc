//! What the writers write reads back as it was: parse(write(x)) = x over the claim versions that the format carries.

#![expect(clippy::unwrap_used, reason = "a broken round trip is a failed test")]

use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, Icd, IdScope, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_domain::money::Cents;
use icm_formats::{Item, ReadOptions, fhir, x12};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::ops::ControlFlow;

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9][A-Za-z0-9 .-]{0,18}[A-Za-z0-9]"
}

fn code(pattern: &'static str) -> impl Strategy<Value = Code> {
    pattern.prop_map(|text| Code::new(&text).unwrap())
}

fn day() -> impl Strategy<Value = Day> {
    (Day::from_ymd(1990, 1, 1).unwrap().count()..20_000).prop_map(Day::from_count)
}

fn cents() -> impl Strategy<Value = Cents> {
    prop_oneof![-10_000_000_i64..10_000_000, Just(0), Just(5)].prop_map(Cents)
}

fn span() -> impl Strategy<Value = (Day, Day)> {
    (day(), 0..40_i32).prop_map(|(from, days)| (from, from.plus(days)))
}

fn line(kind: ClaimKind) -> impl Strategy<Value = Line> {
    let facility = kind == ClaimKind::Institutional;
    let service =
        (option::of(code("[A-Z0-9]{5}")), vec(code("[A-Z0-9]{2}"), 0..4), option::of(code("[0-9]{11}")));
    let amounts = (option::of(cents()), option::of(cents()), option::of(cents()));
    let rest =
        (code("0[0-9]{3}"), code("[0-9]{2}"), option::of(span()), option::of("[1-9][0-9]{0,3}(\\.[1-9])?"));
    (service, amounts, rest, option::of(1_u16..90)).prop_map(move |(service, amounts, rest, days_supply)| {
        let (hcpcs, modifiers, ndc) = service;
        let (charge, allowed, paid) = amounts;
        let (rev, pos, span, units) = rest;
        Line {
            rev: facility.then_some(rev),
            hcpcs,
            modifiers: if hcpcs.is_some() { modifiers } else { Vec::new() },
            pos: (!facility).then_some(pos),
            ndc,
            from: span.map(|(from, _)| from),
            thru: span.map(|(_, thru)| thru),
            units: units.map(String::into_boxed_str),
            days_supply,
            charge,
            allowed,
            paid,
        }
    })
}

/// Claims with everything that both formats carry.
fn claim(kind: ClaimKind) -> impl Strategy<Value = ClaimVersion> {
    let names = (id(), option::of(id()), option::of(id()), option::of("[0-9]{10}"), option::of("[0-9]{10}"));
    let bill =
        (code("[1-8][1-9]"), code("[0-9A-P]"), option::of(code("[0-9]{2}")), option::of(code("[0-9]{3}")));
    let stay = (span(), option::of(day()), option::of(code("[1-9]")), option::of(code("[1-9A-F]")));
    let codes =
        (vec(code("[A-Z][0-9]{2}[A-Z0-9]{0,4}"), 0..30), any::<bool>(), vec(code("[0-9A-Z]{7}"), 0..14));
    let amounts = (option::of(cents()), option::of(cents()), option::of(cents()));
    (names, bill, stay, codes, amounts, vec(line(kind), 0..6)).prop_map(
        move |(names, bill, stay, codes, amounts, lines)| {
            let (claim_id, member, replaces, npi, facility) = names;
            let (bill, frequency, status, drg) = bill;
            let ((from, thru), admit, admit_type, admit_source) = stay;
            let mut claim =
                ClaimVersion::new(SourceId::from("s"), ClaimId::new(claim_id), kind, thru, (from, thru));
            claim.member_id = member.map(MemberId::new);
            claim.replaces = replaces.map(ClaimId::new);
            claim.billing_npi = npi.map(String::into_boxed_str);
            claim.facility = facility.map(String::into_boxed_str).or_else(|| claim.billing_npi.clone());
            claim.frequency = Some(frequency);
            if kind == ClaimKind::Institutional {
                claim.bill_type = Code::new(&format!("{}{}", bill.as_str(), frequency.as_str()));
                claim.admit = admit;
                (claim.admit_type, claim.admit_source) = (admit_type, admit_source);
                (claim.discharge_status, claim.drg) = (status, drg);
            }
            (claim.principal, claim.dx, claim.px) = (codes.1 && !codes.0.is_empty(), codes.0, codes.2);
            (claim.charge, claim.allowed, claim.paid) = amounts;
            claim.lines = lines;
            claim.action = action_of(claim.frequency, claim.bill_type);
            claim
        },
    )
}

fn any_claim() -> impl Strategy<Value = ClaimVersion> {
    prop_oneof![claim(ClaimKind::Institutional), claim(ClaimKind::Professional)]
}

/// Leaves out what an 837 does not carry.
fn as_bill(mut claim: ClaimVersion, encounter: bool, ninth: bool) -> ClaimVersion {
    claim.scope = IdScope::Provider;
    claim.state = if encounter { ClaimState::Encounter } else { ClaimState::Submitted };
    (claim.allowed, claim.paid) = (None, None);
    for line in &mut claim.lines {
        (line.allowed, line.paid, line.days_supply) = (None, None, None);
    }
    if ninth && !claim.dx.is_empty() {
        claim.dx.push(Code::new("4019").unwrap());
        claim.icd = Icd::Nine;
    }
    claim
}

/// Adds what an EOB carries beyond a bill.
fn as_eob(
    mut claim: ClaimVersion,
    state: ClaimState,
    days: (Day, Option<Day>),
    group: Option<String>,
) -> ClaimVersion {
    claim.state = state;
    claim.denial = (state == ClaimState::Denied).then_some(Denial::Eligibility);
    (claim.received, claim.effective) = days;
    claim.group = group.map(ClaimId::new);
    claim.control = claim.group.clone();
    claim.discharge = claim.admit.map(|admit| admit.plus(3));
    if state == ClaimState::Cancelled {
        claim.action = Action::Void;
    } else if claim.action == Action::Original && claim.replaces.is_some() {
        claim.action = Action::Replace;
    }
    claim
}

fn read(bytes: &[u8]) -> Vec<ClaimVersion> {
    let mut claims = Vec::new();
    let options = ReadOptions::new(SourceId::from("s"));
    let flow = icm_formats::read(&bytes, &options, &mut |item| {
        match item {
            Item::Fact { fact: Fact::Claim(claim), .. } => claims.push(*claim),
            Item::Fact { .. } | Item::Availability { .. } | Item::Problem(_) | Item::Ignored { .. } => {
                panic!("only claims were written")
            }
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
    claims
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn bills_come_back_as_they_were(claims in vec((any_claim(), any::<bool>(), any::<bool>()), 1..6), control in 0_u32..1_000_000) {
        let mut claims: Vec<_> =
            claims.into_iter().map(|(claim, encounter, ninth)| as_bill(claim, encounter, ninth)).collect();
        let mut written = Vec::new();
        let interchange = x12::Interchange { control, written: Day::from_ymd(2024, 1, 5).unwrap() };
        x12::write(&claims, interchange, &mut written).unwrap();
        // The writer sorts by kind and purpose; the order within is kept.
        claims.sort_by_key(|claim| (claim.kind, claim.state == ClaimState::Encounter));
        prop_assert_eq!(read(&written), claims);
    }

    #[test]
    fn explanations_of_benefit_come_back_as_they_were(
        claims in vec((any_claim(), 0_usize..5, day(), option::of(day()), option::of("[A-Z][0-9]{8}")), 1..6),
    ) {
        let states =
            [ClaimState::Paid, ClaimState::Denied, ClaimState::Pended, ClaimState::Encounter, ClaimState::Cancelled];
        let claims: Vec<_> = claims
            .into_iter()
            .map(|(claim, state, received, effective, group)| as_eob(claim, states[state], (received, effective), group))
            .collect();
        let mut written = Vec::new();
        fhir::write(&claims, &mut written).unwrap();
        prop_assert_eq!(read(&written), claims);
    }
}
