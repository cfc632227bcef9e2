//! What the experiments in the small world of `sixteen.ron` share.

use crate::runs::{Cell, Runs};

/// TAO that a day of that world emits: 7,200 blocks of 0.0625.
pub(super) const A_DAY: f64 = 450.0;
/// Its days.
pub(super) const DAYS: f64 = 10.0;
/// How many times the network emits as much.
pub(super) const NETWORK: f64 = 8.0;

/// Its pools that are asked about: the subnet, and what it stands for.
pub(super) const POOLS: [(u16, &str); 4] = [
    (128, "SN28 of February 2025, 688 TAO"),
    (84, "SN84 of April 2026, 5,363 TAO"),
    (28, "SN28 of April 2026, 12,020 TAO"),
    (4, "SN4 of April 2026, 125,203 TAO"),
];

/// The rules that a design puts beside each other, by what tells them in the file.
const RULES: [(&str, &str); 7] = [
    ("moving_alpha: 3e-6", "moving price, 3e-6"),
    ("emission: SpotPrice", "spot price"),
    ("emission: MarketCap", "market value"),
    ("emission: LowerAverage", "lower of two averages"),
    ("emission: Uniform", "the same for all"),
    ("spec: 385", "flows, spec 385"),
    ("moving_alpha: 3e-4", "moving price, 3e-4"),
];

/// What a cell's rules are called.
pub(super) fn rule(cell: &Cell) -> &'static str {
    let text = cell.factor("protocol");
    RULES.iter().find(|(tells, _)| text.contains(tells)).map_or("other rules", |(_, name)| name)
}

/// Each point's cell of an arm, with that of the first arm at the same point.
pub(super) fn against<'r>(
    runs: &'r Runs,
    arm: &'r str,
    first: &'r str,
) -> impl Iterator<Item = (&'r Cell, &'r Cell)> {
    runs.arm(arm).filter_map(move |cell| Some((cell, runs.beside(cell, first)?)))
}

/// By how much an outcome of the first seed is more than in another cell.
pub(super) fn more(cell: &Cell, than: &Cell, outcome: &str) -> Option<f64> {
    Some(cell.first(outcome)? - than.first(outcome)?)
}

/// By how much an outcome is more than in another cell, seed by seed.
pub(super) fn differences(cell: &Cell, than: &Cell, outcome: &str) -> Vec<f64> {
    cell.pairs(than, outcome).into_iter().map(|(here, there)| here - there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn rules_are_told_by_what_the_file_says_of_them() {
        let runs = runs(
            "run,point,arm,seed,protocol,x\n0,0,quiet,1,\"(spec: 246, rules: (moving_alpha: 3e-4))\",1\n\
             1,0,buy,1,\"(spec: 246, rules: (moving_alpha: 3e-4))\",3\n\
             2,1,quiet,1,\"(spec: 385, rules: (moving_alpha: 3e-4))\",1\n",
            &["protocol"],
        );
        let names: Vec<&str> = runs.arm("quiet").map(rule).collect();
        assert_eq!(names, ["moving price, 3e-4", "flows, spec 385"]);
        let (buy, quiet) = against(&runs, "buy", "quiet").next().expect("one point has both");
        assert_eq!((more(buy, quiet, "x"), differences(buy, quiet, "x")), (Some(2.0), vec![2.0]));
    }
}
