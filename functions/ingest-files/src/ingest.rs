//! One file from its announcement to the queue.

use crate::drops::Drop;
use crate::flush::Group;
use crate::intake::Intake;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::snapshot::{self, Changes, Declared, Reading};
use crate::spool::Spool;
use crate::vendors::{self, Delivered};
use crate::{Ports, through};
use icm_contract::{announcement, keys};
use icm_domain::ids::{SourceId, VendorId};
use icm_formats::{Availability, Item, Place, Problem, ReadOptions, Receipt, Records, read};
use icm_lambda::{BatchResponse, Disposition, Failure, Metrics, SqsEvent, disposition};
use icm_ports::{Clock, QuarantineRecord, Result};
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// Facts in one group: enough that most facts of a member are in one message, few enough for the memory of a function
/// (about two kilobytes each).
const GROUP_FACTS: usize = 20_000;

/// Items handed over from the reader at one time, and how many such hand-overs wait.
const HANDOVER_ITEMS: usize = 256;
const HANDOVERS: usize = 8;

/// Problems quarantined in one call.
const PROBLEMS: usize = 100;

/// What was done with a file, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Facts read that are to be sent.
    pub facts: u64,
    /// Facts that a snapshot repeats.
    pub repeated: u64,
    /// Messages sent.
    pub messages: u64,
    /// What became of every record of the file.
    pub records: Records,
}

/// Where a record stands in its file: ordinal, and byte offset where it is known.
fn position(place: &Place) -> String {
    let at = place.offset.map_or_else(String::new, |offset| format!("@{offset}"));
    format!("{:010}{at}", place.record)
}

/// The function.
#[derive(Clone, Debug)]
pub struct IngestFiles<P, C> {
    ports: P,
    clock: C,
    settings: Settings,
}

impl<P: Ports, C: Clock> IngestFiles<P, C> {
    /// The function over these ports.
    pub const fn new(ports: P, clock: C, settings: Settings) -> Self {
        Self { ports, clock, settings }
    }

    /// Handles announcements of dropped files.
    pub async fn handle(&self, event: SqsEvent) -> BatchResponse {
        let mut returned = Vec::new();
        for record in &event.records {
            let failure = match Drop::parse(&record.body) {
                Err(_) => Some(Failure::Malformed),
                Ok(drops) => self.files(&drops).await.err().map(Failure::Port),
            };
            let Some(failure) = failure else { continue };
            tracing::warn!(failure = ?failure, "file not ingested");
            let again = match disposition(&failure) {
                Disposition::Ack => false,
                Disposition::Retry => true,
                Disposition::Quarantine => {
                    let whole = self.refused_message(&record.message_id, &record.body);
                    self.ports.quarantine(&[whole]).await.is_err()
                }
            };
            if again {
                returned.push(record.message_id.clone());
            }
        }
        BatchResponse::failing(returned)
    }

    async fn files(&self, drops: &[Drop]) -> Result<()> {
        for dropped in drops {
            let tally = self.file(dropped).await?;
            // The file's name may hold a member's: its hash finds it again. With the trace of this line everything that
            // the file causes is found.
            tracing::info!(
                file = icm_contract::keys::short_hash(dropped.key.as_bytes()),
                messages = tally.messages,
                "file ingested"
            );
            Metrics::of("ingest-files")
                .count("facts", tally.facts)
                .count("facts_repeated", tally.repeated)
                .count("messages_sent", tally.messages)
                .count("records", tally.records.read())
                .count("quarantined", tally.records.quarantined)
                .count("records_ignored", tally.records.ignored)
                .count("claims_parked", tally.records.parked)
                .emit(self.clock.now());
        }
        Ok(())
    }

