//! Calls handlers within the limits that the template sets: time and concurrency.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use super::handler::{Failed, Handlers, Reply};
use crate::template::Template;

/// By how much a call here may take longer than in AWS. A machine that does three other things is slower than Lambda by far,
/// and a call that is cut off again and again would make dead letters of good messages; the limits themselves are held by
/// the rules of the template.
const PATIENCE: u32 = 20;

/// How often a function was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Invocations {
    /// Calls.
    pub calls: u64,
    /// Calls that failed as a whole: an error, a panic or no answer in time.
    pub failures: u64,
}

#[derive(Debug)]
pub(super) struct Invoker {
    handlers: Handlers,
    limits: BTreeMap<String, Limit>,
    counts: Mutex<BTreeMap<String, Invocations>>,
}

#[derive(Debug)]
struct Limit {
    timeout: Duration,
    reserved: Option<Semaphore>,
}

impl Invoker {
    pub(super) fn new(handlers: Handlers, template: &Template) -> Self {
        let limits = template.functions.iter().map(|function| {
            let reserved = function.reserved_concurrency.and_then(|most| usize::try_from(most).ok());
            let limit = Limit {
                timeout: Duration::from_secs(u64::from(function.timeout_s)) * PATIENCE,
                reserved: reserved.map(Semaphore::new),
            };
            (function.folder.clone(), limit)
        });
        Self { limits: limits.collect(), handlers, counts: Mutex::default() }
    }

    pub(super) fn has(&self, function: &str) -> bool {
        self.handlers.has(function)
    }

    /// Calls the function's handler. A panic is a failed invocation, as under the Lambda runtime.
    pub(super) async fn call(&self, function: &str, event: Value) -> Reply {
        let (Some(handler), Some(limit)) = (self.handlers.get(function), self.limits.get(function)) else {
            return Err(Failed("no such function".to_owned()));
        };
        let _permit = match &limit.reserved {
            Some(reserved) => Some(reserved.acquire().await),
            None => None,
        };
        let work = tokio::spawn(Arc::clone(&handler).invoke(event));
        let stop = work.abort_handle();
        let reply = match tokio::time::timeout(limit.timeout, work).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => Err(Failed("panic".to_owned())),
            Err(_) => {
                stop.abort();
                Err(Failed("timeout".to_owned()))
            }
        };
        self.count(function, reply.is_err());
        reply
    }

    fn count(&self, function: &str, failed: bool) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(function.to_owned()).or_default();
        count.calls += 1;
        count.failures += u64::from(failed);
    }

    pub(super) fn counts(&self) -> BTreeMap<String, Invocations> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
