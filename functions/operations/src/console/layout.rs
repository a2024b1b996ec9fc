//! What every page has: head, skip link, navigation, who acts, and the words for problems.

use super::again::Typed;
use super::words;
use crate::access::{Identity, Lines, Permission, Role};
use crate::problem::Problem;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use icm_domain::moment::Moment;
use maud::{DOCTYPE, Markup, html};

/// A page as a response.
pub(super) struct Html(pub(super) Markup);

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.0.into_string()).into_response()
    }
}

/// An entry of the navigation.
pub(super) struct Page {
    pub(super) path: &'static str,
    name: &'static str,
    needs: Permission,
}

const PAGES: [Page; 8] = [
    Page { path: "/console/worklist", name: "Worklist", needs: Permission::ReadWork },
    Page { path: "/console/capacity", name: "Capacity", needs: Permission::ReadCapacity },
    Page { path: "/console/vendors", name: "Vendors", needs: Permission::ReadVendors },
    Page { path: "/console/reports", name: "Reports", needs: Permission::ReadReports },
    Page { path: "/console/criteria", name: "Criteria", needs: Permission::ReadCriteria },
    Page { path: "/console/switches", name: "Switches", needs: Permission::ReadSwitches },
    Page { path: "/console/quarantine", name: "Quarantine", needs: Permission::Quarantine },
    Page { path: "/console/audit", name: "Audit trail", needs: Permission::ReadAudit },
];

/// The pages that somebody may open, the most used first.
pub(super) fn pages(who: &Identity) -> impl Iterator<Item = &'static Page> + use<'_> {
    PAGES.iter().filter(|page| who.may(page.needs))
}

/// A page. `here` is the path of its entry in the navigation.
pub(super) fn shell(who: Option<&Identity>, here: &str, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · icm" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/console/assets/console.css";
                script src="/console/assets/console.js" defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.brand href="/console" { "icm" span { "intensive care management" } }
                    @if let Some(who) = who {
                        nav aria-label="Pages" {
                            @for page in pages(who) {
                                a href=(page.path) aria-current=[(page.path == here).then_some("page")] { (page.name) }
                            }
                        }
                        @if who.may(Permission::ReadMember) { (find()) }
                        (identity(who))
                    }
                }
                main #main tabindex="-1" { (body) }
                footer.foot {
                    p {
                        "Every page and every step here is written to the audit trail. "
                        "Press " kbd { "?" } " for keys."
                    }
                }
            }
        }
    }
}

/// Straight to a member whose id is known.
fn find() -> Markup {
    html! {
        form.find method="get" action="/console/members" role="search" {
            input name="member" required placeholder="Member id" aria-label="Member id";
            button type="submit" { "Open" }
        }
    }
}

fn identity(who: &Identity) -> Markup {
    let roles = if who.roles.len() == Role::ALL.len() {
        "every role".to_owned()
    } else {
        who.roles.iter().map(|role| words::role(*role)).collect::<Vec<_>>().join(", ")
    };
    let lines = match &who.lines {
        Lines::All => "all lines of business".to_owned(),
        Lines::Only(lines) => lines.iter().map(|line| words::lob(Some(*line))).collect::<Vec<_>>().join(", "),
    };
    html! {
        p.who {
            strong { (who.actor.as_str().trim_start_matches("ops:")) }
            span { (roles) " · " (lines) }
        }
    }
}

/// An instant, in UTC; the script turns it into the reader's time.
pub(super) fn instant(at: Moment) -> Markup {
    let text = at.to_string();
    let shown =
        format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default());
    html! { time datetime=(text) { (shown) } }
}

/// An instant to the second, in UTC for everybody: who compares lines of several people compares one clock.
pub(super) fn exact(at: Moment) -> Markup {
    let text = at.to_string();
    let (day, time) = (text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default());
    html! { time data-exact="true" datetime=(text) { (day) " " (time) " UTC" } }
}

/// How far away something is, in words: "in 3 hours", "2 days ago".
pub(super) fn distance(at: Moment, now: Moment) -> String {
    let minutes = at.since(now) / 60_000;
    let (count, unit) = match minutes.abs() {
        0..=1 => return "now".to_owned(),
        under @ 2..=99 => (under, "minute"),
        under @ 100..=2_879 => ((under + 30) / 60, "hour"),
        over => ((over + 720) / 1_440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if minutes > 0 { format!("in {count} {unit}{plural}") } else { format!("{count} {unit}{plural} ago") }
}

/// The page of a problem: what happened, what changed, what to do.
pub(super) fn problem(
    who: Option<&Identity>,
    problem: &Problem,
    back: Option<&str>,
    typed: Option<&Typed>,
) -> Markup {
    let (title, advice) = words::problem(problem);
    let body = html! {
        div.notice role="alert" {
            h1 { (title) }
            p { (advice) }
            @if !problem.changed.is_empty() {
                p { "Since you opened the page:" }
                ul { @for event in &problem.changed { li { (words::event(event)) } } }
            }
            @if problem.status == 409 && problem.changed.is_empty() { p { strong { (problem.detail) } "." } }
            @if problem.status == 422 { p { strong { (words::refusal(&problem.detail)) } } }
            @for error in &problem.errors {
                p { strong { (words::plain(error.name())) } ": " (error.detail) " is expected." }
            }
            @if problem.status == 400 && problem.errors.is_empty() { p { strong { (problem.detail) } "." } }
            @if let Some(typed) = typed { (typed.form(problem)) }
            p.actions {
                @if let Some(back) = back { a.button.primary[typed.is_none()] href=(back) { "Back to the page" } }
                @if who.is_some() { a.button href="/console" { "To the start" } }
            }
            p.fine { "Number " (problem.code.map_or(problem.status, |code| code)) ", " (problem.title) "." }
        }
    };
    shell(who, "", title, &body)
}

/// What was done, after a redirect.
pub(super) fn done(what: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = what.and_then(words::done) {
            p.done role="status" { (text) }
        }
    }
}

/// A bar with words beside it: how much of something is taken.
pub(super) fn meter(taken: u32, of: u32, label: &str) -> Markup {
    let share = if of == 0 { 100 } else { (u64::from(taken) * 100 / u64::from(of)).min(100) };
    let level = match share {
        0..=69 => "ok",
        70..=94 => "near",
        _ => "full",
    };
    html! {
        div.meter data-level=(level) {
            svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=(label) {
                rect.track x="0" y="0" width="100" height="8" rx="2" {}
                rect.taken x="0" y="0" width=(share) height="8" rx="2" {}
            }
            span { (taken) " of " (of) }
        }
    }
}

/// A count with a comma every three digits.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn counts_have_a_comma_every_three_digits() {
        for (count, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), shown);
        }
    }
}
