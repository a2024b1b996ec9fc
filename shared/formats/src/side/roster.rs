//! Rosters of other programs (FACTS §3.2, rulings 22–31).

use super::received;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::cells::parse_day;
use crate::table::{Cells, Malformed};
use icm_domain::facts::{Fact, Model, RosterRow, RosterStatus};
use icm_domain::ids::RosterProgramId;
use icm_domain::phi::Phi;

pub(super) fn read(cells: &Cells<'_>, options: &ReadOptions) -> Result<Fact, Malformed> {
    let as_of = cells.required_day("as_of")?;
    Ok(Fact::Roster(Box::new(RosterRow {
        program: RosterProgramId::new(cells.required("program_id")?),
        model: cells.required_word("model", model)?,
        status: cells.required_word("status", status)?,
        as_of,
        received: received(cells, options, as_of)?,
        start: cells.day("start")?,
        end: cells.end_day("end")?,
        contacts: contacts(cells)?,
        available: cells.flag("available")?.unwrap_or(true),
        part2: cells.flag("part2")?.unwrap_or(false),
        manager: cells.text("manager_name")?.map(Phi::new),
        manager_phone: cells.text("manager_phone")?.map(Phi::new),
    })))
}

/// Dates in one cell, set apart by `;` or `|`.
fn contacts(cells: &Cells<'_>) -> Result<Vec<icm_domain::day::Day>, Malformed> {
    let list = cells.list("contacts")?;
    list.iter().map(|text| parse_day(text).ok_or(Malformed::new("contacts", Reason::BadDate))).collect()
}

/// A model by its id, in any case.
pub(super) fn model(word: &str) -> Option<Model> {
    Model::parse(&word.to_ascii_uppercase())
}

fn status(word: &str) -> Option<RosterStatus> {
    match word {
        "enrolled" => Some(RosterStatus::Enrolled),
        "declined" => Some(RosterStatus::Declined),
        "unreachable" => Some(RosterStatus::Unreachable),
        "ended" => Some(RosterStatus::Ended),
        _ => None,
    }
}
