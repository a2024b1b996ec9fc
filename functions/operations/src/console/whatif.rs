//! What-if pages: the jobs on the criteria page, and one job with who would come in, who would fall out, and why.

use super::layout::{self, Html, grouped, instant};
use super::words;
use super::worklist::{percent, split_done};
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::problem::Problem;
use crate::reading;
use crate::whatif::{self, ProposalName, WhatIfAsked, WhatIfMembers, WhatIfView, WhatIfs};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::response::Redirect;
use icm_casework::whatif::State;
use maud::{Markup, html};
use serde::Deserialize;

/// Members shown on a page.
const MEMBERS_MAX: usize = 100;

/// The jobs, on the criteria page.
pub(super) fn jobs(all: &WhatIfs) -> Markup {
    html! {
        section.card {
            h2 { "Tried on members" }
            @if all.jobs.is_empty() {
                p.fine { "Nothing was tried yet. Trying criteria changes no decision: it shows who would come in and who would fall out." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Criteria that were tried" {
                    table.compact {
                        thead { tr {
                            th scope="col" { "Criteria" } th scope="col" { "Asked" } th scope="col" { "State" }
                            th.num scope="col" { "Members" } th.num scope="col" { "Come in" } th.num scope="col" { "Fall out" }
                        } }
                        tbody {
                            @for job in &all.jobs {
                                tr {
                                    td { a href=(path(job)) { (job.rule_set) " " (job.version) } span.fine { "as of " (job.as_of) } }
                                    td { (instant(job.at)) span.fine { (person(&job.by)) } }
                                    td { (state(job.state)) }
                                    td.num { (grouped(job.members)) }
                                    td.num { (grouped(job.enters)) }
                                    td.num { (grouped(job.leaves)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn path(job: &WhatIfView) -> String {
    format!("/console/criteria/whatif/{}", percent(&job.id))
}

/// A name as the trail has it, without its room.
fn person(actor: &str) -> &str {
    actor.trim_start_matches("ops:")
}

const fn state(state: State) -> &'static str {
    match state {
        State::Waiting => "Waits for its turn",
        State::Running => "Runs",
        State::Done => "Done",
        State::Stopped => "Stopped",
    }
}

/// `GET /console/criteria/whatif/{job}`.
pub(super) async fn page<P: Ports>(
    desk: Desk<P>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Html, Problem> {
    let job = whatif::one(&desk, &id).await?;
    let free = whatif::free_places(&desk).await?;
    let members = if desk.who.may(Permission::ReadMember) && job.members > 0 {
        Some(whatif::changed(&desk, &id).await?)
    } else {
        None
    };
    let title = format!("What if {} {} were in force", job.rule_set, job.version);
    let open = matches!(job.state, State::Waiting | State::Running);
    let body = html! {
        (layout::done(split_done(raw.as_deref().unwrap_or_default()).0.as_deref()))
        p { a href="/console/criteria" { "Criteria" } }
        h1 { (title) }
        p {
            span.tag { (state(job.state)) } " Members as known on " (job.as_of) ", " (lines(&job))
            ". Asked by " (person(&job.by)) " " (instant(job.at))
            @if let Some(ended) = job.ended { ", ended " (instant(ended)) } "."
        }
        @if open {
            p.warn { "It goes on by itself, some thousand members a minute. Open this page again for newer counts." }
            @if desk.who.may(Permission::PublishCriteria) {
                form.inline method="post" action=(format!("{}/stop", path(&job))) { button type="submit" data-kind="bad" { "Stop it" } }
            }
        }
        (outcome(&job, free))
        @if job.members > 0 {
            div.columns {
                div { (why(&job)) (decisions(&job)) }
                div { (groups(&job)) }
            }
        }
        @if let Some(members) = &members { (changed(members)) }
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/criteria", &title, &body)))
}

fn lines(job: &WhatIfView) -> String {
    if job.lines.is_empty() {
        "all lines of business".to_owned()
    } else {
        job.lines.iter().map(|line| words::plain(line)).collect::<Vec<_>>().join(", ")
    }
}

/// The result in one sentence and five figures.
fn outcome(job: &WhatIfView, free: u64) -> Markup {
    html! {
        section.card {
            h2 { "What would change" }
            p.lead {
                @if job.members == 0 { "Nobody was looked at yet." }
                @else if job.enters == 0 && job.leaves == 0 { "Of " (grouped(job.members)) " members nobody would come in and nobody would fall out." }
                @else {
                    "Of " (grouped(job.members)) " members " strong { (grouped(job.enters)) } " would come in and "
                    strong { (grouped(job.leaves)) } " would fall out."
                }
            }
            dl.facts {
                div { dt { "Identified by the criteria in force" } dd { (grouped(job.identified)) } }
                div { dt { "Identified by these" } dd { (grouped(job.identified_against)) } }
                div { dt { "Free places in all teams now" } dd { (grouped(free)) } }
                div { dt { "Held apart: a clinician's override" } dd { (grouped(job.overridden)) } }
                @if job.unreadable > 0 { div { dt { "Not counted: facts cannot be read" } dd { (grouped(job.unreadable)) } } }
            }
            p.fine { "No decision was changed and nobody was contacted. Members who come in would wait for a place where none is free." }
        }
    }
}

fn why(job: &WhatIfView) -> Markup {
    html! {
        section.card {
            h2 { "Why" }
            @if job.why.is_empty() { p.fine { "Nobody comes in or falls out." } } @else {
                table.compact {
                    thead { tr { th scope="col" { "What differs" } th.num scope="col" { "Members" } } }
                    tbody { @for row in &job.why { tr { td { (words::difference(&row.why)) } td.num { (grouped(row.members)) } } } }
                }
            }
        }
    }
}

fn decisions(job: &WhatIfView) -> Markup {
    html! {
        section.card {
            h2 { "Decisions" }
            table.compact {
                thead { tr { th scope="col" { "Decision" } th.num scope="col" { "In force" } th.num scope="col" { "These" } } }
                tbody {
                    @for row in &job.decisions {
                        tr data-met=[(row.now != row.then).then_some("yes")] {
                            td { (words::decision(&row.decision)) } td.num { (grouped(row.now)) } td.num { (grouped(row.then)) }
                        }
                    }
                }
            }
        }
    }
}

fn groups(job: &WhatIfView) -> Markup {
    let name = |cut: &str| match cut {
        "age" => "Age",
        "sex" => "Sex",
        "lob" => "Line of business",
        _ => "County",
    };
    html! {
        section.card {
            h2 { "Who is identified" }
            @if job.groups.is_empty() { p.fine { "Nobody is identified by either." } } @else {
                table.compact {
                    thead { tr { th scope="col" { "Group" } th.num scope="col" { "In force" } th.num scope="col" { "These" } } }
                    tbody {
                        @for row in &job.groups {
                            tr data-met=[(row.now != row.then).then_some("yes")] {
                                td { span.soft { (name(&row.cut)) } " " (if row.cut == "lob" { words::plain(&row.group) } else { row.group.clone() }) }
                                td.num { (row.now) } td.num { (row.then) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn changed(members: &WhatIfMembers) -> Markup {
    html! {
        section.card {
            h2 { "Members whose decision would be another" }
            @if members.members.is_empty() { p.fine { "Nobody." } } @else {
                div.scroll tabindex="0" role="region" aria-label="Members" {
                    table.compact {
                        thead { tr { th scope="col" { "Member" } th scope="col" { "In force" } th scope="col" { "These" } th scope="col" { "What differs" } } }
                        tbody {
                            @for row in members.members.iter().take(MEMBERS_MAX) {
                                tr {
                                    td.date { a href=(format!("/console/members/{}", percent(&row.member))) { (row.member) } }
                                    td { (words::decision(&row.now)) } td { (words::decision(&row.then)) }
                                    td { (words::difference(&row.why)) @if row.overridden { span.fine { "a clinician's override is in force" } } }
                                }
                            }
                        }
                    }
                }
                @if members.members.len() > MEMBERS_MAX { p.fine { "The first " (MEMBERS_MAX) "; the API has up to 500." } }
            }
        }
    }
}

#[derive(Deserialize)]
struct CriteriaForm {
    criteria: String,
}

/// `POST /console/criteria/whatif`: tries what stands in the form.
pub(super) async fn ask<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    let form: CriteriaForm = reading::form(&body)?;
    let criteria = reading::json(form.criteria.as_bytes())?;
    begin(&desk, WhatIfAsked { criteria: Some(criteria), ..WhatIfAsked::default() }).await
}

/// Tries a proposal.
pub(super) async fn try_proposal<P: Ports>(
    desk: &Desk<P>,
    id: String,
    version: String,
) -> Result<Redirect, Problem> {
    begin(desk, WhatIfAsked { proposal: Some(ProposalName { id, version }), ..WhatIfAsked::default() }).await
}

async fn begin<P: Ports>(desk: &Desk<P>, asked: WhatIfAsked) -> Result<Redirect, Problem> {
    let job = whatif::start(desk, asked).await?;
    Ok(Redirect::to(&format!("{}?done=tried", path(&job))))
}

/// `POST /console/criteria/whatif/{job}/stop`.
pub(super) async fn stop<P: Ports>(desk: Desk<P>, Path(id): Path<String>) -> Result<Redirect, Problem> {
    let job = whatif::end(&desk, &id).await?;
    Ok(Redirect::to(&path(&job)))
}
