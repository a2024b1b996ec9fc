//! What the plan states about members, and attribution lists.

use super::{line_of_business, received};
use crate::item::{Item, Place, Reason};
use crate::options::ReadOptions;
use crate::table::shapes::ATTRIBUTED;
use crate::table::{Cells, Malformed};
use crate::tuva::eligibility::{address, name, sex};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::facts::{Coverage, Fact, LineOfBusiness, Profile};
use icm_domain::ids::MemberId;
use icm_domain::phi::Phi;

/// The profile of a row and, when the row states `coverage_from`, a span of coverage.
///
/// Without a `received` column a profile is known from the beginning; a death from its own day on.
pub(super) fn read(cells: &Cells<'_>, options: &ReadOptions) -> Result<Vec<Fact>, Malformed> {
    let lob = cells.word("line_of_business", line_of_business)?;
    let stated = cells.day("received")?;
    let mut facts =
        vec![Fact::Profile(Box::new(profile(cells, lob, stated.map(|day| options.received(day)))?))];
    if let Some(death) = cells.day("death_date")? {
        let received = Some(options.received(stated.unwrap_or(death)));
        facts.push(Fact::Profile(Box::new(Profile { received, death: Some(death), ..Profile::default() })));
    }
    if let Some(from) = cells.day("coverage_from")? {
        let thru = cells.end_day("coverage_thru")?;
        facts.push(Fact::Coverage(Coverage {
            source: options.source.clone(),
            received: received(cells, options, from)?,
            lob: lob.unwrap_or(options.lob),
            from,
            thru,
            retracted: thru.is_some_and(|thru| thru < from),
        }));
    }
    Ok(facts)
}

fn profile(
    cells: &Cells<'_>,
    lob: Option<LineOfBusiness>,
    received: Option<Day>,
) -> Result<Profile, Malformed> {
    let name = match name(cells)? {
        Some(name) => Some(name),
        None => cells.text("name")?,
    };
    Ok(Profile {
        received,
        lob,
        birth: cells.day("birth_date")?,
        sex: cells.text("sex")?.map(|text| sex(&text)),
        name: name.map(Phi::new),
        address: address(cells)?.map(Phi::new),
        phones: cells.list("phones")?.into_iter().chain(cells.list("phone")?).map(Phi::new).collect(),
        language: language(cells)?,
        county: cells.text("county")?,
        race_ethnicity: cells.text("race_ethnicity")?.map(Phi::new),
        pcp: cells.text("pcp")?,
        chronic: small(cells, "chronic")?,
        meds: small(cells, "meds")?,
        smi: cells.flag("smi")?,
        incarcerated: cells.flag("incarcerated")?,
        other_plan_manages: cells.flag("other_plan_manages")?,
        ..Profile::default()
    })
}

fn small(cells: &Cells<'_>, field: &'static str) -> Result<Option<u16>, Malformed> {
    let Some(count) = cells.count(field)? else { return Ok(None) };
    u16::try_from(count).map(Some).map_err(|_| Malformed::new(field, Reason::BadNumber))
}

fn language(cells: &Cells<'_>) -> Result<Option<Code>, Malformed> {
    let Some(text) = cells.text("language")? else { return Ok(None) };
    Code::new(&text).map(Some).ok_or(Malformed::new("language", Reason::BadValue))
}

/// A row of an attribution list: member and practice. `year_month` or `as_of` dates it.
pub(super) fn attribution(cells: &Cells<'_>, options: &ReadOptions, place: Place) -> Result<Item, Malformed> {
    let member = match cells.text("person_id")? {
        Some(id) => id,
        None => match cells.text("patient_id")? {
            Some(id) => id,
            None => cells.required_number("member_id")?,
        },
    };
    let mut practice = None;
    for name in ATTRIBUTED {
        if practice.is_none() {
            practice = cells.text(name)?;
        }
    }
    if practice.is_none() {
        return Ok(Item::Ignored { rule: "attribution_without_practice", place });
    }
    let dated = match cells.day("as_of")? {
        Some(day) => Some(day),
        None => month(cells)?,
    };
    let received = dated.map(|day| options.received(day));
    let fact = Fact::Profile(Box::new(Profile { received, pcp: practice, ..Profile::default() }));
    Ok(Item::Fact { member: Some(MemberId::new(member)), fact, place })
}

/// `202601` and `2026-01` are the first of the month.
fn month(cells: &Cells<'_>) -> Result<Option<Day>, Malformed> {
    let Some(text) = cells.text("year_month")? else { return Ok(None) };
    let digits = text.replace('-', "");
    Day::parse(&format!("{digits}01")).map(Some).ok_or(Malformed::new("year_month", Reason::BadDate))
}
