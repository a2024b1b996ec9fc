//! Amounts by month (the claim's start month). Denied lines never count as paid (ruling 4).

use super::Service;
use crate::claim::{ClaimKind, ClaimState};
use crate::day::{Day, Month, Window};
use crate::money::Cents;
use std::collections::BTreeMap;

/// Paid amounts by the claim's start month, medical and pharmacy apart. A month with a claim has an entry, also
/// when nothing was paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaidByMonth {
    /// Institutional and professional claims.
    pub medical: BTreeMap<Month, Cents>,
    /// Drug claims.
    pub pharmacy: BTreeMap<Month, Cents>,
}

/// What was paid for a claim: what the remittance says, else its lines, else its total.
pub fn paid(service: &Service<'_>) -> Cents {
    if service.claim.state == ClaimState::Denied {
        return Cents::ZERO;
    }
    let source = service.claim.remit.unwrap_or(service.claim.head);
    let lines = || source.lines.iter().filter_map(|line| line.paid);
    let added: Cents = service.claim.added_lines.iter().filter_map(|line| line.paid).sum();
    let own = if lines().next().is_some() { lines().sum() } else { source.paid.unwrap_or_default() };
    own + added
}

/// What was allowed for a claim: the lines, else the total, else what was paid (CLAIM_FORMATS §4.1 R7: a
/// capitated encounter pays nothing, its allowed amount stands for the cost). Nothing is allowed on a denied claim.
pub fn allowed(service: &Service<'_>) -> Cents {
    if service.claim.state == ClaimState::Denied {
        return Cents::ZERO;
    }
    let source = service.claim.remit.filter(|remit| remit.allowed.is_some()).unwrap_or(service.claim.head);
    let lines = || source.lines.iter().filter_map(|line| line.allowed);
    if lines().next().is_some() { lines().sum() } else { source.allowed.unwrap_or_else(|| paid(service)) }
}

/// Paid by month over all services.
pub fn paid_by_month(services: &[Service<'_>]) -> PaidByMonth {
    let mut months = PaidByMonth::default();
    for service in services {
        let table = match service.claim.head.kind {
            ClaimKind::Pharmacy => &mut months.pharmacy,
            ClaimKind::Institutional | ClaimKind::Professional => &mut months.medical,
            ClaimKind::Dental => continue,
        };
        *table.entry(service.from().month()).or_default() += paid(service);
    }
    months
}

/// Allowed amounts of the services that began in `window`, and not before `since` (R9).
pub fn allowed_in(services: &[Service<'_>], window: Window, since: Option<Day>) -> Cents {
    let counted = |service: &&Service<'_>| {
        window.contains(service.from()) && since.is_none_or(|first| service.from() >= first)
    };
    services.iter().filter(counted).map(allowed).sum()
}
