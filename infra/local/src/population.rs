//! Facts of many members in memory: what the analysts' commands read from files.

use icm_domain::claim::{Action, ClaimVersion};
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::MemberId;
use icm_formats::{Availability, Input, Item, Problem, ReadOptions, files};
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
    /// Records left out by a named rule.
    pub ignored: u64,
    /// Facts read.
    pub facts: u64,
    /// Remittances and voids whose claim is in none of the files: parked, not lost.
    pub parked: u64,
}

impl Population {
    /// Reads files and folders of any mix.
    pub fn read(paths: &[PathBuf], options: &ReadOptions) -> Self {
        let mut population = Self::default();
        let mut memberless: Vec<ClaimVersion> = Vec::new();
        let (found, missing) = files::under(paths);
        for path in missing {
            let reason = icm_formats::Reason::Unreadable;
            let problem = Problem { place: icm_formats::Place::default(), field: String::new(), reason };
            population.problems.push((path.display().to_string(), problem));
        }
        let names: Vec<String> = found.iter().map(|path| path.display().to_string()).collect();
        let inputs: Vec<&dyn Input> = found.iter().map(|path| path as &dyn Input).collect();
        let _ = files::read_all(&inputs, options, &mut |file, item| {
            population.take(names.get(file).map_or("", String::as_str), item, &mut memberless);
            ControlFlow::Continue(())
        });
        population.link(memberless);
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
            // Only a claim can do without a member; anything else is about nobody.
            Item::Fact { member: None, .. } => self.parked += 1,
            Item::Availability { row, .. } => self.availability.push(row),
            Item::Ignored { .. } => self.ignored += 1,
            Item::Problem(problem) => self.problems.push((file.to_owned(), problem)),
        }
    }

    /// Remittances without a member find theirs by the claim's numbers; a replacement or void that names a claim of
    /// another member acts there too (DESIGN D2). What finds no claim is parked.
    fn link(&mut self, memberless: Vec<ClaimVersion>) {
        let foreign = self.foreign_changes();
        if memberless.is_empty() && foreign.is_empty() {
            return;
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
        self.parked += parked;
        for (member, version) in moves {
            self.members.entry(member).or_default().claims.push(version);
        }
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
        self.facts > 0 || self.ignored > 0 || !self.availability.is_empty() || self.problems.is_empty()
    }
}
