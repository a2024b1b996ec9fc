//! The published table of the vendor contract: message × hand-over mode × state → transition or numbered rejection.
//! It is made by asking the machine itself, so it cannot differ from it.

use crate::case::apply;
use crate::case::effect::{AnswerVerdict, EffectKind};
use crate::case::event::{CaseEvent, EventKind, OptOutScope};
use crate::case::open::{Opening, open};
use crate::case::reason::{HoldReason, RejectReason};
use crate::case::refusal::Refusal;
use crate::case::required::Participation;
use crate::case::state::{Case, Delivery, HandOver, Place, ProgramConsent, Stage, Terms};
use crate::case::status::Status;
use crate::day::Day;
use crate::decision::priority::{Persistence, Priority, Tier};
use crate::facts::Channel;
use crate::moment::Moment;
use crate::outreach::attempt::Outcome;
use crate::vendor::reply::{ContactMode, Report, VendorEnding, VendorReply};

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRow {
    /// Hand-over mode.
    pub hand_over: HandOver,
    /// Status of the case before.
    pub status: Status,
    /// How far the offer has come; none: the vendor's offer has ended.
    pub stage: Option<Stage>,
    /// The vendor's message, without prefix and version; with its variant in brackets where that matters.
    pub message: String,
    /// What happens.
    pub result: TableResult,
}

/// What a message does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableResult {
    /// Applied; the status after it, and the payer's messages to the vendor that follow (answers apart).
    Applied {
        /// The status after.
        to: Status,
        /// Effects that follow, by name.
        effects: Vec<&'static str>,
    },
    /// Rejected with a numbered code; nothing changed.
    Rejected(Refusal),
}

/// The instant of the table; no rule in it depends on the date.
const AT: Moment = Moment::from_millis(1_767_225_600_000);
const VENDOR: &str = "V1";

/// Every row, sorted.
pub fn rows() -> Vec<TableRow> {
    let mut rows: Vec<TableRow> = [HandOver::Enrolment, HandOver::OutreachDelegated]
        .into_iter()
        .flat_map(|hand_over| states(hand_over).into_iter().map(move |case| (hand_over, case)))
        .flat_map(|(hand_over, case)| reports().into_iter().map(move |told| row(hand_over, &case, told)))
        .collect();
    rows.sort();
    rows.dedup();
    rows
}

/// The table as CSV, for `infra/contracts/`.
pub fn csv() -> String {
    let line = |row: &TableRow| {
        let stage = row.stage.map_or("ENDED", Stage::id);
        let (result, code, effects) = match &row.result {
            TableResult::Applied { to, effects } => (to.id(), String::new(), effects.join(" ")),
            TableResult::Rejected(refusal) => (refusal.id(), refusal.number().to_string(), String::new()),
        };
        let (mode, status, message) = (row.hand_over.id(), row.status.id(), &row.message);
        format!("{mode},{status},{stage},{message},{result},{code},{effects}\n")
    };
    let head = "hand_over,status,offer,message,result,rejection,effects\n".to_owned();
    rows().iter().fold(head, |text, row| text + &line(row))
}

fn row(hand_over: HandOver, case: &Case, (message, report): (String, Report)) -> TableRow {
    let reply = VendorReply {
        vendor: VENDOR.into(),
        message: "table".into(),
        sequence: awaited(case),
        answers: None,
        occurred: AT,
        report,
    };
    let stage = case.assignment.as_ref().map(|assignment| assignment.stage);
    TableRow { hand_over, status: case.status, stage, message, result: result(case, reply) }
}

fn result(case: &Case, reply: VendorReply) -> TableResult {
    let transition = match apply(case, &event(case, EventKind::VendorReplied(reply))) {
        Ok(transition) => transition,
        Err(refusal) => return TableResult::Rejected(refusal),
    };
    let refused = transition.replies.iter().find_map(|note| match &note.verdict {
        AnswerVerdict::Rejected(refusal) => Some(*refusal),
        AnswerVerdict::Accepted
        | AnswerVerdict::Kept
        | AnswerVerdict::AlreadySeen
        | AnswerVerdict::Unreadable { .. } => None,
    });
    if let Some(refusal) = refused {
        return TableResult::Rejected(refusal);
    }
    let kinds = transition.effects.iter().map(|effect| &effect.what);
    let kinds = kinds.filter(|what| !matches!(what, EffectKind::AnswerReply { .. }));
    TableResult::Applied { to: transition.case.status, effects: kinds.map(EffectKind::id).collect() }
}

