//! What bears on a case of this program: ends of earlier cases, referrals, clinicians' overrides.

use super::received;
use crate::item::Reason;
use crate::options::ReadOptions;
use crate::table::{Cells, Malformed};
use icm_domain::facts::{Closure, ClosureKind, Fact, Override, OverrideKind, Referral, ReferralSource};
use icm_domain::ids::ActorId;

pub(super) fn closure(cells: &Cells<'_>, options: &ReadOptions) -> Result<Fact, Malformed> {
    let date = cells.required_day("date")?;
    let kind = cells.required_word("closure", |word| match word {
        "declined" => Some(ClosureKind::Declined),
        "declined_not_now" => Some(ClosureKind::DeclinedNotNow),
        "unable_to_contact" => Some(ClosureKind::UnableToContact),
        "graduated" => Some(ClosureKind::Graduated),
        "opt_out_permanent" => Some(ClosureKind::OptOutPermanent),
        "do_not_contact" => Some(ClosureKind::DoNotContact),
        _ => None,
    })?;
    Ok(Fact::Closure(Closure { kind, date, received: received(cells, options, date)? }))
}

pub(super) fn referral(cells: &Cells<'_>, options: &ReadOptions) -> Result<Fact, Malformed> {
    let date = cells.required_day("date")?;
    let by = cells.required_word("referred_by", |word| match word {
        "provider" => Some(ReferralSource::Provider),
        "member" => Some(ReferralSource::Member),
        "discharge_planner" => Some(ReferralSource::DischargePlanner),
        "vendor" => Some(ReferralSource::Vendor),
        _ => None,
    })?;
    let reason = cells.text("reason")?.unwrap_or_default();
    Ok(Fact::Referral(Referral { received: received(cells, options, date)?, by, reason }))
}

pub(super) fn clinician_override(cells: &Cells<'_>, options: &ReadOptions) -> Result<Fact, Malformed> {
    let date = cells.required_day("date")?;
    let what = cells.required_word("override", |word| match word {
        "exclude" => Some(OverrideKind::Exclude),
        "snooze" => Some(OverrideKind::Snooze),
        "include" => Some(OverrideKind::Include),
        _ => None,
    })?;
    Ok(Fact::Override(Override {
        received: received(cells, options, date)?,
        what,
        reason: cells.text("reason")?.unwrap_or_default(),
        until: cells.end_day("until")?.ok_or(Malformed::new("until", Reason::BlankValue))?,
        by: ActorId::new(cells.required("by")?),
    }))
}
