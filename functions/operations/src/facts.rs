//! Facts that staff state about a member: referrals and overrides. They go the way of every fact, by the facts queue,
//! so that the decision sees them like any other (DESIGN D1).

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading::{code, json};
use crate::wishes::taken_back_by_asking;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use http::StatusCode;
use icm_casework::Person;
use icm_contract::facts_message;
use icm_domain::day::Day;
use icm_domain::facts::{Fact, Override, OverrideKind, Referral, ReferralSource};
use icm_domain::ids::MemberId;
use icm_ports::{Destination, Outgoing, PortError, QueueSend};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Longest time for which an override may hold, in days: after it somebody must say it again.
const OVERRIDE_DAYS_MAX: i32 = 366;

/// Who refers a member, and why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferralBody {
    /// Who refers.
    #[schemars(schema_with = "referrers")]
    by: ReferralSource,
    /// Why, as a code of capitals, digits and `_`.
    #[schemars(regex(pattern = "^[A-Z0-9_]{1,40}$"))]
    reason: String,
}

/// What a clinician overrides, why, and until when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverrideBody {
    /// What.
    #[schemars(schema_with = "overrides")]
    what: OverrideKind,
    /// Why, as a code of capitals, digits and `_`.
    #[schemars(regex(pattern = "^[A-Z0-9_]{1,40}$"))]
    reason: String,
    /// Last day; a year at most.
    #[schemars(with = "String", extend("format" = "date"))]
    until: Day,
}

/// Who may refer, as spelled in a body.
const REFERRERS: [&str; 4] = ["provider", "member", "discharge_planner", "vendor"];
/// What a clinician may override, as spelled in a body.
const OVERRIDES: [&str; 3] = ["exclude", "snooze", "include"];

fn referrers(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": REFERRERS })
}

fn overrides(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": OVERRIDES })
}

/// The fact is on its way to the decision.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Accepted {
    /// Always true.
    accepted: bool,
}

/// `POST /v1/members/{member}/referrals`. The member's own referral takes back what they refused before (FACTS §5.4).
pub(crate) async fn refer<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let asked: ReferralBody = json(&body)?;
    let (by, today) = (asked.by, desk.today());
    let referral = Fact::Referral(Referral { received: today, by, reason: code(&asked.reason, "reason")? });
    let member = MemberId::new(member);
    let entry = Entry::about(Act::Refer, &member).what(spelled(&by));
    state(&desk, &member, entry, |person| {
        let own = by == ReferralSource::Member;
        let lifted = if own { taken_back_by_asking(person, today)? } else { None };
        Ok([referral].into_iter().chain(lifted).collect())
    })
    .await
}

/// `POST /v1/members/{member}/overrides`.
pub(crate) async fn set_override<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let asked: OverrideBody = json(&body)?;
    let received = desk.today();
    if asked.until < received || asked.until.since(received) > OVERRIDE_DAYS_MAX {
        return Err(Problem::field("until", "today or later, a year at most"));
    }
    let (what, reason, until) = (asked.what, code(&asked.reason, "reason")?, asked.until);
    let fact = Fact::Override(Override { received, what, reason, until, by: desk.who.actor.clone() });
    let member = MemberId::new(member);
    let entry = Entry::about(Act::Override, &member).what(spelled(&what));
    state(&desk, &member, entry, |_| Ok(vec![fact])).await
}

/// A code as the body spells it.
fn spelled<T: Serialize>(code: &T) -> String {
    serde_json::to_value(code).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Sends what is stated about a member who is known; the same fact of the same day is stored once, however often it is
/// sent.
pub(crate) async fn state<P: Ports>(
    desk: &Desk<P>,
    member: &MemberId,
    entry: Entry,
    facts: impl FnOnce(&Person) -> Result<Vec<Fact>, Problem> + Send,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let person = desk.find(member).await?;
    desk.act(entry, async { queue(desk, member, facts(&person)?).await }).await
}

async fn queue<P: Ports>(
    desk: &Desk<P>,
    member: &MemberId,
    facts: Vec<Fact>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let messages = facts_message::messages([(member.clone(), facts)]);
    let outgoing: Vec<Outgoing> = messages
        .iter()
        .zip(1..)
        .map(|(message, at)| Outgoing { key: format!("{at}").into(), body: message.to_body() })
        .collect();
    let failures = desk.ports().queues().send(&Destination::Facts, &outgoing).await?;
    if failures.is_empty() {
        return Ok((StatusCode::ACCEPTED, Json(Accepted { accepted: true })));
    }
    Err(PortError::Unavailable { operation: "send fact" }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_document_is_read() {
        for name in REFERRERS {
            assert!(serde_json::from_value::<ReferralSource>(name.into()).is_ok(), "{name}");
        }
        for name in OVERRIDES {
            assert!(serde_json::from_value::<OverrideKind>(name.into()).is_ok(), "{name}");
        }
    }
}
