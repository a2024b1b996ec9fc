//! Confirmed capacity (FACTS §6.4): the cells of the published teams, with what people have confirmed since, and the
//! points taken.

use crate::stored;
use icm_contract::stored::to_json;
use icm_domain::case::state::Place;
use icm_domain::ids::ActorId;
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::queue::Capacity;
use icm_ports::{Body, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody has confirmed for a cell; it replaces the points of the published definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The cell.
    pub place: Place,
    /// Points.
    pub points: u32,
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Moment,
}

const OPERATION: &str = "read capacity";

/// Every cell of every active team, with the points taken now.
pub async fn load<R: RegistryRead>(registry: &R, catalogue: &Catalogue) -> Result<Vec<Capacity>> {
    let mut confirmed: BTreeMap<Box<str>, Confirmed> = BTreeMap::new();
    for record in registry.records(RegistryKind::Capacity, "").await? {
        confirmed.insert(record.key, stored(OPERATION, &record.body.text)?);
    }
    let mut cells: BTreeMap<Box<str>, (Place, u32)> = BTreeMap::new();
    for team in catalogue.teams.iter().filter(|team| team.active && !team.test) {
        for row in &team.capacity {
            let place = Place {
                team: team.id.clone(),
                county: row.county.clone(),
                language: row.language.clone(),
                lob: row.lob,
            };
            let key = place.key();
            let points = confirmed.get(&key).map_or(row.points, |said| said.points);
            cells.insert(key, (place, points));
        }
    }
    let mut capacities = Vec::with_capacity(cells.len());
    for (key, (place, points)) in cells {
        let taken = u32::try_from(registry.taken(&key).await?).unwrap_or(0);
        capacities.push(Capacity { place, points, taken, share_owed: 0 });
    }
    Ok(capacities)
}

/// Confirms the points of a cell; `Conflict` when somebody else did at the same time.
pub async fn confirm<R: RegistryRead + RegistryWrite>(registry: &R, confirmed: &Confirmed) -> Result<()> {
    let key = confirmed.place.key();
    let before = registry.record(RegistryKind::Capacity, &key).await?.map_or(0, |record| record.revision);
    let record = RegistryRecord { key, revision: before + 1, body: Body::new(1, to_json(confirmed)) };
    registry.write(RegistryKind::Capacity, &record).await
}
