//! Evaluation by construction (FACTS §9): what the offer of the program changed, against a control group that the
//! admission itself made.
//!
//! *Intention to treat* from the identification date: whoever the order of admission meant for a place belongs to the
//! offered arm, whatever became of the offer; counting from enrolment would flatter the program (immortal time). The
//! estimate is the formula of FACTS §9, `(T_after − T_before) − (C_after − C_before)`, of rates per covered
//! member-month, with a 95% interval whose unit is the member, so that heavy tails and the months of one member that
//! resemble each other are in it.
//!
//! There is no plain before/after figure in the result, and no rate of an arm before: people are chosen at their
//! worst, so that most of such a fall comes by itself (the Camden trial: a fall of 38 points, of which none was the
//! program's). What is said of it is the share that the control group shows as well.

mod assign;
mod cutoff;
mod rates;
mod waitlist;

pub use assign::{Assigned, OFFER_DAYS, assign};
pub use cutoff::WIDTH as CUT_OFF_WIDTH;

use icm_domain::money::Cents;
use serde::{Deserialize, Serialize};

/// Fewest members of an arm for which anything is said: below it the interval is not to be trusted.
pub const ARM_MIN: usize = 30;

/// How the control group came about. The report names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Design {
    /// An approved evaluation: the recorded draw alone ordered the cases of one stratum, and places ran out.
    WaitList,
    /// Priority ordered the cases and places ran out at a rank: those just before and just after it are compared.
    CutOff,
}

impl Design {
    /// What was compared, in a sentence for the report.
    pub const fn says(self) -> &'static str {
        match self {
            Self::WaitList => {
                "Wait list by recorded draw: within tier, persistence, week and line of business chance alone decided \
                 who was offered a place. Strata are weighted by how much they say; intervals take the member as unit."
            }
            Self::CutOff => {
                "Capacity cut-off (regression discontinuity): places ran out at a rank of the priority order. Local \
                 lines on both sides of it, triangular weights, a quarter of the wave wide on each side; the effect \
                 is that on members near the cut-off, not on all."
            }
        }
    }
}

/// The arm that the order of admission meant a member for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Arm {
    /// Meant for a place.
    Offered,
    /// Meant to wait.
    Control,
}

/// Where a member stood when places were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The arm.
    pub arm: Arm,
    /// Wait list: those within whom chance alone decided. Cut-off: the wave.
    pub stratum: Box<str>,
    /// Rank in the wave, from 1.
    pub rank: u32,
    /// Rank of the first case that was refused for want of places.
    pub cut_off: u32,
    /// Cases of the wave.
    pub cases: u32,
    /// Whether a place was given, by the order or otherwise, while the offer could still be made.
    pub offered: bool,
}

/// What a member used in a window, by claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Covered days of the window.
    pub covered_days: u32,
    /// ED visits that did not lead to a stay.
    pub ed_visits: u32,
    /// Acute and observation stays that count for triggers.
    pub stays: u32,
    /// Allowed amount.
    pub allowed: Cents,
}

/// A member of the evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Where the member stood.
    pub assignment: Assignment,
    /// The window before the identification date.
    pub before: Use,
    /// The window from the identification date on.
    pub after: Use,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// ED visits and stays: the primary outcome, stated before anything was seen.
    AcuteEvents,
    /// Stays.
    Stays,
    /// ED visits.
    EdVisits,
    /// Allowed amount. Its tails are heavy: an effect of a quarter needs several thousand members an arm to be seen.
    Allowed,
}

