//! Items as they were stored once stay readable (DESIGN §7). The file holds items of every version that ever shipped;
//! lines are only ever added: `ICM_WRITE_GOLDEN=1 cargo test --workspace --test walk golden` adds kinds that are missing.

use crate::flow::Flow;
use icm_contract::DecisionRecord;
use icm_contract::stored::Stored;
use icm_domain::case::effect::Effect;
use icm_domain::case::log::CaseLine;
use icm_domain::case::state::Case;
use icm_domain::decision::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

/// One stored item: what it is, its encoding version, its text.
#[derive(Serialize, Deserialize)]
struct Golden {
    item: String,
    kind: String,
    version: u8,
    text: String,
}

impl Golden {
    fn of<T: Stored>(item: &str, kind: &str, stored: &T) -> Self {
        Self { item: item.to_owned(), kind: kind.to_owned(), version: T::VERSION, text: stored.write() }
    }

    /// What this program makes of the item when it reads and writes it again.
    fn rewritten(&self) -> String {
        fn again<T: Stored>(held: &Golden) -> String {
            T::read(held.version, &held.text).map_or_else(|error| error.to_string(), |read| read.write())
        }
        match self.item.as_str() {
            "case" => again::<Case>(self),
            "event" => again::<CaseLine>(self),
            "effect" => again::<Effect>(self),
            "outcome" => again::<Outcome>(self),
            "decision" => again::<DecisionRecord>(self),
            other => format!("no such item: {other}"),
        }
    }
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../data/golden/items.ndjson")
}

fn kept() -> Vec<Golden> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The items of a case from identified to active, one that declined, and one that a vendor refused: one of each kind.
fn written_now() -> Vec<Golden> {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    for (sequence, (kind, data)) in (1..).zip([
        ("received", json!({})),
        ("accepted", json!({"filler_id": "A1"})),
        ("enrolled", json!({"start": "2026-06-30"})),
        ("contact.completed", json!({"minutes": 30, "mode": "PHONE", "two_way": true})),
    ]) {
        flow.receive(Flow::reply(&vendor, "m1", sequence, kind, data));
    }
    let (_, vendor) = flow.offered("m2");
    flow.receive(Flow::reply(&vendor, "m2", 1, "rejected", json!({"reason": "NO_CAPACITY"})));
    let declined = flow.consented("m3");
    flow.command(&declined, "decline", json!({"not_now": false}));
    flow.command(&flow.consented("m4"), "hold", json!({"reason": "MEMBER_REQUEST"}));
    flow.command(&flow.consented("m5"), "stop", json!({"scope": "PLAN_WIDE"}));
    flow.relay();
    assert_eq!(flow.status(&member), "ACTIVE");
    items(&flow)
}

fn items(flow: &Flow) -> Vec<Golden> {
    let state = flow.world.state();
    let mut items = Vec::new();
    for held in state.members.values() {
        for record in held.cases.values() {
            items.push(Golden::of("case", record.case.status.id(), &record.case));
        }
        for record in held.events.values() {
            let kind = match &record.line {
                CaseLine::Opened(_) => "opened".to_owned(),
                CaseLine::Applied { event, .. } => event.kind.id().to_owned(),
                CaseLine::Refused { refusal, .. } => format!("refused {}", refusal.id()),
            };
            items.push(Golden::of("event", &kind, &record.line));
        }
        for record in held.effects.values() {
            items.push(Golden::of("effect", record.effect.what.id(), &record.effect));
        }
        if let Some(outcome) = &held.head.outcome {
            items.push(Golden::of("outcome", outcome.decision.id(), outcome));
        }
        if let Some(body) = &held.decision {
            let record = DecisionRecord::read(body.version, &body.text).unwrap();
            items.push(Golden::of("decision", record.outcome.decision.id(), &record));
        }
    }
    items
}

fn key(held: &Golden) -> (String, String, u8) {
    (held.item.clone(), held.kind.clone(), held.version)
}

/// Whether everything that was stored is there when the item is written again; fields that came later may join.
fn keeps(now: &Value, then: &Value) -> bool {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            then.iter().all(|(key, value)| now.get(key).is_some_and(|now| keeps(now, value)))
        }
        (Value::Array(now), Value::Array(then)) => {
            now.len() == then.len() && now.iter().zip(then).all(|(now, then)| keeps(now, then))
        }
        (now, then) => now == then,
    }
}

#[test]
fn golden_items_of_every_version_are_read_and_every_kind_that_is_written_is_among_them() {
    let mut kept = kept();
    let mut known: BTreeSet<_> = kept.iter().map(key).collect();
    let missing: Vec<Golden> = written_now().into_iter().filter(|held| known.insert(key(held))).collect();
    if std::env::var_os("ICM_WRITE_GOLDEN").is_some() {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file()).unwrap();
        for held in &missing {
            writeln!(file, "{}", serde_json::to_string(held).unwrap()).unwrap();
        }
        kept.extend(missing);
    } else {
        let names: Vec<_> = missing.iter().map(key).collect();
        assert!(names.is_empty(), "no golden item of {names:?}: see the head of this file");
    }
    assert!(kept.len() > 20);
    for held in &kept {
        let name = format!("{} {} version {}", held.item, held.kind, held.version);
        let then: Value = serde_json::from_str(&held.text).unwrap();
        let now: Value =
            serde_json::from_str(&held.rewritten()).unwrap_or_else(|_| panic!("{name} is not read"));
        assert!(keeps(&now, &then), "{name} loses something: {then} becomes {now}");
    }
}
