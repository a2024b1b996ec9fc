//! Many files as one delivery: folders of any mix.

use crate::input::Input;
use crate::item::Item;
use crate::options::ReadOptions;
use crate::read::read;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Takes what is read from several files: the index of the file, and the item.
pub type SetSink<'a> = dyn FnMut(usize, Item) -> ControlFlow<()> + 'a;

/// Every file under these files and folders, in a stable order (arguments as given, folders sorted by name; names
/// that begin with a dot are left out), and the paths that cannot be opened.
pub fn under(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for path in paths {
        collect(path, &mut found, &mut missing);
    }
    (found, missing)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>, missing: &mut Vec<PathBuf>) {
    if path.is_file() {
        found.push(path.to_owned());
        return;
    }
    let Ok(entries) = fs::read_dir(path) else {
        missing.push(path.to_owned());
        return;
    };
    let mut inside: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|p| !hidden(p)).collect();
    inside.sort();
    for path in inside {
        collect(&path, found, missing);
    }
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Reads several files as one delivery, in the order given.
pub fn read_all(inputs: &[&dyn Input], options: &ReadOptions, sink: &mut SetSink<'_>) -> ControlFlow<()> {
    for (index, input) in inputs.iter().enumerate() {
        read(*input, options, &mut |item| sink(index, item))?;
    }
    ControlFlow::Continue(())
}
