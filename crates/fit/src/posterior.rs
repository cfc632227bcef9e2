//! What is believed of each quantity before and after the facts, and how far that can be trusted.

use dtao_statistics::interval::{self, Interval};
use dtao_statistics::{Support, quantile};
use serde::Serialize;

use crate::Settings;
use crate::abc::{Near, Posterior};
use crate::prepared::{Prepared, PreparedModel, PreparedQuantity};
use crate::table::Role;

/// The interval that is reported, and whose coverage is tested: from the 5th to the 95th percentile.
const TAILS: (f64, f64) = (0.05, 0.95);

/// Coverage of intervals of 90 % that counts as calibrated.
pub const CALIBRATED: (f64, f64) = (0.85, 0.95);

/// The smallest contraction over truths with which a quantity counts as identified.
pub const IDENTIFIED: f64 = 0.1;

/// With fewer runs that have all facts nothing is said.
const FEWEST: usize = 10;

/// A value and what lies around it: a median with the 5th and the 95th percentile, or a probability with its 95 %
/// interval (Wilson).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Belief {
    /// The median, or the probability.
    pub value: f64,
    /// From where ...
    pub low: f64,
    /// ... to where.
    pub high: f64,
}

/// What is believed of one quantity of one model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Believed {
    /// The model.
    pub model: String,
    /// Whether it was drawn or computed.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// Whether the figures are a probability with its interval rather than a median with a range.
    pub is_probability: bool,
    /// Before the facts.
    pub prior: Belief,
    /// By rejection.
    pub rejection: Belief,
    /// By local-linear regression.
    pub posterior: Belief,
    /// The posterior's mean; of a probability the same as its value.
    pub mean: f64,
    /// One less the posterior's standard deviation over the prior's, both on the scale of the prior's ranks.
    pub contraction: f64,
    /// How many runs are kept.
    pub kept: usize,
}

/// How posteriors of synthetic truths come out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The model that both made the truths and is fitted to them.
    pub model: String,
    /// Whether the quantity was drawn or computed.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// How many truths there were.
    pub truths: usize,
    /// Of numbers: how often the truth was within the 90 % interval of the regression. Of probabilities: the mean
    /// probability that was given, less the part of the truths in which it was so.
    pub coverage: f64,
    /// Of numbers: the same by rejection alone.
    pub coverage_by_rejection: Option<f64>,
    /// Of numbers: the largest distance of the truths' ranks from the uniform distribution (Kolmogorov). Above
    /// 1.36 / sqrt(truths) it is unlikely (5 %) that the posterior is right.
    pub ranks: Option<f64>,
    /// Of numbers: the median contraction. Of probabilities: one less their root mean squared distance from what was so (Brier), over that
    /// of the prior's probability.
    pub contraction: f64,
    /// Whether the coverage is as it should be.
    pub calibrated: bool,
    /// Whether the facts say anything of it.
    pub identified: bool,
}

/// What is believed of every quantity of a model; nothing of one that no run which is kept has.
pub(crate) fn beliefs(prepared: &Prepared, model: &PreparedModel, settings: &Settings) -> Vec<Believed> {
    if model.rows.len() < FEWEST {
        return Vec::new();
    }
    let near = model.near(&prepared.recorded, settings.accept, None);
    let of = |quantity: &PreparedQuantity| match quantity.support {
        Support::ZeroOrOne => probability(model, quantity, &near),
        Support::Numbers => number(model, quantity, &near),
    };
    model.quantities.iter().filter(|quantity| known(quantity, &near)).map(of).collect()
}

/// Whether any of the nearest runs has a quantity.
fn known(quantity: &PreparedQuantity, near: &Near) -> bool {
    near.rows.iter().any(|&row| quantity.values[row].is_some())
}

fn number(model: &PreparedModel, quantity: &PreparedQuantity, near: &Near) -> Believed {
    let prior = &quantity.prior;
    let (rejection, posterior) =
        (Posterior::by_rejection(prior, near), Posterior::by_regression(prior, near));
    let belief = |at: &dyn Fn(f64) -> f64| Belief { value: at(0.5), low: at(TAILS.0), high: at(TAILS.1) };
    Believed {
        model: model.name.clone(),
        role: quantity.role,
        name: quantity.name.clone(),
        is_probability: false,
        prior: belief(&|part| prior.value(part)),
        rejection: belief(&|part| prior.value(rejection.quantile(part))),
        posterior: belief(&|part| prior.value(posterior.quantile(part))),
        mean: posterior.mean(prior),
        contraction: 1.0 - posterior.sd() / prior.sd(),
        kept: posterior.len(),
    }
}

