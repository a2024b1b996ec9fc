//! `icm explain MEMBER`: one decision with everything behind it, for people or as JSON.

use super::output::{Lines, diagnose, fail};
use super::policy::PolicyArgs;
use super::{day_arg, exit, receipt};
use crate::population::Population;
use clap::Args as ClapArgs;
use icm_domain::day::Day;
use icm_domain::decision::record::{Record, record};
use icm_domain::decision::{Standing, decide};
use icm_domain::facts::Model;
use icm_domain::ids::MemberId;
use icm_domain::management::Absence;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm explain 10007 --data claims/ --as-of 2018-06-30
  icm explain 10007 --data claims/ --as-of 2018-06-30 --json | jq .clauses";

/// Arguments of `icm explain`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The member's id.
    member: String,
    /// Folder or file of claims, eligibility, rosters and consents.
    #[arg(long, required = true, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// Decide as of this day (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = day_arg)]
    as_of: Day,
    /// The whole record as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let (loaded, options) = match (args.policy.load(), receipt(None, Some(args.as_of))) {
        (Ok(loaded), Ok(options)) => (loaded, options),
        (Err(error), _) | (_, Err(error)) => return fail(error),
    };
    let population = Population::read(&args.data, &options);
    let loaded = loaded.knowing(&population);
    let Some(facts) = population.members.get(&MemberId::new(args.member.as_str())) else {
        diagnose("icm: no facts about this member in the files");
        return ExitCode::from(exit::NOTHING_READ);
    };
    let standing = Standing::default();
    let decision = decide(facts, &standing, args.as_of, loaded.policy());
    let record = record(facts, &standing, args.as_of, loaded.policy(), &decision);
    let mut lines = Lines::new();
    if args.json {
        lines.put(&record);
        return lines.finish(ExitCode::SUCCESS);
    }
    let written = std::io::stdout().lock().write_all(text(&args.member, &record).as_bytes());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(exit::OUTPUT) }
}

/// The record in words.
pub fn text(member: &str, record: &Record) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{member} as of {}: {} ({})", record.as_of, record.decision.id(), record.reason);
    let _ = writeln!(
        out,
        "criteria {} {}, tables {}, cut-offs {}, facts {}",
        record.versions.criteria,
        record.versions.criteria_version,
        record.versions.tables,
        record.versions.cutoffs.as_deref().unwrap_or("none"),
        record.fact_set
    );
    let (model, why, service) = &record.recommended;
    let _ = writeln!(out, "recommended: {} ({why}); {service}", model.id());
    if let Some(place) = record.priority {
        let _ = writeln!(
            out,
            "priority: tier {:?}, then {:?}, then {} of 3 signs that help changes something, then waiting since {}",
            place.tier,
            place.persistence,
            3 - place.not_impactable,
            place.waiting_since
        );
    }
    section(
        &mut out,
        "Rules",
        record.clauses.iter().map(|clause| {
            let value = clause.value.map_or_else(|| "not evaluated".to_owned(), |value| value.to_string());
            let mark = if clause.met { "x" } else { " " };
            format!(
                "[{mark}] {:<15} {:<20} {value:>4} of {}",
                clause.rule.id(),
                clause.what,
                clause.threshold
            )
        }),
    );
    others(&mut out, record);
    cited(&mut out, record);
    outlook(&mut out, record);
    out
}

/// Who else manages, and how it goes.
fn others(out: &mut String, record: &Record) {
    section(
        out,
        "Other programs",
        record.managed.iter().map(|managed| {
            let day = |day: Option<Day>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
            let absent = || managed.finding.absence.map_or("not active", Absence::id);
            let state = managed.verdict.unwrap_or_else(absent);
            format!(
                "{}: since {}, last {}, dose {}, {state}",
                managed.finding.model.id(),
                day(managed.finding.start),
                day(managed.finding.last),
                if managed.finding.dosed { "met" } else { "not met" },
            )
        }),
    );
    let none_engaged = record.finding.map(|what| {
        let about = record.finding_model.map_or("", Model::id);
        let last = record.finding_last.map_or_else(String::new, |day| format!(", last evidence {day}"));
        format!("nobody is engaged: {} {about}{last}", what.id())
    });
    section(out, "Finding", none_engaged.into_iter());
    section(
        out,
        "Models considered",
        record.alternatives.iter().map(|other| {
            let hindrance = other.hindrance.map_or_else(String::new, |what| format!(", but {}", what.id()));
            format!("{}: {}{hindrance}", other.model.id(), other.fits.unwrap_or("does not fit"))
        }),
    );
}

/// The claims and roster rows that the decision rests on.
fn cited(out: &mut String, record: &Record) {
    section(
        out,
        "Claims cited",
        record.cited.claims.iter().map(|claim| {
            let lines: Vec<String> = claim.lines.iter().map(ToString::to_string).collect();
            format!(
                "{} {}..{} received {} lines {} {}",
                claim.claim_id.as_str(),
                claim.from,
                claim.thru,
                claim.received,
                lines.join(","),
                claim.sensitivity
            )
        }),
    );
    section(
        out,
        "Roster rows cited",
        record.cited.rosters.iter().map(|row| {
            format!("{} {} as of {} {}", row.program.as_str(), row.model.id(), row.as_of, row.sensitivity)
        }),
    );
    let referrals = record
        .cited
        .referrals
        .iter()
        .map(|row| format!("referral by {:?} received {}", row.by, row.received));
    let overrides = record.cited.overrides.iter().map(|row| {
        format!("override {:?} by {} from {} until {}", row.what, row.by.as_str(), row.received, row.until)
    });
    let closures = record.cited.closures.iter().map(|row| format!("closed {:?} on {}", row.kind, row.date));
    section(out, "Other facts cited", referrals.chain(overrides).chain(closures));
}

/// What comes of it: follow-up, near misses, what would flip it, when it is looked at again.
fn outlook(out: &mut String, record: &Record) {
    section(
        out,
        "Follow-up",
        record
            .follow_up
            .iter()
            .map(|gap| {
                format!("{:?} after {}: {:?}, until {}", gap.measure, gap.index, gap.follow_up, gap.until)
            })
            .chain(record.lace.map(|score| format!("LACE {score}"))),
    );
    section(out, "Near misses", record.near_misses.iter().cloned());
    section(out, "What would flip it", record.flip.iter().cloned());
    section(out, "Looked at again", record.next_review.iter().map(ToString::to_string));
}

fn section(out: &mut String, title: &str, rows: impl Iterator<Item = String>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        let _ = writeln!(out, "\n{title}");
        for row in rows {
            let _ = writeln!(out, "  {row}");
        }
    }
}
