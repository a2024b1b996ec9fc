//! `icm attribution`: the list of a vendor's members as a Da Vinci ATR Group.

use super::exit;
use super::output::{Lines, diagnose, fail};
use super::place::{self, Place};
use crate::run::RunError;
use crate::run::site::Site;
use clap::Args as ClapArgs;
use icm_contract::keys::short_hash;
use icm_contract::vendor::fhir::attribution::{Listed, list_of};
use icm_domain::ids::{ActorId, MemberId, VendorId};
use icm_domain::moment::Moment;
use icm_ports::{AuditRecord, AuditWrite, Body, Clock};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Examples of use, shown by `--help`.
const EXAMPLES: &str = "Examples:
  icm attribution VENDOR-1 --store store/ > vendor-1.json
  icm attribution VENDOR-1 --store store/ --out lists/          a file with the time in its name
  icm attribution VENDOR-1 --aws --out lists/ --by j.doe        the same for a deployment, as a daily job

A FHIR R4 Bundle: a Group (Da Vinci ATR, final) of the members whom the vendor holds or has been offered, each with state,
Patient (coverage id, name, birth date) and Coverage. Members whose offer has not left, or was called back before it did, are
not in it; a request for confidential communication is a label (R) of the Patient. The list holds
member data; that it was made is audited for each member in it.
Exit code: 0 done, 2 there is no store or no such vendor, 74 the file could not be written.";

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
    match write(folder, &path, &list.to_string()) {
        Ok(()) => {
            diagnose(&path.display().to_string());
            ExitCode::SUCCESS
        }
        Err(error) => fail((format!("{}: {error}", path.display()), exit::OUTPUT)),
    }
}

/// Writes a file of member data: readable by its owner alone, and whole or not there.
fn write(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let beside = path.with_extension("part");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&beside, path)
}

/// The list, its name and how many stand in it; none: no such vendor.
async fn made(site: &Site, vendor: &VendorId, by: &str) -> Result<Option<(String, usize, Value)>, RunError> {
    let now = site.clock.now();
    let catalogue = icm_casework::load_catalogue(&site.store, now.day()).await?;
    if catalogue.team(vendor).is_none() {
        return Ok(None);
    }
    let members = icm_casework::held::told_to(&site.store, vendor, &catalogue, now.day()).await?;
    let snapshot: String = format!("{}-{now}", vendor.as_str()).chars().filter(|sign| *sign != ':').collect();
    // Before it is shown: a list that nobody knows of must not exist. Each member's own trail tells of it.
    for member in &members {
        let known = MemberId::new(member.coverage_id.expose().as_ref());
        site.store.audit_about(&line(vendor, &snapshot, by, now, member), &known).await?;
    }
    let list = list_of(vendor, &snapshot, now, &members);
    Ok(Some((snapshot, members.len(), list)))
}

fn line(vendor: &VendorId, snapshot: &str, by: &str, at: Moment, listed: &Listed) -> AuditRecord {
    let text = json!({
        "act": "DISCLOSED",
        "what": format!("attribution list {snapshot} for {}", vendor.as_str()),
        "case": listed.case,
    })
    .to_string();
    let id = format!("attribution#{}", short_hash(text.as_bytes())).into();
    AuditRecord { at, id, actor: ActorId::new(by), body: Body::new(1, text) }
}
