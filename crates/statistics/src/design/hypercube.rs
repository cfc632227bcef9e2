//! Latin hypercubes.

use rand::Rng;

use super::{DesignError, DesignSeed};
use crate::random::{Purpose, generator, permutation};

/// Points of which each factor's axis, cut into as many equal parts as there are rows, has one in every part.
/// A factor's coordinates do not depend on how many other factors there are. Source: `McKay`, Beckman, Conover
/// 1979, doi:10.1080/00401706.1979.10489755.
///
/// # Errors
/// If there are no rows or factors.
pub fn latin_hypercube(seed: DesignSeed, rows: usize, factors: usize) -> Result<Vec<Vec<f64>>, DesignError> {
    if rows == 0 || factors == 0 {
        return Err(DesignError::Empty { factors, rows });
    }
    let mut points = vec![vec![0.0; factors]; rows];
    for factor in 0..factors {
        let mut random = generator(Purpose::LatinHypercube, seed.0, factor as u64);
        let parts = permutation(&mut random, rows);
        for (point, part) in points.iter_mut().zip(parts) {
            // 32 random bits, and never at a part's edge, so that no rounding moves a point to the next part.
            let within = (f64::from(random.next_u32()) + 0.5) / 4_294_967_296.0;
            point[factor] = (part as f64 + within) / rows as f64;
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_part_of_every_axis_has_one_point(seed: u64, rows in 1..300_usize, factors in 1..6_usize) {
            let points = latin_hypercube(DesignSeed(seed), rows, factors).expect("not empty");
            for factor in 0..factors {
                let mut parts: Vec<usize> =
                    points.iter().map(|point| (point[factor] * rows as f64).floor() as usize).collect();
                parts.sort_unstable();
                prop_assert_eq!(parts, (0..rows).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn factors_are_not_correlated() {
        let points = latin_hypercube(DesignSeed(1), 10_000, 2).expect("not empty");
        let correlation =
            points.iter().map(|point| (point[0] - 0.5) * (point[1] - 0.5)).sum::<f64>() / 10_000.0 * 12.0;
        // Four standard errors.
        assert!(correlation.abs() < 0.04, "{correlation}");
    }

    #[test]
    fn another_seed_gives_other_points_and_another_factor_changes_none() {
        let points = |seed, factors| latin_hypercube(DesignSeed(seed), 20, factors).expect("not empty");
        assert_ne!(points(1, 2), points(2, 2));
        assert!(points(1, 2).iter().zip(points(1, 3)).all(|(two, three)| *two == three[..2]));
        assert_eq!(latin_hypercube(DesignSeed(1), 0, 2), Err(DesignError::Empty { factors: 2, rows: 0 }));
    }
}
