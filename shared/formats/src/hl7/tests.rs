use crate::item::{Item, Reason};
use crate::options::{ReadOptions, Receipt};
use crate::testing::{facts, ignored, items, items_with, problems, ymd};
use icm_domain::facts::{AdtEvent, AdtKind, Fact};
use icm_domain::ids::SourceId;
use icm_domain::moment::Moment;
use proptest::prelude::*;

fn message(event: &str, control: &str, pid: &str, rest: &str) -> String {
    format!(
        "MSH|^~\\&|EPIC|HOSP^1.2|PLAN|P|20260105101500-0500||ADT^{event}|{control}|P|2.5.1\rEVN|{event}|20260104\r{pid}{rest}"
    )
}

const PID: &str = "PID|1||MRN9^^^HOSP^MR~M\\T\\1^^^PLAN^MB||Lee^Ann\r";

fn event(text: &str) -> AdtEvent {
    match facts(text.as_bytes()).remove(0) {
        (member, Fact::Adt(event)) if member == "M&1" => event,
        (_, other) => panic!("{other:?}"),
    }
}

#[test]
fn an_admission_names_member_visit_class_and_day() {
    let pv1 = format!("PV1|1|I|W^1{}V77^^^H{}20260103235959+0000\r", "|".repeat(16), "|".repeat(25));
    let event = event(&message("A01", "C1", PID, &pv1));
    assert_eq!((&*event.facility, &*event.visit, event.what), ("HOSP", "V77", AdtKind::Visit));
    assert_eq!(
        (event.admit, event.discharge, event.received),
        (Some(ymd("2026-01-03")), None, ymd("2026-01-05"))
    );
    assert_eq!((event.class.unwrap().as_str(), &*event.control_id), ("I", "C1"));
    assert_eq!(event.sent, Moment::parse("2026-01-05T10:15:00-05:00"));
}

#[test]
fn updates_and_transfers_open_no_visit_and_admission_types_are_those_of_bills() {
    for (code, what) in [("A06", AdtKind::Visit), ("A02", AdtKind::Update), ("A08", AdtKind::Update)] {
        let event = event(&message(code, "C1", PID, "PV1|1|I||C\r"));
        assert_eq!((event.what, event.admit_type.unwrap().as_str()), (what, "3"), "{code}");
    }
    assert_eq!(event(&message("A01", "C1", PID, "PV1|1|I||R\r")).admit_type, None);
}

#[test]
fn time_stamps_are_read_as_far_as_they_go() {
    let sent = |stamp: &str| {
        event(&message("A01", "C1", PID, "PV1|1|I\r").replace("20260105101500-0500", stamp)).sent
    };
    assert_eq!(sent("202601051015"), Moment::parse("2026-01-05T10:15:00Z"));
    assert_eq!(sent("20260105101559.1234+0130"), Moment::parse("2026-01-05T08:45:59Z"));
    assert_eq!(sent("20260105"), None);
}

#[test]
fn an_admission_without_a_date_began_when_it_was_recorded() {
    let event = event(&message("A04", "C1", PID, "PV1|1|E\r"));
    assert_eq!((event.admit, &*event.visit), (Some(ymd("2026-01-04")), ""));
}

#[test]
fn discharge_and_cancellations_are_told_apart() {
    for (code, what) in
        [("A03", AdtKind::Discharge), ("A11", AdtKind::CancelAdmit), ("A13", AdtKind::CancelDischarge)]
    {
        let event = event(&message(code, "C1", PID, "PV1|1|I\r"));
        assert_eq!((event.what, event.admit), (what, None));
    }
}

#[test]
fn a_merge_makes_aliases_of_each_pair() {
    let rest = "MRG|R0^^^H^MR~M0^^^PLAN^MB\rPID|2||M9\rMRG|M8\r";
    let pairs: Vec<(String, String)> = facts(message("A40", "C1", PID, rest).as_bytes())
        .into_iter()
        .filter_map(|(member, fact)| {
            let Fact::Alias { other, .. } = fact else { return None };
            Some((member, other.as_str().to_owned()))
        })
        .collect();
    assert_eq!(pairs, [("M&1".to_owned(), "M0".to_owned()), ("M9".to_owned(), "M8".to_owned())]);
}

