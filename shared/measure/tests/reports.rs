//! The reports over a handful of members whose courses are written down.

use icm_domain::calendar::business::HolidayCalendar;
use icm_domain::case::event::{CaseEvent, EventKind};
use icm_domain::case::log::CaseLine;
use icm_domain::case::open::{Opening, open};
use icm_domain::case::required::Participation;
use icm_domain::case::state::{Case, Terms};
use icm_domain::case::status::Status;
use icm_domain::case::transition::HistoryEntry;
use icm_domain::day::Day;
use icm_domain::decision::DecisionKind;
use icm_domain::decision::priority::{Persistence, Priority, Tier};
use icm_domain::facts::{Channel, LineOfBusiness, Model};
use icm_domain::ids::{ActorId, CaseId, MemberId, ProgramId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::money::Cents;
use icm_domain::outreach::attempt::{Attempt, NumberClass, Outcome};
use icm_domain::program::care_plan::{CarePlan, CareTask, LoopStatus};
use icm_domain::program::definition::ServiceAmount;
use icm_domain::program::team::{RateBasis, Team, TeamKind};
use icm_domain::vendor::reply::ContactMode;
use icm_measure::member::{CaseLog, MemberRecord, Traits};
use icm_measure::table::{Cell, Report, Table};
use icm_measure::usage::Usage;
use icm_measure::{Measures, NAMES, Setting};

/// A Monday.
const TODAY: &str = "2026-06-29";

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn at(text: &str) -> Moment {
    Moment::start_of(day(text)).plus_hours(15)
}

fn setting() -> Setting {
    let team = Team {
        id: VendorId::new("VENDOR-1"),
        version: 1,
        kind: TeamKind::Vendor,
        active: true,
        test: false,
        contract_major: None,
        languages: Vec::new(),
        practices: Vec::new(),
        capacity: Vec::new(),
        clocks: icm_domain::vendor::sla::OfferClocks::default(),
        rate_basis: Some(RateBasis::ContactMonth),
    };
    let calendar = HolidayCalendar {
        id: "none".into(),
        version: 1,
        federal: Vec::new(),
        states: std::collections::BTreeMap::new(),
    };
    Setting { through: at(TODAY), calendar, teams: vec![team], waves: Vec::new() }
}

/// A case written event by event.
struct Story {
    case: Case,
    lines: Vec<CaseLine>,
}

impl Story {
    fn opened(id: &str, on: &str) -> Self {
        let priority = Priority {
            tier: Tier::High,
            persistence: Persistence::Usual,
            not_impactable: 1,
            waiting_since: day(on),
        };
        let opening = Opening {
            id: CaseId::new(id),
            member: MemberId::new(format!("member of {id}")),
            program: ProgramId::new("ICM"),
            terms: Terms::default(),
            priority,
            participation: Participation::Voluntary,
            facts_version: 1,
            co_managers: Vec::new(),
            details: None,
            at: at(on),
        };
        let case = open(opening, None, None).unwrap();
        Self { lines: vec![CaseLine::Opened(Box::new(case.clone()))], case }
    }

    /// Something happened, after which the case stands in `to`.
    fn then(mut self, on: &str, kind: EventKind, to: Status) -> Self {
        let key: Box<str> = format!("event {}", self.lines.len()).into();
        let actor = ActorId::new("somebody");
        let entry = HistoryEntry {
            key: key.clone(),
            event: kind.id().into(),
            from: self.case.status,
            to,
            reason: None,
            actor: actor.clone(),
            occurred: at(on),
            recorded: at(on),
        };
        let event = CaseEvent { key, actor, occurred: at(on), recorded: at(on), kind };
        self.case.status = to;
        self.lines.push(CaseLine::Applied { event: Box::new(event), entry });
        self
    }

    fn tried(self, on: &str, outcome: Outcome, to: Status) -> Self {
        let attempt = Attempt {
            task: None,
            at: at(on),
            channel: Channel::Call,
            number_class: NumberClass::ALL[0],
            phone: None,
            outcome,
            call_back: None,
        };
        self.then(on, EventKind::AttemptRecorded(attempt), to)
    }

    fn contact(self, on: &str, minutes: u16, two_way: bool) -> Self {
        let to = self.case.status;
        self.then(on, EventKind::ContactLogged { minutes, mode: ContactMode::Phone, two_way }, to)
    }

    fn log(self) -> CaseLog {
        CaseLog { case: self.case, lines: self.lines }
    }
}

fn enrolled(to: &str) -> EventKind {
    EventKind::Enrolled { to: VendorId::new(to), start: day("2026-05-11"), facts_version: 1 }
}

/// Identified on a Friday, called the next Monday and Tuesday, in service since 11 May.
fn in_service(id: &str) -> Story {
    let mut story = Story::opened(id, "2026-05-01")
        .then("2026-05-01", EventKind::Queued, Status::Queued)
        .then("2026-05-04", EventKind::PendEnded, Status::Outreach)
        .tried("2026-05-04", Outcome::NoAnswer, Status::Outreach)
        .tried("2026-05-05", Outcome::ReachedMember, Status::Engaged)
        .then("2026-05-06", EventKind::PendEnded, Status::Consented)
        .then("2026-05-07", enrolled("VENDOR-1"), Status::Enrolled)
        .then("2026-05-08", EventKind::PendEnded, Status::VendorAccepted)
        .then("2026-05-11", EventKind::ServiceStarted { on: day("2026-05-11") }, Status::Active)
        .contact("2026-05-12", 40, true)
        .contact("2026-05-20", 5, false)
        .contact("2026-06-02", 25, false);
    story.case.plan = Some(Box::new(plan(LoopStatus::Received, "2026-05-25")));
    story
}

fn plan(assessment: LoopStatus, since: &str) -> CarePlan {
    let start = day("2026-05-11");
    let task = CareTask {
        code: "INITIAL_ASSESSMENT".into(),
        due: start.plus(30),
        closed_loop: false,
        status: assessment,
        since: day(since),
    };
    let amount = ServiceAmount {
        tier: Tier::High,
        contacts_per_month: 1,
        in_person_per_month: 0,
        intensive_weeks: 4,
        months_max: 6,
    };
    CarePlan {
        program_version: 1,
        start,
        amount: Some(amount),
        goals: Vec::new(),
        barriers: Vec::new(),
        tasks: vec![task],
    }
}

fn member(county: &str, story: Option<Story>) -> MemberRecord {
    MemberRecord {
        traits: Traits {
            lob: Some(LineOfBusiness::Medicaid),
            county: Some(county.into()),
            practice: Some("PCP-1".into()),
            ..Traits::default()
        },
        decision: Some(if story.is_some() { DecisionKind::AlreadyOpen } else { DecisionKind::NotTriggered }),
        cases: story.into_iter().map(Story::log).collect(),
        ..MemberRecord::default()
    }
}

fn reports(members: &[MemberRecord]) -> Vec<Report> {
    let mut measures = Measures::new(setting());
    members.iter().for_each(|member| measures.add(member));
    measures.reports()
}

fn table<'a>(reports: &'a [Report], report: &str, table: &str) -> &'a Table {
    let report = reports.iter().find(|held| held.name == report).unwrap();
    report.tables.iter().find(|held| held.id == table).unwrap()
}

