//! The order of evaluation of FACTS §0.

use super::judge::judge;
use super::{
    Absent, Cooldown, Counts, DecisionKind, Judged, LeftOut, Outcome, Rule, Verdict, View, arbiter,
    exclusion, is_part2, priority, settled,
};
use crate::adt;
use crate::criteria::Criteria;
use crate::day::Day;
use crate::facts::{Closure, ConsentKind, LineOfBusiness, MemberFacts, Model, Override, OverrideKind};
use crate::management::Finding;
use crate::tables::Tables;

/// The versioned tables and criteria that a decision is made with.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// Criteria.
    pub criteria: &'a Criteria,
    /// Code tables.
    pub tables: &'a Tables,
    /// Cost cut-offs; without them R9 is not evaluated.
    pub cutoffs: Option<&'a super::Cutoffs>,
}

/// What the payer's own program already did with the member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A case of the program is open.
    pub open_case: bool,
    /// Ends of earlier cases of our own.
    pub closures: Vec<Closure>,
}

/// What one view says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// Decision.
    pub kind: DecisionKind,
    /// Reason of the contract.
    pub reason: String,
    /// Lead model.
    pub lead: Option<Model>,
    /// Counts.
    pub counts: Counts,
    /// Rules met.
    pub triggers: Vec<Rule>,
    /// Active models, judged.
    pub judged: Vec<Judged>,
    /// Why nobody is engaged (rulings 19, 31), where that is so.
    pub absence: Option<Absent>,
    /// Cool-down in force.
    pub cooldown: Option<Cooldown>,
}

/// A decision about one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The day for which it was made.
    pub as_of: Day,
    /// Line of business on that day.
    pub lob: Option<LineOfBusiness>,
    /// What was decided, after the privacy gate.
    pub kind: DecisionKind,
    /// Reason of the contract.
    pub reason: String,
    /// Rules met; those of the shareable view where the outcome leaves the payer (ruling 20).
    pub triggers: Vec<Rule>,
    /// Counts of the full view.
    pub counts: Counts,
    /// The full view's conclusion.
    pub full: Conclusion,
    /// The shareable view's conclusion, where Part 2 facts without consent exist; else the full one holds.
    pub shareable: Option<Conclusion>,
    /// All findings about other programs, full view.
    pub findings: Vec<Finding>,
    /// The arbiter's model with type and amount of service (ruling 21).
    pub recommended: arbiter::Recommendation,
    /// Place in the queue (FACTS §2.3), from the view that may leave the payer where the outcome leaves it; only for
    /// members who meet a trigger.
    pub priority: Option<priority::Priority>,
    /// A claim reports the member's death, the member record does not: a person checks before any call.
    pub death_reported: bool,
    /// The day on which time alone may change the outcome; only for members who meet a trigger.
    pub next_review: Option<Day>,
}

impl Decision {
    /// The part that is committed when it differs (DESIGN D3).
    pub fn outcome(&self) -> Outcome {
        Outcome {
            decision: self.kind,
            reason: self.reason.clone(),
            triggers: self.triggers.clone(),
            lead: self.full.lead,
            next_review: self.next_review,
        }
    }

    /// The conclusion from which everything that leaves the payer is made.
    pub fn outward(&self) -> &Conclusion {
        self.shareable.as_ref().unwrap_or(&self.full)
    }
}

/// Decides about one member from the facts known at `as_of`. Pure: the same facts, standing, day and policy give
/// the same decision, whatever the order of the facts.
pub fn decide(facts: &MemberFacts, standing: &Standing, as_of: Day, policy: Policy<'_>) -> Decision {
    let expiries = super::review::expiries(facts, as_of, policy);
    let facts = &*settled(facts, as_of, policy);
    let person = facts.known_person(as_of);
    let view = View::new(facts, &person, as_of, policy, LeftOut::default());
    let full = conclude(facts, standing, &view, as_of, policy);
    let left_out = left_out(facts, as_of, policy);
    let conclude_without = |left_out: LeftOut| {
        let view = View::new(facts, &person, as_of, policy, left_out);
        let conclusion = conclude(facts, standing, &view, as_of, policy);
        let review = super::review::next(facts, standing, &view, &conclusion, as_of, policy);
        let priority = priority_of(&view, &conclusion, as_of, policy);
        (conclusion, review, priority)
    };
    // The second view, only where it can differ.
    let second = (left_out != LeftOut::default()).then(|| conclude_without(left_out));
    let (shareable, shareable_review, shareable_priority) = match second {
        Some((conclusion, review, priority)) => (Some(conclusion), review, priority),
        None => (None, None, None),
    };
    let because = || match left_out {
        LeftOut { part2: true, provisional: true } => {
            let without_part2 = conclude_without(LeftOut { part2: true, provisional: false }).0;
            withheld_by(same_outcome(&full, &without_part2))
        }
        LeftOut { part2, .. } => withheld_by(!part2),
    };
    let (kind, reason, triggers) = gate(&full, shareable.as_ref(), because);
    let next_review = if full.triggers.is_empty() {
        None
    } else {
        let own = super::review::next(facts, standing, &view, &full, as_of, policy);
        own.into_iter().chain(shareable_review).chain(expiries).min()
    };
    // A vendor is told the tier: where the outcome leaves, the place is that of the view that may leave (ruling 20).
    let priority = if kind.leaves_the_payer() && shareable.is_some() {
        shareable_priority
    } else {
        priority_of(&view, &full, as_of, policy)
    };
    Decision {
        as_of,
        lob: facts.lob(as_of),
        kind,
        reason,
        triggers,
        counts: full.counts,
        recommended: arbiter::recommend(&view, &full, as_of, policy),
        priority,
        death_reported: death_reported(&view),
        next_review,
        findings: view.findings.clone(),
        full,
        shareable,
    }
}

