//! The evaluation of every program, from its recorded waves.

use super::cut::lob;
use super::{Counted, Setting};
use crate::evaluation::{
    Design, Effect, Estimate, Evaluation, NoEvaluation, OFFER_DAYS, Subject, Use, assign, evaluate,
};
use crate::table::{Cell, Plot, Report, Table};
use icm_domain::day::Day;
use icm_domain::ids::{CaseId, ProgramId};
use icm_domain::queue::Wave;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "evaluation";

/// Days of the window before the identification date, and of the one from it on.
const WINDOW_DAYS: i32 = 180;
/// Days for which claims are awaited after a window (FACTS §9: at least three months).
const RUN_OUT_DAYS: i32 = 90;

/// A case, as the evaluation needs it.
struct Case {
    stratum: Box<str>,
    /// None: too little time has passed.
    windows: Option<(Use, Use)>,
}

/// The evaluations while members are counted.
pub(super) struct Evaluations {
    waves: Vec<(ProgramId, Vec<Wave>)>,
    cases: BTreeMap<CaseId, Case>,
}

impl Evaluations {
    pub(super) fn of(setting: &Setting) -> Self {
        Self { waves: setting.waves.clone(), cases: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        let usage = &counted.member.usage;
        for course in counted.courses {
            let identified = course.case.opened.day();
            let last = identified.plus(WINDOW_DAYS - 1);
            let known = last.plus(RUN_OUT_DAYS) <= counted.setting.today();
            let windows = known.then(|| {
                let before = usage.within(identified.plus(-WINDOW_DAYS), identified.plus(-1));
                (before, usage.within(identified, last))
            });
            let priority = &course.case.priority;
            let (tier, persistence) = (priority.tier as u8, priority.persistence as u8);
            let week = identified.count().div_euclid(7);
            let stratum = format!("{tier} {persistence} {week} {}", lob(&counted.member.traits)).into();
            let case = Case { stratum, windows };
            self.cases.insert(course.case.id.clone(), case);
        }
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "Intention to treat: whoever was meant for a place counts as offered from the identification date on, whatever \
             came of it. Windows of 180 days before and after that date; claims had 90 days to come in.",
            "The difference in differences is (offered after − offered before) − (control after − control before), of \
             rates per covered member-month, with 95% intervals whose unit is the member.",
            "There is no plain before/after figure here. Members are chosen at their worst, and most of what follows would \
             have come by itself: the share that the control group shows as well is printed instead.",
        ];
        let mut designs = designs_table();
        let mut effects = effects_table();
        for (program, waves) in &self.waves {
            let before = designs.rows.len();
            self.program(program.as_str(), waves, &mut designs, &mut effects);
            if designs.rows.len() == before {
                designs.row(nobody_to_compare(program.as_str(), &designs));
            }
        }
        Report::new(NAME, "Evaluation", &says).with(effects).with(designs)
    }

    fn program(&self, program: &str, waves: &[Wave], designs: &mut Table, effects: &mut Table) {
        let assigned = assign(waves, |case| self.cases.get(case).map(|held| held.stratum.clone()));
        for design in [Design::WaitList, Design::CutOff] {
            let own = || assigned.cases.iter().filter(|(_, (of, _))| *of == design);
            let held = || own().filter_map(|(case, (_, standing))| Some((self.cases.get(case)?, standing)));
            if held().next().is_none() {
                continue;
            }
            let subjects: Vec<Subject> = held()
                .filter_map(|(case, assignment)| {
                    let (before, after) = case.windows?;
                    Some(Subject { assignment: assignment.clone(), before, after })
                })
                .collect();
            let too_early = held().count() - subjects.len();
            let evaluated = evaluate(design, &subjects);
            if let Ok(evaluation) = &evaluated {
                evaluation.effects.iter().for_each(|effect| effects.row(effect_row(program, design, effect)));
            }
            designs.row(design_row(program, design, &evaluated, too_early));
        }
    }
}

