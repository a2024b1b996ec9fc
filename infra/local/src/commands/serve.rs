//! `icm serve`: the operations console and API on this machine.

use super::exit;
use super::output::{diagnose, fail};
use super::run::SYNTHETIC_DAY;
use crate::run::feeds::Said;
use crate::run::{Plan, store};
use crate::serve::{self, Serving};
use clap::Args as ClapArgs;
use icm_domain::criteria::Criteria;
use icm_domain::day::Day;
use icm_domain::decision::{DecisionKind, Policy, Standing, decide};
use icm_domain::facts::LineOfBusiness;
use icm_synth::{Folder, Population, Receipt};
use operations::access::claims::line_of_business;
use operations::{Identity, Lines, Role};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm serve                                       a synthetic population, cases in every state, the console in a browser
  icm serve --store store/                        goes on with a store of `icm run --store`, or makes one there
  icm serve --role care-manager --line medicaid   what a care manager of one line of business sees
  icm serve --role auditor                        the audit trail

Then open the address that is printed. Only this machine is answered; Ctrl-C ends it. With --store everything is kept.";

/// Arguments of `icm serve`.
#[derive(ClapArgs, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where the store is kept; one that is there is gone on with. Absent: a new one that goes with the process.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Port on loopback; 0: any free one.
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    port: u16,
    /// Address to listen on: loopback only.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS", value_parser = loopback)]
    bind: IpAddr,
    /// Synthetic members from whom those of a new store are chosen: all on whom a decision falls, few of the others.
    #[arg(long, default_value_t = 2_500, value_name = "N")]
    members: u64,
    /// Seed of the synthetic members, staff and vendors.
    #[arg(long, default_value_t = 42, value_name = "S")]
    seed: u64,
    /// Days that pass with simulated staff and vendors before the console opens.
    #[arg(long, default_value_t = 5, value_name = "D")]
    days: u32,
    /// Name of the local operator, as it stands in the audit trail.
    #[arg(long, default_value = "local", value_name = "NAME")]
    operator: String,
    /// Role of the operator, repeatable: care-manager, supervisor, program-owner, auditor, vendor-manager. Absent: all.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Vec<Role>,
    /// Line of business that the operator may see, repeatable: medicaid, medicare-advantage, commercial. Absent: all.
    #[arg(long, value_name = "LINE", value_parser = line)]
    line: Vec<LineOfBusiness>,
}

fn loopback(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| "not an address".to_owned())?;
    if address.is_loopback() {
        Ok(address)
    } else {
        Err("only loopback is served: the local operator may do everything; behind a network use the deployment".to_owned())
    }
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "not a role".to_owned())
}

fn line(text: &str) -> Result<LineOfBusiness, String> {
    line_of_business(text).ok_or_else(|| "not a line of business".to_owned())
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let folder = match store_folder(args) {
        Ok(folder) => folder,
        Err(error) => return fail((error.to_string(), exit::OUTPUT)),
    };
    let done = prepare(args, &folder.path).and_then(|serving| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        runtime.block_on(serve::serve(serving)).map_err(|error| error.to_string())
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail((error, exit::NOTHING_READ)),
    }
}

/// The folder of the store.
struct StoreFolder {
    path: PathBuf,
    passing: bool,
}

impl Drop for StoreFolder {
    fn drop(&mut self) {
        if self.passing {
            // What is left behind lies in the system's own folder for such things.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn store_folder(args: &Args) -> std::io::Result<StoreFolder> {
    let passing = args.store.is_none();
    let path = args
        .store
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("icm-serve-{}", std::process::id())));
    std::fs::create_dir_all(&path)?;
    Ok(StoreFolder { path, passing })
}

/// A store that is there is gone on with; a new one gets a synthetic population.
fn prepare(args: &Args, folder: &Path) -> Result<Serving, String> {
    let (year, month, day) = SYNTHETIC_DAY;
    let as_of = Day::from_ymd(year, month, day).unwrap_or(Day::from_count(0));
    let is_new = store::kept_at(folder).is_none();
    let mut data = Vec::new();
    if is_new {
        let population = Population { members: args.members, seed: args.seed, months: 12, as_of };
        let files = folder.join("synthetic");
        let kept = write_chosen(&files, &population).map_err(|error| error.to_string())?;
        let (members, days) = (args.members, args.days);
        diagnose(&format!("a new store: {kept} of {members} synthetic members; {days} days pass first"));
        data.push(files);
    }
    let lines = if args.line.is_empty() {
        Lines::All
    } else {
        Lines::Only(args.line.iter().copied().collect::<BTreeSet<_>>())
    };
    let roles = if args.role.is_empty() { Role::ALL.to_vec() } else { args.role.clone() };
    Ok(Serving {
        plan: Plan {
            data,
            as_of,
            store: Some(folder.to_owned()),
            days: if is_new { args.days } else { 0 },
            people: is_new,
            shadow: false,
            seed: args.seed,
            redeliver: None,
            feeds: Said::default(),
            progress: std::io::stderr().is_terminal(),
        },
        is_new,
        address: SocketAddr::new(args.bind, args.port),
        operator: Identity::staff(&args.operator, roles, lines),
    })
}

/// Of the members about whom nothing is to be done one in this many is kept.
const ONE_OF: usize = 40;

/// Writes the members on whom a decision falls, and few of the others: a console with work on it, from which no rate of
/// a population can be read. Returns how many.
fn write_chosen(path: &Path, population: &Population) -> std::io::Result<usize> {
    use std::io::Error;
    let tables = icm_formats::tables::shipped().map_err(Error::other)?;
    let (criteria, standing) = (Criteria::default(), Standing::default());
    let policy = Policy { criteria: &criteria, tables: &tables, cutoffs: None };
    let mut folder =
        Folder::create(path, population, Receipt::until(population.as_of)).map_err(Error::other)?;
    let (mut kept, mut passed) = (0, 0);
    for member in population.iter() {
        let decision = decide(&member.clone().into_member_facts(), &standing, population.as_of, policy);
        let plain = matches!(decision.kind, DecisionKind::NotTriggered | DecisionKind::Excluded);
        passed += usize::from(plain);
        if !plain || passed % ONE_OF == 0 {
            folder.write(&member).map_err(Error::other)?;
            kept += 1;
        }
    }
    folder.finish().map_err(Error::other)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_loopback_is_served() {
        for address in ["127.0.0.1", "127.8.8.8", "::1"] {
            assert!(loopback(address).is_ok(), "{address}");
        }
        for address in ["0.0.0.0", "192.168.1.4", "::", "example.org"] {
            assert!(loopback(address).is_err(), "{address}");
        }
    }
}
