//! Measuring the program (FACTS §9): what operations teams and program owners read of many members at once.
//!
//! Everything is a pure computation over what is already recorded: decisions, cases and their logs, waves of admission,
//! the contact ledger, utilization by month. Jobs gather a [`member::MemberRecord`] each, add it to [`Measures`] and keep
//! the [`table::Report`]s; no request counts anybody (DESIGN D13). Money comes in as whole cents; fractions appear in
//! statistics only.

pub mod course;
pub mod evaluation;
pub mod member;
mod reports;
pub mod spread;
pub mod table;
pub mod usage;
pub mod whatif;
pub mod withhold;

pub use reports::{Measures, NAMES, Setting};
