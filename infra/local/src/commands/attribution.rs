//! `icm attribution`: the list of a vendor's members as a Da Vinci ATR Group.

use super::exit;
use super::output::{Lines, diagnose, fail};
use super::place::{self, Place};
use crate::run::RunError;
use crate::run::site::Site;
use clap::Args as ClapArgs;
use icm_contract::keys::short_hash;
use icm_contract::vendor::fhir::attribution::{Listed, list_of};
use icm_domain::ids::{ActorId, VendorId};
use icm_ports::{AuditRecord, AuditWrite, Body, Clock};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm attribution VENDOR-1 --store store/ > vendor-1.json
  icm attribution VENDOR-1 --store store/ --out lists/          a file with the day in its name
  icm attribution VENDOR-1 --aws --out lists/ --by j.doe        the same for a deployment, as a daily job

A FHIR R4 Bundle: a Group (Da Vinci ATR, final) of the members whom the vendor holds or has been offered, each with state,
Patient (coverage id, name, birth date) and Coverage. Members whose offer has not left, or was called back before it did, are
not in it; a request for confidential communication is a label (R) of the Patient. The list holds
member data; that it was made is audited with the cases that stood in it.
Exit code: 0 done, 2 there is no store or no such vendor, 74 the file could not be written.";

/// Cases named in a line of the audit trail.
const CASES_A_LINE: usize = 500;

/// Arguments of `icm attribution`.
#[derive(ClapArgs, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The vendor, as the catalogue spells it.
    vendor: String,
    #[command(flatten)]
    place: Place,
    /// Write a file into this folder instead of printing.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let made = place::run(async {
        let site = args.place.open().await?;
        let vendor = VendorId::new(args.vendor.as_str());
        made(&site, &vendor, &args.place.by).await
    });
    let (snapshot, count, list) = match made {
        Ok(Some(made)) => made,
        Ok(None) => return fail((format!("{}: no such vendor", args.vendor), exit::NOTHING_READ)),
        Err(code) => return code,
    };
    diagnose(&format!("{count} members of {}", args.vendor));
    let Some(folder) = &args.out else {
        let mut lines = Lines::new();
        lines.put(&list);
        return lines.finish(ExitCode::SUCCESS);
    };
    let path = folder.join(format!("{snapshot}.json"));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, list.to_string()));
    match written {
        Ok(()) => {
            diagnose(&path.display().to_string());
            ExitCode::SUCCESS
        }
        Err(error) => fail((format!("{}: {error}", path.display()), exit::OUTPUT)),
    }
}

/// The list, its name and how many stand in it; none: no such vendor.
async fn made(site: &Site, vendor: &VendorId, by: &str) -> Result<Option<(String, usize, Value)>, RunError> {
    let now = site.clock.now();
    let catalogue = icm_casework::load_catalogue(&site.store, now.day()).await?;
    if catalogue.team(vendor).is_none() {
        return Ok(None);
    }
    let members = icm_casework::held::told_to(&site.store, vendor, &catalogue, now.day()).await?;
    let snapshot = format!("{}-{}", vendor.as_str(), now.day());
    // Before it is shown: a list that nobody knows of must not exist.
    for cases in members.chunks(CASES_A_LINE) {
        site.store.audit(&line(vendor, by, now, cases)).await?;
    }
    let list = list_of(vendor, &snapshot, now, &members);
    Ok(Some((snapshot, members.len(), list)))
}

fn line(vendor: &VendorId, by: &str, at: icm_domain::moment::Moment, listed: &[Listed]) -> AuditRecord {
    let cases: Vec<&str> = listed.iter().map(|member| member.case.as_str()).collect();
    let text = json!({
        "act": "DISCLOSED", "what": format!("attribution list for {}", vendor.as_str()), "cases": cases,
    })
    .to_string();
    let id = format!("attribution#{}", short_hash(text.as_bytes())).into();
    AuditRecord { at, id, actor: ActorId::new(by), body: Body::new(1, text) }
}
