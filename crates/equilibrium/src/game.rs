//! A table of payoffs: what each strategy earns at every split of the players.

use std::collections::BTreeMap;

use dtao_statistics::interval::{Interval, LEVEL, student};

/// Every way in which so many players can be split among so many strategies, in falling order of the first, then the second and so on.
#[must_use]
pub fn splits(players: usize, strategies: usize) -> Vec<Vec<usize>> {
    if strategies <= 1 {
        return vec![vec![players]; strategies];
    }
    let with = |first: usize| {
        let rest = splits(players - first, strategies - 1);
        rest.into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=players).rev().flat_map(with).collect()
}

/// What was measured: for every split and strategy that somebody follows there one payoff per seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    /// The strategies' names.
    pub strategies: Vec<String>,
    /// How many players there are.
    pub players: usize,
    /// How many seeds.
    pub seeds: usize,
    /// By split: each strategy's payoffs, none where nobody follows it.
    measured: BTreeMap<Vec<usize>, Vec<Option<Vec<f64>>>>,
}

/// Why numbers are no table of payoffs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what `{strategy}` earns where {split:?} players follow the strategies is not known for every seed")]
pub struct Missing {
    /// The strategy.
    pub strategy: String,
    /// The split.
    pub split: Vec<usize>,
}

/// A table of payoffs, one number for each split and strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Payoffs {
    players: usize,
    strategies: usize,
    /// By the split of the other players: what each strategy earns, and in how many ways the others can be so.
    others: Vec<(Vec<usize>, f64, Vec<f64>)>,
    scale: f64,
}

impl Game {
    /// A table from what each strategy earns at a split with a seed.
    ///
    /// # Errors
    /// If a payoff is missing or not finite: names the first.
    pub fn of(
        strategies: Vec<String>,
        players: usize,
        seeds: usize,
        payoff: impl Fn(&[usize], usize, usize) -> Option<f64>,
    ) -> Result<Self, Missing> {
        let mut measured = BTreeMap::new();
        for split in splits(players, strategies.len()) {
            let mut row = Vec::with_capacity(strategies.len());
            for (strategy, name) in strategies.iter().enumerate() {
                if split[strategy] == 0 {
                    row.push(None);
                    continue;
                }
                let values: Option<Vec<f64>> = (0..seeds)
                    .map(|seed| payoff(&split, strategy, seed).filter(|payoff| payoff.is_finite()))
                    .collect();
                let missing = || Missing { strategy: name.clone(), split: split.clone() };
                row.push(Some(values.ok_or_else(missing)?));
            }
            measured.insert(split, row);
        }
        Ok(Self { strategies, players, seeds, measured })
    }

    /// The means over all seeds.
    #[must_use]
    pub fn mean(&self) -> Payoffs {
        let all: Vec<usize> = (0..self.seeds).collect();
        self.mean_of(&all)
    }

    /// The means over some seeds, each counted as often as it is named.
    #[must_use]
    pub fn mean_of(&self, seeds: &[usize]) -> Payoffs {
        let strategies = self.strategies.len();
        let others = splits(self.players - 1, strategies).into_iter().map(|others| {
            let earned = (0..strategies).map(|strategy| {
                let mut split = others.clone();
                split[strategy] += 1;
                let values = self.measured[&split][strategy].as_ref().expect("somebody follows it");
                mean(seeds.iter().map(|&seed| values[seed]))
            });
            let earned: Vec<f64> = earned.collect();
            let ways = ways(&others);
            (others, ways, earned)
        });
        let others: Vec<_> = others.collect();
        let scale = scale(others.iter().flat_map(|(.., payoffs)| payoffs.iter().copied()));
        Payoffs { players: self.players, strategies, others, scale }
    }

    /// The rows of the table: split, strategy, mean, and half the width of its 95 % interval (Student's t); none of one seed.
    pub fn rows(&self) -> impl Iterator<Item = (&[usize], &str, f64, Option<f64>)> {
        self.entries().map(|(split, strategy, values)| {
            let half = student(values, LEVEL).map(Interval::half_width);
            (split, self.strategies[strategy].as_str(), mean(values.iter().copied()), half)
        })
    }

    /// How far off any payoff is at most, with a probability of 95 % for all of them together (Bonferroni); none of one seed.
    #[must_use]
    pub fn epsilon(&self) -> Option<f64> {
        let level = 1.0 - (1.0 - LEVEL) / self.entries().count() as f64;
        let widths = self.entries().map(|(.., values)| student(values, level).map(Interval::half_width));
        widths.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
    }

    fn entries(&self) -> impl Iterator<Item = (&[usize], usize, &[f64])> {
        self.measured.iter().rev().flat_map(|(split, row)| {
            let known = row.iter().enumerate();
            known.filter_map(move |(at, values)| Some((split.as_slice(), at, values.as_deref()?)))
        })
    }
}

/// The mean, summed in the order of the seeds.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let number = values.len() as f64;
    values.sum::<f64>() / number
}

/// The largest difference between two payoffs; 0 if they differ by no more than the rounding of a mean.
fn scale(payoffs: impl Iterator<Item = f64>) -> f64 {
    const ROUNDING: f64 = 64.0 * f64::EPSILON;
    let bounds = payoffs.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), payoff| {
        (least.min(payoff), greatest.max(payoff))
    });
    let scale = bounds.1 - bounds.0;
    if scale > ROUNDING * bounds.0.abs().max(bounds.1.abs()) { scale } else { 0.0 }
}

