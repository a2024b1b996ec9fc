//! What staff state about a member: wishes, referrals and overrides. The forms send what the API takes; the decision hears of it
//! like of every fact.

use super::worklist::percent;
use crate::Ports;
use crate::access::desk::Desk;
use crate::facts;
use crate::problem::Problem;
use crate::reading;
use crate::wishes;
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Redirect;
use icm_domain::day::Day;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Why somebody refers: codes, no free text, which may hold what must not leave.
const REFERRED: [(&str, &str); 4] = [
    ("CLINICAL_CONCERN", "clinical concern"),
    ("MEMBER_ASKED", "the member asked"),
    ("DISCHARGE_PLANNING", "discharge planning"),
    ("SOCIAL_NEED", "social need"),
];
/// Why a clinician overrides.
const OVERRIDDEN: [(&str, &str); 4] = [
    ("CLINICAL_JUDGEMENT", "clinical judgement"),
    ("NOT_CLINICALLY_APPROPRIATE", "not appropriate for this member"),
    ("SERVED_ELSEWHERE", "served elsewhere, not in our data"),
    ("MEMBER_CIRCUMSTANCES", "the member's circumstances"),
];

/// What a member says about being contacted, and the body that the API takes for it.
const WISHES: [(&str, &str); 10] = [
    (r#"{"do_not_contact":true}"#, "must not be contacted at all"),
    (r#"{"do_not_contact":false}"#, "may be contacted again"),
    (r#"{"refused":["call"]}"#, "no calls"),
    (r#"{"refused":["text"]}"#, "no texts"),
    (r#"{"refused":["letter"]}"#, "no letters"),
    (r#"{"refused":["visit"]}"#, "no visits"),
    (r#"{"allowed":["call"]}"#, "calls are welcome"),
    (r#"{"allowed":["text"]}"#, "texts are welcome"),
    (r#"{"allowed":["letter"]}"#, "letters are welcome"),
    (r#"{"allowed":["visit"]}"#, "visits are welcome"),
];

/// `POST /console/state/{member}/wishes`.
pub(super) async fn wish<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let fields: BTreeMap<String, String> = reading::form(&body)?;
    let wish = fields.get("wish").ok_or_else(|| Problem::malformed("wish"))?.clone();
    let back = back_to(&member);
    wishes::wish(desk, Path(member), Bytes::from(wish)).await.map(|_| Redirect::to(&back))
}

/// `POST /console/state/{member}/referrals`.
pub(super) async fn refer<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let (back, body) = (back_to(&member), stated(&body)?);
    // The answer says no more than that it was taken.
    facts::refer(desk, Path(member), body).await.map(|_| Redirect::to(&back))
}

/// `POST /console/state/{member}/overrides`.
pub(super) async fn set_override<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let (back, body) = (back_to(&member), stated(&body)?);
    facts::set_override(desk, Path(member), body).await.map(|_| Redirect::to(&back))
}

fn back_to(member: &str) -> String {
    format!("/console/members/{}?done=stated", percent(member))
}

/// The body that the API takes, from the fields of a form.
fn stated(body: &[u8]) -> Result<Bytes, Problem> {
    let fields: BTreeMap<String, String> = reading::form(body)?;
    let fields: Map<String, Value> = fields.into_iter().map(|(name, text)| (name, json!(text))).collect();
    Ok(Bytes::from(Value::Object(fields).to_string()))
}

/// The forms, folded.
pub(super) fn card(member: &str, today: Day) -> Markup {
    let to = |what: &str| format!("/console/state/{}/{what}", percent(member));
    html! {
        section.card {
            h2 { "State something about this member" }
            p.fine { "It becomes a fact with its day, and the decision is made again." }
            details {
                summary { "The member's wish about contact" }
                form.line method="post" action=(to("wishes")) {
                    (choice("wish", "The member", &WISHES))
                    button type="submit" { "State the wish" }
                }
            }
            details {
                summary { "Somebody refers the member" }
                p.fine { "The member's own referral takes back what they refused on an earlier day." }
                form.line method="post" action=(to("referrals")) {
                    (choice("by", "Who", &[
                        ("provider", "a treating provider"),
                        ("member", "the member"),
                        ("discharge_planner", "a discharge planner"),
                        ("vendor", "a vendor"),
                    ]))
                    (choice("reason", "Why", &REFERRED))
                    button type="submit" { "State the referral" }
                }
            }
            details {
                summary { "A clinician overrides the decision" }
                form.line method="post" action=(to("overrides")) {
                    (choice("what", "What", &[
                        ("include", "treat as triggered"),
                        ("exclude", "do not identify"),
                        ("snooze", "not now"),
                    ]))
                    (choice("reason", "Why", &OVERRIDDEN))
                    label { "Until " input type="date" name="until" required min=(today) max=(today.plus(365)) value=(today.plus(90)); }
                    button type="submit" { "State the override" }
                }
            }
        }
    }
}

fn choice(name: &str, label: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        label {
            (label) " "
            select name=(name) required { @for (code, words) in options { option value=(code) { (words) } } }
        }
    }
}
