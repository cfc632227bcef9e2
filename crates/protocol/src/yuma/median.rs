//! Consensus: for each neuron the largest weight that a majority of stake supports.

mod dense;

use dense::DenseScores;

use super::fixed::{Divisor, I32F32};
use super::matrix::Rows;

/// The smallest score such that the stake on it and below exceeds `minority`; the largest score if none
/// does, zero of no scores.
///
/// The chain finds it by recursion over pivots; whichever the pivots, this is what it finds.
/// `subtensor:pallets/subtensor/src/epoch/math.rs::weighted_median @ f95810a25`
pub(crate) fn weighted_median(stake: &[I32F32], score: &[I32F32], minority: I32F32) -> I32F32 {
    let mut keys: Vec<_> = score.iter().enumerate().map(|(row, &score)| key(score, row)).collect();
    let stake: Vec<_> = stake.iter().map(|stake| stake.bits()).collect();
    select(&mut keys, &stake, 0, minority.bits())
}

/// Free places between the columns' keys: a cache line, or columns of 64 keys would all share a few sets of
/// the cache and evict each other while rows are spread over them.
const APART: usize = 8;

/// Memory that [`by_column`] reuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct MedianScratch {
    stake: Vec<i64>,
    ends: Vec<usize>,
    keys: Vec<u64>,
    rows: Vec<usize>,
    dense: DenseScores,
}

/// The weighted median of each column over the rows with stake, of which `kappa` is a majority.
///
/// A row without an entry scores zero. The stake is normalised once more, so `minority` is its sum, a few
/// bits below one, less `kappa`.
/// `subtensor:pallets/subtensor/src/epoch/math.rs::weighted_median_col_sparse @ f95810a25`
pub(crate) fn by_column(
    stake: &[I32F32],
    score: &Rows,
    kappa: I32F32,
    columns: usize,
    scratch: &mut MedianScratch,
    medians: &mut Vec<I32F32>,
) {
    medians.clear();
    medians.resize(columns, I32F32::ZERO);
    let MedianScratch { stake: shares, ends, keys, rows, dense } = scratch;
    let divisor = Divisor::new(stake.iter().copied().sum());
    shares.clear();
    shares.extend(stake.iter().map(|&s| divisor.divide(s).bits()));
    let staked = stake.iter().filter(|&&s| s > I32F32::ZERO).count();
    if staked == 0 {
        return;
    }
    let total: i64 = shares.iter().sum();
    let minority = total - kappa.bits();

    if kappa > I32F32::ZERO && DenseScores::suits(score.entries().len(), stake.len(), columns) {
        // Who has next to no stake, and so no share of it, decides nothing.
        rows.clear();
        rows.extend((0..stake.len()).filter(|&row| shares[row] > 0));
        if dense.read(rows, score, columns).is_some() {
            shares.retain(|&share| share > 0);
            dense.medians(shares, kappa.bits(), medians);
            return;
        }
    }
    ends.clear();
    ends.resize(columns, 0);
    let rows = || (0..stake.len()).filter(|&row| stake[row] > I32F32::ZERO);
    for row in rows() {
        for (column, value) in score.row(row) {
            ends[usize::from(column)] += usize::from(value > I32F32::ZERO);
        }
    }
    let mut start = 0;
    for end in ends.iter_mut() {
        start += std::mem::replace(end, start) + APART;
    }
    // Every place that is read is written first, so what is left of the last epoch may stay.
    if keys.len() < start {
        keys.resize(start, 0);
    }
    for row in rows() {
        for (column, value) in score.row(row).filter(|&(_, value)| value > I32F32::ZERO) {
            let end = &mut ends[usize::from(column)];
            keys[*end] = key(value, row);
            *end += 1;
        }
    }

    let mut start = 0;
    for (median, &end) in medians.iter_mut().zip(ends.iter()) {
        let column = &mut keys[std::mem::replace(&mut start, end + APART)..end];
        let below = total - stake_of(column, shares);
        let silent = column.len() < staked;
        if column.is_empty() || (silent && below > minority) {
            continue;
        }
        *median = select(column, shares, below, minority);
    }
}

