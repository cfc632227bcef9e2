//! Quantities of the chain, each in a type of its own.
//!
//! Tokens are counted in *rao*, the smallest unit: 1 TAO = 1e9 rao, and 1 alpha = 1e9 rao of alpha.
//! Nothing converts silently: an amount is made by [`Tao::from_rao`] or read from text with its unit.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fixed::Q32;

/// Rao in one TAO, and in one alpha.
pub const RAO: u64 = 1_000_000_000;

/// Blocks of a day, at twelve seconds each.
pub const DAY: u64 = 7_200;

/// An amount of TAO, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tao(u64);

/// An amount of one subnet's token, in rao. Which subnet's is said by where it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alpha(u64);

/// What is wrong with an amount written as text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// No unit, or another token's.
    #[error("expected an amount in {unit}, such as \"12.5 {unit}\" or \"7 rao\", found \"{found}\"")]
    Unit {
        /// The unit that is due.
        unit: &'static str,
        /// The text as it was written.
        found: String,
    },
    /// The number itself cannot be read.
    #[error(
        "\"{found}\" is not an amount: write digits, with `_` between them if you like, such as \"5_900_000 {unit}\""
    )]
    Number {
        /// The unit that is due.
        unit: &'static str,
        /// The text as it was written.
        found: String,
    },
    /// More than nine decimal places.
    #[error("\"{found}\" is finer than a rao: at most nine decimal places")]
    TooFine {
        /// The text as it was written.
        found: String,
    },
    /// More than fits into 64 bits of rao.
    #[error("\"{found}\" is more than 18_446_744_073 {unit}, the largest amount that the chain can hold")]
    TooLarge {
        /// The unit that is due.
        unit: &'static str,
        /// The text as it was written.
        found: String,
    },
}

fn parse_amount(text: &str, unit: &'static str) -> Result<u64, AmountError> {
    let found = || text.to_owned();
    let (number, given) =
        text.trim().rsplit_once(' ').ok_or_else(|| AmountError::Unit { unit, found: found() })?;
    let number: String = number.trim().chars().filter(|&c| c != '_').collect();
    let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    if given == "rao" {
        if number.is_empty() || !digits(&number) {
            return Err(AmountError::Number { unit, found: found() });
        }
        return number.parse().map_err(|_| AmountError::TooLarge { unit, found: found() });
    }
    if given != unit {
        return Err(AmountError::Unit { unit, found: found() });
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(AmountError::Number { unit, found: found() });
    }
    if fraction.len() > 9 {
        return Err(AmountError::TooFine { found: found() });
    }
    let too_large = || AmountError::TooLarge { unit, found: found() };
    let whole: u64 = whole.parse().map_err(|_| too_large())?;
    let fraction: u64 = format!("{fraction:0<9}").parse().expect("nine digits fit");
    whole.checked_mul(RAO).and_then(|w| w.checked_add(fraction)).ok_or_else(too_large)
}

macro_rules! amount {
    ($name:ident, $unit:literal) => {
        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// The amount of `rao` rao.
            #[must_use]
            pub const fn from_rao(rao: u64) -> Self {
                Self(rao)
            }

            /// The amount in rao.
            #[must_use]
            pub const fn rao(self) -> u64 {
                self.0
            }

            /// The amount in whole units as a float: for decisions and reports, never for the books.
            #[must_use]
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / RAO as f64
            }

            /// The amount nearest below `units`; negative and not-a-number give nothing.
            ///
            /// Rounds down to the rao: whoever decides in floats gets no more than was decided.
            #[must_use]
            pub fn from_f64(units: f64) -> Self {
                Self((units * RAO as f64) as u64)
            }

            /// The sum, at most 2^64 - 1 rao.
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// `self - other`, or nothing if `other` is larger.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// `self - other`, if `other` is not larger.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(rao) => Some(Self(rao)),
                    None => None,
                }
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.checked_add(other.0).expect("amounts stay below 2^64 rao"))
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.checked_sub(other.0).expect("no more is taken than is there"))
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Add::add)
            }
        }

        /// Decimal with nine places, without the unit: exact.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}.{:09}", self.0 / RAO, self.0 % RAO)
            }
        }

        impl FromStr for $name {
            type Err = AmountError;
            fn from_str(text: &str) -> Result<Self, AmountError> {
                parse_amount(text, $unit).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&format_args!("{self} {}", $unit))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!(
                            "an amount in quotes with its unit, such as \"12.5 ",
                            $unit,
                            "\""
                        ))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

amount!(Tao, "TAO");
amount!(Alpha, "alpha");

impl Alpha {
    /// What it is worth at a price in TAO, rounded down to whole rao.
    #[must_use]
    pub fn at(self, price: Q32) -> Tao {
        Tao(Q32::from_int(self.0).mul(price).floor())
    }
}

/// The longest time that anything may take, in blocks: 380,000 years.
pub const MAX_BLOCKS: u64 = 1_000_000_000_000;

/// A block's number. A block takes 12 seconds; 7,200 are a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Block(pub u64);

impl Block {
    /// How many blocks have passed since `earlier`; nothing if it is still to come.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Saturates: the last block that a number can name never comes.
impl Add<u64> for Block {
    type Output = Self;
    fn add(self, blocks: u64) -> Self {
        Self(self.0.saturating_add(blocks))
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A subnet's number; 0 is root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Netuid(pub u16);

impl Netuid {
    /// The root network, whose stake is TAO itself.
    pub const ROOT: Self = Self(0);
}

impl fmt::Display for Netuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_is_read_with_its_unit() {
        assert_eq!("5_900_000 TAO".parse(), Ok(Tao::from_rao(5_900_000 * RAO)));
        assert_eq!("0.000000001 TAO".parse(), Ok(Tao::from_rao(1)));
        assert_eq!("50_000 rao".parse(), Ok(Alpha::from_rao(50_000)));
        assert_eq!("12.5 alpha".parse(), Ok(Alpha::from_rao(12_500_000_000)));
    }

    #[test]
    fn an_amount_without_its_unit_or_with_another_is_refused() {
        assert!(matches!("5".parse::<Tao>(), Err(AmountError::Unit { .. })));
        assert!(matches!("5 alpha".parse::<Tao>(), Err(AmountError::Unit { .. })));
        assert!(matches!("-5 TAO".parse::<Tao>(), Err(AmountError::Number { .. })));
        assert!(matches!("1e3 TAO".parse::<Tao>(), Err(AmountError::Number { .. })));
        assert!(matches!(". TAO".parse::<Tao>(), Err(AmountError::Number { .. })));
        assert!(matches!("0.0000000001 TAO".parse::<Tao>(), Err(AmountError::TooFine { .. })));
        assert!(matches!("18446744074 TAO".parse::<Tao>(), Err(AmountError::TooLarge { .. })));
    }

    #[test]
    fn alpha_is_worth_its_price_rounded_down() {
        assert_eq!(Alpha::from_rao(7).at(Q32::from_f64(0.5)), Tao::from_rao(3));
        assert_eq!(Alpha::from_rao(12 * RAO).at(Q32::from_f64(0.25)), Tao::from_rao(3 * RAO));
    }

    proptest! {
        #[test]
        fn writing_and_reading_an_amount_gives_it_back(rao: u64) {
            let amount = Tao::from_rao(rao);
            prop_assert_eq!(format!("{amount} TAO").parse(), Ok(amount));
        }
    }
}
