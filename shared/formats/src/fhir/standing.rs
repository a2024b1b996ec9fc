//! How a claim stands: paid, denied, pended, encounter, cancelled (CLAIM_FORMATS §4.4).

use super::amounts::stated;
use super::claim::has_tag;
use super::resource::{Adjudication, ClaimItem, Resource, contains_ignoring_case};
use super::support::Supports;
use crate::reason::{Bearing, bearing, denial_of};
use icm_domain::claim::{ClaimKind, ClaimState, Denial};
use icm_domain::money::Cents;

/// The statuses of a version that no longer holds; some servers write the first with one l.
pub(super) const CANCELLED: &[&str] = &["cancelled", "canceled", "entered-in-error"];

/// State of a version, and whether another version took its place.
pub(super) struct Standing {
    pub(super) state: ClaimState,
    pub(super) denial: Option<Denial>,
    /// Cancelled, entered in error, not the final action, or replaced.
    pub(super) superseded: bool,
}

/// Reads the standing. The status is the truth: adjustment codes of the carriers are hints only.
pub(super) fn standing(resource: &Resource<'_>, supports: &Supports<'_, '_>, kind: ClaimKind) -> Standing {
    let plain = |state| Standing { state, denial: None, superseded: false };
    let replaced =
        resource.related.0.iter().any(|related| {
            related.relationship.0.as_ref().is_some_and(|concept| concept.has(&["replacedby"]))
        });
    let partial = has_tag(resource, "adjudication-status", "PartiallyAdjudicated");
    let not_final = has_tag(resource, "final-action", "NotFinalAction") && !partial;
    if resource.status.is(CANCELLED) || not_final || replaced {
        return Standing { state: ClaimState::Cancelled, denial: None, superseded: true };
    }
    // A partial outcome is normal for pharmacy claims.
    let pended = partial || resource.outcome.is(&["queued", "error"]);
    if pended || (resource.outcome.is(&["partial"]) && kind != ClaimKind::Pharmacy) {
        return plain(ClaimState::Pended);
    }
    if let Some(denial) = denial(resource, supports) {
        return Standing { state: ClaimState::Denied, denial: Some(denial), superseded: false };
    }
    let managed = supports
        .code(&["clm_mco_pd_sw", "clm_mdcr_instnl_mco_pd_sw"])
        .or_else(|| supports.extension("clm_mco_pd_sw"));
    if managed == Some("1") {
        return plain(ClaimState::Encounter);
    }
    plain(ClaimState::Paid)
}

/// A claim is denied when its header says so, or when every line was refused and nothing was paid.
fn denial(resource: &Resource<'_>, supports: &Supports<'_, '_>) -> Option<Denial> {
    let carrier =
        supports.extension("carr_clm_pmt_dnl_cd").or_else(|| supports.code(&["clm_carr_pmt_dnl_cd"]));
    let intermediary =
        supports.extension("clm_mdcr_non_pmt_rsn_cd").or_else(|| supports.code(&["clm_mdcr_npmt_rsn_cd"]));
    let header = denied(resource.adjudication.0.iter().filter_map(reason));
    // P means "payment requested": no refusal.
    if carrier == Some("0") || intermediary.is_some_and(|code| code != "P") {
        return Some(header.unwrap_or(Denial::Other));
    }
    header.or_else(|| lines_denied(resource))
}

fn lines_denied(resource: &Resource<'_>) -> Option<Denial> {
    let paid = resource.payment.0.as_ref().and_then(|payment| stated(&payment.amount).ok()?);
    if paid.is_some_and(|paid| paid != Cents::ZERO) {
        return None;
    }
    let of_item = |item: &ClaimItem<'_>| item.adjudication.0.iter().filter_map(reason).collect::<Vec<_>>();
    let items: Vec<Vec<Bearing>> = resource.item.0.iter().map(of_item).collect();
    if items.iter().any(Vec::is_empty) {
        return None;
    }
    denied(items.into_iter().flatten())
}

/// Why something with these reasons was denied; none without any.
fn denied(reasons: impl Iterator<Item = Bearing>) -> Option<Denial> {
    let mut reasons = reasons.peekable();
    reasons.peek()?;
    Some(denial_of(reasons).unwrap_or(Denial::Other))
}

/// The reason of an adjudication of category `denialreason`. BFD files its processing indicators under the same
/// category ("A" is allowed): they are no reason codes.
fn reason(adjudication: &Adjudication<'_>) -> Option<Bearing> {
    if !adjudication.category.0.as_ref()?.has(&["denialreason"]) {
        return None;
    }
    let coding = adjudication.reason.0.as_ref()?.coding.0.first()?;
    let own = coding.system.get().is_some_and(|system| contains_ignoring_case(system, "bluebutton.cms.gov"));
    if own {
        return None;
    }
    Some(bearing(coding.code.get()?))
}
