//! The vendor's side of a case: replies, their order, the clocks on an offer, the daily comparison of rosters.

pub mod kit;
pub mod reconcile;
pub mod reply;
pub mod sequence;
pub mod sla;
