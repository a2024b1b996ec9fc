//! RIF part D events.

use super::claim::withdrawn;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};
use icm_domain::claim::{ClaimKind, ClaimState, ClaimVersion, Line};
use icm_domain::code::Code;
use icm_domain::ids::{ClaimId, MemberId};

/// A fill. `ADJSTMT_DLTN_CD` D withdraws it (CLAIM_FORMATS §4.6); the family is pharmacy, prescription, fill and day.
pub(crate) fn claim(cells: &Cells<'_>, options: &ReadOptions) -> Result<ClaimVersion, Malformed> {
    let id = ClaimId::new(cells.required("pde_id")?);
    let filled = cells.required_day("srvc_dt")?;
    let received = options.claim_received(cells.day("pd_dt")?, filled);
    let mut claim =
        ClaimVersion::new(options.source.clone(), id, ClaimKind::Pharmacy, received, (filled, filled));
    claim.member_id = Some(MemberId::new(cells.required("bene_id")?));
    claim.billing_npi = cells.text("srvc_prvdr_id")?;
    claim.effective = Some(received);
    let mut family = "D".to_owned();
    for name in ["srvc_prvdr_id", "rx_srvc_rfrnc_num", "fill_num", "srvc_dt"] {
        family.push('/');
        family.push_str(&cells.text(name)?.unwrap_or_default());
    }
    claim.group = Some(ClaimId::new(family));
    let covered = cells.cents("cvrd_d_plan_pd_amt")?;
    let other = cells.cents("ncvrd_plan_pd_amt")?;
    claim.paid = [covered, other].into_iter().flatten().reduce(|a, b| a + b);
    claim.allowed = cells.cents("tot_rx_cst_amt")?;
    if withdrawn(cells)? || cells.text("adjstmt_dltn_cd")?.as_deref() == Some("D") {
        claim.state = ClaimState::Cancelled;
    }
    claim.lines = vec![Line {
        ndc: cells.code("prod_srvc_id", Code::new)?,
        from: Some(filled),
        thru: Some(filled),
        units: cells.decimal("qty_dspnsd_num")?,
        days_supply: days_supply(cells)?,
        allowed: claim.allowed,
        paid: claim.paid,
        ..Line::default()
    }];
    Ok(claim)
}

fn days_supply(cells: &Cells<'_>) -> Result<Option<u16>, Malformed> {
    let Some(days) = cells.count("days_suply_num")? else { return Ok(None) };
    u16::try_from(days).map(Some).map_err(|_| Malformed::new("days_suply_num", Reason::BadNumber))
}