/// The cell of the row in which the columns have these texts.
fn cell<'a>(table: &'a Table, row: &[(&str, &str)], column: &str) -> &'a Cell {
    let at = |id: &str| table.columns.iter().position(|column| column.id == id).unwrap();
    let found =
        table.rows.iter().find(|cells| row.iter().all(|(id, text)| cells[at(id)].to_string() == *text));
    &found.unwrap_or_else(|| panic!("no row {row:?} in {}", table.id))[at(column)]
}

#[test]
fn every_report_has_its_name_and_rows_as_wide_as_its_columns() {
    let reports = reports(&[member("Kent", Some(in_service("c1"))), member("Kent", None)]);
    assert_eq!(reports.iter().map(|report| report.name.as_str()).collect::<Vec<_>>(), NAMES);
    for table in reports.iter().flat_map(|report| &report.tables) {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.id);
    }
}

#[test]
fn the_funnel_counts_members_and_cases_in_every_step_reached() {
    let waiting = Story::opened("c2", "2026-06-20").then("2026-06-20", EventKind::Queued, Status::Queued);
    let members =
        [member("Kent", Some(in_service("c1"))), member("Kent", Some(waiting)), member("Kent", None)];
    let reports = reports(&members);
    let steps = table(&reports, "funnel", "steps");
    for (step, members) in [
        ("members", 3),
        ("eligible", 3),
        ("triggered", 2),
        ("identified", 2),
        ("queued", 2),
        ("attempted", 1),
        ("reached", 1),
        ("consented", 1),
        ("accepted", 1),
        ("in_service", 1),
        ("in_service_30_days", 1),
        ("in_service_90_days", 0),
        ("graduated", 0),
    ] {
        assert_eq!(cell(steps, &[("step", step)], "members"), &Cell::Count(members), "{step}");
    }
    assert_eq!(cell(steps, &[("step", "reached")], "share"), &Cell::Count(50));
}