/// In how many ways players can be so split: the multinomial coefficient.
fn ways(split: &[usize]) -> f64 {
    let (mut ways, mut placed) = (1.0, 0);
    for &number in split {
        for chosen in 1..=number {
            placed += 1;
            ways *= placed as f64 / chosen as f64;
        }
    }
    ways.round()
}

impl Payoffs {
    /// How many strategies there are.
    #[must_use]
    pub fn strategies(&self) -> usize {
        self.strategies
    }

    /// What a player of each strategy earns where the others mix by shares.
    #[must_use]
    pub fn at(&self, shares: &[f64]) -> Vec<f64> {
        let powers: Vec<Vec<f64>> = shares.iter().map(|&share| powers(share, self.players - 1)).collect();
        let mut earned = vec![0.0; self.strategies];
        for (others, ways, payoffs) in &self.others {
            let probability =
                others.iter().zip(&powers).fold(*ways, |product, (&number, powers)| product * powers[number]);
            for (sum, payoff) in earned.iter_mut().zip(payoffs) {
                *sum += probability * payoff;
            }
        }
        earned
    }

    /// What all earn on average.
    #[must_use]
    pub fn mean(shares: &[f64], earned: &[f64]) -> f64 {
        shares.iter().zip(earned).map(|(share, earned)| share * earned).sum()
    }

    /// What the best strategy earns beyond the average.
    #[must_use]
    pub fn regret(&self, shares: &[f64]) -> f64 {
        let earned = self.at(shares);
        let best = earned.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (best - Self::mean(shares, &earned)).max(0.0)
    }

    /// A difference of what two strategies earn, as a part of the largest difference between two payoffs; none where all payoffs are
    /// the same.
    #[must_use]
    pub fn scaled(&self, difference: f64) -> f64 {
        if self.scale > 0.0 { difference / self.scale } else { 0.0 }
    }

    /// How many players there are.
    #[must_use]
    pub fn players(&self) -> usize {
        self.players
    }
}

/// All powers of a number up to one, that of 0 first.
fn powers(base: f64, most: usize) -> Vec<f64> {
    std::iter::successors(Some(1.0), |power| Some(power * base)).take(most + 1).collect()
}

/// The game in which everybody meets everybody else of `players`, and each meeting pays by a matrix.
#[must_use]
pub fn of_matrix(matrix: &[Vec<f64>], players: usize) -> Game {
    let names = (0..matrix.len()).map(|at| format!("s{}", at + 1)).collect();
    let payoff = |split: &[usize], own: usize, _: usize| {
        let met = |other: usize| (split[other] - usize::from(other == own)) as f64;
        let sum: f64 = (0..matrix.len()).map(|other| met(other) * matrix[own][other]).sum();
        Some(sum / (players - 1) as f64)
    };
    Game::of(names, players, 1, payoff).expect("every payoff is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_all_of_them_once() {
        assert_eq!(splits(2, 2), [[2, 0], [1, 1], [0, 2]]);
        // Binomial of 4 + 3 over 3.
        assert_eq!(splits(4, 4).len(), 35);
        assert!(splits(4, 4).iter().all(|split| split.iter().sum::<usize>() == 4));
    }

    #[test]
    fn a_meeting_of_pairs_pays_linearly_whatever_the_number_of_players() {
        let matrix = vec![vec![0.0, 3.0, -1.0], vec![1.0, 2.0, 5.0], vec![4.0, -2.0, 0.5]];
        let shares = [0.2, 0.5, 0.3];
        for players in 2..6 {
            let earned = of_matrix(&matrix, players).mean().at(&shares);
            for (row, earned) in matrix.iter().zip(&earned) {
                let expected: f64 = row.iter().zip(&shares).map(|(pay, share)| pay * share).sum();
                assert!((earned - expected).abs() < 1e-12, "{players}: {earned} for {expected}");
            }
        }
    }

    #[test]
    fn a_missing_payoff_is_named() {
        let payoff = |split: &[usize], strategy, _| (split[strategy] != 2).then_some(1.0);
        let missing = Game::of(vec!["a".into(), "b".into()], 3, 1, payoff).expect_err("one is missing");
        assert_eq!(missing, Missing { strategy: "a".into(), split: vec![2, 1] });
    }

    #[test]
    fn epsilon_covers_all_payoffs_together() {
        // Two seeds, 1 and 3 at every entry: a standard error of 1. Of 2 players and 2 strategies there are 4 entries.
        let payoff = |_: &[usize], _, seed| Some(if seed == 0 { 1.0 } else { 3.0 });
        let game = Game::of(vec!["a".into(), "b".into()], 2, 2, payoff).expect("all are known");
        // Student's t of one degree of freedom at 1 - 0.05 / 8: tan(pi * (0.5 - 0.00625)) = 50.923.
        let epsilon = game.epsilon().expect("two seeds");
        assert!((epsilon - 50.923).abs() < 0.01, "{epsilon}");
        let rows: Vec<_> = game.rows().collect();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.2 == 2.0 && (row.3.expect("two seeds") - 12.706).abs() < 0.001));
    }
}
