//! Many files as one delivery: folders of any mix.

use crate::cclf::join::{self, PartAFile};
use crate::input::Input;
use crate::item::Item;
use crate::options::ReadOptions;
use crate::read::{format_of, read_as, refuse};
use crate::recognise::Format;
use crate::table::{Table, TableKind};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Takes what is read from several files: the index of the file, and the item.
pub type SetSink<'a> = dyn FnMut(usize, Item) -> ControlFlow<()> + 'a;

/// What the name `-` stands for.
pub const STANDARD_INPUT: &str = "/dev/stdin";

/// Every file under these files and folders, in a stable order (arguments as given, folders sorted by name; names
/// that begin with a dot are left out), and the paths that cannot be opened. Pipes are found too: they can be opened once
/// only. `-` is standard input.
pub fn under(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for path in paths {
        let path = if path == Path::new("-") { Path::new(STANDARD_INPUT) } else { path };
        collect(path, &mut Vec::new(), &mut found, &mut missing);
    }
    (found, missing)
}

/// `inside` are the folders on the way here: a link back to one of them is not followed.
fn collect(path: &Path, inside: &mut Vec<PathBuf>, found: &mut Vec<PathBuf>, missing: &mut Vec<PathBuf>) {
    // A pipe is read where it was named; one that only lies in a folder would hold everything up.
    let named = inside.is_empty();
    if fs::metadata(path).is_ok_and(|held| held.is_file() || (named && !held.is_dir())) {
        found.push(path.to_owned());
        return;
    }
    let Ok(entries) = fs::read_dir(path) else {
        missing.push(path.to_owned());
        return;
    };
    let own = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if inside.contains(&own) {
        return;
    }
    let mut held: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|p| !hidden(p)).collect();
    held.sort();
    inside.push(own);
    for path in held {
        collect(&path, inside, found, missing);
    }
    inside.pop();
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Reads several files as one delivery, in the order given. What belongs together is joined: the four files of CCLF
/// part A claims come out as whole claims, behind the other files.
pub fn read_all(inputs: &[&dyn Input], options: &ReadOptions, sink: &mut SetSink<'_>) -> ControlFlow<()> {
    let mut part_a = Vec::new();
    for (index, input) in inputs.iter().copied().enumerate() {
        match format_of(input) {
            Ok(Format::Table(table)) if is_part_a(table) => part_a.push(PartAFile { index, input, table }),
            Ok(format) => read_as(format, input, options, &mut |item| sink(index, item))?,
            Err(reason) => refuse(&mut |item| sink(index, item), reason)?,
        }
    }
    join::read(&part_a, options, sink)
}

fn is_part_a(table: Table) -> bool {
    matches!(table.kind, TableKind::Cclf(file) if file.is_part_a())
}
