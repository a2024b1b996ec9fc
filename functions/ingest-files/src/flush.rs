//! One group of facts: archived, sent, noted.

use crate::{Ports, memberless};
use icm_contract::facts_message::messages;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use icm_ports::{Destination, Outgoing, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Facts of many members, up to a bound.
#[derive(Default)]
pub(crate) struct Group {
    members: BTreeMap<MemberId, Vec<Fact>>,
    facts: usize,
}

/// A line of the archive.
#[derive(Serialize)]
struct Line<'a> {
    member_id: &'a MemberId,
    fact: &'a Fact,
}

impl Group {
    /// Adds a fact. A change of id is told under both ids (DESIGN D2).
    pub(crate) fn add(&mut self, member: MemberId, fact: Fact) {
        if let Fact::Alias { received, other } = &fact {
            let mirrored = Fact::Alias { received: *received, other: member.clone() };
            self.members.entry(other.clone()).or_default().push(mirrored);
            self.facts += 1;
        }
        self.members.entry(member).or_default().push(fact);
        self.facts += 1;
    }

    pub(crate) const fn facts(&self) -> usize {
        self.facts
    }

    /// Archives and sends the group; `name` is the same for the same group of the same file.
    pub(crate) async fn send<P: Ports>(mut self, ports: &P, name: &str) -> Result<u64> {
        if self.facts == 0 {
            return Ok(0);
        }
        let mut known = memberless::record(ports, &self.members).await?;
        for (member, fact) in std::mem::take(&mut known.facts) {
            self.add(member, fact);
        }
        self.archive(ports, name).await?;
        let messages = messages(self.members.iter().map(|(member, facts)| (member.clone(), facts.clone())));
        let outgoing: Vec<Outgoing> = messages
            .iter()
            .enumerate()
            .map(|(at, message)| Outgoing { key: at.to_string().into(), body: message.to_body() })
            .collect();
        let failed = ports.send(&Destination::Facts, &outgoing).await?;
        // The file comes again as a whole: what was sent is sent again, and changes nothing.
        if let Some(failure) = failed.into_iter().next() {
            return Err(failure.error);
        }
        memberless::forget(ports, &known).await?;
        Ok(messages.len() as u64)
    }

    async fn archive<P: Ports>(&self, ports: &P, name: &str) -> Result<()> {
        let mut partitions: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (member_id, facts) in &self.members {
            let lines = partitions.entry(memberless::partition(member_id)).or_default();
            for fact in facts {
                let line = serde_json::to_string(&Line { member_id, fact }).unwrap_or_default();
                lines.extend_from_slice(line.as_bytes());
                lines.push(b'\n');
            }
        }
        for (partition, lines) in partitions {
            ports.archive(&format!("facts/v1/p{partition:02}/{name}.ndjson"), lines).await?;
        }
        Ok(())
    }
}
