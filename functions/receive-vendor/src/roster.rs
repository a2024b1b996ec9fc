//! The daily comparison with a vendor's roster (FACTS §8). Parts are kept until all are there; then our cases are
//! compared, a report is kept and audited, and each case that is missing or stands otherwise at the vendor gets a
//! review for a person. Nothing is changed by what a roster says, and nobody is ended by omission.

use crate::{Receiver, ReceiverStore, answer, until_done};
use icm_casework::held::{self, Held};
use icm_casework::work::event_of;
use icm_casework::{CASE_SOURCE, Work, reports};
use icm_contract::stored::{from_json, to_json};
use icm_contract::vendor::RosterSnapshot;
use icm_contract::vendor::roster::{Assembly, assemble};
use icm_domain::case::event::EventKind;
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::refusal::Refusal;
use icm_domain::case::state::{Case, FormerAssignment};
use icm_domain::ids::{ActorId, CaseId, ClaimId, MemberId, SourceId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::program::Catalogue;
use icm_domain::vendor::reconcile::{Finding, ReconciledRow, in_motion, reconcile};
use icm_lambda::Metrics;
use icm_ports::{AuditRecord, Body, Clock, PortError, RegistryKind, RegistryRecord, Result};
use serde::{Deserialize, Serialize};

/// Who acts here.
const ACTOR: &str = "system:receive-vendor";
/// Differences that a report keeps by name; all are counted.
const ROWS_MAX: usize = 2_000;
/// Differences that are a day's work: a list with no more of them is believed at once.
const FEW: usize = 20;
/// Reviews that one list raises at most; the next day's list raises the next ones.
const RAISED: usize = 200;
/// Cases that a vendor lists and does not have, of which one comparison looks up whose they were.
const LOOKED_UP: usize = 200;

/// A part as it is kept: one place per vendor and number, so that a later snapshot takes the place of an earlier one.
#[derive(Serialize, Deserialize)]
struct KeptPart {
    taken: Moment,
    part: RosterSnapshot,
}

/// What keeping a part came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It stands.
    New,
    /// It stood already, or a later snapshot does.
    Known,
    /// Another content stands under the same snapshot and number.
    Contradicts,
}

fn key(vendor: &VendorId, part: u32) -> String {
    format!("{}{part:06}", prefix(vendor))
}

fn prefix(vendor: &VendorId) -> String {
    format!("part#{}#", vendor.as_str())
}

/// Takes one part; the last one of a snapshot starts the comparison. A crash in between is mended by the redelivery of
/// the part: it finds itself kept, and the snapshot complete.
pub(crate) async fn take<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    message: &str,
    taken: Moment,
    part: RosterSnapshot,
    catalogue: &Catalogue,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    // A list that states a later hour than now would stand before every true one after it.
    let taken = taken.min(receiver.clock.now());
    let snapshot = part.snapshot_id.clone();
    if keep(vendor, taken, part, receiver).await? == Kept::Contradicts {
        return answer::refused(vendor, message, Refusal::Inconsistent, receiver).await;
    }
    let done = reports::roster(&receiver.store, vendor).await?;
    if done.is_none_or(|report| report.snapshot != snapshot) {
        let parts = parts_of(vendor, &snapshot, receiver).await?;
        match assemble(&parts.iter().map(|kept| kept.part.clone()).collect::<Vec<_>>()) {
            Assembly::Waiting(_) => {}
            Assembly::Broken => {
                return answer::refused(vendor, message, Refusal::Inconsistent, receiver).await;
            }
            Assembly::Complete(rows) => {
                let taken = parts.iter().map(|kept| kept.taken).min().unwrap_or(taken);
                let held = held::by_vendor(&receiver.store, vendor, catalogue).await?;
                let rows = reconcile(held.values().map(|(_, case)| case), vendor, &rows);
                conclude(vendor, &snapshot, taken, rows, &held, receiver).await?;
            }
        }
    }
    answer::taken(vendor, message, receiver).await
}

async fn keep<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    taken: Moment,
    part: RosterSnapshot,
    receiver: &Receiver<S, C>,
) -> Result<Kept> {
    const OPERATION: &str = "keep roster part";
    let (store, key) = (&receiver.store, key(vendor, part.part));
    let before = store.record(RegistryKind::Roster, &key).await?;
    if let Some(before) = &before {
        let held: KeptPart =
            from_json(&before.body.text).map_err(|_| PortError::Corrupt { operation: OPERATION })?;
        if held.part == part || (held.part.snapshot_id != part.snapshot_id && held.taken > taken) {
            return Ok(Kept::Known);
        }
        if held.part.snapshot_id == part.snapshot_id {
            return Ok(Kept::Contradicts);
        }
    }
    let body = Body::new(1, to_json(&KeptPart { taken, part }));
    let revision = before.map_or(0, |before| before.revision) + 1;
    let record = RegistryRecord { key: key.into(), revision, body };
    match store.write(RegistryKind::Roster, &record).await {
        Ok(()) => Ok(Kept::New),
        // Somebody else kept a part in this place: the message comes again and sees which.
        Err(error) if error.wants_reload() => Err(PortError::Throttled { operation: OPERATION }),
        Err(error) => Err(error),
    }
}

async fn parts_of<S: ReceiverStore, C>(
    vendor: &VendorId,
    snapshot: &str,
    receiver: &Receiver<S, C>,
) -> Result<Vec<KeptPart>> {
    let records = receiver.store.records(RegistryKind::Roster, &prefix(vendor)).await?;
    let read = |record: &RegistryRecord| -> Result<KeptPart> {
        from_json(&record.body.text).map_err(|_| PortError::Corrupt { operation: "read roster part" })
    };
    let all: Vec<KeptPart> = records.iter().map(read).collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|kept| kept.part.snapshot_id == snapshot).collect())
}

