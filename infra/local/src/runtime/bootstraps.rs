//! Processes of one function and the events that they are given.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

use super::server::{self, Shared, Waiting};
use crate::clock::StoreClock;
use crate::stack::{Failed, Handler, Work};

/// A function as its binary is started.
#[derive(Debug, Clone)]
pub struct Function {
    /// Name, as its folder.
    pub name: String,
    /// The binary.
    pub binary: PathBuf,
    /// Environment; the process gets nothing else but the place of the Runtime API.
    pub environment: BTreeMap<String, String>,
    /// Seconds that an invocation may take.
    pub timeout_s: u32,
}

/// Running processes of one function. They end when this is dropped.
#[derive(Debug)]
pub struct Bootstraps {
    function: Function,
    events: mpsc::Sender<Waiting>,
    shared: Arc<Shared>,
    api: String,
    children: Vec<(Instant, Child)>,
    server: tokio::task::JoinHandle<()>,
}

impl Bootstraps {
    /// Serves the Runtime API for a function; no process runs yet.
    ///
    /// # Errors
    /// When no port on loopback can be had.
    pub async fn serve(function: Function) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let api = listener.local_addr()?.to_string();
        let (events, waiting) = mpsc::channel(1_024);
        let shared = Shared::new(&function.name, waiting);
        let served = server::serve(listener, Arc::clone(&shared));
        // A server that fails shows as invocations that time out.
        let server = tokio::spawn(async { drop(served.await) });
        Ok(Self { function, events, shared, api, children: Vec::new(), server })
    }

    /// Starts one more process.
    ///
    /// # Errors
    /// When the binary cannot be started.
    pub fn start(&mut self) -> std::io::Result<()> {
        let mut command = Command::new(&self.function.binary);
        command
            .env_clear()
            .envs(&self.function.environment)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("AWS_LAMBDA_RUNTIME_API", &self.api)
            .env("AWS_LAMBDA_FUNCTION_NAME", &self.function.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", &self.function.name)
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        self.children.push((Instant::now(), command.spawn()?));
        Ok(())
    }

    /// Waits until as many processes as were started have polled; returns the time from the start of the
    /// last one to the last poll. `None`: not within `patience`, or a process refused to start.
    pub async fn until_polled(&self, patience: Duration) -> Option<Duration> {
        let until = Instant::now() + patience;
        while Instant::now() < until && self.shared.init_errors().is_empty() {
            let polls = self.shared.polls();
            if polls.len() >= self.children.len() {
                let (started, _) = self.children.last()?;
                return Some(polls.last()?.duration_since(*started));
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        None
    }

    /// Most memory that a process held so far, in bytes, as the kernel tells it; the largest of all.
    pub fn resident_bytes(&self) -> Option<u64> {
        let ids = self.children.iter().filter_map(|(_, child)| child.id());
        ids.filter_map(|id| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
            Some(kilobytes * 1_024)
        })
        .max()
    }
}

impl Drop for Bootstraps {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Handler for Bootstraps {
    fn invoke(&self, event: Value) -> Work {
        let (answer, answered) = oneshot::channel();
        let timeout_ms = i64::from(self.function.timeout_s) * 1_000;
        // A process measures its time by the machine, whatever the store's clock says.
        let deadline_ms = StoreClock::wall().now_ms() + timeout_ms;
        let events = self.events.clone();
        Box::pin(async move {
            let gone = |_| Failed("no process".to_owned());
            events
                .send(Waiting { event, deadline_ms, answer })
                .await
                .map_err(|_| Failed("no process".to_owned()))?;
            answered.await.map_err(gone)?
        })
    }
}
