//! The pure rules of payer-run intensive care management (ICM).
//!
//! Everything from outside is a *fact about a member* ([`facts`]). A decision is a pure function of the facts
//! known at a day, the criteria and table versions, and that day (DESIGN D1). This crate has no clock, no I/O,
//! no SDK, no logging, no randomness.

pub mod adt;
pub mod calendar;
pub mod case;
pub mod claim;
pub mod code;
mod coded;
pub mod criteria;
pub mod day;
pub mod decision;
pub mod facts;
pub mod ids;
pub mod management;
pub mod moment;
pub mod money;
pub mod outreach;
pub mod phi;
pub mod program;
pub mod queue;
pub mod tables;
pub mod utilization;
pub mod vendor;
