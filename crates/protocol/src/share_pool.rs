//! How the stake on one hotkey is shared among those who staked it.
//!
//! ```text
//! value of a key = total / denominator * share
//! stake or unstake x:  share and denominator += x / (total / denominator),  total += x
//! dividends x:         total += x, so that everyone's value grows in proportion
//! ```
//! Shares have 64 fractional bits and each quotient is cut toward zero, so values may sum to less than the
//! total: the rest is in the pool, but nobody's to withdraw until the last one leaves.
//!
//! Revisions differ in what they do where precision runs out: see [`Precision`].
//!
//! Source: `subtensor:primitives/share-pool/src/lib.rs` @ f95810a25, 85f72d9dc, a27fff291

use crate::fixed::{wide_mul_shift, wide_shift_div};
use crate::units::Alpha;

/// 0.00001 in 64 fractional bits: a holder left with less of its share leaves altogether.
const DUST_SHARE: u128 = 184_467_440_737_096;
/// A year of alpha emission, the growth for which a denominator must stay large enough.
const YEAR_OF_EMISSION: u128 = 2_628_000_000_000_000;
const I64F64_MAX: u128 = i128::MAX as u128;

/// What a share pool does where precision runs out, by revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Precision {
    /// Up to spec 243: what is asked is taken, however little then remains; a value per share that does not fit counts
    /// as 0; and whoever enters an empty pool gets shares for all that it holds.
    Unguarded,
    /// From spec 244 on: a key left with less than a hundred-thousandth of its share, or a pool left with too small a
    /// denominator, gives up the key's whole value; a value per share that does not fit is worked out in another
    /// order; and whoever enters an empty pool gets shares for what it adds.
    Guarded,
}

/// Which stake a pool takes in, by revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Admission {
    /// Up to spec 238: any, though it may be too little for any share, and so everybody's.
    Any,
    /// From spec 239 on: only what gives a share.
    WithShares,
}

/// The stake on one hotkey, shared among keys. On root the alpha is TAO, one to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharePool<K> {
    precision: Precision,
    total: Alpha,
    denominator: u128,
    /// `total / denominator`, or `None` if there is no denominator or the quotient does not fit: asked far more often than
    /// it changes.
    per_share: Option<u128>,
    /// The keys that hold a share, in order.
    keys: Vec<K>,
    /// Their shares.
    shares: Vec<u128>,
}

/// Which way an amount goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Added,
    Taken,
}

/// What taking from a key leaves behind.
struct Removal {
    taken: Alpha,
    share_left: u128,
    denominator: u128,
}

impl<K> SharePool<K> {
    /// An empty pool.
    #[must_use]
    pub fn new(precision: Precision) -> Self {
        let (keys, shares) = (Vec::new(), Vec::new());
        Self { precision, total: Alpha::ZERO, denominator: 0, per_share: None, keys, shares }
    }

    /// Takes over another revision's precision; nobody's share changes.
    pub fn upgrade(&mut self, precision: Precision) {
        self.precision = precision;
    }
}

impl<K: Ord + Copy> SharePool<K> {
    /// A pool in a given state: the total, the denominator and the shares in whole units.
    #[must_use]
    pub fn with_state(
        precision: Precision,
        total: Alpha,
        denominator: u64,
        shares: impl IntoIterator<Item = (K, u64)>,
    ) -> Self {
        let mut pool = Self::new(precision);
        for (key, share) in shares {
            pool.set_share(key, u128::from(share) << 64);
        }
        (pool.total, pool.denominator) = (total, u128::from(denominator) << 64);
        pool.weigh();
        pool
    }

    /// The share of a key, 0 if it holds none.
    fn share(&self, key: &K) -> u128 {
        self.keys.binary_search(key).map_or(0, |at| self.shares[at])
    }

    fn set_share(&mut self, key: K, share: u128) {
        match self.keys.binary_search(&key) {
            Ok(at) if share == 0 => {
                self.keys.remove(at);
                self.shares.remove(at);
            }
            Ok(at) => self.shares[at] = share,
            Err(_) if share == 0 => {}
            Err(at) => {
                self.keys.insert(at, key);
                self.shares.insert(at, share);
            }
        }
    }

    /// Works out what a share is worth, after the total or the denominator has changed.
    fn weigh(&mut self) {
        self.per_share = quotient(self.total_bits(), self.denominator);
    }

