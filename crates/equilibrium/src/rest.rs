//! Where shares do not change.

use crate::dynamics::{Dynamics, Stability};
use crate::game::{Payoffs, splits};

/// Shares that do not change, and whether small pushes die out.
#[derive(Clone, Debug, PartialEq)]
pub struct RestPoint {
    /// The share of each strategy.
    pub shares: Vec<f64>,
    /// Whether small pushes die out.
    pub stability: Stability,
}

/// Two points are the same if no share differs by more.
const SAME: f64 = 1e-4;
/// A share below this is none.
const NONE: f64 = 1e-7;
/// Most steps of a search.
const STEPS: usize = 200;

/// All rest points that are found: under the replicator each strategy alone, and each mixture of some whose members earn the same;
/// under the logit rule every fixed point. A line of rest points shows as those of its points that the search ends at.
#[must_use]
pub fn rest_points(payoffs: &Payoffs, dynamics: Dynamics) -> Vec<RestPoint> {
    let strategies = payoffs.strategies();
    let mut found: Vec<Vec<f64>> = Vec::new();
    let mut add = |shares: Vec<f64>| {
        if found.iter().all(|other| distance(other, &shares) > SAME) {
            found.push(shares);
        }
    };
    match dynamics {
        Dynamics::Replicator => {
            // Every set of strategies, by the bits of a number.
            for set in 1_u32..1 << strategies {
                let support: Vec<usize> = (0..strategies).filter(|at| set >> at & 1 == 1).collect();
                if let [alone] = support[..] {
                    let mut shares = vec![0.0; strategies];
                    shares[alone] = 1.0;
                    add(shares);
                    continue;
                }
                for start in starts(support.len()) {
                    let mut shares = vec![0.0; strategies];
                    for (&at, share) in support.iter().zip(start) {
                        shares[at] = share;
                    }
                    if let Some(shares) = equal_payoffs(payoffs, shares, &support) {
                        add(shares);
                    }
                }
            }
        }
        Dynamics::Logit { .. } => {
            for start in starts(strategies) {
                if let Some(shares) = fixed_point(payoffs, dynamics, start) {
                    add(shares);
                }
            }
        }
    }
    let stability = |shares: &[f64]| {
        if strategies == 1 { Stability::Stable } else { Stability::of(&dynamics.jacobian(payoffs, shares)) }
    };
    found.into_iter().map(|shares| RestPoint { stability: stability(&shares), shares }).collect()
}

/// The largest difference of a share.
#[must_use]
pub fn distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

/// The starts of a search: mixtures of all of so many strategies.
fn starts(strategies: usize) -> Vec<Vec<f64>> {
    mixtures(strategies, strategies + 3)
}

/// Mixtures of all of so many strategies whose shares are whole parts of so many.
pub(crate) fn mixtures(strategies: usize, parts: usize) -> Vec<Vec<f64>> {
    let inner = splits(parts - strategies, strategies).into_iter();
    inner.map(|split| split.into_iter().map(|part| (part + 1) as f64 / parts as f64).collect()).collect()
}

/// Newton's search for a mixture of a set whose members earn the same.
fn equal_payoffs(payoffs: &Payoffs, start: Vec<f64>, support: &[usize]) -> Option<Vec<f64>> {
    let (&last, free) = support.split_last()?;
    let differences = |shares: &[f64]| -> Vec<f64> {
        let earned = payoffs.at(shares);
        free.iter().map(|&at| payoffs.scaled(earned[at] - earned[last])).collect()
    };
    newton(start, (free, last), NONE, &differences)
}

/// Newton's search for shares that a logit rule gives again.
fn fixed_point(payoffs: &Payoffs, dynamics: Dynamics, start: Vec<f64>) -> Option<Vec<f64>> {
    let last = start.len() - 1;
    let free: Vec<usize> = (0..last).collect();
    let flow = |shares: &[f64]| -> Vec<f64> {
        let mut flow = dynamics.flow(payoffs, shares);
        flow.truncate(last);
        flow
    };
    newton(start, (&free, last), 0.0, &flow)
}

/// A mixture at which some differences are 0 and every share is more than `least`; the free shares move, and the last one is what is
/// left.
fn newton(
    start: Vec<f64>,
    (free, last): (&[usize], usize),
    least: f64,
    differences: &impl Fn(&[f64]) -> Vec<f64>,
) -> Option<Vec<f64>> {
    const STEP: f64 = 1e-6;
    const ZERO: f64 = 1e-11;
    let mut shares = start;
    for _ in 0..STEPS {
        let here = differences(&shares);
        if here.iter().all(|difference| difference.abs() < ZERO) {
            return free.iter().chain([&last]).all(|&at| shares[at] > least).then_some(shares);
        }
        let columns: Vec<Vec<f64>> = free
            .iter()
            .map(|&at| {
                let mut moved = shares.clone();
                moved[at] += STEP;
                moved[last] -= STEP;
                differences(&moved).iter().zip(&here).map(|(there, here)| (there - here) / STEP).collect()
            })
            .collect();
        let rows = (0..free.len()).map(|row| columns.iter().map(|column| column[row]).collect()).collect();
        let step = linear(rows, here)?;
        // No further than half of the way out of the simplex.
        let mut length: f64 = 1.0;
        let all: f64 = step.iter().sum();
        for (&at, by) in free.iter().zip(&step).chain([(&last, &-all)]) {
            if *by >= shares[at] {
                length = length.min(0.5 * shares[at] / by);
            }
        }
        for (&at, by) in free.iter().zip(&step) {
            shares[at] -= length * by;
            shares[last] += length * by;
        }
    }
    None
}

/// The solution of linear equations, by elimination; none if they have no single one.
fn linear(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()))?;
        if rows[pivot][at].abs() < 1e-13 {
            return None;
        }
        rows.swap(at, pivot);
        right.swap(at, pivot);
        let (above, below) = rows.split_at_mut(at + 1);
        let above = &above[at];
        for (row, place) in below.iter_mut().zip(at + 1..) {
            let factor = row[at] / above[at];
            for (cell, above) in row.iter_mut().zip(above).skip(at) {
                *cell -= factor * above;
            }
            right[place] -= factor * right[at];
        }
    }
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|column| rows[at][column] * right[column]).sum();
        right[at] = (right[at] - known) / rows[at][at];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_equations_are_solved_and_those_without_one_solution_refused() {
        let rows = vec![vec![0.0, 2.0], vec![3.0, 1.0]];
        assert_eq!(linear(rows, vec![4.0, 11.0]), Some(vec![3.0, 2.0]));
        assert_eq!(linear(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![1.0, 3.0]), None);
    }

    #[test]
    fn starts_are_mixtures_of_all() {
        for strategies in 2..=5 {
            let starts = starts(strategies);
            assert!(starts.len() > 3 && starts.iter().all(|start| start.iter().all(|share| *share > 0.0)));
            assert!(starts.iter().all(|start| (start.iter().sum::<f64>() - 1.0).abs() < 1e-12));
        }
    }
}
