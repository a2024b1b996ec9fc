//! Worklists: whom to work next, and why they stand where they stand (FIELD §3.1, §3.2).
//!
//! A page is merged from the sorted partitions of a projection; nothing is scanned. What the partition key does not say
//! (status, team, county, language …) is filtered while reading, within a budget of rows: a page may then be shorter than
//! asked for and still have a cursor.

mod export;
mod merge;
mod next;
mod query;
mod row;
mod views;

pub(crate) use export::export;
pub(crate) use next::{Kept, Next, NextAsked, next, take, take_case, working};
pub(crate) use query::{Sort, WorkQuery};
pub(crate) use row::Row;
pub(crate) use views::{
    SavedView, SavedViews, ViewAsked, keep, list as saved_views, save as save_view, saved,
};

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading::{self, Asked};
use axum::Json;
use icm_casework::freshness::{self, Cause, Trip};
use icm_casework::standing::{Board, Standings};
use icm_domain::calendar::business::HolidayCalendar;
use icm_domain::case::next_step::Turn;
use icm_domain::ids::{CaseId, ProgramId};
use icm_domain::moment::Moment;
use icm_ports::{CaseRecord, WorkRow, Worklist};
use merge::{Listed, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The date part of sort texts after which everything is deferred.
const WEEK_DAYS: i32 = 7;

/// How soon something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Band {
    /// Its time has passed.
    Overdue,
    /// Before the day ends.
    Today,
    /// Within seven days.
    Week,
    /// Later.
    Deferred,
}

impl Band {
    /// The spelling of the API.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today",
            Self::Week => "week",
            Self::Deferred => "deferred",
        }
    }

    /// The band of something due then.
    pub(crate) fn of(due: Moment, now: Moment) -> Self {
        if due < now {
            Self::Overdue
        } else if due.day() <= now.day() {
            Self::Today
        } else if due.day().since(now.day()) <= WEEK_DAYS {
            Self::Week
        } else {
            Self::Deferred
        }
    }

    /// Where the band begins and ends, as moments: later than the first, up to the second.
    fn span(self, now: Moment) -> (Option<Moment>, Option<Moment>) {
        let today_ends = Moment::start_of(now.day().plus(1)).plus_millis(-1);
        let week_ends = Moment::start_of(now.day().plus(WEEK_DAYS + 1)).plus_millis(-1);
        match self {
            Self::Overdue => (None, Some(now.plus_millis(-1))),
            Self::Today => (Some(now), Some(today_ends)),
            Self::Week => (Some(today_ends.plus_millis(1)), Some(week_ends)),
            Self::Deferred => (Some(week_ends.plus_millis(1)), None),
        }
    }
}

/// A page of a worklist.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WorkPage {
    /// The program.
    pub(crate) program: String,
    /// The moment by which bands are told.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) now: Moment,
    /// A task that is about the program, not about a member: release has stopped, and a person must look.
    pub(crate) program_task: Option<ProgramTask>,
    /// Rows.
    pub(crate) rows: Vec<Row>,
    /// Where the next page begins; none: this is the end. A page may be shorter than asked for and still have one.
    pub(crate) cursor: Option<String>,
    /// Rows that were read for this page and that the reader may see, with those that the filters left out.
    pub(crate) read: usize,
}

/// What a person must do about a program: look at a jump of identified members, or at whom other criteria identify
/// (DESIGN D12).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ProgramTask {
    /// `LOOK_AT_JUMP` or `LOOK_AT_CRITERIA`: until `POST /v1/admin/breaker` nothing that rests on the sources is released.
    pub(crate) task: &'static str,
    /// Since when release has stopped.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) since: Moment,
    /// By when a person should have looked: the end of the next business day.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) due: Moment,
    /// Members newly identified on that day.
    pub(crate) identified: u64,
    /// Of a usual day, in hundredths.
    pub(crate) usual_hundredths: u64,
}

impl ProgramTask {
    fn of(trip: &Trip) -> Self {
        Self {
            task: match trip.cause {
                Cause::Jump => "LOOK_AT_JUMP",
                Cause::Criteria => "LOOK_AT_CRITERIA",
            },
            since: trip.at,
            due: HolidayCalendar::default().deadline(trip.at, 1, None),
            identified: trip.count,
            usual_hundredths: trip.usual_hundredths,
        }
    }
}

/// `GET /v1/worklist`.
pub(crate) async fn page<P: Ports>(
    desk: Desk<P>,
    Asked(query): Asked<WorkQuery>,
) -> Result<Json<WorkPage>, Problem> {
    list(&desk, &query, Act::ReadWorklist).await.map(Json)
}

