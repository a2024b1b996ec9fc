//! Who is never offered the program, and who belongs to a specialty pathway (FACTS §2.4, §5.4, rulings 12-15).

use super::{LeftOut, Policy, Standing, View, settled};
use crate::code::Code;
use crate::day::{Day, Month, Window};
use crate::facts::{Closure, ClosureKind, MemberFacts, PreferenceKind, ReferralSource};
use crate::tables::Marks;
use crate::utilization::{Bill, Service};

/// The first hard exclusion that holds, by its reason (FACTS §0 step 4, §2.4; order of VIGNETTES.md).
pub fn hard(facts: &MemberFacts, view: &View<'_>, as_of: Day, policy: Policy<'_>) -> Option<&'static str> {
    let criteria = policy.criteria;
    let person = view.person;
    let covered = facts.covering(as_of, as_of);
    let in_scope = |lob| criteria.lines_of_business.is_empty() || criteria.lines_of_business.contains(&lob);
    let in_product = || covered.is_none_or(|span| in_scope(span.lob));
    let young = || person.birth.is_some_and(|birth| as_of.age_from(birth) < criteria.age_min);
    first_that_holds([
        (&|| person.death.is_some_and(|day| day <= as_of), "DECEASED"),
        (&|| covered.is_none(), "NOT_ELIGIBLE"),
        (&|| in_hospice(view, as_of, policy), "HOSPICE"),
        (&|| nursing_days(view, as_of) >= criteria.ltc_days, "LTC_RESIDENT"),
        (&|| !in_product(), "PRODUCT_NOT_IN_SCOPE"),
        (&young, "AGE"),
        (&|| person.incarcerated == Some(true), "INCARCERATED"),
        (&|| person.other_plan_manages == Some(true), "OTHER_PLAN_MANAGES"),
    ])
}

/// Any hospice service date within the window (ruling 12).
fn in_hospice(view: &View<'_>, as_of: Day, policy: Policy<'_>) -> bool {
    let window = Window::ending(as_of, policy.criteria.hospice_active_days);
    view.utilization.services.iter().any(|service| {
        (service.bill == Bill::Hospice && window.overlaps(service.from(), service.thru()))
            || (service.marks.has(Marks::HOSPICE)
                && service
                    .dates_of(policy.tables, Marks::HOSPICE)
                    .any(|(from, thru)| window.overlaps(from, thru)))
    })
}

/// Days in which nursing-facility days are counted (ruling 14).
const NURSING_WINDOW_DAYS: i32 = 120;

/// Distinct nursing-facility days in the last 120: place of service 32, intermediate-care bills (ruling 14).
fn nursing_days(view: &View<'_>, as_of: Day) -> usize {
    let window = Window::ending(as_of, NURSING_WINDOW_DAYS);
    let mut days: Vec<Day> = Vec::new();
    for service in &view.utilization.services {
        if !window.overlaps(service.from(), service.thru()) {
            continue;
        }
        for (from, thru) in nursing_spans(service) {
            let inside = from.max(window.first).count()..=thru.min(window.last).count();
            days.extend(inside.map(Day::from_count));
        }
    }
    days.sort_unstable();
    days.dedup();
    days.len()
}

/// The next day on which being a long-term resident begins or ends by time alone.
pub(super) fn nursing_change(view: &View<'_>, as_of: Day, policy: Policy<'_>) -> Option<Day> {
    if view.utilization.services.iter().all(|service| nursing_spans(service).is_empty()) {
        return None;
    }
    let resident = |day: Day| nursing_days(view, day) >= policy.criteria.ltc_days;
    let now = resident(as_of);
    (1..=NURSING_WINDOW_DAYS).map(|ahead| as_of.plus(ahead)).find(|day| resident(*day) != now)
}

fn nursing_spans(service: &Service<'_>) -> Vec<(Day, Day)> {
    let head = service.claim.head;
    if service.bill == Bill::OtherInpatient && head.bill_is("6") {
        return vec![(service.from(), service.thru())];
    }
    let lines = service.claim.lines().filter(|line| line.pos.is_some_and(|pos| pos == "32"));
    let span = |line: &crate::claim::Line| {
        let from = line.from.unwrap_or(service.from());
        (from, line.thru.unwrap_or(if line.from.is_some() { from } else { service.thru() }))
    };
    lines.map(span).collect()
}