#[test]
fn a_members_number_is_merged_with_a_members_number_alone() {
    for former in ["MRG|R0^^^H^MR\r", "MRG|R0\r", "MRG|\r"] {
        let text = message("A40", "C1", PID, former);
        assert_eq!(problems(text.as_bytes()), [(1, "MRG-1".to_owned(), Reason::BlankValue)], "{former}");
    }
    let of_hospital = message("A40", "C1", "PID|1||R1^^^H^MR\r", "MRG|M0^^^PLAN^MB~R0^^^H^MR\r");
    let [(member, Fact::Alias { other, .. })] = &facts(of_hospital.as_bytes())[..] else {
        panic!("one alias")
    };
    assert_eq!((member.as_str(), other.as_str()), ("R1", "R0"));
}

#[test]
fn a_message_of_a_batch_that_lost_its_header_is_said_and_melts_into_no_other() {
    let one = message("A01", "C1", PID, "PV1|1|I\r");
    let (_, headless) = one.split_once('\r').unwrap();
    let other = headless.replace("M\\T\\1", "OTHER");
    for (text, record) in
        [(format!("BHS|^~\\&|x\r{other}{one}BTS|2\r"), 1), (format!("BHS|^~\\&|x\r{one}{other}BTS|2\r"), 2)]
    {
        assert_eq!(problems(text.as_bytes()), [(record, "MSH".to_owned(), Reason::MissingField)]);
        let told: Vec<_> = items(text.as_bytes())
            .into_iter()
            .filter_map(|item| match item {
                Item::Fact { member, .. } => member.map(|member| member.as_str().to_owned()),
                Item::Problem(_) | Item::Ignored { .. } | Item::Availability { .. } => None,
            })
            .collect();
        assert_eq!(told, ["M&1"]);
        assert_eq!(ignored(text.as_bytes()).len(), 1, "the trailer counts two");
    }
}

#[test]
fn a_batch_that_counts_other_messages_than_came_is_noted() {
    let batch = |count: &str| {
        let one = message("A01", "C1", PID, "PV1|1|I\r");
        ignored(format!("BHS|^~\\&|x\r{one}{one}BTS|{count}\rBHS|^~\\&|x\r{one}BTS|1\r").as_bytes())
    };
    assert_eq!((batch("2"), batch("")), (vec![], vec![]));
    assert_eq!(batch("3"), [("hl7_wrong_count", 2)]);
}

#[test]
fn batches_frames_and_any_line_ends_hold_many_messages() {
    let one = message("A01", "C1", PID, "PV1|1|I\r");
    let framed = format!("\u{b}{}\u{1c}\r\u{b}{}\u{1c}\r", one, one.replace('\r', "\n"));
    let batch = format!("FHS|^~\\&|x\r\nBHS|^~\\&|x\r\n{0}{0}BTS|2\r\nFTS|1\r\n", one.replace('\r', "\r\n"));
    for text in [framed, batch.clone()] {
        assert_eq!(facts(text.as_bytes()).len(), 2);
    }
    let cut = batch.replace("FTS|1", "");
    assert_eq!(problems(cut.as_bytes()), [(2, "BTS".to_owned(), Reason::Truncated)]);
}

