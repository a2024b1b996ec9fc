//! The fixed-width layouts of the CCLF files (CMS CCLF information packet). Older files end earlier, newer ones add
//! columns behind: a file is recognised by where its dates stand, not by the length of its rows alone.

use crate::table::{Cell, Cut, Table, TableKind};

/// The CCLF files that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CclfFile {
    /// CCLF1: part A claim headers.
    PartAHeader,
    /// CCLF2: part A revenue centre lines.
    PartALine,
    /// CCLF3: part A procedures.
    PartAProcedure,
    /// CCLF4: part A diagnoses.
    PartADiagnosis,
    /// CCLF5: part B physicians.
    PartB,
    /// CCLF6: part B durable medical equipment.
    Dme,
    /// CCLF7: part D.
    PartD,
    /// CCLF8: beneficiaries.
    Beneficiary,
    /// CCLF9: changes of identifier.
    Xref,
    /// CCLFA and CCLFB: payment models. Recognised, so that a folder can hold them; not read.
    PaymentModel,
}

const fn cell(name: &'static str, width: usize) -> Cell {
    Cell { name, width }
}

const CLAIM_ID: Cell = cell("cur_clm_uniq_id", 13);
const MBI: Cell = cell("bene_mbi_id", 11);
const HIC: Cell = cell("bene_hic_num", 11);
const EQUITABLE: Cell = cell("bene_eqtbl_bic_hicn_num", 11);
const OSCAR: Cell = cell("prvdr_oscar_num", 6);
const TYPE: Cell = cell("clm_type_cd", 2);
const FROM: Cell = cell("clm_from_dt", 10);
const THRU: Cell = cell("clm_thru_dt", 10);
const ICD: Cell = cell("dgns_prcdr_icd_ind", 1);
const ADJUSTMENT: Cell = cell("clm_adjsmt_type_cd", 2);
const EFFECTIVE: Cell = cell("clm_efctv_dt", 10);
const LOADED: Cell = cell("clm_idr_ld_dt", 10);
const CONTROL: Cell = cell("clm_cntl_num", 40);
const LINE_NUMBER: Cell = cell("clm_line_num", 10);
const LINE_FROM: Cell = cell("clm_line_from_dt", 10);
const LINE_THRU: Cell = cell("clm_line_thru_dt", 10);
const LINE_HCPCS: Cell = cell("clm_line_hcpcs_cd", 5);
const UNITS: Cell = cell("clm_line_srvc_unit_qty", 24);

const CCLF1: &[Cell] = &[
    CLAIM_ID,
    OSCAR,
    MBI,
    HIC,
    TYPE,
    FROM,
    THRU,
    cell("clm_bill_fac_type_cd", 1),
    cell("clm_bill_clsfctn_cd", 1),
    cell("prncpl_dgns_cd", 7),
    cell("admtg_dgns_cd", 7),
    cell("clm_mdcr_npmt_rsn_cd", 2),
    cell("clm_pmt_amt", 17),
    cell("clm_nch_prmry_pyr_cd", 1),
    cell("prvdr_fac_fips_st_cd", 2),
    cell("bene_ptnt_stus_cd", 2),
    cell("dgns_drg_cd", 4),
    cell("clm_op_srvc_type_cd", 1),
    cell("fac_prvdr_npi_num", 10),
    cell("oprtg_prvdr_npi_num", 10),
    cell("atndg_prvdr_npi_num", 10),
    cell("othr_prvdr_npi_num", 10),
    ADJUSTMENT,
    EFFECTIVE,
    LOADED,
    EQUITABLE,
    cell("clm_admsn_type_cd", 2),
    cell("clm_admsn_src_cd", 2),
    cell("clm_bill_freq_cd", 1),
    cell("clm_query_cd", 1),
    ICD,
    cell("clm_mdcr_instnl_tot_chrg_amt", 15),
    cell("clm_mdcr_ip_pps_cptl_ime_amt", 15),
    cell("clm_oprtnl_ime_amt", 22),
    cell("clm_mdcr_ip_pps_dsprprtnt_amt", 15),
    cell("clm_hipps_uncompd_care_amt", 15),
    cell("clm_oprtnl_dsprprtnt_amt", 22),
    cell("clm_blg_prvdr_oscar_num", 20),
    cell("clm_blg_prvdr_npi_num", 10),
    cell("clm_oprtg_prvdr_npi_num", 10),
    cell("clm_atndg_prvdr_npi_num", 10),
    cell("clm_othr_prvdr_npi_num", 10),
    CONTROL,
    cell("clm_org_cntl_num", 40),
    cell("clm_cntrctr_num", 5),
];

