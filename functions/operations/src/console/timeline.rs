//! The picture of what happened: emergency visits, stays, programs, our cases and contacts on one axis of days.

use super::words;
use crate::member::{Span, Timeline};
use icm_domain::day::Day;
use maud::{Markup, PreEscaped, html};

/// Width of the picture in its own units.
const WIDTH: i32 = 1000;
/// Space on the left for the names of lanes.
const LEFT: i32 = 130;
/// Height of a lane.
const LANE: i32 = 30;
/// Height of the axis.
const AXIS: i32 = 26;

/// A lane: its name and what stands on it.
struct Lane {
    name: String,
    marks: Markup,
}

/// The card of the picture, with the same as a table for those who do not look at pictures.
pub(super) fn card(timeline: &Timeline) -> Markup {
    let lanes = lanes(timeline);
    let height = AXIS + LANE * i32::try_from(lanes.len()).unwrap_or(0) + 4;
    html! {
        section.card {
            h2 { "What happened" }
            p.fine { (summary(timeline)) }
            div.scroll tabindex="0" role="region" aria-label="Timeline" {
                svg.timeline viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(summary(timeline)) {
                    (months(timeline, height))
                    @for (at, lane) in (0_i32..).zip(&lanes) {
                        g transform=(format!("translate(0 {})", AXIS + at * LANE)) {
                            line.rule x1="0" x2=(WIDTH) y1="0" y2="0" {}
                            text.lane x="0" y=(LANE / 2 + 4) { (lane.name) }
                            (lane.marks)
                        }
                    }
                }
            }
            details { summary { "The same as a table" } (table(timeline)) }
        }
    }
}

fn summary(timeline: &Timeline) -> String {
    let count =
        |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    format!(
        "{}, {} and {} between {} and {}.",
        count(timeline.ed_visits.len(), "emergency visit", "emergency visits"),
        count(timeline.stays.len(), "stay", "stays"),
        count(timeline.contacts.len(), "contact", "contacts"),
        timeline.from,
        timeline.thru
    )
}

/// The place of a day on the axis.
fn x(timeline: &Timeline, day: Day) -> i32 {
    let (all, at) = (timeline.thru.since(timeline.from).max(1), day.since(timeline.from));
    LEFT + (WIDTH - LEFT - 10) * at.clamp(0, all) / all
}

fn months(timeline: &Timeline, height: i32) -> Markup {
    let days = (0..=timeline.thru.since(timeline.from)).map(|day| timeline.from.plus(day));
    let firsts: Vec<Day> = days.filter(|day| day.to_civil().day() == 1).collect();
    html! {
        @for first in firsts {
            @let at = x(timeline, first);
            line.grid x1=(at) x2=(at) y1="18" y2=(height) {}
            text.month x=(at) y="12" { (month(first)) }
        }
    }
}

/// `Jan 26` for January and the first month, `Feb` otherwise.
fn month(day: Day) -> String {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = day.to_civil();
    let name = usize::try_from(date.month() - 1).ok().and_then(|at| NAMES.get(at)).copied().unwrap_or("");
    if date.month() == 1 { format!("{name} {:02}", date.year() % 100) } else { name.to_owned() }
}

fn lanes(timeline: &Timeline) -> Vec<Lane> {
    let mut lanes = vec![
        Lane { name: "Emergency visits".to_owned(), marks: visits(timeline) },
        Lane { name: "Stays".to_owned(), marks: stays(timeline) },
    ];
    let mut names: Vec<&str> = timeline.programs.iter().map(|span| span.what.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let own = || timeline.programs.iter().filter(|span| span.what == name);
        let marks = html! { @for span in own() { (program(timeline, span)) } };
        lanes.push(Lane { name: format!("Program {name}"), marks });
    }
    for span in &timeline.cases {
        let to = if span.mark { timeline.thru } else { span.thru };
        let title = format!("our case, {}, since {}", case_words(&span.what), span.from);
        lanes
            .push(Lane { name: "Our case".to_owned(), marks: bar(timeline, (span.from, to), "own", &title) });
    }
    lanes.push(Lane { name: "Contacts".to_owned(), marks: contacts(timeline) });
    lanes
}

fn case_words(what: &str) -> String {
    what.split_once(' ')
        .map_or_else(|| what.to_owned(), |(program, status)| format!("{program}, {}", words::status(status)))
}

fn visits(timeline: &Timeline) -> Markup {
    html! {
        @for day in &timeline.ed_visits {
            circle.ed cx=(x(timeline, *day)) cy=(LANE / 2) r="6" { title { "Emergency visit on " (day) } }
        }
    }
}

fn stays(timeline: &Timeline) -> Markup {
    html! {
        @for span in &timeline.stays {
            @let kind = if span.mark { "planned" } else if span.what == "ACUTE" { "acute" } else { "observation" };
            (bar(timeline, (span.from, span.thru), kind, &format!("{} stay, {} to {}", words::plain(kind), span.from, span.thru)))
        }
    }
}

fn program(timeline: &Timeline, span: &Span) -> Markup {
    let kind = if span.mark { "program" } else { "program ended" };
    let title = format!("{}, {} to {}", span.what, span.from, span.thru);
    html! {
        (bar(timeline, (span.from, span.thru), kind, &title))
        @for day in span.contacts.iter().filter(|day| **day >= timeline.from) {
            circle.touch cx=(x(timeline, *day)) cy=(LANE / 2) r="3" { title { (span.what) " contact on " (day) } }
        }
    }
}

fn bar(timeline: &Timeline, (from, thru): (Day, Day), kind: &str, title: &str) -> Markup {
    let (begin, end) = (x(timeline, from), x(timeline, thru));
    html! {
        rect class=(kind) x=(begin) y="7" width=((end - begin).max(5)) height=(LANE - 14) rx="3" { title { (title) } }
    }
}

fn contacts(timeline: &Timeline) -> Markup {
    html! {
        @for touched in timeline.contacts.iter().filter(|touched| touched.on >= timeline.from) {
            @let at = x(timeline, touched.on);
            g.contact {
                title { (words::channel(touched.channel)) " on " (touched.on) @if let Some(vendor) = &touched.vendor { " by " (vendor) } }
                (PreEscaped(format!("<path d=\"M{} {} l6 10 h-12 z\"/>", at, LANE / 2 - 5)))
            }
        }
    }
}

/// Everything of the picture as rows, the latest first.
fn table(timeline: &Timeline) -> Markup {
    let mut rows: Vec<(Day, String)> = Vec::new();
    rows.extend(timeline.ed_visits.iter().map(|day| (*day, "Emergency visit".to_owned())));
    rows.extend(timeline.stays.iter().map(|span| {
        let planned = if span.mark { ", planned" } else { "" };
        (span.from, format!("{} stay until {}{planned}", words::plain(&span.what), span.thru))
    }));
    rows.extend(
        timeline
            .programs
            .iter()
            .map(|span| (span.from, format!("Program {} until {}", span.what, span.thru))),
    );
    rows.extend(
        timeline.cases.iter().map(|span| (span.from, format!("Our case: {}", case_words(&span.what)))),
    );
    rows.extend(timeline.contacts.iter().map(|touched| {
        let by = touched.vendor.as_deref().unwrap_or("the plan");
        (touched.on, format!("Contact by {by}: {}", words::channel(touched.channel)))
    }));
    rows.sort_by(|one, other| other.cmp(one));
    html! {
        table.compact {
            thead { tr { th scope="col" { "Day" } th scope="col" { "What" } } }
            tbody { @for (day, what) in rows { tr { td { (day) } td { (what) } } } }
        }
    }
}
