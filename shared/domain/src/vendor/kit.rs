//! The conformance kit for vendors, as pure data: scenarios that are played to a vendor, and a judge that reads the
//! transcript and names every fault. Queues, clocks and reports are the business of `icm vendor-kit`.

use crate::case::state::HandOver;
use crate::coded::coded;
use crate::ids::{CaseId, EffectId};
use crate::vendor::reply::Report;
use std::collections::{BTreeMap, BTreeSet};

coded! {
    /// What the kit sends.
    pub enum Sent {
        /// An offer.
        Offer = "OFFER",
        /// A cancellation of an offer.
        Cancel = "CANCEL",
        /// A recall.
        Recall = "RECALL",
        /// An update.
        Update = "UPDATE",
    }
}

/// A step of a scenario. Cases are numbered within the scenario; so are messages, by their sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send a message about case `case` with this sequence. Sending the same once more repeats id and content.
    Send {
        /// Case.
        case: u8,
        /// What.
        what: Sent,
        /// Sequence within the case.
        sequence: u64,
    },
    /// Wait until the vendor has nothing more to say, or its time is up.
    Settle,
}

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Name in the report.
    pub name: &'static str,
    /// What it proves.
    pub proves: &'static str,
    /// The steps.
    pub steps: &'static [Step],
}

const fn send(case: u8, what: Sent, sequence: u64) -> Step {
    Step::Send { case, what, sequence }
}

/// The scenarios of the kit.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "one-offer",
        proves: "an offer is received, decided and served, each said once and numbered from 1",
        steps: &[send(1, Sent::Offer, 1), Step::Settle],
    },
    Scenario {
        name: "offer-twice",
        proves: "a repeated delivery of one offer is acted on once",
        steps: &[
            send(1, Sent::Offer, 1),
            send(1, Sent::Offer, 1),
            Step::Settle,
            send(1, Sent::Offer, 1),
            Step::Settle,
        ],
    },
    Scenario {
        name: "cancel-before-offer",
        proves: "an offer that arrives after its own cancellation is dropped",
        steps: &[send(1, Sent::Cancel, 2), Step::Settle, send(1, Sent::Offer, 1), Step::Settle],
    },
    Scenario {
        name: "cancel-after-offer",
        proves: "a cancelled offer is confirmed and not served",
        steps: &[send(1, Sent::Offer, 1), send(1, Sent::Cancel, 2), Step::Settle],
    },
    Scenario {
        name: "recall",
        proves: "a recall is a request that the vendor confirms, and service ends with it",
        steps: &[send(1, Sent::Offer, 1), Step::Settle, send(1, Sent::Recall, 2), Step::Settle],
    },
    Scenario {
        name: "recall-twice",
        proves: "a repeated recall is confirmed once",
        steps: &[
            send(1, Sent::Offer, 1),
            Step::Settle,
            send(1, Sent::Recall, 2),
            send(1, Sent::Recall, 2),
            Step::Settle,
        ],
    },
    Scenario {
        name: "old-update-after-recall",
        proves: "a message with a lower number than one acted on is dropped",
        steps: &[
            send(1, Sent::Offer, 1),
            Step::Settle,
            send(1, Sent::Recall, 3),
            Step::Settle,
            send(1, Sent::Update, 2),
            Step::Settle,
        ],
    },
    Scenario {
        name: "two-members",
        proves: "cases are numbered and answered apart from each other",
        steps: &[send(1, Sent::Offer, 1), send(2, Sent::Offer, 1), send(1, Sent::Cancel, 2), Step::Settle],
    },
];

/// A line of the transcript, in the order in which the kit sent and received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The kit sent.
    Sent {
        /// Case.
        case: CaseId,
        /// What.
        what: Sent,
        /// Sequence.
        sequence: u64,
        /// Deduplication key.
        dedup: EffectId,
    },
    /// The vendor said.
    Said {
        /// Case.
        case: CaseId,
        /// Its message id.
        message: Box<str>,
        /// Its sequence.
        sequence: u64,
        /// What.
        report: Report,
    },
}

