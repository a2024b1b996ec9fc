//! Claim lines in the layout of the Tuva Input Layer. That layout expects final claims and has no place for what
//! happens on the way; the optional columns at the end carry it (their meaning: shared/formats/README.md). The day of
//! receipt is written as `paid_date`, from which the readers take it.

use super::row::{Table, header};
use icm_domain::claim::{ClaimKind, ClaimState, ClaimVersion, Denial, Line};
use std::io;

const BEFORE_DIAGNOSES: &str = "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,\
claim_start_date,claim_end_date,claim_line_start_date,claim_line_end_date,admission_date,discharge_date,\
admit_source_code,admit_type_code,discharge_disposition_code,place_of_service_code,bill_type_code,drg_code_type,\
drg_code,revenue_center_code,service_unit_quantity,hcpcs_code,hcpcs_modifier_1,hcpcs_modifier_2,hcpcs_modifier_3,\
hcpcs_modifier_4,hcpcs_modifier_5,rendering_npi,rendering_tin,billing_npi,billing_tin,facility_npi,paid_date,\
paid_amount,allowed_amount,charge_amount,coinsurance_amount,copayment_amount,deductible_amount,total_cost_amount,\
diagnosis_code_type";
const AT_THE_END: &str = "in_network_flag,data_source,file_date,file_name,ingest_datetime";
/// Optional columns of ours: what a version changes and what became of it.
pub(super) const CHANGES: &str = "claim_frequency,replaces_claim_id,claim_status,denial_reason";
const SENSITIVE: &str = "part2,billing_taxonomy";
pub(super) const PHARMACY: &str = "claim_id,claim_line_number,person_id,member_id,payer,plan,\
prescribing_provider_npi,dispensing_provider_npi,dispensing_date,ndc_code,quantity,days_supply,refills,paid_date,\
paid_amount,allowed_amount,charge_amount,coinsurance_amount,copayment_amount,deductible_amount,in_network_flag,\
data_source,file_date,file_name,ingest_datetime";

/// Diagnoses and procedures of a row.
const CODES: usize = 25;
/// Columns before `diagnosis_code_1`, and before `in_network_flag`.
const FIRST_DIAGNOSIS: usize = 42;
const FIRST_PROCEDURE: usize = FIRST_DIAGNOSIS + 2 * CODES + 1;
const NETWORK: usize = FIRST_PROCEDURE + 2 * CODES;

/// The header of medical_claim.csv.
pub(super) fn medical_header() -> Vec<String> {
    let numbered = |stem: &str| (1..=CODES).map(|at| format!("{stem}{at}")).collect::<Vec<_>>();
    [
        header(&[BEFORE_DIAGNOSES]),
        numbered("diagnosis_code_"),
        numbered("diagnosis_poa_"),
        vec!["procedure_code_type".to_owned()],
        numbered("procedure_code_"),
        numbered("procedure_date_"),
        header(&[AT_THE_END, CHANGES, SENSITIVE]),
    ]
    .concat()
}

/// One row for each line of a claim.
pub(super) fn medical(table: &mut Table, claim: &ClaimVersion) -> io::Result<()> {
    for (number, line) in (1_u32..).zip(&claim.lines) {
        identity(table, claim, number)?;
        dates(table, claim, line)?;
        table.code(claim.admit_source)?;
        table.code(claim.admit_type)?;
        table.code(claim.discharge_status)?;
        table.code(line.pos)?;
        table.code(claim.bill_type)?;
        table.text(if claim.drg.is_some() { "ms-drg" } else { "" })?;
        table.code(claim.drg)?;
        table.code(line.rev)?;
        table.text(line.units.as_deref().unwrap_or_default())?;
        table.code(line.hcpcs)?;
        for at in 0..5 {
            table.code(line.modifiers.get(at).copied())?;
        }
        table.blank(2)?;
        table.text(claim.billing_npi.as_deref().unwrap_or_default())?;
        table.blank(1)?;
        table.text(claim.facility.as_deref().unwrap_or_default())?;
        amounts(table, claim, line)?;
        table.blank(4)?;
        codes(table, claim)?;
        table.blank_to(NETWORK)?;
        source(table, claim)?;
        table.text(claim.part2.map_or("", |part2| if part2 { "true" } else { "false" }))?;
        table.code(claim.taxonomy)?;
        table.end()?;
    }
    Ok(())
}