/// The cool-down that holds, by its reason (FACTS §5.4, ruling 15): those that never end first, then the longest.
pub fn cooldown(
    facts: &MemberFacts,
    standing: &Standing,
    view: &View<'_>,
    as_of: Day,
    policy: Policy<'_>,
) -> Option<Cooldown> {
    let known = facts.closures.iter().chain(&standing.closures);
    let known = known.filter(|closure| closure.date <= as_of && closure.received <= as_of);
    let standing = known.filter(|closure| !taken_back(facts, closure, as_of));
    let holding = standing.filter_map(|closure| holds(closure, view, as_of, policy));
    holding.max_by_key(|cooldown| (cooldown.until.is_none(), cooldown.until, cooldown.kind))
}

/// The cool-down that holds for the member on a day, whether or not anything triggers.
pub fn cooldown_on(facts: &MemberFacts, as_of: Day, policy: Policy<'_>) -> Option<Cooldown> {
    let facts = &*settled(facts, as_of, policy);
    let person = facts.known_person(as_of);
    let view = View::new(facts, &person, as_of, policy, LeftOut::default());
    cooldown(facts, &Standing::default(), &view, as_of, policy)
}

/// The closures by which the member left for good and that they have not taken back (FACTS §5.4).
pub fn standing_opt_outs(facts: &MemberFacts, as_of: Day) -> impl Iterator<Item = &Closure> {
    let known = facts.closures.iter().filter(move |held| held.date <= as_of && held.received <= as_of);
    let for_good = |kind| matches!(kind, ClosureKind::OptOutPermanent | ClosureKind::DoNotContact);
    known.filter(move |held| for_good(held.kind) && !taken_back(facts, held, as_of))
}

/// Whether the member has spoken up after a day: asked for the program, or let go of the wish not to be contacted.
/// Younger means a later day: of two words of one day the one that permits less counts.
pub fn spoke_after(facts: &MemberFacts, day: Day, as_of: Day) -> bool {
    asked_after(facts, day, as_of) || lifted_after(facts, day, as_of)
}

/// What ended a case is the member's to take back (FACTS §5.4: never expires except by the member). The records stay
/// apart: a program decision by asking for the program, plan-wide do-not-contact by lifting it, or by asking where no
/// wish of that kind stands beside the closure.
fn taken_back(facts: &MemberFacts, closure: &Closure, as_of: Day) -> bool {
    let asked = || asked_after(facts, closure.date, as_of);
    match closure.kind {
        ClosureKind::DoNotContact => {
            let silent = last_wish(facts, as_of).is_some_and(|(_, set)| set);
            !silent && (lifted_after(facts, closure.date, as_of) || asked())
        }
        ClosureKind::Declined
        | ClosureKind::DeclinedNotNow
        | ClosureKind::Graduated
        | ClosureKind::OptOutPermanent => asked(),
        // Not the member's word: theirs of the same day is no contradiction.
        ClosureKind::UnableToContact => asked_after(facts, closure.date.plus(-1), as_of),
    }
}

fn asked_after(facts: &MemberFacts, day: Day, as_of: Day) -> bool {
    let own = facts.referrals.iter().filter(|referral| referral.by == ReferralSource::Member);
    own.map(|referral| referral.received).any(|received| received > day && received <= as_of)
}

fn lifted_after(facts: &MemberFacts, day: Day, as_of: Day) -> bool {
    last_wish(facts, as_of).is_some_and(|(received, set)| !set && received > day)
}

/// The last word on plan-wide do-not-contact: its day, and whether it is set.
fn last_wish(facts: &MemberFacts, as_of: Day) -> Option<(Day, bool)> {
    let wishes = facts.preferences.iter().filter_map(|preference| match preference.what {
        PreferenceKind::DoNotContact { set } => Some((preference.received, set)),
        PreferenceKind::ChannelConsent { .. } | PreferenceKind::SafeContact { .. } => None,
    });
    wishes.filter(|(received, _)| *received <= as_of).max()
}

