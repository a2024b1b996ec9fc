//! Receipts: what an arriving claim costs, and how quickly functions start. Every number is counted or measured by
//! this command, or listed in [`Receipts::modelled`].

mod claims;
mod starts;

use std::collections::BTreeMap;

use icm_domain::day::Day;
use icm_domain::moment::Moment;
use serde::Serialize;

use crate::meter::{Receipt, Usd};
use crate::stack::StackError;

/// Why there are no receipts. Carries no member data.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The local stack did not start or did not answer.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The function could not be built.
    #[error("the function cannot be started: {0}")]
    Function(String),
    /// The store or a queue did not take what was written.
    #[error("the store did not take what was written: {0}")]
    Store(String),
    /// An answer told no capacity, so that a receipt would be too small.
    #[error("{0} answers told no capacity")]
    Untold(u64),
}

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Members of the synthetic population.
    pub members: u64,
    /// Most arriving claims of each way of sending.
    pub claims: usize,
    /// Months of history that every member has when the claims arrive.
    pub months: u32,
    /// Seed of the population.
    pub seed: u64,
    /// Day on which the claims arrive and are decided on.
    pub as_of: Day,
    /// Starts of each binary.
    pub starts: u32,
}

impl Plan {
    /// The middle of the day, in milliseconds since the epoch.
    fn noon_ms(&self) -> i64 {
        Moment::start_of(self.as_of).plus_hours(12).millis()
    }
}

/// How claims are sent to the facts queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    name: &'static str,
    claims_per_message: usize,
}

const WAYS: [Way; 3] = [
    Way { name: "one_by_one", claims_per_message: 1 },
    Way { name: "file_mode_2", claims_per_message: 2 },
    Way { name: "file_mode_4", claims_per_message: 4 },
];

/// The measures.
#[derive(Debug, Serialize)]
pub struct Receipts {
    /// By way of sending.
    pub usd_per_million_claims: BTreeMap<&'static str, Usd>,
    /// By way of sending and component.
    pub components: BTreeMap<&'static str, BTreeMap<&'static str, Usd>>,
    /// Claims that arrived, by way of sending.
    pub claims: BTreeMap<&'static str, u64>,
    /// Members of the population.
    pub members: u64,
    /// Months of history.
    pub months: u32,
    /// Process start to first poll of the Runtime API, by function.
    pub cold_start_ms: BTreeMap<String, starts::Quantiles>,
    /// Most memory held at the first poll, by function, in MB of 1,000,000 bytes.
    pub rss_mb: BTreeMap<String, f64>,
    /// The binary compressed as in a zip, by function, in MB of 1,000,000 bytes.
    pub zip_mb: BTreeMap<String, f64>,
    /// What was not measured here, or not as it would be in AWS.
    pub modelled: Vec<String>,
    /// The receipts with their quantities, for people.
    #[serde(skip)]
    pub receipts: Vec<(&'static str, Receipt)>,
}

/// Measures.
///
/// # Errors
/// When the stack does not work.
pub async fn measure(plan: &Plan) -> Result<Receipts, ReceiptError> {
    let mut receipts = Vec::new();
    for way in WAYS {
        receipts.push((way.name, claims::receipt(plan, way).await?));
    }
    let mut measured = Receipts {
        usd_per_million_claims: receipts
            .iter()
            .map(|(way, one)| (*way, one.usd_per_million_claims))
            .collect(),
        components: receipts.iter().map(|(way, one)| (*way, one.components.clone())).collect(),
        claims: receipts.iter().map(|(way, one)| (*way, one.claims)).collect(),
        members: plan.members,
        months: plan.months,
        cold_start_ms: BTreeMap::new(),
        rss_mb: BTreeMap::new(),
        zip_mb: BTreeMap::new(),
        modelled: modelled(),
        receipts,
    };
    starts::measure(plan.starts, &mut measured).await;
    Ok(measured)
}

fn modelled() -> Vec<String> {
    [
        format!("Lambda: {} ms stated for an invocation of identify-members with a full batch, memory of the template", claims::MILLIS),
        "SQS: batches of 10 are full; an idle queue's empty long polls are not in the receipt".to_owned(),
        "relay, vendors, reviews by time and the locator of member-less remittances: in the receipt of icm run, not here"
            .to_owned(),
        "other sizes of population: every key of this path is a member's own, so cost does not depend on it".to_owned(),
        "storage, logs, keys, backups, data transfer and free tiers: left out".to_owned(),
    ]
    .into()
}
