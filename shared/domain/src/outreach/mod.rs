//! Reaching the member.
//!
//! [`plan::next`] says what the next contact of a case is; [`plan::at_send`] checks it again when it leaves. Both are
//! pure: the [`cadence`] is data, [`hours`] know the member's time zone, [`permission`] holds what the member asked
//! for, the [`ledger`] is shared by all programs and vendors, and a [`lease`] makes sure that two never work one task.

pub mod attempt;
pub mod cadence;
pub mod hours;
pub mod lease;
pub mod ledger;
pub mod permission;
pub mod plan;
#[cfg(test)]
mod plan_tests;
