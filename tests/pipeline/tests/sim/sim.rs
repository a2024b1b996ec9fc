//! One run: a world, its functions as plain futures, its people, and a scheduler that chooses by one random source. One
//! thread, no real time: the same seed gives the same run.

use crate::check::{Broken, Check};
use crate::queue::Queue;
use crate::staff::Staff;
use crate::story::{FIRST_DAY, Story, stories};
use crate::swarm::{Served, Swarm};
use crate::vendors::Vendors;
use fastrand::Rng;
use icm_casework::switches::{ModeSet, set_mode};
use icm_domain::case::state::{Delivery, HandOver, Place};
use icm_domain::day::Day;
use icm_domain::ids::{ActorId, MemberId, ProgramId, VendorId};
use icm_domain::program::Catalogue;
use icm_domain::program::definition::Mode;
use icm_ports::{Clock, Destination, Moment};
use icm_testkit::{FixedClock, Gate, Plant, World, run};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

pub(crate) const PROGRAM: &str = "ICM";

/// An invocation is ended by its platform after this time; leases and hidden messages outlast it.
const TIMEOUT_MS: i64 = 50_000;

/// Actions kept for the report of a broken rule.
const TRACE_MAX: usize = 60;

/// What an invocation came to.
pub(crate) enum Ended {
    /// A batch; these items come again.
    Batch(Vec<String>),
    /// A request was answered.
    Answer(u16),
    /// The invocation failed: its whole event comes again.
    Error,
}

/// What started an invocation, and waits for its end.
#[derive(Clone)]
pub(crate) enum Cause {
    Schedule,
    Facts(Vec<String>),
    Files(Vec<String>),
    Replies(VendorId, Vec<String>),
    Stream(Range<usize>),
    Command(usize),
}

pub(crate) type Invocation = Pin<Box<dyn Future<Output = Ended>>>;

pub(crate) struct Running {
    pub(crate) name: &'static str,
    pub(crate) future: Invocation,
    pub(crate) gate: Arc<Gate>,
    pub(crate) began: Moment,
    pub(crate) cause: Cause,
}

/// An input as it was first told: the sequential oracle reads it once.
#[derive(Clone)]
pub(crate) enum Input {
    Message(String),
    File(String),
}

pub(crate) struct Sim {
    pub(crate) rng: Rng,
    pub(crate) swarm: Swarm,
    pub(crate) plant: Option<Plant>,
    pub(crate) world: World,
    pub(crate) clock: FixedClock,
    pub(crate) facts: Queue,
    pub(crate) files: Queue,
    pub(crate) replies: BTreeMap<VendorId, Queue>,
    pub(crate) running: Vec<Running>,
    pub(crate) stories: Vec<Story>,
    pub(crate) inputs: Vec<(Moment, Input)>,
    /// Stays told of members who were served: whose, and the day of discharge.
    pub(crate) stays_now: Vec<(MemberId, Day)>,
    pub(crate) vendors: Vendors,
    pub(crate) staff: Staff,
    pub(crate) check: Check,
    /// Faults are off.
    pub(crate) calm: bool,
    pub(crate) stream_at: usize,
    pub(crate) stream_tries: u32,
    sent_at: usize,
    pub(crate) steps: u64,
    trace: VecDeque<String>,
    pub(crate) spool: PathBuf,
}

