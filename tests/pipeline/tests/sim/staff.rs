//! Staff, members and the dialler: they use the API alone, repeat a request that was not answered, and act once per
//! deduplication key.

use fastrand::Rng;
use icm_domain::case::reason::ReviewReason;
use icm_domain::case::state::{Case, Delivery};
use icm_domain::case::status::Status;
use icm_domain::facts::Channel;
use icm_domain::ids::MemberId;
use icm_ports::{CaseRecord, EffectStatus};
use icm_testkit::world::{MemberState, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A request as it is made, and made again.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) body: String,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not asked, or asked and not answered: it is asked again with the same key.
    Open,
    /// A request is under way.
    Asked,
    /// Answered with this status.
    Answered(u16),
}

/// A command of a person.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) member: MemberId,
    pub(crate) name: &'static str,
    pub(crate) body: Value,
    pub(crate) progress: Progress,
}

/// Everybody who asks the API.
#[derive(Default)]
pub(crate) struct Staff {
    pub(crate) commands: Vec<Command>,
    /// Times that the dialler acted, by deduplication key as the message states it, with the effect.
    pub(crate) dialled: BTreeMap<String, String>,
    /// Effects that the dialler acted on, in order.
    pub(crate) acts: Vec<String>,
}

/// The weight of wanting nothing.
const NOTHING: u32 = 400;

