//! How quickly binaries start, how much memory they hold then, and how large they are.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use super::{Quantiles, Receipts};
use crate::runtime::{Bootstraps, Function};

/// A binary that has not polled by then does not start.
const PATIENCE: Duration = Duration::from_secs(5);

/// Functions by their binary.
const FUNCTIONS: [&str; 7] = [
    "ingest-files",
    "identify-members",
    "review-due",
    "queue-outreach",
    "relay-outbox",
    "receive-vendor",
    "operations",
];

/// Measures every function's binary in the folder, or beside this one; what is missing is listed as not measured.
pub(super) async fn measure(folder: Option<&Path>, starts: u32, receipts: &mut Receipts) {
    let beside = || std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
    let folder = folder.map(Path::to_owned).or_else(beside);
    for name in FUNCTIONS {
        let binary = folder.as_deref().map(|folder| folder.join(name)).filter(|binary| binary.is_file());
        let measured = match &binary {
            Some(binary) if starts > 0 => one(name, binary, starts, receipts).await,
            _ => None,
        };
        if measured.is_none() {
            receipts
                .modelled
                .push(format!("cold start of {name}: not measured, no binary beside this one that starts"));
        }
    }
}

async fn one(name: &str, binary: &Path, starts: u32, receipts: &mut Receipts) -> Option<()> {
    let mut took = Vec::new();
    let mut resident = 0;
    for _ in 0..starts {
        let function = Function {
            name: name.to_owned(),
            binary: binary.to_path_buf(),
            environment: environment(),
            timeout_s: 30,
        };
        let mut process = Bootstraps::serve(function).await.ok()?;
        process.start().ok()?;
        took.push(process.until_polled(PATIENCE).await?);
        resident = resident.max(process.resident_bytes().unwrap_or_default());
    }
    receipts.cold_start_ms.insert(name.to_owned(), Quantiles::of(took)?);
    receipts.rss_mb.insert(name.to_owned(), megabytes(resident));
    receipts.zip_mb.insert(name.to_owned(), megabytes(compressed(binary)?));
    Some(())
}

/// Bytes of the file under the method of a zip.
fn compressed(binary: &Path) -> Option<u64> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&std::fs::read(binary).ok()?).ok()?;
    u64::try_from(encoder.finish().ok()?.len()).ok()
}

/// Millions of bytes to a tenth.
fn megabytes(bytes: u64) -> f64 {
    u32::try_from(bytes / 100_000).map_or(f64::MAX, f64::from) / 10.0
}

/// Enough of Lambda's environment to start.
fn environment() -> std::collections::BTreeMap<String, String> {
    [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
