//! The codes that the generator writes, as constants: no text is parsed while a population is made.
//! Codes only; descriptors are paraphrases of ours. Drug and provider numbers are invented (labeler 99999, NPIs
//! that begin with 9) and can belong to nobody.

use icm_domain::code::Code;

/// Shorthand for a constant code.
pub(crate) const fn c(text: &'static str) -> Code {
    Code::literal(text)
}

/// Places of service.
pub(crate) mod pos {
    use super::{Code, c};
    pub(crate) const TELEHEALTH: Code = c("10");
    pub(crate) const OFFICE: Code = c("11");
    pub(crate) const HOME: Code = c("12");
    pub(crate) const INPATIENT: Code = c("21");
    pub(crate) const EMERGENCY: Code = c("23");
    pub(crate) const NURSING_FACILITY: Code = c("32");
    pub(crate) const MENTAL_HEALTH_CENTRE: Code = c("53");
    pub(crate) const LABORATORY: Code = c("81");
}

/// Types of bill.
pub(crate) mod bill {
    use super::{Code, c};
    pub(crate) const INPATIENT: Code = c("111");
    pub(crate) const INPATIENT_FIRST: Code = c("112");
    pub(crate) const INPATIENT_NEXT: Code = c("113");
    pub(crate) const INPATIENT_LAST: Code = c("114");
    pub(crate) const OUTPATIENT: Code = c("131");
    pub(crate) const SKILLED_NURSING: Code = c("211");
    pub(crate) const HOME_HEALTH: Code = c("329");
    pub(crate) const INTERMEDIATE_CARE: Code = c("651");
    pub(crate) const DIALYSIS: Code = c("721");
    pub(crate) const HOSPICE: Code = c("811");
}

/// Revenue codes.
pub(crate) mod rev {
    use super::{Code, c};
    pub(crate) const ROOM: Code = c("0120");
    pub(crate) const PSYCHIATRIC_ROOM: Code = c("0124");
    pub(crate) const DETOX_ROOM: Code = c("0126");
    pub(crate) const NURSERY: Code = c("0170");
    pub(crate) const INTENSIVE_CARE: Code = c("0200");
    pub(crate) const PHARMACY: Code = c("0250");
    pub(crate) const LABORATORY: Code = c("0300");
    pub(crate) const IMAGING: Code = c("0320");
    pub(crate) const CHEMOTHERAPY: Code = c("0335");
    pub(crate) const SURGERY: Code = c("0360");
    pub(crate) const EMERGENCY: Code = c("0450");
    pub(crate) const SKILLED_VISIT: Code = c("0551");
    pub(crate) const HOSPICE_ROUTINE: Code = c("0651");
    pub(crate) const OBSERVATION: Code = c("0762");
    pub(crate) const HEMODIALYSIS: Code = c("0821");
    pub(crate) const SUD_INTENSIVE_OUTPATIENT: Code = c("0906");
}

/// Diagnoses by subject.
pub(crate) mod dx {
    use super::{Code, c};
    pub(crate) const CHECKUP: Code = c("Z0000");
    pub(crate) const HYPERTENSION: Code = c("I10");
    pub(crate) const HEART_FAILURE: Code = c("I5022");
    pub(crate) const HEART_FAILURE_ACUTE: Code = c("I5023");
    pub(crate) const DIABETES: Code = c("E119");
    pub(crate) const DIABETES_UNCONTROLLED: Code = c("E1165");
    pub(crate) const COPD: Code = c("J449");
    pub(crate) const COPD_ACUTE: Code = c("J441");
    pub(crate) const ASTHMA: Code = c("J4540");
    pub(crate) const ASTHMA_ACUTE: Code = c("J4541");
    pub(crate) const KIDNEY: Code = c("N183");
    pub(crate) const ESRD: Code = c("N186");
    pub(crate) const CORONARY: Code = c("I2510");
    pub(crate) const INFARCTION: Code = c("I214");
    pub(crate) const DEPRESSION: Code = c("F331");
    pub(crate) const ANXIETY: Code = c("F411");
    pub(crate) const SCHIZOPHRENIA: Code = c("F209");
    pub(crate) const BIPOLAR: Code = c("F3181");
    pub(crate) const ALCOHOL_WITHDRAWAL: Code = c("F10239");
    pub(crate) const OPIOID: Code = c("F1120");
    pub(crate) const PNEUMONIA: Code = c("J189");
    pub(crate) const SEPSIS: Code = c("A419");
    pub(crate) const DENTAL: Code = c("K0889");
    pub(crate) const DELIVERY: Code = c("O80");
    pub(crate) const LIVE_BIRTH: Code = c("Z370");
    pub(crate) const PRENATAL: Code = c("Z3483");
    pub(crate) const NEWBORN: Code = c("Z3800");
    pub(crate) const CHEMOTHERAPY: Code = c("Z5111");
    pub(crate) const BREAST_CANCER: Code = c("C50911");
    pub(crate) const TRANSPLANTED_KIDNEY: Code = c("Z940");
    pub(crate) const HIP_FRACTURE: Code = c("S72001A");
    pub(crate) const KNEE_ARTHRITIS: Code = c("M1711");
    pub(crate) const HOUSING: Code = c("Z5901");
    pub(crate) const DEMENTIA: Code = c("F0390");
    pub(crate) const BACK_PAIN: Code = c("M5450");
}

