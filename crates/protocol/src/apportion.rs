//! An amount shared out to the last unit.

/// Shares an amount in proportion to parts. Each share is rounded down; the units that are left go to the largest
/// remainders, of equals to those given first. So the shares sum to the amount, unless all parts are zero: then all shares
/// are.
pub(crate) fn apportion(amount: u64, parts: &[u64]) -> Vec<u64> {
    let whole: u128 = parts.iter().copied().map(u128::from).sum();
    if whole == 0 {
        return vec![0; parts.len()];
    }
    let product = |part: u64| u128::from(amount) * u128::from(part);
    let mut shares: Vec<u64> = parts.iter().map(|&part| (product(part) / whole) as u64).collect();
    let left = amount - shares.iter().sum::<u64>();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|&place| std::cmp::Reverse(product(parts[place]) % whole));
    // Less than a unit is left for each part that is not zero, so a part of zero gets none.
    by_remainder.into_iter().take(left as usize).for_each(|place| shares[place] += 1);
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_left_goes_to_the_largest_remainders() {
        // 1.43, 2.86, 2.86, 2.86
        assert_eq!(apportion(10, &[1, 2, 2, 2]), [1, 3, 3, 3]);
        assert_eq!(apportion(2, &[5, 0, 5, 5]), [1, 0, 1, 0]);
        assert_eq!(apportion(u64::MAX, &[1, 1]), [1 << 63, (1 << 63) - 1]);
        assert_eq!((apportion(9, &[0, 0]), apportion(9, &[])), (vec![0, 0], vec![]));
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_amount_and_each_is_its_proportion_to_a_unit(
            amount: u64, parts in prop::collection::vec(0..1u64 << 58, 1..30),
        ) {
            let whole: u128 = parts.iter().copied().map(u128::from).sum();
            let shares = apportion(amount, &parts);
            prop_assert_eq!(shares.iter().sum::<u64>(), if whole == 0 { 0 } else { amount });
            for (&share, &part) in shares.iter().zip(&parts) {
                let exact = u128::from(amount) * u128::from(part);
                let (share, whole) = (u128::from(share), whole.max(1));
                prop_assert!(share * whole < exact + whole && exact < (share + 1) * whole, "{share} {part}");
                prop_assert!(part > 0 || share == 0);
            }
        }
    }
}
