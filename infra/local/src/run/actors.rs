//! The people and vendors of a simulated run, wired to what an outsider has: the outreach queue and the operations API
//! for staff, an offer and a reply queue for each vendor. The models of behaviour are `icm-synth`'s; nothing here looks
//! into the store.

use super::RunError;
use super::journal::{Journal, Seen};
use crate::stack::Account;
use aws_sdk_sqs::types::Message;
use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use icm_domain::day::Day;
use icm_domain::facts::Channel;
use icm_domain::ids::{CaseId, EffectId, MemberId};
use icm_domain::moment::Moment;
use icm_domain::vendor::reply::Report;
use icm_synth::actors::{
    Coordinator, SimulatedVendor, StaffAction, StaffMessage, Step, Task, Temper, VendorAction, VendorMessage,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use tower::ServiceExt;

/// Messages taken at once from a queue (the service's limit).
const TAKE: i32 = 10;
/// Longest answer of the API that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// One vendor with its queues.
struct Vendor {
    id: String,
    offers: String,
    replies: String,
    model: SimulatedVendor,
}

/// What the actors did, for the report.
#[derive(Clone, Debug, Default)]
pub struct Deeds {
    /// Commands that the API took, and refused, by name and status.
    pub commands: BTreeMap<String, u64>,
    /// Messages that vendors took from their offer queues, by type.
    pub offers: BTreeMap<String, u64>,
    /// Replies that vendors sent, by kind.
    pub replies: BTreeMap<String, u64>,
    /// The first offers, as the vendor's queue held them.
    pub examples: Vec<Value>,
}

/// Everybody outside the system.
pub struct Actors {
    program: String,
    outreach: String,
    staff: Coordinator,
    members: BTreeMap<CaseId, MemberId>,
    /// Cases enrolled with a team of the payer: accepted and begun by that team.
    teams: BTreeMap<CaseId, Moment>,
    vendors: Vec<Vendor>,
    api: Router,
    journal: Option<Journal>,
    /// Steps of an earlier process are remembered: what they did is done and not done again.
    remembering: bool,
    /// What was done.
    pub deeds: Deeds,
}

impl Actors {
    /// Staff and vendors. The vendors are those of the relay's environment.
    pub fn new(account: &Account, api: Router, program: &str, seed: u64) -> Self {
        let environment = account.environment("relay-outbox");
        let queues: BTreeMap<String, String> = environment
            .get("VENDOR_QUEUES")
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        // Who has no queue exchanges files, and is not simulated.
        let queues = queues.into_iter().filter(|(_, offers)| !offers.is_empty());
        let vendors = queues.enumerate().map(|(nth, (id, offers))| {
            let temper = if nth % 2 == 0 { Temper::RELIABLE } else { Temper::TROUBLESOME };
            let model = SimulatedVendor::new(&id, seed.wrapping_add(nth as u64), temper);
            Vendor { replies: offers.replace("-offers-", "-replies-"), id, offers, model }
        });
        Self {
            program: program.to_owned(),
            outreach: environment.get("OUTREACH_QUEUE_URL").cloned().unwrap_or_default(),
            staff: Coordinator::new(seed, 400),
            members: BTreeMap::new(),
            teams: BTreeMap::new(),
            vendors: vendors.collect(),
            api,
            journal: None,
            remembering: false,
            deeds: Deeds::default(),
        }
    }

    /// Keeps a journal in the store and remembers what an earlier process wrote there. A step is written before anything
    /// is done and done before the next is written: all but the last are done for certain, and the last is done again
    /// under the same keys.
    pub async fn remember(&mut self, account: &Account, store: &Path) -> Result<(), RunError> {
        let (journal, steps) = Journal::open(store)?;
        let Some((last, before)) = steps.split_last() else {
            self.journal = Some(journal);
            return Ok(());
        };
        self.remembering = true;
        for seen in before {
            self.act(account, seen).await?;
        }
        self.remembering = false;
        self.act(account, last).await?;
        self.journal = Some(journal);
        Ok(())
    }

    /// Everybody reads what came and does what is due; returns how many things were done.
    pub async fn step(&mut self, account: &Account, now: Moment) -> Result<usize, RunError> {
        let mut messages = BTreeMap::new();
        let mut taken = Vec::new();
        let offers = self.vendors.iter().map(|vendor| vendor.offers.clone());
        for url in offers.chain([self.outreach.clone()]) {
            let received = receive(account, &url).await?;
            let body = |message: &Message| {
                serde_json::from_str(message.body().unwrap_or("null")).unwrap_or_default()
            };
            messages.insert(url.clone(), received.iter().map(body).collect());
            taken.push((url, received));
        }
        let seen = Seen { now, messages };
        if let Some(journal) = &mut self.journal {
            journal.note(&seen)?;
        }
        for (url, received) in &taken {
            delete(account, url, received).await?;
        }
        self.act(account, &seen).await
    }

    /// What everybody does about what they saw.
    async fn act(&mut self, account: &Account, seen: &Seen) -> Result<usize, RunError> {
        let mut done = self.staff_step(seen).await?;
        done += self.teams_step(seen.now).await?;
        for at in 0..self.vendors.len() {
            done += self.vendor_step(account, at, seen).await?;
        }
        Ok(done)
    }

    /// Staff: tasks in, attempts and what the member said out.
    async fn staff_step(&mut self, seen: &Seen) -> Result<usize, RunError> {
        let (now, mut observed) = (seen.now, Vec::new());
        for body in seen.messages.get(&self.outreach).into_iter().flatten() {
            observed.extend(self.staff_message(body));
        }
        let actions = self.staff.step(now, observed);
        let count = actions.len();
        for action in actions {
            self.staff_action(&action).await?;
        }
        Ok(count)
    }

    fn staff_message(&mut self, body: &Value) -> Option<StaffMessage> {
        let data = body.get("data")?;
        let task = EffectId::new(data.get("task_id")?.as_str()?);
        match body.get("type")?.as_str()? {
            "icm.outreach.task.v1" => {
                let case = CaseId::new(body.get("subject")?.as_str()?);
                let member = MemberId::new(data.pointer("/member/coverage_id")?.as_str()?);
                self.members.insert(case.clone(), member.clone());
                Some(StaffMessage::Task(Task {
                    case,
                    member,
                    task,
                    channel: serde_json::from_value::<Channel>(data.get("channel")?.clone()).ok()?,
                    not_before: serde_json::from_value(data.get("not_before")?.clone()).ok()?,
                    not_after: serde_json::from_value(data.get("not_after")?.clone()).ok()?,
                    // The windows are given in UTC; Eastern standard time stands for the member's clock.
                    utc_offset_minutes: -300,
                }))
            }
            "icm.outreach.cancelled.v1" => Some(StaffMessage::Cancel(task)),
            _ => None,
        }
    }

    async fn staff_action(&mut self, action: &StaffAction) -> Result<(), RunError> {
        let Some(member) = self.members.get(&action.case).cloned() else { return Ok(()) };
        let (command, body) = match &action.step {
            Step::Attempt { task, channel, number_class, outcome } => (
                "attempts",
                json!({ "task": task, "channel": channel, "number_class": number_class, "outcome": outcome,
                        "at": action.at }),
            ),
            Step::Consent => ("consent", json!({ "scope": "ICM-PROGRAM" })),
            Step::Enrol => ("enrol", json!({})),
            Step::Decline { not_now } => ("decline", json!({ "not_now": not_now })),
            Step::OptOut { plan_wide } => {
                ("stop", json!({ "scope": if *plan_wide { "PLAN_WIDE" } else { "PROGRAM" } }))
            }
        };
        let answer = self.command(&member, command, &action.key, &body).await?;
        if self.remembering && matches!(action.step, Step::Enrol) {
            self.teams.insert(action.case.clone(), action.at.plus_hours(20));
        }
        if matches!(action.step, Step::Enrol)
            && answer.pointer("/case/status").is_some_and(|s| s == "ENROLLED")
        {
            self.teams.insert(action.case.clone(), action.at.plus_hours(20));
        }
        Ok(())
    }

    /// Teams of the payer accept and begin the next day; a vendor's case refuses that, and is the vendor's to take.
    async fn teams_step(&mut self, now: Moment) -> Result<usize, RunError> {
        let due: Vec<CaseId> =
            self.teams.iter().filter(|(_, at)| **at <= now).map(|(case, _)| case.clone()).collect();
        for case in &due {
            self.teams.remove(case);
            let Some(member) = self.members.get(case).cloned() else { continue };
            if self.is_with_vendor(&member).await? {
                continue;
            }
            self.command(&member, "accept", &format!("{}:accept", case.as_str()), &json!({})).await?;
            self.command(&member, "start", &format!("{}:start", case.as_str()), &json!({})).await?;
        }
        Ok(due.len())
    }

    /// Whether the case's place is a vendor with a queue.
    async fn is_with_vendor(&self, member: &MemberId) -> Result<bool, RunError> {
        let path = format!("/v1/cases/{}/{}", member.as_str(), self.program);
        let request = Request::get(path).body(Body::empty()).map_err(|_| RunError::Api)?;
        let (_, answer) = self.call(request).await?;
        let team = ["/case/place/team", "/case/team", "/place/team"].iter().find_map(|at| answer.pointer(at));
        let team = team.and_then(Value::as_str).unwrap_or_default();
        Ok(self.vendors.iter().any(|vendor| vendor.id == team))
    }

    async fn command(
        &mut self,
        member: &MemberId,
        name: &str,
        key: &str,
        body: &Value,
    ) -> Result<Value, RunError> {
        if self.remembering {
            return Ok(Value::Null);
        }
        let path = format!("/v1/cases/{}/{}/{name}", member.as_str(), self.program);
        let request = Request::post(path)
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .header("x-icm-actor", "simulated-staff")
            .body(Body::from(body.to_string()))
            .map_err(|_| RunError::Api)?;
        let (status, answer) = self.call(request).await?;
        *self.deeds.commands.entry(format!("{name} {status}")).or_default() += 1;
        Ok(answer)
    }

    async fn call(&self, request: Request<Body>) -> Result<(u16, Value), RunError> {
        let Ok(response) = self.api.clone().oneshot(request).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.map_err(|_| RunError::Api)?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    async fn vendor_step(&mut self, account: &Account, at: usize, seen: &Seen) -> Result<usize, RunError> {
        let Some(vendor) = self.vendors.get_mut(at) else { return Ok(0) };
        let mut observed = Vec::new();
        for body in seen.messages.get(&vendor.offers).into_iter().flatten() {
            let kind = body.get("type").and_then(Value::as_str).unwrap_or("unknown").to_owned();
            observed.extend(vendor_message(body, &kind));
            *self.deeds.offers.entry(kind).or_default() += 1;
            if self.deeds.examples.len() < 2 {
                self.deeds.examples.push(body.clone());
            }
        }
        let replies = vendor.model.step(seen.now, observed);
        for reply in &replies {
            *self.deeds.replies.entry(reply.report.id().to_owned()).or_default() += 1;
            if self.remembering {
                continue;
            }
            let sent = account.clients().sqs.send_message().queue_url(&vendor.replies);
            sent.message_body(reply_body(&vendor.id, reply).to_string())
                .send()
                .await
                .map_err(|_| RunError::Queue)?;
        }
        Ok(replies.len())
    }
}

fn vendor_message(body: &Value, kind: &str) -> Option<VendorMessage> {
    let case = CaseId::new(body.get("subject")?.as_str()?);
    Some(match kind {
        "icm.referral.offered.v1" => {
            VendorMessage::Offer { case, offer: EffectId::new(body.pointer("/data/placer_id")?.as_str()?) }
        }
        "icm.referral.cancelled.v1" | "icm.referral.recalled.v1" => VendorMessage::Recall { case },
        _ => VendorMessage::Other { case },
    })
}

/// A reply as a CloudEvent.
fn reply_body(vendor: &str, reply: &VendorAction) -> Value {
    let mut data = report_data(&reply.report);
    if let Some(fields) = data.as_object_mut() {
        fields.insert("placer_id".to_owned(), json!(reply.answers));
        fields.insert("filler_id".to_owned(), json!(format!("{vendor}-{}", reply.case.as_str())));
    }
    json!({
        "specversion": "1.0",
        "id": reply.message,
        "source": format!("urn:vendor:{vendor}"),
        "type": format!("icm.vendor.{}.v1", reply.report.id()),
        "subject": reply.case,
        "time": reply.occurred,
        "sequence": reply.sequence,
        "data": data,
    })
}

fn report_data(report: &Report) -> Value {
    let day = |day: &Day| json!({ "start": day });
    match report {
        Report::Rejected { reason, .. } => json!({ "reason": reason }),
        Report::OutreachAttempted { channel, outcome, .. } => {
            json!({ "channel": channel, "outcome": outcome })
        }
        Report::Consented { scope } => json!({ "scope": scope }),
        Report::Declined { not_now } => json!({ "not_now": not_now }),
        Report::Enrolled { start } => day(start),
        Report::ContactCompleted { minutes, mode, two_way } => {
            json!({ "minutes": minutes, "mode": mode, "two_way": two_way })
        }
        Report::Hold { reason } => json!({ "reason": reason }),
        Report::Disenrolled { reason } => json!({ "reason": reason }),
        Report::Received
        | Report::Accepted
        | Report::Engaged
        | Report::Unreachable
        | Report::StopRequested
        | Report::Resumed
        | Report::Graduated
        | Report::RecallConfirmed => json!({}),
    }
}

/// Receives everything that is visible in a queue.
async fn receive(account: &Account, url: &str) -> Result<Vec<Message>, RunError> {
    let client = &account.clients().sqs;
    let mut received = Vec::new();
    loop {
        let answer = client.receive_message().queue_url(url).max_number_of_messages(TAKE).send().await;
        let messages = answer.map_err(|_| RunError::Queue)?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(received);
        }
        received.extend(messages);
    }
}

async fn delete(account: &Account, url: &str, received: &[Message]) -> Result<(), RunError> {
    for message in received {
        let handle = message.receipt_handle().unwrap_or_default();
        let sent = account.clients().sqs.delete_message().queue_url(url).receipt_handle(handle).send();
        sent.await.map_err(|_| RunError::Queue)?;
    }
    Ok(())
}
