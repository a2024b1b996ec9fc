//! Cases, their events and the worklists over them.

use crate::error::Result;
use icm_domain::case::log::CaseLine;
use icm_domain::case::next_step::{NextStep, Turn};
use icm_domain::case::particulars::Particulars;
use icm_domain::case::state::Case;
use icm_domain::facts::LineOfBusiness;
use icm_domain::ids::{CaseId, MemberId, ProgramId};
use icm_domain::moment::Moment;
use std::future::Future;

/// The state of one case. The newest case of a member and program stands under the program's own key, so that two
/// open cases of one program cannot exist; earlier ones are moved aside by [`CaseRecord::retired`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRecord {
    /// The case.
    pub case: Case,
    /// Lines in its log.
    pub lines: u64,
    /// True: an earlier, closed case that a newer one replaced.
    pub retired: bool,
    /// When the case wants to be looked at again (D5); none: never by time alone.
    pub due: Option<Moment>,
    /// The worklist on which the case stands.
    pub work: Option<WorkKey>,
    /// What is to be done next; none: the case has ended, and nobody is asked about it.
    pub next: Option<NextStep>,
    /// What lists show of the member, as known when the case was last touched.
    pub about: Particulars,
}

/// A place on a worklist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkKey {
    /// The worklist: `queued`, `outreach`, `offered`, `attention`, …
    pub queue: Box<str>,
    /// Sort text within the worklist; smallest first.
    pub sort: Box<str>,
}

/// One line of the log of a case. Written once, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// Case.
    pub case_id: CaseId,
    /// Ordinal of the line within the case, from 1, without gaps.
    pub seq: u64,
    /// The line.
    pub line: CaseLine,
}

/// May read the cases of a member, strongly consistent.
pub trait CasesRead: Send + Sync {
    /// All cases of the member, the newest of each program and the retired ones.
    fn cases(&self, member: &MemberId) -> impl Future<Output = Result<Vec<CaseRecord>>> + Send;

    /// The newest case of the member in a program.
    fn case(
        &self,
        member: &MemberId,
        program: &ProgramId,
    ) -> impl Future<Output = Result<Option<CaseRecord>>> + Send;

    /// The events of a case in order.
    fn events(
        &self,
        member: &MemberId,
        case_id: &CaseId,
    ) -> impl Future<Output = Result<Vec<EventRecord>>> + Send;
}

/// One row of a worklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkRow {
    /// The member.
    pub member: MemberId,
    /// The case as it stood when the projection was written.
    pub case: CaseRecord,
}

/// May read worklists. Projections lag behind commits: read the case itself before acting on it.
pub trait Worklist: Send + Sync {
    /// Up to `limit` rows of a program's worklist in sort order, all shards merged, after `after`.
    fn work(
        &self,
        program: &ProgramId,
        queue: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<WorkRow>>> + Send;

    /// Shows every row of a program's worklist to `visit`, in no order. Rows are not held: who needs a million of them
    /// keeps of each what it needs.
    fn every_row(
        &self,
        program: &ProgramId,
        queue: &str,
        visit: &mut (dyn FnMut(WorkRow) + Send),
    ) -> impl Future<Output = Result<()>> + Send;

    /// Up to `limit` rows of one partition of the list by date, earliest first, within `span`.
    fn by_day(
        &self,
        part: &DayPart<'_>,
        span: &DaySpan<'_>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<WorkRow>>> + Send;
}

/// One partition of the list by date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayPart<'a> {
    /// Program.
    pub program: &'a ProgramId,
    /// Who acts next.
    pub turn: Turn,
    /// Line of business; none: those of whom it is not known.
    pub lob: Option<LineOfBusiness>,
    /// Shard, below `icm_contract::keys::DAY_SHARDS`.
    pub shard: u8,
}

/// A span of sort texts: later than `after`, up to and with `until`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DaySpan<'a> {
    /// Rows after this text; none: from the beginning.
    pub after: Option<&'a str>,
    /// Rows up to this text; none: to the end.
    pub until: Option<&'a str>,
}

impl CaseRecord {
    /// The sort text in the list by date: due date, priority, case. None when the case is on no list.
    pub fn day_sort(&self) -> Option<String> {
        let priority = &self.case.priority;
        let step = self.next.filter(|_| !self.retired)?;
        let (tier, persistence) = (priority.tier as u8, priority.persistence as u8);
        Some(format!("{}#{tier}{persistence}#{}", step.due, self.case.id.as_str()))
    }
}
