//! Vendors: each reads its own offer queue, acts once per deduplication key, numbers its replies per case, and stops when
//! it is told to. Unruly ones also repeat themselves, leave numbers out, talk about cases of others, and write nonsense.

use fastrand::Rng;
use icm_domain::day::Day;
use icm_domain::ids::VendorId;
use icm_ports::Moment;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

/// A reply that still has to be written: its type without prefix and version, and its data.
type Planned = (&'static str, Value);

/// One case as its vendor sees it.
#[derive(Default)]
struct Desk {
    next: u64,
    plan: VecDeque<Planned>,
    /// The highest number of ours that told the vendor to stop.
    stopped: u64,
}

/// One vendor.
#[derive(Default)]
struct Vendor {
    post: Vec<String>,
    desks: BTreeMap<String, Desk>,
    acted: BTreeMap<String, String>,
}

/// How vendors behave.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mood {
    /// They repeat themselves, write nonsense, talk about cases of others.
    pub(crate) unruly: bool,
    /// They write all that they have to say about a case at once.
    pub(crate) bursts: bool,
}

/// All vendors, and what they did.
#[derive(Default)]
pub(crate) struct Vendors {
    vendors: BTreeMap<VendorId, Vendor>,
    /// Offers that a vendor acted on: the vendor and the effect, in order.
    pub(crate) acts: Vec<(VendorId, String)>,
    /// Replies written, by vendor and message id: the case, and the vendor's number.
    pub(crate) written: BTreeMap<(VendorId, String), (String, u64)>,
    messages: u64,
}

impl Vendors {
    /// A message on the offer queue of a vendor.
    pub(crate) fn deliver(&mut self, vendor: &VendorId, body: String) {
        self.vendors.entry(vendor.clone()).or_default().post.push(body);
    }

    /// Whether nothing lies unread or unanswered.
    pub(crate) fn idle(&self) -> bool {
        let done =
            |vendor: &Vendor| vendor.post.is_empty() && vendor.desks.values().all(|it| it.plan.is_empty());
        self.vendors.values().all(done)
    }

    /// A vendor reads a message, or writes a reply: the bodies that it puts on its reply queue.
    pub(crate) fn act(
        &mut self,
        rng: &mut Rng,
        today: Day,
        now: Moment,
        mood: Mood,
    ) -> Option<(VendorId, Vec<String>)> {
        let ids: Vec<VendorId> = self.vendors.keys().cloned().collect();
        let id = rng.choice(ids)?;
        let vendor = self.vendors.get_mut(&id)?;
        if !vendor.post.is_empty() && (rng.u8(0..3) > 0 || vendor.desks.is_empty()) {
            // Any message, not the oldest; at times it stays and is read again.
            let at = rng.usize(0..vendor.post.len());
            let body = if mood.unruly && rng.u8(0..4) == 0 {
                vendor.post[at].clone()
            } else {
                vendor.post.remove(at)
            };
            if let Some(effect) = vendor.read(&body, rng, today) {
                self.acts.push((id, effect));
            }
            return None;
        }
        let busy: Vec<String> = vendor
            .desks
            .iter()
            .filter(|(_, desk)| !desk.plan.is_empty())
            .map(|(case, _)| case.clone())
            .collect();
        let case = rng.choice(busy)?;
        let mut bodies = Vec::new();
        for _ in 0..if mood.bursts { 20 } else { 1 } {
            let Some(body) = self.write(&id, &case, now) else { break };
            bodies.push(body.clone());
            if mood.unruly {
                bodies.extend(self.mischief(rng, &id, body, now));
            }
        }
        Some((id, bodies))
    }

    /// The next reply about a case.
    fn write(&mut self, id: &VendorId, case: &str, now: Moment) -> Option<String> {
        let desk = self.vendors.get_mut(id)?.desks.get_mut(case)?;
        let (kind, data) = desk.plan.pop_front()?;
        let sequence = desk.next;
        desk.next += 1;
        self.messages += 1;
        let message = format!("v{}", self.messages);
        let body = reply(&message, case, sequence, kind, now, &data);
        self.written.insert((id.clone(), message), (case.to_owned(), sequence));
        Some(body)
    }

