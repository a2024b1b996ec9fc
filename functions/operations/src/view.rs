//! What the API shows of a case. A view of its own: the stored shape may change, this one may only grow.

use icm_domain::case::reason::ReviewReason;
use icm_domain::case::state::{Case, Lead, Stage};
use icm_domain::day::Day;
use icm_domain::decision::priority::Priority;
use icm_domain::facts::Channel;
use icm_domain::moment::Moment;
use icm_ports::CaseRecord;
use serde::Serialize;

/// A case.
#[derive(Debug, Serialize)]
pub(crate) struct CaseView {
    member_id: String,
    case_id: String,
    program: String,
    /// The version that a command may name in `If-Match`.
    version: u64,
    status: &'static str,
    since: Moment,
    opened: Moment,
    waiting_since: Option<Moment>,
    priority: Priority,
    delivery: &'static str,
    hand_over: &'static str,
    team: Option<String>,
    wave: Option<String>,
    lead: Option<String>,
    consent_scope: Option<String>,
    start: Option<Day>,
    hold_until: Option<Day>,
    covered: bool,
    attempts: u16,
    last_two_way: Option<Moment>,
    open_tasks: Vec<TaskView>,
    vendor: Option<VendorView>,
    reviews: Vec<ReviewReason>,
    ending: Option<&'static str>,
    previous: Option<String>,
}

#[derive(Debug, Serialize)]
struct TaskView {
    task_id: String,
    channel: Channel,
    step: u16,
}

#[derive(Debug, Serialize)]
struct VendorView {
    vendor: String,
    offer: String,
    offered: Moment,
    stage: Stage,
}

impl CaseView {
    /// The view of a record.
    pub(crate) fn of(record: &CaseRecord) -> Self {
        let case: &Case = &record.case;
        let text = |value: &str| value.to_owned();
        Self {
            member_id: text(case.member.as_str()),
            case_id: text(case.id.as_str()),
            program: text(case.program.as_str()),
            version: record.lines,
            status: case.status.id(),
            since: case.since,
            opened: case.opened,
            waiting_since: case.waiting_since,
            priority: case.priority,
            delivery: case.terms.delivery.id(),
            hand_over: case.terms.hand_over.id(),
            team: case.place.as_ref().map(|place| text(place.team.as_str())),
            wave: case.wave.as_deref().map(text),
            lead: case.lead.as_ref().map(|lead| match lead {
                Lead::Person(actor) => text(actor.as_str()),
                Lead::Vendor(vendor) => text(vendor.as_str()),
            }),
            consent_scope: case.consent.as_ref().map(|consent| text(&consent.scope)),
            start: case.start,
            hold_until: case.hold.as_ref().map(|hold| hold.until),
            covered: case.coverage.covered,
            attempts: case.contact.attempts,
            last_two_way: case.contact.last_two_way,
            open_tasks: case
                .open_tasks
                .iter()
                .map(|task| TaskView {
                    task_id: text(task.effect.as_str()),
                    channel: task.channel,
                    step: task.step,
                })
                .collect(),
            vendor: case.assignment.as_ref().map(|held| VendorView {
                vendor: text(held.vendor.as_str()),
                offer: text(held.offer.as_str()),
                offered: held.offered,
                stage: held.stage,
            }),
            reviews: case.reviews.clone(),
            ending: case.closed.as_ref().map(|closed| closed.ending.reason.id()),
            previous: case.previous.as_ref().map(|id| text(id.as_str())),
        }
    }
}