/// The place in the queue of a member who meets a trigger in this view.
fn priority_of(
    view: &View<'_>,
    conclusion: &Conclusion,
    as_of: Day,
    policy: Policy<'_>,
) -> Option<priority::Priority> {
    (!conclusion.triggers.is_empty()).then(|| priority::of(view, &conclusion.counts, as_of, policy))
}

/// What may not leave the payer: Part 2 facts while no consent for treatment, payment and operations is known, and
/// visits told by messages alone unless the criteria let them (CLAIM_FORMATS §4.6: ADT is provisional).
fn left_out(facts: &MemberFacts, as_of: Day, policy: Policy<'_>) -> LeftOut {
    let labelled = || {
        facts.claims.iter().any(|v| v.received <= as_of && is_part2(v, policy.tables))
            || facts.rosters.iter().any(|row| row.part2 && row.received <= as_of)
    };
    LeftOut {
        part2: !facts.consents_to(ConsentKind::Part2Tpo, as_of) && labelled(),
        provisional: !policy.criteria.adt.leaves_the_payer && facts.claims.iter().any(adt::is_provisional),
    }
}

/// The reason of an outcome that may not leave: it rests on messages that no claim confirms yet, or on facts that only
/// a consent lets out.
const fn withheld_by(messages_alone: bool) -> &'static str {
    if messages_alone { "CLAIM_NOT_YET_RECEIVED" } else { "PART2_CONSENT_MISSING" }
}

fn same_outcome(one: &Conclusion, other: &Conclusion) -> bool {
    (one.kind, &one.reason) == (other.kind, &other.reason)
}

/// Privacy gate (FACTS §0 step 10, ruling 20): an outcome that leaves the payer must be the shareable view's too.
fn gate(
    full: &Conclusion,
    shareable: Option<&Conclusion>,
    because: impl FnOnce() -> &'static str,
) -> (DecisionKind, String, Vec<Rule>) {
    match shareable {
        Some(other) if full.kind.leaves_the_payer() => {
            if same_outcome(full, other) {
                (full.kind, full.reason.clone(), other.triggers.clone())
            } else {
                (DecisionKind::IdentifiedInternalOnly, because().to_owned(), full.triggers.clone())
            }
        }
        _ => (full.kind, full.reason.clone(), full.triggers.clone()),
    }
}

/// Steps 3 to 9 and 11 of FACTS §0 on one view.
fn conclude(
    facts: &MemberFacts,
    standing: &Standing,
    view: &View<'_>,
    as_of: Day,
    policy: Policy<'_>,
) -> Conclusion {
    let counts = view.counts(None);
    let triggers = view.rules(&counts, None);
    let mut conclusion = Conclusion {
        kind: DecisionKind::NotTriggered,
        reason: "NO_RULE_MET".to_owned(),
        lead: None,
        counts,
        triggers,
        judged: Vec::new(),
        absence: None,
        cooldown: None,
    };
    let (kind, reason) = match before_management(facts, standing, view, &mut conclusion, as_of, policy) {
        Some(early) => early,
        None => by_management(facts, view, &mut conclusion, as_of, policy),
    };
    conclusion.kind = kind;
    conclusion.reason = reason;
    conclusion
}

/// Steps 4 to 8: what ends the evaluation before anybody asks who else manages the member.
fn before_management(
    facts: &MemberFacts,
    standing: &Standing,
    view: &View<'_>,
    conclusion: &mut Conclusion,
    as_of: Day,
    policy: Policy<'_>,
) -> Option<(DecisionKind, String)> {
    if let Some(reason) = exclusion::hard(facts, view, as_of, policy) {
        return Some((DecisionKind::Excluded, reason.to_owned()));
    }
    if conclusion.triggers.is_empty() && !prompted(facts, as_of) {
        return Some((DecisionKind::NotTriggered, "NO_RULE_MET".to_owned()));
    }
    if standing.open_case {
        return Some((DecisionKind::AlreadyOpen, "OPEN_CASE".to_owned()));
    }
    if let Some(cooldown) = exclusion::cooldown(facts, standing, view, as_of, policy) {
        conclusion.cooldown = Some(cooldown);
        return Some((DecisionKind::Excluded, cooldown.reason()));
    }
    if let Some(held) = override_in_force(facts, as_of, |kind| kind != OverrideKind::Include) {
        let reason = match held.what {
            OverrideKind::Snooze => format!("SNOOZED_UNTIL_{}", held.until.plus(1)),
            OverrideKind::Exclude | OverrideKind::Include => "CLINICIAN_EXCLUDED".to_owned(),
        };
        return Some((DecisionKind::Excluded, reason));
    }
    exclusion::pathway(view, as_of, policy).map(|reason| (DecisionKind::ReferOther, reason.to_owned()))
}