/// A cool-down in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooldown {
    /// What closed the earlier case.
    pub kind: ClosureKind,
    /// First contactable day; none: never.
    pub until: Option<Day>,
}

impl Cooldown {
    /// The reason of the contract.
    pub fn reason(self) -> String {
        let name = match self.kind {
            ClosureKind::Declined => "DECLINED",
            ClosureKind::DeclinedNotNow => "DECLINED_NOT_NOW",
            ClosureKind::UnableToContact => "UNABLE_TO_CONTACT",
            ClosureKind::Graduated => "GRADUATED",
            ClosureKind::OptOutPermanent => "OPT_OUT_PERMANENT",
            ClosureKind::DoNotContact => "DO_NOT_CONTACT",
        };
        self.until.map_or_else(|| format!("COOLDOWN_{name}"), |day| format!("COOLDOWN_{name}_UNTIL_{day}"))
    }
}

fn holds(closure: &Closure, view: &View<'_>, as_of: Day, policy: Policy<'_>) -> Option<Cooldown> {
    let Some(days) = policy.criteria.cooldown_days.get(&closure.kind).copied().flatten() else {
        return Some(Cooldown { kind: closure.kind, until: None });
    };
    // The end day itself is contactable again.
    let until = closure.date.plus(days);
    let readmitted =
        || view.utilization.stays.iter().any(|s| !s.planned && s.admit > closure.date && s.admit <= as_of);
    let lifted = closure.kind == ClosureKind::UnableToContact && readmitted();
    (as_of < until && !lifted).then_some(Cooldown { kind: closure.kind, until: Some(until) })
}

/// The specialty pathway that fits better, if any (ruling 13), in the order of the ruling.
pub fn pathway(view: &View<'_>, as_of: Day, policy: Policy<'_>) -> Option<&'static str> {
    let pathways = Pathways { view, as_of, policy };
    first_that_holds([
        (&|| pathways.dialysis(), "ESRD"),
        (&|| pathways.oncology(), "ONCOLOGY"),
        (&|| pathways.transplant(), "TRANSPLANT"),
        (&|| pathways.maternity(), "MATERNITY"),
        (&|| pathways.trauma(), "TRAUMA"),
    ])
}

