//! The capacity cut-off: a regression discontinuity in the rank of the priority order.
//!
//! Before the cut-off stand members with more events, who also come back further by themselves; all offered against all
//! waiting would take that for an effect. So each side is followed by a local line up to the cut-off itself, and the
//! two ends are compared. The width is fixed beforehand and not looked for in the outcome.

use super::rates::Sample;
use super::{Arm, ByArm, Subject};

/// How far from the cut-off members are taken, as a share of their wave.
pub const WIDTH: f64 = 0.25;

/// The distance from the cut-off as a share of the wave; below zero: before it.
fn distance(subject: &Subject) -> f64 {
    let standing = &subject.assignment;
    // The cut-off lies between the last rank that got a place and the first that did not.
    (f64::from(standing.rank) - f64::from(standing.cut_off) + 0.5) / f64::from(standing.cases.max(1))
}

/// The sides of the cut-off.
pub(super) fn samples(subjects: &[Subject]) -> ByArm<Sample<'_>> {
    let side = |arm: Arm| -> Vec<&Subject> {
        let near = subjects.iter().filter(|subject| distance(subject).abs() < WIDTH);
        near.filter(|subject| subject.assignment.arm == arm).collect()
    };
    ByArm { offered: line(side(Arm::Offered)), control: line(side(Arm::Control)) }
}

/// A member of a side, as the local line sees it.
struct Point {
    x: f64,
    kernel: f64,
    weight: f64,
    leverage: f64,
}

/// The weights that make a weighted sum of members' values the end of the local line at the cut-off, and the distances
/// from that line. Those are lengthened by the leverage of each member (HC3), which keeps intervals honest where few
/// members stand near the cut-off.
fn line(members: Vec<&Subject>) -> Sample<'_> {
    let xs: Vec<(f64, f64)> =
        members.iter().map(|member| (distance(member), 1.0 - distance(member).abs() / WIDTH)).collect();
    let moment = |power: i32| xs.iter().map(|(x, kernel)| kernel * x.powi(power)).sum::<f64>();
    let (s0, s1, s2) = (moment(0), moment(1), moment(2));
    let determinant = s0 * s2 - s1 * s1;
    let points: Vec<Point> = xs
        .into_iter()
        .map(|(x, kernel)| Point {
            x,
            kernel,
            weight: kernel * (s2 - s1 * x) / determinant,
            leverage: kernel * (s2 - 2.0 * s1 * x + s0 * x * x) / determinant,
        })
        .collect();
    let weights = points.iter().map(|point| point.weight).collect();
    Sample {
        members,
        weights,
        errors: Box::new(move |values| from_line(&points, (s0, s1), determinant, values)),
    }
}

fn from_line(points: &[Point], (s0, s1): (f64, f64), determinant: f64, values: &[f64]) -> Vec<f64> {
    let weighted = |of: fn(f64) -> f64| -> f64 {
        points.iter().zip(values).map(|(point, value)| point.kernel * of(point.x) * value).sum()
    };
    let (t0, t1) = (weighted(|_| 1.0), weighted(|x| x));
    let slope = (s0 * t1 - s1 * t0) / determinant;
    let end: f64 = points.iter().zip(values).map(|(point, value)| point.weight * value).sum();
    let from =
        |(point, value): (&Point, &f64)| (value - end - slope * point.x) / (1.0 - point.leverage.min(0.99));
    points.iter().zip(values).map(from).collect()
}
