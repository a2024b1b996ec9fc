//! The columns by which tables are known.

use super::TableKind;
use crate::cclf::CclfFile;
use crate::rif::RifFile;

/// One alternative per element: the first name is the canonical one.
pub(super) type Required = &'static [&'static [&'static str]];

/// Names of the person in Tuva files, the newest first.
pub(crate) const PERSON: &[&str] = &["person_id", "patient_id", "member_id", "current_bene_mbi_id"];
const MEMBER: &[&str] = &["member_id", "person_id", "patient_id"];

pub(super) struct Shape {
    pub(super) kind: TableKind,
    pub(super) required: Required,
    /// Columns that tell this table from the others.
    pub(super) telling: &'static [&'static str],
}

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        kind: TableKind::MedicalClaim,
        required: &[&["claim_id"], PERSON, &["claim_start_date"]],
        telling: &[
            "claim_start_date",
            "claim_end_date",
            "claim_line_start_date",
            "claim_line_end_date",
            "claim_line_number",
            "claim_type",
            "bill_type_code",
            "revenue_center_code",
            "hcpcs_code",
            "place_of_service_code",
            "discharge_disposition_code",
            "diagnosis_code_1",
        ],
    },
    Shape {
        kind: TableKind::PharmacyClaim,
        required: &[&["claim_id"], PERSON, &["dispensing_date"]],
        telling: &[
            "dispensing_date",
            "ndc_code",
            "days_supply",
            "refills",
            "prescribing_provider_npi",
            "dispensing_provider_npi",
            "claim_line_number",
        ],
    },
    Shape {
        kind: TableKind::Eligibility,
        required: &[PERSON, &["enrollment_start_date"]],
        telling: &[
            "enrollment_start_date",
            "enrollment_end_date",
            "payer_type",
            "payer",
            "plan",
            "subscriber_id",
            "dual_status_code",
            "medicare_status_code",
            "gender",
        ],
    },
    Shape {
        kind: TableKind::Attribution,
        required: &[MEMBER, ATTRIBUTED],
        telling: &[
            "payer_attributed_provider",
            "payer_attributed_provider_practice",
            "custom_attributed_provider",
            "attributed_provider",
            "attributed_npi",
            "practice_id",
            "pcp_npi",
        ],
    },
    Shape {
        kind: TableKind::Roster,
        required: &[&["program_id"], &["model"], &["member_id"], &["status"], &["as_of"]],
        telling: &[
            "program_id",
            "model",
            "status",
            "as_of",
            "start",
            "end",
            "contacts",
            "manager_name",
            "manager_phone",
            "available",
            "part2",
        ],
    },
    Shape {
        kind: TableKind::Member,
        required: &[&["member_id"]],
        telling: &[
            "line_of_business",
            "death_date",
            "phones",
            "language",
            "county",
            "race_ethnicity",
            "chronic",
            "meds",
            "smi",
            "incarcerated",
            "other_plan_manages",
            "pcp",
        ],
    },
    Shape {
        kind: TableKind::Consent,
        required: &[&["member_id"], &["consent"], &["from"]],
        telling: &["consent", "from", "thru", "revoked", "scope"],
    },
    Shape {
        kind: TableKind::Preference,
        required: &[&["member_id"], &["preference"], &["date"]],
        telling: &["preference", "channel", "allowed", "set", "withdrawn", "date"],
    },
    Shape {
        kind: TableKind::Availability,
        required: &[&["model"], &["places"]],
        telling: &["model", "county", "line_of_business", "places"],
    },
    Shape {
        kind: TableKind::Closure,
        required: &[&["member_id"], &["closure"], &["date"]],
        telling: &["closure", "date"],
    },
    Shape {
        kind: TableKind::Referral,
        required: &[&["member_id"], &["referred_by"], &["date"]],
        telling: &["referred_by", "reason", "date"],
    },
    Shape {
        kind: TableKind::Override,
        required: &[&["member_id"], &["override"], &["until"], &["date"], &["by"]],
        telling: &["override", "until", "by", "reason", "date"],
    },
];

const CCLF_ID: &[&str] = &["cur_clm_uniq_id"];
const CCLF_MBI: &[&str] = &["bene_mbi_id", "bene_hic_num"];
const CCLF_FROM: &[&str] = &["clm_from_dt"];