    /// All that is in the pool.
    #[must_use]
    pub fn total(&self) -> Alpha {
        self.total
    }

    /// The keys that hold a share, in order.
    pub fn keys(&self) -> impl Iterator<Item = K> + '_ {
        self.keys.iter().copied()
    }

    /// The pool as if each key's share were another's; shares of one become one.
    #[must_use]
    pub fn merged<J: Ord + Copy>(&self, key: impl Fn(K) -> J) -> SharePool<J> {
        let Self { precision, total, denominator, per_share, .. } = *self;
        let (keys, shares) = Default::default();
        let mut merged = SharePool { precision, total, denominator, per_share, keys, shares };
        for (&old, &share) in self.keys.iter().zip(&self.shares) {
            let new = key(old);
            merged.set_share(new, merged.share(&new).saturating_add(share));
        }
        merged
    }

    /// Whether a share is worth more than the chain counts with, 2^63 rao: then who enters gets it for less, at the others' cost. So it
    /// is where almost all shares have gone before what is in the pool now was added.
    #[must_use]
    pub fn gives_away(&self) -> bool {
        self.denominator > 0 && self.per_share.is_none_or(|per_share| per_share > I64F64_MAX)
    }

    /// What a key's share is worth, cut to whole rao.
    #[must_use]
    pub fn value(&self, key: &K) -> Alpha {
        self.value_of(self.share(key))
    }

    /// What each key's share is worth, cut to whole rao, in the order of keys.
    pub fn values(&self) -> impl Iterator<Item = (K, Alpha)> + '_ {
        self.keys.iter().zip(&self.shares).map(|(&key, &share)| (key, self.value_of(share)))
    }

    fn value_of(&self, share: u128) -> Alpha {
        let value = match self.per_share {
            Some(per_share) => wide_mul_shift(per_share, share, 64),
            None if self.denominator == 0 || self.precision == Precision::Unguarded => 0,
            None => wide_shift_div(wide_mul_shift(self.total_bits(), share, 64), 64, self.denominator),
        };
        Alpha::from_rao((value >> 64) as u64)
    }

    /// Adds dividends: every key's value grows in proportion.
    pub fn add_to_all(&mut self, amount: Alpha) {
        self.total += amount;
        self.weigh();
    }

    /// Adds to one key's value. Whoever enters an empty pool gets whatever the pool held.
    pub fn add(&mut self, key: K, amount: Alpha) {
        let whole = |amount: Alpha| u128::from(amount.rao()) << 64;
        let shares = match self.precision {
            Precision::Unguarded if self.denominator == 0 => whole(self.total + amount),
            Precision::Guarded if self.denominator == 0 => whole(amount),
            Precision::Unguarded | Precision::Guarded => self.shares_for(amount, Side::Added),
        };
        self.denominator = self.denominator.saturating_add(shares);
        self.total += amount;
        self.weigh();
        if shares > 0 {
            self.set_share(key, self.share(&key).saturating_add(shares));
        }
    }

    /// Whether so much would give its owner a share; whoever enters an empty pool always gets one.
    #[must_use]
    pub fn gives_shares(&self, amount: Alpha) -> bool {
        self.denominator == 0 || self.shares_for(amount, Side::Added) > 0
    }

    /// What [`SharePool::remove`] would take.
    #[must_use]
    pub fn removable(&self, key: &K, amount: Alpha) -> Alpha {
        self.removal(key, amount).taken
    }

    /// Takes from one key's value and returns how much was taken: the amount, or, where the [`Precision`] is guarded,
    /// the whole value.
    pub fn remove(&mut self, key: K, amount: Alpha) -> Alpha {
        let Removal { taken, share_left, denominator } = self.removal(&key, amount);
        self.denominator = denominator;
        self.set_share(key, share_left);
        self.total = self.total.saturating_sub(taken);
        self.weigh();
        taken
    }

    fn removal(&self, key: &K, amount: Alpha) -> Removal {
        let share = self.share(key);
        let shares = self.shares_for(amount, Side::Taken);
        let left = share.saturating_sub(shares);
        let denominator = self.denominator.saturating_sub(shares);
        if self.precision == Precision::Guarded
            && shares > 0
            && (is_dust(left, share) || !self.outlasts_a_year(denominator))
        {
            let denominator = self.denominator.saturating_sub(share);
            return Removal { taken: self.value(key), share_left: 0, denominator };
        }
        Removal { taken: amount, share_left: left, denominator }
    }

    /// Which part of the pool is each key's, for reports, in the order of keys.
    pub fn fractions(&self) -> impl Iterator<Item = (K, f64)> + '_ {
        let whole = self.denominator as f64;
        let fraction = move |share: u128| if whole > 0.0 { share as f64 / whole } else { 0.0 };
        self.keys.iter().zip(&self.shares).map(move |(&key, &share)| (key, fraction(share)))
    }

    fn total_bits(&self) -> u128 {
        u128::from(self.total.rao()) << 64
    }

    /// Shares for an amount, at the pool's value per share; 0 if they do not fit.
    ///
    /// Where the value per share does not fit, the chain multiplies by the denominator, and takes by a negative amount: that
    /// product is rounded down too, which is to more shares.
    fn shares_for(&self, amount: Alpha, side: Side) -> u128 {
        let amount = (u128::from(amount.rao()) << 64).min(I64F64_MAX);
        match (self.per_share, self.precision) {
            (Some(per_share), _) => signed_quotient(amount, per_share.min(I64F64_MAX)),
            (None, Precision::Unguarded) => 0,
            (None, Precision::Guarded) => {
                let part = signed_quotient(amount, self.total_bits().min(I64F64_MAX));
                let denominator = self.denominator.min(I64F64_MAX);
                let shares = wide_mul_shift(part, denominator, 64);
                let exact = part.trailing_zeros() + denominator.trailing_zeros() >= 64;
                let more = u128::from(side == Side::Taken && !exact);
                (shares + more).min(I64F64_MAX)
            }
        }
    }

    fn outlasts_a_year(&self, denominator: u128) -> bool {
        let grown = self.total_bits().saturating_add(YEAR_OF_EMISSION << 64);
        fits(grown, denominator)
    }
}

