//! What arriving claims cost: members with their histories in a store, then the claims of the last weeks through the
//! facts queue and the real handler. Who gets the claims is who has them: the draw is biased by size as in life.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use icm_aws::{Queues, Sender, Store, Tables};
use icm_contract::facts_message::{FactsMessage, MEMBERS_MAX, MemberFactsMessage};
use icm_contract::pack;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use icm_ports::{Destination, FactsAppend, Outgoing, Pack, PackKey, QueueSend};
use icm_synth::Population;
use identify_members::{IdKey, IdentifyMembers, Rules};

use super::{Plan, ReceiptError, Way};
use crate::clock::StoreClock;
use crate::meter::Receipt;
use crate::stack::{Account, Failed, Handlers, Triggers};

/// Stated milliseconds of one invocation with a hundred messages: eight members beside each other, thirteen rounds of
/// three to five requests of about four milliseconds each.
pub(super) const MILLIS: u64 = 250;

/// Days before the day of the run in which the arriving claims were received.
const ARRIVAL_DAYS: i32 = 92;

/// Months that [`ARRIVAL_DAYS`] cover; the population is made with these on top of its history.
const ARRIVAL_MONTHS: u32 = 3;

/// Calls beside each other: one, so that batches are taken in the order in which they were sent.
const WORKERS: u32 = 1;

/// Members written to the store beside each other.
const WRITERS: usize = 8;

const FUNCTION: &str = "identify-members";

/// One member's facts, parted at the day from which claims arrive.
struct Parted {
    member: MemberId,
    history: Vec<Fact>,
    arriving: Vec<Fact>,
}

/// The receipt of one way of sending, in a store of its own.
pub(super) async fn receipt(plan: &Plan, way: Way) -> Result<Receipt, ReceiptError> {
    let account = Arc::new(Account::open(None, StoreClock::set_at(plan.noon_ms())).await?);
    let environment = account.environment(FUNCTION);
    let var = |name: &str| environment.get(name).cloned();
    let store = Store::new(account.clients().dynamodb.clone(), Tables::from_vars(var));
    let parted = part(plan);
    fill(&store, &parted, way).await?;
    let facts = Queues { facts: Some(account.queue_url("FactsQueue")), ..Queues::default() };
    let sender = Sender::new(account.clients().sqs.clone(), facts);
    let triggers = triggers(&account, store)?;
    // Everybody has a decision before the claims arrive: first decisions are the price of loading, not of a claim.
    send(&sender, reviews(&parted)).await?;
    triggers.drain().await?;
    let (messages, claims) = arrivals(plan, &parted, way, batch_size(&account));
    let (before, calls_before) = (account.meter().counted(), calls(&triggers));
    send(&sender, messages).await?;
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

fn triggers(account: &Arc<Account>, store: Store) -> Result<Triggers, ReceiptError> {
    let wrong = |error: &dyn std::fmt::Display| ReceiptError::Function(error.to_string());
    let tables = icm_formats::tables::shipped().map_err(|error| wrong(&error))?;
    let rules = Rules::shipped("ICM", tables).map_err(|error| wrong(&error))?;
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
    let handlers = Handlers::new().with(FUNCTION, handler);
    Ok(Triggers::connect(Arc::clone(account), handlers, WORKERS)?)
}

/// The population's facts, parted at the first day of arrival. What the day of the run does not know yet is left out,
/// and so is who has no claim arriving: nobody reads it.
fn part(plan: &Plan) -> Vec<Parted> {
    let months = plan.months + ARRIVAL_MONTHS;
    let population = Population { members: plan.members, seed: plan.seed, months, as_of: plan.as_of };
    let first = plan.as_of.plus(-ARRIVAL_DAYS);
    population
        .iter()
        .map(|synthetic| {
            let member = synthetic.id.clone();
            let known = synthetic.into_facts().into_iter().filter(|fact| fact.received() <= plan.as_of);
            let arrives = |fact: &Fact| matches!(fact, Fact::Claim(_)) && fact.received() > first;
            let (mut arriving, history): (Vec<Fact>, Vec<Fact>) = known.partition(arrives);
            arriving.sort_by_key(Fact::received);
            Parted { member, history, arriving }
        })
        .filter(|one| !one.arriving.is_empty())
        .collect()
}

/// Histories are stored as this way of sending would have left them: so many claims in a pack.
async fn fill(store: &Store, parted: &[Parted], way: Way) -> Result<(), ReceiptError> {
    let writes = parted.iter().map(|one| async move {
        let (claims, others): (Vec<Fact>, Vec<Fact>) =
            one.history.iter().cloned().partition(|fact| matches!(fact, Fact::Claim(_)));
        let parts = std::iter::once(others.as_slice()).chain(claims.chunks(way.claims_per_message));
        let packs: BTreeMap<String, Pack> =
            parts.flat_map(|facts| pack::encode(&one.member, facts)).map(stored).collect();
        store.append(&one.member, &packs.into_values().collect::<Vec<_>>()).await
    });
    let mut running = futures_util::stream::iter(writes).buffer_unordered(WRITERS);
    while let Some(written) = running.next().await {
        written.map_err(|error| ReceiptError::Store(error.to_string()))?;
    }
    Ok(())
}

fn stored(encoded: pack::EncodedPack) -> (String, Pack) {
    let key = PackKey::new(encoded.key.clone());
    (encoded.key, Pack { key, bytes: encoded.bytes, expires: encoded.expires })
}

/// Messages that ask for everybody's decision.
fn reviews(parted: &[Parted]) -> Vec<FactsMessage> {
    let members = |part: &[Parted]| part.iter().map(|one| one.member.clone()).collect::<Vec<_>>();
    parted.chunks(MEMBERS_MAX).map(|part| FactsMessage::review(members(part))).collect()
}

/// Messages of exactly so many claims of one member, and how many claims they hold: every message, or every n-th of
/// them where that is too many, so that who has more claims keeps more.
fn arrivals(plan: &Plan, parted: &[Parted], way: Way, batch: usize) -> (Vec<FactsMessage>, usize) {
    let all: Vec<FactsMessage> = parted
        .iter()
        .flat_map(|one| one.arriving.chunks_exact(way.claims_per_message).map(|part| message(one, part)))
        .collect();
    let stride = (all.len() * way.claims_per_message).div_ceil(plan.claims.max(1)).max(1);
    let messages = spread(all.into_iter().step_by(stride), batch);
    let claims = messages.len() * way.claims_per_message;
    (messages, claims)
}

fn message(one: &Parted, part: &[Fact]) -> FactsMessage {
    let packs = pack::encode(&one.member, part);
    FactsMessage { members: vec![MemberFactsMessage { member: one.member.clone(), packs }] }
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

async fn send(sender: &Sender, messages: Vec<FactsMessage>) -> Result<(), ReceiptError> {
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

    #[test]
    fn arriving_claims_are_drawn_from_who_has_them_and_counted_exactly() {
        let plan = Plan {
            members: 200,
            claims: 100,
            months: 12,
            seed: 1,
            as_of: icm_domain::day::Day::parse("2026-06-30").unwrap(),
            starts: 0,
        };
        let parted = part(&plan);
        assert!(parted.iter().any(|one| !one.history.is_empty()));
        let way = Way { name: "file_mode_2", claims_per_message: 2 };
        let (messages, claims) = arrivals(&plan, &parted, way, 10);
        assert_eq!(claims, 2 * messages.len());
        assert!((20..=100).contains(&claims), "{claims}");
        assert!(messages.iter().all(|message| message.members.len() == 1));
    }
}
