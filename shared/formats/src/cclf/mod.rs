//! CCLF 1–9: the claim and claim line feed that Medicare sends to accountable care organisations, fixed width or as
//! CSV with the same column names (CLAIM_FORMATS §4.5).
//!
//! Every adjustment is a record of its own; which one counts is decided in the fold, by the natural key that CMS
//! defines ([`ClaimVersion::group`]) and the effective date. A part A claim is spread over four files: read as one
//! delivery ([`crate::files::read_all`]) they are joined by `CUR_CLM_UNIQ_ID`; a file of lines, procedures or
//! diagnoses without its headers gives claims of [`Action::AddLines`] with what they hold.

mod beneficiary;
mod header;
pub(crate) mod join;
pub(crate) mod layout;
mod lines;
mod pharmacy;

use crate::gather;
use crate::input::Input;
use crate::item::{Item, Reason};
use crate::options::ReadOptions;
use crate::read::Sink;
use crate::table::{Cells, Malformed, Table, facts_of_rows, for_each_row};
use icm_domain::claim::{Action, ClaimState, ClaimVersion, Denial, Icd};
use icm_domain::day::Day;
use icm_domain::ids::MemberId;
pub use layout::CclfFile;
use std::ops::ControlFlow;

/// Reads one CCLF file to what it holds by itself.
pub(crate) fn read(
    input: &dyn Input,
    table: Table,
    file: CclfFile,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    match file {
        CclfFile::PartAHeader => {
            facts_of_rows(input, table, sink, |cells| header::claim(cells, options).map(one))
        }
        CclfFile::PartALine => gather::read::<lines::PartA<'_, lines::Lines>>(input, table, options, sink),
        CclfFile::PartAProcedure => {
            gather::read::<lines::PartA<'_, lines::Procedures>>(input, table, options, sink)
        }
        CclfFile::PartADiagnosis => {
            gather::read::<lines::PartA<'_, lines::Diagnoses>>(input, table, options, sink)
        }
        CclfFile::PartB | CclfFile::Dme => gather::read::<lines::PartB<'_>>(input, table, options, sink),
        CclfFile::PartD => {
            facts_of_rows(input, table, sink, |cells| pharmacy::claim(cells, options).map(one))
        }
        CclfFile::Beneficiary => {
            facts_of_rows(input, table, sink, |cells| beneficiary::facts(cells, options))
        }
        CclfFile::Xref => facts_of_rows(input, table, sink, |cells| beneficiary::alias(cells, options)),
        CclfFile::PaymentModel => for_each_row(input, table, sink, |_, row, sink| {
            Ok(sink(Item::Ignored { rule: "cclf_payment_model", place: row.place() }))
        }),
    }
}

/// A fact and the member that it is about.
type About = crate::table::About;

fn one(claim: ClaimVersion) -> Vec<About> {
    let member = claim.member_id.clone();
    member.map(|member| (member, icm_domain::facts::Fact::Claim(Box::new(claim)))).into_iter().collect()
}

/// The beneficiary; files before 2018 carry the older number alone.
fn member(cells: &Cells<'_>) -> Result<MemberId, Malformed> {
    match cells.text("bene_mbi_id")? {
        Some(id) => Ok(MemberId::new(id)),
        None => cells
            .required("bene_hic_num")
            .map(MemberId::new)
            .map_err(|malformed| Malformed { field: "bene_mbi_id", ..malformed }),
    }
}

/// Adjustment type, effective day and day of receipt (the load day of CMS's repository, by the default policy).
fn adjudicated(cells: &Cells<'_>, claim: &mut ClaimVersion, options: &ReadOptions) -> Result<(), Malformed> {
    claim.effective = cells.day("clm_efctv_dt")?;
    claim.received = options.claim_received(cells.day("clm_idr_ld_dt")?.or(claim.effective), claim.thru);
    claim.action = match cells.text("clm_adjsmt_type_cd")?.as_deref() {
        Some("1") => Action::Void,
        Some("2") => Action::Replace,
        Some("0") | None => Action::Original,
        Some(_) => return Err(Malformed::new("clm_adjsmt_type_cd", Reason::BadValue)),
    };
    Ok(())
}

fn deny(claim: &mut ClaimVersion, denied: bool) {
    if denied {
        claim.state = ClaimState::Denied;
        claim.denial = Some(Denial::Other);
    }
}

fn icd(cells: &Cells<'_>) -> Result<Icd, Malformed> {
    Ok(if cells.text("dgns_prcdr_icd_ind")?.as_deref() == Some("9") { Icd::Nine } else { Icd::Ten })
}

/// First and last day of a claim.
fn span(cells: &Cells<'_>) -> Result<(Day, Day), Malformed> {
    whole(cells)?;
    let from = cells.required_day("clm_from_dt")?;
    let thru = cells.day("clm_thru_dt")?.unwrap_or(from);
    if thru < from {
        return Err(Malformed::new("clm_thru_dt", Reason::EndBeforeStart));
    }
    Ok((from, thru))
}

/// Whether a row of fixed width holds what decides. Editors trim blanks, and older layouts end earlier; but a row that ends
/// before its adjustment type and effective day would be taken for an original, and an amount or a date that is cut for
/// another one.
fn whole(cells: &Cells<'_>) -> Result<(), Malformed> {
    let (layout, reach) = (cells.header.layout(), cells.row.reach());
    let mut begin = 0;
    for cell in layout {
        let end = begin + cell.width;
        let decides = matches!(cell.name, "clm_adjsmt_type_cd" | "clm_efctv_dt");
        let number = reach > begin && (cell.name.ends_with("_amt") || cell.name.ends_with("_dt"));
        if reach < end && (decides || number) {
            return Err(Malformed::new(cell.name, Reason::BadStructure));
        }
        begin = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
