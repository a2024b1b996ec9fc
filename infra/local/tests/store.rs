//! A store on this machine as a person uses it: bad input, coverage that comes late, deliveries twice and in any order,
//! and a process that is killed.
#![expect(clippy::unwrap_used, reason = "a command that cannot be run is a failed test")]
#![expect(clippy::indexing_slicing, reason = "JSON values of a test")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn icm(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_icm")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// The object on the last line of a run.
fn ran(arguments: &[&str]) -> Value {
    let output = icm(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(stdout(&output).lines().last().unwrap()).unwrap()
}

/// What two runs must agree on: members, claims, decisions, cases, where they stand, and effects (DESIGN §7).
fn state(run: &Value) -> Value {
    let keys = ["members", "claims", "decisions", "cases", "statuses", "effects"];
    keys.iter().map(|key| (*key).to_owned()).zip(keys.iter().map(|key| run[*key].clone())).collect()
}

const CLAIMS: &str = "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,\
admission_date,discharge_date,admit_type_code,discharge_disposition_code,place_of_service_code,bill_type_code,\
revenue_center_code,hcpcs_code,facility_npi,paid_date,paid_amount,allowed_amount,charge_amount,diagnosis_code_type,\
diagnosis_code_1,data_source
A,1,institutional,M1,M1,medicaid,p,2026-02-10,2026-02-14,2026-02-10,2026-02-14,1,01,,111,0120,,F1,2026-02-20,100.00,120,150,icd-10-cm,I5023,feed
B,1,institutional,M1,M1,medicaid,p,2026-05-20,2026-05-24,2026-05-20,2026-05-24,1,01,,111,0120,,F1,2026-05-30,200.50,220,250,icd-10-cm,I5023,feed
C,1,institutional,M1,M1,medicaid,p,2026-02-30,2026-02-30,,,,01,,131,0450,99284,F1,2026-04-09,50,60,70,icd-10-cm,R079,feed
";

const ELIGIBILITY: &str =
    "person_id,member_id,gender,race,birth_date,death_date,enrollment_start_date,enrollment_end_date,payer,payer_type,plan,data_source
M1,M1,female,white,1968-04-01,,2024-01-01,2026-12-31,medicaid,medicaid,p,feed
";

const AS_OF: &str = "2026-06-30";

/// Runs the files of `drop` into `store`.
fn run_files(drop: &Path, store: &Path) -> Value {
    ran(&["run", "--data", text(drop), "--as-of", AS_OF, "--store", text(store), "--json"])
}

#[test]
fn bad_input_gives_one_clear_line_each_and_the_rest_is_processed() {
    let folder = tempfile::tempdir().unwrap();
    let (drop, store) = (folder.path().join("drop"), folder.path().join("store"));
    fs::create_dir(&drop).unwrap();
    fs::write(drop.join("medical_claim.csv"), CLAIMS).unwrap();
    fs::write(drop.join("eligibility.csv"), ELIGIBILITY).unwrap();
    fs::write(drop.join("columns.csv"), "claim_id,colour\n1,green\n").unwrap();
    fs::write(drop.join("empty.csv"), "").unwrap();
    fs::write(drop.join("letter.txt"), "Dear plan, SECRETNAME was here.\n").unwrap();
    let run = run_files(&drop, &store);
    assert_eq!((run["members"].as_u64(), run["claims"].as_u64()), (Some(1), Some(2)));

    let listed = icm(&["quarantine", "list", "--store", text(&store)]);
    let lines: Vec<&str> = stdout(&listed).lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (file, ending) in [
        ("columns.csv", ": not a format that is read here"),
        ("empty.csv", ": the file is empty"),
        ("letter.txt", ": not a format that is read here"),
        ("medical_claim.csv", " record 3 field claim_start_date: not a date that exists"),
    ] {
        let is_it = |line: &&&str| line.contains(file) && line.ends_with(ending);
        assert_eq!(lines.iter().filter(is_it).count(), 1, "{file} in {lines:?}");
    }
    assert!(!stdout(&listed).contains("SECRETNAME") && !stdout(&listed).contains("2026-02-30"));
}

#[test]
fn what_a_snapshot_no_longer_holds_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (drop, store) = (folder.path().join("drop"), folder.path().join("store"));
    fs::create_dir(&drop).unwrap();
    let snapshot = |lines: &str| {
        fs::write(drop.join("medical_claim.csv"), lines).unwrap();
        let command = ["run", "--data", text(&drop), "--as-of", AS_OF, "--store", text(&store), "--json"];
        ran(&[&command[..], &["--snapshot", "feed"]].concat())
    };
    let of = |run: &Value, decision: &str| run["decisions"][decision].as_u64().unwrap_or_default();
    fs::write(drop.join("eligibility.csv"), ELIGIBILITY).unwrap();
    let first = snapshot(CLAIMS);
    assert_eq!((of(&first, "IDENTIFIED_ICM"), of(&first, "NOT_TRIGGERED")), (1, 0), "{first}");
    let without: String = CLAIMS
        .lines()
        .filter(|line| !line.starts_with("B,"))
        .fold(String::new(), |text, line| text + line + "\n");

    // One claim of two is more than a twentieth: nothing is taken back before a person says so.
    let held = snapshot(&without);
    assert_eq!((of(&held, "IDENTIFIED_ICM"), of(&held, "NOT_TRIGGERED")), (1, 0), "{held}");
    let listed = icm(&["quarantine", "list", "--store", text(&store)]);
    let asked = stdout(&listed).lines().find(|line| line.starts_with("queue:ingest")).unwrap();
    assert!(asked.contains("replay this record to confirm that it is gone"), "{asked}");
    icm(&["quarantine", "replay", "--store", text(&store), "queue:ingest"]);
    let after = ran(&["tick", "--to", AS_OF, "--store", text(&store), "--json"]);
    assert_eq!((of(&after, "IDENTIFIED_ICM"), of(&after, "NOT_TRIGGERED")), (0, 1), "{after}");
}

