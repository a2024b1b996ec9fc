//! The reports over a handful of members whose courses are written down.
#![expect(clippy::unwrap_used, reason = "a story that cannot be told has failed")]
#![expect(clippy::indexing_slicing, reason = "a cell that is not there has failed")]

mod story;

use icm_domain::case::event::{AcuteKind, EventKind};
use icm_domain::case::state::Place;
use icm_domain::case::status::Status;
use icm_domain::decision::DecisionKind;
use icm_domain::facts::{Channel, Model};
use icm_domain::ids::{CaseId, ProgramId, VendorId};
use icm_domain::money::Cents;
use icm_domain::outreach::attempt::{Attempt, NumberClass, Outcome};
use icm_domain::outreach::cadence::{Cadence, CadenceStep, PartRule};
use icm_domain::program::care_plan::LoopStatus;
use icm_domain::queue::{AdmittedBy, Order, Standing, WaitReason, Wave, WaveRow};
use icm_measure::member::{MemberRecord, Watch};
use icm_measure::table::{Cell, Report, Table};
use icm_measure::usage::Usage;
use icm_measure::{Measures, NAMES, Setting};

use story::{Story, TODAY, at, day, in_service, member, plan, setting};

fn reports(members: &[MemberRecord]) -> Vec<Report> {
    reports_of(setting(), members)
}

