//! The wait list: arms are compared within strata, in which chance alone decided.

use super::rates::Sample;
use super::{Arm, ByArm, Subject};
use std::collections::BTreeMap;

/// A stratum: the positions of its members.
type Stratum = ByArm<Vec<usize>>;

/// The arms, weighted so that both have the same mix of strata. A stratum with `t` offered and `c` controls weighs
/// `t·c / (t + c)`, the weight that makes the comparison surest (that of a regression with strata as fixed effects); one
/// without a counterpart says nothing and is left out.
pub(super) fn samples(subjects: &[Subject]) -> ByArm<Sample<'_>> {
    let mut strata: BTreeMap<&str, Stratum> = BTreeMap::new();
    for (at, subject) in subjects.iter().enumerate() {
        let stratum = strata.entry(&subject.assignment.stratum).or_default();
        match subject.assignment.arm {
            Arm::Offered => stratum.offered.push(at),
            Arm::Control => stratum.control.push(at),
        }
    }
    let strata: Vec<Stratum> = strata
        .into_values()
        .filter(|stratum| !stratum.offered.is_empty() && !stratum.control.is_empty())
        .collect();
    let all: f64 = strata.iter().map(weight).sum();
    ByArm {
        offered: sample(subjects, &strata, all, |stratum| &stratum.offered),
        control: sample(subjects, &strata, all, |stratum| &stratum.control),
    }
}

#[expect(clippy::cast_precision_loss, reason = "members of a stratum are far below 2^52")]
fn weight(stratum: &Stratum) -> f64 {
    let (offered, control) = (stratum.offered.len() as f64, stratum.control.len() as f64);
    offered * control / (offered + control)
}

#[expect(clippy::cast_precision_loss, reason = "members of a stratum are far below 2^52")]
fn sample<'a>(
    subjects: &'a [Subject],
    strata: &[Stratum],
    all: f64,
    arm: impl Fn(&Stratum) -> &Vec<usize>,
) -> Sample<'a> {
    let (mut members, mut weights, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for stratum in strata {
        let own: Vec<&Subject> = arm(stratum).iter().filter_map(|at| subjects.get(*at)).collect();
        let each = weight(stratum) / all / own.len() as f64;
        weights.extend(own.iter().map(|_| each));
        sizes.push(own.len());
        members.extend(own);
    }
    Sample { members, weights, errors: Box::new(move |values| from_stratum_means(&sizes, values)) }
}

/// Distances from the mean of the own stratum, corrected for the mean being fitted. A lone member has no mean of its own:
/// its distance is that from the arm's rate, which can only be too long.
#[expect(clippy::cast_precision_loss, reason = "members of a stratum are far below 2^52")]
fn from_stratum_means(sizes: &[usize], values: &[f64]) -> Vec<f64> {
    let mut errors = Vec::with_capacity(values.len());
    let mut rest = values;
    for size in sizes {
        let (own, later) = rest.split_at(*size);
        let n = own.len() as f64;
        let (mean, correction) =
            if own.len() > 1 { (own.iter().sum::<f64>() / n, (n / (n - 1.0)).sqrt()) } else { (0.0, 1.0) };
        errors.extend(own.iter().map(|value| (value - mean) * correction));
        rest = later;
    }
    errors
}
