//! The head of a member: the version that every commit is conditioned on.

use crate::body::Body;
use crate::clock::Moment;
use crate::error::Result;
use icm_domain::day::Day;
use icm_domain::decision::Outcome;
use icm_domain::ids::MemberId;
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
    /// What earlier and open cases mean for the next decision, as `icm-contract` encodes it.
    pub standing: Option<Body>,
}

/// May read what was decided about a member.
pub trait MemberRead: Send + Sync {
    /// The head, strongly consistent; the default head when nothing was ever committed.
    fn head(&self, member: &MemberId) -> impl Future<Output = Result<Head>> + Send;

    /// The current decision record.
    fn decision(&self, member: &MemberId) -> impl Future<Output = Result<Option<Body>>> + Send;
}
