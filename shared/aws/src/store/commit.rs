//! The one transaction.

use super::{Store, backoff, cases, effects, facts, head, values};
use crate::error::{Intent, of_code, port_error};
use crate::item::{Item, Writing, number, text};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Put, TransactWriteItem, Update,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use icm_contract::keys;
use icm_contract::stored::Stored;
use icm_domain::ids::{EffectId, MemberId};
use icm_ports::{CapacityTake, Commit, EffectStatus, MemberCommit, PortError, Result, Version};

const OPERATION: &str = "commit member";

/// How often a transaction that met another one in flight is tried again here, before the message is given back.
const CONTENTION_ROUNDS: u32 = 4;

impl MemberCommit for Store {
    async fn commit(&self, commit: &Commit) -> Result<()> {
        if commit.items() > Commit::ITEMS_MAX {
            return Err(PortError::Corrupt { operation: OPERATION });
        }
        if commit.capacity.iter().any(|capacity| capacity.take > 0 && capacity.take > capacity.limit) {
            return Err(PortError::Conflict { operation: OPERATION });
        }
        let items = self.transaction(commit)?;
        let mut round = 0;
        loop {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = request.client_request_token(token(commit)).send().await else {
                return Ok(());
            };
            let error = transaction_error(&error);
            let contended = matches!(error, PortError::Throttled { .. });
            if !contended || round >= CONTENTION_ROUNDS {
                return Err(error);
            }
            tokio::time::sleep(backoff(round)).await;
            round += 1;
        }
    }
}

impl Store {
    fn transaction(&self, commit: &Commit) -> Result<Vec<TransactWriteItem>> {
        let member = &commit.member;
        let mut items = vec![self.head_put(commit)?];
        if let Some(body) = &commit.decision {
            let item = Writing::new(keys::member(member), keys::DECISION, body.version)
                .with("body", text(body.text.as_ref()))
                .done();
            items.push(self.put_item(item, None)?);
        }
        for pack in &commit.packs {
            items.push(self.put_item(facts::item(member, pack), None)?);
        }
        for case in &commit.cases {
            items.push(self.put_item(cases::item(member, case), None)?);
        }
        // Events and effects are written once: one that is there already was committed by somebody else.
        for event in &commit.events {
            items.push(self.put_item(cases::event_item(member, event), Some("attribute_not_exists(pk)"))?);
        }
        for effect in &commit.effects {
            items.push(self.put_item(effects::item(member, effect), Some("attribute_not_exists(pk)"))?);
        }
        for id in &commit.cancels {
            items.push(self.cancel(member, id)?);
        }
        for (guarded, version) in &commit.guards {
            items.push(self.guard(guarded, *version)?);
        }
        for capacity in &commit.capacity {
            items.push(self.take(capacity)?);
        }
        Ok(items)
    }

    fn put_item(&self, item: Item, condition: Option<&str>) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&self.tables.members)
            .set_item(Some(item))
            .set_condition_expression(condition.map(str::to_owned));
        Ok(TransactWriteItem::builder().put(put.build().map_err(|_| unbuildable())?).build())
    }

    /// The head: somebody else's commit, or one as of a later day, refuses it (D3).
    fn head_put(&self, commit: &Commit) -> Result<TransactWriteItem> {
        let mut condition = version_condition(commit.expected).to_owned();
        let mut put = Put::builder()
            .table_name(&self.tables.members)
            .set_item(Some(head::item(&commit.member, &commit.head)));
        if commit.expected != Version(0) {
            put = put.expression_attribute_values(":expected", number(commit.expected.0));
            if let Some(as_of) = commit.head.as_of {
                condition.push_str(" AND (attribute_not_exists(as_of) OR as_of <= :as_of)");
                put = put.expression_attribute_values(":as_of", text(as_of.to_string()));
            }
        }
        let put = put.condition_expression(condition).build().map_err(|_| unbuildable())?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn guard(&self, member: &MemberId, version: Version) -> Result<TransactWriteItem> {
        let mut check = ConditionCheck::builder()
            .table_name(&self.tables.members)
            .key(keys::PK, text(keys::member(member)))
            .key(keys::SK, text(keys::META))
            .condition_expression(version_condition(version));
        if version != Version(0) {
            check = check.expression_attribute_values(":expected", number(version.0));
        }
        Ok(TransactWriteItem::builder().condition_check(check.build().map_err(|_| unbuildable())?).build())
    }

    fn cancel(&self, member: &MemberId, id: &EffectId) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.tables.members)
            .key(keys::PK, text(keys::member(member)))
            .key(keys::SK, text(keys::effect(id)))
            .update_expression("SET #state = :cancelled REMOVE due_pk, due_sk")
            .condition_expression("#state IN (:pending, :held)")
            .expression_attribute_names("#state", "state")
            .set_expression_attribute_values(values([
                (":cancelled", text(EffectStatus::Cancelled.id())),
                (":pending", text(EffectStatus::Pending.id())),
                (":held", text(EffectStatus::Held.id())),
            ]));
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| unbuildable())?).build())
    }

    fn take(&self, capacity: &CapacityTake) -> Result<TransactWriteItem> {
        let mut update = Update::builder()
            .table_name(&self.tables.registry)
            .key(keys::PK, text(keys::TAKEN))
            .key(keys::SK, text(capacity.key.as_ref()))
            .update_expression("SET v = :v ADD used :take")
            .expression_attribute_values(":take", number(capacity.take))
            .expression_attribute_values(":v", number(crate::item::ITEM_V1));
        // Giving back is never refused: a lowered limit must not hold places captive.
        if capacity.take > 0 {
            let most: AttributeValue = number(capacity.limit - capacity.take);
            update = update
                .condition_expression("attribute_not_exists(used) OR used <= :most")
                .expression_attribute_values(":most", most);
        }
        Ok(TransactWriteItem::builder().update(update.build().map_err(|_| unbuildable())?).build())
    }
}

