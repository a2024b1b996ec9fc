//! CCLF7: part D. The file states what the beneficiary paid, not what the plan paid: paid stays unknown.

use super::{adjudicated, member, whole};
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};
use icm_domain::claim::{ClaimKind, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::ids::ClaimId;

pub(super) fn claim(cells: &Cells<'_>, options: &ReadOptions) -> Result<ClaimVersion, Malformed> {
    whole(cells)?;
    let id = ClaimId::new(cells.required("cur_clm_uniq_id")?);
    let filled = cells.required_day("clm_line_from_dt")?;
    let mut claim =
        ClaimVersion::new(options.source.clone(), id, ClaimKind::Pharmacy, filled, (filled, filled));
    claim.member_id = Some(member(cells)?);
    adjudicated(cells, &mut claim, options)?;
    claim.billing_npi = cells.text("clm_srvc_prvdr_gnrc_id_num")?;
    claim.group = Some(family(cells)?);
    claim.lines = vec![Line {
        ndc: cells.code("clm_line_ndc_cd", Code::new)?,
        from: Some(filled),
        thru: Some(filled),
        units: cells.decimal("clm_line_srvc_unit_qty")?,
        days_supply: days_supply(cells)?,
        ..Line::default()
    }];
    Ok(claim)
}

fn days_supply(cells: &Cells<'_>) -> Result<Option<u16>, Malformed> {
    let Some(days) = cells.count("clm_line_days_suply_qty")? else { return Ok(None) };
    u16::try_from(days).map(Some).map_err(|_| Malformed::new("clm_line_days_suply_qty", Reason::BadNumber))
}

/// CMS's natural key of a part D claim: drug, fill date, pharmacy, dispensing status, prescription, fill.
fn family(cells: &Cells<'_>) -> Result<ClaimId, Malformed> {
    let mut key = "D".to_owned();
    for name in [
        "clm_line_ndc_cd",
        "clm_line_from_dt",
        "clm_srvc_prvdr_gnrc_id_num",
        "clm_dspnsng_stus_cd",
        "clm_line_rx_srvc_rfrnc_num",
        "clm_line_rx_fill_num",
    ] {
        key.push('/');
        key.push_str(&cells.text(name)?.unwrap_or_default());
    }
    Ok(ClaimId::new(key))
}
