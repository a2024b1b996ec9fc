//! One decision of a store explained: from the facts that it holds, by the rules in force, as of the day on which the decision
//! that stands was made.

use super::{PROGRAM, RunError, functions, rules};
use crate::stack::Account;
use icm_domain::decision::record::record;
use icm_domain::decision::{Standing, decide};
use icm_domain::ids::{MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_ports::PortError;
use identify_members::standing_decision;

/// The explanation in words; none where no decision stands.
///
/// # Errors
/// When the store or its rules cannot be read.
pub async fn text(account: &Account, member: &MemberId) -> Result<Option<String>, RunError> {
    let wrong = |error: PortError| RunError::Function(error.to_string());
    let store = functions::store(account, "operations");
    let today = Moment::from_millis(account.clock().now_ms()).day();
    let rules = rules::in_force(&store, today).await?;
    let (_, head, facts) =
        standing_decision(&store, member, &ProgramId::new(PROGRAM)).await.map_err(wrong)?;
    let Some(as_of) = head.as_of else { return Ok(None) };
    let (policy, standing) = (rules.policy(&facts, as_of), Standing::default());
    // Without the case that the decision opened: what is asked is why it was opened.
    let decision = decide(&facts, &standing, as_of, policy);
    let record = record(&facts, &standing, as_of, policy, &decision);
    Ok(Some(crate::commands::explain::text(member.as_str(), &record, &facts)))
}
