//! The daily cap of a program (DESIGN D12): offers and outreach tasks released on one day.
//!
//! A count per program and day in the registry, taken in blocks of a batch before anything is sent: a crash after the
//! take leaves the day a little short and never over.

use icm_contract::stored::{from_json, to_json};
use icm_domain::day::Day;
use icm_domain::ids::ProgramId;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};

/// How often a take is tried again when another relay took at the same time.
const ROUNDS: usize = 6;

#[derive(Serialize, Deserialize)]
struct Released {
    count: u32,
}

/// Takes up to `wanted` releases of the day; returns how many were granted.
pub(crate) async fn take<R: RegistryRead + RegistryWrite>(
    registry: &R,
    program: &ProgramId,
    day: Day,
    wanted: u32,
    cap: u32,
) -> Result<u32> {
    const OPERATION: &str = "take of the daily cap";
    let key = format!("released#{}#{day}", program.as_str());
    for _ in 0..ROUNDS {
        let before = registry.record(RegistryKind::Progress, &key).await?;
        let (revision, count) = match &before {
            None => (0, 0),
            Some(record) => {
                let released: Released =
                    from_json(&record.body.text).map_err(|_| PortError::Corrupt { operation: OPERATION })?;
                (record.revision, released.count)
            }
        };
        let granted = wanted.min(cap.saturating_sub(count));
        if granted == 0 {
            return Ok(0);
        }
        let body = Body::new(1, to_json(&Released { count: count + granted }));
        let record = RegistryRecord { key: key.as_str().into(), revision: revision + 1, body };
        match registry.write(RegistryKind::Progress, &record).await {
            Ok(()) => return Ok(granted),
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Err(PortError::Throttled { operation: OPERATION })
}
