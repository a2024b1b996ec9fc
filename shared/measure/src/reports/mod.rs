//! The reports, each counted member by member.

mod access;
mod assessments;
mod billable;
mod cut;
mod evaluations;
mod funnel;
mod guardrails;
mod outreach;
mod overlap;
mod rates;
mod states;
mod time;

use crate::course::Course;
use crate::member::MemberRecord;
use crate::table::Report;
use icm_domain::calendar::business::HolidayCalendar;
use icm_domain::day::Day;
use icm_domain::ids::ProgramId;
use icm_domain::moment::Moment;
use icm_domain::outreach::cadence::Cadence;
use icm_domain::program::team::Team;
use icm_domain::queue::Wave;

/// The names of all reports, in the order in which they are shown.
pub const NAMES: [&str; 11] = [
    funnel::NAME,
    states::NAME,
    outreach::NAME,
    assessments::NAME,
    rates::NAME,
    time::NAME,
    overlap::NAME,
    access::NAME,
    billable::NAME,
    guardrails::NAME,
    evaluations::NAME,
];

/// Months that reports by month look back.
const MONTHS: i32 = 15;

/// What reports need besides the members.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Through when everything known is in the reports.
    pub through: Moment,
    /// Business days.
    pub calendar: HolidayCalendar,
    /// Teams, practices and vendors.
    pub teams: Vec<Team>,
    /// Cadences of outreach: how soon after a discharge the first attempt is due.
    pub cadences: Vec<Cadence>,
    /// The waves of admission of every program, each program's in the order of time.
    pub waves: Vec<(ProgramId, Vec<Wave>)>,
}

impl Setting {
    /// The day of the reports.
    pub const fn today(&self) -> Day {
        self.through.day()
    }

    /// The first day whose use is wanted of a member: for the months shown, and for the windows of an evaluation.
    pub const fn first_day(&self) -> Day {
        evaluations::first_day(self.today())
    }
}

/// All reports while members are counted.
pub struct Measures {
    setting: Setting,
    funnel: funnel::Funnel,
    states: states::States,
    outreach: outreach::Outreach,
    assessments: assessments::Assessments,
    rates: rates::Rates,
    time: time::Time,
    overlap: overlap::Overlap,
    access: access::Access,
    billable: billable::Billable,
    guardrails: guardrails::Guardrails,
    evaluations: evaluations::Evaluations,
}

impl Measures {
    /// Nobody counted yet.
    pub fn new(setting: Setting) -> Self {
        Self {
            evaluations: evaluations::Evaluations::of(&setting),
            setting,
            funnel: funnel::Funnel::default(),
            states: states::States::default(),
            outreach: outreach::Outreach::default(),
            assessments: assessments::Assessments::default(),
            rates: rates::Rates::default(),
            time: time::Time::default(),
            overlap: overlap::Overlap::default(),
            access: access::Access::default(),
            billable: billable::Billable::default(),
            guardrails: guardrails::Guardrails::default(),
        }
    }

    /// What the reports need besides the members.
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// Counts a member. The order of members does not matter.
    pub fn add(&mut self, member: &MemberRecord) {
        let courses: Vec<Course<'_>> =
            member.cases.iter().map(|log| Course::of(&log.case, &log.lines)).collect();
        let counted = Counted { member, courses: &courses, setting: &self.setting };
        self.funnel.add(&counted);
        self.states.add(&counted);
        self.outreach.add(&counted);
        self.assessments.add(&counted);
        self.rates.add(&counted);
        self.time.add(&counted);
        self.overlap.add(&counted);
        self.access.add(&counted);
        self.billable.add(&counted);
        self.guardrails.add(&counted);
        self.evaluations.add(&counted);
    }

    /// The reports, in the order of [`NAMES`].
    pub fn reports(&self) -> Vec<Report> {
        vec![
            self.funnel.report(),
            self.states.report(),
            self.outreach.report(),
            self.assessments.report(),
            self.rates.report(&self.setting),
            self.time.report(),
            self.overlap.report(),
            self.access.report(),
            self.billable.report(&self.setting),
            self.guardrails.report(),
            self.evaluations.report(),
        ]
    }
}

/// A member with the courses of the cases.
struct Counted<'a> {
    member: &'a MemberRecord,
    courses: &'a [Course<'a>],
    setting: &'a Setting,
}
