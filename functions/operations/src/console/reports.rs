//! Reports: a list of them, and each with its pictures and tables.

use super::layout::{self, Html, instant};
use super::plots;
use super::words;
use crate::Ports;
use crate::access::desk::Desk;
use crate::problem::Problem;
use crate::reports::{Dated, Reports, names, report};
use axum::extract::Path;
use icm_measure::table::{Cell, Column, Table};
use maud::{Markup, html};

/// Tables longer than this are folded.
const FOLDED_FROM: usize = 24;
/// Rows of a table on a page at most; the file has all of them.
const ROWS_MAX: usize = 400;

/// `GET /console/reports`: the first report.
pub(super) async fn front<P: Ports>(desk: Desk<P>) -> Result<Html, Problem> {
    let names = names(&desk).await?;
    let Some(first) = names.reports.first().map(|first| first.name.clone()) else {
        let body = html! {
            h1 { "Reports" }
            p.empty { "No report was made yet. A job makes them from the whole store (icm reports); none runs while you look." }
        };
        return Ok(Html(layout::shell(Some(&desk.who), "/console/reports", "Reports", &body)));
    };
    page_of(&desk, &names, &first).await
}

/// `GET /console/reports/{name}`.
pub(super) async fn page<P: Ports>(desk: Desk<P>, Path(name): Path<String>) -> Result<Html, Problem> {
    let names = names(&desk).await?;
    page_of(&desk, &names, &name).await
}

async fn page_of<P: Ports>(desk: &Desk<P>, names: &Reports, name: &str) -> Result<Html, Problem> {
    let dated = report(desk, name).await?;
    let body = html! {
        h1 { (dated.report.title) }
        (choice(names, name))
        p { "Through " (instant(dated.through)) ", " (lines(&dated)) ". Made by a job; looking at it counts nobody." }
        ul.fine { @for says in &dated.report.says { li { (says) } } }
        @for table in &dated.report.tables { (card(name, table)) }
    };
    let title = format!("Report: {}", dated.report.title);
    Ok(Html(layout::shell(Some(&desk.who), "/console/reports", &title, &body)))
}

fn choice(names: &Reports, here: &str) -> Markup {
    html! {
        nav.bands aria-label="Reports" {
            @for known in &names.reports {
                a href=(format!("/console/reports/{}", known.name)) aria-current=[(known.name == here).then_some("page")] {
                    (known.title)
                }
            }
        }
    }
}

fn lines(dated: &Dated) -> String {
    if dated.lines == "*" {
        return "all lines of business".to_owned();
    }
    dated.lines.split('+').map(words::plain).collect::<Vec<_>>().join(", ")
}

fn card(report: &str, table: &Table) -> Markup {
    let file = format!("/v1/reports/{report}/{}", table.id);
    html! {
        section.card {
            div.title { h2 { (table.title) } @if !table.rows.is_empty() { a href=(file) download { "CSV: " (table.title) } } }
            @if table.rows.is_empty() {
                p.fine { "Nothing to show yet." }
            } @else {
                (plots::of(table))
                @if table.rows.len() > FOLDED_FROM {
                    details { summary { "The table, " (table.rows.len()) " rows" } (rows(table)) }
                } @else {
                    (rows(table))
                }
            }
        }
    }
}

fn rows(table: &Table) -> Markup {
    let numeric: Vec<bool> = (0..table.columns.len())
        .map(|at| table.rows.iter().any(|row| row.get(at).is_some_and(|cell| cell.number().is_some())))
        .collect();
    let class = |at: usize| numeric.get(at).copied().unwrap_or(false).then_some("num");
    html! {
        div.scroll tabindex="0" role="region" aria-label=(table.title) {
            table.compact.report {
                thead { tr { @for (at, column) in table.columns.iter().enumerate() { th scope="col" class=[class(at)] { (heading(column)) } } } }
                tbody {
                    @for row in table.rows.iter().take(ROWS_MAX) {
                        tr {
                            @for (at, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
                                td class=[class(at)] { (shown(column, cell)) }
                            }
                        }
                    }
                }
            }
        }
        @if table.rows.len() > ROWS_MAX { p.fine { "The first " (ROWS_MAX) " rows; the file has all of them." } }
    }
}

/// Amounts stand in cents in the API and in dollars on the page.
fn is_money(column: &Column) -> bool {
    column.id.ends_with("_cents")
}

fn heading(column: &Column) -> String {
    let title = if is_money(column) { column.title.replace(", cents", ", $") } else { column.title.clone() };
    if title.contains('_') || title.starts_with(|first: char| first.is_ascii_lowercase()) {
        words::plain(&title)
    } else {
        title
    }
}

/// Whether the name of a group is a code or a word of ours, not a name that the plan writes.
fn is_code(group: &str) -> bool {
    let shouted = group.len() > 2 && group.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let small =
        group.len() > 2 && group.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b' '));
    shouted || small
}

/// A cell in words: codes of the columns that hold codes.
pub(super) fn shown(column: &Column, cell: &Cell) -> String {
    match (column.id.as_str(), cell) {
        (_, Cell::Count(cents)) if is_money(column) => format!("{}.{:02}", cents / 100, cents % 100),
        ("state", Cell::Text(code)) => words::status(code),
        ("code" | "step" | "lob" | "tier" | "basis" | "outcome" | "mode", Cell::Text(code)) => {
            words::plain(code)
        }
        ("cut", Cell::Text(text)) => words::plain(text),
        ("group", Cell::Text(code)) if is_code(code) => words::plain(code),
        _ => cell.to_string(),
    }
}
