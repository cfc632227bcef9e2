//! Weighted least squares, solved once for many targets.
//!
//! Plain loops in a fixed order: libraries for matrices choose their order of addition by the processor, and the same
//! runs have to give the same bytes everywhere.

/// A column that keeps less than this part of its length beside the ones before it says what they say.
const INDEPENDENT: f64 = 1e-9;

/// A plane through weighted points: the value at zero, and a slope for each coordinate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    pub at_zero: f64,
    pub slopes: Vec<f64>,
}

impl Plane {
    /// How far the plane at a point is above its value at zero.
    pub fn above(&self, point: &[f64]) -> f64 {
        self.slopes.iter().zip(point).map(|(slope, x)| slope * x).sum()
    }
}

/// Points and their weights, made ready to fit planes to targets.
///
/// `[1, x] = Q R` by Gram and Schmidt, twice. Columns that depend on the ones before have slope 0.
#[derive(Clone, Debug)]
pub(crate) struct Regression {
    /// Square roots of the weights.
    roots: Vec<f64>,
    /// Orthonormal columns, each with the number of the column that it comes from.
    basis: Vec<(usize, Vec<f64>)>,
    /// By column of the basis: its coefficients on the columns of the basis up to itself.
    upper: Vec<Vec<f64>>,
    columns: usize,
}

impl Regression {
    pub fn new(points: &[Vec<f64>], weights: &[f64]) -> Self {
        let roots: Vec<f64> = weights.iter().map(|weight| weight.sqrt()).collect();
        let coordinates = points.first().map_or(0, Vec::len);
        let (mut basis, mut upper) = (Vec::<(usize, Vec<f64>)>::new(), Vec::new());
        for number in 0..=coordinates {
            let entry =
                |(point, root): (&Vec<f64>, &f64)| root * number.checked_sub(1).map_or(1.0, |at| point[at]);
            let mut column: Vec<f64> = points.iter().zip(&roots).map(entry).collect();
            let length = norm(&column);
            let mut coefficients = vec![0.0; basis.len()];
            for _ in 0..2 {
                for (coefficient, (_, other)) in coefficients.iter_mut().zip(&basis) {
                    let along = dot(&column, other);
                    *coefficient += along;
                    column.iter_mut().zip(other).for_each(|(x, direction)| *x -= along * direction);
                }
            }
            let rest = norm(&column);
            if rest > INDEPENDENT * length {
                for x in &mut column {
                    *x /= rest;
                }
                coefficients.push(rest);
                basis.push((number, column));
                upper.push(coefficients);
            }
        }
        Self { roots, basis, upper, columns: coordinates + 1 }
    }

    /// How much each point pulls the plane towards itself: from 0 to 1.
    pub fn leverages(&self) -> Vec<f64> {
        (0..self.roots.len())
            .map(|row| self.basis.iter().map(|(_, column)| column[row] * column[row]).sum())
            .collect()
    }

    /// The variance of the plane's value at zero, over that of a target's distance from it at a point of weight 1.
    pub fn variance_at_zero(&self) -> f64 {
        let mut solved: Vec<f64> = Vec::with_capacity(self.basis.len());
        for ((number, _), coefficients) in self.basis.iter().zip(&self.upper) {
            let known: f64 = coefficients.iter().zip(&solved).map(|(c, u)| c * u).sum();
            let wanted = if *number == 0 { 1.0 } else { 0.0 };
            solved.push((wanted - known) / coefficients[solved.len()]);
        }
        solved.iter().map(|u| u * u).sum()
    }

