//! A design's points as they are written, and what may not become of them.

use std::collections::BTreeMap;

use super::{Axis, DesignError};

/// What a design needs of its points besides their places in the cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// No point may stand there twice: it would be run twice and counted twice.
    DistinctPoints,
    /// Each factor varies; the same value may come again.
    Variation,
    /// Each factor has this many levels, steps go over half of them, and each step must change the value. Levels
    /// of a range of whole numbers may fall together, since there may be fewer of those.
    Levels(usize),
}

/// The points of the unit cube as they are written.
///
/// # Errors
/// If rounding has taken away what the design needs.
pub fn written(
    points: impl IntoIterator<Item = Vec<f64>>,
    axes: &[Axis],
    needs: Needs,
) -> Result<Vec<Vec<String>>, DesignError> {
    if let Needs::Levels(levels) = needs {
        for (factor, axis) in axes.iter().enumerate() {
            check_levels(axis, factor, levels)?;
        }
    }
    let text =
        |point: Vec<f64>| -> Vec<String> { point.iter().zip(axes).map(|(&u, axis)| axis.at(u)).collect() };
    let points: Vec<Vec<String>> = points.into_iter().map(text).collect();
    if points.len() > 1 {
        for factor in 0..axes.len() {
            let value = &points[0][factor];
            if points.iter().all(|point| point[factor] == *value) {
                return Err(DesignError::Collapsed { factor, value: value.clone(), points: points.len() });
            }
        }
    }
    if needs == Needs::DistinctPoints {
        let mut seen: BTreeMap<&[String], usize> = BTreeMap::new();
        for (number, point) in points.iter().enumerate() {
            if let Some(first) = seen.insert(point, number) {
                return Err(DesignError::SamePoint { first, second: number, values: point.join(", ") });
            }
        }
    }
    Ok(points)
}

fn check_levels(axis: &Axis, factor: usize, levels: usize) -> Result<(), DesignError> {
    let values: Vec<String> = (0..levels).map(|level| axis.at(level as f64 / (levels - 1) as f64)).collect();
    let half = levels / 2;
    let together = if axis.is_whole() {
        (0..half).find(|&level| values[level] == values[level + half]).map(|level| (level, level + half))
    } else {
        (1..levels).find(|&level| values[level] == values[level - 1]).map(|level| (level - 1, level))
    };
    together.map_or(Ok(()), |(first, second)| {
        let value = values[first].clone();
        Err(DesignError::SameLevel { factor, first: first + 1, second: second + 1, levels, value })
    })
}

#[cfg(test)]
mod tests {
    use super::super::{DesignSeed, MorrisDesign, Range, SobolDesign, latin_hypercube};
    use super::*;

    fn axis(low: f64, high: f64, places: Option<u8>) -> Axis {
        Axis::new(Range::linear(low, high).expect("valid"), places).expect("within")
    }

    fn whole(low: i64, high: i64) -> Axis {
        Axis::new(Range::integer(low, high).expect("valid"), None).expect("within")
    }

    #[test]
    fn a_factor_that_rounding_leaves_one_value_is_refused_in_every_design() {
        let seed = DesignSeed(1);
        let free = axis(0.0, 1.0, None);
        let cube = latin_hypercube(seed, 6, 2).expect("not empty");
        let flat: Vec<Vec<f64>> = cube.into_iter().map(|point| vec![point[0], 0.0]).collect();
        let refused = written(flat, &[free, free], Needs::DistinctPoints);
        assert!(matches!(refused, Err(DesignError::Collapsed { factor: 1, points: 6, .. })), "{refused:?}");
        let design = SobolDesign::new(seed, 4, 2).expect("in bounds");
        let rows = design.points().map(|point| vec![point[0], 0.0]);
        let refused = written(rows, &[free, free], Needs::Variation);
        assert!(matches!(refused, Err(DesignError::Collapsed { factor: 1, .. })), "{refused:?}");
    }

    #[test]
    fn levels_that_are_written_alike_are_refused() {
        let points = |levels| -> Vec<Vec<f64>> {
            MorrisDesign::new(DesignSeed(1), 4, 1, levels).expect("valid").points().collect()
        };
        for (axis, levels, good) in [
            (axis(0.4, 0.6, Some(1)), 4, false),
            (axis(0.4, 0.6, Some(2)), 4, true),
            (axis(0.4, 0.7, Some(1)), 4, true),
            (axis(0.0, 1.0, Some(2)), 1024, false),
            // There are no more whole numbers; each step goes from one to another.
            (whole(1, 3), 4, true),
            (whole(1, 2), 1024, true),
            (whole(0, 100), 6, true),
        ] {
            let written = written(points(levels), &[axis], Needs::Levels(levels));
            assert_eq!(written.is_ok(), good, "{axis:?} at {levels} levels: {written:?}");
        }
    }

    #[test]
    fn a_step_always_changes_a_whole_number() {
        for high in 2..40 {
            for levels in [2, 4, 6, 8, 34, 512, 1024] {
                assert_eq!(
                    check_levels(&whole(1, high), 0, levels),
                    Ok(()),
                    "1 to {high} at {levels} levels"
                );
            }
        }
    }

    #[test]
    fn points_that_are_written_alike_are_refused() {
        let cube = latin_hypercube(DesignSeed(1), 6, 1).expect("not empty");
        let refused = written(cube.clone(), &[axis(0.4, 0.6, Some(1))], Needs::DistinctPoints);
        assert!(matches!(refused, Err(DesignError::SamePoint { .. })), "{refused:?}");
        let refused = written(cube.clone(), &[whole(1, 3)], Needs::DistinctPoints);
        assert!(matches!(refused, Err(DesignError::SamePoint { .. })), "{refused:?}");
        // A factor may have few values where another tells the points apart.
        let two = latin_hypercube(DesignSeed(1), 6, 2).expect("not empty");
        assert!(written(two, &[whole(1, 3), axis(0.0, 1.0, Some(6))], Needs::DistinctPoints).is_ok());
        assert!(written(cube[..1].to_vec(), &[whole(1, 3)], Needs::DistinctPoints).is_ok());
    }
}
