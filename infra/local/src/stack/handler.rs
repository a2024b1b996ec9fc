//! What the local stack calls: the same handlers as under the Lambda runtime, with the same events.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

/// An invocation that failed as a whole. Carries the kind of failure and never member data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invocation failed: {0}")]
pub struct Failed(pub String);

/// What an invocation answers.
pub type Reply = Result<Value, Failed>;

/// A running invocation.
pub type Work = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// A function's handler: an event in, an answer out. Async closures are handlers.
pub trait Handler: Send + Sync {
    /// Handles one event.
    fn invoke(&self, event: Value) -> Work;
}

impl<F, W> Handler for F
where
    F: Fn(Value) -> W + Send + Sync,
    W: Future<Output = Reply> + Send + 'static,
{
    fn invoke(&self, event: Value) -> Work {
        Box::pin(self(event))
    }
}

/// Handlers by the name of their function. Triggers of functions without a handler rest.
#[derive(Clone, Default)]
pub struct Handlers(BTreeMap<String, Arc<dyn Handler>>);

impl Handlers {
    /// No handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the handler of a function, named by its folder.
    #[must_use]
    pub fn with(mut self, function: &str, handler: impl Handler + 'static) -> Self {
        self.0.insert(function.to_owned(), Arc::new(handler));
        self
    }

    /// With something around each handler: told the function's name and what it calls.
    #[must_use]
    pub fn around(self, wrap: impl Fn(&str, Arc<dyn Handler>) -> Arc<dyn Handler>) -> Self {
        let wrapped = self.0.into_iter().map(|(name, handler)| {
            let handler = wrap(&name, handler);
            (name, handler)
        });
        Self(wrapped.collect())
    }

    /// Whether the function has a handler.
    pub fn has(&self, function: &str) -> bool {
        self.0.contains_key(function)
    }

    pub(super) fn get(&self, function: &str) -> Option<Arc<dyn Handler>> {
        self.0.get(function).cloned()
    }
}

impl std::fmt::Debug for Handlers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}
