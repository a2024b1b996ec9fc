//! A set of codes: exact codes, and patterns with one `*`.

use crate::code::Code;

/// A set of codes, looked up by binary search.
#[derive(Clone, Debug, Default)]
pub struct CodeSet {
    exact: Vec<Code>,
    patterns: Vec<Pattern>,
}

/// Every code that begins and ends so.
#[derive(Clone, Copy, Debug)]
struct Pattern {
    first: Code,
    last: Option<Code>,
}

impl Pattern {
    fn matches(&self, code: &Code) -> bool {
        code.starts_with(self.first.as_str()) && self.last.is_none_or(|last| code.ends_with(last.as_str()))
    }
}

impl CodeSet {
    /// Adds a code, or with a `*` every code that begins with what stands before it and ends with what stands behind
    /// it: `S*A` is every initial encounter (seventh character A) for an injury. `None` when it is no code.
    pub fn add(&mut self, text: &str) -> Option<()> {
        match text.split_once('*') {
            Some((first, last)) => self.patterns.push(Pattern {
                first: Code::new(first)?,
                last: if last.is_empty() { None } else { Some(Code::new(last)?) },
            }),
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
        self.exact.binary_search_by_key(&code.key(), Code::key).is_ok()
            || self.patterns.iter().any(|pattern| pattern.matches(code))
    }
}

#[cfg(test)]
mod tests {
    use super::CodeSet;
    use crate::code::Code;

    #[test]
    fn a_star_means_every_code_that_begins_and_ends_so() {
        let mut set = CodeSet::default();
        for text in ["E102*", "I10", "S72*A"] {
            set.add(text).unwrap();
        }
        set.finish();
        let expected = [
            ("E1021", true),
            ("E10", false),
            ("I10", true),
            ("I109", false),
            ("S72001A", true),
            ("S72001D", false),
            ("S82001A", false),
        ];
        for (text, inside) in expected {
            assert_eq!(set.contains(&Code::new(text).unwrap()), inside, "{text}");
        }
        assert!(set.add("*A").is_none(), "a pattern begins with something");
    }
}
