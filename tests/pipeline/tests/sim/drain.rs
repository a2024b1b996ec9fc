//! The second phase: faults are off, nobody wants anything new, and everything must come to rest.

use crate::check::{Broken, Rule, broken};
use crate::invoke;
use crate::queue::Queue;
use crate::sim::{Cause, PROGRAM, Sim};
use crate::swarm::Stream;
use crate::vendors::Mood;
use icm_casework::capacity::{Confirmed, confirm};
use icm_casework::switches::{Pause, Scope, pause};
use icm_domain::case::state::Place;
use icm_domain::ids::{ActorId, ProgramId};
use icm_ports::EffectStatus;
use icm_testkit::{Plant, run};

/// Rounds until everything must have drained, twenty minutes each.
const ROUNDS: usize = 60;
const ROUND_MS: i64 = 20 * 60_000;

impl Sim {
    /// The safety phase.
    pub(crate) fn chaos(&mut self) -> Result<(), Broken> {
        for _ in 0..self.swarm.steps {
            self.act();
            self.checked()?;
        }
        Ok(())
    }

    /// Faults off: everything drains.
    pub(crate) fn drain(&mut self) -> Result<(), Broken> {
        self.calm = true;
        self.world.catch_up();
        self.world.state().sends_failing = 0;
        self.switch(false);
        // Whatever still runs is ended by its platform; what it held comes again.
        self.later(crate::queue::HIDDEN_MS + 1);
        for _ in 0..ROUNDS {
            self.round()?;
            if self.has_drained() {
                return self.nobody_forgotten();
            }
            self.later(ROUND_MS);
        }
        broken(Rule::Drains, self.left_over())
    }

    fn round(&mut self) -> Result<(), Broken> {
        loop {
            let now = self.now();
            if self.files.has_visible(now) {
                self.deliver_files();
            } else if self.facts.has_visible(now) {
                self.deliver_facts();
            } else if self.replies.values().any(|queue| queue.has_visible(now)) {
                self.deliver_replies();
            } else if let Some(number) = self.staff.open() {
                let request = self.staff.request(number);
                self.start("api", Cause::Command(number), |ports, clock| {
                    invoke::command(ports, clock, request)
                });
            } else if self.swarm.stream != Stream::Off && self.stream_at < self.world.state().stream.len() {
                self.deliver_stream();
            } else {
                break;
            }
            self.to_the_end()?;
        }
        self.start("review", Cause::Schedule, invoke::review);
        self.to_the_end()?;
        self.start("queue", Cause::Schedule, invoke::queue);
        self.to_the_end()?;
        if self.plant != Some(Plant::SweepMissing) {
            self.sweep();
            self.to_the_end()?;
        }
        for _ in 0..200 {
            if self.vendors.idle() {
                break;
            }
            let (mut rng, today, now) = (self.rng.fork(), self.now().day(), self.now());
            if let Some((vendor, bodies)) = self.vendors.act(&mut rng, today, now, Mood::default()) {
                let queue = self.replies.entry(vendor).or_default();
                bodies.into_iter().for_each(|body| queue.put(body));
            }
            self.checked()?;
        }
        Ok(())
    }

    /// Lets everything that runs come to its end.
    fn to_the_end(&mut self) -> Result<(), Broken> {
        for _ in 0..100_000 {
            if self.running.is_empty() {
                return Ok(());
            }
            self.poll(0, 50);
            self.checked()?;
        }
        broken(Rule::Drains, "an invocation never ends")
    }

    fn has_drained(&self) -> bool {
        let now = self.now();
        let state = self.world.state();
        let mut effects = state.members.values().flat_map(|held| held.effects.values());
        let settled = effects.all(|effect| match effect.status {
            EffectStatus::Sent | EffectStatus::Cancelled => true,
            EffectStatus::Held => effect.since > now,
            EffectStatus::Pending | EffectStatus::Leased => false,
        });
        let queues =
            self.facts.is_empty() && self.files.is_empty() && self.replies.values().all(Queue::is_empty);
        settled && queues && self.vendors.idle() && !self.staff.has_open()
    }

    fn left_over(&self) -> String {
        let state = self.world.state();
        let effects = state.members.values().flat_map(|held| held.effects.values());
        let stranded: Vec<String> = effects
            .filter(|effect| matches!(effect.status, EffectStatus::Pending | EffectStatus::Leased))
            .map(|effect| format!("{} {:?}", effect.id().as_str(), effect.status))
            .collect();
        format!(
            "facts {}, files {}, replies {}, effects {stranded:?}",
            self.facts.bodies().count(),
            self.files.bodies().count(),
            self.replies.values().map(|queue| queue.bodies().count()).sum::<usize>()
        )
    }

    /// Every open case stands on a worklist and will be looked at again.
    fn nobody_forgotten(&self) -> Result<(), Broken> {
        let (state, now) = (self.world.state(), self.now());
        for record in state.members.values().flat_map(|held| held.cases.values()) {
            let waits = record.due.is_some_and(|due| due > now) && record.work.is_some();
            if record.case.is_open() && !waits {
                let id = record.case.id.as_str();
                return broken(
                    Rule::Drains,
                    format!("{id} is looked at {:?}, on {:?}", record.due, record.work),
                );
            }
        }
        Ok(())
    }

    /// Somebody in operations changes something.
    pub(crate) fn operate(&mut self) {
        match self.rng.u8(0..3) {
            0 => self.switch(true),
            1 => self.switch(false),
            _ => self.confirm_points(),
        }
    }

    fn switch(&mut self, paused: bool) {
        let scope = Scope::Program(ProgramId::new(PROGRAM));
        let pressed =
            Pause { scope, paused, by: ActorId::new("ops:sim"), at: self.now(), reason: "DRILL".into() };
        run(pause(&self.world.open(), &pressed)).unwrap();
        self.note(|| format!("paused: {paused}"));
    }

    /// Somebody confirms another number of points.
    fn confirm_points(&mut self) {
        let places: Vec<Box<str>> = self.check.limits.keys().cloned().collect();
        let Some(key) = self.rng.choice(places) else { return };
        let points = self.rng.u32(0..=12);
        let team = key.split('#').next().unwrap_or_default();
        let place = Place { team: team.into(), county: None, language: None, lob: None };
        if place.key() != key {
            return;
        }
        let confirmed = Confirmed { place, points, by: ActorId::new("ops:sim"), at: self.now() };
        run(confirm(&self.world.open(), &confirmed)).unwrap();
        let limit = self.check.limits.entry(key).or_default();
        *limit = (*limit).max(i64::from(points));
    }
}
