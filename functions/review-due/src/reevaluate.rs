//! The population decided again when other criteria come into force, by publication or by date: a job in small steps,
//! throttled and resumable, through the facts queue (DESIGN D6).

use crate::Review;
use icm_casework::rules;
use icm_contract::facts_message::MEMBERS_MAX;
use icm_contract::keys::short_hash;
use icm_contract::stored::to_json;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_ports::{
    Body, Clock, Destination, MembersPage, PortError, QueueSend, RegistryKind, RegistryRead, RegistryRecord,
    RegistryWrite, Result,
};
use serde::{Deserialize, Serialize};

/// Key of the job's progress.
const KEY: &str = "reevaluation";

/// Pages of the members table that one run reads. A page is a megabyte, some hundred members: at one run a minute this
/// is a quarter of a million members an hour, far below what the facts queue and its function take.
const PAGES: usize = 40;

/// How far the job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// What is in force, as a hash: the job is about this.
    rules: String,
    /// Where the next page begins; none: at the start.
    after: Option<Box<str>>,
    /// Everybody has been asked for.
    done: bool,
    /// Members asked for.
    members: u64,
}

/// One run of the job: nothing to do unless other rules are in force than those that everybody was decided by. Returns
/// the members that were asked for.
pub(crate) async fn step<S, Q, C>(review: &Review<S, Q, C>, today: Day) -> Result<u64>
where
    S: MembersPage + RegistryRead + RegistryWrite,
    Q: QueueSend,
    C: Clock,
{
    let in_force = in_force(&review.store, today).await?;
    let found = review.store.record(RegistryKind::Progress, KEY).await?;
    let revision = found.as_ref().map_or(0, |record| record.revision);
    let before: Option<Progress> = found.map(|record| read(&record.body.text)).transpose()?;
    let mut progress = match before {
        Some(progress) if progress.rules == in_force => progress,
        // A new store: nobody has been decided by anything else.
        None => Progress { rules: in_force, done: true, ..Progress::default() },
        Some(_) => Progress { rules: in_force, ..Progress::default() },
    };
    if progress.done && revision > 0 {
        return Ok(0);
    }
    let mut asked = 0;
    for _ in 0..PAGES {
        if progress.done {
            break;
        }
        let (members, next) = review.store.members_after(progress.after.as_deref()).await?;
        let messages: Vec<_> = members.chunks(MEMBERS_MAX).map(crate::message).collect();
        if !messages.is_empty() && !review.queues.send(&Destination::Facts, &messages).await?.is_empty() {
            // The page is asked for again in the next run; a decision asked for twice is the same decision.
            break;
        }
        asked += members.len() as u64;
        progress = Progress { done: next.is_none(), after: next, ..progress };
    }
    progress.members += asked;
    let body = Body::new(1, to_json(&progress));
    let record = RegistryRecord { key: KEY.into(), revision: revision + 1, body };
    match review.store.write(RegistryKind::Progress, &record).await {
        // Another run was quicker; what both asked for is decided the same.
        Ok(()) | Err(PortError::Conflict { .. }) => Ok(asked),
        Err(error) => Err(error),
    }
}

fn read(text: &str) -> Result<Progress> {
    serde_json::from_str(text).map_err(|_| PortError::Corrupt { operation: "read re-evaluation" })
}

/// What decides today, as a hash: it changes when criteria are published, begin or end, and with the cost cut-offs.
async fn in_force<R: RegistryRead>(registry: &R, today: Day) -> Result<String> {
    let holds = |criteria: &Criteria| {
        criteria.effective_from.is_none_or(|from| from <= today)
            && criteria.effective_thru.is_none_or(|thru| today <= thru)
    };
    let criteria: Vec<Criteria> = rules::criteria(registry).await?.into_iter().filter(holds).collect();
    let cutoffs = rules::cutoffs(registry).await?;
    Ok(short_hash(to_json(&(criteria, cutoffs)).as_bytes()))
}
