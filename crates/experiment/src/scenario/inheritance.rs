//! What groups of agents have had since before the first block: parts of what there is.

use std::collections::{BTreeMap, BTreeSet};

use dtao_agents::ParameterError;
use dtao_agents::prior::{Draws, Prior};
use dtao_engine::math;
use dtao_engine::random::{RunSeed, Stream, named};
use dtao_engine::run::Inheritance;
use dtao_protocol::units::{Alpha, Netuid, RAO, Tao};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// What a group has had since before the first block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inherits {
    /// The part of all stake on root that is the group's, in equal parts on its accounts' own hotkeys; 0 to 1.
    #[serde(default)]
    pub root: Option<Prior<f64>>,
    /// Alpha of some subnets.
    #[serde(default)]
    pub alpha: Vec<AlphaPart>,
    /// Subnets in detail where each account is a neuron.
    #[serde(default)]
    pub neurons: Vec<Netuid>,
}

/// A part of a subnet's alpha that a group holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlphaPart {
    /// Which subnet.
    pub netuid: Netuid,
    /// The part of all alpha staked on the subnet; 0 to 1.
    pub part: Prior<f64>,
    /// How it is spread over the group's accounts.
    pub among: Among,
}

/// How an amount is spread over a group's accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Among {
    /// Equally.
    Equal,
    /// By a Pareto distribution: few have much.
    Pareto {
        /// The exponent: the smaller, the more unequal; above 0.
        exponent: Prior<f64>,
        /// The most that one account has, as a part of the group's; what is above is spread over the others.
        largest: Prior<f64>,
    },
}

impl Inherits {
    /// Whether every part is one.
    ///
    /// # Errors
    /// If a number is out of its range: names the field.
    pub fn check(&self, count: u32) -> Result<(), ParameterError> {
        if let Some(root) = &self.root {
            part(root, "root")?;
        }
        let mut netuids = BTreeSet::new();
        for alpha in &self.alpha {
            // Draws are keyed by it.
            if !netuids.insert(alpha.netuid) {
                let message = format!("subnet {} is named twice: write one part of each", alpha.netuid);
                return Err(ParameterError { field: "alpha", message });
            }
            part(&alpha.part, "alpha")?;
            if let Among::Pareto { exponent, largest } = &alpha.among {
                exponent.check("alpha", 0.1, 10.0)?;
                part(largest, "alpha")?;
                if largest.range().0 * f64::from(count) < 1.0 {
                    let message = format!(
                        "{count} accounts that each have at most {} cannot have all of it together",
                        largest.range().0
                    );
                    return Err(ParameterError { field: "alpha", message });
                }
            }
        }
        if count == 0 && (self.root.is_some() || !self.alpha.is_empty()) {
            let message = "the group has no account that could inherit".to_owned();
            return Err(ParameterError {
                field: if self.root.is_some() { "root" } else { "alpha" },
                message,
            });
        }
        Ok(())
    }

    /// Puts values in the place of all priors, before the run.
    pub fn draw_priors(&mut self, draws: &Draws) {
        if let Some(root) = &mut self.root {
            draws.prior("inherits.root", root);
        }
        for AlphaPart { netuid, part, among } in &mut self.alpha {
            let field = field(*netuid);
            draws.prior(&field, part);
            if let Among::Pareto { exponent, largest } = among {
                draws.prior(&format!("{field}.exponent"), exponent);
                draws.prior(&format!("{field}.largest"), largest);
            }
        }
    }