    /// The plane through a target, which has a value for each point.
    pub fn plane(&self, target: &[f64]) -> Plane {
        let weighted: Vec<f64> = target.iter().zip(&self.roots).map(|(value, root)| value * root).collect();
        let mut along: Vec<f64> = self.basis.iter().map(|(_, column)| dot(&weighted, column)).collect();
        let mut solved = vec![0.0; self.columns];
        for at in (0..self.basis.len()).rev() {
            let coefficients = &self.upper[at];
            let value = along[at] / coefficients[at];
            solved[self.basis[at].0] = value;
            along.iter_mut().zip(coefficients).take(at).for_each(|(rest, c)| *rest -= c * value);
        }
        let slopes = solved.split_off(1);
        Plane { at_zero: solved[0], slopes }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(column: &[f64]) -> f64 {
    dot(column, column).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Vec<f64>> {
        (0..30_u32).map(|i| vec![f64::from(i % 7), f64::from(i * i % 11), f64::from(i % 3)]).collect()
    }

    #[test]
    fn a_plane_is_found_whatever_the_weights() {
        let points = points();
        let target: Vec<f64> = points.iter().map(|x| 5.0 + 2.0 * x[0] - 3.0 * x[1] + 0.5 * x[2]).collect();
        let weights: Vec<f64> = (0..30_u32).map(|i| f64::from(1 + i % 4)).collect();
        let plane = Regression::new(&points, &weights).plane(&target);
        assert!((plane.at_zero - 5.0).abs() < 1e-12, "{plane:?}");
        for (slope, known) in plane.slopes.iter().zip([2.0, -3.0, 0.5]) {
            assert!((slope - known).abs() < 1e-12, "{plane:?}");
        }
    }

    #[test]
    fn a_weighted_mean_is_the_plane_without_coordinates() {
        let plane = Regression::new(&vec![vec![]; 3], &[1.0, 1.0, 2.0]).plane(&[0.0, 4.0, 6.0]);
        assert!((plane.at_zero - 4.0).abs() < 1e-15 && plane.slopes.is_empty(), "{plane:?}");
    }

    #[test]
    fn a_coordinate_that_repeats_others_or_is_constant_changes_nothing() {
        let plain = points();
        let target: Vec<f64> = plain.iter().enumerate().map(|(i, x)| x[0] * x[1] + (i % 5) as f64).collect();
        let more: Vec<Vec<f64>> =
            plain.iter().map(|x| vec![x[0], x[1], x[2], x[0] - 2.0 * x[1], 7.0]).collect();
        let weights = vec![1.0; plain.len()];
        let (few, many) = (Regression::new(&plain, &weights), Regression::new(&more, &weights));
        let (few, many) = (few.plane(&target), many.plane(&target));
        assert!((few.at_zero - many.at_zero).abs() < 1e-9, "{few:?} {many:?}");
        assert_eq!(many.slopes[3..], [0.0, 0.0]);
    }

    #[test]
    fn leverages_of_a_mean_and_of_a_line_are_the_known_ones() {
        let mean = Regression::new(&vec![vec![]; 4], &[1.0; 4]);
        assert!((mean.variance_at_zero() - 0.25).abs() < 1e-15);
        assert!(mean.leverages().iter().all(|leverage| (leverage - 0.25).abs() < 1e-15));
        // x of 1, 2, 3: 1/3 + (x - 2)^2 / 2, at zero 1/3 + 2.
        let line = Regression::new(&[vec![1.0], vec![2.0], vec![3.0]], &[1.0; 3]);
        assert!((line.variance_at_zero() - 7.0 / 3.0).abs() < 1e-12);
        let known = [5.0 / 6.0, 1.0 / 3.0, 5.0 / 6.0];
        assert!(line.leverages().iter().zip(known).all(|(found, known)| (found - known).abs() < 1e-12));
        // Together they are as many as there are columns.
        let sum: f64 = Regression::new(&points(), &[1.0; 30]).leverages().iter().sum();
        assert!((sum - 4.0).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn residuals_are_orthogonal_to_what_explains() {
        let points = points();
        let target: Vec<f64> = points.iter().map(|x| x[0] * x[0] - x[1] * x[2]).collect();
        let weights: Vec<f64> = (0..30_u32).map(|i| f64::from(1 + i % 2)).collect();
        let plane = Regression::new(&points, &weights).plane(&target);
        for coordinate in 0..4 {
            let sum: f64 = (0..30)
                .map(|i| {
                    let residual = target[i] - plane.at_zero - plane.above(&points[i]);
                    let x = if coordinate == 3 { 1.0 } else { points[i][coordinate] };
                    weights[i] * residual * x
                })
                .sum();
            assert!(sum.abs() < 1e-9, "{coordinate}: {sum}");
        }
    }
}