#[test]
fn a_member_with_two_cases_is_one_member() {
    let mut twice = member("Kent", Some(in_service("c1")));
    twice.cases.push(Story::opened("c2", "2026-06-20").log());
    let reports = reports(&[twice]);
    let steps = table(&reports, "funnel", "steps");
    assert_eq!(cell(steps, &[("step", "identified")], "members"), &Cell::Count(1));
    assert_eq!(cell(steps, &[("step", "identified")], "cases"), &Cell::Count(2));
}

#[test]
fn days_in_a_state_end_where_the_next_begins_and_the_present_one_runs() {
    let reports = reports(&[member("Kent", Some(in_service("c1")))]);
    let states = table(&reports, "days-in-state", "states");
    assert_eq!(cell(states, &[("state", "QUEUED")], "median"), &Cell::Count(3));
    assert_eq!(cell(states, &[("state", "OUTREACH")], "median"), &Cell::Count(1));
    assert_eq!(cell(states, &[("state", "ACTIVE")], "ended"), &Cell::Count(0));
    assert_eq!(cell(states, &[("state", "ACTIVE")], "running_median"), &Cell::Count(49));
}

#[test]
fn the_first_attempt_is_timed_in_business_days_and_letters_are_none() {
    let letter = Attempt {
        task: None,
        at: at("2026-05-02"),
        channel: Channel::Letter,
        number_class: NumberClass::ALL[0],
        phone: None,
        outcome: Outcome::LetterSent,
        call_back: None,
    };
    let mut story = in_service("c1");
    let lines = story.lines.split_off(2);
    story = story.then("2026-05-02", EventKind::AttemptRecorded(letter), Status::Queued);
    story.lines.extend(lines);
    story.case.status = Status::Active;
    let reports = reports(&[member("Kent", Some(story))]);
    let waits = table(&reports, "outreach", "waits");
    let first = [("cut", "all"), ("what", "identified to first attempt")];
    // Friday to Monday is one business day.
    assert_eq!(cell(waits, &first, "median"), &Cell::Count(1));
    let reach = table(&reports, "outreach", "reach");
    assert_eq!(cell(reach, &[("cut", "all")], "reach"), &Cell::Count(100));
    let attempts = table(&reports, "outreach", "attempts");
    assert_eq!(cell(attempts, &[("what", "attempts until reached")], "median"), &Cell::Count(2));
}

