//! Reaching the member: attempts, cadences, calling hours, permissions, the shared contact ledger.

pub mod attempt;