impl Outcome {
    /// Every outcome, the primary one first.
    pub const ALL: [Self; 4] = [Self::AcuteEvents, Self::Stays, Self::EdVisits, Self::Allowed];

    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AcuteEvents => "ED visits and stays",
            Self::Stays => "Stays",
            Self::EdVisits => "ED visits",
            Self::Allowed => "Allowed amount",
        }
    }

    /// The unit of every figure of the outcome.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::AcuteEvents | Self::Stays | Self::EdVisits => "events per 1,000 members a year",
            Self::Allowed => "cents per member per month",
        }
    }

    /// What one unit per covered day makes: per 1,000 = events / member-months × 12,000; PMPM = allowed /
    /// member-months (FACTS §9).
    fn scale(self) -> f64 {
        match self {
            Self::AcuteEvents | Self::Stays | Self::EdVisits => DAYS_PER_MONTH * 12_000.0,
            Self::Allowed => DAYS_PER_MONTH,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a member's cents are far below 2^52")]
    fn of(self, used: &Use) -> f64 {
        match self {
            Self::AcuteEvents => f64::from(used.ed_visits + used.stays),
            Self::Stays => f64::from(used.stays),
            Self::EdVisits => f64::from(used.ed_visits),
            Self::Allowed => used.allowed.0 as f64,
        }
    }
}

/// Days of a mean month: 365.25 / 12.
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// A figure with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval holds `value`.
    pub fn covers(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// What the offer changed in one outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The outcome.
    pub outcome: Outcome,
    /// The unit of the figures.
    pub unit: String,
    /// Difference in differences: below zero, the offer lowered the outcome.
    pub difference: Estimate,
    /// Rate of the control group in the window after: what the difference is to be seen against.
    pub control_after: f64,
    /// The difference as a share of what the offered arm would have had without the offer; none where that is not
    /// above zero.
    pub relative: Option<f64>,
    /// Of the change that a plain before/after comparison of the offered would show, the share that the control group
    /// shows as well: regression to the mean and time. 1: all of it. None where the offered did not change clearly.
    pub regression_share: Option<Estimate>,
    /// How far the arms differed before, offered less control. An interval without zero means that the comparison is
    /// in doubt.
    pub difference_before: Estimate,
}

/// Members by arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByArm<T> {
    /// Meant for a place.
    pub offered: T,
    /// Meant to wait.
    pub control: T,
}

/// An evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// How the control group came about.
    pub design: Design,
    /// The same in a sentence.
    pub method: String,
    /// Members compared.
    pub members: ByArm<u32>,
    /// Of them those who got a place while it could be offered. The nearer the two are, the more the effect is
    /// diluted; it is not corrected for.
    pub places_given: ByArm<u32>,
    /// Members left out because the other arm has nobody to compare with (or is too far from the cut-off).
    pub without_counterpart: u32,
    /// The effects, the primary outcome first.
    pub effects: Vec<Effect>,
}

/// Why there is no evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoEvaluation {
    /// Fewer than [`ARM_MIN`] members of an arm can be compared: everybody got a place, or too little time has passed.
    TooFewMembers,
    /// An arm has no covered day in a window.
    NoExposure,
}

/// Evaluates by one design.
pub fn evaluate(design: Design, subjects: &[Subject]) -> Result<Evaluation, NoEvaluation> {
    let samples = match design {
        Design::WaitList => waitlist::samples(subjects),
        Design::CutOff => cutoff::samples(subjects),
    };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let members = samples.as_ref().map(|sample| sample.members.len());
    if members.offered < ARM_MIN || members.control < ARM_MIN {
        return Err(NoEvaluation::TooFewMembers);
    }
    let effects: Option<Vec<Effect>> =
        Outcome::ALL.into_iter().map(|outcome| rates::effect(outcome, &samples)).collect();
    let placed = |sample: &rates::Sample<'_>| {
        count(sample.members.iter().filter(|subject| subject.assignment.offered).count())
    };
    Ok(Evaluation {
        design,
        method: design.says().to_owned(),
        members: members.map(count),
        places_given: samples.as_ref().map(placed),
        without_counterpart: count(subjects.len() - members.offered - members.control),
        effects: effects.ok_or(NoEvaluation::NoExposure)?,
    })
}

impl<T> ByArm<T> {
    /// Both arms, changed.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> ByArm<U> {
        ByArm { offered: change(self.offered), control: change(self.control) }
    }

    /// Both arms, borrowed.
    pub const fn as_ref(&self) -> ByArm<&T> {
        ByArm { offered: &self.offered, control: &self.control }
    }
}
