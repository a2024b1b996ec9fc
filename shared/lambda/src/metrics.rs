//! Metrics: one line per batch in CloudWatch's embedded metric format (DESIGN §5: a line per claim would cost as much
//! as everything else).

use icm_ports::Moment;
use serde_json::{Map, Value, json};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

static ENABLED: AtomicBool = AtomicBool::new(false);

/// From now on this process writes metrics to standard output. Called by the mains of functions, through
/// `telemetry::init`.
pub fn enable() {
    ENABLED.store(true, Ordering::Relaxed);
}

/// Counts of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    function: &'static str,
    counts: Vec<(&'static str, u64)>,
}

impl Metrics {
    /// Counts of a function, named by its folder.
    pub const fn of(function: &'static str) -> Self {
        Self { function, counts: Vec::new() }
    }

    /// Adds a count.
    #[must_use]
    pub fn count(mut self, name: &'static str, value: u64) -> Self {
        self.counts.push((name, value));
        self
    }

    /// The line.
    pub fn line(&self, at: Moment) -> String {
        let metrics: Vec<Value> =
            self.counts.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": at.millis(),
                "CloudWatchMetrics": [{"Namespace": "icm", "Dimensions": [["function"]], "Metrics": metrics}],
            }),
        );
        line.insert("function".to_owned(), json!(self.function));
        line.extend(self.counts.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        Value::Object(line).to_string()
    }

    /// Writes the line to standard output, where CloudWatch reads metrics. Does nothing outside Lambda (see
    /// [`enable`]): in the local stack and in tests standard output belongs to somebody else.
    pub fn emit(&self, at: Moment) {
        if !ENABLED.load(Ordering::Relaxed) {
            return;
        }
        // A closed standard output loses a metric, not a claim.
        drop(writeln!(std::io::stdout().lock(), "{}", self.line(at)));
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;
    use icm_ports::Moment;

    #[test]
    fn a_batch_makes_one_line_with_its_counts() {
        let line = Metrics::of("identify-members").count("members", 3).line(Moment::from_millis(5));
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["members"], 3);
        assert_eq!(read["_aws"]["Timestamp"], 5);
        assert_eq!(read["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "members");
    }
}
