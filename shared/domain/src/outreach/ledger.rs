//! The contact ledger: one per member, shared by every program and vendor, so that nobody is called by three programs
//! in a week (FIELD: members are over-called and under-reached).
//!
//! A task *reserves* its touch when it is released and *settles* it when it has been made; so two programs that plan
//! at the same time cannot both go over the cap. The ledger is an item of its own, written with a version.

use crate::facts::Channel;
use crate::ids::{EffectId, ProgramId, VendorId};
use crate::moment::Moment;
use crate::outreach::attempt::Phone;
use serde::{Deserialize, Serialize};

/// Caps on touches, over all programs and vendors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCaps {
    /// Calls, texts and visits in any 24 hours.
    pub per_day: u8,
    /// Calls, texts and visits in any 7 days.
    pub per_week: u8,
    /// Letters in any 7 days.
    pub letters_per_week: u8,
}

impl Default for ContactCaps {
    fn default() -> Self {
        Self { per_day: 1, per_week: 3, letters_per_week: 2 }
    }
}

/// A touch, made or reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// When it was made, or from when on it may be made.
    pub at: Moment,
    /// By which program.
    pub program: ProgramId,
    /// By which vendor; none: by the plan.
    pub vendor: Option<VendorId>,
    /// How.
    pub channel: Channel,
    /// The task that reserved it, until it is settled.
    pub reserved_by: Option<EffectId>,
}

/// The ledger of one member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactLedger {
    touches: Vec<Touch>,
    unusable: Vec<Phone>,
}

/// The cap is reached: the first instant at which a touch is free again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapReached {
    /// Try again then.
    pub free_from: Moment,
}

impl ContactLedger {
    /// The touches kept, oldest first.
    pub fn touches(&self) -> &[Touch] {
        &self.touches
    }

    /// Numbers that nobody may dial.
    pub fn unusable(&self) -> &[Phone] {
        &self.unusable
    }

    /// The first instant from `at` on at which a touch on this channel keeps every cap.
    pub fn free_from(&self, channel: Channel, at: Moment, caps: ContactCaps) -> Moment {
        let letters = channel == Channel::Letter;
        let alike: Vec<Moment> = self
            .touches
            .iter()
            .filter(|touch| (touch.channel == Channel::Letter) == letters)
            .map(|touch| touch.at)
            .collect();
        let windows: &[(i64, u8)] =
            if letters { &[(7, caps.letters_per_week)] } else { &[(1, caps.per_day), (7, caps.per_week)] };
        // A touch that is free in one window may not be in the other; each round moves past one blocking window.
        let mut free = at;
        for _ in 0..=alike.len() * 2 {
            let blocked = windows.iter().find_map(|&(days, cap)| blocked_until(&alike, free, days, cap));
            match blocked {
                Some(later) => free = later,
                None => break,
            }
        }
        free
    }

    /// Reserves a touch for a task. Reserving again for the same task changes nothing.
    pub fn reserve(&mut self, task: &EffectId, touch: Touch, caps: ContactCaps) -> Result<(), CapReached> {
        if self.touches.iter().any(|known| known.reserved_by.as_ref() == Some(task)) {
            return Ok(());
        }
        let free_from = self.free_from(touch.channel, touch.at, caps);
        if free_from > touch.at {
            return Err(CapReached { free_from });
        }
        self.insert(Touch { reserved_by: Some(task.clone()), ..touch });
        Ok(())
    }

    /// Puts a reservation back that was made before, whatever the caps say by now.
    pub fn hold(&mut self, task: &EffectId, touch: Touch) {
        self.release(task);
        self.insert(Touch { reserved_by: Some(task.clone()), ..touch });
    }

    /// The task was carried out: its reservation becomes a touch. A touch without reservation is added; it happened.
    pub fn settle(&mut self, task: Option<&EffectId>, touch: Touch) {
        if task.is_some() {
            self.touches.retain(|known| known.reserved_by.as_ref() != task);
        }
        self.insert(Touch { reserved_by: None, ..touch });
    }

    /// The task will not be carried out: its reservation is free again.
    pub fn release(&mut self, task: &EffectId) {
        self.touches.retain(|known| known.reserved_by.as_ref() != Some(task));
    }

    /// The number must not be dialled again, by anybody.
    pub fn mark_unusable(&mut self, phone: Phone) {
        if !self.unusable.contains(&phone) {
            self.unusable.push(phone);
        }
    }

    /// Takes over the touches and numbers of another id of the same member.
    pub fn merge(&mut self, other: Self) {
        for touch in other.touches {
            self.insert(touch);
        }
        other.unusable.into_iter().for_each(|phone| self.mark_unusable(phone));
    }

    fn insert(&mut self, touch: Touch) {
        let place = self.touches.partition_point(|known| known.at <= touch.at);
        self.touches.insert(place, touch);
    }
}

