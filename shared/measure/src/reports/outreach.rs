//! Reach, engagement, and how long the first attempt took (FACTS §5, §9).

use super::Counted;
use super::cut::{Cut, Group, SMALL_CELLS, counted_rows, spread_cells};
use crate::course::{Course, Milestone};
use crate::spread::{Spread, percent};
use crate::table::{Cell, Report, Table};
use icm_domain::facts::Channel;
use icm_domain::moment::Moment;
use icm_domain::outreach::cadence::Cadence;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const NAME: &str = "outreach";

/// Cases in outreach, attempted, reached, engaged, of a group.
const COUNTS: usize = 4;

/// What is waited for.
const WAITS: [&str; 5] = [
    "identified to first attempt",
    "identified to reached",
    "identified to accepted by a team",
    "place given to first attempt",
    "discharge to first attempt",
];

/// A wait of one group, in business days.
#[derive(Default)]
struct Wait {
    days: Spread,
    /// Cases that had a limit.
    limited: u64,
    /// Of these, within it.
    in_time: u64,
}

/// Waits of one group, in the order of [`WAITS`].
#[derive(Default)]
struct Waits([Wait; WAITS.len()]);

/// Outreach while members are counted.
#[derive(Default)]
pub(super) struct Outreach {
    groups: BTreeMap<Group, [u64; COUNTS]>,
    waits: BTreeMap<Group, Waits>,
    channels: BTreeMap<Channel, (u64, u64)>,
    tries_to_reach: Spread,
    unreached_tries: Spread,
    after_opt_out: u64,
}

