//! The decision in words: what was decided, on which counts and claim lines, how near it was, what would flip it.

use super::words;
use crate::member::{Explained, MemberPage};
use icm_domain::decision::record::{Clause, Managed, Record};
use maud::{Markup, html};

/// The card of the decision.
pub(super) fn card(page: &MemberPage) -> Markup {
    html! {
        section.card #decision {
            h2 { "Why this member" }
            @match &page.explained {
                None => p { "No claims are stored for this member, so no rule could be looked at." },
                Some(explained) => (explanation(explained)),
            }
        }
    }
}

fn explanation(explained: &Explained) -> Markup {
    let record = &explained.record;
    html! {
        p.lead { strong { (words::decision(record.decision.id())) } "." }
        p.fine {
            (words::reason(&record.reason)) ", as of " (record.as_of) " · criteria " (record.versions.criteria) " "
            (record.versions.criteria_version) " · tables " (record.versions.tables)
        }
        (rules(record))
        (managed(record))
        p { "Recommended: model " (record.recommended.0.id()) ", " (record.recommended.2) "." }
        @if let Some(flip) = &record.flip { p { "Smallest change that would flip it: " strong { (words::flip(flip)) } "." } }
        @if !record.near_misses.is_empty() {
            details {
                summary { "Near misses (" (record.near_misses.len()) ")" }
                ul { @for miss in &record.near_misses { li { (miss) } } }
            }
        }
        (claims(explained))
    }
}

/// What the rules compared: the ones that were met first.
fn rules(record: &Record) -> Markup {
    let (met, unmet): (Vec<&Clause>, Vec<&Clause>) = record.clauses.iter().partition(|clause| clause.met);
    html! {
        @if met.is_empty() { p { "No count reaches its threshold." } } @else { (clauses(&met)) }
        details {
            summary { "Counts below their threshold (" (unmet.len()) ")" }
            (clauses(&unmet))
        }
    }
}

fn clauses(clauses: &[&Clause]) -> Markup {
    html! {
        table.compact {
            thead { tr { th scope="col" { "What is counted" } th.num scope="col" { "Count" } th.num scope="col" { "Threshold" } } }
            tbody {
                @for clause in clauses {
                    tr data-met=[clause.met.then_some("yes")] {
                        td { (words::clause(clause.what)) span.fine { "rule " (clause.rule.id()) } }
                        td.num { @match clause.value { Some(value) => (value), None => "not evaluated" } }
                        td.num { (clause.threshold) }
                    }
                }
            }
        }
    }
}

fn managed(record: &Record) -> Markup {
    let day = |day: Option<icm_domain::day::Day>| day.map_or_else(|| "–".to_owned(), |day| day.to_string());
    let state = |managed: &Managed| match (managed.verdict, managed.finding.active) {
        (Some(verdict), _) => words::verdict(verdict),
        (None, true) => "active".to_owned(),
        (None, false) => "not active".to_owned(),
    };
    html! {
        h3 { "Who else manages" }
        @if record.managed.is_empty() {
            p { "Nobody, as far as claims and rosters tell." }
        } @else {
            table.compact {
                thead { tr { th scope="col" { "Model" } th scope="col" { "Since" } th scope="col" { "Last" } th scope="col" { "Enough service" } th scope="col" { "Means" } } }
                tbody {
                    @for managed in &record.managed {
                        tr {
                            td { (managed.finding.model.id()) }
                            td.date { (day(managed.finding.start)) }
                            td.date { (day(managed.finding.last)) }
                            td { @if managed.finding.dosed { "yes" } @else { "no" } }
                            td { (state(managed)) }
                        }
                    }
                }
            }
        }
    }
}

/// The claims that the decision rests on, with their lines.
fn claims(explained: &Explained) -> Markup {
    html! {
        details {
            summary { "Claims that it rests on (" (explained.claims.len()) ")" }
            @for claim in &explained.claims {
                div.claim {
                    p {
                        strong { (claim.claim_id) } " "
                        (claim.from) @if claim.thru != claim.from { " to " (claim.thru) }
                        ", received " (claim.received)
                        @if let Some(bill) = &claim.bill_type { ", bill type " (bill) }
                        @if claim.sensitivity != "GENERAL" { " " span.tag data-kind="bad" { "protected by 42 CFR Part 2" } }
                    }
                    p.fine { "Diagnoses: " (claim.diagnoses.join(", ")) }
                    table.compact {
                        thead { tr { th.num scope="col" { "Line" } th scope="col" { "Revenue" } th scope="col" { "Procedure" } th scope="col" { "Place" } } }
                        tbody {
                            @for line in &claim.lines {
                                tr data-met=[line.cited.then_some("yes")] {
                                    td.num { (line.number) @if line.cited { span.fine { " cited" } } }
                                    td { (line.revenue.as_deref().unwrap_or("–")) }
                                    td { (line.procedure.as_deref().unwrap_or("–")) }
                                    td { (line.place.as_deref().unwrap_or("–")) }
                                }
                            }
                        }
                    }
                }
            }
            @for row in &explained.record.cited.rosters {
                p { "Roster row: " (row.program.as_str()) ", model " (row.model.id()) ", as of " (row.as_of) }
            }
            @for row in &explained.record.cited.referrals {
                p { "Referred by " (words::referrer(row.by)) ", received " (row.received) }
            }
            @for row in &explained.record.cited.overrides {
                p { (words::overriding(row.what)) " until " (row.until) ": " (row.reason) }
            }
        }
    }
}
