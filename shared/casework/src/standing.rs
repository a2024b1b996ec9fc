//! Where the waiting cases of a program stand, and why: the rows of the latest look at the queue (FACTS §6.4). A wave is
//! kept for good when it admits somebody; this board is for people who look at the list now. Its rows lie in parts by
//! case, so that a page of a worklist reads a few kilobytes, however many wait.

use crate::{overwrite, stored};
use icm_contract::keys::{hash_number, short_hash};
use icm_contract::stored::to_json;
use icm_domain::ids::{CaseId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::queue::{Order, Wave, WaveRow};
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Hours after which a board is made anew although nothing has moved: who waits grows older.
const FRESH_HOURS: i64 = 1;
/// Rows of one part, about.
const PART_ROWS: usize = 200;
/// Waiting cases up to which every change is written at once; with more, a board holds for an hour.
const AT_ONCE: usize = 2_000;

const OPERATION: &str = "read standings";

/// The board of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    revision: u64,
    latest: Option<Latest>,
}

/// The latest look, as it is stored; its rows lie beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Latest {
    at: Moment,
    order: Order,
    waiting: u64,
    parts: u64,
    /// Of the rows: the same again need not be written.
    digest: Box<str>,
}

/// Standings of some cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standings {
    /// When the queue was looked at.
    pub at: Moment,
    /// How the cases were ordered.
    pub order: Order,
    /// The rows, by case; a case that came later has none.
    pub rows: BTreeMap<CaseId, WaveRow>,
}

impl Board {
    /// Reads the board of a program, without its rows.
    pub async fn read<R: RegistryRead>(registry: &R, program: &ProgramId) -> Result<Self> {
        let record = registry.record(RegistryKind::Progress, &key(program)).await?;
        let Some(record) = record else { return Ok(Self::default()) };
        Ok(Self { revision: record.revision, latest: Some(stored(OPERATION, &record.body.text)?) })
    }

    /// Cases that waited at the latest look.
    pub fn waiting(&self) -> u64 {
        self.latest.as_ref().map_or(0, |latest| latest.waiting)
    }

    /// Whether it is not older than an hour.
    pub fn is_fresh(&self, now: Moment) -> bool {
        self.latest.as_ref().is_some_and(|latest| now < latest.at.plus_hours(FRESH_HOURS))
    }

    /// Where some cases stand; none: nobody has looked at the queue yet.
    pub async fn of<R: RegistryRead>(
        &self,
        registry: &R,
        program: &ProgramId,
        cases: impl IntoIterator<Item = &CaseId>,
    ) -> Result<Option<Standings>> {
        let Some(latest) = &self.latest else { return Ok(None) };
        let wanted: BTreeSet<&CaseId> = cases.into_iter().collect();
        let parts: BTreeSet<u64> = wanted.iter().map(|case| part_of(case, latest.parts)).collect();
        let mut rows = BTreeMap::new();
        for part in parts {
            let record = registry.record(RegistryKind::Progress, &part_key(program, part)).await?;
            let held: Vec<WaveRow> =
                record.map(|record| stored(OPERATION, &record.body.text)).transpose()?.unwrap_or_default();
            let asked = held.into_iter().filter(|row| wanted.contains(&row.case));
            rows.extend(asked.map(|row| (row.case.clone(), row)));
        }
        Ok(Some(Standings { at: latest.at, order: latest.order, rows }))
    }

    /// Keeps a newer look, when it says something else or the one that stands is old: the parts, then the board.
    pub async fn keep<R: RegistryRead + RegistryWrite>(
        &self,
        registry: &R,
        program: &ProgramId,
        wave: &Wave,
    ) -> Result<()> {
        let digest = short_hash(to_json(&wave.rows).as_bytes()).into();
        let same = self.latest.as_ref().is_some_and(|latest| latest.digest == digest);
        if self.is_fresh(wave.at) && (same || wave.rows.len() > AT_ONCE) {
            return Ok(());
        }
        let count = wave.rows.len().div_ceil(PART_ROWS).max(1) as u64;
        let mut parts: BTreeMap<u64, Vec<&WaveRow>> = (0..count).map(|part| (part, Vec::new())).collect();
        for row in &wave.rows {
            parts.entry(part_of(&row.case, count)).or_default().push(row);
        }
        for (part, rows) in parts {
            or_theirs(
                overwrite(registry, RegistryKind::Progress, &part_key(program, part), to_json(&rows)).await,
            )?;
        }
        let latest =
            Latest { at: wave.at, order: wave.order, waiting: wave.rows.len() as u64, parts: count, digest };
        let (revision, body) = (self.revision + 1, Body::new(1, to_json(&latest)));
        let record = RegistryRecord { key: key(program).into(), revision, body };
        or_theirs(registry.write(RegistryKind::Progress, &record).await)
    }
}

/// Where somebody else has just looked, theirs is as good.
fn or_theirs(written: Result<()>) -> Result<()> {
    match written {
        Err(PortError::Conflict { .. }) => Ok(()),
        kept => kept,
    }
}

/// Boards of before the parts lie under `standings#`: builds that know only those read on.
fn key(program: &ProgramId) -> String {
    format!("board#{}", program.as_str())
}

fn part_key(program: &ProgramId, part: u64) -> String {
    format!("{}#{part:05}", key(program))
}

/// The part in which a case stands.
fn part_of(case: &CaseId, parts: u64) -> u64 {
    hash_number(case.as_str().as_bytes()) % parts.max(1)
}