#[test]
fn a_store_of_files_takes_no_synthetic_members_and_its_clock_does_not_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let (drop, store) = (folder.path().join("drop"), folder.path().join("store"));
    fs::create_dir(&drop).unwrap();
    fs::write(drop.join("eligibility.csv"), ELIGIBILITY).unwrap();
    run_files(&drop, &store);
    for refused in
        [&["run", "--store", text(&store)][..], &["tick", "--to", "2026-06-29", "--store", text(&store)]]
    {
        let output = icm(refused);
        assert_eq!((output.status.code(), stdout(&output)), (Some(64), ""), "{refused:?}");
    }
    // A claim on one day, the coverage on another: what is explained is what stands.
    fs::write(drop.join("medical_claim.csv"), CLAIMS).unwrap();
    fs::remove_file(drop.join("eligibility.csv")).unwrap();
    let output = icm(&["run", "--data", text(&drop), "--as-of", AS_OF, "--store", text(&store)]);
    assert!(stdout(&output).contains("M1 as of 2026-06-30: IDENTIFIED_ICM"), "{}", stdout(&output));
}

#[test]
fn the_day_of_ingest_counts_as_the_day_of_receipt_where_that_is_said() {
    let paid_later = CLAIMS.replace("2026-05-30", "2026-07-15");
    for (received, identified) in [("stated", None), ("ingest", Some(1))] {
        let folder = tempfile::tempdir().unwrap();
        let drop = folder.path().join("drop");
        fs::create_dir(&drop).unwrap();
        fs::write(drop.join("eligibility.csv"), ELIGIBILITY).unwrap();
        fs::write(drop.join("medical_claim.csv"), &paid_later).unwrap();
        let run = ran(&["run", "--data", text(&drop), "--as-of", AS_OF, "--received", received, "--json"]);
        assert_eq!(run["decisions"]["IDENTIFIED_ICM"].as_u64().filter(|&n| n > 0), identified, "{received}");
    }
}

