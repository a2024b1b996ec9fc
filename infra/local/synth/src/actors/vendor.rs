//! A vendor that answers offers as vendors do: promptly or late, with acceptance, rejection or silence, sometimes
//! twice, sometimes in the wrong order.

use super::number_of;
use crate::random::{Random, Subject};
use icm_domain::case::reason::RejectReason;
use icm_domain::ids::{CaseId, EffectId};
use icm_domain::moment::Moment;
use icm_domain::vendor::reply::{ContactMode, Report, VendorEnding};
use std::collections::{BTreeMap, BTreeSet};

/// How a vendor behaves; chances in a thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Temper {
    /// Members that it serves at once.
    pub places: usize,
    /// Hours until its decision: fewest, most.
    pub decides_within_hours: (i32, i32),
    /// Rejects for a reason of its own.
    pub rejects: u32,
    /// Says nothing.
    pub silent: u32,
    /// Sends a reply twice.
    pub repeats: u32,
    /// Sends a reply after the one that follows it.
    pub late: u32,
}

impl Temper {
    /// A good partner.
    pub const RELIABLE: Self =
        Self { places: 200, decides_within_hours: (1, 20), rejects: 40, silent: 0, repeats: 20, late: 0 };
    /// Small, slow and careless.
    pub const TROUBLESOME: Self =
        Self { places: 12, decides_within_hours: (4, 70), rejects: 120, silent: 90, repeats: 150, late: 120 };
}

/// What the vendor finds in its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VendorMessage {
    /// An offer of a member.
    Offer {
        /// The case.
        case: CaseId,
        /// The deduplication key: a repeated offer is the same offer.
        offer: EffectId,
    },
    /// An offer is cancelled, or the member taken back.
    Recall {
        /// The case.
        case: CaseId,
    },
    /// Something changed, or an answer to a reply: read, and nothing follows.
    Other {
        /// The case.
        case: CaseId,
    },
}

/// A reply to be put on the vendor's reply queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorAction {
    /// The case.
    pub case: CaseId,
    /// The vendor's message id; a reply that is sent twice keeps it.
    pub message: String,
    /// The vendor's sequence for the case, from 1.
    pub sequence: u64,
    /// The offer that it answers.
    pub answers: EffectId,
    /// When it happened.
    pub occurred: Moment,
    /// What happened.
    pub report: Report,
}

/// The vendor's file on one case.
#[derive(Clone, Debug)]
struct File {
    offer: EffectId,
    sequence: u64,
    /// Takes a place.
    serving: bool,
    /// Recalled, rejected or ended: at most one more reply.
    closed: bool,
    /// A reply that goes out after the next one.
    held: Option<VendorAction>,
}

/// What is to happen in a case, unless it is recalled first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Receive,
    Decide,
    Begin,
    Contact(u8),
    End,
    ConfirmRecall,
}

/// A simulated vendor.
#[derive(Clone, Debug)]
pub struct SimulatedVendor {
    name: String,
    seed: u64,
    temper: Temper,
    files: BTreeMap<CaseId, File>,
    offers: BTreeSet<EffectId>,
    /// Plans by time; the number keeps two of one moment in the order of their making.
    plans: BTreeMap<(Moment, u64), (CaseId, Plan)>,
    serial: u64,
}

impl SimulatedVendor {
    /// A vendor of that name (it begins its message ids) and temper.
    pub fn new(name: &str, seed: u64, temper: Temper) -> Self {
        Self {
            name: name.to_owned(),
            seed,
            temper,
            files: BTreeMap::new(),
            offers: BTreeSet::new(),
            plans: BTreeMap::new(),
            serial: 0,
        }
    }

    /// Members served at present.
    pub fn serving(&self) -> usize {
        self.files.values().filter(|file| file.serving).count()
    }

    /// The next instant at which something happens by itself.
    pub fn next_at(&self) -> Option<Moment> {
        self.plans.keys().next().map(|(at, _)| *at)
    }

