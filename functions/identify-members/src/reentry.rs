//! Whether an identified member gets a case. The first one, always; after an earlier one by what ended it: what facts
//! ended, facts begin anew; what a person ended is begun anew by something new or by somebody's word, else a person is
//! asked (FACTS §6.1: re-entry by a new decision after cool-down; FIELD §3.3: manual review, never silent activation).

use crate::Ports;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::view::View;
use icm_domain::case::log::CaseLine;
use icm_domain::case::reason::CloseReason;
use icm_domain::case::state::Closed;
use icm_domain::day::Day;
use icm_domain::decision::exclusion::spoke_after;
use icm_domain::facts::{MemberFacts, OverrideKind};
use icm_ports::{CaseRecord, Clock, Result};

/// What an identified member's case history calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Nothing: not identified, served already, or decided as before.
    Nothing,
    /// A case.
    Open,
    /// A person's answer: somebody ended the last case on this day, and nothing new has happened since.
    Ask {
        /// The day.
        ended: Day,
    },
}

impl Entry {
    /// `stands`: the outcome is that of the last decision. Only identifying decisions cost a read, and the log is read
    /// only where a case was ended without a cool-down.
    pub(crate) async fn of<P: Ports, D: Decider, C: Clock>(
        identify: &Identify<'_, P, D, C>,
        view: &View,
        decided: &Decided,
        stands: bool,
        as_of: Day,
    ) -> Result<Self> {
        let decider = identify.decider;
        let offered = decided.outcome().decision.identifies() && decided.triggered.is_some();
        if !offered || !decider.opens_cases() {
            return Ok(Self::Nothing);
        }
        let by_decision = if stands { Self::Nothing } else { Self::Open };
        let Some(record) = identify.ports.case(&view.home, decider.program()).await? else {
            return Ok(by_decision);
        };
        let Some(closed) = record.case.closed.as_ref().filter(|_| !record.case.is_open()) else {
            return Ok(Self::Nothing);
        };
        let ended = closed.at.day();
        if called_for(&view.facts, ended, as_of) {
            return Ok(Self::Open);
        }
        // Whether staff are safe is never answered by an event (FACTS §6.2).
        let safe = closed.ending.reason != CloseReason::SafetyConcern;
        if safe && decider.has_event_after(&view.facts, ended, as_of) {
            return Ok(Self::Open);
        }
        // A cool-down that is over has been judged by the decision.
        if closed.closure.is_some() || facts_end(closed) || !by_a_person(identify, view, &record).await? {
            return Ok(by_decision);
        }
        Ok(Self::Ask { ended })
    }
}

/// Whether somebody has said since that the member is to be served: the member, whoever refers, a clinician.
fn called_for(facts: &MemberFacts, ended: Day, as_of: Day) -> bool {
    let since = |received: Day| received > ended && received <= as_of;
    let included = |what: OverrideKind| what == OverrideKind::Include;
    spoke_after(facts, ended, as_of)
        || facts.referrals.iter().any(|referral| since(referral.received))
        || facts
            .overrides
            .iter()
            .any(|held| included(held.what) && since(held.received) && as_of <= held.until)
}

/// Ends that say nothing but what facts say: when those change, so does the answer, whoever ended the case.
const fn facts_end(closed: &Closed) -> bool {
    matches!(
        closed.ending.reason,
        CloseReason::EligLost
            | CloseReason::MemberIdChanged
            | CloseReason::ClaimReversed
            | CloseReason::NoLongerMeetsCriteria
    )
}

/// Whether a person, of the payer or of a vendor, ended the case: the event that moved it to its end tells who.
async fn by_a_person<P: Ports, D: Decider, C: Clock>(
    identify: &Identify<'_, P, D, C>,
    view: &View,
    record: &CaseRecord,
) -> Result<bool> {
    let lines = identify.ports.events(&view.home, &record.case.id).await?;
    let ending = lines.iter().rev().find_map(|held| match &held.line {
        CaseLine::Applied { event, entry } if entry.to.is_terminal() && !entry.from.is_terminal() => {
            Some(event)
        }
        CaseLine::Applied { .. } | CaseLine::Opened(_) | CaseLine::Refused { .. } => None,
    });
    // A log that does not tell is no reason to call anybody.
    Ok(ending.is_none_or(|event| !event.actor.as_str().starts_with("system:")))
}
