//! The definition of a program.

use crate::case::remedy::Remedies;
use crate::case::state::{Delivery, HandOver, Terms};
use crate::coded::coded;
use crate::day::Day;
use crate::decision::priority::Tier;
use crate::facts::{LineOfBusiness, Model};
use crate::ids::{CriteriaId, ProgramId, VendorId};
use crate::program::Locality;
use serde::{Deserialize, Serialize};

coded! {
    /// Whether effects of a program are released (DESIGN D12). A new program starts OFF, then SHADOW.
    pub enum Mode {
        /// Not decided.
        Off = "OFF",
        /// Decided and recorded; nothing leaves.
        Shadow = "SHADOW",
        /// Effects are released, up to the daily cap.
        Live = "LIVE",
    }
}

/// A program of the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Neutral code: it must not disclose a condition (FACTS §7).
    pub id: ProgramId,
    /// Version; published versions never change.
    pub version: u32,
    /// First day on which this version holds.
    pub effective_from: Day,
    /// The model of the continuum.
    pub model: Model,
    /// Lines of business.
    pub lines_of_business: Vec<LineOfBusiness>,
    /// Criteria that identify members for it.
    pub criteria: CriteriaId,
    /// Whether effects are released.
    pub mode: Mode,
    /// Most offers and outreach tasks that may be released in a day.
    pub daily_cap: u32,
    /// Voluntary, or required by a legal basis.
    pub participation: ParticipationRule,
    /// The outreach cadence, by id.
    pub cadence: Box<str>,
    /// Who does the work, in order of preference.
    pub routes: Vec<Route>,
    /// Limits of the life of a case.
    pub limits: Limits,
    /// What is done when the program's own service does not work (FACTS §3.3).
    #[serde(default)]
    pub remedies: Remedies,
    /// Amount of service by tier.
    pub service: Vec<ServiceAmount>,
    /// What the initial care plan is made of.
    pub care_plan: CarePlanTemplate,
    /// Sources that must be fresh before anything is released.
    pub required_sources: Vec<SourceNeed>,
    /// A rise of identified members a day above this percentage of the usual stops release until a person looks.
    pub breaker_rise_percent: u16,
    /// Share of places for the longest-waiting, in percent.
    pub longest_waiting_percent: u8,
    /// Set when an evaluation by random order is approved.
    #[serde(default)]
    pub evaluation: Option<Evaluation>,
}

/// Voluntary or required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ParticipationRule {
    /// The member may decline.
    Voluntary,
    /// Required by a legal basis (FACTS §6.3).
    Required {
        /// The citation.
        legal_basis: Box<str>,
    },
}

/// One way to serve the members of a program: one of the four placements of the seed study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Placement.
    pub delivery: Delivery,
    /// When the case is handed over.
    pub hand_over: HandOver,
    /// Counties; empty: all.
    #[serde(default)]
    pub counties: Vec<Box<str>>,
    /// Lines of business; empty: all of the program.
    #[serde(default)]
    pub lines_of_business: Vec<LineOfBusiness>,
    /// Teams, practices or vendors, in order of preference.
    pub teams: Vec<VendorId>,
}

/// Limits of the life of a case, in days (FACTS §6.1, §6.4, §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Longest hold.
    pub hold_days_max: u16,
    /// Longest gap in coverage.
    pub elig_gap_days: u16,
    /// Longest waiting time.
    pub waiting_days_max: u16,
    /// Longest time without two-way contact.
    pub dose_gap_days: u16,
    /// Hours that an early vendor reply waits for the missing one.
    pub reply_gap_hours: u16,
    /// Business days from the place to the first attempt. A cadence may ask for it sooner, never later; after a discharge
    /// the cadence's `after_discharge_business_days` holds.
    pub first_attempt_business_days: u16,
}

/// Amount of service (FACTS §4, M8).
#[derive(Clone, Copy, Debug, PartialEq, Hash, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAmount {
    /// Tier.
    pub tier: Tier,
    /// Contacts a month in the first phase.
    pub contacts_per_month: u8,
    /// Of these in person.
    pub in_person_per_month: u8,
    /// Weeks of the first phase; after it the contacts are halved.
    pub intensive_weeks: u8,
    /// Longest duration, in months.
    pub months_max: u8,
}

/// What the first care plan is made of; codes, the texts are the program's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarePlanTemplate {
    /// Goals.
    pub goals: Vec<Box<str>>,
    /// Barriers to ask about.
    pub barriers: Vec<Box<str>>,
    /// Tasks, with days from enrolment.
    pub tasks: Vec<PlanTask>,
}

/// A task of the care plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanTask {
    /// Code.
    pub code: Box<str>,
    /// Days from enrolment by which it is done.
    pub within_days: u16,
    /// A referral whose loop must close: sent, accepted, received, or not, with a reason.
    #[serde(default)]
    pub closed_loop: bool,
}

/// A source that must be fresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceNeed {
    /// Kind of source: `eligibility`, `rosters`, `claims`.
    pub kind: Box<str>,
    /// Oldest data-through date, in days before today.
    pub days_old_max: u16,
}

/// Approval of an evaluation by random order (FACTS §9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Who approved it, and where it is written.
    pub approval: Box<str>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}

impl Program {
    /// Whether it is for members of this line of business; a program that names none is for all.
    pub fn takes(&self, lob: LineOfBusiness) -> bool {
        self.lines_of_business.is_empty() || self.lines_of_business.contains(&lob)
    }

    /// The terms of a case that takes this route.
    pub fn terms(&self, route: &Route) -> Terms {
        Terms {
            program_version: self.version,
            delivery: route.delivery,
            hand_over: route.hand_over,
            cadence: self.cadence.clone(),
            hold_days_max: self.limits.hold_days_max,
            elig_gap_days: self.limits.elig_gap_days,
            waiting_days_max: self.limits.waiting_days_max,
            dose_gap_days: self.limits.dose_gap_days,
            gap_hours_max: self.limits.reply_gap_hours,
            first_attempt_days: self.limits.first_attempt_business_days,
            remedies: self.remedies,
        }
    }

    /// Whether cases are ordered by the recorded draw on `today`.
    pub fn evaluates(&self, today: Day) -> bool {
        self.evaluation
            .as_ref()
            .is_some_and(|evaluation| evaluation.from <= today && today <= evaluation.until)
    }

    /// The amount of service of a tier.
    pub fn amount(&self, tier: Tier) -> Option<ServiceAmount> {
        self.service.iter().copied().find(|amount| amount.tier == tier)
    }
}

impl Route {
    /// Whether the route serves where the member lives and is covered.
    pub fn covers(&self, member: Locality<'_>) -> bool {
        let county = self.counties.is_empty()
            || member.county.is_some_and(|county| self.counties.iter().any(|known| **known == *county));
        let lob = self.lines_of_business.is_empty() || self.lines_of_business.contains(&member.lob);
        county && lob
    }
}
