//! The day on which time alone may change the outcome of a triggered member (DESIGN D5). It is a function of the
//! facts, not of the day of asking, so that a redelivery commits nothing.

use super::{Conclusion, Policy, Standing, View, exclusion};
use crate::day::Day;
use crate::facts::MemberFacts;
use crate::tables::Marks;
use crate::utilization::{Bill, Service, conditions, medication};

/// Days that a referral prompts an evaluation for (as in the decision itself).
use super::decide::REFERRAL_DAYS;

/// The earliest such day after `as_of`.
pub(super) fn next(
    facts: &MemberFacts,
    standing: &Standing,
    view: &View<'_>,
    conclusion: &Conclusion,
    as_of: Day,
    policy: Policy<'_>,
) -> Option<Day> {
    let mut days = Vec::new();
    events(view, policy, &mut days);
    services(view, as_of, policy, &mut days);
    management(view, conclusion, policy, &mut days);
    person(facts, standing, view, policy, &mut days);
    days.extend(conclusion.cooldown.and_then(|cooldown| cooldown.until));
    days.extend(policy.cutoffs.and_then(|cutoffs| cutoffs.next_change(as_of)));
    days.extend(exclusion::nursing_change(view, as_of, policy));
    days.into_iter().filter(|day| *day > as_of).min()
}

/// The days on which visits told by messages, which no claim speaks for, stop counting.
pub(super) fn expiries(facts: &MemberFacts, as_of: Day, policy: Policy<'_>) -> Vec<Day> {
    let awaiting = super::settled::awaiting_claims(facts, &facts.claims, as_of, policy);
    awaiting.iter().map(|visit| policy.criteria.adt.expires(visit).plus(1)).collect()
}

/// Stays and visits leave the windows.
fn events(view: &View<'_>, policy: Policy<'_>, days: &mut Vec<Day>) {
    let windows = &policy.criteria.windows;
    for stay in &view.utilization.stays {
        days.extend([stay.admit, stay.admit.plus(windows.mid), stay.admit.plus(windows.long)]);
    }
    for visit in &view.utilization.ed_visits {
        days.push(visit.date);
        days.extend([windows.recent, windows.mid, windows.long].map(|length| visit.date.plus(length)));
    }
}

/// Exclusions and pathways that rest on service dates end, and services dated ahead begin.
fn services(view: &View<'_>, as_of: Day, policy: Policy<'_>, days: &mut Vec<Day>) {
    let hospice = |service: &Service<'_>| service.bill == Bill::Hospice || service.marks.has(Marks::HOSPICE);
    for service in &view.utilization.services {
        let (from, thru) = (service.from(), service.thru());
        days.extend([from, thru]);
        if hospice(service) {
            days.extend(last_days(service).map(|day| day.plus(policy.criteria.hospice_active_days)));
        }
        if service.bill == Bill::Dialysis || service.marks.has(Marks::DIALYSIS) {
            days.push(as_of.month().plus(1).first_day());
        }
        // The spans of the pathways (ruling 13); whether a service is of one is left to the decision on that day.
        days.extend([84, 90, 120, 365].iter().flat_map(|span| last_days(service).map(|day| day.plus(*span))));
        // Twenty-four months of diagnoses, where the plan's record states no condition (ruling 11).
        if view.person.smi.is_none() || view.person.chronic.is_none() {
            days.push(from.plus(conditions::LOOK_BACK_DAYS));
        }
    }
    if view.person.meds.is_none() {
        days.extend(medication::change_days(&view.utilization.services, as_of));
    }
}

/// The last day of a service and of each of its lines.
fn last_days<'a>(service: &'a Service<'_>) -> impl Iterator<Item = Day> + 'a {
    let lines = service.claim.lines().filter_map(|line| line.thru.or(line.from));
    std::iter::once(service.thru()).chain(lines)
}

/// Evidence of management lapses, an episode comes of age, a row begins to speak.
fn management(view: &View<'_>, conclusion: &Conclusion, policy: Policy<'_>, days: &mut Vec<Day>) {
    for finding in &view.findings {
        days.extend(finding.expires);
        if finding.active {
            days.extend(finding.start.map(|start| start.plus(policy.criteria.grace_days)));
        }
    }
    days.extend(conclusion.judged.iter().filter_map(|judged| judged.review));
    for row in &view.rosters {
        days.push(row.as_of);
        days.extend(row.start);
        days.extend(row.end.map(|end| end.plus(1)));
        days.extend(row.contacts.iter().copied());
    }
}

/// Age, death, coverage, consents, earlier cases, overrides and referrals have dates of their own.
fn person(
    facts: &MemberFacts,
    standing: &Standing,
    view: &View<'_>,
    policy: Policy<'_>,
    days: &mut Vec<Day>,
) {
    days.extend(view.person.birth.map(|birth| birth.birthday(policy.criteria.age_min)));
    days.extend(view.person.death);
    for span in &facts.coverage {
        days.push(span.from);
        days.extend(span.thru.map(|thru| thru.plus(1)));
    }
    for consent in &facts.consents {
        days.push(consent.from);
        days.extend(consent.thru.map(|thru| thru.plus(1)));
    }
    days.extend(facts.closures.iter().chain(&standing.closures).map(|closure| closure.date));
    days.extend(facts.overrides.iter().map(|change| change.until.plus(1)));
    days.extend(facts.referrals.iter().map(|referral| referral.received.plus(REFERRAL_DAYS)));
}
