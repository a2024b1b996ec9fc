//! The rules of a store: those that ship with the project, and what was published in it since.

use super::{PROGRAM, RunError};
use icm_aws::Store;
use icm_domain::day::Day;
use icm_domain::tables::Tables;
use identify_members::{Published, Rulebook, Rules};
use std::sync::Arc;

fn wrong(error: &dyn std::fmt::Display) -> RunError {
    RunError::Function(format!("identify-members: {error}"))
}

/// The shipped rules, with what a store publishes over them.
///
/// # Errors
/// When the shipped rules cannot be read.
pub fn rulebook() -> Result<Published, RunError> {
    Published::new(PROGRAM, tables()?).map_err(|error| wrong(&error))
}

/// The shipped code tables.
///
/// # Errors
/// When they cannot be read.
pub fn tables() -> Result<Tables, RunError> {
    icm_formats::tables::shipped().map_err(|error| wrong(&error))
}

/// The rules in force in a store on a day.
///
/// # Errors
/// When they cannot be read.
pub async fn in_force(store: &Store, day: Day) -> Result<Arc<Rules>, RunError> {
    rulebook()?.current(store, day).await.map_err(|error| wrong(&error))
}