#[test]
fn an_attempt_after_an_opt_out_is_shown() {
    let stop = EventKind::OptedOut(icm_domain::case::event::OptOutScope::Program);
    let story = in_service("c1").then("2026-06-03", stop, Status::Active).tried(
        "2026-06-04",
        Outcome::NoAnswer,
        Status::Active,
    );
    let reports = reports(&[member("Kent", Some(story))]);
    let attempts = table(&reports, "outreach", "attempts");
    let row = [("what", "attempts after an opt-out (must be none)")];
    assert_eq!(cell(attempts, &row, "cases"), &Cell::Count(1));
}

#[test]
fn everybody_identified_stands_in_one_of_four_classes() {
    let mut refused = in_service("c2");
    refused.case.plan = Some(Box::new(plan(LoopStatus::DeclinedByMember, "2026-05-25")));
    let attempted =
        Story::opened("c3", "2026-06-01").tried("2026-06-02", Outcome::NoAnswer, Status::Outreach);
    let untouched = Story::opened("c4", "2026-06-01");
    let stories = [in_service("c1"), refused, attempted, untouched];
    let reports = reports(&stories.map(|story| member("Kent", Some(story))));
    let classes = table(&reports, "assessments", "classes");
    for class in ["Completed", "Refused", "Not completed, attempts made", "Not completed, attempts not made"]
    {
        assert_eq!(cell(classes, &[("class", class)], "cases"), &Cell::Count(1), "{class}");
    }
    // Two were identified 59 days ago, and one of them completed after 24.
    let clocks = table(&reports, "assessments", "clocks");
    assert_eq!(cell(clocks, &[("days", "30")], "of"), &Cell::Count(2));
    assert_eq!(cell(clocks, &[("days", "30")], "completed"), &Cell::Count(1));
    assert_eq!(cell(clocks, &[("days", "60")], "of"), &Cell::Count(0));
}

#[test]
fn a_member_month_is_billable_by_the_basis_of_the_contract_only() {
    let reports = reports(&[member("Kent", Some(in_service("c1")))]);
    let teams = table(&reports, "billable", "teams");
    let of = |month: &str, column: &str| cell(teams, &[("month", month)], column).clone();
    // May: a conversation. June: a voicemail, no conversation.
    assert_eq!(of("2026-05", "billable"), Cell::Count(1));
    assert_eq!(of("2026-05", "contacts"), Cell::Count(2));
    assert_eq!(of("2026-05", "minutes"), Cell::Count(45));
    assert_eq!(of("2026-06", "active"), Cell::Count(1));
    assert_eq!(of("2026-06", "billable"), Cell::Count(0));
    let cases = table(&reports, "billable", "cases");
    assert_eq!(cell(cases, &[("month", "2026-06"), ("case", "c1")], "days"), &Cell::Count(29));
    assert_eq!(cell(cases, &[("month", "2026-05"), ("case", "c1")], "days"), &Cell::Count(21));
}

#[test]
fn time_is_counted_per_member_served() {
    let reports = reports(&[member("Kent", Some(in_service("c1"))), member("Kent", Some(in_service("c2")))]);
    let teams = table(&reports, "clinician-time", "teams");
    assert_eq!(cell(teams, &[("team", "VENDOR-1")], "members"), &Cell::Count(2));
    assert_eq!(cell(teams, &[("team", "VENDOR-1")], "minutes"), &Cell::Count(140));
    assert_eq!(cell(teams, &[("team", "VENDOR-1")], "median"), &Cell::Count(70));
}

#[test]
fn two_managers_and_models_that_are_not_to_be_had_are_seen() {
    let mut both = member("Kent", Some(in_service("c1")));
    both.managed_by = vec![Model::M1A];
    both.contacts = vec![day("2026-06-28"), day("2026-06-27"), day("2026-04-01")];
    let mut lacking = member("Wayne", None);
    lacking.not_to_be_had = Some(Model::M3);
    let reports = reports(&[both, lacking]);
    let managers = table(&reports, "overlap-and-gap", "managers");
    assert_eq!(cell(managers, &[("managers", "2")], "members"), &Cell::Count(1));
    assert_eq!(cell(managers, &[("managers", "2")], "median"), &Cell::Count(2));
    let together = table(&reports, "overlap-and-gap", "together");
    assert_eq!(cell(together, &[("models", "M1A + M8")], "members"), &Cell::Count(1));
    let gap = table(&reports, "overlap-and-gap", "gap_practice");
    assert_eq!(cell(gap, &[("place", "PCP-1"), ("model", "M3")], "members"), &Cell::Count(1));
    let county = table(&reports, "overlap-and-gap", "gap_county");
    assert_eq!(cell(county, &[("place", "Wayne")], "members"), &Cell::text("1-10"));
}

