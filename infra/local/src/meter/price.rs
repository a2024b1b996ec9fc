//! List prices, us-east-1, on demand (DESIGN §5), and exact amounts of money below a cent.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

use serde::{Serialize, Serializer};

use super::counted::Use;

/// US dollars, exact to a millionth of a millionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Usd(u128);

/// Parts of one dollar.
const PICO: u128 = 1_000_000_000_000;

impl Usd {
    /// From millionths of a millionth of a dollar.
    pub const fn pico(pico: u128) -> Self {
        Self(pico)
    }

    /// Dollars, for sums that nobody pays by.
    pub fn as_f64(self) -> f64 {
        u32::try_from(self.0 / 1_000_000).map_or(f64::from(u32::MAX), f64::from) / 1.0e6
    }

    /// How many times the other amount; nothing over nothing is once.
    #[must_use]
    pub fn over(self, other: Self) -> f64 {
        if other.0 < 1_000_000 { 1.0 } else { self.as_f64() / other.as_f64() }
    }

    /// For a million of something, when this was paid for `count` of it; nothing for none.
    #[must_use]
    pub const fn per_million(self, count: u64) -> Self {
        if count == 0 { Self(0) } else { Self(self.0 * 1_000_000 / count as u128) }
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

impl fmt::Display for Usd {
    /// Dollars with four decimals, rounded.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (self.0 + PICO / 20_000) / (PICO / 10_000);
        formatter.pad(&format!("{}.{:04}", rounded / 10_000, rounded % 10_000))
    }
}

impl Serialize for Usd {
    /// A JSON number of dollars with four decimals.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let dollars: f64 = self.to_string().parse().map_err(serde::ser::Error::custom)?;
        serializer.serialize_f64(dollars)
    }
}

/// What one of each costs, in millionths of a millionth of a dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// One write request unit.
    pub write_unit: u128,
    /// One half read request unit, which is what an eventually consistent read of 4 KB costs.
    pub half_read_unit: u128,
    /// One request of the queue service, up to 64 KB.
    pub queue_request: u128,
    /// One invocation.
    pub invocation: u128,
    /// 1,024 MB for a second, arm64.
    pub gigabyte_second: u128,
}

impl Prices {
    /// $0.625, $0.125, $0.40 and $0.20 per million; $0.0000133334 (DESIGN §5; us-east-1, on demand, without free
    /// tier, storage, logs, keys and transfer).
    pub const LIST: Self = Self {
        write_unit: 625_000,
        half_read_unit: 62_500,
        queue_request: 400_000,
        invocation: 200_000,
        gigabyte_second: 13_333_400,
    };

    /// What this use costs.
    pub fn of(&self, used: &Use) -> Usd {
        let times = |count: u64, price: u128| u128::from(count) * price;
        Usd(times(used.write_units, self.write_unit)
            + times(used.half_read_units, self.half_read_unit)
            + times(used.queue_requests, self.queue_request)
            + times(used.invocations, self.invocation)
            + times(used.megabyte_millis, self.gigabyte_second) / (1_024 * 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_of_each_costs_its_list_price() {
        let price = |used: Use| Prices::LIST.of(&used).to_string();
        let million = 1_000_000;
        assert_eq!(price(Use { write_units: million, ..Use::default() }), "0.6250");
        assert_eq!(price(Use { half_read_units: 2 * million, ..Use::default() }), "0.1250");
        assert_eq!(price(Use { queue_requests: million, ..Use::default() }), "0.4000");
        assert_eq!(price(Use { invocations: million, ..Use::default() }), "0.2000");
        // 10 ms at 256 MB, a million times: 2,500 GB-seconds.
        let megabyte_millis = 2_560 * million;
        assert_eq!(price(Use { megabyte_millis, ..Use::default() }), "0.0333");
    }

    #[test]
    fn amounts_are_rounded_only_when_they_are_shown() {
        let third: Usd = [Usd::pico(49_999_999), Usd::pico(1)].into_iter().sum();
        assert_eq!(Usd::pico(49_999_999).to_string(), "0.0000");
        assert_eq!(third.to_string(), "0.0001");
        assert_eq!(Usd::pico(625_000).per_million(1).to_string(), "0.6250");
        assert_eq!(Usd::pico(625_000).per_million(0), Usd::default());
        assert_eq!(serde_json::to_string(&Usd::pico(1_032_100_000_000)).unwrap(), "1.0321");
    }
}
