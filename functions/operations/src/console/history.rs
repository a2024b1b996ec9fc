//! What was done: the shared contact ledger, the history of each case, and what was sent to whom.

use super::layout::instant;
use super::words;
use crate::member::{CaseFile, HistoryLine, MemberPage};
use maud::{Markup, html};

/// The contact ledger.
pub(super) fn ledger(page: &MemberPage) -> Markup {
    html! {
        section.card {
            h2 { "Contacts, by anybody" }
            @if page.ledger.is_empty() {
                p { "Nobody has tried to reach this member yet." }
            } @else {
                table.compact {
                    thead { tr { th scope="col" { "When" } th scope="col" { "How" } th scope="col" { "Who" } th scope="col" { "What came of it" } } }
                    tbody {
                        @for line in page.ledger.iter().rev() {
                            tr {
                                td { (instant(line.at)) }
                                td { (words::plain(words::channel(line.channel))) }
                                td { (line.vendor.as_deref().unwrap_or("the plan")) span.fine { " for " (line.program) } }
                                td { (outcome(page, line.at)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The outcome that was recorded for a touch.
fn outcome(page: &MemberPage, at: icm_domain::moment::Moment) -> String {
    let attempts = page.cases.iter().flat_map(|file| &file.attempts);
    let found = attempts.into_iter().find(|attempt| attempt.at == at);
    found.map_or_else(|| "–".to_owned(), |attempt| words::plain(attempt.outcome))
}

/// The history of a case.
pub(super) fn case(file: &CaseFile) -> Markup {
    let case = &file.case;
    html! {
        section.card {
            h2 { "Case history" @if file.retired { " (earlier case)" } }
            p.fine { "Case " (case.case_id) ", program " (case.program) @if let Some(ending) = case.ending { ", ended: " (words::plain(ending)) } }
            div.scroll tabindex="0" role="region" aria-label=(format!("History of case {}", case.case_id)) {
                table.compact {
                    thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Then" } th scope="col" { "Who" } } }
                    tbody { @for line in file.history.iter().rev() { (row(line)) } }
                }
            }
        }
    }
}

fn row(line: &HistoryLine) -> Markup {
    let who = line.actor.as_deref().unwrap_or("system");
    html! {
        tr {
            td { (instant(line.at)) }
            td {
                (words::event(&line.event))
                @if let Some(reason) = &line.reason { span.fine { (words::plain(reason)) } }
                @if let Some(refused) = line.refused { span.fine { "not possible: " (words::plain(refused)) } }
            }
            td { @if line.from != line.to { @if let Some(to) = line.to { (words::status(to)) } } }
            td { (who.trim_start_matches("ops:")) }
        }
    }
}

/// What was sent to whom, or is about to be.
pub(super) fn sent(page: &MemberPage) -> Markup {
    html! {
        section.card {
            h2 { "Sent and to be sent" }
            @if page.sent.is_empty() {
                p { "Nothing was sent about this member." }
            } @else {
                table.compact {
                    thead { tr { th scope="col" { "Since" } th scope="col" { "What" } th scope="col" { "To" } th scope="col" { "Stands" } } }
                    tbody {
                        @for line in page.sent.iter().rev() {
                            tr { td { (instant(line.since)) } td { (words::plain(line.kind)) } td { (line.to) } td { (words::plain(line.status)) } }
                        }
                    }
                }
            }
        }
    }
}
