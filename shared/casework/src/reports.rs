//! What jobs found and people read: the last comparison of each vendor's roster.

use crate::stored;
use icm_contract::stored::to_json;
use icm_domain::ids::VendorId;
use icm_domain::moment::Moment;
use icm_domain::vendor::reconcile::ReconciledRow;
use icm_ports::{Body, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last comparison of a vendor's roster with our cases (FACTS §8). Case ids are opaque; no member stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterReport {
    /// The vendor's id of the snapshot.
    pub snapshot: String,
    /// When the vendor took it.
    pub taken: Moment,
    /// When it was compared.
    pub at: Moment,
    /// Cases by finding: MATCH, MISSING_AT_VENDOR, UNKNOWN_TO_US, STATE_CONFLICT.
    pub counts: BTreeMap<Box<str>, u64>,
    /// Cases that differ and moved after the snapshot was taken: nothing follows from them.
    pub in_motion: u64,
    /// True: so many cases differ that the list is not believed until the next one says the same; nobody was asked to look
    /// at single cases.
    #[serde(default)]
    pub doubted: bool,
    /// The differences by case; of very many the first.
    pub differences: Vec<ReconciledRow>,
}

impl RosterReport {
    /// A report without rows.
    pub fn new(snapshot: &str, taken: Moment, at: Moment) -> Self {
        Self {
            snapshot: snapshot.to_owned(),
            taken,
            at,
            counts: BTreeMap::new(),
            in_motion: 0,
            doubted: false,
            differences: Vec::new(),
        }
    }
}

const ROSTER: &str = "report#";

fn key(vendor: &VendorId) -> String {
    format!("{ROSTER}{}", vendor.as_str())
}

/// The last report of a vendor.
pub async fn roster<R: RegistryRead>(registry: &R, vendor: &VendorId) -> Result<Option<RosterReport>> {
    let held = registry.record(RegistryKind::Roster, &key(vendor)).await?;
    held.map(|record| stored("read roster report", &record.body.text)).transpose()
}

/// The last report of every vendor that has sent a roster.
pub async fn rosters<R: RegistryRead>(registry: &R) -> Result<BTreeMap<Box<str>, RosterReport>> {
    let mut all = BTreeMap::new();
    for record in registry.records(RegistryKind::Roster, ROSTER).await? {
        let vendor = record.key.strip_prefix(ROSTER).unwrap_or(&record.key).into();
        all.insert(vendor, stored("read roster report", &record.body.text)?);
    }
    Ok(all)
}

/// Keeps a report in the place of the vendor's last one.
pub async fn keep_roster<R: RegistryRead + RegistryWrite>(
    registry: &R,
    vendor: &VendorId,
    report: &RosterReport,
) -> Result<()> {
    let key = key(vendor);
    let before = registry.record(RegistryKind::Roster, &key).await?.map_or(0, |record| record.revision);
    let record =
        RegistryRecord { key: key.into(), revision: before + 1, body: Body::new(1, to_json(report)) };
    registry.write(RegistryKind::Roster, &record).await
}
