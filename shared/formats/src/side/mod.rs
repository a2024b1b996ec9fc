//! Side files: what the plan and other programs know beside claims and eligibility. Columns: `README.md`.
//!
//! Every row is one record. A row states its own day (`as_of`, `from`, `date`), which is its day of receipt unless a
//! `received` column says otherwise.

mod availability;
mod case;
mod consent;
mod member;
mod roster;

use crate::input::Input;
use crate::item::Item;
use crate::options::ReadOptions;
use crate::read::Sink;
use crate::table::{Cells, Malformed, Row, Table, TableKind, for_each_row};
use icm_domain::day::Day;
use icm_domain::facts::{Fact, LineOfBusiness};
use icm_domain::ids::MemberId;
use std::ops::ControlFlow;

/// Reads a side file.
pub(crate) fn read(
    input: &dyn Input,
    table: Table,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    for_each_row(input, table, sink, |header, row, sink| {
        let cells = Cells { header, row };
        let items = match table.kind {
            TableKind::Availability => vec![availability::read(&cells, options, row.place())?],
            TableKind::Roster => about(&cells, row, roster::read(&cells, options)?)?,
            TableKind::Member => {
                let mut items = Vec::new();
                for fact in member::read(&cells, options)? {
                    items.append(&mut about(&cells, row, fact)?);
                }
                items
            }
            TableKind::Attribution => vec![member::attribution(&cells, options, row.place())?],
            TableKind::Consent => about(&cells, row, consent::consent(&cells, options)?)?,
            TableKind::Preference => about(&cells, row, consent::preference(&cells, options)?)?,
            TableKind::Closure => about(&cells, row, case::closure(&cells, options)?)?,
            TableKind::Referral => about(&cells, row, case::referral(&cells, options)?)?,
            TableKind::Override => about(&cells, row, case::clinician_override(&cells, options)?)?,
            TableKind::MedicalClaim
            | TableKind::PharmacyClaim
            | TableKind::Eligibility
            | TableKind::Cclf(_)
            | TableKind::Rif(_) => Vec::new(),
        };
        for item in items {
            let flow = sink(item);
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// A fact about the row's member.
fn about(cells: &Cells<'_>, row: &Row<'_>, fact: Fact) -> Result<Vec<Item>, Malformed> {
    let member = Some(MemberId::new(cells.required_number("member_id")?));
    Ok(vec![Item::Fact { member, fact, place: row.place() }])
}

/// Day of receipt of a row: its `received` column, else its own day.
fn received(cells: &Cells<'_>, options: &ReadOptions, own: Day) -> Result<Day, Malformed> {
    Ok(options.received(cells.day("received")?.unwrap_or(own)))
}

/// The line of business that a word or a plan's name states. Medicare feeds count as Medicare Advantage.
pub(crate) fn line_of_business(text: &str) -> Option<LineOfBusiness> {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["medicaid", "chip", "medi-cal"]) {
        Some(LineOfBusiness::Medicaid)
    } else if has(&["medicare"]) || text == "ma" || text == "mapd" || text == "ma-pd" {
        Some(LineOfBusiness::MedicareAdvantage)
    } else if has(&[
        "commercial",
        "exchange",
        "marketplace",
        "employer",
        "self",
        "private",
        "group",
        "individual",
    ]) {
        Some(LineOfBusiness::Commercial)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
