//! What was counted.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::component::Component;
use crate::stack::Invocations;
use crate::template::Template;

/// Quantities that have a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Use {
    /// Requests to DynamoDB; they have no price of their own.
    pub requests: u64,
    /// Write request units.
    pub write_units: u64,
    /// Halves of read request units.
    pub half_read_units: u64,
    /// Requests to SQS in steps of 64 KB.
    pub queue_requests: u64,
    /// Invocations.
    pub invocations: u64,
    /// Memory over time: MB times milliseconds.
    pub megabyte_millis: u64,
}

impl Use {
    /// Each quantity by this function of two.
    fn zip(self, other: Self, by: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            requests: by(self.requests, other.requests),
            write_units: by(self.write_units, other.write_units),
            half_read_units: by(self.half_read_units, other.half_read_units),
            queue_requests: by(self.queue_requests, other.queue_requests),
            invocations: by(self.invocations, other.invocations),
            megabyte_millis: by(self.megabyte_millis, other.megabyte_millis),
        }
    }
}

impl AddAssign for Use {
    fn add_assign(&mut self, other: Self) {
        *self = self.zip(other, u64::saturating_add);
    }
}

/// Where capacity was used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableUse {
    /// Table.
    pub table: String,
    /// Operation of the service's API, for example `PutItem`.
    pub operation: String,
    /// What it served.
    pub component: Component,
}

/// Which requests were sent to SQS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueUse {
    /// Name of the queue; empty for requests that name none.
    pub queue: String,
    /// Action of the service's API, for example `ReceiveMessage`.
    pub action: String,
}

/// Everything counted up to a moment, or between two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// DynamoDB, by table, operation and component.
    pub tables: BTreeMap<TableUse, Use>,
    /// SQS, by queue and action.
    pub queues: BTreeMap<QueueUse, Use>,
    /// Lambda, by function.
    pub functions: BTreeMap<String, Use>,
    /// Answers to reads and writes of items that told no capacity: zero, or the receipt is too small.
    pub untold: u64,
}

impl Counted {
    /// What was counted after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            tables: since(&self.tables, &earlier.tables),
            queues: since(&self.queues, &earlier.queues),
            functions: since(&self.functions, &earlier.functions),
            untold: self.untold.saturating_sub(earlier.untold),
        }
    }

    /// With the invocations of functions, each with its memory of the template and this many milliseconds: the
    /// milliseconds of a busy machine say nothing about Lambda's, so they are stated and not measured.
    #[must_use]
    pub fn with_functions(
        mut self,
        template: &Template,
        invocations: &BTreeMap<String, Invocations>,
        millis: u64,
    ) -> Self {
        for (folder, count) in invocations {
            let memory_mb = template.function(folder).map_or(256, |function| u64::from(function.memory_mb));
            let used = Use {
                invocations: count.calls,
                megabyte_millis: count.calls * memory_mb * millis,
                ..Use::default()
            };
            self.functions.insert(folder.clone(), used);
        }
        self
    }

    /// The use of each component, and nothing of those that were not used.
    pub fn by_component(&self) -> BTreeMap<Component, Use> {
        let mut components: BTreeMap<Component, Use> = BTreeMap::new();
        let tables = self.tables.iter().map(|(key, used)| (key.component, used));
        let queues = self.queues.values().map(|used| (Component::QueueRequests, used));
        let functions = self.functions.values().map(|used| (Component::Lambda, used));
        for (component, used) in tables.chain(queues).chain(functions) {
            *components.entry(component).or_default() += *used;
        }
        components
    }

    /// All quantities together.
    pub fn total(&self) -> Use {
        let mut total = Use::default();
        self.by_component().into_values().for_each(|used| total += used);
        total
    }

    pub(super) fn add_table(&mut self, table: &str, operation: &str, component: Component, used: Use) {
        let key = TableUse { table: table.to_owned(), operation: operation.to_owned(), component };
        *self.tables.entry(key).or_default() += used;
    }

    pub(super) fn add_queue(&mut self, queue: &str, action: &str, used: Use) {
        let key = QueueUse { queue: queue.to_owned(), action: action.to_owned() };
        *self.queues.entry(key).or_default() += used;
    }
}

fn since<K: Ord + Clone>(now: &BTreeMap<K, Use>, earlier: &BTreeMap<K, Use>) -> BTreeMap<K, Use> {
    let less =
        |key: &K, used: &Use| used.zip(earlier.get(key).copied().unwrap_or_default(), u64::saturating_sub);
    let rest = now.iter().map(|(key, used)| (key.clone(), less(key, used)));
    rest.filter(|(_, used)| *used != Use::default()).collect()
}
