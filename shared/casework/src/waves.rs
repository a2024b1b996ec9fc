//! The recorded waves of a program: who was ranked where, who got a place and by which rule, and the cut-off, so that the
//! wait list can serve as a control group (FACTS §9). A wave with many rows is kept in parts.

use crate::stored;
use icm_contract::stored::to_json;
use icm_domain::ids::{CaseId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::queue::{Standing, Wave, WaveRow};
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use std::collections::BTreeMap;

/// Rows of one record: about 200 bytes each, and a record may have 400 KB.
const PART_ROWS: usize = 1_000;
/// Waves of one program and instant that are told apart at most: the local clock may stand still.
const SAME_INSTANT_MAX: u32 = 1000;

const OPERATION: &str = "read waves";

/// Keeps a wave; returns its id. The first wave of a day is kept whole. A later one leaves out who waits on since before
/// the wave kept last: their rank at their first wave is what an evaluation reads. `since` tells how long a case has
/// waited.
pub async fn keep<R: RegistryRead + RegistryWrite>(
    registry: &R,
    program: &ProgramId,
    wave: &Wave,
    since: &BTreeMap<&CaseId, Moment>,
) -> Result<String> {
    let (revision, last) = last_kept(registry, program).await?;
    let known = last.filter(|last| last.day() == wave.at.day());
    let tells = |row: &&WaveRow| match row.standing {
        Standing::Admitted { .. } => true,
        Standing::Waits { .. } => {
            known.is_none_or(|last| since.get(&row.case).is_none_or(|&since| since >= last))
        }
    };
    let rows: Vec<WaveRow> = wave.rows.iter().filter(tells).cloned().collect();
    let mut parts = rows.chunks(PART_ROWS);
    let head = Wave { rows: Vec::new(), ..wave.clone() };
    let part = |rows: &[WaveRow]| Wave { rows: rows.to_vec(), ..head.clone() };
    let id = keep_first(registry, program, &part(parts.next().unwrap_or_default())).await?;
    for (number, rows) in (1..).zip(parts) {
        let record =
            RegistryRecord { key: part_key(&id, number).into(), revision: 1, body: body(&part(rows)) };
        registry.write(RegistryKind::Wave, &record).await?;
    }
    let record = RegistryRecord {
        key: last_key(program).into(),
        revision: revision + 1,
        body: Body::new(1, to_json(&wave.at)),
    };
    match registry.write(RegistryKind::Progress, &record).await {
        // A run beside this one has kept a wave as well; each of them is whole or tells what is new.
        Err(PortError::Conflict { .. }) => Ok(id),
        other => other.map(|()| id),
    }
}

/// The recorded waves of a program in the order of time, parts put together.
pub async fn load<R: RegistryRead>(registry: &R, program: &ProgramId) -> Result<Vec<Wave>> {
    let mut waves: Vec<(Box<str>, Wave)> = Vec::new();
    for record in registry.records(RegistryKind::Wave, &format!("{}#", program.as_str())).await? {
        let read: Wave = stored(OPERATION, &record.body.text)?;
        let continued = |id: &str| record.key.strip_prefix(id).is_some_and(|rest| rest.starts_with(PART));
        match waves.last_mut() {
            Some((id, wave)) if continued(id) => wave.rows.extend(read.rows),
            _ => waves.push((record.key, read)),
        }
    }
    let mut waves: Vec<Wave> = waves.into_iter().map(|(_, wave)| wave).collect();
    waves.sort_by_key(|wave| wave.at);
    Ok(waves)
}

/// Claims an id with the first part.
async fn keep_first<R: RegistryWrite>(registry: &R, program: &ProgramId, wave: &Wave) -> Result<String> {
    for number in 1..=SAME_INSTANT_MAX {
        let id = format!("{}#{}#{number}", program.as_str(), wave.at);
        let record = RegistryRecord { key: id.as_str().into(), revision: 1, body: body(wave) };
        match registry.write(RegistryKind::Wave, &record).await {
            Err(PortError::Conflict { .. }) => {}
            other => return other.map(|()| id),
        }
    }
    Err(PortError::Throttled { operation: "keep wave" })
}

/// When a wave was kept last, and the revision of that note.
async fn last_kept<R: RegistryRead>(registry: &R, program: &ProgramId) -> Result<(u64, Option<Moment>)> {
    let Some(record) = registry.record(RegistryKind::Progress, &last_key(program)).await? else {
        return Ok((0, None));
    };
    Ok((record.revision, Some(stored(OPERATION, &record.body.text)?)))
}

fn body(wave: &Wave) -> Body {
    Body::new(1, to_json(wave))
}

fn last_key(program: &ProgramId) -> String {
    format!("wave#{}", program.as_str())
}

/// What stands between the id of a wave and the number of a further part; it sorts before every other sign of an id.
const PART: &str = "!";

fn part_key(id: &str, number: u32) -> String {
    format!("{id}{PART}{number:05}")
}
