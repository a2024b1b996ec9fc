//! The daily comparison with a vendor's roster snapshot (FACTS §8). It only finds; what follows is a person's or the
//! state machine's business. Members are never ended by omission from a file.

use crate::case::state::{Case, Stage};
use crate::case::status::Status;
use crate::coded::coded;
use crate::ids::{CaseId, VendorId};
use crate::moment::Moment;
use serde::{Deserialize, Serialize};

coded! {
    /// What the vendor says about a member.
    pub enum VendorStatus {
        /// Offered, not decided.
        Pending = "PENDING",
        /// Accepted, service not begun.
        Accepted = "ACCEPTED",
        /// In service.
        Active = "ACTIVE",
        /// Paused.
        OnHold = "ON_HOLD",
    }
}

coded! {
    /// The finding for one case.
    pub enum Finding {
        /// Both say the same.
        Match = "MATCH",
        /// We hold it to be with the vendor, the vendor does not list it.
        MissingAtVendor = "MISSING_AT_VENDOR",
        /// The vendor lists it, we have no such case with this vendor.
        UnknownToUs = "UNKNOWN_TO_US",
        /// Both have it, in different states.
        StateConflict = "STATE_CONFLICT",
    }
}

/// A row of the vendor's snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// Our case id, as the vendor knows it.
    pub case: CaseId,
    /// What the vendor says.
    pub status: VendorStatus,
}

/// A line of the result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReconciledRow {
    /// The case.
    pub case: CaseId,
    /// The finding.
    pub finding: Finding,
    /// What we hold.
    pub ours: Option<VendorStatus>,
    /// What the vendor says.
    pub theirs: Option<VendorStatus>,
}

/// What we hold a vendor to have of a case; none when it has nothing.
pub fn held_by(case: &Case, vendor: &VendorId) -> Option<VendorStatus> {
    let assignment = case.assignment.as_ref().filter(|assignment| assignment.vendor == *vendor)?;
    Some(match assignment.stage {
        Stage::Offered | Stage::Received => VendorStatus::Pending,
        Stage::Accepted | Stage::Serving if case.status == Status::OnHold => VendorStatus::OnHold,
        Stage::Accepted => VendorStatus::Accepted,
        Stage::Serving => VendorStatus::Active,
    })
}

/// Whether the case moved after the vendor took its snapshot: what the snapshot says of it is older than what we hold,
/// and nothing follows from a difference.
pub fn in_motion(case: &Case, taken: Moment) -> bool {
    case.since > taken || case.assignment.as_ref().is_some_and(|assignment| assignment.offered > taken)
}

/// Compares what we hold with a complete snapshot of the vendor, sorted by case. A row that the vendor lists twice
/// with different states is a conflict.
pub fn reconcile<'c>(
    cases: impl IntoIterator<Item = &'c Case>,
    vendor: &VendorId,
    snapshot: &[SnapshotRow],
) -> Vec<ReconciledRow> {
    let mut theirs: Vec<&SnapshotRow> = snapshot.iter().collect();
    theirs.sort_by(|a, b| (&a.case, a.status).cmp(&(&b.case, b.status)));
    theirs.dedup();
    let mut rows: Vec<ReconciledRow> = Vec::new();
    let mut known: Vec<(&CaseId, VendorStatus)> =
        cases.into_iter().filter_map(|case| Some((&case.id, held_by(case, vendor)?))).collect();
    known.sort_unstable();
    for (case, ours) in &known {
        rows.push(compare(case, *ours, &theirs));
    }
    let unknown =
        theirs.iter().filter(|row| known.binary_search_by_key(&&row.case, |(case, _)| case).is_err());
    rows.extend(unknown.map(|row| ReconciledRow {
        case: row.case.clone(),
        finding: Finding::UnknownToUs,
        ours: None,
        theirs: Some(row.status),
    }));
    rows.sort();
    rows.dedup_by(|a, b| a.case == b.case);
    rows
}

fn compare(case: &CaseId, ours: VendorStatus, theirs: &[&SnapshotRow]) -> ReconciledRow {
    let listed: Vec<VendorStatus> =
        theirs.iter().filter(|row| row.case == *case).map(|row| row.status).collect();
    let finding = match listed.as_slice() {
        [] => Finding::MissingAtVendor,
        [one] if *one == ours => Finding::Match,
        [..] => Finding::StateConflict,
    };
    ReconciledRow { case: case.clone(), finding, ours: Some(ours), theirs: listed.first().copied() }
}

#[cfg(test)]
mod tests {
    use super::{Finding, SnapshotRow, VendorStatus, reconcile};
    use crate::case::event::{EventKind, OptOutScope};
    use crate::case::state::{Case, Delivery, HandOver};
    use crate::case::tests::life::Life;

    fn named(mut life: Life, id: &str) -> Case {
        life.case.id = id.into();
        life.case
    }

    fn row(case: &str, status: VendorStatus) -> SnapshotRow {
        SnapshotRow { case: case.into(), status }
    }

    #[test]
    fn a_roster_finds_matches_gaps_strangers_and_conflicts_and_ends_nobody() {
        let new = || Life::new(Delivery::External, HandOver::Enrolment);
        let mut left = new().active("V1");
        left.does(EventKind::OptedOut(OptOutScope::Program));
        let cases = [
            named(new().active("V1"), "A"),
            named(new().active("V1"), "B"),
            named(new().enrolled("V1"), "C"),
            named(new().active("V2"), "D"),
            named(left, "E"),
        ];
        let snapshot = [
            row("A", VendorStatus::Active),
            row("A", VendorStatus::Active),
            row("C", VendorStatus::Active),
            row("E", VendorStatus::Active),
            row("Z", VendorStatus::Pending),
        ];
        let found = reconcile(&cases, &"V1".into(), &snapshot);
        let seen: Vec<(&str, Finding)> = found.iter().map(|row| (row.case.as_str(), row.finding)).collect();
        assert_eq!(
            seen,
            [
                ("A", Finding::Match),
                ("B", Finding::MissingAtVendor),
                ("C", Finding::StateConflict),
                ("E", Finding::UnknownToUs),
                ("Z", Finding::UnknownToUs),
            ]
        );
    }

    #[test]
    fn a_member_listed_twice_with_different_states_is_a_conflict() {
        let case = named(Life::new(Delivery::External, HandOver::Enrolment).active("V1"), "A");
        let snapshot = [row("A", VendorStatus::Active), row("A", VendorStatus::OnHold)];
        assert_eq!(reconcile([&case], &"V1".into(), &snapshot)[0].finding, Finding::StateConflict);
    }
}
