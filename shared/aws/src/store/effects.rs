//! Effects and their leases.

use super::{Prefixed, Store, values};
use crate::error::{Intent, port_error};
use crate::item::{Item, Reading, Writing, moment, number, text};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use icm_contract::keys;
use icm_contract::stored::Stored;
use icm_domain::case::effect::Effect;
use icm_domain::ids::{CaseId, EffectId, MemberId, ProgramId, VendorId};
use icm_ports::{
    Destination, DueKind, EffectRecord, EffectStatus, EffectsLease, EffectsRead, Lease, Moment, PortError,
    Result,
};
use std::collections::HashMap;

fn destination(to: &Destination) -> String {
    match to {
        Destination::Outreach => "outreach".to_owned(),
        Destination::Facts => "facts".to_owned(),
        Destination::Ingest => "ingest".to_owned(),
        Destination::Vendor(vendor) => format!("vendor#{}", vendor.as_str()),
        Destination::Replies(vendor) => format!("replies#{}", vendor.as_str()),
    }
}

fn read_destination(text: &str) -> Option<Destination> {
    match text {
        "outreach" => Some(Destination::Outreach),
        "facts" => Some(Destination::Facts),
        "ingest" => Some(Destination::Ingest),
        _ => match text.split_once('#')? {
            ("vendor", vendor) => Some(Destination::Vendor(VendorId::new(vendor))),
            ("replies", vendor) => Some(Destination::Replies(VendorId::new(vendor))),
            _ => None,
        },
    }
}

/// When the effect is looked at if nobody wakes the relay; none: never again.
fn due(effect: &EffectRecord) -> Option<Moment> {
    match effect.status {
        EffectStatus::Pending | EffectStatus::Held => Some(effect.since),
        EffectStatus::Leased => effect.lease.as_ref().map(|lease| lease.until),
        EffectStatus::Sent | EffectStatus::Cancelled => None,
    }
}

/// The item of an effect.
pub(super) fn item(member: &MemberId, effect: &EffectRecord) -> Item {
    let due_at = due(effect);
    let due_pk = due_at.map(|_| text(keys::due(DueKind::Effect.id(), keys::shard(member))));
    Writing::new(keys::member(member), keys::effect(effect.id()), Effect::VERSION)
        .with("body", text(effect.effect.write()))
        .with("program", text(effect.program.as_str()))
        .with_some("case_id", effect.case_id.as_ref().map(|id| text(id.as_str())))
        .with("to", text(destination(&effect.to)))
        .with("since", moment(effect.since))
        .with("state", text(effect.status.id()))
        .with_some("lease_token", effect.lease.as_ref().map(|lease| text(lease.token.as_ref())))
        .with_some("lease_until", effect.lease.as_ref().map(|lease| moment(lease.until)))
        .with("attempts", number(effect.attempts))
        .with_some(keys::DUE_PK, due_pk)
        .with_some(keys::DUE_SK, due_at.map(moment))
        .done()
}

fn read(operation: &'static str, item: &Item) -> Result<EffectRecord> {
    let read = Reading::new(operation, item);
    let lease = match (read.text_opt("lease_token"), read.moment_opt("lease_until")?) {
        (Some(token), Some(until)) => Some(Lease { token: token.into(), until }),
        _ => None,
    };
    Ok(EffectRecord {
        program: ProgramId::new(read.text("program")?),
        case_id: read.text_opt("case_id").map(CaseId::new),
        to: read_destination(read.text("to")?).ok_or_else(|| read.corrupt())?,
        effect: read.stored()?,
        since: read.moment_opt("since")?.ok_or_else(|| read.corrupt())?,
        status: EffectStatus::parse(read.text("state")?).ok_or_else(|| read.corrupt())?,
        lease,
        attempts: read.number("attempts")?,
        sent: read.moment_opt("sent_at")?,
    })
}

impl EffectsRead for Store {
    async fn effect(&self, member: &MemberId, id: &EffectId) -> Result<Option<EffectRecord>> {
        const OPERATION: &str = "read effect";
        let (pk, sk) = (keys::member(member), keys::effect(id));
        let found = self.get(OPERATION, &self.tables.members, pk, &sk).await?;
        found.as_ref().map(|item| read(OPERATION, item)).transpose()
    }

