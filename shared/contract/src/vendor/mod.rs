//! The vendor contract (FACTS §8): CloudEvents 1.0 on one offer queue and one reply queue per vendor, and the tasks on
//! the payer's own outreach queue. JSON Schemas and the AsyncAPI document under `infra/contracts/` are generated from
//! these types ([`published`]); a test fails when they are stale.
//!
//! Within a major version messages only gain optional fields. Readers ignore what they do not know.

pub mod codes;
pub mod envelope;
pub mod fhir;
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

use icm_domain::ids::VendorId;
use icm_domain::program::team::MessageFormat;

pub use envelope::{Envelope, Message};
pub use inbound::{Inbound, RosterSnapshot, VendorMessage};

/// A message to a vendor in the form and major that were agreed with it. None: the major is not spoken, or the body is no
/// message. FHIR has one major.
pub fn addressed(body: String, vendor: &VendorId, format: MessageFormat, major: u16) -> Option<String> {
    match format {
        MessageFormat::Native => major::outbound(body, major),
        MessageFormat::Fhir => fhir::outbound::bundle(&body, vendor),
    }
}
