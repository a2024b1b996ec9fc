//! Freshness of sources and the circuit breaker (DESIGN D12): what stops release by itself.
//!
//! Other criteria begin in shadow: from the moment at which they are in force they decide and record, and release waits
//! until a person has looked at whom they identify.
//!
//! A source has a data-through day: the latest day of which it has told us. `ingest-files` moves it forward, never back.
//! The breaker compares the members who are newly identified today with what is usual; a jump stops release until a
//! person has looked, because a wrong file looks exactly like that.

use crate::{RELOADS, rules, stored};
use icm_contract::stored::to_json;
use icm_domain::day::Day;
use icm_domain::ids::{ActorId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::program::definition::Program;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The kinds of sources that a program can require.
pub const KINDS: [&str; 3] = ["eligibility", "claims", "rosters"];

/// The data-through day of one feed for one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// The latest day of which the feed has told us.
    pub through: Day,
    /// When it did.
    pub at: Moment,
}

/// Data-through days by kind and feed: `claims#plan`.
pub type Watermarks = BTreeMap<Box<str>, Watermark>;

const OPERATION: &str = "move watermark";

/// Moves a watermark forward; a day that is not later than the one that stands changes nothing.
pub async fn advance<R: RegistryRead + RegistryWrite>(
    registry: &R,
    kind: &str,
    feed: &str,
    through: Day,
    at: Moment,
) -> Result<()> {
    let key = format!("{kind}#{feed}");
    for _ in 0..RELOADS {
        let before = registry.record(RegistryKind::Watermark, &key).await?;
        let revision = before.as_ref().map_or(0, |record| record.revision);
        if let Some(record) = before {
            let held: Watermark = stored(OPERATION, &record.body.text)?;
            if held.through >= through {
                return Ok(());
            }
        }
        let body = Body::new(1, to_json(&Watermark { through, at }));
        let record = RegistryRecord { key: key.as_str().into(), revision: revision + 1, body };
        match registry.write(RegistryKind::Watermark, &record).await {
            Err(error) if error.wants_reload() => {}
            done => return done,
        }
    }
    Err(PortError::Throttled { operation: OPERATION })
}

/// All watermarks.
pub async fn watermarks<R: RegistryRead>(registry: &R) -> Result<Watermarks> {
    let read = |record: RegistryRecord| Ok((record.key, stored("read watermarks", &record.body.text)?));
    registry.records(RegistryKind::Watermark, "").await?.into_iter().map(read).collect()
}

/// The sources of a program that are too old on `today`, by what the program calls them. A kind (`claims`) is as fresh as
/// the newest of its feeds; a program may require one feed (`claims#acme`). A source that has never come is too old.
pub fn stale<'p>(program: &'p Program, watermarks: &Watermarks, today: Day) -> Vec<&'p str> {
    let through = |wanted: &str| {
        let of_kind =
            |key: &str| key == wanted || key.split_once('#').is_some_and(|(kind, _)| kind == wanted);
        watermarks.iter().filter(|(key, _)| of_kind(key)).map(|(_, mark)| mark.through).max()
    };
    let old = |need: &&icm_domain::program::definition::SourceNeed| {
        through(&need.kind).is_none_or(|day| today.since(day) > i32::from(need.days_old_max))
    };
    program.required_sources.iter().filter(old).map(|need| need.kind.as_ref()).collect()
}

/// Days of history before the breaker judges: a new store fills at once, and begins in shadow (DESIGN D12).
pub const DAYS_MIN: u32 = 7;
/// Members below which a day is never a jump, whatever is usual.
pub const COUNT_MIN: u64 = 20;
/// Shards of a day's count: batches beside each other rarely meet.
const SHARDS: u8 = 8;
/// Weight of the past in the moving average, in days.
const MEMORY_DAYS: u64 = 28;

/// The breaker of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// The day that is being counted.
    pub day: Day,
    /// Newly identified members of a usual day, in hundredths.
    pub usual_hundredths: u64,
    /// Days of which the usual is made.
    pub days: u32,
    /// Set while release is stopped.
    pub tripped: Option<Trip>,
    /// The last day of which a person has said that it may go on.
    pub cleared: Option<Cleared>,
    /// The published criteria that were in force when the breaker looked last; none: it has not looked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Box<str>>,
}

