//! Code tables as versioned data: which codes mean an emergency visit, an observation stay, care management, an
//! ambulatory-care-sensitive admission. The rows come from files in one layout (`infra/programs/tables`, or a
//! deployment's own with `--tables`); this module only knows what the rows mean.

mod code_set;

pub use code_set::CodeSet;

use crate::code::Code;
use crate::facts::{Availability, Model};
use std::collections::BTreeMap;
use std::ops::BitOr;

/// What a revenue or procedure code on a line says, as a set of marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u16);

impl Marks {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Emergency department (FACTS §1.2).
    pub const ED: Self = Self(1);
    /// Revenue 0456, urgent care: an ED visit only where the criteria say so.
    pub const URGENT_CARE: Self = Self(1 << 1);
    /// Observation (FACTS §1.4).
    pub const OBSERVATION: Self = Self(1 << 2);
    /// Hospice (ruling 12).
    pub const HOSPICE: Self = Self(1 << 3);
    /// Dialysis (FACTS §1.4).
    pub const DIALYSIS: Self = Self(1 << 4);
    /// Inpatient rehabilitation or long-term acute care (ruling 7).
    pub const REHAB: Self = Self(1 << 5);
    /// Chemotherapy or radiotherapy (ruling 13).
    pub const ONCOLOGY: Self = Self(1 << 6);
    /// Billed by a substance-use specialty source: Part 2 when the claim states nothing (FACTS §7, ruling 20).
    pub const PART2: Self = Self(1 << 7);
    /// Care management of some model: look the code up in [`Tables::managed`].
    pub const MANAGED: Self = Self(1 << 8);

    /// Whether any of `other`'s marks is here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Marks {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How recent and how dense evidence of management must be (FACTS §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecencyRule {
    /// Billed calendar months.
    Monthly,
    /// Transitional care: thirty days from a discharge.
    Tcm30,
    /// Assertive community treatment.
    Act,
    /// Targeted case management.
    CaseManagement,
    /// Peers, rehabilitation, community support.
    Community,
    /// Home-health visits.
    HomeHealth,
}

/// One code that is evidence of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedCode {
    /// The model.
    pub model: Model,
    /// The recency rule of the code.
    pub rule: RecencyRule,
    /// Whether a manager of this kind excludes a second one (FACTS §3.3).
    pub exclusive: bool,
}

/// The tables of one version.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Name and version, kept in every decision record.
    pub version: Box<str>,
    /// Where models of care are to be had; empty: nothing is known.
    pub availability: Vec<Availability>,
    lines: Vec<(Code, Marks)>,
    managed: Vec<(Code, ManagedCode)>,
    managed_bills: Vec<(Code, ManagedCode)>,
    sets: BTreeMap<Box<str>, CodeSet>,
}

/// What is wrong with a table row. Carries no value: the loader adds file and row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableProblem {
    /// The code is blank or too long.
    #[error("code is blank or too long")]
    Code,
    /// The model is none of M1A to M8.
    #[error("model is none of M1A to M8")]
    Model,
    /// The recency rule is unknown.
    #[error("recency_rule is unknown")]
    RecencyRule,
    /// The code system is unknown for this row.
    #[error("code_system is unknown")]
    CodeSystem,
}

impl Tables {
    /// An empty set of tables of this version; fill it with the row functions, then call [`Tables::finish`].
    pub fn new(version: &str) -> Self {
        let mut tables = Self { version: version.into(), ..Self::default() };
        tables.add_rulings();
        tables
    }

    /// A row of `utilization_codes.csv`. Concepts that are expressed by rulings rather than by code lists are
    /// accepted and ignored.
    pub fn add_utilization(
        &mut self,
        concept: &str,
        system: &str,
        code: &str,
        role: &str,
    ) -> Result<(), TableProblem> {
        let mark = match concept {
            "ED_VISIT" if role.starts_with("exclude") => Marks::URGENT_CARE,
            "ED_VISIT" => Marks::ED,
            "OBSERVATION" => Marks::OBSERVATION,
            "DIALYSIS" => Marks::DIALYSIS,
            "HOSPICE" => Marks::HOSPICE,
            "REHAB" => Marks::REHAB,
            "ONCOLOGY" => Marks::ONCOLOGY,
            "PART2" => Marks::PART2,
            "PLANNED_DX" => return self.add_to_set("PLANNED_DX", code),
            _ => return Ok(()),
        };
        match system {
            "UB_REVENUE" => self.mark(Code::revenue(code).ok_or(TableProblem::Code)?, mark),
            "UB_REVENUE_PREFIX3" => {
                for digit in '0'..='9' {
                    self.mark(Code::new(&format!("{code}{digit}")).ok_or(TableProblem::Code)?, mark);
                }
            }
            "CPT/HCPCS" | "HCPCS" | "HCPCS/CPT" | "CPT" => {
                self.mark(Code::new(code).ok_or(TableProblem::Code)?, mark);
            }
            // Places of service and bill types are read from the claim itself (FACTS §1.2-1.4).
            _ => {}
        }
        Ok(())
    }