/// Services of other programs of the continuum (FACTS 3.1).
pub(crate) mod program {
    use super::{Code, c};
    pub(crate) const CHRONIC_CARE: Code = c("99490");
    pub(crate) const CHRONIC_CARE_MORE: Code = c("99439");
    pub(crate) const ADVANCED_PRIMARY: Code = c("G0557");
    pub(crate) const COLLABORATIVE_FIRST: Code = c("99492");
    pub(crate) const COLLABORATIVE_NEXT: Code = c("99493");
    pub(crate) const TRANSITION: Code = c("99496");
    pub(crate) const ACT_QUARTER_HOUR: Code = c("H0039");
    pub(crate) const ACT_DAY: Code = c("H0040");
    pub(crate) const TARGETED_CASE: Code = c("T1017");
    pub(crate) const COMMUNITY_SUPPORT: Code = c("H2015");
    pub(crate) const PEER: Code = c("H0038");
    pub(crate) const HOME_NURSE: Code = c("G0299");
    pub(crate) const COMMUNITY_HEALTH: Code = c("G0019");
}

/// Visits, tests and treatments.
pub(crate) mod service {
    use super::{Code, c};
    pub(crate) const OFFICE_SHORT: Code = c("99213");
    pub(crate) const OFFICE_LONG: Code = c("99214");
    pub(crate) const ANNUAL: Code = c("99396");
    pub(crate) const METABOLIC: Code = c("80053");
    pub(crate) const LIPIDS: Code = c("80061");
    pub(crate) const BLOOD_COUNT: Code = c("85025");
    pub(crate) const THYROID: Code = c("84443");
    pub(crate) const URINE: Code = c("81001");
    pub(crate) const VACCINE: Code = c("90686");
    pub(crate) const VACCINE_GIVEN: Code = c("90471");
    pub(crate) const A1C: Code = c("83036");
    pub(crate) const CHEST_FILM: Code = c("71046");
    pub(crate) const THERAPY: Code = c("90834");
    pub(crate) const COUNSELLING_SUD: Code = c("H0004");
    pub(crate) const METHADONE: Code = c("H0020");
    pub(crate) const SUD_INTENSIVE: Code = c("H0015");
    pub(crate) const EMERGENCY: [Code; 3] = [c("99283"), c("99284"), c("99285")];
    pub(crate) const OBSERVATION_HOUR: Code = c("G0378");
    pub(crate) const HOSPITAL_FIRST: Code = c("99223");
    pub(crate) const HOSPITAL_NEXT: Code = c("99232");
    pub(crate) const HOSPITAL_LAST: Code = c("99238");
    pub(crate) const DIALYSIS: Code = c("90999");
    pub(crate) const INFUSION: Code = c("96413");
    pub(crate) const CANCER_DRUG: Code = c("J9355");
    pub(crate) const NURSING_FACILITY: Code = c("99309");
    pub(crate) const HOSPICE_DAY: Code = c("Q5001");
}

/// Patient discharge statuses.
pub(crate) mod status {
    use super::{Code, c};
    pub(crate) const HOME: Code = c("01");
    pub(crate) const TRANSFERRED: Code = c("02");
    pub(crate) const SKILLED_NURSING: Code = c("03");
    pub(crate) const HOME_HEALTH: Code = c("06");
    pub(crate) const AGAINST_ADVICE: Code = c("07");
    pub(crate) const DIED: Code = c("20");
    pub(crate) const STILL_PATIENT: Code = c("30");
}

/// Types of admission.
pub(crate) mod admission {
    use super::{Code, c};
    pub(crate) const EMERGENCY: Code = c("1");
    pub(crate) const ELECTIVE: Code = c("3");
    pub(crate) const NEWBORN: Code = c("4");
    pub(crate) const TRAUMA: Code = c("5");
}

/// Frequencies that change an earlier bill.
pub(crate) mod frequency {
    use super::{Code, c};
    pub(crate) const REPLACE: Code = c("7");
    pub(crate) const VOID: Code = c("8");
}

/// Provider taxonomies that decide what a bill is.
pub(crate) mod taxonomy {
    use super::{Code, c};
    pub(crate) const PSYCHIATRIC_HOSPITAL: Code = c("283Q00000X");
    pub(crate) const SUD_FACILITY: Code = c("324500000X");
}
