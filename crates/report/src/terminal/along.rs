//! Values along a factor as rows: one for each value where there are few, else one for each part of the factor's range.

use crate::svg::{Curve, Curves, IntervalRow, Intervals, Mark, Positions};
use crate::text::{number, shown};

/// Most rows of one series, where its values are connected.
const MOST: usize = 12;

/// Into how many parts the range of a factor is divided whose values are many.
const PARTS: usize = 8;

/// The same as values with intervals: of each value of the factor its mark; of parts of its range the mean, from the lowest to the
/// highest value there.
pub(super) fn rows(curves: &Curves) -> Intervals {
    let longest = curves.series.iter().map(|curve| curve.points.len()).max().unwrap_or(0);
    let in_parts = longest > MOST || !curves.connected;
    let named = curves.series.len() > 1;
    let mut rows = Vec::new();
    for curve in &curves.series {
        let of = if in_parts { parts(curve) } else { values(curve, &curves.positions) };
        let name = |at: String| if named { format!("{at} {}", curve.name) } else { at };
        rows.extend(of.into_iter().map(|(at, mark)| IntervalRow { name: name(at), marks: vec![Some(mark)] }));
    }
    let along = &curves.across;
    let axis = if in_parts {
        format!(
            "{} along {along}, points of the design together: their mean, from the lowest to the highest",
            curves.up
        )
    } else {
        format!("{} along {along}", curves.up)
    };
    Intervals { axis, series: vec![String::new()], rows, zero: false }
}

/// Each value.
fn values(curve: &Curve, positions: &Positions) -> Vec<(String, Mark)> {
    let name = |at: f64| match positions {
        Positions::Numbers => number(at),
        Positions::Names(names) => names.get(at as usize).map_or_else(|| number(at), |name| shown(name)),
    };
    curve.points.iter().map(|&(at, mark)| (name(at), mark)).collect()
}

/// Parts of the range, as wide as each other; those without a point are left out.
fn parts(curve: &Curve) -> Vec<(String, Mark)> {
    let ends = || curve.points.iter().map(|(at, _)| *at);
    let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let wide = (high - low) / PARTS as f64;
    let part = |at: f64| if wide > 0.0 { (((at - low) / wide) as usize).min(PARTS - 1) } else { 0 };
    let of = |number_of: usize| {
        let inside = curve.points.iter().filter(|(at, _)| part(*at) == number_of);
        let inside: Vec<f64> = inside.map(|(_, mark)| mark.value).collect();
        let least = inside.iter().copied().fold(f64::INFINITY, f64::min);
        let most = inside.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let value = inside.iter().sum::<f64>() / inside.len() as f64;
        let from = low + wide * number_of as f64;
        let name = format!("{} to {}", number(from), number(from + wide));
        (!inside.is_empty()).then_some((name, Mark { value, interval: Some((least, most)) }))
    };
    (0..PARTS).filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(points: Vec<(f64, Mark)>, connected: bool, series: usize) -> Curves {
        let curve = |at: usize| Curve { name: format!("arm {at}"), points: points.clone() };
        Curves {
            across: "buys".into(),
            up: "price, TAO per alpha".into(),
            positions: Positions::Numbers,
            series: (0..series).map(curve).collect(),
            connected,
        }
    }

    fn mark(value: f64) -> Mark {
        Mark { value, interval: None }
    }

    #[test]
    fn few_values_have_a_row_each_and_many_are_told_together() {
        let few = rows(&curves(vec![(0.5, mark(1.0)), (0.75, mark(2.0))], true, 2));
        let names: Vec<&str> = few.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["0.5000 arm 0", "0.7500 arm 0", "0.5000 arm 1", "0.7500 arm 1"]);
        assert_eq!(few.axis, "price, TAO per alpha along buys");
        let many: Vec<(f64, Mark)> =
            (0..80_u32).map(|at| (f64::from(at), mark(f64::from(at % 10)))).collect();
        let many = rows(&curves(many, false, 1));
        assert_eq!(many.rows.len(), 8);
        let first = many.rows[0].marks[0].expect("there are points");
        assert_eq!((first.value, first.interval), (4.5, Some((0.0, 9.0))));
        let one = rows(&curves(vec![(3.0, mark(1.0)); 2], false, 1));
        assert_eq!((one.rows.len(), one.rows[0].name.as_str()), (1, "3.000 to 3.000"));
    }
}
