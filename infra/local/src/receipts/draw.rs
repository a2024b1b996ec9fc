//! Which claims arrive, and what stands in the store before they do.
//!
//! The population is made twice, a member at a time, so that no size of it needs memory: first the arriving messages
//! are counted, then every n-th of them is kept and everybody's history is written. So the claims are drawn from all
//! members in proportion to how many they have. Every member belongs to one of the ways of sending, in turn: the three
//! share a store, and none meets a history that another way has left.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use icm_aws::Store;
use icm_contract::facts_message::{FactsMessage, MemberFactsMessage};
use icm_contract::pack;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use icm_ports::{FactsAppend, Pack, PackKey};
use icm_synth::{Population, SyntheticMember};

use super::{Filled, Plan, ReceiptError, WAYS, Way};

/// Days before the day of the run in which the arriving claims were received.
const ARRIVAL_DAYS: i32 = 92;

/// Months that [`ARRIVAL_DAYS`] cover; the population is made with these on top of its history.
const ARRIVAL_MONTHS: u32 = 3;

/// Members written to the store beside each other.
const WRITERS: usize = 16;

/// A draw of claims from a population.
pub(super) struct Draw {
    population: Population,
    first: Day,
    as_of: Day,
    /// Of each way's messages one in so many is kept.
    strides: [usize; WAYS.len()],
}

/// One member's facts, parted at the day from which claims arrive.
struct Parted {
    member: MemberId,
    /// The ordinal of the member's way of sending.
    way: usize,
    history: Vec<Fact>,
    /// In messages of exactly so many claims as the way says.
    arriving: Vec<Vec<Fact>>,
}

impl Draw {
    /// The draw of a population, `members` with so many months of history: each way gets an equal part of the claims.
    pub(super) fn of(plan: &Plan, filled: Filled) -> Self {
        let months = filled.months + ARRIVAL_MONTHS;
        let population = Population { members: filled.members, seed: plan.seed, months, as_of: plan.as_of };
        let first = plan.as_of.plus(-ARRIVAL_DAYS);
        let mut draw = Self { population, first, as_of: plan.as_of, strides: [1; WAYS.len()] };
        let mut all = [0_usize; WAYS.len()];
        for one in draw.members() {
            if let Some(count) = all.get_mut(one.way) {
                *count += one.arriving.len();
            }
        }
        let wanted = plan.claims.div_ceil(WAYS.len()).max(1);
        for ((stride, all), way) in draw.strides.iter_mut().zip(all).zip(WAYS) {
            *stride = (all * way.claims_per_message / wanted).max(1);
        }
        draw
    }

    fn members(&self) -> impl Iterator<Item = Parted> {
        let ways = WAYS.iter().enumerate().cycle();
        self.population.iter().zip(ways).map(|(synthetic, (nth, way))| self.part(synthetic, nth, *way))
    }

    /// What the day of the run does not know yet is left out.
    fn part(&self, synthetic: SyntheticMember, nth: usize, way: Way) -> Parted {
        let member = synthetic.id.clone();
        let known = synthetic.into_facts().into_iter().filter(|fact| fact.received() <= self.as_of);
        let arrives = |fact: &Fact| matches!(fact, Fact::Claim(_)) && fact.received() > self.first;
        let (mut arriving, history): (Vec<Fact>, Vec<Fact>) = known.partition(arrives);
        arriving.sort_by_key(Fact::received);
        let arriving = arriving.chunks_exact(way.claims_per_message).map(<[Fact]>::to_vec).collect();
        Parted { member, way: nth, history, arriving }
    }

