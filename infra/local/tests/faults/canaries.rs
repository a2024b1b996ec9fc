//! Planted names, ids and codes: they appear in no log line, queue name, message attribute or error text, whatever is
//! sent in. The lines of metrics are read from the real binaries (tests/infra/run.sh).

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use http::Request;
use tower::ServiceExt as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::layer::{Asked, Fate, Layer};
use crate::story::System;

const CANARIES: [&str; 6] =
    ["CANARYMEMBER", "CANARYFIRST", "CANARYLAST", "CANARYCLAIM", "CANARYDX", "T401X1A"];

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Names in columns of any file that has them.
fn plant(text: &str, nth: usize) -> String {
    let mut lines = text.lines();
    let Some(header) = lines.next() else { return String::new() };
    let columns: Vec<&str> = header.split(',').collect();
    let Some(row) = lines.clone().next() else { return text.to_owned() };
    let cells: Vec<&str> = row.split(',').collect();
    let planted = |bad: bool| {
        let cell = |(column, cell): (&&str, &&str)| match *column {
            "member_id" | "person_id" | "patient_id" => format!("CANARYMEMBER{nth}"),
            "first_name" | "name" => "CANARYFIRST".to_owned(),
            "last_name" => "CANARYLAST".to_owned(),
            "claim_id" => "CANARYCLAIM".to_owned(),
            "diagnosis_code_1" if bad => "CANARYDX no code at all".to_owned(),
            "diagnosis_code_1" => "T401X1A".to_owned(),
            name if bad && name.ends_with("_date") => "CANARYDX".to_owned(),
            _ => (*cell).to_owned(),
        };
        columns.iter().zip(&cells).map(cell).collect::<Vec<_>>().join(",")
    };
    format!("{text}{}\n{}\nCANARYMEMBER{nth},CANARYLAST\n", planted(false), planted(true))
}

async fn ask(system: &System, request: Request<Body>) -> String {
    let response = system.api.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    if status.is_success() { String::new() } else { String::from_utf8_lossy(&body).into_owned() }
}

/// From now on everything that this process logs, but for the crates whose level is fixed (`telemetry`), is kept.
fn listen() -> Log {
    const LEVELS: &str = "debug,aws_runtime=warn,aws_sdk_dynamodb=warn,aws_sdk_sqs=warn,aws_smithy_http_client=warn,\
                          aws_smithy_runtime=warn,hyper=warn,hyper_util=warn,dynoxide=warn";
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(LEVELS).with_writer(log.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    log
}

/// Addresses and attributes of every message sent.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<Vec<String>>>);

impl Sent {
    fn note(&self, asked: &Asked) {
        let entries = asked.body["Entries"].as_array().cloned().unwrap_or_default();
        for one in entries {
            let attributes = format!("{} {}", one["MessageAttributes"], one["MessageSystemAttributes"]);
            self.0.lock().unwrap().push(format!("{} {attributes}", asked.body["QueueUrl"]));
        }
    }
}

/// A system whose commits fail now and then, so that errors are logged too.
async fn system(sent: &Sent) -> System {
    let (sent, count) = (sent.clone(), Mutex::new(0_u32));
    System::start(Layer::over(move |asked: &Asked| {
        if asked.operation.starts_with("SendMessage") {
            sent.note(asked);
        }
        let mut count = count.lock().unwrap();
        *count += 1;
        let fails = count.is_multiple_of(40) && asked.operation.ends_with("Items");
        if fails { Fate::error(500, "InternalServerError") } else { Fate::Pass }
    }))
    .await
}

/// Canaries in good records and in bad ones, in a file's name, and in every queue.
async fn plant_everywhere(system: &System) {
    system.write(40);
    for (nth, file) in std::fs::read_dir(system.data()).unwrap().enumerate() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, plant(&text, nth % 2)).unwrap();
    }
    std::fs::write(system.data().join("CANARYLAST.csv"), "CANARYMEMBER,CANARYLAST\n\u{0}CANARYDX").unwrap();
    let facts = r#"{"type":"icm.facts.v1","members":[{"member_id":"CANARYMEMBER","packs":["CANARYDX"]}]}"#;
    for queue in system.account.template().queue_triggers.iter().map(|trigger| trigger.queue.clone()) {
        for body in ["CANARYMEMBER", facts] {
            let url = system.account.queue_url(&queue);
            system
                .account
                .clients()
                .sqs
                .send_message()
                .queue_url(url)
                .message_body(body)
                .send()
                .await
                .unwrap();
        }
    }
}

/// What the API answers to requests that it cannot take.
async fn refusals(system: &System) -> Vec<String> {
    let mut errors = Vec::new();
    for (path, body) in [
        ("/v1/cases/CANARYMEMBER/ICM/attempts", r#"{"channel":"CANARYLAST"}"#),
        ("/v1/cases/CANARYMEMBER0/ICM/consent", r#"{"scope":"CANARYDX"}"#),
        ("/v1/members/CANARYMEMBER/referrals", "CANARYLAST"),
        ("/v1/admin/pause", r#"{"CANARYFIRST":1}"#),
    ] {
        let request =
            Request::post(path).header("idempotency-key", "k").header("content-type", "application/json");
        errors.push(ask(system, request.body(Body::from(body)).unwrap()).await);
    }
    assert!(errors.iter().all(|error| !error.is_empty()), "something was taken");
    errors
}

#[tokio::test(flavor = "multi_thread")]
async fn no_planted_name_id_or_code_is_in_logs_names_attributes_or_errors() {
    let (log, sent) = (listen(), Sent::default());
    let system = system(&sent).await;
    plant_everywhere(&system).await;
    system.ingest().await;
    system.live(2).await;
    let errors = refusals(&system).await;
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.lines().count() > 20, "nothing was logged");
    let names: Vec<String> = system.account.queue_counts().into_iter().map(|(name, _)| name).collect();
    let everything =
        [logged, sent.0.lock().unwrap().join("\n"), names.join("\n"), errors.join("\n")].join("\n");
    for canary in CANARIES {
        let found: Vec<&str> =
            everything.lines().filter(|line| line.to_uppercase().contains(canary)).take(3).collect();
        assert!(found.is_empty(), "{canary}: {found:#?}");
    }
}