const fn version_condition(version: Version) -> &'static str {
    if version.0 == 0 { "attribute_not_exists(pk)" } else { "ver = :expected" }
}

const fn unbuildable() -> PortError {
    PortError::Corrupt { operation: OPERATION }
}

/// The same commit has the same token: an ambiguous attempt may be repeated within ten minutes without a second effect.
fn token(commit: &Commit) -> String {
    let mut hash = blake3::Hasher::new();
    let mut add = |part: &str| {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    };
    add(commit.member.as_str());
    add(&format!("{:?} {:?} {:?}", commit.expected, commit.head.as_of, commit.head.review));
    add(&format!("{:?}", commit.head.outcome));
    add(&commit.head.ledger.write());
    commit.decision.iter().for_each(|body| add(&body.text));
    commit.packs.iter().for_each(|pack| add(pack.key.as_str()));
    for record in &commit.cases {
        add(&format!("{} {} {:?} {:?}", record.lines, record.retired, record.due, record.work));
        add(&record.about.write());
        add(&record.case.write());
    }
    for event in &commit.events {
        add(&format!("{} {}", event.case_id.as_str(), event.seq));
        add(&event.line.write());
    }
    for effect in &commit.effects {
        add(&format!("{:?} {:?} {:?}", effect.to, effect.since, effect.status));
        add(&effect.effect.write());
    }
    add(&format!("{:?} {:?}", commit.cancels, commit.capacity));
    for (member, version) in &commit.guards {
        add(&format!("{} {}", member.as_str(), version.0));
    }
    hash.finalize().to_hex().as_str().chars().take(36).collect()
}

/// Digs the reason out of a cancelled transaction. A false condition anywhere is a conflict; contention and
/// throttling are neither a conflict nor an answer.
fn transaction_error(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> PortError {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons()
        }
        _ => return port_error(OPERATION, Intent::Write, error),
    };
    cancelled(reasons)
}

fn cancelled(reasons: &[CancellationReason]) -> PortError {
    let codes = reasons.iter().filter_map(CancellationReason::code).filter(|code| *code != "None");
    let errors: Vec<PortError> =
        codes.map(|code| of_code(OPERATION, Intent::Write, Some(code), 400)).collect();
    let conflict = errors.iter().find(|error| matches!(error, PortError::Conflict { .. }));
    let first = conflict.or_else(|| errors.first());
    first.cloned().unwrap_or(PortError::Unavailable { operation: OPERATION })
}

#[cfg(test)]
mod tests {
    use super::{OPERATION, cancelled};
    use aws_sdk_dynamodb::types::CancellationReason;
    use icm_ports::PortError;

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect()
    }

    #[test]
    fn a_false_condition_is_a_conflict_and_contention_is_not() {
        let operation = OPERATION;
        for (codes, expected) in [
            (vec!["None", "ConditionalCheckFailed"], PortError::Conflict { operation }),
            (vec!["TransactionConflict", "ConditionalCheckFailed"], PortError::Conflict { operation }),
            (vec!["TransactionConflict", "None"], PortError::Throttled { operation }),
            (vec!["ProvisionedThroughputExceeded"], PortError::Throttled { operation }),
            (vec!["ThrottlingError"], PortError::Throttled { operation }),
            (vec!["ValidationError"], PortError::Corrupt { operation }),
            (vec![], PortError::Unavailable { operation }),
        ] {
            assert_eq!(cancelled(&reasons(&codes)), expected, "{codes:?}");
        }
    }
}
