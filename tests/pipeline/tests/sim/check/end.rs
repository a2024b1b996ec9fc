//! What must be true when everything has drained.

use super::cases::{facts, made_by_commits, open_cases};
use super::{Broken, Rule, broken};
use crate::invoke::{Shipped, event, identify, ingest};
use crate::sim::{Input, PROGRAM, Sim, to_the_end};
use crate::staff::Progress;
use icm_contract::pack;
use icm_domain::case::effect::{EffectKind, TaskKind};
use icm_domain::case::log::CaseLine;
use icm_domain::case::status::Phase;
use icm_domain::decision::DecisionKind;
use icm_domain::facts::MemberFacts;
use icm_domain::ids::MemberId;
use icm_ports::{Destination, EffectRecord, EffectStatus};
use icm_testkit::world::State;
use icm_testkit::{FixedClock, World};
use identify_members::Decider;
use std::collections::BTreeSet;

impl Sim {
    /// Everything that is judged once, at the end.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        self.sent_is_sent()?;
        self.answers_stand()?;
        self.replies_are_answered()?;
        self.decisions_see_every_fact()?;
        self.one_open_case()?;
        self.stays_reach_who_serves()?;
        self.as_one_after_the_other()
    }

    fn sent_is_sent(&self) -> Result<(), Broken> {
        let state = self.world.state();
        let left: BTreeSet<&str> = state.sent.iter().map(|(_, message)| message.key.as_ref()).collect();
        for effect in state.members.values().flat_map(|held| held.effects.values()) {
            if effect.status == EffectStatus::Sent && !left.contains(effect.id().as_str()) {
                return broken(Rule::SentIsSent, format!("{} was never sent", effect.id().as_str()));
            }
        }
        Ok(())
    }

    /// A command that was answered with success stands in the log, under whichever id the person's case has now.
    fn answers_stand(&self) -> Result<(), Broken> {
        let state = self.world.state();
        for (number, command) in self.staff.commands.iter().enumerate() {
            if command.progress != Progress::Answered(200) {
                continue;
            }
            let end = format!("#{}#c{number}", command.name);
            let stands = |line: &CaseLine| matches!(line, CaseLine::Applied { event, .. } if event.key.ends_with(&end));
            let mut lines = state.members.values().flat_map(|held| held.events.values());
            if !lines.any(|record| stands(&record.line)) {
                return broken(Rule::AnsweredForGood, format!("command {number} {} is lost", command.name));
            }
        }
        Ok(())
    }

    /// Every reply that could be read was answered.
    fn replies_are_answered(&self) -> Result<(), Broken> {
        let state = self.world.state();
        let answered: BTreeSet<(&str, &str)> = state
            .members
            .values()
            .flat_map(|held| held.effects.values())
            .filter_map(|effect| match &effect.effect.what {
                EffectKind::AnswerReply { vendor, message, .. } => Some((vendor.as_str(), message.as_ref())),
                EffectKind::OfferVendor { .. }
                | EffectKind::CancelOffer { .. }
                | EffectKind::RecallVendor { .. }
                | EffectKind::UpdateVendor { .. }
                | EffectKind::OutreachTask { .. }
                | EffectKind::CancelTask { .. }
                | EffectKind::Notice { .. }
                | EffectKind::CaseConferenceRequest { .. }
                | EffectKind::InternalTask { .. } => None,
            })
            .collect();
        for (vendor, message) in self.vendors.written.keys() {
            if !answered.contains(&(vendor.as_str(), message.as_str())) {
                return broken(
                    Rule::AnsweredForGood,
                    format!("{} got no answer to {message}", vendor.as_str()),
                );
            }
        }
        Ok(())
    }

    /// The ids of each person.
    fn persons(&self) -> Vec<Vec<MemberId>> {
        let mut persons: Vec<Vec<MemberId>> = Vec::new();
        let joined =
            self.inputs.iter().any(|(_, input)| matches!(input, Input::Message(body) if told_alias(body)));
        for story in &self.stories {
            if story.member.as_str() == "m0x" && joined {
                persons[0].push(story.member.clone());
            } else {
                persons.push(vec![story.member.clone()]);
            }
        }
        persons
    }

    fn decisions_see_every_fact(&self) -> Result<(), Broken> {
        let state = self.world.state();
        for ids in self.persons() {
            let Some(home) = home(&state, &ids) else { continue };
            let all: MemberFacts = all_facts(&state, &ids);
            // As of today: whatever time alone changes, the timers have seen to.
            let over_all = Shipped::rules().decide(&all, self.now().day());
            let stands = &state.members[&home].head.outcome;
            if stands.as_ref() != Some(over_all.outcome()) {
                return broken(
                    Rule::DecisionSeesEveryFact,
                    format!("{}: {stands:?} stands, the facts say {:?}", home.as_str(), over_all.outcome()),
                );
            }
        }
        Ok(())
    }

    fn one_open_case(&self) -> Result<(), Broken> {
        let state = self.world.state();
        for ids in self.persons() {
            let open = open_cases(&state, &ids);
            let decided = |id: &&MemberId| state.members.get(*id).is_some_and(|it| it.head.outcome.is_some());
            if open.len() > 1 || ids.iter().filter(decided).count() > 1 {
                return broken(Rule::OneOpenCase, format!("{} has {open:?}", ids[0].as_str()));
            }
        }
        Ok(())
    }

    /// Of a stay under the service that still goes on, the case has heard, and those who serve were asked to follow it up.
    fn stays_reach_who_serves(&self) -> Result<(), Broken> {
        let state = self.world.state();
        for (member, discharge) in &self.stays_now {
            let Some(held) = state.members.get(member) else { continue };
            let Some(case) = held.cases.get(PROGRAM).map(|record| &record.case) else { continue };
            let admit = discharge.plus(-1);
            let serves = case.phase() == Phase::Enrolled && case.start.is_some_and(|start| start <= admit);
            let left_alone =
                held.head.outcome.as_ref().is_none_or(|stands| stands.decision == DecisionKind::Excluded);
            if !serves || left_alone {
                continue;
            }
            let asks = |effect: &&EffectRecord| {
                let what = &effect.effect.what;
                let task = matches!(what, EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, .. });
                task && effect.case_id.as_ref() == Some(&case.id)
            };
            if !case.contact.knows_stay(admit, false) || held.effects.values().filter(asks).count() == 0 {
                let id = case.id.as_str();
                return broken(
                    Rule::StayReachesWhoServes,
                    format!("{id} has not heard of the stay from {admit}"),
                );
            }
        }
        Ok(())
    }

    /// Somebody who reads every input once, one after the other and without faults, has the same facts and decides the
    /// same. Commits of cases make facts of their own (closures, wishes); members with such differ by those alone.
    fn as_one_after_the_other(&self) -> Result<(), Broken> {
        let (world, told) = self.sequential();
        let (ours, theirs) = (self.world.state(), world.state());
        let stored = |member: &MemberId, key: &String| {
            ours.members.get(member).is_some_and(|held| held.packs.contains_key(key))
        };
        if let Some((member, lost)) = told.iter().find(|(member, key)| !stored(member, key)) {
            return broken(Rule::NoInputLost, format!("{}: pack {lost} is missing", member.as_str()));
        }
        for (member, held) in &ours.members {
            let untold =
                held.packs.iter().filter(|(key, _)| !told.contains(&(member.clone(), (*key).clone())));
            for (key, extra) in untold {
                if !made_by_commits(&pack::decode(member, &extra.bytes).unwrap_or_default()) {
                    return broken(
                        Rule::NoInputLost,
                        format!("{}: pack {key} was never told", member.as_str()),
                    );
                }
            }
        }
        let quarantined =
            |state: &State| state.quarantine.keys().filter(|(origin, _)| !origin.contains("replies")).count();
        if quarantined(&ours) < usize::from(quarantined(&theirs) > 0) {
            return broken(Rule::NoInputLost, "nothing is in quarantine");
        }
        for ids in self.persons() {
            let same = ids.iter().all(|id| packs(&ours, id) == packs(&theirs, id));
            let (Some(home), Some(other)) = (home(&ours, &ids), home(&theirs, &ids)) else { continue };
            let theirs = Shipped::rules().decide(&all_facts(&theirs, &ids), self.now().day());
            let stands = ours.members[&home].head.outcome.as_ref();
            if same && home == other && stands != Some(theirs.outcome()) {
                return broken(Rule::SameAsOneAfterTheOther, format!("{}: {stands:?}", home.as_str()));
            }
        }
        Ok(())
    }

    /// The oracle: every input once, in the order in which it was told, at the time at which it was told. With it the packs
    /// that the inputs make.
    fn sequential(&self) -> (World, BTreeSet<(MemberId, String)>) {
        let (world, mut packs) = (World::new(), BTreeSet::new());
        world.state().objects = self.world.state().objects.clone();
        for (number, (at, input)) in self.inputs.iter().enumerate() {
            let clock = FixedClock::at(*at);
            let bodies = match input {
                Input::Message(body) => vec![body.clone()],
                Input::File(key) => {
                    let announced = event("files", &[("1".to_owned(), crate::invoke::announcement(key))]);
                    to_the_end(&world, |ports| ingest(ports, clock.clone(), self.spool.clone(), announced));
                    let sent = std::mem::take(&mut world.state().sent);
                    sent.into_iter()
                        .filter(|(to, _)| *to == Destination::Facts)
                        .map(|(_, it)| it.body)
                        .collect()
                }
            };
            for body in bodies {
                let message = icm_contract::FactsMessage::parse(&body).unwrap_or_default();
                for part in message.members {
                    packs.extend(part.packs.into_iter().map(|it| (part.member.clone(), it.key)));
                }
                let told = event("facts", &[(format!("o{number}"), body)]);
                to_the_end(&world, |ports| identify(ports, clock.clone(), told));
            }
        }
        (world, packs)
    }
}

