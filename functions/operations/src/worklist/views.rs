//! Saved views: a name for filters and sort, one's own or shared with everybody.

use super::WorkQuery;
use crate::Ports;
use crate::access::desk::Desk;
use crate::problem::Problem;
use crate::reading;
use axum::Json;
use axum::body::Bytes;
use icm_contract::stored::{from_json, to_json};
use icm_ports::{Body, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest name.
const NAME_MAX: usize = 40;
/// Owner of what everybody sees.
const EVERYBODY: &str = "all";

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SavedView {
    /// Its name.
    pub(crate) name: String,
    /// Whether everybody sees it.
    pub(crate) shared: bool,
    /// Filters and sort.
    pub(crate) list: WorkQuery,
}

/// Saved views.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SavedViews {
    /// One's own and the shared ones, by name.
    pub(crate) views: Vec<SavedView>,
}

/// A view to be saved, or taken away.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewAsked {
    /// Its name: letters, digits, blanks and `-`, 40 at most.
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[A-Za-z0-9 -]+$"))]
    pub(crate) name: String,
    /// Whether everybody sees it.
    #[serde(default)]
    pub(crate) shared: bool,
    /// Filters and sort; none: the view is taken away.
    #[serde(default)]
    pub(crate) list: Option<WorkQuery>,
}

/// What is stored of a view.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    list: Option<WorkQuery>,
}

/// `GET /v1/worklist/views`.
pub(crate) async fn list<P: Ports>(desk: Desk<P>) -> Result<Json<SavedViews>, Problem> {
    Ok(Json(SavedViews { views: saved(&desk).await? }))
}

/// One's own views and the shared ones.
pub(crate) async fn saved<P: Ports>(desk: &Desk<P>) -> Result<Vec<SavedView>, Problem> {
    let mut views = Vec::new();
    for (owner, shared) in [(EVERYBODY, true), (desk.who.actor.as_str(), false)] {
        let prefix = format!("{owner}#");
        for record in desk.store().records(RegistryKind::View, &prefix).await? {
            let kept: Option<Kept> = from_json(&record.body.text).ok();
            let name = record.key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            views.extend(kept.and_then(|kept| kept.list).map(|list| SavedView { name, shared, list }));
        }
    }
    Ok(views)
}

/// `POST /v1/worklist/views`.
pub(crate) async fn save<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<SavedViews>, Problem> {
    let asked: ViewAsked = reading::json(&body)?;
    keep(&desk, asked).await?;
    list(desk).await
}

/// Saves a view, or takes it away.
pub(crate) async fn keep<P: Ports>(desk: &Desk<P>, asked: ViewAsked) -> Result<(), Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-');
    let name = asked.name.trim();
    if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(plain) {
        return Err(Problem::malformed("name"));
    }
    let owner = if asked.shared { EVERYBODY } else { desk.who.actor.as_str() };
    let key = format!("{owner}#{name}");
    let before = desk.store().record(RegistryKind::View, &key).await?.map_or(0, |record| record.revision);
    let list = asked.list.map(|list| WorkQuery { cursor: None, ..list });
    let record =
        RegistryRecord { key: key.into(), revision: before + 1, body: Body::new(1, to_json(&Kept { list })) };
    Ok(desk.store().write(RegistryKind::View, &record).await?)
}
