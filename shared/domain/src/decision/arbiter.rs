//! The continuum arbiter (FACTS §4): every member gets a recommended model with type and amount of service.

use super::{Conclusion, Counts, DecisionKind, Policy, View};
use crate::day::{Day, Window};
use crate::facts::{Model, RosterStatus};
use crate::management::Absence;
use crate::utilization::{Bill, conditions};
use serde::Serialize;

/// The model that fits, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// The model.
    pub model: Model,
    /// Why, as a code.
    pub why: &'static str,
    /// Type and amount of service (criteria, `services`).
    pub service: String,
}

/// Recommends a model (ruling 21): who meets a trigger without successful engagement belongs to ICM; who is managed
/// stays with the manager; everybody else gets the first model of the continuum whose criteria hold, at least
/// population management.
pub fn recommend(view: &View<'_>, conclusion: &Conclusion, as_of: Day, policy: Policy<'_>) -> Recommendation {
    let (model, why) = match conclusion.kind {
        DecisionKind::IdentifiedIcm | DecisionKind::IdentifiedIcmComanage | DecisionKind::AlreadyOpen => {
            (Model::M8, "TRIGGER_WITHOUT_SUCCESSFUL_ENGAGEMENT")
        }
        DecisionKind::ManagedOk | DecisionKind::ManagedTooSoon | DecisionKind::EscalateToCurrentManager => {
            (conclusion.lead.unwrap_or(Model::M4), "CURRENT_MANAGER")
        }
        DecisionKind::ReferOther
        | DecisionKind::NotTriggered
        | DecisionKind::Excluded
        | DecisionKind::IdentifiedInternalOnly => fitting(view, &conclusion.counts, as_of)
            .into_iter()
            .find(|(model, _)| usable(view, *model, as_of))
            .unwrap_or((Model::M4, "NO_NEED_BEYOND_PREVENTION")),
    };
    let service = policy.criteria.services.get(&model).cloned().unwrap_or_default();
    Recommendation { model, why, service }
}

/// With `prefer_other_models`: the lowest-numbered available, not failed model whose criteria hold (ruling 21).
pub fn preferred(view: &View<'_>, counts: &Counts, as_of: Day) -> Option<Model> {
    fitting(view, counts, as_of).into_iter().map(|(model, _)| model).find(|model| usable(view, *model, as_of))
}

/// The model that would fit the member best and is not to be had where the member lives, when none that fits is: the
/// finding NOT_AVAILABLE (ruling 19). None: one is to be had, or nothing is known.
pub fn not_offered(view: &View<'_>, counts: &Counts, as_of: Day) -> Option<Model> {
    let fitting = fitting(view, counts, as_of);
    let none = fitting.iter().all(|(model, _)| view.offers(*model, as_of) == Some(false));
    fitting.first().map(|(model, _)| *model).filter(|_| none)
}

/// A model that is to be had and has not failed or been declined.
fn usable(view: &View<'_>, model: Model, as_of: Day) -> bool {
    hindrance(view, model, as_of).is_none()
}

/// What speaks against a model, the first of: the member declined it, it is not to be had, it lapsed.
fn hindrance(view: &View<'_>, model: Model, as_of: Day) -> Option<Absence> {
    let rows = || view.rosters.iter().filter(|row| row.model == model);
    if rows().any(|row| row.status == RosterStatus::Declined) {
        Some(Absence::OfferedDeclined)
    } else if rows().any(|row| !row.available) || view.offers(model, as_of) == Some(false) {
        Some(Absence::NotAvailable)
    } else {
        let lapsed = |f: &crate::management::Finding| f.model == model && f.absence == Some(Absence::Lapsed);
        view.findings.iter().any(lapsed).then_some(Absence::Lapsed)
    }
}

/// A model of the continuum that was considered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// The model.
    pub model: Model,
    /// Why it fits, as a code; none: its criteria do not hold.
    pub fits: Option<&'static str>,
    /// What speaks against it.
    pub hindrance: Option<Absence>,
}

/// The models that fit or of which something is known, in the order of the continuum (FACTS §4).
pub fn alternatives(view: &View<'_>, counts: &Counts, as_of: Day) -> Vec<Alternative> {
    let fitting = fitting(view, counts, as_of);
    let considered = |model: Model| {
        let fits = fitting.iter().find(|(fits, _)| *fits == model).map(|(_, why)| *why);
        let hindrance = hindrance(view, model, as_of);
        (fits.is_some() || hindrance.is_some()).then_some(Alternative { model, fits, hindrance })
    };
    Model::ALL.into_iter().filter_map(considered).collect()
}

