//! Criteria and cost cut-offs as published, immutable versions (DESIGN D6): proposed by one person, approved by another,
//! counted, so that everybody who decides notices.

use crate::stored;
use icm_contract::stored::to_json;
use icm_domain::criteria::{Criteria, Invalid, overlap, validate};
use icm_domain::day::Day;
use icm_domain::decision::Cutoffs;
use icm_domain::facts::Availability;
use icm_domain::ids::{ActorId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::program::definition::Mode;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};

const OPERATION: &str = "read published rules";
/// Key of the count of publications.
const REVISION: &str = "rules";
/// Key of where models of care are to be had.
const AVAILABILITY: &str = "availability";
/// Key of the cut-offs in use.
const CUTOFFS: &str = "cutoffs";

/// A version on its way: proposed, then approved by somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The criteria.
    pub criteria: Criteria,
    /// Who proposed it.
    pub proposed_by: ActorId,
    /// When.
    pub proposed_at: Moment,
    /// Who approved it, and when; none: it is not in force.
    pub approved: Option<(ActorId, Moment)>,
    /// Who turned it down, and when.
    #[serde(default)]
    pub rejected: Option<(ActorId, Moment)>,
}

/// Why a version is not proposed or not approved. A business "no" (DESIGN D11).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Fields are wrong.
    #[error("{}", .0.iter().map(|one| format!("{}: {}", one.path, one.problem)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// Versions are immutable.
    #[error("this version is there already")]
    Exists,
    /// There is no such version.
    #[error("no such version")]
    Missing,
    /// It was approved or turned down already.
    #[error("this version was decided already")]
    Decided,
    /// Whoever proposes does not approve.
    #[error("a second person must approve")]
    SamePerson,
    /// Two versions would hold for one member on one day.
    #[error("version {version} is in force on {day} too")]
    Overlap {
        /// The other version.
        version: String,
        /// First such day.
        day: Day,
    },
    /// A draft is never in force.
    #[error("draft: must be false to be published")]
    Draft,
}

fn key(id: &str, version: &str) -> String {
    format!("{id}#{version}")
}

/// Every version, proposed or approved, in order of id and version.
pub async fn versions<R: RegistryRead>(registry: &R) -> Result<Vec<Version>> {
    let records = registry.records(RegistryKind::Criteria, "").await?;
    records.iter().map(|record| stored(OPERATION, &record.body.text)).collect()
}

/// The approved criteria of every line of business and date; which holds for a member,
/// [`icm_domain::criteria::in_force`] says.
pub async fn criteria<R: RegistryRead>(registry: &R) -> Result<Vec<Criteria>> {
    let approved = versions(registry).await?.into_iter().filter(|version| version.approved.is_some());
    Ok(approved.map(|version| version.criteria).collect())
}

/// The names of the criteria in force on a day, in one text; empty: those that ship are.
pub fn names_in_force(approved: &[Criteria], day: Day) -> String {
    let holds = |one: &&Criteria| {
        one.effective_from.is_none_or(|from| from <= day) && one.effective_thru.is_none_or(|thru| day <= thru)
    };
    approved.iter().filter(holds).map(|one| key(&one.id, &one.version)).collect::<Vec<_>>().join(" ")
}

/// Proposes a version.
pub async fn propose<R: RegistryRead + RegistryWrite>(
    registry: &R,
    criteria: Criteria,
    by: ActorId,
    at: Moment,
) -> Result<std::result::Result<(), Refused>> {
    let invalid = validate(&criteria);
    if !invalid.is_empty() {
        return Ok(Err(Refused::Invalid(invalid)));
    }
    if criteria.draft {
        return Ok(Err(Refused::Draft));
    }
    let key = key(&criteria.id, &criteria.version);
    let version = Version { criteria, proposed_by: by, proposed_at: at, approved: None, rejected: None };
    let record = RegistryRecord { key: key.into(), revision: 1, body: Body::new(1, to_json(&version)) };
    match registry.write(RegistryKind::Criteria, &record).await {
        Ok(()) => Ok(Ok(())),
        Err(PortError::Conflict { .. }) => Ok(Err(Refused::Exists)),
        Err(error) => Err(error),
    }
}

