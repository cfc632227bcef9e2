//! What all validators share: they register, stake, and set weights every n blocks.
//!
//! A policy is the rest: from what everybody can see, and the agent's own random numbers, to a score of every
//! neuron. Weights are the scores over the largest, in 65535ths, as the chain stores them.

use std::collections::BTreeMap;

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::roster::Roster;
use dtao_engine::strategy::Actor;
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use dtao_protocol::yuma::{Permit, Uid};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{ParameterError, range};

/// Most blocks between two attempts to register: three neurons may register in 360 blocks, one in a block.
const ATTEMPTS: u64 = 30;
/// The fewest blocks between two calls that set weights (`WeightsSetRateLimit`).
pub(crate) const RATE_LIMIT: u64 = 100;

/// How a validator works, whatever its policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validating {
    /// The subnet, in detail, that it validates.
    pub netuid: Netuid,
    /// Blocks after the run's first before it registers; 0 or more.
    pub after: u64,
    /// What it stakes on its own hotkey there once it is a neuron; besides TAO on root, which counts too.
    pub stake: Tao,
    /// Blocks between two calls that set weights; 100, the chain's limit, or more.
    pub every: u64,
    #[serde(skip)]
    staking: Staking,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Staking {
    #[default]
    Due,
    Done,
}

/// A rule for weights, and how it works as a validator.
pub(crate) trait Policy: Validates {
    /// A score of every neuron, by UID, 0 or more; only their ratios count. Without any above 0 the weights are
    /// left as they are.
    fn scores(&mut self, seen: &Seen, me: &Actor) -> Vec<f64>;

    /// What is wrong with the rule's own parameters, if anything.
    fn check_rule(&self) -> Result<(), ParameterError> {
        Ok(())
    }

    /// The groups of agents that the rule names, each with its field.
    fn named_groups(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Has a [`Validating`].
pub(crate) trait Validates {
    /// How it works as a validator.
    fn validator(&mut self) -> &mut Validating;
}

/// Makes a policy with a field `validator` a strategy of the catalogue.
macro_rules! validates {
    ($name:ident, $about:literal) => {
        impl $crate::validator::Validates for $name {
            fn validator(&mut self) -> &mut Validating {
                &mut self.validator
            }
        }

        /// One-line description, shown by `dtao list`.
        pub(crate) const ABOUT: &str = $about;

        impl $crate::Parameters for $name {
            fn check(&self) -> Result<(), $crate::ParameterError> {
                self.check_rule()?;
                self.validator.check()
            }

            fn netuids(&self) -> Vec<(String, dtao_protocol::units::Netuid)> {
                self.validator.netuids()
            }

            fn moments(&self) -> Vec<dtao_catalogue::moment::Moment> {
                vec![dtao_catalogue::moment::Moment::after("validator.after", self.validator.after)]
            }

            fn detailed(&self) -> Vec<(String, dtao_protocol::units::Netuid)> {
                self.validator.netuids()
            }

            fn groups(&self) -> Vec<(String, String)> {
                self.named_groups()
            }
        }

        impl dtao_engine::strategy::Strategy for $name {
            fn start(&mut self, _: &dtao_engine::view::View, me: &mut dtao_engine::strategy::Actor) {
                self.validator.start(me);
            }

            fn decide(&mut self, view: &dtao_engine::view::View, me: &mut dtao_engine::strategy::Actor) {
                $crate::validator::decide(self, view, me);
            }
        }
    };
}
pub(crate) use validates;

/// The turn of a validator: registers, stakes or sets weights, and asks for the next wake.
pub(crate) fn decide(policy: &mut impl Policy, view: &View, me: &mut Actor) {
    let seen = match policy.validator().look(view, me) {
        Ok(seen) => seen,
        Err(Wait(blocks)) => return me.wake_after(blocks),
    };
    let scores = policy.scores(&seen, me);
    policy.validator().set(&scores, me);
    let every = policy.validator().every;
    me.wake_after(every);
}

/// Blocks until it is worth trying again.
pub(crate) struct Wait(pub u64);

impl Validating {
    pub(crate) fn start(&self, me: &mut Actor) {
        me.wake_after(self.after);
    }

    pub(crate) fn check(&self) -> Result<(), ParameterError> {
        if self.every < RATE_LIMIT {
            let message = format!(
                "weights every {} blocks: the chain takes them every {RATE_LIMIT} blocks at most",
                self.every
            );
            return Err(ParameterError { field: "validator.every", message });
        }
        range::blocks("validator.every", self.every, RATE_LIMIT)?;
        range::blocks("validator.after", self.after, 0)?;
        range::amount("validator.stake", self.stake)
    }

    pub(crate) fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("validator.netuid".into(), self.netuid)]
    }

