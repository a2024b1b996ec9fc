//! The functions as invocations: the real handlers over the ports of the world.

use crate::sim::{Cause, Ended, Invocation, PROGRAM, Running, Sim};
use crate::staff::Request;
use crate::swarm::Stream;
use axum::body::Body;
use icm_domain::day::Day;
use icm_domain::facts::MemberFacts;
use icm_domain::ids::ProgramId;
use icm_lambda::{SqsEvent, SqsRecord};
use icm_testkit::{FixedClock, Plant, Ports};
use identify_members::{Decided, Decider, IdKey, IdentifyMembers, Rules, StayTold};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use tower::ServiceExt;

static TABLES: LazyLock<Arc<icm_domain::tables::Tables>> =
    LazyLock::new(|| Arc::new(icm_formats::tables::shipped().unwrap()));

static RULES: LazyLock<Arc<Rules>> =
    LazyLock::new(|| Arc::new(Rules::shipped(PROGRAM, TABLES.as_ref().clone()).unwrap()));

/// The shipped rules, shared by all invocations.
#[derive(Clone)]
pub(crate) struct Shipped(Arc<Rules>);

impl Shipped {
    pub(crate) fn rules() -> Self {
        Self(RULES.clone())
    }
}

impl Decider for Shipped {
    fn program(&self) -> &ProgramId {
        self.0.program()
    }

    fn opens_cases(&self) -> bool {
        true
    }

    fn shares_messages(&self, facts: &MemberFacts, as_of: Day) -> bool {
        self.0.shares_messages(facts, as_of)
    }

    fn stays(&self, facts: &MemberFacts, as_of: Day) -> Vec<StayTold> {
        self.0.stays(facts, as_of)
    }

    fn fails(&self, facts: &MemberFacts, start: Day, as_of: Day) -> bool {
        self.0.fails(facts, start, as_of)
    }

    fn has_event_after(&self, facts: &MemberFacts, day: Day, as_of: Day) -> bool {
        self.0.has_event_after(facts, day, as_of)
    }

    fn decide(&self, facts: &MemberFacts, as_of: Day) -> Decided {
        self.0.decide(facts, as_of)
    }
}

pub(crate) fn identify_function(
    ports: Ports,
    clock: FixedClock,
) -> IdentifyMembers<Ports, Shipped, FixedClock> {
    IdentifyMembers::new(ports, Shipped::rules(), clock, IdKey::of("simulation"))
}

pub(crate) fn event(source: &str, messages: &[(String, String)]) -> SqsEvent {
    let record = |(id, body): &(String, String)| SqsRecord {
        message_id: id.clone(),
        body: body.clone(),
        attributes: BTreeMap::new(),
        source: source.to_owned(),
    };
    SqsEvent { records: messages.iter().map(record).collect() }
}

/// What S3 writes about a dropped file.
pub(crate) fn announcement(key: &str) -> String {
    json!({"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": key}}}]}).to_string()
}

fn failed(answer: icm_lambda::BatchResponse) -> Ended {
    Ended::Batch(answer.batch_item_failures.into_iter().map(|item| item.item_identifier).collect())
}

pub(crate) fn identify(ports: Ports, clock: FixedClock, event: SqsEvent) -> Invocation {
    Box::pin(async move { failed(identify_function(ports, clock).handle(event).await) })
}

pub(crate) fn ingest(ports: Ports, clock: FixedClock, spool: PathBuf, event: SqsEvent) -> Invocation {
    let settings = ingest_files::Settings { spool, feeds: ingest_files::Feeds::default() };
    Box::pin(
        async move { failed(ingest_files::IngestFiles::new(ports, clock, settings).handle(event).await) },
    )
}

pub(crate) fn receive(ports: Ports, clock: FixedClock, event: Value) -> Invocation {
    Box::pin(async move {
        let receiver = receive_vendor::Receiver { store: ports, clock };
        receive_vendor::handle(event, &receiver).await.map_or(Ended::Error, failed)
    })
}

pub(crate) fn relay(ports: Ports, clock: FixedClock, event: Value) -> Invocation {
    Box::pin(async move {
        let relay = relay_outbox::Relay { store: ports.clone(), queues: ports, clock };
        relay_outbox::handle(event, &relay).await.map_or(Ended::Error, failed)
    })
}

pub(crate) fn queue(ports: Ports, clock: FixedClock) -> Invocation {
    Box::pin(async move {
        let queue = queue_outreach::Queue { store: ports, clock };
        drop(queue_outreach::handle(Value::Null, &queue).await);
        Ended::Batch(Vec::new())
    })
}

pub(crate) fn review(ports: Ports, clock: FixedClock) -> Invocation {
    Box::pin(async move {
        let tables = Arc::clone(&TABLES);
        let review = review_due::Review { store: ports.clone(), queues: ports, clock, tables };
        drop(review_due::handle(Value::Null, &review).await);
        Ended::Batch(Vec::new())
    })
}

/// A request to the API, as the console or the dialler makes it.
pub(crate) fn command(ports: Ports, clock: FixedClock, request: Request) -> Invocation {
    Box::pin(async move {
        let ops = operations::Ops { store: ports.clone(), queues: ports, clock };
        let built = http::Request::post(request.path)
            .header("idempotency-key", request.key)
            .body(Body::from(request.body))
            .unwrap();
        let answer = operations::local_router(ops).oneshot(built).await.unwrap();
        Ended::Answer(answer.status().as_u16())
    })
}

