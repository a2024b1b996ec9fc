//! Priority of a triggered member: lexicographic, first difference decides (FACTS §2.3). The random draw of an
//! evaluation is a keyed hash kept outside the decision.

use super::{Counts, Policy, View};
use crate::day::{Day, Window};
use crate::utilization::conditions;
use serde::{Deserialize, Serialize};

/// First component: how urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Tier {
    /// Four or more stays or ten or more ED visits in 180 days.
    Critical,
    /// An unplanned readmission, three stays, or a discharge in the last seven days.
    High,
    /// All others.
    Standard,
}

/// Second component: how likely it is to go on (regression to the mean, FACTS §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Persistence {
    /// Events in four or more months of twelve, serious mental illness, or substance use as far as the view shows it.
    Persistent,
    /// Neither persistent nor a single episode.
    Usual,
    /// All stays within thirty days of one event.
    OneTimeSuspect,
}

/// The place of a member in the queue; smaller sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Priority {
    /// Urgency.
    pub tier: Tier,
    /// Persistence.
    pub persistence: Persistence,
    /// Three minus the number of signs that help would change something: avoidable events, no primary care in 180
    /// days, ten or more drugs.
    pub not_impactable: u8,
    /// The oldest event in the window: who has waited longest comes first.
    pub waiting_since: Day,
}

/// The priority of a member by these counts.
pub fn of(view: &View<'_>, counts: &Counts, as_of: Day, policy: Policy<'_>) -> Priority {
    let events = events(view, as_of, policy);
    Priority {
        tier: tier(view, counts, as_of, policy),
        persistence: persistence(view, &events, as_of),
        not_impactable: 3 - impactability(view, counts, as_of),
        waiting_since: events.first().copied().unwrap_or(as_of),
    }
}

/// Days of the events of the long window, in order.
fn events(view: &View<'_>, as_of: Day, policy: Policy<'_>) -> Vec<Day> {
    let window = Window::ending(as_of, policy.criteria.windows.long);
    let stays = view.utilization.stays.iter().filter(|stay| stay.triggers()).map(|stay| stay.admit);
    let visits = view.utilization.ed_visits.iter().map(|visit| visit.date);
    let mut days: Vec<Day> = stays.chain(visits).filter(|day| window.contains(*day)).collect();
    days.sort_unstable();
    days
}

fn tier(view: &View<'_>, counts: &Counts, as_of: Day, policy: Policy<'_>) -> Tier {
    let critical = &policy.criteria.critical;
    let just_discharged = view
        .utilization
        .stays
        .iter()
        .any(|stay| stay.triggers() && (0..=7).contains(&as_of.since(stay.discharge)));
    if counts.stays180 >= critical.stays180 || counts.ed180 >= critical.ed180 {
        Tier::Critical
    } else if counts.readmit180 >= 1 || counts.stays180 >= 3 || just_discharged {
        Tier::High
    } else {
        Tier::Standard
    }
}

fn persistence(view: &View<'_>, events: &[Day], as_of: Day) -> Persistence {
    let mut months: Vec<_> = events.iter().map(|day| day.month()).collect();
    months.dedup();
    let substance_use = || conditions::substance_use(&view.utilization.services, as_of);
    if months.len() >= 4 || view.smi() || substance_use() {
        return Persistence::Persistent;
    }
    match (events.first(), events.last()) {
        (Some(first), Some(last)) if last.since(*first) <= 30 && events.len() > 1 => {
            Persistence::OneTimeSuspect
        }
        _ => Persistence::Usual,
    }
}

fn impactability(view: &View<'_>, counts: &Counts, as_of: Day) -> u8 {
    let window = Window::ending(as_of, 180);
    let office = |service: &&crate::utilization::Service<'_>| {
        let codes = ["11", "50", "71", "72"];
        window.contains(service.from())
            && service.claim.lines().any(|l| l.pos.is_some_and(|pos| codes.iter().any(|code| pos == *code)))
    };
    let avoidable = counts.pqi365 > 0 || counts.pqe365 > 0;
    let no_primary_care = !view.utilization.services.iter().any(|service| office(&service));
    u8::from(avoidable) + u8::from(no_primary_care) + u8::from(view.meds() >= 10)
}