/// Approves a version: from then on, and from its first day, it decides. Then the publications are counted.
pub async fn approve<R: RegistryRead + RegistryWrite>(
    registry: &R,
    (id, version): (&str, &str),
    by: ActorId,
    at: Moment,
) -> Result<std::result::Result<(), Refused>> {
    let (record, mut proposed) = match waiting(registry, (id, version)).await? {
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    if proposed.proposed_by == by {
        return Ok(Err(Refused::SamePerson));
    }
    let others = criteria(registry).await?;
    let clash = |other: &Criteria| overlap(other, &proposed.criteria).map(|day| (other.version.clone(), day));
    if let Some((version, day)) = others.iter().find_map(clash) {
        return Ok(Err(Refused::Overlap { version, day }));
    }
    proposed.approved = Some((by, at));
    decide(registry, record, &proposed).await?;
    count(registry).await?;
    Ok(Ok(()))
}

/// Turns a proposed version down; its number is used up.
pub async fn reject<R: RegistryRead + RegistryWrite>(
    registry: &R,
    (id, version): (&str, &str),
    by: ActorId,
    at: Moment,
) -> Result<std::result::Result<(), Refused>> {
    let (record, mut proposed) = match waiting(registry, (id, version)).await? {
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    proposed.rejected = Some((by, at));
    decide(registry, record, &proposed).await?;
    Ok(Ok(()))
}

/// Writes what was decided about a version in its place.
async fn decide<R: RegistryWrite>(registry: &R, record: RegistryRecord, version: &Version) -> Result<()> {
    let body = Body::new(1, to_json(version));
    let next = RegistryRecord { key: record.key, revision: record.revision + 1, body };
    registry.write(RegistryKind::Criteria, &next).await
}

/// A version that waits to be decided.
async fn waiting<R: RegistryRead>(
    registry: &R,
    (id, version): (&str, &str),
) -> Result<std::result::Result<(RegistryRecord, Version), Refused>> {
    let Some(record) = registry.record(RegistryKind::Criteria, &key(id, version)).await? else {
        return Ok(Err(Refused::Missing));
    };
    let proposed: Version = stored(OPERATION, &record.body.text)?;
    let decided = proposed.approved.is_some() || proposed.rejected.is_some();
    Ok(if decided { Err(Refused::Decided) } else { Ok((record, proposed)) })
}

/// The cost cut-offs in use; none: rule R9 is not evaluated.
pub async fn cutoffs<R: RegistryRead>(registry: &R) -> Result<Option<Cutoffs>> {
    let record = registry.record(RegistryKind::Reference, CUTOFFS).await?;
    record.map(|record| stored(OPERATION, &record.body.text)).transpose()
}

/// Puts a table of cost cut-offs in use. Rows of half-years that the new table does not hold are kept: a decision as of
/// an earlier day still finds them.
pub async fn use_cutoffs<R: RegistryRead + RegistryWrite>(registry: &R, table: &Cutoffs) -> Result<()> {
    let found = registry.record(RegistryKind::Reference, CUTOFFS).await?;
    let mut merged = table.clone();
    if let Some(record) = &found {
        let before: Cutoffs = stored(OPERATION, &record.body.text)?;
        let is_new = |row: &icm_domain::decision::Cutoff| {
            !table.rows.iter().any(|held| (held.lob, held.from, held.thru) == (row.lob, row.from, row.thru))
        };
        merged.rows.extend(before.rows.into_iter().filter(is_new));
    }
    let revision = found.map_or(0, |record| record.revision) + 1;
    let record = RegistryRecord { key: CUTOFFS.into(), revision, body: Body::new(1, to_json(&merged)) };
    registry.write(RegistryKind::Reference, &record).await?;
    count(registry).await
}

/// Where models of care are to be had; empty: nothing is known.
pub async fn availability<R: RegistryRead>(registry: &R) -> Result<Vec<Availability>> {
    let record = registry.record(RegistryKind::Reference, AVAILABILITY).await?;
    record.map_or_else(|| Ok(Vec::new()), |record| stored(OPERATION, &record.body.text))
}

/// Learns where models of care are to be had: a later word about the same model, county and line of business replaces
/// the earlier.
pub async fn learn_availability<R: RegistryRead + RegistryWrite>(
    registry: &R,
    rows: &[Availability],
) -> Result<()> {
    let found = registry.record(RegistryKind::Reference, AVAILABILITY).await?;
    let revision = found.as_ref().map_or(0, |record| record.revision) + 1;
    let before: Vec<Availability> =
        found.map_or_else(|| Ok(Vec::new()), |record| stored(OPERATION, &record.body.text))?;
    let mut held = before.clone();
    for row in rows {
        held.retain(|old| (old.model, &old.county, old.lob) != (row.model, &row.county, row.lob));
        held.push(row.clone());
    }
    if held == before {
        return Ok(());
    }
    let record = RegistryRecord { key: AVAILABILITY.into(), revision, body: Body::new(1, to_json(&held)) };
    registry.write(RegistryKind::Reference, &record).await?;
    count(registry).await
}

/// The mode of a program, where people have set one (DESIGN D12).
pub async fn mode<R: RegistryRead>(registry: &R, program: &ProgramId) -> Result<Option<Mode>> {
    let record = registry.record(RegistryKind::Mode, program.as_str()).await?;
    let set: Option<crate::switches::ModeSet> =
        record.map(|record| stored(OPERATION, &record.body.text)).transpose()?;
    Ok(set.map(|set| set.mode))
}

/// How often rules were published or switched: one strong read says whether what was read is still in force.
pub async fn revision<R: RegistryRead>(registry: &R) -> Result<u64> {
    Ok(registry.record(RegistryKind::Reference, REVISION).await?.map_or(0, |record| record.revision))
}

/// Counts a publication. Done after what is published is there: whoever sees the count sees the version.
pub async fn count<R: RegistryRead + RegistryWrite>(registry: &R) -> Result<()> {
    for _ in 0..crate::RELOADS {
        let revision = revision(registry).await? + 1;
        let record = RegistryRecord { key: REVISION.into(), revision, body: Body::new(1, "{}".to_owned()) };
        match registry.write(RegistryKind::Reference, &record).await {
            Err(PortError::Conflict { .. }) => {}
            done => return done,
        }
    }
    Err(PortError::Throttled { operation: "count publications" })
}
