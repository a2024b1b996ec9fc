//! RIF: the research and exchange files of CMS's Chronic Conditions Warehouse, pipe-delimited with a header row. One
//! row is one line of a claim; institutional, carrier, supplier (DME) and part D files share most column names.

pub(crate) mod beneficiary;
pub(crate) mod claim;
pub(crate) mod event;

/// The RIF files that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RifFile {
    /// Inpatient, outpatient, skilled nursing, home health, hospice, carrier, DME.
    Claim,
    /// Part D events.
    PartD,
    /// Beneficiaries, of one year or their history.
    Beneficiary,
}

#[cfg(test)]
mod tests {
    use crate::table::cells::parse_day;
    use crate::testing::{claims, facts, ymd};
    use icm_domain::claim::{ClaimKind, ClaimState, Icd};
    use icm_domain::facts::Fact;
    use icm_domain::money::Cents;

    #[test]
    fn dates_name_their_month() {
        assert_eq!(parse_day("03-FEB-2014"), Some(ymd("2014-02-03")));
        assert_eq!(parse_day("3-Feb-2014"), Some(ymd("2014-02-03")));
        assert_eq!(parse_day("31-FEB-2014"), None);
        assert_eq!(parse_day("03-FEBR-2014"), None);
    }

    #[test]
    fn rows_become_an_institutional_claim() {
        let text = "DML_IND|BENE_ID|CLM_ID|CLM_GRP_ID|FINAL_ACTION|NCH_CLM_TYPE_CD|CLM_FROM_DT|CLM_THRU_DT|NCH_WKLY_PROC_DT|PRVDR_NUM|\
            CLM_FAC_TYPE_CD|CLM_SRVC_CLSFCTN_TYPE_CD|CLM_FREQ_CD|CLM_MDCR_NON_PMT_RSN_CD|CLM_PMT_AMT|PTNT_DSCHRG_STUS_CD|CLM_ADMSN_DT|\
            PRNCPAL_DGNS_CD|PRNCPAL_DGNS_VRSN_CD|ICD_DGNS_CD1|ICD_DGNS_CD2|ICD_PRCDR_CD1|CLM_LINE_NUM|REV_CNTR|HCPCS_CD|REV_CNTR_TOT_CHRG_AMT\n\
            INSERT|7|55|900|F|60|15-JAN-2016|27-JAN-2016|26-FEB-2016|777776|1|1|1||100.50|1|15-JAN-2016|A40|0|A40|A52|BQ0HZZZ|1|450|99284|10\n\
            INSERT|7|55|900|F|60|15-JAN-2016|27-JAN-2016|26-FEB-2016|777776|1|1|1||100.50|1|15-JAN-2016|A40|0|A40|A52|BQ0HZZZ|2|0120||5\n\
            UPDATE|7|56|900|N|71|15-JAN-2016|27-JAN-2016|26-FEB-2016||||||1|||4019|9||||||||\n";
        let claims = claims(text.as_bytes());
        let [stay, superseded] = claims.as_slice() else { panic!("two claims") };
        assert_eq!((stay.bill_type.unwrap().as_str(), stay.lines.len()), ("111", 2));
        assert_eq!((stay.paid, stay.received), (Some(Cents(10_050)), ymd("2016-02-26")));
        assert_eq!(stay.dx.iter().map(|c| c.as_str().to_owned()).collect::<Vec<_>>(), ["A40", "A52"]);
        assert_eq!((stay.admit, stay.state), (Some(ymd("2016-01-15")), ClaimState::Paid));
        assert_eq!(
            (superseded.kind, superseded.state, superseded.icd),
            (ClaimKind::Professional, ClaimState::Cancelled, Icd::Nine)
        );
    }

    #[test]
    fn part_d_events_and_beneficiaries() {
        let event = "DML_IND|PDE_ID|FINAL_ACTION|BENE_ID|SRVC_DT|PD_DT|SRVC_PRVDR_ID|RX_SRVC_RFRNC_NUM|PROD_SRVC_ID|QTY_DSPNSD_NUM|DAYS_SUPLY_NUM|FILL_NUM|ADJSTMT_DLTN_CD|CVRD_D_PLAN_PD_AMT\n\
            INSERT|89|F|7|12-MAY-2015|27-MAY-2015|1023011079|799999|000930058|60|30|3||126.99\nINSERT|90|F|7|12-MAY-2015|27-MAY-2015|1023011079|799999|000930058|60|30|3|D|126.99\n";
        let claims = claims(event.as_bytes());
        assert_eq!((claims[0].paid, claims[0].received), (Some(Cents(12_699)), ymd("2015-05-27")));
        assert_eq!((claims[0].state, claims[1].state), (ClaimState::Paid, ClaimState::Cancelled));
        let person = "DML_IND|BENE_ID|BENE_BIRTH_DT|BENE_SEX_IDENT_CD|BENE_SRNM_NAME|BENE_GVN_NAME|DEATH_DT|PTA_CVRG_STRT_DT|PTA_CVRG_END_DT\n\
            INSERT|7|17-MAR-1951|2|Doe|Ann|17-Mar-2018|01-JAN-2016|\n";
        let facts = facts(person.as_bytes());
        assert_eq!(facts.len(), 3);
        assert!(matches!(&facts[1].1, Fact::Profile(p) if p.death == Some(ymd("2018-03-17"))));
    }
}