/// A command that could be given, with its weight.
type Wish = (u32, &'static str, Value);

impl Staff {
    pub(crate) fn request(&mut self, number: usize) -> Request {
        let command = &mut self.commands[number];
        command.progress = Progress::Asked;
        Request {
            path: format!("/v1/cases/{}/{}/{}", command.member.as_str(), crate::sim::PROGRAM, command.name),
            key: format!("c{number}"),
            body: command.body.to_string(),
        }
    }

    /// The answer to a request; none: it was lost. A server's failure is no answer.
    pub(crate) fn answered(&mut self, number: usize, status: Option<u16>) {
        let command = &mut self.commands[number];
        command.progress = match status {
            Some(status) if status < 500 && status != 429 => Progress::Answered(status),
            Some(_) | None => Progress::Open,
        };
    }

    pub(crate) fn has_open(&self) -> bool {
        self.commands.iter().any(|command| command.progress == Progress::Open)
    }

    /// An unanswered command, or a new one about some case.
    pub(crate) fn choose(&mut self, rng: &mut Rng, state: &State, stops: u32) -> Option<usize> {
        let open = self.commands.iter().position(|command| command.progress == Progress::Open);
        if open.is_some() && rng.bool() {
            return open;
        }
        let members: Vec<(&MemberId, &MemberState)> =
            state.members.iter().filter(|(_, held)| held.cases.contains_key(crate::sim::PROGRAM)).collect();
        let (member, held) = rng.choice(members)?;
        let record = held.cases.get(crate::sim::PROGRAM)?;
        let wishes = wishes(rng, record, held, stops);
        // Mostly nobody wants anything that the status does not call for.
        let total: u32 = wishes.iter().map(|(weight, ..)| weight).sum::<u32>() + NOTHING;
        let mut at = rng.u32(0..total);
        for (weight, name, body) in wishes {
            if at < weight {
                let member = member.clone();
                self.commands.push(Command { member, name, body, progress: Progress::Open });
                return Some(self.commands.len() - 1);
            }
            at -= weight;
        }
        None
    }

    /// An unanswered command alone: after the faults nobody asks for anything new.
    pub(crate) fn open(&self) -> Option<usize> {
        self.commands.iter().position(|command| command.progress == Progress::Open)
    }

    /// A message on the outreach queue. The dialler acts once per key.
    pub(crate) fn dialler(&mut self, body: &str) {
        let Ok(message) = serde_json::from_str::<Value>(body) else { return };
        if message["type"] != "icm.outreach.task.v1" {
            return;
        }
        let (key, effect) = (text(&message["dedupkey"]), text(&message["id"]));
        if self.dialled.insert(key, effect.clone()).is_none() {
            self.acts.push(effect);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What people may want of a case as it stands: mostly what its status calls for, seldom anything else.
fn wishes(rng: &mut Rng, record: &CaseRecord, held: &MemberState, stops: u32) -> Vec<Wish> {
    let case = &record.case;
    let mut wishes: Vec<Wish> = vec![
        (stops, "stop", json!({"scope": rng.choice(["PROGRAM", "PLAN_WIDE"])})),
        (stops, "stop", json!({"channels": [rng.choice(["call", "letter", "text"])]})),
        (1, "decline", json!({"not_now": rng.bool()})),
        (1, "hold", json!({"reason": rng.choice(["IN_FACILITY", "MEMBER_REQUEST"])})),
        (1, "enrol", json!({})),
        (1, "close", json!({"reason": rng.choice(["DATA_ERROR", "MOVED_OUT_OF_AREA", "GOALS_MET"])})),
    ];
    wishes.extend(attempt(rng, case, held));
    match case.status {
        Status::Outreach => wishes.push((2, "pend", json!({"reason": "DATA"}))),
        Status::Pended(_) => wishes.push((400, "unpend", json!({}))),
        Status::Engaged => wishes.push((800, "consent", json!({"scope": "ICM-1"}))),
        Status::Consented => wishes.push((800, "enrol", json!({}))),
        Status::Enrolled if case.terms.delivery == Delivery::PayerTeam => {
            wishes.push((800, "accept", json!({})));
        }
        Status::VendorAccepted if case.assignment.is_none() => wishes.push((800, "start", json!({}))),
        Status::Enrolled | Status::VendorAccepted => wishes.push((1, "recall", json!({}))),
        Status::Active => {
            wishes.push((80, "contacts", json!({"minutes": 20, "mode": "PHONE", "two_way": rng.bool()})));
            wishes.push((3, "close", json!({"reason": "GOALS_MET"})));
            wishes.push((1, "recall", json!({})));
            wishes.push((1, "revoke-consent", json!({})));
        }
        Status::OnHold => wishes.push((400, "resume", json!({}))),
        Status::Review => wishes.extend(review(rng, case)),
        // The result of a call that comes when the case has ended.
        Status::UnableToContact => {
            let outcome = rng.choice(["REACHED_MEMBER", "NO_ANSWER", "REQUESTED_STOP"]);
            let body = json!({"channel": "call", "outcome": outcome, "phone": "312-555-0100"});
            wishes.push((80, "attempts", body));
            wishes.push((8, "decline", json!({"not_now": rng.bool()})));
        }
        Status::Identified
        | Status::Queued
        | Status::RequiredNonparticipating
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::Declined
        | Status::ReferredOther => {}
    }
    if !case.reviews.is_empty() {
        wishes.extend(review(rng, case));
    }
    if case.reviews.contains(&ReviewReason::SequenceGap) {
        wishes.push((240, "skip-gap", json!({})));
    }
    wishes
}

fn review(rng: &mut Rng, case: &Case) -> Option<Wish> {
    let held = case.assignment.is_some();
    let verdict = match rng.u8(0..4) {
        0 if held => json!("RECALL_AND_REQUEUE"),
        0 => json!("REQUEUE"),
        1 => json!({"CLOSE": {"reason": "DATA_ERROR", "next_model": null}}),
        _ => json!("CONTINUE"),
    };
    Some((240, "review", json!({ "verdict": verdict })))
}

/// The result of a task that has been sent.
fn attempt(rng: &mut Rng, case: &Case, held: &MemberState) -> Option<Wish> {
    let sent = |task: &&icm_domain::case::state::OpenTask| {
        held.effects.get(task.effect.as_str()).is_some_and(|effect| effect.status == EffectStatus::Sent)
    };
    let task = case.open_tasks.iter().find(sent)?;
    let (channel, outcomes): (&str, &[&str]) = match task.channel {
        Channel::Call => (
            "call",
            &[
                "REACHED_MEMBER",
                "REACHED_MEMBER",
                "NO_ANSWER",
                "LEFT_MESSAGE",
                "WRONG_NUMBER",
                "REQUESTED_STOP",
                "BUSY",
            ],
        ),
        Channel::Text => ("text", &["TEXT_DELIVERED", "TEXT_FAILED"]),
        Channel::Letter => ("letter", &["LETTER_SENT", "LETTER_SENT", "LETTER_RETURNED"]),
        Channel::Visit => ("visit", &["FIELD_MET", "FIELD_NOT_HOME", "DECEASED_REPORTED"]),
    };
    let outcome = rng.choice(outcomes)?;
    let mut body = json!({"channel": channel, "outcome": outcome, "task": task.effect.as_str()});
    if channel == "call" {
        body["phone"] = json!("312-555-0100");
    }
    Some((800, "attempts", body))
}
