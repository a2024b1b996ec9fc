//! Forms to commands: a form's fields become the body that the API takes, and the answer becomes a redirect, so that a
//! reload or the back button never repeats a step.

use super::worklist::percent;
use crate::Ports;
use crate::access::desk::Desk;
use crate::capacity::{self, CapacityBody, PlaceView};
use crate::command::{self, COMMANDS, Request, Seen};
use crate::problem::Problem;
use crate::reading;
use crate::release;
use crate::switches::{self, PauseBody};
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Redirect;
use icm_casework::switches::Scope;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `POST /console/members/{member}/{program}/{command}`.
pub(super) async fn command<P: Ports>(
    desk: Desk<P>,
    Path((member, program, name)): Path<(String, String, String)>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let mut fields: BTreeMap<String, String> = reading::form(&body)?;
    let key = fields.remove("key").filter(|key| command::is_key(key));
    let key = key.ok_or_else(|| Problem::malformed("key"))?;
    // What came of the call is said by the button: another button is another wish, not a repetition.
    let key = fields.get("outcome").map_or_else(|| key.clone(), |outcome| format!("{key}.{outcome}"));
    let expected = fields.remove("version").map(|version| seen(&version)).transpose()?;
    let offered = COMMANDS.iter().find(|offered| offered.name == name);
    let name = offered.ok_or_else(|| Problem::not_found("command"))?.name;
    let body = if fields.is_empty() { Vec::new() } else { body_of(name, fields).to_string().into_bytes() };
    let back = format!("/console/members/{}?done={name}", percent(&member));
    command::carry_out(&desk, Request { member, program, name, key, expected }, &body).await?;
    Ok(Redirect::to(&back))
}

/// The version that the page showed. What one has done oneself since, from the same page, is no news.
fn seen(version: &str) -> Result<Seen, Problem> {
    let version = version.parse().map_err(|_| Problem::malformed("version"))?;
    Ok(Seen { version, knows_own: true })
}

/// The JSON body of a form: numbers, truths and times where the API wants them.
fn body_of(command: &str, fields: BTreeMap<String, String>) -> Value {
    let mut body: Map<String, Value> = fields
        .into_iter()
        .map(|(name, text)| {
            let value = match name.as_str() {
                "minutes" => text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)),
                "two_way" | "not_now" => json!(text == "true"),
                // A local input without a zone is UTC, as its label says; the script sends the zone.
                "call_back" if !text.ends_with('Z') => json!(format!("{text}:00Z")),
                _ => json!(text),
            };
            (name, value)
        })
        .collect();
    if command == "contacts" {
        body.entry("two_way").or_insert(json!(false));
    }
    Value::Object(body)
}

#[derive(Deserialize)]
struct CapacityForm {
    team: String,
    #[serde(default)]
    county: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    lob: Option<icm_domain::facts::LineOfBusiness>,
    points: u32,
}

/// `POST /console/capacity/confirm`.
pub(super) async fn confirm_capacity<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    let CapacityForm { team, county, language, lob, points } = reading::form(&body)?;
    let place = PlaceView { team, county, language, lob };
    capacity::set(&desk, CapacityBody { place, points }).await?;
    Ok(Redirect::to("/console/capacity?done=capacity"))
}

/// `POST /console/breaker`: a person has looked at a jump of identified members.
pub(super) async fn clear_breaker<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    release::looked(&desk, reading::form(&body)?).await?;
    Ok(Redirect::to("/console/worklist?done=switched"))
}

#[derive(Deserialize)]
struct SwitchForm {
    kind: String,
    #[serde(default)]
    name: Option<String>,
    paused: bool,
    reason: String,
    back: String,
}

/// `POST /console/switch`: pauses or resumes.
pub(super) async fn switch<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    let form: SwitchForm = reading::form(&body)?;
    let name = form.name.unwrap_or_default();
    let scope: Scope = match form.kind.as_str() {
        "all" => Scope::All,
        "program" => Scope::Program(name.as_str().into()),
        "vendor" => Scope::Vendor(name.as_str().into()),
        "channel" => {
            serde_json::from_value(json!({ "channel": name })).map_err(|_| Problem::malformed("name"))?
        }
        _ => return Err(Problem::malformed("kind")),
    };
    switches::switch(&desk, form.paused, PauseBody { scope, reason: form.reason }).await?;
    let back = if form.back == "vendors" { "vendors" } else { "switches" };
    Ok(Redirect::to(&format!("/console/{back}?done=switched")))
}