/// One row for each fill.
pub(super) fn pharmacy(table: &mut Table, claim: &ClaimVersion) -> io::Result<()> {
    for (number, line) in (1_u32..).zip(&claim.lines) {
        table.text(claim.claim_id.as_str())?;
        table.shown(number)?;
        member(table, claim)?;
        table.blank(4)?;
        table.day(Some(claim.from))?;
        table.code(line.ndc)?;
        table.text(line.units.as_deref().unwrap_or_default())?;
        table.shown(line.days_supply.unwrap_or_default())?;
        table.text("0")?;
        amounts(table, claim, line)?;
        table.blank(3)?;
        source(table, claim)?;
        table.end()?;
    }
    Ok(())
}

fn identity(table: &mut Table, claim: &ClaimVersion, number: u32) -> io::Result<()> {
    table.text(claim.claim_id.as_str())?;
    table.shown(number)?;
    table.text(match claim.kind {
        ClaimKind::Institutional => "institutional",
        ClaimKind::Professional => "professional",
        ClaimKind::Dental => "dental",
        ClaimKind::Pharmacy => "pharmacy",
    })?;
    member(table, claim)?;
    table.blank(2)
}

/// person_id and member_id.
fn member(table: &mut Table, claim: &ClaimVersion) -> io::Result<()> {
    let member = claim.member_id.as_ref().map_or("", |id| id.as_str());
    table.text(member)?;
    table.text(member)
}

fn dates(table: &mut Table, claim: &ClaimVersion, line: &Line) -> io::Result<()> {
    table.day(Some(claim.from))?;
    table.day(Some(claim.thru))?;
    table.day(line.from)?;
    table.day(line.thru)?;
    table.day(claim.admit)?;
    table.day(claim.discharge)
}

/// paid_date (the day of receipt), paid_amount, allowed_amount, charge_amount.
fn amounts(table: &mut Table, claim: &ClaimVersion, line: &Line) -> io::Result<()> {
    table.day(Some(claim.received))?;
    table.amount(line.paid)?;
    table.amount(line.allowed)?;
    table.amount(line.charge)
}

fn codes(table: &mut Table, claim: &ClaimVersion) -> io::Result<()> {
    table.text("icd-10-cm")?;
    claim.dx.iter().take(CODES).try_for_each(|dx| table.code(Some(*dx)))?;
    if !claim.px.is_empty() {
        table.blank_to(FIRST_PROCEDURE - 1)?;
        table.text("icd-10-pcs")?;
        claim.px.iter().take(CODES).try_for_each(|px| table.code(Some(*px)))?;
    }
    Ok(())
}

/// in_network_flag and the file's own columns, then what the version changes.
fn source(table: &mut Table, claim: &ClaimVersion) -> io::Result<()> {
    table.text("1")?;
    table.text(claim.source.as_str())?;
    table.blank(3)?;
    table.code(claim.frequency)?;
    table.text(claim.replaces.as_ref().map_or("", |id| id.as_str()))?;
    table.text(match claim.state {
        ClaimState::Submitted => "submitted",
        ClaimState::Pended => "pended",
        ClaimState::Paid => "paid",
        ClaimState::Denied => "denied",
        ClaimState::Encounter => "encounter",
        ClaimState::Cancelled => "cancelled",
    })?;
    table.text(match claim.denial {
        Some(Denial::Duplicate) => "duplicate",
        Some(Denial::Eligibility) => "eligibility",
        Some(Denial::NotRendered) => "not_rendered",
        Some(Denial::Other) => "other",
        None => "",
    })
}

#[cfg(test)]
mod tests {
    use super::{FIRST_DIAGNOSIS, FIRST_PROCEDURE, NETWORK, medical_header};

    #[test]
    fn the_header_has_its_columns_where_the_rows_put_them() {
        let header = medical_header();
        for (at, name) in [
            (0, "claim_id"),
            (FIRST_DIAGNOSIS, "diagnosis_code_1"),
            (FIRST_PROCEDURE, "procedure_code_1"),
            (NETWORK, "in_network_flag"),
        ] {
            assert_eq!(header[at], name);
        }
    }
}
