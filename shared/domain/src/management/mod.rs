//! Who else manages the member, and whether that succeeds (FACTS §3, rulings 16-31).
//! Evidence comes from claims and from rosters; of one model both are one episode (ruling 29).

pub mod by_claims;
pub mod by_roster;

use crate::criteria::Criteria;
use crate::day::Day;
use crate::facts::{Model, RosterRow};
use crate::tables::Tables;
use crate::utilization::Utilization;
use serde::{Deserialize, Serialize};

/// Longest gap between pieces of evidence inside one episode, in days (FACTS §3.2).
pub const EPISODE_GAP_DAYS: i32 = 120;

/// Why there is no engagement (FACTS §3.3, ruling 31). The order is the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Absence {
    /// There was a program, and it ended or its evidence is stale.
    Lapsed,
    /// Offered and declined.
    OfferedDeclined,
    /// A program could not reach the member.
    UnreachableBy,
    /// No such program is to be had.
    NotAvailable,
    /// Nothing was found.
    NoEvidence,
}

impl Absence {
    /// The word of the contract (ruling 19).
    pub const fn id(self) -> &'static str {
        match self {
            Self::Lapsed => "LAPSED",
            Self::OfferedDeclined => "OFFERED_DECLINED",
            Self::UnreachableBy => "UNREACHABLE_BY",
            Self::NotAvailable => "NOT_AVAILABLE",
            Self::NoEvidence => "NO_EVIDENCE",
        }
    }
}

/// What the evidence says about one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The model.
    pub model: Model,
    /// A program of this model is active now.
    pub active: bool,
    /// Its dose is met: the member is engaged.
    pub dosed: bool,
    /// A manager of this kind excludes a second one.
    pub exclusive: bool,
    /// First day of the current (or last) episode.
    pub start: Option<Day>,
    /// Last piece of evidence.
    pub last: Option<Day>,
    /// For transitions only: the discharge that the episode follows (rulings 16, 26).
    pub discharge: Option<Day>,
    /// Why it is not active.
    pub absence: Option<Absence>,
    /// The day on which time alone ends the activity or the dose.
    pub expires: Option<Day>,
    /// Positions of the services that are evidence.
    #[serde(skip)]
    pub services: Vec<usize>,
    /// Positions of the roster rows that are evidence.
    #[serde(skip)]
    pub rows: Vec<usize>,
}

impl Finding {
    /// A finding of nothing yet.
    pub const fn none(model: Model) -> Self {
        Self {
            model,
            active: false,
            dosed: false,
            exclusive: false,
            start: None,
            last: None,
            discharge: None,
            absence: None,
            expires: None,
            services: Vec::new(),
            rows: Vec::new(),
        }
    }
}

/// Everything found, one entry a model with any evidence, in the order of the continuum.
pub fn findings(
    utilization: &Utilization<'_>,
    rosters: &[&RosterRow],
    as_of: Day,
    criteria: &Criteria,
    tables: &Tables,
) -> Vec<Finding> {
    let claims = by_claims::collect(utilization, as_of, tables);
    if claims.is_empty() && rosters.is_empty() {
        return Vec::new();
    }
    let rows = by_roster::speaking(rosters, as_of);
    Model::ALL
        .into_iter()
        .filter_map(|model| {
            let claims = by_claims::assess(&claims, model, utilization, as_of, criteria);
            let rows = by_roster::assess(&rows, rosters, model, utilization, as_of);
            combine(model, claims, rows)
        })
        .map(|finding| Finding { dosed: finding.active && finding.dosed, ..finding })
        .collect()
}

/// The earlier of two days, where either may be missing.
pub(crate) fn earliest(one: Option<Day>, other: Option<Day>) -> Option<Day> {
    one.into_iter().chain(other).min()
}

/// Ruling 29: row and claims of one model are one episode.
fn combine(model: Model, claims: Option<Finding>, rows: Option<by_roster::Rows>) -> Option<Finding> {
    let Some(rows) = rows else { return claims };
    let Some(mut claims) = claims else { return Some(rows.finding) };
    let closed = rows.closed_on.zip(claims.last).is_some_and(|(closed, last)| closed > last);
    if closed {
        claims.active = false;
        claims.dosed = false;
        claims.absence = Some(Absence::Lapsed);
    }
    let by_row = rows.finding;
    let start = joint_start(&claims, by_row.active, rows.span, rows.has_contacts);
    let active = claims.active || by_row.active;
    Some(Finding {
        model,
        active,
        dosed: claims.dosed || by_row.dosed,
        exclusive: (claims.active && claims.exclusive) || (by_row.active && by_row.exclusive),
        start,
        last: claims.last.max(by_row.last),
        discharge: if claims.active { claims.discharge } else { by_row.discharge },
        absence: if active { None } else { claims.absence.into_iter().chain(by_row.absence).min() },
        expires: earliest(claims.expires, by_row.expires),
        services: claims.services,
        rows: by_row.rows,
    })
}

/// First day of the episode that row and claims make together: the earlier start, unless more than 120 days without
/// evidence lie between an old one and the one that is active (FACTS §3.2). A row without contacts never sets the
/// start where claims are active (ruling 29).
fn joint_start(claims: &Finding, row_active: bool, span: Option<(Day, Day)>, contacts: bool) -> Option<Day> {
    let (Some((first, last)), Some(start), Some(end)) = (span, claims.start, claims.last) else {
        return claims.start.or(span.map(|(first, _)| first));
    };
    if claims.active && !contacts {
        return Some(start);
    }
    match (claims.active, row_active) {
        (true, false) if start.since(last) > EPISODE_GAP_DAYS => Some(start),
        (false, true) if first.since(end) > EPISODE_GAP_DAYS => Some(first),
        _ => Some(start.min(first)),
    }
}

#[cfg(test)]
mod tests;
