//! The next contact of a case, as a pure function of the case, its cadence, the member's permissions, the shared
//! ledger, the hours and the calendar — and the same checks once more at the moment of sending.

use crate::calendar::business::HolidayCalendar;
use crate::calendar::zone::{self, Zone};
use crate::case::event::{DropReason, Scheduled};
use crate::case::reason::ReviewReason;
use crate::case::state::{Case, OpenTask};
use crate::case::status::Status;
use crate::coded::coded;
use crate::day::Day;
use crate::facts::Channel;
use crate::moment::Moment;
use crate::outreach::attempt::Phone;
use crate::outreach::cadence::{Cadence, CadenceStep};
use crate::outreach::hours::{CallingHours, DayPart, StateHours};
use crate::outreach::ledger::{ContactCaps, ContactLedger};
use crate::outreach::permission::{Bar, Permissions};
use std::collections::BTreeSet;

/// Everything about the member and the rules that planning reads.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// What the member has asked for.
    pub permissions: &'a Permissions,
    /// Numbers that may be dialled, best first ([`Permissions::numbers`]).
    pub phones: &'a [Phone],
    /// State and ZIP code of the address in use.
    pub address: Option<(&'a str, &'a str)>,
    /// The member's shared ledger.
    pub ledger: &'a ContactLedger,
    /// Its caps.
    pub caps: ContactCaps,
    /// Calling hours.
    pub hours: &'a CallingHours,
    /// Holidays.
    pub calendar: &'a HolidayCalendar,
}

impl Surroundings<'_> {
    /// The zones in which it must be time to call: those of the address and of the first number.
    pub fn zones(&self) -> BTreeSet<Zone> {
        zone::binding(self.address, self.phones.first())
    }

    /// The hours of the member's state.
    pub fn state_hours(&self) -> &StateHours {
        self.hours.of(self.address.map(|(state, _)| state))
    }
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Commit this task.
    Task {
        /// The event to apply.
        scheduled: Scheduled,
        /// The number to dial, for calls and texts.
        phone: Option<Phone>,
        /// When it is overdue.
        due: Moment,
    },
    /// Nothing before this instant.
    Wait(Moment),
    /// The cadence is at its end: apply `OutreachExhausted`.
    Exhausted,
    /// Nothing is to be planned, for this reason.
    Blocked(Block),
}

coded! {
    /// Why nothing is planned.
    pub enum Block {
        /// The case is not in outreach.
        NotInOutreach = "NOT_IN_OUTREACH",
        /// A task is open.
        TaskOpen = "TASK_OPEN",
        /// A person must decide a review first.
        UnderReview = "UNDER_REVIEW",
        /// No coverage.
        NoCoverage = "NO_COVERAGE",
        /// The member opted out.
        OptedOut = "OPTED_OUT",
        /// No hour suits every zone and state that binds.
        NoHours = "NO_HOURS",
    }
}

/// Plans the next contact of a case in outreach.
///
/// The cadence ends on its last day when every step has had its turn. What a pause of the program or a lack of staff left
/// undone is done after it, as the caps allow: nobody is closed as unreachable who was not tried. After twice its days it
/// ends in any case.
pub fn next(case: &Case, cadence: &Cadence, around: Surroundings<'_>, now: Moment) -> Plan {
    if let Some(block) = blocked(case) {
        return Plan::Blocked(block);
    }
    let Some(since) = case.contact.outreach_since else { return Plan::Blocked(Block::NotInOutreach) };
    let open = |channel: Channel| case.open_tasks.iter().any(|task| task.channel == channel);
    let days = i32::from(cadence.close_on_day);
    let (closes, latest) = (Moment::start_of(since.plus(days)), Moment::start_of(since.plus(2 * days)));
    // A letter that is out, the closing one above all, is not called back by the end of the cadence.
    let over = if case.open_tasks.is_empty() { Plan::Exhausted } else { Plan::Blocked(Block::TaskOpen) };
    if now >= latest && case.status == Status::Outreach {
        return over;
    }
    // A call that no hour allows (address and phone lie a day's work apart) is passed over, not waited for: a letter can go.
    let possible = |plan: &Plan| *plan != Plan::Blocked(Block::NoHours);
    let agreed = case.contact.call_back.map(|at| call_back(case, around, at.max(now)));
    if let Some(plan) = agreed.filter(possible) {
        return plan;
    }
    if case.status != Status::Outreach {
        return Plan::Blocked(Block::NoHours);
    }
    let mut number = case.contact.step;
    while let Some(step) = cadence.step(number) {
        let plan = usable(case, &step, around).then(|| task(case, number, &step, around, since, now));
        if let Some(plan) = plan.filter(possible) {
            // The next letter waits for what became of this one, and what comes after it waits with it.
            return if open(step.channel) { Plan::Blocked(Block::TaskOpen) } else { plan };
        }
        number += 1;
    }
    if now >= closes { over } else { Plan::Wait(closes) }
}

