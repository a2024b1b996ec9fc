//! Dates of an EOB: FHIR writes them to the year, the month, the day or the second.

use super::lenient::Text;
use super::resource::{Period, Resource};
use super::support::Supports;
use crate::dates::{believed, in_order};
use crate::item::Reason;
use icm_domain::day::Day;

/// The day of a date; none when absent. A year or a month alone is a date that FHIR allows, and says nothing about the day.
///
/// # Errors
/// When a date is written that does not exist or cannot be meant.
pub(super) fn stated_day(text: &Text<'_>) -> Result<Option<Day>, Reason> {
    let Some(stated) = text.get() else { return Ok(None) };
    if matches!(stated.len(), 4 | 7) && stated.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Ok(None);
    }
    Day::parse(stated).ok_or(Reason::BadDate).and_then(believed).map(Some)
}

/// The first of the dates that are read which cannot be what its field holds, and why.
pub(super) fn misdated(
    resource: &Resource<'_>,
    supports: &Supports<'_, '_>,
) -> Option<(&'static str, Reason)> {
    let stay = supports.period(&["admissionperiod"]).or(resource.hospitalization.0.as_ref());
    let items = resource.item.0.iter().find_map(|item| {
        stated_day(&item.serviced_date).err().or_else(|| item.serviced_period.0.as_ref().and_then(disordered))
    });
    let received = supports.date(&["clmrecvddate"]).or_else(|| supports.date(&["nch_wkly_proc_dt"]));
    let paid = resource.payment.0.as_ref().map(|payment| &payment.date);
    // Servers blank the time of the last change with words: it orders versions, and the payment stands in for it.
    let updated = resource.meta.0.as_ref().and_then(|meta| stated_day(&meta.last_updated).err());
    let updated = updated.filter(|reason| *reason != Reason::BadDate);
    let wrong = |text: Option<&Text<'_>>| text.and_then(|text| stated_day(text).err());
    let fields = [
        ("billablePeriod", resource.billable_period.0.as_ref().and_then(disordered)),
        ("admissionperiod", stay.and_then(disordered)),
        ("item.serviced", items),
        ("supportingInfo.timingDate", wrong(received)),
        ("payment.date", wrong(paid)),
        ("meta.lastUpdated", updated),
    ];
    fields.into_iter().find_map(|(field, reason)| Some((field, reason?)))
}

/// What is wrong with a period, if anything.
fn disordered(period: &Period<'_>) -> Option<Reason> {
    match (stated_day(&period.start), stated_day(&period.end)) {
        (Err(reason), _) | (_, Err(reason)) => Some(reason),
        (Ok(Some(from)), Ok(Some(thru))) => in_order(from, thru).err(),
        (Ok(_), Ok(_)) => None,
    }
}

/// A period's days; an open end is the first day.
pub(super) fn span(period: Option<&Period<'_>>) -> Option<(Day, Day)> {
    let period = period?;
    let start = period.start.get().and_then(Day::parse);
    let end = period.end.get().and_then(Day::parse);
    Some((start.or(end)?, end.or(start)?))
}