    /// What it sees, if it may set weights now.
    pub(crate) fn look<'v>(&mut self, view: &'v View<'_, '_>, me: &mut Actor) -> Result<Seen<'v>, Wait> {
        let (roster, uid) = seek(self.netuid, view, me)?;
        if self.staking == Staking::Due {
            self.staking = Staking::Done;
            let tao = self.stake.min(view.spendable(me.id));
            if tao > Tao::ZERO {
                me.submit(Call::Stake { netuid: self.netuid, hotkey: Hotkey(me.id), tao, limit: None });
            }
        }
        let neuron = &roster.neurons().by_uid[uid.index()];
        let waited = view.block().since(neuron.last_update);
        if waited < RATE_LIMIT {
            return Err(Wait(RATE_LIMIT - waited));
        }
        if neuron.permit == Permit::Withheld {
            return Err(Wait(ATTEMPTS));
        }
        let mut held = BTreeMap::new();
        for (agent, alpha) in view.stakers(self.netuid) {
            *held.entry(agent).or_insert(Alpha::ZERO) += alpha;
        }
        Ok(Seen { view, roster, held, own: uid })
    }

    /// Sets weights in proportion to scores, if any is above 0.
    pub(crate) fn set(&self, scores: &[f64], me: &mut Actor) {
        let row = row(scores);
        if !row.is_empty() {
            me.submit(Call::SetWeights { netuid: self.netuid, weights: row.into() });
        }
    }
}

/// The roster and the agent's UID; if it is no neuron it tries to become one, and again soon.
pub(crate) fn join<'v>(netuid: Netuid, view: &'v View<'_, '_>, me: &mut Actor) -> Option<(&'v Roster, Uid)> {
    let sought = seek(netuid, view, me);
    sought.map_err(|Wait(blocks)| me.wake_after(blocks)).ok()
}

fn seek<'v>(netuid: Netuid, view: &'v View<'_, '_>, me: &mut Actor) -> Result<(&'v Roster, Uid), Wait> {
    let Some(roster) = view.roster(netuid) else { return Err(Wait(ATTEMPTS)) };
    let Some(uid) = roster.uid(Hotkey(me.id)) else {
        if view.balance(me.id) >= roster.burn() {
            me.submit(Call::RegisterNeuron { netuid });
        }
        return Err(Wait(me.random().random_range(1..=ATTEMPTS)));
    };
    Ok((roster, uid))
}

/// Public state, from the place of a validator.
pub(crate) struct Seen<'v> {
    view: &'v View<'v, 'v>,
    pub roster: &'v Roster,
    /// The subnet's alpha by who holds it, on all hotkeys together.
    held: BTreeMap<AgentId, Alpha>,
    own: Uid,
}

