//! Concurrent medications from drug claims (FACTS §1.8): drugs held together for sixty consecutive days.
//! The ingredient is approximated by labeler and product of the NDC (its first nine digits): two labelers of one
//! ingredient count twice where no ingredient table is loaded.

use super::Service;
use crate::claim::ClaimKind;
use crate::day::Day;
use std::collections::BTreeMap;

/// Shortest supply that counts as a maintenance drug (FACTS §1.8).
const SUPPLY_MIN: u16 = 30;
/// Days for which the drugs must be held together.
const TOGETHER: i32 = 60;
/// Days on one of which the sixty days end.
const ENDS: i32 = 180;

/// The largest number of drugs held together for sixty consecutive days that end within the last 180.
pub fn concurrent_drugs(services: &[Service<'_>], as_of: Day) -> u16 {
    // A drug held from `first` to `last` is held throughout the sixty days that end on `first` + 59 up to `last`. Spans
    // of one drug do not overlap, so what begins and ends is counted day by day, oldest first.
    let oldest = as_of.plus(1 - ENDS);
    let mut changes: Vec<(Day, i32)> = Vec::new();
    for (first, last) in supply(services, as_of).into_values().flatten() {
        let (from, to) = (first.plus(TOGETHER - 1).max(oldest), last.min(as_of));
        if from <= to {
            changes.extend([(from, 1), (to.plus(1), -1)]);
        }
    }
    // On one day what ends goes before what begins.
    changes.sort_unstable();
    let mut held = 0;
    let together = changes.into_iter().map(|(_, change)| {
        held += change;
        held
    });
    together.max().and_then(|most| u16::try_from(most).ok()).unwrap_or(0)
}

/// The days after `as_of` on which time alone may change the number: a drug has been held long enough, or the last
/// day on which it was held leaves the 180 days.
pub(crate) fn change_days(services: &[Service<'_>], as_of: Day) -> impl Iterator<Item = Day> {
    let spans = supply(services, as_of).into_values().flatten();
    spans.flat_map(|(first, last)| [first.plus(TOGETHER - 1), last.plus(ENDS)])
}

/// Spans of days held by product; a refill before the end of the last one is shifted behind it.
fn supply(services: &[Service<'_>], as_of: Day) -> BTreeMap<String, Vec<(Day, Day)>> {
    let mut fills: BTreeMap<String, Vec<(Day, u16)>> = BTreeMap::new();
    for service in services.iter().filter(|service| service.claim.head.kind == ClaimKind::Pharmacy) {
        for line in service.claim.lines() {
            let (Some(ndc), Some(days)) = (line.ndc, line.days_supply) else { continue };
            let date = line.from.unwrap_or(service.from());
            if days >= SUPPLY_MIN && date <= as_of {
                let product = ndc.as_str().get(..9).unwrap_or(ndc.as_str()).to_owned();
                fills.entry(product).or_default().push((date, days));
            }
        }
    }
    fills.into_iter().map(|(product, fills)| (product, shifted(fills))).collect()
}

fn shifted(mut fills: Vec<(Day, u16)>) -> Vec<(Day, Day)> {
    fills.sort_unstable();
    let mut spans: Vec<(Day, Day)> = Vec::new();
    for (date, days) in fills {
        let start = spans.last().map_or(date, |(_, end)| date.max(end.plus(1)));
        let end = start.plus(i32::from(days) - 1);
        match spans.last_mut() {
            Some(last) if last.1.plus(1) >= start => last.1 = end,
            _ => spans.push((start, end)),
        }
    }
    spans
}