#[test]
fn a_replay_loses_nothing_and_brings_back_what_still_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (drop, store) = (folder.path().join("drop"), folder.path().join("store"));
    fs::create_dir(&drop).unwrap();
    fs::write(drop.join("medical_claim.csv"), CLAIMS).unwrap();
    fs::write(drop.join("eligibility.csv"), ELIGIBILITY).unwrap();
    let before = run_files(&drop, &store);
    let listed = icm(&["quarantine", "list", "--store", text(&store), "--json"]);
    let record: Value = serde_json::from_str(stdout(&listed)).unwrap();
    let place = record["place"].as_str().unwrap();

    // The file in the bucket is mended in place, as after a fix of a reader: it is the replay that reads it again.
    let kept = store.join("buckets").join(place);
    let mended = fs::read_to_string(&kept).unwrap().replace("2026-02-30", "2026-04-02");
    let replayed = icm(&["quarantine", "replay", "--store", text(&store), place]);
    assert!(stdout(&replayed).ends_with("1 replayed, 1 still in quarantine\n"), "{}", stdout(&replayed));
    fs::write(&kept, mended).unwrap();
    let replayed = icm(&["quarantine", "replay", "--store", text(&store), "--all"]);
    assert!(stdout(&replayed).ends_with("1 replayed, 0 still in quarantine\n"), "{}", stdout(&replayed));

    let shown = icm(&["quarantine", "show", "--store", text(&store), place, "3"]);
    assert!(stdout(&shown).contains("medical_claim.csv"), "{}", stdout(&shown));
    let nothing = icm(&["quarantine", "list", "--store", text(&store)]);
    assert_eq!(stdout(&nothing), "");
    let after = ran(&["tick", "--to", AS_OF, "--store", text(&store), "--json"]);
    // The mended file makes a pack of three claims; the pack of two from before stays, and the fold counts a claim
    // that is in both once (DESIGN D2).
    assert_eq!((before["claims"].as_u64(), after["claims"].as_u64()), (Some(2), Some(5)));
    let missing = icm(&["quarantine", "show", "--store", text(&store), place, "0000000009#x"]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_claim_of_an_unknown_member_is_kept_and_decided_when_coverage_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let (claims, coverage) = (folder.path().join("claims"), folder.path().join("coverage"));
    let store = folder.path().join("store");
    for (drop, name, content) in
        [(&claims, "medical_claim.csv", CLAIMS), (&coverage, "eligibility.csv", ELIGIBILITY)]
    {
        fs::create_dir(drop).unwrap();
        fs::write(drop.join(name), content).unwrap();
    }
    let first = run_files(&claims, &store);
    assert_eq!(first["decisions"]["EXCLUDED"], 1);
    let second = run_files(&coverage, &store);
    assert_eq!((second["members"].as_u64(), second["claims"].as_u64()), (Some(1), Some(2)));
    assert_eq!(second["decisions"]["EXCLUDED"].as_u64().unwrap_or_default(), 0, "{}", second["decisions"]);

    // The other way round ends in the same.
    let other = folder.path().join("other");
    run_files(&coverage, &other);
    assert_eq!(run_files(&claims, &other)["decisions"], second["decisions"]);
}

/// A population small enough for a test and large enough that cases open.
const POPULATION: [&str; 5] = ["run", "--members", "80", "--seed", "11"];

fn population<'a>(more: &[&'a str]) -> Vec<&'a str> {
    POPULATION.iter().chain(more).copied().collect()
}

#[test]
fn replaying_the_live_rules_reproduces_every_live_decision() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let run = ran(&population(&["--days", "2", "--store", text(&store), "--json"]));
    let replayed = icm(&["whatif", "--store", text(&store), "--json"]);
    assert_eq!(replayed.status.code(), Some(0), "{}", String::from_utf8_lossy(&replayed.stderr));
    let last: Value = serde_json::from_str(stdout(&replayed).lines().last().unwrap()).unwrap();
    // A run names every kind of decision, also those that nobody has.
    let some = |decisions: &Value| {
        let mut some = decisions.as_object().unwrap().clone();
        some.retain(|_, count| count.as_u64() != Some(0));
        some
    };
    assert_eq!(some(&last["summary"]["decisions"]), some(&run["decisions"]));
    assert_eq!(last["summary"]["members"], run["members"]);
    assert_eq!((last["summary"]["enters"].as_u64(), last["summary"]["leaves"].as_u64()), (Some(0), Some(0)));
    the_reports_count_what_the_run_counted(&store, &run);
}