/// When a window of `days` is full at `at`: the instant at which the touch that fills it has left. Touches planned
/// for later count as well, so that a touch put before them cannot push their window over the cap.
fn blocked_until(touches: &[Moment], at: Moment, days: i64, cap: u8) -> Option<Moment> {
    let length = days * 86_400_000;
    let mut near: Vec<Moment> =
        touches.iter().copied().filter(|touch| touch.since(at).abs() < length).collect();
    near.push(at);
    near.sort_unstable();
    let cap = usize::from(cap);
    // More than `cap` touches within one window, `at` among them: the earliest of the latest such run must leave.
    let overfull = near.windows(cap + 1).filter(|run| match (run.first(), run.last()) {
        (Some(first), Some(last)) => last.since(*first) < length && *first <= at && at <= *last,
        _ => false,
    });
    let first = overfull.filter_map(|run| run.first().copied()).max()?;
    // A run that begins with the new touch itself blocks because of later ones: go behind the first of those.
    let leaver =
        if first == at { touches.iter().copied().filter(|touch| *touch >= at).min()? } else { first };
    Some(Moment::from_millis(leaver.millis() + length))
}

#[cfg(test)]
mod tests {
    use super::{ContactCaps, ContactLedger, Touch};
    use crate::facts::Channel;
    use crate::ids::EffectId;
    use crate::moment::Moment;
    use proptest::prelude::*;

    fn touch(hours: i64, program: &str, channel: Channel) -> Touch {
        let at = Moment::from_millis(0).plus_hours(hours);
        Touch { at, program: program.into(), vendor: None, channel, reserved_by: None }
    }

    fn over(ledger: &ContactLedger, letters: bool, days: i64) -> usize {
        let alike: Vec<i64> = ledger
            .touches()
            .iter()
            .filter(|touch| (touch.channel == Channel::Letter) == letters)
            .map(|touch| touch.at.millis())
            .collect();
        let most =
            |from: &i64| alike.iter().filter(|at| (*from..*from + days * 86_400_000).contains(at)).count();
        alike.iter().map(most).max().unwrap_or(0)
    }

    proptest! {
        /// Whoever asks, in whatever order, for whatever time: no day and no week ever holds more than the caps.
        #[test]
        fn reservations_never_break_a_cap(wishes in proptest::collection::vec((0_i64..900, 0_u8..4, 0_u8..3), 1..40)) {
            let caps = ContactCaps::default();
            let mut ledger = ContactLedger::default();
            for (number, (hours, channel, program)) in wishes.into_iter().enumerate() {
                let channel = [Channel::Call, Channel::Text, Channel::Letter, Channel::Visit][usize::from(channel)];
                let wish = touch(hours, ["A", "B", "C"][usize::from(program)], channel);
                let task = EffectId::new(format!("t{number}"));
                if let Err(full) = ledger.reserve(&task, wish.clone(), caps) {
                    prop_assert!(full.free_from > wish.at);
                    let later = Touch { at: full.free_from, ..wish };
                    prop_assert_eq!(ledger.reserve(&task, later, caps), Ok(()));
                }
            }
            prop_assert!(over(&ledger, false, 1) <= 1);
            prop_assert!(over(&ledger, false, 7) <= 3);
            prop_assert!(over(&ledger, true, 7) <= 2);
        }
    }

    #[test]
    fn three_programs_share_one_member() {
        let mut ledger = ContactLedger::default();
        let caps = ContactCaps::default();
        for (task, program) in ["A", "B", "C"].into_iter().enumerate() {
            let hours = i64::try_from(task).unwrap() * 25;
            let id = EffectId::new(format!("t{task}"));
            assert_eq!(ledger.reserve(&id, touch(hours, program, Channel::Call), caps), Ok(()));
        }
        let fourth = ledger.reserve(&"t9".into(), touch(80, "D", Channel::Call), caps).unwrap_err();
        assert_eq!(fourth.free_from, Moment::from_millis(0).plus_days(7));
        assert_eq!(ledger.reserve(&"t9".into(), touch(80, "D", Channel::Letter), caps), Ok(()));
    }

    #[test]
    fn a_touch_of_a_wrong_year_takes_no_other_away() {
        let mut ledger = ContactLedger::default();
        for hours in [0, 25, 50, 900_000] {
            ledger.settle(None, touch(hours, "A", Channel::Call));
        }
        assert_eq!(ledger.touches().len(), 4);
        assert!(ledger.reserve(&"t1".into(), touch(75, "A", Channel::Call), ContactCaps::default()).is_err());
    }

    #[test]
    fn a_released_reservation_is_free_again_and_a_settled_one_is_not() {
        let caps = ContactCaps::default();
        let mut ledger = ContactLedger::default();
        ledger.reserve(&"t1".into(), touch(0, "A", Channel::Call), caps).unwrap();
        ledger.release(&"t1".into());
        ledger.reserve(&"t2".into(), touch(1, "B", Channel::Call), caps).unwrap();
        ledger.settle(Some(&"t2".into()), touch(2, "B", Channel::Call));
        ledger.release(&"t2".into());
        assert_eq!(ledger.touches().len(), 1);
        assert!(ledger.reserve(&"t3".into(), touch(3, "A", Channel::Call), caps).is_err());
    }
}
