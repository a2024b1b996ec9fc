//! What a seed chooses before its run begins: each run has its own weather, some faults often, some never (swarm
//! testing), so that rare combinations are met.

use fastrand::Rng;
use icm_testkit::{Fault, Plant};

/// How the stream wakes the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Every record, sometimes twice.
    On,
    /// Some records are lost.
    Lossy,
    /// Nothing ever comes: the sweep alone drains the outbox.
    Off,
}

/// Who serves the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// Vendors; the plan reaches and consents, then offers.
    Vendors,
    /// Vendors that reach and consent themselves.
    DelegatedVendors,
    /// A team of the payer.
    Team,
}

/// The weather of a run.
#[derive(Clone, Debug)]
pub(crate) struct Swarm {
    pub(crate) served: Served,
    pub(crate) stream: Stream,
    pub(crate) members: usize,
    /// Steps of the unsafe phase.
    pub(crate) steps: usize,
    /// Invocations that may run at the same time.
    pub(crate) concurrent: usize,
    /// Chances of faults at a port call, per 1000.
    pub(crate) faults: Faults,
    /// Whether a source says all about a member at once, in messages that are worked on at the same time.
    pub(crate) bursts: bool,
    /// Whether the last words about a member are a stay and its void.
    pub(crate) voided_last: bool,
    /// Port calls that an invocation makes in one go, at most: few make many interleavings.
    pub(crate) stride: usize,
    /// Weight of members' stops among all that people say.
    pub(crate) stops: u32,
    /// Chance that a message comes once more after it was acknowledged, in percent.
    pub(crate) duplicates: u8,
    /// Whether projections lag behind commits at times.
    pub(crate) lag: bool,
    /// Whether pauses, caps and capacities are changed while it runs.
    pub(crate) operations: bool,
    /// Whether vendors misbehave.
    pub(crate) unruly: bool,
    /// Chance that time jumps by hours or days instead of seconds, in percent.
    pub(crate) jumps: u8,
    /// The daily cap of releases.
    pub(crate) daily_cap: u32,
    /// Points of each team: little, so that members wait.
    pub(crate) points: u32,
}

/// Chances per 1000 calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) crash: u32,
    pub(crate) throttle: u32,
    pub(crate) ambiguous: u32,
    pub(crate) conflict: u32,
    pub(crate) partial_send: u32,
    /// A sending whose answer is lost.
    pub(crate) unheard_send: u32,
}

impl Swarm {
    pub(crate) fn of(rng: &mut Rng, plant: Option<Plant>) -> Self {
        let rate = |rng: &mut Rng, often: u32| *rng.choice(&[0, often / 4, often]).unwrap_or(&0);
        let mut swarm = Self {
            served: *rng
                .choice(&[Served::Vendors, Served::Vendors, Served::DelegatedVendors, Served::Team])
                .unwrap(),
            stream: *rng.choice(&[Stream::On, Stream::On, Stream::Lossy, Stream::Off]).unwrap(),
            members: rng.usize(2..=5),
            steps: rng.usize(600..=2000),
            concurrent: rng.usize(1..=4),
            faults: Faults {
                crash: rate(rng, 12),
                throttle: rate(rng, 20),
                ambiguous: rate(rng, 20),
                conflict: rate(rng, 20),
                partial_send: rate(rng, 60),
                unheard_send: rate(rng, 200),
            },
            bursts: rng.bool(),
            voided_last: rng.u8(0..4) == 0,
            stride: *rng.choice(&[2, 5, 10]).unwrap(),
            stops: *rng.choice(&[1, 1, 6]).unwrap(),
            duplicates: *rng.choice(&[0, 5, 30]).unwrap(),
            lag: rng.bool(),
            operations: rng.bool(),
            unruly: rng.bool(),
            jumps: *rng.choice(&[2, 8, 20]).unwrap(),
            daily_cap: *rng.choice(&[3, 50, 200]).unwrap(),
            points: *rng.choice(&[3, 6, 9, 30]).unwrap(),
        };
        swarm.suit(plant);
        swarm
    }

    /// A planted mistake shows only in weather that lets it act.
    fn suit(&mut self, plant: Option<Plant>) {
        match plant {
            Some(Plant::SendBeforeCommit | Plant::WriteThenSend | Plant::AckBeforeCommit) => {
                self.faults.crash = self.faults.crash.max(12);
            }
            Some(Plant::NoDeduplicationKey) => self.faults.unheard_send = 300,
            Some(Plant::NoReread | Plant::LostCondition) => {
                self.concurrent = 4;
                self.bursts = true;
                self.voided_last = true;
                self.stride = 2;
            }
            Some(Plant::OptOutIgnored) => {
                self.stream = Stream::On;
                self.stops = 20;
            }
            Some(Plant::RepliesOutOfOrder) => {
                self.bursts = true;
                if self.served == Served::Team {
                    self.served = Served::Vendors;
                }
            }
            Some(Plant::SweepMissing) => self.stream = Stream::Lossy,
            Some(Plant::FollowUpLost) => self.points = 30,
            Some(Plant::LedgerLost | Plant::ClosureLost) => {
                (self.points, self.daily_cap) = (30, 200);
                self.served = Served::Team;
                (self.jumps, self.stops) = (20, 0);
                self.operations = false;
            }
            None => {}
        }
    }
}

/// Whether a port call only reads; a lost answer of a read is no more than a failure.
fn reads(operation: &str) -> bool {
    ["read", "find", "list", "locate"].iter().any(|word| operation.starts_with(word))
}

impl Faults {
    /// What goes wrong at a call.
    pub(crate) fn choose(self, rng: &mut Rng, operation: &str) -> Option<Fault> {
        let hit = |rng: &mut Rng, chance: u32| chance > 0 && rng.u32(0..1000) < chance;
        if hit(rng, self.crash) {
            return Some(if rng.bool() { Fault::CrashBefore } else { Fault::CrashAfter });
        }
        if hit(rng, self.throttle) {
            return Some(if rng.bool() { Fault::Throttle } else { Fault::Unavailable });
        }
        let unheard = if operation == "send messages" { self.unheard_send } else { self.ambiguous };
        if !reads(operation) && hit(rng, unheard) {
            return Some(Fault::Ambiguous);
        }
        if matches!(operation, "commit member" | "write registry") && hit(rng, self.conflict) {
            return Some(Fault::Conflict);
        }
        None
    }
}
