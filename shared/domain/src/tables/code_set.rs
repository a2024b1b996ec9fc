//! A set of codes: exact codes, and prefixes written with a trailing `*`.

use crate::code::Code;

/// A set of codes, looked up by binary search.
#[derive(Clone, Debug, Default)]
pub struct CodeSet {
    exact: Vec<Code>,
    prefixes: Vec<Code>,
}

impl CodeSet {
    /// Adds a code, or with a trailing `*` every code that begins so. `None` when it is no code.
    pub fn add(&mut self, text: &str) -> Option<()> {
        match text.strip_suffix('*') {
            Some(prefix) => self.prefixes.push(Code::new(prefix)?),
            None => self.exact.push(Code::new(text)?),
        }
        Some(())
    }

    /// Sorts the set for look-up.
    pub fn finish(&mut self) {
        self.exact.sort_unstable();
        self.exact.dedup();
    }

    /// Whether the code is in the set.
    pub fn contains(&self, code: &Code) -> bool {
        self.exact.binary_search(code).is_ok()
            || self.prefixes.iter().any(|prefix| code.starts_with(prefix.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::CodeSet;
    use crate::code::Code;

    #[test]
    fn a_star_means_every_code_that_begins_so() {
        let mut set = CodeSet::default();
        set.add("E102*").unwrap();
        set.add("I10").unwrap();
        set.finish();
        for (text, inside) in [("E1021", true), ("E10", false), ("I10", true), ("I109", false)] {
            assert_eq!(set.contains(&Code::new(text).unwrap()), inside, "{text}");
        }
    }
}
