//! `icm cutoffs`: the percentile table of rule R9, made from a population and versioned by its day.

use super::criteria::in_store;
use super::output::{Lines, diagnose, fail, report};
use super::policy::PolicyArgs;
use super::{day_arg, exit, receipt};
use crate::population::Population;
use clap::Args as ClapArgs;
use icm_casework::rules;
use icm_domain::day::{Day, Window};
use icm_domain::decision::{Cutoff, Cutoffs, LeftOut, View, settled};
use icm_domain::facts::LineOfBusiness;
use icm_domain::money::Cents;
use icm_domain::utilization::cost;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm cutoffs --data claims/ --as-of 2026-06-30 > cutoffs-2026H1.json
  icm decide --data claims/ --as-of 2026-07-15 --cutoffs cutoffs-2026H1.json
  icm cutoffs --data claims/ --as-of 2026-06-30 --store store/     the functions of a store use it from now on";

/// Members below which a percentile says nothing: the row is left out and R9 is not evaluated there.
const MEMBERS_MIN: usize = 100;

/// Arguments of `icm cutoffs`.
#[derive(ClapArgs)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder or file of claims and eligibility.
    #[arg(long, required = true, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// Last day of the latest half-year (180 days; the one before ends 180 days earlier).
    #[arg(long, value_name = "DATE", value_parser = day_arg)]
    as_of: Day,
    /// Put the table in use in this store.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
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
    let windows = [0, 180].map(|back| Window::ending(args.as_of.plus(-back), 180));
    let mut amounts: BTreeMap<(LineOfBusiness, Day), Vec<Cents>> = BTreeMap::new();
    for facts in population.members.values() {
        let facts = settled(facts, args.as_of, loaded.policy());
        let person = facts.person(args.as_of);
        let view = View::new(&facts, &person, args.as_of, loaded.policy(), LeftOut::default());
        for window in windows {
            // Members covered on the last day of the half-year, with or without claims: the percentile is of the line.
            if let Some(span) = facts.covering(window.last, args.as_of) {
                let spent = cost::allowed_in(&view.utilization.services, window, None);
                amounts.entry((span.lob, window.first)).or_default().push(spent);
            }
        }
    }
    let rows: Vec<Cutoff> = amounts
        .into_iter()
        .filter(|(_, spent)| spent.len() >= MEMBERS_MIN)
        .map(|((lob, from), spent)| Cutoff {
            lob,
            from,
            thru: from.plus(179),
            members: spent.len() as u64,
            p95: percentile_95(spent),
        })
        .collect();
    let code = report(&population);
    if rows.is_empty() {
        diagnose("icm: no line of business has enough members for a percentile");
        return ExitCode::from(exit::NOTHING_READ);
    }
    let table = Cutoffs { version: format!("p95-{}", args.as_of), rows };
    if let Some(store) = &args.store {
        let used = in_store(store, async |registry, _| {
            rules::use_cutoffs(registry, &table).await.map(|()| ExitCode::SUCCESS)
        });
        if used != ExitCode::SUCCESS {
            return used;
        }
    }
    let mut lines = Lines::new();
    lines.put_pretty(&table);
    lines.finish(code)
}

/// Nearest-rank percentile: the smallest amount that at least 95% of the members do not exceed.
fn percentile_95(mut amounts: Vec<Cents>) -> Cents {
    amounts.sort_unstable();
    let rank = (amounts.len() * 95).div_ceil(100);
    amounts.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::percentile_95;
    use icm_domain::money::Cents;

    #[test]
    fn the_percentile_is_the_nearest_rank() {
        let amounts = |n: i64| (1..=n).map(Cents).rev().collect();
        assert_eq!(percentile_95(amounts(100)), Cents(95));
        assert_eq!(percentile_95(amounts(20)), Cents(19));
        assert_eq!(percentile_95(amounts(1)), Cents(1));
    }
}
