//! The bodies of commands, and the events that they ask for.

use crate::actor::Actor;
use crate::problem::Problem;
use icm_casework::{Person, Work};
use icm_domain::case::event::{DropReason, EventKind, OptOutScope, Verdict};
use icm_domain::case::reason::{CloseReason, Ending, HoldReason, PendReason, ReviewReason};
use icm_domain::case::state::ProgramConsent;
use icm_domain::day::Day;
use icm_domain::facts::{Channel, Model};
use icm_domain::ids::{EffectId, VendorId};
use icm_domain::moment::Moment;
use icm_domain::outreach::attempt::{Attempt, NumberClass, Outcome, Phone};
use icm_domain::vendor::reply::ContactMode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptBody {
    channel: Channel,
    outcome: Outcome,
    #[serde(default)]
    at: Option<Moment>,
    #[serde(default)]
    task: Option<EffectId>,
    #[serde(default)]
    number_class: Option<NumberClass>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    call_back: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentBody {
    scope: String,
    #[serde(default)]
    given: Option<Moment>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclineBody {
    #[serde(default)]
    not_now: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnrolBody {
    #[serde(default)]
    start: Option<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldBody {
    reason: HoldReason,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PendBody {
    reason: PendReason,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseBody {
    reason: CloseReason,
    #[serde(default)]
    next_model: Option<Model>,
}

/// A stop: of the program, of everything, or of some channels.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StopBody {
    #[serde(default)]
    scope: Option<OptOutScope>,
    #[serde(default)]
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelsBody {
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactBody {
    minutes: u16,
    mode: ContactMode,
    two_way: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartBody {
    #[serde(default)]
    on: Option<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewBody {
    verdict: Verdict,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RaiseBody {
    reason: ReviewReason,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DropBody {
    task: EffectId,
    reason: DropReason,
}

/// Reads the body of the command `name`.
pub(crate) fn read(name: &str, body: &[u8], actor: &Actor, now: Moment) -> Result<Asked, Problem> {
    let event = |kind: EventKind| Ok(Asked::Event(Box::new(kind)));
    match name {
        "attempts" => attempt(json(body)?, now),
        "consent" => {
            let asked: ConsentBody = json(body)?;
            let (scope, given) = (asked.scope.into(), asked.given.unwrap_or(now));
            event(EventKind::ConsentRecorded(ProgramConsent { scope, given, recorded_by: actor.0.clone() }))
        }
        "revoke-consent" => event(EventKind::ConsentRevoked),
        "decline" => {
            let asked: DeclineBody = or_default(body)?;
            event(EventKind::ProgramDeclined { not_now: asked.not_now })
        }
        "enrol" => Ok(Asked::Enrol { start: or_default::<EnrolBody>(body)?.start, now }),
        "accept" => event(EventKind::TeamAccepted { by: actor.0.clone() }),
        "start" => {
            let on = or_default::<StartBody>(body)?.on.unwrap_or(now.day());
            event(EventKind::ServiceStarted { on })
        }
        "contacts" => {
            let asked: ContactBody = json(body)?;
            let ContactBody { minutes, mode, two_way } = asked;
            event(EventKind::ContactLogged { minutes, mode, two_way })
        }
        "hold" => event(EventKind::Held(json::<HoldBody>(body)?.reason)),
        "resume" => event(EventKind::Resumed),
        "pend" => event(EventKind::Pended(json::<PendBody>(body)?.reason)),
        "unpend" => event(EventKind::PendEnded),
        "close" => {
            let asked: CloseBody = json(body)?;
            event(EventKind::Closed(Ending { reason: asked.reason, next_model: asked.next_model }))
        }
        "stop" => stop(or_default(body)?),
        "allow" => event(EventKind::ChannelsAllowed(json::<ChannelsBody>(body)?.channels)),
        "drop-task" => {
            let DropBody { task, reason } = json(body)?;
            event(EventKind::TaskDropped { task, reason })
        }
        "review" => event(EventKind::Reviewed(json::<ReviewBody>(body)?.verdict)),
        "raise-review" => event(EventKind::ReviewRaised(json::<RaiseBody>(body)?.reason)),
        "recall" => event(EventKind::Recalled),
        "skip-gap" => event(EventKind::ReplyGapSkipped),
        "confirm-death" => event(EventKind::MemberDied),
        _ => Err(Problem::not_found("command")),
    }
}

/// Without anything else a stop is the widest: plan-wide do-not-contact. A wish is never read too narrowly.
fn stop(asked: StopBody) -> Result<Asked, Problem> {
    let kind = match (asked.scope, asked.channels.is_empty()) {
        (Some(_), false) => return Err(Problem::malformed("channels")),
        (Some(scope), true) => EventKind::OptedOut(scope),
        (None, false) => EventKind::ChannelsRefused(asked.channels),
        (None, true) => EventKind::OptedOut(OptOutScope::PlanWide),
    };
    Ok(Asked::Event(Box::new(kind)))
}

fn attempt(asked: AttemptBody, now: Moment) -> Result<Asked, Problem> {
    let phone = match asked.phone.as_deref() {
        Some(text) => Some(Phone::parse(text).ok_or_else(|| Problem::malformed("phone"))?),
        None => None,
    };
    let at = asked.at.unwrap_or(now);
    if at > now {
        return Err(Problem::malformed("at"));
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
        call_back: asked.call_back,
    }))
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // The place in the text and never the text: serde's own words repeat what they read.
    serde_json::from_slice(body)
        .map_err(|error| Problem::malformed(&format!("at line {} column {}", error.line(), error.column())))
}

fn or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { json(body) }
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
            Self::Attempt(attempt) => vec![EventKind::AttemptRecorded(attempt.clone())],
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
