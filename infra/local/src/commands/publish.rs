//! `icm publish`: the shipped definitions into the registry of a deployment.

use super::exit;
use super::output::{Lines, diagnose};
use clap::Args as ClapArgs;
use icm_aws::{Clients, Store, Tables};
use icm_domain::program::Catalogue;
use serde_json::json;
use std::process::ExitCode;

/// Arguments of `icm publish`.
#[derive(ClapArgs)]
#[command(
    after_help = "Example:\n  icm publish --table \"$(aws cloudformation describe-stack-resource --stack-name icm-dev \\\n    --logical-resource-id RegistryTable --query StackResourceDetail.PhysicalResourceId --output text)\"\n\nRegion, credentials and, for other endpoints, AWS_ENDPOINT_URL come from the environment."
)]
pub struct Args {
    /// The registry table of the deployment.
    #[arg(long, value_name = "NAME")]
    table: String,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    match publish(&args.table) {
        Ok(catalogue) => {
            let mut out = Lines::new();
            out.put(&json!({
                "programs": catalogue.programs.len(),
                "teams": catalogue.teams.len(),
                "cadences": catalogue.cadences.len(),
            }));
            out.finish(ExitCode::SUCCESS)
        }
        Err(error) => {
            diagnose(&error);
            ExitCode::from(exit::NOTHING_READ)
        }
    }
}

/// A version that is published already is left as it is (DESIGN D6).
fn publish(table: &str) -> Result<Catalogue, String> {
    let catalogue = crate::run::functions::shipped().map_err(|error| error.to_string())?;
    let named = |name: &str| (name == "REGISTRY_TABLE").then(|| table.to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let store = Store::new(Clients::from_env().dynamodb, Tables::from_vars(named));
    let published = runtime.block_on(icm_casework::catalogue::publish(&store, &catalogue));
    published.map(|()| catalogue).map_err(|error| error.to_string())
}
