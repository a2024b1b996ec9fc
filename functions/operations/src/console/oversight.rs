//! Oversight: the audit trail, quarantine, modes and pauses.

use super::layout::{self, Html, exact, grouped, instant};
use super::words;
use super::worklist::{percent, split_done};
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::audit::{AuditLine, AuditQuery, find};
use crate::problem::Problem;
use crate::quarantine as held;
use crate::reading;
use crate::switches::{SwitchBoard, switches as board};
use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::response::Redirect;
use icm_casework::switches::Scope;
use maud::{Markup, html};

/// `GET /console/audit`.
pub(super) async fn audit<P: Ports>(desk: Desk<P>, RawQuery(raw): RawQuery) -> Result<Html, Problem> {
    let mut query: AuditQuery = reading::query(&raw.unwrap_or_default())?;
    if query.day.is_none() && query.member.is_none() {
        query.day = Some(desk.today());
    }
    let page = find(&desk, &query).await?;
    let day = query.day.map(|day| day.to_string());
    let body = html! {
        h1 { "Audit trail" }
        p { "Who looked at whom, and who did what. Lines are only ever added." }
        form.line method="get" action="/console/audit" {
            label { "Day " input type="date" name="day" value=[day.as_deref()]; }
            label { "Member " input name="member" value=[query.member.as_deref()]; }
            label { "Person " input name="actor" value=[query.actor.as_deref()] placeholder="ops:name"; }
            button.primary type="submit" { "Search" }
        }
        @if query.member.is_some() { p.fine { "Lists in which the member stood are found by their day." } }
        @if page.lines.is_empty() { p.empty { "No lines." } } @else { (lines(&page.lines)) }
        @if let Some(cursor) = &page.cursor {
            @let day = day.clone().unwrap_or_default();
            a.button rel="next" href=(format!("/console/audit?day={day}&cursor={}", percent(cursor))) { "Next page" }
        }
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/audit", "Audit trail", &body)))
}

fn lines(lines: &[AuditLine]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Audit trail" {
            table.rows {
                thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "Outcome" } th scope="col" { "About" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td { (exact(line.at)) }
                            td { (line.actor) }
                            td { (words::plain(&line.act)) @if let Some(what) = &line.what { span.fine { (what) } } }
                            td { (outcome(line)) }
                            td {
                                @match line.members.as_slice() {
                                    [] => "–",
                                    [one] => (one),
                                    many => details { summary { (many.len()) " members" } (many.join(", ")) },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What came of an act, with its number and its key.
fn outcome(line: &AuditLine) -> Markup {
    html! {
        @match line.outcome.as_deref() {
            None => "shown",
            Some("ASKED") => "begun, end not known",
            Some("REPEATED") => "done before",
            Some(other) => { (words::plain(other)) @if let Some(code) = line.code { " " (code) } },
        }
        @if let Some(key) = &line.key { span.fine { "key " (key) } }
    }
}

/// Which place to show.
#[derive(Default, serde::Deserialize)]
struct PlaceForm {
    #[serde(default)]
    origin: Option<String>,
    #[serde(default)]
    after: Option<String>,
}

/// `GET /console/quarantine`.
pub(super) async fn quarantine<P: Ports>(desk: Desk<P>, RawQuery(raw): RawQuery) -> Result<Html, Problem> {
    let (done, rest) = split_done(raw.as_deref().unwrap_or_default());
    let asked: PlaceForm = reading::query(&rest)?;
    let origins = held::origins(&desk).await?.origins;
    let page = match &asked.origin {
        Some(origin) => Some((origin, held::page(&desk, origin, asked.after.as_deref()).await?)),
        None => None,
    };
    let body = html! {
        (layout::done(done.as_deref()))
        h1 { "Quarantine" }
        p { "What could not be used, with the reason and never the value. After a fix it is read again." }
        @if origins.is_empty() { p.empty { "Nothing is held." } }
        ul.places { @for origin in &origins { li { a href=(format!("/console/quarantine?origin={}", percent(origin))) { (origin) } } } }
        @if let Some((origin, page)) = &page { (records(origin, page)) }
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/quarantine", "Quarantine", &body)))
}

fn records(origin: &str, page: &held::HeldPage) -> Markup {
    html! {
        section.card {
            div.title {
                h2 { (origin) }
                form.inline method="post" action="/console/quarantine" {
                    input type="hidden" name="origin" value=(origin);
                    button type="submit" { "Read all that wait again" }
                }
            }
            div.scroll tabindex="0" role="region" aria-label="Records" {
                table.rows {
                    thead { tr { th scope="col" { "When" } th scope="col" { "Record" } th scope="col" { "Field" } th scope="col" { "Reason" } th scope="col" { "Replayed" } } }
                    tbody {
                        @for record in &page.records {
                            tr {
                                td { (instant(record.at)) } td { (record.id) } td { (record.field) } td { (record.reason) }
                                td { @if record.replayed { "yes" } @else { "no" } }
                            }
                        }
                    }
                }
            }
            @if let Some(cursor) = &page.cursor {
                a.button rel="next" href=(format!("/console/quarantine?origin={}&after={}", percent(origin), percent(cursor))) { "Next page" }
            }
        }
    }
}

/// `POST /console/quarantine`: what waits in a place is read again.
pub(super) async fn replay<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    let asked: PlaceForm = reading::form(&body)?;
    let origin = asked.origin.ok_or_else(|| Problem::malformed("origin"))?;
    held::again(&desk, &origin, None).await?;
    Ok(Redirect::to(&format!("/console/quarantine?origin={}&done=replayed", percent(&origin))))
}

/// `GET /console/switches`.
pub(super) async fn switches<P: Ports>(desk: Desk<P>, RawQuery(raw): RawQuery) -> Result<Html, Problem> {
    let board = board(&desk).await?;
    let operates = desk.who.may(Permission::Operate);
    let body = html! {
        (layout::done(split_done(raw.as_deref().unwrap_or_default()).0.as_deref()))
        h1 { "Switches" }
        p { "What is released, and what is stopped. A pause holds at once; what waits is sent when it ends." }
        section.card {
            h2 { "Programs" }
            table.rows {
                thead { tr { th scope="col" { "Program" } th scope="col" { "Mode" } th.num scope="col" { "Released a day at most" } } }
                tbody {
                    @for program in &board.programs {
                        tr { td { strong { (program.program) } } td { (mode_words(program.mode.id())) } td.num { (grouped(u64::from(program.daily_cap))) } }
                    }
                }
            }
        }
        section.card { h2 { "Paused" } (paused(&board, operates)) }
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/switches", "Switches", &body)))
}

fn mode_words(code: &str) -> &'static str {
    match code {
        "LIVE" => "Live: effects are released",
        "SHADOW" => "Shadow: decided and recorded, nothing leaves",
        _ => "Off: not decided",
    }
}

fn paused(board: &SwitchBoard, operates: bool) -> Markup {
    let everything = board.paused.contains(&Scope::All);
    html! {
        @if board.paused.is_empty() { p { "Nothing is paused." } }
        @for scope in &board.paused {
            div.title { p { (scope_words(scope)) } @if operates { (switch_form(scope, false, "Resume")) } }
        }
        @if operates && !everything { (switch_form(&Scope::All, true, "Pause everything")) }
    }
}

fn scope_words(scope: &Scope) -> String {
    match scope {
        Scope::All => "Everything".to_owned(),
        Scope::Program(program) => format!("Program {}", program.as_str()),
        Scope::Vendor(vendor) => format!("Offers to {}", vendor.as_str()),
        Scope::Channel(channel) => format!("Contacts by {}", words::channel(*channel)),
    }
}

fn switch_form(scope: &Scope, paused: bool, label: &str) -> Markup {
    let (kind, name) = match scope {
        Scope::All => ("all", ""),
        Scope::Program(program) => ("program", program.as_str()),
        Scope::Vendor(vendor) => ("vendor", vendor.as_str()),
        Scope::Channel(channel) => ("channel", words::channel(*channel)),
    };
    html! {
        form.inline method="post" action="/console/switch" {
            input type="hidden" name="kind" value=(kind);
            input type="hidden" name="name" value=(name);
            input type="hidden" name="paused" value=(paused);
            input type="hidden" name="reason" value="BY_HAND";
            input type="hidden" name="back" value="switches";
            button type="submit" data-kind=(if paused { "bad" } else { "" }) { (label) }
        }
    }
}