#[test]
fn rates_are_of_covered_days() {
    let mut covered = member("Kent", None);
    covered.usage = Usage {
        ed_visits: vec![day("2026-03-05")],
        stays: Vec::new(),
        allowed: vec![(day("2026-03-05"), Cents(90_000))],
        covered: vec![(day("2026-03-01"), day("2026-03-31"))],
    };
    let reports = reports(&[covered]);
    let months = table(&reports, "utilization", "months");
    let march = [("lob", "MEDICAID"), ("month", "2026-03")];
    assert_eq!(cell(months, &march, "ed"), &Cell::Count(1));
    assert_eq!(cell(months, &march, "ed_per_1000"), &Cell::Count(11_782));
    assert_eq!(cell(months, &march, "pmpm_cents"), &Cell::Count(88_367));
    assert_eq!(cell(months, &march, "complete"), &Cell::from("no"));
    let april = [("lob", "MEDICAID"), ("month", "2026-04")];
    assert_eq!(cell(months, &april, "ed_per_1000"), &Cell::Absent);
}

#[test]
fn no_small_count_of_people_as_they_are_leaves() {
    let mut members: Vec<MemberRecord> = (0..40).map(|_| member("Kent", None)).collect();
    members.extend((0..3).map(|at| member("Wayne", Some(in_service(&format!("w{at}"))))));
    members.extend((0..12).map(|at| member("Allegan", Some(in_service(&format!("a{at}"))))));
    let reports = reports(&members);
    for table in reports.iter().flat_map(|report| &report.tables) {
        let Some(cut) = table.columns.iter().position(|column| column.id == "cut") else { continue };
        for row in table.rows.iter().filter(|row| row[cut] == Cell::from("county")) {
            // Median days and the like are of eleven members at least; counts themselves are what is looked for.
            let counts = table.columns.iter().zip(row).filter(|(column, _)| {
                !["median", "p90", "running_median", "running_p90", "in_time"].contains(&column.id.as_str())
            });
            for (column, cell) in counts {
                let small = matches!(cell, Cell::Count(count) if (1..=10).contains(count));
                assert!(!small, "{} {}: {cell}", table.id, column.id);
            }
        }
    }
    let groups = table(&reports, "funnel", "groups");
    let of = |county: &str| cell(groups, &[("cut", "county"), ("group", county)], "members").clone();
    assert_eq!(of("Wayne"), Cell::text("1-10"));
    assert_eq!(of("Allegan"), Cell::text("withheld"), "else Wayne would be the rest");
    assert_eq!(of("Kent"), Cell::Count(40));
}

#[test]
fn the_order_of_members_does_not_matter() {
    let mut members: Vec<MemberRecord> =
        (0..20).map(|at| member(["Kent", "Wayne"][at % 2], Some(in_service(&format!("c{at}"))))).collect();
    let forward = reports(&members);
    members.reverse();
    assert_eq!(forward, reports(&members));
}

#[test]
fn cells_come_back_from_their_json() {
    let cells = vec![Cell::Absent, Cell::Count(7), Cell::Figure(-0.5), Cell::text("1-10")];
    let text = serde_json::to_string(&cells).unwrap();
    assert_eq!(text, r#"[null,7,-0.5,"1-10"]"#);
    assert_eq!(serde_json::from_str::<Vec<Cell>>(&text).unwrap(), cells);
}
