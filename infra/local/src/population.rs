//! Facts of many members in memory: what the analysts' commands read from files.

use crate::delivery::Delivery;
use icm_domain::claim::{Action, ClaimVersion};
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::MemberId;
use icm_formats::{Availability, Item, Problem, ReadOptions, RecordCount, Records, files};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Everything read from a set of files.
#[derive(Default)]
pub struct Population {
    /// Facts by member.
    pub members: BTreeMap<MemberId, MemberFacts>,
    /// Places of models of care.
    pub availability: Vec<Availability>,
    /// What cannot be used: file and problem.
    pub problems: Vec<(String, Problem)>,
    /// What became of every record; parked are remittances whose claim is in none of the files.
    pub records: Records,
    /// Facts read.
    pub facts: u64,
    /// Files found.
    pub files: usize,
    /// Paths that cannot be opened.
    pub missing: Vec<String>,
}

impl Population {
    /// Reads files, folders and pipes of any mix.
    pub fn read(paths: &[PathBuf], options: &ReadOptions) -> Self {
        let mut population = Self::default();
        let mut memberless: Vec<ClaimVersion> = Vec::new();
        let delivery = Delivery::of(paths);
        population.missing.clone_from(&delivery.missing);
        population.files = delivery.names.len();
        let mut count = RecordCount::default();
        let _ = files::read_all(&delivery.inputs(), options, &mut |file, item| {
            count.take(file, &item);
            population.take(delivery.names.get(file).map_or("", String::as_str), item, &mut memberless);
            ControlFlow::Continue(())
        });
        population.merge_aliases();
        count.park(population.link(memberless));
        population.records = count.records();
        population
    }

    fn take(&mut self, file: &str, item: Item, memberless: &mut Vec<ClaimVersion>) {
        match item {
            Item::Fact { member: Some(member), fact, .. } => {
                self.facts += 1;
                self.members.entry(member).or_default().push(fact);
            }
            Item::Fact { member: None, fact: Fact::Claim(claim), .. } => {
                self.facts += 1;
                memberless.push(*claim);
            }
            Item::Availability { row, .. } => self.availability.push(row),
            // Only a claim can do without a member; anything else would be about nobody.
            Item::Fact { member: None, .. } | Item::Ignored { .. } => {}
            Item::Problem(problem) => self.problems.push((file.to_owned(), problem)),
        }
    }

    /// One person under several ids is one member, under the id that no later one replaces (DESIGN D2, CLAIM_FORMATS §4.5:
    /// transitive).
    fn merge_aliases(&mut self) {
        let of_member = |(id, facts): (&MemberId, &MemberFacts)| {
            facts.aliases.iter().map(|former| (former.clone(), id.clone())).collect::<Vec<_>>()
        };
        let current: BTreeMap<MemberId, MemberId> = self.members.iter().flat_map(of_member).collect();
        for former in current.keys() {
            let Some(facts) = self.members.remove(former) else { continue };
            // A circle of ids ends at the one that it began with.
            let chain =
                std::iter::successors(Some(former), |id| current.get(*id).filter(|next| *next != former));
            let last = chain.take(current.len() + 1).last().unwrap_or(former);
            self.members.entry(last.clone()).or_default().absorb(facts);
        }
    }

    /// Remittances without a member find theirs by the claim's numbers; a replacement or void that names a claim of
    /// another member acts there too (DESIGN D2). How many find no claim: they are parked, not lost.
    fn link(&mut self, memberless: Vec<ClaimVersion>) -> u64 {
        let foreign = self.foreign_changes();
        if memberless.is_empty() && foreign.is_empty() {
            return 0;
        }
        let holders = self.holders();
        let mut moves: Vec<(MemberId, ClaimVersion)> = Vec::new();
        for (from, change) in foreign {
            let holder = change.replaces.as_ref().and_then(|number| holders.get(number.as_str()));
            if let Some(holder) = holder.filter(|holder| **holder != from) {
                moves.push((holder.clone(), ClaimVersion { action: Action::Void, ..change }));
            }
        }
        let mut parked = 0;
        for remit in memberless {
            let by_control = remit.control.as_ref().and_then(|number| holders.get(number.as_str()));
            match by_control.or_else(|| holders.get(remit.claim_id.as_str())).cloned() {
                Some(holder) => moves.push((holder, remit)),
                None => parked += 1,
            }
        }
        for (member, version) in moves {
            self.members.entry(member).or_default().claims.push(version);
        }
        parked
    }

    /// Replacements and voids that name no claim of their own member.
    fn foreign_changes(&self) -> Vec<(MemberId, ClaimVersion)> {
        let mut foreign = Vec::new();
        for (member, facts) in &self.members {
            for version in facts.claims.iter().filter(|v| matches!(v.action, Action::Replace | Action::Void))
            {
                let Some(named) = &version.replaces else { continue };
                let own = facts.claims.iter().any(|other| {
                    !std::ptr::eq(other, version)
                        && (other.claim_id == *named || other.control.as_ref() == Some(named))
                });
                if !own {
                    foreign.push((member.clone(), version.clone()));
                }
            }
        }
        foreign
    }

    /// Which member holds a claim number. A number of two members decides nothing.
    fn holders(&self) -> HashMap<&str, MemberId> {
        let mut holders: HashMap<&str, Option<MemberId>> = HashMap::new();
        for (member, facts) in &self.members {
            for version in &facts.claims {
                for number in [Some(&version.claim_id), version.control.as_ref()].into_iter().flatten() {
                    let holder = holders.entry(number.as_str()).or_insert_with(|| Some(member.clone()));
                    if holder.as_ref() != Some(member) {
                        *holder = None;
                    }
                }
            }
        }
        holders.into_iter().filter_map(|(number, member)| member.map(|member| (number, member))).collect()
    }

    /// Whether anything at all could be used: then the command has a result.
    pub fn is_usable(&self) -> bool {
        self.records.used + self.records.parked + self.records.ignored > 0
            || (self.problems.iter().all(|(_, problem)| problem.reason.is_note()) && self.missing.is_empty())
    }
}
