//! Which table a header row belongs to. Content decides: a file may have any name, extra columns, and columns in any
//! order; a file that misses one required column is still recognised, so that the missing column can be named.

use super::header::Header;
use super::rows::Rows;
use super::shapes::{CCLF_SHAPES, RIF_SHAPES, Required, SHAPES, Shape};
use super::{Cut, Table, ends_in_returns};
use crate::cclf::CclfFile;
use crate::rif::RifFile;

/// The tables that are read. Columns are documented in `shared/formats/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableKind {
    /// Tuva Input Layer medical_claim.
    MedicalClaim,
    /// Tuva Input Layer pharmacy_claim.
    PharmacyClaim,
    /// Tuva Input Layer eligibility.
    Eligibility,
    /// Tuva Input Layer provider_attribution, or any list of member and attributed practice.
    Attribution,
    /// Rosters of other programs.
    Roster,
    /// What the plan states about members.
    Member,
    /// Consents of members.
    Consent,
    /// Contact preferences of members.
    Preference,
    /// Places of models of care.
    Availability,
    /// Ends of earlier cases.
    Closure,
    /// Referrals.
    Referral,
    /// Clinicians' overrides.
    Override,
    /// A CCLF file, fixed width or with its column names as header.
    Cclf(CclfFile),
    /// A RIF file of CMS's Chronic Conditions Warehouse.
    Rif(RifFile),
}

fn shapes() -> impl Iterator<Item = &'static Shape> {
    SHAPES.iter().chain(CCLF_SHAPES).chain(RIF_SHAPES)
}

impl TableKind {
    /// Required columns, each with its alternatives; the first is the canonical name.
    pub fn required(self) -> Required {
        shapes().find(|shape| shape.kind == self).map_or(&[], |shape| shape.required)
    }

    /// Columns that the decision rests on where the source fills them: a feed that loses one would otherwise change the
    /// counts without a word.
    pub fn expected(self) -> Required {
        match self {
            Self::MedicalClaim => &[
                &["claim_type"],
                &["bill_type_code"],
                &["revenue_center_code"],
                &["hcpcs_code"],
                &["place_of_service_code"],
                &["diagnosis_code_1"],
                &["admission_date"],
                &["discharge_disposition_code"],
                &["paid_amount"],
            ],
            Self::PharmacyClaim => &[&["ndc_code"], &["days_supply"], &["paid_amount"]],
            Self::Eligibility => &[&["enrollment_end_date"], &["birth_date"], &["payer_type"]],
            Self::Attribution
            | Self::Roster
            | Self::Member
            | Self::Consent
            | Self::Preference
            | Self::Availability
            | Self::Closure
            | Self::Referral
            | Self::Override
            | Self::Cclf(_)
            | Self::Rif(_) => &[],
        }
    }
}

impl Shape {
    /// How well a header fits: count of telling columns, then how few are left out. None: not this table.
    fn fit(&self, header: &Header) -> Option<(usize, usize)> {
        let told = self.telling.iter().filter(|name| header.has(&[name])).count();
        let missing = self.required.iter().filter(|names| !header.has(names)).count();
        let enough = if missing == 0 { told >= 1 } else { told >= 2 && missing * 2 <= self.required.len() };
        enough.then_some((told, usize::MAX - self.telling.len()))
    }
}

/// The table of which these are the first bytes, if any.
pub fn recognise(head: &[u8]) -> Option<Table> {
    let first = if ends_in_returns(head) { head.split(|byte| *byte == b'\r').next() } else { None };
    let head = first.unwrap_or(head);
    let candidates = [b',', b'|', b'\t', b';'].into_iter().filter_map(|delimiter| {
        let mut rows = Rows::new(head, delimiter);
        let header = Header::of(&rows.next_row().ok()??.ok()?);
        let best = shapes()
            .filter_map(|shape| Some((shape.fit(&header)?, shape.kind)))
            .max_by_key(|(fit, _)| *fit)?;
        Some((best.0, Table { kind: best.1, cut: Cut::Delimited(delimiter) }))
    });
    candidates.max_by_key(|(fit, _)| *fit).map(|(_, table)| table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &str) -> Option<TableKind> {
        recognise(head.as_bytes()).map(|table| table.kind)
    }

    #[test]
    fn each_table_is_known_by_its_required_columns() {
        for shape in shapes() {
            let names: Vec<&str> =
                shape.required.iter().map(|names| names[0]).chain(shape.telling.iter().copied()).collect();
            for delimiter in [",", "|", "\t", ";"] {
                let table =
                    recognise(format!("{}\r\n", names.join(delimiter).to_uppercase()).as_bytes()).unwrap();
                assert_eq!((table.kind, table.cut), (shape.kind, Cut::Delimited(delimiter.as_bytes()[0])));
            }
        }
    }

    #[test]
    fn the_smallest_files_are_known() {
        assert_eq!(kind("member_id,death_date"), Some(TableKind::Member));
        assert_eq!(kind("member_id,consent,from"), Some(TableKind::Consent));
        assert_eq!(kind("model,county,line_of_business,places"), Some(TableKind::Availability));
        assert_eq!(kind("program_id,model,member_id,status,as_of"), Some(TableKind::Roster));
        assert_eq!(
            kind("person_id,enrollment_start_date,enrollment_end_date,payer"),
            Some(TableKind::Eligibility)
        );
        assert_eq!(kind("claim_id,person_id,dispensing_date,ndc_code"), Some(TableKind::PharmacyClaim));
        assert_eq!(kind("member_id,closure,date"), Some(TableKind::Closure));
    }

    #[test]
    fn a_missing_required_column_does_not_hide_the_table() {
        assert_eq!(kind("program_id,member_id,status,as_of,contacts"), Some(TableKind::Roster));
        assert_eq!(kind("person_id,claim_start_date,claim_type,hcpcs_code"), Some(TableKind::MedicalClaim));
    }

    #[test]
    fn other_files_are_not_taken_for_a_table() {
        for head in [
            "",
            "id,name\n",
            "observation_id,person_id,observation_type\n",
            "a plain text, with a comma\n",
            "member_id\n",
        ] {
            assert_eq!(kind(head), None, "{head}");
        }
    }
}
