//! Where shares end, by where they start.

use crate::dynamics::{Dynamics, Stability};
use crate::game::Payoffs;
use crate::rest::{RestPoint, distance, mixtures};

/// Where starts end.
#[derive(Clone, Debug, PartialEq)]
pub struct Basins {
    /// The part of the starts that ends at each rest point.
    pub ends: Vec<f64>,
    /// The part that ends at none of them, such as on a cycle.
    pub elsewhere: f64,
}

/// A start is at a rest point once no share differs by more.
const AT: f64 = 1e-3;
/// Time that a start has.
const TIME: f64 = 1_000.0;
/// A step of time.
const STEP: f64 = 0.5;

/// Follows the dynamics from a grid of mixtures of all strategies, by the classical Runge-Kutta method. Rest points that are not
/// stable are no ends.
#[must_use]
pub fn basins(payoffs: &Payoffs, dynamics: Dynamics, rests: &[RestPoint]) -> Basins {
    let strategies = payoffs.strategies();
    let parts = if strategies == 2 { 40 } else { strategies + 6 };
    let starts = mixtures(strategies, parts);
    let mut counts = vec![0_usize; rests.len()];
    for start in &starts {
        if let Some(end) = end(payoffs, dynamics, rests, start) {
            counts[end] += 1;
        }
    }
    let all = starts.len() as f64;
    let ends: Vec<f64> = counts.iter().map(|&count| count as f64 / all).collect();
    let elsewhere = (starts.len() - counts.iter().sum::<usize>()) as f64 / all;
    Basins { ends, elsewhere }
}

/// The rest point at which a start ends.
#[must_use]
pub fn end(payoffs: &Payoffs, dynamics: Dynamics, rests: &[RestPoint], start: &[f64]) -> Option<usize> {
    let mut shares = start.to_vec();
    for _ in 0..(TIME / STEP) as usize {
        let at =
            |rest: &RestPoint| rest.stability == Stability::Stable && distance(&rest.shares, &shares) < AT;
        if let Some(rest) = rests.iter().position(at) {
            return Some(rest);
        }
        shares = stepped(payoffs, dynamics, &shares);
    }
    None
}

fn stepped(payoffs: &Payoffs, dynamics: Dynamics, shares: &[f64]) -> Vec<f64> {
    let moved = |flow: &[f64], by: f64| -> Vec<f64> {
        shares.iter().zip(flow).map(|(share, flow)| share + by * flow).collect()
    };
    let first = dynamics.flow(payoffs, shares);
    let second = dynamics.flow(payoffs, &moved(&first, STEP / 2.0));
    let third = dynamics.flow(payoffs, &moved(&second, STEP / 2.0));
    let fourth = dynamics.flow(payoffs, &moved(&third, STEP));
    let mean: Vec<f64> = (0..shares.len())
        .map(|at| (first[at] + 2.0 * second[at] + 2.0 * third[at] + fourth[at]) / 6.0)
        .collect();
    let next = moved(&mean, STEP);
    let sum: f64 = next.iter().map(|share| share.max(0.0)).sum();
    next.into_iter().map(|share| share.max(0.0) / sum).collect()
}