fn reports_of(setting: Setting, members: &[MemberRecord]) -> Vec<Report> {
    let mut measures = Measures::new(setting);
    for member in members {
        measures.add(member);
    }
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

/// A case that got its place on Monday 4 May and was called on Friday.
fn called_on_friday(first_attempt_days: u16) -> Story {
    let mut story =
        Story::opened("c1", "2026-05-01").then("2026-05-04", EventKind::PendEnded, Status::Outreach);
    story.case.terms.first_attempt_days = first_attempt_days;
    story
}

/// The share of first attempts in time, all members together.
fn in_time(story: Story, what: &str) -> Cell {
    let cadence = Cadence {
        id: "STANDARD".into(),
        version: 1,
        close_on_day: 30,
        steps: vec![CadenceStep {
            channel: Channel::Call,
            from_day: 0,
            by_day: 4,
            within_business_days: Some(3),
            after_discharge_business_days: Some(2),
            part: PartRule::Any,
            tiers: Vec::new(),
            template: None,
        }],
        repeat: None,
    };
    let mut measures = Measures::new(Setting { cadences: vec![cadence], ..setting() });
    measures.add(&member("Kent", Some(story.tried("2026-05-08", Outcome::NoAnswer, Status::Outreach))));
    cell(table(&measures.reports(), "outreach", "waits"), &[("cut", "all"), ("what", what)], "in_time")
        .clone()
}

#[test]
fn the_first_attempt_is_in_time_by_the_own_number_of_the_program() {
    for (days, share) in [(3, 0), (4, 100), (5, 100)] {
        assert_eq!(
            in_time(called_on_friday(days), "place given to first attempt"),
            Cell::Count(share),
            "{days}"
        );
    }
}

#[test]
fn after_a_discharge_the_first_attempt_is_in_time_by_the_number_of_the_cadence() {
    let discharged = |heard: &str, on: &str| {
        let kind = AcuteKind::Discharged;
        let event = EventKind::AcuteEvent { kind, on: day(on), admitted: None, inside: false, afresh: false };
        called_on_friday(9).then(heard, event, Status::Outreach)
    };
    let share = |story| in_time(story, "discharge to first attempt");
    assert_eq!(share(discharged("2026-05-07", "2026-05-06")), Cell::Count(100));
    assert_eq!(share(discharged("2026-05-06", "2026-05-05")), Cell::Count(0), "three days");
    assert_eq!(share(discharged("2026-05-05", "2026-05-01")), Cell::Count(0), "four, from the place on");
    assert_eq!(share(called_on_friday(9)), Cell::Absent, "nobody was discharged");
    let on = day("2026-05-05");
    let taken_back = EventKind::AcuteTakenBack { kind: AcuteKind::Discharged, on };
    let story = discharged("2026-05-06", "2026-05-05").then("2026-05-07", taken_back, Status::Outreach);
    assert_eq!(share(story), Cell::Absent, "the message was taken back");
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
fn guardrails_count_what_must_not_happen_out_of_what_could_have() {
    let watch = |dialled, outside_hours, shared_days| Watch {
        dialled,
        outside_hours,
        contact_days: 3,
        shared_days,
        decided: Some(day(TODAY).plus(-10)),
    };
    let mut withheld = member("Kent", None);
    (withheld.decision, withheld.watch) = (Some(DecisionKind::IdentifiedInternalOnly), watch(4, 1, 0));
    let mut served = member("Kent", Some(in_service("c1")));
    (served.decision, served.watch) = (Some(DecisionKind::IdentifiedIcm), watch(6, 0, 2));
    let reports = reports(&[withheld, served, member("Wayne", None)]);
    let counts = table(&reports, "guardrails", "guardrails");
    let of = |what: &str| {
        let row = [("what", what)];
        (cell(counts, &row, "count").clone(), cell(counts, &row, "of").clone())
    };
    let count = |count, of| (Cell::Count(count), Cell::Count(of));
    assert_eq!(of("calls and texts outside the member's calling hours"), count(1, 10));
    assert_eq!(of("contact days shared by two programs"), count(2, 6));
    assert_eq!(of("identified members on protected data: withheld"), count(1, 2));
    assert_eq!(of("cases withdrawn because a claim was reversed"), count(0, 1));
    let ages = table(&reports, "guardrails", "ages");
    let row = [("what", "days since the decision last changed")];
    assert_eq!(
        (cell(ages, &row, "members"), cell(ages, &row, "median")),
        (&Cell::Count(2), &Cell::Count(10))
    );
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

/// Eighty identified in one week; the draw gave the first forty a place. Those had one visit, the others two.
fn drawn() -> (Vec<MemberRecord>, Vec<Wave>) {
    let identified = "2025-06-02";
    let story = |at: u32| Story::opened(&format!("c{at:03}"), identified);
    let usage = |visits: &[&str]| Usage {
        ed_visits: visits.iter().map(|on| day(on)).collect(),
        covered: vec![(day("2024-06-01"), day(TODAY))],
        ..Usage::default()
    };
    let members = (0..80).map(|at| {
        let later: &[&str] = if at < 40 { &["2025-08-01"] } else { &["2025-08-01", "2025-09-01"] };
        let before: &[&str] = if at % 2 == 0 { &["2025-05-01"] } else { &["2025-05-01", "2025-04-01"] };
        let mut member = member("Kent", Some(story(at)));
        member.usage = usage(&[before, later].concat());
        member
    });
    let place = Place { team: VendorId::new("TEAM-1"), county: None, language: None, lob: None };
    let rows = (0..80_u32).map(|at| WaveRow {
        case: CaseId::new(format!("c{at:03}")),
        rank: at + 1,
        draw: u64::from(at),
        standing: if at < 40 {
            Standing::Admitted { place: place.clone(), by: AdmittedBy::Order }
        } else {
            Standing::Waits { reason: WaitReason::Full, ahead: 0, limit_reached: false }
        },
    });
    let rows = rows.collect();
    let wave = Wave {
        at: at(identified),
        order: Order::Draw,
        cases: 0,
        rows,
        capacities: Vec::new(),
        cut_off: Some(41),
    };
    (members.collect(), vec![wave])
}

#[test]
fn a_program_is_evaluated_from_its_recorded_waves() {
    let (members, waves) = drawn();
    let setting = Setting { waves: vec![(ProgramId::new("ICM"), waves)], ..setting() };
    let reports = reports_of(setting, &members);
    let designs = table(&reports, "evaluation", "designs");
    assert_eq!(cell(designs, &[("design", "wait list")], "verdict"), &Cell::from("evaluated"));
    assert_eq!(cell(designs, &[("design", "wait list")], "control"), &Cell::Count(40));
    let effects = table(&reports, "evaluation", "effects");
    let Cell::Figure(effect) = cell(effects, &[("outcome", "ED visits")], "difference") else {
        panic!("no figure")
    };
    // One visit fewer in 180 days.
    assert!((effect + 30.4375 * 12_000.0 / 180.0).abs() < 1e-6, "{effect}");
}

#[test]
fn an_evaluation_waits_for_time_and_claims_and_for_somebody_to_compare_with() {
    let (members, waves) = drawn();
    let early = Setting {
        through: at("2026-02-25"),
        waves: vec![(ProgramId::new("ICM"), waves), (ProgramId::new("OTHER"), Vec::new())],
        ..setting()
    };
    let reports = reports_of(early, &members);
    let designs = table(&reports, "evaluation", "designs");
    assert_eq!(cell(designs, &[("design", "wait list")], "too_early"), &Cell::Count(80));
    assert!(cell(designs, &[("program", "OTHER")], "verdict").to_string().contains("nobody to compare"));
    assert!(table(&reports, "evaluation", "effects").rows.is_empty());
}
