//! Families of claim versions and their heads, computed in the fold over everything received (DESIGN D2).
//!
//! All versions of one claim are a family. A version names its family by its own number, by the number that it
//! replaces, by the group that its source states, or, for a provider's account number, together with billing
//! provider and overlapping dates (CLAIM_FORMATS §4.2: never guess by amount). Any order and any repetition of the
//! same versions gives the same heads (rulings 1-3, CLAIM_FORMATS §4.1 R3).

use super::{Action, ClaimKind, ClaimState, ClaimVersion, Denial, IdScope, Line};
use crate::day::Day;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// What is left of a family: its head, and what later messages said about it.
#[derive(Clone, Debug)]
pub struct EffectiveClaim<'a> {
    /// The version that counts.
    pub head: &'a ClaimVersion,
    /// Lines added by late charges (frequency 5).
    pub added_lines: Vec<&'a Line>,
    /// State after remittances.
    pub state: ClaimState,
    /// Reason of a denial, after remittances.
    pub denial: Option<Denial>,
    /// The remittance that paid last, when one is known: its amounts replace the head's.
    pub remit: Option<&'a ClaimVersion>,
    /// Two originals of one number with different content: the one received last won (ruling 2).
    pub flagged: bool,
}

impl<'a> EffectiveClaim<'a> {
    /// The head's lines and the added ones.
    pub fn lines(&self) -> impl Iterator<Item = &'a Line> + '_ {
        self.head.lines.iter().chain(self.added_lines.iter().copied())
    }
}

/// Resolves the versions that are known into the claims that count. Versions must already be limited to those
/// received by `as_of`. The result is in the order of first service day and claim number.
pub fn resolve<'a>(versions: &[&'a ClaimVersion]) -> Vec<EffectiveClaim<'a>> {
    let mut families = Families::link(versions);
    let mut members: Vec<(usize, usize)> = (0..versions.len()).map(|at| (families.root(at), at)).collect();
    members.sort_unstable();
    let mut claims: Vec<EffectiveClaim<'a>> = members
        .chunk_by(|one, other| one.0 == other.0)
        .filter_map(|family| {
            if let [(_, only)] = family {
                return versions.get(*only).and_then(|version| alone(version));
            }
            head_of(family.iter().filter_map(|(_, at)| versions.get(*at).copied()).collect())
        })
        .collect();
    claims.sort_by(|a, b| {
        let place = |claim: &EffectiveClaim<'a>| (claim.head.from, &claim.head.claim_id);
        place(a).cmp(&place(b)).then_with(|| a.head.cmp(b.head))
    });
    claims
}

/// A family of one version, the common case.
fn alone(version: &ClaimVersion) -> Option<EffectiveClaim<'_>> {
    // Ruling, FACTS §1.1: a 7 that names an unknown claim counts as an original, an 8 counts nothing.
    let counts = matches!(version.action, Action::Original | Action::Replace | Action::AddLines)
        && version.state != ClaimState::Cancelled;
    counts.then(|| effective(version))
}

fn effective(head: &ClaimVersion) -> EffectiveClaim<'_> {
    EffectiveClaim {
        head,
        added_lines: Vec::new(),
        state: head.state,
        denial: head.denial,
        remit: None,
        flagged: false,
    }
}

/// Union of versions into families.
struct Families {
    parent: Vec<usize>,
}

