//! `icm synth`: writes a synthetic population to a folder that `icm run --data` reads.

mod claims;

use super::exit;
use claims::Claims;
use clap::{Args as ClapArgs, ValueEnum};
use icm_domain::day::Day;
use icm_synth::{Folder, Population, Receipt, SyntheticMember, Written};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm synth --out drop/                                 2,000 members with a year of claims, known on 2026-06-30
  icm synth --members 100000 --seed 7 --out drop/       another, larger population
  icm synth --out drop/ --later next/                   and what arrives after that day, as a second drop
  icm synth --out drop/ --as-of 2026-03-31 --months 24  two years of history before another day
  icm synth --out drop/ --format 837                    medical claims as 837I and 837P, the rest as CSV

The same arguments write the same bytes. In every 2,000 members each kind of decision occurs at least once.
Exit code: 0 written, 64 wrong usage, 74 a file could not be written.";

/// Members between two movements of the progress bar.
const MEMBERS_A_STEP: u64 = 500;

/// Arguments of `icm synth`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// How many members.
    #[arg(long, default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    members: u64,
    /// Where every draw begins.
    #[arg(long, default_value_t = 42, value_name = "S")]
    seed: u64,
    /// The folder to write to; files of the same names are overwritten.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Months of history.
    #[arg(long, default_value_t = 12, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=120))]
    months: u32,
    /// The day at which the history ends; what is received later is left out (YYYY-MM-DD).
    #[arg(long, default_value = "2026-06-30", value_name = "DATE", value_parser = super::day_arg)]
    as_of: Day,
    /// The layout of the files.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// A second folder, for what is received after that day.
    #[arg(long, value_name = "DIR")]
    later: Option<PathBuf>,
}

/// Layouts of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tuva Input Layer CSV and the side files beside it.
    Csv,
    /// X12 837I and 837P for medical claims: what providers bill, not what became of it. The rest as CSV.
    #[value(name = "837")]
    X12,
    /// FHIR R4 ExplanationOfBenefit NDJSON for all claims. The rest as CSV.
    Eob,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let mut errors = io::stderr().lock();
    let (said, code) = match write(args) {
        Ok(written) => (summary(args, written), ExitCode::SUCCESS),
        Err(error) => (format!("{}: {error}", args.out.display()), ExitCode::from(exit::OUTPUT)),
    };
    // Nobody is left to tell when standard error is closed; the code still says how it went.
    let _ = writeln!(errors, "{said}");
    code
}

fn summary(args: &Args, written: Written) -> String {
    format!(
        "{} members, {} claim lines, {} other rows in {}",
        args.members,
        written.claim_lines,
        written.other_rows,
        args.out.display()
    )
}

/// A folder of tables and, where the format asks for it, a file of claims beside them.
struct Delivery {
    tables: Folder,
    claims: Option<Claims>,
}

impl Delivery {
    fn create(args: &Args, dir: &Path, population: &Population, receipt: Receipt) -> io::Result<Self> {
        let tables = Folder::create(dir, population, receipt)?;
        Ok(Self { tables, claims: Claims::create(dir, args.format, receipt, args.as_of)? })
    }

    fn write(&mut self, member: &SyntheticMember) -> io::Result<()> {
        let Some(claims) = &mut self.claims else { return self.tables.write(member) };
        let mut member = member.clone();
        claims.take(&mut member)?;
        self.tables.write(&member)
    }

    fn finish(self) -> io::Result<Written> {
        let mut written = self.tables.finish()?;
        if let Some(claims) = self.claims {
            written.claim_lines += claims.finish()?;
        }
        Ok(written)
    }
}

fn write(args: &Args) -> io::Result<Written> {
    let population =
        Population { members: args.members, seed: args.seed, months: args.months, as_of: args.as_of };
    let delivery = |dir: &Path, receipt| Delivery::create(args, dir, &population, receipt);
    let mut known = delivery(&args.out, Receipt::until(args.as_of))?;
    let mut later = args.later.as_deref().map(|dir| delivery(dir, Receipt::after(args.as_of))).transpose()?;
    let bar = ProgressBar::new(args.members).with_style(style());
    for (count, member) in (1_u64..).zip(population.iter()) {
        known.write(&member)?;
        if let Some(later) = &mut later {
            later.write(&member)?;
        }
        if count.is_multiple_of(MEMBERS_A_STEP) {
            bar.set_position(count);
        }
    }
    bar.finish_and_clear();
    if let Some(later) = later {
        later.finish()?;
    }
    known.finish()
}

/// The bar of long work; a style that cannot be parsed is the default one.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} members, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