coded! {
    /// What a vendor can get wrong.
    pub enum Fault {
        /// No `received` for an offer: transport is not acknowledged.
        NoReceipt = "NO_RECEIPT",
        /// Neither `accepted` nor `rejected` for an offer that was not cancelled.
        NoDecision = "NO_DECISION",
        /// One offer, delivered twice, was accepted twice.
        ActedTwice = "ACTED_TWICE",
        /// The sequence of a case does not run 1, 2, 3 ….
        SequenceGap = "SEQUENCE_GAP",
        /// One number was used for two different messages.
        SequenceReused = "SEQUENCE_REUSED",
        /// One message id was used for two different messages.
        MessageIdReused = "MESSAGE_ID_REUSED",
        /// An offer was accepted that the vendor already knew to be cancelled.
        AcceptedAfterCancel = "ACCEPTED_AFTER_CANCEL",
        /// A cancel or recall was not confirmed.
        NotConfirmed = "NOT_CONFIRMED",
        /// Something was done for the member after the confirmation.
        ServedAfterRecall = "SERVED_AFTER_RECALL",
        /// A report came before the one that it needs (enrolled before accepted, contact before enrolled …).
        OutOfOrder = "OUT_OF_ORDER",
        /// Enrolled without a consent, where the vendor takes it.
        NoConsent = "NO_CONSENT",
        /// Something was said about a case that was never offered.
        UnknownCase = "UNKNOWN_CASE",
        /// The member was contacted after having asked to stop.
        ContactAfterStop = "CONTACT_AFTER_STOP",
        /// A report that does not exist in the hand-over mode.
        WrongMode = "WRONG_MODE",
    }
}

/// A fault, and the case in which it showed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The case.
    pub case: CaseId,
    /// The fault.
    pub fault: Fault,
}

/// What the judge knows of one case while reading.
#[derive(Default)]
struct Progress {
    offered: bool,
    ended: bool,
    end_confirmed: bool,
    received: bool,
    decided: bool,
    accepted: bool,
    consented: bool,
    enrolled: bool,
    stopped: bool,
    said: BTreeMap<u64, (Box<str>, Report)>,
}

/// Reads a transcript and names every fault, once per case, sorted.
pub fn judge(hand_over: HandOver, transcript: &[Line]) -> Vec<Finding> {
    let mut cases: BTreeMap<&CaseId, Progress> = BTreeMap::new();
    let mut ids: BTreeMap<&str, (&CaseId, u64, &Report)> = BTreeMap::new();
    let mut found: BTreeSet<Finding> = BTreeSet::new();
    for line in transcript {
        match line {
            Line::Sent { case, what, .. } => cases.entry(case).or_default().sent(*what),
            Line::Said { case, message, sequence, report } => {
                let same_id = ids.entry(message).or_insert((case, *sequence, report));
                let mut faults = Vec::new();
                if *same_id != (case, *sequence, report) {
                    faults.push(Fault::MessageIdReused);
                }
                cases.entry(case).or_default().said(hand_over, message, *sequence, report, &mut faults);
                found.extend(faults.into_iter().map(|fault| Finding { case: case.clone(), fault }));
            }
        }
    }
    for (case, progress) in cases {
        found.extend(progress.at_the_end().into_iter().map(|fault| Finding { case: case.clone(), fault }));
    }
    found.into_iter().collect()
}

impl Progress {
    fn sent(&mut self, what: Sent) {
        match what {
            Sent::Offer => self.offered = true,
            Sent::Cancel | Sent::Recall => {
                self.offered = true;
                self.ended = true;
            }
            Sent::Update => {}
        }
    }