    /// Ingests one file.
    pub async fn file(&self, dropped: &Drop) -> Result<Tally> {
        let key = dropped.key.as_str();
        let Some(meta) = self.ports.meta(key).await? else {
            self.quarantine(key, &[(String::new(), String::new(), "there is no such file")]).await?;
            let records = Records { quarantined: 1, ..Records::default() };
            return Ok(Tally { records, ..Tally::default() });
        };
        let mut progress = Progress::read(&self.ports, key, &meta.tag).await?;
        // A replay that is delivered again goes on where it stopped, like any other delivery.
        if dropped.again && progress.is_done() {
            progress.begin_again();
        }
        if progress.is_done() {
            return Ok(Tally::default());
        }
        if let Some(vendor) = vendors::vendor_of(key) {
            return self.vendor_file(&vendor, key, meta.size, &mut progress).await;
        }
        let spool = Spool::copy(&self.ports, (key, &meta.tag, meta.size), &self.settings.spool).await?;
        let name = keys::short_hash(format!("{key}#{}", meta.tag).as_bytes());
        let changes = self.compared(&spool, dropped, &name).await?;
        if let Some(changes) = &changes {
            progress.compared_with(changes.basis());
        }
        let items = self.reader(&spool, dropped);
        self.consume(key, &name, items, (&mut progress, changes)).await
    }

