//! What arriving claims cost: members with their histories in a store, then the claims of the last weeks through the
//! facts queue and the real handler. Who gets the claims is who has them: the draw is biased by size as in life.

use std::collections::BTreeMap;
use std::sync::Arc;

use icm_aws::{Queues, Sender, Store, Tables};
use icm_contract::facts_message::{FactsMessage, MEMBERS_MAX};
use icm_domain::ids::MemberId;
use icm_ports::{Destination, Outgoing, QueueSend};
use identify_members::{IdKey, IdentifyMembers};

use super::draw::Draw;
use super::{Filled, Plan, ReceiptError, WAYS, Way};
use crate::clock::StoreClock;
use crate::meter::Receipt;
use crate::run::rules::rulebook;
use crate::stack::{Account, Failed, Handlers, Triggers};

/// Stated milliseconds of one invocation with a hundred messages: eight members beside each other, thirteen rounds of
/// three to five requests of about four milliseconds each.
pub(super) const MILLIS: u64 = 250;

/// Calls beside each other: one, so that batches are taken in the order in which they were sent.
const WORKERS: u32 = 1;

pub(super) const FUNCTION: &str = "identify-members";

/// The receipts of one population, one of each way of sending, in a store of their own. In a file: the engine in memory
/// takes longer with every write.
pub(super) async fn receipts(plan: &Plan, filled: Filled) -> Result<Vec<(Way, Receipt)>, ReceiptError> {
    let folder = super::folder()?;
    let account = Arc::new(Account::open(Some(folder.path()), StoreClock::set_at(plan.noon_ms())).await?);
    let environment = account.environment(FUNCTION);
    let tables = Tables::from_vars(|name| environment.get(name).cloned());
    // Histories are written past the meter.
    let draw = Draw::of(plan, filled);
    let unmetered = Store::new(account.connection().clients().dynamodb, tables.clone());
    let arriving = draw.fill(&unmetered).await?;
    let store = Store::new(account.clients().dynamodb.clone(), tables);
    let facts = Queues { facts: Some(account.queue_url("FactsQueue")), ..Queues::default() };
    let sender = Sender::new(account.clients().sqs.clone(), facts);
    let triggers = Triggers::connect(Arc::clone(&account), handlers(&account, store)?, WORKERS)?;
    // Whoever gets a claim has a decision before: first decisions are the price of loading, not of a claim.
    send(&sender, reviews(arriving.iter().flatten())).await?;
    triggers.drain().await?;
    let mut receipts = Vec::new();
    for (way, messages) in WAYS.into_iter().zip(arriving) {
        receipts.push((way, receipt(&account, &sender, &triggers, (way, messages)).await?));
    }
    Ok(receipts)
}

/// What the messages of one way of sending cost.
async fn receipt(
    account: &Account,
    sender: &Sender,
    triggers: &Triggers,
    (way, messages): (Way, Vec<FactsMessage>),
) -> Result<Receipt, ReceiptError> {
    let messages = spread(messages.into_iter(), batch_size(account));
    let claims = messages.len() * way.claims_per_message;
    let (before, calls_before) = (account.meter().counted(), calls(triggers));
    send(sender, messages).await?;
    triggers.drain().await?;
    let mut invocations = triggers.invocations();
    for count in invocations.values_mut() {
        count.calls -= calls_before.min(count.calls);
    }
    let counted = account.meter().counted().since(&before);
    if counted.untold > 0 {
        return Err(ReceiptError::Untold(counted.untold));
    }
    let counted = counted.with_functions(account.template(), &invocations, MILLIS);
    Ok(Receipt::of(&counted, u64::try_from(claims).unwrap_or(u64::MAX)))
}

/// Messages of one call, as the template says.
fn batch_size(account: &Account) -> usize {
    let triggers = &account.template().queue_triggers;
    let size = triggers.iter().find(|trigger| trigger.function == FUNCTION).map(|trigger| trigger.batch_size);
    size.and_then(|size| usize::try_from(size).ok()).unwrap_or(10)
}

fn calls(triggers: &Triggers) -> u64 {
    triggers.invocations().values().map(|count| count.calls).sum()
}

/// The function over this store.
pub(super) fn handlers(account: &Account, store: Store) -> Result<Handlers, ReceiptError> {
    let rules = rulebook().map_err(|error| ReceiptError::Function(error.to_string()))?;
    let function = IdentifyMembers::new(store, rules, account.clock().clone(), IdKey::of("local"));
    let function = Arc::new(function);
    let handler = move |event| {
        let function = Arc::clone(&function);
        async move {
            let shape = |_| Failed("the event is of another shape".to_owned());
            let event = serde_json::from_value(event).map_err(shape)?;
            serde_json::to_value(function.handle(event).await).map_err(shape)
        }
    };
    Ok(Handlers::new().with(FUNCTION, handler))
}

/// Messages that ask for the decision of everybody whom these name.
fn reviews<'a>(messages: impl Iterator<Item = &'a FactsMessage>) -> Vec<FactsMessage> {
    let named = messages.flat_map(|message| &message.members).map(|part| part.member.clone());
    let named: Vec<MemberId> = named.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    named.chunks(MEMBERS_MAX).map(|part| FactsMessage::review(part.to_vec())).collect()
}

/// In an order in which a batch names nobody twice, as good as never happens where millions of members have claims:
/// the function works on a member once in a batch, and few members would make that look like a saving.
fn spread(messages: impl Iterator<Item = FactsMessage>, batch: usize) -> Vec<FactsMessage> {
    let mut waiting: BTreeMap<MemberId, Vec<FactsMessage>> = BTreeMap::new();
    for message in messages {
        if let Some(first) = message.members.first() {
            waiting.entry(first.member.clone()).or_default().push(message);
        }
    }
    let mut waiting: Vec<Vec<FactsMessage>> = waiting.into_values().collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        // Who has most left goes first; the sort keeps the order of members otherwise.
        waiting.sort_by_key(|left| std::cmp::Reverse(left.len()));
        ordered.extend(waiting.iter_mut().take(batch).filter_map(Vec::pop));
        waiting.retain(|left| !left.is_empty());
    }
    ordered
}

pub(super) async fn send(sender: &Sender, messages: Vec<FactsMessage>) -> Result<(), ReceiptError> {
    let outgoing: Vec<Outgoing> = messages
        .iter()
        .enumerate()
        .map(|(at, message)| Outgoing { key: at.to_string().into(), body: message.to_body() })
        .collect();
    let failed = sender.send(&Destination::Facts, &outgoing).await;
    let failed = failed.map_err(|error| ReceiptError::Store(error.to_string()))?;
    failed.into_iter().next().map_or(Ok(()), |failure| Err(ReceiptError::Store(failure.error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_names_nobody_twice_while_enough_members_are_left_and_no_message_is_lost() {
        let counts = [("a", 5), ("b", 1), ("c", 3), ("d", 4), ("e", 2)];
        let messages = counts.iter().flat_map(|(member, count)| {
            std::iter::repeat_n(FactsMessage::review([MemberId::new(*member)]), *count)
        });
        let ordered = spread(messages, 3);
        assert_eq!(ordered.len(), 15);
        for batch in ordered.chunks(3) {
            let members: std::collections::BTreeSet<_> =
                batch.iter().map(|one| &one.members[0].member).collect();
            assert_eq!(members.len(), 3);
        }
    }
}
