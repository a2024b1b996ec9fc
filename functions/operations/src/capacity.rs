//! Capacity and caseload: the confirmed points of every team, and what is taken of them (FACTS §6.4).

use crate::Ports;
use crate::access::desk::Desk;
use crate::audit::{Act, Entry};
use crate::problem::Problem;
use crate::reading;
use axum::Json;
use axum::body::Bytes;
use icm_casework::capacity::{self as points, Confirmed};
use icm_domain::case::state::Place;
use icm_domain::facts::LineOfBusiness;
use icm_domain::program::Catalogue;
use icm_domain::program::team::TeamKind;
use icm_domain::queue::Capacity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cell: a team, where, in which language, for which line of business.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Cell {
    /// Where the places are.
    pub(crate) place: PlaceView,
    /// What kind of team it is.
    pub(crate) kind: Option<&'static str>,
    /// Confirmed points.
    pub(crate) points: u32,
    /// Points taken: new cases 3, active ones 2, settled ones 1.
    pub(crate) taken: u32,
    /// How many new members fit in now.
    pub(crate) free_places: u32,
}

/// Where places are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceView {
    /// The team, practice or vendor.
    #[schemars(length(min = 1, max = 64))]
    pub(crate) team: String,
    /// County; none: anywhere.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub(crate) county: Option<String>,
    /// Language; none: any that the team speaks.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub(crate) language: Option<String>,
    /// Line of business; none: any.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) lob: Option<LineOfBusiness>,
}

impl PlaceView {
    fn of(place: &Place) -> Self {
        Self {
            team: place.team.as_str().to_owned(),
            county: place.county.as_deref().map(str::to_owned),
            language: place.language.as_deref().map(str::to_owned),
            lob: place.lob,
        }
    }

    fn place(self) -> Place {
        Place {
            team: self.team.as_str().into(),
            county: self.county.map(Into::into),
            language: self.language.map(Into::into),
            lob: self.lob,
        }
    }
}

/// Every cell.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Cells {
    /// Cells by team.
    pub(crate) cells: Vec<Cell>,
}

/// `GET /v1/capacity`.
pub(crate) async fn board<P: Ports>(desk: Desk<P>) -> Result<Json<Cells>, Problem> {
    cells(&desk).await.map(Json)
}

/// The cells of one's own lines of business, and those of teams that take any line: who works there needs to know how
/// much room is left.
pub(crate) async fn cells<P: Ports>(desk: &Desk<P>) -> Result<Cells, Problem> {
    let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
    let cells = points::load(desk.store(), &catalogue).await?;
    let kind = |cell: &Place| catalogue.team(&cell.team).map(|team| TeamKind::id(team.kind));
    let own = |cell: &&Capacity| cell.place.lob.is_none() || desk.who.sees(cell.place.lob);
    let shown = cells.iter().filter(own).map(|cell| Cell {
        place: PlaceView::of(&cell.place),
        kind: kind(&cell.place),
        points: cell.points,
        taken: cell.taken,
        free_places: cell.free_places(),
    });
    Ok(Cells { cells: shown.collect() })
}

/// Points of a cell.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CapacityBody {
    /// The cell.
    pub(crate) place: PlaceView,
    /// Points.
    #[schemars(range(max = 1_000_000))]
    pub(crate) points: u32,
}

/// What was confirmed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct CapacitySet {
    /// The cell.
    pub(crate) place: PlaceView,
    /// Points.
    pub(crate) points: u32,
}

/// `POST /v1/admin/capacity`: confirms the points of a cell. Nobody is admitted beyond them; nobody loses a place.
pub(crate) async fn confirm<P: Ports>(desk: Desk<P>, body: Bytes) -> Result<Json<CapacitySet>, Problem> {
    let asked: CapacityBody = reading::json(&body)?;
    set(&desk, asked).await.map(Json)
}

/// Points of a cell at most.
const POINTS_MAX: u32 = 1_000_000;

/// Confirms the points of a cell. A cell of every line of business is confirmed by whoever may see every line.
pub(crate) async fn set<P: Ports>(desk: &Desk<P>, asked: CapacityBody) -> Result<CapacitySet, Problem> {
    check(&asked)?;
    let (place, points) = (asked.place.clone().place(), asked.points);
    let what = format!("{} {points}", place.key());
    desk.act(Entry::of(Act::ConfirmCapacity).what(what), async {
        if !desk.who.sees(place.lob) {
            return Err(Problem::forbidden());
        }
        let catalogue = icm_casework::load_catalogue(desk.store(), desk.today()).await?;
        if !is_published(&catalogue, &place) {
            return Err(Problem::not_found("cell"));
        }
        let confirmed = Confirmed { place, points, by: desk.who.actor.clone(), at: desk.now() };
        points::confirm(desk.store(), &confirmed).await?;
        Ok(CapacitySet { place: asked.place, points })
    })
    .await
}

/// Whether a team has published such a cell: points of any other would count for nobody.
fn is_published(catalogue: &Catalogue, place: &Place) -> bool {
    let rows = catalogue.team(&place.team).map(|team| team.capacity.as_slice()).unwrap_or_default();
    rows.iter()
        .any(|row| row.county == place.county && row.language == place.language && row.lob == place.lob)
}

/// Names are part of a key and stand on pages.
fn check(asked: &CapacityBody) -> Result<(), Problem> {
    let place = &asked.place;
    let names = [
        ("place.team", Some(&place.team)),
        ("place.county", place.county.as_ref()),
        ("place.language", place.language.as_ref()),
    ];
    for (field, name) in names {
        if name.is_some_and(|name| !reading::is_name(name)) {
            return Err(Problem::field(field, "a name without markup, 64 at most"));
        }
    }
    if asked.points > POINTS_MAX {
        return Err(Problem::field("points", "1,000,000 at most"));
    }
    Ok(())
}
