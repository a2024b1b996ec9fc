//! `identify-members` over fakes with the shipped rules.

mod closures;
mod concurrent_deliveries;
mod messages;
mod particulars;
mod reentry;
mod stays_of_the_served;
mod support;
