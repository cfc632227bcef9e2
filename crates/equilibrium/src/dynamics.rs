//! How shares change where more is earned: replicator and logit.

use crate::game::Payoffs;

/// How shares change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dynamics {
    /// A share grows by what its strategy earns beyond the average.
    Replicator,
    /// Shares go to those of a logit choice.
    Logit {
        /// By how much the log-odds of a strategy rise with what it earns.
        intensity: f64,
    },
}

impl Dynamics {
    /// By how much each share changes at some shares; under the replicator payoffs count in units of the largest difference between two.
    #[must_use]
    pub fn flow(self, payoffs: &Payoffs, shares: &[f64]) -> Vec<f64> {
        let earned = payoffs.at(shares);
        match self {
            Self::Replicator => {
                let mean = Payoffs::mean(shares, &earned);
                let gain = |(share, earned): (&f64, &f64)| payoffs.scaled(share * (earned - mean));
                shares.iter().zip(&earned).map(gain).collect()
            }
            Self::Logit { intensity } => {
                let choice = dtao_agents::switcher::logit(&earned, intensity);
                choice.iter().zip(shares).map(|(choice, share)| choice - share).collect()
            }
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replicator => "replicator",
            Self::Logit { .. } => "logit",
        }
    }

    /// The intensity of choice, if there is one.
    #[must_use]
    pub const fn intensity(self) -> Option<f64> {
        match self {
            Self::Replicator => None,
            Self::Logit { intensity } => Some(intensity),
        }
    }

    /// The derivatives of the flow by all shares except the last, which is what is left of 1: rows are shares.
    #[must_use]
    pub fn jacobian(self, payoffs: &Payoffs, shares: &[f64]) -> Vec<Vec<f64>> {
        const STEP: f64 = 1e-5;
        let free = shares.len() - 1;
        let flow = |at: usize, step: f64| {
            let mut moved = shares.to_vec();
            moved[at] += step;
            moved[free] -= step;
            self.flow(payoffs, &moved)
        };
        let columns: Vec<Vec<f64>> = (0..free)
            .map(|at| {
                let (up, down) = (flow(at, STEP), flow(at, -STEP));
                up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * STEP)).collect()
            })
            .collect();
        (0..free).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
    }
}

/// Whether a small push away from a rest point dies out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Any dies out.
    Stable,
    /// Some grow.
    Unstable,
    /// It is not decided at first order: such as the centre of a cycle, or a point of a line of rest points.
    Neutral,
}

impl Stability {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Unstable => "unstable",
            Self::Neutral => "neutral",
        }
    }

    /// Of a linear flow, by the real parts of its eigenvalues: whether all are below 0 by a margin, or one above.
    ///
    /// Which side they are on is told by the coefficients of the characteristic polynomial (Faddeev, Le Verrier) of the matrix
    /// moved by the margin, in Routh's scheme.
    #[must_use]
    pub fn of(matrix: &[Vec<f64>]) -> Self {
        const MARGIN: f64 = 1e-6;
        if all_left(&moved(matrix, MARGIN)) {
            Self::Stable
        } else if all_left(&moved(matrix, -MARGIN)) {
            Self::Neutral
        } else {
            Self::Unstable
        }
    }
}

/// The matrix plus a number on its diagonal.
fn moved(matrix: &[Vec<f64>], by: f64) -> Vec<Vec<f64>> {
    let mut moved = matrix.to_vec();
    for (at, row) in moved.iter_mut().enumerate() {
        row[at] += by;
    }
    moved
}

/// Whether all eigenvalues have real parts below 0.
fn all_left(matrix: &[Vec<f64>]) -> bool {
    let polynomial = characteristic(matrix);
    let mut above: Vec<f64> = polynomial.iter().step_by(2).copied().collect();
    let mut below: Vec<f64> = polynomial.iter().skip(1).step_by(2).copied().collect();
    // Every element of the scheme's first column has the sign of the first, which is 1.
    for _ in 0..matrix.len() {
        let Some(&first) = below.first() else { return true };
        if first.is_nan() || first <= 0.0 {
            return false;
        }
        let ratio = above[0] / first;
        let of = |row: &[f64], at: usize| row.get(at).copied().unwrap_or(0.0);
        let next = (1..above.len()).map(|at| of(&above, at) - ratio * of(&below, at)).collect();
        above = std::mem::replace(&mut below, next);
    }
    true
}

/// The coefficients of the characteristic polynomial, that of the highest power, which is 1, first.
fn characteristic(matrix: &[Vec<f64>]) -> Vec<f64> {
    let n = matrix.len();
    let mut coefficients = vec![1.0];
    let mut product = vec![vec![0.0; n]; n];
    for power in 1..=n {
        let last = coefficients[power - 1];
        for (at, row) in product.iter_mut().enumerate() {
            row[at] += last;
        }
        product = (0..n)
            .map(|row| {
                let element = |column: usize| (0..n).map(|k| matrix[row][k] * product[k][column]).sum();
                (0..n).map(element).collect()
            })
            .collect();
        let trace: f64 = (0..n).map(|at| product[at][at]).sum();
        coefficients.push(-trace / power as f64);
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_characteristic_polynomial_is_that_of_the_eigenvalues() {
        // Eigenvalues 1, 2 and 3: (s - 1)(s - 2)(s - 3).
        let triangular = vec![vec![1.0, 7.0, -2.0], vec![0.0, 2.0, 5.0], vec![0.0, 0.0, 3.0]];
        assert_eq!(characteristic(&triangular), [1.0, -6.0, 11.0, -6.0]);
    }

    #[test]
    fn stability_is_that_of_the_eigenvalues() {
        let of = |a: f64, b: f64, c: f64| {
            Stability::of(&[vec![a, 4.0, 1.0], vec![0.0, b, 9.0], vec![0.0, 0.0, c]])
        };
        assert_eq!(of(-1.0, -2.0, -0.5), Stability::Stable);
        assert_eq!(of(-1.0, 0.3, -0.5), Stability::Unstable);
        assert_eq!(of(-1.0, -2.0, 0.0), Stability::Neutral);
        // A rotation: eigenvalues i and -i, moved to either side.
        let turning = |by: f64| Stability::of(&[vec![by, 1.0], vec![-1.0, by]]);
        assert_eq!(turning(-0.1), Stability::Stable);
        assert_eq!(turning(0.0), Stability::Neutral);
        assert_eq!(turning(0.1), Stability::Unstable);
        assert_eq!(Stability::of(&[vec![-2.0]]), Stability::Stable);
        assert_eq!(Stability::of(&[vec![2.0]]), Stability::Unstable);
    }
}
