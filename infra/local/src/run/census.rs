//! A count of everything in a store: what a run prints at its end. It reads the whole table once, which no request ever
//! does (DESIGN D13). The reports that people read are made by [`super::measuring`].

use crate::stack::Account;
use aws_sdk_dynamodb::types::AttributeValue;
use icm_contract::stored::Stored;
use icm_contract::{DecisionRecord, keys, pack};
use icm_domain::case::effect::Effect;
use icm_domain::case::event::EventKind;
use icm_domain::case::log::CaseLine;
use icm_domain::case::state::Case;
use icm_domain::case::status::Status;
use icm_domain::facts::Fact;
use icm_domain::ids::MemberId;
use icm_domain::outreach::attempt::Consequence;
use icm_domain::vendor::reply::Report;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An item of the store.
type Item = HashMap<String, AttributeValue>;

/// Why a store could not be counted. Carries no member data.
#[derive(Debug, thiserror::Error)]
pub enum CensusError {
    /// The engine did not answer.
    #[error("the store could not be read")]
    Unreadable,
    /// An item is not what the code understands.
    #[error("an item of kind {0} could not be read")]
    Corrupt(&'static str),
}

/// What the cases came to. A case counts in every row that it reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CaseCounts {
    /// Opened by a decision.
    pub opened: u64,
    /// Put in the queue.
    pub queued: u64,
    /// Admitted to outreach.
    pub outreach: u64,
    /// At least one attempt recorded.
    pub attempted: u64,
    /// Spoken with.
    pub reached: u64,
    /// Attempted and never spoken with.
    pub unreached: u64,
    /// Declined, now or for good.
    pub declined: u64,
    /// Consented.
    pub consented: u64,
    /// Enrolled.
    pub enrolled: u64,
    /// Offered to a team or vendor.
    pub offered: u64,
    /// Accepted by one.
    pub accepted: u64,
    /// Rejected by one at least once.
    pub rejected: u64,
    /// Taken back after an offer.
    pub recalled: u64,
    /// Service began.
    pub active: u64,
}

/// The count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Census {
    /// Members with any fact.
    pub members: u64,
    /// Claim versions stored.
    pub claims: u64,
    /// Bytes of packs of claims.
    pub pack_bytes: u64,
    /// Members by current decision.
    pub decisions: BTreeMap<String, u64>,
    /// Cases.
    pub cases: CaseCounts,
    /// Cases by present status: adds up to the cases opened.
    pub statuses: BTreeMap<String, u64>,
    /// Effects by kind and status.
    pub effects: BTreeMap<String, u64>,
    /// An identified member whose case went furthest, for the worked explanation.
    #[serde(skip)]
    pub example: Option<MemberId>,
    #[serde(skip)]
    reached: BTreeMap<String, BTreeSet<&'static str>>,
    #[serde(skip)]
    best: usize,
}

/// Counts a store.
pub async fn take(account: &Account, table: &str) -> Result<Census, CensusError> {
    let client = &account.clients().dynamodb;
    let mut census = Census::default();
    let mut from: Option<Item> = None;
    loop {
        let page = client.scan().table_name(table).set_exclusive_start_key(from).send().await;
        let page = page.map_err(|_| CensusError::Unreadable)?;
        for item in page.items() {
            census.count(item)?;
        }
        from = page.last_evaluated_key;
        if from.is_none() {
            census.close();
            return Ok(census);
        }
    }
}

impl Census {
    fn count(&mut self, item: &Item) -> Result<(), CensusError> {
        let (Some(pk), Some(sk)) = (text(item, keys::PK), text(item, keys::SK)) else { return Ok(()) };
        let Some(member) = keys::member_of(pk) else { return Ok(()) };
        match sk {
            keys::DECISION => self.decision(item),
            _ if sk.starts_with(keys::FACTS) => self.pack(&member, item),
            _ if sk.starts_with(keys::CASES) => self.case(&member, item),
            _ if sk.starts_with(keys::EVENTS) => self.event(sk, item),
            _ if sk.starts_with(keys::EFFECTS) => self.effect(item),
            _ => Ok(()),
        }
    }

    fn decision(&mut self, item: &Item) -> Result<(), CensusError> {
        let record: DecisionRecord = body(item, "decision")?;
        self.members += 1;
        *self.decisions.entry(record.outcome.decision.id().to_owned()).or_default() += 1;
        Ok(())
    }

