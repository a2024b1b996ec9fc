//! The vendor board: who holds how much, which offers wait for an answer, and when their clocks run out (FACTS §8).

use crate::Ports;
use crate::access::Permission;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::capacity;
use crate::problem::Problem;
use crate::worklist::{self, WorkQuery};
use axum::Json;
use futures_util::future::join_all;
use icm_casework::switches::{Scope, Switches};
use icm_domain::case::due::OfferLeft;
use icm_domain::case::status::Status;
use icm_domain::ids::{MemberId, ProgramId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::program::team::TeamKind;
use icm_domain::vendor::sla::{self, SlaStep};
use icm_ports::{EffectRecord, EffectsRead, WorkRow, Worklist};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Offers whose sending is looked up at the same time.
const AT_ONCE: usize = 16;
/// Rows of a status that are looked at: unanswered offers and accepted cases are days of work, not a caseload.
const ROWS_MAX: usize = 300;
/// Rows of a status that are read for them at most, with those of lines of business that may not be seen.
const READ_MAX: usize = 6_000;

/// An offer that a vendor holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct OfferRow {
    /// The case.
    pub(crate) case_id: String,
    /// The member; shown only to those who may see members.
    pub(crate) member_id: Option<String>,
    /// Status of the case.
    pub(crate) status: &'static str,
    /// How far the offer has come.
    pub(crate) stage: &'static str,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) offered: Moment,
    /// From when on the vendor's clocks run: when it was sent. None: it has not left yet, and no clock runs.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub(crate) sent: Option<Moment>,
    /// What the next clock asks for; none: it was accepted, or has not left.
    pub(crate) clock: Option<&'static str>,
    /// When the next clock runs out.
    #[schemars(with = "Option<String>")]
    pub(crate) runs_out: Option<Moment>,
    /// Whether it has run out.
    pub(crate) late: bool,
}

/// A vendor, practice or team.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct VendorRow {
    /// Its id.
    pub(crate) team: String,
    /// What kind it is.
    pub(crate) kind: &'static str,
    /// Whether it is paused.
    pub(crate) paused: bool,
    /// Confirmed points.
    pub(crate) points: u32,
    /// Points taken.
    pub(crate) taken: u32,
    /// How many new members fit in now.
    pub(crate) free_places: u32,
    /// Offers without an answer, and accepted ones that have not begun; the one whose clock runs out first, first.
    pub(crate) offers: Vec<OfferRow>,
    /// How many of them are late.
    pub(crate) late: usize,
}

/// The board.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct VendorBoard {
    /// Program.
    pub(crate) program: String,
    /// The moment by which clocks are told.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) now: Moment,
    /// Vendors and practices with a queue.
    pub(crate) vendors: Vec<VendorRow>,
    /// True: there are more open offers than the board shows.
    pub(crate) more: bool,
}

/// `GET /v1/vendors`.
pub(crate) async fn board<P: Ports>(desk: Desk<P>) -> Result<Json<VendorBoard>, Problem> {
    vendors(&desk).await.map(Json)
}

/// The vendors with their offers and clocks.
pub(crate) async fn vendors<P: Ports>(desk: &Desk<P>) -> Result<VendorBoard, Problem> {
    let program = worklist::program(desk, &WorkQuery::default()).await?;
    let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
    let switches = Switches::load(desk.store()).await?;
    let now = desk.now();
    let (rows, more) = rows(desk, &program).await?;
    let sees_members = desk.who.may(Permission::ReadMember);
    let mut offers: BTreeMap<String, Vec<OfferRow>> = BTreeMap::new();
    let mut shown: Vec<MemberId> = Vec::new();
    let mut left = Vec::with_capacity(rows.len());
    for rows in rows.chunks(AT_ONCE) {
        for found in join_all(rows.iter().map(|row| sent(desk, row))).await {
            left.push(found?);
        }
    }
    for (row, left) in rows.iter().zip(left) {
        let Some((team, offer)) = offer(row, left, &catalogue, now, sees_members) else { continue };
        shown.push(row.member.clone());
        offers.entry(team).or_default().push(offer);
    }
    let named = if sees_members { shown } else { Vec::new() };
    desk.audit(Entry::listing(Act::ReadOffers, named)).await?;
    let cells = capacity::cells(desk).await?.cells;
    let teams = catalogue.teams.iter().filter(|team| team.contract_major.is_some() && !team.test);
    let vendors = teams.map(|team| {
        let own = || cells.iter().filter(|cell| cell.place.team == team.id.as_str());
        let mut offers = offers.remove(team.id.as_str()).unwrap_or_default();
        offers.sort_by_key(|offer| (offer.runs_out.is_none(), offer.runs_out, offer.offered));
        VendorRow {
            team: team.id.as_str().to_owned(),
            kind: TeamKind::id(team.kind),
            paused: switches.paused().contains(&Scope::Vendor(team.id.clone())),
            points: own().map(|cell| cell.points).sum(),
            taken: own().map(|cell| cell.taken).sum(),
            free_places: own().map(|cell| cell.free_places).sum(),
            late: offers.iter().filter(|offer| offer.late).count(),
            offers,
        }
    });
    let vendors = vendors.collect();
    Ok(VendorBoard { program: program.as_str().to_owned(), now, vendors, more })
}