fn awaited(case: &Case) -> u64 {
    let present = case.assignment.as_ref().map(|assignment| &assignment.inbox);
    let former = case.former.last().map(|former| &former.inbox);
    present.or(former).map_or(1, crate::vendor::sequence::Inbox::awaited)
}

fn event(case: &Case, kind: EventKind) -> CaseEvent {
    let key = format!("table-{}-{}", case.sequence, awaited(case)).into();
    CaseEvent { key, actor: "ops:table".into(), occurred: AT, recorded: AT, kind }
}

/// A case that has gone through events; an event that the machine refuses leaves it where it is.
fn after(case: Case, kinds: impl IntoIterator<Item = EventKind>) -> Case {
    kinds.into_iter().fold(case, |case, kind| {
        let result = apply(&case, &event(&case, kind));
        let mut next = result.map_or(case, |transition| transition.case);
        next.recent_keys.clear();
        next
    })
}

fn said(case: &Case, report: Report) -> EventKind {
    let (vendor, sequence) = (VENDOR.into(), awaited(case));
    EventKind::VendorReplied(VendorReply {
        vendor,
        message: "m".into(),
        sequence,
        answers: None,
        occurred: AT,
        report,
    })
}

fn told(case: Case, reports: impl IntoIterator<Item = Report>) -> Case {
    reports.into_iter().fold(case, |case, report| {
        let kind = said(&case, report);
        after(case, [kind])
    })
}

/// The cases of a mode: one in each state in which a vendor can speak.
fn states(hand_over: HandOver) -> Vec<Case> {
    let Some(first) = offered(hand_over) else { return Vec::new() };
    let received = told(first.clone(), [Report::Received]);
    let accepted = told(received.clone(), [Report::Accepted]);
    let mut states = vec![first.clone(), received];
    let consented = match hand_over {
        HandOver::Enrolment => accepted.clone(),
        HandOver::OutreachDelegated => {
            let engaged = told(accepted.clone(), [Report::Engaged]);
            states.push(engaged.clone());
            told(engaged, [Report::Consented { scope: "S".into() }])
        }
    };
    let active = told(consented.clone(), [Report::Enrolled { start: AT.day() }]);
    let held = told(active.clone(), [Report::Hold { reason: HoldReason::ProviderRequest }]);
    let cancelled = after(first, [EventKind::OptedOut(OptOutScope::Program)]);
    let recalled = after(active.clone(), [EventKind::Recalled]);
    states.extend([accepted, consented, active, held, cancelled, recalled]);
    states
}

/// A case that has just been offered to the vendor.
fn offered(hand_over: HandOver) -> Option<Case> {
    let terms = Terms { delivery: Delivery::External, hand_over, ..Terms::default() };
    let waiting_since: Day = AT.day();
    let (tier, persistence) = (Tier::Standard, Persistence::Usual);
    let opening = Opening {
        id: "C".into(),
        member: "M".into(),
        program: "P".into(),
        terms,
        priority: Priority { tier, persistence, not_impactable: 3, waiting_since },
        participation: Participation::Voluntary,
        facts_version: 1,
        co_managers: Vec::new(),
        details: None,
        at: AT,
    };
    let place = Place { team: VENDOR.into(), county: None, language: None, lob: None };
    let mut kinds = vec![EventKind::Queued, EventKind::Admitted { place, wave: "W".into() }];
    if hand_over == HandOver::Enrolment {
        let scope = "S".into();
        let consent = ProgramConsent { scope, given: AT, recorded_by: "ops:table".into() };
        let to = VENDOR.into();
        kinds.push(EventKind::ConsentRecorded(consent));
        kinds.push(EventKind::Enrolled { to, start: AT.day(), facts_version: 1 });
    }
    Some(after(open(opening, None, None).ok()?, kinds))
}