/// Reports are made from the members one by one; a run counts the items of its tables. Both must come to the same.
fn the_reports_count_what_the_run_counted(store: &Path, run: &Value) {
    let reports = ran(&["reports", "--store", text(store), "--json"]);
    let rows = |report: &str, table: &str| -> BTreeMap<String, u64> {
        let report = reports.as_array().unwrap().iter().find(|held| held["name"] == report).unwrap();
        let table = report["tables"].as_array().unwrap().iter().find(|held| held["id"] == table).unwrap();
        let row = |row: &Value| Some((row[0].as_str()?.to_owned(), row[1].as_u64()?));
        table["rows"].as_array().unwrap().iter().filter_map(row).collect()
    };
    let counted = |key: &str| -> BTreeMap<String, u64> {
        let all: BTreeMap<String, u64> = serde_json::from_value(run[key].clone()).unwrap();
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    };
    assert_eq!(rows("funnel", "decisions"), counted("decisions"));
    assert_eq!(rows("funnel", "statuses"), counted("statuses"));
    let steps = rows("funnel", "steps");
    assert_eq!(steps["members"], run["members"].as_u64().unwrap());
    assert_eq!(steps["identified"], run["cases"]["opened"].as_u64().unwrap());
    assert_eq!(steps["attempted"], run["cases"]["attempted"].as_u64().unwrap());
}

#[test]
fn everything_delivered_twice_and_shuffled_ends_in_the_same_state() {
    let once = ran(&population(&["--days", "3", "--json"]));
    assert!(once["cases"]["opened"].as_u64() > Some(0), "{}", once["cases"]);
    for seed in ["1", "2"] {
        let again = ran(&population(&["--days", "3", "--redeliver", seed, "--json"]));
        assert_eq!(state(&once), state(&again), "seed {seed}");
        let calls =
            |run: &Value| run["per_million_claims"]["lambda_invocations"]["identify-members"].as_u64();
        assert!(calls(&again) > calls(&once), "nothing was delivered twice");
    }
}

/// Offers and tasks that somebody saw more than once with different content: what a receiver cannot tell apart from two.
fn twice(people: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    let mut twice = Vec::new();
    for step in people.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        for message in
            step["messages"].as_object().unwrap().values().flat_map(|held| held.as_array().unwrap())
        {
            let of = |at: &str| message.pointer(at).and_then(Value::as_str).unwrap_or_default();
            // A case has one order or task of an id, and one notice of a kind to each of those who are told.
            let fields = [
                "/type",
                "/subject",
                "/data/placer_id",
                "/data/task_id",
                "/data/notice",
                "/data/to",
                "/data/to_program",
            ];
            let key = fields.map(of).join(" ");
            let first = seen.entry(key.clone()).or_insert_with(|| message["data"].clone());
            if *first != message["data"] {
                twice.push(key);
            }
        }
    }
    assert!(!seen.is_empty(), "nobody saw anything");
    twice
}

#[test]
fn a_run_that_is_killed_and_run_again_ends_in_the_same_state() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let whole = ran(&population(&["--days", "3", "--json"]));
    let arguments = population(&["--days", "3", "--store", text(&store), "--json"]);
    let (bucket, days, people) =
        (store.join("buckets/claims"), store.join("until"), store.join("people.ndjson"));
    let steps = || fs::read_to_string(&people).map_or(0, |text| text.lines().count());
    // In the middle of the claims, when the first day begins, and in the middle of what people do.
    let moments: [&dyn Fn() -> bool; 3] = [&|| bucket.exists(), &|| days.exists(), &|| steps() > 6];
    for (nth, reached) in moments.iter().enumerate() {
        let mut child = Command::new(env!("CARGO_BIN_EXE_icm"))
            .args(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !reached() {
            assert!(child.try_wait().unwrap().is_none(), "the run ended before moment {nth}");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(40));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let again = ran(&arguments);
    for key in ["members", "claims", "decisions"] {
        assert_eq!(whole[key], again[key], "{key}");
    }
    // What people do may fall into another hour after a kill; the cases are the same and nothing is there twice.
    assert_eq!(whole["cases"]["opened"], again["cases"]["opened"]);
    assert_eq!(twice(&fs::read_to_string(&people).unwrap()), Vec::<String>::new());
}