fn read<T: serde::de::DeserializeOwned>(file: &str) -> T {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/programs").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The shipped catalogue with the routes and the little capacity of this run.
pub(crate) fn catalogue(swarm: &Swarm) -> Catalogue {
    let mut catalogue = Catalogue {
        programs: read("programs.json"),
        teams: read("vendors.json"),
        cadences: read("cadences.json"),
        calendars: read("calendars.json"),
    };
    let wanted = if swarm.served == Served::Team { Delivery::PayerTeam } else { Delivery::External };
    for program in &mut catalogue.programs {
        program.routes.retain(|route| route.delivery == wanted);
        for route in &mut program.routes {
            if swarm.served == Served::DelegatedVendors {
                route.hand_over = HandOver::OutreachDelegated;
            }
        }
    }
    for row in catalogue.teams.iter_mut().flat_map(|team| &mut team.capacity) {
        row.points = swarm.points;
    }
    catalogue
}

/// Lets an invocation go on to its next port call, its end or its crash. Between two calls it may wait for the thread that
/// reads a file: nothing is chosen meanwhile, so a run does not depend on how long that takes.
fn step(future: &mut Invocation, gate: &Gate) -> Option<Ended> {
    let before = gate.count();
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ended) => return Some(ended),
            Poll::Pending if gate.has_crashed() || gate.count() != before => return None,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

/// Runs an invocation without faults to its end.
pub(crate) fn to_the_end(world: &World, make: impl FnOnce(icm_testkit::Ports) -> Invocation) {
    let ports = world.ports(Gate::yielding());
    let gate = Arc::clone(&ports.gate);
    let mut future = make(ports);
    while step(&mut future, &gate).is_none() {}
}

impl Sim {
    pub(crate) fn new(seed: u64, plant: Option<Plant>, change: impl FnOnce(&mut Swarm)) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut swarm = Swarm::of(&mut rng, plant);
        change(&mut swarm);
        let clock = FixedClock::at(Moment::start_of(Day::parse(FIRST_DAY).unwrap()).plus_hours(15));
        let world = World::new();
        let catalogue = catalogue(&swarm);
        run(icm_casework::catalogue::publish(&world.open(), &catalogue)).unwrap();
        let stories = stories(&mut rng, swarm.members, swarm.voided_last);
        let mut sim = Self {
            rng,
            plant,
            world,
            clock,
            facts: Queue::default(),
            files: Queue::default(),
            replies: BTreeMap::new(),
            running: Vec::new(),
            stories,
            inputs: Vec::new(),
            stays_now: Vec::new(),
            vendors: Vendors::default(),
            staff: Staff::default(),
            check: Check::default(),
            calm: false,
            stream_at: 0,
            stream_tries: 0,
            sent_at: 0,
            steps: 0,
            trace: VecDeque::new(),
            spool: std::env::temp_dir(),
            swarm,
        };
        let mode = ModeSet {
            mode: Mode::Live,
            daily_cap: sim.swarm.daily_cap,
            by: ActorId::new("ops:sim"),
            at: sim.now(),
        };
        run(set_mode(&sim.world.open(), &ProgramId::new(PROGRAM), &mode)).unwrap();
        sim.world.state().plant = plant;
        for team in &catalogue.teams {
            for row in &team.capacity {
                let place = Place {
                    team: team.id.clone(),
                    county: row.county.clone(),
                    language: row.language.clone(),
                    lob: row.lob,
                };
                sim.check.limits.insert(place.key(), i64::from(row.points));
            }
        }
        sim
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        if self.trace.len() >= TRACE_MAX {
            self.trace.pop_front();
        }
        self.trace.push_back(format!("{} {} {}", self.steps, self.now(), what()));
    }

    pub(crate) fn trace(&self) -> String {
        self.trace.iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// The gate of a new invocation, with the weather of the run.
    pub(crate) fn gate(&mut self) -> Gate {
        if self.calm {
            return Gate::yielding();
        }
        let (faults, mut rng) = (self.swarm.faults, self.rng.fork());
        Gate::chosen_by(Box::new(move |operation| faults.choose(&mut rng, operation)))
    }

    /// Lets an invocation go on by some port calls.
    pub(crate) fn poll(&mut self, at: usize, calls: usize) {
        for _ in 0..calls {
            let Some(running) = self.running.get_mut(at) else { return };
            if let Some(ended) = step(&mut running.future, &running.gate) {
                let done = self.running.swap_remove(at);
                self.finish(done, Some(ended));
                return;
            }
            if running.gate.has_crashed() {
                let crashed = self.running.swap_remove(at);
                self.finish(crashed, None);
                return;
            }
        }
    }

    /// The end of an invocation; without a result it crashed, and whatever caused it comes again in its own time.
    fn finish(&mut self, done: Running, ended: Option<Ended>) {
        let what = match &ended {
            None => "crashed".to_owned(),
            Some(Ended::Batch(again)) => format!("ended, {} again", again.len()),
            Some(Ended::Answer(status)) => format!("answered {status}"),
            Some(Ended::Error) => "failed".to_owned(),
        };
        let calls = done.gate.count();
        self.note(|| format!("{} {what} after {calls} calls", done.name));
        match (done.cause, ended) {
            (Cause::Schedule, _) => {}
            (Cause::Stream(range), ended) => self.stream_done(range, ended),
            (Cause::Command(number), ended) => {
                let answer = match ended {
                    Some(Ended::Answer(status)) => Some(status),
                    Some(Ended::Batch(_) | Ended::Error) | None => None,
                };
                self.staff.answered(number, answer);
            }
            // Hidden until its time is over, then delivered again.
            (Cause::Facts(_) | Cause::Files(_) | Cause::Replies(..), None) => {}
            (cause, Some(ended)) => self.settle(&cause, &ended),
        }
    }

    /// What was not named as failed is taken off its queue; at times it is delivered once more all the same.
    fn settle(&mut self, cause: &Cause, ended: &Ended) {
        let duplicates = if self.calm { 0 } else { self.swarm.duplicates };
        let mut rng = self.rng.fork();
        let (queue, ids) = match cause {
            Cause::Facts(ids) => (&mut self.facts, ids),
            Cause::Files(ids) => (&mut self.files, ids),
            Cause::Replies(vendor, ids) => (self.replies.entry(vendor.clone()).or_default(), ids),
            Cause::Schedule | Cause::Stream(_) | Cause::Command(_) => return,
        };
        for id in ids {
            let failed = match ended {
                Ended::Batch(again) => again.contains(id),
                Ended::Answer(_) | Ended::Error => true,
            };
            if failed || rng.u8(0..100) < duplicates {
                queue.show(id);
            } else {
                queue.acknowledge(id);
            }
        }
    }

    /// Time passes; invocations that have run too long are ended by their platform.
    pub(crate) fn later(&mut self, millis: i64) {
        self.clock.set(self.now().plus_millis(millis));
        let (now, before) = (self.now(), self.running.len());
        let (kept, over): (Vec<Running>, Vec<Running>) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(|running| now.since(running.began) <= TIMEOUT_MS);
        self.running = kept;
        let ended = before - self.running.len();
        self.note(|| format!("time passes, {ended} invocations time out"));
        for running in over {
            self.finish(running, None);
        }
    }

    /// Carries what was sent to its receivers.
    pub(crate) fn post(&mut self) {
        let new: Vec<(Destination, String)> = {
            let state = self.world.state();
            state
                .sent
                .iter()
                .skip(self.sent_at)
                .map(|(to, message)| (to.clone(), message.body.clone()))
                .collect()
        };
        self.sent_at += new.len();
        for (to, body) in new {
            match to {
                Destination::Facts => self.facts.put(body),
                Destination::Ingest => self.files.put(body),
                Destination::Replies(vendor) => self.replies.entry(vendor).or_default().put(body),
                Destination::Vendor(vendor) => self.vendors.deliver(&vendor, body),
                Destination::Outreach => self.staff.dialler(&body),
            }
        }
    }

    /// After every action: the post is carried, every rule is checked.
    pub(crate) fn checked(&mut self) -> Result<(), Broken> {
        self.steps += 1;
        self.post();
        let touched: Vec<MemberId> = std::mem::take(&mut self.world.state().touched).into_iter().collect();
        let state = self.world.state();
        self.check.after_step(self.steps, self.clock.now(), &state, &touched, &self.vendors, &self.staff)
    }
}
