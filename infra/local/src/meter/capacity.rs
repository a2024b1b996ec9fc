//! What an answer of DynamoDB says was consumed, shared out among the components that the request served.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Number, Value};

use super::classify::{self, Written};
use super::component::Component;
use super::counted::{Counted, Use};

/// An answer, as far as it speaks of capacity. A request to several tables answers with a list.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    consumed_capacity: Option<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Consumed),
    Many(Vec<Consumed>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Consumed {
    table_name: String,
    capacity_units: Number,
    table: Option<Arm>,
    #[serde(default)]
    global_secondary_indexes: Option<BTreeMap<String, Arm>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Arm {
    capacity_units: Number,
}

/// Counts a request that was answered.
pub(super) fn count(counted: &mut Counted, operation: &str, request: &Value, status: u16, answer: &[u8]) {
    if status != 200 {
        return count_refused(counted, operation, request, answer);
    }
    let told = serde_json::from_slice::<Answer>(answer).ok().and_then(|answer| answer.consumed_capacity);
    let consumed = match told {
        Some(OneOrMany::One(one)) => vec![one],
        Some(OneOrMany::Many(many)) => many,
        None => {
            counted.untold += 1;
            return;
        }
    };
    let writes = classify::writes(operation, request);
    for one in consumed {
        if classify::is_write(operation) {
            count_write(counted, operation, &writes, &one);
        } else {
            count_read(counted, operation, request, &one);
        }
    }
}

fn count_read(counted: &mut Counted, operation: &str, request: &Value, consumed: &Consumed) {
    let component = classify::read(&consumed.table_name, request);
    let used = Use { requests: 1, half_read_units: halves(&consumed.capacity_units), ..Use::default() };
    counted.add_table(&consumed.table_name, operation, component, used);
}

/// The table's part goes to the components of the items by their size; what the items before them made larger goes to
/// the commit, which is the one that replaces items.
fn count_write(counted: &mut Counted, operation: &str, writes: &[Written], consumed: &Consumed) {
    let table = consumed.table_name.as_str();
    let whole = consumed.table.as_ref().map_or(&consumed.capacity_units, |arm| &arm.capacity_units);
    let mut left = halves(whole) / 2;
    let mut parts: BTreeMap<_, u64> = BTreeMap::new();
    for written in writes.iter().filter(|written| written.table == table) {
        *parts.entry(written.component).or_default() += written.units;
    }
    let rest = if parts.contains_key(&Component::Commits) { None } else { parts.pop_last() };
    let (rest, _) =
        rest.or_else(|| parts.remove_entry(&Component::Commits)).unwrap_or((Component::Commits, 0));
    for (component, by_rule) in parts {
        let write_units = by_rule.min(left);
        left -= write_units;
        counted.add_table(table, operation, component, Use { write_units, ..Use::default() });
    }
    counted.add_table(table, operation, rest, Use { requests: 1, write_units: left, ..Use::default() });
    for (name, arm) in consumed.global_secondary_indexes.iter().flatten() {
        let used = Use { write_units: halves(&arm.capacity_units) / 2, ..Use::default() };
        counted.add_table(table, operation, classify::index(name), used);
    }
}

/// No answer tells what a false condition cost, and it costs what the write would have.
fn count_refused(counted: &mut Counted, operation: &str, request: &Value, answer: &[u8]) {
    let text = String::from_utf8_lossy(answer);
    let charged = ["ConditionalCheckFailedException", "TransactionCanceledException"];
    if !classify::is_write(operation) || !charged.iter().any(|code| text.contains(code)) {
        return;
    }
    for (at, written) in classify::writes(operation, request).into_iter().enumerate() {
        let used = Use { requests: u64::from(at == 0), write_units: written.units, ..Use::default() };
        counted.add_table(&written.table, operation, written.component, used);
    }
}

/// Units are whole or half: twice the number, exactly.
fn halves(units: &Number) -> u64 {
    let text = units.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((text.as_str(), ""));
    2 * whole.parse::<u64>().unwrap_or_default() + u64::from(part.starts_with('5'))
}

#[cfg(test)]
mod tests {
    use super::halves;
    use serde_json::Number;

    #[test]
    fn units_are_read_as_whole_halves() {
        for (text, expected) in [("0.0", 0), ("0.5", 1), ("1", 2), ("2.0", 4), ("13.5", 27)] {
            assert_eq!(halves(&serde_json::from_str::<Number>(text).unwrap()), expected, "{text}");
        }
    }
}
