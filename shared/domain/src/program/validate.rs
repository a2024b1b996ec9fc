//! The validator of a catalogue: a bad definition fails before it is published, with the path of the field
//! (DESIGN D6). It reports every flaw, not the first alone.

use crate::case::remedy::Remedy;
use crate::case::state::{Delivery, HandOver};
use crate::coded::coded;
use crate::decision::priority::Tier;
use crate::outreach::cadence::Cadence;
use crate::outreach::hours::StateHours;
use crate::program::definition::{Mode, ParticipationRule, Program};
use crate::program::team::{Team, TeamKind};
use crate::program::{Calendars, Catalogue};
use std::collections::BTreeSet;

coded! {
    /// What is wrong with a field.
    pub enum Problem {
        /// Must not be empty.
        Empty = "must not be empty",
        /// Not a neutral code: capitals, digits, `_` and `-` only.
        NotNeutral = "must be a neutral code of A-Z, 0-9, '_' and '-', at most 40 long",
        /// Defined twice.
        Twice = "is defined twice",
        /// Names something that is not defined.
        Unknown = "names something that is not defined",
        /// Must be more than zero.
        Zero = "must be more than zero",
        /// Above what the rules of the field allow.
        TooLarge = "is larger than allowed",
        /// Smaller than what stands before it.
        Order = "must not be smaller than what stands before it",
        /// The kind of team does not fit the placement of the route.
        WrongKind = "is a team of another kind than the route's delivery",
        /// Outreach can be delegated to practices and vendors only.
        NotDelegable = "outreach can be delegated to PRACTICE and EXTERNAL only",
        /// A vendor with queues needs a contract version.
        NoContract = "needs contract_major",
        /// A major of the contract that is not spoken.
        UnknownContract = "names a major of the contract that is not spoken",
        /// Calling hours wider than the law.
        HoursTooWide = "calling hours must lie within 08:00 and 21:00",
        /// A LIVE program without a daily cap or without required sources.
        NotGuarded = "LIVE needs a daily cap and required sources",
        /// Software alone may not do it.
        NeedsPerson = "must be confirmed by a person",
        /// One tier lacks an amount of service.
        TierMissing = "must state every tier exactly once",
    }
}

/// A flaw, with the path of the field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    /// Path: file and field, as `programs.json[0].routes[1].teams[0]`.
    pub path: String,
    /// What is wrong.
    pub problem: Problem,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.problem.id())
    }
}

/// Longest hold, waiting time or gap that a definition may state, in days.
const DAYS_MAX: u16 = 366;

#[derive(Default)]
struct Findings(Vec<Flaw>);

impl Findings {
    fn add(&mut self, bad: bool, path: impl Into<String>, problem: Problem) {
        if bad {
            self.0.push(Flaw { path: path.into(), problem });
        }
    }

    fn unique<'k>(&mut self, file: &str, keys: impl Iterator<Item = (&'k str, u32)>) {
        let mut seen = BTreeSet::new();
        for (index, key) in keys.enumerate() {
            self.add(!seen.insert(key), format!("{file}[{index}].id"), Problem::Twice);
            self.add(!is_neutral(key.0), format!("{file}[{index}].id"), Problem::NotNeutral);
        }
    }
}

fn is_neutral(code: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=40).contains(&code.len()) && code.bytes().all(fits)
}

/// Every flaw of a catalogue, sorted by path; empty: it may be published.
pub fn flaws(catalogue: &Catalogue) -> Vec<Flaw> {
    let mut found = Findings::default();
    found.unique("programs.json", catalogue.programs.iter().map(|it| (it.id.as_str(), it.version)));
    found.unique("vendors.json", catalogue.teams.iter().map(|it| (it.id.as_str(), it.version)));
    found.unique("cadences.json", catalogue.cadences.iter().map(|it| (&*it.id, it.version)));
    for (index, program) in catalogue.programs.iter().enumerate() {
        check_program(&mut found, &format!("programs.json[{index}]"), program, catalogue);
    }
    for (index, team) in catalogue.teams.iter().enumerate() {
        check_team(&mut found, &format!("vendors.json[{index}]"), team);
    }
    for (index, cadence) in catalogue.cadences.iter().enumerate() {
        check_cadence(&mut found, &format!("cadences.json[{index}]"), cadence);
    }
    check_calendars(&mut found, &catalogue.calendars);
    found.0.sort();
    found.0
}

