//! Going live as an operator does it (DESIGN D12): a month in shadow, the open cases of the old system, live with a cap,
//! a pause in the middle, a void and a discharge, and on again.
#![expect(clippy::unwrap_used, reason = "a step that cannot be made is a failed test")]
#![expect(clippy::indexing_slicing, reason = "JSON values of a test")]

use icm_domain::ids::{MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_local::run::opened::Opened;
use icm_local::run::{census, functions};
use icm_ports::CasesRead;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Members; the first of them have two stays and are identified.
const MEMBERS: usize = 230;
const IDENTIFIED: usize = 40;
/// Open cases of the old system: members 20 to 219, of whom 20 are identified too.
const IMPORTED: std::ops::Range<usize> = 20..220;
/// Offers and tasks that may be released in a day.
const DAILY_CAP: usize = 15;

fn icm(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_icm")).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn name(nth: usize) -> String {
    format!("M{nth:03}")
}

const CLAIM_COLUMNS: &str = "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,\
admission_date,discharge_date,admit_type_code,discharge_disposition_code,place_of_service_code,bill_type_code,\
revenue_center_code,hcpcs_code,facility_npi,paid_date,paid_amount,allowed_amount,charge_amount,diagnosis_code_type,\
diagnosis_code_1,data_source,claim_frequency,replaces_claim_id\n";

/// A stay of four days, or what changes it.
fn stay(id: &str, member: &str, from: &str, thru: &str, paid: &str, change: &str) -> String {
    format!(
        "{id},1,institutional,{member},{member},medicaid,p,{from},{thru},{from},{thru},1,01,,111,0120,,F1,{paid},\
         100,100,100,icd-10-cm,I5023,feed,{change}\n"
    )
}

/// The files of the first month.
fn month(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let mut claims = CLAIM_COLUMNS.to_owned();
    let mut members =
        "member_id,line_of_business,birth_date,name,address,city,state,zip,phones,language,coverage_from,\
                       coverage_thru\n"
            .to_owned();
    for nth in 0..MEMBERS {
        let member = name(nth);
        writeln!(
            members,
            "{member},MEDICAID,1970-01-01,DOE^JANE,1 Main,Springfield,IL,62701,217555{:04},en,2024-01-01,2026-12-31",
            100 + nth
        )
        .unwrap();
        if nth < IDENTIFIED {
            claims += &stay(&format!("A{nth}"), &member, "2026-02-10", "2026-02-14", "2026-02-20", ",");
            claims += &stay(&format!("B{nth}"), &member, "2026-06-10", "2026-06-14", "2026-06-28", ",");
        }
    }
    fs::write(folder.join("medical_claim.csv"), claims).unwrap();
    fs::write(folder.join("member.csv"), members).unwrap();
    let roster = "program_id,model,member_id,status,as_of\nOTHER,M2,M229,ended,2026-06-30\n";
    fs::write(folder.join("roster.csv"), roster).unwrap();
}

/// The open cases of the old system, with their last contacts.
fn old_system(folder: &Path) {
    let mut cases = "member_id,team,status,since,consent_scope,start,last_contact\n".to_owned();
    for nth in IMPORTED {
        let vendor = if nth % 2 == 0 { "VENDOR-1" } else { "VENDOR-2" };
        writeln!(cases, "{},{vendor},ACTIVE,2026-05-01,OLD-1,2026-05-01,2026-06-25", name(nth)).unwrap();
    }
    fs::write(folder.join("open_cases.csv"), cases).unwrap();
    fs::write(folder.join("closures.csv"), "member_id,closure,date\nM225,do_not_contact,2026-01-05\n")
        .unwrap();
    fs::write(folder.join("contacts.csv"), "member_id,at,channel\nM000,2026-06-29,call\n").unwrap();
}

/// Takes everything that was sent to outreach and to the vendors.
async fn sent(opened: &Opened) -> Vec<Value> {
    let environment = opened.account.environment("relay-outbox");
    let vendors: serde_json::Map<String, Value> =
        serde_json::from_str(&environment["VENDOR_QUEUES"]).unwrap();
    let mut urls: Vec<String> = vendors.values().map(|url| url.as_str().unwrap().to_owned()).collect();
    urls.retain(|url| !url.is_empty());
    urls.push(environment["OUTREACH_QUEUE_URL"].clone());
    let client = &opened.account.clients().sqs;
    let mut all = Vec::new();
    for url in &urls {
        loop {
            let taken =
                client.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
            let messages = taken.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let handle = message.receipt_handle().unwrap();
                client.delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
                all.push(serde_json::from_str(message.body().unwrap()).unwrap());
            }
        }
    }
    all
}

