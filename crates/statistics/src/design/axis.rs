//! A factor's values as they are written.

use super::{Range, RangeError};

/// A range, and how its values are written: rounded to decimal places, or as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    range: Range,
    places: Option<u8>,
}

impl Axis {
    /// A range whose values are rounded to as many decimal places, or not at all.
    ///
    /// # Errors
    /// If a bound has more decimal places: values near it would be rounded out of the range.
    pub fn new(range: Range, places: Option<u8>) -> Result<Self, RangeError> {
        let axis = Self { range, places };
        let (low, high) = range.bounds();
        for bound in [low, high] {
            let text = axis.written(bound);
            if let Some(places) = places
                && text.parse() != Ok(bound)
            {
                return Err(RangeError::Places { bound, places, text });
            }
        }
        Ok(axis)
    }

    /// The value at a coordinate from 0 to 1, as it is written. It is never out of the range.
    #[must_use]
    pub fn at(&self, coordinate: f64) -> String {
        self.written(self.range.at(coordinate))
    }

    /// Where a written value lies in the range: [`Range::position`].
    #[must_use]
    pub fn position(&self, written: f64) -> f64 {
        self.range.position(written)
    }

    /// Whether the range has whole numbers only.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.range.is_whole()
    }

    fn written(&self, value: f64) -> String {
        match self.places {
            Some(places) => format!("{value:.places$}", places = usize::from(places)),
            None => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn linear(low: f64, high: f64) -> Range {
        Range::linear(low, high).expect("valid")
    }

    #[test]
    fn bounds_that_rounding_would_move_are_refused() {
        let refused = Axis::new(linear(0.41, 0.44), Some(1));
        assert_eq!(refused, Err(RangeError::Places { bound: 0.41, places: 1, text: "0.4".into() }));
        assert!(Axis::new(linear(0.4, 0.44), Some(1)).is_err());
        assert!(Axis::new(linear(0.41, 0.44), Some(2)).is_ok());
        assert!(Axis::new(linear(0.41, 0.44), None).is_ok());
        assert!(Axis::new(linear(5e-9, 1.0), Some(8)).is_err());
        assert!(Axis::new(Range::whole(1.0, 3.0).expect("valid"), Some(0)).is_ok());
    }

    proptest! {
        #[test]
        fn a_written_value_is_within_the_range(
            low in 1..1_000_i32, width in 1..100_000_i32, places in 0..6_u8, more in 0..4_u8, u in 0.0..=1.0_f64,
        ) {
            let unit = (0..places).fold(1.0, |unit, _| unit * 10.0);
            let (low, high) = (f64::from(low) / unit, f64::from(low + width) / unit);
            let ranges = [Range::linear(low, high), Range::log(low, high), Range::linear(-high, -low)];
            for range in ranges {
                let range = range.expect("valid");
                for places in [Some(places), Some(places + more), None] {
                    let axis = Axis::new(range, places).expect("the bounds have no more places");
                    let value: f64 = axis.at(u).parse().expect("a number");
                    let (low, high) = range.bounds();
                    prop_assert!((low..=high).contains(&value), "{value} of {range:?}");
                    prop_assert!((0.0..=1.0).contains(&axis.position(value)));
                }
            }
        }
    }
}
