//! One case in work: read, changed by events, committed in one transaction.
//!
//! The head is read first. Every commit moves its version, so whatever is read after it is at least as new, and if
//! something is newer the commit is refused and the caller loads again (DESIGN D3).

use crate::person::Person;
use icm_contract::pack;
use icm_domain::case::apply;
use icm_domain::case::effect::EffectKind;
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::refusal::Refusal;
use icm_domain::case::state::Case;
use icm_domain::case::transition::Transition;
use icm_domain::ids::{ActorId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_ports::{
    CapacityTake, CaseRecord, CasesRead, Commit, EffectRecord, EffectStatus, EffectsRead, Head, MemberCommit,
    MemberRead, Pack, PackKey, Result,
};

/// A case in work.
#[derive(Clone, Debug)]
pub struct Work {
    record: CaseRecord,
    outbox: Vec<EffectRecord>,
    commit: Commit,
    touched: bool,
}

impl Work {
    /// Loads the newest case of a program; none: the member has none.
    pub async fn load<S: MemberRead + CasesRead + EffectsRead>(
        store: &S,
        member: &MemberId,
        program: &ProgramId,
    ) -> Result<Option<Self>> {
        let head = store.head(member).await?;
        let Some(record) = store.case(member, program).await? else { return Ok(None) };
        let outbox = store.effects(member).await?;
        Ok(Some(Self::of(member.clone(), &head, record, outbox)))
    }

    /// From what was read: the head first.
    pub fn of(member: MemberId, head: &Head, record: CaseRecord, outbox: Vec<EffectRecord>) -> Self {
        let commit = Commit::of_head(member, head, head.clone());
        Self { record, outbox, commit, touched: false }
    }

    /// The case as it stands with the events applied so far.
    pub const fn case(&self) -> &Case {
        &self.record.case
    }

    /// The record as it stands with the events applied so far.
    pub const fn record(&self) -> &CaseRecord {
        &self.record
    }

    /// Takes what lists show of the member from the facts; written when something else is.
    pub fn describe(&mut self, person: &Person) {
        self.record.about = Particulars::of(&person.facts, person.today);
    }

    /// The member whose partition the case stands in.
    pub const fn member(&self) -> &MemberId {
        &self.commit.member
    }

    /// The member's head, as it will be committed.
    pub const fn head(&self) -> &Head {
        &self.commit.head
    }

    /// The member's outbox, as read.
    pub fn outbox(&self) -> &[EffectRecord] {
        &self.outbox
    }

    /// The version of the member on which everything here rests: what an enrolment names (DESIGN §7).
    pub const fn facts_version(&self) -> u64 {
        self.commit.expected.0
    }

    /// Applies an event; a refusal changes nothing and is not recorded ([`Self::refuse`] does that).
    pub fn apply(&mut self, event: &CaseEvent) -> std::result::Result<Transition, Refusal> {
        let transition = apply(&self.record.case, event)?;
        let facts = pack::encode(&self.commit.member, &transition.facts);
        let packs = facts.into_iter().map(|encoded| Pack {
            key: PackKey::new(encoded.key),
            bytes: encoded.bytes,
            expires: encoded.expires,
        });
        // Two events of one commit may say the same; an item may stand in a transaction once.
        let new = packs.filter(|made| self.commit.packs.iter().all(|held| held.key != made.key)).collect();
        self.commit.add_transition(&self.record, event, transition.clone(), new, &self.outbox);
        self.settled();
        Ok(transition)
    }

    /// Records a refused event: nothing else changes (DESIGN D7).
    pub fn refuse(&mut self, event: &CaseEvent, refusal: Refusal) {
        self.commit.add_refusal(&self.record, event, refusal);
        self.settled();
    }

    /// Takes places, in the commit of the admission alone (D13).
    pub fn take(&mut self, capacity: CapacityTake) {
        self.commit.add_capacity(capacity);
    }

    /// What the applied events would send was sent long ago, by another system: the offer stays as sent, because
    /// updates and recalls refer to it; what stops something of ours is sent; nothing else comes to be.
    pub fn sent_long_ago(&mut self) {
        self.commit.effects.retain_mut(|effect| {
            if matches!(effect.effect.what, EffectKind::OfferVendor { .. }) {
                effect.status = EffectStatus::Sent;
                return true;
            }
            effect.effect.what.stops_something()
        });
    }

    /// Looks at the case again at `due`, without an event.
    pub fn look_again(&mut self, due: Moment) {
        self.record.due = Some(due);
        let record = self.record.clone();
        self.commit.cases.retain(|held| held.case.id != record.case.id);
        self.commit.cases.push(record);
        self.touched = true;
    }

    fn settled(&mut self) {
        let id = self.record.case.id.clone();
        if let Some(now) = self.commit.cases.iter().find(|held| held.case.id == id) {
            self.record = now.clone();
        }
        self.touched = true;
    }

    /// Whether anything is to be committed.
    pub const fn is_changed(&self) -> bool {
        self.touched
    }

    /// Commits all that was applied, or nothing. Without changes nothing is written.
    pub async fn commit<S: MemberCommit>(self, store: &S) -> Result<CaseRecord> {
        if self.touched {
            store.commit(&self.commit).await?;
        }
        Ok(self.record)
    }
}

/// An event of a machine, recorded now.
pub fn event_of(key: impl Into<Box<str>>, actor: &str, now: Moment, kind: EventKind) -> CaseEvent {
    CaseEvent { key: key.into(), actor: ActorId::new(actor), occurred: now, recorded: now, kind }
}
