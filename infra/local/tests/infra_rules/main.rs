//! Rules that the template must keep, and mutations of it that must break one of them.
//!
//! A rule reads the resolved template and returns what breaks it, one line each. `mutations.rs` takes
//! something away or widens it, wherever that is possible, and asks that some rule notices.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, like the tests"
)]

mod access;
mod functions;
mod infrastructure;
mod mutations;
mod sources;
mod storage;

use infrastructure::Infrastructure;

/// A rule: what breaks it.
type Rule = fn(&Infrastructure) -> Vec<String>;

/// Every rule, by name.
fn rules() -> Vec<(&'static str, Rule)> {
    [access::RULES, functions::RULES, sources::RULES, storage::RULES].concat()
}

#[test]
fn the_template_keeps_every_rule() {
    let infrastructure = Infrastructure::of(&infrastructure::templates()).unwrap();
    for (name, rule) in rules() {
        let broken = rule(&infrastructure);
        assert!(broken.is_empty(), "{name}: {broken:#?}");
    }
}
