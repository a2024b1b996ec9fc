//! Facts, heads, cases, commits and projections.

use super::{MemberState, Ports, State};
use crate::plant::Plant;
use icm_contract::pack;
use icm_domain::case::effect::{EffectKind, TaskKind};
use icm_domain::facts::Fact;
use icm_domain::ids::{CaseId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_ports::{
    Body, CaseRecord, CasesRead, Commit, DayPart, DaySpan, DueEntry, DueIndex, DueKind, DueSubject,
    EffectStatus, EventRecord, FactsAppend, FactsRead, Head, MemberCommit, MemberRead, MembersPage, Pack,
    PackKey, PortError, Result, WorkRow, Worklist,
};

/// What is stored of a member; nothing when nothing was ever written.
fn of<T: Default>(state: &State, member: &MemberId, read: impl FnOnce(&MemberState) -> T) -> T {
    state.member(member).map(read).unwrap_or_default()
}

impl FactsAppend for Ports {
    async fn append(&self, member: &MemberId, packs: &[Pack]) -> Result<()> {
        if packs.is_empty() {
            return Ok(());
        }
        self.call("append facts", |state| {
            let held = state.written(member);
            for pack in packs {
                held.packs.insert(pack.key.as_str().to_owned(), pack.clone());
            }
            Ok(())
        })
        .await
    }
}

impl FactsRead for Ports {
    async fn packs(&self, member: &MemberId) -> Result<Vec<Pack>> {
        self.look("read facts", |state| of(state, member, |held| held.packs.values().cloned().collect()))
            .await
    }

    async fn pack_keys(&self, member: &MemberId) -> Result<Vec<PackKey>> {
        self.look("read fact keys", |state| {
            if state.plant == Some(Plant::NoReread) {
                return Vec::new();
            }
            of(state, member, |held| held.packs.values().map(|pack| pack.key.clone()).collect())
        })
        .await
    }
}

impl MemberRead for Ports {
    async fn head(&self, member: &MemberId) -> Result<Head> {
        self.look("read head", |state| of(state, member, |held| held.head.clone())).await
    }

    async fn decision(&self, member: &MemberId) -> Result<Option<Body>> {
        self.look("read decision", |state| of(state, member, |held| held.decision.clone())).await
    }
}

/// Members of a page: few, so that small worlds have several pages.
const PAGE: usize = 3;

impl MembersPage for Ports {
    async fn members_after(&self, after: Option<&str>) -> Result<(Vec<MemberId>, Option<Box<str>>)> {
        self.look("go through members", |state| {
            let decided = state.members.iter().filter(|(_, held)| held.head.version.0 > 0);
            let behind = decided.filter(|(id, _)| after.is_none_or(|after| id.as_str() > after));
            let page: Vec<MemberId> = behind.map(|(id, _)| id.clone()).take(PAGE).collect();
            let next = page.last().filter(|_| page.len() == PAGE).map(|last| last.as_str().into());
            (page, next)
        })
        .await
    }
}

impl CasesRead for Ports {
    async fn cases(&self, member: &MemberId) -> Result<Vec<CaseRecord>> {
        self.look("read cases", |state| of(state, member, |held| held.cases.values().cloned().collect()))
            .await
    }

    async fn case(&self, member: &MemberId, program: &ProgramId) -> Result<Option<CaseRecord>> {
        self.look("read case", |state| of(state, member, |held| held.cases.get(program.as_str()).cloned()))
            .await
    }

    async fn events(&self, member: &MemberId, case_id: &CaseId) -> Result<Vec<EventRecord>> {
        self.look("read case events", |state| {
            of(state, member, |held| {
                held.events.values().filter(|event| event.case_id == *case_id).cloned().collect()
            })
        })
        .await
    }
}

impl MemberCommit for Ports {
    async fn commit(&self, commit: &Commit) -> Result<()> {
        let plant = self.world.state().plant;
        if plant == Some(Plant::WriteThenSend) {
            self.call("commit member", |state| state.commit_as_sent(commit)).await?;
            return self.send_at_once(commit).await;
        }
        if plant == Some(Plant::SendBeforeCommit) {
            self.send_at_once(commit).await?;
        }
        let forgetful = plant.and_then(|plant| forgetting(plant, commit));
        self.call("commit member", |state| state.commit(forgetful.as_ref().unwrap_or(commit))).await
    }
}

/// The commit of somebody who forgets something; none: of somebody who does not.
fn forgetting(plant: Plant, commit: &Commit) -> Option<Commit> {
    let mut commit = commit.clone();
    match plant {
        Plant::FollowUpLost => commit.effects.retain(|effect| {
            !matches!(&effect.effect.what, EffectKind::InternalTask { task: TaskKind::AcuteFollowUp, .. })
        }),
        Plant::LedgerLost => commit.head.ledger.clear(),
        Plant::ClosureLost => {
            let member = commit.member.clone();
            commit.packs.retain(|held| {
                let facts = pack::decode(&member, &held.bytes).unwrap_or_default();
                !facts.iter().any(|fact| matches!(fact, Fact::Closure(_)))
            });
        }
        Plant::SendBeforeCommit
        | Plant::WriteThenSend
        | Plant::NoDeduplicationKey
        | Plant::AckBeforeCommit
        | Plant::NoReread
        | Plant::LostCondition
        | Plant::OptOutIgnored
        | Plant::RepliesOutOfOrder
        | Plant::SweepMissing => return None,
    }
    Some(commit)
}

impl State {
    /// The commit of somebody who sends what it causes without an outbox.
    fn commit_as_sent(&mut self, commit: &Commit) -> Result<()> {
        let mut commit = commit.clone();
        for effect in &mut commit.effects {
            effect.status = EffectStatus::Sent;
        }
        self.commit(&commit)
    }

    fn commit(&mut self, commit: &Commit) -> Result<()> {
        let operation = "commit member";
        if commit.items() > Commit::ITEMS_MAX {
            return Err(PortError::Corrupt { operation });
        }
        let held = self.member(&commit.member).cloned().unwrap_or_default();
        if !self.holds(commit, &held) {
            return Err(PortError::Conflict { operation });
        }
        for capacity in &commit.capacity {
            *self.taken.entry(capacity.key.clone()).or_default() += capacity.take;
        }
        let stream = commit.effects.iter().map(|effect| (commit.member.clone(), effect.id().clone()));
        self.stream.extend(stream);
        *self.written(&commit.member) = applied(commit, held);
        Ok(())
    }

    /// Whether every condition of the commit is true.
    fn holds(&self, commit: &Commit, held: &MemberState) -> bool {
        let not_older = match (held.head.as_of, commit.head.as_of) {
            (Some(stored), Some(new)) => stored <= new,
            _ => true,
        };
        let guards =
            commit.guards.iter().all(|(id, version)| of(self, id, |other| other.head.version) == *version);
        let fresh_events = commit
            .events
            .iter()
            .all(|event| !held.events.contains_key(&(event.case_id.as_str().to_owned(), event.seq)));
        let fresh_effects =
            commit.effects.iter().all(|effect| !held.effects.contains_key(effect.id().as_str()));
        let cancellable = commit.cancels.iter().all(|id| {
            let status = held.effects.get(id.as_str()).map(|effect| effect.status);
            matches!(status, Some(EffectStatus::Pending | EffectStatus::Held))
        });
        let room = commit.capacity.iter().all(|capacity| {
            let taken = self.taken.get(&capacity.key).copied().unwrap_or_default();
            capacity.take <= 0 || taken + capacity.take <= capacity.limit
        });
        let version = held.head.version == commit.expected;
        if self.plant == Some(Plant::LostCondition) {
            return true;
        }
        version && not_older && guards && fresh_events && fresh_effects && cancellable && room
    }
}

fn applied(commit: &Commit, mut held: MemberState) -> MemberState {
    held.head = commit.head.clone();
    if commit.decision.is_some() {
        held.decision.clone_from(&commit.decision);
    }
    for pack in &commit.packs {
        held.packs.insert(pack.key.as_str().to_owned(), pack.clone());
    }
    for record in &commit.cases {
        let program = record.case.program.as_str();
        let key = if record.retired {
            format!("{program}#{}", record.case.id.as_str())
        } else {
            program.to_owned()
        };
        held.cases.insert(key, record.clone());
    }
    for event in &commit.events {
        held.events.insert((event.case_id.as_str().to_owned(), event.seq), event.clone());
    }
    for effect in &commit.effects {
        held.effects.insert(effect.id().as_str().to_owned(), effect.clone());
    }
    for id in &commit.cancels {
        if let Some(effect) = held.effects.get_mut(id.as_str()) {
            effect.status = EffectStatus::Cancelled;
        }
    }
    held
}

impl DueIndex for Ports {
    async fn due(
        &self,
        kind: DueKind,
        shard: u8,
        until: Moment,
        after: Option<Moment>,
        limit: usize,
    ) -> Result<Vec<DueEntry>> {
        self.look("read due index", |state| {
            let members = state.projected().iter();
            let mut entries: Vec<DueEntry> = members
                .filter(|(member, _)| icm_contract::keys::shard(member) == shard)
                .flat_map(|(member, held)| due_of(kind, member, held))
                .filter(|entry| entry.at <= until && after.is_none_or(|after| after <= entry.at))
                .collect();
            entries.sort();
            entries.truncate(limit);
            entries
        })
        .await
    }
}

fn due_of(kind: DueKind, member: &MemberId, held: &MemberState) -> Vec<DueEntry> {
    let entry = |at, what| DueEntry { at, member: member.clone(), what };
    match kind {
        DueKind::Member => held.head.review.map(|at| entry(at, DueSubject::Member)).into_iter().collect(),
        DueKind::Case => {
            let due =
                |record: &CaseRecord| Some(entry(record.due?, DueSubject::Case(record.case.program.clone())));
            held.cases.values().filter_map(due).collect()
        }
        DueKind::Effect => {
            let due = |effect: &icm_ports::EffectRecord| {
                let at = match effect.status {
                    EffectStatus::Pending | EffectStatus::Held => effect.since,
                    EffectStatus::Leased => effect.lease.as_ref()?.until,
                    EffectStatus::Sent | EffectStatus::Cancelled => return None,
                };
                Some(entry(at, DueSubject::Effect(effect.id().clone())))
            };
            held.effects.values().filter_map(due).collect()
        }
    }
}

impl Worklist for Ports {
    async fn work(
        &self,
        program: &ProgramId,
        queue: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<WorkRow>> {
        self.look("read worklist", |state| {
            let mut rows: Vec<WorkRow> = Vec::new();
            for (member, held) in state.projected() {
                let listed = held.cases.values().filter(|record| {
                    let place = record.work.as_ref();
                    record.case.program == *program
                        && place.is_some_and(|work| {
                            *work.queue == *queue && after.is_none_or(|after| *work.sort > *after)
                        })
                });
                rows.extend(listed.map(|record| WorkRow { member: member.clone(), case: record.clone() }));
            }
            rows.sort_by(|one, other| (&one.case.work, &one.member).cmp(&(&other.case.work, &other.member)));
            rows.truncate(limit);
            rows
        })
        .await
    }

    async fn every_row(
        &self,
        program: &ProgramId,
        queue: &str,
        visit: &mut (dyn FnMut(WorkRow) + Send),
    ) -> Result<()> {
        self.work(program, queue, None, usize::MAX).await?.into_iter().for_each(visit);
        Ok(())
    }

    async fn by_day(&self, part: &DayPart<'_>, span: &DaySpan<'_>, limit: usize) -> Result<Vec<WorkRow>> {
        self.look("read worklist by day", |state| {
            let mut rows: Vec<(String, WorkRow)> = Vec::new();
            for (member, held) in state.projected() {
                if icm_contract::keys::shard(member) % icm_contract::keys::DAY_SHARDS != part.shard {
                    continue;
                }
                let listed = held.cases.values().filter(|record| {
                    record.case.program == *part.program
                        && record.about.lob == part.lob
                        && record.next.is_some_and(|step| step.turn() == part.turn)
                });
                rows.extend(listed.filter_map(|record| {
                    let sort = record.day_sort()?;
                    let within = span.after.is_none_or(|after| *sort > *after)
                        && span.until.is_none_or(|until| *sort <= *until);
                    let row = WorkRow { member: member.clone(), case: record.clone() };
                    within.then_some((sort, row))
                }));
            }
            rows.sort_by(|one, other| one.0.cmp(&other.0));
            rows.into_iter().map(|(_, row)| row).take(limit).collect()
        })
        .await
    }
}
