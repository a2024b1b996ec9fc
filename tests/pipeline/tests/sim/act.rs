//! What may happen next, and the choice of it.

use crate::invoke;
use crate::sim::{Cause, Input, PROGRAM, Sim};
use crate::story::Told;
use crate::swarm::Stream;
use crate::vendors::Mood;
use icm_domain::case::status::Phase;
use icm_testkit::Plant;

/// Days between two stays of one member: more than those that make them one.
const STAYS_APART_DAYS: i32 = 4;

/// An action of the unsafe phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    GoOn,
    Tell,
    Facts,
    Files,
    Replies,
    Stream,
    Queue,
    Sweep,
    Review,
    Staff,
    Vendor,
    Time,
    Lag,
    Operate,
    Admit,
}

impl Sim {
    /// One action of the unsafe phase.
    pub(crate) fn act(&mut self) {
        let acts = self.possible();
        let total: u32 = acts.iter().map(|(weight, _)| weight).sum();
        let mut at = self.rng.u32(0..total);
        for (weight, act) in acts {
            if at < weight {
                return self.carry_out(act);
            }
            at -= weight;
        }
    }

    fn possible(&self) -> Vec<(u32, Act)> {
        let now = self.now();
        let mut acts = vec![(8, Act::Time)];
        if self.swarm.lag {
            acts.push((2, Act::Lag));
        }
        if !self.running.is_empty() {
            acts.push((120, Act::GoOn));
        }
        if self.running.len() >= self.swarm.concurrent {
            return acts;
        }
        // People and vendors act often, jobs that cost many calls seldom: a run shall see cases through.
        acts.extend([(2, Act::Review), (20, Act::Staff), (14, Act::Vendor)]);
        if self.stories.iter().any(|story| !story.left.is_empty()) {
            acts.push((9, Act::Tell));
        }
        if self.facts.has_visible(now) {
            acts.push((if self.swarm.bursts { 60 } else { 14 }, Act::Facts));
        }
        if self.files.has_visible(now) {
            acts.push((8, Act::Files));
        }
        if self.replies.values().any(|queue| queue.has_visible(now)) {
            acts.push((14, Act::Replies));
        }
        if self.swarm.stream != Stream::Off && !self.is_running("relay (stream)") {
            acts.push((10, Act::Stream));
        }
        if !self.is_running("queue") {
            acts.push((5, Act::Queue));
        }
        if self.plant != Some(Plant::SweepMissing) {
            acts.push((5, Act::Sweep));
        }
        if self.swarm.operations {
            acts.push((2, Act::Operate));
        }
        if !self.served().is_empty() {
            acts.push((6, Act::Admit));
        }
        acts
    }

    pub(crate) fn is_running(&self, name: &str) -> bool {
        self.running.iter().any(|running| running.name == name)
    }

    fn carry_out(&mut self, act: Act) {
        match act {
            Act::GoOn => {
                let (at, calls) =
                    (self.rng.usize(0..self.running.len()), self.rng.usize(1..=self.swarm.stride));
                self.poll(at, calls);
            }
            Act::Tell => self.tell(),
            Act::Facts => self.deliver_facts(),
            Act::Files => self.deliver_files(),
            Act::Replies => self.deliver_replies(),
            Act::Stream => self.deliver_stream(),
            Act::Queue => self.start("queue", Cause::Schedule, invoke::queue),
            Act::Sweep => self.sweep(),
            Act::Review => self.start("review", Cause::Schedule, invoke::review),
            Act::Staff => self.staff_acts(),
            Act::Vendor => self.vendor_acts(),
            Act::Time => self.time_passes(),
            Act::Lag => {
                if self.rng.bool() {
                    self.world.lag();
                } else {
                    self.world.catch_up();
                }
            }
            Act::Operate => self.operate(),
            Act::Admit => self.admit(),
        }
    }

