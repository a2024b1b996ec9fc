//! Overlap and gap: who is managed twice and contacted by everybody, and who fits a model that is not to be had.

use super::Counted;
use super::cut::{NOT_HELD, SMALL_CELLS};
use crate::spread::Spread;
use crate::table::{Cell, Report, Table};
use crate::withhold::withhold;
use icm_domain::case::status::Status;
use icm_domain::facts::Model;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "overlap-and-gap";

/// Days over which contacts a week are counted.
const WEEKS: i32 = 4;

/// A place: county or practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    County,
    Practice,
}

/// What is counted of one place.
#[derive(Default)]
struct Counts {
    managed: u64,
    twice: u64,
}

/// Overlap and gap while members are counted.
#[derive(Default)]
pub(super) struct Overlap {
    managers: BTreeMap<usize, u64>,
    together: BTreeMap<String, u64>,
    contacts: BTreeMap<usize, Spread>,
    places: BTreeMap<(Place, Box<str>), Counts>,
    gaps: BTreeMap<(Place, Box<str>, Model), u64>,
}

impl Overlap {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        let member = counted.member;
        let mut managers: Vec<Model> = member.managed_by.clone();
        let serving = [Status::VendorAccepted, Status::Active, Status::OnHold];
        let own = counted.courses.iter().filter(|course| serving.contains(&course.case.status));
        managers.extend(own.map(|_| Model::M8));
        managers.sort_unstable();
        *self.managers.entry(managers.len().min(4)).or_default() += 1;
        let names: Vec<&str> = managers.iter().map(|model| model.id()).collect();
        if managers.len() > 1 {
            *self.together.entry(names.join(" + ")).or_default() += 1;
        }
        if !managers.is_empty() {
            let since = counted.setting.today().plus(1 - 7 * WEEKS);
            let recent = member.contacts.iter().filter(|day| **day >= since).count();
            self.contacts
                .entry(managers.len().min(4))
                .or_default()
                .add(u32::try_from(recent).unwrap_or(u32::MAX));
        }
        let traits = &member.traits;
        for (place, held) in [(Place::County, &traits.county), (Place::Practice, &traits.practice)] {
            let held: Box<str> = held.clone().unwrap_or_else(|| NOT_HELD.into());
            let counts = self.places.entry((place, held.clone())).or_default();
            counts.managed += u64::from(!managers.is_empty());
            counts.twice += u64::from(managers.len() > 1);
            if let Some(model) = member.not_to_be_had {
                *self.gaps.entry((place, held, model)).or_default() += 1;
            }
        }
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "An active manager is another program by its claims or roster, or an own case that a team has taken. \
             Population management is none.",
            "Contacts are those of the shared ledger without letters, of service, and those that other programs' rosters \
             state, over the last four weeks.",
            "A gap: the model that fits a member best is not to be had in the county, nor is any other that fits.",
            SMALL_CELLS,
        ];
        Report::new(NAME, "Overlap and gap", &says)
            .with(self.managers())
            .with(self.together())
            .with(self.places(Place::County, "overlap_county", "Managed twice, by county"))
            .with(self.places(Place::Practice, "overlap_practice", "Managed twice, by practice"))
            .with(self.gaps(Place::County, "gap_county", "Model not to be had, by county"))
            .with(self.gaps(Place::Practice, "gap_practice", "Model not to be had, by practice"))
    }

    fn managers(&self) -> Table {
        let columns = [
            ("managers", "Active managers"),
            ("members", "Members"),
            ("none", "Without any contact"),
            ("median", "Contacts in four weeks, median"),
            ("p90", "90th percentile"),
            ("over_cap", "More than three a week"),
        ];
        let mut table = Table::new("managers", "Active managers and contacts by anybody", &columns)
            .bars("managers", "members");
        for (managers, members) in &self.managers {
            let label = if *managers >= 4 { "4 or more".to_owned() } else { managers.to_string() };
            let mut cells = vec![Cell::Text(label), Cell::Count(*members)];
            if let Some(contacts) = self.contacts.get(managers) {
                cells.push(Cell::Count(contacts.up_to(0)));
                cells.extend([contacts.percentile(50).into(), contacts.percentile(90).into()]);
                cells.push(Cell::Count(contacts.total() - contacts.up_to(12)));
            } else {
                cells.extend([Cell::Absent, Cell::Absent, Cell::Absent, Cell::Absent]);
            }
            table.row(cells);
        }
        table
    }

    fn together(&self) -> Table {
        let columns = [("models", "Models at the same time"), ("members", "Members")];
        let mut table = Table::new("together", "Who manages together", &columns).bars("models", "members");
        let mut sorted: Vec<(&String, &u64)> = self.together.iter().collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (models, members) in sorted {
            table.row([Cell::text(models.as_str()), Cell::Count(*members)]);
        }
        table
    }

    fn places(&self, place: Place, id: &str, title: &str) -> Table {
        let columns = [("place", "Place"), ("managed", "Managed"), ("twice", "By two or more")];
        let mut table = Table::new(id, title, &columns);
        let own: Vec<(&str, &Counts)> = self
            .places
            .iter()
            .filter(|((of, _), counts)| *of == place && counts.managed > 0)
            .map(|((_, name), counts)| (name.as_ref(), counts))
            .collect();
        let cells = |count: fn(&Counts) -> u64| {
            shown(place, &own.iter().map(|(_, counts)| count(counts)).collect::<Vec<u64>>())
        };
        let (managed, twice) = (cells(|counts| counts.managed), cells(|counts| counts.twice));
        for (((name, _), managed), twice) in own.iter().zip(managed).zip(twice) {
            table.row([Cell::from(*name), managed, twice]);
        }
        table
    }

    fn gaps(&self, place: Place, id: &str, title: &str) -> Table {
        let columns = [("place", "Place"), ("model", "Model that would fit"), ("members", "Members")];
        let mut table = Table::new(id, title, &columns);
        let own: Vec<(&Box<str>, &Model, u64)> = self
            .gaps
            .iter()
            .filter(|((of, _, _), _)| *of == place)
            .map(|((_, name, model), count)| (name, model, *count))
            .collect();
        let counts: Vec<u64> = own.iter().map(|(_, _, count)| *count).collect();
        for ((name, model, _), members) in own.iter().zip(shown(place, &counts)) {
            table.row([Cell::text(name.as_ref()), Cell::from(model.id()), members]);
        }
        table
    }
}

/// Counts by county are of people as they are; a practice knows its own.
fn shown(place: Place, counts: &[u64]) -> Vec<Cell> {
    match place {
        Place::County => withhold(counts),
        Place::Practice => counts.iter().copied().map(Cell::Count).collect(),
    }
}
