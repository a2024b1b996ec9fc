//! Sending, quarantine, audit, registry, locator.

use super::Ports;
use crate::plant::Plant;
use icm_domain::day::Day;
use icm_domain::ids::{ClaimId, MemberId, SourceId};
use icm_ports::{
    AuditRead, AuditRecord, AuditSpan, AuditWrite, Commit, Destination, LocatorRead, LocatorWrite, Outgoing,
    Parked, PortError, QuarantineRead, QuarantineRecord, QuarantineWrite, QueueSend, RegistryKind,
    RegistryRead, RegistryRecord, RegistryWrite, Result, SendFailure,
};

impl QueueSend for Ports {
    async fn send(&self, to: &Destination, messages: &[Outgoing]) -> Result<Vec<SendFailure>> {
        self.call("send messages", |state| {
            let mut failures = Vec::new();
            for message in messages {
                if state.sends_failing > 0 {
                    state.sends_failing -= 1;
                    let error = PortError::Throttled { operation: "send messages" };
                    failures.push(SendFailure { key: message.key.clone(), error });
                } else {
                    let mut message = message.clone();
                    if state.plant == Some(Plant::NoDeduplicationKey) {
                        make_up_a_key(&mut message, state.sent.len());
                    }
                    state.sent.push((to.clone(), message));
                }
            }
            Ok(failures)
        })
        .await
    }
}

/// The message with a key that no other sending has.
fn make_up_a_key(message: &mut Outgoing, number: usize) {
    if let Ok(mut body) = serde_json::from_str::<serde_json::Value>(&message.body)
        && let Some(key) = body.get_mut("dedupkey")
    {
        *key = format!("{}@{number}", message.key).into();
        message.body = body.to_string();
    }
}

impl Ports {
    /// Sends what a commit causes without an outbox: for planted mistakes alone.
    pub(super) async fn send_at_once(&self, commit: &Commit) -> Result<()> {
        for effect in &commit.effects {
            let message = Outgoing { key: effect.id().as_str().into(), body: "{}".to_owned() };
            self.send(&effect.to, &[message]).await?;
        }
        Ok(())
    }
}

impl QuarantineWrite for Ports {
    async fn quarantine(&self, records: &[QuarantineRecord]) -> Result<()> {
        self.call("quarantine", |state| {
            for record in records {
                state.quarantine.insert((record.origin.clone(), record.id.clone()), record.clone());
            }
            Ok(())
        })
        .await
    }
}

impl QuarantineRead for Ports {
    async fn origins(&self) -> Result<Vec<Box<str>>> {
        self.look("read quarantine places", |state| {
            let mut origins: Vec<Box<str>> =
                state.quarantine.keys().map(|(origin, _)| origin.clone()).collect();
            origins.dedup();
            origins
        })
        .await
    }

    async fn records(
        &self,
        origin: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<QuarantineRecord>> {
        self.look("read quarantine", |state| {
            let of_origin = state.quarantine.values().filter(|record| *record.origin == *origin);
            let later = of_origin.filter(|record| after.is_none_or(|after| *record.id > *after));
            later.take(limit).cloned().collect()
        })
        .await
    }
}

impl AuditWrite for Ports {
    async fn audit(&self, record: &AuditRecord) -> Result<()> {
        self.call("write audit trail", |state| {
            state.audit.insert((record.at, record.id.clone()), record.clone());
            Ok(())
        })
        .await
    }

    async fn audit_about(&self, record: &AuditRecord, member: &MemberId) -> Result<()> {
        self.call("write audit trail", |state| {
            state.audit.insert((record.at, record.id.clone()), record.clone());
            let held = state.audited.entry(member.clone()).or_default();
            if held.iter().all(|line| line.place() != record.place()) {
                held.push(record.clone());
            }
            Ok(())
        })
        .await
    }
}

impl AuditRead for Ports {
    async fn audited_on(&self, day: Day, span: AuditSpan<'_>) -> Result<Vec<AuditRecord>> {
        self.look("read audit trail", |state| {
            audited(state.audit.values(), span, |line| line.at.day() == day)
        })
        .await
    }

