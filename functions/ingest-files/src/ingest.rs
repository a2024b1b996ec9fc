//! One file from its announcement to the queue.

use crate::drops::Drop;
use crate::flush::Group;
use crate::progress::Progress;
use crate::spool::Spool;
use crate::vendors::{self, Delivered};
use crate::{Ports, memberless};
use icm_casework::freshness;
use icm_contract::keys;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::{SourceId, VendorId};
use icm_formats::{Availability, Item, Place, Problem, ReadOptions, Receipt, RecordCount, Records, read};
use icm_lambda::{BatchResponse, Disposition, Failure, Metrics, SqsEvent, disposition};
use icm_ports::{Clock, QuarantineRecord, Result};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Facts in one group: enough that most facts of a member are in one message, few enough for the memory of a function
/// (about two kilobytes each).
const GROUP_FACTS: usize = 20_000;

/// Items handed over from the reader at one time, and how many such hand-overs wait.
const HANDOVER_ITEMS: usize = 256;
const HANDOVERS: usize = 8;

/// Problems quarantined in one call.
const PROBLEMS: usize = 100;

/// The latest day of which a file tells us, by kind of source.
type Through = BTreeMap<&'static str, Day>;

/// Notes the day of which a fact tells us: when a claim was received, the day that a roster describes; an eligibility file
/// says who is covered on the day on which it is delivered, however long ago the coverage began.
fn note(through: &mut Through, item: &Item, today: Day) {
    let Item::Fact { fact, .. } = item else { return };
    let (kind, day) = match fact {
        Fact::Claim(_) => ("claims", fact.received()),
        Fact::Coverage(span) => ("eligibility", span.thru.unwrap_or(today).max(span.received)),
        Fact::Roster(row) => ("rosters", row.as_of),
        Fact::Profile(_)
        | Fact::Consent(_)
        | Fact::Preference(_)
        | Fact::Closure(_)
        | Fact::Referral(_)
        | Fact::Override(_)
        | Fact::Adt(_)
        | Fact::Alias { .. }
        | Fact::Retraction { .. } => return,
    };
    through.entry(kind).and_modify(|known| *known = (*known).max(day)).or_insert(day);
}

/// What a deployment decides about files.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder for copies of files while they are read.
    pub spool: PathBuf,
    /// `true`: the day of ingest counts as the day of receipt, whatever files state.
    pub received_at_ingest: bool,
}

/// What was done with a file, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Facts read.
    pub facts: u64,
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

/// What became of one item.
enum Taken {
    Fact,
    Parked,
    Nothing,
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
        let items = self.reader(&spool, dropped);
        let name = keys::short_hash(format!("{key}#{}", meta.tag).as_bytes());
        self.consume(key, &name, items, &mut progress).await
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
        if self.settings.received_at_ingest {
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
        progress: &mut Progress,
    ) -> Result<Tally> {
        let (mut tally, mut group, mut number) = (Tally::default(), Group::default(), 0);
        let (mut problems, mut places) = (Vec::new(), Vec::new());
        let (mut through, today) = (Through::new(), self.clock.today());
        let mut records = RecordCount::default();
        while let Some(handed) = items.recv().await {
            for item in handed {
                note(&mut through, &item, today);
                records.take(0, &item);
                match self.take(item, &mut group, &mut problems, &mut places).await? {
                    Taken::Fact => tally.facts += 1,
                    Taken::Parked => records.park(1),
                    Taken::Nothing => {}
                }
            }
            if problems.len() >= PROBLEMS {
                self.problems(key, std::mem::take(&mut problems)).await?;
            }
            if group.facts() >= GROUP_FACTS {
                let full = std::mem::take(&mut group);
                tally.messages += self.group(full, name, number, progress, false).await?;
                number += 1;
            }
        }
        self.problems(key, problems).await?;
        self.availability(&places).await?;
        tally.records = records.records();
        tally.messages += self.group(group, name, number, progress, true).await?;
        self.source(key, &through).await?;
        progress.note(&self.ports, number + 1, true).await?;
        Ok(tally)
    }

    /// Moves the data-through days of the file's feed: when everything of the file is on the queue, and before the file
    /// counts as done (DESIGN D12).
    async fn source(&self, key: &str, through: &Through) -> Result<()> {
        let dropped = Drop { key: key.to_owned(), again: false };
        let now = self.clock.now();
        for (kind, day) in through {
            // Nobody has told us of tomorrow.
            let day = (*day).min(now.day());
            freshness::advance(&self.ports, kind, dropped.feed(), day, now).await?;
        }
        Ok(())
    }

    async fn take(
        &self,
        item: Item,
        group: &mut Group,
        problems: &mut Vec<Problem>,
        places: &mut Vec<Availability>,
    ) -> Result<Taken> {
        match item {
            Item::Fact { member: Some(member), fact, .. } => {
                group.add(member, fact);
                return Ok(Taken::Fact);
            }
            Item::Fact { member: None, fact: Fact::Claim(claim), .. } => {
                let Some((member, fact)) = memberless::locate(&self.ports, *claim).await? else {
                    return Ok(Taken::Parked);
                };
                group.add(member, fact);
                return Ok(Taken::Fact);
            }
            // Only a claim can do without a member; no reader yields anything else about nobody.
            Item::Fact { member: None, place, .. } => {
                let field = "member_id".to_owned();
                problems.push(Problem { place, field, reason: icm_formats::Reason::BlankValue });
            }
            Item::Availability { row, .. } => places.push(row),
            Item::Problem(problem) => problems.push(problem),
            Item::Ignored { .. } => {}
        }
        Ok(Taken::Nothing)
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
            origin: "queue:ingest".into(),
            id: id.into(),
            field: "".into(),
            reason: "not an announcement of a dropped file, or its records are corrupt".into(),
            at: self.clock.now(),
            content: Some(body.into()),
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