    /// What an unruly vendor adds to a reply.
    fn mischief(&mut self, rng: &mut Rng, id: &VendorId, body: String, now: Moment) -> Option<String> {
        match rng.u8(0..8) {
            0 => Some(body),
            1 => Some(body.chars().take(body.len() / 2).collect()),
            2 => {
                // A case of somebody else.
                let others = self.vendors.iter().filter(|(other, _)| *other != id);
                let case = others.flat_map(|(_, vendor)| vendor.desks.keys()).next()?.clone();
                self.messages += 1;
                let message = format!("v{}", self.messages);
                let kind = *rng.choice(&["accepted", "graduated", "stop.requested"])?;
                Some(reply(&message, &case, 1, kind, now, &json!({})))
            }
            3 => Some(reply("", "nothing", 1, "unheard.of", now, &json!({}))),
            _ => None,
        }
    }
}

fn reply(message: &str, case: &str, sequence: u64, kind: &str, now: Moment, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": message, "source": "urn:v", "type": format!("icm.vendor.{kind}.v1"),
        "subject": case, "time": now.to_string(), "sequence": sequence, "data": data,
    })
    .to_string()
}

impl Vendor {
    /// Reads a message; the effect that it acted on, if it is an offer that it had not acted on.
    fn read(&mut self, body: &str, rng: &mut Rng, today: Day) -> Option<String> {
        let message: Value = serde_json::from_str(body).ok()?;
        let kind = message["type"].as_str()?.to_owned();
        let case = message["subject"].as_str()?.to_owned();
        let (key, effect) = (message["dedupkey"].as_str()?.to_owned(), message["id"].as_str()?.to_owned());
        let number = message["sequence"].as_u64()?;
        if self.acted.insert(key, effect.clone()).is_some() {
            return None;
        }
        let desk = self.desks.entry(case).or_default();
        match kind.as_str() {
            "icm.referral.offered.v1" => {
                if number > desk.stopped {
                    let delegated = message["data"]["hand_over"] == "OUTREACH_DELEGATED";
                    desk.next = message["data"]["reply_sequence"].as_u64()?;
                    desk.plan = plan(rng, delegated, today);
                    return Some(effect);
                }
                None
            }
            "icm.referral.cancelled.v1" | "icm.referral.recalled.v1" => {
                desk.stopped = desk.stopped.max(number);
                if desk.next > 0 {
                    desk.plan = [("recall.confirmed", json!({}))].into();
                }
                None
            }
            _ => None,
        }
    }
}

/// What a vendor will do with an offer.
fn plan(rng: &mut Rng, delegated: bool, today: Day) -> VecDeque<Planned> {
    let mut plan: Vec<Planned> = Vec::new();
    let reason =
        *rng.choice(&["NO_CAPACITY", "NOT_IN_SERVICE_AREA", "SAFETY", "INVALID_DEMOGRAPHICS"]).unwrap();
    match rng.u8(0..20) {
        0 => return VecDeque::new(),
        1 => return [("received", json!({}))].into(),
        2..=4 => return [("received", json!({})), ("rejected", json!({ "reason": reason }))].into(),
        5 => return [("rejected", json!({ "reason": reason }))].into(),
        6 => {}
        _ => plan.push(("received", json!({}))),
    }
    plan.push(("accepted", json!({"filler_id": "A1"})));
    if delegated {
        for _ in 0..rng.usize(0..3) {
            plan.push(("outreach.attempted", json!({"channel": "call", "outcome": "NO_ANSWER"})));
        }
        match rng.u8(0..8) {
            0 => {
                plan.push(("unreachable", json!({})));
                return plan.into();
            }
            1 => {
                plan.push(("stop.requested", json!({})));
                plan.push(("declined", json!({"not_now": rng.bool()})));
                return plan.into();
            }
            _ => {}
        }
        plan.push(("engaged", json!({})));
        plan.push(("consented", json!({"scope": "ICM-1"})));
    }
    plan.push(("enrolled", json!({"start": today.to_string()})));
    for _ in 0..rng.usize(0..4) {
        plan.push(("contact.completed", json!({"minutes": 30, "mode": "PHONE", "two_way": rng.bool()})));
    }
    match rng.u8(0..10) {
        0 => plan.push(("graduated", json!({}))),
        1 => plan.push(("disenrolled", json!({"reason": "LOST_TO_FOLLOW_UP"}))),
        2 => plan.push(("disenrolled", json!({"reason": "DECEASED"}))),
        3 => plan.push(("declined", json!({"not_now": false}))),
        4 => plan.extend([("hold", json!({"reason": "IN_FACILITY"})), ("resumed", json!({}))]),
        5 => plan.push(("stop.requested", json!({}))),
        _ => {}
    }
    plan.into()
}
