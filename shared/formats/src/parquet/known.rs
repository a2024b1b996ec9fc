//! The columns that some table has. Others are never decoded: each would hold a page and a dictionary in memory.

use crate::table::header::canonical;
use std::collections::HashSet;

/// Every name that a reader of tables asks for; a test compares it with the readers. A stem stands for its numbered columns.
const COLUMNS: &str = include_str!("columns.txt");

/// The names that are asked for.
pub(super) struct Known(HashSet<&'static str>);

impl Known {
    pub(super) fn columns() -> Self {
        Self(COLUMNS.split_ascii_whitespace().collect())
    }

    /// Whether a reader asks for a column of this name, in any of its spellings.
    pub(super) fn has(&self, name: &str) -> bool {
        let name = canonical(name);
        self.0.contains(name.as_str()) || self.0.contains(name.trim_end_matches(|c: char| c.is_ascii_digit()))
    }
}

/// Whether a name is what is left of a column that some table has, and none itself.
pub(crate) fn is_cut_column(name: &str) -> bool {
    let known = Known::columns();
    let name = canonical(name);
    !name.is_empty() && !known.has(&name) && known.0.iter().any(|column| column.starts_with(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The words in quotation marks of a source, its tests left out, that could name a column.
    fn words(source: &str) -> Vec<String> {
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let quoted = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
        let name = |word: &String| {
            word.len() > 1
                && word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        quoted.filter(name).collect()
    }

    #[test]
    fn every_name_that_a_reader_of_tables_asks_for_is_known() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let known = Known::columns();
        let mut files = vec![source.join("table/shapes.rs"), source.join("table/kind.rs")];
        for folder in ["tuva", "side", "cclf", "rif"] {
            files.extend(std::fs::read_dir(source.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
        }
        let mut asked = 0;
        for file in files.iter().filter(|file| file.is_file() && !file.ends_with("tests.rs")) {
            for word in words(&std::fs::read_to_string(file).unwrap()) {
                assert!(known.has(&word), "add {word} of {} to columns.txt", file.display());
                asked += 1;
            }
        }
        assert!(asked > 400);
    }

    #[test]
    fn spellings_and_numbered_columns_are_known_and_others_are_not() {
        let known = Known::columns();
        for name in ["claim_id", "Claim Start-Date", "diagnosis_code_25", "icd_dgns_cd7", "PERSON_ID"] {
            assert!(known.has(name), "{name}");
        }
        for name in ["", "notes", "free_text_3", "diagnosis_code_x"] {
            assert!(!known.has(name), "{name}");
        }
    }
}
