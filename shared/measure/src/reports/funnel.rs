//! The funnel: how far members and cases came, with denominators (FACTS §9).

use super::Counted;
use super::cut::{Cut, Group, SMALL_CELLS, counted_rows};
use crate::course::{Course, Milestone};
use crate::spread::percent;
use crate::table::{Cell, Report, Table};
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "funnel";

/// Steps of members before a case, then [`Milestone`]s, then times in service.
const BEFORE: [&str; 3] = ["members", "eligible", "triggered"];
const AFTER: [&str; 2] = ["in_service_30_days", "in_service_90_days"];
const STEPS: usize = BEFORE.len() + Milestone::ALL.len() + AFTER.len();

/// The funnel while members are counted.
#[derive(Default)]
pub(super) struct Funnel {
    members: BTreeMap<Group, [u64; STEPS]>,
    cases: [u64; STEPS],
    decisions: BTreeMap<&'static str, u64>,
    statuses: BTreeMap<&'static str, u64>,
}

impl Funnel {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        let member = counted.member;
        let decided = member.decision;
        let eligible = decided != Some(DecisionKind::Excluded);
        let triggered = eligible && decided.is_some_and(|kind| kind != DecisionKind::NotTriggered);
        let mut reached = [true, eligible, triggered].to_vec();
        let mut of_member = vec![false; STEPS - BEFORE.len()];
        for course in counted.courses {
            for (at, step) in steps(course, counted.setting.today()).into_iter().enumerate() {
                if let (true, Some(count), Some(any)) =
                    (step, self.cases.get_mut(BEFORE.len() + at), of_member.get_mut(at))
                {
                    *count += 1;
                    *any = true;
                }
            }
            *self.statuses.entry(course.case.status.id()).or_default() += 1;
        }
        reached.extend(of_member);
        for group in Cut::groups(&member.traits) {
            let counts = self.members.entry(group).or_insert([0; STEPS]);
            for (count, reached) in counts.iter_mut().zip(&reached) {
                *count += u64::from(*reached);
            }
        }
        let decided = decided.map_or("NOT_DECIDED", DecisionKind::id);
        *self.decisions.entry(decided).or_default() += 1;
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "A member, and a case (one member in one program), counts in every step that it ever reached; members and \
             cases are counted apart.",
            "Eligible: not excluded. Triggered: a rule of use is met, whatever was decided. Attempted: a call, text or \
             visit, of the plan or a vendor; letters do not count. Reached: both sides spoke. In service 30 and 90 days: \
             that long in all.",
            "Shares are of the members identified.",
            SMALL_CELLS,
        ];
        Report::new(NAME, "Funnel", &says)
            .with(self.steps())
            .with(self.groups())
            .with(counts("decisions", "Members by decision", &self.decisions))
            .with(counts("statuses", "Cases by status now", &self.statuses))
    }

    fn steps(&self) -> Table {
        let columns = [
            ("step", "Step"),
            ("members", "Members"),
            ("cases", "Cases"),
            ("of", "Of identified"),
            ("share", "Share, %"),
        ];
        let mut table =
            Table::new("steps", "How far members and cases came", &columns).bars("step", "members");
        let none = [0; STEPS];
        let all = self.members.get(&(Cut::All, "all".into())).unwrap_or(&none);
        let identified = all.get(BEFORE.len()).copied().unwrap_or_default();
        for (at, ((name, members), cases)) in names().zip(all).zip(self.cases).enumerate() {
            let before = at < BEFORE.len();
            table.row([
                Cell::from(name),
                Cell::Count(*members),
                if before { Cell::Absent } else { Cell::Count(cases) },
                if before { Cell::Absent } else { Cell::Count(identified) },
                if before { Cell::Absent } else { percent(*members, identified).into() },
            ]);
        }
        table
    }

    fn groups(&self) -> Table {
        let names: Vec<&str> = names().collect();
        let columns: Vec<(&str, &str)> = [("cut", "Cut by"), ("group", "Group")]
            .into_iter()
            .chain(names.iter().map(|name| (*name, *name)))
            .collect();
        let mut table = Table::new("groups", "Members by group", &columns);
        counted_rows(&mut table, &self.members, |_, _| Vec::new());
        table
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    BEFORE.into_iter().chain(Milestone::ALL.into_iter().map(Milestone::id)).chain(AFTER)
}

/// Which steps a case reached.
fn steps(course: &Course<'_>, today: Day) -> Vec<bool> {
    let last = course.case.closed.as_ref().map_or(today, |closed| closed.at.day());
    let served: i32 =
        course.services.iter().map(|service| service.thru.unwrap_or(last).since(service.from)).sum();
    let milestones = Milestone::ALL.into_iter().map(|milestone| course.reached(milestone).is_some());
    let in_service = course.reached(Milestone::InService).is_some();
    milestones.chain([30, 90].map(|days| in_service && served >= days)).collect()
}

/// A table of counts by code, the largest first.
fn counts(id: &str, title: &str, counts: &BTreeMap<&'static str, u64>) -> Table {
    let mut table = Table::new(id, title, &[("code", "Code"), ("count", "Count")]).bars("code", "count");
    let mut sorted: Vec<(&&str, &u64)> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (code, count) in sorted {
        table.row([Cell::from(*code), Cell::Count(*count)]);
    }
    table
}