    /// Writes everybody's history and returns the messages that arrive, by way of sending.
    ///
    /// Who gets a message has a history as this way of sending would have left it: so many claims in a pack. The others
    /// are never read; theirs is written in as few packs as it takes.
    pub(super) async fn fill(&self, store: &Store) -> Result<[Vec<FactsMessage>; WAYS.len()], ReceiptError> {
        let mut messages: [Vec<FactsMessage>; WAYS.len()] = Default::default();
        let mut seen = [0_usize; WAYS.len()];
        let written = self.members().map(|one| {
            let drawn = self.drawn(&one, &mut seen);
            let own = WAYS.get(one.way).map_or(usize::MAX, |way| way.claims_per_message);
            let per_pack = if drawn.is_empty() { usize::MAX } else { own };
            if let Some(of_way) = messages.get_mut(one.way) {
                of_way.extend(drawn);
            }
            (one.member.clone(), packs(&one, per_pack))
        });
        let writes = written.map(|(member, packs)| async move { store.append(&member, &packs).await });
        let mut running = futures_util::stream::iter(writes).buffer_unordered(WRITERS);
        while let Some(written) = running.next().await {
            written.map_err(|error| ReceiptError::Store(error.to_string()))?;
        }
        drop(running);
        Ok(messages)
    }

    /// The messages of a member that are kept; `seen` counts those of the members before, by way.
    fn drawn(&self, one: &Parted, seen: &mut [usize; WAYS.len()]) -> Vec<FactsMessage> {
        let (Some(seen), Some(stride)) = (seen.get_mut(one.way), self.strides.get(one.way)) else {
            return Vec::new();
        };
        let begin = *seen;
        *seen += one.arriving.len();
        let kept = one.arriving.iter().enumerate().filter(|(at, _)| (begin + at).is_multiple_of(*stride));
        kept.map(|(_, facts)| message(&one.member, facts)).collect()
    }
}

/// A member's history, so many claims in a pack.
fn packs(one: &Parted, per_pack: usize) -> Vec<Pack> {
    let (claims, others): (Vec<Fact>, Vec<Fact>) =
        one.history.iter().cloned().partition(|fact| matches!(fact, Fact::Claim(_)));
    let parts = std::iter::once(others.as_slice()).chain(claims.chunks(per_pack));
    let packs: BTreeMap<String, Pack> =
        parts.flat_map(|facts| pack::encode(&one.member, facts)).map(stored).collect();
    packs.into_values().collect()
}

fn stored(encoded: pack::EncodedPack) -> (String, Pack) {
    let key = PackKey::new(encoded.key.clone());
    (encoded.key, Pack { key, bytes: encoded.bytes, expires: encoded.expires })
}

fn message(member: &MemberId, facts: &[Fact]) -> FactsMessage {
    let packs = pack::encode(member, facts);
    FactsMessage { members: vec![MemberFactsMessage { member: member.clone(), packs }] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipts::tests::plan;
    use crate::stack::Account;

    #[tokio::test(flavor = "multi_thread")]
    async fn claims_are_drawn_from_who_has_them_and_everybody_has_a_history() {
        let plan = plan(100);
        let account = Account::open(None, crate::clock::StoreClock::set_at(plan.noon_ms())).await.unwrap();
        let environment = account.environment("identify-members");
        let tables = icm_aws::Tables::from_vars(|name| environment.get(name).cloned());
        let store = Store::new(account.clients().dynamodb.clone(), tables);
        let draw = Draw::of(&plan, Filled { members: 60, months: 12 });
        let messages = draw.fill(&store).await.unwrap();
        for (messages, way) in messages.iter().zip(WAYS) {
            let claims = messages.len() * way.claims_per_message;
            // One of three parts of a hundred; where one in two would be too few, all are taken.
            assert!((20..=68).contains(&claims), "{}: {claims} claims", way.name);
        }
        assert!(messages.iter().flatten().all(|message| message.members.len() == 1));
        for one in draw.members().filter(|one| !one.history.is_empty()) {
            let kept = icm_ports::FactsRead::packs(&store, &one.member).await.unwrap();
            let facts: usize =
                kept.iter().map(|pack| pack::decode(&one.member, &pack.bytes).unwrap().len()).sum();
            assert!(facts > 0);
        }
    }
}
