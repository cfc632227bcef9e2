//! Quantities that are not known: written as distributions, drawn once per run or once per agent.
//!
//! A [`Prior`] is what is believed of one unknown number. It is drawn once per run, before the first block, for all
//! agents of a group together. A [`Spread`] is how a number differs between a group's agents; what is not known of
//! it is a prior again.
//!
//! Draws are keyed by the group's name and the field's ([`Draws`]), so another group, another field or an arm that
//! fixes a field leaves all others as they are.

use std::cell::RefCell;
use std::cmp::Ordering;

use dtao_engine::math;
use dtao_engine::random::{RunSeed, Stream, named};
use dtao_protocol::units::{Alpha, Block, RAO, Tao};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{ParameterError, range};

/// A number with a unit, drawn as a real number and then rounded to its own grid.
pub trait Quantity: Copy + PartialOrd {
    /// In its usual unit: TAO, alpha, blocks.
    fn as_f64(self) -> f64;
    /// The nearest there is; what is below zero becomes zero, unless it is a plain number.
    fn nearest(value: f64) -> Self;
}

impl Quantity for f64 {
    fn as_f64(self) -> f64 {
        self
    }
    fn nearest(value: f64) -> Self {
        value
    }
}

impl Quantity for Tao {
    fn as_f64(self) -> f64 {
        self.to_f64()
    }
    fn nearest(value: f64) -> Self {
        Self::from_rao((value * RAO as f64).round() as u64)
    }
}

impl Quantity for Alpha {
    fn as_f64(self) -> f64 {
        self.to_f64()
    }
    fn nearest(value: f64) -> Self {
        Self::from_rao((value * RAO as f64).round() as u64)
    }
}

impl Quantity for Block {
    fn as_f64(self) -> f64 {
        self.0 as f64
    }
    fn nearest(value: f64) -> Self {
        Self(value.round() as u64)
    }
}

/// What is believed of one number; drawn once per run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Prior<Q> {
    /// It is known, or assumed.
    Exactly(Q),
    /// Anything between the two, with the same probability.
    Uniform(Q, Q),
    /// Anything between the two, above 0, with the same probability for each ratio.
    LogUniform(Q, Q),
    /// Its logarithm is normal.
    LogNormal {
        /// The median, above 0.
        median: Q,
        /// The standard deviation of the natural logarithm; 0 or more.
        sigma: f64,
    },
}

impl<Q: Quantity> Prior<Q> {
    /// The value.
    ///
    /// # Panics
    /// If it has not been drawn yet: priors are drawn before the run.
    #[must_use]
    pub fn value(&self) -> Q {
        match *self {
            Self::Exactly(value) => value,
            _ => panic!("a prior is drawn before the run begins"),
        }
    }

    /// The minimum and the maximum that can be drawn; no upper bound for a lognormal one.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        match *self {
            Self::Exactly(value) => (value.as_f64(), value.as_f64()),
            Self::Uniform(low, high) | Self::LogUniform(low, high) => (low.as_f64(), high.as_f64()),
            Self::LogNormal { .. } => (0.0, f64::INFINITY),
        }
    }

    /// Whether it is a distribution, and all that it can give is in a range, bounds included.
    ///
    /// # Errors
    /// If not: says what would be right.
    pub fn check(&self, field: &'static str, least: f64, greatest: f64) -> Result<(), ParameterError> {
        let refuse = |message: String| Err(ParameterError { field, message });
        match *self {
            Self::Uniform(low, high) | Self::LogUniform(low, high)
                if !low.partial_cmp(&high).is_some_and(Ordering::is_le) =>
            {
                return refuse(format!(
                    "the range ends ({}) before it begins ({})",
                    high.as_f64(),
                    low.as_f64()
                ));
            }
            Self::LogUniform(low, _) if low.as_f64() <= 0.0 => {
                return refuse("a LogUniform range must begin above 0".into());
            }
            Self::LogNormal { median, sigma }
                if !(median.as_f64() > 0.0 && (0.0..=range::DEVIATION).contains(&sigma)) =>
            {
                return refuse(format!(
                    "a LogNormal needs a median above 0 and a sigma of 0 to {}",
                    range::DEVIATION
                ));
            }
            _ => {}
        }
        let (low, high) = match *self {
            // Its tail is cut nowhere; what it is centred on must make sense.
            Self::LogNormal { median, .. } => (median.as_f64(), median.as_f64()),
            _ => self.range(),
        };
        if least <= low && high <= greatest {
            return Ok(());
        }
        refuse(if greatest.is_finite() {
            format!("{low} to {high}: must be within {least} to {greatest}")
        } else {
            format!("{low} to {high}: must be at least {least}")
        })
    }

    fn sample(&self, random: &mut impl Rng) -> Q {
        match *self {
            Self::Exactly(value) => value,
            Self::Uniform(low, high) => Q::nearest(between(low.as_f64(), high.as_f64(), random)),
            Self::LogUniform(low, high) => {
                Q::nearest(math::exp(between(math::ln(low.as_f64()), math::ln(high.as_f64()), random)))
            }
            Self::LogNormal { median, sigma } => Q::nearest(lognormal(median.as_f64(), sigma, random)),
        }
    }
}