    fn said(
        &mut self,
        hand_over: HandOver,
        message: &str,
        sequence: u64,
        report: &Report,
        faults: &mut Vec<Fault>,
    ) {
        if !self.offered {
            faults.push(Fault::UnknownCase);
        }
        if let Some((known, same)) = self.said.get(&sequence) {
            // The same message once more is a redelivery and no fault.
            if **known != *message || same != report {
                faults.push(Fault::SequenceReused);
            }
            return;
        }
        self.said.insert(sequence, (message.into(), report.clone()));
        if self.end_confirmed && acts(report) {
            faults.push(Fault::ServedAfterRecall);
        }
        if hand_over == HandOver::Enrolment && delegated_only(report) {
            faults.push(Fault::WrongMode);
        }
        self.advance(hand_over, report, faults);
    }

    fn advance(&mut self, hand_over: HandOver, report: &Report, faults: &mut Vec<Fault>) {
        match report {
            Report::Received => self.received = true,
            Report::Accepted => {
                if self.accepted {
                    faults.push(Fault::ActedTwice);
                }
                if self.ended {
                    faults.push(Fault::AcceptedAfterCancel);
                }
                (self.decided, self.accepted) = (true, true);
            }
            Report::Rejected { .. } => self.decided = true,
            Report::Consented { .. } => {
                needs(self.accepted, faults);
                self.consented = true;
            }
            Report::Enrolled { .. } => {
                needs(self.accepted, faults);
                if hand_over == HandOver::OutreachDelegated && !self.consented {
                    faults.push(Fault::NoConsent);
                }
                self.enrolled = true;
            }
            Report::OutreachAttempted { .. } => {
                needs(self.accepted, faults);
                if self.stopped {
                    faults.push(Fault::ContactAfterStop);
                }
            }
            Report::Engaged
            | Report::Unreachable
            | Report::Declined { .. }
            | Report::ContactCompleted { .. }
            | Report::Hold { .. }
            | Report::Resumed
            | Report::Disenrolled { .. } => needs(self.accepted, faults),
            Report::Graduated => needs(self.enrolled, faults),
            Report::StopRequested => self.stopped = true,
            Report::RecallConfirmed => {
                needs(self.ended, faults);
                self.end_confirmed = true;
            }
        }
    }

    fn at_the_end(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let numbers: Vec<u64> = self.said.keys().copied().collect();
        if !numbers.iter().copied().eq((1..).take(numbers.len())) {
            faults.push(Fault::SequenceGap);
        }
        if self.offered && !self.received && !self.ended {
            faults.push(Fault::NoReceipt);
        }
        if self.offered && !self.decided && !self.ended {
            faults.push(Fault::NoDecision);
        }
        if self.ended && !self.end_confirmed {
            faults.push(Fault::NotConfirmed);
        }
        faults
    }
}

/// The report needs an earlier one.
fn needs(earlier: bool, faults: &mut Vec<Fault>) {
    if !earlier {
        faults.push(Fault::OutOfOrder);
    }
}

/// Whether the report says that the vendor works for the member.
const fn acts(report: &Report) -> bool {
    match report {
        Report::Accepted
        | Report::OutreachAttempted { .. }
        | Report::Engaged
        | Report::Consented { .. }
        | Report::Enrolled { .. }
        | Report::ContactCompleted { .. }
        | Report::Hold { .. }
        | Report::Resumed
        | Report::Graduated => true,
        Report::Received
        | Report::Rejected { .. }
        | Report::Declined { .. }
        | Report::Unreachable
        | Report::StopRequested
        | Report::Disenrolled { .. }
        | Report::RecallConfirmed => false,
    }
}

/// Whether only a vendor to which outreach is delegated may report it.
const fn delegated_only(report: &Report) -> bool {
    matches!(
        report,
        Report::OutreachAttempted { .. } | Report::Engaged | Report::Consented { .. } | Report::Unreachable
    )
}

#[cfg(test)]
#[path = "kit_tests.rs"]
mod tests;
