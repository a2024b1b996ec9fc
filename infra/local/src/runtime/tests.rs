//! A process that speaks the Runtime API, written as a script: it needs no build.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::{Bootstraps, Function};
use crate::stack::{Failed, Handler};

/// Answers each event with itself, and the event "fail" with an error.
const ECHO: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
heads=$(mktemp)
while event=$(curl -sS -D "$heads" "$api/next"); do
  id=$(tr -d '\r' <"$heads" | sed -n 's/^lambda-runtime-aws-request-id: //p')
  if [ "$event" = '"fail"' ]; then
    curl -sS -o /dev/null -d '{"errorType":"Poison","errorMessage":"never shown"}' "$api/$id/error"
  else
    curl -sS -o /dev/null -d "{\"saw\":$event,\"of\":\"$MEMBERS_TABLE\"}" "$api/$id/response"
  fi
done
"#;

fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("bootstrap");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn function(binary: PathBuf) -> Function {
    Function {
        name: "identify-members".to_owned(),
        binary,
        environment: BTreeMap::from([("MEMBERS_TABLE".to_owned(), "Members".to_owned())]),
        timeout_s: 5,
    }
}

fn has_curl() -> bool {
    let found = std::process::Command::new("curl").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: the process of this test is a script that needs curl");
    }
    found
}

#[tokio::test]
async fn a_process_gets_events_with_its_environment_and_its_answers_and_errors_come_back() {
    if !has_curl() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut processes = Bootstraps::serve(function(script(folder.path(), ECHO))).await.unwrap();
    processes.start().unwrap();
    assert!(processes.until_polled(Duration::from_secs(20)).await.is_some());
    assert!(processes.resident_bytes().is_none_or(|bytes| bytes > 0));
    let answer = processes.invoke(json!({"Records": []})).await;
    assert_eq!(answer, Ok(json!({"saw": {"Records": []}, "of": "Members"})));
    assert_eq!(processes.invoke(json!("fail")).await, Err(Failed("Poison".to_owned())));
    let (one, two) = tokio::join!(processes.invoke(json!(1)), processes.invoke(json!(2)));
    assert_eq!((one.unwrap()["saw"].clone(), two.unwrap()["saw"].clone()), (json!(1), json!(2)));
}

#[tokio::test]
async fn a_binary_that_is_not_there_is_an_error_and_one_that_ends_never_polls() {
    let folder = tempfile::tempdir().unwrap();
    let mut absent = Bootstraps::serve(function(folder.path().join("none"))).await.unwrap();
    assert!(absent.start().is_err());
    let mut ending = Bootstraps::serve(function(script(folder.path(), "#!/bin/sh\nexit 1\n"))).await.unwrap();
    ending.start().unwrap();
    assert_eq!(ending.until_polled(Duration::from_millis(300)).await, None);
}