/// A working day passes: the schedules fire every three hours.
async fn day(opened: &Opened, day: &str) -> Vec<Value> {
    let start = Moment::parse(&format!("{day}T14:00:00Z")).unwrap();
    for hours in [0, 3, 6] {
        opened.account.clock().advance_to(start.plus_hours(hours).millis()).unwrap();
        opened.triggers.fire_schedules().await;
        opened.triggers.drain().await.unwrap();
    }
    sent(opened).await
}

fn of_type<'m>(messages: &'m [Value], kind: &str) -> Vec<&'m Value> {
    messages.iter().filter(|message| message["type"] == kind).collect()
}

/// Messages that reach somebody: contacts of members, offers to vendors.
fn reaching(messages: &[Value]) -> Vec<&Value> {
    let mut all = of_type(messages, "icm.outreach.task.v1");
    all.extend(of_type(messages, "icm.referral.offered.v1"));
    all
}

async fn switch(opened: &Opened, what: &str) {
    let body = json!({ "scope": "all", "reason": "REHEARSAL" });
    opened.post(&format!("/v1/admin/{what}"), &body).await.unwrap();
}

async fn drop_file(opened: &Opened, store: &Path, file: &str, text: &str) {
    let path = store.join(file);
    fs::write(&path, text).unwrap();
    let dropped = icm_local::run::feed::drop_paths(&[path], false, &opened.account, &store.join("buckets"))
        .await
        .unwrap();
    assert_eq!(dropped.len(), 1);
    opened.triggers.drain().await.unwrap();
}

/// Shadow and import, by the commands; the number of open cases taken over.
fn shadow_and_import(folder: &Path, store: &str) -> usize {
    month(&folder.join("month"));
    old_system(folder);
    let data = folder.join("month");
    let run = icm(&[
        "run",
        "--data",
        data.to_str().unwrap(),
        "--as-of",
        "2026-06-30",
        "--store",
        store,
        "--shadow",
        "--json",
    ]);
    let run: Value =
        serde_json::from_str(std::str::from_utf8(&run.stdout).unwrap().lines().last().unwrap()).unwrap();
    assert_eq!(run["statuses"], json!({ "QUEUED": IDENTIFIED }), "in shadow cases are opened and wait");
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let files = [file("closures.csv"), file("open_cases.csv"), file("contacts.csv")];
    let import = icm(&["import-cases", &files[0], &files[1], &files[2], "--store", store]);
    let lines: Vec<Value> = std::str::from_utf8(&import.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.iter().all(|line| line["result"] == "TAKEN" && line["reply_sequence"] == 3));
    an_opt_out_that_cannot_be_read_is_named(folder, store);
    lines.len()
}