/// Cases with a vendor that are not served yet and that may be seen; and whether there are more of them. What may not be
/// seen takes no place on the board and is not counted.
async fn rows<P: Ports>(desk: &Desk<P>, program: &ProgramId) -> Result<(Vec<WorkRow>, bool), Problem> {
    let mut rows = Vec::new();
    let mut more = false;
    for status in [Status::Enrolled, Status::VendorAccepted] {
        let (found, left) = of_status(desk, program, status).await?;
        more |= left;
        rows.extend(found);
    }
    Ok((rows, more))
}

async fn of_status<P: Ports>(
    desk: &Desk<P>,
    program: &ProgramId,
    status: Status,
) -> Result<(Vec<WorkRow>, bool), Problem> {
    let (mut own, mut read, mut after) = (Vec::new(), 0, None::<String>);
    while read < READ_MAX {
        let found = desk.store().work(program, status.id(), after.as_deref(), ROWS_MAX).await?;
        let ended = found.len() < ROWS_MAX;
        read += found.len();
        after = found.last().and_then(|row| row.case.work.as_ref()).map(|work| work.sort.to_string());
        own.extend(found.into_iter().filter(|row| desk.shows(&row.case)));
        if own.len() > ROWS_MAX || ended || after.is_none() {
            break;
        }
    }
    let more = own.len() > ROWS_MAX;
    own.truncate(ROWS_MAX);
    Ok((own, more))
}

/// Whether the offer of a case has left: what the timers count from (`queue-outreach`).
async fn sent<P: Ports>(desk: &Desk<P>, row: &WorkRow) -> Result<OfferLeft, Problem> {
    let Some(held) = &row.case.case.assignment else { return Ok(OfferLeft::AtOnce) };
    let offer = desk.store().effect(&row.member, &held.offer).await?;
    Ok(offer.as_ref().map_or(OfferLeft::AtOnce, EffectRecord::offer_left))
}

fn offer(
    row: &WorkRow,
    left: OfferLeft,
    catalogue: &Catalogue,
    now: Moment,
    named: bool,
) -> Option<(String, OfferRow)> {
    let case = &row.case.case;
    let held = case.assignment.as_ref()?;
    let clocks = catalogue.team(&held.vendor).map(|team| team.clocks).unwrap_or_default();
    let (sent, state) = (left.since(held.offered), row.case.about.state.as_deref());
    let clock: Option<(SlaStep, Moment)> =
        sent.and_then(|sent| sla::next(sent, held, clocks, &catalogue.calendars.holidays, state));
    let offer = OfferRow {
        case_id: case.id.as_str().to_owned(),
        member_id: named.then(|| row.member.as_str().to_owned()),
        status: case.status.id(),
        stage: held.stage.id(),
        offered: held.offered,
        sent,
        clock: clock.map(|(step, _)| step.id()),
        runs_out: clock.map(|(_, at)| at),
        late: clock.is_some_and(|(_, at)| at < now || held.warned || held.resent || held.escalated),
    };
    Some((held.vendor.as_str().to_owned(), offer))
}