fn designs_table() -> Table {
    let columns = [
        ("program", "Program"),
        ("design", "Design"),
        ("verdict", "Verdict"),
        ("offered", "Members meant for a place"),
        ("control", "Members meant to wait"),
        ("offered_placed", "Of the first, given a place"),
        ("control_placed", "Of the second, given a place"),
        ("without_counterpart", "Left out: nobody to compare with"),
        ("too_early", "Left out: too early"),
        ("method", "Method"),
    ];
    Table::new("designs", "How the comparison was made", &columns)
}

fn design_row(
    program: &str,
    design: Design,
    evaluated: &Result<Evaluation, NoEvaluation>,
    too_early: usize,
) -> Vec<Cell> {
    let mut row = vec![Cell::from(program), Cell::from(name(design))];
    match evaluated {
        Ok(evaluation) => {
            let counts = [
                evaluation.members.offered,
                evaluation.members.control,
                evaluation.places_given.offered,
                evaluation.places_given.control,
                evaluation.without_counterpart,
            ];
            row.push(Cell::from("evaluated"));
            row.extend(counts.map(|count| Cell::Count(u64::from(count))));
        }
        Err(why) => {
            row.push(Cell::from(match why {
                NoEvaluation::TooFewMembers => {
                    "not evaluated: fewer than 30 members of an arm can be compared"
                }
                NoEvaluation::NoExposure => "not evaluated: an arm has no covered day in a window",
            }));
            row.extend(std::iter::repeat_n(Cell::Absent, 5));
        }
    }
    row.push(Cell::Count(too_early as u64));
    row.push(Cell::from(design.says()));
    row
}

/// A program of which no case ever waited for want of places.
fn nobody_to_compare(program: &str, designs: &Table) -> Vec<Cell> {
    let mut row = vec![
        Cell::from(program),
        Cell::from("none"),
        Cell::from("not evaluated: places never ran out, so that there is nobody to compare with"),
    ];
    row.resize(designs.columns.len(), Cell::Absent);
    row
}

fn effects_table() -> Table {
    let columns = [
        ("program", "Program"),
        ("design", "Design"),
        ("outcome", "Outcome"),
        ("unit", "Unit"),
        ("difference", "Difference in differences"),
        ("low", "95% from"),
        ("high", "95% to"),
        ("control_after", "Control group after"),
        ("relative", "Relative to no offer, %"),
        ("regression", "Of the plain change also in the control group, %"),
        ("regression_low", "95% from"),
        ("regression_high", "95% to"),
        ("before", "Arms apart before"),
        ("before_low", "95% from"),
        ("before_high", "95% to"),
    ];
    let mut table = Table::new("effects", "What the offer changed", &columns);
    table.plot = Some(Plot::Intervals {
        label: "outcome".to_owned(),
        value: "difference".to_owned(),
        low: "low".to_owned(),
        high: "high".to_owned(),
    });
    table
}

fn effect_row(program: &str, design: Design, effect: &Effect) -> Vec<Cell> {
    let mut row = vec![
        Cell::from(program),
        Cell::from(name(design)),
        Cell::from(effect.outcome.title()),
        Cell::text(effect.unit.as_str()),
    ];
    row.extend(figures(effect.difference, 1.0));
    row.push(Cell::Figure(effect.control_after));
    row.push(effect.relative.map_or(Cell::Absent, |share| Cell::Figure(share * 100.0)));
    match effect.regression_share {
        Some(share) => row.extend(figures(share, 100.0)),
        None => row.extend([Cell::Absent, Cell::Absent, Cell::Absent]),
    }
    row.extend(figures(effect.difference_before, 1.0));
    row
}

fn figures(estimate: Estimate, scale: f64) -> [Cell; 3] {
    [estimate.value, estimate.low, estimate.high].map(|figure| Cell::Figure(figure * scale))
}

const fn name(design: Design) -> &'static str {
    match design {
        Design::WaitList => "wait list",
        Design::CutOff => "capacity cut-off",
    }
}

/// The first day of use that an evaluation of cases identified up to two years ago needs.
pub(super) const fn first_day(today: Day) -> Day {
    today.plus(-(2 * 365 + WINDOW_DAYS + OFFER_DAYS))
}
