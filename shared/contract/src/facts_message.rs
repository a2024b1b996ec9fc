//! `icm.facts.v1`: facts about one member or several, on the facts queue (DESIGN D2).
//!
//! Facts stand in a message either as JSON (`facts`: what other systems of the payer write) or packed
//! (`packs`: what `ingest-files` writes, a quarter of the size). A member with neither asks for a new decision.

use crate::malformed::{Malformed, MalformedKind};
use crate::pack::{self, EncodedPack};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use serde::{Deserialize, Serialize};

/// The `type` of version 1.
pub const TYPE_V1: &str = "icm.facts.v1";

/// Members in one message at most: what a redelivery repeats, and what a poisoned message takes with it.
pub const MEMBERS_MAX: usize = 25;

/// Bytes of a body at most: SQS bills requests in steps of 64 KB.
pub const BODY_BYTES_MAX: usize = 60 * 1024;

/// A message on the facts queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactsMessage {
    /// What is said about whom; each member at most once.
    pub members: Vec<MemberFactsMessage>,
}

/// The part of a message about one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFactsMessage {
    /// The member.
    pub member: MemberId,
    /// The packs that this message yields for the member; empty: decide again.
    pub packs: Vec<EncodedPack>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "type")]
    kind: String,
    members: Vec<WireMember>,
}

#[derive(Serialize, Deserialize)]
struct WireMember {
    member_id: MemberId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    facts: Vec<Fact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packs: Vec<String>,
}

impl FactsMessage {
    /// Reads the body of a message. The same body always yields the same packs.
    pub fn parse(body: &str) -> Result<Self, Malformed> {
        let wire: Wire = serde_json::from_str(body).map_err(|error| Malformed::of_json(&error))?;
        if wire.kind != TYPE_V1 {
            return Err(Malformed::new("type", MalformedKind::UnknownVersion));
        }
        let members = wire.members.into_iter().map(read_member).collect::<Result<_, _>>()?;
        Ok(Self { members })
    }

    /// Writes the body of a message.
    pub fn to_body(&self) -> String {
        let members = self.members.iter().map(|member| WireMember {
            member_id: member.member.clone(),
            facts: Vec::new(),
            packs: member.packs.iter().map(|pack| STANDARD.encode(&pack.bytes)).collect(),
        });
        let wire = Wire { kind: TYPE_V1.to_owned(), members: members.collect() };
        // Cannot fail: no map keys that are not text, no type that refuses.
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// A message that asks for new decisions.
    pub fn review(members: impl IntoIterator<Item = MemberId>) -> Self {
        let members = members.into_iter().map(|member| MemberFactsMessage { member, packs: Vec::new() });
        Self { members: members.collect() }
    }
}

fn read_member(wire: WireMember) -> Result<MemberFactsMessage, Malformed> {
    let member = wire.member_id;
    if member.as_str().trim().is_empty() {
        return Err(Malformed::new("member_id", MalformedKind::Blank));
    }
    let mut facts = wire.facts;
    for text in &wire.packs {
        let bytes = STANDARD.decode(text).map_err(|_| Malformed::new("packs", MalformedKind::BadEncoding))?;
        facts.extend(pack::decode(&member, &bytes)?);
    }
    let packs = pack::encode(&member, &facts);
    Ok(MemberFactsMessage { member, packs })
}

/// Groups facts into messages, in order of the members given: bounded in members and in size. Deterministic, so that a
/// file delivered twice makes the same messages.
pub fn messages(members: impl IntoIterator<Item = (MemberId, Vec<Fact>)>) -> Vec<FactsMessage> {
    let mut out = Vec::new();
    let mut open = FactsMessage::default();
    let mut open_bytes = 0;
    for (member, facts) in members {
        for chunk in chunks(&member, &facts) {
            let bytes = chunk.iter().map(|pack| pack.bytes.len() * 4 / 3 + 8).sum::<usize>() + 64;
            let repeats = open.members.iter().any(|held| held.member == member);
            let full = open.members.len() >= MEMBERS_MAX || open_bytes + bytes > BODY_BYTES_MAX;
            if !open.members.is_empty() && (full || repeats) {
                out.push(std::mem::take(&mut open));
                open_bytes = 0;
            }
            open_bytes += bytes;
            open.members.push(MemberFactsMessage { member: member.clone(), packs: chunk });
        }
    }
    if !open.members.is_empty() {
        out.push(open);
    }
    out
}

/// The packs of one member, one message's worth at a time.
fn chunks(member: &MemberId, facts: &[Fact]) -> Vec<Vec<EncodedPack>> {
    let packs = pack::encode(member, facts);
    let bytes: usize = packs.iter().map(|pack| pack.bytes.len() * 4 / 3).sum();
    if bytes <= BODY_BYTES_MAX || facts.len() < 2 {
        return vec![packs];
    }
    let (first, second) = facts.split_at(facts.len() / 2);
    let mut out = chunks(member, first);
    out.extend(chunks(member, second));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::tests::{claim, coverage};

    #[test]
    fn json_and_packs_yield_the_same_packs() {
        let member = MemberId::new("m1");
        let facts = vec![Fact::Claim(Box::new(claim(1, Some("m1")))), coverage()];
        let json = format!(
            r#"{{"type":"icm.facts.v1","members":[{{"member_id":"m1","facts":{}}}]}}"#,
            serde_json::to_string(&facts).unwrap()
        );
        let from_json = FactsMessage::parse(&json).unwrap();
        let from_packs = messages([(member, facts)]);
        assert_eq!(from_packs, vec![from_json.clone()]);
        assert_eq!(FactsMessage::parse(&from_json.to_body()).unwrap(), from_json);
    }

    #[test]
    fn messages_are_bounded_and_lose_nothing() {
        let members = (0..60).map(|n| {
            let count = if n == 7 { 3000 } else { 3 };
            let member = MemberId::new(format!("m{n}"));
            let facts = (0..count).map(|at| Fact::Claim(Box::new(claim(at, None)))).collect::<Vec<_>>();
            (member, facts)
        });
        let messages = messages(members);
        let mut facts = 0;
        for message in &messages {
            assert!(message.to_body().len() <= BODY_BYTES_MAX + 4096);
            assert!(message.members.len() <= MEMBERS_MAX);
            for part in &message.members {
                for held in &part.packs {
                    facts += pack::decode(&part.member, &held.bytes).unwrap().len();
                }
            }
        }
        assert_eq!(facts, 59 * 3 + 3000);
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        let cases = [
            ("", MalformedKind::Truncated),
            ("{", MalformedKind::Truncated),
            ("secret", MalformedKind::NotJson),
            (r#"{"type":"icm.facts.v1"}"#, MalformedKind::WrongShape),
            (r#"{"type":"icm.facts.v9","members":[]}"#, MalformedKind::UnknownVersion),
            (r#"{"type":"icm.facts.v1","members":[{"member_id":" "}]}"#, MalformedKind::Blank),
            (
                r#"{"type":"icm.facts.v1","members":[{"member_id":"secret","packs":["CQ=="]}]}"#,
                MalformedKind::UnknownVersion,
            ),
            (
                r#"{"type":"icm.facts.v1","members":[{"member_id":"secret","packs":["AQ=="]}]}"#,
                MalformedKind::BadEncoding,
            ),
        ];
        for (body, kind) in cases {
            let error = FactsMessage::parse(body).unwrap_err();
            assert_eq!(error.kind, kind, "{body}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_member_without_facts_asks_for_a_decision() {
        let message = FactsMessage::review([MemberId::new("m1")]);
        assert_eq!(FactsMessage::parse(&message.to_body()).unwrap(), message);
    }
}
