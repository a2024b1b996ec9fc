//! Coverage spans: open ones, late joiners, leavers, gaps, and gaps that the state mends afterwards.

use crate::biller::SOURCE;
use crate::pathway::Span;
use crate::random::Random;
use icm_domain::day::Day;
use icm_domain::facts::{Coverage, LineOfBusiness};
use icm_domain::ids::SourceId;

/// A span as the enrolment file of the source states it.
pub(crate) fn span(lob: LineOfBusiness, from: Day, thru: Option<Day>, received: Day) -> Coverage {
    Coverage { source: SourceId::new(SOURCE), received, lob, from, thru, retracted: false }
}

/// Draws the spans of a member who was born on `birth`.
pub(crate) fn draw(random: &mut Random, lob: LineOfBusiness, birth: Day, history: Span) -> Vec<Coverage> {
    let days = history.last.since(history.first);
    let joined = match random.below(100) {
        0..=6 => history.first.plus(random.between(1, days.max(1))),
        _ => history.first.plus(-random.between(0, 900)),
    }
    .max(birth);
    let gap = if lob == LineOfBusiness::Medicaid { 90 } else { 12 };
    let leaves = if lob == LineOfBusiness::Medicaid { 50 } else { 40 };
    let middle = joined.max(history.first).plus(random.between(20, days.max(21)));
    if random.per_mille(leaves) && middle < history.last {
        return vec![span(lob, joined, Some(middle), joined)];
    }
    if random.per_mille(gap) && middle.plus(75) < history.last {
        return with_gap(random, lob, (joined, middle));
    }
    vec![span(lob, joined, None, joined)]
}

/// Coverage ends, begins again 30 to 75 days later, and for half the gap is reinstated back to the first day.
fn with_gap(random: &mut Random, lob: LineOfBusiness, (joined, ended): (Day, Day)) -> Vec<Coverage> {
    let again = ended.plus(random.between(30, 75));
    let mut spans = vec![span(lob, joined, Some(ended), joined), span(lob, again, None, again)];
    if random.per_mille(500) {
        spans.push(span(lob, ended.plus(1), Some(again.plus(-1)), again.plus(random.between(5, 45))));
    }
    spans
}

/// Whether a day is covered.
pub(crate) fn covers(spans: &[Coverage], day: Day) -> bool {
    spans.iter().any(|span| span.from <= day && span.thru.is_none_or(|thru| day <= thru))
}
