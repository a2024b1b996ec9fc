//! Days that cases stand in each state: who is stuck, and where (FIELD §3.4).

use super::Counted;
use super::cut::{Cut, Group, SMALL_CELLS, spread_cells};
use crate::spread::Spread;
use crate::table::{Cell, Report, Table};
use icm_domain::case::status::Status;
use icm_domain::moment::Moment;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const NAME: &str = "days-in-state";

/// Times in one state in one group.
#[derive(Default)]
struct InState {
    ended: Spread,
    running: Spread,
}

/// The states while members are counted.
#[derive(Default)]
pub(super) struct States {
    groups: BTreeMap<(Group, Status), InState>,
}

impl States {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        for spell in counted.courses.iter().flat_map(|course| &course.spells) {
            if spell.status.is_terminal() {
                continue;
            }
            for group in Cut::groups(&counted.member.traits) {
                let state = self.groups.entry((group, spell.status)).or_default();
                match spell.until {
                    Some(until) => state.ended.add(days(spell.from, until)),
                    None => state.running.add(days(spell.from, counted.setting.through)),
                }
            }
        }
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "A time in a state begins and ends when the change was recorded. Ended times give median and 90th percentile; \
             those still running say how long they have lasted so far.",
            SMALL_CELLS,
        ];
        let columns = [
            ("cut", "Cut by"),
            ("group", "Group"),
            ("state", "State"),
            ("ended", "Times ended"),
            ("median", "Median days"),
            ("p90", "90th percentile, days"),
            ("running", "In it now"),
            ("running_median", "So far, median days"),
            ("running_p90", "So far, 90th percentile"),
        ];
        let mut everybody = Table::new("states", "Days in each state", &columns).bars("state", "median");
        let mut groups = Table::new("groups", "By group", &columns);
        for (cut, status) in
            self.groups.keys().map(|((cut, _), status)| (*cut, *status)).collect::<BTreeSet<_>>()
        {
            let own: Vec<(&Box<str>, &InState)> = self
                .groups
                .iter()
                .filter(|(((of, _), held), _)| *of == cut && *held == status)
                .map(|(((_, group), _), state)| (group, state))
                .collect();
            let ended = spread_cells(cut, &own.iter().map(|(_, state)| &state.ended).collect::<Vec<_>>());
            let running = spread_cells(cut, &own.iter().map(|(_, state)| &state.running).collect::<Vec<_>>());
            let table = if cut == Cut::All { &mut everybody } else { &mut groups };
            for (((group, _), ended), running) in own.iter().zip(ended).zip(running) {
                let name = [Cell::from(cut.id()), Cell::text(group.as_ref()), Cell::from(status.id())];
                table.row(name.into_iter().chain(ended).chain(running));
            }
        }
        Report::new(NAME, "Days in each state", &says).with(everybody).with(groups)
    }
}

fn days(from: Moment, until: Moment) -> u32 {
    u32::try_from(until.day().since(from.day())).unwrap_or(0)
}
