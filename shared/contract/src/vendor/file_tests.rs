//! Files say what the messages say.

use super::{IN_COLUMNS, OUT_COLUMNS, column_of, to_bodies, to_csv};
use crate::MalformedKind;
use crate::vendor::inbound::{Inbound, VendorMessage};
use crate::vendor::published;
use icm_domain::ids::VendorId;
use icm_domain::vendor::reply::Report;

fn vendor() -> VendorId {
    VendorId::new("V1")
}

const HEADER: &str = "message_id,case_id,sequence,time,report,reason,minutes,mode,two_way,start\n";

fn rows(text: &str) -> Vec<String> {
    let all = to_bodies(&vendor(), format!("{HEADER}{text}").as_bytes()).unwrap();
    all.into_iter().map(Result::unwrap).collect()
}

#[test]
fn the_golden_offer_becomes_a_row_with_every_field_of_the_allow_list() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/golden/vendor/icm.referral.offered.v1.json");
    let offer = std::fs::read_to_string(path).unwrap();
    let text = to_csv([offer.as_str()]).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let of = |name: &str| row.get(header.iter().position(|held| held == name).unwrap()).unwrap().to_owned();
    assert_eq!(of("record"), "ADD");
    assert_eq!(of("case_id"), "case-1");
    assert_eq!(of("phones"), "3125550100");
    assert_eq!(of("channels_barred"), "text");
    assert_eq!(of("zip"), "62701");
    assert_eq!(of("test"), "false");
    assert_eq!(header.len(), OUT_COLUMNS.len() + 1);
}

/// A field that the schemas gain must get a column, or vendors with files would never see it.
#[test]
fn every_field_that_a_vendor_is_sent_has_a_column() {
    let places: Vec<&str> = OUT_COLUMNS.iter().map(|(_, place)| *place).collect();
    for kind in ["offered", "updated", "cancelled", "recalled"] {
        let schema = published::files().remove(&format!("schemas/icm.referral.{kind}.v1.json")).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        let data = schema["properties"]["data"]["$ref"].as_str().unwrap().trim_start_matches('#').to_owned();
        for field in schema.pointer(&data).unwrap()["properties"].as_object().unwrap().keys() {
            let prefix = format!("/data/{field}");
            assert!(places.iter().any(|place| place.starts_with(&prefix)), "{kind}: {field} has no column");
        }
    }
}

#[test]
fn rows_of_a_vendor_are_read_as_its_messages_are() {
    let bodies = rows(
        "m1,c1,1,2026-06-30T10:00:00Z,received,,,,,\n\
         m2,c1,2,2026-06-30T10:00:00Z,rejected,NO_CAPACITY,,,,\n\
         m3,c1,3,2026-06-30T10:00:00Z,contact.completed,,25,PHONE,true,\n",
    );
    let reports: Vec<Report> = bodies
        .iter()
        .map(|body| match VendorMessage::parse(&vendor(), body).unwrap().what {
            Inbound::Report { reply, .. } => reply.report,
            Inbound::Roster(_) => panic!("no roster was sent"),
        })
        .collect();
    assert_eq!(reports[0], Report::Received);
    assert_eq!(reports[1].id(), "rejected");
    assert!(matches!(reports[2], Report::ContactCompleted { minutes: 25, two_way: true, .. }));
}

#[test]
fn what_is_wrong_with_a_row_is_named_by_its_column() {
    for (row, column) in [
        ("m1,c1,one,2026-06-30T10:00:00Z,received,,,,,", "sequence"),
        ("m1,c1,1,yesterday,received,,,,,", "time"),
        ("m1,c1,1,2026-06-30T10:00:00Z,rejected,SECRET,,,,", "reason"),
        ("m1,c1,1,2026-06-30T10:00:00Z,contact.completed,,many,PHONE,true,", "minutes"),
        ("m1,c1,1,2026-06-30T10:00:00Z,gone,,,,,", "report"),
    ] {
        let body = rows(&format!("{row}\n")).remove(0);
        let flaw = VendorMessage::parse(&vendor(), &body).unwrap_err().flaw;
        assert_eq!(column_of(&flaw.field), column);
    }
}

#[test]
fn a_file_without_a_needed_column_and_a_row_of_another_length_are_named() {
    let flaw = to_bodies(&vendor(), b"message_id,case_id,time,report\n").unwrap_err();
    assert_eq!((&*flaw.field, flaw.kind), ("sequence", MalformedKind::Blank));
    let rows = to_bodies(&vendor(), format!("{HEADER}m1,c1\n").as_bytes()).unwrap();
    assert_eq!(&*rows[0].as_ref().unwrap_err().field, "line 2");
    assert_eq!(column_of("$.data.reason"), "reason");
    assert_eq!(IN_COLUMNS.len(), 16);
}

#[test]
fn a_daily_list_becomes_a_snapshot_of_one_part_with_its_hash() {
    let text = "snapshot_id,as_of,case_id,state\nS1,2026-06-30,c1,ACTIVE\nS1,2026-06-30,c2,PENDING\n";
    let body = to_bodies(&vendor(), text.as_bytes()).unwrap().remove(0).unwrap();
    let Inbound::Roster(roster) = VendorMessage::parse(&vendor(), &body).unwrap().what else {
        panic!("a roster was sent")
    };
    assert_eq!((roster.count, roster.parts, roster.lines.len()), (2, 1, 2));
    let mixed = text.replace("S1,2026-06-30,c2", "S2,2026-06-30,c2");
    assert!(to_bodies(&vendor(), mixed.as_bytes()).is_err());
}
