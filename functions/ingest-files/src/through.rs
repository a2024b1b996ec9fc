//! Up to which day a file tells of its feed.

use crate::Ports;
use crate::drops::Drop;
use icm_casework::freshness;
use icm_domain::day::Day;
use icm_domain::facts::Fact;
use icm_domain::moment::Moment;
use icm_formats::Item;
use icm_ports::Result;
use std::collections::BTreeMap;

/// The latest day of which a file tells us, by kind of source.
pub(crate) type Through = BTreeMap<&'static str, Day>;

/// Notes the day of which a fact tells us: when a claim was received, the day that a roster describes; an eligibility file
/// says who is covered on the day on which it is delivered, however long ago the coverage began.
pub(crate) fn note(through: &mut Through, item: &Item, today: Day) {
    let Item::Fact { fact, .. } = item else { return };
    let (kind, day) = match fact {
        Fact::Claim(_) => ("claims", fact.received()),
        Fact::Coverage(span) => ("eligibility", span.thru.unwrap_or(today).max(span.received)),
        Fact::Roster(row) => ("rosters", row.as_of),
        Fact::Profile(_)
        | Fact::Consent(_)
        | Fact::Preference(_)
        | Fact::Closure(_)
        | Fact::Referral(_)
        | Fact::Override(_)
        | Fact::Adt(_)
        | Fact::Alias { .. }
        | Fact::Retraction { .. } => return,
    };
    through.entry(kind).and_modify(|known| *known = (*known).max(day)).or_insert(day);
}

/// Moves the data-through days of the file's feed: when everything of the file is on the queue, and before the file
/// counts as done (DESIGN D12).
pub(crate) async fn advance<P: Ports>(ports: &P, key: &str, through: &Through, now: Moment) -> Result<()> {
    for (kind, day) in through {
        // Nobody has told us of tomorrow.
        let day = (*day).min(now.day());
        freshness::advance(ports, kind, Drop::feed_of(key), day, now).await?;
    }
    Ok(())
}
