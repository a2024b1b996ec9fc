//! A member's page: what to do now, the picture of what happened, why it was decided, contacts, history.

use super::layout::{self, Html, distance, instant};
use super::worklist::{percent, split_done, words_name};
use super::{care, decision, history, stating, timeline, words};
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::case::CaseView;
use crate::member::{self, CaseFile, MemberPage, WhoView};
use crate::problem::Problem;
use crate::reading;
use axum::extract::{Path, RawQuery};
use axum::response::Redirect;
use icm_contract::keys::short_hash;
use icm_domain::case::reason::ReviewReason;
use icm_domain::facts::Channel;
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use maud::{Markup, html};

/// `GET /console/members/{member}`.
pub(super) async fn page<P: Ports>(
    desk: Desk<P>,
    Path(member): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Html, Problem> {
    let page = member::load(&desk, &MemberId::new(member)).await?;
    let (done, _) = split_done(raw.as_deref().unwrap_or_default());
    let works = desk.who.may(Permission::WorkCases);
    let open = page.cases.iter().find(|file| file.case.open);
    let asked = page.cases.iter().find(|file| !file.retired && !file.case.reviews.is_empty());
    let title = page.member.name.as_deref().map_or_else(|| page.member.member_id.clone(), words_name);
    let body = html! {
        (layout::done(done.as_deref()))
        (head(&page.member, &title))
        (timeline::card(&page.timeline))
        div.columns {
            div {
                @match (open, asked) {
                    (Some(file), _) => (now(file, &page, works)),
                    (None, Some(file)) => (question(&file.case, &page, works)),
                    (None, None) => section.card { h2 { "What to do now" } p { "No case is open: nothing is to be done." } },
                }
                @if let Some(file) = open { (care::card(&file.case, desk.today(), works)) }
                (decision::card(&page))
                @if desk.who.may(Permission::StateFacts) { (stating::card(&page.member.member_id, desk.today())) }
            }
            div {
                (history::ledger(&page))
                @for file in &page.cases { (history::case(file)) }
                (history::sent(&page))
            }
        }
    };
    Ok(Html(layout::shell(Some(&desk.who), "", &title, &body)))
}

/// What the find form sends.
#[derive(serde::Deserialize)]
struct FindForm {
    #[serde(default)]
    member: Option<String>,
}

/// `GET /console/members?member=…`: to the page of a member by id.
pub(super) async fn find(RawQuery(raw): RawQuery) -> Result<Redirect, Problem> {
    let asked: FindForm = reading::query(raw.as_deref().unwrap_or_default())?;
    let member = asked.member.ok_or_else(|| Problem::malformed("member"))?;
    let plain = member.replace('+', " ");
    Ok(Redirect::to(&format!("/console/members/{}", percent(plain.trim()))))
}

fn head(who: &WhoView, title: &str) -> Markup {
    let held = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
    html! {
        div.title {
            h1 { (title) }
            a.button href="/console/worklist" data-key="b" { "Back to the worklist" }
        }
        dl.facts {
            div { dt { "Member" } dd { (who.member_id) } }
            div {
                dt { "Age" }
                dd {
                    @match who.age { Some(age) => { (age) " years" }, None => "not known" }
                    @if let Some(birth) = who.birth { span.fine { " born " (birth) } }
                }
            }
            div {
                dt { "Coverage" }
                dd {
                    (words::lob(who.lob))
                    @if who.covered { span.tag data-kind="good" { "covered" } } @else { span.tag data-kind="bad" { "not covered" } }
                }
            }
            div { dt { "Language" } dd { (who.language.as_deref().map_or_else(|| "not known".to_owned(), str::to_uppercase)) } }
            div { dt { "County" } dd { (held(&who.county)) } }
            div { dt { "Practice" } dd { (held(&who.practice)) } }
            div {
                dt { "Phone" }
                dd {
                    @if who.phones.is_empty() { "no number that may be dialled" }
                    @for phone in &who.phones { a.phone href=(format!("tel:+1{phone}")) { (dialled(phone)) } " " }
                }
            }
            div { dt { "Address" } dd { (held(&who.address)) } }
            @if let Some(death) = who.death { div { dt { "Died" } dd { (death) } } }
        }
    }
}

/// `3125550100` → `312-555-0100`.
fn dialled(digits: &str) -> String {
    match (digits.get(..3), digits.get(3..6), digits.get(6..)) {
        (Some(area), Some(office), Some(line)) if digits.len() == 10 => format!("{area}-{office}-{line}"),
        _ => digits.to_owned(),
    }
}

/// What to do now, and the buttons for it.
fn now(file: &CaseFile, page: &MemberPage, works: bool) -> Markup {
    let case = &file.case;
    html! {
        section.card.now #now {
            h2 { "What to do now" }
            (working(page))
            p.lead {
                @if let Some(next) = &case.next {
                    strong { (words::step(next.what, case.open_tasks.first().map(|task| task.channel))) }
                    " " (due(next.due, page.now))
                }
            }
            p {
                (words::status(case.status)) " since " (instant(case.since))
                " · program " (case.program)
                @if let Some(team) = &case.team { " · place with " (team) }
                @if let Some(vendor) = &case.vendor { " · offered to " (vendor.vendor) ", " (words::plain(vendor.stage.id())) }
            }
            (questions(case))
            @if case.opted_out { p.warn { "The member asked not to be contacted about this program." } }
            @if works { (attempt(case, page)) (steps(case, page.now)) }
        }
    }
}