impl Sim {
    /// Starts an invocation.
    pub(crate) fn start(
        &mut self,
        name: &'static str,
        cause: Cause,
        make: impl FnOnce(Ports, FixedClock) -> Invocation,
    ) {
        let gate = self.gate();
        let ports = self.world.ports(gate);
        let gate = Arc::clone(&ports.gate);
        let partial = self.swarm.faults.partial_send;
        if !self.calm && partial > 0 && self.rng.u32(0..1000) < partial {
            self.world.state().sends_failing += 1;
        }
        let future = make(ports, self.clock.clone());
        self.note(|| format!("{name} starts"));
        self.running.push(Running { name, future, gate, began: self.clock_now(), cause });
    }

    fn clock_now(&self) -> icm_ports::Moment {
        icm_ports::Clock::now(&self.clock)
    }

    /// Delivers a batch of the facts queue.
    pub(crate) fn deliver_facts(&mut self) {
        let (now, mut rng) = (self.now(), self.rng.fork());
        let most = if self.swarm.bursts && !self.calm { 1 } else { 3 };
        let messages = pairs(self.facts.deliver(&mut rng, now, most));
        let ids = ids(&messages);
        if self.plant == Some(Plant::AckBeforeCommit) {
            ids.iter().for_each(|id| self.facts.acknowledge(id));
        }
        let event = event("facts", &messages);
        self.start("identify", Cause::Facts(ids), |ports, clock| identify(ports, clock, event));
    }

    /// Delivers a batch of announcements.
    pub(crate) fn deliver_files(&mut self) {
        let (now, mut rng) = (self.now(), self.rng.fork());
        let messages = pairs(self.files.deliver(&mut rng, now, 2));
        let (ids, event, spool) = (ids(&messages), event("files", &messages), self.spool.clone());
        self.start("ingest", Cause::Files(ids), |ports, clock| ingest(ports, clock, spool, event));
    }

    /// Delivers a batch of one vendor's reply queue.
    pub(crate) fn deliver_replies(&mut self) {
        let (now, mut rng) = (self.now(), self.rng.fork());
        let waiting =
            self.replies.iter().filter(|(_, queue)| queue.has_visible(now)).map(|(id, _)| id.clone());
        let Some(vendor) = rng.choice(waiting.collect::<Vec<_>>()) else { return };
        let Some(queue) = self.replies.get_mut(&vendor) else { return };
        let most = if self.plant == Some(Plant::RepliesOutOfOrder) { 1 } else { 3 };
        let mut messages = pairs(queue.deliver(&mut rng, now, most));
        if self.plant == Some(Plant::RepliesOutOfOrder) {
            for (_, body) in &mut messages {
                crate::plants::in_order_of_arrival(&self.world, &vendor, body);
            }
        }
        let arn =
            format!("arn:aws:sqs:us-east-1:000000000000:icm-test-replies-{}", vendor.as_str().to_lowercase());
        let (ids, event) = (ids(&messages), serde_json::to_value(event(&arn, &messages)).unwrap());
        self.start("receive", Cause::Replies(vendor, ids), |ports, clock| receive(ports, clock, event));
    }

    /// Delivers a batch of the stream from where it stands; at times from before that.
    pub(crate) fn deliver_stream(&mut self) {
        let end = self.world.state().stream.len();
        let from = if self.rng.u8(0..20) == 0 { self.stream_at.saturating_sub(5) } else { self.stream_at };
        let until = (from + self.rng.usize(1..=6)).min(end);
        if from >= until {
            return;
        }
        let lossy = self.swarm.stream == Stream::Lossy && !self.calm;
        let event = self.stream_records(from..until, lossy);
        if self.plant == Some(Plant::OptOutIgnored) {
            let effects = self.world.state().stream[from..until].to_vec();
            let cause = Cause::Stream(from..until);
            return self.start("relay (stream)", cause, |ports, clock| {
                crate::plants::blind_relay(ports, clock, effects)
            });
        }
        self.start("relay (stream)", Cause::Stream(from..until), |ports, clock| relay(ports, clock, event));
    }

    fn stream_records(&mut self, range: Range<usize>, lossy: bool) -> Value {
        let effects: Vec<_> = self.world.state().stream[range.clone()].to_vec();
        let mut records = Vec::new();
        for (at, (member, effect)) in range.zip(effects) {
            if lossy && self.rng.u8(0..3) == 0 {
                continue;
            }
            records.push(json!({"eventName": "INSERT", "dynamodb": {"SequenceNumber": at.to_string(), "Keys": {
                "pk": {"S": format!("M#{}", member.as_str())}, "sk": {"S": format!("FX#{}", effect.as_str())}}}}));
        }
        json!({ "Records": records })
    }

    /// Where the stream goes on: after the batch, or from the lowest failed record; after some tries it goes on anyway.
    pub(crate) fn stream_done(&mut self, range: Range<usize>, ended: Option<Ended>) {
        let lowest = match ended {
            Some(Ended::Batch(failed)) => failed.iter().filter_map(|at| at.parse::<usize>().ok()).min(),
            Some(Ended::Answer(_) | Ended::Error) | None => Some(range.start),
        };
        match lowest {
            Some(from) if self.stream_tries < 3 => {
                self.stream_tries += 1;
                self.stream_at = from;
            }
            Some(_) | None => {
                self.stream_tries = 0;
                self.stream_at = self.stream_at.max(range.end);
            }
        }
    }

    pub(crate) fn sweep(&mut self) {
        self.start("relay (sweep)", Cause::Schedule, |ports, clock| relay(ports, clock, Value::Null));
    }
}

fn pairs(batch: Vec<crate::queue::Delivered>) -> Vec<(String, String)> {
    batch.into_iter().map(|message| (message.id, message.body)).collect()
}

fn ids(messages: &[(String, String)]) -> Vec<String> {
    messages.iter().map(|(id, _)| id.clone()).collect()
}
