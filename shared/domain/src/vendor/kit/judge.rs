//! The judge: reads a transcript and names every fault.

use super::scenario::Sent;
use crate::case::state::HandOver;
use crate::coded::coded;
use crate::ids::{CaseId, EffectId};
use crate::vendor::reply::Report;
use std::collections::{BTreeMap, BTreeSet};

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
    /// The vendor said something that breaks the published schema.
    Unreadable {
        /// The case that it names, as far as it could be read.
        case: CaseId,
    },
    /// Time was given: whatever was sent before this line the vendor has read, or has failed to.
    Settled,
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
        /// A reply breaks the published schema.
        Malformed = "MALFORMED",
    }
}

impl Fault {
    /// What the vendor's engineer is told.
    pub const fn says(self) -> &'static str {
        match self {
            Self::NoReceipt => "no icm.vendor.received for an offer",
            Self::NoDecision => "neither accepted nor rejected, and the offer was not cancelled",
            Self::ActedTwice => {
                "one offer, delivered or sent twice, was accepted twice: act once per dedupkey"
            }
            Self::SequenceGap => "the replies of a case are not numbered 1, 2, 3 without a gap",
            Self::SequenceReused => "one number was given to two different replies of a case",
            Self::MessageIdReused => "one message id was given to two different replies",
            Self::AcceptedAfterCancel => "an offer was accepted whose cancellation had been read before",
            Self::NotConfirmed => "a cancel or recall was not confirmed by icm.vendor.recall.confirmed",
            Self::ServedAfterRecall => {
                "something was done for the member after the confirmation of the recall"
            }
            Self::OutOfOrder => "a report came before the one that it needs",
            Self::NoConsent => "enrolled without a consent, where the vendor asks for it",
            Self::UnknownCase => "something was said about a case that was never offered",
            Self::ContactAfterStop => "the member was contacted after having asked to stop",
            Self::WrongMode => "a report that does not exist in this hand-over mode",
            Self::Malformed => "a reply breaks the published schema",
        }
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
    /// The vendor has had time to read the cancel or recall.
    end_known: bool,
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
            Line::Settled => cases.values_mut().for_each(|case| case.end_known |= case.ended),
            Line::Unreadable { case } => {
                found.insert(Finding { case: case.clone(), fault: Fault::Malformed });
            }
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
                // An acceptance may cross our cancel: only one that was known is a fault.
                if self.end_known || self.end_confirmed {
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