    async fn audited_about(&self, member: &MemberId, span: AuditSpan<'_>) -> Result<Vec<AuditRecord>> {
        self.look("read audit trail", |state| {
            let lines = state.audited.get(member).map(Vec::as_slice).unwrap_or_default();
            audited(lines.iter(), span, |_| true)
        })
        .await
    }
}

fn audited<'a>(
    lines: impl Iterator<Item = &'a AuditRecord>,
    span: AuditSpan<'_>,
    wanted: impl Fn(&AuditRecord) -> bool,
) -> Vec<AuditRecord> {
    let later = |line: &&AuditRecord| span.after.is_none_or(|after| *line.place() > *after);
    let mut found: Vec<AuditRecord> = lines.filter(|line| wanted(line)).filter(later).cloned().collect();
    found.sort_by_key(AuditRecord::place);
    found.dedup();
    found.truncate(span.limit);
    found
}

impl RegistryRead for Ports {
    async fn record(&self, kind: RegistryKind, key: &str) -> Result<Option<RegistryRecord>> {
        self.look("read registry", |state| state.registry.get(&(kind.id(), key.into())).cloned()).await
    }

    async fn records(&self, kind: RegistryKind, prefix: &str) -> Result<Vec<RegistryRecord>> {
        self.look("list registry", |state| {
            let of_kind = state.registry.iter().filter(|((held, _), _)| *held == kind.id());
            let wanted = of_kind.filter(|((_, key), _)| key.starts_with(prefix));
            wanted.map(|(_, record)| record.clone()).collect()
        })
        .await
    }

    async fn taken(&self, key: &str) -> Result<i64> {
        self.look("read capacity", |state| state.taken.get(key).copied().unwrap_or_default()).await
    }
}

impl RegistryWrite for Ports {
    async fn write(&self, kind: RegistryKind, record: &RegistryRecord) -> Result<()> {
        self.call("write registry", |state| {
            let key = (kind.id(), record.key.clone());
            let stored = state.registry.get(&key).map_or(0, |held| held.revision);
            if stored + 1 != record.revision {
                return Err(PortError::Conflict { operation: "write registry" });
            }
            state.registry.insert(key, record.clone());
            Ok(())
        })
        .await
    }
}

fn place(source: &SourceId, control: &ClaimId) -> (String, String) {
    (source.as_str().to_owned(), control.as_str().to_owned())
}

impl LocatorRead for Ports {
    async fn locate(&self, source: &SourceId, control: &ClaimId) -> Result<Option<MemberId>> {
        self.look("locate claim", |state| state.places.get(&place(source, control)).cloned()).await
    }

    async fn parked(&self, source: &SourceId, control: &ClaimId) -> Result<Vec<Parked>> {
        let (source, control) = place(source, control);
        self.look("read parked facts", |state| {
            let here =
                state.parked.iter().filter(|((held, number, _), _)| *held == source && *number == control);
            here.map(|((_, _, id), bytes)| Parked { id: id.as_str().into(), bytes: bytes.clone() }).collect()
        })
        .await
    }
}

impl LocatorWrite for Ports {
    async fn record(&self, source: &SourceId, places: &[(ClaimId, MemberId)]) -> Result<()> {
        self.call("record claim place", |state| {
            for (control, member) in places {
                state.places.insert(place(source, control), member.clone());
            }
            Ok(())
        })
        .await
    }

    async fn park(&self, source: &SourceId, control: &ClaimId, fact: &Parked) -> Result<()> {
        let (source, control) = place(source, control);
        self.call("park fact", |state| {
            state.parked.insert((source, control, fact.id.as_ref().to_owned()), fact.bytes.clone());
            Ok(())
        })
        .await
    }

    async fn unpark(&self, source: &SourceId, control: &ClaimId, id: &str) -> Result<()> {
        let (source, control) = place(source, control);
        self.call("unpark fact", |state| {
            state.parked.remove(&(source, control, id.to_owned()));
            Ok(())
        })
        .await
    }
}
