//! The log of a case: what is stored of it, line by line. Replaying the log rebuilds the case (DESIGN §7).

use crate::case::event::CaseEvent;
use crate::case::refusal::Refusal;
use crate::case::state::Case;
use crate::case::transition::HistoryEntry;
use serde::{Deserialize, Serialize};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseLine {
    /// The case was opened in this state.
    Opened(Box<Case>),
    /// The event was applied.
    Applied {
        /// The event.
        event: Box<CaseEvent>,
        /// Its line of the history.
        entry: HistoryEntry,
    },
    /// The event was refused: recorded, nothing changed (DESIGN D7, D11).
    Refused {
        /// The event.
        event: Box<CaseEvent>,
        /// Why.
        refusal: Refusal,
    },
}
