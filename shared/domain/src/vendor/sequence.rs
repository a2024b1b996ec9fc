//! The order of a vendor's replies (DESIGN D7): each vendor numbers its replies per case; early ones are kept until
//! the gap fills, stale and repeated ones are recorded and dropped.

use crate::moment::Moment;
use crate::vendor::reply::VendorReply;
use serde::{Deserialize, Serialize};

/// How many early replies are kept per case and vendor. A vendor that is further ahead has lost something; a bound
/// keeps the case item small.
pub const EARLY_MAX: usize = 50;

/// How far ahead of the awaited number an early reply may be. Farther is no number of this case (a clock, an id): whoever
/// skipped the gap up to it would drop all that the vendor says afterwards.
pub const AHEAD_MAX: u64 = 1_000;

/// A reply that came before its turn.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EarlyReply {
    /// When it came in.
    pub since: Moment,
    /// The reply.
    pub reply: VendorReply,
}

/// The replies of one vendor about one case: what comes next, and what came too early.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Inbox {
    /// The next sequence number to apply.
    next: u64,
    /// Kept replies, ascending by sequence, without repeats.
    early: Vec<EarlyReply>,
}

/// What to do with a reply that has come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is its turn: apply these, in this order (the reply, and kept ones that follow without a gap).
    Apply(Vec<VendorReply>),
    /// Kept until the gap before it fills.
    Kept,
    /// Its number has been used already: recorded and dropped.
    Repeated,
    /// Too far ahead, or too many early replies are kept; not kept, to be sent again.
    Full,
}

impl Default for Inbox {
    fn default() -> Self {
        Self { next: 1, early: Vec::new() }
    }
}

impl Inbox {
    /// Takes a reply and says what is to be applied now.
    pub fn take(&mut self, reply: VendorReply, now: Moment) -> Turn {
        if reply.sequence < self.next {
            return Turn::Repeated;
        }
        if reply.sequence - self.next > AHEAD_MAX {
            return Turn::Full;
        }
        if reply.sequence > self.next {
            return self.keep(reply, now);
        }
        self.next += 1;
        let mut due = vec![reply];
        due.extend(self.following());
        Turn::Apply(due)
    }

    fn keep(&mut self, reply: VendorReply, now: Moment) -> Turn {
        let place = self.early.partition_point(|kept| kept.reply.sequence < reply.sequence);
        if self.early.get(place).is_some_and(|kept| kept.reply.sequence == reply.sequence) {
            return Turn::Repeated;
        }
        if self.early.len() >= EARLY_MAX {
            return Turn::Full;
        }
        self.early.insert(place, EarlyReply { since: now, reply });
        Turn::Kept
    }

    /// The kept replies that follow without a gap; they leave the inbox.
    fn following(&mut self) -> Vec<VendorReply> {
        let mut ready = Vec::new();
        while self.early.first().is_some_and(|kept| kept.reply.sequence == self.next) {
            ready.push(self.early.remove(0).reply);
            self.next += 1;
        }
        ready
    }

    /// A person has decided that the missing replies will not come: the kept ones are applied from the lowest on.
    pub fn skip_gap(&mut self) -> Vec<VendorReply> {
        if let Some(first) = self.early.first() {
            self.next = first.reply.sequence;
        }
        self.following()
    }

    /// The number that is awaited.
    pub const fn awaited(&self) -> u64 {
        self.next
    }

    /// Since when a reply has been waiting for a gap to fill.
    pub fn waiting_since(&self) -> Option<Moment> {
        self.early.iter().map(|kept| kept.since).min()
    }
}

#[cfg(test)]
mod tests {
    use super::{EARLY_MAX, Inbox, Turn};
    use crate::moment::Moment;
    use crate::vendor::reply::{Report, VendorReply};
    use proptest::prelude::*;

    fn reply(sequence: u64) -> VendorReply {
        VendorReply {
            vendor: "V1".into(),
            message: format!("m{sequence}").into(),
            sequence,
            answers: None,
            occurred: Moment::from_millis(0),
            report: Report::Received,
        }
    }

    proptest! {
        /// Whatever the order and however often each is delivered: every reply is applied once and in order.
        #[test]
        fn any_order_with_repeats_is_applied_once_and_in_order(
            order in Just((1_u64..=12).collect::<Vec<_>>()).prop_shuffle(),
            repeats in proptest::collection::vec(1_u64..=12, 0..10),
        ) {
            let mut inbox = Inbox::default();
            let mut applied = Vec::new();
            for sequence in order.into_iter().chain(repeats) {
                if let Turn::Apply(due) = inbox.take(reply(sequence), Moment::from_millis(0)) {
                    applied.extend(due.into_iter().map(|reply| reply.sequence));
                }
            }
            prop_assert_eq!(applied, (1..=12).collect::<Vec<_>>());
            prop_assert_eq!(inbox.waiting_since(), None);
        }
    }

    #[test]
    fn an_early_reply_waits_and_a_person_may_skip_the_gap() {
        let mut inbox = Inbox::default();
        let now = Moment::from_millis(5);
        assert_eq!(inbox.take(reply(3), now), Turn::Kept);
        assert_eq!(inbox.take(reply(3), now), Turn::Repeated);
        assert_eq!(inbox.waiting_since(), Some(now));
        assert_eq!(inbox.skip_gap().len(), 1);
        assert_eq!(inbox.awaited(), 4);
        assert_eq!(inbox.take(reply(2), now), Turn::Repeated);
    }

    #[test]
    fn a_vendor_far_ahead_is_not_kept_without_bound() {
        let mut inbox = Inbox::default();
        for sequence in 2..u64::try_from(EARLY_MAX).unwrap() + 2 {
            assert_eq!(inbox.take(reply(sequence), Moment::from_millis(0)), Turn::Kept);
        }
        assert_eq!(inbox.take(reply(1000), Moment::from_millis(0)), Turn::Full);
    }
}
