//! What is gathered from the items of a file until it is sent.

use crate::flush::Group;
use crate::snapshot::Changes;
use crate::through::{self, Through};
use crate::{Ports, Tally, memberless};
use icm_domain::day::Day;
use icm_domain::facts::{ClosureKind, Fact, PreferenceKind};
use icm_domain::ids::MemberId;
use icm_formats::{Availability, Item, Problem, Reason, RecordCount};
use icm_ports::Result;

/// What was read and not sent yet, and the counts of the whole file.
pub(crate) struct Intake<'a> {
    pub(crate) group: Group,
    pub(crate) places: Vec<Availability>,
    pub(crate) through: Through,
    pub(crate) changes: Option<Changes<'a>>,
    problems: Vec<Problem>,
    records: RecordCount,
    facts: u64,
    repeated: u64,
    today: Day,
}

/// Whether a wish allows less than before: a refusal, no contact at all, the only means that may be used.
const fn forbids(wish: &PreferenceKind) -> bool {
    matches!(
        wish,
        PreferenceKind::ChannelConsent { allowed: false, .. }
            | PreferenceKind::DoNotContact { set: true }
            | PreferenceKind::SafeContact { withdrawn: false, .. }
    )
}

/// A file that is here was not received later: a "no" that is dated ahead, by a mistyped year, holds from today and not from
/// its day on (FACTS §5.3: revocation at once). What permits waits for the day that it states.
fn at_the_latest(mut fact: Fact, today: Day) -> Fact {
    if let Fact::Preference(said) = &mut fact
        && forbids(&said.what)
    {
        said.received = said.received.min(today);
    }
    if let Fact::Closure(ended) = &mut fact
        && matches!(ended.kind, ClosureKind::OptOutPermanent | ClosureKind::DoNotContact)
    {
        ended.date = ended.date.min(today);
        ended.received = ended.received.min(today);
    }
    fact
}

impl<'a> Intake<'a> {
    /// Nothing read yet.
    pub(crate) fn new(changes: Option<Changes<'a>>, today: Day) -> Self {
        Self {
            group: Group::default(),
            places: Vec::new(),
            through: Through::new(),
            changes,
            problems: Vec::new(),
            records: RecordCount::default(),
            facts: 0,
            repeated: 0,
            today,
        }
    }

    /// Takes items in their order. The members of all claims that name none are asked for together.
    pub(crate) async fn take<P: Ports>(&mut self, ports: &P, items: Vec<Item>) -> Result<()> {
        let claims = items.iter().filter_map(|item| match item {
            Item::Fact { member: None, fact: Fact::Claim(claim), .. } => Some((**claim).clone()),
            Item::Fact { .. } | Item::Availability { .. } | Item::Problem(_) | Item::Ignored { .. } => None,
        });
        let mut located = memberless::locate_all(ports, claims.collect()).await?.into_iter();
        for item in items {
            self.take_one(item, &mut located);
        }
        Ok(())
    }

    /// Takes one item; `located` yields what became of each claim without a member.
    fn take_one(&mut self, item: Item, located: &mut impl Iterator<Item = Option<(MemberId, Fact)>>) {
        through::note(&mut self.through, &item, self.today);
        self.records.take(0, &item);
        match item {
            Item::Fact { member: Some(member), fact, .. } => self.add(member, fact),
            Item::Fact { member: None, fact: Fact::Claim(_), .. } => match located.next().flatten() {
                Some((member, fact)) => self.add(member, fact),
                None => self.records.park(1),
            },
            // Only a claim can do without a member; no reader yields anything else about nobody.
            Item::Fact { member: None, place, .. } => {
                let field = "member_id".to_owned();
                self.problems.push(Problem { place, field, reason: Reason::BlankValue });
            }
            Item::Availability { row, .. } => self.places.push(row),
            Item::Problem(problem) => self.problems.push(problem),
            Item::Ignored { .. } => {}
        }
    }

    /// Adds a fact, unless the snapshot only repeats it.
    fn add(&mut self, member: MemberId, mut fact: Fact) {
        if self.changes.as_ref().is_none_or(|changes| changes.sends(&member, &mut fact)) {
            self.group.add(member, at_the_latest(fact, self.today));
            self.facts += 1;
        } else {
            self.repeated += 1;
        }
    }

    /// The problems that wait, when there are more than `few` of them.
    pub(crate) fn problems_above(&mut self, few: usize) -> Vec<Problem> {
        if self.problems.len() > few { std::mem::take(&mut self.problems) } else { Vec::new() }
    }

    /// The counts of the file.
    pub(crate) fn tally(&self) -> Tally {
        let records = self.records.records();
        Tally { facts: self.facts, repeated: self.repeated, messages: 0, records }
    }
}

#[cfg(test)]
mod tests {
    use super::at_the_latest;
    use icm_domain::day::Day;
    use icm_domain::facts::{Channel, Closure, ClosureKind, Fact, Preference, PreferenceKind};

    #[test]
    fn a_no_that_is_dated_ahead_holds_from_today_and_a_permission_from_its_day() {
        let (today, ahead) = (Day::from_count(20_000), Day::from_count(33_000));
        let said =
            |received, what: &PreferenceKind| Fact::Preference(Preference { received, what: what.clone() });
        let channel = |allowed| PreferenceKind::ChannelConsent { channel: Channel::Call, allowed };
        for forbids in [PreferenceKind::DoNotContact { set: true }, channel(false)] {
            assert_eq!(at_the_latest(said(ahead, &forbids), today), said(today, &forbids));
            let before = said(today.plus(-3), &forbids);
            assert_eq!(at_the_latest(before.clone(), today), before);
        }
        for permits in [PreferenceKind::DoNotContact { set: false }, channel(true)] {
            assert_eq!(at_the_latest(said(ahead, &permits), today), said(ahead, &permits));
        }
        let ended = |kind, day| Fact::Closure(Closure { kind, date: day, received: day });
        let kind = ClosureKind::DoNotContact;
        assert_eq!(at_the_latest(ended(kind, ahead), today), ended(kind, today));
        let kind = ClosureKind::Graduated;
        assert_eq!(at_the_latest(ended(kind, ahead), today), ended(kind, ahead));
    }
}