/// Somebody else works on the case.
fn working(page: &MemberPage) -> Markup {
    html! {
        @if let Some(other) = &page.worked_on_by {
            p.warn role="status" { (other.trim_start_matches("ops:")) " is working on this case at the moment." }
        }
    }
}

/// The open questions, in words.
fn questions(case: &CaseView) -> Markup {
    html! { @for review in &case.reviews { p.warn { strong { "Open question: " } (words::question(*review)) } } }
}

/// What a person is asked about a case that has ended: it stays so, or service begins anew with another one.
fn question(case: &CaseView, page: &MemberPage, works: bool) -> Markup {
    let reached = case.reviews.contains(&ReviewReason::ReachedAfterEnd);
    let ending = case.ending.map(words::plain).unwrap_or_default();
    html! {
        section.card.now #now {
            h2 { "What to do now" }
            (working(page))
            p.lead {
                @if let Some(next) = &case.next { strong { (words::step(next.what, None)) } " " (due(next.due, page.now)) }
            }
            p { "The case in program " (case.program) " has ended, " (instant(case.since)) ": " (ending) "." }
            (questions(case))
            @if works {
                div.steps {
                    (button(case, "review", "Begin anew", &[("verdict", "REQUEUE")], "good"))
                    (button(case, "review", "Leave it ended", &[("verdict", "CONTINUE")], ""))
                    @if reached {
                        (button(case, "decline", "The member declines", &[], "bad"))
                        (button(case, "decline", "Declines for now", &[("not_now", "true")], ""))
                    }
                    (button(case, "stop", "No contact about this program", &[("scope", "PROGRAM")], "bad"))
                    (button(case, "stop", "No contact by the plan at all", &[("scope", "PLAN_WIDE")], "bad"))
                }
            }
        }
    }
}

/// How soon something is due.
fn due(due: Moment, now: Moment) -> Markup {
    html! {
        @if due < now { span.late { "overdue, was due " (distance(due, now)) } } @else { "due " (distance(due, now)) }
        span.fine { " · " (instant(due)) }
    }
}

/// The key of a form: the same page sends the same key, so that a form sent twice acts once.
fn key(case: &CaseView, command: &str, extra: &str) -> String {
    short_hash(format!("{}#{}#{command}#{extra}", case.case_id, case.version).as_bytes())
}

