//! The chain's square root: by bisection, until root and quotient are close enough.

use crate::fixed::Q64;

/// The square root of `value`, to within `epsilon`: bounds are halved until `value / middle` and the middle differ by no
/// more, or 129 times.
///
/// The result depends on `epsilon`, so it is the chain's only with the chain's. Of zero it is not zero but half of the
/// first power of two below `epsilon` or so.
///
/// Source: `subtensor:primitives/safe-math/src/lib.rs::checked_sqrt` @ e9bbb6134
#[must_use]
pub fn square_root(value: Q64, epsilon: Q64) -> Q64 {
    const STEPS: u32 = 129;
    let (mut low, mut high) = if value > Q64::ONE { (Q64::ZERO, value) } else { (value, Q64::ONE) };
    let halfway = |low: Q64, high: Q64| Q64::from_bits(high.saturating_add(low).bits() / 2);
    let mut middle = halfway(low, high);
    for _ in 0..STEPS {
        let quotient = value.fitting_div(middle);
        if quotient.bits().abs_diff(middle.bits()) <= epsilon.bits() {
            break;
        }
        if quotient < middle {
            high = middle;
        } else {
            low = middle;
        }
        middle = halfway(low, high);
    }
    middle
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EPSILON: Q64 = Q64::from_bits(18_446_744);

    #[test]
    fn the_bounds_are_halved_and_no_further_than_need_be() {
        // Of 4: the middle of 0 and 4 is the root.
        assert_eq!(square_root(Q64::from_int(4), EPSILON), Q64::from_int(2));
        // Of 0: one is halved until it is at most epsilon, which is 2^24.1 in the last bit.
        assert_eq!(square_root(Q64::ZERO, EPSILON), Q64::from_bits(1 << 24));
        // Of 2, with an epsilon of one half: the middle of 0 and 2 is 1, and 2 / 1 - 1 is too much; that of 1 and 2 is
        // 1.5, and 1.5 - 2 / 1.5 = 0.17.
        assert_eq!(square_root(Q64::from_int(2), Q64::from_bits(1 << 63)), Q64::from_bits(3 << 63));
    }

    proptest! {
        #[test]
        fn the_root_and_the_quotient_by_it_are_within_epsilon(value in 1u128 << 40..1u128 << 100) {
            let value = Q64::from_bits(value);
            let root = square_root(value, EPSILON);
            let off = value.fitting_div(root).bits().abs_diff(root.bits());
            // Large roots do not get there: their quotient moves in steps that are wider.
            prop_assert!(off <= EPSILON.bits().max(root.bits() >> 60), "{off}");
        }
    }
}
