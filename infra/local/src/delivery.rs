//! What the analysts' commands are given to read: files, folders, pipes and standard input (`-`).
//!
//! Readers look at an input more than once, which a pipe does not allow. What comes through one is kept in a temporary file
//! without a name: it is gone when the command ends, however it ends.

use icm_formats::{Input, Store, files};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Inputs of one delivery, in a stable order.
#[derive(Debug, Default)]
pub struct Delivery {
    held: Vec<Held>,
    /// The name of each input, for people.
    pub names: Vec<String>,
    /// Paths that cannot be opened.
    pub missing: Vec<String>,
}

#[derive(Debug)]
enum Held {
    File(PathBuf),
    /// What came through a pipe.
    Spooled(File),
}

impl Input for Held {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Self::File(path) => path.open(),
            Self::Spooled(file) => file.open(),
        }
    }

    fn store(&self) -> io::Result<Store> {
        match self {
            Self::File(path) => path.store(),
            Self::Spooled(file) => file.store(),
        }
    }
}

impl Delivery {
    /// Everything under these paths; pipes are read to their end.
    pub fn of(paths: &[PathBuf]) -> Self {
        let (found, missing) = files::under(paths);
        let mut delivery = Self::default();
        delivery.missing.extend(missing.iter().map(|path| shown(path)));
        for path in found {
            match hold(&path) {
                Ok(held) => {
                    delivery.names.push(shown(&path));
                    delivery.held.push(held);
                }
                Err(_) => delivery.missing.push(shown(&path)),
            }
        }
        delivery
    }

    /// The inputs, in the order of their names.
    pub fn inputs(&self) -> Vec<&dyn Input> {
        self.held.iter().map(|held| held as &dyn Input).collect()
    }
}

fn hold(path: &Path) -> io::Result<Held> {
    if path.is_file() {
        return Ok(Held::File(path.to_owned()));
    }
    let mut spooled = tempfile::tempfile()?;
    io::copy(&mut File::open(path)?, &mut spooled)?;
    Ok(Held::Spooled(spooled))
}

fn shown(path: &Path) -> String {
    if path == Path::new(files::STANDARD_INPUT) { "-".to_owned() } else { path.display().to_string() }
}
