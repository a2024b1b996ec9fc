//! How long a claim is on its way: to the decision, and to the queue of the vendor that is offered the member.
//!
//! The program is the one whose vendors do the outreach themselves, so that nobody stands in between. Every part runs as
//! in the main job; what AWS adds, a batching window and a schedule's minute, is listed as modelled.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use icm_aws::{Queues, Sender, Store, Tables};
use icm_contract::facts_message::{FactsMessage, MemberFactsMessage};
use icm_contract::pack;
use icm_domain::decision::DecisionKind;
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::MemberId;
use icm_domain::program::definition::Mode;
use icm_ports::{Clock, FactsAppend, Pack, PackKey};
use icm_synth::Population;
use identify_members::{Decider, IdKey, IdentifyMembers, Rules};
use serde_json::{Value, json};

use super::claims::{FUNCTION, send};
use super::{Plan, Quantiles, ReceiptError};
use crate::clock::StoreClock;
use crate::run::functions;
use crate::stack::{Account, Failed, Handlers, Reply, Triggers};

/// The program whose vendors reach members themselves.
const PROGRAM: &str = "ICM-D";

/// Members of whom those are taken who are identified.
const POPULATION: u64 = 20_000;

const MINUTE_MS: i64 = 60_000;

/// When the last call of identify-members ended.
type Ended = Arc<Mutex<Option<Instant>>>;

/// A member whose last claim is still to come.
struct Waiting {
    member: MemberId,
    known: Vec<Fact>,
    last: Fact,
}

/// Measures one member after the other.
pub(super) async fn measure(plan: &Plan) -> Result<BTreeMap<&'static str, Quantiles>, ReceiptError> {
    let folder = super::folder()?;
    let account = Arc::new(Account::open(Some(folder.path()), StoreClock::set_at(plan.noon_ms())).await?);
    let wrong = |error: crate::run::RunError| ReceiptError::Function(error.to_string());
    functions::publish(&account).await.map_err(wrong)?;
    let live = json!({ "program": PROGRAM, "mode": "LIVE", "daily_cap": 100_000 });
    functions::administer(&functions::api(&account).map_err(wrong)?, "modes", &live).await.map_err(wrong)?;
    let environment = account.environment(FUNCTION);
    let tables = Tables::from_vars(|name| environment.get(name).cloned());
    let store = Store::new(account.clients().dynamodb.clone(), tables);
    let rules = rules()?;
    let members = waiting(plan, &rules);
    let ended = Ended::default();
    let handlers = identifying(store.clone(), rules, account.clock().clone(), &ended);
    for kind in icm_casework::freshness::KINDS {
        // Facts come by the queue here, and no file has told of their sources.
        let now = account.clock().now();
        let told = icm_casework::freshness::advance(&store, kind, "receipts", now.day(), now).await;
        told.map_err(|error| ReceiptError::Store(error.to_string()))?;
    }
    let handlers =
        functions::with_casework(handlers, &account, folder.path(), account.clock()).map_err(wrong)?;
    let triggers = Triggers::connect(Arc::clone(&account), handlers, 1)?;
    let mut took: BTreeMap<&'static str, Vec<Duration>> = BTreeMap::new();
    for one in members {
        let (decided, offered) = time(&one, &account, &store, &triggers, &ended).await?;
        took.entry("claim_to_decision").or_default().push(decided);
        took.entry("claim_to_vendor_queue").or_default().extend(offered);
    }
    Ok(took.into_iter().filter_map(|(name, took)| Some((name, Quantiles::of(took)?))).collect())
}

fn rules() -> Result<Rules, ReceiptError> {
    let tables = icm_formats::tables::shipped().map_err(|error| ReceiptError::Function(error.to_string()))?;
    let shipped = Rules::shipped(PROGRAM, tables);
    let mut rules = shipped.map_err(|error| ReceiptError::Function(error.to_string()))?;
    rules.program.mode = Mode::Live;
    Ok(rules)
}

