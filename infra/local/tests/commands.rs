//! The analysts' commands as a person runs them: files in, NDJSON out, diagnostics beside it, exit codes.
#![expect(clippy::unwrap_used, reason = "a command that cannot be run is a failed test")]

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn icm(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_icm")).args(arguments).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const CLAIMS: &str = "claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan,claim_start_date,claim_end_date,\
admission_date,discharge_date,admit_type_code,discharge_disposition_code,place_of_service_code,bill_type_code,\
revenue_center_code,hcpcs_code,facility_npi,paid_date,paid_amount,allowed_amount,charge_amount,diagnosis_code_type,\
diagnosis_code_1,data_source
A,1,institutional,M1,M1,medicaid,p,2026-02-10,2026-02-14,2026-02-10,2026-02-14,1,01,,111,0120,,F1,2026-02-20,100.00,120,150,icd-10-cm,I5023,feed
B,1,institutional,M1,M1,medicaid,p,2026-05-20,2026-05-24,2026-05-20,2026-05-24,1,01,,111,0120,,F1,2026-05-30,200.50,220,250,icd-10-cm,I5023,feed
C,1,institutional,M1,M1,medicaid,p,2026-04-02,2026-04-02,,,,01,,131,0450,99284,F1,2026-04-09,50,60,70,icd-10-cm,R079,feed
C,2,institutional,M1,M1,medicaid,p,2026-04-02,2026-04-02,,,,01,,131,0300,80048,F1,2026-04-09,5,6,7,icd-10-cm,R079,feed
";

const ELIGIBILITY: &str =
    "person_id,member_id,gender,race,birth_date,death_date,enrollment_start_date,enrollment_end_date,payer,payer_type,plan,data_source
M1,M1,female,white,1968-04-01,,2024-01-01,2026-12-31,medicaid,medicaid,p,feed
M2,M2,male,white,1970-01-01,,2024-01-01,2026-12-31,medicaid,medicaid,p,feed
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("medical_claim.csv"), CLAIMS).unwrap();
    fs::write(folder.path().join("eligibility.csv"), ELIGIBILITY).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn parse_prints_every_claim_version_with_the_keys_of_the_contract() {
    let folder = folder();
    let output = icm(&["parse", text(folder.path())]);
    assert_eq!(output.status.code(), Some(0));
    let claims = lines(&output);
    assert_eq!(claims.len(), 3);
    let keys = [
        "claim_id",
        "frequency",
        "replaces",
        "received",
        "member_id",
        "kind",
        "bill_type",
        "facility",
        "billing_npi",
        "from",
        "thru",
        "admit",
        "discharge_status",
        "admit_type",
        "drg",
        "dx",
        "px",
        "lines",
        "charge_cents",
        "allowed_cents",
        "paid_cents",
        "state",
    ];
    for claim in &claims {
        for key in keys {
            assert!(claim.get(key).is_some(), "{key}");
        }
    }
    let visit = claims.iter().find(|claim| claim["claim_id"] == "C").unwrap();
    assert_eq!((visit["paid_cents"].as_i64(), visit["lines"].as_array().unwrap().len()), (Some(5500), 2));
    assert_eq!(visit["lines"][0]["rev"], "0450");
    assert_eq!(visit["received"], "2026-04-09");
}

