//! A factor's values.

use libm::{exp, log as ln};
use thiserror::Error;

/// The values that a factor takes, and how a coordinate from 0 to 1 is spread over them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Linear { low: f64, high: f64 },
    Log { low: f64, high: f64 },
    Integer { low: i64, high: i64 },
}

/// Why a range was refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum RangeError {
    /// The bounds are equal, exchanged or not finite.
    #[error("the range goes from {low} to {high}; the first must be below the second, both finite")]
    Bounds {
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// A logarithm needs a positive number.
    #[error("a logarithmic range starts at {0}; it must start above 0")]
    NotPositive(f64),
    /// A float does not hold every whole number.
    #[error("an integer range goes from {low} to {high}; whole numbers are exact only within 2^53")]
    TooLarge {
        /// The lower bound.
        low: i64,
        /// The upper bound.
        high: i64,
    },
    /// A range of whole numbers begins and ends with one.
    #[error("a range of whole numbers goes from {low} to {high}; both must be whole")]
    NotWhole {
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// Values near a bound would leave the range when they are rounded.
    #[error(
        "the bound {bound} has more than {places} decimal place(s), so a value near it would be written as {text}: \
         allow more decimals, or move the bound"
    )]
    Places {
        /// The bound.
        bound: f64,
        /// How many places values are rounded to.
        places: u8,
        /// What the bound is rounded to.
        text: String,
    },
}

/// The greatest whole number up to which floats hold them all.
const EXACT: i64 = 1 << 53;

impl Range {
    /// All values alike.
    ///
    /// # Errors
    /// If `low` is not below `high`, or one is not finite.
    pub fn linear(low: f64, high: f64) -> Result<Self, RangeError> {
        if low < high && low.is_finite() && high.is_finite() {
            Ok(Self(Kind::Linear { low, high }))
        } else {
            Err(RangeError::Bounds { low, high })
        }
    }

    /// All ratios alike: a factor of two is as likely at the low as at the high end.
    ///
    /// # Errors
    /// If `low` is not positive and below `high`, or one is not finite.
    pub fn log(low: f64, high: f64) -> Result<Self, RangeError> {
        Self::linear(low, high)?;
        if low > 0.0 { Ok(Self(Kind::Log { low, high })) } else { Err(RangeError::NotPositive(low)) }
    }

    /// All whole numbers alike, both bounds included.
    ///
    /// # Errors
    /// If `low` is not below `high`, or one is beyond 2^53.
    pub fn integer(low: i64, high: i64) -> Result<Self, RangeError> {
        if low >= high {
            Err(RangeError::Bounds { low: low as f64, high: high as f64 })
        } else if low < -EXACT || high > EXACT {
            Err(RangeError::TooLarge { low, high })
        } else {
            Ok(Self(Kind::Integer { low, high }))
        }
    }

    /// All whole numbers alike, of bounds that may come from a file.
    ///
    /// # Errors
    /// If a bound is not a whole number, and as for [`Self::integer`].
    pub fn whole(low: f64, high: f64) -> Result<Self, RangeError> {
        // Not a number and infinity have no fraction of 0 either.
        if low.fract() != 0.0 || high.fract() != 0.0 {
            return Err(RangeError::NotWhole { low, high });
        }
        Self::integer(low as i64, high as i64)
    }

    /// The lower and the upper bound.
    #[must_use]
    pub fn bounds(self) -> (f64, f64) {
        match self.0 {
            Kind::Linear { low, high } | Kind::Log { low, high } => (low, high),
            Kind::Integer { low, high } => (low as f64, high as f64),
        }
    }