/// The fields that every form of a case has; `form` tells two forms of one command on one page apart.
fn hidden(case: &CaseView, command: &str, form: &str) -> Markup {
    html! {
        input type="hidden" name="key" value=(key(case, command, form));
        input type="hidden" name="version" value=(case.version);
    }
}

fn action(case: &CaseView, command: &str) -> String {
    format!("/console/members/{}/{}/{command}", percent(&case.member_id), percent(&case.program))
}

/// Outcomes of a channel: code, words, whether it is a conversation.
fn outcomes(channel: Channel) -> &'static [(&'static str, &'static str, &'static str)] {
    match channel {
        Channel::Call => &[
            ("REACHED_MEMBER", "Spoke with the member", "good"),
            ("LEFT_MESSAGE", "Left a message", ""),
            ("NO_ANSWER", "No answer", ""),
            ("BUSY", "Busy", ""),
            ("REACHED_CAREGIVER", "Spoke with the authorised caregiver", "good"),
            ("REACHED_OTHER", "Somebody else answered", ""),
            ("REFUSED_CALL", "Did not want to speak now", ""),
            ("LANGUAGE_BARRIER", "No common language", ""),
            ("WRONG_NUMBER", "Wrong number", "bad"),
            ("DISCONNECTED", "Out of service", "bad"),
            ("IN_FACILITY", "In a hospital or facility", ""),
            ("REQUESTED_STOP", "Asked not to be called again", "bad"),
        ],
        Channel::Text => &[
            ("TEXT_DELIVERED", "Text delivered", ""),
            ("TEXT_FAILED", "Text not delivered", "bad"),
            ("REQUESTED_STOP", "Answered STOP", "bad"),
        ],
        Channel::Letter => {
            &[("LETTER_SENT", "Letter posted", ""), ("LETTER_RETURNED", "Letter came back", "bad")]
        }
        Channel::Visit => &[
            ("FIELD_MET", "Met the member", "good"),
            ("FIELD_NOT_HOME", "Nobody at home", ""),
            ("IN_FACILITY", "In a hospital or facility", ""),
            ("REQUESTED_STOP", "Asked us to stop", "bad"),
        ],
    }
}