/// Runs the command with these bytes on its standard input.
fn fed(arguments: &[&str], bytes: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icm"));
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn standard_input_is_read_like_a_file_also_gzipped() {
    let folder = folder();
    let from_file = icm(&["parse", text(&folder.path().join("medical_claim.csv"))]).stdout;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(CLAIMS.as_bytes()).unwrap();
    for bytes in [CLAIMS.as_bytes().to_vec(), gzip.finish().unwrap()] {
        let output = fed(&["parse", "-"], &bytes);
        assert_eq!((output.status.code(), &output.stdout), (Some(0), &from_file));
    }
    let broken = fed(&["parse", "-"], &CLAIMS.as_bytes()[..CLAIMS.len() - 30]);
    let said = String::from_utf8(broken.stderr).unwrap();
    assert!(said.contains("- record 4 byte") && said.contains("the file ends in the middle"), "{said}");
    assert!(broken.stdout.is_empty(), "half a file of claims is none");
    assert_eq!(fed(&["parse", "-"], b"").status.code(), Some(2));
}

#[test]
fn a_pipe_among_the_files_is_read_as_one_of_them() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let eligibility = text(&folder.path().join("eligibility.csv")).to_owned();
    let claims = folder.path().join("medical_claim.csv");
    let whole = icm(&["utilization", "--data", text(&claims), "--data", &eligibility]);
    assert_eq!(whole.status.code(), Some(0));
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::write(pipe, CLAIMS).unwrap())
    };
    let output = icm(&["utilization", "--data", text(&pipe), "--data", &eligibility]);
    writer.join().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(0), whole.stdout));
    let parsed = icm(&["parse", text(folder.path())]);
    assert_eq!((parsed.status.code(), lines(&parsed).len()), (Some(0), 3));
    assert!(
        parsed.stderr.starts_with(text(&pipe).as_bytes()),
        "a pipe that only lies in a folder is said, not awaited"
    );
}

#[test]
fn utilization_prints_one_line_for_each_member_of_the_eligibility_file() {
    let folder = folder();
    let output = icm(&["utilization", "--data", text(folder.path())]);
    assert_eq!(output.status.code(), Some(0));
    let members = lines(&output);
    assert_eq!(members.len(), 2);
    assert_eq!(members[0]["stays"].as_array().unwrap().len(), 2);
    assert_eq!(members[0]["ed_visits"][0]["date"], "2026-04-02");
    assert_eq!(members[0]["paid_by_month"]["2026-05"], 20050);
    assert_eq!(members[1]["stays"], serde_json::json!([]));
}

#[test]
fn decide_prints_decision_reason_rules_counts_and_evidence() {
    let folder = folder();
    let output = icm(&["decide", "--data", text(folder.path()), "--as-of", "2026-06-30"]);
    assert_eq!(output.status.code(), Some(0));
    let members = lines(&output);
    assert_eq!(members[0]["decision"], "IDENTIFIED_ICM");
    assert_eq!(members[0]["reason"], "UNMANAGED_HIGH_UTILIZATION");
    assert_eq!(members[0]["triggers"], serde_json::json!(["R1_IP2_180", "R8_PQI2_365"]));
    assert_eq!(members[0]["counts"]["stays180"], 2);
    let cited: Vec<&str> = members[0]["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["claim_id"].as_str().unwrap())
        .collect();
    // The one ED visit is a value of the ED clauses: without it a value changes.
    assert_eq!(cited, ["A", "B", "C"]);
    assert_eq!(members[1]["decision"], "NOT_TRIGGERED");
}

#[test]
fn explain_names_rules_evidence_and_what_would_flip() {
    let folder = folder();
    let output = icm(&["explain", "M2", "--data", text(folder.path()), "--as-of", "2026-06-30", "--json"]);
    let record = &lines(&output)[0];
    assert_eq!(record["decision"], "NOT_TRIGGERED");
    assert_eq!(record["flip"], "two more unplanned stays: IDENTIFIED_ICM");
    let people = icm(&["explain", "M1", "--data", text(folder.path()), "--as-of", "2026-06-30"]);
    let said = String::from_utf8(people.stdout).unwrap();
    assert!(said.contains("[x] R1_IP2_180") && said.contains("recommended: M8"), "{said}");
}

#[test]
fn worked_examples_are_decided_and_unknown_keys_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    let case = r#"[{"id":"X","as_of":"2026-06-30","member":{"dob":"1970-01-01","lob":"COMMERCIAL",
        "eligibility":[["2026-01-01","2026-12-31"]]}}]"#;
    fs::write(&file, case).unwrap();
    let output = icm(&["decide", "--vignettes", text(&file)]);
    assert_eq!(lines(&output)[0]["reason"], "NO_RULE_MET");
    fs::write(&file, case.replace("\"lob\"", "\"colour\":1,\"lob\"")).unwrap();
    let refused = icm(&["decide", "--vignettes", text(&file)]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("colour"));
}

