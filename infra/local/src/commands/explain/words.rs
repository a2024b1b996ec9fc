//! Plain words for the ids of a decision.

use icm_domain::decision::Rule;
use icm_domain::decision::priority::{Persistence, Tier};
use icm_domain::facts::{ClosureKind, Model, OverrideKind, ReferralSource};
use icm_domain::management::Absence;
use icm_domain::utilization::gaps::{FollowUp, Measure};

/// What a rule asks (FACTS §2.2).
pub(super) const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::R1 => "repeated hospital stays in half a year",
        Rule::R2 => "repeated hospital stays in a year",
        Rule::R3 => "many emergency visits in a year, and one lately",
        Rule::R4 => "many emergency visits in half a year",
        Rule::R5 => "a hospital stay and emergency visits in half a year",
        Rule::R6 => "serious mental illness and hospital stays in a year",
        Rule::R7 => "back in hospital within 30 days, with chronic conditions or many drugs",
        Rule::R8 => "hospital stays that good outpatient care can prevent",
        Rule::R9 => "cost in the top twentieth of the line of business, two half-years running",
        Rule::R10 => "emergency visits that good outpatient care can prevent",
    }
}

/// What a clause counts.
pub(super) fn clause(what: &str) -> &str {
    match what {
        "stays180" => "unplanned stays in 180 days",
        "stays365" => "unplanned stays in 365 days",
        "ed90" => "emergency visits in 90 days",
        "ed180" => "emergency visits in 180 days",
        "ed365" => "emergency visits in 365 days",
        "readmit180" => "unplanned readmissions in 180 days",
        "pqi365" => "preventable stays in 365 days",
        "pqe365" => "preventable emergency visits in 365 days",
        "smi" => "serious mental illness",
        "chronic" => "chronic conditions",
        "meds" => "drugs at one time",
        "half_years_above_p95" => "half-years above the cut-off",
        other => other,
    }
}

/// A model of the continuum (seed, items 1-8).
pub(super) const fn model(model: Model) -> &'static str {
    match model {
        Model::M1A => "nurse care manager of a practice",
        Model::M1B => "care manager of a behavioural-health practice",
        Model::M1C => "integrated team",
        Model::M2 => "collaborative care",
        Model::M3 => "medical management in behavioural health",
        Model::M4 => "population management",
        Model::M5 => "high-risk care coordination",
        Model::M6 => "community health team",
        Model::M7 => "transitions program",
        Model::M8 => "intensive care management",
    }
}

/// Why nobody is engaged.
pub(super) const fn absence(absence: Absence) -> &'static str {
    match absence {
        Absence::Lapsed => "a program ended, or there is no fresh sign of it",
        Absence::OfferedDeclined => "a program was offered and declined",
        Absence::UnreachableBy => "a program could not reach the member",
        Absence::NotAvailable => "no such program is to be had here",
        Absence::NoEvidence => "no claim or roster row shows that anybody manages this member",
    }
}

/// A verdict about a program that is active.
pub(super) fn verdict(id: &str) -> &str {
    match id {
        "MANAGED_OK" => "engaged and working",
        "ESCALATE" => "exclusive, and failing: its manager is asked",
        "MANAGED_TOO_SOON" => "too young to judge",
        "COMANAGE" => "engaged and failing: managed together",
        other => other,
    }
}

/// A measure of follow-up (FACTS §1.9).
pub(super) const fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Fuh => "visit after a stay for mental illness",
        Measure::Fum => "visit after an emergency for mental illness",
        Measure::Fua => "visit after an emergency for substance use",
        Measure::Trc => "visit after a hospital stay",
    }
}

/// Whether it took place.
pub(super) const fn follow_up(follow_up: FollowUp) -> &'static str {
    match follow_up {
        FollowUp::Done => "done",
        FollowUp::Open => "still open",
        FollowUp::Missed => "missed",
    }
}

/// Urgency (FACTS §2.3).
pub(super) const fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Critical => "critical",
        Tier::High => "high",
        Tier::Standard => "standard",
    }
}

/// How likely it is to go on.
pub(super) const fn persistence(persistence: Persistence) -> &'static str {
    match persistence {
        Persistence::Persistent => "likely to go on",
        Persistence::Usual => "may go on",
        Persistence::OneTimeSuspect => "perhaps a single episode",
    }
}

/// Who refers.
pub(super) const fn referral(by: ReferralSource) -> &'static str {
    match by {
        ReferralSource::Provider => "a provider",
        ReferralSource::Member => "the member",
        ReferralSource::DischargePlanner => "a discharge planner",
        ReferralSource::Vendor => "a vendor",
    }
}

/// What a clinician decided.
pub(super) const fn overridden(what: OverrideKind) -> &'static str {
    match what {
        OverrideKind::Exclude => "left out",
        OverrideKind::Snooze => "put off",
        OverrideKind::Include => "taken in",
    }
}

/// How an earlier case ended.
pub(super) const fn closed(kind: ClosureKind) -> &'static str {
    match kind {
        ClosureKind::Declined => "declined",
        ClosureKind::DeclinedNotNow => "declined for now",
        ClosureKind::UnableToContact => "could not be reached",
        ClosureKind::Graduated => "graduated",
        ClosureKind::OptOutPermanent => "opted out for good",
        ClosureKind::DoNotContact => "asked not to be contacted by the plan",
    }
}