/// Raises the reviews, then keeps the report: a crash before the report repeats the reviews, which are raised once.
async fn conclude<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    snapshot: &str,
    taken: Moment,
    rows: Vec<ReconciledRow>,
    held: &Held,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    let mut report = reports::RosterReport::new(snapshot, taken, receiver.clock.now());
    let ours = |row: &ReconciledRow| held.get(row.case.as_str());
    let moved = |row: &ReconciledRow| {
        row.finding != Finding::Match && ours(row).is_some_and(|(_, case)| in_motion(case, taken))
    };
    let (moving, rows): (Vec<ReconciledRow>, Vec<ReconciledRow>) = rows.into_iter().partition(moved);
    report.in_motion = moving.len() as u64;
    let differing = rows.iter().filter(|row| question(row.finding).is_some()).count();
    let before = reports::roster(&receiver.store, vendor).await?;
    report.doubted = is_doubtful(differing, held.len()) && !before.is_some_and(|before| before.doubted);
    let (mut looked_up, mut raised) = (0, 0);
    for row in rows {
        *report.counts.entry(row.finding.id().into()).or_default() += 1;
        let asked = question(row.finding).filter(|_| !report.doubted && raised < RAISED);
        if let (Some(reason), Some((member, case))) = (asked, ours(&row)) {
            raised += usize::from(raise(member, case, snapshot, reason, receiver).await?);
        }
        if row.finding == Finding::UnknownToUs && looked_up < LOOKED_UP {
            looked_up += 1;
            not_let_go(vendor, &row.case, snapshot, taken, receiver).await?;
        }
        if row.finding != Finding::Match && report.differences.len() < ROWS_MAX {
            report.differences.push(row);
        }
    }
    Metrics::of("receive-vendor").count("rosters_doubted", u64::from(report.doubted)).emit(report.at);
    audit(vendor, &report, receiver).await?;
    reports::keep_roster(&receiver.store, vendor, &report).await
}

/// What a person is asked about a case of ours that a list does not confirm.
const fn question(finding: Finding) -> Option<ReviewReason> {
    match finding {
        Finding::Match | Finding::UnknownToUs => None,
        Finding::MissingAtVendor => Some(ReviewReason::RosterMissing),
        Finding::StateConflict => Some(ReviewReason::RosterConflict),
    }
}

/// Whether so many of our cases differ that the list is likelier wrong than the cases: more than one in twenty, as with
/// disappearances from a feed (DESIGN D2), and more than a person looks at anyway.
const fn is_doubtful(differing: usize, held: usize) -> bool {
    differing > FEW && differing * 20 > held
}

/// A review of the case, unless the case has ended or the same question is open already. Answers whether it was raised.
async fn raise<S: ReceiverStore, C: Clock>(
    member: &MemberId,
    case: &Case,
    snapshot: &str,
    reason: ReviewReason,
    receiver: &Receiver<S, C>,
) -> Result<bool> {
    let key = format!("roster#{snapshot}#{}", reason.id());
    until_done("raise roster review", || async {
        let loaded = Work::load(&receiver.store, member, &case.program).await?;
        let Some(mut work) = loaded.filter(|work| work.case().id == case.id) else { return Ok(false) };
        let open = work.case().reviews.contains(&reason);
        let event = event_of(key.as_str(), ACTOR, receiver.clock.now(), EventKind::ReviewRaised(reason));
        // Refused: the case has ended meanwhile, or the very review was raised before a crash.
        if open || work.apply(&event).is_err() {
            return Ok(false);
        }
        work.commit(&receiver.store).await.map(|_| true)
    })
    .await
}

/// Asks a person to call the vendor that lists a case which was taken back from it, or ended there, before the snapshot
/// was taken: it may serve the member still. A case that it never had stays what the report says, unknown.
async fn not_let_go<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    case: &CaseId,
    snapshot: &str,
    taken: Moment,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    let control = ClaimId::new(case.as_str());
    let Some(member) = receiver.store.locate(&SourceId::new(CASE_SOURCE), &control).await? else {
        return Ok(());
    };
    let key = format!("roster#{snapshot}#listed#{}", vendor.as_str());
    until_done("ask why a vendor lists a case", || async {
        let store = &receiver.store;
        let head = store.head(&member).await?;
        let held = store.cases(&member).await?.into_iter().find(|record| record.case.id == *case);
        let gone = |former: &FormerAssignment| former.vendor == *vendor && former.ended <= taken;
        let Some(record) = held.filter(|record| record.case.former.iter().any(gone)) else { return Ok(()) };
        let mut work = Work::of(member.clone(), &head, record, store.effects(&member).await?);
        let kind = EventKind::NotLetGo { vendor: vendor.clone() };
        // Refused: a person was asked before.
        if work.apply(&event_of(key.as_str(), ACTOR, receiver.clock.now(), kind)).is_err() {
            return Ok(());
        }
        work.commit(store).await.map(drop)
    })
    .await
}

async fn audit<S: ReceiverStore, C: Clock>(
    vendor: &VendorId,
    report: &reports::RosterReport,
    receiver: &Receiver<S, C>,
) -> Result<()> {
    let line = serde_json::json!({ "act": "ROSTER_RECONCILED", "vendor": vendor, "snapshot": report.snapshot,
        "counts": report.counts, "in_motion": report.in_motion, "doubted": report.doubted });
    let id = format!("roster#{}#{}", vendor.as_str(), report.snapshot).into();
    let actor = ActorId::new(ACTOR);
    let record = AuditRecord { at: report.at, id, actor, body: Body::new(1, line.to_string()) };
    receiver.store.audit(&record).await
}
