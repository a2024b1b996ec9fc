//! A store decided again: its members with their facts, and whether the decisions that stand are those that the rules in
//! force make of them today (DESIGN §7, first invariant).

use super::opened::Opened;
use super::{PROGRAM, RunError, functions, rules};
use icm_domain::day::Day;
use icm_domain::facts::MemberFacts;
use icm_domain::ids::{MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_ports::{MembersPage, PortError};
use identify_members::{Decider, Rules, standing_decision};
use std::sync::Arc;

/// What a store holds, decided again.
pub struct Replayed {
    /// Members with everything known about them.
    pub members: Vec<(MemberId, MemberFacts)>,
    /// The rules in force.
    pub rules: Arc<Rules>,
    /// The day of the store's clock.
    pub today: Day,
    /// Members whose decision today is another than the one that stands.
    pub differing: Vec<MemberId>,
}

/// Goes through a store.
pub async fn replay(opened: &Opened) -> Result<Replayed, RunError> {
    let wrong = |error: PortError| RunError::Function(error.to_string());
    let today = Moment::from_millis(opened.account.clock().now_ms()).day();
    let store = functions::store(&opened.account, "operations");
    let rules = rules::in_force(&store, today).await?;
    let program = ProgramId::new(PROGRAM);
    let mut replayed = Replayed { members: Vec::new(), rules, today, differing: Vec::new() };
    let mut after: Option<Box<str>> = None;
    loop {
        let (members, next) = store.members_after(after.as_deref()).await.map_err(wrong)?;
        for member in members {
            let (home, head, facts) = standing_decision(&store, &member, &program).await.map_err(wrong)?;
            // A person with several ids is decided under one of them.
            if home != member {
                continue;
            }
            let as_of = head.as_of.map_or(today, |decided| decided.max(today));
            let decided = replayed.rules.decide(&facts, as_of);
            if head.outcome.as_ref() != Some(decided.outcome()) {
                replayed.differing.push(member.clone());
            }
            replayed.members.push((member, facts));
        }
        after = next;
        if after.is_none() {
            return Ok(replayed);
        }
    }
}
