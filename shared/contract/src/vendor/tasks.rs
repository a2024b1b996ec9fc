//! What stands on the payer's own outreach queue: contacts for a dialler, a text gateway, a print vendor or field staff,
//! tasks of staff, and notices. Internal: these carry the member id, and no reason.

use super::envelope::Message;
use super::outbound::Contact;
use icm_domain::case::effect::{NoticeCode, NoticeTo, TaskKind};
use icm_domain::case::reason::ReviewReason;
use icm_domain::facts::Channel;
use icm_domain::moment::Moment;
use icm_domain::phi::Phi;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `icm.outreach.task.v1`: call, text, write or visit, within this window. The result comes back by the operations API
/// as an attempt that names the task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutreachTask {
    /// The task.
    pub task_id: String,
    /// The program, by its neutral code.
    pub program: String,
    /// How.
    #[schemars(schema_with = "super::codes::channel")]
    pub channel: Channel,
    /// Step of the cadence.
    pub step: u16,
    /// Template of a letter or text; it names no condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// First instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub not_before: Moment,
    /// Last instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub not_after: Moment,
    /// The number to dial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub phone: Option<Phi<Box<str>>>,
    /// The member.
    pub member: Contact,
}

/// `icm.outreach.cancelled.v1`: the task must not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutreachCancelled {
    /// The task.
    pub task_id: String,
}

/// `icm.staff.task.v1`: something that a person of the payer or the practice must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffTask {
    /// The task.
    pub task_id: String,
    /// The program.
    pub program: String,
    /// The member.
    #[schemars(with = "String")]
    pub member_id: Phi<Box<str>>,
    /// What.
    #[schemars(schema_with = "super::codes::task_kind")]
    pub task: TaskKind,
    /// The question, for reviews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::codes::review_reason")]
    pub review: Option<ReviewReason>,
    /// The model that is recommended, for referrals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The team or place that should do it, where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// When it is due.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub due: Moment,
}

/// `icm.notice.v1`: tell the practice, another manager, or the member. The text is a template that names no condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The notice.
    pub notice_id: String,
    /// The program.
    pub program: String,
    /// Who is told.
    #[schemars(schema_with = "super::codes::notice_to")]
    pub to: NoticeTo,
    /// The other program, for its manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_program: Option<String>,
    /// The practice, as the plan numbers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_practice: Option<String>,
    /// What is said.
    #[schemars(schema_with = "super::codes::notice_code")]
    pub notice: NoticeCode,
    /// The member.
    pub member: Contact,
}

/// `icm.conference.requested.v1`: an exclusive manager is asked for a case conference (FACTS §3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConferenceRequested {
    /// The request.
    pub request_id: String,
    /// The program that manages the member.
    pub to_program: String,
    /// Its model.
    pub model: String,
    /// The member.
    #[schemars(with = "String")]
    pub member_id: Phi<Box<str>>,
    /// When the answer is due.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub answer_due: Moment,
}

impl Message for OutreachTask {
    const TYPE: &'static str = "icm.outreach.task.v1";
}

impl Message for OutreachCancelled {
    const TYPE: &'static str = "icm.outreach.cancelled.v1";
}

impl Message for StaffTask {
    const TYPE: &'static str = "icm.staff.task.v1";
}

impl Message for Notice {
    const TYPE: &'static str = "icm.notice.v1";
}

impl Message for ConferenceRequested {
    const TYPE: &'static str = "icm.conference.requested.v1";
}