    /// Whether the range has whole numbers only, so that many coordinates have the same value.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self.0, Kind::Integer { .. })
    }

    /// Where a value lies: 0 at the lower and 1 at the upper bound, on the range's own scale.
    ///
    /// ```text
    /// (value - low) / (high - low)              and of ratios   ln(value / low) / ln(high / low)
    /// ```
    #[must_use]
    pub fn position(self, value: f64) -> f64 {
        let (low, high) = self.bounds();
        match self.0 {
            Kind::Log { .. } => ln(value / low) / ln(high / low),
            Kind::Linear { .. } | Kind::Integer { .. } => (value - low) / (high - low),
        }
    }

    /// The value at a coordinate, which is brought to 0 to 1; 0 gives the lower and 1 the upper bound.
    #[must_use]
    pub fn at(self, coordinate: f64) -> f64 {
        let u = coordinate.clamp(0.0, 1.0);
        match self.0 {
            Kind::Linear { low, high } => (low * (1.0 - u) + high * u).clamp(low, high),
            Kind::Log { low, high } if u == 0.0 || u == 1.0 => {
                if u == 0.0 {
                    low
                } else {
                    high
                }
            }
            Kind::Log { low, high } => exp(ln(low) * (1.0 - u) + ln(high) * u).clamp(low, high),
            Kind::Integer { low, high } => {
                let step = (u * (high - low + 1) as f64).floor();
                (low as f64 + step).min(high as f64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_by_hand() {
        assert_eq!(Range::linear(10.0, 20.0).expect("valid").at(0.25), 12.5);
        assert!((Range::log(1.0, 10_000.0).expect("valid").at(0.5) - 100.0).abs() < 1e-10);
        let die = Range::integer(1, 6).expect("valid");
        let sides: Vec<f64> = (0..12).map(|i| die.at((f64::from(i) + 0.5) / 12.0)).collect();
        assert_eq!(sides, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0, 6.0]);
    }

    #[test]
    fn ranges_without_values_are_refused() {
        assert_eq!(Range::linear(1.0, 1.0), Err(RangeError::Bounds { low: 1.0, high: 1.0 }));
        assert!(Range::linear(f64::NAN, 1.0).is_err());
        assert_eq!(Range::log(0.0, 1.0), Err(RangeError::NotPositive(0.0)));
        assert!(matches!(Range::integer(0, i64::MAX), Err(RangeError::TooLarge { .. })));
        assert!(matches!(Range::integer(3, 2), Err(RangeError::Bounds { .. })));
    }

    #[test]
    fn whole_bounds_are_whole() {
        assert_eq!(Range::whole(1.0, 3.0), Range::integer(1, 3));
        for (low, high) in [(1.5, 3.0), (1.0, 3.5), (0.2, 0.8), (f64::NAN, 3.0), (1.0, f64::INFINITY)] {
            assert!(matches!(Range::whole(low, high), Err(RangeError::NotWhole { .. })), "{low} {high}");
        }
    }

    #[test]
    fn positions_by_hand() {
        assert_eq!(Range::integer(1, 3).map(|range| range.position(2.0)), Ok(0.5));
        assert_eq!(Range::linear(10.0, 20.0).map(|range| range.position(12.5)), Ok(0.25));
        let log = Range::log(1.0, 10_000.0).expect("valid").position(100.0);
        assert!((log - 0.5).abs() < 1e-15, "{log}");
    }

    proptest! {
        #[test]
        fn values_rise_with_the_coordinate_and_end_at_the_bounds(
            low in 1e-6..1e3_f64, width in 1.0..1e6_f64, u in 0.0..1.0_f64, v in 0.0..1.0_f64,
        ) {
            let high = low + width;
            let whole = (low.ceil(), (high + 1.0).ceil());
            for (range, low, high) in [
                (Range::linear(low, high), low, high),
                (Range::log(low, high), low, high),
                (Range::integer(whole.0 as i64, whole.1 as i64), whole.0, whole.1),
            ] {
                let range = range.expect("valid");
                prop_assert_eq!((range.at(0.0), range.at(1.0)), (low, high));
                // Two roundings may disagree in the last bit between neighbours.
                prop_assert!(range.at(u.min(v)) <= range.at(u.max(v)) * (1.0 + 1e-14));
            }
        }
    }
}
