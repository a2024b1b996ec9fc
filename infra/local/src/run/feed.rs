//! Files into the claims bucket, which is a folder here, and the bucket's notices about them.

use super::{Plan, RunError, bar};
use crate::stack::Account;
use icm_formats::files;
use std::path::{Path, PathBuf};

/// The logical id of the bucket in the template.
const BUCKET: &str = "ClaimsBucket";
/// Files are dropped under this prefix, which the template's notification names.
const PREFIX: &str = "claims/";

fn wrong(path: &Path) -> impl FnOnce(std::io::Error) -> RunError + '_ {
    move |source| RunError::Files { what: path.display().to_string(), source }
}

/// The folder that stands for the buckets of this run.
pub fn bucket_folder(plan: &Plan) -> Result<PathBuf, RunError> {
    let folder = match &plan.store {
        Some(store) => store.join("buckets"),
        None => std::env::temp_dir().join(format!("icm-run-{}", std::process::id())),
    };
    std::fs::create_dir_all(&folder).map_err(wrong(&folder))?;
    Ok(folder)
}

/// Copies the files of the plan into the bucket and announces each. Returns how many. A file that was dropped before
/// is announced again: a second delivery of an object does no harm.
pub async fn drop_files(plan: &Plan, account: &Account, folder: &Path) -> Result<usize, RunError> {
    drop_paths(&plan.data, plan.progress, account, folder).await.map(|keys| keys.len())
}

/// The same for the files under these paths. Answers their keys in the bucket.
pub async fn drop_paths(
    paths: &[PathBuf],
    progress: bool,
    account: &Account,
    folder: &Path,
) -> Result<Vec<String>, RunError> {
    let (found, missing) = files::under(paths);
    if let Some(path) = missing.first() {
        return Err(wrong(path)(std::io::ErrorKind::NotFound.into()));
    }
    let bar = bar(progress, found.len() as u64, "{bar:40} {pos}/{len} files dropped");
    let mut keys = Vec::with_capacity(found.len());
    for (nth, path) in found.iter().enumerate() {
        let name = path
            .file_name()
            .map_or_else(|| format!("file-{nth}"), |name| name.to_string_lossy().into_owned());
        let bytes = std::fs::read(path).map_err(wrong(path))?;
        let hash: String = blake3::hash(&bytes).to_hex().chars().take(12).collect();
        let key = format!("{PREFIX}{hash}-{name}");
        let target = folder.join(&key);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(wrong(parent))?;
        }
        std::fs::write(&target, &bytes).map_err(wrong(&target))?;
        let bucket = account.bucket(BUCKET).ok_or_else(|| RunError::Function(BUCKET.to_owned()))?;
        account.announce(bucket, &key, bytes.len() as u64, &hash).await?;
        keys.push(key);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(keys)
}
