//! Which seeds are run, as a user says it.

use std::str::FromStr;

use crate::limits::RUNS;

/// Some seeds: the first few, or those from one up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// So many, from the first on: the first seed of a sweep's file, otherwise 1.
    First(u64),
    /// From one (inclusive) to another (exclusive).
    Range(u64, u64),
}

impl Seeds {
    /// The first seed (inclusive) and the last (exclusive), where `first` is the first unless it is said.
    #[must_use]
    pub fn from(self, first: u64) -> (u64, u64) {
        match self {
            Self::First(count) => (first, first.saturating_add(count)),
            Self::Range(from, to) => (from, to),
        }
    }
}

impl FromStr for Seeds {
    type Err = String;

    /// Reads `100` or `0..100`; `_` may stand between digits.
    fn from_str(text: &str) -> Result<Self, String> {
        let seeds = match text.split_once("..") {
            None => number(text).filter(|count| (1..=RUNS).contains(count)).map(Self::First),
            Some((from, to)) => number(from)
                .zip(number(to))
                .filter(|(from, to)| from < to)
                .map(|(from, to)| Self::Range(from, to)),
        };
        seeds.ok_or_else(|| {
            "write how many seeds, such as 100, or the first seed and the one after the last, such as 0..100".into()
        })
    }
}

/// A whole number of digits, with `_` between some of them or not.
#[must_use]
pub fn number(text: &str) -> Option<u64> {
    let between = !text.starts_with('_') && !text.ends_with('_') && !text.starts_with('+');
    text.replace('_', "").parse().ok().filter(|_| between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_of_them_or_a_range() {
        assert_eq!("1_000".parse(), Ok(Seeds::First(1_000)));
        assert_eq!("5..1_000".parse(), Ok(Seeds::Range(5, 1_000)));
        for wrong in ["", "0", "3..3", "4..3", "-1", "a", "1..", "..2", "_1", "1.5"] {
            assert!(wrong.parse::<Seeds>().is_err(), "{wrong}");
        }
        assert_eq!((Seeds::First(3).from(7), Seeds::Range(1, 2).from(7)), ((7, 10), (1, 2)));
    }
}
