//! Registers as a neuron, buys some alpha, and sells part of what it holds every n blocks.
//!
//! What it is worth to the subnet is not its own matter: validators say so, for example
//! [`crate::honest_validator`]. Holding and selling are what the policies of subnet 28 look at.

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::validator::join;
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "registers as a miner, buys some alpha and sells part of what it holds";

/// Registers as a neuron, and holds.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Miner {
    /// The subnet, in detail, that it mines.
    pub netuid: Netuid,
    /// Blocks after the run's first before it registers; 0 or more.
    pub after: u64,
    /// What it pays for alpha once it is a neuron.
    pub holds: Tao,
    /// Which part of its alpha, bought or earned, it sells at a time; 0 to 1.
    pub sells: f64,
    /// Blocks between two sales; 1 or more.
    pub every: u64,
    #[serde(skip)]
    buying: Buying,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Buying {
    #[default]
    Due,
    Done,
}

impl Miner {
    /// A miner before its first block.
    #[must_use]
    pub const fn new(netuid: Netuid, after: u64, holds: Tao, sells: f64, every: u64) -> Self {
        Self { netuid, after, holds, sells, every, buying: Buying::Due }
    }
}

priors!(Miner {} besides { netuid, after, holds, sells, every, buying });

impl Parameters for Miner {
    fn check(&self) -> Result<(), ParameterError> {
        if !(0.0..=1.0).contains(&self.sells) {
            let message = format!("{} is not a part of what it holds: must be 0 to 1", self.sells);
            return Err(ParameterError { field: "sells", message });
        }
        range::blocks("every", self.every, 1)?;
        range::blocks("after", self.after, 0)?;
        range::amount("holds", self.holds)
    }

    fn moments(&self) -> Vec<Moment> {
        vec![Moment::after("after", self.after)]
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn detailed(&self) -> Vec<(String, Netuid)> {
        self.netuids()
    }
}

impl Strategy for Miner {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(self.after);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        if join(self.netuid, view, me).is_none() {
            return;
        }
        let (netuid, hotkey) = (self.netuid, Hotkey(me.id));
        if self.buying == Buying::Due {
            self.buying = Buying::Done;
            let tao = self.holds.min(view.spendable(me.id));
            if tao > Tao::ZERO {
                me.submit(Call::Stake { netuid, hotkey, tao, limit: None });
            }
        } else {
            let held = view.stake_on(me.id, netuid, hotkey);
            let alpha = if self.sells == 1.0 { held } else { Alpha::from_f64(held.to_f64() * self.sells) };
            if alpha > Alpha::ZERO {
                me.submit(Call::Unstake { netuid, hotkey, alpha, limit: None });
            }
        }
        me.wake_after(self.every);
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::testing::Market;

    const NETUID: Netuid = Netuid(1);

    fn calls(holds: u64, sells: f64) -> Vec<Call> {
        let miner = Miner::new(NETUID, 3, Tao::from_rao(holds * RAO), sells, 10);
        Market::detailed(&[]).calls_of(miner, 45).into_iter().map(|(_, call)| call).collect()
    }

    #[test]
    fn it_registers_buys_and_holds() {
        let seen = calls(5, 0.0);
        let tao = Tao::from_rao(5 * RAO);
        let Call::Stake { hotkey, .. } = seen[1] else { panic!("{:?}", seen[1]) };
        let buy = Call::Stake { netuid: NETUID, hotkey, tao, limit: None };
        assert_eq!(seen, [Call::RegisterNeuron { netuid: NETUID }, buy]);
    }

    #[test]
    fn it_sells_the_part_that_it_is_told() {
        let miner = Miner::new(NETUID, 3, Tao::from_rao(5 * RAO), 1.0, 10);
        let all = Market::detailed(&[]).calls_of(miner, 45);
        let Call::Unstake { alpha: all, .. } = all[2].1 else { panic!("{:?}", all[2]) };
        let miner = Miner::new(NETUID, 3, Tao::from_rao(5 * RAO), 0.25, 10);
        let part = Market::detailed(&[]).calls_of(miner, 45);
        let Call::Unstake { alpha: part, .. } = part[2].1 else { panic!("{:?}", part[2]) };
        assert!(all > Alpha::ZERO && (part.to_f64() / all.to_f64() - 0.25).abs() < 1e-6, "{part} of {all}");
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |miner: Miner| miner.check().expect_err("out of range").field;
        assert_eq!(field(Miner::new(NETUID, 0, Tao::ZERO, 1.1, 1)), "sells");
        assert_eq!(field(Miner::new(NETUID, 0, Tao::ZERO, f64::NAN, 1)), "sells");
        assert_eq!(field(Miner::new(NETUID, 0, Tao::ZERO, 1.0, 0)), "every");
    }
}
