//! Feeds that repeat everything in each file (DESIGN D2): a snapshot is compared with the one before, only what changed
//! is sent, and what is gone is taken back by a fact of its own. Where more than a twentieth is gone nothing is taken
//! back: a person looks, because half a file looks like a payer that lost half of its members.
//!
//! An 834 says itself what it is. One of changes is never compared. One of everybody tells who is covered on its day: whoever is
//! missing is covered no longer from that day on, and what had ended before is not missing.
//!
//! A snapshot is one file. It is read twice: once to compare, once to send. The manifest of a series (one feed, one kind
//! of facts) moves on when everything of the file is on the queue; a delivery that ended before is repeated against the
//! same manifest and sends the same.

mod compare;
mod entry;
mod manifest;
mod spill;

use crate::Ports;
use compare::{Differences, compare};
use entry::{COVERAGE, Entry, Series, entry_of, receive};
use icm_contract::keys;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::{MemberId, SourceId};
use icm_formats::Item;
use icm_formats::x12::{CHANGED_ENROLMENT, FULL_ENROLMENT};
use icm_ports::Result;
use manifest::Manifest;
use spill::Spill;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One part in so many may be gone before a person is asked (DESIGN D2: 5%).
const HELD_ABOVE: u64 = 20;

/// What a person is asked.
pub(crate) const HELD: &str = "more than a twentieth of what the snapshot before held is gone; nothing was taken back; \
     replay this record to confirm that it is gone";

/// What is needed to know the snapshots among the facts of a file.
#[derive(Clone, Copy)]
pub(crate) struct Declared<'a> {
    /// Feeds whose files are snapshots.
    pub(crate) sources: &'a BTreeSet<SourceId>,
    /// The day of ingest counts as the day of receipt.
    pub(crate) received_at_ingest: bool,
    /// Today.
    pub(crate) today: Day,
}

/// The entries of a file while it is read for the first time.
pub(crate) struct Reading<'a> {
    declared: Declared<'a>,
    spill: Spill,
    /// The file says that it holds everybody who is covered (834, BGN08 = 4 or RX).
    everybody: bool,
    /// The file says that it holds changes (834, BGN08 = 2): whoever is missing has none.
    changes: bool,
    /// The latest day on which coverage in it counts as told.
    told: Option<Day>,
}

impl<'a> Reading<'a> {
    /// Nothing read yet.
    pub(crate) fn new(declared: Declared<'a>, folder: &Path, name: &str) -> Result<Self> {
        let spill = Spill::under(folder, name)?;
        Ok(Self { declared, spill, everybody: false, changes: false, told: None })
    }

    /// Takes note of what was read.
    pub(crate) fn take(&mut self, item: &Item) -> Result<()> {
        match item {
            Item::Fact { member: Some(member), fact, .. } => self.note(member, fact),
            Item::Ignored { rule, .. } => {
                self.everybody |= *rule == FULL_ENROLMENT;
                self.changes |= *rule == CHANGED_ENROLMENT;
                Ok(())
            }
            Item::Fact { member: None, .. } | Item::Availability { .. } | Item::Problem(_) => Ok(()),
        }
    }

    fn note(&mut self, member: &MemberId, fact: &Fact) -> Result<()> {
        match entry_of(member, fact, self.declared.received_at_ingest) {
            Some((series, entry)) if self.declared.sources.contains(&series.source) => {
                if series.kind == COVERAGE {
                    self.told = self.told.max(Some(entry.received));
                }
                self.spill.add(series, &entry)
            }
            _ => Ok(()),
        }
    }

    /// Compares the file with what its feeds said before. `confirmed` is the basis of a comparison whose losses a person
    /// has confirmed.
    pub(crate) async fn compared<P: Ports>(self, ports: &P, confirmed: Option<&str>) -> Result<Changes<'a>> {
        let mut changes = Changes { declared: self.declared, series: BTreeMap::new() };
        for series in self.spill.series() {
            let coverage = series.kind == COVERAGE;
            if coverage && self.changes {
                continue;
            }
            let last = Manifest::last(ports, series.clone()).await?;
            let roll = self.told.filter(|_| coverage && self.everybody);
            changes.series.insert(series, SeriesChanges::begun(last, roll));
        }
        let basis = changes.basis();
        for (series, own) in &mut changes.series {
            own.compare(ports, &self.spill, series, self.declared.today).await?;
            own.judge(ports, series, self.declared.today, confirmed == Some(basis.as_str())).await?;
        }
        Ok(changes)
    }
}

/// What became of a series.
struct SeriesChanges {
    last: Manifest,
    /// The day of which the file tells who is covered, where it holds everybody: absence ends coverage on that day, and does
    /// not take back what was before.
    roll: Option<Day>,
    /// Days of receipt by the hash of what is to be sent; none: there was no snapshot before, everything is sent.
    sent: Option<BTreeMap<String, Day>>,
    gone: Vec<Entry>,
    before: u64,
    partitions: BTreeSet<String>,
    withdrawn: Vec<(MemberId, Fact)>,
    held: bool,
}