    async fn effects(&self, member: &MemberId) -> Result<Vec<EffectRecord>> {
        const OPERATION: &str = "read effects";
        let (table, pk) = (self.tables.members.as_str(), keys::member(member));
        let query = Prefixed { operation: OPERATION, table, pk: &pk, prefix: keys::EFFECTS, only: None };
        self.prefixed(query).await?.iter().map(|item| read(OPERATION, item)).collect()
    }
}

/// A conditional change of one effect.
struct Change {
    operation: &'static str,
    update: &'static str,
    condition: &'static str,
    values: Option<HashMap<String, AttributeValue>>,
}

impl Store {
    async fn change(&self, member: &MemberId, id: &EffectId, change: Change) -> Result<Item> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.tables.members)
            .key(keys::PK, text(keys::member(member)))
            .key(keys::SK, text(keys::effect(id)))
            .update_expression(change.update)
            .condition_expression(change.condition)
            // "state" is a reserved word of expressions.
            .expression_attribute_names("#state", "state")
            .set_expression_attribute_values(change.values)
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| port_error(change.operation, Intent::Write, &error))?;
        answer.attributes.ok_or(PortError::Corrupt { operation: change.operation })
    }
}

impl EffectsLease for Store {
    async fn lease(
        &self,
        member: &MemberId,
        id: &EffectId,
        lease: &Lease,
        now: Moment,
    ) -> Result<EffectRecord> {
        const OPERATION: &str = "lease effect";
        let change = Change {
            operation: OPERATION,
            update: "SET #state = :leased, lease_token = :token, lease_until = :until, due_sk = :until \
                     ADD attempts :one",
            // Free, or the holder's time is over: a holder sends only while its lease has time left (D4).
            condition: "#state IN (:pending, :held) OR (#state = :leased AND lease_until < :now)",
            values: values([
                (":leased", text(EffectStatus::Leased.id())),
                (":pending", text(EffectStatus::Pending.id())),
                (":held", text(EffectStatus::Held.id())),
                (":token", text(lease.token.as_ref())),
                (":until", moment(lease.until)),
                (":now", moment(now)),
                (":one", number(1)),
            ]),
        };
        read(OPERATION, &self.change(member, id, change).await?)
    }

    async fn mark_sent(&self, member: &MemberId, id: &EffectId, token: &str, at: Moment) -> Result<()> {
        let change = Change {
            operation: "mark effect sent",
            update: "SET #state = :sent, sent_at = :at REMOVE lease_token, lease_until, due_pk, due_sk",
            condition: "#state = :leased AND lease_token = :token",
            values: values([
                (":leased", text(EffectStatus::Leased.id())),
                (":sent", text(EffectStatus::Sent.id())),
                (":token", text(token)),
                (":at", moment(at)),
            ]),
        };
        self.change(member, id, change).await.map(drop)
    }

    async fn give_back(
        &self,
        member: &MemberId,
        id: &EffectId,
        token: &str,
        again: Option<Moment>,
    ) -> Result<()> {
        let (leased, token) = (text(EffectStatus::Leased.id()), text(token));
        let (operation, condition) = ("give effect back", "#state = :leased AND lease_token = :token");
        let change = match again {
            Some(again) => Change {
                operation,
                update: "SET #state = :held, since = :again, due_sk = :again REMOVE lease_token, lease_until",
                condition,
                values: values([
                    (":leased", leased),
                    (":held", text(EffectStatus::Held.id())),
                    (":token", token),
                    (":again", moment(again)),
                ]),
            },
            None => Change {
                operation,
                update: "SET #state = :cancelled REMOVE lease_token, lease_until, due_pk, due_sk",
                condition,
                values: values([
                    (":leased", leased),
                    (":cancelled", text(EffectStatus::Cancelled.id())),
                    (":token", token),
                ]),
            },
        };
        self.change(member, id, change).await.map(drop)
    }
}
