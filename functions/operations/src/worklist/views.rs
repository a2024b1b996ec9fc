//! Saved views: a name for filters and sort, one's own or shared with everybody.

use super::WorkQuery;
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading;
use axum::Json;
use axum::body::Bytes;
use icm_contract::stored::{from_json, to_json};
use icm_domain::ids::ActorId;
use icm_ports::{Body, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest name.
const NAME_MAX: usize = 40;
/// Owner of what everybody sees.
const EVERYBODY: &str = "all";
/// Views that one person keeps at most, and views that all share.
const VIEWS_MAX: usize = 100;

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SavedView {
    /// Its name.
    pub(crate) name: String,
    /// Whether everybody sees it.
    pub(crate) shared: bool,
    /// Who shares it, and alone may change it or take it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
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
    /// Who saved it; none: saved before owners were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<ActorId>,
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
            let Some(Kept { list: Some(list), by }) = from_json(&record.body.text).ok() else { continue };
            let name = record.key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            let by = by.filter(|_| shared).map(|by| by.as_str().to_owned());
            views.push(SavedView { name, shared, by, list });
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

/// Saves a view, or takes it away. A shared one is its owner's.
pub(crate) async fn keep<P: Ports>(desk: &Desk<P>, asked: ViewAsked) -> Result<(), Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-');
    let name = asked.name.trim();
    if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(plain) {
        return Err(Problem::field("name", "letters, digits, blanks and -, 40 at most"));
    }
    if let Some(list) = &asked.list {
        list.checked()?;
    }
    let owner = if asked.shared { EVERYBODY } else { desk.who.actor.as_str() };
    let what = format!("{} {owner}#{name}", if asked.list.is_some() { "save" } else { "remove" });
    let list = asked.list.map(|list| WorkQuery { cursor: None, ..list });
    desk.act(Entry::of(Act::SaveView).what(what), write(desk, asked.shared, format!("{owner}#{name}"), list))
        .await
}

async fn write<P: Ports>(
    desk: &Desk<P>,
    shared: bool,
    key: String,
    list: Option<WorkQuery>,
) -> Result<(), Problem> {
    if shared {
        desk.needs(Permission::ShareViews)?;
    }
    let before = desk.store().record(RegistryKind::View, &key).await?;
    let kept = before.as_ref().and_then(|record| from_json::<Kept>(&record.body.text).ok());
    let stands = kept.as_ref().is_some_and(|kept| kept.list.is_some());
    let owner = kept.and_then(|kept| kept.by);
    if shared && stands && owner.is_some_and(|owner| owner != desk.who.actor) {
        return Err(Problem::conflict("somebody else shares a view of this name: choose another"));
    }
    if list.is_some() && !stands {
        let beside = saved(desk).await?.iter().filter(|view| view.shared == shared).count();
        if beside >= VIEWS_MAX {
            return Err(Problem::conflict("there are a hundred views already: take one away first"));
        }
    }
    let kept = Kept { list, by: Some(desk.who.actor.clone()) };
    let revision = before.map_or(0, |record| record.revision) + 1;
    let record = RegistryRecord { key: key.into(), revision, body: Body::new(1, to_json(&kept)) };
    Ok(desk.store().write(RegistryKind::View, &record).await?)
}