    fn pack(&mut self, member: &MemberId, item: &Item) -> Result<(), CensusError> {
        let bytes = item.values().find_map(|value| value.as_b().ok()).ok_or(CensusError::Corrupt("pack"))?;
        let facts = pack::decode(member, bytes.as_ref()).map_err(|_| CensusError::Corrupt("pack"))?;
        let claims = facts.iter().filter(|fact| matches!(fact, Fact::Claim(_))).count() as u64;
        self.claims += claims;
        if claims > 0 {
            self.pack_bytes += bytes.as_ref().len() as u64;
        }
        Ok(())
    }

    fn case(&mut self, member: &MemberId, item: &Item) -> Result<(), CensusError> {
        let case: Case = body(item, "case")?;
        self.cases.opened += 1;
        *self.statuses.entry(case.status.id().to_owned()).or_default() += 1;
        // The case that went furthest is the one worth explaining.
        let ladder = [Status::Enrolled, Status::VendorAccepted, Status::Active];
        let rank = ladder.iter().position(|held| *held == case.status).map_or(0, |at| at + 1);
        if self.example.is_none() || rank > self.best {
            self.best = rank;
            self.example = Some(member.clone());
        }
        Ok(())
    }

    /// What a line of a case's log says that the case came to.
    fn event(&mut self, sk: &str, item: &Item) -> Result<(), CensusError> {
        let line: CaseLine = body(item, "event")?;
        let case = sk.rsplit_once('#').map_or(sk, |(case, _)| case).to_owned();
        let steps = self.reached.entry(case).or_default();
        let CaseLine::Applied { event, entry } = line else { return Ok(()) };
        steps.extend(of_status(entry.to));
        if let EventKind::AttemptRecorded(attempt) = &event.kind {
            steps.insert("attempted");
            if attempt.outcome.consequence() == Consequence::Engaged {
                steps.insert("reached");
            }
        } else if matches!(&event.kind, EventKind::ProgramDeclined { .. }) {
            steps.insert("declined");
        } else if let EventKind::VendorReplied(reply) = &event.kind
            && matches!(reply.report, Report::Rejected { .. })
        {
            steps.insert("rejected");
        }
        Ok(())
    }

    fn effect(&mut self, item: &Item) -> Result<(), CensusError> {
        let effect: Effect = body(item, "effect")?;
        let status = text(item, "state").unwrap_or("unknown");
        let kind = effect.what.id();
        *self.effects.entry(format!("{kind} {status}")).or_default() += 1;
        Ok(())
    }

    fn close(&mut self) {
        let with = |step: &str| self.reached.values().filter(|steps| steps.contains(step)).count() as u64;
        let unreached = self
            .reached
            .values()
            .filter(|steps| steps.contains("attempted") && !steps.contains("reached"))
            .count();
        let sum = |prefix: &str| {
            let own = self.effects.iter().filter(|(name, _)| name.starts_with(prefix));
            own.filter(|(name, _)| !name.ends_with("cancelled")).map(|(_, count)| *count).sum()
        };
        self.cases = CaseCounts {
            opened: self.cases.opened,
            queued: with("queued"),
            outreach: with("outreach"),
            attempted: with("attempted"),
            reached: with("reached"),
            unreached: unreached as u64,
            declined: with("declined"),
            consented: with("consented"),
            enrolled: with("enrolled"),
            offered: with("enrolled"),
            accepted: with("accepted"),
            rejected: with("rejected"),
            recalled: sum("RECALL"),
            active: with("active"),
        };
    }
}

/// The rows of the funnel that a status stands for.
fn of_status(status: Status) -> Option<&'static str> {
    match status {
        Status::Queued => Some("queued"),
        Status::Outreach => Some("outreach"),
        Status::Engaged => Some("reached"),
        Status::Consented => Some("consented"),
        Status::Enrolled => Some("enrolled"),
        Status::VendorAccepted => Some("accepted"),
        Status::Active => Some("active"),
        Status::Declined => Some("declined"),
        Status::Identified
        | Status::Pended(_)
        | Status::OnHold
        | Status::Review
        | Status::RequiredNonparticipating
        | Status::Graduated
        | Status::Transferred
        | Status::Disenrolled
        | Status::Withdrawn
        | Status::UnableToContact
        | Status::ReferredOther => None,
    }
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

fn body<T: Stored>(item: &Item, kind: &'static str) -> Result<T, CensusError> {
    let version =
        item.get(keys::VERSION).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok());
    let body = text(item, "body");
    let (Some(version), Some(body)) = (version, body) else { return Err(CensusError::Corrupt(kind)) };
    T::read(version, body).map_err(|_| CensusError::Corrupt(kind))
}
