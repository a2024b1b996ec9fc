//! `icm reports`: the job that makes the reports, and what it made.

use super::output::{Lines, diagnose};
use super::place::{self, Place};
use super::{exit, output::fail};
use crate::run::measuring::{Measured, measure};
use clap::Args as ClapArgs;
use icm_measure::NAMES;
use icm_measure::table::{Report, Table};
use icm_ports::Clock;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm reports --store store/                        make every report, keep them for console and API, print them
  icm reports --store store/ --only evaluation      print one
  icm reports --store store/ --json | jq '.[].title'
  icm reports --store store/ --csv reports/         one file a table
  icm reports --aws                                 the same for a deployment, as a daily job

Reports: funnel, days-in-state, outreach, assessments, utilization, clinician-time, overlap-and-gap, access, billable,
guardrails, evaluation. Every member is read once; what is cut by language, county, race or ethnicity has no count from 1 to 10.
There is no plain before/after saving: see evaluation.";

/// Rows of a table that are printed.
const ROWS_SHOWN: usize = 40;

/// Arguments of `icm reports`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Print this report only; all are made and kept.
    #[arg(long, value_name = "NAME", value_parser = NAMES)]
    only: Option<String>,
    /// Print the reports as one JSON array.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write every table as a CSV file into this folder instead.
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let made = place::run(async {
        let site = args.place.open().await?;
        measure(&site.store, site.clock.now()).await
    });
    let measured = match made {
        Ok(measured) => measured,
        Err(code) => return code,
    };
    diagnose(&format!("{} members counted, through {}; reports kept", measured.members, measured.through));
    let wanted = wanted(measured, args.only.as_deref());
    if let Some(folder) = &args.csv {
        return match write(folder, &wanted) {
            Ok(files) => {
                diagnose(&format!("{files} files"));
                ExitCode::SUCCESS
            }
            Err(error) => fail((format!("{}: {error}", folder.display()), exit::OUTPUT)),
        };
    }
    let mut lines = Lines::new();
    if args.json {
        lines.put(&wanted);
    } else {
        lines.put_text(&wanted.iter().map(text).collect::<String>());
    }
    lines.finish(ExitCode::SUCCESS)
}

fn wanted(measured: Measured, only: Option<&str>) -> Vec<Report> {
    measured.reports.into_iter().filter(|report| only.is_none_or(|name| name == report.name)).collect()
}

fn write(folder: &Path, reports: &[Report]) -> Result<usize, csv::Error> {
    std::fs::create_dir_all(folder)?;
    let mut files = 0;
    for report in reports {
        for table in &report.tables {
            let mut file = csv::Writer::from_path(folder.join(format!("{}-{}.csv", report.name, table.id)))?;
            file.write_record(table.columns.iter().map(|column| column.id.as_str()))?;
            for row in &table.rows {
                file.write_record(row.iter().map(ToString::to_string))?;
            }
            file.flush()?;
            files += 1;
        }
    }
    Ok(files)
}

/// A report for people.
fn text(report: &Report) -> String {
    let mut out = format!("{}\n{}\n", report.title, "=".repeat(report.title.chars().count()));
    for says in &report.says {
        let _ = writeln!(out, "  {says}");
    }
    for table in &report.tables {
        out.push_str(&table_text(table));
    }
    out.push('\n');
    out
}

fn table_text(table: &Table) -> String {
    let mut out = format!("\n{}\n", table.title);
    if table.rows.is_empty() {
        out.push_str("  nothing yet\n");
        return out;
    }
    let heading: Vec<String> = table.columns.iter().map(|column| column.id.clone()).collect();
    let shown = table.rows.iter().take(ROWS_SHOWN);
    let rows: Vec<Vec<String>> = std::iter::once(heading)
        .chain(shown.map(|row| row.iter().map(ToString::to_string).collect()))
        .collect();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    for row in &rows {
        let cells = row.iter().enumerate().map(|(at, cell)| format!("{cell:<0$}", width(at).unwrap_or(0)));
        let _ = writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    if table.rows.len() > ROWS_SHOWN {
        let _ = writeln!(out, "  … {} rows more: --csv or --json", table.rows.len() - ROWS_SHOWN);
    }
    out
}
