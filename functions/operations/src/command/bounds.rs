//! What a command may say of times and numbers. What nobody can mean is refused before the case machine sees it: a mistyped
//! year would otherwise stand in the log of the case, in clocks and in reports for good.

use crate::problem::Problem;
use icm_domain::day::Day;
use icm_domain::moment::Moment;

/// Days within which something is written down after it happened, and within which something is agreed ahead: the longest
/// cadence and the cool-downs of outreach (FACTS §5.1) are shorter.
const NEAR_DAYS: i32 = 90;
/// Days for which a consent on paper may have lain before it was recorded.
const CONSENT_DAYS: i32 = 366;
/// Days around today within which the days of a notice lie (FACTS §6.3): its review is at most a year after it.
const NOTICE_DAYS: i32 = 732;
/// Minutes of one contact at most: a working day.
const MINUTES_MAX: u16 = 480;

/// Something that has happened: not later than now, not longer ago than is written down late.
pub(super) fn happened(at: Moment, now: Moment, field: &str) -> Result<Moment, Problem> {
    since(at, now, NEAR_DAYS, field, "not later than now, not more than 90 days ago")
}

/// A consent that was given.
pub(super) fn consented(at: Moment, now: Moment, field: &str) -> Result<Moment, Problem> {
    since(at, now, CONSENT_DAYS, field, "not later than now, not more than a year ago")
}

fn since(at: Moment, now: Moment, days: i32, field: &str, expected: &str) -> Result<Moment, Problem> {
    if at > now || now.day().since(at.day()) > days { Err(Problem::field(field, expected)) } else { Ok(at) }
}

/// An instant that was agreed: after now, and near.
pub(super) fn agreed(at: Moment, now: Moment, field: &str) -> Result<Moment, Problem> {
    if at < now || at.day().since(now.day()) > NEAR_DAYS {
        return Err(Problem::field(field, "not earlier than now, not more than 90 days ahead"));
    }
    Ok(at)
}

/// A first day of service: near today.
pub(super) fn near(day: Day, now: Moment, field: &str) -> Result<Day, Problem> {
    around(day, now, NEAR_DAYS, field, "not more than 90 days from today")
}

/// A day of a notice.
pub(super) fn of_notice(day: Day, now: Moment, field: &str) -> Result<Day, Problem> {
    around(day, now, NOTICE_DAYS, field, "not more than two years from today")
}

fn around(day: Day, now: Moment, days: i32, field: &str, expected: &str) -> Result<Day, Problem> {
    if day.since(now.day()).abs() > days { Err(Problem::field(field, expected)) } else { Ok(day) }
}

/// Minutes of a contact.
pub(super) fn minutes(minutes: u16, field: &str) -> Result<u16, Problem> {
    if minutes > MINUTES_MAX { Err(Problem::field(field, "480 at most")) } else { Ok(minutes) }
}

/// An id, a code or a scope that somebody names.
pub(super) fn named(text: &str, field: &str) -> Result<(), Problem> {
    let fits = !text.is_empty() && text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(()) } else { Err(Problem::field(field, "an id without blanks, 200 at most")) }
}
