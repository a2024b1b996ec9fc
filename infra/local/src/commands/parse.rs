//! `icm parse FILE…`: every claim version as received, one JSON object a line.

use super::exit;
use super::output::{describe, name};
use crate::delivery::Delivery;
use clap::Args as ClapArgs;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::SourceId;
use icm_formats::{Item, ReadOptions, Receipt, RecordCount, claim_line, files};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm parse claims.837                     one file; its format is recognised from its content
  icm parse drop/ eob.ndjson.gz            folders and files of any mix, gzip or not
  icm parse --received 2026-01-31 drop/    receipt by this day instead of the dates in the files
  icm parse drop/ 2>problems.txt | jq -r .claim_id
  curl -s https://host/export | icm parse - standard input (also gzip), or any pipe: <(zcat claims.gz)

Exit code: 0 a result was produced (also of a file without claims), 2 nothing could be read, 64 wrong usage.";

/// Arguments of `icm parse`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files or folders; of a folder every file is read. `-` is standard input; pipes are read too.
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Name of the feed, for files that do not name one.
    #[arg(long, default_value = "files", value_name = "NAME")]
    source: String,
    /// Day of receipt of everything, in place of what the files state (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = day)]
    received: Option<Day>,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "not a date of the form YYYY-MM-DD".to_owned())
}

/// Runs the command on the process's own standard streams.
pub fn run(args: &Args) -> ExitCode {
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut report = Report { out, errors: io::stderr().lock(), tally: Tally::default(), broken: None };
    parse(args, &mut report);
    report.finish()
}

fn parse<O: Write, E: Write>(args: &Args, report: &mut Report<O, E>) {
    let mut options = ReadOptions::new(SourceId::new(args.source.as_str()));
    options.receipt = args.received.map_or(Receipt::AsStated, Receipt::Ingest);
    let delivery = Delivery::of(&args.paths);
    for path in &delivery.missing {
        report.diagnose(&format!("{}: cannot be opened", name(path)));
        report.tally.unopened += 1;
    }
    report.tally.files = delivery.names.len();
    // A break comes only from a closed output, which `finish` reports.
    let _ = files::read_all(&delivery.inputs(), &options, &mut |file, item| {
        report.take((file, delivery.names.get(file).map_or("", String::as_str)), &item)
    });
}

/// What was read, for the summary and the exit code.
#[derive(Debug, Default)]
struct Tally {
    claims: u64,
    others: u64,
    records: RecordCount,
    /// How often each rule left something out, or noted something that changes no record.
    rules: BTreeMap<&'static str, u64>,
    /// Files found.
    files: usize,
    /// Paths that cannot be opened.
    unopened: u64,
}

struct Report<O: Write, E: Write> {
    out: O,
    errors: E,
    tally: Tally,
    broken: Option<io::Error>,
}

impl<O: Write, E: Write> Report<O, E> {
    fn take(&mut self, (at, file): (usize, &str), item: &Item) -> ControlFlow<()> {
        self.tally.records.take(at, item);
        match item {
            Item::Fact { fact: Fact::Claim(claim), .. } => {
                self.tally.claims += 1;
                if let Err(error) = claim_line::write(&mut self.out, claim) {
                    self.broken = Some(error);
                    return ControlFlow::Break(());
                }
            }
            Item::Fact { .. } | Item::Availability { .. } => self.tally.others += 1,
            Item::Ignored { rule, .. } => *self.tally.rules.entry(rule).or_default() += 1,
            Item::Problem(problem) => self.diagnose(&describe(file, problem)),
        }
        ControlFlow::Continue(())
    }

    /// Diagnostics are a courtesy: when standard error is closed, the result still goes out.
    fn diagnose(&mut self, line: &str) {
        let _ = writeln!(self.errors, "{line}");
    }

    fn finish(mut self) -> ExitCode {
        let flushed = self.out.flush();
        let Tally { claims, others, records, rules, files, unopened } = std::mem::take(&mut self.tally);
        for (rule, times) in rules {
            self.diagnose(&format!("rule {rule}: {times}"));
        }
        let records = records.records();
        let nothing =
            files == 0 || (records.used + records.ignored == 0 && records.quarantined + unopened > 0);
        if files == 0 {
            self.diagnose("icm: there is no file under these names");
        }
        self.diagnose(&format!(
            "{} records read: {} used (they gave {claims} claim versions and {others} other facts), {} quarantined, {} ignored by rule",
            records.read(),
            records.used,
            records.quarantined,
            records.ignored,
        ));
        match self.broken.or(flushed.err()) {
            // The reader of a pipe may stop early (`| head`): that is its right, and no error.
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Some(_) => ExitCode::from(exit::OUTPUT),
            None if nothing => ExitCode::from(exit::NOTHING_READ),
            None => ExitCode::SUCCESS,
        }
    }
}
