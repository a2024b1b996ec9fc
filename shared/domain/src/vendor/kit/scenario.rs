//! The scenarios of the kit, as data.

use crate::coded::coded;

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
        name: "offer-resent",
        proves: "an offer that is sent again, with a new id and number and the same key, is acted on once",
        steps: &[send(1, Sent::Offer, 1), Step::Settle, send(1, Sent::Offer, 2), Step::Settle],
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