impl Families {
    fn link(versions: &[&ClaimVersion]) -> Self {
        let mut families = Self { parent: (0..versions.len()).collect() };
        families.link_by_number(versions);
        families.link_by_account(versions);
        families
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(&up) = self.parent.get(at) {
            if up == at {
                break;
            }
            let above = self.parent.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        if let Some(slot) = self.parent.get_mut(high) {
            *slot = low;
        }
    }

    /// Own numbers, control numbers, groups, and what versions name as replaced. Payers' numbers are unique within
    /// a member's claims, whatever feed repeats them, so a remittance and a bill meet here. A group holds together
    /// only claims of one kind: sources number the groups of drug, practitioner and facility claims apart.
    fn link_by_number(&mut self, versions: &[&ClaimVersion]) {
        let mut seen: HashMap<(u8, &str, &str), usize, FixedState> =
            HashMap::with_capacity_and_hasher(versions.len(), FixedState::default());
        for (at, version) in versions.iter().enumerate() {
            let source = version.source.as_str();
            let own = (version.scope == IdScope::Source).then(|| (0, source, version.claim_id.as_str()));
            let control = version.control.as_ref().map(|number| (1, "", number.as_str()));
            let group =
                version.group.as_ref().map(|number| (group_tag(version.kind), source, number.as_str()));
            for key in [own, control, group].into_iter().flatten() {
                let first = *seen.entry(key).or_insert(at);
                self.join(first, at);
            }
        }
        for (at, version) in versions.iter().enumerate() {
            // A number cited by a first bill is ignored (CLAIM_FORMATS §4.2): it replaces and voids nothing.
            let cites = version.replaces.as_ref().filter(|_| version.action != Action::Original);
            let Some(named) = cites else { continue };
            let own = seen.get(&(0, version.source.as_str(), named.as_str())).copied();
            let control = seen.get(&(1, "", named.as_str())).copied();
            // A number that nobody holds yet still ties together those who name it (7 of 7, void before original). Not
            // remittances: payers put numbers of batches there as well (corpus: one number on claims of several members).
            if own.or(control).is_none() && is_remittance(version) {
                continue;
            }
            let target =
                own.or(control).unwrap_or_else(|| *seen.entry((1, "", named.as_str())).or_insert(at));
            self.join(target, at);
        }
    }

    /// A provider's account number holds a family together only with the same billing provider, overlapping dates and
    /// one kind of bill: interim bills of consecutive periods stay apart, and so do reused numbers, and the hospital's
    /// and the physician's bill of one visit.
    fn link_by_account(&mut self, versions: &[&ClaimVersion]) {
        let own = |at: &usize| versions.get(*at).is_some_and(|version| version.scope == IdScope::Provider);
        let number = |at: usize| versions.get(at).map(|version| version.claim_id.as_str());
        let mut accounts: Vec<usize> = (0..versions.len()).filter(own).collect();
        accounts.sort_unstable_by_key(|at| (number(*at), *at));
        for group in accounts.chunk_by(|one, other| number(*one) == number(*other)).filter(|it| it.len() > 1)
        {
            let group: Vec<(usize, &ClaimVersion)> =
                group.iter().filter_map(|at| Some((*at, *versions.get(*at)?))).collect();
            let (remits, bills): (Vec<_>, Vec<_>) = group.into_iter().partition(|(_, it)| is_remittance(it));
            for of_one_sort in [&bills, &remits] {
                for (nth, (later, b)) in of_one_sort.iter().enumerate() {
                    for (earlier, a) in of_one_sort.iter().take(nth) {
                        if a.billing_npi == b.billing_npi && overlap(a, b) && same_sort(a, b) {
                            self.join(*earlier, *later);
                        }
                    }
                }
            }
            for (paid, remit) in &remits {
                for bill in bills_of(remit, &bills) {
                    self.join(bill, *paid);
                }
            }
        }
    }
}

fn overlap(a: &ClaimVersion, b: &ClaimVersion) -> bool {
    a.from <= b.thru && b.from <= a.thru
}

/// Whether two versions under one account number may be the same claim: of one kind, and two first bills of one type.
/// A stay (11x) and a visit (13x) are two claims that both live.
fn same_sort(a: &ClaimVersion, b: &ClaimVersion) -> bool {
    let class = |version: &ClaimVersion| {
        version.bill_type.map(|bill| bill.as_str().as_bytes().get(..2).map(<[u8]>::to_vec))
    };
    let both_first = a.action == Action::Original && b.action == Action::Original;
    a.kind == b.kind
        && !(both_first && a.bill_type.is_some() && b.bill_type.is_some() && class(a) != class(b))
}

/// The bills that a remittance under the same account number speaks of.
///
/// What an 835 does not say does not forbid: a payee that is named by its tax number (the bill names an NPI), a service
/// day (the payment's day stands in), the kind of bill. Where more than one bill could be meant, none is.
fn bills_of(remit: &ClaimVersion, bills: &[(usize, &ClaimVersion)]) -> Vec<usize> {
    let meets = |(_, bill): &&(usize, &ClaimVersion)| overlap(remit, bill);
    let mut meant: Vec<(usize, &ClaimVersion)> = bills.iter().filter(meets).copied().collect();
    let stands_in = remit.from == remit.thru && Some(remit.from) == remit.effective;
    if meant.is_empty() && stands_in {
        meant = bills.iter().filter(|(_, bill)| bill.thru <= remit.from).copied().collect();
    }
    let exact = |bill: &ClaimVersion| bill.billing_npi == remit.billing_npi;
    if meant.iter().any(|(_, bill)| exact(bill)) {
        meant.retain(|(_, bill)| exact(bill));
    } else {
        meant.retain(|(_, bill)| bill.billing_npi.is_none() || remit.billing_npi.is_none());
    }
    if meant.iter().any(|(_, bill)| bill.kind == remit.kind) {
        meant.retain(|(_, bill)| bill.kind == remit.kind);
    }
    let one_claim = |(_, bill): &(usize, &ClaimVersion)| {
        meant.iter().all(|(_, other)| {
            bill.billing_npi == other.billing_npi
                && bill.kind == other.kind
                && (!stands_in || overlap(bill, other))
        })
    };
    if meant.iter().all(one_claim) { meant.into_iter().map(|(at, _)| at).collect() } else { Vec::new() }
}

/// What tells the groups of one kind of claim from those of another among the numbers of a member.
const fn group_tag(kind: ClaimKind) -> u8 {
    match kind {
        ClaimKind::Institutional => 2,
        ClaimKind::Professional => 3,
        ClaimKind::Pharmacy => 4,
        ClaimKind::Dental => 5,
    }
}

/// Resolves a family of several versions.
fn head_of(mut family: Vec<&ClaimVersion>) -> Option<EffectiveClaim<'_>> {
    // The content itself comes last: any order of arrival gives the same head.
    family.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.cmp(b)));
    drop_repeats(&mut family);
    drop_cancelled(&mut family);
    let remits: Vec<&ClaimVersion> = family.iter().copied().filter(|v| is_remittance(v)).collect();
    family.retain(|v| !is_remittance(v));
    let (head, flagged) = if family.iter().any(|v| v.group.is_some() && v.effective.is_some()) {
        (last_effective(&family)?, false)
    } else {
        by_frequency(&family)?
    };
    let mut claim = effective(head);
    claim.flagged = flagged;
    for late in family.iter().filter(|v| v.action == Action::AddLines && !std::ptr::eq(**v, head)) {
        claim.added_lines.extend(&late.lines);
    }
    apply_remits(&mut claim, &remits)?;
    Some(claim)
}