/// Every message, with the variants that act differently.
fn reports() -> Vec<(String, Report)> {
    let plain = [
        Report::Received,
        Report::Accepted,
        Report::Engaged,
        Report::Consented { scope: "S".into() },
        Report::Declined { not_now: false },
        Report::Unreachable,
        Report::StopRequested,
        Report::Enrolled { start: AT.day() },
        Report::ContactCompleted { minutes: 20, mode: ContactMode::Phone, two_way: true },
        Report::Hold { reason: HoldReason::ProviderRequest },
        Report::Resumed,
        Report::Graduated,
        Report::RecallConfirmed,
    ];
    let mut all: Vec<(String, Report)> =
        plain.into_iter().map(|report| (report.id().to_owned(), report)).collect();
    let with = |report: Report, variant: &str| (format!("{} [{variant}]", report.id()), report);
    for &reason in RejectReason::ALL {
        all.push(with(Report::Rejected { reason, next: None }, reason.id()));
        if reason.next_vendor_may_help() {
            let next = Some("V2".into());
            all.push(with(Report::Rejected { reason, next }, &format!("{} + next vendor", reason.id())));
        }
    }
    for &reason in VendorEnding::ALL {
        all.push(with(Report::Disenrolled { reason }, reason.id()));
    }
    for outcome in
        [Outcome::NoAnswer, Outcome::ReachedMember, Outcome::RequestedStop, Outcome::DeceasedReported]
    {
        all.push(with(
            Report::OutreachAttempted { channel: Channel::Call, outcome, phone: None },
            outcome.id(),
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{TableResult, csv, rows};
    use crate::case::refusal::Refusal;
    use crate::case::state::{HandOver, Stage};
    use crate::case::status::Status;

    fn result(hand_over: HandOver, status: Status, stage: Option<Stage>, message: &str) -> TableResult {
        let rows = rows();
        let found = rows.iter().find(|row| {
            (row.hand_over, row.status, row.stage, row.message.as_str())
                == (hand_over, status, stage, message)
        });
        found.unwrap_or_else(|| panic!("no row {} {message}", status.id())).result.clone()
    }

    #[test]
    fn the_table_says_what_the_machine_does() {
        let (enrol, delegated) = (HandOver::Enrolment, HandOver::OutreachDelegated);
        let to = |to, effects: &[&'static str]| TableResult::Applied { to, effects: effects.to_vec() };
        assert_eq!(
            result(enrol, Status::Enrolled, Some(Stage::Offered), "accepted"),
            to(Status::VendorAccepted, &[])
        );
        assert_eq!(
            result(enrol, Status::Enrolled, Some(Stage::Offered), "rejected [NO_CAPACITY + next vendor]"),
            to(Status::Queued, &[])
        );
        assert_eq!(
            result(enrol, Status::VendorAccepted, Some(Stage::Accepted), "consented"),
            TableResult::Rejected(Refusal::WrongHandOver)
        );
        assert_eq!(
            result(delegated, Status::Engaged, Some(Stage::Accepted), "consented"),
            to(Status::Consented, &[])
        );
        assert_eq!(
            result(enrol, Status::Disenrolled, None, "accepted"),
            TableResult::Rejected(Refusal::OfferEnded)
        );
    }

    #[test]
    fn every_state_answers_every_message_once() {
        let rows = rows();
        let mut keys: Vec<_> =
            rows.iter().map(|row| (row.hand_over, row.status, row.stage, &row.message)).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
        let states: std::collections::BTreeSet<_> =
            rows.iter().map(|row| (row.hand_over, row.status, row.stage)).collect();
        assert_eq!(states.len() * super::reports().len(), count);
        assert!(states.len() >= 15, "{}", states.len());
    }

    #[test]
    fn the_file_has_a_line_per_row() {
        assert_eq!(csv().lines().count(), rows().len() + 1);
        assert!(csv().lines().all(|line| line.split(',').count() == 7));
    }
}
