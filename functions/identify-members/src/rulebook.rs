//! Where the rules of a decision come from: published versions in the registry, or rules that are given.

use crate::decider::{Decider, RuleError, Rules};
use icm_casework::{catalogue, rules};
use icm_domain::day::Day;
use icm_domain::ids::ProgramId;
use icm_domain::program::definition::Program;
use icm_domain::tables::Tables;
use icm_ports::{RegistryRead, Result};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

/// Gives the rules in force to each batch.
pub trait Rulebook: Send + Sync {
    /// What decides.
    type Decider: Decider;

    /// The rules in force on `today`.
    fn current<R: RegistryRead>(
        &self,
        registry: &R,
        today: Day,
    ) -> impl Future<Output = Result<Arc<Self::Decider>>> + Send;
}

/// Rules that are given stay as they are.
impl<D: Decider + Clone> Rulebook for D {
    type Decider = D;

    async fn current<R: RegistryRead>(&self, _: &R, _: Day) -> Result<Arc<D>> {
        Ok(Arc::new(self.clone()))
    }
}

/// Rules as published (DESIGN D6). Every batch reads the count of publications, one strong read; the versions
/// themselves are read again only when it has moved or another day has begun. So no batch that begins after a
/// publication decides by what was in force before.
#[derive(Clone)]
pub struct Published {
    shipped: Rules,
    read: Arc<Mutex<Option<Read>>>,
}

/// What was read, and when it is out of date.
#[derive(Clone)]
struct Read {
    revision: u64,
    day: Day,
    rules: Arc<Rules>,
}

impl Published {
    /// Until something is published for a member's line of business the shipped criteria hold; the program's shipped
    /// definition likewise.
    pub fn new(program: &str, tables: Tables) -> std::result::Result<Self, RuleError> {
        Ok(Self { shipped: Rules::shipped(program, tables)?, read: Arc::default() })
    }

    fn held(&self, revision: u64, day: Day) -> Option<Arc<Rules>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.as_ref()
            .filter(|read| read.revision == revision && read.day == day)
            .map(|read| Arc::clone(&read.rules))
    }

    async fn load<R: RegistryRead>(&self, registry: &R, today: Day) -> Result<Rules> {
        let id: &ProgramId = &self.shipped.program.id;
        let program: Option<Program> = catalogue::program(registry, id, today).await?;
        let mut program = program.unwrap_or_else(|| self.shipped.program.clone());
        if let Some(mode) = rules::mode(registry, id).await? {
            program.mode = mode;
        }
        Ok(Rules { in_force: self.shipped.in_force.published_in(registry).await?, program })
    }
}

impl Rulebook for Published {
    type Decider = Rules;

    async fn current<R: RegistryRead>(&self, registry: &R, today: Day) -> Result<Arc<Rules>> {
        let revision = rules::revision(registry).await?;
        if let Some(rules) = self.held(revision, today) {
            return Ok(rules);
        }
        let rules = Arc::new(self.load(registry, today).await?);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = Some(Read { revision, day: today, rules: Arc::clone(&rules) });
        Ok(rules)
    }
}