const CCLF2: &[Cell] = &[
    CLAIM_ID,
    LINE_NUMBER,
    MBI,
    HIC,
    TYPE,
    LINE_FROM,
    LINE_THRU,
    cell("clm_line_prod_rev_ctr_cd", 4),
    cell("clm_line_instnl_rev_ctr_dt", 10),
    LINE_HCPCS,
    EQUITABLE,
    OSCAR,
    FROM,
    THRU,
    UNITS,
    cell("clm_line_cvrd_pd_amt", 17),
    cell("hcpcs_1_mdfr_cd", 2),
    cell("hcpcs_2_mdfr_cd", 2),
    cell("hcpcs_3_mdfr_cd", 2),
    cell("hcpcs_4_mdfr_cd", 2),
    cell("hcpcs_5_mdfr_cd", 2),
    cell("clm_rev_apc_hipps_cd", 5),
    cell("clm_fac_prvdr_oscar_num", 20),
];

const CCLF3: &[Cell] = &[
    CLAIM_ID,
    MBI,
    HIC,
    TYPE,
    cell("clm_val_sqnc_num", 2),
    cell("clm_prcdr_cd", 7),
    cell("clm_prcdr_prfrm_dt", 10),
    EQUITABLE,
    OSCAR,
    FROM,
    THRU,
    ICD,
    cell("clm_blg_prvdr_oscar_num", 20),
];

const CCLF4: &[Cell] = &[
    CLAIM_ID,
    MBI,
    HIC,
    TYPE,
    cell("clm_prod_type_cd", 1),
    cell("clm_val_sqnc_num", 2),
    cell("clm_dgns_cd", 7),
    EQUITABLE,
    OSCAR,
    FROM,
    THRU,
    cell("clm_poa_ind", 7),
    ICD,
    cell("clm_blg_prvdr_oscar_num", 20),
];

const CCLF5: &[Cell] = &[
    CLAIM_ID,
    LINE_NUMBER,
    MBI,
    HIC,
    TYPE,
    FROM,
    THRU,
    cell("rndrg_prvdr_type_cd", 3),
    cell("rndrg_prvdr_fips_st_cd", 2),
    cell("clm_prvdr_spclty_cd", 2),
    cell("clm_fed_type_srvc_cd", 1),
    cell("clm_pos_cd", 2),
    LINE_FROM,
    LINE_THRU,
    LINE_HCPCS,
    cell("clm_line_cvrd_pd_amt", 15),
    cell("clm_line_prmry_pyr_cd", 1),
    cell("clm_line_dgns_cd", 7),
    cell("clm_rndrg_prvdr_tax_num", 10),
    cell("rndrg_prvdr_npi_num", 10),
    cell("clm_carr_pmt_dnl_cd", 2),
    cell("clm_prcsg_ind_cd", 2),
    ADJUSTMENT,
    EFFECTIVE,
    LOADED,
    CONTROL,
    EQUITABLE,
    cell("clm_line_alowd_chrg_amt", 17),
    UNITS,
    cell("hcpcs_1_mdfr_cd", 2),
    cell("hcpcs_2_mdfr_cd", 2),
    cell("hcpcs_3_mdfr_cd", 2),
    cell("hcpcs_4_mdfr_cd", 2),
    cell("hcpcs_5_mdfr_cd", 2),
    cell("clm_disp_cd", 2),
    cell("clm_dgns_1_cd", 7),
    cell("clm_dgns_2_cd", 7),
    cell("clm_dgns_3_cd", 7),
    cell("clm_dgns_4_cd", 7),
    cell("clm_dgns_5_cd", 7),
    cell("clm_dgns_6_cd", 7),
    cell("clm_dgns_7_cd", 7),
    cell("clm_dgns_8_cd", 7),
    ICD,
    cell("clm_dgns_9_cd", 7),
    cell("clm_dgns_10_cd", 7),
    cell("clm_dgns_11_cd", 7),
    cell("clm_dgns_12_cd", 7),
    cell("hcpcs_betos_cd", 3),
    cell("clm_rndrg_prvdr_npi_num", 10),
    cell("clm_rfrg_prvdr_npi_num", 10),
    cell("clm_cntrctr_num", 5),
];

