//! Dropped files end on the facts queue, in quarantine, or parked; a second delivery changes nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use icm_contract::{FactsMessage, pack};
use icm_domain::claim::{Action, ClaimVersion, family, part};
use icm_domain::day::Day;
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use icm_formats::Records;
use icm_lambda::{BatchResponse, SqsEvent, SqsRecord};
use icm_testkit::{Fault, FixedClock, Gate, Ports, World};
use ingest_files::{Drop, IngestFiles, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const ROSTER: &str = "program_id,model,member_id,status,as_of,start,end,manager_name,manager_phone\n\
    P1,M1A,m1,enrolled,2024-05-01,2024-01-01,,Ann,555\n\
    P1,M1A,m2,declined,2024-05-01,,,,\n\
    P1,M1A,m3,enrolled,not-a-date,,,,\n";

fn function(ports: Ports, folder: &tempfile::TempDir) -> IngestFiles<Ports, FixedClock> {
    let clock = FixedClock::at(Moment::start_of(Day::from_count(20_000)));
    let settings = Settings { spool: folder.path().to_owned(), feeds: ingest_files::Feeds::default() };
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
    assert_eq!(&*kept[0].id, "0000000003@161#as_of", "record, position and field");
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

const ISA: &str = "ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~";

/// A remittance of two claims that name no member, and one that is no claim of the payer.
fn remittance() -> String {
    format!(
        "{ISA}GS*HP*S*R*20240105*1253*1*X*005010X221A1~ST*835*0001~BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~LX*1~\
         CLP*C1*1*10*10**MC*I1*11*1~DTM*232*20240101~CLP*C2*1*10*10**MC*I2*11*1~DTM*232*20240101~\
         CLP*C3*23*10*10**MC*I3*11*1~DTM*232*20240101~SE*10*0001~GE*1*1~IEA*1*000000001~"
    )
}

/// The bill of one of these claims.
fn bill() -> String {
    format!(
        "{ISA}GS*HC*S*R*20240105*1253*1*X*005010X222A1~ST*837*0001*005010X222A1~NM1*IL*1*D*J****MI*m1~CLM*C1*10***11:B:1~\
         LX*1~SV1*HC:99213*10*UN*1~DTP*472*D8*20240101~SE*7*0001~GE*1*1~IEA*1*000000001~"
    )
}

/// A remittance of so many claims that name no member, and the bills of as many members.
fn many(claims: usize) -> (String, String) {
    let mut paid = String::new();
    let mut billed = String::new();
    for n in 0..claims {
        write!(paid, "CLP*C{n}*1*10*10**MC*I{n}*11*1~DTM*232*20240101~").unwrap();
        write!(
            billed,
            "HL*{}*1*22*0~NM1*IL*1*D*J****MI*m{n}~CLM*C{n}*10***11:B:1~LX*1~SV1*HC:99213*10*UN*1~DTP*472*D8*20240101~",
            n + 1
        )
        .unwrap();
    }
    let head = "BPR*I*1*C*ACH*CCP*01*1*DA*1*1*1*01*1*DA*1*20240301~LX*1~";
    (
        format!(
            "{ISA}GS*HP*S*R*20240105*1253*1*X*005010X221A1~ST*835*0001~{head}{paid}SE*1*0001~GE*1*1~IEA*1*000000001~"
        ),
        format!(
            "{ISA}GS*HC*S*R*20240105*1253*1*X*005010X222A1~ST*837*0001*005010X222A1~{billed}SE*1*0001~GE*1*1~IEA*1*000000001~"
        ),
    )
}

#[tokio::test]
async fn hundreds_of_remittances_find_their_members_in_either_order_and_nothing_stays_parked() {
    let (remittances, bills) = many(300);
    let mut told = Vec::new();
    for order in [["acme/835", "acme/837"], ["acme/837", "acme/835"]] {
        let world = World::new();
        world.state().objects.insert("acme/835".to_owned(), remittances.as_bytes().to_vec());
        world.state().objects.insert("acme/837".to_owned(), bills.as_bytes().to_vec());
        for key in order {
            assert!(deliver(&world, Gate::open(), key).await.batch_item_failures.is_empty());
        }
        assert!(world.state().parked.is_empty());
        let facts = facts(&world);
        assert_eq!(facts.len(), 300);
        assert!(facts.values().all(|facts| facts.len() == 2), "a bill and its payment");
        told.push(facts);
    }
    assert_eq!(told[0], told[1]);
}

/// The facts on the queue by member, in an order of their own.
fn facts(world: &World) -> BTreeMap<MemberId, BTreeSet<String>> {
    let mut found: BTreeMap<MemberId, BTreeSet<String>> = BTreeMap::new();
    for (_, message) in &world.state().sent {
        for part in FactsMessage::parse(&message.body).unwrap().members {
            let packs =
                part.packs.iter().flat_map(|packed| pack::decode(&part.member, &packed.bytes).unwrap());
            found
                .entry(part.member.clone())
                .or_default()
                .extend(packs.map(|fact| serde_json::to_string(&fact).unwrap()));
        }
    }
    found
}

#[tokio::test]
async fn every_record_is_used_parked_quarantined_or_ignored() {
    let folder = tempfile::tempdir().unwrap();
    for (content, expected) in [
        (ROSTER.to_owned(), Records { used: 2, parked: 0, quarantined: 1, ignored: 0 }),
        (remittance(), Records { used: 0, parked: 2, quarantined: 0, ignored: 1 }),
        (String::new(), Records { used: 0, parked: 0, quarantined: 1, ignored: 0 }),
    ] {
        let world = with_file("acme/file", &content);
        let dropped = Drop::of("acme/file");
        let tally = function(world.open(), &folder).file(&dropped).await.unwrap();
        assert_eq!(tally.records, expected);
    }
}

/// What the same rows give as CSV: a Parquet file is read on the function's disk, where any place of it is at hand.
#[tokio::test]
async fn a_parquet_file_sends_what_its_rows_send_as_csv() {
    let rows = include_bytes!("../../../shared/formats/tests/parquet/rows.csv");
    let columns = include_bytes!("../../../shared/formats/tests/parquet/snappy.parquet");
    let world = |content: &[u8]| {
        let world = World::new();
        world.state().objects.insert("acme/claims".to_owned(), content.to_vec());
        world
    };
    let (as_csv, as_parquet, cut) = (world(rows), world(columns), world(&columns[..4000]));
    for world in [&as_csv, &as_parquet, &cut] {
        assert!(deliver(world, Gate::open(), "acme/claims").await.batch_item_failures.is_empty());
    }
    assert_eq!(claims_sent(&as_parquet), claims_sent(&as_csv));
    assert_eq!((claims_sent(&as_csv).len(), claims_sent(&cut).len()), (14, 0));
    let refused = cut.state();
    let reasons: Vec<&str> = refused.quarantine.values().map(|record| &*record.reason).collect();
    assert_eq!(reasons, ["the file ends in the middle"], "a file that is cut off is refused whole");
}

#[tokio::test]
async fn a_remittance_that_names_no_member_waits_for_its_bill() {
    let world = with_file("acme/835", &remittance());
    world.state().objects.insert("acme/837".to_owned(), bill().into_bytes());
    deliver(&world, Gate::open(), "acme/835").await;
    assert!(sent(&world).is_empty());
    deliver(&world, Gate::open(), "acme/837").await;
    let members: BTreeSet<MemberId> = sent(&world).into_iter().map(|(member, _)| member).collect();
    assert_eq!(members, [MemberId::new("m1")].into());
    let claims = claims_sent(&world);
    assert_eq!(claims.len(), 2, "the bill and its payment");
}

#[tokio::test]
async fn a_replacement_under_another_member_voids_the_claim_of_the_first() {
    let world = with_file("acme/1", &bill());
    let paid = remittance();
    let moved =
        bill().replace("MI*m1~", "MI*m2~").replace("CLM*C1*10***11:B:1~", "CLM*C9*10***11:B:7~REF*F8*I1~");
    for (key, content) in [("acme/2", paid), ("acme/3", moved.replace("SE*7*", "SE*8*"))] {
        world.state().objects.insert(key.to_owned(), content.into_bytes());
    }
    for key in ["acme/1", "acme/2", "acme/3"] {
        deliver(&world, Gate::open(), key).await;
    }
    let of = |member: &str| {
        claims_sent(&world)
            .into_iter()
            .filter(|claim| claim.member_id == Some(MemberId::new(member)))
            .collect::<Vec<_>>()
    };
    let (first, second) = (of("m1"), of("m2"));
    let counting = |claims: &[ClaimVersion]| family::resolve(&claims.iter().collect::<Vec<_>>()).len();
    assert!(first.iter().any(|claim| claim.action == Action::Void), "the first member's claim is voided");
    assert_eq!((counting(&first), counting(&second)), (0, 1));
}

/// The claims on the queue.
fn claims_sent(world: &World) -> Vec<ClaimVersion> {
    let state = world.state();
    let mut facts = MemberFacts::default();
    for (_, message) in &state.sent {
        for part in FactsMessage::parse(&message.body).unwrap().members {
            for held in part.packs {
                pack::decode(&part.member, &held.bytes)
                    .unwrap()
                    .into_iter()
                    .for_each(|fact| facts.push(fact));
            }
        }
    }
    facts.claims
}

/// A row of a CCLF file: each cell with its width.
fn fixed(cells: &[(&str, usize)]) -> String {
    let cells = cells.iter().map(|(text, width)| format!("{text:<width$}"));
    cells.collect::<String>() + "\r\n"
}

#[tokio::test]
async fn the_files_of_a_part_a_claim_are_joined_whichever_is_dropped_first() {
    let key = [("10", 13)];
    let member = [("1AA0A00AA00", 11), ("", 11), ("60", 2)];
    let days = [("2024-03-01", 10), ("2024-03-05", 10)];
    let of = |parts: &[&[(&'static str, usize)]]| fixed(&parts.concat());
    let header = of(&[
        &key,
        &[("230001", 6)],
        &member,
        &days,
        &[
            ("1", 1),
            ("1", 1),
            ("I509", 7),
            ("", 7),
            ("", 2),
            ("1000.00", 17),
            ("", 1),
            ("23", 2),
            ("01", 2),
            ("", 4),
        ],
        &[
            ("", 1),
            ("", 10),
            ("", 10),
            ("", 10),
            ("", 10),
            ("0", 2),
            ("2024-04-01", 10),
            ("2024-04-09", 10),
            ("", 11),
        ],
        &[("1", 2), ("1", 2), ("1", 1), ("", 1), ("0", 1)],
    ]);
    let nowhere = [("1000-01-01", 10), ("1000-01-01", 10)];
    let line = of(&[
        &key,
        &[("1", 10)],
        &member,
        &nowhere,
        &[("0120", 4), ("", 10), ("", 5), ("", 11), ("230001", 6)],
        &days,
        &[("4", 24), ("1000.00", 17)],
    ]);
    let diagnosis = of(&[
        &key,
        &member,
        &[("D", 1), ("2", 2), ("E119", 7), ("", 11), ("230001", 6)],
        &days,
        &[("Y", 7), ("0", 1)],
    ]);
    let files = [("h", header), ("l", line), ("d", diagnosis)];
    for order in [[0, 1, 2], [1, 2, 0], [2, 1, 0]] {
        let world = World::new();
        for (key, content) in order.map(|index| files[index].clone()) {
            world.state().objects.insert(format!("cms/{key}"), content.into_bytes());
            deliver(&world, Gate::open(), &format!("cms/{key}")).await;
        }
        assert!(world.state().quarantine.is_empty());
        let claims = part::joined(&claims_sent(&world), Day::parse("2025-01-01").unwrap());
        assert_eq!(claims.len(), 1);
        assert_eq!((claims[0].lines.len(), claims[0].dx.len()), (1, 2));
    }
}
