//! Cases: logs that explain them, one open at a time, enrolment, order of replies, places.

use super::{Broken, Check, Rule, Seen, Told, broken};
use crate::invoke::Shipped;
use crate::vendors::Vendors;
use icm_contract::pack;
use icm_domain::case::apply;
use icm_domain::case::effect::{AnswerVerdict, EffectKind};
use icm_domain::case::log::CaseLine;
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::state::Case;
use icm_domain::case::status::Phase;
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::{CaseId, MemberId};
use icm_domain::moment::Moment;
use icm_domain::outreach::permission::Permissions;
use icm_testkit::world::{MemberState, State};
use identify_members::Decider;
use std::collections::BTreeMap;

impl Check {
    /// Versions and days of decision only rise.
    pub(super) fn forward(&mut self, member: &MemberId, held: &MemberState) -> Result<(), Broken> {
        let (version, day) = (held.head.version.0, held.head.as_of);
        let before = self.versions.insert(member.clone(), (version, day));
        if before.is_some_and(|(old, as_of)| version < old || day < as_of) {
            return broken(Rule::OnlyForward, format!("head of {} went back", member.as_str()));
        }
        Ok(())
    }

    /// The log of every case explains the case as it is stored.
    pub(super) fn logs(&mut self, step: u64, member: &MemberId, held: &MemberState) -> Result<(), Broken> {
        for (key, record) in &held.cases {
            let id = &record.case.id;
            if key.contains('#') && record.case.is_open() {
                return broken(Rule::OneOpenCase, format!("{} was moved aside while open", id.as_str()));
            }
            let told = self.cases.entry(id.clone()).or_insert(Told { case: None, lines: 0, opted_out: None });
            while let Some(line) = held.events.get(&(id.as_str().to_owned(), told.lines + 1)) {
                told.lines += 1;
                if let CaseLine::Opened(opened) = &line.line {
                    cool_down(opened, member, held)?;
                }
                let case = after(told.case.take(), &line.line)?;
                let agreed = case.open_tasks.iter().filter(|task| task.asked.is_some());
                self.agreed.extend(agreed.map(|task| task.effect.clone()));
                told.case = Some(case);
            }
            if told.case.as_ref() != Some(&record.case) || told.lines != record.lines {
                return broken(
                    Rule::ReplayRebuilds,
                    format!("{} of {} is not what its log makes of it", id.as_str(), member.as_str()),
                );
            }
            if record.case.contact.opted_out {
                told.opted_out.get_or_insert(step);
            }
        }
        Ok(())
    }

    /// Replies are answered for good, accepted or refused in their turn, in the order of the vendor's numbers.
    pub(super) fn answers(&mut self, held: &MemberState, vendors: &Vendors) -> Result<(), Broken> {
        for effect in held.effects.values() {
            let EffectKind::AnswerReply { vendor, message, verdict } = &effect.effect.what else { continue };
            if !matches!(verdict, AnswerVerdict::Accepted | AnswerVerdict::Rejected(_)) {
                continue;
            }
            let Some(case) = &effect.case_id else { continue };
            let Some((_, number)) = vendors.written.get(&(vendor.clone(), message.to_string())) else {
                continue;
            };
            let ours = effect.effect.sequence;
            let latest = self.taken.entry((case.clone(), vendor.clone())).or_insert((ours, *number));
            if ours > latest.0 {
                if *number <= latest.1 {
                    return broken(
                        Rule::RepliesInOrder,
                        format!("{}: reply {number} took effect after reply {}", case.as_str(), latest.1),
                    );
                }
                *latest = (ours, *number);
            }
        }
        Ok(())
    }

    /// Remembers where effects are, and when each was released last.
    pub(super) fn effects_of(&mut self, step: u64, member: &MemberId, held: &MemberState) {
        for effect in held.effects.values() {
            let seen = self.effects.entry(effect.id().clone()).or_insert(Seen {
                member: member.clone(),
                attempts: 0,
                released: None,
            });
            if effect.attempts > seen.attempts {
                (seen.attempts, seen.released) = (effect.attempts, Some(step));
            }
        }
    }

    /// Remembers since when a member's facts say that nobody may contact them.
    pub(super) fn wishes(&mut self, step: u64, now: Moment, member: &MemberId, held: &MemberState) {
        let known = self.silent.entry(member.clone()).or_insert((0, None));
        if known.0 == held.packs.len() {
            return;
        }
        known.0 = held.packs.len();
        // As of now, not of the last decision: a word that was taken back today is taken back before anybody decides.
        let silent = Permissions::of(&facts(member, held).preferences, now.day()).do_not_contact;
        known.1 = if silent { known.1.or(Some(step)) } else { None };
    }

