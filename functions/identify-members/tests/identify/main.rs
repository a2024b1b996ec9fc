//! `identify-members` over fakes with the shipped rules.

mod concurrent_deliveries;
mod messages;
mod support;
