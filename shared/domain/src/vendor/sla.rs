//! The clocks on an offer (FACTS §6.1, §8): no acknowledgement after 4 hours → warn; no business answer after 2
//! business days → send the same offer once more; still none → escalate; still none → the next vendor.

use crate::calendar::business::HolidayCalendar;
use crate::case::state::{Assignment, Stage};
use crate::coded::coded;
use crate::moment::Moment;
use serde::{Deserialize, Serialize};

/// Business days in which a vendor confirms that it has let go of a member who was taken back (FACTS §8).
pub const RECALL_BUSINESS_DAYS: u16 = 2;

coded! {
    /// What a clock on an offer asks for.
    pub enum SlaStep {
        /// Not even received: warn a person.
        Warn = "WARN",
        /// No business answer: send the same offer once more.
        Resend = "RESEND",
        /// Still no answer: escalate to a person.
        Escalate = "ESCALATE",
        /// Still none: cancel and ask the next vendor.
        NextVendor = "NEXT_VENDOR",
    }
}

/// The clocks of a vendor, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferClocks {
    /// Hours until a missing receipt is a warning.
    pub warn_hours: u16,
    /// Business days until an unanswered offer is sent again.
    pub answer_business_days: u16,
    /// Business days after that until a person is told.
    pub escalate_business_days: u16,
    /// Business days after that until the next vendor is asked.
    pub next_vendor_business_days: u16,
}

impl Default for OfferClocks {
    fn default() -> Self {
        Self {
            warn_hours: 4,
            answer_business_days: 2,
            escalate_business_days: 1,
            next_vendor_business_days: 1,
        }
    }
}

/// The next clock of an offer that was sent then: what it asks for, and when. None once the vendor has accepted. A vendor
/// cannot answer what is held back: the clocks count from the instant at which the offer left.
pub fn next(
    sent: Moment,
    assignment: &Assignment,
    clocks: OfferClocks,
    calendar: &HolidayCalendar,
    state: Option<&str>,
) -> Option<(SlaStep, Moment)> {
    match assignment.stage {
        Stage::Offered | Stage::Received => {}
        Stage::Accepted | Stage::Serving => return None,
    }
    let after = |days: u16| calendar.deadline(sent, days, state);
    let warn = sent.plus_hours(i64::from(clocks.warn_hours));
    let resend = after(clocks.answer_business_days);
    let escalate = after(clocks.answer_business_days + clocks.escalate_business_days);
    let give_up =
        after(clocks.answer_business_days + clocks.escalate_business_days + clocks.next_vendor_business_days);
    let steps = [
        (!assignment.warned && assignment.stage == Stage::Offered, SlaStep::Warn, warn),
        (!assignment.resent, SlaStep::Resend, resend),
        (!assignment.escalated, SlaStep::Escalate, escalate),
        (assignment.escalated, SlaStep::NextVendor, give_up),
    ];
    steps.into_iter().filter(|(open, ..)| *open).map(|(_, step, at)| (step, at)).min_by_key(|(_, at)| *at)
}
