//! The four classes in which assessments are reported (FACTS §5.2: completed, refused, not completed with and without
//! attempts), over everybody who was identified: the clock of the initial assessment starts there.

use super::Counted;
use super::cut::lob;
use crate::course::{Course, Milestone};
use crate::spread::percent;
use crate::table::{Cell, Report, Table};
use icm_domain::case::status::Status;
use icm_domain::day::Day;
use icm_domain::program::care_plan::LoopStatus;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "assessments";

/// The task of the care plan that is the initial assessment.
const ASSESSMENT: &str = "INITIAL_ASSESSMENT";

/// The four classes, in the order of the source.
const CLASSES: [&str; 4] =
    ["Completed", "Refused", "Not completed, attempts made", "Not completed, attempts not made"];

/// Days from identification within which an assessment is looked for: begun by 30, completed by 60 (NCQA), 90 (42 CFR
/// 438.208, SNP).
const CLOCKS: [i32; 3] = [30, 60, 90];

/// Cases of one program and line of business.
#[derive(Default)]
struct Classes {
    ended: [u64; 4],
    within: [u64; 3],
    /// Cases identified so long ago that each clock has run out.
    run_out: [u64; 3],
}

/// Assessments while members are counted.
#[derive(Default)]
pub(super) struct Assessments {
    groups: BTreeMap<(Box<str>, &'static str), Classes>,
}

impl Assessments {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        for course in counted.courses {
            let group = (course.case.program.as_str().into(), lob(&counted.member.traits));
            self.groups.entry(group).or_default().add(course, counted.setting.today());
        }
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "Every identified member of a program stands in one class. Refused: the assessment or the program was \
             declined. Attempts: calls, texts, visits or contacts of service.",
            "Within 30, 60 and 90 days of identification: of the cases identified at least that long ago, unreachable \
             and refusing members included.",
        ];
        let columns = [
            ("program", "Program"),
            ("lob", "Line of business"),
            ("class", "Class"),
            ("cases", "Cases"),
            ("share", "Share, %"),
        ];
        let mut classes = Table::new("classes", "Initial assessments", &columns).bars("class", "cases");
        let columns = [
            ("program", "Program"),
            ("lob", "Line of business"),
            ("days", "Within days"),
            ("completed", "Completed"),
            ("of", "Of cases"),
            ("share", "Share, %"),
        ];
        let mut clocks = Table::new("clocks", "Completed in time", &columns);
        for ((program, lob), held) in &self.groups {
            let name = || [Cell::text(program.as_ref()), Cell::from(*lob)];
            let all: u64 = held.ended.iter().sum();
            for (class, count) in CLASSES.into_iter().zip(held.ended) {
                let cells = [Cell::from(class), Cell::Count(count), percent(count, all).into()];
                classes.row(name().into_iter().chain(cells));
            }
            for ((days, done), of) in CLOCKS.into_iter().zip(held.within).zip(held.run_out) {
                let days = Cell::Count(u64::from(days.unsigned_abs()));
                let cells = [days, Cell::Count(done), Cell::Count(of), percent(done, of).into()];
                clocks.row(name().into_iter().chain(cells));
            }
        }
        Report::new(NAME, "Assessments", &says).with(classes).with(clocks)
    }
}

impl Classes {
    fn add(&mut self, course: &Course<'_>, today: Day) {
        let task =
            course.case.plan.iter().flat_map(|plan| &plan.tasks).find(|task| *task.code == *ASSESSMENT);
        let stands = |status| task.filter(|task| task.status == status).map(|task| task.since);
        let completed = stands(LoopStatus::Received);
        let class = if completed.is_some() {
            0
        } else if stands(LoopStatus::DeclinedByMember).is_some() || course.case.status == Status::Declined {
            1
        } else if course.first_try().is_some() || !course.contacts.is_empty() {
            2
        } else {
            3
        };
        if let Some(count) = self.ended.get_mut(class) {
            *count += 1;
        }
        let Some(identified) = course.reached(Milestone::Identified).map(icm_domain::moment::Moment::day)
        else {
            return;
        };
        for ((days, within), run_out) in CLOCKS.into_iter().zip(&mut self.within).zip(&mut self.run_out) {
            if today.since(identified) >= days {
                *run_out += 1;
                *within += u64::from(completed.is_some_and(|on| on.since(identified) <= days));
            }
        }
    }
}
