//! Where an operator's command acts, and as whom.

use super::exit;
use super::output::fail;
use crate::run::RunError;
use crate::run::site::Site;
use clap::Args as ClapArgs;
use std::path::PathBuf;
use std::process::ExitCode;

/// The place of an operator's command.
#[derive(ClapArgs, Clone, Debug)]
#[group(skip)]
pub struct Place {
    /// A store on this machine, as `icm run --store` made it.
    #[arg(long, value_name = "DIR", required_unless_present = "aws", conflicts_with = "aws")]
    store: Option<PathBuf>,
    /// The deployment that the environment names: the table and queue variables of the template, and AWS credentials.
    #[arg(long)]
    aws: bool,
    /// Who acts, for the audit trail.
    #[arg(long, value_name = "NAME", default_value = "operator")]
    pub by: String,
}

impl Place {
    /// Opens the place.
    pub async fn open(&self) -> Result<Site, RunError> {
        match &self.store {
            Some(folder) => Site::local(folder).await,
            None => Ok(Site::deployed()),
        }
    }
}

/// Runs the command's work to its end on a runtime of its own.
pub fn run<T>(work: impl Future<Output = Result<T, RunError>>) -> Result<T, ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| fail((error.to_string(), exit::OUTPUT)))?;
    runtime.block_on(work).map_err(|error| fail((error.to_string(), exit::NOTHING_READ)))
}
