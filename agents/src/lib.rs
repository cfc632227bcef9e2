//! The catalogue of agents: one file per strategy.
//!
//! To add one, write `agents/src/<name>.rs` (copy [`noise`]) and add one line to the list below.

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
pub mod moment;
pub mod noise;
pub mod noise_trader;
pub mod prior;
pub mod priors;
pub mod pumper;
pub mod range;
pub mod replay;
pub mod revenue_subnet;
pub mod reward_sellers_validator;
pub mod root_validator;
pub mod script;
pub mod speculator;
pub mod subnet_owner;
mod trading;
pub mod validator;
pub mod value_faker;
pub mod value_trader;
pub mod weight_policy;
pub mod zero_holders_validator;

use dtao_engine::account::{AgentId, GroupId};
use dtao_engine::market::{FlowFile, PriceFiles};
use dtao_engine::run::{AccountSetup, RunBuilder};
use dtao_protocol::units::Netuid;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::prior::Draws;
use crate::priors::Priors;

/// A strategy's own checks of its parameters, and what it reads from files.
pub trait Parameters: Priors {
    /// One line for the catalogue.
    const ABOUT: &'static str;

    /// What is wrong with the parameters that are known, if anything: which field, and what would be right.
    ///
    /// # Errors
    /// If a parameter is out of its range.
    fn check(&self) -> Result<(), ParameterError> {
        Ok(())
    }

    /// Whether all parameters are in their ranges, priors among them.
    ///
    /// # Errors
    /// Names the first that is not.
    fn check_all(&self) -> Result<(), ParameterError> {
        self.check()?;
        self.check_priors()
    }

    /// The price files that it reads.
    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        None
    }

    /// The table of trades that it reads, and the group whose trades it takes from there.
    fn flow_file(&mut self) -> Option<(&mut FlowFile, &str)> {
        None
    }

    /// The subnets that it names, each with its field.
    fn netuids(&self) -> Vec<(String, Netuid)> {
        Vec::new()
    }

    /// Those of them that must be in detail.
    fn detailed(&self) -> Vec<(String, Netuid)> {
        Vec::new()
    }

    /// The groups of agents that it names, each with its field.
    fn groups(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The accounts that it names by their number in a group, each with its field.
    fn members(&self) -> Vec<(String, (String, u32))> {
        Vec::new()
    }

    /// How many subnets it registers.
    fn registrations(&self) -> usize {
        0
    }

    /// The subnets whose recorded prices it does not use.
    fn prices_left_alone(&self) -> Vec<Netuid> {
        Vec::new()
    }

    /// Whether it uses the first row of recorded prices wherever that is, even after the run.
    fn needs_first_prices(&self) -> bool {
        false
    }

    /// The times that it names: one that never comes in a run is a mistake.
    fn moments(&self) -> Vec<Moment> {
        Vec::new()
    }
}

/// A field that is a list of subnets, for [`Parameters::netuids`].
fn listed(field: &str, netuids: &[Netuid]) -> Vec<(String, Netuid)> {
    netuids.iter().enumerate().map(|(index, &netuid)| (format!("{field}[{index}]"), netuid)).collect()
}

/// A parameter out of its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParameterError {
    /// Which field of the strategy.
    pub field: &'static str,
    /// What was found and what would be right.
    pub message: String,
}

macro_rules! catalogue {
    ($($name:ident: $module:ident),* $(,)?) => {
        /// A strategy with its parameters, as a scenario writes it.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[expect(clippy::large_enum_variant, reason = "one for each group of a scenario, and none in the block loop")]
        pub enum StrategySpec {
            $(#[doc = concat!("See [`", stringify!($module), "::", stringify!($name), "`].")]
            $name($module::$name),)*
        }

        /// Every strategy's name and one line about it.
        pub const CATALOGUE: &[(&str, &str)] =
            &[$((stringify!($name), <$module::$name as Parameters>::ABOUT)),*];

        /// Makes every kind of agent known: a run installs those that one of its accounts follows.
        pub fn install(run: &mut RunBuilder) {
            $(run.strategy::<$module::$name>();)*
        }

        impl StrategySpec {
            /// The strategy's name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)* }
            }

            /// The strategy's own checks of its parameters.
            ///
            /// # Errors
            /// If a parameter is out of its range.
            pub fn check(&self) -> Result<(), ParameterError> {
                match self { $(Self::$name(strategy) => strategy.check_all(),)* }
            }

            /// Puts values in the place of its priors, before the run.
            pub fn draw(&mut self, draws: &Draws) {
                match self { $(Self::$name(strategy) => strategy.draw_priors(draws),)* }
            }

            /// The price files that it reads.
            pub fn price_files(&mut self) -> Option<&mut PriceFiles> {
                match self { $(Self::$name(strategy) => strategy.price_files(),)* }
            }

            /// The table of trades that it reads, and the group whose trades it takes from there.
            pub fn flow_file(&mut self) -> Option<(&mut FlowFile, &str)> {
                match self { $(Self::$name(strategy) => strategy.flow_file(),)* }
            }

            /// The subnets that it names, each with its field.
            #[must_use]
            pub fn netuids(&self) -> Vec<(String, Netuid)> {
                match self { $(Self::$name(strategy) => strategy.netuids(),)* }
            }

            /// Those of them that must be in detail.
            #[must_use]
            pub fn detailed(&self) -> Vec<(String, Netuid)> {
                match self { $(Self::$name(strategy) => strategy.detailed(),)* }
            }

            /// The groups of agents that it names, each with its field.
            #[must_use]
            pub fn groups(&self) -> Vec<(String, String)> {
                match self { $(Self::$name(strategy) => strategy.groups(),)* }
            }

            /// The accounts that it names by their number in a group, each with its field.
            #[must_use]
            pub fn members(&self) -> Vec<(String, (String, u32))> {
                match self { $(Self::$name(strategy) => strategy.members(),)* }
            }

            /// How many subnets it registers.
            #[must_use]
            pub fn registrations(&self) -> usize {
                match self { $(Self::$name(strategy) => Parameters::registrations(strategy),)* }
            }

            /// The subnets whose recorded prices it does not use.
            #[must_use]
            pub fn prices_left_alone(&self) -> Vec<Netuid> {
                match self { $(Self::$name(strategy) => strategy.prices_left_alone(),)* }
            }

            /// Whether it uses the first row of recorded prices wherever that is.
            #[must_use]
            pub fn needs_first_prices(&self) -> bool {
                match self { $(Self::$name(strategy) => strategy.needs_first_prices(),)* }
            }

            /// The times that it names.
            #[must_use]
            pub fn moments(&self) -> Vec<Moment> {
                match self { $(Self::$name(strategy) => strategy.moments(),)* }
            }

            /// Adds an account that follows the strategy.
            pub fn account(self, run: &mut RunBuilder, group: GroupId, account: AccountSetup) -> AgentId {
                match self { $(Self::$name(strategy) => run.account(group, account, strategy),)* }
            }
        }
    };
}

catalogue! {
    CartelRootVoter: cartel_root_voter,
    HonestRootVoter: honest_root_voter,
    Noise: noise,
    NoiseTrader: noise_trader,
    Pumper: pumper,
    Speculator: speculator,
    ValueTrader: value_trader,
    Replay: replay,
    FlowReplay: flow_replay,
    Script: script,
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
}

/// The guide's example is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/agents.md")]
mod guide {}

#[cfg(test)]
mod testing;