/// The models whose computable criteria hold, in the order of preference (FACTS §4).
fn fitting(view: &View<'_>, counts: &Counts, as_of: Day) -> Vec<(Model, &'static str)> {
    let need = Need { view, as_of };
    let attributed = view.person.pcp.is_some() || need.primary_care_visits() > 0;
    let chronic = view.chronic() >= 2;
    let quiet = counts.stays365 <= 1 && counts.ed365 < 4;
    let behavioural = need.dx_within(365, &["F32", "F33", "F40", "F41", "F43", "F10"]);
    let psychiatric_stay = need.psychiatric_stay();
    let smi = view.smi();
    [
        (attributed && chronic && quiet, Model::M1A, "CHRONIC_CONDITIONS_WITH_PRACTICE"),
        (!smi && need.behavioural_visits() >= 3, Model::M1B, "BEHAVIOURAL_HEALTH_CLIENT"),
        (
            attributed && behavioural && !smi && !psychiatric_stay,
            Model::M2,
            "BEHAVIOURAL_NEED_IN_PRIMARY_CARE",
        ),
        (smi && (chronic || psychiatric_stay), Model::M3, "SERIOUS_MENTAL_ILLNESS_WITH_MEDICAL_NEED"),
        (
            view.meds() >= 5 && need.specialties() >= 3 && counts.stays180 < 2,
            Model::M5,
            "MANY_PROVIDERS_AND_DRUGS",
        ),
        (need.social() || need.unreached() >= 2, Model::M6, "SOCIAL_NEED_OR_UNREACHED"),
        (need.recent_discharge(), Model::M7, "RECENT_DISCHARGE"),
    ]
    .into_iter()
    .filter(|(holds, _, _)| *holds)
    .map(|(_, model, why)| (model, why))
    .collect()
}

struct Need<'v, 'a> {
    view: &'v View<'a>,
    as_of: Day,
}

impl Need<'_, '_> {
    fn within(&self, days: i32) -> impl Iterator<Item = &crate::utilization::Service<'_>> {
        let window = Window::ending(self.as_of, days);
        self.view.utilization.services.iter().filter(move |service| window.contains(service.from()))
    }

    fn dx_within(&self, days: i32, prefixes: &[&str]) -> bool {
        self.within(days).any(|s| s.claim.head.icd10().any(|dx| prefixes.iter().any(|p| dx.starts_with(p))))
    }

    /// Office and clinic visits (place of service 11, 50, 71, 72) of the last year.
    fn primary_care_visits(&self) -> usize {
        let office = |pos: &crate::code::Code| ["11", "50", "71", "72"].iter().any(|code| *pos == *code);
        self.within(365).filter(|s| s.claim.lines().any(|line| line.pos.as_ref().is_some_and(office))).count()
    }

    /// Professional dates with a principal behavioural diagnosis in six months.
    fn behavioural_visits(&self) -> usize {
        let visits = self.within(180).filter(|service| service.bill == Bill::None);
        let mut days: Vec<Day> = visits
            .filter(|service| service.claim.head.principal_dx().is_some_and(|dx| dx.starts_with("F")))
            .map(crate::utilization::Service::from)
            .collect();
        days.dedup();
        days.len()
    }

    fn psychiatric_stay(&self) -> bool {
        let window = Window::ending(self.as_of, 365);
        let stays = self.view.utilization.stays.iter().filter(|stay| window.contains(stay.admit));
        stays.filter_map(|stay| stay.principal).any(|dx| dx.starts_with("F"))
    }

    /// Distinct billing providers of professional claims in a year, as a stand-in for specialties.
    fn specialties(&self) -> usize {
        let billing = self.within(365).filter(|service| service.bill == Bill::None);
        let mut providers: Vec<&str> = billing.filter_map(|s| s.claim.head.billing_npi.as_deref()).collect();
        providers.sort_unstable();
        providers.dedup();
        providers.len()
    }

    /// Social determinants: Z55-Z65.
    fn social(&self) -> bool {
        let zs = ["Z55", "Z56", "Z57", "Z58", "Z59", "Z60", "Z62", "Z63", "Z64", "Z65"];
        self.dx_within(365, &zs)
    }

    /// Programs that could not reach the member, each once.
    fn unreached(&self) -> usize {
        let rows = self.view.rosters.iter().filter(|row| row.status == RosterStatus::Unreachable);
        let mut programs: Vec<_> = rows.map(|row| (row.model, &row.program)).collect();
        programs.sort_unstable();
        programs.dedup();
        programs.len()
    }

    fn recent_discharge(&self) -> bool {
        let recent = |stay: &crate::utilization::Stay| (0..30).contains(&self.as_of.since(stay.discharge));
        let chronic = conditions::chronic_count(&self.view.utilization.services, self.as_of);
        self.view.utilization.stays.iter().any(|stay| recent(stay) && lace(stay, self.view, chronic) >= 10)
    }
}

/// LACE (FACTS §2.1): length of stay, acute admission, comorbidity (count of chronic groups stands in for the
/// Charlson index), emergency visits in the six months before.
pub fn lace(stay: &crate::utilization::Stay, view: &View<'_>, comorbidity: u16) -> u32 {
    let length = match stay.discharge.since(stay.admit) {
        ..1 => 0,
        1 => 1,
        2 => 2,
        3 => 3,
        4..=6 => 4,
        7..=13 => 5,
        14.. => 7,
    };
    let acute = if stay.admit_type.is_some_and(|kind| kind == "1" || kind == "5") { 3 } else { 0 };
    let comorbid = if comorbidity > 3 { 5 } else { u32::from(comorbidity) };
    let before = Window { first: stay.admit.plus(-180), last: stay.admit.plus(-1) };
    let emergency = view.utilization.ed_visits.iter().filter(|visit| before.contains(visit.date)).count();
    length + acute + comorbid + u32::try_from(emergency.min(4)).unwrap_or(4)
}
