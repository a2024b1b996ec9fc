//! Items of an EOB.

use super::amounts::{LINE_ALLOWED, LINE_CHARGE, LINE_PAID, amount};
use super::resource::{ClaimItem, Concept, contains_ignoring_case, tail};
use crate::item::Reason;
use crate::x12::ndc;
use icm_domain::claim::Line;
use icm_domain::code::Code;
use icm_domain::day::Day;

/// Systems of procedure codes, best first. SNOMED CT and vaccine codes are a last resort: some samples carry nothing
/// else.
const PROCEDURES: [&str; 6] = ["hcpcs", "ama-assn", "cpt", "hippscodes", "cvx", "snomed"];

/// Reads one item.
///
/// # Errors
/// The field and what is wrong with it: an amount or a quantity that is no number.
pub(super) fn line(item: &ClaimItem<'_>) -> Result<Line, (&'static str, Reason)> {
    let amount = |meaning| {
        amount(&item.adjudication.0, meaning).map_err(|reason| ("item.adjudication.amount", reason))
    };
    let mut line = Line {
        rev: item.revenue.0.as_ref().and_then(revenue),
        modifiers: item.modifier.0.iter().filter_map(modifier).collect(),
        pos: item.location_codeable_concept.0.as_ref().and_then(place_of_service),
        units: units(item)?,
        charge: amount(&LINE_CHARGE)?,
        allowed: amount(&LINE_ALLOWED)?,
        paid: amount(&LINE_PAID)?,
        days_supply: days_supply(item),
        ..Line::default()
    };
    if let Some(service) = item.product_or_service.0.as_ref().or(item.service.0.as_ref()) {
        line.hcpcs = service.code_of(&PROCEDURES).or_else(|| other_code(service)).and_then(Code::new);
        line.ndc = service.code_of(&["/ndc"]).and_then(|code| ndc(code.as_bytes()));
    }
    let date = |text: Option<&str>| text.and_then(Day::parse);
    if let Some(period) = &item.serviced_period.0 {
        line.from = date(period.start.get());
        line.thru = date(period.end.get()).or(line.from);
    }
    if line.from.is_none() {
        line.from = date(item.serviced_date.get());
        line.thru = line.from;
    }
    Ok(line)
}

/// Units as decimal text.
fn units(item: &ClaimItem<'_>) -> Result<Option<Box<str>>, (&'static str, Reason)> {
    let Some(quantity) = &item.quantity.0 else { return Ok(None) };
    quantity.value.cents().map_err(|reason| ("item.quantity", reason))?;
    Ok(quantity.value.text().map(Box::from))
}

/// A code of a system that is not known here; markers of absent values and drug codes are none.
fn other_code<'a>(service: &'a Concept<'_>) -> Option<&'a str> {
    let coding = service.coding.0.iter().find(|coding| {
        let system = coding.system.get().unwrap_or_default();
        !["data-absent-reason", "compoundliteral", "/ndc"]
            .iter()
            .any(|word| contains_ignoring_case(system, word))
    })?;
    coding.code.get()
}

/// Revenue code: the source's own variable first, because BFD also writes a deductible code under NUBC's system.
fn revenue(concept: &Concept<'_>) -> Option<Code> {
    let own = concept.coding.0.iter().find(|coding| {
        coding.system.get().is_some_and(|system| {
            matches!(tail(system).to_ascii_lowercase().as_str(), "rev_cntr" | "clm-rev-cntr-cd")
        })
    });
    let own = own.and_then(|coding| coding.code.get());
    own.or_else(|| concept.code_of(&["revenuecodes"])).or_else(|| concept.first()).and_then(Code::revenue)
}

/// Modifiers: procedure-code systems only (BFD files units of drugs among the modifiers).
fn modifier(concept: &Concept<'_>) -> Option<Code> {
    let known = concept.code_of(&["hcpcs", "ama-assn", "cpt", "modifier"]);
    let plain = || concept.coding.0.iter().find(|coding| coding.system.get().is_none());
    known.or_else(|| plain().and_then(|coding| coding.code.get())).and_then(Code::new)
}

fn place_of_service(concept: &Concept<'_>) -> Option<Code> {
    let code = concept.code_of(&["place_of_s", "place-of-service", "placeofservice", "serviceplace"]);
    code.or_else(|| concept.first()).and_then(Code::two_digits)
}

/// STU3 writes the days' supply beside the quantity.
fn days_supply(item: &ClaimItem<'_>) -> Option<u16> {
    let extensions = &item.quantity.0.as_ref()?.extension.0;
    let days = extensions
        .iter()
        .find(|extension| extension.url.get().is_some_and(|url| tail(url) == "days_suply_num"))?;
    days.value_quantity.0.as_ref()?.value.text()?.parse().ok()
}
