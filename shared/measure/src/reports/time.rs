//! Time of clinicians per member and program: what service was given.

use super::Counted;
use crate::spread::Spread;
use crate::table::{Cell, Report, Table};
use icm_domain::vendor::reply::ContactMode;
use std::collections::BTreeMap;

pub(super) const NAME: &str = "clinician-time";

/// What one team gave in one program.
#[derive(Default)]
struct Given {
    minutes: Spread,
    all_minutes: u64,
    contacts: u64,
    two_way: u64,
    served_days: u64,
    modes: BTreeMap<ContactMode, (u64, u64)>,
}

/// Time while members are counted.
#[derive(Default)]
pub(super) struct Time {
    teams: BTreeMap<(Box<str>, Box<str>), Given>,
}

impl Time {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        let today = counted.setting.today();
        for course in counted.courses.iter().filter(|course| !course.services.is_empty()) {
            let team = course.team().map_or("not stated", |team| team.as_str());
            let given = self.teams.entry((course.case.program.as_str().into(), team.into())).or_default();
            let minutes: u32 = course.contacts.iter().map(|contact| u32::from(contact.minutes)).sum();
            given.minutes.add(minutes);
            given.all_minutes += u64::from(minutes);
            for contact in &course.contacts {
                given.contacts += 1;
                given.two_way += u64::from(contact.two_way);
                let mode = given.modes.entry(contact.mode).or_default();
                mode.0 += 1;
                mode.1 += u64::from(contact.minutes);
            }
            let days = course.services.iter().map(|one| one.thru.unwrap_or(today).since(one.from) + 1);
            given.served_days += days.map(|days| u64::from(days.max(0).unsigned_abs())).sum::<u64>();
        }
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "Members who are or were in service, with the contacts that their team logged or reported. Minutes a \
             month are over the days in service, members without a contact included; a contact before the first day of \
             service counts for the team that took the member.",
        ];
        let columns = [
            ("program", "Program"),
            ("team", "Team"),
            ("members", "Members served"),
            ("contacts", "Contacts"),
            ("two_way", "Both sides spoke"),
            ("minutes", "Minutes"),
            ("median", "Minutes per member, median"),
            ("p90", "Minutes per member, 90th percentile"),
            ("a_month", "Minutes per member and month in service"),
        ];
        let mut teams = Table::new("teams", "By program and team", &columns).bars("team", "a_month");
        let columns = [
            ("program", "Program"),
            ("team", "Team"),
            ("mode", "Mode"),
            ("contacts", "Contacts"),
            ("minutes", "Minutes"),
        ];
        let mut modes = Table::new("modes", "By mode of contact", &columns);
        for ((program, team), given) in &self.teams {
            let name = || [Cell::text(program.as_ref()), Cell::text(team.as_ref())];
            let month = (given.served_days > 0)
                .then(|| (given.all_minutes * 304_375 / 10_000 + given.served_days / 2) / given.served_days);
            let cells = [
                Cell::Count(given.minutes.total()),
                Cell::Count(given.contacts),
                Cell::Count(given.two_way),
                Cell::Count(given.all_minutes),
                given.minutes.percentile(50).into(),
                given.minutes.percentile(90).into(),
                month.into(),
            ];
            teams.row(name().into_iter().chain(cells));
            for (mode, (contacts, minutes)) in &given.modes {
                let cells = [Cell::from(mode.id()), Cell::Count(*contacts), Cell::Count(*minutes)];
                modes.row(name().into_iter().chain(cells));
            }
        }
        Report::new(NAME, "Clinician time", &says).with(teams).with(modes)
    }
}
