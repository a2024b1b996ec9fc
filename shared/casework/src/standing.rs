//! Where the waiting cases of a program stand, and why: the rows of the latest look at the queue (FACTS §6.4). A wave is
//! kept for good when it admits somebody; this board is for people who look at the list now.

use crate::stored;
use icm_contract::stored::to_json;
use icm_domain::ids::ProgramId;
use icm_domain::moment::Moment;
use icm_domain::queue::Wave;
use icm_ports::{Body, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};

/// Hours after which a board is made anew although nothing has moved: who waits grows older.
const FRESH_HOURS: i64 = 1;

/// The board of a program, with its revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    revision: u64,
    /// Cases that waited then, also those that nobody can be asked for yet.
    waiting: usize,
    /// The latest look; none yet.
    pub wave: Option<Wave>,
}

/// As it is stored.
#[derive(Serialize, Deserialize)]
struct Kept {
    waiting: usize,
    wave: Wave,
}

impl Board {
    /// Reads the board of a program.
    pub async fn read<R: RegistryRead>(registry: &R, program: &ProgramId) -> Result<Self> {
        let record = registry.record(RegistryKind::Progress, &key(program)).await?;
        let Some(record) = record else { return Ok(Self::default()) };
        let kept: Kept = stored("read standings", &record.body.text)?;
        Ok(Self { revision: record.revision, waiting: kept.waiting, wave: Some(kept.wave) })
    }

    /// Whether it tells of so many waiting cases and is not older than an hour.
    pub fn tells(&self, waiting: usize, now: Moment) -> bool {
        let fresh = |wave: &Wave| now < wave.at.plus_hours(FRESH_HOURS);
        self.waiting == waiting && self.wave.as_ref().is_some_and(fresh)
    }

    /// Keeps a newer look, when it says something else or the one that stands is old.
    pub async fn keep<R: RegistryWrite>(
        &self,
        registry: &R,
        program: &ProgramId,
        waiting: usize,
        wave: &Wave,
    ) -> Result<()> {
        let same = |held: &Wave| held.rows == wave.rows && wave.at < held.at.plus_hours(FRESH_HOURS);
        if self.waiting == waiting && self.wave.as_ref().is_some_and(same) {
            return Ok(());
        }
        let body = Body::new(1, to_json(&Kept { waiting, wave: wave.clone() }));
        let record = RegistryRecord { key: key(program).into(), revision: self.revision + 1, body };
        match registry.write(RegistryKind::Progress, &record).await {
            // Somebody else has just looked: theirs is as good.
            Err(error) if error.wants_reload() => Ok(()),
            kept => kept,
        }
    }
}

fn key(program: &ProgramId) -> String {
    format!("standings#{}", program.as_str())
}
