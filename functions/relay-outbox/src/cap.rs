//! The daily cap of a program (DESIGN D12): offers and outreach tasks released on one day.
//!
//! A count per program and day in the registry, taken in blocks of a batch before anything is sent: a crash after the
//! take leaves the day a little short and never over. Neither first contacts nor follow-ups take it all: each side may
//! count on half of it, as far as it asked yesterday or asks now, until the hour at which the rest is open to both.

use icm_contract::stored::{from_json, to_json};
use icm_domain::case::effect::EffectKind;
use icm_domain::day::Day;
use icm_domain::ids::ProgramId;
use icm_domain::moment::Moment;
use icm_ports::{Body, PortError, RegistryKind, RegistryRead, RegistryRecord, RegistryWrite, Result};
use serde::{Deserialize, Serialize};

/// How often a take is tried again when another relay took at the same time.
const ROUNDS: usize = 6;

/// The hour of the day, in UTC, from which what one side has left is open to the other: the middle of the afternoon on
/// the east coast, so that calls can still be made.
const OPEN_HOUR: i64 = 19;

/// The two sides between which a cap is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Offers, and the first contact of a case.
    First,
    /// Every later contact.
    Later,
}

impl Side {
    /// The side of an effect; none: it does not count for the cap.
    pub(crate) const fn of(what: &EffectKind) -> Option<Self> {
        match what {
            EffectKind::OfferVendor { .. } | EffectKind::OutreachTask { step: 0, .. } => Some(Self::First),
            EffectKind::OutreachTask { .. } => Some(Self::Later),
            EffectKind::CancelOffer { .. }
            | EffectKind::RecallVendor { .. }
            | EffectKind::UpdateVendor { .. }
            | EffectKind::AnswerReply { .. }
            | EffectKind::CancelTask { .. }
            | EffectKind::Notice { .. }
            | EffectKind::CaseConferenceRequest { .. }
            | EffectKind::InternalTask { .. } => None,
        }
    }
}

/// A number for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shares {
    pub(crate) first: u32,
    pub(crate) later: u32,
}

impl Shares {
    pub(crate) const fn side(&mut self, side: Side) -> &mut u32 {
        match side {
            Side::First => &mut self.first,
            Side::Later => &mut self.later,
        }
    }

    const fn sum(self) -> u32 {
        self.first.saturating_add(self.later)
    }

    const fn plus(self, other: Self) -> Self {
        Self { first: self.first.saturating_add(other.first), later: self.later.saturating_add(other.later) }
    }
}

/// What a day has seen. The count alone is what days of before the two sides have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Released {
    /// Released.
    count: u32,
    /// Of these on the later side.
    #[serde(default)]
    later: u32,
    /// Asked for.
    #[serde(default)]
    asked: Shares,
}

impl Released {
    const fn got(self) -> Shares {
        Shares { first: self.count.saturating_sub(self.later), later: self.later }
    }

    /// After one more take.
    const fn after(self, wanted: Shares, granted: Shares) -> Self {
        Self {
            count: self.count.saturating_add(granted.sum()),
            later: self.later.saturating_add(granted.later),
            asked: self.asked.plus(wanted),
        }
    }
}

/// What a take came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    /// Releases.
    pub(crate) shares: Shares,
    /// When the rest may be asked for again.
    pub(crate) again: Moment,
}

fn open_from(day: Day) -> Moment {
    Moment::start_of(day).plus_hours(OPEN_HOUR)
}

/// Takes up to `wanted` releases of the day.
pub(crate) async fn take<R: RegistryRead + RegistryWrite>(
    registry: &R,
    program: &ProgramId,
    now: Moment,
    wanted: Shares,
    cap: u32,
) -> Result<Granted> {
    let today = now.day();
    let (_, yesterday) = released(registry, program, today.plus(-1)).await?;
    let open = now >= open_from(today);
    for _ in 0..ROUNDS {
        let (revision, held) = released(registry, program, today).await?;
        let shares = share(cap, held, yesterday.asked, wanted, open);
        let after = held.after(wanted, shares);
        let body = Body::new(1, to_json(&after));
        let key = key_of(program, today);
        let record = RegistryRecord { key: key.as_str().into(), revision: revision + 1, body };
        match registry.write(RegistryKind::Progress, &record).await {
            Ok(()) => {
                let over = open || after.count >= cap;
                let again = if over { Moment::start_of(today.plus(1)) } else { open_from(today) };
                return Ok(Granted { shares, again });
            }
            Err(error) if error.wants_reload() => {}
            Err(error) => return Err(error),
        }
    }
    Err(PortError::Throttled { operation: "take of the daily cap" })
}

