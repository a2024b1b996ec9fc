//! A feed that repeats everything: only what changed is sent, what is gone is taken back, and when too much is gone a person
//! is asked (DESIGN D2).
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use icm_contract::{FactsMessage, pack};
use icm_domain::day::Day;
use icm_domain::facts::{Fact, MemberFacts};
use icm_domain::ids::{MemberId, SourceId};
use icm_domain::moment::Moment;
use icm_lambda::{BatchResponse, SqsEvent, SqsRecord};
use icm_testkit::{Fault, FixedClock, Gate, World};
use ingest_files::{Feeds, IngestFiles, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const FIRST_DAY: i32 = 20_000;

/// A snapshot of so many claims, each of a member of its own, changed by `change`.
fn snapshot(claims: usize, change: impl Fn(usize, &mut Row) -> bool) -> String {
    let mut text = "claim_id,claim_line_number,claim_type,member_id,claim_start_date,claim_end_date,\
                    claim_line_start_date,place_of_service_code,hcpcs_code,paid_amount,paid_date,data_source\n"
        .to_owned();
    for nth in 0..claims {
        let mut row = Row { paid: 100, member: format!("m{nth}") };
        if change(nth, &mut row) {
            writeln!(
                text,
                "c{nth},1,professional,{},2024-01-02,2024-01-02,2024-01-02,11,99213,{},2024-02-01,acme",
                row.member, row.paid
            )
            .unwrap();
        }
    }
    text
}

/// What a test may change of a claim.
struct Row {
    paid: u32,
    member: String,
}

fn whole(_: usize, _: &mut Row) -> bool {
    true
}

/// Delivers a body to the function, `day` days after the first, with the feed declared as a snapshot.
async fn deliver(world: &World, gate: Gate, body: String, day: i32, at_ingest: bool) -> BatchResponse {
    let folder = tempfile::tempdir().unwrap();
    let clock = FixedClock::at(Moment::start_of(Day::from_count(FIRST_DAY + day)));
    let feeds = Feeds { received_at_ingest: at_ingest, snapshots: BTreeSet::from([SourceId::new("acme")]) };
    let settings = Settings { spool: folder.path().to_owned(), feeds };
    let record =
        SqsRecord { message_id: "1".to_owned(), body, attributes: BTreeMap::new(), source: String::new() };
    let event = SqsEvent { records: vec![record] };
    let answer = IngestFiles::new(world.ports(gate), clock, settings).handle(event).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "copies are removed");
    answer
}

