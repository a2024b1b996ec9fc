//! The conformance kit for vendors: plays the scenarios of [`icm_domain::vendor::kit`] to a vendor over its sandbox
//! queues or files, answers its replies as the payer does, and judges the transcript.
//!
//! All scenarios run beside each other, step by step: a kit that waits for people should wait once.

mod messages;
mod report;
mod transport;

use icm_contract::vendor::inbound::{Inbound, Unread, VendorMessage, subject_of};
use icm_domain::case::state::HandOver;
use icm_domain::ids::{CaseId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::team::MessageFormat;
use icm_domain::vendor::kit::{Fault, Finding, Line, SCENARIOS, Scenario, Step, judge};
use icm_domain::vendor::reply::VendorReply;
use messages::Letters;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

pub use report::Report;
pub use transport::{Transport, TransportError};

/// The name by which the vendor is addressed.
const SANDBOX: &str = "SANDBOX";

/// How the kit is played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The hand-over mode of the program for which the vendor is tried.
    pub hand_over: HandOver,
    /// The major of the contract in which the vendor is addressed.
    pub major: u16,
    /// The form in which the vendor is addressed.
    pub format: MessageFormat,
    /// Begins the ids of all cases, so that a vendor with a memory sees new ones in every run.
    pub run: String,
    /// A step is over when the vendor owes nothing and has said nothing for this long.
    pub quiet: Duration,
    /// A step is over at the latest after this long.
    pub wait: Duration,
}

/// One scenario while it is played.
struct Play {
    scenario: &'static Scenario,
    lines: Vec<Line>,
    /// Steps not yet played, first first.
    ahead: &'static [Step],
    /// Replies that came before their turn, by case and number; queues do not keep order.
    early: BTreeMap<(CaseId, u64), Line>,
    next: BTreeMap<CaseId, u64>,
}

/// A reply that broke the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where, as a JSON path.
    pub path: String,
    /// What is wrong there.
    pub what: String,
}

/// The kit at work.
pub struct Kit<'t> {
    plan: &'t Plan,
    transport: &'t mut Transport,
    letters: Letters,
    vendor: VendorId,
    plays: Vec<Play>,
    /// Replies that name no case of the kit.
    strangers: Vec<Line>,
    unreadable: Vec<Unreadable>,
    replies: u64,
}

impl<'t> Kit<'t> {
    /// A kit over this transport.
    pub fn new(plan: &'t Plan, transport: &'t mut Transport) -> Self {
        let play = |scenario: &'static Scenario| Play {
            scenario,
            lines: Vec::new(),
            ahead: scenario.steps,
            early: BTreeMap::new(),
            next: BTreeMap::new(),
        };
        Self {
            plan,
            transport,
            letters: Letters::new(plan),
            vendor: VendorId::new(SANDBOX),
            plays: SCENARIOS.iter().map(play).collect(),
            strangers: Vec::new(),
            unreadable: Vec::new(),
            replies: 0,
        }
    }

    /// Plays everything and judges.
    ///
    /// # Errors
    /// When a queue or folder does not answer.
    pub async fn play(mut self) -> Result<Report, TransportError> {
        // What an earlier run left is no answer to this one.
        self.transport.clear().await?;
        while self.plays.iter().any(|play| !play.ahead.is_empty()) {
            let bodies = self.send_up_to_the_next_settling();
            self.transport.send(&bodies).await?;
            self.settle().await?;
        }
        Ok(self.judged())
    }

    /// The messages of every scenario until its next settling.
    fn send_up_to_the_next_settling(&mut self) -> Vec<String> {
        let mut bodies = Vec::new();
        for (number, play) in self.plays.iter_mut().enumerate() {
            while let Some((step, rest)) = play.ahead.split_first() {
                play.ahead = rest;
                let Step::Send { case, what, sequence } = *step else { break };
                let letter = self.letters.letter(number, case, what, sequence);
                play.lines.push(Line::Sent {
                    case: letter.case.clone(),
                    what,
                    sequence,
                    dedup: letter.dedup.clone(),
                });
                bodies.push(letter.body);
            }
        }
        bodies
    }

    /// Reads and answers replies until the vendor owes nothing and is quiet, or its time is up.
    async fn settle(&mut self) -> Result<(), TransportError> {
        let began = Instant::now();
        let mut heard = began;
        loop {
            let bodies = self.transport.receive().await?;
            if !bodies.is_empty() {
                heard = Instant::now();
                let answers: Vec<String> = bodies.iter().map(|body| self.take(body)).collect();
                self.transport.send(&answers).await?;
            }
            let quiet = heard.elapsed() >= self.plan.quiet && !self.owes();
            if quiet || began.elapsed() >= self.plan.wait {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for play in &mut self.plays {
            // What is still missing will not come.
            let early = std::mem::take(&mut play.early);
            play.lines.extend(early.into_values());
            play.lines.push(Line::Settled);
        }
        Ok(())
    }

    /// Whether an acknowledgement, a decision or a confirmation is still to come.
    fn owes(&self) -> bool {
        self.plays.iter().any(|play| {
            let waiting = !play.early.is_empty();
            let open = judge(self.plan.hand_over, &play.lines);
            let owed =
                |fault: Fault| matches!(fault, Fault::NoReceipt | Fault::NoDecision | Fault::NotConfirmed);
            waiting || open.iter().any(|finding| owed(finding.fault))
        })
    }

    /// Takes one reply into the transcript; the answer that the payer gives.
    fn take(&mut self, body: &str) -> String {
        self.replies += 1;
        match VendorMessage::parse(&self.vendor, body) {
            Ok(message) => {
                let answer = self.letters.taken(&message);
                if let Inbound::Report { case, reply } = message.what {
                    self.said(case, *reply);
                }
                answer
            }
            Err(unread) => self.refuse(body, &unread),
        }
    }

    fn said(&mut self, case: CaseId, reply: VendorReply) {
        let VendorReply { message, sequence, report, .. } = reply;
        let line = Line::Said { case: case.clone(), message, sequence, report };
        let Some(play) = self.letters.scenario_of(&case).and_then(|number| self.plays.get_mut(number)) else {
            self.strangers.push(line);
            return;
        };
        let next = play.next.entry(case.clone()).or_insert(1);
        if sequence > *next {
            play.early.insert((case, sequence), line);
            return;
        }
        *next = (*next).max(sequence + 1);
        play.lines.push(line);
        while let Some(line) = play.early.remove(&(case.clone(), *next)) {
            *next += 1;
            play.lines.push(line);
        }
    }

    fn refuse(&mut self, body: &str, unread: &Unread) -> String {
        let case = subject_of(body);
        let line = Line::Unreadable { case: case.clone() };
        match self.letters.scenario_of(&case).and_then(|number| self.plays.get_mut(number)) {
            Some(play) => play.lines.push(line),
            None => self.strangers.push(line),
        }
        self.unreadable
            .push(Unreadable { path: unread.flaw.field.to_string(), what: unread.flaw.kind.to_string() });
        self.letters.refused(&case, unread)
    }

    fn judged(self) -> Report {
        let hand_over = self.plan.hand_over;
        let played: Vec<(&'static Scenario, Vec<Finding>)> =
            self.plays.iter().map(|play| (play.scenario, judge(hand_over, &play.lines))).collect();
        let strangers = judge(hand_over, &self.strangers);
        Report::of(hand_over, played, &strangers, self.unreadable, self.replies)
    }
}

/// The present instant of this machine: a kit talks with a process, not with a store.
#[expect(clippy::disallowed_methods, reason = "a vendor's program lives by wall time")]
pub(crate) fn wall_now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