fn check_program(found: &mut Findings, path: &str, program: &Program, catalogue: &Catalogue) {
    found.add(program.lines_of_business.is_empty(), format!("{path}.lines_of_business"), Problem::Empty);
    found.add(catalogue.cadence(&program.cadence).is_none(), format!("{path}.cadence"), Problem::Unknown);
    if let ParticipationRule::Required { legal_basis } = &program.participation {
        found.add(legal_basis.trim().is_empty(), format!("{path}.participation.legal_basis"), Problem::Empty);
    }
    let guarded = program.daily_cap > 0 && !program.required_sources.is_empty();
    found.add(program.mode == Mode::Live && !guarded, format!("{path}.mode"), Problem::NotGuarded);
    found.add(
        program.longest_waiting_percent > 100,
        format!("{path}.longest_waiting_percent"),
        Problem::TooLarge,
    );
    found.add(program.breaker_rise_percent == 0, format!("{path}.breaker_rise_percent"), Problem::Zero);
    check_limits(found, path, program);
    check_remedies(found, path, program);
    check_service(found, path, program);
    check_routes(found, path, program, catalogue);
    if let Some(evaluation) = &program.evaluation {
        found.add(
            evaluation.approval.trim().is_empty(),
            format!("{path}.evaluation.approval"),
            Problem::Empty,
        );
        found.add(evaluation.until < evaluation.from, format!("{path}.evaluation.until"), Problem::Order);
    }
}

fn check_limits(found: &mut Findings, path: &str, program: &Program) {
    let limits = program.limits;
    let days = [
        ("hold_days_max", limits.hold_days_max),
        ("elig_gap_days", limits.elig_gap_days),
        ("waiting_days_max", limits.waiting_days_max),
        ("dose_gap_days", limits.dose_gap_days),
        ("reply_gap_hours", limits.reply_gap_hours),
        ("first_attempt_business_days", limits.first_attempt_business_days),
    ];
    for (name, value) in days {
        found.add(value == 0, format!("{path}.limits.{name}"), Problem::Zero);
        found.add(value > DAYS_MAX, format!("{path}.limits.{name}"), Problem::TooLarge);
    }
}

/// A hand-up names its model and is always a person's.
fn check_remedies(found: &mut Findings, path: &str, program: &Program) {
    let rules =
        [("dose_lapsed", program.remedies.dose_lapsed), ("not_working", program.remedies.not_working)];
    for (name, rule) in rules {
        let up = rule.remedy == Remedy::HandUp;
        found.add(up && rule.model.is_none(), format!("{path}.remedies.{name}.model"), Problem::Empty);
        found.add(up && !rule.confirm, format!("{path}.remedies.{name}.confirm"), Problem::NeedsPerson);
    }
}

fn check_service(found: &mut Findings, path: &str, program: &Program) {
    let mut tiers: Vec<Tier> = program.service.iter().map(|amount| amount.tier).collect();
    tiers.sort_unstable();
    let every = [Tier::Critical, Tier::High, Tier::Standard];
    found.add(tiers != every, format!("{path}.service"), Problem::TierMissing);
    for (index, amount) in program.service.iter().enumerate() {
        let at = format!("{path}.service[{index}]");
        found.add(amount.contacts_per_month == 0, format!("{at}.contacts_per_month"), Problem::Zero);
        found.add(
            amount.in_person_per_month > amount.contacts_per_month,
            format!("{at}.in_person_per_month"),
            Problem::TooLarge,
        );
    }
    let plan = &program.care_plan;
    found.add(plan.goals.is_empty(), format!("{path}.care_plan.goals"), Problem::Empty);
    found.add(plan.tasks.is_empty(), format!("{path}.care_plan.tasks"), Problem::Empty);
}

fn check_routes(found: &mut Findings, path: &str, program: &Program, catalogue: &Catalogue) {
    found.add(program.routes.is_empty(), format!("{path}.routes"), Problem::Empty);
    for (index, route) in program.routes.iter().enumerate() {
        let at = format!("{path}.routes[{index}]");
        found.add(route.teams.is_empty(), format!("{at}.teams"), Problem::Empty);
        let delegable = matches!(route.delivery, Delivery::Practice | Delivery::External);
        let delegated = route.hand_over == HandOver::OutreachDelegated;
        found.add(delegated && !delegable, format!("{at}.hand_over"), Problem::NotDelegable);
        for (index, id) in route.teams.iter().enumerate() {
            let at = format!("{at}.teams[{index}]");
            match catalogue.team(id) {
                None => found.add(true, at, Problem::Unknown),
                Some(team) => found.add(team.kind != kind_of(route.delivery), at, Problem::WrongKind),
            }
        }
    }
}