/// A score and the row that gave it, ordered by score: half the size of a pair, and quick to sort.
fn key(score: I32F32, row: usize) -> u64 {
    assert!(row < 1 << 16 && (0..1 << 47).contains(&score.bits()), "a weight is from zero to one");
    (score.bits() as u64) << 16 | row as u64
}

/// The stake of the row that gave a score.
fn stake_on(key: u64, stake: &[i64]) -> i64 {
    stake[usize::from(key as u16)]
}

fn stake_of(keys: &[u64], stake: &[i64]) -> i64 {
    keys.iter().map(|&key| stake_on(key, stake)).sum()
}

/// The smallest score such that `below` and the stake up to it exceed `minority`; the largest score if none
/// does, zero of no scores.
///
/// Keeps the side of a pivot that holds the answer until there is little to sort.
fn select(mut keys: &mut [u64], stake: &[i64], mut below: i64, minority: i64) -> I32F32 {
    const FEW: usize = 12;
    while keys.len() > FEW {
        let pivot = middle(keys);
        let count = partition(keys, pivot);
        if count == keys.len() {
            break;
        }
        let (lower, upper) = keys.split_at_mut(count);
        let lower_stake = stake_of(lower, stake);
        if below + lower_stake > minority {
            keys = lower;
        } else {
            below += lower_stake;
            keys = upper;
        }
    }
    keys.sort_unstable();
    let majority = keys.iter().find(|&&key| {
        below += stake_on(key, stake);
        below > minority
    });
    majority.or(keys.last()).map_or(I32F32::ZERO, |key| I32F32::from_bits((key >> 16).cast_signed()))
}

/// The middle one of three keys. Some key is larger, unless a row gave one score twice.
fn middle(keys: &[u64]) -> u64 {
    let [a, b, c] = [keys[0], keys[keys.len() / 2], keys[keys.len() - 1]];
    a.max(b).min(a.min(b).max(c))
}