/// The attempt: each outcome is a button, so that an attempt is recorded with one press on this page.
fn attempt(case: &CaseView, page: &MemberPage) -> Markup {
    let reachable = matches!(case.status, "OUTREACH" | "ENGAGED" | "CONSENTED");
    let task = case.open_tasks.first();
    let planned = task.map_or(Channel::Call, |task| task.channel);
    let others = [Channel::Call, Channel::Text, Channel::Letter, Channel::Visit];
    html! {
        @if reachable {
            form.attempt method="post" action=(action(case, "attempts")) {
                (hidden(case, "attempts", "planned"))
                input type="hidden" name="channel" value=(words::channel(planned));
                @if let Some(task) = task { input type="hidden" name="task" value=(task.task_id); }
                fieldset {
                    legend { "Record the " (words::channel(planned)) ": what came of it?" }
                    @for (code, words, kind) in outcomes(planned) {
                        button type="submit" name="outcome" value=(code) data-kind=(kind) { (words) }
                    }
                }
            }
            details {
                summary { "They named a time, or it was another channel" }
                form.line method="post" action=(action(case, "attempts")) {
                    (hidden(case, "attempts", "agreed"))
                    input type="hidden" name="channel" value="call";
                    input type="hidden" name="outcome" value="CALLBACK_SCHEDULED";
                    @if let Some(task) = task.filter(|task| task.channel == Channel::Call) {
                        input type="hidden" name="task" value=(task.task_id);
                    }
                    label { "Call back at " input type="datetime-local" name="call_back" required data-min=(page.now); " (UTC)" }
                    button type="submit" { "Record the agreed call" }
                }
                @for channel in others.into_iter().filter(|channel| *channel != planned) {
                    form.attempt method="post" action=(action(case, "attempts")) {
                        (hidden(case, "attempts", words::channel(channel)))
                        input type="hidden" name="channel" value=(words::channel(channel));
                        fieldset {
                            legend { "A " (words::channel(channel)) " that was not planned" }
                            @for (code, words, kind) in outcomes(channel) {
                                button type="submit" name="outcome" value=(code) data-kind=(kind) { (words) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A step with one button.
pub(super) fn button(
    case: &CaseView,
    command: &str,
    label: &str,
    fields: &[(&str, &str)],
    kind: &str,
) -> Markup {
    let form: Vec<&str> = fields.iter().map(|(_, value)| *value).collect();
    html! {
        form.inline method="post" action=(action(case, command)) {
            (hidden(case, command, &form.join(" ")))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button type="submit" data-kind=(kind) { (label) }
        }
    }
}

/// The other steps that may make sense in this status. The machine decides; the page only offers.
fn steps(case: &CaseView, now: Moment) -> Markup {
    let before_enrolment = matches!(
        case.status,
        "QUEUED" | "PENDED_CAPACITY" | "OUTREACH" | "ENGAGED" | "CONSENTED" | "IDENTIFIED"
    );
    let own_team = case.vendor.is_none();
    html! {
        div.steps {
            @if case.status == "ENGAGED" {
                (button(case, "consent", "The member consents to the program", &[("scope", "ICM-PROGRAM")], "good"))
            }
            @if case.status == "CONSENTED" { (button(case, "enrol", "Enrol", &[], "good")) }
            @if case.status == "ENROLLED" && own_team { (button(case, "accept", "I take this member", &[], "good")) }
            @if case.status == "VENDOR_ACCEPTED" && own_team { (button(case, "start", "Service begins today", &[], "good")) }
            @if case.status == "ON_HOLD" { (button(case, "resume", "Go on", &[], "good")) }
            @if !case.reviews.is_empty() || case.status == "REVIEW" {
                @if let Some(proposal) = case.proposal {
                    (button(case, "review", words::remedy(proposal.rule), &[("verdict", "AS_PROPOSED")], "good"))
                }
                (button(case, "review", "Go on as before", &[("verdict", "CONTINUE")], "good"))
                (button(case, "review", "Back to the queue", &[("verdict", "REQUEUE")], ""))
            }
        }
        @if case.status == "ACTIVE" && own_team { (contact(case)) }
        details {
            summary { "More" }
            div.steps {
                @if before_enrolment {
                    (button(case, "decline", "Declines", &[], "bad"))
                    (button(case, "decline", "Declines for now", &[("not_now", "true")], ""))
                }
                @if case.status != "ON_HOLD" {
                    (button(case, "hold", "Hold: asked to wait", &[("reason", "MEMBER_REQUEST")], ""))
                    (button(case, "hold", "Hold: in a facility", &[("reason", "IN_FACILITY")], ""))
                }
                (button(case, "stop", "No contact about this program", &[("scope", "PROGRAM")], "bad"))
                (button(case, "stop", "No contact by the plan at all", &[("scope", "PLAN_WIDE")], "bad"))
            }
            p.fine { "Version " (case.version) " of the case, seen " (instant(now)) "." }
        }
    }
}

/// A contact of service.
fn contact(case: &CaseView) -> Markup {
    html! {
        form.line method="post" action=(action(case, "contacts")) {
            (hidden(case, "contacts", ""))
            label { "Minutes " input type="number" name="minutes" min="1" max="480" value="20" required; }
            label {
                "How "
                select name="mode" {
                    @for mode in icm_domain::vendor::reply::ContactMode::ALL { option value=(mode.id()) { (words::plain(mode.id())) } }
                }
            }
            label.check { input type="checkbox" name="two_way" value="true" checked; " a conversation" }
            button type="submit" { "Log the contact" }
        }
    }
}
