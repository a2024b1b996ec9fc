//! Criteria and code tables of a command: the shipped ones, or files named on the command line.

use super::exit;
use crate::population::Population;
use icm_domain::criteria::Criteria;
use icm_domain::decision::{Cutoffs, Policy};
use icm_domain::tables::Tables;
use icm_formats::tables;
use std::path::PathBuf;

/// Options shared by the commands that decide.
#[derive(clap::Args, Debug, Default)]
pub struct PolicyArgs {
    /// Criteria file (JSON); absent keys take the shipped defaults.
    #[arg(long, value_name = "FILE")]
    pub criteria: Option<PathBuf>,
    /// Folder of code tables (CSV) in place of the compact ones that ship.
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
    /// Cost cut-offs made by `icm cutoffs` (JSON); without them rule R9 is not evaluated.
    #[arg(long, value_name = "FILE")]
    pub cutoffs: Option<PathBuf>,
}

/// Criteria, tables and cut-offs, loaded.
pub struct Loaded {
    /// Criteria.
    pub criteria: Criteria,
    /// Tables.
    pub tables: Tables,
    /// Cut-offs.
    pub cutoffs: Option<Cutoffs>,
}

impl Loaded {
    /// With what the files say of where models of care are to be had.
    #[must_use]
    pub fn knowing(mut self, population: &Population) -> Self {
        self.tables.availability.clone_from(&population.availability);
        self
    }

    /// What a decision is made with.
    pub fn policy(&self) -> Policy<'_> {
        Policy { criteria: &self.criteria, tables: &self.tables, cutoffs: self.cutoffs.as_ref() }
    }
}

impl PolicyArgs {
    /// Loads what the options name. The error is a line for people, with the exit code.
    pub fn load(&self) -> Result<Loaded, (String, u8)> {
        let usage = |text: String| (text, exit::USAGE);
        let criteria = self.criteria.as_ref().map_or_else(|| Ok(Criteria::default()), |path| read_json(path));
        let tables = self.tables.as_ref().map_or_else(tables::shipped, |folder| tables::from_folder(folder));
        Ok(Loaded {
            criteria: criteria.map_err(usage)?,
            tables: tables.map_err(|error| usage(error.to_string()))?,
            cutoffs: self.cutoffs.as_ref().map(|path| read_json(path)).transpose().map_err(usage)?,
        })
    }
}

/// Reads a JSON file; the error names the file and the place.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<T, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}