    /// What each of the group's accounts has, in a run; the priors have been drawn.
    ///
    /// `claims` says how much alpha is staked on a subnet, `root` how much TAO on root.
    #[must_use]
    pub fn of_accounts(
        &self,
        seed: RunSeed,
        group: &str,
        count: u32,
        root: Tao,
        claims: impl Fn(Netuid) -> Alpha,
    ) -> Vec<Inheritance> {
        let root = self.root.map_or(0.0, |part| part.value()) * root.to_f64();
        let each = Tao::from_rao((root / f64::from(count.max(1)) * RAO as f64) as u64);
        let mut accounts =
            vec![Inheritance { root: each, alpha: vec![], neurons: self.neurons.clone() }; count as usize];
        for AlphaPart { netuid, part, among } in &self.alpha {
            let all = part.value() * claims(*netuid).to_f64();
            let parts = match among {
                Among::Equal => vec![1.0 / f64::from(count); count as usize],
                Among::Pareto { exponent, largest } => {
                    pareto(seed, &[group, &field(*netuid)], count, exponent.value(), largest.value())
                }
            };
            for (account, part) in accounts.iter_mut().zip(parts) {
                account.alpha.push((*netuid, Alpha::from_rao((all * part * RAO as f64) as u64)));
            }
        }
        accounts
    }
}

/// What draws of a part of a subnet's alpha are keyed by: by the subnet, not by the part's place in the list, so that
/// another part before it changes nothing.
fn field(netuid: Netuid) -> String {
    format!("inherits.alpha.{netuid}")
}

/// Whether no more is inherited of anything than there is, whatever is drawn.
///
/// # Errors
/// If it can be: says which group, in order, is the first for which too little is left, which field, and why.
pub(super) fn check_sums<'a>(
    groups: impl Iterator<Item = &'a Inherits>,
) -> Result<(), (usize, ParameterError)> {
    let mut root = 0.0;
    let mut alpha: BTreeMap<Netuid, f64> = BTreeMap::new();
    for (index, inherits) in groups.enumerate() {
        root += inherits.root.map_or(0.0, |part| part.range().1);
        let too_much = |field, what: String, all: f64| {
            let message = format!("up to here the groups inherit up to {all} of {what}: together at most 1");
            (index, ParameterError { field, message })
        };
        // Decimal parts of one may sum to a hair more in binary; amounts are cut to whole rao.
        if root > 1.0 + 1e-12 {
            return Err(too_much("root", "the stake on root".into(), root));
        }
        for part in &inherits.alpha {
            let all = alpha.entry(part.netuid).or_default();
            *all += part.part.range().1;
            if *all > 1.0 + 1e-12 {
                return Err(too_much("alpha", format!("subnet {}'s alpha", part.netuid), *all));
            }
        }
    }
    Ok(())
}

fn part(prior: &Prior<f64>, field: &'static str) -> Result<(), ParameterError> {
    prior.check(field, 0.0, 1.0)?;
    if prior.range().1 > 1.0 {
        let message = "a part needs a bound: write Exactly(…), Uniform(…, …) or LogUniform(…, …)".to_owned();
        return Err(ParameterError { field, message });
    }
    Ok(())
}

