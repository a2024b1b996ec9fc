//! What a request to DynamoDB serves, from its table, its keys and its index.

use icm_contract::keys;
use serde_json::Value;

use super::component::Component;
use super::size::write_units;

/// Writes of one request to one table that serve one component, with their units by rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) table: String,
    pub(super) component: Component,
    pub(super) units: u64,
}

/// Operations that read or write items, and so consume capacity.
pub(super) fn is_metered(operation: &str) -> bool {
    is_write(operation)
        || matches!(operation, "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems")
}

/// Operations that write.
pub(super) fn is_write(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems")
}

/// The writes that a request asks for; units are what rules say of the items in the request, twice in a transaction.
pub(super) fn writes(operation: &str, request: &Value) -> Vec<Written> {
    match operation {
        "TransactWriteItems" => {
            let actions = request.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            let actions = actions.filter_map(|action| action.as_object()?.values().next());
            actions
                .map(|action| Written { units: 2 * units(action), ..written(table(action), action) })
                .collect()
        }
        "BatchWriteItem" => {
            let tables = request.get("RequestItems").and_then(Value::as_object).into_iter().flatten();
            let writes = tables.flat_map(|(table, requests)| {
                let requests = requests.as_array().into_iter().flatten();
                requests.filter_map(move |one| Some((table, one.as_object()?.values().next()?)))
            });
            writes.map(|(table, one)| written(table, one)).collect()
        }
        _ => vec![written(table(request), request)],
    }
}

/// What a read serves.
pub(super) fn read(table: &str, request: &Value) -> Component {
    match request.get("IndexName").and_then(Value::as_str) {
        Some(keys::DUE_INDEX) => Component::Timers,
        Some(_) => Component::CaseReads,
        None => of_key(table, &prefix(request), false),
    }
}

/// What the part of a write in an index serves.
pub(super) fn index(name: &str) -> Component {
    if name == keys::DUE_INDEX { Component::Timers } else { Component::Commits }
}

/// The table that a request names; empty when it names several.
pub(super) fn table(request: &Value) -> &str {
    request.get("TableName").and_then(Value::as_str).unwrap_or_default()
}

fn written(table: &str, action: &Value) -> Written {
    Written {
        table: table.to_owned(),
        component: of_key(table, sort_key(action), true),
        units: units(action),
    }
}

fn units(action: &Value) -> u64 {
    action.get("Item").map_or(1, write_units)
}

fn sort_key(action: &Value) -> &str {
    let key = action.get("Item").or_else(|| action.get("Key"));
    let text = key.and_then(|key| key.get(keys::SK)?.get("S")?.as_str());
    text.unwrap_or_default()
}

/// The sort key of a read, or what it begins with; empty: the whole partition.
fn prefix(request: &Value) -> String {
    let own = sort_key(request);
    if !own.is_empty() {
        return own.to_owned();
    }
    let values = request.get("ExpressionAttributeValues").and_then(Value::as_object).into_iter().flatten();
    let texts = values.filter_map(|(_, value)| value.get("S")?.as_str());
    texts.map(str::to_owned).find(|text| is_member_key(text)).unwrap_or_default()
}

/// Whether a text begins as a sort key of a member's partition does.
fn is_member_key(text: &str) -> bool {
    [keys::FACTS, keys::CASES, keys::EVENTS, keys::EFFECTS, keys::META, keys::DECISION]
        .iter()
        .any(|prefix| text.starts_with(prefix))
}

/// Tables have their logical id in their name, here and in AWS.
fn of_key(table: &str, sk: &str, written: bool) -> Component {
    let named = |part: &str| table.to_ascii_lowercase().contains(part);
    if named("locator") {
        Component::Locator
    } else if named("registry") {
        Component::Configuration
    } else if named("audit") || named("quarantine") {
        Component::Records
    } else if sk.starts_with(keys::EFFECTS) {
        Component::Effects
    } else if written {
        if sk.starts_with(keys::FACTS) { Component::PackWrites } else { Component::Commits }
    } else if sk == keys::META {
        Component::MetaReads
    } else if sk.is_empty() || sk.starts_with(keys::FACTS) {
        Component::StrongReads
    } else {
        Component::CaseReads
    }
}
