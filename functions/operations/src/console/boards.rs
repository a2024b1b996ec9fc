//! Boards: capacity and caseload, vendors and their clocks.

use super::layout::{self, Html, distance, instant};
use super::words;
use super::worklist::{percent, split_done};
use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::capacity::{Cell, cells};
use crate::problem::Problem;
use crate::vendors::{VendorRow, vendors as board};
use axum::extract::RawQuery;
use icm_casework::reports::{self, RosterReport};
use icm_domain::moment::Moment;
use icm_domain::vendor::reconcile::Finding;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// `GET /console/capacity`.
pub(super) async fn capacity<P: Ports>(desk: Desk<P>, RawQuery(raw): RawQuery) -> Result<Html, Problem> {
    let cells = cells(&desk).await?.cells;
    let confirms = desk.who.may(Permission::ConfirmCapacity);
    let (points, taken): (u32, u32) =
        (cells.iter().map(|c| c.points).sum(), cells.iter().map(|c| c.taken).sum());
    let free: u32 = cells.iter().map(|cell| cell.free_places).sum();
    let body = html! {
        (layout::done(split_done(raw.as_deref().unwrap_or_default()).0.as_deref()))
        h1 { "Capacity and caseload" }
        p {
            "Confirmed capacity is counted in points: a new member takes 3, one in service 2, a settled one 1. "
            "Nobody is admitted beyond it; lowering it takes no place away from anybody."
        }
        section.card { h2 { "All teams" } (layout::meter(taken, points, "Points taken of all teams")) p { strong { (free) } " new members fit in now." } }
        section.card {
            h2 { "By team" }
            div.scroll tabindex="0" role="region" aria-label="Capacity by team" {
                table.rows {
                    thead { tr {
                        th scope="col" { "Team" } th scope="col" { "Where" } th scope="col" { "Points taken" }
                        th.num scope="col" { "Room for" } @if confirms { th scope="col" { "Confirm points" } }
                    } }
                    tbody { @for cell in &cells { (row(cell, confirms)) } }
                }
            }
        }
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/capacity", "Capacity", &body)))
}

fn row(cell: &Cell, confirms: bool) -> Markup {
    let place = &cell.place;
    let parts = [
        place.county.clone().map(|county| format!("{county} county")),
        place.language.clone().map(|language| format!("speaks {}", language.to_uppercase())),
        place.lob.map(|lob| words::lob(Some(lob)).to_owned()),
    ];
    let at: Vec<String> = parts.into_iter().flatten().collect();
    let at = if at.is_empty() { "anywhere".to_owned() } else { at.join(", ") };
    html! {
        tr {
            td { strong { (place.team) } span.fine { (cell.kind.map(words::plain).unwrap_or_default()) } }
            td { (at) }
            td { (layout::meter(cell.taken, cell.points, &format!("Points taken of {}", place.team))) }
            td.num { (cell.free_places) }
            @if confirms {
                td {
                    form.line method="post" action="/console/capacity/confirm" {
                        input type="hidden" name="team" value=(place.team);
                        @if let Some(county) = &place.county { input type="hidden" name="county" value=(county); }
                        @if let Some(language) = &place.language { input type="hidden" name="language" value=(language); }
                        @if let Some(lob) = place.lob { input type="hidden" name="lob" value=(lob.id()); }
                        input type="number" name="points" min="0" max="100000" value=(cell.points) required
                            aria-label=(format!("Points of {}, {at}", place.team));
                        button type="submit" { "Confirm" }
                    }
                }
            }
        }
    }
}

/// `GET /console/vendors`.
pub(super) async fn vendors<P: Ports>(desk: Desk<P>, RawQuery(raw): RawQuery) -> Result<Html, Problem> {
    let board = board(&desk).await?;
    let pauses = desk.who.may(Permission::PauseVendor);
    // A vendor's list holds cases of every line of business.
    let lists =
        if desk.every_line().is_ok() { reports::rosters(desk.store()).await? } else { BTreeMap::new() };
    let body = html! {
        (layout::done(split_done(raw.as_deref().unwrap_or_default()).0.as_deref()))
        h1 { "Vendors and practices" }
        p { "Offers that wait for an answer, and accepted ones that have not begun. The clock that runs out first stands first." }
        @if board.more { p.warn { "There are more open offers than this page shows." } }
        @for vendor in &board.vendors { (card(vendor, lists.get(vendor.team.as_str()), board.now, pauses)) }
    };
    Ok(Html(layout::shell(Some(&desk.who), "/console/vendors", "Vendors", &body)))
}

fn card(vendor: &VendorRow, list: Option<&RosterReport>, now: Moment, pauses: bool) -> Markup {
    html! {
        section.card {
            div.title {
                h2 { (vendor.team) " " span.fine { (words::plain(vendor.kind)) } }
                @if vendor.paused { span.tag data-kind="bad" { "paused" } }
                @if pauses { (pause(vendor)) }
            }
            (layout::meter(vendor.taken, vendor.points, &format!("Points taken of {}", vendor.team)))
            p {
                strong { (vendor.offers.len()) } @if vendor.offers.len() == 1 { " offer under way, " } @else { " offers under way, " }
                span class=(if vendor.late > 0 { "late" } else { "" }) { (vendor.late) " late" }
                ", room for " (vendor.free_places) " more."
            }
            @if let Some(list) = list { (daily_list(list)) }
            @if !vendor.offers.is_empty() { (offers(vendor, now)) }
        }
    }
}

/// What the vendor's last list of our cases came to.
fn daily_list(list: &RosterReport) -> Markup {
    let count = |finding: Finding| list.counts.get(finding.id()).copied().unwrap_or(0);
    html! {
        p {
            "Daily list of " (instant(list.taken)) ": "
            (count(Finding::Match)) " agree, " (count(Finding::MissingAtVendor)) " not on it, "
            (count(Finding::StateConflict)) " stand otherwise there, " (count(Finding::UnknownToUs)) " not ours."
            @if list.doubted { " " span.tag data-kind="bad" { "not believed yet" } }
        }
        @if list.doubted {
            p.warn { "More than one case in twenty differs. Nobody was asked to look at single cases; ask the vendor whether the list is whole." }
        }
    }
}

fn pause(vendor: &VendorRow) -> Markup {
    html! {
        form.inline method="post" action="/console/switch" {
            input type="hidden" name="kind" value="vendor";
            input type="hidden" name="name" value=(vendor.team);
            input type="hidden" name="paused" value=(if vendor.paused { "false" } else { "true" });
            input type="hidden" name="reason" value="BY_HAND";
            input type="hidden" name="back" value="vendors";
            button type="submit" { @if vendor.paused { "Resume offers" } @else { "Pause offers" } }
        }
    }
}

fn offers(vendor: &VendorRow, now: Moment) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Offers of {}", vendor.team)) {
            table.rows {
                thead { tr { th scope="col" { "Case" } th scope="col" { "Stands" } th scope="col" { "Sent" } th scope="col" { "Clock" } } }
                tbody {
                    @for offer in &vendor.offers {
                        tr data-band=[offer.late.then_some("overdue")] {
                            td {
                                @match &offer.member_id {
                                    Some(member) => a href=(format!("/console/members/{}", percent(member))) { (offer.case_id) },
                                    None => (offer.case_id),
                                }
                            }
                            td {
                                (words::status(offer.status))
                                @if offer.status == "ENROLLED" { span.fine { (words::plain(offer.stage)) } }
                            }
                            td {
                                @match offer.sent {
                                    Some(sent) => (instant(sent)),
                                    None => { "not yet" span.fine { "made " (instant(offer.offered)) } },
                                }
                            }
                            td {
                                @match (offer.clock, offer.runs_out) {
                                    (Some(clock), Some(at)) => {
                                        (clock_words(clock))
                                        span.due { @if at < now { span.late { (distance(at, now)) } } @else { (distance(at, now)) } " · " (instant(at)) }
                                    },
                                    _ if offer.sent.is_none() => "no clock runs: the offer is held back",
                                    _ => "accepted",
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the next clock of an offer does.
fn clock_words(code: &str) -> &'static str {
    match code {
        "WARN" => "A person is told that it was not even received",
        "RESEND" => "The offer is sent once more",
        "ESCALATE" => "A person calls the vendor",
        "NEXT_VENDOR" => "The next vendor is asked",
        _ => "A clock runs out",
    }
}