fn probability(model: &PreparedModel, quantity: &PreparedQuantity, near: &Near) -> Believed {
    let all: Vec<f64> = quantity.prior.values().to_vec();
    let prior = wilson(mean(&all), all.len() as f64);
    let kept: Vec<f64> = near.rows.iter().filter_map(|&row| quantity.values[row]).collect();
    let (chance, runs) = chance(quantity, near);
    Believed {
        model: model.name.clone(),
        role: quantity.role,
        name: quantity.name.clone(),
        is_probability: true,
        prior,
        rejection: wilson(mean(&kept), kept.len() as f64),
        posterior: wilson(chance, runs),
        mean: chance,
        contraction: 1.0 - spread(chance) / spread(prior.value),
        kept: kept.len(),
    }
}

/// The probability of something that is so or not, by the plane through the nearest runs that have it, and of how many runs it is as
/// sure.
fn chance(quantity: &PreparedQuantity, near: &Near) -> (f64, f64) {
    let near = near.weighed(|row, weight| if quantity.values[row].is_some() { weight } else { 0.0 });
    let values: Vec<f64> = near.rows.iter().filter_map(|&row| quantity.values[row]).collect();
    (near.at_point(&values).clamp(0.0, 1.0), near.runs_at_point())
}

fn wilson(probability: f64, runs: f64) -> Belief {
    let runs = runs.round().max(1.0);
    let (ones, all) = ((probability * runs).round() as usize, runs as usize);
    let Interval { low, high } = interval::proportion(ones.min(all), all);
    Belief { value: probability, low: low.min(probability), high: high.max(probability) }
}

fn mean(values: &[f64]) -> f64 {
    dtao_statistics::sum(values.iter().copied()) / values.len().max(1) as f64
}

fn spread(probability: f64) -> f64 {
    (probability * (1.0 - probability)).sqrt()
}

/// What one quantity's posteriors came to, truth by truth.
#[derive(Clone, Debug, Default)]
struct Trials {
    covered: usize,
    covered_by_rejection: usize,
    ranks: Vec<f64>,
    contractions: Vec<f64>,
    /// Of probabilities: what was said, and what was so.
    said: Vec<(f64, f64)>,
}

/// Fits a model to synthetic truths of its own, each left out of the runs that it is fitted with.
///
/// Source: Talts, Betancourt, Simpson, Vehtari, Gelman 2018, arXiv:1804.06788.
pub(crate) fn calibration(model: &PreparedModel, settings: &Settings) -> Vec<Calibration> {
    if model.rows.len() < FEWEST {
        return Vec::new();
    }
    let mut trials = vec![Trials::default(); model.quantities.len()];
    for row in truths(model.rows.len(), settings.truths) {
        let near = model.near(&model.facts.rows[row], settings.accept, Some(row));
        for (quantity, trials) in model.quantities.iter().zip(&mut trials) {
            if let (Some(truth), Some(part)) = (quantity.values[row], quantity.prior.part(row))
                && known(quantity, &near)
            {
                trials.add(quantity, &near, truth, part);
            }
        }
    }
    let of = |(quantity, trials): (&PreparedQuantity, Trials)| trials.told(model, quantity);
    model.quantities.iter().zip(trials).filter_map(of).collect()
}

/// Which runs are truths: as many as are asked for, spread evenly over the table. Draws of a table are independent.
pub(crate) fn truths(runs: usize, truths: usize) -> impl Iterator<Item = usize> {
    let count = truths.min(runs);
    (0..count).map(move |number| number * runs / count)
}

impl Trials {
    fn add(&mut self, quantity: &PreparedQuantity, near: &Near, truth: f64, part: f64) {
        let prior = &quantity.prior;
        if quantity.support == Support::ZeroOrOne {
            self.said.push((chance(quantity, near).0, truth));
            return;
        }
        let posterior = Posterior::by_regression(prior, near);
        let covers =
            |sample: &Posterior| (sample.quantile(TAILS.0)..=sample.quantile(TAILS.1)).contains(&part);
        self.covered += usize::from(covers(&posterior));
        self.covered_by_rejection += usize::from(covers(&Posterior::by_rejection(prior, near)));
        self.ranks.push(posterior.below(part));
        self.contractions.push(1.0 - posterior.sd() / prior.sd());
    }