impl Outreach {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        for course in counted.courses {
            let steps = [Milestone::Outreach, Milestone::Attempted, Milestone::Reached, Milestone::Engaged];
            let reached = steps.map(|step| course.reached(step).is_some());
            for group in Cut::groups(&counted.member.traits) {
                let counts = self.groups.entry(group.clone()).or_default();
                counts.iter_mut().zip(reached).for_each(|(count, step)| *count += u64::from(step));
                self.waits.entry(group).or_default().add(course, counted);
            }
            self.tries(course);
        }
    }

    fn tries(&mut self, course: &Course<'_>) {
        let mut tries = 0;
        let mut reached = false;
        for one in &course.tries {
            let channel = self.channels.entry(one.channel).or_default();
            channel.0 += 1;
            channel.1 += u64::from(one.two_way);
            tries += u32::from(one.channel != Channel::Letter && !reached);
            reached |= one.two_way;
        }
        if reached {
            self.tries_to_reach.add(tries);
        } else if tries > 0 {
            self.unreached_tries.add(tries);
        }
        self.after_opt_out += u64::from(course.after_opt_out);
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "Shares are of the cases that got a place. Attempts are calls, texts and visits of the plan and its vendors; \
             reached means that both sides spoke.",
            "Business days know weekends and federal holidays; the first attempt is due after a place was given as \
             soon as the case's program says (three business days by default), and after a discharge that was heard of \
             before it as soon as its cadence says (two).",
            SMALL_CELLS,
        ];
        Report::new(NAME, "Reach and engagement", &says)
            .with(self.shares())
            .with(self.days())
            .with(self.by_channel())
            .with(self.persistence())
    }

    fn shares(&self) -> Table {
        let columns = [
            ("cut", "Cut by"),
            ("group", "Group"),
            ("in_outreach", "Cases given a place"),
            ("attempted", "Attempted"),
            ("reached", "Reached"),
            ("engaged", "Engaged"),
            ("reach", "Reached, %"),
            ("engagement", "Engaged, %"),
        ];
        let mut table = Table::new("reach", "Reach and engagement", &columns).bars("group", "reach");
        counted_rows(&mut table, &self.groups, |[outreach, _, reached, engaged], open| {
            [reached, engaged]
                .map(|part| if open { percent(*part, *outreach).into() } else { Cell::Absent })
                .to_vec()
        });
        table
    }

    fn days(&self) -> Table {
        let columns = [
            ("cut", "Cut by"),
            ("group", "Group"),
            ("what", "Business days from … to …"),
            ("cases", "Cases"),
            ("median", "Median"),
            ("p90", "90th percentile"),
            ("in_time", "In time, %"),
        ];
        let mut table = Table::new("waits", "How long it took", &columns);
        for cut in self.waits.keys().map(|(cut, _)| *cut).collect::<BTreeSet<_>>() {
            let own: Vec<(&Box<str>, &Waits)> = self
                .waits
                .iter()
                .filter(|((of, _), _)| *of == cut)
                .map(|((_, group), waits)| (group, waits))
                .collect();
            for (at, name) in WAITS.into_iter().enumerate() {
                let of: Vec<&Wait> = own.iter().filter_map(|(_, waits)| waits.0.get(at)).collect();
                let spreads: Vec<&Spread> = of.iter().map(|wait| &wait.days).collect();
                for (((group, _), cells), wait) in own.iter().zip(spread_cells(cut, &spreads)).zip(&of) {
                    let open = matches!(cells, [Cell::Count(_), ..]);
                    let in_time = percent(wait.in_time, wait.limited).filter(|_| open);
                    let row = [Cell::from(cut.id()), Cell::text(group.as_ref()), Cell::from(name)];
                    table.row(row.into_iter().chain(cells).chain([in_time.into()]));
                }
            }
        }
        table
    }

    fn by_channel(&self) -> Table {
        let columns = [
            ("channel", "Channel"),
            ("tries", "Tries"),
            ("two_way", "Both sides spoke"),
            ("share", "Share, %"),
        ];
        let mut table = Table::new("channels", "By channel", &columns).bars("channel", "tries");
        for (channel, (tries, two_way)) in &self.channels {
            let name = match channel {
                Channel::Call => "call",
                Channel::Text => "text",
                Channel::Letter => "letter",
                Channel::Visit => "visit",
            };
            let share = percent(*two_way, *tries).into();
            table.row([Cell::from(name), Cell::Count(*tries), Cell::Count(*two_way), share]);
        }
        table
    }

    fn persistence(&self) -> Table {
        let columns =
            [("what", "What"), ("cases", "Cases"), ("median", "Median"), ("p90", "90th percentile")];
        let mut table = Table::new("attempts", "Attempts per case", &columns);
        for (name, spread) in [
            ("attempts until reached", &self.tries_to_reach),
            ("attempts of cases not reached", &self.unreached_tries),
        ] {
            let figures = [spread.percentile(50).into(), spread.percentile(90).into()];
            table.row([Cell::from(name), Cell::Count(spread.total())].into_iter().chain(figures));
        }
        let stopped = Cell::from("attempts after an opt-out (must be none)");
        table.row([stopped, Cell::Count(self.after_opt_out), Cell::Absent, Cell::Absent]);
        table
    }
}

impl Waits {
    fn add(&mut self, course: &Course<'_>, counted: &Counted<'_>) {
        use Milestone::{Accepted, Attempted, Identified, Outreach, Reached};
        let (terms, setting) = (&course.case.terms, counted.setting);
        let day = |milestone| course.reached(milestone).map(Moment::day);
        let after_discharge = setting.cadences.iter().find(|cadence| cadence.id == terms.cadence);
        let after_discharge = after_discharge.and_then(Cadence::after_discharge_business_days);
        let spans = [
            (day(Identified), day(Attempted), None),
            (day(Identified), day(Reached), None),
            (day(Identified), day(Accepted), None),
            (day(Outreach), day(Attempted), Some(terms.first_attempt_days)),
            (course.discharged_before_attempt(), day(Attempted), after_discharge),
        ];
        for (wait, (from, to, limit)) in self.0.iter_mut().zip(spans) {
            let Some((from, to)) = from.zip(to) else { continue };
            let days = setting.calendar.business_days_between(from, to, None);
            wait.days.add(days);
            wait.limited += u64::from(limit.is_some());
            wait.in_time += u64::from(limit.is_some_and(|limit| days <= u32::from(limit)));
        }
    }
}
