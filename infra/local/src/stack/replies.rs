//! What a handler's answer says about the records of its batch.

use std::collections::BTreeSet;

use serde_json::Value;

use super::handler::Reply;

/// Which records of a batch failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Every record was handled.
    Done,
    /// These were not.
    Some(BTreeSet<String>),
    /// None was: the invocation failed, or its answer names nothing that was sent.
    None,
}

/// Reads an answer as the service does: an empty list, nothing and null mean success; an identifier that
/// is empty, missing or unknown makes the whole batch fail.
pub(super) fn outcome(reply: &Reply, item_failures: bool, ids: &BTreeSet<String>) -> Outcome {
    let Ok(answer) = reply else { return Outcome::None };
    if !item_failures {
        return Outcome::Done;
    }
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Outcome::Done,
        Some(Value::Array(failures)) => failures,
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return Outcome::None;
        }
    };
    let mut failed = BTreeSet::new();
    for failure in failures {
        match failure.get("itemIdentifier").and_then(Value::as_str) {
            Some(id) if ids.contains(id) => failed.insert(id.to_owned()),
            Some(_) | None => return Outcome::None,
        };
    }
    if failed.is_empty() { Outcome::Done } else { Outcome::Some(failed) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::handler::Failed;
    use super::*;

    fn read(answer: Value) -> Outcome {
        let ids = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        outcome(&Ok(answer), true, &ids)
    }

    #[test]
    fn nothing_null_and_an_empty_list_mean_success() {
        for answer in
            [json!(null), json!({}), json!({"batchItemFailures": null}), json!({"batchItemFailures": []})]
        {
            assert_eq!(read(answer.clone()), Outcome::Done, "{answer}");
        }
    }

    #[test]
    fn named_records_failed_and_the_others_did_not() {
        let answer = json!({"batchItemFailures": [{"itemIdentifier": "b"}]});
        assert_eq!(read(answer), Outcome::Some(BTreeSet::from(["b".to_owned()])));
    }

    #[test]
    fn a_malformed_answer_fails_the_whole_batch() {
        for failure in [
            json!({}),
            json!({"itemIdentifier": ""}),
            json!({"itemIdentifier": null}),
            json!({"itemIdentifier": "c"}),
        ] {
            assert_eq!(read(json!({"batchItemFailures": [failure]})), Outcome::None);
        }
        assert_eq!(read(json!({"batchItemFailures": "all"})), Outcome::None);
    }

    #[test]
    fn an_invocation_that_failed_handled_nothing_and_a_source_without_item_failures_reads_no_answer() {
        let ids = BTreeSet::new();
        assert_eq!(outcome(&Err(Failed("x".to_owned())), false, &ids), Outcome::None);
        let answer = json!({"batchItemFailures": [{"itemIdentifier": "b"}]});
        assert_eq!(outcome(&Ok(answer), false, &ids), Outcome::Done);
    }
}