/// A page of a worklist, with its line in the audit trail.
pub(crate) async fn list<P: Ports>(desk: &Desk<P>, query: &WorkQuery, act: Act) -> Result<WorkPage, Problem> {
    let program = program(desk, query).await?;
    let now = desk.now();
    let listed = read(desk, query, &program, now).await?;
    let members = listed.rows.iter().map(|row| row.member.clone());
    desk.audit(Entry::listing(act, members)).await?;
    let standings = standings(desk, &program, &listed.rows).await?;
    let row_of =
        |row: &WorkRow| Row::of(&row.member, &row.case, now).standing_in(standings.as_ref(), &row.case);
    let rows = listed.rows.iter().map(row_of).collect();
    let (cursor, read) = (listed.cursor.as_deref().map(reading::cursor), listed.read);
    let program_task = freshness::stopped(desk.store(), &program).await?.as_ref().map(ProgramTask::of);
    Ok(WorkPage { program: program.as_str().to_owned(), now, program_task, rows, cursor, read })
}

/// Where those of the rows stand that wait for a place.
async fn standings<P: Ports>(
    desk: &Desk<P>,
    program: &ProgramId,
    rows: &[WorkRow],
) -> Result<Option<Standings>, Problem> {
    let waiting: Vec<&CaseId> = rows
        .iter()
        .map(|row| &row.case.case)
        .filter(|case| case.status.is_waiting())
        .map(|case| &case.id)
        .collect();
    if waiting.is_empty() {
        return Ok(None);
    }
    let board = Board::read(desk.store(), program).await?;
    Ok(board.of(desk.store(), program, waiting).await?)
}

/// The program of the query, or the first one published.
pub(crate) async fn program<P: Ports>(desk: &Desk<P>, query: &WorkQuery) -> Result<ProgramId, Problem> {
    query.checked()?;
    if let Some(named) = &query.program {
        return Ok(ProgramId::new(named.as_str()));
    }
    let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
    let first = catalogue.programs.first().map(|program| program.id.clone());
    first.ok_or_else(|| Problem::not_found("program"))
}

/// Reads the rows that the query asks for and the person may see.
async fn read<P: Ports>(
    desk: &Desk<P>,
    query: &WorkQuery,
    program: &ProgramId,
    now: Moment,
) -> Result<Listed, Problem> {
    let limit = query.checked()?;
    let keep = |row: &WorkRow| desk.shows(&row.case) && matches(query, &row.case, now);
    if query.sort == Some(Sort::Priority) {
        return by_priority(desk, query, program, limit, keep).await;
    }
    let (from, until) = query.band.map_or((None, None), |band| band.span(now));
    let place = query.cursor.as_deref().map(reading::dated_place).transpose()?;
    let after = place.or_else(|| from.map(|from| from.plus_millis(-1).to_string() + "~"));
    let until = until.map(|until| until.to_string() + "~");
    let parts =
        desk.who.parts().into_iter().filter(|lob| query.lob.is_none_or(|wanted| *lob == Some(wanted)));
    let source = Source {
        store: desk.store(),
        program,
        turn: query.turn.unwrap_or(Turn::Plan),
        parts: parts.collect(),
        after,
        until,
    };
    Ok(merge::merged(source, limit, keep).await?)
}

/// Rows that a page by priority reads at most, with those of lines of business that may not be seen.
const PRIORITY_READ_MAX: usize = 10_000;
/// Rows that a page by priority asks the store for at least.
const PRIORITY_CHUNK_MIN: usize = 25;

