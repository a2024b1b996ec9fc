//! The conformance kit for vendors, as pure data: scenarios that are played to a vendor, and a judge that reads the
//! transcript and names every fault. Queues, clocks and reports are the business of `icm vendor-kit`.

mod judge;
mod scenario;
#[cfg(test)]
mod tests;

pub use judge::{Fault, Finding, Line, judge};
pub use scenario::{SCENARIOS, Scenario, Sent, Step};
