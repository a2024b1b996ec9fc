//! Dropped files end on the facts queue, in quarantine, or parked; a second delivery changes nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use icm_contract::{FactsMessage, pack};
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_lambda::{BatchResponse, SqsEvent, SqsRecord};
use icm_testkit::{Fault, FixedClock, Gate, Ports, World};
use ingest_files::{IngestFiles, Settings};
use std::collections::BTreeSet;
use std::fmt::Write;

const ROSTER: &str = "program_id,model,member_id,status,as_of,start,end,manager_name,manager_phone\n\
    P1,M1A,m1,enrolled,2024-05-01,2024-01-01,,Ann,555\n\
    P1,M1A,m2,declined,2024-05-01,,,,\n\
    P1,M1A,m3,enrolled,not-a-date,,,,\n";

fn function(ports: Ports, folder: &tempfile::TempDir) -> IngestFiles<Ports, FixedClock> {
    let clock = FixedClock::at(Moment::start_of(Day::from_count(20_000)));
    let settings = Settings { spool: folder.path().to_owned(), received_at_ingest: false };
    IngestFiles::new(ports, clock, settings)
}

fn dropped(key: &str) -> SqsEvent {
    let body = format!(r#"{{"Records":[{{"s3":{{"bucket":{{"name":"b"}},"object":{{"key":"{key}"}}}}}}]}}"#);
    let record = SqsRecord {
        message_id: "1".to_owned(),
        body,
        attributes: std::collections::BTreeMap::new(),
        source: String::new(),
    };
    SqsEvent { records: vec![record] }
}

async fn deliver(world: &World, gate: Gate, key: &str) -> BatchResponse {
    let folder = tempfile::tempdir().unwrap();
    let answer = function(world.ports(gate), &folder).handle(dropped(key)).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "copies are removed");
    answer
}

/// The facts on the queue, by the keys of the packs that they make.
fn sent(world: &World) -> BTreeSet<(MemberId, String)> {
    let state = world.state();
    let messages = state.sent.iter().map(|(_, message)| FactsMessage::parse(&message.body).unwrap());
    let parts = messages.flat_map(|message| message.members);
    parts.flat_map(|part| part.packs.into_iter().map(move |pack| (part.member.clone(), pack.key))).collect()
}

fn with_file(key: &str, content: &str) -> World {
    let world = World::new();
    world.state().objects.insert(key.to_owned(), content.as_bytes().to_vec());
    world
}

#[tokio::test]
async fn good_rows_are_sent_and_bad_ones_quarantined_with_their_place() {
    let world = with_file("acme/roster.csv", ROSTER);
    let answer = deliver(&world, Gate::open(), "acme/roster.csv").await;
    assert!(answer.batch_item_failures.is_empty());
    let members: BTreeSet<MemberId> = sent(&world).into_iter().map(|(member, _)| member).collect();
    assert_eq!(members, ["m1", "m2"].map(MemberId::new).into());
    let state = world.state();
    let kept: Vec<_> = state.quarantine.values().collect();
    assert_eq!(kept.len(), 1);
    assert_eq!((&*kept[0].origin, &*kept[0].field), ("acme/roster.csv", "as_of"));
    assert!(!format!("{:?}", kept[0]).contains("not-a-date"));
    assert!(!state.archive.is_empty());
}

#[tokio::test]
async fn a_second_delivery_sends_nothing_that_makes_another_pack() {
    let world = with_file("acme/roster.csv", ROSTER);
    deliver(&world, Gate::open(), "acme/roster.csv").await;
    let first = sent(&world);
    deliver(&world, Gate::open(), "acme/roster.csv").await;
    assert_eq!(sent(&world), first);
}

#[tokio::test]
async fn an_error_at_any_call_gives_the_file_back_and_loses_nothing() {
    let expected = {
        let world = with_file("acme/roster.csv", ROSTER);
        deliver(&world, Gate::open(), "acme/roster.csv").await;
        sent(&world)
    };
    for call in 0..12 {
        for fault in [Fault::Throttle, Fault::Ambiguous] {
            let world = with_file("acme/roster.csv", ROSTER);
            let answer = deliver(&world, Gate::with_fault(call, fault), "acme/roster.csv").await;
            if !answer.batch_item_failures.is_empty() {
                let again = deliver(&world, Gate::open(), "acme/roster.csv").await;
                assert!(again.batch_item_failures.is_empty(), "call {call}");
            }
            assert_eq!(sent(&world), expected, "call {call}");
            assert_eq!(world.state().quarantine.len(), 1, "call {call}");
        }
    }
}

#[tokio::test]
async fn entries_that_the_queue_refuses_give_the_file_back() {
    let world = with_file("acme/roster.csv", ROSTER);
    world.state().sends_failing = 1;
    assert_eq!(deliver(&world, Gate::open(), "acme/roster.csv").await.batch_item_failures.len(), 1);
    assert!(deliver(&world, Gate::open(), "acme/roster.csv").await.batch_item_failures.is_empty());
    assert_eq!(sent(&world).len(), 2);
}

#[tokio::test]
async fn what_is_no_file_is_quarantined_once() {
    for (content, reasons) in [("", 1), ("\u{1}\u{2}nothing that is read here", 1)] {
        let world = with_file("x.bin", content);
        let answer = deliver(&world, Gate::open(), "x.bin").await;
        assert!(answer.batch_item_failures.is_empty());
        assert_eq!(world.state().quarantine.len(), reasons);
        assert!(world.state().sent.is_empty());
    }
    let world = World::new();
    assert!(deliver(&world, Gate::open(), "gone.csv").await.batch_item_failures.is_empty());
    assert_eq!(world.state().quarantine.len(), 1);
}

#[tokio::test]
async fn a_body_that_announces_nothing_is_quarantined() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let mut event = dropped("x");
    event.records[0].body = "hello".to_owned();
    let answer = function(world.open(), &folder).handle(event).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(world.state().quarantine.len(), 1);
}

#[tokio::test]
async fn a_file_of_many_members_loses_none() {
    let mut content = "program_id,model,member_id,status,as_of,start,end\n".to_owned();
    for n in 0..25_000 {
        writeln!(content, "P1,M1A,m{n},enrolled,2024-05-01,2024-01-01,").unwrap();
    }
    let world = with_file("acme/roster.csv", &content);
    deliver(&world, Gate::open(), "acme/roster.csv").await;
    assert_eq!(sent(&world).len(), 25_000);
    let state = world.state();
    let mut facts = 0;
    for (_, message) in &state.sent {
        for part in FactsMessage::parse(&message.body).unwrap().members {
            for held in part.packs {
                let read = pack::decode(&part.member, &held.bytes).unwrap();
                facts += read.iter().filter(|fact| matches!(fact, Fact::Roster(_))).count();
            }
        }
    }
    assert_eq!(facts, 25_000);
}
