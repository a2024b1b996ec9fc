//! RIF claims: a row a line, gathered by `CLM_ID`.

use crate::gather::{Keys, Layout};
use crate::options::ReadOptions;
use crate::table::cells::bytes;
use crate::table::{Cells, Header, Malformed, Row};
use icm_domain::claim::{ClaimKind, ClaimState, ClaimVersion, Denial, Icd, Line, action_of};
use icm_domain::code::Code;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId};

/// Diagnoses and procedures of a row.
const CODES_MAX: usize = 25;

/// A RIF claim file.
pub(crate) struct RifClaims<'o> {
    header: Header,
    options: &'o ReadOptions,
    diagnoses: Vec<String>,
    procedures: Vec<String>,
}

impl<'o> Layout<'o> for RifClaims<'o> {
    type Head = ClaimVersion;
    type Part = Line;
    type Keys = Self;

    fn of(header: &Header, options: &'o ReadOptions) -> Self {
        let numbered = |stem: &str| (1..=CODES_MAX).map(|number| format!("{stem}{number}")).collect();
        Self {
            header: header.clone(),
            options,
            diagnoses: numbered("icd_dgns_cd"),
            procedures: numbered("icd_prcdr_cd"),
        }
    }

    fn keys(&self) -> &Self {
        self
    }

    fn head(&self, row: &Row<'_>) -> Result<ClaimVersion, Malformed> {
        let cells = self.cells(row);
        let id = ClaimId::new(cells.required("clm_id")?);
        let from = cells.required_day("clm_from_dt")?;
        let thru = cells.day("clm_thru_dt")?.unwrap_or(from);
        let processed = cells.day("nch_wkly_proc_dt")?;
        let received = self.options.claim_received(processed, thru);
        let mut claim = ClaimVersion::new(
            self.options.source.clone(),
            id,
            kind(&cells)?,
            received,
            (from, thru.max(from)),
        );
        claim.member_id = Some(MemberId::new(cells.required("bene_id")?));
        claim.effective = processed;
        claim.group = cells.text("clm_grp_id")?.map(ClaimId::new);
        bill(&cells, &mut claim)?;
        amounts(&cells, &mut claim)?;
        self.codes(&cells, &mut claim)?;
        outcome(&cells, &mut claim)?;
        Ok(claim)
    }

    fn check(&self, row: &Row<'_>) -> Result<(), Malformed> {
        let cells = self.cells(row);
        cells.required_day("clm_from_dt")?;
        cells.day("clm_thru_dt").map(|_| ())
    }

    fn part(&self, row: &Row<'_>) -> Result<Line, Malformed> {
        line(&self.cells(row))
    }

    fn claim(&self, head: ClaimVersion, parts: Vec<Line>, _: Option<Day>) -> Result<ClaimVersion, Malformed> {
        Ok(ClaimVersion { lines: parts, ..head })
    }
}

impl Keys for RifClaims<'_> {
    fn key<'a>(&self, row: &Row<'a>) -> [&'a [u8]; 2] {
        [&[], bytes(row, self.header.column("clm_id")).unwrap_or_default()]
    }

    fn member<'a>(&self, row: &Row<'a>) -> &'a [u8] {
        bytes(row, self.header.column("bene_id")).unwrap_or_default()
    }

    fn line_number(&self, row: &Row<'_>) -> Result<Option<u32>, Malformed> {
        let cells = self.cells(row);
        match cells.count("clm_line_num")? {
            Some(number) => Ok(Some(number)),
            None => cells.count("line_num"),
        }
    }
}

impl RifClaims<'_> {
    fn cells<'a>(&'a self, row: &'a Row<'a>) -> Cells<'a> {
        Cells { header: &self.header, row }
    }

    /// The principal diagnosis first, then the listed ones, each once.
    fn codes(&self, cells: &Cells<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
        let principal = cells.code("prncpal_dgns_cd", Code::new)?;
        claim.dx.extend(principal);
        for name in &self.diagnoses {
            let code = cells.code_of(name, "icd_dgns_cd", Code::new)?;
            claim.dx.extend(code.filter(|code| !claim.dx.contains(code)));
        }
        claim.principal = principal.is_some() || claim.dx.is_empty();
        for name in &self.procedures {
            claim.px.extend(cells.code_of(name, "icd_prcdr_cd", Code::new)?);
        }
        let edition = cells.text("prncpal_dgns_vrsn_cd")?;
        claim.icd = if edition.as_deref() == Some("9") { Icd::Nine } else { Icd::Ten };
        Ok(())
    }
}

