//! Every open sample file against the results of independent parsers (issue: every claim id, line, code, date and
//! amount equal, or the file refused with the reason it deserves). Skipped, visibly, where the samples are absent.

#![expect(clippy::unwrap_used, reason = "a broken sample is a failed test")]
#![expect(clippy::indexing_slicing, reason = "JSON values and slices of a test")]
#![expect(clippy::print_stderr, reason = "the counts are the result that people read")]

mod eob;
mod mutated;
mod other;
mod shared;
mod tuva;
mod x12;