#[test]
fn a_frame_that_is_not_ended_holds_no_message() {
    let one = message("A01", "C1", PID, "PV1|1|I\r");
    for (text, cut, read) in [
        (format!("\u{b}{one}"), vec![1], 0),
        (format!("\u{b}{}", &one[..one.len() - 4]), vec![1], 0),
        (format!("\u{b}{one}\u{1c}\r\u{b}{one}"), vec![2], 1),
        (format!("\u{b}{one}\u{b}{one}\u{1c}\r"), vec![1], 1),
        (format!("\u{b}{one}{one}"), vec![2], 1),
        (format!("\u{b}{one}{one}\u{1c}\r"), vec![], 2),
        // Ended, though not as the transport asks for: without a line end, on a line of its own, twice.
        (format!("\u{b}{}\u{1c}\u{b}{one}\u{1c}", one.trim_end()), vec![], 2),
        (format!("\u{b}{one}\r\n\u{1c}\r\n\u{b}{one}\u{1c}\u{1c}\r"), vec![], 2),
        (format!("{one}{one}"), vec![], 2),
        (format!("{one}\u{1c}\r{one}"), vec![], 2),
    ] {
        let problems: Vec<_> = problems(text.as_bytes());
        assert_eq!(problems.iter().map(|(record, _, _)| *record).collect::<Vec<_>>(), cut, "{text:?}");
        assert!(problems.iter().all(|(_, field, reason)| field.is_empty() && *reason == Reason::Truncated));
        let facts =
            items(text.as_bytes()).into_iter().filter(|item| matches!(item, Item::Fact { .. })).count();
        assert_eq!(facts, read, "{text:?}");
    }
}

#[test]
fn days_of_a_visit_exist_can_be_meant_and_come_in_order() {
    let visit = |admit: &str, discharge: &str| {
        message("A03", "C", PID, &format!("PV1|1|I{}{admit}|{discharge}\r", "|".repeat(42)))
    };
    for (admit, discharge, field, reason) in [
        ("20260103", "20260102", "PV1-45", Reason::EndBeforeStart),
        ("20990103", "", "PV1-44", Reason::ImplausibleDate),
        ("someday", "", "PV1-44", Reason::BadDate),
    ] {
        assert_eq!(problems(visit(admit, discharge).as_bytes()), [(1, field.to_owned(), reason)], "{admit}");
    }
    let undated = visit("2026", "202601").replace("20260105101500-0500", "").replace("20260104", "");
    assert_eq!(problems(undated.as_bytes()), [(1, "MSH-7".to_owned(), Reason::BlankValue)]);
    let mut options = ReadOptions::new(SourceId::from("feed"));
    options.receipt = Receipt::Ingest(ymd("2026-01-09"));
    let told = items_with(undated.as_bytes(), &options);
    assert!(
        matches!(&told[..], [Item::Fact { fact: Fact::Adt(event), .. }] if event.received == ymd("2026-01-09"))
    );
}

#[test]
fn a_death_is_told_by_whatever_message_tells_it() {
    let pid = format!("PID|1||M&1|{}20260102\r", "|".repeat(25)).replace("M&1", "M\\T\\1");
    let facts = facts(message("A31", "C1", &pid, "").as_bytes());
    assert!(matches!(&facts[0].1, Fact::Profile(profile) if profile.death == Some(ymd("2026-01-02"))));
}

#[test]
fn what_cannot_be_used_says_why() {
    let of = |text: &str| problems(text.as_bytes()).remove(0);
    assert_eq!(of(&message("A01", "C", "PID|1\r", "PV1|1|I\r")), (1, "PID-3".to_owned(), Reason::BlankValue));
    assert_eq!(of(&message("A01", "C", PID, "")), (1, "PV1".to_owned(), Reason::MissingField));
    let bad = format!("PV1|1|I{}20260230\r", "|".repeat(42));
    assert_eq!(of(&message("A01", "C", PID, &bad)), (1, "PV1-44".to_owned(), Reason::BadDate));
    assert_eq!(
        of("MSH|^~\\&|a|b|||20260101||ORU^R01|1|P|2.3\r"),
        (1, "MSH-9".to_owned(), Reason::WrongTransaction)
    );
    assert_eq!(ignored(message("A08", "C", PID, "").as_bytes()), [("adt_without_stay", 1)]);
    assert_eq!(ignored(message("A28", "C", PID, "").as_bytes()), [("adt_without_stay", 1)]);
}

proptest! {
    #[test]
    fn any_text_behind_a_header_ends_without_panic(rest in "[\\x00-\\x7fA-Z|^~\\\\&\r\n]{0,300}") {
        items(format!("MSH|^~\\&|{rest}").as_bytes());
        items(message("A01", "C", PID, &rest).as_bytes());
    }
}