fn announced(key: &str) -> String {
    format!(r#"{{"Records":[{{"s3":{{"bucket":{{"name":"b"}},"object":{{"key":"{key}"}}}}}}]}}"#)
}

/// Drops a file and returns the facts that it put on the queue.
async fn drop_file(world: &World, key: &str, content: &str, day: i32) -> Vec<(MemberId, Fact)> {
    world.state().objects.insert(key.to_owned(), content.as_bytes().to_vec());
    let before = world.state().sent.len();
    let answer = deliver(world, Gate::open(), announced(key), day, false).await;
    assert!(answer.batch_item_failures.is_empty());
    sent_since(world, before)
}

fn sent_since(world: &World, before: usize) -> Vec<(MemberId, Fact)> {
    let state = world.state();
    let messages = state.sent.iter().skip(before);
    let parts = messages.flat_map(|(_, message)| FactsMessage::parse(&message.body).unwrap().members);
    parts
        .flat_map(|part| {
            let facts = part.packs.iter().flat_map(|held| pack::decode(&part.member, &held.bytes).unwrap());
            facts.map(|fact| (part.member.clone(), fact)).collect::<Vec<_>>()
        })
        .collect()
}

/// The claims that count of everything that was sent, by member: number and amount.
fn standing(world: &World, day: i32) -> BTreeMap<String, Vec<(String, i64)>> {
    let as_of = Day::from_count(FIRST_DAY + day);
    let mut facts: BTreeMap<MemberId, MemberFacts> = BTreeMap::new();
    for (member, fact) in sent_since(world, 0) {
        facts.entry(member).or_default().push(fact);
    }
    let counting = |facts: &MemberFacts| {
        let known = facts.claims.iter().filter(|claim| claim.received <= as_of);
        let known: Vec<_> = known.filter(|claim| !facts.retracted(claim, as_of)).collect();
        icm_domain::claim::family::resolve(&known)
            .iter()
            .map(|claim| {
                let paid = claim.lines().filter_map(|line| line.paid).map(|paid| paid.0).sum();
                (claim.head.claim_id.as_str().to_owned(), paid)
            })
            .collect::<Vec<_>>()
    };
    let standing = facts.iter().map(|(member, facts)| (member.as_str().to_owned(), counting(facts)));
    standing.filter(|(_, claims)| !claims.is_empty()).collect()
}

#[tokio::test]
async fn a_snapshot_that_says_the_same_sends_nothing() {
    let world = World::new();
    assert_eq!(drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await.len(), 40);
    assert_eq!(drop_file(&world, "acme/2.csv", &snapshot(40, whole), 30).await.len(), 0);
    assert_eq!(standing(&world, 30).len(), 40);
}

#[tokio::test]
async fn only_changes_are_sent_and_count_as_received_today() {
    let world = World::new();
    drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await;
    let changed = snapshot(41, |nth, row| {
        row.paid = if nth == 3 { 250 } else { 100 };
        true
    });
    let sent = drop_file(&world, "acme/2.csv", &changed, 30).await;
    let of: BTreeMap<&str, Day> =
        sent.iter().map(|(member, fact)| (member.as_str(), fact.received())).collect();
    let today = Day::from_count(FIRST_DAY + 30);
    assert_eq!(of, BTreeMap::from([("m3", today), ("m40", Day::parse("2024-02-01").unwrap())]));
    assert_eq!(standing(&world, 30)["m3"], [("c3".to_owned(), 25_000)]);
    assert_eq!(standing(&world, 29)["m3"], [("c3".to_owned(), 10_000)], "nobody knew before");
}

#[tokio::test]
async fn what_is_gone_is_taken_back_and_may_come_again() {
    let world = World::new();
    drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await;
    let sent = drop_file(&world, "acme/2.csv", &snapshot(40, |nth, _| nth != 7), 30).await;
    assert!(matches!(sent.as_slice(), [(member, Fact::Retraction { .. })] if member.as_str() == "m7"));
    assert!(!standing(&world, 30).contains_key("m7"));
    assert_eq!(drop_file(&world, "acme/3.csv", &snapshot(40, |nth, _| nth != 7), 60).await.len(), 0);
    let sent = drop_file(&world, "acme/4.csv", &snapshot(40, whole), 90).await;
    assert_eq!(sent.len(), 1);
    assert!(standing(&world, 90).contains_key("m7"), "a claim that comes again counts again");
}

#[tokio::test]
async fn a_claim_that_moved_to_another_member_counts_there_alone() {
    let world = World::new();
    drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await;
    let moved = snapshot(40, |nth, row| {
        if nth == 7 {
            "m8".clone_into(&mut row.member);
        }
        true
    });
    assert_eq!(drop_file(&world, "acme/2.csv", &moved, 30).await.len(), 2);
    let standing = standing(&world, 30);
    assert!(!standing.contains_key("m7"));
    assert_eq!(standing["m8"].len(), 2);
}

#[tokio::test]
async fn when_too_much_is_gone_nothing_is_taken_back_until_a_person_confirms() {
    let world = World::new();
    drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await;
    // One in twenty may go; 3 of 40 are more. What is new is taken in meanwhile.
    let half = snapshot(41, |nth, _| nth > 2);
    let sent = drop_file(&world, "acme/2.csv", &half, 30).await;
    assert_eq!(sent.iter().map(|(member, _)| member.as_str()).collect::<Vec<_>>(), ["m40"]);
    assert_eq!(standing(&world, 30).len(), 41);
    let asked = only_question(&world);

    let before = world.state().sent.len();
    deliver(&world, Gate::open(), asked, 31, false).await;
    let sent = sent_since(&world, before);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|(_, fact)| matches!(fact, Fact::Retraction { .. })));
    assert_eq!(standing(&world, 31).len(), 38);
}

/// The announcement that confirms what was asked.
fn only_question(world: &World) -> String {
    let state = world.state();
    // Beside the notes about columns that the small file does not have.
    let mut asked = state.quarantine.values().filter(|held| &*held.field == "snapshot");
    let held = asked.next().unwrap();
    assert_eq!((&*held.origin, asked.next()), ("queue:ingest", None));
    held.content.clone().unwrap().into()
}

#[tokio::test]
async fn a_confirmation_is_good_for_the_comparison_that_was_seen_alone() {
    let world = World::new();
    drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await;
    drop_file(&world, "acme/2.csv", &snapshot(40, |nth, _| nth > 2), 30).await;
    let asked = only_question(&world);
    drop_file(&world, "acme/3.csv", &snapshot(40, whole), 60).await;
    let before = world.state().sent.len();
    deliver(&world, Gate::open(), asked, 61, false).await;
    assert!(sent_since(&world, before).is_empty(), "a later file says that they are there");
    assert_eq!(standing(&world, 61).len(), 40);
}

