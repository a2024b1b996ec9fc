//! What the longest-waiting are owed between waves (FACTS §6.4).

use icm_contract::stored::{from_json, to_json};
use icm_domain::queue::Capacity;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use std::collections::BTreeMap;

/// Hundredths of a place that the longest-waiting are owed, by cell; kept between waves.
pub(crate) type Shares = BTreeMap<String, u32>;

const SHARES: &str = "shares";

/// What is owed, with the revision of the record.
pub(crate) type Held = (u64, Shares);

/// Puts the owed shares of earlier waves into the capacities; returns what is held.
pub(crate) async fn owed<R: RegistryRead>(registry: &R, capacities: &mut [Capacity]) -> Result<Held> {
    let Some(record) = registry.record(RegistryKind::Progress, SHARES).await? else {
        return Ok((0, Shares::new()));
    };
    let shares: Shares = from_json(&record.body.text)
        .map_err(|_| PortError::Corrupt { operation: "read shares of the longest-waiting" })?;
    for capacity in capacities {
        capacity.share_owed = shares.get(capacity.place.key().as_ref()).copied().unwrap_or(0);
    }
    Ok((record.revision, shares))
}

/// Keeps what is owed after a wave. Only this function writes it, one run at a time.
pub(crate) async fn keep_owed<R: RegistryWrite>(
    registry: &R,
    held: Held,
    capacities: &[Capacity],
) -> Result<()> {
    // A cell that is paused now keeps what it owes.
    let mut shares = held.1;
    shares.extend(capacities.iter().map(|cell| (cell.place.key().into_string(), cell.share_owed)));
    let body = Body::new(1, to_json(&shares));
    let record = RegistryRecord { key: SHARES.into(), revision: held.0 + 1, body };
    registry.write(RegistryKind::Progress, &record).await
}
