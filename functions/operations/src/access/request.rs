//! Which request something was done in. It makes the ids of audit lines unique: the clock of a store may stand still
//! while several people act, and one person may do the same thing twice.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRequestParts;
use http::request::Parts;

/// Requests of this process that came without a number.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The number of a request, unique in the store's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Box<str>);

impl RequestId {
    /// The number that the gateway has given.
    pub fn given(id: &str) -> Self {
        Self(id.into())
    }

    /// As it stands in the audit trail.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What tells the requests of one process from those of another over the same store: an extension of the router.
#[derive(Clone, Debug)]
pub struct Process(
    /// Never the same for two processes.
    pub Box<str>,
);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if let Some(given) = parts.extensions.get::<Self>() {
            return Ok(given.clone());
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let process = parts.extensions.get::<Process>().map_or("", |process| &process.0);
        Ok(Self(format!("{process}.{number}").into()))
    }
}
