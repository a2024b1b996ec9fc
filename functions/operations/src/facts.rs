//! Facts that staff state about a member: referrals and overrides. They go the way of every fact, by the facts queue,
//! so that the decision sees them like any other (DESIGN D1).

use crate::actor::Actor;
use crate::problem::Problem;
use crate::{Ops, OpsStore, Shared};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use http::StatusCode;
use icm_contract::facts_message;
use icm_domain::day::Day;
use icm_domain::facts::{Fact, Override, OverrideKind, Referral, ReferralSource};
use icm_domain::ids::MemberId;
use icm_ports::{Clock, Destination, Outgoing, PortError, QueueSend};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Longest time for which an override may hold, in days: after it somebody must say it again.
const OVERRIDE_DAYS_MAX: i32 = 366;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferralBody {
    by: ReferralSource,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideBody {
    what: OverrideKind,
    reason: String,
    until: Day,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::malformed(&format!("at line {} column {}", error.line(), error.column())))
}

/// Reason codes are codes: what is free text may hold member data and reach places where it must not be.
fn code(text: &str) -> Result<Box<str>, Problem> {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=40).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text.into())
    } else {
        Err(Problem::malformed("reason"))
    }
}

/// `POST /v1/members/{member}/referrals`.
pub(crate) async fn refer<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    _actor: Actor,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let asked: ReferralBody = read(&body)?;
    let received = ops.clock.today();
    let referral = Referral { received, by: asked.by, reason: code(&asked.reason)? };
    send(member, Fact::Referral(referral), &ops).await
}

/// `POST /v1/members/{member}/overrides`.
pub(crate) async fn set_override<S: OpsStore, Q: QueueSend, C: Clock>(
    State(ops): Shared<S, Q, C>,
    actor: Actor,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let asked: OverrideBody = read(&body)?;
    let received = ops.clock.today();
    if asked.until < received || asked.until.since(received) > OVERRIDE_DAYS_MAX {
        return Err(Problem::malformed("until"));
    }
    let (what, reason, until) = (asked.what, code(&asked.reason)?, asked.until);
    send(member, Fact::Override(Override { received, what, reason, until, by: actor.0 }), &ops).await
}

/// Sends the fact; the same fact of the same day is stored once, however often it is sent.
async fn send<S: OpsStore, Q: QueueSend, C: Clock>(
    member: String,
    fact: Fact,
    ops: &Ops<S, Q, C>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let messages = facts_message::messages([(MemberId::new(member), vec![fact])]);
    let outgoing: Vec<Outgoing> = messages
        .iter()
        .zip(1..)
        .map(|(message, at)| Outgoing { key: format!("{at}").into(), body: message.to_body() })
        .collect();
    let failures = ops.queues.send(&Destination::Facts, &outgoing).await?;
    if failures.is_empty() {
        return Ok((StatusCode::ACCEPTED, Json(json!({ "accepted": true }))));
    }
    Err(PortError::Unavailable { operation: "send fact" }.into())
}