    /// Mostly seconds; at times minutes, in which leases end; at times hours and days. A long wait ends whatever runs, so
    /// it comes mostly when nothing does.
    fn time_passes(&mut self) {
        let idle = self.running.is_empty() || self.rng.u8(0..10) == 0;
        let seconds = match self.rng.u8(0..100) {
            chance if idle && chance < self.swarm.jumps => self.rng.i64(3_600..=200_000),
            chance if idle && chance < 50 => self.rng.i64(60..=1800),
            _ => self.rng.i64(1..=8),
        };
        self.later(seconds * 1000);
    }

    /// A source says something, by file or by message; at times it says it twice.
    fn tell(&mut self) {
        let open: Vec<usize> =
            (0..self.stories.len()).filter(|at| !self.stories[*at].left.is_empty()).collect();
        let Some(at) = self.rng.choice(open) else { return };
        // A burst leaves the last two words for another one.
        let left = self.stories[at].left.len();
        let most = if self.swarm.bursts { left.saturating_sub(2).max(2) } else { 1 };
        for _ in 0..most {
            let story = &mut self.stories[at];
            let Some(told) = story.left.pop() else { return };
            let member = story.member.clone();
            self.say(&member, &told);
        }
    }

    /// Members who are served and of whom no stay was told in the last days: two stays within a day are one.
    fn served(&self) -> Vec<icm_domain::ids::MemberId> {
        let (state, today) = (self.world.state(), self.now().day());
        let apart = |member: &icm_domain::ids::MemberId| {
            let mut own = self.stays_now.iter().filter(|(other, _)| other == member);
            own.all(|(_, discharge)| today.since(*discharge) > STAYS_APART_DAYS)
        };
        let own = |member: &&icm_domain::ids::MemberId| {
            let held = state.members[*member].cases.get(PROGRAM);
            let start =
                held.filter(|record| record.case.phase() == Phase::Enrolled).and_then(|it| it.case.start);
            start.is_some_and(|start| today.since(start) > 1) && apart(member)
        };
        state.members.keys().filter(own).cloned().collect()
    }

    /// Somebody who is served has been in hospital.
    fn admit(&mut self) {
        let Some(member) = self.rng.choice(self.served()) else { return };
        let number = 100 + u32::try_from(self.stays_now.len()).unwrap();
        self.stays_now.push((member.clone(), self.now().day()));
        self.say(&member, &Told::StayNow { number });
    }

    /// Says it.
    pub(crate) fn say(&mut self, member: &icm_domain::ids::MemberId, told: &Told) {
        let now = self.now();
        let file = told.file(member, now.day()).filter(|_| self.rng.bool());
        let twice = self.rng.u8(0..100) < self.swarm.duplicates;
        self.note(|| format!("told {told:?} of {}", member.as_str()));
        if let Some((name, content)) = file {
            let key = format!("{}/{}-{name}", member.as_str(), self.inputs.len());
            self.world.state().objects.insert(key.clone(), content.into_bytes());
            self.inputs.push((now, Input::File(key.clone())));
            for _ in 0..=u8::from(twice) {
                self.files.put(invoke::announcement(&key));
            }
        } else {
            let body = told.message(member, now.day());
            self.inputs.push((now, Input::Message(body.clone())));
            for _ in 0..=u8::from(twice) {
                self.facts.put(body.clone());
            }
        }
    }

    fn vendor_acts(&mut self) {
        let (mut rng, today, now) = (self.rng.fork(), self.now().day(), self.now());
        let unruly = self.swarm.unruly && !self.calm;
        let mood = Mood { unruly, bursts: self.swarm.bursts };
        if let Some((vendor, bodies)) = self.vendors.act(&mut rng, today, now, mood) {
            self.note(|| format!("{} replies", vendor.as_str()));
            let queue = self.replies.entry(vendor).or_default();
            bodies.into_iter().for_each(|body| queue.put(body));
        }
    }

    fn staff_acts(&mut self) {
        let mut rng = self.rng.fork();
        let chosen = {
            let state = self.world.state();
            self.staff.choose(&mut rng, &state, self.swarm.stops)
        };
        let Some(number) = chosen else { return };
        let request = self.staff.request(number);
        self.note(|| format!("staff asks {request:?}"));
        self.start("api", Cause::Command(number), move |ports, clock| invoke::command(ports, clock, request));
    }
}