    /// A row of `managed_evidence_codes.csv`. Rows of recency NONE are no evidence; HOSPICE rows mark hospice;
    /// `exclusive` is `Y`, `N` or `STATE` (decided by the state's contract: not exclusive by default).
    pub fn add_managed(
        &mut self,
        model: &str,
        system: &str,
        code: &str,
        recency: &str,
        exclusive: &str,
    ) -> Result<(), TableProblem> {
        let rule = match recency {
            "NONE" => return Ok(()),
            "HOSPICE" => return self.add_utilization("HOSPICE", system, code, "include"),
            "MONTHLY" => RecencyRule::Monthly,
            "TCM30" => RecencyRule::Tcm30,
            "ACT" => RecencyRule::Act,
            "CASE_MGMT" => RecencyRule::CaseManagement,
            "COMMUNITY" => RecencyRule::Community,
            "HOME_HEALTH" => RecencyRule::HomeHealth,
            _ => return Err(TableProblem::RecencyRule),
        };
        let model = Model::parse(model).ok_or(TableProblem::Model)?;
        // Ruling 27: population management is never evidence of management.
        if model == Model::M4 {
            return Ok(());
        }
        let entry = ManagedCode { model, rule, exclusive: exclusive == "Y" };
        let code = Code::new(code).ok_or(TableProblem::Code)?;
        match system {
            "HCPCS/CPT" | "HCPCS" | "CPT" | "CPT/HCPCS" => {
                self.managed.push((code, entry));
                self.mark(code, Marks::MANAGED);
            }
            "UB_TOB2" => self.managed_bills.push((code, entry)),
            _ => return Err(TableProblem::CodeSystem),
        }
        Ok(())
    }

    /// A row of the PQI table (`acsc_pqi_v2024_slim.csv`): sets are named by the AHRQ format.
    pub fn add_pqi(&mut self, ahrq_format: &str, code: &str) -> Result<(), TableProblem> {
        self.add_to_set(ahrq_format, code)
    }

    /// A row of the PQE table (`ahrq_pqe_ed_v2024.csv`): sets are named `PQE:` and the code set.
    pub fn add_pqe(&mut self, code_set: &str, code: &str) -> Result<(), TableProblem> {
        self.add_to_set(&format!("PQE:{code_set}"), code)
    }

