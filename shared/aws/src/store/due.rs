//! The index of what is due.

use super::{Store, values};
use crate::error::{Intent, port_error};
use crate::item::{Item, Reading, moment, text};
use icm_contract::keys;
use icm_ports::{DueEntry, DueIndex, DueKind, DueSubject, Moment, Result};

const OPERATION: &str = "read due index";

fn read(item: &Item) -> Result<DueEntry> {
    let read = Reading::new(OPERATION, item);
    let sk = read.text(keys::SK)?;
    let what = if sk == keys::META {
        DueSubject::Member
    } else if let Some(effect) = keys::effect_of(sk) {
        DueSubject::Effect(effect)
    } else {
        DueSubject::Case(keys::case_of(sk).ok_or_else(|| read.corrupt())?.0)
    };
    Ok(DueEntry {
        at: read.moment_opt(keys::DUE_SK)?.ok_or_else(|| read.corrupt())?,
        member: keys::member_of(read.text(keys::PK)?).ok_or_else(|| read.corrupt())?,
        what,
    })
}

impl DueIndex for Store {
    async fn due(
        &self,
        kind: DueKind,
        shard: u8,
        until: Moment,
        after: Option<Moment>,
        limit: usize,
    ) -> Result<Vec<DueEntry>> {
        let after = after.unwrap_or(Moment::from_millis(0));
        let answer = self
            .client
            .query()
            .table_name(&self.tables.members)
            .index_name(keys::DUE_INDEX)
            .key_condition_expression("due_pk = :pk AND due_sk BETWEEN :after AND :until")
            .set_expression_attribute_values(values([
                (":pk", text(keys::due(kind.id(), shard))),
                (":after", moment(after.min(until))),
                (":until", moment(until)),
            ]))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| port_error(OPERATION, Intent::Read, &error))?;
        answer.items().iter().map(read).collect()
    }
}