    /// The points taken of every place are those that its cases keep, and never more than there are.
    pub(super) fn capacity(&self, state: &State) -> Result<(), Broken> {
        let mut kept: BTreeMap<Box<str>, i64> = BTreeMap::new();
        for record in state.members.values().flat_map(|held| held.cases.values()) {
            if let (Some(place), true) = (&record.case.place, record.case.is_open()) {
                *kept.entry(place.key()).or_default() += i64::from(record.case.points_kept());
            }
        }
        for (place, taken) in &state.taken {
            let own = kept.remove(place).unwrap_or_default();
            let limit = self.limits.get(place).copied().unwrap_or(i64::MAX);
            if own != *taken || *taken > limit {
                return broken(
                    Rule::CapacityKept,
                    format!("{place}: {taken} points counted, {own} kept by cases, {limit} there are"),
                );
            }
        }
        match kept.into_iter().find(|(_, points)| *points > 0) {
            Some((place, points)) => {
                broken(Rule::CapacityKept, format!("{place}: {points} points uncounted"))
            }
            None => Ok(()),
        }
    }
}

/// Everything stored about a member under this id.
pub(super) fn facts(member: &MemberId, held: &MemberState) -> MemberFacts {
    held.packs.values().flat_map(|held| pack::decode(member, &held.bytes).unwrap_or_default()).collect()
}

/// Whether facts are of the kinds that commits themselves make.
pub(super) fn made_by_commits(facts: &[Fact]) -> bool {
    // A member who was reached after the end of a case, and whom a person would not leave in peace, has asked.
    let reached = |fact: &Fact| matches!(fact, Fact::Referral(said) if *said.reason == *ReviewReason::ReachedAfterEnd.id());
    facts.iter().all(|fact| matches!(fact, Fact::Closure(_) | Fact::Preference(_)) || reached(fact))
}

/// A case was opened: what ended the member's earlier cases must leave room for it, whatever became facts of that.
fn cool_down(opened: &Case, member: &MemberId, held: &MemberState) -> Result<(), Broken> {
    let earlier = held.cases.values().filter(|record| record.case.id != opened.id);
    let closures: Vec<Fact> =
        earlier.filter_map(|record| record.case.closure_fact()).map(Fact::Closure).collect();
    if closures.is_empty() {
        return Ok(());
    }
    let mut all = facts(member, held);
    closures.into_iter().for_each(|fact| all.push(fact));
    let decided = Shipped::rules().decide(&all, held.head.as_of.unwrap_or(opened.opened.day()));
    let reason = &decided.outcome().reason;
    if reason.starts_with("COOLDOWN_") {
        return broken(Rule::CoolDownKept, format!("{} was opened within {reason}", opened.id.as_str()));
    }
    Ok(())
}

/// The case after a line of its log.
fn after(before: Option<Case>, line: &CaseLine) -> Result<Case, Broken> {
    match (before, line) {
        (None, CaseLine::Opened(case)) => Ok(case.as_ref().clone()),
        (Some(before), CaseLine::Refused { .. }) => Ok(before),
        (Some(before), CaseLine::Applied { event, .. }) => {
            let Ok(transition) = apply(&before, event) else {
                return broken(
                    Rule::ReplayRebuilds,
                    format!("{}: {} does not follow from its log", before.id.as_str(), event.kind.id()),
                );
            };
            let next = transition.case;
            let enrols = before.phase() == Phase::BeforeEnrolment && next.phase() == Phase::Enrolled;
            if enrols && (next.consent.is_none() || !next.coverage.covered || next.contact.opted_out) {
                return broken(
                    Rule::EnrolledWithConsent,
                    format!("{} was enrolled by {}", next.id.as_str(), event.kind.id()),
                );
            }
            Ok(next)
        }
        (None, CaseLine::Applied { .. } | CaseLine::Refused { .. }) | (Some(_), CaseLine::Opened(_)) => {
            broken(Rule::ReplayRebuilds, "a log begins in the middle")
        }
    }
}

/// Open cases of one person under all ids. Two that were both enrolled before anybody knew are before a person.
pub(super) fn open_cases(state: &State, ids: &[MemberId]) -> Vec<CaseId> {
    let held = ids.iter().filter_map(|id| state.members.get(id));
    let cases = held.flat_map(|held| held.cases.values()).map(|record| &record.case);
    let asked = |case: &Case| case.reviews.contains(&ReviewReason::DuplicateCase);
    cases.filter(|case| case.is_open() && !asked(case)).map(|case| case.id.clone()).collect()
}
