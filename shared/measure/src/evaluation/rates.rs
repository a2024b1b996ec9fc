//! Rates of weighted members, their change, and how sure it is.
//!
//! A rate is a ratio of sums, events over covered days, so that members who left early count for the days they had.
//! Its error is that of the linearised ratio, one value per member over both windows: the member is the cluster, and
//! no distribution is assumed.

use super::{ByArm, Effect, Estimate, Outcome, Subject, Use};

/// The chance error of each member's value.
pub(super) type Errors<'a> = Box<dyn Fn(&[f64]) -> Vec<f64> + 'a>;

/// The members of one arm, weighted, and what their chance errors are measured from.
pub(super) struct Sample<'a> {
    /// Members.
    pub(super) members: Vec<&'a Subject>,
    /// One weight each; they sum to 1.
    pub(super) weights: Vec<f64>,
    /// The chance error of each member's value, corrected for what was fitted.
    pub(super) errors: Errors<'a>,
}

/// A figure and its variance.
#[derive(Clone, Copy)]
struct Figure {
    value: f64,
    variance: f64,
}

impl Figure {
    fn less(self, other: Self) -> Self {
        Self { value: self.value - other.value, variance: self.variance + other.variance }
    }

    fn scaled(self, by: f64) -> Self {
        Self { value: self.value * by, variance: self.variance * by * by }
    }

    /// The 95% interval by the t distribution with this many degrees of freedom.
    fn estimate(self, degrees: f64) -> Estimate {
        let half = quantile(degrees) * self.variance.max(0.0).sqrt();
        Estimate { value: self.value, low: self.value - half, high: self.value + half }
    }
}

/// The 97.5% quantile of Student's t, to the second term of its expansion about the normal one (Abramowitz and Stegun
/// 26.7.5): right to three digits from 30 degrees of freedom on; two arms of [`super::ARM_MIN`] have 58.
fn quantile(degrees: f64) -> f64 {
    const Z: f64 = 1.959_963_985;
    let first = (Z.powi(3) + Z) / 4.0;
    let second = (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0;
    Z + first / degrees + second / (degrees * degrees)
}

/// What one arm shows in one outcome.
struct Shown {
    before: Figure,
    after: f64,
    change: Figure,
}

impl Sample<'_> {
    fn sum(&self, value: impl Fn(&Subject) -> f64) -> f64 {
        self.members.iter().zip(&self.weights).map(|(member, weight)| weight * value(member)).sum()
    }

    fn variance(&self, values: &[f64]) -> f64 {
        let errors = (self.errors)(values);
        self.weights.iter().zip(errors).map(|(weight, error)| (weight * error).powi(2)).sum()
    }

    /// None where nobody was covered.
    fn shown(&self, outcome: Outcome) -> Option<Shown> {
        let days = |used: &Use| f64::from(used.covered_days);
        let days_before = self.sum(|member| days(&member.before));
        let days_after = self.sum(|member| days(&member.after));
        if days_before <= 0.0 || days_after <= 0.0 {
            return None;
        }
        let rate_before = self.sum(|member| outcome.of(&member.before)) / days_before;
        let rate_after = self.sum(|member| outcome.of(&member.after)) / days_after;
        let linear = |used: &Use, rate: f64, all: f64| (outcome.of(used) - rate * days(used)) / all;
        let before: Vec<f64> =
            self.members.iter().map(|member| linear(&member.before, rate_before, days_before)).collect();
        let change: Vec<f64> = self
            .members
            .iter()
            .zip(&before)
            .map(|(member, before)| linear(&member.after, rate_after, days_after) - before)
            .collect();
        Some(Shown {
            before: Figure { value: rate_before, variance: self.variance(&before) },
            after: rate_after,
            change: Figure { value: rate_after - rate_before, variance: self.variance(&change) },
        })
    }
}

/// The effect on one outcome; none where an arm has no covered day in a window.
pub(super) fn effect(outcome: Outcome, samples: &ByArm<Sample<'_>>) -> Option<Effect> {
    let (offered, control) = (samples.offered.shown(outcome)?, samples.control.shown(outcome)?);
    let members = samples.offered.members.len() + samples.control.members.len();
    #[expect(clippy::cast_precision_loss, reason = "members of an evaluation are far below 2^52")]
    let degrees = (members - 2) as f64;
    let difference = offered.change.less(control.change);
    let without_offer = offered.after - difference.value;
    let scale = outcome.scale();
    Some(Effect {
        outcome,
        unit: outcome.unit().to_owned(),
        difference: difference.scaled(scale).estimate(degrees),
        control_after: control.after * scale,
        relative: (without_offer > 0.0).then(|| difference.value / without_offer),
        regression_share: share(offered.change, control.change, degrees),
        difference_before: offered.before.less(control.before).scaled(scale).estimate(degrees),
    })
}

/// The control group's change as a share of that of the offered, by the delta method; none where the latter may be
/// zero, for then there is no share of it.
fn share(offered: Figure, control: Figure, degrees: f64) -> Option<Estimate> {
    if offered.estimate(degrees).covers(0.0) {
        return None;
    }
    let value = control.value / offered.value;
    let variance = (control.variance + value * value * offered.variance) / (offered.value * offered.value);
    Some(Figure { value, variance }.estimate(degrees))
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn the_quantile_is_that_of_the_tables() {
        for (degrees, known) in [(30.0, 2.042), (58.0, 2.002), (120.0, 1.980), (1e9, 1.960)] {
            assert!((quantile(degrees) - known).abs() < 0.001, "{degrees}: {}", quantile(degrees));
        }
    }
}
