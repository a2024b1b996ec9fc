//! The reports page: the funnel as bars with its denominators.

use super::layout::{self, Html, instant};
use super::words;
use crate::Ports;
use crate::access::desk::Desk;
use crate::problem::Problem;
use crate::reports::{FUNNEL, Funnel, FunnelStep, report};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// `GET /console/reports`.
pub(super) async fn page<P: Ports>(desk: Desk<P>) -> Result<Html, Problem> {
    let body = match report(&desk, FUNNEL).await {
        Ok(report) => {
            let funnel: Funnel = serde_json::from_value(report.content).unwrap_or_default();
            html! {
                h1 { "Funnel" }
                p {
                    "Cases, through " (instant(report.through)) ". A case counts in every step that it reached; the share is of "
                    "the step named beside it. " strong { (funnel.members) } " members have facts."
                }
                section.card { h2 { "How far cases came" } (steps(&funnel.steps)) }
                div.columns {
                    section.card { h2 { "Cases by status now" } (counts(&funnel.statuses, words::status)) }
                    section.card { h2 { "Members by decision" } (counts(&funnel.decisions, |code| words::decision(code).to_owned())) }
                }
            }
        }
        Err(problem) if problem.status == 404 => html! {
            h1 { "Reports" }
            p.empty { "No report was made yet. A job makes them from the whole store; none runs while you look." }
        },
        Err(problem) => return Err(problem),
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/reports", "Reports", &body)))
}

fn steps(steps: &[FunnelStep]) -> Markup {
    let most = steps.iter().map(|step| step.cases).max().unwrap_or(0).max(1);
    html! {
        table.compact.funnel {
            thead { tr { th scope="col" { "Step" } th.num scope="col" { "Cases" } th scope="col" { "As a bar" } th scope="col" { "Share" } } }
            tbody {
                @for step in steps {
                    tr {
                        td { (words::plain(&step.step)) }
                        td.num { (step.cases) }
                        td.wide { (bar(step.cases, most, &step.step)) }
                        td { @if step.of > 0 { (step.cases * 100 / step.of) "% of " (step.of) " " (step.of_what) } }
                    }
                }
            }
        }
    }
}

fn bar(value: u64, most: u64, label: &str) -> Markup {
    html! {
        svg.bar viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=(format!("{}: {value}", words::plain(label))) {
            rect x="0" y="0" width=(value * 100 / most) height="10" rx="1" {}
        }
    }
}

fn counts(counts: &BTreeMap<String, u64>, name: impl Fn(&str) -> String) -> Markup {
    let most = counts.values().copied().max().unwrap_or(0).max(1);
    let mut sorted: Vec<(&String, &u64)> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    html! {
        table.compact.funnel {
            tbody {
                @for (code, count) in sorted {
                    tr { td { (name(code)) } td.num { (count) } td.wide { (bar(*count, most, code)) } }
                }
            }
        }
    }
}