/// The CCLF files as CSV (Tuva's connector calls them parta_claims_header, partb_physicians, and so on).
pub(super) const CCLF_SHAPES: &[Shape] = &[
    Shape {
        kind: TableKind::Cclf(CclfFile::PartAHeader),
        required: &[CCLF_ID, CCLF_MBI, CCLF_FROM],
        telling: &[
            "clm_bill_fac_type_cd",
            "clm_bill_clsfctn_cd",
            "prncpl_dgns_cd",
            "admtg_dgns_cd",
            "clm_mdcr_npmt_rsn_cd",
            "bene_ptnt_stus_cd",
            "dgns_drg_cd",
        ],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::PartALine),
        required: &[CCLF_ID, CCLF_MBI, CCLF_FROM],
        telling: &["clm_line_prod_rev_ctr_cd", "clm_line_instnl_rev_ctr_dt", "clm_rev_apc_hipps_cd"],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::PartAProcedure),
        required: &[CCLF_ID, CCLF_MBI, CCLF_FROM],
        telling: &["clm_prcdr_cd", "clm_prcdr_prfrm_dt"],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::PartADiagnosis),
        required: &[CCLF_ID, CCLF_MBI, CCLF_FROM],
        telling: &["clm_dgns_cd", "clm_prod_type_cd", "clm_poa_ind"],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::PartB),
        required: &[CCLF_ID, CCLF_MBI, CCLF_FROM],
        telling: &[
            "rndrg_prvdr_type_cd",
            "clm_prvdr_spclty_cd",
            "clm_rndrg_prvdr_tax_num",
            "clm_dgns_1_cd",
            "clm_line_dgns_cd",
        ],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::Dme),
        required: &[CCLF_ID, CCLF_MBI, CCLF_FROM],
        telling: &["payto_prvdr_npi_num", "ordrg_prvdr_npi_num", "clm_prmry_pyr_cd"],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::PartD),
        required: &[CCLF_ID, CCLF_MBI, &["clm_line_from_dt"]],
        telling: &[
            "clm_line_ndc_cd",
            "clm_dspnsng_stus_cd",
            "clm_line_days_suply_qty",
            "clm_line_rx_srvc_rfrnc_num",
        ],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::Beneficiary),
        required: &[CCLF_MBI],
        telling: &[
            "bene_dob",
            "bene_sex_cd",
            "bene_mdcr_stus_cd",
            "bene_death_dt",
            "bene_part_a_enrlmt_bgn_dt",
        ],
    },
    Shape {
        kind: TableKind::Cclf(CclfFile::Xref),
        required: &[&["crnt_num"], &["prvs_num"]],
        telling: &["crnt_num", "prvs_num", "prvs_id_efctv_dt", "prvs_id_obslt_dt"],
    },
];

/// The RIF files.
pub(super) const RIF_SHAPES: &[Shape] = &[
    Shape {
        kind: TableKind::Rif(RifFile::Claim),
        required: &[&["clm_id"], &["bene_id"], CCLF_FROM],
        telling: &[
            "clm_grp_id",
            "final_action",
            "nch_clm_type_cd",
            "nch_wkly_proc_dt",
            "nch_near_line_rec_ident_cd",
            "prncpal_dgns_cd",
            "icd_dgns_cd1",
        ],
    },
    Shape {
        kind: TableKind::Rif(RifFile::PartD),
        required: &[&["pde_id"], &["bene_id"], &["srvc_dt"]],
        telling: &[
            "pde_id",
            "rx_srvc_rfrnc_num",
            "prod_srvc_id",
            "days_suply_num",
            "adjstmt_dltn_cd",
            "fill_num",
        ],
    },
    Shape {
        kind: TableKind::Rif(RifFile::Beneficiary),
        required: &[&["bene_id"]],
        telling: &["bene_birth_dt", "bene_sex_ident_cd", "bene_crnt_hic_num", "rfrnc_yr", "bene_race_cd"],
    },
];

/// Names of the attributed practice, the most specific first.
pub(crate) const ATTRIBUTED: &[&str] = &[
    "payer_attributed_provider_practice",
    "payer_attributed_provider",
    "custom_attributed_provider_practice",
    "custom_attributed_provider",
    "attributed_provider",
    "attributed_npi",
    "practice_id",
    "pcp_npi",
];
