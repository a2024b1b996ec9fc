//! The worklist page: bands, filters, saved views, rows, "get next".

use super::layout::{self, Html, distance, instant};
use super::words;
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::audit::Act;
use crate::problem::Problem;
use crate::reading;
use crate::worklist::{self as list, Band, Bands, Row, SavedView, Sort, ViewAsked, WorkPage, WorkQuery};
use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::response::Redirect;
use icm_domain::case::next_step::{StepKind, Turn};
use icm_domain::case::status::Status;
use icm_domain::moment::Moment;
use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// `GET /console/worklist`.
pub(super) async fn page<P: Ports>(desk: Desk<P>, RawQuery(raw): RawQuery) -> Result<Html, Problem> {
    let raw = raw.unwrap_or_default();
    let (done, rest) = split_done(&raw);
    let query: WorkQuery = reading::query(&rest)?;
    let page = list::list(&desk, &query, Act::ReadWorklist).await?;
    let program = Some(page.program.clone());
    let bands = list::counts(&desk, &WorkQuery { band: None, program, ..query.clone() }).await?;
    let views = list::saved(&desk).await?;
    let body = html! {
        (layout::done(done.as_deref()))
        div.title {
            h1 { "Worklist" }
            @if desk.who.may(Permission::WorkCases) { (next_button(&query)) }
        }
        @if desk.who.may(Permission::WorkCases) {
            p.fine { strong { "Get next" } " opens the most urgent case that nobody else works on and keeps it for you. There, press what came of the call; " strong { "Why this member" } " on the same page explains the decision." }
        }
        (bands_bar(&query, &bands))
        (views_bar(&query, &views, desk.who.may(Permission::ShareViews)))
        (filters(&desk, &query))
        (program_task(&page, desk.who.may(Permission::Operate)))
        (rows(&page))
        (pager(&desk, &query, &page))
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/worklist", "Worklist", &body)))
}

/// Release has stopped by itself: what a person must look at before anything else.
fn program_task(page: &WorkPage, operates: bool) -> Markup {
    let Some(task) = &page.program_task else { return html! {} };
    let usual = format!("{}.{:02}", task.usual_hundredths / 100, task.usual_hundredths % 100);
    html! {
        section.card data-task=(task.task) {
            h2 { "Release of " (page.program) " has stopped" }
            p {
                @if task.task == "LOOK_AT_CRITERIA" {
                    "Other criteria are in force since " (task.since.day()) ". Members are decided by them; those whom they "
                    "identify wait on the list. "
                } @else {
                    (task.identified) " members were newly identified on " (task.since.day()) ", a usual day has " (usual) ". "
                }
                "Nothing is offered and nobody is contacted until a person has looked, by " (instant(task.due)) "."
            }
            @if operates {
                form.inline method="post" action="/console/breaker" {
                    input type="hidden" name="program" value=(page.program);
                    input type="hidden" name="reason" value="LOOKED_AT";
                    button type="submit" data-kind="good" { "I have looked: release may go on" }
                }
            }
        }
    }
}

/// Takes the note of what was done out of a query.
pub(super) fn split_done(raw: &str) -> (Option<String>, String) {
    let is_done = |pair: &&str| pair.starts_with("done=");
    let done = raw.split('&').find(is_done).map(|pair| pair.trim_start_matches("done=").to_owned());
    let rest = raw.split('&').filter(|pair| !is_done(pair)).collect::<Vec<_>>().join("&");
    (done, rest)
}

/// The address of a list.
fn link(query: &WorkQuery) -> String {
    let text = encoded(query);
    if text.is_empty() { "/console/worklist".to_owned() } else { format!("/console/worklist?{text}") }
}

/// A query as text.
fn encoded<T: Serialize>(query: &T) -> String {
    let fields = serde_json::to_value(query).unwrap_or_default();
    let pairs = fields.as_object().into_iter().flatten().filter_map(|(name, value)| {
        if value.is_null() {
            return None;
        }
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(format!("{name}={}", percent(&value)))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Percent-encoding of a value (RFC 3986: everything but unreserved characters).
pub(super) fn percent(text: &str) -> String {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, UNRESERVED).to_string()
}

fn next_button(query: &WorkQuery) -> Markup {
    html! {
        form.next method="post" action="/console/next" {
            input type="hidden" name="list" value=(encoded(&WorkQuery { cursor: None, ..query.clone() }));
            button.primary type="submit" data-key="n" { "Get next" }
        }
    }
}

fn bands_bar(query: &WorkQuery, bands: &Bands) -> Markup {
    let count = |band: Band| {
        let found = bands.bands.iter().find(|count| count.band == band);
        found.map(|count| format!("{}{}", count.rows, if count.more { "+" } else { "" }))
    };
    let entries = [
        (None, "All", None),
        (Some(Band::Overdue), "Overdue", count(Band::Overdue)),
        (Some(Band::Today), "Today", count(Band::Today)),
        (Some(Band::Week), "This week", count(Band::Week)),
        (Some(Band::Deferred), "Deferred", None),
    ];
    html! {
        nav.bands aria-label="How soon" {
            @for (band, name, count) in entries {
                a href=(link(&WorkQuery { band, cursor: None, ..query.clone() }))
                    data-band=(band.map_or("all", Band::id))
                    aria-current=[(query.band == band).then_some("true")] {
                    (name) @if let Some(count) = count { " " span.count { (count) } }
                }
            }
        }
    }
}

fn views_bar(query: &WorkQuery, views: &[SavedView], shares: bool) -> Markup {
    let clean = WorkQuery { cursor: None, ..query.clone() };
    html! {
        div.views {
            @if !views.is_empty() {
                nav aria-label="Saved views" {
                    span { "Views:" }
                    @for view in views {
                        a href=(link(&view.list)) aria-current=[(view.list == clean).then_some("true")] {
                            (view.name) @if view.shared { span.fine { " (shared)" } }
                        }
                    }
                }
            }
            details {
                summary { "Save this view" }
                form.line method="post" action="/console/views" {
                    input type="hidden" name="list" value=(encoded(&clean));
                    label { "Name " input name="name" required maxlength="40" pattern="[A-Za-z0-9 \\-]+"; }
                    @if shares { label.check { input type="checkbox" name="shared" value="true"; " for everybody" } }
                    button type="submit" { "Save" }
                }
            }
        }
    }
}

/// A choice of the filter form.
fn choice(name: &str, label: &str, chosen: Option<&str>, options: &[(String, String)]) -> Markup {
    html! {
        label {
            span { (label) }
            select name=(name) {
                option value="" { "any" }
                @for (value, text) in options {
                    option value=(value) selected[chosen == Some(value.as_str())] { (text) }
                }
            }
        }
    }
}

fn filters<P: Ports>(desk: &Desk<P>, query: &WorkQuery) -> Markup {
    let pair = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let open = Status::ALL.into_iter().filter(|status| !status.is_terminal());
    let statuses: Vec<_> = open.map(|status| (status.id().to_owned(), words::status(status.id()))).collect();
    let steps: Vec<_> = StepKind::ALL.iter().map(|step| pair(step.id(), words::step(*step, None))).collect();
    let tiers = [pair("CRITICAL", "Critical"), pair("HIGH", "High"), pair("STANDARD", "Standard")];
    let parts = desk.who.parts();
    let lobs: Vec<_> = parts.into_iter().flatten().map(|lob| pair(lob.id(), words::lob(Some(lob)))).collect();
    let turns = [pair("PLAN", "us"), pair("VENDOR", "a vendor"), pair("WAITING", "nobody yet")];
    let tier = query.tier.map(|tier| words::tier(tier).to_ascii_uppercase());
    let any = query.status.is_some()
        || query.step.is_some()
        || tier.is_some()
        || query.lob.is_some()
        || query.county.is_some()
        || query.language.is_some()
        || query.team.is_some()
        || query.lead.is_some()
        || query.practice.is_some()
        || query.attempts_min.is_some()
        || query.attempts_max.is_some()
        || query.turn.is_some();
    html! {
        details.filters open[any] {
            summary data-key="/" { "Filters and order" }
            form method="get" action="/console/worklist" {
                @if let Some(band) = query.band { input type="hidden" name="band" value=(band.id()); }
                (choice("turn", "Whose turn", query.turn.map(Turn::id), &turns))
                (choice("step", "Next step", query.step.map(StepKind::id), &steps))
                (choice("status", "Status", query.status.as_deref(), &statuses))
                (choice("tier", "Urgency", tier.as_deref(), &tiers))
                (choice("lob", "Line of business", query.lob.map(icm_domain::facts::LineOfBusiness::id), &lobs))
                label { span { "County" } input name="county" value=[query.county.as_deref()]; }
                label { span { "Language" } input name="language" value=[query.language.as_deref()] size="6"; }
                label { span { "Team or vendor" } input name="team" value=[query.team.as_deref()]; }
                (of_case(query))
                label {
                    span { "Order" }
                    select name="sort" {
                        option value="due" selected[query.sort != Some(Sort::Priority)] { "due date" }
                        option value="priority" selected[query.sort == Some(Sort::Priority)] { "urgency (needs a status)" }
                    }
                }
                div.actions {
                    button.primary type="submit" { "Show" }
                    a.button href="/console/worklist" { "Clear" }
                }
            }
        }
    }
}

/// Filters on who works on the case, and how often somebody tried.
fn of_case(query: &WorkQuery) -> Markup {
    html! {
        label { span { "Lead (a name or a vendor)" } input name="lead" value=[query.lead.as_deref()]; }
        label { span { "Practice" } input name="practice" value=[query.practice.as_deref()]; }
        label { span { "Attempts, at least" } input type="number" min="0" max="999" name="attempts_min" value=[query.attempts_min]; }
        label { span { "Attempts, at most" } input type="number" min="0" max="999" name="attempts_max" value=[query.attempts_max]; }
    }
}

fn rows(page: &WorkPage) -> Markup {
    html! {
        @if page.rows.is_empty() {
            p.empty { "Nothing here. " @if page.cursor.is_some() { "There may be more on the next page." } }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Worklist" {
                table.rows {
                    thead {
                        tr {
                            th scope="col" { "Next step" }
                            th scope="col" { "Member" }
                            th scope="col" { "Urgency" }
                            th scope="col" { "Status" }
                            th scope="col" { "Attempts" }
                            th scope="col" { "Where" }
                            th scope="col" { "Team" }
                        }
                    }
                    tbody { @for row in &page.rows { (row_of(row, page.now)) } }
                }
            }
        }
    }
}

fn row_of(row: &Row, now: Moment) -> Markup {
    let name = row.name.clone().unwrap_or_else(|| row.member_id.clone());
    let waits = row.not_before.filter(|from| *from > now);
    html! {
        tr data-band=(row.band.id()) {
            td.step {
                strong { (words::step(row.step, row.channel)) }
                @for review in &row.reviews { span.fine { (words::question(*review)) } }
                span.due {
                    @if let Some(from) = waits { "may begin " (distance(from, now)) ", " }
                    @if row.band == Band::Overdue { span.late { "overdue, was due " (distance(row.due, now)) } }
                    @else { "due " (distance(row.due, now)) }
                    span.fine { (instant(row.due)) }
                }
            }
            td.member {
                a href=(format!("/console/members/{}", percent(&row.member_id))) { (words_name(&name)) }
                span.fine { (row.member_id) @if let Some(age) = row.age { ", " (age) " years" } }
            }
            td { span.tag data-tier=(words::tier(row.tier)) { (words::tier(row.tier)) } }
            td {
                (words::status(row.status)) span.fine { "since " (row.since.day()) }
                @if let Some(stands) = &row.standing {
                    span.fine {
                        "rank " (stands.rank) ", " (stands.ahead) " before it"
                        @if let Some(reason) = stands.reason { ": " (words::plain(reason)) }
                    }
                }
            }
            td {
                (row.attempts)
                @if let Some(last) = &row.last_attempt {
                    span.fine { (words::plain(last.outcome.id())) ", " (last.at.day()) }
                }
            }
            td {
                (words::lob(row.lob))
                span.fine {
                    (row.county.as_deref().unwrap_or("county not known"))
                    @if let Some(language) = row.language.as_deref().filter(|language| *language != "en") {
                        " · speaks " (language.to_uppercase())
                    }
                }
            }
            td { (row.team.as_deref().unwrap_or("–")) }
        }
    }
}

/// `TESTWOOD^ALBA` → `Alba Testwood`; anything else as it stands.
pub(super) fn words_name(name: &str) -> String {
    match name.split_once('^') {
        Some((family, given)) => {
            let case = |text: &str| {
                let mut lower = text.to_lowercase();
                if let Some(first) = lower.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                lower
            };
            format!("{} {}", case(given.split('^').next().unwrap_or_default()), case(family))
        }
        None => name.to_owned(),
    }
}

fn pager<P: Ports>(desk: &Desk<P>, query: &WorkQuery, page: &WorkPage) -> Markup {
    html! {
        nav.pager aria-label="Pages of the list" {
            @if query.cursor.is_some() {
                a.button href=(link(&WorkQuery { cursor: None, ..query.clone() })) { "First page" }
            }
            @if page.cursor.is_some() {
                a.button rel="next" href=(link(&WorkQuery { cursor: page.cursor.clone(), ..query.clone() })) { "Next page" }
            }
            span.fine { (page.rows.len()) " rows shown" }
            @if desk.who.may(Permission::Export) {
                a.right href=(format!("/v1/worklist/export?{}", encoded(&WorkQuery { cursor: None, limit: None, ..query.clone() }))) {
                    "Export this list as CSV"
                }
            }
        }
    }
}

/// `POST /console/next`: to the member's page of the next case.
pub(super) async fn next<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    let form: NextForm = reading::form(&body)?;
    let query: WorkQuery = reading::query(&form.list)?;
    let taken = list::next(&desk, &query).await?;
    Ok(if let Some(row) = taken.row {
        Redirect::to(&format!("/console/members/{}?done=next", percent(&row.member_id)))
    } else {
        let back = link(&query);
        Redirect::to(&format!("{back}{}done=none", if back.contains('?') { "&" } else { "?" }))
    })
}

#[derive(serde::Deserialize)]
struct NextForm {
    #[serde(default)]
    list: String,
}

#[derive(serde::Deserialize)]
struct ViewForm {
    name: String,
    #[serde(default)]
    list: String,
    #[serde(default)]
    shared: Option<String>,
}

/// `POST /console/views`.
pub(super) async fn save_view<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Redirect, Problem> {
    let form: ViewForm = reading::form(&body)?;
    let query: WorkQuery = reading::query(&form.list)?;
    let asked = ViewAsked { name: form.name, shared: form.shared.is_some(), list: Some(query.clone()) };
    list::keep(&desk, asked).await?;
    let back = link(&query);
    Ok(Redirect::to(&format!("{back}{}done=view", if back.contains('?') { "&" } else { "?" })))
}
