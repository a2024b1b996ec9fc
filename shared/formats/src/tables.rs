//! Code tables: the compact ones that ship with the project, or a deployment's own folder in the same layout.
//!
//! A table file is recognised by its columns: `concept` (utilization), `recency_rule` (managed evidence),
//! `ahrq_format` (PQI), `code_set` (PQE). Other columns are ignored; a code with a `*` is a
//! pattern: `S72*` begins so, `S72*A` also ends so.

use icm_domain::tables::{TableProblem, Tables};
use std::path::Path;

/// The compact tables: codes only, written for this project.
const SHIPPED: [(&str, &str); 4] = [
    ("utilization_codes.csv", include_str!("../../../infra/programs/tables/utilization_codes.csv")),
    ("managed_evidence_codes.csv", include_str!("../../../infra/programs/tables/managed_evidence_codes.csv")),
    ("acsc_pqi.csv", include_str!("../../../infra/programs/tables/acsc_pqi.csv")),
    ("ahrq_pqe_ed.csv", include_str!("../../../infra/programs/tables/ahrq_pqe_ed.csv")),
];

/// Why tables cannot be loaded: file, row, and what is wrong; never the value.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The folder or a file in it cannot be read.
    #[error("{file}: cannot be read")]
    Unreadable {
        /// File or folder.
        file: String,
        /// Cause.
        source: std::io::Error,
    },
    /// The CSV is broken.
    #[error("{file}: broken CSV")]
    Csv {
        /// File.
        file: String,
        /// Cause.
        source: csv::Error,
    },
    /// A row is wrong.
    #[error("{file} row {row}: {problem}")]
    Row {
        /// File.
        file: String,
        /// Row, from 1, header excluded.
        row: usize,
        /// What is wrong.
        problem: TableProblem,
    },
    /// The folder holds no file with the columns of a table.
    #[error("{folder}: no code table found")]
    NoTables {
        /// Folder.
        folder: String,
    },
}

/// The tables that ship with the project.
pub fn shipped() -> Result<Tables, TableError> {
    let mut tables = Tables::new("shipped-2026.1");
    for (file, text) in SHIPPED {
        add(&mut tables, file, text.as_bytes())?;
    }
    tables.finish();
    Ok(tables)
}

/// The tables of a folder. Their version is the folder's name and a hash of their content.
pub fn from_folder(folder: &Path) -> Result<Tables, TableError> {
    let shown = folder.display().to_string();
    let unreadable =
        |file: &Path, source| TableError::Unreadable { file: file.display().to_string(), source };
    let mut files: Vec<std::path::PathBuf> = std::fs::read_dir(folder)
        .map_err(|source| unreadable(folder, source))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .collect();
    files.sort();
    let contents: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|path| {
            std::fs::read(path)
                .map(|bytes| (path.display().to_string(), bytes))
                .map_err(|e| unreadable(path, e))
        })
        .collect::<Result<_, _>>()?;
    let mut hasher = blake3::Hasher::new();
    for (_, bytes) in &contents {
        hasher.update(bytes);
    }
    let short: String = hasher.finalize().to_hex().chars().take(12).collect();
    let name = folder.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
    let mut tables = Tables::new(&format!("{name}-{short}"));
    let mut found = 0;
    for (file, bytes) in &contents {
        found += usize::from(add(&mut tables, file, bytes)?);
    }
    if found == 0 {
        return Err(TableError::NoTables { folder: shown });
    }
    tables.finish();
    Ok(tables)
}

/// Adds one file; false when its columns are of no table.
fn add(tables: &mut Tables, file: &str, bytes: &[u8]) -> Result<bool, TableError> {
    let broken = |source| TableError::Csv { file: file.to_owned(), source };
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.headers().map_err(broken)?.clone();
    let column = |name: &str| headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name);
    let columns = |names: &[&str]| names.iter().map(|name| column(name)).collect::<Option<Vec<usize>>>();
    let kinds: [(&[&str], Adder); 4] = [
        (&["concept", "code_system", "code", "role"], |t, f| match f {
            [concept, system, code, role] => t.add_utilization(concept, system, code, role),
            _ => Ok(()),
        }),
        (&["model", "code_system", "code", "recency_rule", "exclusive_with_icm"], |t, f| match f {
            [model, system, code, rule, exclusive] => t.add_managed(model, system, code, rule, exclusive),
            _ => Ok(()),
        }),
        (&["ahrq_format", "code"], |t, f| match f {
            [format, code] => t.add_pqi(format, code),
            _ => Ok(()),
        }),
        (&["code_set", "icd10cm"], |t, f| match f {
            [set, code] => t.add_pqe(set, code),
            _ => Ok(()),
        }),
    ];
    let Some((at, adder)) = kinds.iter().find_map(|(names, adder)| columns(names).map(|at| (at, adder)))
    else {
        return Ok(false);
    };
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(broken)?;
        let fields: Vec<&str> = at.iter().map(|column| record.get(*column).unwrap_or("").trim()).collect();
        let row_error = |problem| TableError::Row { file: file.to_owned(), row: row + 1, problem };
        adder(tables, &fields).map_err(row_error)?;
    }
    Ok(true)
}

type Adder = fn(&mut Tables, &[&str]) -> Result<(), TableProblem>;

#[cfg(test)]
mod tests {
    use super::shipped;
    use icm_domain::code::Code;

    #[test]
    fn the_shipped_tables_load() {
        let tables = shipped().unwrap();
        assert!(tables.in_set("MRTCHFD", &Code::new("I5023").unwrap()));
        assert!(tables.in_set("PQE:DentalVisit", &Code::new("K0253").unwrap()));
        assert_eq!(tables.managed(&Code::new("99490").unwrap()).count(), 1);
    }
}
