//! The head of a member: the version that every commit is conditioned on.

use crate::body::Body;
use crate::error::Result;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::decision::Outcome;
use icm_domain::ids::MemberId;
use icm_domain::moment::Moment;
use std::future::Future;

/// Counts the commits of a member; 0: nothing was ever committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// What the META item of a member says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// Count of commits.
    pub version: Version,
    /// The day as of which the newest commit decided; no later commit may decide as of an earlier day (D3).
    pub as_of: Option<Day>,
    /// The outcome that stands.
    pub outcome: Option<Outcome>,
    /// When time alone may change the outcome; only for triggered members (D3, D5).
    pub review: Option<Moment>,
    /// Touches of the member by any program or vendor, newest last, bounded by [`Head::LEDGER_LINES`] (FACTS §5.4).
    pub ledger: Vec<LedgerNote>,
}

impl Head {
    /// Lines of the ledger that are kept: far more than any contact limit counts.
    pub const LEDGER_LINES: usize = 40;

    /// Keeps the ledger within its lines: the oldest touches go first, a number that must never be dialled again last.
    pub fn trim_ledger(&mut self) {
        let mut surplus = self.ledger.len().saturating_sub(Self::LEDGER_LINES);
        self.ledger.retain(|note| {
            let goes = surplus > 0 && !matches!(note, LedgerNote::Unusable(_));
            surplus -= usize::from(goes);
            !goes
        });
        self.ledger.drain(..surplus);
    }
}

/// May go through all members, page by page. A job's right, never a request's (DESIGN D13).
pub trait MembersPage: Send + Sync {
    /// The members of a page, and where the next page begins; none: this was the last.
    fn members_after(
        &self,
        after: Option<&str>,
    ) -> impl Future<Output = Result<(Vec<MemberId>, Option<Box<str>>)>> + Send;
}

/// May read what was decided about a member.
pub trait MemberRead: Send + Sync {
    /// The head, strongly consistent; the default head when nothing was ever committed.
    fn head(&self, member: &MemberId) -> impl Future<Output = Result<Head>> + Send;

    /// The current decision record.
    fn decision(&self, member: &MemberId) -> impl Future<Output = Result<Option<Body>>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;
    use icm_domain::facts::Channel;
    use icm_domain::ids::ProgramId;
    use icm_domain::outreach::attempt::Phone;

    #[test]
    fn a_full_ledger_forgets_old_touches_and_no_wrong_number() {
        let wrong = LedgerNote::Unusable(Phone::parse("312-555-0100").unwrap_or_else(|| unreachable!()));
        let touch = |nth: usize| LedgerNote::Touch {
            at: Moment::from_millis(i64::try_from(nth).unwrap_or_default()),
            program: ProgramId::new("ICM"),
            vendor: None,
            channel: Channel::Call,
            task: None,
        };
        let mut head = Head { ledger: vec![wrong.clone()], ..Head::default() };
        head.ledger.extend((0..60).map(touch));
        head.trim_ledger();
        assert_eq!(head.ledger.len(), Head::LEDGER_LINES);
        assert_eq!((head.ledger.first(), head.ledger.last()), (Some(&wrong), Some(&touch(59))));
    }
}
