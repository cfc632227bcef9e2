//! Submits given calls at given blocks: for root's decisions, for upgrades, and for what is known from history.

use bevy_ecs::prelude::Component;
use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::{ParameterError, Parameters};

/// Submits given calls at given blocks.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The calls, each with its block, in the order of blocks.
    pub calls: Vec<Line>,
    #[serde(skip)]
    done: usize,
}

/// A call and its block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The block that the call is to be executed in.
    pub block: Block,
    /// The call.
    pub call: ScriptedCall,
}

/// A call as a scenario writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ScriptedCall {
    /// Buys stake.
    Stake {
        /// Where.
        netuid: Netuid,
        /// For how much.
        tao: Tao,
    },
    /// Sells stake.
    Unstake {
        /// Where.
        netuid: Netuid,
        /// How much.
        alpha: Alpha,
    },
    /// Registers a subnet.
    RegisterSubnet,
    /// Before dynamic TAO: votes on the emission, with a weight for each subnet.
    SetRootWeights(Vec<(Netuid, u16)>),
    /// Root only: sets the moving price's coefficient per block.
    SetMovingAlpha(f64),
    /// Root only: replaces the runtime.
    Upgrade(Spec),
    /// Root only: sets a subnet's tempo.
    SetTempo {
        /// Where.
        netuid: Netuid,
        /// Blocks between epochs, less one.
        tempo: u16,
    },
}

impl ScriptedCall {
    fn call(&self) -> Call {
        match *self {
            Self::Stake { netuid, tao } => {
                Call::Stake { netuid, hotkey: Hotkey::AGGREGATE, tao, limit: None }
            }
            Self::Unstake { netuid, alpha } => {
                Call::Unstake { netuid, hotkey: Hotkey::AGGREGATE, alpha, limit: None }
            }
            Self::RegisterSubnet => Call::RegisterSubnet,
            Self::SetRootWeights(ref weights) => Call::SetRootWeights { weights: weights.as_slice().into() },
            Self::SetMovingAlpha(coefficient) => {
                Call::SetMovingAlpha { coefficient: Q32::from_f64(coefficient) }
            }
            Self::Upgrade(spec) => Call::Upgrade { spec },
            Self::SetTempo { netuid, tempo } => Call::SetTempo { netuid, tempo },
        }
    }
}

impl Script {
    /// The calls, before the first block.
    #[must_use]
    pub const fn new(calls: Vec<Line>) -> Self {
        Self { calls, done: 0 }
    }
}

impl Parameters for Script {
    const ABOUT: &'static str =
        "submits given calls at given blocks: root's decisions, upgrades, known history";

    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |message| Err(ParameterError { field: "calls", message });
        for pair in self.calls.windows(2) {
            if pair[1].block < pair[0].block {
                return refuse(format!(
                    "calls must be in the order of blocks, but block {} comes after {}",
                    pair[1].block, pair[0].block
                ));
            }
        }
        for line in &self.calls {
            if let ScriptedCall::SetMovingAlpha(coefficient) = line.call
                && !(0.0..=1.0).contains(&coefficient)
            {
                return refuse(format!(
                    "a moving price's coefficient is 0 to 1 per block, not {coefficient}"
                ));
            }
        }
        Ok(())
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        let named = |call: &ScriptedCall| match call {
            ScriptedCall::Stake { netuid, .. }
            | ScriptedCall::Unstake { netuid, .. }
            | ScriptedCall::SetTempo { netuid, .. } => vec![*netuid],
            ScriptedCall::SetRootWeights(weights) => weights.iter().map(|&(netuid, _)| netuid).collect(),
            ScriptedCall::RegisterSubnet | ScriptedCall::SetMovingAlpha(_) | ScriptedCall::Upgrade(_) => {
                vec![]
            }
        };
        let calls = self.calls.iter().enumerate();
        calls
            .flat_map(|(index, line)| {
                named(&line.call).into_iter().map(move |netuid| (format!("calls[{index}].call"), netuid))
            })
            .filter(|&(_, netuid)| netuid != Netuid::ROOT)
            .collect()
    }

    fn registrations(&self) -> usize {
        self.calls.iter().filter(|line| line.call == ScriptedCall::RegisterSubnet).count()
    }
}

impl Strategy for Script {
    fn start(&mut self, _: &View, me: &mut Actor) {
        self.sleep(me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        while let Some(line) = self.calls.get(self.done).filter(|line| line.block <= view.block()) {
            // A line before the run's first block is history that this run does not repeat.
            if line.block == view.block() {
                me.submit(line.call.call());
            }
            self.done += 1;
        }
        self.sleep(me);
    }
}

impl Script {
    fn sleep(&self, me: &mut Actor) {
        if let Some(next) = self.calls.get(self.done) {
            me.wake_at(next.block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Market;

    #[test]
    fn every_call_is_submitted_at_its_block() {
        let line = |block, spec: u16| Line {
            block: Block(block),
            call: ScriptedCall::Upgrade(spec.try_into().expect("a launch revision")),
        };
        let script = Script { calls: vec![line(5, 238), line(5, 240), line(9, 244)], done: 0 };
        let calls = Market::quiet().calls_of(script, 20);
        let blocks: Vec<_> = calls.iter().map(|&(block, _)| block.0).collect();
        assert_eq!(blocks, [5, 5, 9]);
        assert_eq!(calls[2].1, Call::Upgrade { spec: Spec::known(244) });
    }

    #[test]
    fn a_vote_names_subnets_and_is_submitted_as_it_is_written() {
        let weights = vec![(Netuid(1), 3), (Netuid::ROOT, 1)];
        let line = Line { block: Block(5), call: ScriptedCall::SetRootWeights(weights.clone()) };
        let script = Script { calls: vec![line], done: 0 };
        assert_eq!(script.netuids(), [("calls[0].call".into(), Netuid(1))]);
        let calls = Market::voting().calls_of(script, 20);
        assert_eq!(calls, [(Block(5), Call::SetRootWeights { weights: weights.into() })]);
    }

    #[test]
    fn calls_out_of_order_are_refused() {
        let line = |block| Line { block: Block(block), call: ScriptedCall::RegisterSubnet };
        let script = Script { calls: vec![line(9), line(5)], done: 0 };
        assert_eq!(script.check().expect_err("out of order").field, "calls");
    }
}