    /// Sorts everything for look-up. Call once, after the last row.
    pub fn finish(&mut self) {
        self.lines.sort_by_key(|(code, _)| *code);
        self.lines.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = kept.1 | later.1;
            }
            same
        });
        self.managed.sort_by_key(|(code, entry)| (*code, entry.model));
        for set in self.sets.values_mut() {
            set.finish();
        }
    }

    /// What a revenue or procedure code says.
    pub fn marks(&self, code: &Code) -> Marks {
        let found = self.lines.binary_search_by_key(&code.key(), |(code, _)| code.key());
        found.ok().and_then(|at| self.lines.get(at)).map_or(Marks::NONE, |(_, marks)| *marks)
    }

    /// The management that a procedure code is evidence of.
    pub fn managed(&self, code: &Code) -> impl Iterator<Item = ManagedCode> + '_ {
        let wanted = *code;
        let start = self.managed.partition_point(|(code, _)| *code < wanted);
        let from_start = self.managed.get(start..).unwrap_or_default();
        from_start.iter().take_while(move |(code, _)| *code == wanted).map(|(_, entry)| *entry)
    }

    /// The management that a bill type is evidence of (home health: 32x-34x).
    pub fn managed_by_bill(&self, bill: &Code) -> impl Iterator<Item = ManagedCode> + '_ {
        let bill = *bill;
        self.managed_bills
            .iter()
            .filter(move |(prefix, _)| bill.starts_with(prefix.as_str()))
            .map(|(_, entry)| *entry)
    }

    /// Whether `code` is in the named set; false for a set that the tables do not have.
    pub fn in_set(&self, name: &str, code: &Code) -> bool {
        self.sets.get(name).is_some_and(|set| set.contains(code))
    }

    fn mark(&mut self, code: Code, mark: Marks) {
        self.lines.push((code, mark));
    }

    fn add_to_set(&mut self, name: &str, code: &str) -> Result<(), TableProblem> {
        self.sets.entry(name.into()).or_default().add(code).ok_or(TableProblem::Code)
    }

    /// Codes that the rulings of FACTS §11 and §7 name themselves: they hold with every table.
    fn add_rulings(&mut self) {
        let revenue = [
            (Marks::REHAB, "0024 0118 0128 0138 0148 0158"),
            (Marks::ONCOLOGY, "0331 0332 0333 0335"),
            (Marks::PART2, "0906 0944 0945 1002"),
            (Marks::HOSPICE, "0650 0651 0652 0653 0654 0655 0656 0657 0658 0659"),
        ];
        for (mark, codes) in revenue {
            codes.split(' ').filter_map(Code::new).for_each(|code| self.mark(code, mark));
        }
        let ranges = [
            (Marks::ONCOLOGY, "", 96_401, 96_549, 5),
            (Marks::ONCOLOGY, "", 77_261, 77_799, 5),
            (Marks::PART2, "H", 1, 20, 4),
            (Marks::PART2, "H", 47, 47, 4),
            (Marks::PART2, "H", 50, 50, 4),
            (Marks::PART2, "G", 2067, 2080, 4),
            (Marks::HOSPICE, "Q", 5001, 5010, 4),
            (Marks::HOSPICE, "G", 182, 182, 4),
        ];
        for (mark, letter, first, last, width) in ranges {
            for number in first..=last {
                if let Some(code) = Code::new(&format!("{letter}{number:0width$}")) {
                    self.mark(code, mark);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Marks, RecencyRule, Tables};
    use crate::code::Code;
    use crate::facts::Model;

    fn code(text: &str) -> Code {
        Code::new(text).unwrap()
    }

    #[test]
    fn rows_and_rulings_mark_codes() {
        let mut tables = Tables::new("test");
        tables.add_utilization("ED_VISIT", "UB_REVENUE", "450", "include").unwrap();
        tables.add_utilization("DIALYSIS", "UB_REVENUE_PREFIX3", "082", "include").unwrap();
        tables.add_managed("M1A", "HCPCS/CPT", "99490", "MONTHLY", "N").unwrap();
        tables.add_managed("M6", "UB_TOB2", "32", "HOME_HEALTH", "N").unwrap();
        tables.finish();
        assert!(tables.marks(&code("0450")).has(Marks::ED));
        assert!(tables.marks(&code("0821")).has(Marks::DIALYSIS));
        assert!(tables.marks(&code("96413")).has(Marks::ONCOLOGY));
        assert!(
            tables.marks(&code("H0020")).has(Marks::PART2) && !tables.marks(&code("H0021")).has(Marks::PART2)
        );
        let found: Vec<_> = tables.managed(&code("99490")).map(|m| (m.model, m.rule)).collect();
        assert_eq!(found, [(Model::M1A, RecencyRule::Monthly)]);
        assert_eq!(tables.managed_by_bill(&code("329")).count(), 1);
        assert_eq!(tables.managed_by_bill(&code("131")).count(), 0);
    }

    #[test]
    fn every_concept_of_a_table_marks_its_codes_and_no_others() {
        let concepts = [
            ("ED_VISIT", "include", Marks::ED),
            ("ED_VISIT", "exclude by default", Marks::URGENT_CARE),
            ("OBSERVATION", "include", Marks::OBSERVATION),
            ("DIALYSIS", "include", Marks::DIALYSIS),
            ("HOSPICE", "include", Marks::HOSPICE),
            ("REHAB", "include", Marks::REHAB),
            ("ONCOLOGY", "include", Marks::ONCOLOGY),
            ("PART2", "include", Marks::PART2),
        ];
        for (concept, role, mark) in concepts {
            let mut tables = Tables::new("test");
            tables.add_utilization(concept, "CPT", "X1234", role).unwrap();
            tables.finish();
            assert_eq!(tables.marks(&code("X1234")), mark, "{concept}");
        }
        let all = concepts.iter().fold(Marks::NONE, |all, (_, _, mark)| all | *mark) | Marks::MANAGED;
        assert_eq!(all, Marks((1 << 9) - 1), "each mark is a bit of its own");
    }

    #[test]
    fn population_management_and_screening_are_no_evidence() {
        let mut tables = Tables::new("test");
        tables.add_managed("M4", "HCPCS/CPT", "G0438", "MONTHLY", "N").unwrap();
        tables.add_managed("M6", "HCPCS/CPT", "G0136", "NONE", "N").unwrap();
        tables.finish();
        assert_eq!(tables.managed(&code("G0438")).count() + tables.managed(&code("G0136")).count(), 0);
    }
}
