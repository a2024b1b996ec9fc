//! Mistakes of design, planted on purpose: a harness that does not find them finds nothing (DESIGN §7).

/// A planted mistake. Those of the store are made by the fakes; those of a handler or of the wiring by the harness that
/// composes them, each named here so that one list says what is caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plant {
    /// Messages leave before the commit that causes them (store).
    SendBeforeCommit,
    /// State is written as if the message had been sent, then it is sent: a crash in between loses it (store; the
    /// first anti-pattern of the style guide).
    WriteThenSend,
    /// Every sending makes up its own deduplication key (queues).
    NoDeduplicationKey,
    /// The message is taken off the queue before its work is committed (wiring of the queues).
    AckBeforeCommit,
    /// After a commit the facts are not read again (store: the keys say nothing).
    NoReread,
    /// Commits stand whatever the version that they were decided on (store).
    LostCondition,
    /// What was pending is sent whatever the member has said since (relay).
    OptOutIgnored,
    /// Replies are applied in the order of their arrival (receiver).
    RepliesOutOfOrder,
    /// Lost wake-ups stay lost: nobody sweeps the outbox (schedules).
    SweepMissing,
    /// Of a stay of somebody who is served nobody is asked to follow it up (store).
    FollowUpLost,
    /// Touches are forgotten: nobody counts how often a member was contacted (store).
    LedgerLost,
    /// That a case ended, and how, becomes no fact: cool-downs do not hold (store).
    ClosureLost,
}

impl Plant {
    /// Every planted mistake.
    pub const ALL: [Self; 12] = [
        Self::SendBeforeCommit,
        Self::WriteThenSend,
        Self::NoDeduplicationKey,
        Self::AckBeforeCommit,
        Self::NoReread,
        Self::LostCondition,
        Self::OptOutIgnored,
        Self::RepliesOutOfOrder,
        Self::SweepMissing,
        Self::FollowUpLost,
        Self::LedgerLost,
        Self::ClosureLost,
    ];
}