/// The reason of the first question that is answered with yes; those after it are not asked.
fn first_that_holds<const N: usize>(
    questions: [(&dyn Fn() -> bool, &'static str); N],
) -> Option<&'static str> {
    questions.into_iter().find(|(holds, _)| holds()).map(|(_, reason)| reason)
}

struct Pathways<'v, 'a> {
    view: &'v View<'a>,
    as_of: Day,
    policy: Policy<'a>,
}

impl Pathways<'_, '_> {
    fn services(&self) -> impl Iterator<Item = &Service<'_>> {
        self.view.utilization.services.iter().filter(|service| service.from() <= self.as_of)
    }

    /// Dialysis in two or more calendar months of the last six.
    fn dialysis(&self) -> bool {
        let now = self.as_of.month();
        let mut months: Vec<Month> = Vec::new();
        for service in self.services() {
            if service.bill == Bill::Dialysis {
                months.push(service.from().month());
                months.push(service.thru().month());
            }
            if service.marks.has(Marks::DIALYSIS) {
                for (from, thru) in service.dates_of(self.policy.tables, Marks::DIALYSIS) {
                    months.extend([from.month(), thru.month()]);
                }
            }
        }
        months.retain(|month| (0..6).contains(&now.since(*month)));
        months.sort_unstable();
        months.dedup();
        months.len() >= 2
    }

    /// Chemotherapy or radiotherapy within 90 days.
    fn oncology(&self) -> bool {
        let window = Window::ending(self.as_of, 90);
        self.services().any(|service| {
            let principal = service.claim.head.principal_dx();
            let encounter =
                principal.is_some_and(|dx| ["Z510", "Z5111", "Z5112"].iter().any(|code| *dx == *code));
            (encounter && window.overlaps(service.from(), service.thru()))
                || (service.marks.has(Marks::ONCOLOGY)
                    && service
                        .dates_of(self.policy.tables, Marks::ONCOLOGY)
                        .any(|(from, thru)| window.overlaps(from, thru)))
        })
    }

    /// Z94.x, or a transplant stay, within 365 days. A stay is placed by its admission (FACTS §0, window rule).
    fn transplant(&self) -> bool {
        let window = Window::ending(self.as_of, 365);
        self.services().any(|service| {
            let head = service.claim.head;
            let operated = service.bill == Bill::AcuteInpatient
                && (head.px.iter().any(is_transplantation)
                    || head.drg.as_ref().is_some_and(is_transplant_drg));
            (operated && window.contains(begun(service)))
                || (window.overlaps(service.from(), service.thru())
                    && head.icd10().any(|dx| dx.starts_with("Z94")))
        })
    }

    /// Pregnancy codes within 120 days, or a delivery admitted within 84.
    fn maternity(&self) -> bool {
        let pregnant = Window::ending(self.as_of, 120);
        let delivered = Window::ending(self.as_of, 84);
        self.services().any(|service| {
            let head = service.claim.head;
            let (from, thru) = (service.from(), service.thru());
            let carries =
                |prefixes: &[&str]| head.icd10().any(|dx| prefixes.iter().any(|p| dx.starts_with(p)));
            (pregnant.overlaps(from, thru) && carries(&["Z331", "Z34", "Z3A", "O09"]))
                || (delivered.contains(begun(service))
                    && (carries(&["O80", "O82", "Z37"]) || is_delivery(service)))
        })
    }

    /// All stays of the last 365 days were admitted within 30 days, before or after, of the admission of one stay
    /// for an injury (S or T principal, admission type 5).
    fn trauma(&self) -> bool {
        let window = Window::ending(self.as_of, 365);
        let stays: Vec<_> =
            self.view.utilization.stays.iter().filter(|stay| window.contains(stay.admit)).collect();
        let injury = |stay: &&&crate::utilization::Stay| {
            let trauma_center = stay.admit_type.is_some_and(|kind| kind == "5");
            trauma_center && stay.principal.is_some_and(|dx| dx.starts_with("S") || dx.starts_with("T"))
        };
        stays
            .iter()
            .filter(injury)
            .any(|first| stays.iter().all(|stay| stay.admit.since(first.admit).abs() <= 30))
    }
}

/// The day that places a stay or a service in a window: admission, else first service day (FACTS §0, window rule).
fn begun(service: &Service<'_>) -> Day {
    service.claim.head.admit.unwrap_or(service.from())
}

/// Delivery by procedure: ICD-10-PCS 10D0 and 10E0 (not the extraction of retained products, 10D1), CPT 594xx-596xx
/// of vaginal and cesarean deliveries.
fn is_delivery(service: &Service<'_>) -> bool {
    const CPT: [&str; 12] = [
        "59400", "59409", "59410", "59510", "59514", "59515", "59610", "59612", "59614", "59618", "59620",
        "59622",
    ];
    let head = service.claim.head;
    head.px.iter().any(|px| px.starts_with("10D0") || px.starts_with("10E0"))
        || service.claim.lines().any(|line| line.hcpcs.is_some_and(|code| CPT.iter().any(|cpt| code == *cpt)))
}

/// ICD-10-PCS root operation "transplantation" (0?Y…), and stem-cell transfusions (302…).
fn is_transplantation(px: &Code) -> bool {
    let text = px.as_str();
    let organ = text.starts_with('0') && text.get(2..3) == Some("Y");
    let marrow = ["30230", "30233", "30240", "30243"].iter().any(|p| text.starts_with(p))
        && text.get(5..6).is_some_and(|substance| ["G", "U", "X", "Y"].contains(&substance));
    organ || marrow
}

/// MS-DRGs of heart, liver, lung, marrow, pancreas and kidney transplants.
fn is_transplant_drg(drg: &Code) -> bool {
    ["001", "002", "005", "006", "007", "008", "010", "014", "016", "017", "018", "019", "650", "651", "652"]
        .iter()
        .any(|code| *drg == *code)
}
