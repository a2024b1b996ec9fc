//! The switches of operation (DESIGN D12): the mode of each program, and what is paused.

use crate::freshness::{self, Breaker, Watermarks};
use crate::{overwrite, rules, stored};
use icm_contract::stored::to_json;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::facts::Channel;
use icm_domain::ids::{ActorId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::definition::{Mode, Program};
use icm_ports::{RegistryKind, RegistryRead, RegistryWrite, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What can be paused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    All,
    /// One program.
    Program(ProgramId),
    /// One team or vendor.
    Vendor(VendorId),
    /// One means of contact.
    Channel(Channel),
}

impl Scope {
    /// The key under which the pause is stored.
    pub fn key(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Program(program) => format!("program#{}", program.as_str()),
            Self::Vendor(vendor) => format!("vendor#{}", vendor.as_str()),
            Self::Channel(channel) => format!("channel#{}", channel_id(*channel)),
        }
    }
}

const fn channel_id(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "call",
        Channel::Text => "text",
        Channel::Letter => "letter",
        Channel::Visit => "visit",
    }
}

/// A pause, or its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What.
    pub scope: Scope,
    /// True: paused; false: resumed.
    pub paused: bool,
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Moment,
    /// Why, as a code.
    pub reason: Box<str>,
}

/// The mode of a program, as people have set it; before that the definition's own mode holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeSet {
    /// Mode.
    pub mode: Mode,
    /// Daily cap.
    pub daily_cap: u32,
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Moment,
}

/// All switches, as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    modes: BTreeMap<Box<str>, ModeSet>,
    paused: Vec<Scope>,
    stopped: u64,
    watermarks: Watermarks,
    breakers: BTreeMap<Box<str>, Breaker>,
    criteria: Vec<Criteria>,
}

/// What the names of our own actors begin with.
const SYSTEM: &str = "system:";

/// Why nothing may be released now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Barrier {
    /// The program is not live.
    NotLive,
    /// Something that it needs is paused.
    Paused,
    /// A source that the program requires is too old, or has never come.
    Stale,
    /// Identification has jumped or its criteria are others, and no person has looked yet.
    Tripped,
}

impl Switches {
    /// Reads all switches.
    pub async fn load<R: RegistryRead>(registry: &R) -> Result<Self> {
        const OPERATION: &str = "read switches";
        let mut switches = Self::default();
        for record in registry.records(RegistryKind::Mode, "").await? {
            let mode = stored(OPERATION, &record.body.text)?;
            switches.modes.insert(record.key, mode);
        }
        for record in registry.records(RegistryKind::Pause, "").await? {
            let pause: Pause = stored(OPERATION, &record.body.text)?;
            if pause.paused {
                switches.stopped += u64::from(pause.by.as_str().starts_with(SYSTEM));
                switches.paused.push(pause.scope);
            }
        }
        switches.watermarks = freshness::watermarks(registry).await?;
        switches.breakers = freshness::breakers(registry).await?;
        switches.criteria = rules::criteria(registry).await?;
        switches.stopped +=
            switches.breakers.values().filter(|breaker| breaker.tripped.is_some()).count() as u64;
        Ok(switches)
    }

    /// Whether the sources of a program allow to reach anybody today, and its breaker is whole.
    pub fn rests_on_fresh_sources(&self, program: &Program, today: Day) -> std::result::Result<(), Barrier> {
        // Other criteria stop release from their first instant; the breaker notes it at its next look.
        let in_force = rules::names_in_force(&self.criteria, today);
        let stops = |breaker: &Breaker| breaker.tripped.is_some() || !breaker.knows(&in_force);
        if self.breakers.get(program.id.as_str()).is_some_and(stops) {
            return Err(Barrier::Tripped);
        }
        if freshness::stale(program, &self.watermarks, today).is_empty() {
            Ok(())
        } else {
            Err(Barrier::Stale)
        }
    }

    /// The sources of a program that are too old today.
    pub fn stale<'p>(&self, program: &'p Program, today: Day) -> Vec<&'p str> {
        freshness::stale(program, &self.watermarks, today)
    }

    /// The data-through days, by kind and feed.
    pub const fn watermarks(&self) -> &Watermarks {
        &self.watermarks
    }

    /// The breaker of a program.
    pub fn breaker(&self, program: &Program) -> Option<&Breaker> {
        self.breakers.get(program.id.as_str())
    }

    /// The mode of a program.
    pub fn mode(&self, program: &Program) -> Mode {
        self.modes.get(program.id.as_str()).map_or(program.mode, |set| set.mode)
    }

    /// Its daily cap.
    pub fn daily_cap(&self, program: &Program) -> u32 {
        self.modes.get(program.id.as_str()).map_or(program.daily_cap, |set| set.daily_cap)
    }

    /// Whether something may leave for this program, vendor and channel.
    pub fn check(
        &self,
        program: &Program,
        vendor: Option<&VendorId>,
        channel: Option<Channel>,
    ) -> std::result::Result<(), Barrier> {
        if self.mode(program) != Mode::Live {
            return Err(Barrier::NotLive);
        }
        let hit = |scope: &Scope| match scope {
            Scope::All => true,
            Scope::Program(paused) => *paused == program.id,
            Scope::Vendor(paused) => Some(paused) == vendor,
            Scope::Channel(paused) => Some(*paused) == channel,
        };
        if self.paused.iter().any(hit) { Err(Barrier::Paused) } else { Ok(()) }
    }

    /// How many stops the system has set by itself, pauses and tripped breakers: each waits for a person (DESIGN D12).
    pub const fn stopped(&self) -> u64 {
        self.stopped
    }

    /// What is paused.
    pub fn paused(&self) -> &[Scope] {
        &self.paused
    }
}

/// Pauses or resumes; `Conflict` when somebody else switched at the same time.
pub async fn pause<R: RegistryRead + RegistryWrite>(registry: &R, pause: &Pause) -> Result<()> {
    overwrite(registry, RegistryKind::Pause, &pause.scope.key(), to_json(pause)).await
}

/// Sets the mode of a program, and lets those notice who decide; `Conflict` when somebody else switched at the same time.
pub async fn set_mode<R: RegistryRead + RegistryWrite>(
    registry: &R,
    program: &ProgramId,
    mode: &ModeSet,
) -> Result<()> {
    overwrite(registry, RegistryKind::Mode, program.as_str(), to_json(mode)).await?;
    crate::rules::count(registry).await
}