fn told_alias(body: &str) -> bool {
    let Ok(message) = icm_contract::FactsMessage::parse(body) else { return false };
    let mut packs =
        message.members.iter().flat_map(|part| part.packs.iter().map(move |it| (&part.member, it)));
    packs.any(|(member, it)| {
        let facts = pack::decode(member, &it.bytes).unwrap_or_default();
        facts.iter().any(|fact| matches!(fact, icm_domain::facts::Fact::Alias { .. }))
    })
}

/// The id under which a person's decision stands.
fn home(state: &State, ids: &[MemberId]) -> Option<MemberId> {
    let decided = |id: &&MemberId| state.members.get(*id).is_some_and(|held| held.head.outcome.is_some());
    ids.iter().find(decided).cloned()
}

fn all_facts(state: &State, ids: &[MemberId]) -> MemberFacts {
    let mut all = MemberFacts::default();
    for id in ids {
        let Some(held) = state.members.get(id) else { continue };
        let known = facts(id, held);
        all.claims.extend(known.claims);
        all.retractions.extend(known.retractions);
        all.coverage.extend(known.coverage);
        all.profiles.extend(known.profiles);
        all.rosters.extend(known.rosters);
        all.consents.extend(known.consents);
        all.preferences.extend(known.preferences);
        all.closures.extend(known.closures);
        all.referrals.extend(known.referrals);
        all.overrides.extend(known.overrides);
        all.adt.extend(known.adt);
        all.aliases.extend(known.aliases);
    }
    all
}

fn packs(state: &State, id: &MemberId) -> BTreeSet<String> {
    state.members.get(id).map(|held| held.packs.keys().cloned().collect()).unwrap_or_default()
}
