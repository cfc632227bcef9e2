//! The catalogue of agents: one file per strategy.
//!
//! To add one, write `agents/src/<name>.rs` (copy [`noise`]), and add `pub mod <name>;` and one line to the list below.

pub mod basket_holder;
pub mod burn_validator;
pub mod cartel_root_voter;
pub mod cartel_validator;
pub mod copy_validator;
pub mod costly_miner;
pub mod delegator;
pub mod flow_replay;
pub mod holdings_validator;
pub mod honest_root_voter;
pub mod honest_validator;
pub mod meme_miner;
pub mod miner;
pub mod noise;
pub mod noise_trader;
pub mod price_keeper;
pub mod prior;
pub mod priors;
pub mod program;
pub mod pumper;
pub mod range;
pub mod replay;
pub mod revenue_subnet;
pub mod reward_sellers_validator;
pub mod root_validator;
pub mod script;
pub mod speculator;
pub mod subnet_owner;
pub mod switcher;
mod to_price;
mod trading;
pub mod validator;
pub mod value_faker;
pub mod value_trader;
pub mod weight_policy;
pub mod zero_holders_validator;

use std::collections::BTreeSet;

pub use dtao_catalogue::{ParameterError, Parameters};
use dtao_catalogue::{catalogue, listed};
use dtao_engine::account::{AgentId, GroupId};
use dtao_engine::call::Submitted;
use dtao_engine::run::{AccountSetup, RunBuilder};
use dtao_engine::strategy::{Actor, Reaction, Strategy};
use dtao_engine::view::View;

use crate::priors::Priors;

/// What the catalogue asks of a strategy, besides what a scenario's reader does. Every strategy with parameters has it.
pub trait Agent: Parameters + Priors {
    /// Whether all parameters are in their ranges, priors among them.
    ///
    /// # Errors
    /// Names the first that is not.
    fn check_all(&self) -> Result<(), ParameterError>;

    /// Makes the kind of agents known to a run.
    fn install(&self, run: &mut RunBuilder);

    /// Adds an account that follows the strategy.
    fn account(&self, run: &mut RunBuilder, group: GroupId, account: AccountSetup) -> AgentId;

    /// [`Strategy::start`], of a strategy that is one of several of an account.
    fn begin(&mut self, view: &View, me: &mut Actor);

    /// [`Strategy::decide`].
    fn act(&mut self, view: &View, me: &mut Actor);

    /// [`Strategy::REACTION`].
    fn reaction(&self) -> Reaction;

    /// [`Strategy::react`].
    fn answer(&mut self, pending: &[Submitted], view: &View, me: &mut Actor);
}

impl<S: Strategy + Parameters + Priors + Clone> Agent for S {
    fn check_all(&self) -> Result<(), ParameterError> {
        self.check()?;
        self.check_priors()
    }

    fn install(&self, run: &mut RunBuilder) {
        run.strategy::<S>();
    }

    fn account(&self, run: &mut RunBuilder, group: GroupId, account: AccountSetup) -> AgentId {
        run.account(group, account, self.clone())
    }

    fn begin(&mut self, view: &View, me: &mut Actor) {
        self.start(view, me);
    }

    fn act(&mut self, view: &View, me: &mut Actor) {
        self.decide(view, me);
    }

    fn reaction(&self) -> Reaction {
        S::REACTION
    }

    fn answer(&mut self, pending: &[Submitted], view: &View, me: &mut Actor) {
        self.react(pending, view, me);
    }
}

/// Makes the kinds of agents known to a run that follow one of these strategies.
pub fn install<'a>(run: &mut RunBuilder, strategies: impl IntoIterator<Item = &'a StrategySpec>) {
    let mut known = BTreeSet::new();
    for strategy in strategies {
        if known.insert(strategy.name()) {
            strategy.install(run);
        }
    }
}

catalogue! {
    /// A strategy with its parameters, as a scenario writes it.
    StrategySpec: Agent {
        CartelRootVoter: cartel_root_voter,
        HonestRootVoter: honest_root_voter,
        Noise: noise,
        NoiseTrader: noise_trader,
        Pumper: pumper,
        PriceKeeper: price_keeper,
        Speculator: speculator,
        ValueTrader: value_trader,
        Replay: replay,
        FlowReplay: flow_replay,
        Script: script,
        Program: program,
        MemeMiner: meme_miner,
        Miner: miner,
        HonestValidator: honest_validator,
        HoldingsValidator: holdings_validator,
        RewardSellersValidator: reward_sellers_validator,
        ZeroHoldersValidator: zero_holders_validator,
        BurnValidator: burn_validator,
        CopyValidator: copy_validator,
        CartelValidator: cartel_validator,
        RootValidator: root_validator,
        SubnetOwner: subnet_owner,
        RevenueSubnet: revenue_subnet,
        ValueFaker: value_faker,
        CostlyMiner: costly_miner,
        Delegator: delegator,
        BasketHolder: basket_holder,
        Switcher: switcher,
    }
}

/// The guide's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/agents.md")]
mod guide {}

#[cfg(test)]
mod testing;