/// An opt-out that is lost is a call that the member has forbidden: the import says so, and does not end well.
fn an_opt_out_that_cannot_be_read_is_named(folder: &Path, store: &str) {
    let path = folder.join("preference.csv");
    let rows = "member_id,preference,date,channel,allowed\nM226,do_not_contact,30.06.26,,\n";
    fs::write(&path, rows).unwrap();
    let arguments = ["import-cases", path.to_str().unwrap(), "--store", store];
    let import = Command::new(env!("CARGO_BIN_EXE_icm")).args(arguments).output().unwrap();
    let said = String::from_utf8(import.stderr).unwrap();
    assert_eq!(import.status.code(), Some(1), "{said}");
    assert!(said.contains("preference.csv: record 1: date:") && said.contains("1 rows left out"), "{said}");
    assert!(!said.contains("M226"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_goes_live_with_200_imported_cases_and_nobody_is_called_twice_or_lost() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("store");
    let store = kept.to_str().unwrap();
    assert_eq!(shadow_and_import(folder.path(), store), IMPORTED.len());
    let imported: BTreeSet<String> = IMPORTED.map(name).collect();
    let cap = DAILY_CAP.to_string();
    icm(&["mode", "ICM", "LIVE", "--daily-cap", &cap, "--store", store]);

    let opened = Opened::store(&kept).await.unwrap();
    assert_eq!(
        sent(&opened).await,
        Vec::<Value>::new(),
        "nothing left in shadow, and no import sends anything"
    );

    // Live: the first of those who wait are called, up to the cap; then somebody pauses everything.
    let first = day(&opened, "2026-06-30").await;
    assert_eq!(reaching(&first).len(), DAILY_CAP);
    switch(&opened, "pause").await;
    // While paused a void takes one case back, and an imported member is discharged from a new stay.
    let void = stay("V0", "M000", "2026-06-10", "2026-06-14", "2026-06-30", "8,B0");
    drop_file(&opened, &kept, "void.csv", &(CLAIM_COLUMNS.to_owned() + &void)).await;
    let discharge = stay("D30", "M030", "2026-06-26", "2026-06-30", "2026-06-30", ",");
    drop_file(&opened, &kept, "discharge.csv", &(CLAIM_COLUMNS.to_owned() + &discharge)).await;
    let paused = day(&opened, "2026-07-01").await;
    assert_eq!(reaching(&paused), Vec::<&Value>::new(), "nothing is sent while paused");

    switch(&opened, "resume").await;
    let mut reached: Vec<Value> = reaching(&first).into_iter().cloned().collect();
    for today in ["2026-07-02", "2026-07-06", "2026-07-07"] {
        let more = day(&opened, today).await;
        assert!(reaching(&more).len() <= DAILY_CAP, "{today}");
        reached.extend(reaching(&more).into_iter().cloned());
    }
    check_reached(&reached, &imported);
    check_rows(&opened, &imported).await;
}

/// Every identified member who was not imported is called, but for the one whose stay was voided; no imported one is.
fn check_reached(reached: &[Value], imported: &BTreeSet<String>) {
    let called: BTreeSet<String> = reached
        .iter()
        .map(|message| message.pointer("/data/member/coverage_id").unwrap().as_str().unwrap().to_owned())
        .collect();
    assert!(called.is_disjoint(imported), "an imported member was called or offered");
    let expected: BTreeSet<String> = (1..IMPORTED.start).map(name).collect();
    let mut without_the_void = called;
    without_the_void.remove("M000");
    assert_eq!(without_the_void, expected);
}

/// Every member stands in exactly one row: one decision, at most one open case; imported ones with their vendor.
async fn check_rows(opened: &Opened, imported: &BTreeSet<String>) {
    let members = functions::table(&opened.account, "MEMBERS_TABLE");
    let census = census::take(&opened.account, &members).await.unwrap();
    assert_eq!(census.decisions.values().sum::<u64>(), MEMBERS as u64);
    assert_eq!(census.statuses.values().sum::<u64>(), census.cases.opened);
    let store = functions::store(&opened.account, "operations");
    for nth in 0..MEMBERS {
        let cases = store.cases(&MemberId::new(name(nth))).await.unwrap();
        let open: Vec<_> = cases.iter().filter(|record| record.case.is_open()).collect();
        assert!(open.len() <= 1, "{nth}");
        if imported.contains(&name(nth)) {
            assert_eq!(open[0].case.status.id(), "ACTIVE", "{nth}");
            assert!(open[0].case.assignment.is_some());
        }
    }
    let voided = store.case(&MemberId::new("M000"), &ProgramId::new("ICM")).await.unwrap().unwrap().case;
    assert!(!voided.is_open());
    assert_eq!(voided.closed.unwrap().ending.reason.id(), "CLAIM_REVERSED");
}
