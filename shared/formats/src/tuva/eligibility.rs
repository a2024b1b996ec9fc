//! Tuva eligibility: one row is one span of coverage of one member, with who the member is.

use crate::input::Input;
use crate::item::{Item, Reason};
use crate::options::ReadOptions;
use crate::read::Sink;
use crate::table::shapes::PERSON;
use crate::table::{Cells, Malformed, Table, for_each_row};
use icm_domain::day::Day;
use icm_domain::facts::{Address, Coverage, Fact, LineOfBusiness, Profile, Sex};
use icm_domain::ids::{MemberId, SourceId};
use icm_domain::phi::Phi;
use std::ops::ControlFlow;

/// Reads an eligibility file: per row a span of coverage and the member's profile, both received on the first
/// covered day unless an optional column `received` says otherwise, and a death as of its date.
pub(crate) fn read(
    input: &dyn Input,
    table: Table,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    for_each_row(input, table, sink, |header, row, sink| {
        let cells = Cells { header, row };
        let member = member_id(&cells)?;
        let coverage = coverage(&cells, options)?;
        let facts = [
            Some(Fact::Coverage(coverage.clone())),
            Some(Fact::Profile(Box::new(profile(&cells, coverage.received)?))),
            death(&cells, &coverage, options)?,
        ];
        for fact in facts.into_iter().flatten() {
            let flow = sink(Item::Fact { member: Some(member.clone()), fact, place: row.place() });
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    })
}

fn member_id(cells: &Cells<'_>) -> Result<MemberId, Malformed> {
    for name in PERSON {
        if let Some(id) = cells.number(name)? {
            return Ok(MemberId::new(id));
        }
    }
    Err(Malformed::new("person_id", Reason::BlankValue))
}

fn coverage(cells: &Cells<'_>, options: &ReadOptions) -> Result<Coverage, Malformed> {
    let from = cells.required_day("enrollment_start_date")?;
    let thru = cells.end_day("enrollment_end_date")?;
    let source = cells.text("data_source")?;
    Ok(Coverage {
        source: source.map_or_else(|| options.source.clone(), SourceId::new),
        received: options.received(cells.day("received")?.unwrap_or(from)),
        lob: line_of_business(cells)?.unwrap_or(options.lob),
        from,
        thru,
        // An end before the beginning is how enrolment systems write a span that never took effect.
        retracted: thru.is_some_and(|thru| thru < from),
    })
}

/// The line of business by payer type, else by the names of payer and plan.
fn line_of_business(cells: &Cells<'_>) -> Result<Option<LineOfBusiness>, Malformed> {
    for name in ["payer_type", "plan", "payer"] {
        if let Some(text) = cells.words(name)?
            && let Some(lob) = crate::side::line_of_business(&text)
        {
            return Ok(Some(lob));
        }
    }
    // Medicare's enrolment files name the member by the number that only Medicare gives.
    Ok(cells.header.has(&["current_bene_mbi_id"]).then_some(LineOfBusiness::MedicareAdvantage))
}

fn profile(cells: &Cells<'_>, received: Day) -> Result<Profile, Malformed> {
    let race: Vec<_> = [cells.words("race")?, cells.words("ethnicity")?].into_iter().flatten().collect();
    Ok(Profile {
        received: Some(received),
        birth: cells.day("birth_date")?,
        sex: cells.words("gender")?.map(|text| sex(&text)),
        name: name(cells)?.map(Phi::new),
        address: address(cells)?.map(Phi::new),
        phones: cells.list("phone")?.into_iter().map(Phi::new).collect(),
        race_ethnicity: (!race.is_empty()).then(|| Phi::new(race.join("; ").into())),
        other_plan_manages: cells.flag("institutional_snp_flag")?.filter(|institutional| *institutional),
        ..Profile::default()
    })
}

/// A death, known from its own day on. A flag without a date is dated by the end of the span.
fn death(cells: &Cells<'_>, coverage: &Coverage, options: &ReadOptions) -> Result<Option<Fact>, Malformed> {
    let flagged = cells.flag("death_flag")?.unwrap_or(false);
    let date = cells.day("death_date")?.or(flagged.then_some(coverage.thru.unwrap_or(coverage.from)));
    Ok(date.map(|date| {
        let received = Some(options.received(date));
        Fact::Profile(Box::new(Profile { received, death: Some(date), ..Profile::default() }))
    }))
}

/// Sex of any of the spellings of enrolment files.
pub(crate) fn sex(text: &str) -> Sex {
    let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(["f", "female", "woman", "2"]) {
        Sex::Female
    } else if is_one_of(["m", "male", "man", "1"]) {
        Sex::Male
    } else {
        Sex::Unknown
    }
}

/// First, middle, last name and suffix as one text.
pub(crate) fn name(cells: &Cells<'_>) -> Result<Option<Box<str>>, Malformed> {
    let parts = [
        cells.text("first_name")?,
        cells.text("middle_name")?,
        cells.text("last_name")?,
        cells.text("name_suffix")?,
    ];
    let parts: Vec<Box<str>> = parts.into_iter().flatten().collect();
    Ok((!parts.is_empty()).then(|| parts.join(" ").into()))
}

/// The postal address; none when the street is not stated (a state alone is no address).
pub(crate) fn address(cells: &Cells<'_>) -> Result<Option<Address>, Malformed> {
    let Some(street) = cells.text("address")? else { return Ok(None) };
    let zip = match cells.text("zip_code")? {
        Some(zip) => Some(zip),
        None => cells.text("zip")?,
    };
    Ok(Some(Address {
        street,
        city: cells.text("city")?.unwrap_or_default(),
        state: cells.text("state")?.unwrap_or_default(),
        zip: zip.unwrap_or_default(),
    }))
}
