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
            .find(|(model, _)| usable(view, *model, as_of))
            .unwrap_or((Model::M4, "NO_NEED_BEYOND_PREVENTION")),
    };
    let service = policy.criteria.services.get(&model).cloned().unwrap_or_default();
    Recommendation { model, why, service }
}

/// With `prefer_other_models`: the lowest-numbered available, not failed model whose criteria hold (ruling 21).
pub fn preferred(view: &View<'_>, counts: &Counts, as_of: Day) -> Option<Model> {
    fitting(view, counts, as_of).map(|(model, _)| model).find(|model| usable(view, *model, as_of))
}

/// The model that would fit the member best and is not to be had where the member lives, when none that fits is: the
/// finding NOT_AVAILABLE (ruling 19). None: one is to be had, or nothing is known.
pub fn not_offered(view: &View<'_>, counts: &Counts, as_of: Day) -> Option<Model> {
    let mut fitting = fitting(view, counts, as_of).map(|(model, _)| model);
    let gone = |model: &Model| view.offers(*model, as_of) == Some(false);
    let first = fitting.next().filter(gone)?;
    fitting.all(|model| gone(&model)).then_some(first)
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
    let need = Need { view, counts, as_of };
    let considered = |model: Model| {
        let fits = need.fits(model);
        let hindrance = hindrance(view, model, as_of);
        (fits.is_some() || hindrance.is_some()).then_some(Alternative { model, fits, hindrance })
    };
    Model::ALL.into_iter().filter_map(considered).collect()
}

/// The models whose computable criteria hold, in the order of preference (FACTS §4), looked at one by one.
fn fitting<'v>(
    view: &'v View<'_>,
    counts: &'v Counts,
    as_of: Day,
) -> impl Iterator<Item = (Model, &'static str)> + 'v {
    let need = Need { view, counts, as_of };
    Model::ALL.into_iter().filter_map(move |model| need.fits(model).map(|why| (model, why)))
}

struct Need<'v, 'a> {
    view: &'v View<'a>,
    counts: &'v Counts,
    as_of: Day,
}

impl Need<'_, '_> {
    /// Why a model fits, as a code; none where its criteria do not hold. What is cheap to tell is asked first.
    fn fits(&self, model: Model) -> Option<&'static str> {
        let (view, counts) = (self.view, self.counts);
        let (holds, why) = match model {
            Model::M1A => (
                counts.stays365 <= 1 && counts.ed365 < 4 && self.attributed() && self.is_chronic(),
                "CHRONIC_CONDITIONS_WITH_PRACTICE",
            ),
            Model::M1B => (self.behavioural_visits() >= 3 && !view.smi(), "BEHAVIOURAL_HEALTH_CLIENT"),
            Model::M2 => {
                let behavioural = || self.dx_within(365, &["F32", "F33", "F40", "F41", "F43", "F10"]);
                let mild = || !view.smi() && !self.psychiatric_stay();
                (behavioural() && mild() && self.attributed(), "BEHAVIOURAL_NEED_IN_PRIMARY_CARE")
            }
            Model::M3 => (
                view.smi() && (self.psychiatric_stay() || self.is_chronic()),
                "SERIOUS_MENTAL_ILLNESS_WITH_MEDICAL_NEED",
            ),
            Model::M5 => (
                counts.stays180 < 2 && self.specialties() >= 3 && view.meds() >= 5,
                "MANY_PROVIDERS_AND_DRUGS",
            ),
            Model::M6 => (self.social() || self.unreached() >= 2, "SOCIAL_NEED_OR_UNREACHED"),
            Model::M7 => (self.recent_discharge(), "RECENT_DISCHARGE"),
            // An integrated team is told by attribution lists only; M4 and M8 are given by the decision itself.
            Model::M1C | Model::M4 | Model::M8 => return None,
        };
        holds.then_some(why)
    }

    /// Whether somebody in primary care knows the member.
    fn attributed(&self) -> bool {
        self.view.person.pcp.is_some() || self.primary_care()
    }

    fn is_chronic(&self) -> bool {
        self.view.chronic() >= 2
    }

    fn within(&self, days: i32) -> impl Iterator<Item = &crate::utilization::Service<'_>> {
        let window = Window::ending(self.as_of, days);
        self.view.utilization.services.iter().filter(move |service| window.contains(service.from()))
    }

    fn dx_within(&self, days: i32, prefixes: &[&str]) -> bool {
        self.within(days).any(|s| s.claim.head.icd10().any(|dx| prefixes.iter().any(|p| dx.starts_with(p))))
    }

    /// An office or clinic visit (place of service 11, 50, 71, 72) in the last year.
    fn primary_care(&self) -> bool {
        let office = |pos: &crate::code::Code| ["11", "50", "71", "72"].iter().any(|code| *pos == *code);
        self.within(365).any(|s| s.claim.lines().any(|line| line.pos.as_ref().is_some_and(office)))
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
        let recent = |stay: &&crate::utilization::Stay| (0..30).contains(&self.as_of.since(stay.discharge));
        let mut recent = self.view.utilization.stays.iter().filter(recent).peekable();
        // Comorbidity costs a look at every diagnosis: only where somebody was discharged.
        recent.peek().is_some() && {
            let chronic = conditions::chronic_count(&self.view.utilization.services, self.as_of);
            recent.any(|stay| lace(stay, self.view, chronic) >= 10)
        }
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
