//! How much a scripted call is for: an amount, or a fraction of what the account has.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use dtao_protocol::units::AmountError;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A fraction from 0 to 1, in steps of 1e-11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction(u64);

/// Text that is not a fraction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a fraction, such as \"all\", \"half\" or \"25 %\", found \"{0}\"")]
pub struct NotAFraction(String);

impl Fraction {
    const ONE: u64 = 100_000_000_000;
    /// Steps in a hundredth.
    const PERCENT: u64 = Self::ONE / 100;
    /// All.
    pub const ALL: Self = Self(Self::ONE);
    /// A half.
    pub const HALF: Self = Self(Self::ONE / 2);

    /// The nearest fraction to a number, which counts as 0 below that and as 1 above it.
    #[must_use]
    pub fn new(part: f64) -> Self {
        Self((part.clamp(0.0, 1.0) * Self::ONE as f64).round() as u64)
    }

    /// This fraction of an amount in rao, rounded down.
    #[must_use]
    pub fn of(self, rao: u64) -> u64 {
        (u128::from(rao) * u128::from(self.0) / u128::from(Self::ONE)) as u64
    }
}

impl FromStr for Fraction {
    type Err = NotAFraction;

    fn from_str(text: &str) -> Result<Self, NotAFraction> {
        let refused = || NotAFraction(text.to_owned());
        let plain = text.trim().to_ascii_lowercase();
        match plain.as_str() {
            "all" => return Ok(Self::ALL),
            "half" => return Ok(Self::HALF),
            _ => {}
        }
        let number = plain.strip_suffix('%').ok_or_else(refused)?.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 9 {
            return Err(refused());
        }
        let whole: u64 = whole.parse().map_err(|_| refused())?;
        let decimals: u64 = format!("{decimals:0<9}").parse().map_err(|_| refused())?;
        let steps = whole.checked_mul(Self::PERCENT).and_then(|whole| whole.checked_add(decimals));
        steps.filter(|&steps| steps <= Self::ONE).map(Self).ok_or_else(refused)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("all"),
            Self::HALF => f.write_str("half"),
            Self(steps) => write!(f, "{}.{:09} %", steps / Self::PERCENT, steps % Self::PERCENT),
        }
    }
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text("a fraction, such as \"all\", \"half\" or \"25 %\"", PhantomData))
    }
}

/// How much: an amount such as `"10 TAO"`, or a fraction such as `"all"`, `"half"` or `"25 %"` of what the account has
/// at the end of the block before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size<A> {
    /// So much.
    Amount(A),
    /// A fraction of what there is.
    Fraction(Fraction),
}

impl<A: FromStr<Err = AmountError>> FromStr for Size<A> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(fraction) = text.parse() {
            return Ok(Self::Fraction(fraction));
        }
        let or = "or a fraction of what there is, such as \"all\", \"half\" or \"25 %\"";
        text.parse().map(Self::Amount).map_err(|error| format!("{error}; {or}"))
    }
}

impl<A: fmt::Display + Serialize> Serialize for Size<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Amount(amount) => amount.serialize(serializer),
            Self::Fraction(fraction) => fraction.serialize(serializer),
        }
    }
}

impl<'de, A: FromStr<Err = AmountError>> Deserialize<'de> for Size<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text("an amount with its unit, \"all\", \"half\" or \"25 %\"", PhantomData))
    }
}

/// Reads a value from text; says what is expected where there is none.
struct Text<T>(&'static str, PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::{Alpha, RAO, Tao};

    use super::*;

    #[test]
    fn fractions_are_read_in_words_or_percent_and_written_so_that_they_are_read_again() {
        for (text, steps) in [
            ("all", 100_000_000_000),
            ("All", 100_000_000_000),
            ("100 %", 100_000_000_000),
            ("half", 50_000_000_000),
            ("25 %", 25_000_000_000),
            ("25%", 25_000_000_000),
            ("0.5 %", 500_000_000),
            ("99.999999999 %", 99_999_999_999),
            ("0 %", 0),
        ] {
            let fraction: Fraction = text.parse().expect(text);
            assert_eq!(fraction, Fraction(steps), "{text}");
            assert_eq!(fraction.to_string().parse(), Ok(fraction));
        }
        for text in
            ["", "%", "all of it", "0.5", "-1 %", "101 %", "100.000000001 %", "1.0000000001 %", "1e1 %"]
        {
            assert_eq!(text.parse::<Fraction>(), Err(NotAFraction(text.into())));
        }
    }

    #[test]
    fn a_fraction_of_an_amount_is_rounded_down_and_never_more_than_it() {
        assert_eq!(Fraction::HALF.of(3), 1);
        assert_eq!(Fraction::ALL.of(u64::MAX), u64::MAX);
        assert_eq!(
            "99.999999999 %".parse::<Fraction>().expect("a fraction").of(u64::MAX),
            18_446_744_073_525_084_174
        );
    }

    #[test]
    fn a_size_is_an_amount_or_a_fraction_and_a_wrong_one_is_told_of_both() {
        assert_eq!("10 TAO".parse(), Ok(Size::Amount(Tao::from_rao(10 * RAO))));
        assert_eq!("7 rao".parse(), Ok(Size::Amount(Alpha::from_rao(7))));
        assert_eq!("All".parse::<Size<Alpha>>(), Ok(Size::Fraction(Fraction::ALL)));
        let wrong = "10 alpha".parse::<Size<Tao>>().expect_err("alpha is not TAO");
        assert!(wrong.contains("TAO") && wrong.contains("\"half\""), "{wrong}");
    }
}
