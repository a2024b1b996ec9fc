//! Pictures of tables, drawn where the page is made. Each says in its description what it shows; the table stands beside
//! it. Groups differ by dash and by a label at the line's end, never by colour alone.

use super::reports::shown;
use icm_measure::table::{Cell, Plot, Table};
use maud::{Markup, html};

/// Width of a picture in its own units.
const WIDTH: f64 = 1000.0;
/// Space for labels on the left.
const LEFT: f64 = 300.0;
/// Space for the names of bars, which say all that their rows are cut by.
const NAMES: f64 = 430.0;
/// Space for figures on the right.
const RIGHT: f64 = 120.0;
/// Height of a row.
const ROW: f64 = 26.0;
/// Bars drawn at most: the table has the rest.
const BARS_MAX: usize = 24;
/// Lines drawn at most.
const LINES_MAX: usize = 6;
/// Height of a picture with lines.
const TALL: f64 = 300.0;

/// The picture of a table; nothing where there is none to draw.
pub(super) fn of(table: &Table) -> Markup {
    match &table.plot {
        Some(Plot::Bars { label, value }) => bars(table, label, value),
        Some(Plot::Lines { label, group, value }) => lines(table, label, group, value),
        Some(Plot::Intervals { label, value, low, high }) => intervals(table, label, [value, low, high]),
        None => html! {},
    }
}

/// The position of a column.
fn at(table: &Table, id: &str) -> Option<usize> {
    table.columns.iter().position(|column| column.id == id)
}

fn title(table: &Table, id: &str) -> String {
    at(table, id).and_then(|at| table.columns.get(at)).map(|column| column.title.clone()).unwrap_or_default()
}

/// A cell as the table shows it.
fn words(table: &Table, row: &[Cell], id: &str) -> String {
    let found = at(table, id).and_then(|at| Some((table.columns.get(at)?, row.get(at)?)));
    found.map(|(column, cell)| shown(column, cell)).unwrap_or_default()
}

fn number(table: &Table, row: &[Cell], id: &str) -> Option<f64> {
    row.get(at(table, id)?)?.number()
}

/// A picture with its name and description for those who do not see it.
fn picture(table: &Table, height: f64, says: &str, drawn: &Markup) -> Markup {
    let (name, description) = (format!("{}-name", table.id), format!("{}-says", table.id));
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Picture: {}", table.title)) {
            svg.plot viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby=(format!("{name} {description}")) {
                title id=(name) { (table.title) }
                desc id=(description) { (says) }
                (drawn)
            }
        }
    }
}

/// What a bar is called: its label, with what else the rows are cut by.
fn label_of(table: &Table, row: &[Cell], label: &str) -> String {
    // What is the same in every row tells none apart.
    let tells = |id: &str| table.rows.iter().any(|other| words(table, other, id) != words(table, row, id));
    let mut parts: Vec<String> = ["program", "lob", "cut", "team"]
        .into_iter()
        .filter(|id| *id != label && tells(id))
        .map(|id| words(table, row, id))
        .collect();
    parts.push(words(table, row, label));
    parts.retain(|part| !part.is_empty());
    parts.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    parts.join(": ")
}

fn bars(table: &Table, label: &str, value: &str) -> Markup {
    let drawn: Vec<(String, f64, String)> = table
        .rows
        .iter()
        .filter_map(|row| {
            Some((label_of(table, row, label), number(table, row, value)?, words(table, row, value)))
        })
        .take(BARS_MAX)
        .collect();
    let most = drawn.iter().map(|(_, value, _)| *value).fold(0.0, f64::max);
    if most <= 0.0 {
        return html! {};
    }
    let says = format!(
        "{} by {}: {}.",
        title(table, value),
        title(table, label).to_lowercase(),
        drawn.iter().map(|(name, _, figure)| format!("{name} {figure}")).collect::<Vec<_>>().join(", ")
    );
    let rows = html! {
        @for ((name, value, figure), top) in drawn.iter().zip(tops(0.0)) {
            @let length = (WIDTH - NAMES - RIGHT) * value / most;
            text.name x=(NAMES - 10.0) y=(top + ROW * 0.65) { (short(name)) }
            rect.bar x=(NAMES) y=(top + 4.0) width=(length) height=(ROW - 8.0) rx="3" {}
            text.figure x=(NAMES + length + 8.0) y=(top + ROW * 0.65) { (figure) }
        }
    };
    picture(table, height(drawn.len()), &says, &rows)
}

