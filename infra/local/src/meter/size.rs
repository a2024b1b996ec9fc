//! How large DynamoDB takes an item to be: names and values, by the published rules.

use serde_json::{Map, Value};

/// Bytes of one write unit.
const WRITE_BYTES: usize = 1_024;

/// Write units of an item outside a transaction: one for each begun kilobyte, at least one.
pub(super) fn write_units(item: &Value) -> u64 {
    let bytes = item.as_object().map_or(0, attributes);
    u64::try_from(bytes.div_ceil(WRITE_BYTES).max(1)).unwrap_or(u64::MAX)
}

fn attributes(item: &Map<String, Value>) -> usize {
    item.iter().map(|(name, value)| name.len() + typed(value)).sum()
}

/// A value in the form of the wire: one key, its type.
fn typed(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|object| object.iter().next()) else { return 0 };
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        ("N", Value::String(text)) => number(text),
        ("B", Value::String(text)) => base64(text),
        ("SS", Value::Array(texts)) => texts.iter().filter_map(Value::as_str).map(str::len).sum(),
        ("NS", Value::Array(numbers)) => numbers.iter().filter_map(Value::as_str).map(number).sum(),
        ("BS", Value::Array(blobs)) => blobs.iter().filter_map(Value::as_str).map(base64).sum(),
        ("L", Value::Array(values)) => 3 + values.iter().map(|value| 1 + typed(value)).sum::<usize>(),
        ("M", Value::Object(values)) => 3 + values.len() + attributes(values),
        _ => 1,
    }
}

/// About one byte for two digits, and one.
fn number(text: &str) -> usize {
    text.len().div_ceil(2) + 1
}

/// Bytes of a text in base 64: three for four characters.
fn base64(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

#[cfg(test)]
mod tests {
    use super::write_units;
    use serde_json::json;

    #[test]
    fn an_item_counts_names_and_values_by_begun_kilobytes() {
        let item = |bytes: usize| json!({"pk": {"S": "M#1"}, "body": {"S": "x".repeat(bytes)}});
        assert_eq!(write_units(&json!({})), 1);
        assert_eq!(write_units(&item(1_024 - 9)), 1);
        assert_eq!(write_units(&item(1_024 - 8)), 2);
        // 1,024 characters of base 64 are 768 bytes.
        assert_eq!(write_units(&json!({"pack": {"B": "A".repeat(1_024)}})), 1);
        assert_eq!(write_units(&json!({"pack": {"B": "A".repeat(1_364)}})), 2);
    }

    #[test]
    fn lists_and_maps_count_their_elements() {
        let nested =
            json!({"l": {"L": [{"S": "x".repeat(1_000)}, {"M": {"n": {"N": "12345678901234567890"}}}]}});
        assert_eq!(write_units(&nested), 1);
        let larger = json!({"l": {"L": [{"S": "x".repeat(1_020)}, {"BOOL": true}]}});
        assert_eq!(write_units(&larger), 2);
    }
}