const CCLF6: &[Cell] = &[
    CLAIM_ID,
    LINE_NUMBER,
    MBI,
    HIC,
    TYPE,
    FROM,
    THRU,
    cell("clm_fed_type_srvc_cd", 1),
    cell("clm_pos_cd", 2),
    LINE_FROM,
    LINE_THRU,
    LINE_HCPCS,
    cell("clm_line_cvrd_pd_amt", 15),
    cell("clm_prmry_pyr_cd", 1),
    cell("payto_prvdr_npi_num", 10),
    cell("ordrg_prvdr_npi_num", 10),
    cell("clm_carr_pmt_dnl_cd", 2),
    cell("clm_prcsg_ind_cd", 2),
    ADJUSTMENT,
    EFFECTIVE,
    LOADED,
    CONTROL,
    EQUITABLE,
    cell("clm_line_alowd_chrg_amt", 17),
    cell("clm_disp_cd", 2),
    cell("clm_blg_prvdr_npi_num", 10),
    cell("clm_rfrg_prvdr_npi_num", 10),
];

const CCLF7: &[Cell] = &[
    CLAIM_ID,
    MBI,
    HIC,
    cell("clm_line_ndc_cd", 11),
    TYPE,
    LINE_FROM,
    cell("prvdr_srvc_id_qlfyr_cd", 2),
    cell("clm_srvc_prvdr_gnrc_id_num", 20),
    cell("clm_dspnsng_stus_cd", 1),
    cell("clm_daw_prod_slctn_cd", 1),
    UNITS,
    cell("clm_line_days_suply_qty", 9),
    cell("prvdr_prsbng_id_qlfyr_cd", 2),
    cell("clm_prsbng_prvdr_gnrc_id_num", 20),
    cell("clm_line_bene_pmt_amt", 13),
    ADJUSTMENT,
    EFFECTIVE,
    LOADED,
    cell("clm_line_rx_srvc_rfrnc_num", 12),
    cell("clm_line_rx_fill_num", 9),
    cell("clm_phrmcy_srvc_type_cd", 2),
];

const CCLF8: &[Cell] = &[
    MBI,
    HIC,
    cell("bene_fips_state_cd", 2),
    cell("bene_fips_cnty_cd", 3),
    cell("bene_zip_cd", 5),
    cell("bene_dob", 10),
    cell("bene_sex_cd", 1),
    cell("bene_race_cd", 1),
    cell("bene_age", 3),
    cell("bene_mdcr_stus_cd", 2),
    cell("bene_dual_stus_cd", 2),
    cell("bene_death_dt", 10),
    cell("bene_rng_bgn_dt", 10),
    cell("bene_rng_end_dt", 10),
    cell("bene_1st_name", 30),
    cell("bene_midl_name", 15),
    cell("bene_last_name", 40),
    cell("bene_orgnl_entlmt_rsn_cd", 1),
    cell("bene_entlmt_buyin_ind", 1),
    cell("bene_part_a_enrlmt_bgn_dt", 10),
    cell("bene_part_b_enrlmt_bgn_dt", 10),
    cell("bene_line_1_adr", 45),
    cell("bene_line_2_adr", 45),
    cell("bene_line_3_adr", 40),
    cell("bene_line_4_adr", 40),
    cell("bene_line_5_adr", 40),
    cell("bene_line_6_adr", 40),
    cell("geo_zip_plc_name", 100),
    cell("geo_usps_state_cd", 2),
    cell("geo_zip5_cd", 5),
    cell("geo_zip4_cd", 4),
];