const fn kind_of(delivery: Delivery) -> TeamKind {
    match delivery {
        Delivery::PayerTeam => TeamKind::PayerTeam,
        Delivery::Embedded => TeamKind::Embedded,
        Delivery::Practice => TeamKind::Practice,
        Delivery::External => TeamKind::Vendor,
    }
}

fn check_team(found: &mut Findings, path: &str, team: &Team) {
    found.add(team.capacity.is_empty(), format!("{path}.capacity"), Problem::Empty);
    let by_practice = matches!(team.kind, TeamKind::Embedded | TeamKind::Practice);
    found.add(by_practice && team.practices.is_empty(), format!("{path}.practices"), Problem::Empty);
    let queues = matches!(team.kind, TeamKind::Vendor | TeamKind::Practice);
    found.add(queues && team.contract_major.is_none(), format!("{path}.contract_major"), Problem::NoContract);
    let unspoken = team.contract_major.is_some_and(|major| !crate::vendor::MAJORS.contains(&major));
    found.add(unspoken, format!("{path}.contract_major"), Problem::UnknownContract);
    found.add(team.clocks.warn_hours == 0, format!("{path}.clocks.warn_hours"), Problem::Zero);
    found.add(
        team.clocks.answer_business_days == 0,
        format!("{path}.clocks.answer_business_days"),
        Problem::Zero,
    );
    let mut cells = BTreeSet::new();
    for (index, row) in team.capacity.iter().enumerate() {
        let cell = (row.county.clone(), row.language.clone(), row.lob);
        found.add(!cells.insert(cell), format!("{path}.capacity[{index}]"), Problem::Twice);
    }
}

fn check_cadence(found: &mut Findings, path: &str, cadence: &Cadence) {
    found.add(cadence.steps.is_empty(), format!("{path}.steps"), Problem::Empty);
    found.add(cadence.close_on_day == 0, format!("{path}.close_on_day"), Problem::Zero);
    let mut before = 0;
    for (index, step) in cadence.steps.iter().enumerate() {
        let at = format!("{path}.steps[{index}]");
        found.add(step.from_day < before, format!("{at}.from_day"), Problem::Order);
        found.add(step.by_day < step.from_day, format!("{at}.by_day"), Problem::Order);
        found.add(step.by_day > cadence.close_on_day, format!("{at}.by_day"), Problem::TooLarge);
        before = step.from_day;
    }
    if let Some(repeat) = &cadence.repeat {
        found.add(repeat.every_days == 0, format!("{path}.repeat.every_days"), Problem::Zero);
    }
}

fn check_calendars(found: &mut Findings, calendars: &Calendars) {
    let hours = &calendars.calling_hours;
    check_hours(found, "calendars.json.calling_hours.default", &hours.default);
    for (state, hours) in &hours.states {
        check_hours(found, &format!("calendars.json.calling_hours.states.{state}"), hours);
    }
    let holidays = &calendars.holidays;
    found.add(holidays.federal.is_empty(), "calendars.json.holidays.federal", Problem::Empty);
    let caps = calendars.contact_caps;
    found.add(caps.per_day == 0, "calendars.json.contact_caps.per_day", Problem::Zero);
    found.add(caps.per_week < caps.per_day, "calendars.json.contact_caps.per_week", Problem::Order);
    found.add(caps.letters_per_week == 0, "calendars.json.contact_caps.letters_per_week", Problem::Zero);
}

/// A state may be stricter than the federal window, never wider (FACTS §5.3).
fn check_hours(found: &mut Findings, path: &str, hours: &StateHours) {
    let inside = hours.span.is_valid() && hours.span.open >= 480 && hours.span.close <= 1260;
    found.add(!inside, format!("{path}.span"), Problem::HoursTooWide);
    found.add(hours.closed.len() > 6, format!("{path}.closed"), Problem::TooLarge);
}
