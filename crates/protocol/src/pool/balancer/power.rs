//! `(n/d)^(a/b)` with eighteen decimals, rounded down as the chain does.
//!
//! The chain computes it with integers of 280 bits, or 1,048 for price targets ([`exact`]). That takes a tenth of a
//! millisecond or more, so a power is first computed with 120 fractional bits and a bound on the error (`quick`): unless
//! its last decimal lies within that bound, the chain's is the same. A property test holds the two together.

pub mod exact;
mod quick;

use num_bigint::BigInt;

/// Units in one: the decimals of the result.
pub const SCALE: u64 = 1_000_000_000_000_000_000;

/// With how many bits the chain computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// What a swap takes out: 256.
    Swap,
    /// What leads to a target price: 1,024.
    Price,
}

impl Precision {
    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Swap => 256,
            Self::Price => 1_024,
        }
    }
}

/// A power in units of 1e-18.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaled {
    /// So many.
    Fits(u64),
    /// More than 64 bits hold.
    TooLarge,
    /// Below zero, which only comes out where the chain's series does not converge.
    Negative,
}

impl From<BigInt> for Scaled {
    fn from(value: BigInt) -> Self {
        if value.sign() == num_bigint::Sign::Minus {
            return Self::Negative;
        }
        u64::try_from(value).map_or(Self::TooLarge, Self::Fits)
    }
}

/// `base^exponent`, each a numerator and a denominator, in units of 1e-18 and rounded down; zero if a denominator is.
#[must_use]
pub fn scaled(base: (u128, u128), exponent: (u64, u64), precision: Precision) -> Scaled {
    if base.1 == 0 || exponent.1 == 0 {
        return Scaled::Fits(0);
    }
    if base.0 != 0
        && exponent.0 != 0
        && let Some(quick) = quick::scaled(base, exponent)
    {
        return quick;
    }
    let (base, exponent) = ((base.0.into(), base.1.into()), (exponent.0.into(), exponent.1.into()));
    exact::scaled(base, exponent, precision.bits(), &SCALE.into()).map_or(Scaled::Fits(0), Scaled::from)
}