    /// Nothing of a quantity that no truth has.
    fn told(mut self, model: &PreparedModel, quantity: &PreparedQuantity) -> Option<Calibration> {
        let truths = self.contractions.len().max(self.said.len());
        if truths == 0 {
            return None;
        }
        self.contractions.sort_unstable_by(f64::total_cmp);
        self.ranks.sort_unstable_by(f64::total_cmp);
        let contraction = match quantity.support {
            Support::ZeroOrOne => sharper(&self.said, mean(quantity.prior.values())),
            Support::Numbers => quantile(&self.contractions, 0.5),
        };
        let share = |count: usize| count as f64 / truths as f64;
        let (coverage, by_rejection, ranks, calibrated) = if quantity.support == Support::ZeroOrOne {
            let said = mean(&self.said.iter().map(|&(said, _)| said).collect::<Vec<_>>());
            let so = self.said.iter().filter(|&&(_, truth)| truth == 1.0).count();
            let bias = said - share(so);
            (bias, None, None, interval::proportion(so, truths).contains(said))
        } else {
            let coverage = share(self.covered);
            let calibrated = (CALIBRATED.0..=CALIBRATED.1).contains(&coverage);
            let by_rejection = Some(share(self.covered_by_rejection));
            (coverage, by_rejection, Some(kolmogorov(&self.ranks)), calibrated)
        };
        Some(Calibration {
            model: model.name.clone(),
            role: quantity.role,
            name: quantity.name.clone(),
            truths,
            coverage,
            coverage_by_rejection: by_rejection,
            ranks,
            contraction,
            calibrated,
            identified: contraction >= IDENTIFIED,
        })
    }
}

/// How much nearer to what was so probabilities are than one that is always said: one less the roots of their mean squared distances
/// (Brier 1950) over each other.
fn sharper(said: &[(f64, f64)], always: f64) -> f64 {
    let distance = |said: &mut dyn Iterator<Item = (f64, f64)>| {
        said.map(|(said, truth)| (said - truth) * (said - truth)).sum::<f64>().sqrt()
    };
    let own = distance(&mut said.iter().copied());
    let plain = distance(&mut said.iter().map(|&(_, truth)| (always, truth)));
    if plain > 0.0 { 1.0 - own / plain } else { 0.0 }
}

/// The largest distance of sorted numbers' distribution from the uniform one.
fn kolmogorov(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let distance = |(at, &value): (usize, &f64)| (value - at as f64 / n).max((at + 1) as f64 / n - value);
    sorted.iter().enumerate().map(distance).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truths_are_spread_over_the_table() {
        assert_eq!(truths(10, 4).collect::<Vec<_>>(), [0, 2, 5, 7]);
        assert_eq!(truths(3, 200).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(truths(0, 200).count(), 0);
    }

    #[test]
    fn the_distance_from_uniform_by_hand() {
        assert!((kolmogorov(&[0.5]) - 0.5).abs() < 1e-15);
        assert!((kolmogorov(&[0.25, 0.75]) - 0.25).abs() < 1e-15);
        assert!((kolmogorov(&[0.9, 0.95]) - 0.9).abs() < 1e-15);
    }

    #[test]
    fn a_probability_tells_something_if_it_is_nearer_to_what_was_so_than_the_prior() {
        // Said with 0.5 where the prior says 0.1: less sure, and right about it.
        let right: Vec<(f64, f64)> =
            (0..100).map(|i| if i < 20 { (0.5, f64::from(i % 2)) } else { (0.0, 0.0) }).collect();
        assert!(
            (sharper(&right, 0.1) - (1.0 - (5.0_f64 / 9.0).sqrt())).abs() < 1e-12,
            "{}",
            sharper(&right, 0.1)
        );
        // Sure of what does not happen: the spread is less, and so is the skill.
        let wrong = [(0.0, 1.0), (0.0, 0.0)];
        assert!(sharper(&wrong, 0.5) < 0.0);
        assert_eq!(sharper(&[(0.5, 1.0), (0.5, 0.0)], 0.5), 0.0);
    }

    #[test]
    fn a_probability_of_no_or_all_runs_has_an_interval() {
        let none = wilson(0.0, 20.0);
        assert!(none.low == 0.0 && none.high > 0.05, "{none:?}");
        let all = wilson(1.0, 20.0);
        assert!(all.high == 1.0 && all.low < 0.95, "{all:?}");
        let next_to_nothing = wilson(0.5, 0.2);
        assert!(next_to_nothing.high - next_to_nothing.low > 0.7, "{next_to_nothing:?}");
    }
}
