//! `icm utilization`: visits, stays, readmissions and paid amounts of every member.

use super::output::{Lines, report};
use super::policy::PolicyArgs;
use super::{day_arg, output, receipt};
use crate::population::Population;
use clap::Args as ClapArgs;
use icm_domain::day::{Day, Month};
use icm_domain::decision::{LeftOut, View, settled};
use icm_domain::ids::MemberId;
use icm_domain::money::Cents;
use icm_domain::utilization::{EdVisit, StayKind, Utilization, cost};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm utilization --data claims/
  icm utilization --data claims/ --as-of 2026-06-30 | jq 'select(.stays | length > 1) | .member_id'

One line per member of the eligibility files (per member of any file where there are none).
Exit code: 0 a result was produced, 2 nothing could be read, 64 wrong usage.";

/// Arguments of `icm utilization`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder or file of claims and eligibility, any mix of formats.
    #[arg(long, required = true, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// Only what was received by this day (YYYY-MM-DD); absent: everything.
    #[arg(long, value_name = "DATE", value_parser = day_arg)]
    as_of: Option<Day>,
    /// `ingest`: received on the day given by --as-of, whatever the files state; or a date.
    #[arg(long, value_name = "DATE")]
    received: Option<String>,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// One member.
#[derive(Serialize)]
struct Row<'a> {
    member_id: &'a str,
    ed_visits: Vec<Visit<'a>>,
    ed_leading_to_stay: Vec<Visit<'a>>,
    stays: Vec<StayRow<'a>>,
    readmissions: Vec<ReadmissionRow>,
    paid_by_month: BTreeMap<Month, Cents>,
    pharmacy_paid_by_month: BTreeMap<Month, Cents>,
}

#[derive(Serialize)]
struct Visit<'a> {
    date: Day,
    claim_ids: Vec<&'a str>,
}

#[derive(Serialize)]
struct StayRow<'a> {
    admit: Day,
    discharge: Day,
    kind: &'static str,
    planned: bool,
    claim_ids: Vec<&'a str>,
}

#[derive(Serialize)]
struct ReadmissionRow {
    index_discharge: Day,
    admit: Day,
}

/// A day after every date of a file: "over all the data".
const ALL_KNOWN: Day = Day::from_count(i32::MAX / 2);

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let loaded = match args.policy.load() {
        Ok(loaded) => loaded,
        Err(error) => return output::fail(error),
    };
    let options = match receipt(args.received.as_deref(), args.as_of) {
        Ok(options) => options,
        Err(error) => return output::fail(error),
    };
    let population = Population::read(&args.data, &options);
    let as_of = args.as_of.unwrap_or(ALL_KNOWN);
    let enrolled = population.members.values().any(|facts| !facts.coverage.is_empty());
    let mut lines = Lines::new();
    for (member, facts) in &population.members {
        if enrolled && facts.coverage.is_empty() {
            continue;
        }
        let facts = settled(facts, as_of, loaded.policy());
        let person = facts.person(as_of);
        let view = View::new(&facts, &person, as_of, loaded.policy(), LeftOut::default());
        if !lines.put(&row(member, &view.utilization)) {
            break;
        }
    }
    lines.finish(report(&population))
}

fn row<'a>(member: &'a MemberId, utilization: &'a Utilization<'a>) -> Row<'a> {
    let paid = cost::paid_by_month(&utilization.services);
    let visits = |list: &'a [EdVisit]| {
        list.iter()
            .map(|visit| Visit { date: visit.date, claim_ids: numbers(utilization, &visit.services) })
            .collect()
    };
    let stay = |stay: &'a icm_domain::utilization::Stay| StayRow {
        admit: stay.admit,
        discharge: stay.discharge,
        kind: if stay.kind == StayKind::Acute { "acute" } else { "observation" },
        planned: stay.planned,
        claim_ids: numbers(utilization, &stay.legs),
    };
    let readmission = |r: &icm_domain::utilization::Readmission| ReadmissionRow {
        index_discharge: r.index_discharge,
        admit: r.admit,
    };
    Row {
        member_id: member.as_str(),
        ed_visits: visits(&utilization.ed_visits),
        ed_leading_to_stay: visits(&utilization.ed_leading_to_stay),
        stays: utilization.stays.iter().map(stay).collect(),
        readmissions: utilization.readmissions.iter().map(readmission).collect(),
        paid_by_month: paid.medical,
        pharmacy_paid_by_month: paid.pharmacy,
    }
}

fn numbers<'a>(utilization: &'a Utilization<'a>, services: &'a [usize]) -> Vec<&'a str> {
    utilization.services_at(services).map(|service| service.claim.head.claim_id.as_str()).collect()
}
