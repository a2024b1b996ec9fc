//! Where operators act: a store on this machine, or the deployment that the environment names. The same handlers and the
//! same API serve both.

use super::opened::Opened;
use super::{RunError, feed, functions};
use crate::clock::{StoreClock, unrepeated};
use axum::body::{Body, to_bytes};
use axum::{Extension, Router};
use http::Request;
use icm_aws::{Clients, Queues, Sender, Store, Tables};
use icm_ports::{QuarantineRead, QuarantineRecord};
use operations::{Ops, Process};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tower::ServiceExt;

/// Quarantined records that are read at once.
const QUARANTINE_PAGE: usize = 500;

/// Longest answer of the API that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// A place to act in.
pub struct Site {
    /// The store.
    pub store: Store,
    /// The clock of the store.
    pub clock: StoreClock,
    /// The operations API.
    pub api: Router,
    local: Option<(Opened, PathBuf)>,
}

impl Site {
    /// The store in `folder`, which a run has made.
    ///
    /// # Errors
    /// When there is no store, or its engines cannot be started.
    pub async fn local(folder: &Path) -> Result<Self, RunError> {
        let opened = Opened::store(folder).await?;
        functions::publish(&opened.account).await?;
        Ok(Self {
            // The relay names every table that an operator touches.
            store: functions::store(&opened.account, "relay-outbox"),
            clock: opened.account.clock().clone(),
            api: opened.api.clone(),
            local: Some((opened, folder.join("buckets"))),
        })
    }

    /// The deployment whose tables and queues the environment names, as it does for its functions.
    pub fn deployed() -> Self {
        let clients = Clients::from_env();
        let store = Store::new(clients.dynamodb, Tables::from_env());
        let clock = StoreClock::wall();
        let queues = Sender::new(clients.sqs, Queues::from_env());
        let api = operations::local_router(Ops { store: store.clone(), queues, clock: clock.clone() })
            .layer(Extension(Process(unrepeated().into())));
        Self { store, clock, api, local: None }
    }

    /// The store on this machine; none for a deployment.
    pub fn opened(&self) -> Option<&Opened> {
        self.local.as_ref().map(|(opened, _)| opened)
    }

    /// Drops files into the claims bucket and lets the functions work until nothing is left. Answers what of these files
    /// could not be used, file by file.
    ///
    /// # Errors
    /// When a file cannot be read, or the place is a deployment: there its bucket takes files.
    pub async fn ingest(&self, files: &[PathBuf]) -> Result<Vec<(String, Vec<QuarantineRecord>)>, RunError> {
        let (opened, buckets) =
            self.local.as_ref().ok_or_else(|| RunError::Function("ingest-files".to_owned()))?;
        let dropped = feed::drop_paths(files, false, &opened.account, buckets).await?;
        opened.triggers.drain().await?;
        let mut unused = Vec::with_capacity(dropped.len());
        for key in dropped {
            let records = self.unused(&key).await?;
            unused.push((key, records));
        }
        Ok(unused)
    }

    /// What of a file waits in quarantine.
    async fn unused(&self, key: &str) -> Result<Vec<QuarantineRecord>, RunError> {
        let mut all: Vec<QuarantineRecord> = Vec::new();
        loop {
            let after = all.last().map(|record| record.id.clone());
            let page = self.store.records(key, after.as_deref(), QUARANTINE_PAGE).await?;
            let ended = page.len() < QUARANTINE_PAGE;
            all.extend(page);
            if ended {
                all.retain(|record| !record.replayed);
                return Ok(all);
            }
        }
    }

    /// Asks the API, as this operator; status and answer.
    ///
    /// # Errors
    /// When the API does not answer.
    pub async fn ask(
        &self,
        request: http::request::Builder,
        body: &Value,
        by: &str,
    ) -> Result<(u16, Value), RunError> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request: Request<Body> = request
            .header("content-type", "application/json")
            .header("x-icm-actor", by)
            .body(Body::from(text))
            .map_err(|_| RunError::Api)?;
        let Ok(response) = self.api.clone().oneshot(request).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.map_err(|_| RunError::Api)?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }
}