fn blocked(case: &Case) -> Option<Block> {
    // A letter at the printer's keeps nobody from calling (FACTS §5.1: calls and letters go beside each other).
    let busy = |task: &OpenTask| task.channel != Channel::Letter;
    if !awaits_contact(case) {
        Some(Block::NotInOutreach)
    } else if case.open_tasks.iter().any(busy) {
        Some(Block::TaskOpen)
    } else if case.contact.opted_out {
        Some(Block::OptedOut)
    } else if !case.coverage.covered {
        Some(Block::NoCoverage)
    } else if case.reviews.contains(&ReviewReason::TriggerReversed) {
        Some(Block::UnderReview)
    } else {
        None
    }
}

/// Whether there may be a contact to plan: in outreach, or a call that was agreed with a member who was reached (the
/// cadence is over, the word stands).
pub fn awaits_contact(case: &Case) -> bool {
    let agreed = case.contact.call_back.is_some();
    case.status == Status::Outreach || (agreed && matches!(case.status, Status::Engaged | Status::Consented))
}

/// Whether the step is for this member at all: its tier, the member's permissions, a number to dial.
fn usable(case: &Case, step: &CadenceStep, around: Surroundings<'_>) -> bool {
    let for_tier = step.tiers.is_empty() || step.tiers.contains(&case.priority.tier);
    let reachable = match step.channel {
        Channel::Call | Channel::Text => dialled(case, around).is_some(),
        Channel::Letter | Channel::Visit => around.address.is_some(),
    };
    for_tier
        && reachable
        && case.contact.allows(step.channel)
        && around.permissions.permits(step.channel, false).is_ok()
}

/// The first number that nobody has found to be wrong.
fn dialled<'a>(case: &Case, around: Surroundings<'a>) -> Option<&'a Phone> {
    let wrong =
        |phone: &&Phone| !case.contact.unusable.contains(phone) && !around.ledger.unusable().contains(phone);
    around.phones.iter().find(wrong)
}

fn call_back(case: &Case, around: Surroundings<'_>, at: Moment) -> Plan {
    let step = CadenceStep {
        channel: Channel::Call,
        from_day: 0,
        by_day: 0,
        within_business_days: None,
        after_discharge_business_days: None,
        part: crate::outreach::cadence::PartRule::Any,
        tiers: Vec::new(),
        template: None,
    };
    if !usable(case, &step, around) {
        return Plan::Blocked(Block::NoHours);
    }
    // The member named the time, so the caps give way, the hours do not.
    place(case, case.contact.step, &step, around, at, at.plus_hours(4))
}

fn task(
    case: &Case,
    number: u16,
    step: &CadenceStep,
    around: Surroundings<'_>,
    since: Day,
    now: Moment,
) -> Plan {
    let earliest = match step.from_day {
        0 => now,
        days => midnight(around, since.plus(i32::from(days))).max(now),
    };
    let free = around.ledger.free_from(step.channel, earliest, around.caps);
    place(case, number, step, around, free, due(case, step, around, since))
}

/// The beginning of a day where the member lives.
fn midnight(around: Surroundings<'_>, day: Day) -> Moment {
    let zones = zone::binding(around.address, None);
    zones.first().map_or(Moment::start_of(day), |zone| zone.instant(day, 0))
}