/// Moves the keys up to `pivot` to the front; returns how many there are.
///
/// Every key moves, whichever side it is on: a branch on the side could not be predicted.
fn partition(keys: &mut [u64], pivot: u64) -> usize {
    let mut lower = 0;
    for at in 0..keys.len() {
        let key = keys[at];
        keys[at] = std::mem::replace(&mut keys[lower], key);
        lower += usize::from(key <= pivot);
    }
    lower
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The chain's way: recursion over a pivot from the middle.
    fn chain(pairs: &[(i64, i64)], minority: i64, lo: i64, hi: i64) -> i64 {
        if pairs.len() <= 1 {
            return pairs.first().map_or(0, |pair| pair.0);
        }
        let pivot = pairs[pairs.len() / 2].0;
        let side = |keep: &dyn Fn(i64) -> bool| -> (Vec<_>, i64) {
            let side: Vec<_> = pairs.iter().copied().filter(|pair| keep(pair.0)).collect();
            let stake = side.iter().map(|pair| pair.1).sum();
            (side, stake)
        };
        let (lower, lower_stake) = side(&|score| score < pivot);
        let (upper, upper_stake) = side(&|score| score > pivot);
        if lo + lower_stake <= minority && minority < hi - upper_stake {
            pivot
        } else if minority < lo + lower_stake && !lower.is_empty() {
            chain(&lower, minority, lo, lo + lower_stake)
        } else if hi - upper_stake <= minority && !upper.is_empty() {
            chain(&upper, minority, hi - upper_stake, hi)
        } else {
            pivot
        }
    }

    // No call sets weights so, but neurons can be built that way; it must not search for ever.
    #[test]
    fn a_row_that_names_a_neuron_again_and_again_has_a_median() {
        let mut rows = Rows::default();
        for _ in 0..40 {
            rows.push(0, I32F32::ONE);
        }
        rows.end_row();
        let mut medians = Vec::new();
        let half = I32F32::from_bits(1 << 31);
        for stake in [1, 1 << 32] {
            let stake = [I32F32::from_bits(stake)];
            by_column(&stake, &rows, half, 1, &mut MedianScratch::default(), &mut medians);
            assert_eq!(medians, [I32F32::ONE]);
        }
    }

    proptest! {
        #[test]
        fn any_choice_of_pivot_finds_what_the_chain_finds(
            pairs in prop::collection::vec((0..6i64, 0..5i64), 0..12), minority in -3..40i64,
        ) {
            let total = pairs.iter().map(|pair| pair.1).sum();
            let of = |part: fn(&(i64, i64)) -> i64| pairs.iter().map(part).map(I32F32::from_bits).collect::<Vec<_>>();
            let found = weighted_median(&of(|pair| pair.1), &of(|pair| pair.0), I32F32::from_bits(minority));
            prop_assert_eq!(found.bits(), chain(&pairs, minority, 0, total));
        }

        #[test]
        fn many_scores_have_the_median_that_the_chain_finds(
            pairs in prop::collection::vec((0..40i64, 0..5i64), 13..80), part in -0.1..1.1f64,
        ) {
            let total: i64 = pairs.iter().map(|pair| pair.1).sum();
            let minority = (total as f64 * part) as i64;
            let of = |part: fn(&(i64, i64)) -> i64| pairs.iter().map(part).map(I32F32::from_bits).collect::<Vec<_>>();
            let found = weighted_median(&of(|pair| pair.1), &of(|pair| pair.0), I32F32::from_bits(minority));
            prop_assert_eq!(found.bits(), chain(&pairs, minority, 0, total));
        }

        #[test]
        fn full_columns_have_the_medians_that_the_chain_finds(
            stake in prop::collection::vec(0..1i64 << 30, 1..80), spread in 0..33u32, seed: u64, kappa in 1..65_536u32,
        ) {
            let columns = 20;
            let (mut state, mut rows) = (seed | 1, Rows::default());
            for _ in &stake {
                for column in 0..columns {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    // From scores that are all alike to any from zero to one.
                    let score = (1 << 32) - (state >> 31 & ((1 << spread) - 1)).cast_signed();
                    rows.push(column, I32F32::from_bits(if score == (1 << 32) - 1 { 1 << 32 } else { score }));
                }
                rows.end_row();
            }
            let (stake, kappa) = (stake.iter().map(|&s| I32F32::from_bits(s)).collect::<Vec<_>>(), I32F32::ratio(kappa, 65_535));
            prop_assume!(stake.iter().any(|&s| s > I32F32::ZERO));
            let mut medians = Vec::new();
            by_column(&stake, &rows, kappa, columns.into(), &mut MedianScratch::default(), &mut medians);
            let divisor = Divisor::new(stake.iter().copied().sum());
            for column in 0..columns {
                let row = |row| rows.row(row).nth(column.into()).unwrap().1.bits();
                let pairs: Vec<_> = (0..stake.len()).filter(|&at| stake[at] > I32F32::ZERO)
                    .map(|at| (row(at), divisor.divide(stake[at]).bits())).collect();
                let total = pairs.iter().map(|pair| pair.1).sum::<i64>();
                prop_assert_eq!(medians[usize::from(column)].bits(), chain(&pairs, total - kappa.bits(), 0, total));
            }
        }

        #[test]
        fn columns_give_the_medians_of_their_scores(
            cells in prop::collection::vec((0..4i64, 0..5i64, 0..5i64), 1..8), kappa in 0..70_000u32,
        ) {
            let stake: Vec<_> = cells.iter().map(|&(stake, ..)| I32F32::from_bits(stake << 30)).collect();
            let mut rows = Rows::default();
            for &(_, first, second) in &cells {
                for (column, score) in [(0, first), (1, second)] {
                    if score > 0 {
                        rows.push(column, I32F32::from_bits(score << 29));
                    }
                }
                rows.end_row();
            }
            let kappa = I32F32::ratio(kappa, 65_535);
            let mut medians = Vec::new();
            by_column(&stake, &rows, kappa, 2, &mut MedianScratch::default(), &mut medians);
            let sum: i64 = stake.iter().map(|s| s.bits()).sum();
            let share = |s: i64| if sum == 0 { 0 } else { ((i128::from(s) << 32) / i128::from(sum)) as i64 };
            for column in [0, 1] {
                let pairs: Vec<_> = cells.iter().filter(|cell| cell.0 > 0)
                    .map(|cell| ([cell.1, cell.2][column] << 29, share(cell.0 << 30))).collect();
                let total = pairs.iter().map(|pair| pair.1).sum::<i64>();
                prop_assert_eq!(medians[column].bits(), chain(&pairs, total - kappa.bits(), 0, total));
            }
        }
    }
}