/// What stopped release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// More members were newly identified than on a usual day.
    #[default]
    Jump,
    /// Other criteria are in force.
    Criteria,
}

/// Why release stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// What.
    #[serde(default)]
    pub cause: Cause,
    /// On which day.
    pub day: Day,
    /// Newly identified members of that day, when it tripped.
    pub count: u64,
    /// Of a usual day, in hundredths.
    pub usual_hundredths: u64,
    /// When.
    pub at: Moment,
}

/// A person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// The day that may stand.
    pub day: Day,
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Moment,
}

impl Breaker {
    /// A breaker that has counted nothing.
    pub const fn new(day: Day) -> Self {
        Self { day, usual_hundredths: 0, days: 0, tripped: None, cleared: None, criteria: None }
    }

    /// Closes the day that is counted and goes on with the next. A day that tripped teaches nothing.
    fn close(&mut self, count: u64) {
        let jump = self.tripped.as_ref().is_some_and(|trip| trip.day == self.day);
        if !jump {
            let weight = u64::from(self.days).min(MEMORY_DAYS - 1);
            self.usual_hundredths = (self.usual_hundredths * weight + count * 100) / (weight + 1);
            self.days += 1;
        }
        self.day = self.day.plus(1);
    }

    /// Judges today's count; true: it trips now.
    fn judge(&mut self, count: u64, rise_percent: u16, at: Moment) -> bool {
        let allowed = self.usual_hundredths * (100 + u64::from(rise_percent)) / 100;
        let jump = self.days >= DAYS_MIN && count >= COUNT_MIN && count * 100 > allowed;
        let cleared = self.cleared.as_ref().is_some_and(|cleared| cleared.day == self.day);
        if !jump || cleared || self.tripped.is_some() {
            return false;
        }
        self.trip(Cause::Jump, count, at);
        true
    }

    fn trip(&mut self, cause: Cause, count: u64, at: Moment) {
        let (day, usual_hundredths) = (self.day, self.usual_hundredths);
        self.tripped = Some(Trip { cause, day, count, usual_hundredths, at });
    }

    /// Looks at the criteria that are in force; true: they are others than before, and release stops now.
    fn under(&mut self, in_force: &str, count: u64, at: Moment) -> bool {
        let others = !self.knows(in_force);
        // A person's word on a jump says nothing about other criteria: those are looked at after it.
        if others && self.tripped.as_ref().is_some_and(|trip| trip.cause == Cause::Jump) {
            return false;
        }
        self.criteria = Some(in_force.into());
        let trips = others && self.tripped.is_none();
        if trips {
            self.trip(Cause::Criteria, count, at);
        }
        trips
    }

    /// Whether these are the criteria that it saw last; one that has not looked yet says nothing.
    pub fn knows(&self, in_force: &str) -> bool {
        self.criteria.as_deref().is_none_or(|known| known == in_force)
    }
}

fn day_key(program: &ProgramId, day: Day) -> String {
    format!("identified#{}#{day}#", program.as_str())
}

#[derive(Serialize, Deserialize)]
struct Count {
    count: u64,
}

/// Counts newly identified members of a day. `spread` chooses the shard. Written once a batch, after its commits: a
/// crash in between counts too few, never too many.
pub async fn count<R: RegistryRead + RegistryWrite>(
    registry: &R,
    program: &ProgramId,
    day: Day,
    spread: u8,
    identified: u64,
) -> Result<()> {
    const OPERATION: &str = "count identified members";
    let key = format!("{}{}", day_key(program, day), spread % SHARDS);
    for _ in 0..RELOADS {
        let before = registry.record(RegistryKind::Progress, &key).await?;
        let (revision, held) = match &before {
            None => (0, 0),
            Some(record) => (record.revision, stored::<Count>(OPERATION, &record.body.text)?.count),
        };
        let body = Body::new(1, to_json(&Count { count: held + identified }));
        let record = RegistryRecord { key: key.as_str().into(), revision: revision + 1, body };
        match registry.write(RegistryKind::Progress, &record).await {
            Err(error) if error.wants_reload() => {}
            done => return done,
        }
    }
    Err(PortError::Throttled { operation: OPERATION })
}

