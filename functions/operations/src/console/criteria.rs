//! The criteria page: what is published, what is proposed, and the second person's buttons.

use super::layout::{self, Html, instant};
use super::whatif;
use super::worklist::{percent, split_done};
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::criteria::{self, CriteriaList, ProposalView, Standing};
use crate::problem::Problem;
use crate::reading;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

/// `GET /console/criteria`.
pub(super) async fn page<P: Ports>(desk: Desk<P>, RawQuery(raw): RawQuery) -> Result<Html, Problem> {
    let all = criteria::all(&desk).await?;
    let tried = crate::whatif::all(&desk).await?;
    let publishes = desk.who.may(Permission::PublishCriteria);
    let body = html! {
        (layout::done(split_done(raw.as_deref().unwrap_or_default()).0.as_deref()))
        h1 { "Criteria" }
        p { "Versions never change once they are published. One person proposes, another publishes. Before that they can be tried on every member: nothing is changed by trying." }
        (published(&all))
        section.card {
            h2 { "Proposals" }
            @if all.proposals.is_empty() { p { "None." } }
            @for proposal in &all.proposals { (proposed(proposal, publishes, desk.who.actor.as_str())) }
        }
        (whatif::jobs(&tried))
        @if publishes {
            section.card {
                h2 { "New criteria" }
                form method="post" action="/console/criteria" {
                    label for="criteria" { "Criteria as JSON; what is left out takes the shipped value" }
                    textarea #criteria name="criteria" rows="10" required spellcheck="false" { "{\n  \"id\": \"icm-core\",\n  \"version\": \"2026.2\"\n}" }
                    div.steps {
                        button type="submit" formaction="/console/criteria/whatif" { "Try on members" }
                        button.primary type="submit" { "Check and propose" }
                    }
                }
            }
        }
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/criteria", "Criteria", &body)))
}

fn published(all: &CriteriaList) -> Markup {
    html! {
        section.card {
            h2 { "Published" }
            table.compact {
                thead { tr { th scope="col" { "Rule set" } th scope="col" { "Version" } th scope="col" { "In force from" } } }
                tbody {
                    @for version in &all.published {
                        tr {
                            td { (version.id) @if version.shipped { span.fine { " ships with the system" } } }
                            td { (version.version) }
                            td { (version.effective_from.as_deref().unwrap_or("always")) }
                        }
                    }
                }
            }
        }
    }
}

fn proposed(proposal: &ProposalView, publishes: bool, me: &str) -> Markup {
    let open = proposal.standing == Standing::Open;
    let action = |what: &str| {
        format!("/console/criteria/{}/{}/{what}", percent(&proposal.id), percent(&proposal.version))
    };
    html! {
        div.title {
            p {
                strong { (proposal.id) " " (proposal.version) } ", proposed by " (proposal.by) " " (instant(proposal.at))
                @match proposal.standing {
                    Standing::Open => "",
                    Standing::Published => { ", published by " (proposal.decided_by.as_deref().unwrap_or("somebody")) },
                    Standing::Rejected => { ", turned down by " (proposal.decided_by.as_deref().unwrap_or("somebody")) },
                }
            }
            @if open && publishes {
                div.steps {
                    form.inline method="post" action=(action("try")) { button type="submit" { "Try on members" } }
                    @if proposal.by == me { span.fine { "A second person publishes it." } } @else {
                        form.inline method="post" action=(action("publish")) { button type="submit" data-kind="good" { "Publish" } }
                    }
                    form.inline method="post" action=(action("reject")) { button type="submit" data-kind="bad" { "Turn down" } }
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct CriteriaForm {
    criteria: String,
}

/// `POST /console/criteria`.
pub(super) async fn propose<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    let form: CriteriaForm = reading::form(&body)?;
    criteria::put_forward(&desk, form.criteria.as_bytes()).await?;
    Ok(Redirect::to("/console/criteria?done=proposed"))
}

/// `POST /console/criteria/{id}/{version}/try`.
pub(super) async fn try_one<P: Ports>(
    desk: Desk<P>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Redirect, Problem> {
    whatif::try_proposal(&desk, id, version).await
}

/// `POST /console/criteria/{id}/{version}/publish`.
pub(super) async fn publish<P: Ports>(
    desk: Desk<P>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Redirect, Problem> {
    criteria::decide(&desk, &id, &version, Standing::Published).await?;
    Ok(Redirect::to("/console/criteria?done=published"))
}

/// `POST /console/criteria/{id}/{version}/reject`.
pub(super) async fn reject<P: Ports>(
    desk: Desk<P>,
    Path((id, version)): Path<(String, String)>,
) -> Result<Redirect, Problem> {
    criteria::decide(&desk, &id, &version, Standing::Rejected).await?;
    Ok(Redirect::to("/console/criteria?done=rejected"))
}
