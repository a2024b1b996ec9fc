//! One member: append, read, decide, commit, read again.

use crate::absorb::absorb;
use crate::act;
use crate::acute;
use crate::asking::Asking;
use crate::decider::{Decided, Decider};
use crate::hear;
use crate::identity::IdKey;
use crate::reentry::Entry;
use crate::view::View;
use icm_contract::stored::Stored;
use icm_domain::day::Day;
use icm_domain::ids::MemberId;
use icm_ports::{Body, Clock, Commit, Head, Moment, Pack, PortError, Result};
use std::ops::AddAssign;

/// How often a decision is made again because somebody else committed, before the message is given back.
const RELOADS_MAX: u32 = 3;

/// How often a decision is made again because facts came in meanwhile. Each round has seen more facts; a member with
/// more arrivals than this in one invocation is left to their own messages.
const REDECISIONS_MAX: u32 = 8;

/// What was done, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Members.
    pub members: u64,
    /// Packs appended.
    pub packs: u64,
    /// Decisions made.
    pub decisions: u64,
    /// Commits.
    pub commits: u64,
    /// Decisions made again because a commit met another.
    pub conflicts: u64,
    /// Decisions made again because facts came in meanwhile.
    pub missed: u64,
    /// Members who are identified by this commit and were not before: what the circuit breaker counts.
    pub identified: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.members += other.members;
        self.packs += other.packs;
        self.decisions += other.decisions;
        self.commits += other.commits;
        self.conflicts += other.conflicts;
        self.missed += other.missed;
        self.identified += other.identified;
    }
}

/// The work on one member.
pub(crate) struct Identify<'a, P, D, C> {
    pub(crate) ports: &'a P,
    pub(crate) decider: &'a D,
    pub(crate) clock: &'a C,
    pub(crate) ids: &'a IdKey,
}

impl<P: crate::Ports, D: Decider, C: Clock> Identify<'_, P, D, C> {
    /// Appends the packs of a member and brings the decision up to date.
    pub(crate) async fn member(&self, member: &MemberId, packs: &[Pack]) -> Result<Tally> {
        let mut tally = Tally { members: 1, packs: packs.len() as u64, ..Tally::default() };
        self.ports.append(member, packs).await?;
        let mut reloads = 0;
        while let Err(error) = self.settle(member, &mut tally).await {
            if !error.wants_reload() || reloads >= RELOADS_MAX {
                return Err(error);
            }
            reloads += 1;
            tally.conflicts += 1;
        }
        Ok(tally)
    }

    /// Decides until the decision that stands has seen every fact.
    ///
    /// Without a commit nothing need be read again: of two deciders that change nothing, the one that read later has
    /// read after both appended. With a commit, another decider may have read the old outcome and found nothing to
    /// change before this commit put an outdated outcome in its place.
    async fn settle(&self, member: &MemberId, tally: &mut Tally) -> Result<()> {
        for _ in 0..REDECISIONS_MAX {
            let view = View::read(self.ports, member, self.decider.program()).await?;
            if absorb(self, &view).await? {
                tally.commits += 1;
                continue;
            }
            tally.decisions += 1;
            let Some(commit) = self.commit_for(&view).await? else { return Ok(()) };
            self.ports.commit(&commit).await?;
            tally.commits += 1;
            tell(&commit);
            tally.identified += u64::from(newly_identified(&view.head(), &commit.head));
            if !view.has_missed(self.ports).await? {
                return Ok(());
            }
            tally.missed += 1;
        }
        Err(PortError::Throttled { operation: "settle decision" })
    }

    /// The commit that the decision needs; none when the outcome stands already.
    async fn commit_for(&self, view: &View) -> Result<Option<Commit>> {
        let head = view.head();
        let now = self.clock.now();
        // A day that has been decided for is never taken back (D3).
        let as_of = head.as_of.map_or(self.clock.today(), |stored| stored.max(self.clock.today()));
        let decided = self.decider.decide(&view.facts, as_of);
        let stands = head.outcome.as_ref() == Some(decided.outcome());
        let entry = Entry::of(self, view, &decided, stands, as_of).await?;
        let asking = Asking::of(self, view, &decided, as_of).await?;
        let review = next_review(&decided, asking.again.or(entry.again()), now);
        let acute = acute::told(self, view, &decided, as_of).await?;
        let unheard = hear::waiting(self, view, &decided, as_of).await?;
        if stands
            && entry.stands()
            && asking.what.is_none()
            && acute.is_empty()
            && unheard.is_none()
            && !overdue(&head, review, now)
        {
            return Ok(None);
        }
        let mut commit = base(view, &head, &decided, as_of, review);
        if !stands || !entry.stands() {
            act::on_decision(self, view, (&head, &decided), entry, now, &mut commit).await?;
        }
        asking.add(self, view, now, &mut commit);
        hear::tell(self, view, unheard, as_of, now, &mut commit).await?;
        acute::follow_up(self, view, acute, now, &mut commit).await?;
        Ok(Some(commit))
    }
}

/// One line for a commit that touches a case or has effects: from here on a case and its effects go by their own ids, which the relay's
/// lines and the messages to vendors carry. Few decisions have any.
fn tell(commit: &Commit) {
    if commit.effects.is_empty() && commit.cases.is_empty() {
        return;
    }
    let cases = commit.cases.iter().map(|held| held.case.id.as_str()).collect::<Vec<_>>().join(" ");
    let effects = commit.effects.iter().map(|held| held.effect.id.as_str()).collect::<Vec<_>>().join(" ");
    tracing::info!(cases, effects, "case committed");
}

/// Whether the commit identifies a member whom the decision before did not.
fn newly_identified(before: &Head, after: &Head) -> bool {
    let identified = |head: &Head| head.outcome.as_ref().is_some_and(|outcome| outcome.decision.identifies());
    identified(after) && !identified(before)
}

/// The commit of the decision itself.
fn base(view: &View, head: &Head, decided: &Decided, as_of: Day, review: Option<Moment>) -> Commit {
    let new = Head { as_of: Some(as_of), outcome: Some(decided.outcome().clone()), review, ..head.clone() };
    let mut commit = Commit::of_head(view.home.clone(), head, new);
    let mut record = decided.record.clone();
    record.facts_version = commit.head.version.0;
    record.packs = view.keys.len() as u64;
    commit.decision = Some(Body::new(icm_contract::DecisionRecord::VERSION, record.write()));
    let others = view.heads.iter().filter(|(id, _)| **id != view.home);
    commit.guards = others.map(|(id, head)| (id.clone(), head.version)).collect();
    commit
}

/// When time alone may change the decision, or an answer is overdue: never in the past, or the timer would fire for ever.
fn next_review(decided: &Decided, again: Option<Day>, now: Moment) -> Option<Moment> {
    let days = decided.outcome().next_review.into_iter().chain(again);
    days.min().map(|day| Moment::start_of(day).max(Moment::start_of(now.day().plus(1))))
}

/// A timer that has fired is moved on, or taken off, even when the outcome stands.
fn overdue(head: &Head, review: Option<Moment>, now: Moment) -> bool {
    head.review.is_some_and(|stored| stored <= now) && head.review != review
}
