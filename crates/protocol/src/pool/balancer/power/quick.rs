//! A power in 128-bit integers.

/// `base^exponent` in units of 1e-18, rounded down, if that can be told.
pub(super) fn scaled(_base: (u128, u128), _exponent: (u64, u64)) -> Option<u64> {
    None
}