/// The upper edges of rows.
fn tops(first: f64) -> impl Iterator<Item = f64> {
    (0_u16..).map(move |row| first + f64::from(row) * ROW)
}

fn height(rows: usize) -> f64 {
    f64::from(u16::try_from(rows).unwrap_or(u16::MAX)) * ROW + 6.0
}

/// A name that fits the left side of bars.
fn short(name: &str) -> String {
    const LETTERS_MAX: usize = 54;
    if name.chars().count() <= LETTERS_MAX {
        return name.to_owned();
    }
    name.chars().take(LETTERS_MAX - 1).chain(['…']).collect()
}

/// A line: its group and its points, by the number of the label.
struct Drawn {
    group: String,
    points: Vec<(usize, f64)>,
}

fn lines(table: &Table, label: &str, group: &str, value: &str) -> Markup {
    let mut labels: Vec<String> = Vec::new();
    let mut groups: Vec<Drawn> = Vec::new();
    for row in &table.rows {
        let name = words(table, row, label);
        let place = labels.iter().position(|known| *known == name).unwrap_or_else(|| {
            labels.push(name);
            labels.len() - 1
        });
        let Some(value) = number(table, row, value) else { continue };
        let own = words(table, row, group);
        match groups.iter_mut().find(|drawn| drawn.group == own) {
            Some(drawn) => add(&mut drawn.points, place, value),
            None => groups.push(Drawn { group: own, points: vec![(place, value)] }),
        }
    }
    groups.truncate(LINES_MAX);
    let most = groups.iter().flat_map(|drawn| &drawn.points).map(|(_, value)| *value).fold(0.0, f64::max);
    if labels.len() < 2 || most <= 0.0 {
        return html! {};
    }
    let frame = Frame { labels: labels.len(), most: nice(most) };
    let says = groups.iter().map(|drawn| drawn.says(&labels)).collect::<Vec<_>>().join(" ");
    let says = format!("{} by {}. {says}", title(table, value), title(table, label).to_lowercase());
    let drawn = html! {
        (frame.axes(&labels, &title(table, value)))
        @for (at, drawn) in groups.iter().enumerate() { (frame.line(at, drawn)) }
        (ends(&frame, &groups))
    };
    picture(table, TALL, &says, &drawn)
}

/// Rows of one group and label (tiers of a team) are one point.
fn add(points: &mut Vec<(usize, f64)>, place: usize, value: f64) {
    match points.iter_mut().find(|(known, _)| *known == place) {
        Some((_, held)) => *held += value,
        None => points.push((place, value)),
    }
}

impl Drawn {
    fn says(&self, labels: &[String]) -> String {
        let ends = self.points.first().zip(self.points.last());
        let said = ends.and_then(|((first, from), (last, to))| {
            Some(format!(
                "{}: {from} in {}, {to} in {}.",
                self.group,
                labels.get(*first)?,
                labels.get(*last)?
            ))
        });
        said.unwrap_or_default()
    }
}

/// The least of 1, 2, 5 times a power of ten that is not below `most`: an axis that people can read.
fn nice(most: f64) -> f64 {
    let power = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|top| *top >= most).unwrap_or(most)
}

/// The frame of a picture with lines.
struct Frame {
    labels: usize,
    most: f64,
}

impl Frame {
    const X: f64 = 90.0;
    const TOP: f64 = 30.0;
    const BOTTOM: f64 = 36.0;

    fn x(&self, place: usize) -> f64 {
        let part = |count: usize| f64::from(u16::try_from(count).unwrap_or(u16::MAX));
        Self::X + (WIDTH - Self::X - LEFT * 0.7) * part(place) / part(self.labels.saturating_sub(1)).max(1.0)
    }

    fn y(&self, value: f64) -> f64 {
        TALL - Self::BOTTOM - (TALL - Self::TOP - Self::BOTTOM) * value / self.most
    }

