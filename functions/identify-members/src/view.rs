//! Everything read about a member before a decision.

use icm_contract::pack;
use icm_domain::case::state::Case;
use icm_domain::case::status::Phase;
use icm_domain::day::Day;
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::{MemberId, ProgramId};
use icm_ports::{CasesRead, FactsRead, Head, MemberRead, PackKey, PortError, Result};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Other ids of one person that are followed; more is a broken feed, not a person.
const ALIASES_MAX: usize = 16;

/// A member with all facts, under all ids (DESIGN D2).
pub(crate) struct View {
    /// The id under which decision and cases stand.
    pub(crate) home: MemberId,
    /// Heads of all ids, as read before the facts.
    pub(crate) heads: BTreeMap<MemberId, Head>,
    /// Keys of all packs decided on, by id.
    pub(crate) keys: BTreeSet<(MemberId, PackKey)>,
    /// The facts.
    pub(crate) facts: MemberFacts,
    /// Spans of coverage by id, where a person has several.
    coverage: BTreeMap<MemberId, MemberFacts>,
}

impl View {
    /// Reads a member: heads before facts, so that a commit in between is noticed by its version.
    pub(crate) async fn read<P: FactsRead + MemberRead + CasesRead>(
        ports: &P,
        member: &MemberId,
        program: &ProgramId,
    ) -> Result<Self> {
        let mut ids = BTreeSet::from([member.clone()]);
        loop {
            let view = Self::read_ids(ports, &ids, program).await?;
            let named: BTreeSet<MemberId> =
                view.facts.aliases.iter().chain(&ids).take(ALIASES_MAX).cloned().collect();
            if named.is_subset(&ids) {
                return Ok(view);
            }
            ids = named;
        }
    }

    async fn read_ids<P: FactsRead + MemberRead + CasesRead>(
        ports: &P,
        ids: &BTreeSet<MemberId>,
        program: &ProgramId,
    ) -> Result<Self> {
        let mut heads = BTreeMap::new();
        for id in ids {
            heads.insert(id.clone(), ports.head(id).await?);
        }
        let (mut keys, mut facts) = (BTreeSet::new(), MemberFacts::default());
        let mut coverage: BTreeMap<MemberId, MemberFacts> = BTreeMap::new();
        for id in ids {
            for held in ports.packs(id).await? {
                let read = pack::decode(id, &held.bytes);
                let read = read.map_err(|_| PortError::Corrupt { operation: "decode facts" })?;
                for fact in read {
                    if let (Fact::Coverage(_), true) = (&fact, ids.len() > 1) {
                        coverage.entry(id.clone()).or_default().push(fact.clone());
                    }
                    facts.push(fact);
                }
                keys.insert((id.clone(), held.key));
            }
        }
        let home = home(ports, &heads, program).await?;
        Ok(Self { home, heads, keys, facts, coverage })
    }

    /// The head under which everything is committed.
    pub(crate) fn head(&self) -> Head {
        self.heads.get(&self.home).cloned().unwrap_or_default()
    }

    /// The id under which the person is covered now: of several the one whose span began or was told last; none when that
    /// does not tell them apart.
    pub(crate) fn present(&self, today: Day) -> Option<&MemberId> {
        let covering = |(id, facts)| -> Option<((Day, Day), &MemberId)> {
            let facts: &MemberFacts = facts;
            let span = facts.covering(today, today)?;
            Some(((span.from, span.received), id))
        };
        let mut covered: Vec<((Day, Day), &MemberId)> = self.coverage.iter().filter_map(covering).collect();
        covered.sort();
        match covered.as_slice() {
            [.., (before, _), (last, _)] if before == last => None,
            [.., (_, id)] => Some(*id),
            [] => None,
        }
    }

    /// Whether the store holds a pack now that was not decided on.
    pub(crate) async fn has_missed<P: FactsRead>(&self, ports: &P) -> Result<bool> {
        for id in self.heads.keys() {
            let keys = ports.pack_keys(id).await?;
            if keys.into_iter().any(|key| !self.keys.contains(&(id.clone(), key))) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The id that has been committed under before; of several the one whose case is furthest, then the one whose case is
/// newest; of none the first in order. Guards on the other heads make concurrent choices of different homes impossible.
async fn home<P: CasesRead>(
    ports: &P,
    heads: &BTreeMap<MemberId, Head>,
    program: &ProgramId,
) -> Result<MemberId> {
    let committed: Vec<&MemberId> =
        heads.iter().filter(|(_, head)| head.version.0 > 0).map(|(id, _)| id).collect();
    let chosen = match committed.as_slice() {
        [] => heads.keys().next(),
        [only] => Some(*only),
        several => {
            let mut ranked = Vec::with_capacity(several.len());
            for id in several {
                let record = ports.case(id, program).await?;
                ranked.push((record.map(|record| progress(&record.case)), Reverse(*id)));
            }
            ranked.into_iter().max().map(|(_, Reverse(id))| id)
        }
    };
    chosen.cloned().ok_or(PortError::Corrupt { operation: "choose home" })
}

/// How far a case has come, for the choice between two of one person: open before ended, enrolled before not, newest.
fn progress(case: &Case) -> (bool, bool, icm_domain::moment::Moment) {
    (case.is_open(), case.phase() == Phase::Enrolled, case.opened)
}
