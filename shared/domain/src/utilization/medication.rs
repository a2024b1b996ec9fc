//! Concurrent medications from drug claims (FACTS §1.8): drugs held together for sixty consecutive days.
//! The ingredient is approximated by labeler and product of the NDC (its first nine digits): two labelers of one
//! ingredient count twice where no ingredient table is loaded.

use super::Service;
use crate::claim::ClaimKind;
use crate::day::{Day, Window};
use std::collections::BTreeMap;

/// Shortest supply that counts as a maintenance drug (FACTS §1.8).
const SUPPLY_MIN: u16 = 30;
/// Days for which the drugs must be held together.
const TOGETHER: i32 = 60;

/// The largest number of drugs held together for sixty consecutive days that end within the last 180.
pub fn concurrent_drugs(services: &[Service<'_>], as_of: Day) -> u16 {
    let held = supply(services, as_of);
    let ends = (0..180).map(|back| as_of.plus(-back));
    let together = ends.map(|end| {
        let window = Window::ending(end, TOGETHER);
        held.values().filter(|spans| covers(spans, window)).count()
    });
    together.max().and_then(|most| u16::try_from(most).ok()).unwrap_or(0)
}

/// The days after `as_of` on which time alone may change the number: a drug has been held long enough, or the last
/// day on which it was held leaves the 180 days.
pub(crate) fn change_days(services: &[Service<'_>], as_of: Day) -> impl Iterator<Item = Day> {
    let spans = supply(services, as_of).into_values().flatten();
    spans.flat_map(|(first, last)| [first.plus(TOGETHER - 1), last.plus(180)])
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

fn covers(spans: &[(Day, Day)], window: Window) -> bool {
    spans.iter().any(|(first, last)| *first <= window.first && window.last <= *last)
}