/// When the step is overdue: by its day, or by business days for the first contact (sooner after a discharge), as the
/// cadence says and no later than the program does.
fn due(case: &Case, step: &CadenceStep, around: Surroundings<'_>, since: Day) -> Moment {
    let state = around.address.map(|(state, _)| state);
    let discharged = case.contact.discharged.zip(step.after_discharge_business_days);
    let by_business = |from: Day, days: u16| around.calendar.deadline(Moment::start_of(from), days, state);
    let usual = step.within_business_days.map_or_else(
        || Moment::start_of(since.plus(i32::from(step.by_day) + 1)),
        |days| by_business(since, days.min(case.terms.first_attempt_days)),
    );
    match discharged {
        Some((day, days)) => usual.min(by_business(day.max(since), days)),
        None => usual,
    }
}

/// Puts a contact into the next opening that suits, and that the ledger leaves free.
fn place(
    case: &Case,
    number: u16,
    step: &CadenceStep,
    around: Surroundings<'_>,
    from: Moment,
    due: Moment,
) -> Plan {
    let phone = match step.channel {
        Channel::Call | Channel::Text => dialled(case, around).cloned(),
        Channel::Letter | Channel::Visit => None,
    };
    let zones = zone::binding(around.address, phone.as_ref());
    let state = around.address.map(|(state, _)| state);
    let parts = match step.channel {
        Channel::Letter => Vec::new(),
        Channel::Call | Channel::Text | Channel::Visit => step.part.parts(last_part(case, &zones)),
    };
    let wanted = around.hours.next_opening(from, &zones, state, &parts);
    let Some(opening) = wanted.or_else(|| around.hours.next_opening(from, &zones, state, &[])) else {
        return Plan::Blocked(Block::NoHours);
    };
    let scheduled = Scheduled {
        step: number,
        channel: step.channel,
        template: step.template.clone(),
        not_before: opening.from,
        not_after: opening.until,
    };
    Plan::Task { scheduled, phone, due }
}

/// The part of the day of the last call or visit.
fn last_part(case: &Case, zones: &BTreeSet<Zone>) -> Option<DayPart> {
    let zone = zones.first()?;
    let spoken = |channel: Channel| matches!(channel, Channel::Call | Channel::Visit);
    let last = case.contact.history.iter().rev().find(|attempt| spoken(attempt.channel))?;
    let (day, minute) = zone.local(last.at);
    Some(DayPart::of(day, minute))
}

/// What the sender does with a task that is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Send it now.
    Send,
    /// Not now; try again at this instant.
    Defer(Moment),
    /// Never; record why.
    Drop(DropReason),
}

/// The check at the moment of sending (FACTS §7: at send time, not at queue time). `legal_notice` marks a letter that
/// a required program must send.
pub fn at_send(
    task: &Scheduled,
    phone: Option<&Phone>,
    around: Surroundings<'_>,
    legal_notice: bool,
    now: Moment,
) -> Release {
    if now >= task.not_after {
        return Release::Drop(DropReason::Expired);
    }
    match around.permissions.permits(task.channel, legal_notice) {
        Ok(()) => {}
        Err(Bar::DoNotContact | Bar::ChannelRefused | Bar::NoConsent | Bar::Confidential) => {
            return Release::Drop(DropReason::NotAllowed);
        }
    }
    if let Some(phone) = phone {
        // The number must still be one that may be dialled: a confidential request may have replaced it.
        if !around.phones.contains(phone) || around.ledger.unusable().contains(phone) {
            return Release::Drop(DropReason::NotAllowed);
        }
    }
    in_hours(task, phone, around, now)
}

fn in_hours(task: &Scheduled, phone: Option<&Phone>, around: Surroundings<'_>, now: Moment) -> Release {
    if now < task.not_before {
        return Release::Defer(task.not_before);
    }
    let zones = zone::binding(around.address, phone);
    let state = around.address.map(|(state, _)| state);
    if task.channel == Channel::Letter || around.hours.allow(now, &zones, state) {
        return Release::Send;
    }
    match around.hours.next_opening(now, &zones, state, &[]) {
        Some(opening) if opening.from < task.not_after => Release::Defer(opening.from),
        Some(_) | None => Release::Drop(DropReason::Expired),
    }
}