/// How a number differs between a group's agents; drawn once per agent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Spread<Q> {
    /// All have the same.
    Same(Prior<Q>),
    /// Anything between the two, with the same probability.
    Uniform(Prior<Q>, Prior<Q>),
    /// Its logarithm is normal.
    LogNormal {
        /// The median, above 0.
        median: Prior<Q>,
        /// The standard deviation of the natural logarithm; 0 or more.
        sigma: Prior<f64>,
    },
}

impl<Q: Quantity> Spread<Q> {
    /// One agent's value.
    ///
    /// # Panics
    /// If its priors have not been drawn yet.
    pub fn sample(&self, random: &mut impl Rng) -> Q {
        match self {
            Self::Same(value) => value.value(),
            Self::Uniform(low, high) => {
                Q::nearest(between(low.value().as_f64(), high.value().as_f64(), random))
            }
            Self::LogNormal { median, sigma } => {
                Q::nearest(lognormal(median.value().as_f64(), sigma.value(), random))
            }
        }
    }

    /// Whether it is a distribution, and all that its bounds or its median can be is in a range.
    ///
    /// # Errors
    /// If not: says what would be right.
    pub fn check(&self, field: &'static str, least: f64, greatest: f64) -> Result<(), ParameterError> {
        match self {
            Self::Same(value) => value.check(field, least, greatest),
            Self::Uniform(low, high) => {
                low.check(field, least, greatest)?;
                high.check(field, least, greatest)
            }
            Self::LogNormal { median, sigma } => {
                median.check(field, least.max(f64::MIN_POSITIVE), greatest)?;
                sigma.check(field, 0.0, range::DEVIATION)
            }
        }
    }
}

/// What came out of one prior in a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drawn {
    /// The group and the field, with a point between them: `pumper.budget`.
    pub name: String,
    /// The value in its usual unit: TAO, alpha, blocks.
    pub value: f64,
    /// Whether it could have been another: false of `Exactly`.
    pub unknown: bool,
}

/// Draws a group's priors, each from its own random numbers, and keeps what was drawn.
#[derive(Clone, Debug)]
pub struct Draws<'a> {
    seed: RunSeed,
    group: &'a str,
    drawn: RefCell<Vec<Drawn>>,
}

impl<'a> Draws<'a> {
    /// Those of a group in a run.
    #[must_use]
    pub fn new(seed: RunSeed, group: &'a str) -> Self {
        Self { seed, group, drawn: RefCell::default() }
    }

    /// The run's seed.
    #[must_use]
    pub fn seed(&self) -> RunSeed {
        self.seed
    }

    /// The group's name.
    #[must_use]
    pub fn group(&self) -> &str {
        self.group
    }

    /// All that was drawn, in the order in which it was.
    #[must_use]
    pub fn drawn(self) -> Vec<Drawn> {
        self.drawn.into_inner()
    }

    /// Keeps what was drawn elsewhere, such as of a part of the group.
    pub(crate) fn join(&self, of_part: Draws) {
        self.drawn.borrow_mut().extend(of_part.drawn());
    }

    /// Puts a value in a prior's place.
    pub fn prior<Q: Quantity>(&self, field: &str, prior: &mut Prior<Q>) {
        self.draw(&[field], prior);
    }

    /// Puts values in the place of a spread's priors.
    pub fn spread<Q: Quantity>(&self, field: &str, spread: &mut Spread<Q>) {
        match spread {
            Spread::Same(value) => self.prior(field, value),
            Spread::Uniform(low, high) => {
                self.draw(&[field, "low"], low);
                self.draw(&[field, "high"], high);
            }
            Spread::LogNormal { median, sigma } => {
                self.draw(&[field, "median"], median);
                self.draw(&[field, "sigma"], sigma);
            }
        }
    }

    fn draw<Q: Quantity>(&self, field: &[&str], prior: &mut Prior<Q>) {
        let names = [&[self.group], field].concat();
        let value = prior.sample(&mut named(self.seed, Stream::Prior, &names));
        let unknown = !matches!(prior, Prior::Exactly(_));
        let mut drawn = self.drawn.borrow_mut();
        let key = names.join(".");
        let (mut name, mut count) = (key.clone(), 1);
        // Such as two exits of one kind, which draw the same number for priors of their own.
        while drawn.iter().any(|other| other.name == name) {
            count += 1;
            name = format!("{key}.{count}");
        }
        drawn.push(Drawn { name, value: value.as_f64(), unknown });
        *prior = Prior::Exactly(value);
    }
}

