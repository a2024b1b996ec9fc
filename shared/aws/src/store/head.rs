//! Heads and decision records.

use super::{Store, values};
use crate::error::{Intent, port_error};
use crate::item::{ITEM_V1, Item, Reading, Writing, moment, number, text};
use icm_contract::keys;
use icm_contract::stored::Stored;
use icm_domain::case::transition::LedgerNote;
use icm_domain::day::Day;
use icm_domain::decision::Outcome;
use icm_domain::ids::MemberId;
use icm_ports::{Body, DueKind, Head, MemberRead, MembersPage, Result, Version};
use std::collections::HashMap;

type Ledger = Vec<LedgerNote>;

/// The META item of a head.
pub(super) fn item(member: &MemberId, head: &Head) -> Item {
    let ledger = Some(&head.ledger).filter(|ledger| !ledger.is_empty());
    let due = head.review.map(|_| text(keys::due(DueKind::Member.id(), keys::shard(member))));
    Writing::new(keys::member(member), keys::META, ITEM_V1)
        .with("ver", number(head.version.0))
        .with_some("as_of", head.as_of.map(|day| text(day.to_string())))
        .with_some("outcome", head.outcome.as_ref().map(|outcome| text(outcome.write())))
        .with_some("outcome_v", head.outcome.as_ref().map(|_| number(Outcome::VERSION)))
        .with_some("ledger", ledger.map(|ledger| text(ledger.write())))
        .with_some("ledger_v", ledger.map(|_| number(Ledger::VERSION)))
        .with_some(keys::DUE_PK, due)
        .with_some(keys::DUE_SK, head.review.map(moment))
        .done()
}

fn read(item: &Item) -> Result<Head> {
    let read = Reading::new("read head", item);
    let day = |text: &str| Day::parse(text).ok_or_else(|| read.corrupt());
    let outcome = match (read.number_opt("outcome_v")?, read.text_opt("outcome")) {
        (Some(version), Some(text)) => Some(Outcome::read(version, text).map_err(|_| read.corrupt())?),
        _ => None,
    };
    let ledger = match (read.number_opt("ledger_v")?, read.text_opt("ledger")) {
        (Some(version), Some(text)) => Ledger::read(version, text).map_err(|_| read.corrupt())?,
        _ => Ledger::new(),
    };
    Ok(Head {
        version: Version(read.number("ver")?),
        as_of: read.text_opt("as_of").map(day).transpose()?,
        outcome,
        review: read.moment_opt(keys::DUE_SK)?,
        ledger,
    })
}

impl MemberRead for Store {
    async fn head(&self, member: &MemberId) -> Result<Head> {
        let pk = keys::member(member);
        let found = self.get("read head", &self.tables.members, pk, keys::META).await?;
        found.as_ref().map_or_else(|| Ok(Head::default()), read)
    }

    async fn decision(&self, member: &MemberId) -> Result<Option<Body>> {
        const OPERATION: &str = "read decision";
        let pk = keys::member(member);
        let found = self.get(OPERATION, &self.tables.members, pk, keys::DECISION).await?;
        found.as_ref().map(|item| Reading::new(OPERATION, item).body()).transpose()
    }
}

impl MembersPage for Store {
    /// A page of a scan that keeps the heads and nothing else. Every member that was ever decided has one.
    async fn members_after(&self, after: Option<&str>) -> Result<(Vec<MemberId>, Option<Box<str>>)> {
        const OPERATION: &str = "go through members";
        let start = after.and_then(|after| after.split_once('\n')).map(|(pk, sk)| {
            HashMap::from([(keys::PK.to_owned(), text(pk)), (keys::SK.to_owned(), text(sk))])
        });
        let answer = self
            .client
            .scan()
            .table_name(&self.tables.members)
            .filter_expression("sk = :meta")
            .projection_expression("pk, sk")
            .set_expression_attribute_values(values([(":meta", text(keys::META))]))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| port_error(OPERATION, Intent::Read, &error))?;
        let member = |item: &Item| keys::member_of(item.get(keys::PK)?.as_s().ok()?);
        let members = answer.items().iter().filter_map(member).collect();
        // The page may end between the items of a member: the next begins behind that very item.
        let part = |key: &Item, name: &str| key.get(name)?.as_s().ok().cloned();
        let last = answer.last_evaluated_key.as_ref();
        let next = last.and_then(|key| Some(format!("{}\n{}", part(key, keys::PK)?, part(key, keys::SK)?)));
        Ok((members, next.map(Into::into)))
    }
}