    /// Reads what came and sends what is due.
    pub fn step(
        &mut self,
        now: Moment,
        observed: impl IntoIterator<Item = VendorMessage>,
    ) -> Vec<VendorAction> {
        for message in observed {
            match message {
                VendorMessage::Offer { case, offer } => self.offered(now, case, offer),
                VendorMessage::Recall { case } => self.recalled(now, &case),
                VendorMessage::Other { .. } => {}
            }
        }
        let mut replies = Vec::new();
        while let Some(entry) = self.plans.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), (case, plan)) = entry.remove_entry();
            self.carry_out(at, &case, plan, &mut replies);
        }
        replies
    }

    /// A new offer opens the file again, with the sequence going on; a repeated one changes nothing.
    fn offered(&mut self, now: Moment, case: CaseId, offer: EffectId) {
        if !self.offers.insert(offer.clone()) {
            return;
        }
        self.plans.retain(|_, (of, _)| *of != case);
        let (sequence, held) = self.files.remove(&case).map_or((0, None), |file| (file.sequence, file.held));
        self.files.insert(case.clone(), File { offer, sequence, serving: false, closed: false, held });
        let mut random = self.draw(&case, 0);
        if random.per_mille(self.temper.silent) {
            return;
        }
        let (fewest, most) = self.temper.decides_within_hours;
        let hours = i64::from(random.between(fewest, most));
        self.plan(now, case.clone(), Plan::Receive);
        self.plan(now.plus_hours(hours), case, Plan::Decide);
    }

    fn recalled(&mut self, now: Moment, case: &CaseId) {
        let Some(file) = self.files.get_mut(case).filter(|file| !file.closed) else { return };
        file.serving = false;
        file.closed = true;
        self.plans.retain(|_, (of, _)| of != case);
        self.plan(now.plus_hours(2), case.clone(), Plan::ConfirmRecall);
    }

    fn carry_out(&mut self, at: Moment, case: &CaseId, plan: Plan, replies: &mut Vec<VendorAction>) {
        let report = match plan {
            Plan::Receive => Report::Received,
            Plan::Decide => self.decide(at, case),
            Plan::Begin => {
                self.plan(at.plus_days(7), case.clone(), Plan::Contact(1));
                Report::Enrolled { start: at.day() }
            }
            Plan::Contact(number) => {
                let next = if number < 12 { Plan::Contact(number + 1) } else { Plan::End };
                self.plan(at.plus_days(7), case.clone(), next);
                let minutes = 15 + 5 * u16::from(number % 4);
                Report::ContactCompleted { minutes, mode: ContactMode::Phone, two_way: number % 5 != 0 }
            }
            Plan::End => {
                self.close(case);
                let lost = self.draw(case, 3).per_mille(250);
                if lost {
                    Report::Disenrolled { reason: VendorEnding::LostToFollowUp }
                } else {
                    Report::Graduated
                }
            }
            Plan::ConfirmRecall => Report::RecallConfirmed,
        };
        self.reply(at, case, report, replies);
    }

    fn decide(&mut self, at: Moment, case: &CaseId) -> Report {
        let full = self.serving() >= self.temper.places;
        let mut random = self.draw(case, 1);
        let reason = if full {
            Some(RejectReason::NoCapacity)
        } else if random.per_mille(self.temper.rejects) {
            Some(random.pick(&[RejectReason::NotInServiceArea, RejectReason::AlreadyServed]))
        } else {
            None
        };
        if let Some(reason) = reason {
            self.close(case);
            return Report::Rejected { reason, next: None };
        }
        if let Some(file) = self.files.get_mut(case) {
            file.serving = true;
        }
        let days = i64::from(random.between(1, 6));
        self.plan(at.plus_days(days), case.clone(), Plan::Begin);
        Report::Accepted
    }

    fn close(&mut self, case: &CaseId) {
        if let Some(file) = self.files.get_mut(case) {
            file.serving = false;
            file.closed = true;
        }
    }

    /// Sends a reply, by its temper twice, or holds it back until the next one of the case has gone before it.
    fn reply(&mut self, at: Moment, case: &CaseId, report: Report, replies: &mut Vec<VendorAction>) {
        let Some(file) = self.files.get(case) else { return };
        let sequence = file.sequence + 1;
        let message = format!("{}:{}:{sequence}", self.name, case.as_str());
        let answers = file.offer.clone();
        let action = VendorAction { case: case.clone(), message, sequence, answers, occurred: at, report };
        let mut random = self.draw(case, 100 + sequence);
        // What ends a case is never held: nothing would follow it.
        let hold = !file.closed && file.held.is_none() && random.per_mille(self.temper.late);
        let again = random.per_mille(self.temper.repeats).then(|| action.clone());
        let Some(file) = self.files.get_mut(case) else { return };
        file.sequence = sequence;
        if hold {
            file.held = Some(action);
        } else {
            replies.push(action);
            replies.extend(file.held.take());
            replies.extend(again);
        }
    }

    fn plan(&mut self, at: Moment, case: CaseId, plan: Plan) {
        self.serial += 1;
        self.plans.insert((at, self.serial), (case, plan));
    }

    fn draw(&self, case: &CaseId, happening: u64) -> Random {
        let index = number_of(case.as_str()) ^ number_of(&self.name).rotate_left(17);
        Random::new(self.seed ^ happening.wrapping_mul(0x9E37_79B9), index, Subject::Behaviour)
    }
}

