//! Capacity-aware admission: who gets the free places, and why everybody else waits (FACTS §2.3, §6.4).
//!
//! [`admit::admit`] is pure: waiting cases and confirmed capacities in, one row per case out. It never admits beyond
//! capacity, gives a share of the places to the longest-waiting, and in an approved evaluation lets the recorded draw
//! alone order the cases of one stratum, so that the wait list is a control group. The caller commits the wave and
//! each admission in its own transaction with the capacity counter (DESIGN D13).

pub mod admit;
#[cfg(test)]
mod tests;

use crate::case::state::Place;
use crate::coded::coded;
use crate::facts::LineOfBusiness;
use crate::ids::{CaseId, VendorId};
use crate::moment::Moment;
use crate::program::Locality;
use serde::{Deserialize, Serialize};

/// Points that an admission takes: every admitted case is new (FACTS §6.4: new 3, active 2, maintenance 1).
pub const POINTS_NEW: u32 = 3;

/// A waiting case. `K` is the priority: smaller is admitted first. `S` is the stratum of an evaluation (tier,
/// persistence, identification week); cases of one stratum are ordered by the draw alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting<K, S> {
    /// The case.
    pub case: CaseId,
    /// Its priority.
    pub key: K,
    /// Its stratum.
    pub stratum: S,
    /// Its recorded draw.
    pub draw: u64,
    /// Since when it waits.
    pub since: Moment,
    /// Days that it may wait.
    pub days_max: u16,
    /// County.
    pub county: Option<Box<str>>,
    /// Language.
    pub language: Option<Box<str>>,
    /// Line of business.
    pub lob: LineOfBusiness,
    /// Who may take it, in order of preference, without those asked before.
    pub teams: Vec<VendorId>,
}

impl<K, S> Waiting<K, S> {
    /// What decides who may take it.
    pub fn locality(&self) -> Locality<'_> {
        // The practice has been looked at when `teams` was made.
        let (county, language) = (self.county.as_deref(), self.language.as_deref());
        Locality { county, language, lob: self.lob, practice: None }
    }
}

/// Whether a cell takes members of this county, language and line of business.
pub fn fits(place: &Place, member: Locality<'_>) -> bool {
    let same = |wanted: &Option<Box<str>>, has: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| has == Some(wanted))
    };
    same(&place.county, member.county)
        && same(&place.language, member.language)
        && place.lob.is_none_or(|lob| lob == member.lob)
}

/// Confirmed capacity of one cell, and what of it is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// The cell.
    pub place: Place,
    /// Confirmed points.
    pub points: u32,
    /// Points taken by cases.
    pub taken: u32,
    /// Hundredths of a place that the longest-waiting are still owed from earlier waves; it makes the share come true
    /// for cells that free one place at a time.
    pub share_owed: u32,
}

impl Capacity {
    /// Free places for new cases.
    pub const fn free_places(&self) -> u32 {
        self.points.saturating_sub(self.taken) / POINTS_NEW
    }
}

coded! {
    /// How the waiting cases are ordered.
    pub enum Order {
        /// By priority.
        Priority = "PRIORITY",
        /// By the recorded draw within each stratum: an approved evaluation.
        Draw = "DRAW",
    }
}

coded! {
    /// By which rule a case got its place.
    pub enum AdmittedBy {
        /// Its place in the order.
        Order = "ORDER",
        /// The share of the longest-waiting.
        LongestWaiting = "LONGEST_WAITING",
    }
}

coded! {
    /// Why a case still waits.
    pub enum WaitReason {
        /// Places that it could take exist and are full.
        Full = "FULL",
        /// Nobody serves the county.
        NoTeamInCounty = "NO_TEAM_IN_COUNTY",
        /// Nobody serves the language.
        NoTeamForLanguage = "NO_TEAM_FOR_LANGUAGE",
        /// Nobody serves the line of business.
        NoTeamForLob = "NO_TEAM_FOR_LOB",
        /// Everybody who could take it has been asked, or none is named.
        NoTeamLeft = "NO_TEAM_LEFT",
    }
}

/// Where a case stands, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveRow {
    /// The case.
    pub case: CaseId,
    /// Its rank in the order of the wave (1 = first).
    pub rank: u32,
    /// Its recorded draw, kept so that the wait list can serve as a control group.
    pub draw: u64,
    /// What became of it.
    pub standing: Standing,
}

/// What became of a case in a wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// It got a place.
    Admitted {
        /// The place.
        place: Place,
        /// By which rule.
        by: AdmittedBy,
    },
    /// It waits.
    Waits {
        /// Why.
        reason: WaitReason,
        /// Cases before it that compete for one of the same cells.
        ahead: u32,
        /// It has waited as long as it may: decide again, or pass on with reason CAPACITY.
        limit_reached: bool,
    },
}

/// A wave: one run of the admission, recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// When.
    pub at: Moment,
    /// How the cases were ordered.
    pub order: Order,
    /// Cases that were ranked; 0 in waves kept before this was counted.
    #[serde(default)]
    pub cases: u32,
    /// One row per waiting case, by rank. A wave that is kept leaves out who waited in an earlier one of the same day and
    /// waits on.
    pub rows: Vec<WaveRow>,
    /// The capacities after the wave.
    pub capacities: Vec<Capacity>,
    /// The rank of the first case that was refused a place for want of capacity: the cut-off.
    pub cut_off: Option<u32>,
}
