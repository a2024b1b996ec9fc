//! The published definitions (DESIGN D6): immutable versions in the registry, the newest in effect is read.

use crate::stored;
use icm_contract::stored::to_json;
use icm_domain::day::Day;
use icm_domain::ids::ProgramId;
use icm_domain::program::definition::Program;
use icm_domain::program::{Calendars, Catalogue};
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

const OPERATION: &str = "read catalogue";

/// Key of a version of a definition.
fn key(id: &str, version: u32) -> String {
    format!("{id}#{version:06}")
}

/// The definitions in effect on `today`: of each id the highest version (for programs, of those that have begun).
/// `Unavailable` when nothing was published: no case may run without its terms.
pub async fn load<R: RegistryRead>(registry: &R, today: Day) -> Result<Catalogue> {
    let programs: Vec<Program> = all(registry, RegistryKind::Program).await?;
    let begun = programs.into_iter().filter(|program| program.effective_from <= today);
    let programs = newest(begun.map(|program| (program.id.as_str().to_owned(), program)));
    let teams = all(registry, RegistryKind::Vendor).await?;
    let cadences = all(registry, RegistryKind::Cadence).await?;
    let calendars: Vec<Calendars> = all(registry, RegistryKind::Calendar).await?;
    Ok(Catalogue {
        programs,
        teams: newest(
            teams
                .into_iter()
                .map(|team: icm_domain::program::team::Team| (team.id.as_str().to_owned(), team)),
        ),
        cadences: newest(cadences.into_iter().map(|cadence: icm_domain::outreach::cadence::Cadence| {
            (cadence.id.as_ref().to_owned(), cadence)
        })),
        calendars: calendars
            .into_iter()
            .next_back()
            .ok_or(PortError::Unavailable { operation: OPERATION })?,
    })
}

/// The definition of a program in effect on `today`; none: it was not published.
pub async fn program<R: RegistryRead>(registry: &R, id: &ProgramId, today: Day) -> Result<Option<Program>> {
    let records = registry.records(RegistryKind::Program, &format!("{}#", id.as_str())).await?;
    let versions: Vec<Program> =
        records.iter().map(|record| stored(OPERATION, &record.body.text)).collect::<Result<_>>()?;
    Ok(versions.into_iter().rfind(|program| program.effective_from <= today))
}

/// Every version of a kind, in order of key: id, then version.
async fn all<R: RegistryRead, T: DeserializeOwned>(registry: &R, kind: RegistryKind) -> Result<Vec<T>> {
    let records = registry.records(kind, "").await?;
    records.iter().map(|record| stored(OPERATION, &record.body.text)).collect()
}

/// Of several versions of one id the last.
fn newest<T>(versions: impl Iterator<Item = (String, T)>) -> Vec<T> {
    versions.collect::<BTreeMap<String, T>>().into_values().collect()
}

/// Publishes a catalogue. A version that is there already is left as it is. Validate before
/// ([`icm_domain::program::validate::flaws`]).
pub async fn publish<R: RegistryRead + RegistryWrite>(registry: &R, catalogue: &Catalogue) -> Result<()> {
    let mut programs = false;
    for program in &catalogue.programs {
        programs |=
            put(registry, RegistryKind::Program, key(program.id.as_str(), program.version), program).await?;
    }
    for team in &catalogue.teams {
        put(registry, RegistryKind::Vendor, key(team.id.as_str(), team.version), team).await?;
    }
    for cadence in &catalogue.cadences {
        put(registry, RegistryKind::Cadence, key(&cadence.id, cadence.version), cadence).await?;
    }
    let holidays = &catalogue.calendars.holidays;
    let calendars = key("calendars", holidays.version);
    put(registry, RegistryKind::Calendar, calendars, &catalogue.calendars).await?;
    if programs { crate::rules::count(registry).await } else { Ok(()) }
}

/// Writes a version; false: it is there already.
async fn put<R: RegistryWrite, T: Serialize + Sync>(
    registry: &R,
    kind: RegistryKind,
    key: String,
    definition: &T,
) -> Result<bool> {
    let record = RegistryRecord { key: key.into(), revision: 1, body: Body::new(1, to_json(definition)) };
    match registry.write(kind, &record).await {
        Err(PortError::Conflict { .. }) => Ok(false),
        other => other.map(|()| true),
    }
}