const CCLF9: &[Cell] = &[
    cell("hicn_mbi_xref_ind", 1),
    cell("crnt_num", 11),
    cell("prvs_num", 11),
    cell("prvs_id_efctv_dt", 10),
    cell("prvs_id_obslt_dt", 10),
    cell("bene_rrb_num", 12),
];

const CCLFA: &[Cell] = &[CLAIM_ID, MBI, HIC, TYPE, cell("clm_actv_care_from_dt", 10)];
const CCLFB: &[Cell] = &[CLAIM_ID, LINE_NUMBER, MBI, HIC, TYPE];

/// File, layout, and the lengths that rows may have without and with the columns that later versions added.
const FILES: &[(CclfFile, &[Cell], std::ops::RangeInclusive<usize>)] = &[
    (CclfFile::PartAHeader, CCLF1, 188..=460),
    (CclfFile::PartALine, CCLF2, 164..=230),
    (CclfFile::PartAProcedure, CCLF3, 93..=114),
    (CclfFile::PartADiagnosis, CCLF4, 84..=112),
    (CclfFile::PartB, CCLF5, 262..=420),
    (CclfFile::Dme, CCLF6, 211..=260),
    (CclfFile::PartD, CCLF7, 183..=210),
    (CclfFile::Beneficiary, CCLF8, 111..=560),
    (CclfFile::Xref, CCLF9, 43..=60),
    (CclfFile::PaymentModel, CCLFA, 101..=340),
];

/// Row lengths of CCLFB, which has no date to be known by.
const CCLFB_LENGTHS: [usize; 2] = [93, 128];

/// Rows looked at before a file is refused: a broken first row costs itself alone.
const RECOGNISED_ROWS: usize = 5;

/// The CCLF file whose rows begin so, if any.
pub(crate) fn recognise(head: &[u8]) -> Option<Table> {
    let rows = head.split(|byte| *byte == b'\n').map(|row| row.strip_suffix(b"\r").unwrap_or(row));
    rows.filter(|row| !row.trim_ascii().is_empty()).take(RECOGNISED_ROWS).find_map(of_row)
}

/// The CCLF file of which this is a row, if any.
fn of_row(line: &[u8]) -> Option<Table> {
    let file = |kind, layout| Table { kind: TableKind::Cclf(kind), cut: Cut::Fixed(layout) };
    let found =
        FILES.iter().find(|(_, layout, lengths)| lengths.contains(&line.len()) && dates_fit(line, layout));
    if let Some((kind, layout, _)) = found {
        return Some(file(*kind, *layout));
    }
    let id = line.get(..13)?.trim_ascii();
    let payment_lines =
        CCLFB_LENGTHS.contains(&line.len()) && id.len() > 5 && id.iter().all(u8::is_ascii_digit);
    payment_lines.then_some(file(CclfFile::PaymentModel, CCLFB))
}

/// Whether a date or nothing stands wherever the layout has a date, and at least one date is there. Columns are
/// delimited by nothing, so a stray digit or letter in one of these places means another layout.
fn dates_fit(line: &[u8], layout: &[Cell]) -> bool {
    let (mut begin, mut dates) = (0, 0);
    for cell in layout {
        let end = begin + cell.width;
        if cell.name.ends_with("_dt") || cell.name == "bene_dob" {
            match line.get(begin..end.min(line.len())).map(<[u8]>::trim_ascii) {
                None | Some([]) => {}
                Some([_, _, _, _, b'-', _, _, b'-', _, _]) => dates += 1,
                Some(_) => return false,
            }
        }
        begin = end;
    }
    dates > 0
}

/// The layout of a file by its name, for tests that write rows.
#[cfg(test)]
pub(super) fn of(name: &str) -> &'static [Cell] {
    match name {
        "CCLF1" => CCLF1,
        "CCLF2" => CCLF2,
        "CCLF3" => CCLF3,
        "CCLF4" => CCLF4,
        "CCLF5" => CCLF5,
        "CCLF7" => CCLF7,
        "CCLF8" => CCLF8,
        _ => CCLF9,
    }
}