#[cfg(test)]
mod tests {
    use super::{SimulatedVendor, Temper, VendorAction, VendorMessage};
    use icm_domain::ids::{CaseId, EffectId};
    use icm_domain::moment::Moment;
    use icm_domain::vendor::reply::Report;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    const START: Moment = Moment::from_millis(1_700_000_000_000);

    fn offer(case: u32) -> VendorMessage {
        let offer = EffectId::new(format!("case-{case}#000001"));
        VendorMessage::Offer { case: CaseId::new(format!("case-{case}")), offer }
    }

    /// Runs a vendor hour by hour until nothing is planned any more.
    fn run(vendor: &mut SimulatedVendor, from: Moment) -> Vec<VendorAction> {
        let mut replies = Vec::new();
        let mut now = from;
        while let Some(at) = vendor.next_at() {
            now = now.max(at).plus_hours(1);
            replies.extend(vendor.step(now, []));
        }
        replies
    }

    proptest! {
        #[test]
        fn replies_of_a_case_are_numbered_without_gap_and_repeated_ones_are_the_same(seed: u64, cases in 1_u32..60) {
            let mut vendor = SimulatedVendor::new("V", seed, Temper::TROUBLESOME);
            let mut replies = vendor.step(START, (0..cases).chain(0..cases).map(offer));
            prop_assert!(vendor.serving() <= Temper::TROUBLESOME.places);
            replies.extend(run(&mut vendor, START));
            let mut numbers: BTreeMap<CaseId, BTreeMap<u64, VendorAction>> = BTreeMap::new();
            for reply in replies {
                let seen = numbers.entry(reply.case.clone()).or_default().entry(reply.sequence).or_insert_with(|| reply.clone());
                prop_assert_eq!(&*seen, &reply);
            }
            for sent in numbers.values() {
                let expected: Vec<u64> = (1..=sent.len() as u64).collect();
                prop_assert_eq!(sent.keys().copied().collect::<Vec<_>>(), expected);
            }
            prop_assert_eq!(vendor.serving(), 0, "every service ends");
        }

        #[test]
        fn a_recall_ends_everything_but_its_confirmation(seed: u64, days in 0_i64..60) {
            let mut vendor = SimulatedVendor::new("V", seed, Temper { silent: 0, ..Temper::RELIABLE });
            vendor.step(START, [offer(1)]);
            let later = START.plus_days(days);
            let before = vendor.step(later, []);
            let closed = before.iter().any(|reply| matches!(reply.report, Report::Rejected { .. }));
            vendor.step(later, [VendorMessage::Recall { case: CaseId::new("case-1") }]);
            let after: BTreeSet<String> = run(&mut vendor, later).iter().map(|reply| reply.report.id().to_owned()).collect();
            let expected: BTreeSet<String> = if closed { BTreeSet::new() } else { ["recall.confirmed".to_owned()].into() };
            prop_assert_eq!(after, expected);
        }
    }

    #[test]
    fn vendors_accept_reject_run_full_fall_silent_repeat_and_come_late() {
        let mut vendor = SimulatedVendor::new("V", 11, Temper::TROUBLESOME);
        let mut replies = vendor.step(START, (0..300).map(offer));
        for hour in (1..400).step_by(12) {
            replies.extend(vendor.step(START.plus_hours(hour), []));
        }
        let count =
            |wanted: &dyn Fn(&Report) -> bool| replies.iter().filter(|reply| wanted(&reply.report)).count();
        assert!(count(&|report| *report == Report::Accepted) >= 12);
        assert!(count(&|report| matches!(report, Report::Rejected { .. })) > 100);
        let answered: BTreeSet<_> = replies.iter().map(|reply| reply.case.clone()).collect();
        assert!(answered.len() < 300, "some offers stay without any reply");
        let messages: BTreeSet<_> = replies.iter().map(|reply| reply.message.clone()).collect();
        assert!(messages.len() < replies.len(), "some replies are sent twice");
        let mut last: BTreeMap<_, u64> = BTreeMap::new();
        let late = replies.iter().filter(|reply| {
            let before = last.insert(reply.case.clone(), reply.sequence).unwrap_or_default();
            reply.sequence < before
        });
        assert!(late.count() > 0, "some replies come after the one that follows them");
    }
}
