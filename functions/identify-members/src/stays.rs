//! Stays as claims tell them, for those who serve the member.

use icm_domain::claim::{ClaimKind, ClaimVersion};
use icm_domain::day::Day;
use icm_domain::decision::{LeftOut, Policy, View, is_part2, settled};
use icm_domain::facts::{ConsentKind, MemberFacts};
use icm_domain::tables::Marks;
use icm_domain::utilization::Stay;

/// Days after its end for which a claim's stay is told to whoever serves the member: institutional claims are about
/// complete after three months (FACTS §1.1), and what comes later concerns nobody's next two business days.
const TOLD_DAYS: i32 = 90;

/// A stay that claims tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StayTold {
    /// First day.
    pub admit: Day,
    /// Day of discharge; none: still a patient by the last bill (status 30).
    pub discharge: Option<Day>,
    /// Rests on facts that only a consent lets out of the payer (ruling 20).
    pub inside: bool,
}

/// The stays of the last months by claims alone, those that may be told outside as the shareable view builds them.
/// Maternity and newborn stays are not told, as by messages (ruling 11).
pub(crate) fn told(facts: &MemberFacts, as_of: Day, policy: Policy<'_>) -> Vec<StayTold> {
    let recent = |claim: &ClaimVersion| {
        as_of.since(claim.thru) <= TOLD_DAYS && claim.received <= as_of && may_be_stay(claim, policy)
    };
    if !facts.claims.iter().any(recent) {
        return Vec::new();
    }
    let person = facts.person(as_of);
    let facts = &*settled(facts, as_of, policy);
    let stays = |part2: bool| -> Vec<StayTold> {
        let view = View::new(facts, &person, as_of, policy, LeftOut { part2, provisional: true });
        let told = view.utilization.stays.iter().filter(|stay| tellable(stay, as_of));
        told.map(of).collect()
    };
    let withheld = !facts.consents_to(ConsentKind::Part2Tpo, as_of)
        && facts.claims.iter().any(|claim| is_part2(claim, policy.tables));
    let mut outside = stays(withheld);
    if withheld {
        let meets = |one: &StayTold, two: &StayTold| {
            one.admit <= two.discharge.unwrap_or(as_of) && two.admit <= one.discharge.unwrap_or(as_of)
        };
        let hidden: Vec<StayTold> = stays(false)
            .into_iter()
            .filter(|stay| !outside.iter().any(|other| meets(stay, other)))
            .map(|stay| StayTold { inside: true, ..stay })
            .collect();
        outside.extend(hidden);
    }
    outside
}

/// An inpatient bill, or one with observation: what a stay is built from (FACTS §1.3, §1.4).
fn may_be_stay(claim: &ClaimVersion, policy: Policy<'_>) -> bool {
    let observed = |code: &icm_domain::code::Code| policy.tables.marks(code).has(Marks::OBSERVATION);
    let inpatient =
        claim.bill_type.is_some_and(|bill| matches!(bill.as_str().as_bytes(), [b'1' | b'4', b'1', ..]));
    claim.kind == ClaimKind::Institutional
        && (inpatient || claim.lines.iter().any(|line| [line.rev, line.hcpcs].iter().flatten().any(observed)))
}

fn tellable(stay: &Stay, as_of: Day) -> bool {
    let died = stay.status.is_some_and(|status| status == "20");
    let recent = stay.admit <= as_of && (0..=TOLD_DAYS).contains(&as_of.since(stay.discharge));
    recent && !died && !stay.maternity && !stay.newborn
}

fn of(stay: &Stay) -> StayTold {
    let still_there = stay.status.is_some_and(|status| status == "30");
    StayTold { admit: stay.admit, discharge: Some(stay.discharge).filter(|_| !still_there), inside: false }
}
