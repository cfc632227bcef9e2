//! How much of a fund a validator may trade in a day.

use crate::units::{DAY, Tao};
use crate::yuma::Fraction;

/// What a fund may still trade: a bucket that trades empty and that fills up in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnoverBucket {
    /// What was in it after the last trade; full before the first.
    level: Option<Tao>,
}

impl TurnoverBucket {
    /// A bucket that holds so much; one that was never traded from is full.
    #[must_use]
    pub fn new(level: Option<Tao>) -> Self {
        Self { level }
    }

    /// What the bucket holds at most: a fraction of the fund's guarded value, rounded down.
    #[must_use]
    pub fn capacity(fund: Tao, daily_cap: Fraction) -> Tao {
        Tao::from_rao((u128::from(fund.rao()) * u128::from(daily_cap.0) / u128::from(u16::MAX)) as u64)
    }

    /// What it holds so many blocks after the last trade.
    #[must_use]
    pub fn available(&self, capacity: Tao, blocks: u64) -> Tao {
        let Some(level) = self.level else { return capacity };
        let filled = u128::from(capacity.rao()) * u128::from(blocks) / u128::from(DAY);
        let level = u128::from(level.rao()).saturating_add(filled);
        Tao::from_rao(u64::try_from(level).unwrap_or(u64::MAX)).min(capacity)
    }

    /// Takes a trade's amount out, so many blocks after the last trade; otherwise says what could have been taken.
    ///
    /// Source: of specs 464 to 475, in RaoFoundation/subtensor
    ///
    /// # Errors
    /// If there is less in it.
    pub fn take(&mut self, amount: Tao, capacity: Tao, blocks: u64) -> Result<(), Tao> {
        let available = self.available(capacity, blocks);
        let left = available.checked_sub(amount).ok_or(available)?;
        self.level = Some(left);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_is_full_at_first_and_fills_up_in_a_day() {
        let capacity = TurnoverBucket::capacity(Tao::from_rao(720_000), Fraction(13_107));
        assert_eq!(capacity, Tao::from_rao(144_000));
        let mut bucket = TurnoverBucket::default();
        assert_eq!(bucket.take(Tao::from_rao(144_001), capacity, 0), Err(capacity));
        assert_eq!(bucket.take(Tao::from_rao(144_000), capacity, 0), Ok(()));
        assert_eq!(bucket.available(capacity, 3_600), Tao::from_rao(72_000));
        assert_eq!(bucket.available(capacity, 9_000), capacity);
        // A fund that has lost value has less room.
        assert_eq!(bucket.available(Tao::from_rao(10), 9_000), Tao::from_rao(10));
    }

    proptest! {
        #[test]
        fn no_more_than_two_capacities_are_traded_within_a_day(trades in prop::collection::vec((0..2_000u64, 0..1_000u64), 1..40)) {
            let capacity = Tao::from_rao(1_000);
            let mut bucket = TurnoverBucket::default();
            let (mut now, mut traded) = (0, Vec::new());
            for (wait, amount) in trades {
                let blocks = if traded.is_empty() { 0 } else { wait };
                now += wait;
                let last = traded.last().map_or(now, |&(at, _)| at);
                if bucket.take(Tao::from_rao(amount), capacity, now - last).is_ok() {
                    traded.push((now, amount));
                }
                prop_assert!(blocks <= wait);
            }
            for &(from, _) in &traded {
                let within = traded.iter().filter(|(at, _)| (from..from + DAY).contains(at));
                prop_assert!(within.map(|(_, amount)| amount).sum::<u64>() <= 2 * capacity.rao());
            }
        }
    }
}
