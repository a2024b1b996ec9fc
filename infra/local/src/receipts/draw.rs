//! Which claims arrive, and what stands in the store before they do.
//!
//! The population is made twice, a member at a time, so that no size of it needs memory: first the arriving messages
//! are counted, then every n-th of them is kept and everybody's history is written. So the claims are drawn from all
//! members in proportion to how many they have.

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

use super::{Cell, Plan, ReceiptError};

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
    claims_per_message: usize,
    /// Every so many messages one is kept.
    stride: usize,
}

/// One member's facts, parted at the day from which claims arrive.
struct Parted {
    member: MemberId,
    history: Vec<Fact>,
    /// In messages of exactly so many claims as the way says.
    arriving: Vec<Vec<Fact>>,
}

impl Draw {
    /// The draw of a cell.
    pub(super) fn of(plan: &Plan, cell: Cell) -> Self {
        let months = cell.months + ARRIVAL_MONTHS;
        let population = Population { members: cell.members, seed: plan.seed, months, as_of: plan.as_of };
        let claims_per_message = cell.way.claims_per_message;
        let first = plan.as_of.plus(-ARRIVAL_DAYS);
        let mut draw = Self { population, first, as_of: plan.as_of, claims_per_message, stride: 1 };
        let all: usize = draw.members().map(|one| one.arriving.len()).sum();
        draw.stride = (all * claims_per_message / plan.claims.max(1)).max(1);
        draw
    }

    fn members(&self) -> impl Iterator<Item = Parted> {
        self.population.iter().map(|synthetic| self.part(synthetic))
    }

    /// What the day of the run does not know yet is left out.
    fn part(&self, synthetic: SyntheticMember) -> Parted {
        let member = synthetic.id.clone();
        let known = synthetic.into_facts().into_iter().filter(|fact| fact.received() <= self.as_of);
        let arrives = |fact: &Fact| matches!(fact, Fact::Claim(_)) && fact.received() > self.first;
        let (mut arriving, history): (Vec<Fact>, Vec<Fact>) = known.partition(arrives);
        arriving.sort_by_key(Fact::received);
        let arriving = arriving.chunks_exact(self.claims_per_message).map(<[Fact]>::to_vec).collect();
        Parted { member, history, arriving }
    }

    /// Writes everybody's history and returns the messages that arrive.
    ///
    /// Who gets a message has a history as this way of sending would have left it: so many claims in a pack. The others
    /// are never read; theirs is written in as few packs as it takes.
    pub(super) async fn fill(&self, store: &Store) -> Result<Vec<FactsMessage>, ReceiptError> {
        let mut messages = Vec::new();
        let mut seen = 0_usize;
        let written = self.members().map(|one| {
            let begin = seen;
            seen += one.arriving.len();
            let is_kept = |at: usize| (begin + at).is_multiple_of(self.stride);
            let kept = one.arriving.iter().enumerate().filter(|(at, _)| is_kept(*at));
            let drawn: Vec<FactsMessage> = kept.map(|(_, facts)| message(&one.member, facts)).collect();
            let per_pack = if drawn.is_empty() { usize::MAX } else { self.claims_per_message };
            messages.extend(drawn);
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
    use crate::receipts::{WAYS, tests::plan};
    use crate::stack::Account;

    #[tokio::test(flavor = "multi_thread")]
    async fn claims_are_drawn_from_who_has_them_and_everybody_has_a_history() {
        let plan = plan(100);
        let account = Account::open(None, crate::clock::StoreClock::set_at(plan.noon_ms())).await.unwrap();
        let environment = account.environment("identify-members");
        let tables = icm_aws::Tables::from_vars(|name| environment.get(name).cloned());
        let store = Store::new(account.clients().dynamodb.clone(), tables);
        let draw = Draw::of(&plan, Cell { members: 60, months: 12, way: WAYS[1] });
        let messages = draw.fill(&store).await.unwrap();
        assert!((50..=60).contains(&messages.len()), "{}", messages.len());
        assert!(messages.iter().all(|message| message.members.len() == 1));
        for one in draw.members().filter(|one| !one.history.is_empty()) {
            let kept = icm_ports::FactsRead::packs(&store, &one.member).await.unwrap();
            let facts: usize =
                kept.iter().map(|pack| pack::decode(&one.member, &pack.bytes).unwrap().len()).sum();
            assert!(facts > 0);
        }
    }
}
