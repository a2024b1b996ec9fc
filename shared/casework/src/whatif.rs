//! What-if jobs: criteria tried on everybody whom a store knows, in small steps, before somebody publishes them (DESIGN
//! D6, D13). A job is asked for by a person and carried on by `review-due`; no request goes through members. Places for
//! jobs are few: a new one takes the place of the one that ended first.

use crate::{overwrite, stored};
use icm_contract::keys::short_hash;
use icm_contract::stored::to_json;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::{ActorId, MemberId};
use icm_domain::moment::Moment;
use icm_measure::whatif::{Change, Tally};
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Jobs that are kept.
pub const JOBS_MAX: u8 = 20;
/// Members kept by id with what changes for them; the counts are of all.
pub const CHANGES_MAX: usize = 500;

const OPERATION: &str = "read what-if";
const JOB: &str = "job#";
const CHANGES: &str = "changes#";

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Nobody was looked at yet.
    Waiting,
    /// Some members were looked at.
    Running,
    /// Everybody was looked at.
    Done,
    /// A person ended it.
    Stopped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Running, Self::Done, Self::Stopped];
}

/// A job and what it has counted so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: Box<str>,
    /// The criteria that are tried.
    pub criteria: Criteria,
    /// Decided as of this day.
    pub as_of: Day,
    /// Only members of these lines of business; none: everybody.
    pub lines: Option<BTreeSet<LineOfBusiness>>,
    /// Who asked.
    pub by: ActorId,
    /// When.
    pub at: Moment,
    /// Where it stands.
    pub state: State,
    /// When it ended.
    pub ended: Option<Moment>,
    /// What it compares with, as [`crate::InForce::fingerprint`] says; empty before the first step.
    pub basis: String,
    /// Where the next step begins; none: at the start.
    pub after: Option<Box<str>>,
    /// Members whose facts cannot be read; they are in no count.
    pub unreadable: u64,
    /// The counts.
    pub tally: Tally,
}

impl Job {
    /// A job that nobody has begun.
    pub fn asked(
        criteria: Criteria,
        as_of: Day,
        lines: Option<BTreeSet<LineOfBusiness>>,
        (by, at): (ActorId, Moment),
    ) -> Self {
        let named = to_json(&(&criteria, as_of, &lines, &by, at.millis()));
        Self {
            id: short_hash(named.as_bytes()).into(),
            criteria,
            as_of,
            lines,
            by,
            at,
            state: State::Waiting,
            ended: None,
            basis: String::new(),
            after: None,
            unreadable: 0,
            tally: Tally::default(),
        }
    }

    /// Whether it is still to be carried on.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Waiting | State::Running)
    }

    /// Whether it counts members of this line of business.
    pub fn counts(&self, lob: Option<LineOfBusiness>) -> bool {
        self.lines.as_ref().is_none_or(|lines| lob.is_some_and(|lob| lines.contains(&lob)))
    }

    /// Begins at the start, against what is in force now.
    pub fn begin(&mut self, basis: String) {
        (self.basis, self.after, self.unreadable, self.tally) = (basis, None, 0, Tally::default());
        self.state = State::Running;
    }

    /// Ends it.
    pub fn end(&mut self, state: State, at: Moment) {
        (self.state, self.ended, self.after) = (state, Some(at), None);
    }
}

/// A job in its place.
#[derive(Clone, Debug)]
pub struct Held {
    /// The job.
    pub job: Job,
    slot: u8,
    revision: u64,
}

/// What changes for whom, by member: a step that is done again changes nothing here.
pub type Changes = BTreeMap<MemberId, Change>;

/// Every job that is kept, the newest first.
pub async fn jobs<R: RegistryRead>(registry: &R) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    for record in registry.records(RegistryKind::WhatIf, JOB).await? {
        let slot = record.key.strip_prefix(JOB).and_then(|slot| slot.parse().ok());
        let slot = slot.ok_or(PortError::Corrupt { operation: OPERATION })?;
        held.push(Held { job: stored(OPERATION, &record.body.text)?, slot, revision: record.revision });
    }
    held.sort_by(|one, other| (other.job.at, &other.job.id).cmp(&(one.job.at, &one.job.id)));
    Ok(held)
}

/// A job by its id.
pub async fn job<R: RegistryRead>(registry: &R, id: &str) -> Result<Option<Held>> {
    Ok(jobs(registry).await?.into_iter().find(|held| held.job.id.as_ref() == id))
}

/// Keeps a new job, in a free place or in that of the job that ended first. None: every place holds an open job. An
/// open job that asks the same is returned instead.
pub async fn ask<R: RegistryRead + RegistryWrite>(registry: &R, job: Job) -> Result<Option<Job>> {
    let held = jobs(registry).await?;
    let same = |other: &&Held| {
        let other = &other.job;
        other.is_open()
            && (&other.criteria, other.as_of, &other.lines) == (&job.criteria, job.as_of, &job.lines)
    };
    if let Some(same) = held.iter().find(same) {
        return Ok(Some(same.job.clone()));
    }
    let taken: BTreeSet<u8> = held.iter().map(|held| held.slot).collect();
    let free = (0..JOBS_MAX).find(|slot| !taken.contains(slot)).map(|slot| (slot, 0));
    let ended = || held.iter().filter(|held| !held.job.is_open()).min_by_key(|held| held.job.ended);
    let Some((slot, revision)) = free.or_else(|| ended().map(|held| (held.slot, held.revision))) else {
        return Ok(None);
    };
    keep(registry, &Held { job: job.clone(), slot, revision }).await?;
    Ok(Some(job))
}

/// Writes a job in its place; `Conflict` when somebody wrote it since it was read.
pub async fn keep<R: RegistryWrite>(registry: &R, held: &Held) -> Result<()> {
    let key = format!("{JOB}{:02}", held.slot).into();
    let body = Body::new(1, to_json(&held.job));
    registry.write(RegistryKind::WhatIf, &RegistryRecord { key, revision: held.revision + 1, body }).await
}

/// What changes for whom, as far as it is kept.
pub async fn changes<R: RegistryRead>(registry: &R, held: &Held) -> Result<Changes> {
    let found = registry.record(RegistryKind::WhatIf, &changes_key(held)).await?;
    let kept: Option<(Box<str>, Changes)> =
        found.map(|record| stored(OPERATION, &record.body.text)).transpose()?;
    // The place may still hold what an earlier job found.
    Ok(kept.filter(|(id, _)| *id == held.job.id).map(|(_, changes)| changes).unwrap_or_default())
}

/// Keeps what changes for whom. Before the job itself is written: what is in both is then never missing here.
pub async fn keep_changes<R: RegistryRead + RegistryWrite>(
    registry: &R,
    held: &Held,
    changes: &Changes,
) -> Result<()> {
    let text = to_json(&(&held.job.id, changes));
    overwrite(registry, RegistryKind::WhatIf, &changes_key(held), text).await
}

fn changes_key(held: &Held) -> String {
    format!("{CHANGES}{:02}", held.slot)
}