/// Parts of one whole that follow a Pareto distribution but for a largest one.
fn pareto(seed: RunSeed, names: &[&str], count: u32, exponent: f64, largest: f64) -> Vec<f64> {
    let mut parts: Vec<f64> = (0..count)
        .map(|account| {
            let account = account.to_string();
            let mut random = named(seed, Stream::Holdings, &[names, &[&account]].concat());
            // From 0 (not reached) to 1.
            math::pow(1.0 - random.random::<f64>(), -1.0 / exponent)
        })
        .collect();
    let mut capped = vec![false; parts.len()];
    loop {
        let fixed = capped.iter().filter(|&&capped| capped).count() as f64 * largest;
        let rest: f64 = parts.iter().zip(&capped).filter(|(_, capped)| !**capped).map(|(part, _)| part).sum();
        let mut changed = false;
        for (part, capped) in parts.iter_mut().zip(&mut capped) {
            if *capped {
                continue;
            }
            *part *= (1.0 - fixed) / rest;
            if *part > largest {
                (*part, *capped, changed) = (largest, true, true);
            }
        }
        if !changed {
            return parts;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(seed: u64, exponent: f64, largest: f64) -> Vec<f64> {
        pareto(RunSeed(seed), &["holders", "alpha"], 60, exponent, largest)
    }

    #[test]
    fn pareto_parts_are_parts_of_one_and_none_is_above_the_largest() {
        for seed in 0..200 {
            let parts = spread(seed, 1.0, 0.1);
            let sum: f64 = parts.iter().sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            assert!(parts.iter().all(|&part| part > 0.0 && part <= 0.1), "{parts:?}");
        }
    }

    #[test]
    fn the_smaller_the_exponent_the_more_the_largest_has() {
        let mean = |exponent| {
            (0..200).map(|seed| spread(seed, exponent, 1.0).into_iter().fold(0.0, f64::max)).sum::<f64>()
        };
        let (unequal, equal) = (mean(0.8), mean(1.4));
        assert!(unequal > 1.3 * equal, "{unequal} {equal}");
    }

    #[test]
    fn one_more_account_leaves_the_others_proportions() {
        let draw = |count| pareto(RunSeed(1), &["g", "a"], count, 1.0, 1.0);
        let (few, many) = (draw(5), draw(6));
        assert!((few[0] / few[4] - many[0] / many[4]).abs() < 1e-9);
    }

    #[test]
    fn a_part_of_another_subnet_leaves_the_draws_of_a_part_alone() {
        let pareto = Among::Pareto { exponent: Prior::Uniform(0.7, 1.4), largest: Prior::Uniform(0.5, 1.0) };
        let part = |netuid| AlphaPart {
            netuid: Netuid(netuid),
            part: Prior::Uniform(0.1, 0.9),
            among: pareto.clone(),
        };
        let of_28 = |parts: &[u16]| {
            let mut inherits =
                Inherits { alpha: parts.iter().map(|&netuid| part(netuid)).collect(), ..Inherits::default() };
            inherits.draw_priors(&Draws::new(RunSeed(1), "g"));
            let all = inherits.of_accounts(RunSeed(1), "g", 5, Tao::ZERO, |_| Alpha::from_rao(1_000 * RAO));
            let of =
                |account: Inheritance| account.alpha.into_iter().find(|&(netuid, _)| netuid == Netuid(28));
            all.into_iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(of_28(&[28]), of_28(&[3, 28]));
        assert_eq!(of_28(&[28]), of_28(&[28, 30]));
    }

    #[test]
    fn accounts_get_what_the_group_inherits() {
        let inherits = Inherits {
            root: Some(Prior::Exactly(0.5)),
            alpha: vec![AlphaPart { netuid: Netuid(28), part: Prior::Exactly(0.3), among: Among::Equal }],
            neurons: vec![Netuid(28)],
        };
        let claims = |netuid| Alpha::from_rao(if netuid == Netuid(28) { 1_000 } else { 0 } * RAO);
        let accounts = inherits.of_accounts(RunSeed(1), "g", 3, Tao::from_rao(600 * RAO), claims);
        assert_eq!(accounts.len(), 3);
        for account in accounts {
            assert_eq!(account.root, Tao::from_rao(100 * RAO));
            assert_eq!(account.alpha, [(Netuid(28), Alpha::from_rao(100 * RAO))]);
            assert_eq!(account.neurons, [Netuid(28)]);
        }
    }

    #[test]
    fn parts_without_bounds_or_that_do_not_fit_are_refused() {
        let with = |part, among| {
            let alpha = vec![AlphaPart { netuid: Netuid(1), part, among }];
            Inherits { alpha, ..Inherits::default() }.check(5).is_err()
        };
        assert!(with(Prior::LogNormal { median: 0.1, sigma: 1.0 }, Among::Equal));
        assert!(with(Prior::Exactly(1.1), Among::Equal));
        let pareto = |largest| Among::Pareto { exponent: Prior::Exactly(1.0), largest };
        assert!(with(Prior::Exactly(0.5), pareto(Prior::Exactly(0.19))));
        assert!(!with(Prior::Exactly(0.5), pareto(Prior::Exactly(0.2))));
        let half = AlphaPart { netuid: Netuid(1), part: Prior::Exactly(0.5), among: Among::Equal };
        let twice = Inherits { alpha: vec![half.clone(), half], ..Inherits::default() };
        assert!(twice.check(5).is_err_and(|error| error.message.contains("named twice")));
    }
}