#[test]
fn bad_input_gives_one_line_each_and_the_rest_is_processed() {
    let folder = folder();
    let bad_date = CLAIMS.replace(
        "B,1,institutional,M1,M1,medicaid,p,2026-05-20",
        "B,1,institutional,M1,M1,medicaid,p,2026-13-20",
    );
    fs::write(folder.path().join("medical_claim.csv"), bad_date).unwrap();
    fs::write(folder.path().join("empty.csv"), "").unwrap();
    fs::write(folder.path().join("photo.png"), [0x89, b'P', b'N', b'G', 0, 1, 2]).unwrap();
    let output = icm(&["parse", text(folder.path())]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(lines(&output).len(), 2);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("claim_start_date") && said.contains("not a date that exists"), "{said}");
    assert!(said.contains("the file is empty") && said.contains("photo.png"), "{said}");
    assert!(!said.contains("2026-13-20"), "a value was repeated: {said}");
}

#[test]
fn a_header_only_file_is_no_error_and_nothing_readable_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("medical_claim.csv"), CLAIMS.lines().next().unwrap()).unwrap();
    assert_eq!(icm(&["parse", text(folder.path())]).status.code(), Some(0));
    assert_eq!(icm(&["parse", "/nowhere/at/all.csv"]).status.code(), Some(2));
    assert_eq!(icm(&["parse"]).status.code(), Some(64));
    assert_eq!(icm(&["decide", "--data", text(folder.path())]).status.code(), Some(64));
    assert_eq!(icm(&["utilization", "--no-such-option"]).status.code(), Some(64));
    assert_eq!(
        icm(&["utilization", "--data", text(folder.path()), "--as-of", "2026-02-30"]).status.code(),
        Some(64)
    );
}

#[test]
fn two_criteria_are_compared_member_by_member() {
    let folder = folder();
    let stricter = folder.path().join("stricter.json");
    fs::write(&stricter, r#"{"version":"t","triggers":{"r1_stays180":3,"r8_pqi365":3}}"#).unwrap();
    let against = [
        "whatif",
        "--data",
        text(folder.path()),
        "--as-of",
        "2026-06-30",
        "--against",
        text(&stricter),
        "--json",
    ];
    let found = lines(&icm(&against));
    assert_eq!(
        (found[0]["member_id"].as_str(), found[0]["why"].as_str()),
        (Some("M1"), Some("-R1_IP2_180 -R8_PQI2_365"))
    );
    assert_eq!(found[1]["summary"]["leaves"], 1);
}

/// Ids, kinds and lines of the claims that a folder holds.
fn claims_of(folder: &Path) -> Vec<(String, String, usize)> {
    let output = icm(&["parse", text(folder)]);
    let mut claims: Vec<_> = lines(&output)
        .iter()
        .map(|claim| {
            let of = |key: &str| claim[key].as_str().unwrap().to_owned();
            (of("claim_id"), of("kind"), claim["lines"].as_array().unwrap().len())
        })
        .collect();
    claims.sort();
    claims
}

#[test]
fn a_synthetic_population_is_the_same_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let written = |format: &str| {
        let dir = folder.path().join(format);
        let output = icm(&["synth", "--members", "60", "--format", format, "--out", text(&dir)]);
        assert_eq!(output.status.code(), Some(0));
        dir
    };
    let tables = claims_of(&written("csv"));
    assert!(tables.len() > 100);
    let resources = written("eob");
    assert!(resources.join("eob.ndjson").exists() && !resources.join("medical_claim.csv").exists());
    assert_eq!(claims_of(&resources), tables);
    // A replacement repeats the account number of what it replaces: kinds and lines are the same, numbers are not.
    let without_numbers = |claims: Vec<(String, String, usize)>| {
        let mut rest: Vec<_> = claims.into_iter().map(|(_, kind, lines)| (kind, lines)).collect();
        rest.sort();
        rest
    };
    assert_eq!(without_numbers(claims_of(&written("837"))), without_numbers(tables));
}

