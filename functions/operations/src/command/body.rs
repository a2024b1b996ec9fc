//! The bodies of commands, and the events that they ask for.

use super::bounds;
use crate::problem::Problem;
use crate::reading::{is_id, json, json_or_default as or_default};
use icm_casework::{Person, Work};
use icm_contract::vendor::codes;
use icm_domain::case::event::{DropReason, EventKind, OptOutScope, Verdict};
use icm_domain::case::reason::{CloseReason, Ending, HoldReason, PendReason, ReviewReason};
use icm_domain::case::required::RequiredNotice;
use icm_domain::case::state::ProgramConsent;
use icm_domain::day::Day;
use icm_domain::facts::{Channel, Model};
use icm_domain::ids::{ActorId, EffectId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Attempt, NumberClass, Outcome, Phone};
use icm_domain::program::care_plan::LoopStatus;
use icm_domain::vendor::reply::ContactMode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// What a command asks for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// An attempt was made; what the member said in it may come with it.
    Attempt(Attempt),
    /// One event that needs nothing of the case.
    Event(Box<EventKind>),
    /// Enrolment with the team of the place.
    Enrol {
        /// First day of service; none: today.
        start: Option<Day>,
        /// Now.
        now: Moment,
    },
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AttemptBody {
    #[schemars(schema_with = "codes::channel")]
    channel: Channel,
    #[schemars(schema_with = "codes::outcome")]
    outcome: Outcome,
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    at: Option<Moment>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    task: Option<EffectId>,
    #[serde(default)]
    #[schemars(schema_with = "number_class")]
    number_class: Option<NumberClass>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    call_back: Option<Moment>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConsentBody {
    #[schemars(regex(pattern = "^[A-Za-z0-9._-]{1,64}$"))]
    scope: String,
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    given: Option<Moment>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeclineBody {
    #[serde(default)]
    not_now: bool,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EnrolBody {
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    start: Option<Day>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HoldBody {
    #[schemars(schema_with = "codes::hold_reason")]
    reason: HoldReason,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PendBody {
    #[schemars(schema_with = "pend_reason")]
    reason: PendReason,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    #[schemars(schema_with = "close_reason")]
    reason: CloseReason,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    next_model: Option<Model>,
}

/// A stop: of the program, of everything, or of some channels.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StopBody {
    #[serde(default)]
    #[schemars(schema_with = "opt_out_scope")]
    scope: Option<OptOutScope>,
    #[serde(default)]
    #[schemars(schema_with = "codes::channels")]
    channels: Vec<Channel>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChannelsBody {
    #[schemars(schema_with = "codes::channels")]
    channels: Vec<Channel>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ContactBody {
    #[schemars(range(max = 480))]
    minutes: u16,
    #[schemars(schema_with = "codes::contact_mode")]
    mode: ContactMode,
    two_way: bool,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StartBody {
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    on: Option<Day>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReviewBody {
    #[schemars(schema_with = "verdict")]
    verdict: Verdict,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RaiseBody {
    #[schemars(schema_with = "codes::review_reason")]
    reason: ReviewReason,
}

/// The notice of a required program (FACTS §6.3): its days, in this order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoticeBody {
    #[schemars(with = "String", extend("format" = "date"))]
    sent_on: Day,
    #[schemars(with = "String", extend("format" = "date"))]
    hearing_deadline: Day,
    #[schemars(with = "String", extend("format" = "date"))]
    effective_on: Day,
    #[schemars(with = "String", extend("format" = "date"))]
    review_on: Day,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AppealEndedBody {
    /// The requirement stands.
    upheld: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CareTaskBody {
    code: String,
    #[schemars(schema_with = "loop_status")]
    status: LoopStatus,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DropBody {
    #[schemars(with = "String")]
    task: EffectId,
    #[schemars(schema_with = "drop_reason")]
    reason: DropReason,
}

macro_rules! spellings {
    ($($name:ident: $code:ident),+ $(,)?) => {$(
        fn $name(_: &mut SchemaGenerator) -> Schema {
            let spellings: Vec<&str> = $code::ALL.iter().map(|code| code.id()).collect();
            json_schema!({ "type": "string", "enum": spellings })
        }
    )+};
}

spellings! {
    number_class: NumberClass,
    pend_reason: PendReason,
    close_reason: CloseReason,
    opt_out_scope: OptOutScope,
    drop_reason: DropReason,
    loop_status: LoopStatus,
}

/// What a person decides about open reviews.
fn verdict(generator: &mut SchemaGenerator) -> Schema {
    let reason = close_reason(generator);
    json_schema!({
        "oneOf": [
            { "type": "string", "enum": ["CONTINUE", "REQUEUE", "RECALL_AND_REQUEUE", "AS_PROPOSED"] },
            { "type": "object", "required": ["CLOSE"], "additionalProperties": false, "properties": {
                "CLOSE": { "type": "object", "required": ["reason", "next_model"], "additionalProperties": false,
                    "properties": { "reason": reason, "next_model": { "type": ["string", "null"] } } } } },
        ],
    })
}

/// A command of the API: its name, what it does, the schema of its body, and whether the body must be there.
pub(crate) struct Offered {
    /// Name: the last part of the path.
    pub(crate) name: &'static str,
    /// The whole path.
    pub(crate) path: &'static str,
    /// Id in the document.
    pub(crate) id: &'static str,
    /// What it does.
    pub(crate) summary: &'static str,
    /// Schema of the body; none: no body.
    pub(crate) body: Option<(BodySchema, bool)>,
}

/// Makes the schema of a body.
pub(crate) type BodySchema = fn(&mut SchemaGenerator) -> Schema;

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Declares the commands, each with the path that its name makes.
macro_rules! commands {
    ($($name:literal $id:literal $summary:literal $body:expr;)+) => {
        &[$(Offered {
            name: $name,
            path: concat!("/v1/cases/{member}/{program}/", $name),
            id: $id,
            summary: $summary,
            body: $body,
        }),+]
    };
}

/// Every command.
pub(crate) const COMMANDS: &[Offered] = commands! {
    "attempts" "recordAttempt" "Record an attempt to reach the member." Some((of::<AttemptBody>, true));
    "consent" "recordConsent" "Record the member's consent to the program." Some((of::<ConsentBody>, true));
    "revoke-consent" "revokeConsent" "Record that the member takes the consent back." None;
    "decline" "decline" "Record that the member declines." Some((of::<DeclineBody>, false));
    "enrol" "enrol" "Enrol the member with the team of the place." Some((of::<EnrolBody>, false));
    "accept" "accept" "Take the member as the plan's own team." None;
    "start" "start" "Begin service." Some((of::<StartBody>, false));
    "contacts" "logContact" "Log a contact with an enrolled member." Some((of::<ContactBody>, true));
    "hold" "hold" "Put the case on hold." Some((of::<HoldBody>, true));
    "resume" "resume" "Take the case off hold." None;
    "pend" "pend" "Let the case wait for something named." Some((of::<PendBody>, true));
    "unpend" "unpend" "What the case waited for has come." None;
    "close" "close" "End the case with a reason." Some((of::<CloseBody>, true));
    "stop" "stop" "Record a wish not to be contacted; without a body the widest." Some((of::<StopBody>, false));
    "allow" "allow" "Record that channels are allowed again." Some((of::<ChannelsBody>, true));
    "drop-task" "dropTask" "A planned contact will not be made." Some((of::<DropBody>, true));
    "care-task" "moveCareTask" "A task or referral of the care plan has moved on." Some((of::<CareTaskBody>, true));
    "review" "decideReview" "Decide the open questions." Some((of::<ReviewBody>, true));
    "raise-review" "raiseReview" "Ask a person to look at the case." Some((of::<RaiseBody>, true));
    "recall" "recall" "Take the member back from the vendor." None;
    "skip-gap" "skipGap" "Missing replies of the vendor will not come." None;
    "confirm-death" "confirmDeath" "Confirm that the member has died." None;
    "notice" "recordNotice" "Record the notice of a required program." Some((of::<NoticeBody>, true));
    "appeal" "recordAppeal" "Record that the member appeals against a required program." None;
    "appeal-ended" "endAppeal" "Record how the appeal ended." Some((of::<AppealEndedBody>, true));
};

/// Reads the body of the command `name`.
pub(crate) fn read(name: &str, body: &[u8], actor: &ActorId, now: Moment) -> Result<Asked, Problem> {
    let event = |kind: EventKind| Ok(Asked::Event(Box::new(kind)));
    match name {
        "attempts" => attempt(json(body)?, now),
        "consent" => event(EventKind::ConsentRecorded(consent(json(body)?, actor, now)?)),
        "revoke-consent" => event(EventKind::ConsentRevoked),
        "decline" => {
            let asked: DeclineBody = or_default(body)?;
            event(EventKind::ProgramDeclined { not_now: asked.not_now })
        }
        "enrol" => {
            let start = or_default::<EnrolBody>(body)?.start;
            let start = start.map(|day| bounds::near(day, now, "start")).transpose()?;
            Ok(Asked::Enrol { start, now })
        }
        "accept" => event(EventKind::TeamAccepted { by: actor.clone() }),
        "start" => {
            let on = or_default::<StartBody>(body)?.on.unwrap_or(now.day());
            event(EventKind::ServiceStarted { on: bounds::near(on, now, "on")? })
        }
        "contacts" => {
            let ContactBody { minutes, mode, two_way } = json(body)?;
            let minutes = bounds::minutes(minutes, "minutes")?;
            event(EventKind::ContactLogged { minutes, mode, two_way })
        }
        "hold" => event(EventKind::Held(json::<HoldBody>(body)?.reason)),
        "resume" => event(EventKind::Resumed),
        "pend" => event(EventKind::Pended(json::<PendBody>(body)?.reason)),
        "unpend" => event(EventKind::PendEnded),
        "close" => {
            let CloseBody { reason, next_model } = json(body)?;
            event(EventKind::Closed(Ending { reason, next_model }))
        }
        "stop" => stop(or_default(body)?),
        "allow" => event(EventKind::ChannelsAllowed(json::<ChannelsBody>(body)?.channels)),
        "drop-task" => {
            let DropBody { task, reason } = json(body)?;
            bounds::named(task.as_str(), "task")?;
            event(EventKind::TaskDropped { task, reason })
        }
        "care-task" => {
            let asked: CareTaskBody = json(body)?;
            bounds::named(&asked.code, "code")?;
            event(EventKind::CareTaskMoved { code: asked.code.into(), to: asked.status })
        }
        "review" => event(EventKind::Reviewed(json::<ReviewBody>(body)?.verdict)),
        "raise-review" => event(EventKind::ReviewRaised(json::<RaiseBody>(body)?.reason)),
        "recall" => event(EventKind::Recalled),
        "skip-gap" => event(EventKind::ReplyGapSkipped),
        "confirm-death" => event(EventKind::MemberDied),
        "notice" => event(EventKind::NoticeSent(notice(&json(body)?, now)?)),
        "appeal" => event(EventKind::AppealFiled),
        "appeal-ended" => event(EventKind::AppealEnded { upheld: json::<AppealEndedBody>(body)?.upheld }),
        _ => Err(Problem::not_found("command")),
    }
}

fn consent(asked: ConsentBody, actor: &ActorId, now: Moment) -> Result<ProgramConsent, Problem> {
    if !is_id(&asked.scope) {
        return Err(Problem::field("scope", "the code of a consent: letters, digits and -_. , 64 at most"));
    }
    let given = bounds::consented(asked.given.unwrap_or(now), now, "given")?;
    Ok(ProgramConsent { scope: asked.scope.into(), given, recorded_by: actor.clone() })
}

fn notice(asked: &NoticeBody, now: Moment) -> Result<RequiredNotice, Problem> {
    Ok(RequiredNotice {
        sent_on: bounds::of_notice(asked.sent_on, now, "sent_on")?,
        hearing_deadline: bounds::of_notice(asked.hearing_deadline, now, "hearing_deadline")?,
        effective_on: bounds::of_notice(asked.effective_on, now, "effective_on")?,
        review_on: bounds::of_notice(asked.review_on, now, "review_on")?,
    })
}

/// Without anything else a stop is the widest: plan-wide do-not-contact. A wish is never read too narrowly.
fn stop(asked: StopBody) -> Result<Asked, Problem> {
    let kind = match (asked.scope, asked.channels.is_empty()) {
        (Some(_), false) => return Err(Problem::field("channels", "either a scope or channels")),
        (Some(scope), true) => EventKind::OptedOut(scope),
        (None, false) => EventKind::ChannelsRefused(asked.channels),
        (None, true) => EventKind::OptedOut(OptOutScope::PlanWide),
    };
    Ok(Asked::Event(Box::new(kind)))
}

fn attempt(asked: AttemptBody, now: Moment) -> Result<Asked, Problem> {
    let phone = match asked.phone.as_deref() {
        Some(text) => {
            Some(Phone::parse(text).ok_or_else(|| Problem::field("phone", "a number of ten digits"))?)
        }
        None => None,
    };
    let at = bounds::happened(asked.at.unwrap_or(now), now, "at")?;
    let call_back = asked.call_back.map(|agreed| bounds::agreed(agreed, now, "call_back")).transpose()?;
    if let Some(task) = &asked.task {
        bounds::named(task.as_str(), "task")?;
    }
    let dialled = matches!(asked.channel, Channel::Call | Channel::Text);
    let unnamed = if dialled { NumberClass::Unknown } else { NumberClass::NotDialled };
    Ok(Asked::Attempt(Attempt {
        task: asked.task,
        at,
        channel: asked.channel,
        number_class: asked.number_class.unwrap_or(unnamed),
        phone,
        outcome: asked.outcome,
        call_back,
    }))
}

/// The number that the plan dials: an attempt that names none was made there, or a wrong one would be dialled again
/// (FACTS §5.1).
fn dialled(attempt: &Attempt, work: &Work, person: &Person) -> Option<Phone> {
    let by_number = matches!(attempt.channel, Channel::Call | Channel::Text);
    let numbers = person.permissions.numbers(&person.profile.phones, &work.case().contact.unusable);
    numbers.into_iter().next().filter(|_| by_number)
}

impl Asked {
    /// When it happened, where the body says so.
    pub(crate) fn occurred(&self) -> Option<Moment> {
        match self {
            Self::Attempt(attempt) => Some(attempt.at),
            Self::Event(_) | Self::Enrol { .. } => None,
        }
    }

    /// The events, in order. An enrolment names the version of the facts on which coverage was seen just now; without
    /// coverage it names none, and the machine refuses it (DESIGN §7).
    pub(crate) fn events(&self, work: &Work, person: &Person) -> Vec<EventKind> {
        match self {
            Self::Attempt(attempt) => {
                let phone = attempt.phone.clone().or_else(|| dialled(attempt, work, person));
                vec![EventKind::AttemptRecorded(Attempt { phone, ..attempt.clone() })]
            }
            Self::Event(kind) => vec![kind.as_ref().clone()],
            Self::Enrol { start, now } => {
                let nobody = VendorId::new("");
                let to = work.case().place.as_ref().map_or(nobody, |place| place.team.clone());
                let facts_version = if person.covered() { work.facts_version() } else { 0 };
                vec![EventKind::Enrolled { to, start: start.unwrap_or(now.day()), facts_version }]
            }
        }
    }
}
