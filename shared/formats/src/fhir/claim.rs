//! An ExplanationOfBenefit becomes a claim version.

use super::amounts::{TOTAL_ALLOWED, TOTAL_CHARGE, TOTAL_PAID, amount, stated};
use super::dates::{misdated, span};
use super::diagnosis::{diagnoses, procedures};
use super::line::line;
use super::party::{member, plain, provider};
use super::resource::{Period, Resource, contains_ignoring_case, tail};
use super::standing::{CANCELLED, Standing, standing};
use super::support::Supports;
use crate::item::Reason;
use crate::options::ReadOptions;
use icm_domain::claim::{Action, ClaimKind, ClaimVersion, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId};

/// What becomes of a resource.
pub(super) enum Outcome {
    /// A claim version.
    Claim(Box<ClaimVersion>),
    /// Left out by a rule.
    Ignored(&'static str),
    /// Cannot be used: field and reason.
    Problem(&'static str, Reason),
}

/// Reads one resource.
pub(super) fn claim(resource: &Resource<'_>, options: &ReadOptions) -> Outcome {
    if !resource.resource_type.is(&["ExplanationOfBenefit"]) {
        return if resource.resource_type.get().is_some() {
            Outcome::Ignored("fhir_other_resource")
        } else {
            Outcome::Problem("resourceType", Reason::MissingField)
        };
    }
    if resource.r#use.is(&["preauthorization", "predetermination", "proposed"]) {
        return Outcome::Ignored("fhir_predetermination");
    }
    if resource.status.is(&["draft"]) {
        return Outcome::Ignored("fhir_draft");
    }
    if misstated(resource) {
        return Outcome::Problem("status", Reason::BadValue);
    }
    let Some(id) = claim_id(resource) else {
        return Outcome::Problem("identifier", Reason::MissingField);
    };
    match version(resource, id, options) {
        Ok(version) => Outcome::Claim(Box::new(version)),
        Err((field, reason)) => Outcome::Problem(field, reason),
    }
}

/// Whether a status is written that is none of a claim's: it decides whether the claim stands (CLAIM_FORMATS §4.4), so it is
/// not read past. Samples of public servers leave it out; such a claim stands.
fn misstated(resource: &Resource<'_>) -> bool {
    let known = resource.status.is(&["active"]) || resource.status.is(CANCELLED);
    resource.status.get().is_some() && !known
}

fn version(
    resource: &Resource<'_>,
    id: &str,
    options: &ReadOptions,
) -> Result<ClaimVersion, (&'static str, Reason)> {
    let supports = Supports::of(resource);
    if let Some(flaw) = misdated(resource, &supports) {
        return Err(flaw);
    }
    let unknown = Day::from_count(0);
    let (source, id) = (options.source.clone(), ClaimId::new(id));
    let mut version = ClaimVersion::new(source, id, kind(resource), unknown, (unknown, unknown));
    version.lines = resource.item.0.iter().map(line).collect::<Result<_, _>>()?;
    let days = days(resource, &supports, &version);
    (version.from, version.thru) = days.ok_or_else(|| ("billablePeriod", days_missing(resource)))?;
    dates(resource, &supports, options, &mut version);
    identity(resource, &supports, &mut version);
    codes(resource, &supports, &mut version);
    money(resource, &supports, &mut version)?;
    let Standing { state, denial, superseded } = standing(resource, &supports, version.kind);
    (version.state, version.denial) = (state, denial);
    let stated = action_of(version.frequency, version.bill_type);
    version.action = if superseded {
        Action::Void
    } else if stated == Action::Original && version.replaces.is_some() {
        Action::Replace
    } else {
        stated
    };
    Ok(version)
}

/// The claim's number: BFD's variable, else the identifier of type `uc` (never the claim group, which carries `uc`
/// too), else the resource's id, else any identifier.
pub(super) fn claim_id<'r>(resource: &'r Resource<'_>) -> Option<&'r str> {
    let identifiers = || {
        resource.identifier.0.iter().filter_map(|identifier| {
            let system = identifier.system.get().map(tail).unwrap_or_default();
            Some((system, identifier, identifier.value.get()?))
        })
    };
    let variable = identifiers().find(|(system, _, _)| matches!(*system, "clm_id" | "pde_id"));
    let unique = || {
        identifiers().find(|(system, identifier, _)| {
            *system != "claim-group"
                && identifier.r#type.0.as_ref().is_some_and(|concept| concept.has(&["uc"]))
        })
    };
    let any = || identifiers().find(|(system, _, _)| !matches!(*system, "claim-group" | "rx_srvc_rfrnc_num"));
    let stated = variable.or_else(unique).map(|(_, _, value)| value);
    stated.or_else(|| resource.id.get()).or_else(|| any().map(|(_, _, value)| value))
}

/// Kind of bill: the source's own claim type first; BFD's generic type is wrong for some home health claims.
fn kind(resource: &Resource<'_>) -> ClaimKind {
    let codings = resource.r#type.0.iter().flat_map(|concept| &concept.coding.0);
    let mut kinds: Vec<(u8, ClaimKind)> = codings
        .filter_map(|coding| {
            let system = tail(coding.system.get().unwrap_or_default()).to_ascii_lowercase();
            let code = coding.code.get()?.to_ascii_lowercase();
            let own = matches!(system.as_str(), "nch_clm_type_cd" | "clm-type-cd" | "eob-type");
            let kind = match code.as_str() {
                "inpatient" | "outpatient" | "snf" | "hha" | "hospice" | "institutional" => {
                    ClaimKind::Institutional
                }
                "carrier" | "dme" | "professional" | "vision" => ClaimKind::Professional,
                "pde" | "pharmacy" => ClaimKind::Pharmacy,
                "oral" => ClaimKind::Dental,
                "10" | "20" | "30" | "40" | "50" | "60" | "61" if own => ClaimKind::Institutional,
                "71" | "72" | "81" | "82" if own => ClaimKind::Professional,
                _ => return None,
            };
            Some((u8::from(!own), kind))
        })
        .collect();
    kinds.sort_by_key(|(rank, _)| *rank);
    let revenue = resource.item.0.iter().any(|item| item.revenue.0.is_some());
    let fallback = if revenue { ClaimKind::Institutional } else { ClaimKind::Professional };
    kinds.first().map_or(fallback, |(_, kind)| *kind)
}

/// First and last day: the billable period, else the span of the items, else the admission.
fn days(resource: &Resource<'_>, supports: &Supports<'_, '_>, version: &ClaimVersion) -> Option<(Day, Day)> {
    let items = || {
        let first = version.lines.iter().filter_map(|line| line.from).min()?;
        let last = version.lines.iter().filter_map(|line| line.thru.or(line.from)).max()?;
        Some((first, last.max(first)))
    };
    span(resource.billable_period.0.as_ref()).or_else(items).or_else(|| admission(resource, supports))
}

fn days_missing(resource: &Resource<'_>) -> Reason {
    let stated = |period: &Period<'_>| period.start.get().is_some() || period.end.get().is_some();
    if resource.billable_period.0.as_ref().is_some_and(stated) {
        Reason::PartialDate
    } else {
        Reason::MissingField
    }
}

fn admission(resource: &Resource<'_>, supports: &Supports<'_, '_>) -> Option<(Day, Day)> {
    span(supports.period(&["admissionperiod"])).or_else(|| span(resource.hospitalization.0.as_ref()))
}

/// Receipt: the date on which the payer received the claim (CARIN `clmrecvddate`; BFD puts its weekly processing
/// date there), else by the default policy from the payment date. `created` is the day of the export in several
/// sources and no receipt date. Effective: `meta.lastUpdated`, else the payment.
fn dates(
    resource: &Resource<'_>,
    supports: &Supports<'_, '_>,
    options: &ReadOptions,
    version: &mut ClaimVersion,
) {
    let paid = resource.payment.0.as_ref().and_then(|payment| payment.date.get()).and_then(Day::parse);
    let paid = paid.or_else(|| supports.extension_day("fi_clm_proc_dt"));
    let received = supports.day(&["clmrecvddate"]).or_else(|| supports.day(&["nch_wkly_proc_dt"]));
    version.received = match received {
        Some(day) => options.received(day),
        None => options.claim_received(paid, version.thru),
    };
    let updated = resource.meta.0.as_ref().and_then(|meta| meta.last_updated.get()).and_then(Day::parse);
    version.effective = updated.or(paid);
    if let Some(period) = supports.period(&["admissionperiod"]).or(resource.hospitalization.0.as_ref()) {
        version.admit = period.start.get().and_then(Day::parse);
        version.discharge = period.end.get().and_then(Day::parse);
    }
}

/// Member, provider, family and links.
fn identity(resource: &Resource<'_>, supports: &Supports<'_, '_>, version: &mut ClaimVersion) {
    version.member_id = member(resource).map(MemberId::new);
    let party = provider(resource);
    (version.billing_npi, version.facility) = (party.npi, party.facility);
    let control =
        supports.extension("fi_doc_clm_cntl_num").or_else(|| supports.extension("carr_clm_cntl_num"));
    version.control = control.map(ClaimId::new);
    let group = resource.identifier.0.iter().find_map(|identifier| {
        let system = tail(identifier.system.get()?);
        let family = system == "claim-group" || system.eq_ignore_ascii_case("clm-cntl-num");
        identifier.value.get().filter(|value| family && !is_filler(value))
    });
    version.group = group.map(ClaimId::new);
    let prior = resource.related.0.iter().find(|related| {
        related.relationship.0.as_ref().is_some_and(|concept| concept.has(&["prior", "replaces"]))
    });
    version.replaces = prior.and_then(|related| {
        let number = related.reference.0.as_ref().and_then(|identifier| identifier.value.get());
        let claim = related.claim.0.as_ref();
        let identifier = claim.and_then(|claim| claim.identifier.0.as_ref()?.value.get());
        let reference = claim.and_then(|claim| claim.reference.get()).map(plain);
        number.or(identifier).or(reference).map(ClaimId::new)
    });
}

/// A number that stands for none: one digit repeated (synthetic data give every claim the group 99999999999).
fn is_filler(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() >= 6 && bytes.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
}

/// Bill type, statuses, DRG, diagnoses and procedures.
fn codes(resource: &Resource<'_>, supports: &Supports<'_, '_>, version: &mut ClaimVersion) {
    let (bill, frequency) = supports.bill();
    version.frequency = frequency;
    let two_digits = |names: &[&str]| supports.code(names).and_then(Code::two_digits);
    if version.kind == ClaimKind::Institutional {
        version.bill_type = bill;
        version.discharge_status =
            two_digits(&["discharge-status", "ptnt_dschrg_stus_cd", "bene_ptnt_stus_cd"]);
        version.admit_type =
            supports.code(&["admtype", "clm_ip_admsn_type_cd", "clm_admsn_type_cd"]).and_then(Code::new);
        version.admit_source =
            supports.code(&["pointoforigin", "clm_src_ip_admsn_cd", "clm_admsn_src_cd"]).and_then(Code::new);
        let drg = supports.code(&["drg", "clm_drg_cd", "dgns_drg_cd"]);
        version.drg = drg.or_else(|| supports.extension("clm_drg_cd")).and_then(Code::new);
    }
    diagnoses(&resource.diagnosis.0, version);
    version.px = procedures(&resource.procedure.0);
}

/// Totals, and the days' supply of a drug claim.
fn money(
    resource: &Resource<'_>,
    supports: &Supports<'_, '_>,
    version: &mut ClaimVersion,
) -> Result<(), (&'static str, Reason)> {
    let total = |meaning| amount(&resource.total.0, meaning).map_err(|reason| ("total.amount", reason));
    let cost = stated(&resource.total_cost).map_err(|reason| ("totalCost", reason))?;
    version.charge = total(&TOTAL_CHARGE)?.or(cost);
    version.allowed = total(&TOTAL_ALLOWED)?;
    let payment = resource.payment.0.as_ref().map_or(Ok(None), |payment| stated(&payment.amount));
    version.paid = payment.map_err(|reason| ("payment.amount", reason))?.or(total(&TOTAL_PAID)?);
    if let Some(days) = supports.count(&["dayssupply"]) {
        version.lines.iter_mut().for_each(|line| line.days_supply = line.days_supply.or(Some(days)));
    }
    Ok(())
}

/// Whether a coding of a system holds this code; for tags.
pub(super) fn has_tag(resource: &Resource<'_>, system: &str, code: &str) -> bool {
    resource.meta.0.iter().flat_map(|meta| &meta.tag.0).any(|tag| {
        tag.system.get().is_some_and(|stated| contains_ignoring_case(stated, system)) && tag.code.is(&[code])
    })
}
