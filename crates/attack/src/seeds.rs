//! Which seeds a search uses: those of the races, and fresh ones that it never sees before it confirms what it has found.

use crate::race::LAST_RUNG;

/// The seeds of two searches whose own seeds are neighbours lie so far apart.
const APART: u64 = 1_000_000;
/// The first fresh seed, counted from the first racing one.
const FRESH: u64 = 1_000;
/// How many fresh seeds are enough where nothing is random.
const FEW: usize = 2;

/// The largest seed that a search can have: beyond it the seeds of its runs would not fit 64 bits.
pub const MOST_SEED: u64 = (u64::MAX - FRESH - LAST_RUNG as u64) / APART;

/// What programs are tried on.
#[derive(Clone, Debug)]
pub(crate) struct Seeds {
    /// Those of the races: one where nothing is random.
    pub racing: Vec<u64>,
    /// Those that the search never sees.
    pub fresh: Vec<u64>,
    /// How many of the fresh ones are enough, unless they tell of something random after all.
    pub few: usize,
}

impl Seeds {
    /// Those of a search, at most [`MOST_SEED`].
    pub fn of(search: u64, exact: bool) -> Self {
        let first = search * APART;
        let racing = if exact { 1 } else { LAST_RUNG };
        let from = |first: u64, count: usize| (1..=count as u64).map(|number| first + number).collect();
        Self {
            racing: from(first, racing),
            fresh: from(first + FRESH, LAST_RUNG),
            few: if exact { FEW } else { LAST_RUNG },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_share_no_seed_and_the_last_search_has_all_of_its_own() {
        let all = |search| [Seeds::of(search, false).racing, Seeds::of(search, false).fresh].concat();
        let (before, last) = (all(MOST_SEED - 1), all(MOST_SEED));
        assert_eq!(last.len(), 2 * LAST_RUNG);
        assert!(last.is_sorted_by(|a, b| a < b) && before.last() < last.first(), "{before:?} {last:?}");
        assert!((MOST_SEED + 1).checked_mul(APART).and_then(|first| first.checked_add(FRESH + 64)).is_none());
    }
}
