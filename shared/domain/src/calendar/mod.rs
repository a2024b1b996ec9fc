//! Business days and time zones of the United States: both decide when somebody may be called and when an answer is
//! overdue.

pub mod business;
pub mod zone;
mod zone_tables;
