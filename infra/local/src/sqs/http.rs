//! The protocol over HTTP: one POST per action, errors with both codes, receives that wait.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::dispatch::{Call, read};
use super::error::SqsError;
use super::name_of;
use super::queue::QueueCounts;
use super::queues::Queues;
use super::wire::ReceiveMessage;
use crate::clock::StoreClock;

/// The queues of a store and their clock. Clones share both.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queues: Mutex<Queues>,
    clock: StoreClock,
    /// Requests by action, for the cost receipt.
    requests: Mutex<BTreeMap<String, u64>>,
    /// Told after every action that may have made a message visible.
    changed: Notify,
}

impl Engine {
    /// Queues that end with the process.
    pub fn memory(clock: StoreClock) -> Self {
        Self::over(Queues::memory(), clock)
    }

    /// Queues that are kept in the file `journal`.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn open(journal: &Path, clock: StoreClock) -> std::io::Result<Self> {
        let queues = Queues::open(journal, clock.now_ms())?;
        Ok(Self::over(queues, clock))
    }

    fn over(queues: Queues, clock: StoreClock) -> Self {
        Self(Arc::new(Shared {
            queues: Mutex::new(queues),
            clock,
            requests: Mutex::default(),
            changed: Notify::new(),
        }))
    }

    /// What each queue holds now, by name.
    pub fn counts(&self) -> Vec<(String, QueueCounts)> {
        let queues = self.lock();
        let now_ms = self.0.clock.now_ms();
        queues.names().filter_map(|name| Some((name.to_owned(), queues.counts(name, now_ms)?))).collect()
    }

    /// The earliest time after now at which a hidden message of one of these queues becomes visible.
    pub fn next_visible_ms(&self, of: impl Fn(&str) -> bool) -> Option<i64> {
        self.lock().next_visible_ms(of, self.0.clock.now_ms())
    }

    /// How often each action was asked for since the engine was opened.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, action: &str) {
        let mut requests = self.0.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(action.to_owned()).or_default() += 1;
    }

    /// Wakes waiting receives, for example after the clock was advanced.
    pub fn wake(&self) {
        self.0.changed.notify_waiters();
    }

    /// A panic while holding the lock cannot leave a change half made: changes are made one by one
    /// after they were written down.
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T>(&self, base_url: &str, act: impl FnOnce(&mut Call<'_>) -> T) -> T {
        let mut queues = self.lock();
        act(&mut Call { queues: &mut queues, now_ms: self.0.clock.now_ms(), base_url })
    }

    async fn answer(&self, action: &str, body: Value, base_url: &str) -> Result<Value, SqsError> {
        self.count(action);
        if action == "ReceiveMessage" {
            return self.receive(&read(body)?, base_url).await;
        }
        let answer = self.call(base_url, |call| call.answer(action, body));
        self.wake();
        answer
    }

    /// Waits for a first message as long as the request, or else the queue, says. Waiting is in
    /// real time, also under a set clock: a receiver is a process, not a member's history.
    async fn receive(&self, asked: &ReceiveMessage, base_url: &str) -> Result<Value, SqsError> {
        let deadline = Instant::now() + self.patience(asked)?;
        loop {
            let changed = self.0.changed.notified();
            let messages = self.call(base_url, |call| call.receive(asked))?;
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(json!({"Messages": messages}));
            }
            let until = deadline.min(Instant::now() + self.until_next_visible());
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    fn patience(&self, asked: &ReceiveMessage) -> Result<Duration, SqsError> {
        let queues = self.lock();
        let settings = &queues.queue(name_of(&asked.queue_url))?.settings;
        let wait_s = asked.wait_time_seconds.unwrap_or(settings.receive_wait_s);
        if wait_s > 20 {
            return Err(SqsError::InvalidParameterValue(
                "Value for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.".to_owned(),
            ));
        }
        Ok(Duration::from_secs(u64::from(wait_s)))
    }

    /// Under wall time a hidden message shows by itself; a set clock wakes when it is advanced.
    fn until_next_visible(&self) -> Duration {
        const AT_MOST: Duration = Duration::from_secs(20);
        if self.0.clock.is_set() {
            return AT_MOST;
        }
        let wait_ms = self.next_visible_ms(|_| true).map(|at_ms| at_ms - self.0.clock.now_ms());
        wait_ms.map_or(AT_MOST, |ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0) + 1))
    }
}

/// Serves the engine on `listener` until `stop` resolves.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // A batch of one mebibyte is larger in JSON: each byte may take six.
    const BODY_BYTES_MAX: usize = 8 * 1_048_576;
    let routes =
        Router::new().fallback(post(act)).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(engine);
    axum::serve(listener, routes).with_graceful_shutdown(stop).await
}

async fn act(State(engine): State<Engine>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let target = text("x-amz-target").unwrap_or_default();
    let base_url = format!("http://{}", text("host").unwrap_or("127.0.0.1"));
    let answer = match (target.strip_prefix("AmazonSQS."), parse(&body)) {
        (Some(action), Ok(body)) => engine.answer(action, body, &base_url).await,
        (None, _) => Err(SqsError::UnsupportedOperation(
            "The request names no action of the queue service.".to_owned(),
        )),
        (Some(_), Err(error)) => Err(error),
    };
    respond(answer)
}

fn parse(body: &[u8]) -> Result<Value, SqsError> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body)
        .map_err(|_| SqsError::InvalidParameterValue("The request is not JSON.".to_owned()))
}

fn respond(answer: Result<Value, SqsError>) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    match answer {
        Ok(value) => (content_type, value.to_string()).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            let body = json!({"__type": error.json_code(), "message": error.to_string()});
            let mut response = (status, content_type, body.to_string()).into_response();
            if let Ok(code) = HeaderValue::from_str(&error.query_code()) {
                response.headers_mut().insert("x-amzn-query-error", code);
            }
            response
        }
    }
}