    /// Compares a file with the snapshots before it; none where no feed is declared to repeat everything.
    async fn compared(&self, spool: &Spool, dropped: &Drop, name: &str) -> Result<Option<Changes<'_>>> {
        let feeds = &self.settings.feeds;
        if feeds.snapshots.is_empty() {
            return Ok(None);
        }
        let declared = Declared {
            sources: &feeds.snapshots,
            received_at_ingest: feeds.received_at_ingest,
            today: self.clock.today(),
        };
        let mut reading = Reading::new(declared, &self.settings.spool, name)?;
        let mut items = self.reader(spool, dropped);
        while let Some(handed) = items.recv().await {
            handed.iter().try_for_each(|item| reading.take(item))?;
        }
        reading.compared(&self.ports, dropped.confirmed.as_deref()).await.map(Some)
    }

    /// A file of a vendor without queues: its rows go to the vendor's reply queue.
    async fn vendor_file(
        &self,
        vendor: &VendorId,
        key: &str,
        size: u64,
        progress: &mut Progress,
    ) -> Result<Tally> {
        let mut tally = Tally::default();
        match vendors::take(&self.ports, vendor, key, size).await? {
            Delivered::Sent(messages) => {
                tally.messages = messages;
                tally.records = Records { used: messages, ..Records::default() };
            }
            Delivered::Unusable(field) => {
                self.quarantine(key, &[(String::new(), field, vendors::UNUSABLE)]).await?;
                tally.records = Records { quarantined: 1, ..Records::default() };
            }
        }
        progress.note(&self.ports, 1, true).await?;
        Ok(tally)
    }

    /// Reads the file on a thread of its own: readers are synchronous and look at the file more than once.
    fn reader(&self, spool: &Spool, dropped: &Drop) -> mpsc::Receiver<Vec<Item>> {
        let (send, receive) = mpsc::channel(HANDOVERS);
        let mut options = ReadOptions::new(SourceId::new(dropped.feed()));
        if self.settings.feeds.received_at_ingest {
            options.receipt = Receipt::Ingest(self.clock.today());
        }
        let path = spool.path().clone();
        std::thread::spawn(move || {
            let mut items = Vec::with_capacity(HANDOVER_ITEMS);
            let ended = read(&path, &options, &mut |item| {
                items.push(item);
                if items.len() < HANDOVER_ITEMS {
                    return ControlFlow::Continue(());
                }
                // Nobody takes what is read any more: the invocation has ended.
                match send.blocking_send(std::mem::take(&mut items)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            });
            if ended.is_continue() {
                drop(send.blocking_send(items));
            }
        });
        receive
    }

    async fn consume(
        &self,
        key: &str,
        name: &str,
        mut items: mpsc::Receiver<Vec<Item>>,
        (progress, changes): (&mut Progress, Option<Changes<'_>>),
    ) -> Result<Tally> {
        let (mut intake, mut number, mut messages) = (Intake::new(changes, self.clock.today()), 0, 0);
        while let Some(handed) = items.recv().await {
            intake.take(&self.ports, handed).await?;
            self.problems(key, intake.problems_above(PROBLEMS)).await?;
            if intake.group.facts() >= GROUP_FACTS {
                let full = std::mem::take(&mut intake.group);
                messages += self.group(full, name, number, progress, false).await?;
                number += 1;
            }
        }
        for (member, fact) in intake.changes.as_mut().map(Changes::withdrawn).unwrap_or_default() {
            intake.group.add(member, fact);
        }
        self.problems(key, intake.problems_above(0)).await?;
        self.availability(&intake.places).await?;
        let tally = Tally { messages, ..intake.tally() };
        messages += self.group(intake.group, name, number, progress, true).await?;
        through::advance(&self.ports, key, &intake.through, self.clock.now()).await?;
        if let Some(changes) = intake.changes {
            self.conclude(key, &changes).await?;
        }
        progress.note(&self.ports, number + 1, true).await?;
        Ok(Tally { messages, ..tally })
    }

    /// Everything of a snapshot is on the queue. Where too much was gone a person is asked, by a record whose replay is
    /// the confirmation.
    async fn conclude(&self, key: &str, changes: &Changes<'_>) -> Result<()> {
        if changes.held() {
            let basis = changes.left_behind();
            let asked = QuarantineRecord {
                id: format!("snapshot#{basis}").into(),
                field: "snapshot".into(),
                reason: snapshot::HELD.into(),
                content: Some(announcement::confirming(key, &basis).into()),
                ..self.held_message()
            };
            self.ports.quarantine(&[asked]).await?;
        }
        changes.conclude(&self.ports).await
    }

    /// Sends a group, unless an earlier delivery of the file has sent it.
    async fn group(
        &self,
        group: Group,
        name: &str,
        number: u64,
        progress: &mut Progress,
        last: bool,
    ) -> Result<u64> {
        let sent = if progress.has_sent(number) {
            0
        } else {
            group.send(&self.ports, &format!("{name}-{number:06}")).await?
        };
        if !last && !progress.has_sent(number) {
            progress.note(&self.ports, number + 1, false).await?;
        }
        Ok(sent)
    }

    async fn problems(&self, key: &str, problems: Vec<Problem>) -> Result<()> {
        let rows: Vec<(String, String, &str)> = problems
            .into_iter()
            .map(|problem| (position(&problem.place), problem.field, problem.reason.text()))
            .collect();
        self.quarantine(key, &rows).await
    }

    async fn quarantine(&self, key: &str, rows: &[(String, String, &str)]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let record = |(record, field, reason): &(String, String, &str)| QuarantineRecord {
            origin: key.into(),
            id: format!("{record}#{field}").into(),
            field: field.as_str().into(),
            reason: (*reason).into(),
            at: self.clock.now(),
            content: None,
            replayed: false,
        };
        self.ports.quarantine(&rows.iter().map(record).collect::<Vec<_>>()).await
    }

    fn refused_message(&self, id: &str, body: &str) -> QuarantineRecord {
        QuarantineRecord {
            id: id.into(),
            reason: "not an announcement of a dropped file, or its records are corrupt".into(),
            content: Some(body.into()),
            ..self.held_message()
        }
    }

    /// A message that goes back to the queue of announcements when it is replayed.
    fn held_message(&self) -> QuarantineRecord {
        QuarantineRecord {
            origin: "queue:ingest".into(),
            id: "".into(),
            field: "".into(),
            reason: "".into(),
            at: self.clock.now(),
            content: None,
            replayed: false,
        }
    }

    /// Keeps the places of models of care.
    async fn availability(&self, rows: &[Availability]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        icm_casework::rules::learn_availability(&self.ports, rows).await
    }
}
