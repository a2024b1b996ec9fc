//! Whether an identified member gets a case. The first one, always; after an earlier one by what ended it: what facts
//! ended, facts begin anew; what a person ended is begun anew by something new or by somebody's word, else a person is
//! asked (FACTS §6.1: re-entry by a new decision after cool-down; FIELD §3.3: manual review, never silent activation).

use crate::Ports;
use crate::decider::{Decided, Decider};
use crate::identify::Identify;
use crate::view::View;
use icm_domain::case::log::CaseLine;
use icm_domain::case::reason::{CloseReason, ReviewReason};
use icm_domain::case::state::Closed;
use icm_domain::day::Day;
use icm_domain::decision::exclusion::spoke_after;
use icm_domain::facts::{ClosureKind, MemberFacts, OverrideKind};
use icm_ports::{CaseRecord, Clock, Result};

/// Days after which a person who left a case ended is asked afresh, if the member is identified still. A default of this
/// project: a quarter, the window in which needs are called recent (FACTS §2.1).
const AFRESH_DAYS: i32 = 90;

/// What an identified member's case history calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Nothing: not identified, served already, or decided as before.
    Nothing,
    /// A case.
    Open,
    /// A person's answer: somebody ended this last case, and nothing new has happened since.
    Ask(Box<CaseRecord>),
    /// Nothing yet: a person is asked or has answered; when to look again.
    Asked(Option<Day>),
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
        if closed.anew.is_some() || called_for(&view.facts, heard_until(closed), as_of) {
            return Ok(Self::Open);
        }
        // Whether staff are safe is never answered by an event (FACTS §6.2).
        let ended = closed.at.day();
        let safe = closed.ending.reason != CloseReason::SafetyConcern;
        if safe && decider.has_event_after(&view.facts, ended, as_of) {
            return Ok(Self::Open);
        }
        // A cool-down that is over has been judged by the decision.
        if closed.closure.is_some() || facts_end(closed) || !by_a_person(identify, view, &record).await? {
            return Ok(by_decision);
        }
        Ok(Self::of_person(record, as_of))
    }

    /// Whether it asks for nothing new.
    pub(crate) const fn stands(&self) -> bool {
        matches!(self, Self::Nothing | Self::Asked(_))
    }

    /// When an answer is to be asked for afresh.
    pub(crate) const fn again(&self) -> Option<Day> {
        match self {
            Self::Asked(again) => *again,
            Self::Nothing | Self::Open | Self::Ask(_) => None,
        }
    }

    /// The question stands on the ended case itself until it is answered, and for a quarter it stays so.
    fn of_person(record: CaseRecord, as_of: Day) -> Self {
        if record.case.reviews.contains(&ReviewReason::Reentry) {
            return Self::Asked(None);
        }
        let ended = record.case.closed.as_ref().map(|closed| closed.at);
        let left = record.case.looked.filter(|looked| ended.is_some_and(|ended| *looked >= ended));
        match left.map(|looked| looked.day().plus(AFRESH_DAYS)).filter(|afresh| *afresh > as_of) {
            Some(afresh) => Self::Asked(Some(afresh)),
            None => Self::Ask(Box::new(record)),
        }
    }
}

/// The last day whose words have been heard when the case ended. That nobody could reach the member is no word of theirs:
/// what they say on the same day comes after it.
fn heard_until(closed: &Closed) -> Day {
    let unreached = closed.closure == Some(ClosureKind::UnableToContact);
    closed.at.day().plus(if unreached { -1 } else { 0 })
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
    Ok(ending.is_none_or(|event| !event.actor.is_function()))
}