#[test]
fn a_member_whose_number_changed_is_one_member() {
    let folder = folder();
    let renamed = CLAIMS.replace(",M1,M1,", ",M0,M0,").replace("A,1", "Z,1").replace("B,1", "Y,1");
    let first: Vec<&str> = renamed.lines().take(2).collect();
    fs::write(folder.path().join("former.csv"), first.join("\n") + "\n").unwrap();
    let utilization =
        |folder: &Path| lines(&icm(&["utilization", "--data", text(folder), "--as-of", "2026-06-30"]));
    let members = |rows: &[Value]| rows.iter().filter(|row| row["member_id"] == "M0").count();
    let parse = icm(&["parse", text(folder.path())]);
    assert!(
        String::from_utf8(parse.stderr)
            .unwrap()
            .contains("6 records read: 6 used (they gave 4 claim versions and 4 other facts)")
    );
    let change = "MSH|^~\\&|A|B|||20260105||ADT^A40|2|P|2.3\rPID|1||M1\rMRG|M0\r";
    fs::write(folder.path().join("merge.hl7"), change).unwrap();
    let rows = utilization(folder.path());
    assert_eq!(members(&rows), 0);
    let merged = rows.iter().find(|row| row["member_id"] == "M1").unwrap();
    let cited: Vec<&Value> =
        merged["stays"].as_array().unwrap().iter().map(|stay| &stay["claim_ids"]).collect();
    assert!(cited.iter().any(|ids| ids.as_array().unwrap().contains(&Value::from("Z"))), "{cited:?}");
}

#[test]
fn a_folder_that_links_to_itself_is_read_once_and_an_empty_one_holds_nothing() {
    let folder = folder();
    let once = lines(&icm(&["parse", text(folder.path())])).len();
    #[cfg(unix)]
    std::os::unix::fs::symlink(".", folder.path().join("self")).unwrap();
    assert_eq!(lines(&icm(&["parse", text(folder.path())])).len(), once);

    let empty = tempfile::tempdir().unwrap();
    for command in [
        &["parse", text(empty.path())][..],
        &["utilization", "--data", text(empty.path())],
        &["decide", "--as-of", "2026-06-30", "--data", text(empty.path())],
    ] {
        let output = icm(command);
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("there is no file under these names"));
    }
}

#[test]
fn the_main_job_runs_on_real_claims_in_the_years_of_their_dates() {
    let shared = std::env::var_os("ICM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into);
    let data = shared.join("data/tuva/tuva_synthetic");
    if !data.is_dir() {
        eprintln!("SKIPPED: {} is not there", data.display());
        return;
    }
    let decided = icm(&["decide", "--data", text(&data), "--as-of", "2018-06-30"]);
    let identified = lines(&decided).iter().filter(|member| member["decision"] == "IDENTIFIED_ICM").count();
    let run = icm(&["run", "--data", text(&data), "--as-of", "2018-06-30", "--json"]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let said = String::from_utf8(run.stdout).unwrap();
    let result: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert!(identified > 0);
    assert_eq!(result["decisions"]["IDENTIFIED_ICM"], identified);
    assert_eq!(result["cases"]["opened"], identified);
    assert_eq!(result["dead_letters"], serde_json::json!({}));
    assert!(said.contains("IDENTIFIED_ICM (UNMANAGED_HIGH_UTILIZATION)") && said.contains("Claims cited"));
}
