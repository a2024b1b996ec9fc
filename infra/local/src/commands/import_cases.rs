//! `icm import-cases`: what was begun elsewhere, before a program goes live.

use super::output::{Lines, diagnose};
use super::place::{self, Place};
use crate::import::{self, Flaw, Table};
use crate::run::RunError;
use crate::run::rules;
use crate::run::site::Site;
use clap::Args as ClapArgs;
use icm_casework::InForce;
use icm_casework::import::{ImportStore, Imported, OpenCase, contacts, take};
use icm_domain::case::transition::LedgerNote;
use icm_domain::ids::MemberId;
use icm_domain::program::Catalogue;
use icm_ports::{Clock, QuarantineRecord};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm import-cases closures.csv preferences.csv consents.csv open_cases.csv contacts.csv --store store/
  icm import-cases open_cases.csv --aws --by alice

Order: eligibility and rosters first, then closures (cool-downs, opt-outs, do-not-contact), preferences and consents, which
go through ingestion like any side file, then open cases and contacts. Give all files at once: they are taken in this order.

open cases: member_id, team, status (OUTREACH, ACCEPTED, ACTIVE, ON_HOLD), since; program (ICM), case_id, consent_scope,
            consent_on, start, last_contact, hold_reason
contacts:   member_id, at (a date, or a time with its zone), channel (call, text, letter, visit); program, vendor

A row in OUTREACH of a member who opted out, asked not to be contacted or is within a cool-down is refused. Service that
runs with a consent is taken: the consent has taken an older refusal back. An opt-out or do-not-contact of the same day or
later ends it at once (STOPPED): the case explains it, and a vendor that has the member is told to stop, also where the
vendor only reaches members. About a decline since the consent a person is asked (review EXCLUDED).

An imported member is never offered again: the case stands with its team. Nothing is sent. One line per open case tells
the vendor's number to go on from (reply_sequence). A second import changes nothing.
Exit code 0: every row was taken; 1: some were not, each is named, those of side files with the place where they wait in
quarantine: put them right and import again before going live.";

/// Arguments of `icm import-cases`.
#[derive(ClapArgs, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Records of a side file that are named one by one.
const NAMED: usize = 20;

/// Exit code when rows were left out.
const LEFT_OUT: u8 = 1;

/// What the files hold.
#[derive(Default)]
struct Sorted {
    other: Vec<PathBuf>,
    cases: Vec<OpenCase>,
    contacts: Vec<(MemberId, LedgerNote)>,
    left_out: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    match place::run(import(args)) {
        Ok((lines, left_out)) => {
            let mut out = Lines::new();
            for line in &lines {
                if !out.put(line) {
                    break;
                }
            }
            out.finish(if left_out == 0 { ExitCode::SUCCESS } else { ExitCode::from(LEFT_OUT) })
        }
        Err(code) => code,
    }
}

async fn import(args: &Args) -> Result<(Vec<Value>, usize), RunError> {
    let mut sorted = Sorted::default();
    for path in &args.files {
        sorted.add(path)?;
    }
    let site = args.place.open().await?;
    if !sorted.other.is_empty() {
        let read = site.ingest(&sorted.other).await?;
        sorted.left_out += read.iter().map(|(file, unused)| told(file, unused)).sum::<usize>();
        diagnose(&format!("{} side files ingested", read.len()));
    }
    let catalogue = icm_casework::load_catalogue(&site.store, site.clock.today()).await?;
    let rules = rules::in_force(&site.store, site.clock.today()).await?;
    let published = (&catalogue, &rules.in_force);
    let mut lines = Vec::with_capacity(sorted.cases.len());
    for row in &sorted.cases {
        let (line, taken) = one(&site.store, row, published, &site).await?;
        sorted.left_out += usize::from(!taken);
        lines.push(line);
    }
    let mut touches = 0;
    for (member, notes) in import::by_member(sorted.contacts) {
        touches += contacts(&site.store, &member, &notes).await?;
    }
    diagnose(&format!("{} open cases, {touches} contacts, {} rows left out", lines.len(), sorted.left_out));
    Ok((lines, sorted.left_out))
}

/// Names what of a side file could not be used: an opt-out that is lost here is a call that the member has forbidden.
fn told(file: &str, unused: &[QuarantineRecord]) -> usize {
    for record in unused.iter().take(NAMED) {
        let number = record.id.split(['#', '@']).next().unwrap_or_default().trim_start_matches('0');
        let place = if number.is_empty() { String::new() } else { format!("record {number}: ") };
        let field = if record.field.is_empty() { String::new() } else { format!("{}: ", record.field) };
        diagnose(&format!("{file}: {place}{field}{}", record.reason));
    }
    if unused.len() > NAMED {
        diagnose(&format!("{file}: {} more, see icm quarantine list", unused.len() - NAMED));
    }
    unused.len()
}

async fn one<S: ImportStore>(
    store: &S,
    row: &OpenCase,
    published: (&Catalogue, &InForce),
    site: &Site,
) -> Result<(Value, bool), RunError> {
    let imported = take(store, row, published, site.clock.now()).await?;
    let (result, case, reason) = match imported {
        Imported::Taken(case) => ("TAKEN", Some(case), None),
        Imported::Known(case) => ("KNOWN", Some(case), None),
        Imported::Stopped(case, reason) => ("STOPPED", Some(case), Some(reason.to_string())),
        Imported::Refused(reason) => ("REFUSED", None, Some(reason.to_string())),
    };
    let taken = reason.is_none();
    let next = case.as_ref().and_then(|case| Some(case.assignment.as_ref()?.inbox.awaited()));
    let line = json!({
        "member_id": row.member.as_str(), "program": row.program, "team": row.team, "result": result,
        "case_id": case.as_ref().map(|case| case.id.as_str()), "status": case.as_ref().map(|case| case.status.id()),
        "reply_sequence": next, "reason": reason,
    });
    Ok((line, taken))
}

impl Sorted {
    fn add(&mut self, path: &Path) -> Result<(), RunError> {
        let wrong = |source| RunError::Files { what: path.display().to_string(), source };
        match import::read(path).map_err(wrong)? {
            Table::Other => self.other.push(path.to_owned()),
            Table::Cases(rows) => {
                let kept = rows.into_iter().filter_map(|row| self.usable(path, row)).collect::<Vec<_>>();
                self.cases.extend(kept);
            }
            Table::Contacts(rows) => {
                let kept = rows.into_iter().filter_map(|row| self.usable(path, row)).collect::<Vec<_>>();
                self.contacts.extend(kept);
            }
        }
        Ok(())
    }

    fn usable<T>(&mut self, path: &Path, row: Result<T, Flaw>) -> Option<T> {
        row.map_err(|flaw| {
            diagnose(&format!("{}: {flaw}", path.display()));
            self.left_out += 1;
        })
        .ok()
    }
}
