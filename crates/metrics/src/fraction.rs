//! Parts of a whole, as scenarios write them.

use serde::{Deserialize, Serialize};

/// A part of a whole: above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Fraction(f64);

/// A number that is no part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a part must be above 0 and below 1, and {0} is not")]
pub struct NoFraction(f64);

impl Fraction {
    /// A part of a whole.
    ///
    /// # Errors
    /// If the number is not above 0 and below 1.
    pub fn new(part: f64) -> Result<Self, NoFraction> {
        if part > 0.0 && part < 1.0 { Ok(Self(part)) } else { Err(NoFraction(part)) }
    }

    /// As a number.
    #[must_use]
    pub const fn to_f64(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Fraction {
    type Error = NoFraction;

    fn try_from(part: f64) -> Result<Self, NoFraction> {
        Self::new(part)
    }
}

impl From<Fraction> for f64 {
    fn from(part: Fraction) -> Self {
        part.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_the_whole_and_no_number_are_no_parts() {
        assert_eq!(Fraction::new(0.05).map(Fraction::to_f64), Ok(0.05));
        for part in [0.0, 1.0, -0.1, 1.5, f64::NAN] {
            assert!(Fraction::new(part).is_err(), "{part}");
        }
    }
}
