//! The what-if job that a person asked for, carried on by one step a run: criteria tried on everybody whom the store
//! knows. A step reads a bounded number of members and writes what it counted with the place where the next one begins,
//! so that a step that is lost or done twice changes no count.

use crate::Review;
use futures_util::{StreamExt, TryStreamExt, stream};
use icm_casework::whatif::{self, CHANGES_MAX, Changes, Held, Job, State};
use icm_casework::{InForce, Person};
use icm_domain::facts::MemberFacts;
use icm_domain::ids::MemberId;
use icm_measure::whatif::{Change, Tally, compare};
use icm_ports::{
    Clock, FactsRead, MemberRead, MembersPage, PortError, RegistryRead, RegistryWrite, Result, Version,
};

/// Members after which a step ends with its page. At one step a minute this is 240,000 an hour.
const MEMBERS_A_STEP: u64 = 4_000;

/// Pages of the members table that a step reads at most; a page is a megabyte.
const PAGES: usize = 60;

/// Members that are read at the same time.
const AT_ONCE: usize = 16;

/// What one member adds.
struct Looked {
    tally: Tally,
    change: Option<Change>,
    unreadable: bool,
}

impl Looked {
    fn nothing() -> Self {
        Self { tally: Tally::default(), change: None, unreadable: false }
    }
}

/// One step of the job that was asked for first. Returns the members that were looked at.
pub(crate) async fn step<S, Q, C>(review: &Review<S, Q, C>) -> Result<u64>
where
    S: MembersPage + FactsRead + MemberRead + RegistryRead + RegistryWrite,
    Q: Send + Sync,
    C: Clock,
{
    let open = whatif::jobs(&review.store).await?.into_iter().rev().find(|held| held.job.is_open());
    let Some(mut held) = open else { return Ok(0) };
    let in_force = InForce::shipped(review.tables.as_ref().clone()).published_in(&review.store).await?;
    let basis = in_force.fingerprint();
    // What was published in between would mix two comparisons: the job begins anew.
    let begins = held.job.state == State::Waiting || held.job.basis != basis;
    let mut changes = if begins { Changes::new() } else { whatif::changes(&review.store, &held).await? };
    if begins {
        held.job.begin(basis);
    }
    let before = held.job.tally.members;
    for _ in 0..PAGES {
        let (members, next) = review.store.members_after(held.job.after.as_deref()).await?;
        let (store, job, rules) = (&review.store, &held.job, &in_force);
        let reading = members.into_iter().map(|member| look(store, member, job, rules));
        let looked: Vec<Looked> = stream::iter(reading).buffered(AT_ONCE).try_collect().await?;
        for one in looked {
            add(&mut held.job, &mut changes, one);
        }
        held.job.after = next;
        if held.job.after.is_none() {
            held.job.end(State::Done, review.clock.now());
            break;
        }
        if held.job.tally.members - before >= MEMBERS_A_STEP {
            break;
        }
    }
    let looked_at = held.job.tally.members - before;
    keep(&review.store, &held, &changes).await.map(|kept| if kept { looked_at } else { 0 })
}

fn add(job: &mut Job, changes: &mut Changes, looked: Looked) {
    job.tally.add(looked.tally);
    job.unreadable += u64::from(looked.unreadable);
    if let Some(change) = looked.change
        && (changes.len() < CHANGES_MAX || changes.contains_key(&change.member_id))
    {
        changes.insert(change.member_id.clone(), change);
    }
}

/// Writes what a step found; false when another run was quicker or a person ended the job.
async fn keep<S: RegistryRead + RegistryWrite>(store: &S, held: &Held, changes: &Changes) -> Result<bool> {
    let kept = match whatif::keep_changes(store, held, changes).await {
        Ok(()) => whatif::keep(store, held).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(()) => Ok(true),
        Err(PortError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Decides about a member under both. Somebody whose facts cannot be read is counted as such and keeps nobody waiting.
async fn look<S: FactsRead + MemberRead>(
    store: &S,
    member: MemberId,
    job: &Job,
    rules: &InForce,
) -> Result<Looked> {
    let person = match Person::load(store, &member, job.as_of).await {
        Ok(person) => person,
        Err(PortError::Corrupt { .. }) => return Ok(Looked { unreadable: true, ..Looked::nothing() }),
        Err(error) => return Err(error),
    };
    let facts = &person.facts;
    if !job.counts(facts.lob(job.as_of)) || !stands_here(store, &member, facts).await? {
        return Ok(Looked::nothing());
    }
    let policies = (rules.policy(facts, job.as_of), rules.policy_under(&job.criteria, facts, job.as_of));
    let mut looked = Looked::nothing();
    looked.change = compare(&member, facts, job.as_of, policies, &mut looked.tally);
    Ok(looked)
}

/// Whether somebody with several ids is counted under this one: the first that was ever decided under.
async fn stands_here<S: MemberRead>(store: &S, member: &MemberId, facts: &MemberFacts) -> Result<bool> {
    let mut earlier: Vec<&MemberId> = facts.aliases.iter().filter(|other| *other < member).collect();
    earlier.sort();
    for other in earlier {
        if store.head(other).await?.version > Version(0) {
            return Ok(false);
        }
    }
    Ok(true)
}
