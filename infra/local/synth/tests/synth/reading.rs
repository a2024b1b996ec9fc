//! A plain reading of a member's claims, written apart from the rules of the domain: good enough to count by, and
//! independent of what it helps to test.

use icm_domain::claim::{Action, ClaimKind, ClaimState, ClaimVersion, Denial};
use icm_domain::day::{Day, Window};
use icm_domain::facts::LineOfBusiness;
use icm_synth::{Population, SyntheticMember};
use std::collections::BTreeSet;

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(crate) fn population(members: u64) -> Population {
    Population { members, seed: 42, months: 12, as_of: day("2026-06-30") }
}

/// The claims that stand at `as_of`: neither voided nor replaced, and not refused for want of a service.
pub(crate) fn standing(member: &SyntheticMember, as_of: Day) -> Vec<&ClaimVersion> {
    let known = || member.claims.iter().filter(move |claim| claim.received <= as_of);
    let gone: BTreeSet<_> = known().filter_map(|claim| claim.replaces.as_ref()).collect();
    known()
        .filter(|claim| claim.action != Action::Void && !gone.contains(&claim.claim_id))
        .filter(|claim| claim.state != ClaimState::Denied || claim.denial == Some(Denial::Other))
        .collect()
}

/// What a member used: emergency visits, unplanned stays, cost.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub(crate) lob: Option<LineOfBusiness>,
    pub(crate) adult: bool,
    pub(crate) story: bool,
    pub(crate) emergencies: Vec<Day>,
    pub(crate) stays: Vec<(Day, Day)>,
    pub(crate) allowed_cents: i64,
    pub(crate) lines: usize,
}

impl Usage {
    pub(crate) fn of(member: &SyntheticMember, as_of: Day) -> Self {
        let claims = standing(member, as_of);
        let stays = stays(&claims);
        let ended_at_home = |day: &Day| !stays.iter().any(|(from, thru)| day.plus(1) >= *from && day <= thru);
        let visits: BTreeSet<Day> = claims
            .iter()
            .filter(|claim| {
                claim.kind == ClaimKind::Institutional && claim.bill_is("13") && has_revenue(claim, "0450")
            })
            .map(|claim| claim.from)
            .filter(ended_at_home)
            .collect();
        Self {
            lob: member.coverage.first().map(|span| span.lob),
            adult: as_of.age_from(member.profile.birth.unwrap()) >= 18,
            story: member.story.is_some(),
            emergencies: visits.into_iter().collect(),
            allowed_cents: claims.iter().filter_map(|claim| claim.allowed).map(|cents| cents.0).sum(),
            stays,
            lines: member.lines(),
        }
    }

    pub(crate) fn stays_in(&self, window: Window) -> usize {
        self.stays.iter().filter(|stay| window.contains(stay.0)).count()
    }

    pub(crate) fn emergencies_in(&self, window: Window) -> usize {
        self.emergencies.iter().filter(|day| window.contains(**day)).count()
    }

    /// Whether one of the rules R1 to R5 is met (the others need more than dates).
    pub(crate) fn triggers(&self, as_of: Day) -> bool {
        let window = |days| Window::ending(as_of, days);
        let stays = |days| self.stays_in(window(days));
        let emergencies = |days| self.emergencies_in(window(days));
        let frequent = (emergencies(365) >= 6 && emergencies(90) >= 1) || emergencies(180) >= 5;
        self.adult
            && (stays(180) >= 2 || stays(365) >= 3 || frequent || (stays(180) >= 1 && emergencies(180) >= 3))
    }
}

fn has_revenue(claim: &ClaimVersion, revenue: &str) -> bool {
    claim.lines.iter().any(|line| line.rev.is_some_and(|code| code == *revenue))
}

/// Unplanned stays without births, merged over gaps of at most a day.
fn stays(claims: &[&ClaimVersion]) -> Vec<(Day, Day)> {
    let birth = |claim: &ClaimVersion| claim.dx.iter().any(|dx| dx.starts_with("O") || dx.starts_with("Z38"));
    let mut spans: Vec<(Day, Day)> = claims
        .iter()
        .filter(|claim| claim.bill_is("11") || (claim.bill_is("13") && has_revenue(claim, "0762")))
        .filter(|claim| !birth(claim) && claim.admit_type.is_none_or(|kind| kind != "3"))
        .map(|claim| (claim.from, claim.thru))
        .collect();
    spans.sort_unstable();
    let mut merged: Vec<(Day, Day)> = Vec::new();
    for (from, thru) in spans {
        match merged.last_mut() {
            Some(last) if from.since(last.1) <= 1 => last.1 = last.1.max(thru),
            Some(_) | None => merged.push((from, thru)),
        }
    }
    merged
}
