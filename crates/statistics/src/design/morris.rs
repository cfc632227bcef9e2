//! Morris trajectories.

use rand::Rng;

use super::{DesignError, DesignSeed};
use crate::random::{Purpose, below, generator, permutation};

/// Trajectories that move one factor at a time, by half the levels, in random order and direction.
///
/// ```text
/// coordinates  0, 1/(p-1), ..., 1          p levels
/// step         p / (2 (p - 1))
/// ```
/// That is the step in the unit cube; what a step changes is known from the values that are written.
///
/// A trajectory has one point more than there are factors; it depends on the seed and its own number only, so
/// a longer design begins with a shorter. **Run all points with the same seeds.** Source: Morris 1991,
/// doi:10.1080/00401706.1991.10484804.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MorrisDesign {
    seed: DesignSeed,
    trajectories: usize,
    factors: usize,
    levels: usize,
}

/// One walk: where it starts, and which factor each step moves which way.
pub(crate) struct Trajectory {
    start: Vec<usize>,
    pub(crate) steps: Vec<Step>,
}

/// A step of a walk.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) factor: usize,
    /// By how many levels it moves; negative downwards.
    by: isize,
}

impl MorrisDesign {
    /// A design of `trajectories` times (factors + 1) points.
    ///
    /// # Errors
    /// If there are fewer than two trajectories, no factors, or the number of levels is odd or out of bounds.
    pub fn new(
        seed: DesignSeed,
        trajectories: usize,
        factors: usize,
        levels: usize,
    ) -> Result<Self, DesignError> {
        if trajectories == 0 || factors == 0 {
            return Err(DesignError::Empty { factors, rows: trajectories });
        }
        if trajectories == 1 {
            return Err(DesignError::Single { what: "trajectory", found: trajectories });
        }
        if !levels.is_multiple_of(2) || !(2..=1024).contains(&levels) {
            return Err(DesignError::Levels(levels));
        }
        Ok(Self { seed, trajectories, factors, levels })
    }

    /// How many trajectories there are.
    #[must_use]
    pub fn trajectories(&self) -> usize {
        self.trajectories
    }

    /// How many factors vary.
    #[must_use]
    pub fn factors(&self) -> usize {
        self.factors
    }

    /// How many points there are in all.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.trajectories * (self.factors + 1)
    }

    /// All points, trajectory by trajectory.
    pub fn points(&self) -> impl Iterator<Item = Vec<f64>> {
        (0..self.trajectories).flat_map(|number| {
            let Trajectory { start, steps } = self.trajectory(number);
            let mut levels = start;
            let mut points = vec![self.coordinates(&levels)];
            for Step { factor, by } in steps {
                levels[factor] =
                    levels[factor].checked_add_signed(by).expect("a step stays within the levels");
                points.push(self.coordinates(&levels));
            }
            points
        })
    }

    pub(crate) fn trajectory(&self, number: usize) -> Trajectory {
        let mut random = generator(Purpose::Morris, self.seed.0, number as u64);
        let half = self.levels / 2;
        let step = half.cast_signed();
        let order = permutation(&mut random, self.factors);
        let mut start: Vec<usize> = (0..self.factors).map(|_| below(&mut random, half)).collect();
        let steps = order
            .into_iter()
            .map(|factor| {
                let downwards = random.next_u64() >> 63 == 1;
                if downwards {
                    start[factor] += half;
                }
                Step { factor, by: if downwards { -step } else { step } }
            })
            .collect();
        Trajectory { start, steps }
    }

    fn coordinates(&self, levels: &[usize]) -> Vec<f64> {
        levels.iter().map(|&level| level as f64 / (self.levels - 1) as f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_moves_one_factor_by_half_the_levels_and_each_factor_moves_once() {
        let design = MorrisDesign::new(DesignSeed(4), 50, 5, 4).expect("valid");
        let points: Vec<Vec<f64>> = design.points().collect();
        assert_eq!(points.len(), design.rows());
        for walk in points.chunks(6) {
            let mut moved: Vec<usize> = walk
                .windows(2)
                .map(|pair| {
                    let changes: Vec<usize> = (0..5).filter(|&i| pair[0][i] != pair[1][i]).collect();
                    assert_eq!(changes.len(), 1);
                    assert!(((pair[0][changes[0]] - pair[1][changes[0]]).abs() - 2.0 / 3.0).abs() < 1e-15);
                    changes[0]
                })
                .collect();
            moved.sort_unstable();
            assert_eq!(moved, [0, 1, 2, 3, 4]);
            assert!(walk.iter().flatten().all(|x| [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].contains(x)));
        }
    }

    #[test]
    fn levels_are_visited_equally_often() {
        let design = MorrisDesign::new(DesignSeed(4), 4_000, 1, 4).expect("valid");
        for level in [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0] {
            let visits = design.points().filter(|point| point[0] == level).count();
            // 2,000 expected; five standard deviations of a binomial of 4,000 at 1/2.
            assert!(visits.abs_diff(2_000) < 160, "{level}: {visits}");
        }
    }

    #[test]
    fn a_longer_design_begins_with_the_shorter_and_odd_levels_are_refused() {
        let points =
            |n| MorrisDesign::new(DesignSeed(4), n, 3, 6).expect("valid").points().collect::<Vec<_>>();
        assert_eq!(points(5), points(9)[..20]);
        assert_eq!(MorrisDesign::new(DesignSeed(4), 5, 3, 5), Err(DesignError::Levels(5)));
        assert_eq!(
            MorrisDesign::new(DesignSeed(4), 0, 3, 4),
            Err(DesignError::Empty { factors: 3, rows: 0 })
        );
        let one = MorrisDesign::new(DesignSeed(4), 1, 3, 4);
        assert_eq!(one, Err(DesignError::Single { what: "trajectory", found: 1 }));
    }
}
