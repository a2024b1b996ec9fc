//! Everything that the ports reach, in memory: one honest fake for all of them.

mod effects;
mod files;
mod members;
mod queues;

use crate::gate::Gate;
use crate::plant::Plant;
use icm_domain::ids::{EffectId, MemberId};
use icm_domain::moment::Moment;
use icm_ports::{
    Body, CaseRecord, Destination, EffectRecord, EventRecord, Head, Outgoing, Pack, QuarantineRecord,
    RegistryKind, RegistryRecord, Result,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything stored about one member.
#[derive(Clone, Debug, Default)]
pub struct MemberState {
    /// Packs by key.
    pub packs: BTreeMap<String, Pack>,
    /// The head.
    pub head: Head,
    /// The decision record.
    pub decision: Option<Body>,
    /// Cases by their key: the program, or program and case id when retired.
    pub cases: BTreeMap<String, CaseRecord>,
    /// Log lines by case and ordinal.
    pub events: BTreeMap<(String, u64), EventRecord>,
    /// Effects by id.
    pub effects: BTreeMap<String, EffectRecord>,
}

/// The content of the world. Tests read and change it freely.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Members.
    pub members: BTreeMap<MemberId, MemberState>,
    /// Messages sent, in order.
    pub sent: Vec<(Destination, Outgoing)>,
    /// How many of the next entries to be sent fail.
    pub sends_failing: usize,
    /// Quarantine by origin and id.
    pub quarantine: BTreeMap<(Box<str>, Box<str>), QuarantineRecord>,
    /// Files.
    pub objects: BTreeMap<String, Vec<u8>>,
    /// The archive.
    pub archive: BTreeMap<String, Vec<u8>>,
    /// Registry by kind and key.
    pub registry: BTreeMap<(&'static str, Box<str>), RegistryRecord>,
    /// Places taken.
    pub taken: BTreeMap<Box<str>, i64>,
    /// Places of claims, by source and control number.
    pub places: BTreeMap<(String, String), MemberId>,
    /// Parked facts, by source, control number and id.
    pub parked: BTreeMap<(String, String, String), Vec<u8>>,
    /// Audit lines, in order of key.
    pub audit: BTreeMap<(Moment, Box<str>), icm_ports::AuditRecord>,
    /// Audit lines about one member.
    pub audited: BTreeMap<MemberId, Vec<icm_ports::AuditRecord>>,
    /// What the projections (due index, worklists) show, when they lag.
    pub lagging: Option<BTreeMap<MemberId, MemberState>>,
    /// Effects in the order of their commit: what the stream shows.
    pub stream: Vec<(MemberId, EffectId)>,
    /// Members written to; whoever checks after each step takes them out.
    pub touched: BTreeSet<MemberId>,
    /// A mistake planted in the store, so that harnesses show that they find it.
    pub plant: Option<Plant>,
}

/// A world shared by invocations.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<State>>);

impl World {
    /// An empty world whose sources are fresh: what stops release by itself is the subject of tests of its own.
    pub fn new() -> Self {
        let world = Self::default();
        for kind in ["eligibility", "claims", "rosters"] {
            let key: Box<str> = format!("{kind}#test").into();
            let text = r#"{"through":"2999-12-31","at":"2000-01-01T00:00:00Z"}"#;
            let record =
                RegistryRecord { key: key.clone(), revision: 1, body: Body::new(1, text.to_owned()) };
            world.state().registry.insert((RegistryKind::Watermark.id(), key), record);
        }
        world
    }

    /// An empty world in which no source has ever told us anything.
    pub fn without_sources() -> Self {
        Self::default()
    }

    /// The content.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ports of one invocation, through this gate.
    pub fn ports(&self, gate: Gate) -> Ports {
        Ports { world: self.clone(), gate: Arc::new(gate) }
    }

    /// The ports, with nothing in the way.
    pub fn open(&self) -> Ports {
        self.ports(Gate::open())
    }

    /// From now on the projections show what is there now, until [`Self::catch_up`].
    pub fn lag(&self) {
        let mut state = self.state();
        state.lagging = Some(state.members.clone());
    }

    /// The projections show everything again.
    pub fn catch_up(&self) {
        self.state().lagging = None;
    }
}

/// All ports of one invocation.
#[derive(Clone)]
pub struct Ports {
    world: World,
    /// The gate that every call passes.
    pub gate: Arc<Gate>,
}

impl Ports {
    async fn call<T: Send>(
        &self,
        operation: &'static str,
        act: impl FnOnce(&mut State) -> Result<T> + Send,
    ) -> Result<T> {
        self.gate.pass(operation, || act(&mut self.world.state())).await
    }

    /// A call that only reads.
    async fn look<T: Send>(
        &self,
        operation: &'static str,
        act: impl FnOnce(&State) -> T + Send,
    ) -> Result<T> {
        self.call(operation, |state| Ok(act(state))).await
    }
}

impl State {
    fn member(&self, member: &MemberId) -> Option<&MemberState> {
        self.members.get(member)
    }

    /// The member, to be written to.
    fn written(&mut self, member: &MemberId) -> &mut MemberState {
        self.touched.insert(member.clone());
        self.members.entry(member.clone()).or_default()
    }

    /// What the projections show.
    fn projected(&self) -> &BTreeMap<MemberId, MemberState> {
        self.lagging.as_ref().unwrap_or(&self.members)
    }
}
