//! CCLF1: part A claim headers.

use super::{adjudicated, deny, icd, member, span};
use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};
use icm_domain::claim::{Action, ClaimKind, ClaimVersion};
use icm_domain::code::Code;
use icm_domain::ids::ClaimId;

/// The claim as its header states it: no lines, of the diagnoses the principal one.
pub(super) fn claim(cells: &Cells<'_>, options: &ReadOptions) -> Result<ClaimVersion, Malformed> {
    let id = ClaimId::new(cells.required("cur_clm_uniq_id")?);
    let (from, thru) = span(cells)?;
    let mut claim =
        ClaimVersion::new(options.source.clone(), id, ClaimKind::Institutional, thru, (from, thru));
    claim.member_id = Some(member(cells)?);
    adjudicated(cells, &mut claim, options)?;
    bill(cells, &mut claim)?;
    identity(cells, &mut claim)?;
    claim.icd = icd(cells)?;
    claim.dx.extend(cells.code("prncpl_dgns_cd", Code::new)?);
    claim.principal = !claim.dx.is_empty();
    claim.paid = cells.cents("clm_pmt_amt")?;
    claim.charge = cells.cents("clm_mdcr_instnl_tot_chrg_amt")?;
    deny(&mut claim, cells.text("clm_mdcr_npmt_rsn_cd")?.is_some());
    Ok(claim)
}

fn bill(cells: &Cells<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
    claim.frequency = cells.code("clm_bill_freq_cd", Code::new)?;
    let parts = [
        cells.text("clm_bill_fac_type_cd")?,
        cells.text("clm_bill_clsfctn_cd")?,
        cells.text("clm_bill_freq_cd")?,
    ];
    let bill: String = parts.into_iter().flatten().collect();
    claim.bill_type = Code::new(&bill);
    claim.discharge_status = cells.code("bene_ptnt_stus_cd", Code::two_digits)?;
    claim.drg = cells.code("dgns_drg_cd", Code::new)?;
    claim.admit_type = cells.code("clm_admsn_type_cd", Code::new)?;
    claim.admit_source = cells.code("clm_admsn_src_cd", Code::new)?;
    Ok(())
}

/// Who billed, and what binds the versions of the claim: CMS's natural key (provider, from, through; the member is
/// known), and the control numbers, because a corrected date escapes that key.
fn identity(cells: &Cells<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
    let provider = cells.text("prvdr_oscar_num")?;
    let billing = cells.text("clm_blg_prvdr_oscar_num")?;
    claim.facility = provider.or(billing);
    claim.billing_npi = match cells.text("clm_blg_prvdr_npi_num")? {
        Some(npi) => Some(npi),
        None => cells.text("fac_prvdr_npi_num")?,
    };
    let provider = claim.facility.as_deref().unwrap_or_default();
    claim.group = Some(ClaimId::new(format!("A/{provider}/{}/{}", claim.from, claim.thru)));
    claim.control = cells.text("clm_cntl_num")?.map(ClaimId::new);
    if claim.action != Action::Original {
        let original = cells.text("clm_org_cntl_num")?.map(ClaimId::new);
        claim.replaces = original.filter(|number| claim.control.as_ref() != Some(number));
    }
    Ok(())
}