#[tokio::test]
async fn a_later_whole_snapshot_settles_what_was_held() {
    let world = World::new();
    drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await;
    drop_file(&world, "acme/2.csv", &snapshot(20, whole), 30).await;
    assert!(drop_file(&world, "acme/3.csv", &snapshot(40, whole), 60).await.is_empty());
    assert_eq!(standing(&world, 60).len(), 40);
}

#[tokio::test]
async fn the_day_of_ingest_alone_is_no_change() {
    let world = World::new();
    for (key, day, expected) in [("acme/1.csv", 0, 40), ("acme/2.csv", 30, 0)] {
        world.state().objects.insert(key.to_owned(), snapshot(40, whole).into_bytes());
        let before = world.state().sent.len();
        deliver(&world, Gate::open(), announced(key), day, true).await;
        let sent = sent_since(&world, before);
        assert_eq!(sent.len(), expected);
        assert!(sent.iter().all(|(_, fact)| fact.received() == Day::from_count(FIRST_DAY + day)));
    }
}

#[tokio::test]
async fn feeds_that_are_not_declared_are_deltas() {
    let world = World::new();
    let other = |text: String| text.replace(",acme\n", ",other\n");
    drop_file(&world, "other/1.csv", &other(snapshot(40, whole)), 0).await;
    let sent = drop_file(&world, "other/2.csv", &other(snapshot(10, whole)), 30).await;
    assert_eq!(sent.len(), 10);
    assert_eq!(standing(&world, 30).len(), 40);
}

#[tokio::test]
async fn coverage_that_is_gone_is_taken_back_and_a_shortened_span_is_shortened() {
    let spans = |rows: &[&str]| {
        let head =
            "member_id,gender,birth_date,enrollment_start_date,enrollment_end_date,payer_type,data_source\n";
        let mut text = head.to_owned();
        for nth in 0..40 {
            writeln!(text, "n{nth},male,1970-01-01,2024-01-01,2030-12-31,commercial,acme").unwrap();
        }
        for row in rows {
            writeln!(text, "{row},acme").unwrap();
        }
        text
    };
    let world = World::new();
    let first = "a,male,1970-01-01,2024-01-01,2030-12-31,commercial";
    let second = "b,male,1970-01-01,2024-01-01,2030-12-31,commercial";
    drop_file(&world, "acme/1.csv", &spans(&[first, second]), 0).await;
    let shortened = "b,male,1970-01-01,2024-01-01,2024-06-30,commercial";
    drop_file(&world, "acme/2.csv", &spans(&[shortened]), 300).await;
    let covered = |member: &str, as_of: i32| {
        let mut facts = MemberFacts::default();
        let own = sent_since(&world, 0).into_iter().filter(|(of, _)| of.as_str() == member);
        own.for_each(|(_, fact)| facts.push(fact));
        let day = Day::parse("2025-01-01").unwrap();
        facts.covering(day, Day::from_count(FIRST_DAY + as_of)).is_some()
    };
    assert!(covered("a", 299) && covered("b", 299));
    assert!(!covered("a", 300) && !covered("b", 300));
    assert!(covered("n1", 300));
}

/// Whether a member counts as covered on a day, by what is known `as_of` days after the first.
fn covered(world: &World, member: &str, day: &str, as_of: i32) -> bool {
    let mut facts = MemberFacts::default();
    let own = sent_since(world, 0).into_iter().filter(|(of, _)| of.as_str() == member);
    own.for_each(|(_, fact)| facts.push(fact));
    facts.covering(Day::parse(day).unwrap(), Day::from_count(FIRST_DAY + as_of)).is_some()
}

#[tokio::test]
async fn a_span_whose_first_day_is_corrected_covers_its_member_all_the_same() {
    let spans = |first: &str| {
        let mut text =
            "person_id,enrollment_start_date,enrollment_end_date,payer_type,data_source\n".to_owned();
        for nth in 0..40 {
            writeln!(text, "n{nth},2024-01-01,,commercial,acme").unwrap();
        }
        text + &format!("a,{first},,commercial,acme\n")
    };
    let world = World::new();
    drop_file(&world, "acme/1.csv", &spans("2024-01-01"), 0).await;
    drop_file(&world, "acme/2.csv", &spans("2024-02-01"), 30).await;
    assert!(covered(&world, "a", "2024-01-15", 29) && !covered(&world, "a", "2024-01-15", 30));
    assert!(covered(&world, "a", "2024-06-01", 30));
    drop_file(&world, "acme/3.csv", &spans("2024-01-01"), 60).await;
    assert!(covered(&world, "a", "2024-01-15", 60) && covered(&world, "a", "2024-06-01", 60));
}

