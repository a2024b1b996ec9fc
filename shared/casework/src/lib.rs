//! The moves over the ports that several functions make with a case: load the member, apply an event to a case and
//! commit all that follows, read the published definitions and the switches, plan the next contact.
//!
//! No rule stands here: rules are `icm-domain`'s, and storage is the ports'. What stands here is the order of reads
//! and writes that makes a commit safe (DESIGN D3, D4), in one place instead of five.

pub mod capacity;
pub mod catalogue;
pub mod freshness;
pub mod held;
pub mod import;
pub mod in_force;
pub mod person;
pub mod plan;
pub mod planning;
pub mod reports;
pub mod rules;
pub mod standing;
pub mod switches;
pub mod waves;
pub mod whatif;
pub mod work;

pub use catalogue::load as load_catalogue;
pub use in_force::InForce;
pub use person::Person;
pub use plan::make_plan;
pub use switches::{Barrier, Switches};
pub use work::Work;

use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};

/// The source under which the locator knows cases: a vendor's reply names the case alone. The relay records the member
/// of a case before it is first offered.
pub const CASE_SOURCE: &str = "icm:case";

/// How often a handler loads again and decides again before it gives its message back (STYLE §3).
pub const RELOADS: usize = 4;

/// Writes a registry record, whatever it said before; `Conflict` when somebody else wrote it at the same time.
pub async fn overwrite<R: RegistryRead + RegistryWrite>(
    registry: &R,
    kind: RegistryKind,
    key: &str,
    text: String,
) -> icm_ports::Result<()> {
    let before = registry.record(kind, key).await?.map_or(0, |record| record.revision);
    let record = RegistryRecord { key: key.into(), revision: before + 1, body: Body::new(1, text) };
    registry.write(kind, &record).await
}

/// Reads a stored text; what cannot be read is for a person to look at.
pub(crate) fn stored<T: serde::de::DeserializeOwned>(
    operation: &'static str,
    text: &str,
) -> Result<T, PortError> {
    icm_contract::stored::from_json(text).map_err(|_| PortError::Corrupt { operation })
}
