//! The four routes of the Lambda Runtime API (version 2018-06-01).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

use crate::stack::{Failed, Reply};

/// An event that waits for a process, and who waits for its answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) event: Value,
    pub(super) deadline_ms: i64,
    pub(super) answer: oneshot::Sender<Reply>,
}

/// What the processes of one function share.
#[derive(Debug)]
pub(super) struct Shared {
    waiting: AsyncMutex<mpsc::Receiver<Waiting>>,
    running: Mutex<Running>,
    function_arn: String,
}

#[derive(Debug, Default)]
struct Running {
    started: u64,
    answers: BTreeMap<String, oneshot::Sender<Reply>>,
    polls: Vec<Instant>,
    init_errors: Vec<String>,
}

impl Shared {
    pub(super) fn new(function: &str, waiting: mpsc::Receiver<Waiting>) -> Arc<Self> {
        let account = crate::sqs::ACCOUNT;
        Arc::new(Self {
            waiting: AsyncMutex::new(waiting),
            running: Mutex::default(),
            function_arn: format!("arn:aws:lambda:{}:{account}:function:{function}", crate::sqs::REGION),
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Running) -> T) -> T {
        act(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// When processes polled for an event, in order.
    pub(super) fn polls(&self) -> Vec<Instant> {
        self.with(|running| running.polls.clone())
    }

    /// Kinds of the errors with which processes refused to start.
    pub(super) fn init_errors(&self) -> Vec<String> {
        self.with(|running| running.init_errors.clone())
    }

    fn finish(&self, request: &str, reply: Reply) -> StatusCode {
        let Some(answer) = self.with(|running| running.answers.remove(request)) else {
            return StatusCode::NOT_FOUND;
        };
        // Whoever waited may have given up: then the answer is lost, as in AWS.
        let _ = answer.send(reply);
        StatusCode::ACCEPTED
    }
}

/// Serves the API until the process ends.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) -> std::io::Result<()> {
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(shared);
    axum::serve(listener, routes).await
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.with(|running| running.polls.push(Instant::now()));
    let Some(waiting) = shared.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let request = shared.with(|running| {
        running.started += 1;
        let request = format!("{:08x}-0000-4000-8000-000000000000", running.started);
        running.answers.insert(request.clone(), waiting.answer);
        request
    });
    let trace = format!("Root=1-00000000-{:0>24};Sampled=0", request.get(..8).unwrap_or_default());
    let headers = [
        ("lambda-runtime-aws-request-id", request),
        ("lambda-runtime-deadline-ms", waiting.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", shared.function_arn.clone()),
        ("lambda-runtime-trace-id", trace),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, waiting.event.to_string()).into_response()
}

async fn response(State(shared): State<Arc<Shared>>, Path(request): Path<String>, body: Bytes) -> StatusCode {
    let reply = serde_json::from_slice(&body).map_err(|_| Failed("answer is no JSON".to_owned()));
    shared.finish(&request, reply)
}

async fn error(State(shared): State<Arc<Shared>>, Path(request): Path<String>, body: Bytes) -> StatusCode {
    shared.finish(&request, Err(Failed(kind(&body))))
}

async fn init_error(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    shared.with(|running| running.init_errors.push(kind(&body)));
    StatusCode::ACCEPTED
}

/// The kind of an error; its message stays with the function, as it may say more than it should.
fn kind(body: &[u8]) -> String {
    let read: Option<Value> = serde_json::from_slice(body).ok();
    let kind = read.as_ref().and_then(|value| value.get("errorType")).and_then(Value::as_str);
    kind.unwrap_or("error").to_owned()
}
