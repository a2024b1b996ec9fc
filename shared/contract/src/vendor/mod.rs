//! The vendor contract (FACTS §8): CloudEvents 1.0 on one offer queue and one reply queue per vendor, and the tasks on
//! the payer's own outreach queue. JSON Schemas and the AsyncAPI document under `infra/contracts/` are generated from
//! these types ([`published`]); a test fails when they are stale.
//!
//! Within a major version messages only gain optional fields. Readers ignore what they do not know.

pub mod codes;
pub mod envelope;
pub mod file;
pub mod inbound;
pub mod major;
pub mod neutral;
pub mod outbound;
pub mod published;
pub mod roster;
pub mod tasks;
#[cfg(test)]
mod tests;

pub use envelope::{Envelope, Message};
pub use inbound::{Inbound, RosterSnapshot, VendorMessage};