/// Claim types 71 and 72 are carriers', 81 and 82 suppliers'.
fn kind(cells: &Cells<'_>) -> Result<ClaimKind, Malformed> {
    Ok(match cells.text("nch_clm_type_cd")?.as_deref() {
        Some("71" | "72" | "81" | "82") => ClaimKind::Professional,
        Some(_) | None => ClaimKind::Institutional,
    })
}

fn bill(cells: &Cells<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
    let parts =
        [cells.text("clm_fac_type_cd")?, cells.text("clm_srvc_clsfctn_type_cd")?, cells.text("clm_freq_cd")?];
    let bill: String = parts.into_iter().flatten().collect();
    claim.bill_type = Code::new(&bill);
    claim.frequency = cells.code("clm_freq_cd", Code::new)?;
    claim.action = action_of(claim.frequency, None);
    claim.facility = cells.text("prvdr_num")?;
    claim.billing_npi = match cells.text("carr_clm_blg_npi_num")? {
        Some(npi) => Some(npi),
        None => cells.text("org_npi_num")?,
    };
    claim.admit = cells.day("clm_admsn_dt")?;
    claim.discharge = cells.day("nch_bene_dschrg_dt")?;
    claim.discharge_status = cells.code("ptnt_dschrg_stus_cd", Code::two_digits)?;
    claim.admit_type = cells.code("clm_ip_admsn_type_cd", Code::new)?;
    claim.admit_source = cells.code("clm_src_ip_admsn_cd", Code::new)?;
    claim.drg = cells.code("clm_drg_cd", Code::new)?;
    Ok(())
}

fn amounts(cells: &Cells<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
    claim.paid = cells.cents("clm_pmt_amt")?;
    claim.charge = match cells.cents("clm_tot_chrg_amt")? {
        Some(charge) => Some(charge),
        None => cells.cents("nch_carr_clm_sbmtd_chrg_amt")?,
    };
    claim.allowed = cells.cents("nch_carr_clm_alowd_amt")?;
    Ok(())
}

/// A record that is not final, or that its source deletes, is withdrawn; a reason of non-payment is a denial.
fn outcome(cells: &Cells<'_>, claim: &mut ClaimVersion) -> Result<(), Malformed> {
    let refused = cells.text("clm_mdcr_non_pmt_rsn_cd")?.is_some()
        || cells.text("carr_clm_pmt_dnl_cd")?.as_deref() == Some("0");
    if refused {
        claim.state = ClaimState::Denied;
        claim.denial = Some(Denial::Other);
    }
    if withdrawn(cells)? {
        claim.state = ClaimState::Cancelled;
    }
    Ok(())
}

/// Whether the row is of a version that no longer counts.
pub(super) fn withdrawn(cells: &Cells<'_>) -> Result<bool, Malformed> {
    Ok(cells.text("final_action")?.as_deref() == Some("N")
        || cells.text("dml_ind")?.as_deref() == Some("DELETE"))
}

fn line(cells: &Cells<'_>) -> Result<Line, Malformed> {
    let mut modifiers = Vec::new();
    for name in ["hcpcs_1st_mdfr_cd", "hcpcs_2nd_mdfr_cd", "hcpcs_3rd_mdfr_cd", "hcpcs_4th_mdfr_cd"] {
        modifiers.extend(cells.code(name, Code::new)?);
    }
    let carrier = cells.header.has(&["line_num"]);
    let (from, thru, units, charge, paid) = if carrier {
        (
            "line_1st_expns_dt",
            "line_last_expns_dt",
            "line_srvc_cnt",
            "line_sbmtd_chrg_amt",
            "line_nch_pmt_amt",
        )
    } else {
        ("rev_cntr_dt", "rev_cntr_dt", "rev_cntr_unit_cnt", "rev_cntr_tot_chrg_amt", "rev_cntr_pmt_amt_amt")
    };
    Ok(Line {
        rev: cells.code("rev_cntr", Code::revenue)?,
        hcpcs: cells.code("hcpcs_cd", Code::new)?,
        modifiers,
        pos: cells.code("line_place_of_srvc_cd", Code::two_digits)?,
        ndc: cells
            .code("line_ndc_cd", Code::new)?
            .filter(|ndc| ndc.as_str().bytes().any(|digit| digit != b'0')),
        from: cells.day(from)?,
        thru: cells.day(thru)?,
        units: cells.text(units)?,
        days_supply: None,
        charge: cells.cents(charge)?,
        allowed: cells.cents("line_alowd_chrg_amt")?,
        paid: cells.cents(paid)?,
    })
}