async fn counted<R: RegistryRead>(registry: &R, program: &ProgramId, day: Day) -> Result<u64> {
    let mut sum = 0;
    for record in registry.records(RegistryKind::Progress, &day_key(program, day)).await? {
        sum += stored::<Count>("read count of identified members", &record.body.text)?.count;
    }
    Ok(sum)
}

async fn load<R: RegistryRead>(registry: &R, program: &ProgramId) -> Result<Option<(u64, Breaker)>> {
    let held = registry.record(RegistryKind::Breaker, program.as_str()).await?;
    held.map(|record| Ok((record.revision, stored("read breaker", &record.body.text)?))).transpose()
}

async fn keep<R: RegistryWrite>(
    registry: &R,
    program: &ProgramId,
    revision: u64,
    breaker: &Breaker,
) -> Result<()> {
    let body = Body::new(1, to_json(breaker));
    let record = RegistryRecord { key: program.as_str().into(), revision: revision + 1, body };
    registry.write(RegistryKind::Breaker, &record).await
}

/// Looks at the day's count, and closes days that are over. Returns the trip when release stops by this look. Called by
/// `queue-outreach`, of which one runs at a time; meeting a person's word is mended by its next run.
pub async fn watch<R: RegistryRead + RegistryWrite>(
    registry: &R,
    program: &Program,
    now: Moment,
) -> Result<Option<Trip>> {
    let held = load(registry, &program.id).await?;
    let (revision, before) = match held {
        Some((revision, breaker)) => (revision, Some(breaker)),
        None => (0, None),
    };
    let mut breaker = before.clone().unwrap_or_else(|| Breaker::new(now.day()));
    // After a long silence older days count as empty.
    while breaker.day < now.day() {
        let recent = now.day().since(breaker.day) <= 31;
        let count = if recent { counted(registry, &program.id, breaker.day).await? } else { 0 };
        breaker.close(count);
    }
    let today = counted(registry, &program.id, breaker.day).await?;
    let in_force = rules::names_in_force(&rules::criteria(registry).await?, now.day());
    let trips =
        breaker.under(&in_force, today, now) || breaker.judge(today, program.breaker_rise_percent, now);
    if before.as_ref() != Some(&breaker) {
        match keep(registry, &program.id, revision, &breaker).await {
            Err(error) if error.wants_reload() => return Ok(None),
            kept => kept?,
        }
    }
    Ok(if trips { breaker.tripped } else { None })
}

/// A person has looked: release goes on, also if more members are identified today. None: the breaker has not tripped.
pub async fn clear<R: RegistryRead + RegistryWrite>(
    registry: &R,
    program: &ProgramId,
    by: &ActorId,
    at: Moment,
) -> Result<Option<Breaker>> {
    for _ in 0..RELOADS {
        let Some((revision, mut breaker)) = load(registry, program).await? else { return Ok(None) };
        if breaker.tripped.take().is_none() {
            return Ok(None);
        }
        breaker.cleared = Some(Cleared { day: at.day(), by: by.clone(), at });
        match keep(registry, program, revision, &breaker).await {
            Ok(()) => return Ok(Some(breaker)),
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Err(PortError::Throttled { operation: "clear breaker" })
}

/// Why release of a program has stopped, while it has.
pub async fn stopped<R: RegistryRead>(registry: &R, program: &ProgramId) -> Result<Option<Trip>> {
    Ok(load(registry, program).await?.and_then(|(_, breaker)| breaker.tripped))
}

/// The breaker of every program that has one.
pub async fn breakers<R: RegistryRead>(registry: &R) -> Result<BTreeMap<Box<str>, Breaker>> {
    let read = |record: RegistryRecord| Ok((record.key, stored("read breakers", &record.body.text)?));
    registry.records(RegistryKind::Breaker, "").await?.into_iter().map(read).collect()
}

#[cfg(test)]
#[path = "freshness_tests.rs"]
mod tests;