/// The list of one status by priority. The projection is shared by all lines of business: what may not be seen is passed
/// over while reading, and neither counted nor named. A place in it names a case: the cursor is that of the last row that
/// may be seen, also where others were passed over behind it.
async fn by_priority<P: Ports>(
    desk: &Desk<P>,
    query: &WorkQuery,
    program: &ProgramId,
    limit: usize,
    keep: impl Fn(&WorkRow) -> bool,
) -> Result<Listed, Problem> {
    let Some(status) = &query.status else { return Err(Problem::malformed("status")) };
    let mut after = query.cursor.as_deref().map(reading::place).transpose()?;
    let mut listed = Listed { rows: Vec::new(), cursor: after.clone(), read: 0 };
    let (chunk, mut passed) = ((limit + 1).max(PRIORITY_CHUNK_MIN), 0);
    while passed < PRIORITY_READ_MAX {
        let rows = desk.store().work(program, status, after.as_deref(), chunk).await?;
        let ended = rows.len() < chunk;
        passed += rows.len();
        for row in rows {
            after = row.case.work.as_ref().map(|work| work.sort.to_string()).or(after);
            if !desk.shows(&row.case) {
                continue;
            }
            if listed.rows.len() == limit || listed.read == merge::BUDGET {
                return Ok(listed);
            }
            listed.read += 1;
            listed.cursor.clone_from(&after);
            if keep(&row) {
                listed.rows.push(row);
            }
        }
        if ended {
            listed.cursor = None;
            return Ok(listed);
        }
    }
    // Nothing that may be seen stood in all that was passed over: a page of nothing would lead to the same again.
    listed.cursor = listed.cursor.filter(|_| listed.read > 0);
    Ok(listed)
}

/// Whether a row is what the query asks for, apart from what its partition says already.
fn matches(query: &WorkQuery, record: &CaseRecord, now: Moment) -> bool {
    let case = &record.case;
    let same = |wanted: &Option<String>, has: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| has.is_some_and(|has| has.eq_ignore_ascii_case(wanted)))
    };
    let step = record.next;
    query.status.as_deref().is_none_or(|status| case.status.id() == status)
        && query.tier.is_none_or(|tier| case.priority.tier == tier)
        && query.lob.is_none_or(|lob| record.about.lob == Some(lob))
        && query.step.is_none_or(|wanted| step.is_some_and(|step| step.what == wanted))
        && query.band.is_none_or(|band| step.is_some_and(|step| Band::of(step.due, now) == band))
        && same(&query.county, record.about.county.as_deref())
        && same(&query.language, record.about.language.as_deref())
        && same(&query.team, case.place.as_ref().map(|place| place.team.as_str()))
        && same(&query.practice, record.about.practice.as_deref())
        && query.attempts_min.is_none_or(|least| least <= case.contact.attempts)
        && query.attempts_max.is_none_or(|most| case.contact.attempts <= most)
        && query.lead.as_deref().is_none_or(|wanted| row::lead(case).is_some_and(|has| is_named(has, wanted)))
}

/// Whether an id is meant by a name: people may be named without the prefix of staff.
fn is_named(id: &str, name: &str) -> bool {
    [id, id.trim_start_matches("ops:")].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// How many rows each band holds, counted up to a bound.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct BandCount {
    /// The band.
    pub(crate) band: Band,
    /// Rows; when `more` is true there are more.
    pub(crate) rows: usize,
    /// Counting stopped at the bound.
    pub(crate) more: bool,
}

/// The bands of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Bands {
    /// Overdue, today, this week; what is deferred is not counted.
    pub(crate) bands: Vec<BandCount>,
}

/// Rows counted in a band at most.
const COUNT_MAX: usize = 100;

/// `GET /v1/worklist/bands`.
pub(crate) async fn bands<P: Ports>(
    desk: Desk<P>,
    Asked(query): Asked<WorkQuery>,
) -> Result<Json<Bands>, Problem> {
    counts(&desk, &query).await.map(Json)
}

/// Counts the bands of a list. Nobody is shown: nothing stands in the audit trail.
pub(crate) async fn counts<P: Ports>(desk: &Desk<P>, query: &WorkQuery) -> Result<Bands, Problem> {
    let program = program(desk, query).await?;
    let now = desk.now();
    let mut bands = Vec::new();
    for band in [Band::Overdue, Band::Today, Band::Week] {
        let limit = u16::try_from(COUNT_MAX).ok();
        let counted = WorkQuery { band: Some(band), sort: None, cursor: None, limit, ..query.clone() };
        let listed = read(desk, &counted, &program, now).await?;
        bands.push(BandCount { band, rows: listed.rows.len(), more: listed.cursor.is_some() });
    }
    Ok(Bands { bands })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_meet_without_gap_or_overlap() {
        let now = Moment::parse("2026-06-30T15:30:00Z").unwrap();
        for hours in -400..400 {
            let due = now.plus_hours(hours);
            let holding: Vec<Band> = [Band::Overdue, Band::Today, Band::Week, Band::Deferred]
                .into_iter()
                .filter(|band| {
                    let (from, until) = band.span(now);
                    from.is_none_or(|from| from <= due) && until.is_none_or(|until| due <= until)
                })
                .collect();
            assert_eq!(holding, [Band::of(due, now)], "{hours}");
        }
    }
}
