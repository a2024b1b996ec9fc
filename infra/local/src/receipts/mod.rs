//! Receipts: what an arriving claim costs, and how quickly functions start. Every number is counted or measured by
//! this command, or listed in [`Receipts::modelled`].

mod claims;
mod draw;
mod latency;
mod modelled;
mod starts;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use icm_domain::day::Day;
use icm_domain::moment::Moment;
use serde::Serialize;

use crate::commands::output::diagnose;
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
#[derive(Debug, Clone)]
pub struct Plan {
    /// Sizes of the synthetic population.
    pub members: Vec<u64>,
    /// Arriving claims of each population, drawn in equal parts for the ways of sending where it has so many.
    pub claims: usize,
    /// Months of history that every member has when the claims arrive.
    pub months: Vec<u32>,
    /// Seed of the population.
    pub seed: u64,
    /// Day on which the claims arrive and are decided on.
    pub as_of: Day,
    /// Starts of each binary.
    pub starts: u32,
    /// Where the binaries of functions lie; none: beside this one.
    pub binaries: Option<PathBuf>,
    /// Members whose way from a claim to a vendor's queue is timed; 0: none.
    pub timed: u64,
    /// A line on standard error for each cell.
    pub progress: bool,
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

/// A population in its store.
#[derive(Debug, Clone, Copy)]
struct Filled {
    members: u64,
    months: u32,
}

/// What was counted for one population and one way of sending.
#[derive(Debug, Serialize)]
pub struct Counted {
    /// Members of the population.
    pub members: u64,
    /// Months of history.
    pub months: u32,
    /// Way of sending.
    pub way: &'static str,
    /// The receipt.
    #[serde(flatten)]
    pub receipt: Receipt,
}

/// The measures.
#[derive(Debug, Serialize)]
pub struct Receipts {
    /// By way of sending, at the largest population and the shortest history.
    pub usd_per_million_claims: BTreeMap<&'static str, Usd>,
    /// The same, by component.
    pub components: BTreeMap<&'static str, BTreeMap<&'static str, Usd>>,
    /// Every population and way of sending.
    pub cells: Vec<Counted>,
    /// The largest population's cost over the smallest's, by way and months of history: 1 is flat.
    pub by_population: BTreeMap<String, f64>,
    /// The longest history's cost over the shortest's, by way and population.
    pub by_history: BTreeMap<String, f64>,
    /// Process start to first poll of the Runtime API, by function.
    pub cold_start_ms: BTreeMap<String, Quantiles>,
    /// Most memory held at the first poll, by function, in MB of 1,000,000 bytes.
    pub rss_mb: BTreeMap<String, f64>,
    /// The binary compressed as in a zip, by function, in MB of 1,000,000 bytes.
    pub zip_mb: BTreeMap<String, f64>,
    /// Between two points of a claim's way on this machine, without waiting for windows and schedules.
    pub latency_ms: BTreeMap<&'static str, Quantiles>,
    /// What was not measured here, or not as it would be in AWS.
    pub modelled: Vec<String>,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Quantiles {
    /// Median.
    pub p50: f64,
    /// Of a hundred one is slower.
    pub p99: f64,
}

impl Quantiles {
    /// Of durations in any order; none without any.
    fn of(mut took: Vec<Duration>) -> Option<Self> {
        took.sort_unstable();
        let at = |per_cent: usize| took.get((took.len() * per_cent / 100).min(took.len().saturating_sub(1)));
        let millis = |took: &Duration| took.as_secs_f64() * 1_000.0;
        Some(Self { p50: millis(at(50)?), p99: millis(at(99)?) })
    }
}

/// A folder for one store, gone with the value.
fn folder() -> Result<tempfile::TempDir, ReceiptError> {
    tempfile::tempdir().map_err(|error| ReceiptError::Store(error.to_string()))
}

/// Measures.
///
/// # Errors
/// When the stack does not work.
pub async fn measure(plan: &Plan) -> Result<Receipts, ReceiptError> {
    let mut cells = Vec::new();
    for (members, months) in
        plan.members.iter().flat_map(|size| plan.months.iter().map(move |months| (*size, *months)))
    {
        for (way, receipt) in claims::receipts(plan, Filled { members, months }).await? {
            if plan.progress {
                let (usd, claims) = (receipt.usd_per_million_claims, receipt.claims);
                diagnose(&format!(
                    "{members} members, {months} months, {}: ${usd} per million claims ({claims} claims)",
                    way.name
                ));
            }
            cells.push(Counted { members, months, way: way.name, receipt });
        }
    }
    let largest = plan.members.iter().max().copied().unwrap_or_default();
    let shortest = plan.months.iter().min().copied().unwrap_or_default();
    let main: Vec<&Counted> =
        cells.iter().filter(|cell| cell.members == largest && cell.months == shortest).collect();
    let mut measured = Receipts {
        usd_per_million_claims: main
            .iter()
            .map(|cell| (cell.way, cell.receipt.usd_per_million_claims))
            .collect(),
        components: main.iter().map(|cell| (cell.way, cell.receipt.components.clone())).collect(),
        by_population: ratios(&cells, |cell| (format!("{}, {} months", cell.way, cell.months), cell.members)),
        by_history: ratios(&cells, |cell| {
            (format!("{}, {} members", cell.way, cell.members), u64::from(cell.months))
        }),
        cells,
        cold_start_ms: BTreeMap::new(),
        rss_mb: BTreeMap::new(),
        zip_mb: BTreeMap::new(),
        latency_ms: BTreeMap::new(),
        modelled: Vec::new(),
    };
    if plan.timed > 0 {
        measured.latency_ms = latency::measure(plan).await?;
    }
    starts::measure(plan.binaries.as_deref(), plan.starts, &mut measured).await;
    measured.modelled.extend(modelled::list(&measured));
    Ok(measured)
}

/// Of the cells with the same name, the cost of the one with the largest measure over that of the smallest.
fn ratios(cells: &[Counted], of: impl Fn(&Counted) -> (String, u64)) -> BTreeMap<String, f64> {
    let mut groups: BTreeMap<String, BTreeMap<u64, Usd>> = BTreeMap::new();
    for cell in cells {
        let (name, measure) = of(cell);
        groups.entry(name).or_default().insert(measure, cell.receipt.usd_per_million_claims);
    }
    let ratio = |costs: BTreeMap<u64, Usd>| {
        let (_, smallest) = costs.first_key_value()?;
        let (_, largest) = costs.last_key_value()?;
        (costs.len() > 1).then(|| largest.over(*smallest))
    };
    groups.into_iter().filter_map(|(name, costs)| Some((name, ratio(costs)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn plan(claims: usize) -> Plan {
        Plan {
            members: vec![60],
            claims,
            months: vec![12],
            seed: 1,
            as_of: Day::parse("2026-06-30").unwrap(),
            starts: 0,
            binaries: None,
            timed: 0,
            progress: false,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_receipt_has_every_way_and_a_larger_population_does_not_cost_more() {
        let plan = Plan { members: vec![180, 540], ..plan(360) };
        let receipts = measure(&plan).await.unwrap();
        assert_eq!(receipts.cells.len(), 6);
        let cost = |way: &str| receipts.usd_per_million_claims[way];
        assert!(cost("one_by_one") > cost("file_mode_2") && cost("file_mode_2") > cost("file_mode_4"));
        for (name, ratio) in &receipts.by_population {
            // Few claims of few members: far from the tenth that the full receipt shows.
            assert!((0.5..=1.6).contains(ratio), "{name}: {ratio}");
        }
        let json = serde_json::to_value(&receipts).unwrap();
        for key in [
            "pack_writes",
            "strong_reads",
            "meta_reads",
            "locator",
            "commits",
            "effects",
            "timers",
            "queue_requests",
            "lambda",
        ] {
            assert!(json["components"]["one_by_one"][key].is_number(), "{key}");
        }
    }

    #[test]
    fn a_ratio_is_the_largest_over_the_smallest() {
        let cell = |members, usd| Counted {
            members,
            months: 12,
            way: "one_by_one",
            receipt: Receipt {
                claims: 1,
                usd_per_million_claims: Usd::pico(usd),
                components: BTreeMap::new(),
                lines: Vec::new(),
            },
        };
        let cells = [cell(100, 1_100_000_000_000), cell(10, 1_000_000_000_000), cell(50, 3_000_000_000_000)];
        let found = ratios(&cells, |cell| (cell.way.to_owned(), cell.members));
        assert!((found["one_by_one"] - 1.1).abs() < 1e-9);
        assert!(ratios(&cells[..1], |cell| (cell.way.to_owned(), cell.members)).is_empty());
    }
}
