//! Cadences as versioned data (`infra/programs/cadences.json`): which channel, when, at which part of the day, and
//! when outreach ends (FACTS §5.1).

use crate::decision::priority::Tier;
use crate::facts::Channel;
use crate::outreach::hours::DayPart;
use serde::{Deserialize, Serialize};

/// A cadence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cadence {
    /// Id, for programs to name.
    pub id: Box<str>,
    /// Version; published versions never change.
    pub version: u32,
    /// The steps, in order.
    pub steps: Vec<CadenceStep>,
    /// A step that repeats after the last one, if any.
    #[serde(default)]
    pub repeat: Option<Repeat>,
    /// Day of outreach (0 = its first day) on which it ends when nobody was reached.
    pub close_on_day: u16,
}

/// When a part of the day is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartRule {
    /// Any allowed hour.
    Any,
    /// Another part of the day than the last attempt's.
    Different,
    /// Outside working hours: evening or Saturday (Maryland asks for one such attempt).
    OutsideWork,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CadenceStep {
    /// How.
    pub channel: Channel,
    /// First day of outreach on which it may be done (0 = the first day).
    pub from_day: u16,
    /// Last day of outreach by which it should be done.
    pub by_day: u16,
    /// For the first step: business days from the start instead of `by_day`.
    #[serde(default)]
    pub within_business_days: Option<u16>,
    /// For the first step: business days when the member was just discharged.
    #[serde(default)]
    pub after_discharge_business_days: Option<u16>,
    /// Part of the day.
    #[serde(default = "PartRule::any")]
    pub part: PartRule,
    /// Only for these tiers; empty: all.
    #[serde(default)]
    pub tiers: Vec<Tier>,
    /// Code of the letter or text.
    #[serde(default)]
    pub template: Option<Box<str>>,
}

/// A step that repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Days between.
    pub every_days: u16,
    /// How.
    pub channel: Channel,
    /// Part of the day.
    #[serde(default = "PartRule::any")]
    pub part: PartRule,
}

impl PartRule {
    const fn any() -> Self {
        Self::Any
    }

    /// The parts of the day that suit, given the last attempt's; empty: all.
    pub fn parts(self, last: Option<DayPart>) -> Vec<DayPart> {
        match (self, last) {
            (Self::Any, _) | (Self::Different, None) => Vec::new(),
            (Self::Different, Some(last)) => {
                DayPart::ALL.iter().copied().filter(|part| *part != last).collect()
            }
            (Self::OutsideWork, _) => vec![DayPart::Evening, DayPart::Saturday],
        }
    }
}

impl Cadence {
    /// Business days after a discharge within which the first contact is due (FACTS §5.1: 2); none: as otherwise.
    pub fn after_discharge_business_days(&self) -> Option<u16> {
        self.steps.first().and_then(|step| step.after_discharge_business_days)
    }

    /// The step with this number, repetitions included; none when the cadence is at its end.
    pub fn step(&self, number: u16) -> Option<CadenceStep> {
        if let Some(step) = self.steps.get(usize::from(number)) {
            return Some(step.clone());
        }
        let repeat = self.repeat.as_ref()?;
        let last = self.steps.last().map_or(0, |step| step.by_day);
        let rounds = number - u16::try_from(self.steps.len()).ok()? + 1;
        let from_day = rounds.checked_mul(repeat.every_days)?.checked_add(last)?;
        (from_day < self.close_on_day).then(|| CadenceStep {
            channel: repeat.channel,
            from_day,
            by_day: from_day.saturating_add(repeat.every_days).min(self.close_on_day),
            within_business_days: None,
            after_discharge_business_days: None,
            part: repeat.part,
            tiers: Vec::new(),
            template: None,
        })
    }
}
