//! What happens to claims between the provider and the payer's files: lateness, replacements, voids, duplicates,
//! denials, and claims still pended.

use crate::biller::Biller;
use crate::codes::frequency;
use crate::coverage::covers;
use icm_domain::claim::{Action, ClaimState, ClaimVersion, Denial};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{Coverage, LineOfBusiness};
use icm_domain::money::Cents;

/// Sends every claim of the member on its way; `alive` is from birth to death.
pub(crate) fn travel(
    biller: &mut Biller<'_>,
    lob: LineOfBusiness,
    coverage: &[Coverage],
    alive: (Day, Option<Day>),
) {
    let claims = std::mem::take(&mut biller.claims);
    biller.claims = Vec::with_capacity(claims.len() + claims.len() / 12 + 1);
    for mut claim in claims {
        let alive = alive.0 <= claim.from && alive.1.is_none_or(|death| claim.from <= death);
        let covered = covers(coverage, claim.from);
        if !alive || (!covered && !biller.random.per_mille(80)) {
            continue;
        }
        if biller.random.per_mille(20) {
            claim.received = claim.received.plus(biller.random.between(45, 380));
        }
        if covered {
            adjudicate(biller, claim, lob);
        } else {
            deny(&mut claim, Denial::Eligibility);
            biller.claims.push(claim);
        }
    }
}

/// One draw in a thousand decides what becomes of a claim; eight in nine are simply paid.
fn adjudicate(biller: &mut Biller<'_>, mut claim: ClaimVersion, lob: LineOfBusiness) {
    match biller.random.below(1000) {
        0..=29 => replaced(biller, &claim),
        30..=41 => voided(biller, &claim),
        42..=53 => duplicated(biller, &claim),
        54..=89 => deny(&mut claim, Denial::Other),
        90..=93 => deny(&mut claim, Denial::NotRendered),
        94..=160 if lob == LineOfBusiness::Medicaid => capitated(&mut claim),
        94..=200 if claim.received > biller.as_of.plus(-12) => claim.state = ClaimState::Pended,
        _ => {}
    }
    biller.claims.push(claim);
}

fn deny(claim: &mut ClaimVersion, reason: Denial) {
    claim.state = ClaimState::Denied;
    claim.denial = Some(reason);
    pay_nothing(claim);
}

/// A capitated encounter: paid nothing, and that is no denial (CLAIM_FORMATS R7).
fn capitated(claim: &mut ClaimVersion) {
    claim.state = ClaimState::Encounter;
    pay_nothing(claim);
}

fn pay_nothing(claim: &mut ClaimVersion) {
    claim.paid = Some(Cents::ZERO);
    for line in &mut claim.lines {
        line.paid = Some(Cents::ZERO);
    }
}

fn replaced(biller: &mut Biller<'_>, claim: &ClaimVersion) {
    let after = biller.random.between(12, 90);
    let percent = i64::from(biller.random.between(75, 110));
    let mut next = changed(biller, claim, Action::Replace, after);
    scale(&mut next, percent);
    biller.claims.push(next);
}

/// Half of the voided claims are billed again, rightly this time, under a number of their own.
fn voided(biller: &mut Biller<'_>, claim: &ClaimVersion) {
    let after = biller.random.between(10, 110);
    let void = changed(biller, claim, Action::Void, after);
    if biller.random.per_mille(500) {
        let mut again = claim.clone();
        again.claim_id = biller.next_id();
        again.received = void.received.plus(biller.random.between(0, 20));
        biller.claims.push(again);
    }
    biller.claims.push(void);
}

/// The same bill sent twice under two numbers: the payer refuses the second.
fn duplicated(biller: &mut Biller<'_>, claim: &ClaimVersion) {
    let mut copy = claim.clone();
    copy.claim_id = biller.next_id();
    copy.received = claim.received.plus(biller.random.between(1, 25));
    deny(&mut copy, Denial::Duplicate);
    biller.claims.push(copy);
}

/// A version that changes `claim`: new number, frequency in its field and in the bill type (ruling 3).
pub(crate) fn changed(
    biller: &mut Biller<'_>,
    claim: &ClaimVersion,
    action: Action,
    days_later: i32,
) -> ClaimVersion {
    let mut next = claim.clone();
    next.claim_id = biller.next_id();
    next.replaces = Some(claim.claim_id.clone());
    next.received = claim.received.plus(days_later);
    next.action = action;
    let digit = if action == Action::Void { frequency::VOID } else { frequency::REPLACE };
    next.frequency = Some(digit);
    next.bill_type = claim.bill_type.and_then(|bill| with_frequency(bill, digit));
    next
}

/// The bill type with its last character replaced.
fn with_frequency(bill: Code, digit: Code) -> Option<Code> {
    let mut text = [0_u8; 3];
    for (to, from) in text.iter_mut().zip(bill.as_str().bytes().take(2).chain(digit.as_str().bytes())) {
        *to = from;
    }
    Code::new(std::str::from_utf8(&text).ok()?)
}

/// Puts every amount of a claim to `percent` of what it was.
fn scale(claim: &mut ClaimVersion, percent: i64) {
    let of = |amount: Option<Cents>| amount.map(|cents| Cents(cents.0 * percent / 100));
    for line in &mut claim.lines {
        line.allowed = of(line.allowed);
        line.paid = of(line.paid);
    }
    claim.allowed = Some(claim.lines.iter().filter_map(|line| line.allowed).sum());
    claim.paid = Some(claim.lines.iter().filter_map(|line| line.paid).sum());
}