impl SeriesChanges {
    fn begun(last: Manifest, roll: Option<Day>) -> Self {
        let sent = (!last.is_first()).then(BTreeMap::new);
        Self {
            last,
            roll,
            sent,
            gone: Vec::new(),
            before: 0,
            partitions: BTreeSet::new(),
            withdrawn: Vec::new(),
            held: false,
        }
    }

    /// Compares partition by partition, and keeps the entries of the manifest to come.
    async fn compare<P: Ports>(
        &mut self,
        ports: &P,
        spill: &Spill,
        series: &Series,
        today: Day,
    ) -> Result<()> {
        let partitions: BTreeSet<String> =
            spill.partitions(series).into_iter().chain(self.last.partitions().iter().cloned()).collect();
        for partition in partitions {
            let was = self.last.entries(ports, &partition).await?;
            let Differences { sent, gone, held, before } =
                compare(was, spill.entries(series, &partition)?, today, self.roll);
            self.before += before;
            if let Some(known) = &mut self.sent {
                known.extend(sent);
            }
            // Until the losses are judged they stay in the manifest as what they were.
            let kept: Vec<Entry> = held.into_iter().chain(gone.iter().cloned()).collect();
            self.gone.extend(gone);
            self.last.keep_next(ports, &partition, &kept).await?;
            self.partitions.insert(partition);
        }
        Ok(())
    }

    /// Takes back what is gone, unless it is too much for nobody to have looked. What is held stays in the manifest: the
    /// next snapshot that does not hold it either is asked about again.
    async fn judge<P: Ports>(
        &mut self,
        ports: &P,
        series: &Series,
        today: Day,
        confirmed: bool,
    ) -> Result<()> {
        let gone = std::mem::take(&mut self.gone);
        self.held = !confirmed && gone.len() as u64 * HELD_ABOVE > self.before;
        if self.held || gone.is_empty() {
            return Ok(());
        }
        let mut touched: BTreeMap<String, BTreeSet<Entry>> = BTreeMap::new();
        for entry in gone {
            // A day of receipt may be stated that is still to come.
            let day = today.max(entry.received);
            self.withdrawn
                .push((entry.member.clone(), entry.thing.withdrawn(&series.source, day, self.roll)));
            touched.entry(spill::partition(&entry.member)).or_default().insert(entry);
        }
        for (partition, gone) in touched {
            let mut entries = self.last.next_entries(ports, &partition).await?;
            for entry in entries.iter_mut().filter(|entry| gone.contains(entry)) {
                (entry.gone, entry.received) = (true, today.max(entry.received));
            }
            self.last.keep_next(ports, &partition, &entries).await?;
        }
        Ok(())
    }
}

/// What a file says differently from the snapshot before it.
pub(crate) struct Changes<'a> {
    declared: Declared<'a>,
    series: BTreeMap<Series, SeriesChanges>,
}

impl Changes<'_> {
    /// Names the manifests that the file was compared with.
    pub(crate) fn basis(&self) -> String {
        self.names(0)
    }

    /// Names the manifests that the file leaves behind: whoever confirms its losses confirms them against these, and
    /// not against those of a later file.
    pub(crate) fn left_behind(&self) -> String {
        self.names(1)
    }

    fn names(&self, later: u64) -> String {
        let names: Vec<String> = self.series.values().map(|own| own.last.name(later)).collect();
        keys::short_hash(names.join(" ").as_bytes())
    }

    /// Whether a fact is to be sent; one that is said anew of something known gets its day of receipt.
    pub(crate) fn sends(&self, member: &MemberId, fact: &mut Fact) -> bool {
        let Some((series, entry)) = entry_of(member, fact, self.declared.received_at_ingest) else {
            return true;
        };
        let Some(sent) = self.series.get(&series).and_then(|own| own.sent.as_ref()) else { return true };
        let Some(day) = sent.get(&entry.hash) else { return false };
        receive(fact, *day);
        true
    }

    /// What is taken back.
    pub(crate) fn withdrawn(&mut self) -> Vec<(MemberId, Fact)> {
        self.series.values_mut().flat_map(|own| std::mem::take(&mut own.withdrawn)).collect()
    }

    /// Whether so much is gone that a person must look. Then nothing of that series is taken back.
    pub(crate) fn held(&self) -> bool {
        self.series.values().any(|own| own.held)
    }

    /// Everything is on the queue: the next snapshot is compared with this one.
    pub(crate) async fn conclude<P: Ports>(&self, ports: &P) -> Result<()> {
        for own in self.series.values() {
            let partitions: Vec<String> = own.partitions.iter().cloned().collect();
            own.last.advance(ports, &partitions).await?;
        }
        Ok(())
    }
}
