//! A batch of messages: one bad message never fails the others (DESIGN D11).

use crate::decider::Decider;
use crate::identify::{Identify, Tally};
use crate::identity::IdKey;
use crate::rulebook::Rulebook;
use futures_util::future::join_all;
use icm_casework::freshness;
use icm_contract::{EncodedPack, FactsMessage};
use icm_domain::ids::{MemberId, ProgramId};
use icm_lambda::{BatchResponse, Disposition, Failure, Metrics, SqsEvent, SqsRecord, disposition, telemetry};
use icm_ports::{Clock, Pack, PackKey, PortError, QuarantineRecord};
use std::collections::{BTreeMap, BTreeSet};
use tracing::Instrument as _;

/// Members worked on at one time: enough to hide the store's latency, few enough to stay in memory.
const CONCURRENT: usize = 8;

/// Where messages of the facts queue are quarantined.
const ORIGIN: &str = "queue:facts";

/// The function.
#[derive(Clone)]
pub struct IdentifyMembers<P, B, C> {
    ports: P,
    rulebook: B,
    clock: C,
    ids: IdKey,
}

/// What a batch says about one member, and which messages say it.
#[derive(Default)]
struct Work {
    packs: BTreeMap<String, Pack>,
    messages: BTreeSet<usize>,
}

impl<P: crate::Ports, B: Rulebook, C: Clock> IdentifyMembers<P, B, C> {
    /// The function over these ports, with rules that are given or [published](crate::Published).
    pub const fn new(ports: P, rulebook: B, clock: C, ids: IdKey) -> Self {
        Self { ports, rulebook, clock, ids }
    }

    /// Handles a batch of the facts queue. Members are worked on once per batch, however many messages name them.
    pub async fn handle(&self, event: SqsEvent) -> BatchResponse {
        let mut work: BTreeMap<MemberId, Work> = BTreeMap::new();
        let mut failures: BTreeMap<usize, Failure> = BTreeMap::new();
        for (at, record) in event.records.iter().enumerate() {
            match FactsMessage::parse(&record.body) {
                Ok(message) => gather(&mut work, at, message),
                Err(_) => {
                    failures.insert(at, Failure::Malformed);
                }
            }
        }
        let tally = self.work(work, &event.records, &mut failures).await;
        let failed = failures.len();
        let returned = self.dispose(&event.records, failures).await;
        self.report(&tally, event.records.len(), returned.len(), failed - returned.len());
        BatchResponse::failing(returned)
    }

    /// Works on the members; failures are noted for every message that names the member.
    async fn work(
        &self,
        work: BTreeMap<MemberId, Work>,
        records: &[SqsRecord],
        failures: &mut BTreeMap<usize, Failure>,
    ) -> Tally {
        let work: Vec<(MemberId, Vec<Pack>, BTreeSet<usize>)> = work
            .into_iter()
            .map(|(member, work)| (member, work.packs.into_values().collect(), work.messages))
            .collect();
        let mut tally = Tally::default();
        let decider = match self.rulebook.current(&self.ports, self.clock.today()).await {
            Ok(decider) => decider,
            Err(error) => {
                // Nobody is decided by rules that may be out of force: every message comes again.
                tracing::warn!(error = %error, "rules not read");
                let all = work.iter().flat_map(|(_, _, messages)| messages);
                failures.extend(all.map(|at| (*at, Failure::Port(error.clone()))));
                return tally;
            }
        };
        let identify =
            Identify { ports: &self.ports, decider: &*decider, clock: &self.clock, ids: &self.ids };
        for chunk in work.chunks(CONCURRENT) {
            let works = chunk.iter().map(|(member, packs, messages)| {
                // What the member's work logs names the traces that caused it, from a dropped file on.
                let caused_by = traces(records, messages);
                let span = tracing::info_span!("member", tag = telemetry::member(member.as_str()), caused_by);
                identify.member(member, packs).instrument(span)
            });
            let done = join_all(works).await;
            for ((member, _, messages), result) in chunk.iter().zip(done) {
                match result {
                    Ok(counted) => tally += counted,
                    Err(error) => {
                        let tag = telemetry::member(member.as_str());
                        tracing::warn!(error = %error, tag, "member not decided");
                        failures.extend(messages.iter().map(|at| (*at, Failure::Port(error.clone()))));
                    }
                }
            }
        }
        self.count(decider.program(), &tally, records.first()).await;
        tally
    }

