//! What has left: only what was committed, released before any opt-out, within the hours, and acted on once.

use super::{Broken, Check, Rule, broken};
use crate::staff::Staff;
use crate::vendors::Vendors;
use icm_domain::calendar::zone;
use icm_domain::case::effect::EffectKind;
use icm_domain::facts::Channel;
use icm_domain::ids::{EffectId, VendorId};
use icm_domain::outreach::attempt::Phone;
use icm_domain::outreach::ledger::ContactCaps;
use icm_ports::{Destination, EffectRecord, Moment};
use icm_testkit::world::State;

/// How long an invocation of the relay lasts at most, in milliseconds.
const INVOCATION_MS: i64 = 120_000;

/// First and last minute of the day in which somebody may be called (FACTS §5.3).
const HOURS: (u16, u16) = (8 * 60, 21 * 60);

impl Check {
    pub(super) fn sent(&mut self, state: &State, now: Moment) -> Result<(), Broken> {
        let new = state.sent.get(self.sent_at..).unwrap_or_default();
        self.sent_at = state.sent.len();
        for (to, message) in new {
            if matches!(to, Destination::Vendor(_) | Destination::Outreach) {
                self.left(state, &EffectId::new(message.key.as_ref()), now)?;
            }
        }
        Ok(())
    }

    /// One effect has left.
    fn left(&mut self, state: &State, id: &EffectId, now: Moment) -> Result<(), Broken> {
        let stored = self.effects.get(id).and_then(|seen| Some((seen, record(state, &seen.member, id)?)));
        let Some((seen, effect)) = stored else {
            return broken(
                Rule::NoEffectWithoutEvent,
                format!("{} was sent and never committed", id.as_str()),
            );
        };
        let what = &effect.effect.what;
        if !(what.contacts_member() || matches!(what, EffectKind::OfferVendor { .. })) {
            return Ok(());
        }
        let case = effect.case_id.as_ref().and_then(|case| self.cases.get(case));
        let opted_out = case.and_then(|told| told.opted_out);
        let silent = self.silent.get(&seen.member).and_then(|(_, since)| *since);
        let stop_confirmed = matches!(
            what,
            EffectKind::Notice { code: icm_domain::case::effect::NoticeCode::StopConfirmed, .. }
        );
        // Released in the very step of the opt-out counts as before it: one step may hold several calls.
        let late = |stop: Option<u64>| stop.is_some_and(|stop| seen.released.is_none_or(|at| at > stop));
        if !stop_confirmed && (late(opted_out) || what.contacts_member() && late(silent)) {
            return broken(
                Rule::NothingAfterOptOut,
                format!("{} {} was released after the member's stop", what.id(), id.as_str()),
            );
        }
        let touch = matches!(what, EffectKind::OutreachTask { channel, .. } if *channel != Channel::Letter);
        hours(what, now)?;
        if touch && !self.agreed.contains(id) {
            let member = seen.member.clone();
            return caps(self.touches.entry(member).or_default(), id, now);
        }
        Ok(())
    }

    /// Receivers act once per key, whatever keys the messages state.
    pub(super) fn acts(&mut self, state: &State, vendors: &Vendors, staff: &Staff) -> Result<(), Broken> {
        let offers: Vec<(VendorId, EffectId)> = vendors.acts[self.acts_at..]
            .iter()
            .map(|(vendor, effect)| (vendor.clone(), EffectId::new(effect.as_str())))
            .collect();
        self.acts_at = vendors.acts.len();
        let dialler = VendorId::new("dialler");
        let calls: Vec<(VendorId, EffectId)> = staff.acts[self.dialled_at..]
            .iter()
            .map(|effect| (dialler.clone(), EffectId::new(effect.as_str())))
            .collect();
        self.dialled_at = staff.acts.len();
        for (receiver, id) in offers.into_iter().chain(calls) {
            let record = self.effects.get(&id).and_then(|seen| record(state, &seen.member, &id));
            let key = record.map_or_else(|| id.clone(), |record| record.effect.dedup.clone());
            let times = self.acted.entry((receiver.clone(), key)).or_default();
            *times += 1;
            if *times > 1 {
                let what = format!("{} acted {times} times on {}", receiver.as_str(), id.as_str());
                return broken(Rule::OncePerKey, what);
            }
        }
        Ok(())
    }
}

/// One touch more. Its reservation stands from the release, at most an invocation's length before it left; what leaves
/// again is the same touch.
fn caps(touches: &mut Vec<(Moment, EffectId)>, id: &EffectId, now: Moment) -> Result<(), Broken> {
    if touches.iter().any(|(_, held)| held == id) {
        return Ok(());
    }
    let caps = ContactCaps::default();
    let since = |days: i64| {
        let from = now.plus_days(-days).plus_millis(INVOCATION_MS);
        touches.iter().filter(|(at, _)| *at > from).count()
    };
    if since(1) >= usize::from(caps.per_day) || since(7) >= usize::from(caps.per_week) {
        let before = touches.last().map(|(at, _)| *at);
        return broken(Rule::CapsKept, format!("{} left at {now}, after another at {before:?}", id.as_str()));
    }
    touches.push((now, id.clone()));
    Ok(())
}

fn record<'s>(
    state: &'s State,
    member: &icm_domain::ids::MemberId,
    id: &EffectId,
) -> Option<&'s EffectRecord> {
    state.members.get(member)?.effects.get(id.as_str())
}

/// Everybody of a run lives in Chicago and has a number of Chicago. The invocation that sends has looked at the hours
/// at most its own length of time ago.
fn hours(what: &EffectKind, now: Moment) -> Result<(), Broken> {
    let EffectKind::OutreachTask { channel, .. } = what else { return Ok(()) };
    let phone = Phone::parse("312-555-0100");
    let zones = zone::binding(Some(("IL", "60601")), phone.as_ref());
    let inside = |at: Moment| {
        zones.iter().all(|zone| {
            let (_, minute) = zone.local(at);
            HOURS.0 <= minute && minute < HOURS.1
        })
    };
    if *channel == Channel::Letter || inside(now) || inside(now.plus_millis(-60_000)) {
        return Ok(());
    }
    broken(Rule::WithinHours, format!("{} left at {now}", what.id()))
}
