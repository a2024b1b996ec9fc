//! What happened to a member, on one axis of days: emergency visits, stays, programs and contacts.

use super::explain::tables;
use icm_casework::Person;
use icm_contract::vendor::codes;
use icm_domain::case::transition::LedgerNote;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::{LeftOut, Policy, View, settled};
use icm_domain::facts::{Channel, RosterRow, RosterStatus};
use icm_domain::utilization::stay::StayKind;
use icm_ports::CaseRecord;
use schemars::JsonSchema;
use serde::Serialize;

/// Days that the picture shows: the longest window of a rule and a month before it.
const SHOWN_DAYS: i32 = 395;

/// A span of days.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Span {
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) from: Day,
    /// Last day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) thru: Day,
    /// What, as a code: `ACUTE`, `OBSERVATION`, a model or a program.
    pub(crate) what: String,
    /// Of stays: planned. Of programs: still going on.
    pub(crate) mark: bool,
    /// Of programs: days of two-way contact.
    #[schemars(with = "Vec<String>")]
    pub(crate) contacts: Vec<Day>,
}

/// A contact or an attempt.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Touched {
    /// When.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) on: Day,
    /// How.
    #[schemars(schema_with = "codes::channel")]
    pub(crate) channel: Channel,
    /// The vendor; none: the plan.
    pub(crate) vendor: Option<String>,
}

/// The axis and what stands on it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Timeline {
    /// First day of the axis.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) from: Day,
    /// Last day of the axis: today.
    #[schemars(with = "String", extend("format" = "date"))]
    pub(crate) thru: Day,
    /// Emergency visits that did not lead to a stay.
    #[schemars(with = "Vec<String>")]
    pub(crate) ed_visits: Vec<Day>,
    /// Stays.
    pub(crate) stays: Vec<Span>,
    /// Programs of others, by their rosters and claims.
    pub(crate) programs: Vec<Span>,
    /// Cases of our own.
    pub(crate) cases: Vec<Span>,
    /// Contacts of our own and of vendors.
    pub(crate) contacts: Vec<Touched>,
}

/// The timeline of a member.
pub(super) fn of(person: &Person, cases: &[CaseRecord], ledger: &[LedgerNote]) -> Timeline {
    let (from, thru) = (person.today.plus(-SHOWN_DAYS), person.today);
    let mut timeline = Timeline {
        from,
        thru,
        ed_visits: Vec::new(),
        stays: Vec::new(),
        programs: Vec::new(),
        cases: cases.iter().map(own).collect(),
        contacts: ledger.iter().filter_map(contact).collect(),
    };
    used(person, &mut timeline);
    timeline.programs.extend(person.facts.rosters.iter().filter_map(|row| program(row, thru)));
    let shown = |span: &Span| span.thru >= from && span.from <= thru;
    timeline.stays.retain(shown);
    timeline.programs.retain(shown);
    timeline.programs.sort_by(|one, other| (&one.what, one.from).cmp(&(&other.what, other.from)));
    timeline.programs.dedup_by(|later, kept| {
        later.what == kept.what && later.from <= kept.thru && {
            kept.thru = kept.thru.max(later.thru);
            kept.contacts.append(&mut later.contacts);
            true
        }
    });
    timeline.ed_visits.retain(|day| *day >= from && *day <= thru);
    timeline
}

/// Visits, stays and programs that claims show.
fn used(person: &Person, timeline: &mut Timeline) {
    let Some(tables) = tables() else { return };
    let criteria = Criteria::default();
    let policy = Policy { criteria: &criteria, tables, cutoffs: None };
    let facts = settled(&person.facts, person.today, policy);
    let view = View::new(&facts, &person.profile, person.today, policy, LeftOut::default());
    timeline.ed_visits = view.utilization.ed_visits.iter().map(|visit| visit.date).collect();
    let stay = |stay: &icm_domain::utilization::stay::Stay| Span {
        from: stay.admit,
        thru: stay.discharge,
        what: match stay.kind {
            StayKind::Acute => "ACUTE".to_owned(),
            StayKind::Observation => "OBSERVATION".to_owned(),
        },
        mark: stay.planned,
        contacts: Vec::new(),
    };
    timeline.stays = view.utilization.stays.iter().map(stay).collect();
    let of_claims = view.findings.iter().filter(|finding| finding.rows.is_empty());
    timeline.programs.extend(of_claims.filter_map(|finding| {
        let what = finding.model.id().to_owned();
        Some(Span {
            from: finding.start?,
            thru: finding.last?,
            what,
            mark: finding.active,
            contacts: Vec::new(),
        })
    }));
}

fn program(row: &RosterRow, today: Day) -> Option<Span> {
    let running = row.status == RosterStatus::Enrolled;
    let from = row.start.or_else(|| row.contacts.iter().copied().min())?;
    let thru = row.end.unwrap_or(if running { row.as_of.max(from) } else { row.as_of }).min(today);
    let what = format!("{} {}", row.model.id(), row.program.as_str());
    Some(Span { from, thru: thru.max(from), what, mark: running, contacts: row.contacts.clone() })
}

fn own(record: &CaseRecord) -> Span {
    let case = &record.case;
    let end = case.closed.as_ref().map_or(case.since, |closed| closed.at).day();
    let thru = if case.is_open() { case.since.day().max(case.opened.day()) } else { end };
    Span {
        from: case.opened.day(),
        thru,
        what: format!("{} {}", case.program.as_str(), case.status.id()),
        mark: case.is_open(),
        contacts: Vec::new(),
    }
}

fn contact(note: &LedgerNote) -> Option<Touched> {
    match note {
        LedgerNote::Touch { at, vendor, channel, .. } => Some(Touched {
            on: at.day(),
            channel: *channel,
            vendor: vendor.as_ref().map(|vendor| vendor.as_str().to_owned()),
        }),
        // Reserved is not made.
        LedgerNote::Unusable(_) | LedgerNote::Reserved { .. } | LedgerNote::Released(_) => None,
    }
}