/// Days for which a referral prompts an evaluation.
pub(super) const REFERRAL_DAYS: i32 = 90;

/// A referral, or a clinician's inclusion, opens the same checks as a trigger (issue: referrals are facts).
fn prompted(facts: &MemberFacts, as_of: Day) -> bool {
    let fresh = |received: Day| received <= as_of && as_of.since(received) < REFERRAL_DAYS;
    let answered = |received: Day| facts.closures.iter().any(|c| c.date >= received && c.date <= as_of);
    facts.referrals.iter().any(|referral| fresh(referral.received) && !answered(referral.received))
        || override_in_force(facts, as_of, |kind| kind == OverrideKind::Include).is_some()
}

/// The override received last among those in force.
fn override_in_force(
    facts: &MemberFacts,
    as_of: Day,
    wanted: impl Fn(OverrideKind) -> bool,
) -> Option<&Override> {
    let known = facts.overrides.iter().filter(|change| change.received <= as_of && as_of <= change.until);
    known
        .max_by_key(|change| (change.received, change.until, change.what))
        .filter(|change| wanted(change.what))
}

/// Steps 9 and 11: whether somebody else manages the member successfully (FACTS §3.3, rulings 16, 17).
fn by_management(
    facts: &MemberFacts,
    view: &View<'_>,
    conclusion: &mut Conclusion,
    as_of: Day,
    policy: Policy<'_>,
) -> (DecisionKind, String) {
    let active = view.findings.iter().filter(|finding| finding.active);
    let mut judged: Vec<Judged> =
        active.map(|finding| judge(finding, view, &conclusion.counts, as_of, policy)).collect();
    // The lead: the strongest verdict, dosed before not, then the longest episode, then the model (ruling 17).
    judged.sort_by_key(|j| (j.verdict, !j.finding.dosed, j.finding.start, j.finding.model));
    conclusion.judged = judged;
    let Some(lead) = conclusion.judged.first() else {
        let absent = Absent::of(&view.findings);
        conclusion.absence =
            Some(absent.or_not_offered(arbiter::not_offered(view, &conclusion.counts, as_of)));
        return unmanaged(facts, conclusion, view, as_of, policy);
    };
    conclusion.lead = Some(lead.finding.model);
    let model = lead.finding.model.id().to_owned();
    match lead.verdict {
        Verdict::ManagedOk => (DecisionKind::ManagedOk, model),
        Verdict::Escalate => (DecisionKind::EscalateToCurrentManager, model),
        Verdict::Comanage => (DecisionKind::IdentifiedIcmComanage, model),
        Verdict::TooSoon => {
            let review = lead.review.unwrap_or(as_of);
            (DecisionKind::ManagedTooSoon, format!("REEVALUATE_ON_{review}"))
        }
    }
}

/// Nobody is engaged: ICM, unless the criteria prefer another available model (ruling 21).
fn unmanaged(
    facts: &MemberFacts,
    conclusion: &Conclusion,
    view: &View<'_>,
    as_of: Day,
    policy: Policy<'_>,
) -> (DecisionKind, String) {
    if policy.criteria.prefer_other_models
        && let Some(model) = arbiter::preferred(view, &conclusion.counts, as_of)
    {
        return (DecisionKind::ReferOther, model.id().to_owned());
    }
    let reason = match (conclusion.triggers.is_empty(), facts.referrals.is_empty()) {
        (false, _) => "UNMANAGED_HIGH_UTILIZATION",
        (true, false) => "REFERRAL",
        (true, true) => "CLINICIAN_INCLUDED",
    };
    (DecisionKind::IdentifiedIcm, reason.to_owned())
}

/// A stay ended in death by its discharge status and no later service exists.
fn death_reported(view: &View<'_>) -> bool {
    let died = |stay: &crate::utilization::Stay| {
        stay.status.is_some_and(|status| ["20", "40", "41", "42"].iter().any(|code| status == *code))
    };
    let last_service = view.utilization.services.iter().map(crate::utilization::Service::thru).max();
    view.utilization
        .stays
        .iter()
        .any(|stay| died(stay) && last_service.is_none_or(|last| last <= stay.discharge))
}
