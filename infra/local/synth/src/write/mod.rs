//! Writes a population to a folder: the three Tuva Input Layer tables and the side files beside them, as
//! `icm run --data` and the analysts' commands read them. Same population, same bytes.

mod beside;
mod claims;
mod row;

use crate::member::SyntheticMember;
use crate::population::Population;
use icm_domain::claim::ClaimKind;
use icm_domain::day::Day;
use row::Table;
use std::io;
use std::path::Path;

/// Which facts go to a folder, by their day of receipt: a payer's drop holds what came since the drop before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Leave out what was received on or before this day.
    pub after: Option<Day>,
    /// Leave out what was received after this day.
    pub until: Option<Day>,
}

impl Receipt {
    /// Everything that is known at a day.
    pub const fn until(day: Day) -> Self {
        Self { after: None, until: Some(day) }
    }

    /// Everything that comes after a day.
    pub const fn after(day: Day) -> Self {
        Self { after: Some(day), until: None }
    }

    /// Whether a fact received on `day` belongs here. A fact without a day of receipt is known from the beginning.
    pub fn holds(self, day: Option<Day>) -> bool {
        match day {
            Some(day) => {
                self.after.is_none_or(|after| day > after) && self.until.is_none_or(|until| day <= until)
            }
            None => self.after.is_none(),
        }
    }
}

/// A folder being filled, member by member.
#[derive(Debug)]
pub struct Folder {
    receipt: Receipt,
    medical: Table,
    pharmacy: Table,
    eligibility: Table,
    members: Table,
    rosters: Table,
    consents: Table,
    preferences: Table,
    closures: Table,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows of medical and pharmacy claim lines.
    pub claim_lines: u64,
    /// Rows of every other file.
    pub other_rows: u64,
}

impl Folder {
    /// Makes the folder and its files with their headers; the places of other programs are written at once.
    /// Files of the same names are overwritten.
    ///
    /// # Errors
    /// When the folder or a file cannot be written.
    pub fn create(dir: &Path, population: &Population, receipt: Receipt) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let table = |name: &str, header: &[String]| Table::create(&dir.join(name), header);
        let mut folder = Self {
            receipt,
            medical: table("medical_claim.csv", &claims::medical_header())?,
            pharmacy: table("pharmacy_claim.csv", &row::header(&[claims::PHARMACY, claims::CHANGES]))?,
            eligibility: table("eligibility.csv", &row::header(&[beside::ELIGIBILITY]))?,
            members: table("member.csv", &row::header(&[beside::MEMBER]))?,
            rosters: table("roster.csv", &row::header(&[beside::ROSTER]))?,
            consents: table("consent.csv", &row::header(&[beside::CONSENT]))?,
            preferences: table("preference.csv", &row::header(&[beside::PREFERENCE]))?,
            closures: table("closure.csv", &row::header(&[beside::CLOSURE]))?,
        };
        if receipt.after.is_none() {
            let mut places = table("availability.csv", &row::header(&[beside::AVAILABILITY]))?;
            for place in population.availability() {
                beside::availability(&mut places, &place)?;
            }
            folder.members.count_from(places.finish()?);
        }
        Ok(folder)
    }

    /// Writes the facts about one member that belong here.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&mut self, member: &SyntheticMember) -> io::Result<()> {
        let receipt = self.receipt;
        let here = |day: Day| receipt.holds(Some(day));
        for claim in member.claims.iter().filter(|claim| here(claim.received)) {
            if claim.kind == ClaimKind::Pharmacy {
                claims::pharmacy(&mut self.pharmacy, claim)?;
            } else {
                claims::medical(&mut self.medical, claim)?;
            }
        }
        for span in member.coverage.iter().filter(|span| here(span.received)) {
            beside::eligibility(&mut self.eligibility, member, span)?;
        }
        if receipt.holds(member.profile.received) {
            beside::member(&mut self.members, member)?;
        }
        for row in member.rosters.iter().filter(|row| here(row.received)) {
            beside::roster(&mut self.rosters, member, row)?;
        }
        for consent in member.consents.iter().filter(|consent| here(consent.received)) {
            beside::consent(&mut self.consents, member, consent)?;
        }
        for preference in member.preferences.iter().filter(|preference| here(preference.received)) {
            beside::preference(&mut self.preferences, member, preference)?;
        }
        for closure in member.closures.iter().filter(|closure| here(closure.received)) {
            beside::closure(&mut self.closures, member, *closure)?;
        }
        Ok(())
    }

    /// Brings every file to an end and tells how much was written.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn finish(self) -> io::Result<Written> {
        let claim_lines = self.medical.finish()? + self.pharmacy.finish()?;
        let mut other_rows = 0;
        for table in
            [self.eligibility, self.members, self.rosters, self.consents, self.preferences, self.closures]
        {
            other_rows += table.finish()?;
        }
        Ok(Written { claim_lines, other_rows })
    }
}