/// Members who are identified on the day of the run, with the claim that was received last set aside.
fn waiting(plan: &Plan, rules: &Rules) -> Vec<Waiting> {
    let population = Population { members: POPULATION, seed: plan.seed, months: 12, as_of: plan.as_of };
    let identified = population.iter().filter_map(|synthetic| {
        let member = synthetic.id.clone();
        let mut known = synthetic.into_facts();
        known.retain(|fact| fact.received() <= plan.as_of);
        let mut facts = MemberFacts::default();
        known.iter().cloned().for_each(|fact| facts.push(fact));
        if rules.decide(&facts, plan.as_of).outcome().decision != DecisionKind::IdentifiedIcm {
            return None;
        }
        let claims = known.iter().enumerate().filter(|(_, fact)| matches!(fact, Fact::Claim(_)));
        let (at, _) = claims.max_by_key(|(_, fact)| fact.received())?;
        let last = known.remove(at);
        Some(Waiting { member, known, last })
    });
    identified.take(usize::try_from(plan.timed).unwrap_or(usize::MAX)).collect()
}

fn identifying(store: Store, rules: Rules, clock: StoreClock, ended: &Ended) -> Handlers {
    let function = Arc::new(IdentifyMembers::new(store, rules, clock, IdKey::of("local")));
    let ended = Arc::clone(ended);
    Handlers::new().with(FUNCTION, move |event: Value| {
        let (function, ended) = (Arc::clone(&function), Arc::clone(&ended));
        async move {
            let shape = |_| Failed("the event is of another shape".to_owned());
            let answer = function.handle(serde_json::from_value(event).map_err(shape)?).await;
            *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            let reply: Reply = serde_json::to_value(answer).map_err(shape);
            reply
        }
    })
}

/// From the sending of the last claim to the decision, and to the offer in a vendor's queue.
async fn time(
    one: &Waiting,
    account: &Arc<Account>,
    store: &Store,
    triggers: &Triggers,
    ended: &Ended,
) -> Result<(Duration, Option<Duration>), ReceiptError> {
    let packs: Vec<Pack> = pack::encode(&one.member, &one.known).into_iter().map(stored).collect();
    store.append(&one.member, &packs).await.map_err(|error| ReceiptError::Store(error.to_string()))?;
    let facts = Queues { facts: Some(account.queue_url("FactsQueue")), ..Queues::default() };
    let sender = Sender::new(account.clients().sqs.clone(), facts);
    let packs = pack::encode(&one.member, std::slice::from_ref(&one.last));
    let message = FactsMessage { members: vec![MemberFactsMessage { member: one.member.clone(), packs }] };
    let offers = offered(account);
    let began = Instant::now();
    send(&sender, vec![message]).await?;
    triggers.drain().await?;
    let decided = ended.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(began) - began;
    account
        .clock()
        .advance_to(account.clock().now_ms() + MINUTE_MS)
        .map_err(crate::stack::StackError::from)?;
    triggers.fire_schedules().await;
    triggers.drain().await?;
    let came = offered(account) > offers;
    Ok((decided, came.then(|| began.elapsed())))
}

fn stored(encoded: pack::EncodedPack) -> Pack {
    Pack { key: PackKey::new(encoded.key), bytes: encoded.bytes, expires: encoded.expires }
}

/// Messages in the offer queues of all vendors.
fn offered(account: &Account) -> usize {
    let counts = account.queue_counts();
    let offers = counts.iter().filter(|(name, _)| name.contains("-offers-") && !name.ends_with("-dead"));
    offers.map(|(_, counts)| counts.total()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipts::tests::plan;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_claim_that_identifies_a_member_reaches_a_vendors_queue() {
        let plan = Plan { timed: 2, ..plan(1) };
        let took = measure(&plan).await.unwrap();
        let (decision, offer) = (took["claim_to_decision"], took["claim_to_vendor_queue"]);
        assert!(decision.p50 > 0.0 && decision.p50 < offer.p50, "{took:?}");
    }
}
