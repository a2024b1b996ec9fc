//! What the API shows of a case. A view of its own: the stored shape may change, this one may only grow.

use icm_domain::case::next_step::StepKind;
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::remedy::Proposal;
use icm_domain::case::state::{Case, Lead, Stage};
use icm_domain::day::Day;
use icm_domain::decision::priority::Priority;
use icm_domain::facts::Channel;
use icm_domain::moment::Moment;
use icm_domain::program::care_plan::CarePlan;
use icm_ports::CaseRecord;
use schemars::JsonSchema;
use serde::Serialize;

/// A case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct CaseView {
    /// The member.
    pub(crate) member_id: String,
    /// The case.
    pub(crate) case_id: String,
    /// Program.
    pub(crate) program: String,
    /// The version that a command may name in `If-Match`.
    pub(crate) version: u64,
    /// Status (FACTS §6.1).
    pub(crate) status: &'static str,
    /// Whether it is open.
    pub(crate) open: bool,
    /// Since when it has this status.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) since: Moment,
    /// When it was opened.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) opened: Moment,
    /// Since when it waits for a place.
    #[schemars(with = "Option<String>")]
    pub(crate) waiting_since: Option<Moment>,
    /// What is to be done next; none: it has ended, and nobody is asked about it.
    pub(crate) next: Option<StepView>,
    /// Place in the queue.
    #[schemars(with = "crate::api::Free")]
    pub(crate) priority: Priority,
    /// Who does the work.
    pub(crate) delivery: &'static str,
    /// When it is handed over.
    pub(crate) hand_over: &'static str,
    /// Team or vendor that holds the place.
    pub(crate) team: Option<String>,
    /// Wave of admission.
    pub(crate) wave: Option<String>,
    /// Who leads.
    pub(crate) lead: Option<String>,
    /// Others who manage the member, as `model program`.
    pub(crate) co_managers: Vec<String>,
    /// Scope of the member's consent to the program.
    pub(crate) consent_scope: Option<String>,
    /// First day of service.
    #[schemars(with = "Option<String>")]
    pub(crate) start: Option<Day>,
    /// Last day of a hold.
    #[schemars(with = "Option<String>")]
    pub(crate) hold_until: Option<Day>,
    /// Whether coverage holds.
    pub(crate) covered: bool,
    /// Attempts so far.
    pub(crate) attempts: u16,
    /// The last conversation.
    #[schemars(with = "Option<String>")]
    pub(crate) last_two_way: Option<Moment>,
    /// Whether the member asked not to be contacted about the program.
    pub(crate) opted_out: bool,
    /// Planned contacts without a result.
    pub(crate) open_tasks: Vec<TaskView>,
    /// The present offer.
    pub(crate) vendor: Option<VendorView>,
    /// Open questions for a person.
    #[schemars(with = "Vec<String>")]
    pub(crate) reviews: Vec<ReviewReason>,
    /// What the program proposes for its own service; a review with the verdict `AS_PROPOSED` confirms it.
    #[schemars(with = "crate::api::Free")]
    pub(crate) proposal: Option<Proposal>,
    /// The care plan of an enrolled member: goals, tasks, referrals and how far their loops are.
    #[schemars(with = "crate::api::Free")]
    pub(crate) care_plan: Option<CarePlan>,
    /// Why it ended.
    pub(crate) ending: Option<&'static str>,
    /// The earlier case.
    pub(crate) previous: Option<String>,
}

/// What is to be done next.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct StepView {
    /// Who acts.
    pub(crate) turn: &'static str,
    /// What.
    #[serde(rename = "step")]
    #[schemars(with = "String")]
    pub(crate) what: StepKind,
    /// By when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) due: Moment,
    /// Not before.
    #[schemars(with = "Option<String>")]
    pub(crate) not_before: Option<Moment>,
}

/// A planned contact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TaskView {
    /// Its id, which an attempt may name.
    pub(crate) task_id: String,
    /// How.
    #[schemars(schema_with = "icm_contract::vendor::codes::channel")]
    pub(crate) channel: Channel,
    /// Step of the cadence, from 0.
    pub(crate) step: u16,
    /// First instant.
    #[schemars(with = "Option<String>")]
    pub(crate) not_before: Option<Moment>,
    /// Last instant.
    #[schemars(with = "Option<String>")]
    pub(crate) not_after: Option<Moment>,
}

/// The present offer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct VendorView {
    /// The vendor.
    pub(crate) vendor: String,
    /// The offer.
    pub(crate) offer: String,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub(crate) offered: Moment,
    /// How far it has come.
    #[schemars(with = "String")]
    pub(crate) stage: Stage,
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
            open: case.is_open(),
            since: case.since,
            opened: case.opened,
            waiting_since: case.waiting_since,
            next: record.next.map(|next| StepView {
                turn: next.turn().id(),
                what: next.what,
                due: next.due,
                not_before: next.from,
            }),
            priority: case.priority,
            delivery: case.terms.delivery.id(),
            hand_over: case.terms.hand_over.id(),
            team: case.place.as_ref().map(|place| text(place.team.as_str())),
            wave: case.wave.as_deref().map(text),
            lead: case.lead.as_ref().map(|lead| match lead {
                Lead::Person(actor) => text(actor.as_str()),
                Lead::Vendor(vendor) => text(vendor.as_str()),
            }),
            co_managers: case
                .co_managers
                .iter()
                .map(|other| format!("{} {}", other.model.id(), other.program))
                .collect(),
            consent_scope: case.consent.as_ref().map(|consent| text(&consent.scope)),
            start: case.start,
            hold_until: case.hold.as_ref().map(|hold| hold.until),
            covered: case.coverage.covered,
            attempts: case.contact.attempts,
            last_two_way: case.contact.last_two_way,
            opted_out: case.contact.opted_out,
            open_tasks: case
                .open_tasks
                .iter()
                .map(|task| TaskView {
                    task_id: text(task.effect.as_str()),
                    channel: task.channel,
                    step: task.step,
                    not_before: task.not_before,
                    not_after: task.not_after,
                })
                .collect(),
            vendor: case.assignment.as_ref().map(|held| VendorView {
                vendor: text(held.vendor.as_str()),
                offer: text(held.offer.as_str()),
                offered: held.offered,
                stage: held.stage,
            }),
            reviews: case.reviews.clone(),
            proposal: case.proposal,
            care_plan: case.plan.as_deref().cloned(),
            ending: case.closed.as_ref().map(|closed| closed.ending.reason.id()),
            previous: case.previous.as_ref().map(|id| text(id.as_str())),
        }
    }
}