fn between(low: f64, high: f64, random: &mut impl Rng) -> f64 {
    low + (high - low) * random.random::<f64>()
}

fn lognormal(median: f64, sigma: f64, random: &mut impl Rng) -> f64 {
    let z: f64 = StandardNormal.sample(random);
    median * math::exp(sigma * z)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, group: &str, field: &str, prior: Prior<f64>) -> f64 {
        let mut prior = prior;
        Draws::new(RunSeed(seed), group).prior(field, &mut prior);
        prior.value()
    }

    #[test]
    fn a_prior_is_drawn_by_seed_group_and_field_only() {
        let prior = Prior::Uniform(0.0, 1.0);
        let base = drawn(1, "pumper", "budget", prior);
        assert_eq!(base, drawn(1, "pumper", "budget", prior));
        assert_ne!(base, drawn(2, "pumper", "budget", prior));
        assert_ne!(base, drawn(1, "holders", "budget", prior));
        assert_ne!(base, drawn(1, "pumper", "delay", prior));
    }

    #[test]
    fn draws_have_the_distribution_that_is_written() {
        let n = 20_000;
        let all = |prior| (0..n).map(|seed| drawn(seed, "g", "f", prior)).collect::<Vec<_>>();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let uniform = all(Prior::Uniform(2.0, 4.0));
        // Five standard errors of the mean of a uniform over 2: 0.577 / sqrt(20,000) each.
        assert!((mean(&uniform) - 3.0).abs() < 0.021, "{}", mean(&uniform));
        assert!(uniform.iter().all(|value| (2.0..=4.0).contains(value)));
        let logs: Vec<f64> =
            all(Prior::LogNormal { median: 3.0, sigma: 0.5 }).iter().map(|value| math::ln(*value)).collect();
        assert!((mean(&logs) - math::ln(3.0)).abs() < 0.018, "{}", mean(&logs));
        let square = mean(&logs.iter().map(|log| (log - math::ln(3.0)).powi(2)).collect::<Vec<_>>());
        assert!((square - 0.25).abs() < 0.0125, "{square}");
        let below = all(Prior::LogUniform(1.0, 100.0)).iter().filter(|&&value| value < 10.0).count();
        assert!((below as f64 / n as f64 - 0.5).abs() < 0.018, "{below}");
    }

    #[test]
    fn what_was_drawn_is_kept_with_its_name_and_unit() {
        let draws = Draws::new(RunSeed(1), "pumper");
        let mut budget = Prior::Uniform(Tao::from_rao(5 * RAO), Tao::from_rao(6 * RAO));
        let mut clip =
            Spread::LogNormal { median: Prior::Uniform(1.0, 2.0), sigma: Prior::<f64>::Exactly(0.5) };
        draws.prior("budget", &mut budget);
        draws.spread("clip", &mut clip);
        let Spread::LogNormal { median, .. } = clip else { panic!("{clip:?}") };
        let of = |name: &str, value, unknown| Drawn { name: name.into(), value, unknown };
        let expected = [
            of("pumper.budget", budget.value().to_f64(), true),
            of("pumper.clip.median", median.value(), true),
            of("pumper.clip.sigma", 0.5, false),
        ];
        assert_eq!(draws.drawn(), expected);
    }

    #[test]
    fn amounts_keep_their_units() {
        let mut budget = Prior::Uniform(Tao::from_rao(5 * RAO), Tao::from_rao(6 * RAO));
        Draws::new(RunSeed(1), "g").prior("budget", &mut budget);
        assert!((5.0..=6.0).contains(&budget.value().to_f64()));
        let block = Prior::Uniform(Block(5_005_237), Block(5_005_597));
        assert_eq!(block.range(), (5_005_237.0, 5_005_597.0));
    }

    #[test]
    fn what_is_no_distribution_or_out_of_range_is_refused() {
        let refused = |prior: Prior<f64>| prior.check("f", 0.0, 1.0).is_err();
        assert!(refused(Prior::Uniform(0.5, 0.4)));
        assert!(refused(Prior::Uniform(0.5, 1.4)));
        assert!(refused(Prior::Exactly(f64::NAN)));
        assert!(refused(Prior::LogUniform(0.0, 0.4)));
        assert!(refused(Prior::LogNormal { median: 0.0, sigma: 0.1 }));
        assert!(refused(Prior::LogNormal { median: 0.5, sigma: f64::INFINITY }));
        assert!(!refused(Prior::LogNormal { median: 0.5, sigma: 0.1 }));
        let spread = Spread::LogNormal { median: Prior::Exactly(0.5), sigma: Prior::Exactly(-1.0) };
        assert!(spread.check("f", 0.0, 1.0).is_err());
    }
}