/// Whether what is left of a share is less than a hundred-thousandth of it.
fn is_dust(left: u128, share: u128) -> bool {
    // Most is far more: no division then.
    left <= share >> 16 && (share == 0 || wide_shift_div(left, 64, share) < DUST_SHARE)
}

/// Whether `b` is not zero and `a / b` is below 2^64.
const fn fits(a: u128, b: u128) -> bool {
    a >> 64 < b
}

/// `a / b` with 64 fractional bits, or `None` if `b` is zero or the quotient does not fit.
fn quotient(a: u128, b: u128) -> Option<u128> {
    fits(a, b).then(|| wide_shift_div(a, 64, b))
}

/// The chain's signed quotient of numbers that are not negative: 0 if `b` is zero or it does not fit.
fn signed_quotient(a: u128, b: u128) -> u128 {
    quotient(a, b).filter(|&quotient| quotient <= I64F64_MAX).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: u128 = 1 << 64;
    const REVISIONS: [Precision; 2] = [Precision::Unguarded, Precision::Guarded];

    fn rao(rao: u64) -> Alpha {
        Alpha::from_rao(rao)
    }

    #[test]
    fn a_value_beyond_64_bits_a_share_is_not_lost() {
        let mut pool = SharePool::new(Precision::Guarded);
        pool.add('a', Alpha::from_rao(10));
        pool.add_to_all(Alpha::from_rao(10_000_000_000 - 10));
        // A ten-thousandth of the share stays: enough for a year of emission, but not for all that can be issued.
        pool.remove('a', Alpha::from_rao(10_000_000_000 - 1_000_000));
        pool.add_to_all(Alpha::from_rao(20_000_000_000_000_000 - 1_000_000));
        assert_eq!(pool.per_share, None);
        assert_eq!(pool.value(&'a'), Alpha::from_rao(20_000_000_000_000_000));
        assert_eq!(
            SharePool::with_state(Precision::Guarded, Alpha::ZERO, 0, [('a', 7)]).value(&'a'),
            Alpha::ZERO
        );
    }

    #[test]
    fn as_one_keys_a_pool_is_worth_what_it_was_and_goes_on_as_it_would_have() {
        let mut pool = SharePool::new(Precision::Guarded);
        pool.add('a', rao(1_000_003));
        pool.add_to_all(rao(333_331));
        let mut one = pool.merged(|_| 7u8);
        assert_eq!((one.total(), one.value(&7)), (pool.total(), pool.value(&'a')));
        for _ in 0..50 {
            pool.add('a', rao(77));
            one.add(7, rao(77));
            assert_eq!(one.value(&7), pool.value(&'a'));
        }
        pool.add('b', rao(999_999));
        let one = pool.merged(|_| 7u8);
        assert!(pool.total() - one.value(&7) <= rao(1));
        assert_eq!(SharePool::<char>::new(Precision::Guarded).merged(|_| 7u8).value(&7), Alpha::ZERO);
    }

    #[test]
    fn dividends_go_to_all_in_proportion() {
        for precision in REVISIONS {
            let mut pool = SharePool::new(precision);
            pool.add('a', rao(3_000_000));
            pool.add('b', rao(1_000_000));
            pool.add_to_all(rao(4_000_000));
            assert_eq!(pool.value(&'a'), rao(6_000_000));
            assert_eq!(pool.value(&'b'), rao(2_000_000));
        }
    }

    #[test]
    fn taking_all_but_a_hair_takes_all_from_spec_244_and_what_is_asked_before() {
        let taken = |precision| {
            let mut pool = SharePool::new(precision);
            pool.add('a', rao(1_000_000_000));
            pool.add('b', rao(1_000_000_000));
            let asked = rao(999_991_000);
            assert_eq!(pool.removable(&'a', asked), pool.clone().remove('a', asked));
            (pool.remove('a', asked), pool.value(&'a'), pool.total())
        };
        assert_eq!(taken(Precision::Guarded), (rao(1_000_000_000), Alpha::ZERO, rao(1_000_000_000)));
        assert_eq!(taken(Precision::Unguarded), (rao(999_991_000), rao(9_000), rao(1_000_009_000)));
    }

    /// A pool that an unstake left with a denominator of less than 2^-36, and that has earned 36.7 alpha since: each
    /// share is worth more than 2^64 rao.
    fn starved(precision: Precision) -> SharePool<char> {
        let denominator = 161_986_254;
        let mut pool = SharePool::new(precision);
        pool.set_share('a', denominator);
        (pool.total, pool.denominator) = (rao(36_711_495_953), denominator);
        pool.weigh();
        pool
    }

    #[test]
    fn whoever_has_taken_all_holds_no_share() {
        for precision in REVISIONS {
            let mut pool = SharePool::new(precision);
            pool.add('a', rao(1_000_000));
            pool.add('b', rao(3_000_000));
            assert_eq!(pool.remove('a', rao(1_000_000)), rao(1_000_000));
            assert_eq!(pool.keys().collect::<Vec<_>>(), ['b']);
            // Nor does who never had one.
            assert_eq!(pool.remove('c', Alpha::ZERO), Alpha::ZERO);
            assert_eq!(pool.keys().collect::<Vec<_>>(), ['b']);
        }
    }

    #[test]
    fn taking_nothing_takes_nothing_even_of_a_starved_pool() {
        for precision in REVISIONS {
            assert_eq!(starved(precision).remove('a', Alpha::ZERO), Alpha::ZERO);
        }
    }

    #[test]
    fn of_a_starved_pool_a_rao_takes_a_bit_of_a_share_and_so_all_from_spec_244() {
        // 161,986,254 / 36,711,495,953 = 0.004 of a share's last bit: none for whoever adds the rao, one for whoever takes
        // it, since the chain rounds a negative product down. And what is left is too little for a year of emission.
        assert!(!starved(Precision::Guarded).gives_shares(rao(1)));
        assert_eq!(starved(Precision::Guarded).shares_for(rao(1), Side::Taken), 1);
        assert_eq!(starved(Precision::Guarded).remove('a', rao(1)), rao(36_711_495_953));
        assert_eq!(starved(Precision::Unguarded).remove('a', rao(1)), rao(1));
    }

    #[test]
    fn a_value_per_share_beyond_64_bits_counts_as_nothing_until_spec_243() {
        assert_eq!(starved(Precision::Unguarded).value(&'a'), Alpha::ZERO);
        assert_eq!(starved(Precision::Guarded).value(&'a'), rao(36_711_495_953));
        let mut upgraded = starved(Precision::Unguarded);
        upgraded.upgrade(Precision::Guarded);
        assert_eq!(upgraded, starved(Precision::Guarded));
    }

    #[test]
    fn stake_that_gives_no_share_becomes_everybodys() {
        // A billion rao is a fortieth of the pool, and so of its shares; one rao is less than the last bit of one.
        let gives = |precision, amount| starved(precision).gives_shares(rao(amount));
        assert!(!gives(Precision::Unguarded, 1_274_280_132));
        assert!(gives(Precision::Guarded, 1_274_280_132));
        assert!(!gives(Precision::Guarded, 1));
        assert!(SharePool::<char>::new(Precision::Guarded).gives_shares(Alpha::ZERO));
        let mut pool = starved(Precision::Unguarded);
        pool.add('b', rao(1_274_280_132));
        assert_eq!(pool.keys().collect::<Vec<_>>(), ['a']);
        pool.upgrade(Precision::Guarded);
        assert_eq!(pool.value(&'a'), rao(36_711_495_953 + 1_274_280_132));
    }

    #[test]
    fn who_enters_an_empty_pool_gets_all_that_is_in_it() {
        // The shares differ by revision, and so does what later ones are rounded to.
        for (precision, shares) in [(Precision::Unguarded, 12), (Precision::Guarded, 3)] {
            let mut pool = SharePool::new(precision);
            pool.add_to_all(rao(9));
            pool.add('a', rao(3));
            assert_eq!((pool.value(&'a'), pool.total()), (rao(12), rao(12)), "{precision:?}");
            assert_eq!(pool.share(&'a') >> 64, shares);
        }
    }

    proptest! {
        #[test]
        fn dust_is_less_than_a_hundred_thousandth_of_a_share(share: u128, part in 0..=ONE, shift in 0..128u32) {
            let share = share >> shift;
            let left = wide_mul_shift(share, part, 64);
            let fraction = if share == 0 { 0 } else { wide_shift_div(left, 64, share) };
            prop_assert_eq!(is_dust(left, share), fraction < DUST_SHARE);
        }

        #[test]
        fn a_quotient_that_fits_is_that_of_long_division(a: u128, b: u128, shifts in (0..128u32, 0..128u32)) {
            let (a, b) = (a >> shifts.0, b >> shifts.1);
            let expected = (b > 0 && a / b < ONE).then(|| wide_shift_div(a, 64, b));
            prop_assert_eq!(quotient(a, b), expected);
        }

        // Values may move by the last bit of a share: at these amounts, less than two rao.
        #[test]
        fn what_one_key_adds_or_takes_is_the_totals_and_not_the_others(
            held in (1_000_000u64..1_000_000_000_000, 1_000_000u64..1_000_000_000_000),
            dividends in 0u64..1_000_000_000_000, amount in 1u64..1_000_000_000_000,
        ) {
            let mut pool = SharePool::new(Precision::Guarded);
            pool.add('a', Alpha::from_rao(held.0));
            pool.add('b', Alpha::from_rao(held.1));
            pool.add_to_all(Alpha::from_rao(dividends));
            let (total, others, own) = (pool.total(), pool.value(&'b'), pool.value(&'a'));
            let amount = Alpha::from_rao(amount);
            let near = |one: Alpha, other: Alpha| one.rao().abs_diff(other.rao()) <= 2;

            let mut more = pool.clone();
            more.add('a', amount);
            prop_assert_eq!(more.total(), total + amount);
            prop_assert!(near(more.value(&'b'), others) && near(more.value(&'a'), own + amount));

            let removable = pool.removable(&'a', amount);
            let taken = pool.remove('a', amount);
            prop_assert_eq!(taken, removable);
            prop_assert!(taken == amount.min(own) || taken == own, "{taken} of {own}");
            prop_assert_eq!(pool.total(), total - taken);
            prop_assert!(near(pool.value(&'b'), others) && near(pool.value(&'a'), own - taken));
        }

        #[test]
        fn values_never_sum_to_more_than_the_total(
            unguarded: bool,
            steps in prop::collection::vec((0u8..4, 0u8..3, 1u64..1_000_000_000_000), 1..60),
        ) {
            let mut pool = SharePool::new(REVISIONS[usize::from(unguarded)]);
            for (key, kind, amount) in steps {
                match kind {
                    0 => pool.add(key, rao(amount)),
                    1 if pool.total() > Alpha::ZERO => pool.add_to_all(rao(amount)),
                    _ => {
                        let held = pool.value(&key);
                        if held > Alpha::ZERO {
                            pool.remove(key, held.min(rao(amount)));
                        }
                    }
                }
                let values: Alpha = pool.keys().map(|key| pool.value(&key)).sum();
                // Shares are rounded down on the way in and out, so a value may be a rao too high for a key, but
                // never by more than one each.
                prop_assert!(values.rao() <= pool.total().rao() + 4);
            }
        }
    }
}