impl Seen<'_> {
    /// The block that is being made.
    pub fn block(&self) -> Block {
        self.view.block()
    }

    /// How many neurons there are.
    pub fn neurons(&self) -> usize {
        self.roster.hotkeys().len()
    }

    /// The group of a neuron's owner.
    pub fn group(&self, uid: usize) -> &str {
        let group = self.view.account(self.roster.hotkeys()[uid].0).group;
        &self.view.groups()[usize::from(group.0)]
    }

    /// Who a neuron's owner is, in every run: its group and its place there.
    pub fn name(&self, uid: usize) -> String {
        let account = self.view.account(self.roster.hotkeys()[uid].0);
        format!("{} {}", self.view.groups()[usize::from(account.group.0)], account.place)
    }

    /// The subnet's alpha that a neuron's owner holds, on all hotkeys together.
    pub fn holdings(&self, uid: usize) -> Alpha {
        self.held.get(&self.roster.hotkeys()[uid].0).copied().unwrap_or(Alpha::ZERO)
    }

    /// Whether a neuron mines: it is not its own, not the subnet owner's, and has set no weights since it
    /// registered.
    pub fn mines(&self, uid: usize) -> bool {
        let neuron = &self.roster.neurons().by_uid[uid];
        let owners = self.roster.hotkeys()[uid] == Hotkey(self.roster.owner());
        uid != self.own.index() && !owners && neuron.last_update <= neuron.registered
    }

    /// A score of every miner, and 0 for all other neurons.
    pub fn of_miners(&self, mut score: impl FnMut(usize) -> f64) -> Vec<f64> {
        (0..self.neurons()).map(|uid| if self.mines(uid) { score(uid) } else { 0.0 }).collect()
    }
}

/// Weights in proportion to scores, the largest 65535, rounded to the nearest; zeros are left out.
fn row(scores: &[f64]) -> Vec<(Uid, u16)> {
    let largest = scores.iter().copied().fold(0.0, f64::max);
    let weight = |score: f64| (score / largest * f64::from(u16::MAX)).round() as u16;
    scores
        .iter()
        .enumerate()
        .filter(|&(_, &score)| score > 0.0)
        .map(|(uid, &score)| (Uid(uid as u16), weight(score)))
        .filter(|&(_, weight)| weight > 0)
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::burn_validator::BurnValidator;
    use crate::testing::Market;

    /// Validates subnet 1 from the first block on.
    pub(crate) fn validating() -> Validating {
        validating_after(0)
    }

    /// Validates subnet 1 from so many blocks after the first on.
    pub(crate) fn validating_after(after: u64) -> Validating {
        let (netuid, stake) = (Netuid(1), Tao::from_rao(10 * RAO));
        Validating { netuid, after, stake, every: 100, staking: Staking::Due }
    }

    #[test]
    fn the_largest_score_is_65535_and_zeros_are_left_out() {
        assert_eq!(row(&[0.0, 2.0, 1.0, 1e-9]), [(Uid(1), 65_535), (Uid(2), 32_768)]);
        assert_eq!(row(&[0.0, 0.0]), []);
        assert_eq!(row(&[]), []);
    }

    #[test]
    fn it_registers_then_stakes_then_sets_weights_as_often_as_it_is_told() {
        let validator = validating_after(7);
        let calls = Market::detailed(&[]).calls_of(BurnValidator { validator }, 350);
        let kinds: Vec<_> = calls
            .iter()
            .map(|(block, call)| match call {
                Call::RegisterNeuron { .. } => (block.0, "register"),
                Call::Stake { hotkey: Hotkey(agent), tao, .. } => {
                    assert_eq!((agent.0, *tao), (2, Tao::from_rao(10 * RAO)));
                    (0, "stake")
                }
                Call::SetWeights { .. } => (block.0, "weights"),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            kinds,
            [(7, "register"), (0, "stake"), (107, "weights"), (207, "weights"), (307, "weights")]
        );
    }

    #[test]
    fn weights_more_often_than_the_chain_takes_them_are_refused() {
        let validator = Validating { every: 99, ..validating() };
        assert_eq!(validator.check().expect_err("too often").field, "validator.every");
    }
}
