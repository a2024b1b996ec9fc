//! The cost receipt: dollars per million claims, by component.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::component::Component;
use super::counted::{Counted, Use};
use super::price::{Prices, Usd};

/// What a number of claims cost at list price. As JSON: `claims`, `usd_per_million_claims`, `components` (name to
/// dollars per million claims; every component is there).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Claims that were paid for.
    pub claims: u64,
    /// All components together.
    pub usd_per_million_claims: Usd,
    /// Each component.
    pub components: BTreeMap<&'static str, Usd>,
    /// The quantities behind it, in the order of the bill.
    #[serde(skip)]
    pub lines: Vec<Line>,
}

/// One component's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Component.
    pub component: Component,
    /// Quantities for all the claims.
    pub used: Use,
    /// Dollars per million claims.
    pub usd_per_million_claims: Usd,
}

impl Receipt {
    /// The receipt of what was counted for this many claims. No claims cost nothing.
    pub fn of(counted: &Counted, claims: u64) -> Self {
        let used = counted.by_component();
        let lines: Vec<Line> = Component::ALL
            .into_iter()
            .map(|component| {
                let used = used.get(&component).copied().unwrap_or_default();
                let usd_per_million_claims = Prices::LIST.of(&used).per_million(claims);
                Line { component, used, usd_per_million_claims }
            })
            .collect();
        Self {
            claims,
            usd_per_million_claims: Prices::LIST.of(&counted.total()).per_million(claims),
            components: lines.iter().map(|line| (line.component.id(), line.usd_per_million_claims)).collect(),
            lines,
        }
    }
}

impl fmt::Display for Receipt {
    /// A table for people: one line for each component that was used.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "${} per million claims at list price, over {} claims",
            self.usd_per_million_claims, self.claims
        )?;
        for line in self.lines.iter().filter(|line| line.used != Use::default()) {
            let name = line.component.id();
            writeln!(
                formatter,
                "  {name:<15} ${:>9}   {}",
                line.usd_per_million_claims,
                Quantities(line.used, self.claims)
            )?;
        }
        Ok(())
    }
}

/// Quantities for each thousand claims, only those that are not zero.
struct Quantities(Use, u64);

impl fmt::Display for Quantities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(used, claims) = self;
        // Halves of read units are shown as units with one decimal: five tenths each.
        let named = [
            (used.write_units * 10, "write units"),
            (used.half_read_units * 5, "read units"),
            (used.queue_requests * 10, "queue requests"),
            (used.invocations * 10, "invocations"),
            (used.megabyte_millis * 10 / 1_024 / 1_000, "GB-seconds"),
        ];
        let mut shown = named.into_iter().filter(|(tenths, _)| *tenths > 0).peekable();
        while let Some((tenths, name)) = shown.next() {
            let tenths = tenths.saturating_mul(1_000) / (*claims).max(1);
            write!(formatter, "{}.{} {name}", tenths / 10, tenths % 10)?;
            formatter.write_str(if shown.peek().is_some() { ", " } else { " per thousand claims" })?;
        }
        Ok(())
    }
}
