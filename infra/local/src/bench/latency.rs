//! Times of many events, and what is said of them.

use serde::Serialize;
use std::time::Duration;

/// Percentiles of a set of times, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// Half were faster.
    pub p50_ms: u64,
    /// Ninety-nine of a hundred were faster.
    pub p99_ms: u64,
    /// The slowest.
    pub max_ms: u64,
}

impl Latency {
    /// Of these times; zeros when there are none. The percentile is the smallest time that so many do not exceed.
    pub fn of(times: &[Duration]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
            sorted.get(place).map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
        };
        Self { p50_ms: at(50), p99_ms: at(99), max_ms: at(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Latency};

    #[test]
    fn percentiles_are_times_that_occurred() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(Latency::of(&times), Latency { p50_ms: 100, p99_ms: 198, max_ms: 200 });
        assert_eq!(Latency::of(&times[..1]), Latency { p50_ms: 200, p99_ms: 200, max_ms: 200 });
        assert_eq!(Latency::of(&[]), Latency::default());
    }
}
