//! All triggers together, until nothing is left to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::Account;
use super::error::StackError;
use super::handler::Handlers;
use super::invoker::{Invocations, Invoker};
use super::mischief::Mischief;
use super::positions::Positions;
use super::queue_source::QueueSource;
use super::schedules::Schedules;
use super::stream_source::StreamSource;
use crate::template::{QueueTrigger, StreamTrigger};

/// The event sources of an account, connected to handlers.
#[derive(Debug)]
pub struct Triggers {
    account: Arc<Account>,
    invoker: Arc<Invoker>,
    queues: Vec<Arc<QueueSource>>,
    streams: Vec<Arc<StreamSource>>,
    schedules: Schedules,
}

/// What a drain did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Messages taken from queues, repeated deliveries included.
    pub messages: u64,
    /// Records read from streams, filtered ones included.
    pub records: u64,
}

/// A message may be delayed by a quarter of an hour: nothing that waits longer hinders a drain.
const DELAY_MAX_MS: i64 = 900_000;

impl Triggers {
    /// Connects the event sources of the template to the handlers. `workers` is how many calls of one
    /// function run beside each other, within the template's limit.
    ///
    /// # Errors
    /// When the positions of the streams cannot be read.
    pub fn connect(account: Arc<Account>, handlers: Handlers, workers: u32) -> Result<Self, StackError> {
        Self::connect_with(account, handlers, workers, None)
    }

    /// The same; with a seed every message and every batch of a stream is delivered twice, messages in shuffled order.
    ///
    /// # Errors
    /// As [`Triggers::connect`].
    pub fn connect_with(
        account: Arc<Account>,
        handlers: Handlers,
        workers: u32,
        redeliver: Option<u64>,
    ) -> Result<Self, StackError> {
        let template = account.template();
        let invoker = Invoker::new(handlers, template);
        let positions = account.folder().map(|folder| folder.join("streams.json"));
        let positions = Arc::new(Positions::open(positions)?);
        let queues = template.queue_triggers.iter().filter(|trigger| invoker.has(&trigger.function));
        let streams = template.stream_triggers.iter().filter(|trigger| invoker.has(&trigger.function));
        Ok(Self {
            queues: queues
                .map(|trigger| {
                    let source = queue_source(&account, trigger, workers);
                    Arc::new(QueueSource { mischief: redeliver.map(Mischief::new), ..source })
                })
                .collect(),
            streams: streams
                .map(|trigger| {
                    let source = stream_source(&account, trigger, &positions);
                    Arc::new(StreamSource { twice: redeliver.is_some(), ..source })
                })
                .collect(),
            schedules: Schedules::new(template.schedules.clone()),
            invoker: Arc::new(invoker),
            account,
        })
    }

    /// Works until every queue with a trigger is empty and every stream is read to its end. Under a set
    /// clock, delayed messages are waited for by advancing it.
    ///
    /// # Errors
    /// When an engine does not answer. What was taken and not settled is delivered again.
    pub async fn drain(&self) -> Result<Drained, StackError> {
        let mut drained = Drained::default();
        loop {
            let round = self.round().await?;
            drained.messages += round.messages;
            drained.records += round.records;
            if round == Drained::default() && !self.wait_for_delayed().await? {
                return Ok(drained);
            }
        }
    }

    /// Calls the scheduled functions whose time has come; returns how many were called.
    pub async fn fire_schedules(&self) -> u64 {
        self.schedules.fire(&self.invoker, self.account.clock()).await
    }

    /// Lets time pass up to `to_ms`, firing schedules and draining after each `step_ms`.
    ///
    /// # Errors
    /// When the clock would go back, or as [`Triggers::drain`].
    pub async fn tick(&self, to_ms: i64, step_ms: i64) -> Result<Drained, StackError> {
        let mut drained = Drained::default();
        loop {
            let now_ms = self.account.clock().now_ms();
            let next_ms = to_ms.min(now_ms.saturating_add(step_ms.max(1)));
            self.account.clock().advance_to(next_ms)?;
            self.fire_schedules().await;
            let round = self.drain().await?;
            drained.messages += round.messages;
            drained.records += round.records;
            if self.account.clock().now_ms() >= to_ms {
                self.account.expire().await?;
                return Ok(drained);
            }
        }
    }

    /// How often each function was called.
    pub fn invocations(&self) -> BTreeMap<String, Invocations> {
        self.invoker.counts()
    }

    /// The account that the triggers work on.
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Every source once to its end, beside each other.
    async fn round(&self) -> Result<Drained, StackError> {
        let mut running = tokio::task::JoinSet::new();
        for source in &self.queues {
            let (source, invoker) = (Arc::clone(source), Arc::clone(&self.invoker));
            running.spawn(async move {
                let messages = source.pump(&invoker).await?;
                Ok::<_, StackError>(Drained { messages, records: 0 })
            });
        }
        for source in &self.streams {
            let (source, invoker) = (Arc::clone(source), Arc::clone(&self.invoker));
            running.spawn(async move {
                let records = source.pump(&invoker).await?;
                Ok(Drained { messages: 0, records })
            });
        }
        let mut round = Drained::default();
        while let Some(ended) = running.join_next().await {
            let ended = ended.map_err(|_| StackError::Task)??;
            round.messages += ended.messages;
            round.records += ended.records;
        }
        Ok(round)
    }

    /// Whether a delayed message of a triggered queue is coming; if so, it is there now.
    async fn wait_for_delayed(&self) -> Result<bool, StackError> {
        let is_triggered = |name: &str| self.queues.iter().any(|source| source.trigger.queue == name);
        let clock = self.account.clock();
        let Some(next_ms) = self.account.queues().next_visible_ms(is_triggered) else {
            return Ok(false);
        };
        let wait_ms = next_ms - clock.now_ms();
        if wait_ms > DELAY_MAX_MS {
            return Ok(false);
        }
        if clock.is_set() {
            clock.advance_to(next_ms)?;
            self.account.queues().wake();
        } else {
            let wait = std::time::Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
            tokio::time::sleep(wait).await;
        }
        Ok(true)
    }
}

fn queue_source(account: &Account, trigger: &QueueTrigger, workers: u32) -> QueueSource {
    QueueSource {
        url: account.queue_url(&trigger.queue),
        client: account.clients().sqs.clone(),
        trigger: trigger.clone(),
        workers,
        mischief: None,
    }
}

fn stream_source(account: &Account, trigger: &StreamTrigger, positions: &Arc<Positions>) -> StreamSource {
    let failures = trigger.on_failure.as_deref();
    StreamSource {
        client: account.streams(),
        positions: Arc::clone(positions),
        failures: failures.map(|queue| (account.clients().sqs.clone(), account.queue_url(queue))),
        trigger: trigger.clone(),
        twice: false,
    }
}
