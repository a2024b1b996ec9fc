//! A store that is there already, opened with everything that acts on it.

use super::{RunError, WORKERS, feeds, functions, store};
use crate::clock::StoreClock;
use crate::stack::{Account, Triggers};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use ingest_files::Feeds;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Engines, functions and API of a store.
pub struct Opened {
    /// Engines with everything that the template lists.
    pub account: Arc<Account>,
    /// What calls the functions.
    pub triggers: Triggers,
    /// The operations API, for the operator of this machine.
    pub api: Router,
}

impl Opened {
    /// Opens the store in `folder`; its clock stands where the store left it.
    pub async fn store(folder: &Path) -> Result<Self, RunError> {
        let kept = store::kept_at(folder).ok_or_else(|| RunError::NoStore(folder.display().to_string()))?;
        let account = Arc::new(Account::open(Some(folder), StoreClock::set_at(kept)).await?);
        Self::over(account, &folder.join("buckets"), None, feeds::remembered(folder)?)
    }

    /// Builds the functions over an account whose buckets are folders under `buckets`; with a seed everything is
    /// delivered twice and in shuffled order.
    pub fn over(
        account: Arc<Account>,
        buckets: &Path,
        redeliver: Option<u64>,
        feeds: Feeds,
    ) -> Result<Self, RunError> {
        let built = functions::build(&account, buckets, feeds)?;
        let triggers = Triggers::connect_with(Arc::clone(&account), built.handlers, WORKERS, redeliver)?;
        Ok(Self { account, triggers, api: built.api })
    }

    /// The file of a key in the claims bucket; none for the name of a queue.
    pub fn file_of(&self, key: &str) -> Option<std::path::PathBuf> {
        let file = self.account.folder()?.join("buckets").join(key);
        file.is_file().then_some(file)
    }

    /// Asks the API; its status and answer.
    pub async fn ask(&self, request: Request<Body>) -> Result<(u16, Value), RunError> {
        let Ok(response) = self.api.clone().oneshot(request).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.map_err(|_| RunError::Api)?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    /// Asks the API for something that must be there.
    pub async fn get(&self, path: &str) -> Result<Value, RunError> {
        let request = Request::get(path).body(Body::empty()).map_err(|_| RunError::Api)?;
        match self.ask(request).await? {
            (200, answer) => Ok(answer),
            (404, _) => Err(RunError::NotFound),
            _ => Err(RunError::Api),
        }
    }

    /// Asks the API to do something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, RunError> {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|_| RunError::Api)?;
        match self.ask(request).await? {
            (200..=299, answer) => Ok(answer),
            (404, _) => Err(RunError::NotFound),
            _ => Err(RunError::Api),
        }
    }
}
