//! Guardrails (FACTS §9): what must not happen, and what should be rare, counted over everything that is recorded.

use super::Counted;
use crate::member::Watch;
use crate::spread::Spread;
use crate::table::{Cell, Report, Table};
use icm_domain::case::reason::CloseReason;
use icm_domain::case::state::Stage;
use icm_domain::decision::DecisionKind;

pub(super) const NAME: &str = "guardrails";

/// Business days after which an offer without any acknowledgement counts: a vendor acknowledges arrival at once, and
/// answers within two (FACTS §6.1).
const ACKNOWLEDGED_DAYS: u32 = 2;

/// A count with what it is out of.
#[derive(Clone, Copy, Default)]
struct Share {
    count: u64,
    of: u64,
}

impl Share {
    fn add(&mut self, count: impl Into<u64>, of: impl Into<u64>) {
        self.count += count.into();
        self.of += of.into();
    }
}

/// Guardrails while members are counted.
#[derive(Default)]
pub(super) struct Guardrails {
    outside_hours: Share,
    after_opt_out: Share,
    shared_days: Share,
    protected: Share,
    reversed: Share,
    unacknowledged: Share,
    age_days: Spread,
}

impl Guardrails {
    pub(super) fn add(&mut self, counted: &Counted<'_>) {
        let Watch { dialled, outside_hours, contact_days, shared_days, decided } = counted.member.watch;
        self.outside_hours.add(outside_hours, dialled);
        self.shared_days.add(shared_days, contact_days);
        let withheld = counted.member.decision == Some(DecisionKind::IdentifiedInternalOnly);
        if withheld || counted.member.decision.is_some_and(DecisionKind::identifies) {
            self.protected.add(withheld, true);
            let age = decided.map(|day| counted.setting.today().since(day));
            age.and_then(|days| u32::try_from(days).ok())
                .into_iter()
                .for_each(|days| self.age_days.add(days));
        }
        for course in counted.courses {
            let tries = u64::try_from(course.tries.len()).unwrap_or(u64::MAX);
            self.after_opt_out.add(course.after_opt_out, tries);
            let ending = course.case.closed.as_ref().map(|closed| closed.ending.reason);
            self.reversed.add(ending == Some(CloseReason::ClaimReversed), true);
            if let Some(held) = &course.case.assignment {
                let (from, today) = (held.offered.day(), counted.setting.today());
                let waited = counted.setting.calendar.business_days_between(from, today, None);
                let silent = held.stage == Stage::Offered && waited > ACKNOWLEDGED_DAYS;
                self.unacknowledged.add(silent, true);
            }
        }
    }

    pub(super) fn report(&self) -> Report {
        let says = [
            "What must be none is a fault of ours when it is not: somebody looks at each. What should be few is watched \
             for a rise.",
            "Calling hours are those of the member's own time zone. A contact day is shared when two programs of the \
             shared ledger contacted the member on it. Protected: identified by what may not leave the plan, so nothing \
             is sent. Unacknowledged: more than two business days after the offer nothing was heard of it.",
        ];
        let columns = [("what", "What"), ("count", "Count"), ("of", "Of"), ("must_be", "Must be")];
        let mut table = Table::new("guardrails", "Guardrails", &columns);
        for (what, share, must_be) in [
            ("calls and texts outside the member's calling hours", self.outside_hours, "none"),
            ("attempts after the member asked to be left alone", self.after_opt_out, "none"),
            ("contact days shared by two programs", self.shared_days, "few"),
            ("identified members on protected data: withheld", self.protected, "few"),
            ("cases withdrawn because a claim was reversed", self.reversed, "few"),
            ("offers that the team has not acknowledged", self.unacknowledged, "none"),
        ] {
            table.row([
                Cell::from(what),
                Cell::Count(share.count),
                Cell::Count(share.of),
                Cell::from(must_be),
            ]);
        }
        let columns =
            [("what", "What"), ("members", "Members"), ("median", "Median"), ("p90", "90th percentile")];
        let mut ages = Table::new("ages", "Age of decisions", &columns);
        let figures = [self.age_days.percentile(50).into(), self.age_days.percentile(90).into()];
        let row = [Cell::from("days since the decision last changed"), Cell::Count(self.age_days.total())];
        ages.row(row.into_iter().chain(figures));
        Report::new(NAME, "Guardrails", &says).with(table).with(ages)
    }
}
