//! What searches claim in worlds where nothing can be gained: the example `nulls` makes them, docs/experiments/attacks/nulls.csv keeps them.

use std::ops::RangeInclusive;

use crate::Goal;

/// How many runs each of these searches makes.
pub const RUNS: u64 = 10_000;
/// How many worlds give the threshold, and how many others are tested.
pub const HALF: usize = 24;
/// After how many runs the best so far is noted.
pub const AT: [u64; 4] = [1_000, 2_000, 5_000, RUNS];
/// In how many of the worlds that are tested a search claimed a gain.
pub const CLAIMED: usize = 0;

/// The sizes of a search, in runs, for which these results are evidence.
const ALIKE: RangeInclusive<u64> = RUNS / 2..=2 * RUNS;

/// What they say of another search for the same goal, if it makes about as many runs.
pub(crate) fn sentence(goal: Goal, runs: u64) -> Option<String> {
    (goal == Goal::Profit && ALIKE.contains(&runs)).then(|| {
        format!(
            "Of {HALF} searches of {RUNS} runs by an earlier form of the search, in worlds where nothing can be gained, {} claimed a gain.",
            if CLAIMED == 0 { "none".into() } else { CLAIMED.to_string() }
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_the_table_has() {
        let table = include_str!("../../../docs/experiments/attacks/nulls.csv");
        let mut lines = table.lines();
        let columns: Vec<&str> = lines.next().expect("a line of names").split(',').collect();
        let column = |name: &str| columns.iter().position(|column| *column == name).expect("a column");
        let (half, claimed, evaluations) = (column("half"), column("claimed"), column("evaluations"));
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        assert!(rows.iter().all(|row| row[evaluations].parse::<u64>().expect("a number") >= RUNS));
        for name in ["threshold", "test"] {
            assert_eq!(rows.iter().filter(|row| row[half] == name).count(), HALF);
        }
        let claims = rows.iter().filter(|row| row[half] == "test" && row[claimed] == "true");
        assert_eq!(claims.count(), CLAIMED);
    }

    #[test]
    fn nothing_is_said_of_a_search_of_another_size_or_for_another_goal() {
        assert!(sentence(Goal::Profit, RUNS).is_some_and(|said| said.contains("24 searches of 10000 runs")));
        assert_eq!(sentence(Goal::Profit, 2_000), None);
        assert_eq!(sentence(Goal::Profit, 100_000), None);
        assert_eq!(sentence(Goal::Share, RUNS), None);
    }
}