    fn axes(&self, labels: &[String], title: &str) -> Markup {
        let every = labels.len().div_ceil(8);
        html! {
            text.axis x=(Self::X) y="16" { (title) }
            @for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
                @let y = self.y(self.most * part);
                line.grid x1=(Self::X) x2=(self.x(labels.len() - 1)) y1=(y) y2=(y) {}
                text.tick x=(Self::X - 8.0) y=(y + 4.0) { (Cell::Figure(self.most * part).to_string().trim_end_matches(".00")) }
            }
            @for (place, label) in labels.iter().enumerate().filter(|(place, _)| place % every == 0) {
                text.month x=(self.x(place)) y=(TALL - 12.0) { (label) }
            }
        }
    }

    fn line(&self, at: usize, drawn: &Drawn) -> Markup {
        let points: Vec<String> = drawn
            .points
            .iter()
            .map(|(place, value)| format!("{:.1},{:.1}", self.x(*place), self.y(*value)))
            .collect();
        html! {
            polyline class=(format!("line line-{at}")) points=(points.join(" ")) {}
            @for (place, value) in &drawn.points {
                circle class=(format!("dot dot-{at}")) cx=(self.x(*place)) cy=(self.y(*value)) r="3" {
                    title { (drawn.group) ": " (value) }
                }
            }
        }
    }
}

/// Names at the ends of lines, moved apart where they would cover each other.
fn ends(frame: &Frame, groups: &[Drawn]) -> Markup {
    let mut names: Vec<(usize, f64, f64)> = groups
        .iter()
        .enumerate()
        .filter_map(|(at, drawn)| {
            drawn.points.last().map(|(place, value)| (at, frame.x(*place), frame.y(*value)))
        })
        .collect();
    names.sort_by(|one, other| one.2.total_cmp(&other.2));
    let mut free = f64::MIN;
    for (_, _, y) in &mut names {
        *y = y.max(free);
        free = *y + 20.0;
    }
    html! {
        @for (at, x, y) in names {
            @let drawn = groups.get(at).map(|drawn| drawn.group.as_str()).unwrap_or_default();
            text.end x=(x + 12.0) y=(y + 4.0) { (drawn) }
            line class=(format!("line line-{at}")) x1=(x + 12.0) x2=(x + 44.0) y1=(y + 8.0) y2=(y + 8.0) {}
        }
    }
}

/// A figure with its interval.
struct Interval {
    name: String,
    value: f64,
    low: f64,
    high: f64,
}

/// Intervals about zero; rows of another unit have an axis of their own.
fn intervals(table: &Table, label: &str, [value, low, high]: [&str; 3]) -> Markup {
    let mut units: Vec<(String, Vec<Interval>)> = Vec::new();
    for row in &table.rows {
        let figures = [value, low, high].map(|id| number(table, row, id));
        let [Some(value), Some(low), Some(high)] = figures else { continue };
        let name = format!("{}, {}", words(table, row, label), words(table, row, "design"));
        let one = Interval { name, value, low, high };
        let unit = words(table, row, "unit");
        match units.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, own)) => own.push(one),
            None => units.push((unit, vec![one])),
        }
    }
    let rows: usize = units.iter().map(|(_, own)| own.len() + 1).sum();
    if rows == 0 {
        return html! {};
    }
    let says = units
        .iter()
        .flat_map(|(unit, own)| own.iter().map(move |one| (unit, one)))
        .map(|(unit, one)| {
            format!("{}: {:.0}, 95% interval {:.0} to {:.0} {unit}.", one.name, one.value, one.low, one.high)
        })
        .collect::<Vec<_>>()
        .join(" ");
    let top_of = |at: usize| units.iter().take(at).map(|(_, own)| height(own.len() + 1) - 6.0).sum();
    let drawn =
        html! { @for (at, (unit, own)) in units.iter().enumerate() { (forest(unit, own, top_of(at))) } };
    picture(table, height(rows), &says, &drawn)
}

fn forest(unit: &str, own: &[Interval], top: f64) -> Markup {
    let most = own.iter().flat_map(|one| [one.low.abs(), one.high.abs()]).fold(1.0, f64::max);
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    let x = |value: f64| middle + (WIDTH - RIGHT - middle) * value / most;
    html! {
        text.axis x=(LEFT) y=(top + ROW * 0.65) { (unit) " (left of the line: fewer)" }
        line.zero x1=(middle) x2=(middle) y1=(top + ROW) y2=(top + height(own.len() + 1)) {}
        @for (one, top) in own.iter().zip(tops(top + ROW)) {
            @let y = top + ROW / 2.0;
            text.name x=(LEFT - 10.0) y=(y + 4.0) { (one.name) }
            line.span x1=(x(one.low)) x2=(x(one.high)) y1=(y) y2=(y) {}
            circle.point cx=(x(one.value)) cy=(y) r="5" { title { (one.name) } }
            text.figure x=(WIDTH - RIGHT + 8.0) y=(y + 4.0) { (Cell::Figure(one.value)) }
        }
    }
}
