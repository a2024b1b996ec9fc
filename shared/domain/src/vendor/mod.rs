//! The vendor's side of a case: replies, their order, the clocks on an offer, the daily comparison of rosters.

pub mod kit;
pub mod reconcile;
pub mod reply;
pub mod sequence;
pub mod sla;

/// The majors of the message contract that are spoken. `icm-contract` knows what each looks like.
pub const MAJORS: &[u16] = &[1, 2];