/// Order within a family where links say nothing: adjudication day, receipt, original before replacement before
/// void, then the number (CLAIM_FORMATS §4.1 R4; longer numbers are later ones).
fn order(version: &ClaimVersion) -> (Day, Day, Action, usize, &str) {
    let number = version.control.as_ref().unwrap_or(&version.claim_id).as_str();
    (version.effective.unwrap_or(version.received), version.received, version.action, number.len(), number)
}

/// Same number and same content again: ignored, always; the first receipt stays (ruling 2).
fn drop_repeats(family: &mut Vec<&ClaimVersion>) {
    let mut kept: Vec<&ClaimVersion> = Vec::with_capacity(family.len());
    for version in family.iter().copied() {
        if !kept.iter().any(|first| same_content(first, version)) {
            kept.push(version);
        }
    }
    *family = kept;
}

fn same_content(a: &ClaimVersion, b: &ClaimVersion) -> bool {
    a.claim_id == b.claim_id
        && a.action == b.action
        && a.state == b.state
        && a.from == b.from
        && a.thru == b.thru
        && a.lines == b.lines
        && {
            let mut again = b.clone();
            again.received = a.received;
            *a == again
        }
}

/// A source that re-sends a record as cancelled (EOB status) withdraws that number, not the family. A reversal of a
/// payment withdraws no bill: a correction may follow.
fn drop_cancelled(family: &mut Vec<&ClaimVersion>) {
    let withdrawn = |v: &ClaimVersion| v.state == ClaimState::Cancelled && !is_remittance(v);
    let cancelled: Vec<(&str, Day)> = family
        .iter()
        .filter(|v| withdrawn(v))
        .map(|v| (v.claim_id.as_str(), v.effective.unwrap_or(v.received)))
        .collect();
    family.retain(|v| {
        let day = v.effective.unwrap_or(v.received);
        is_remittance(v)
            || !withdrawn(v)
                && !cancelled.iter().any(|(number, when)| *number == v.claim_id.as_str() && *when >= day)
    });
}

