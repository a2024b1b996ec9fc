//! Event patterns of stream filters, as far as the template uses them.

use serde_json::Value;

/// Whether a record matches any of the patterns; no pattern matches everything.
pub(super) fn passes(patterns: &[Value], record: &Value) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, Some(record)))
}

/// An object matches member by member; a list matches when one of its rules does.
fn matches(pattern: &Value, found: Option<&Value>) -> bool {
    match pattern {
        Value::Object(members) => {
            members.iter().all(|(name, inner)| matches(inner, found.and_then(|value| value.get(name))))
        }
        Value::Array(rules) => rules.iter().any(|rule| holds(rule, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found == Some(pattern),
    }
}

/// A rule is a value to be equal to, or an object with one operator. An unknown operator never holds.
fn holds(rule: &Value, found: Option<&Value>) -> bool {
    let Some((operator, argument)) = rule.as_object().and_then(|object| object.iter().next()) else {
        return found == Some(rule);
    };
    let text = found.and_then(Value::as_str);
    match operator.as_str() {
        "prefix" => text.zip(argument.as_str()).is_some_and(|(text, prefix)| text.starts_with(prefix)),
        "exists" => argument.as_bool() == Some(found.is_some()),
        "anything-but" => {
            let refused = argument.as_array().map_or(std::slice::from_ref(argument), Vec::as_slice);
            found.is_some_and(|value| !refused.contains(value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_effects_pass_and_changes_removals_and_other_items_do_not() {
        let pattern =
            [json!({"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "FX#"}]}}}})];
        let record =
            |name: &str, sk: &str| json!({"eventName": name, "dynamodb": {"Keys": {"sk": {"S": sk}}}});
        assert!(passes(&pattern, &record("INSERT", "FX#1")));
        assert!(!passes(&pattern, &record("MODIFY", "FX#1")));
        assert!(!passes(&pattern, &record("REMOVE", "FX#1")));
        assert!(!passes(&pattern, &record("INSERT", "META")));
        assert!(!passes(&pattern, &json!({"eventName": "INSERT"})));
        assert!(passes(&[], &record("REMOVE", "META")));
    }

    #[test]
    fn rules_about_presence_and_difference_hold() {
        assert!(passes(&[json!({"a": [{"exists": false}]})], &json!({})));
        assert!(!passes(&[json!({"a": [{"exists": false}]})], &json!({"a": 1})));
        assert!(passes(&[json!({"a": [{"anything-but": ["x"]}]})], &json!({"a": "y"})));
        assert!(!passes(&[json!({"a": [{"anything-but": ["x"]}]})], &json!({"a": "x"})));
        assert!(!passes(&[json!({"a": [{"unheard-of": 1}]})], &json!({"a": 1})));
    }
}