/// An 834 of so many members, each with a span that begins in the month of the file.
fn enrolment(kind: &str, told: &str, span: &str, members: impl Iterator<Item = usize>) -> String {
    let mut body = String::new();
    for nth in members {
        write!(body, "INS*Y*18*030~REF*0F*s{nth}~NM1*IL*1*D*J~HD*030**HLT~{span}").unwrap();
    }
    format!(
        "ISA*00*          *00*          *ZZ*S              *ZZ*R              *240105*1253*^*00501*000000001*0*P*:~\
         GS*BE*S*R*{told}*1253*1*X*005010X220A1~ST*834*0001*005010X220A1~BGN*00*1*{told}*1200****{kind}~\
         {body}SE*1*0001~GE*1*1~IEA*1*000000001~"
    )
}

#[tokio::test]
async fn whoever_is_missing_in_an_834_of_everybody_is_covered_no_longer_from_its_day_on() {
    let open = "DTP*348*D8*20240101~";
    let world = World::new();
    drop_file(&world, "acme/1.x12", &enrolment("4", "20241001", open, 0..40), 30).await;
    assert!(covered(&world, "s7", "2024-12-01", 30));
    // Changes are no snapshot: nobody is missing in them.
    drop_file(&world, "acme/2.x12", &enrolment("2", "20241015", open, 40..41), 40).await;
    assert!(covered(&world, "s7", "2024-12-01", 40));
    let without = (0..41).filter(|nth| *nth != 7);
    let sent = drop_file(&world, "acme/3.x12", &enrolment("4", "20241101", open, without), 50).await;
    assert!(
        sent.iter().any(|(member, fact)| member.as_str() == "s7"
            && matches!(fact, Fact::Coverage(span) if span.retracted))
    );
    assert!(covered(&world, "s7", "2024-10-31", 50), "what was before stays");
    assert!(!covered(&world, "s7", "2024-11-01", 50) && !covered(&world, "s7", "2024-12-01", 50));
    assert!(covered(&world, "s8", "2024-12-01", 50) && covered(&world, "s40", "2024-12-01", 50));
    // They come back with the next file.
    drop_file(&world, "acme/4.x12", &enrolment("4", "20241201", open, 0..41), 80).await;
    assert!(covered(&world, "s7", "2024-12-01", 80));
}

#[tokio::test]
async fn spans_of_months_that_are_over_are_not_missing_and_half_a_file_asks_a_person() {
    let month = |first: &str, last: &str| format!("DTP*348*D8*{first}~DTP*349*D8*{last}~");
    let world = World::new();
    drop_file(&world, "acme/1.x12", &enrolment("4", "20241001", &month("20241001", "20241031"), 0..40), 30)
        .await;
    let november = enrolment("4", "20241101", &month("20241101", "20241130"), 0..40);
    let sent = drop_file(&world, "acme/2.x12", &november, 60).await;
    let taken_back = |sent: &[(MemberId, Fact)]| {
        sent.iter().filter(|(_, fact)| matches!(fact, Fact::Coverage(span) if span.retracted)).count()
    };
    assert_eq!((taken_back(&sent), world.state().quarantine.len()), (0, 0));
    assert!(covered(&world, "s7", "2024-10-15", 60) && covered(&world, "s7", "2024-11-15", 60));
    let half = enrolment("4", "20241102", &month("20241101", "20241130"), 0..20);
    let sent = drop_file(&world, "acme/3.x12", &half, 61).await;
    assert_eq!((taken_back(&sent), world.state().quarantine.len()), (0, 1));
    assert!(covered(&world, "s30", "2024-11-15", 61));
}

#[tokio::test]
async fn an_error_at_any_call_ends_in_the_same_facts() {
    let changed = snapshot(40, |nth, row| {
        row.paid = if nth == 3 { 250 } else { 100 };
        nth != 7
    });
    let mut calls = 0;
    for call in 0.. {
        let world = World::new();
        drop_file(&world, "acme/1.csv", &snapshot(40, whole), 0).await;
        world.state().objects.insert("acme/2.csv".to_owned(), changed.clone().into_bytes());
        let gate = Gate::with_fault(call, Fault::Ambiguous);
        let answer = deliver(&world, gate, announced("acme/2.csv"), 30, false).await;
        if answer.batch_item_failures.is_empty() && call > 200 {
            break;
        }
        calls += usize::from(!answer.batch_item_failures.is_empty());
        // Delivered again a day later, as a queue may.
        let again = deliver(&world, Gate::open(), announced("acme/2.csv"), 31, false).await;
        assert!(again.batch_item_failures.is_empty(), "call {call}");
        let standing = standing(&world, 31);
        assert_eq!(standing.len(), 39, "call {call}");
        assert_eq!(standing["m3"], [("c3".to_owned(), 25_000)], "call {call}");
        assert!(drop_file(&world, "acme/3.csv", &changed, 60).await.is_empty(), "call {call}");
    }
    assert!(calls > 5, "faults were met");
}