const fn is_remittance(version: &ClaimVersion) -> bool {
    matches!(version.action, Action::Remit | Action::RemitReversal)
}

/// Sources that order their versions (CCLF, EOB): the latest by adjudication day and number is the head; a
/// cancellation at the head voids the family (CLAIM_FORMATS §4.4, §4.5). Lines added later are never the head.
fn last_effective<'a>(family: &[&'a ClaimVersion]) -> Option<&'a ClaimVersion> {
    let bills = family.iter().copied().filter(|v| v.action != Action::AddLines);
    let head = bills.max_by_key(|v| {
        (v.effective.unwrap_or(v.received), v.received, v.claim_id.as_str().len(), v.claim_id.as_str())
    })?;
    (head.action != Action::Void).then_some(head)
}

/// Frequency codes (ruling 1): every 7 and 8 acts, whatever the order of arrival; a void stands unless a 7 was
/// received after it. Returns the head and whether originals of one number disagreed (ruling 2).
fn by_frequency<'a>(family: &[&'a ClaimVersion]) -> Option<(&'a ClaimVersion, bool)> {
    let voided = family.iter().filter(|v| v.action == Action::Void).map(|v| v.received).max();
    let replacements: Vec<&ClaimVersion> = family
        .iter()
        .copied()
        .filter(|v| v.action == Action::Replace && voided.is_none_or(|day| v.received > day))
        .collect();
    if let Some(head) = last_linked(&replacements) {
        let again = replacements.iter().any(|v| !std::ptr::eq(*v, head) && v.claim_id == head.claim_id);
        return Some((head, again));
    }
    if voided.is_some() {
        return None;
    }
    let mut originals = family.iter().copied().filter(|v| v.action == Action::Original);
    let added = || family.iter().copied().rfind(|v| v.action == Action::AddLines);
    let head = family.iter().copied().filter(|v| v.action == Action::Original).max_by_key(|v| v.received);
    let last_received = head.or_else(added)?;
    // `max_by_key` keeps the last of equals, and the family is sorted: same receipt day, fixed order.
    Some((last_received, originals.nth(1).is_some()))
}

/// The last replacement: a version that names another is later than it, whatever the dates say; without links
/// the order decides (CLAIM_FORMATS §4.1 R4). A cycle falls back to the order.
fn last_linked<'a>(replacements: &[&'a ClaimVersion]) -> Option<&'a ClaimVersion> {
    let named = |version: &ClaimVersion| {
        replacements.iter().any(|other| {
            !std::ptr::eq(*other, version)
                && other.replaces.as_ref().is_some_and(|number| {
                    *number == version.claim_id || version.control.as_ref() == Some(number)
                })
                && other.claim_id != version.claim_id
        })
    };
    let unnamed = replacements.iter().copied().rfind(|version| !named(version));
    unnamed.or_else(|| replacements.last().copied())
}

/// Remittances move the state and the amounts of a known claim (CLAIM_FORMATS §4.3): on the last payment day a
/// correction wins over a reversal; a reversal alone takes the claim back until a correction comes.
fn apply_remits<'a>(claim: &mut EffectiveClaim<'a>, remits: &[&'a ClaimVersion]) -> Option<()> {
    let day = |v: &ClaimVersion| v.effective.unwrap_or(v.received);
    let Some(last) = remits.iter().map(|v| day(v)).max() else { return Some(()) };
    let of_last_day = || remits.iter().copied().filter(move |v| day(v) == last);
    let payment = of_last_day().rfind(|v| v.action == Action::Remit)?;
    claim.state = payment.state;
    claim.denial = payment.denial;
    claim.remit = Some(payment);
    Some(())
}

#[cfg(test)]
mod tests;