fn key_of(program: &ProgramId, day: Day) -> String {
    format!("released#{}#{day}", program.as_str())
}

async fn released<R: RegistryRead>(registry: &R, program: &ProgramId, day: Day) -> Result<(u64, Released)> {
    let Some(record) = registry.record(RegistryKind::Progress, &key_of(program, day)).await? else {
        return Ok((0, Released::default()));
    };
    let read = from_json(&record.body.text);
    let read = read.map_err(|_| PortError::Corrupt { operation: "read the daily cap" })?;
    Ok((record.revision, read))
}

/// What each side gets of what is left, keeping back what the other side may still count on.
fn share(cap: u32, held: Released, yesterday: Shares, wanted: Shares, open: bool) -> Shares {
    let (got, asked) = (held.got(), held.asked.plus(wanted));
    let kept_for = |yesterday: u32, asked: u32, got: u32, wanted: u32| {
        let due = (cap / 2).min(yesterday.max(asked)).saturating_sub(got);
        // Late in the day only what is asked for in this very moment is kept.
        if open { due.min(wanted) } else { due }
    };
    let left = cap.saturating_sub(held.count);
    let for_later = kept_for(yesterday.later, asked.later, got.later, wanted.later);
    let first = wanted.first.min(left.saturating_sub(for_later));
    let for_first = kept_for(yesterday.first, asked.first, got.first, wanted.first).saturating_sub(first);
    let later = wanted.later.min(left.saturating_sub(first).saturating_sub(for_first));
    Shares { first, later }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOTHING: Released = Released { count: 0, later: 0, asked: Shares { first: 0, later: 0 } };

    const fn shares(first: u32, later: u32) -> Shares {
        Shares { first, later }
    }

    #[test]
    fn a_backlog_of_follow_ups_leaves_half_for_first_calls_that_were_asked_for_yesterday() {
        let morning = share(10, NOTHING, shares(8, 40), shares(0, 40), false);
        assert_eq!(morning, shares(0, 5));
        let held = NOTHING.after(shares(0, 40), morning);
        assert_eq!(share(10, held, shares(8, 40), shares(3, 0), false), shares(3, 0));
    }

    #[test]
    fn first_calls_leave_half_for_follow_ups() {
        assert_eq!(share(10, NOTHING, shares(40, 9), shares(40, 0), false), shares(5, 0));
    }

    #[test]
    fn what_nobody_asked_for_is_not_kept_back() {
        assert_eq!(share(10, NOTHING, shares(0, 0), shares(0, 40), false), shares(0, 10));
        assert_eq!(share(10, NOTHING, shares(2, 40), shares(0, 40), false), shares(0, 8));
    }

    #[test]
    fn late_in_the_day_what_is_left_is_open_to_both() {
        let held = NOTHING.after(shares(0, 40), shares(0, 5));
        assert_eq!(share(10, held, shares(8, 40), shares(0, 35), true), shares(0, 5));
    }

    #[test]
    fn both_at_once_get_half_each() {
        assert_eq!(share(10, NOTHING, shares(0, 0), shares(40, 40), false), shares(5, 5));
        assert_eq!(share(10, NOTHING, shares(0, 0), shares(40, 2), true), shares(8, 2));
    }

    proptest! {
        #[test]
        fn the_cap_holds_and_nobody_gets_more_than_asked_for(
            cap in 0_u32..50, batches in prop::collection::vec((0_u32..30, 0_u32..30, any::<bool>()), 1..8),
            before in (0_u32..60, 0_u32..60),
        ) {
            let mut day = NOTHING;
            for (first, later, open) in batches {
                let wanted = shares(first, later);
                let got = share(cap, day, shares(before.0, before.1), wanted, open);
                prop_assert!(got.first <= first && got.later <= later);
                day = day.after(wanted, got);
                prop_assert!(day.count <= cap);
                // Open to both: nothing is left while somebody wants it.
                prop_assert!(!open || got == wanted || day.count == cap);
            }
        }
    }
}
