//! What tests of readers share: read a text, look at what came out.

use crate::item::{Item, Reason};
use crate::options::ReadOptions;
use icm_domain::claim::ClaimVersion;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::ids::SourceId;
use std::ops::ControlFlow;

/// Everything read from the bytes as feed `feed`.
pub(crate) fn items(content: &[u8]) -> Vec<Item> {
    items_with(content, &ReadOptions::new(SourceId::from("feed")))
}

/// Everything read from the bytes with options.
pub(crate) fn items_with(content: &[u8], options: &ReadOptions) -> Vec<Item> {
    let mut items = Vec::new();
    let flow = crate::read(&content.to_vec(), options, &mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    items
}

/// The facts with their members; fails when a problem came out.
pub(crate) fn facts(content: &[u8]) -> Vec<(String, Fact)> {
    let facts = items(content).into_iter().filter_map(|item| {
        let is_note = matches!(&item, Item::Problem(problem) if problem.reason.is_note());
        assert!(is_note || !matches!(item, Item::Problem(_)), "{item:?}");
        let Item::Fact { member, fact, .. } = item else { return None };
        Some((member.map(|member| member.as_str().to_owned()).unwrap_or_default(), fact))
    });
    facts.collect()
}

/// The claims; fails when a problem came out.
pub(crate) fn claims(content: &[u8]) -> Vec<ClaimVersion> {
    let claims = facts(content).into_iter().filter_map(|(_, fact)| {
        let Fact::Claim(claim) = fact else { return None };
        Some(*claim)
    });
    claims.collect()
}

/// Record, field and reason of every problem; notes about the file are none.
pub(crate) fn problems(content: &[u8]) -> Vec<(u64, String, Reason)> {
    let problems = items(content).into_iter().filter_map(|item| {
        let Item::Problem(problem) = item else { return None };
        Some((problem.place.record, problem.field, problem.reason))
    });
    problems.filter(|(_, _, reason)| !reason.is_note()).collect()
}

/// Columns that are noted as absent.
pub(crate) fn absent(content: &[u8]) -> Vec<String> {
    let notes = items(content).into_iter().filter_map(|item| match item {
        Item::Problem(problem) if problem.reason.is_note() => Some(problem.field),
        Item::Problem(_) | Item::Fact { .. } | Item::Availability { .. } | Item::Ignored { .. } => None,
    });
    notes.collect()
}

/// Rule and record of everything ignored.
pub(crate) fn ignored(content: &[u8]) -> Vec<(&'static str, u64)> {
    let ignored = items(content).into_iter().filter_map(|item| {
        let Item::Ignored { rule, place } = item else { return None };
        Some((rule, place.record))
    });
    ignored.collect()
}

/// A day of text.
pub(crate) fn ymd(text: &str) -> Day {
    Day::parse(text).unwrap()
}
