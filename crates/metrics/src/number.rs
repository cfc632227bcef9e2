//! Numbers within bounds, as scenarios write them.

use serde::{Deserialize, Serialize};

/// A number that is out of its bounds.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct OutOfBounds {
    /// What the bounds are, in words.
    expected: &'static str,
    /// The number.
    found: f64,
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident: $expected:literal, $holds:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The number, if it is within the bounds.
            ///
            /// # Errors
            /// If it is not.
            pub fn new(number: f64) -> Result<Self, OutOfBounds> {
                let holds: fn(f64) -> bool = $holds;
                if holds(number) {
                    Ok(Self(number))
                } else {
                    Err(OutOfBounds { expected: $expected, found: number })
                }
            }

            /// As a plain number.
            #[must_use]
            pub const fn to_f64(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = OutOfBounds;

            fn try_from(number: f64) -> Result<Self, OutOfBounds> {
                Self::new(number)
            }
        }

        impl From<$name> for f64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    };
}

bounded! {
    /// Which quantile: a number from 0 to 1, both included.
    Level: "a number from 0 to 1", |number| (0.0..=1.0).contains(&number)
}

bounded! {
    /// A finite number: no larger than any amount, price or number of blocks that there is.
    Finite: "a number from -1e15 to 1e15", |number| (-1e15..=1e15).contains(&number)
}

bounded! {
    /// A finite number that is not negative.
    NonNegative: "a number from 0 to 1e15", |number| (0.0..=1e15).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_their_bounds_do_not_exist() {
        for level in [0.0, 0.5, 1.0] {
            assert_eq!(Level::new(level).map(Level::to_f64), Ok(level));
        }
        for level in [-1.0, -1e-300, 1.0 + f64::EPSILON, 2.0, f64::INFINITY, f64::NAN] {
            assert!(Level::new(level).is_err(), "{level}");
        }
        for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert!(Finite::new(number).is_err() && NonNegative::new(number).is_err(), "{number}");
        }
        assert!(Finite::new(-1.0).is_ok() && NonNegative::new(-1.0).is_err());
    }
}