    /// Quarantines what will never be understood; returns the ids of the messages that shall come again.
    async fn dispose(&self, records: &[SqsRecord], failures: BTreeMap<usize, Failure>) -> Vec<String> {
        let mut returned = Vec::new();
        for (at, failure) in failures {
            let Some(record) = records.get(at) else { continue };
            let again = match disposition(&failure) {
                Disposition::Ack => false,
                Disposition::Retry => true,
                // What could not be put into quarantine comes again.
                Disposition::Quarantine => self.quarantine(record, &failure).await.is_err(),
            };
            if again {
                returned.push(record.message_id.clone());
            }
        }
        returned
    }

    async fn quarantine(&self, record: &SqsRecord, failure: &Failure) -> Result<(), PortError> {
        let (field, reason) = match failure {
            Failure::Malformed => match FactsMessage::parse(&record.body) {
                Err(error) => (error.field.into_owned(), error.kind.to_string()),
                Ok(_) => (String::new(), "malformed".to_owned()),
            },
            Failure::Port(error) => (String::new(), error.to_string()),
            Failure::Refused => (String::new(), "refused".to_owned()),
        };
        let record = QuarantineRecord {
            origin: ORIGIN.into(),
            id: record.message_id.as_str().into(),
            field: field.into(),
            reason: reason.into(),
            at: self.clock.now(),
            content: Some(record.body.as_str().into()),
            replayed: false,
        };
        self.ports.quarantine(&[record]).await
    }

    /// Tells the circuit breaker how many members this batch identified (DESIGN D12). What cannot be counted is logged and
    /// left: a count that misses a batch is better than a batch that is worked on twice.
    async fn count(&self, program: &ProgramId, tally: &Tally, first: Option<&SqsRecord>) {
        if tally.identified == 0 {
            return;
        }
        let spread = first.and_then(|record| record.message_id.bytes().next_back()).unwrap_or_default();
        let today = self.clock.today();
        let counted = freshness::count(&self.ports, program, today, spread, tally.identified).await;
        if let Err(error) = counted {
            tracing::warn!(operation = error.operation(), "identified members not counted");
        }
    }

    fn report(&self, tally: &Tally, messages: usize, returned: usize, quarantined: usize) {
        Metrics::of("identify-members")
            .count("messages", messages as u64)
            .count("messages_returned", returned as u64)
            .count("quarantined", quarantined as u64)
            .count("members", tally.members)
            .count("packs", tally.packs)
            .count("decisions", tally.decisions)
            .count("commits", tally.commits)
            .count("conflicts", tally.conflicts)
            .count("facts_missed", tally.missed)
            .count("identified", tally.identified)
            .emit(self.clock.now());
    }
}

/// The traces in which these messages were sent, each once, as far as a line can hold them.
fn traces(records: &[SqsRecord], messages: &BTreeSet<usize>) -> String {
    const SHOWN: usize = 8;
    let known: BTreeSet<&str> = messages.iter().filter_map(|at| records.get(*at)?.trace()).collect();
    known.into_iter().take(SHOWN).collect::<Vec<_>>().join(" ")
}

fn gather(work: &mut BTreeMap<MemberId, Work>, at: usize, message: FactsMessage) {
    for part in message.members {
        let work = work.entry(part.member).or_default();
        work.messages.insert(at);
        work.packs.extend(part.packs.into_iter().map(|pack| (pack.key.clone(), stored(pack))));
    }
}

fn stored(pack: EncodedPack) -> Pack {
    Pack { key: PackKey::new(pack.key), bytes: pack.bytes, expires: pack.expires }
}
