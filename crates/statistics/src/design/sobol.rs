//! Sobol sequences, and the design for Sobol' indices made from them.

use rand::Rng;
use sobol_burley::sample;

use super::{DesignError, DesignSeed};
use crate::random::{Purpose, generator};

/// The largest number of points for which the sequence is specified.
const MOST_ROWS: usize = 1 << 16;
/// The largest number of coordinates.
const MOST_COORDINATES: usize = sobol_burley::NUM_DIMENSIONS as usize;

/// The first points of a Sobol sequence, Owen-scrambled by the seed: they fill the cube more evenly than
/// random ones, most so if their number is a power of two. Coordinates have 24 bits. Source: Burley 2020,
/// "Practical Hash-based Owen Scrambling", JCGT 9(4).
///
/// # Errors
/// If there are no rows or factors, or more than the sequence has: 65,536 rows, 256 factors.
pub fn sobol(seed: DesignSeed, rows: usize, factors: usize) -> Result<Vec<Vec<f64>>, DesignError> {
    check(rows, factors, MOST_COORDINATES)?;
    let scramble = scramble(seed);
    Ok((0..rows).map(|row| (0..factors).map(|factor| coordinate(row, factor, scramble)).collect()).collect())
}

/// The design for first-order and total indices: two independent matrices A and B of points, and for every
/// factor the matrix A with that factor's column from B.
///
/// Rows are ordered by base row: A's, then one hybrid per factor, then B's. So the first rows of a longer
/// design are a whole shorter one, and what a stopped sweep leaves undone is whole base rows. **Run all rows
/// with the same seeds**: with seeds of their own, noise looks like interaction and total indices come out
/// too large. Source: Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SobolDesign {
    scramble: u32,
    base_rows: usize,
    factors: usize,
}

/// What a row of the design is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A row of A.
    A,
    /// A row of A with this factor's coordinate from B.
    Hybrid(usize),
    /// A row of B.
    B,
}

impl SobolDesign {
    /// A design of `base_rows` times (factors + 2) points; a power of two is best.
    ///
    /// # Errors
    /// If there are fewer than two rows, no factors, or more than the sequence has: 65,536 base rows, 128 factors.
    pub fn new(seed: DesignSeed, base_rows: usize, factors: usize) -> Result<Self, DesignError> {
        check(base_rows, factors, MOST_COORDINATES / 2)?;
        if base_rows == 1 {
            return Err(DesignError::Single { what: "base row", found: base_rows });
        }
        Ok(Self { scramble: scramble(seed), base_rows, factors })
    }

    /// How many base rows there are.
    #[must_use]
    pub fn base_rows(&self) -> usize {
        self.base_rows
    }

    /// How many factors vary.
    #[must_use]
    pub fn factors(&self) -> usize {
        self.factors
    }

    /// How many points there are in all.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.base_rows * (self.factors + 2)
    }

    /// The base row that a row belongs to, and what it is for.
    #[must_use]
    pub fn role(&self, row: usize) -> (usize, Role) {
        let role = match row % (self.factors + 2) {
            0 => Role::A,
            place if place <= self.factors => Role::Hybrid(place - 1),
            _ => Role::B,
        };
        (row / (self.factors + 2), role)
    }

    /// The point of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn point(&self, row: usize) -> Vec<f64> {
        assert!(row < self.rows(), "row {row} of a design of {}", self.rows());
        let (base, role) = self.role(row);
        (0..self.factors)
            .map(|factor| {
                let from_b = role == Role::B || role == Role::Hybrid(factor);
                coordinate(base, if from_b { self.factors + factor } else { factor }, self.scramble)
            })
            .collect()
    }

    /// All points, in the order of rows.
    #[must_use]
    pub fn points(&self) -> impl ExactSizeIterator<Item = Vec<f64>> {
        (0..self.rows()).map(|row| self.point(row))
    }
}

fn check(rows: usize, factors: usize, most_factors: usize) -> Result<(), DesignError> {
    if rows == 0 || factors == 0 {
        return Err(DesignError::Empty { factors, rows });
    }
    if rows > MOST_ROWS {
        return Err(DesignError::Rows { rows, most: MOST_ROWS });
    }
    if factors > most_factors {
        return Err(DesignError::Factors { factors, most: most_factors });
    }
    Ok(())
}

fn scramble(seed: DesignSeed) -> u32 {
    generator(Purpose::Sobol, seed.0, 0).next_u32()
}

fn coordinate(row: usize, column: usize, scramble: u32) -> f64 {
    f64::from(sample(row as u32, column as u32, scramble))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_of_two_of_points_has_one_in_every_part_of_every_axis() {
        let points = sobol(DesignSeed(3), 256, 7).expect("in bounds");
        for factor in 0..7 {
            let mut parts: Vec<usize> = points.iter().map(|point| (point[factor] * 256.0) as usize).collect();
            parts.sort_unstable();
            assert_eq!(parts, (0..256).collect::<Vec<_>>());
        }
    }

    #[test]
    fn hybrids_differ_from_a_in_one_coordinate_which_is_bs() {
        let design = SobolDesign::new(DesignSeed(1), 8, 3).expect("in bounds");
        assert_eq!(design.points().len(), 40);
        for base in 0..8 {
            let at = |place: usize| design.point(base * 5 + place);
            let (a, b) = (at(0), at(4));
            assert_eq!(design.role(base * 5 + 4), (base, Role::B));
            for factor in 0..3 {
                let mut expected = a.clone();
                expected[factor] = b[factor];
                assert_eq!(at(factor + 1), expected);
                assert_eq!(design.role(base * 5 + factor + 1), (base, Role::Hybrid(factor)));
                assert_ne!(a[factor], b[factor]);
            }
        }
    }

    #[test]
    fn a_longer_design_begins_with_the_shorter() {
        let points =
            |rows| SobolDesign::new(DesignSeed(5), rows, 2).expect("in bounds").points().collect::<Vec<_>>();
        assert_eq!(points(8), points(16)[..32]);
        let other = SobolDesign::new(DesignSeed(6), 8, 2).expect("in bounds").points().collect::<Vec<_>>();
        assert_ne!(points(8), other);
    }

    #[test]
    fn the_even_filling_shows_in_an_integral() {
        // The mean of (x + y + z - 1.5)^2 is 1/4; 4,096 random points have a standard error of 0.005.
        let points = sobol(DesignSeed(2), 4_096, 3).expect("in bounds");
        let mean =
            points.iter().map(|point| (point.iter().sum::<f64>() - 1.5).powi(2)).sum::<f64>() / 4_096.0;
        assert!((mean - 0.25).abs() < 0.0005, "{mean}");
    }

    #[test]
    fn what_the_sequence_does_not_have_is_refused() {
        let seed = DesignSeed(1);
        assert!(matches!(sobol(seed, 70_000, 1), Err(DesignError::Rows { most: 65_536, .. })));
        assert!(matches!(SobolDesign::new(seed, 8, 129), Err(DesignError::Factors { most: 128, .. })));
        assert!(matches!(SobolDesign::new(seed, 8, 0), Err(DesignError::Empty { .. })));
        assert!(matches!(SobolDesign::new(seed, 1, 2), Err(DesignError::Single { found: 1, .. })));
        assert!(
            SobolDesign::new(seed, 65_536, 128).expect("in bounds").point(65_535 * 130 + 129).len() == 128
        );
    }
}
