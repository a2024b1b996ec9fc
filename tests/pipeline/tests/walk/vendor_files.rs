//! A vendor without queues: offers leave as rows, rows come back as replies, under the same rules and numbers.

use crate::flow::Flow;
use icm_contract::vendor::file;
use icm_domain::ids::VendorId;
use icm_ports::Destination;
use icm_testkit::run;
use ingest_files::{IngestFiles, Settings};
use serde_json::json;

const HEADER: &str = "message_id,case_id,sequence,time,report,reason,start,minutes,mode,two_way\n";
const TIME: &str = "2026-06-30T15:00:00Z";

/// Drops a file into the vendor's folder, lets ingest-files read it, and lets receive-vendor take what is on the queue.
pub(crate) fn drop_file(flow: &Flow, vendor: &VendorId, name: &str, text: &str) {
    let key = format!("in/{}/{name}", vendor.as_str());
    flow.world.state().objects.insert(key.clone(), text.as_bytes().to_vec());
    let folder = std::env::temp_dir().join(format!("icm-vendor-files-{}", std::process::id()));
    let settings = Settings { spool: folder, feeds: ingest_files::Feeds::default() };
    let function = IngestFiles::new(flow.world.open(), flow.clock.clone(), settings);
    let notice = json!({"Records": [{"messageId": "1", "body": json!({"Records": [{"s3": {"object": {"key": key}}}]}).to_string(),
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:IngestQueue"}]});
    let answer = run(function.handle(serde_json::from_value(notice).unwrap()));
    assert!(answer.batch_item_failures.is_empty());
    let to = Destination::Replies(vendor.clone());
    let bodies: Vec<String> = {
        let mut state = flow.world.state();
        let taken =
            state.sent.iter().filter(|(held, _)| *held == to).map(|(_, one)| one.body.clone()).collect();
        state.sent.retain(|(held, _)| *held != to);
        taken
    };
    for body in bodies {
        flow.receive(Flow::message(vendor, &body));
    }
}

/// What the relay sent to the vendor, as the file that it would be: header and rows by column.
fn rows(flow: &Flow, vendor: &VendorId) -> Vec<std::collections::BTreeMap<String, String>> {
    flow.relay();
    let bodies: Vec<String> =
        flow.sent_to(&Destination::Vendor(vendor.clone())).iter().map(ToString::to_string).collect();
    let text = file::to_csv(bodies.iter().map(String::as_str)).unwrap();
    let mut lines = text.lines();
    let header: Vec<String> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    lines.map(|line| header.iter().cloned().zip(line.split(',').map(str::to_owned)).collect()).collect()
}

#[test]
fn a_case_runs_from_offer_to_service_by_files_alone() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    let offer = rows(&flow, &vendor).remove(0);
    assert_eq!((offer["record"].as_str(), offer["case_id"].as_str()), ("ADD", "case-m1"));
    let text = format!(
        "{HEADER}f1,case-m1,1,{TIME},received,,,,,\nf2,case-m1,2,{TIME},accepted,,,,,\n\
         f3,case-m1,3,{TIME},enrolled,,2026-07-01,,,\nf4,case-m1,4,{TIME},contact.completed,,,25,PHONE,true\n"
    );
    drop_file(&flow, &vendor, "replies-1.csv", &text);
    assert_eq!(flow.status(&member), "ACTIVE");
    assert_eq!(flow.command(&member, "recall", json!({})).0, 200);
    let records: Vec<String> = rows(&flow, &vendor).iter().map(|row| row["record"].clone()).collect();
    assert_eq!(records, ["ADD", "ACCEPTED", "ACCEPTED", "ACCEPTED", "ACCEPTED", "TERM"]);
    flow.assert_log_explains(&member);
}

#[test]
fn a_file_that_is_delivered_twice_and_rows_out_of_order_change_nothing_more() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    let text = format!("{HEADER}f2,case-m1,2,{TIME},accepted,,,,,\nf1,case-m1,1,{TIME},received,,,,,\n");
    drop_file(&flow, &vendor, "a.csv", &text);
    assert_eq!(flow.status(&member), "VENDOR_ACCEPTED");
    let lines = flow.record(&member).lines;
    drop_file(&flow, &vendor, "a.csv", &text);
    drop_file(&flow, &vendor, "again.csv", &text);
    assert_eq!((flow.status(&member), flow.record(&member).lines), ("VENDOR_ACCEPTED", lines));
}

#[test]
fn what_is_wrong_comes_back_as_numbered_rejections_that_name_the_column() {
    let flow = Flow::new();
    let (member, vendor) = flow.offered("m1");
    let text = format!(
        "{HEADER}f1,case-m1,1,{TIME},rejected,SECRET,,,,\nf2,case-other,1,{TIME},accepted,,,,,\nf3,case-m1\n"
    );
    drop_file(&flow, &vendor, "bad.csv", &text);
    assert_eq!(flow.status(&member), "ENROLLED");
    let rejected: Vec<(String, String, String)> = rows(&flow, &vendor)
        .into_iter()
        .filter(|row| row["record"] == "REJECTION")
        .map(|row| (row["reply_id"].clone(), row["code"].clone(), row["field"].clone()))
        .collect();
    let expected = [("f1", "5003", "reason"), ("f2", "4030", ""), ("bad.csv line 4", "5002", "report")];
    for (id, code, field) in expected {
        assert!(
            rejected.contains(&(id.to_owned(), code.to_owned(), field.to_owned())),
            "{id} in {rejected:?}"
        );
    }
    // A file of other columns is kept for a person.
    drop_file(&flow, &vendor, "other.csv", "colour\ngreen\n");
    let state = flow.world.state();
    assert!(
        state
            .quarantine
            .values()
            .any(|held| held.origin.contains("other.csv") && &*held.field == "message_id")
    );
}

#[test]
fn a_daily_list_as_a_file_is_compared_like_a_snapshot() {
    let flow = Flow::new();
    let (_, vendor) = flow.offered("m1");
    flow.later(60);
    let text = "snapshot_id,as_of,case_id,state\nS1,2026-07-01,case-z,ACTIVE\n";
    drop_file(&flow, &vendor, "roster.csv", text);
    let report = run(icm_casework::reports::roster(&flow.world.open(), &vendor)).unwrap().unwrap();
    let counts: Vec<(&str, u64)> =
        report.counts.iter().map(|(finding, count)| (finding.as_ref(), *count)).collect();
    assert_eq!(counts, [("MISSING_AT_VENDOR", 1), ("UNKNOWN_TO_US", 1)]);
}
