//! How a block's TAO is shared among subnets: one file per rule, and their list.
//!
//! A rule sees the whole market. The launch's kind gives each subnet a weight of 32 fractional bits; a subnet's share of
//! the block's TAO is its weight over the sum of all weights. The kind from spec 334 on gives shares of 64 fractional
//! bits, which sum to one. A blend mixes two rules of either kind. To add a rule, write `emission/<name>.rs` (copy
//! `spot_price.rs`, `price_burn.rs`, or with parameters `depth_cap.rs`) and add one line to the list; a rule with parameters
//! has their ranges in `settable::values!`, too.

use serde::{Deserialize, Serialize};

use crate::books::{Books, Switch};
use crate::fixed::{Q32, Q64};
use crate::flow::Flow;
use crate::settable;
use crate::units::Tao;

/// A subnet as a rule that gives shares sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Candidate {
    /// Its moving price; one if it is stable.
    pub moving_price: Q32,
    /// rho, from the state before the block; zero where the rule does not count it.
    pub root_proportion: Q32,
    /// The part of the last epoch's incentive that was withheld from miners.
    pub miner_burned: Q32,
    /// Its flows, averaged in this block already.
    pub flow: Flow,
    /// The fast average of its spot price; zero until there is one.
    pub fast_price: Q64,
    /// TAO in its pool.
    pub pool_tao: Tao,
    /// The value that is in force for it, as it was last measured.
    pub measured: Q64,
    /// Whether it has a share; one without still counts for the gate.
    pub tao: Switch,
}

/// What is to be known of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// One line about it.
    pub about: &'static str,
    /// The attack that it is meant to stop; empty if none is known.
    pub stops: &'static str,
    /// Where it comes from: the place in the chain's source, or who proposed it.
    pub source: &'static str,
}

macro_rules! emission {
    (
        votes { $voting:ident: $votes:ident }
        weights { $($weighing:ident: $weighs:ident,)* }
        flows_with_parameters { $($flowing:ident: $flows:ident,)* }
        shares { $($sharing:ident: $shares:ident,)* }
        shares_with_parameters { $($proposing:ident: $proposes:ident,)* }
        blend { $blending:ident: $blends:ident }
    ) => {
        mod $votes;
        $(mod $weighs;)*
        $(mod $flows;)*
        $(mod $shares;)*
        $(mod $proposes;)*
        mod $blends;
        $(pub use $flows::$flowing;)*
        $(pub use $proposes::$proposing;)*
        pub use $blends::$blending;

        /// The rule by which a block's TAO is shared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Emission {
            #[doc = concat!("The rule of `emission/", stringify!($votes), ".rs`.")] $voting,
            $(#[doc = concat!("The rule of `emission/", stringify!($weighs), ".rs`.")] $weighing,)*
            $(#[doc = concat!("The rule of `emission/", stringify!($flows), ".rs`.")] $flowing($flowing),)*
            $(#[doc = concat!("The rule of `emission/", stringify!($shares), ".rs`.")] $sharing,)*
            $(#[doc = concat!("The rule of `emission/", stringify!($proposes), ".rs`.")] $proposing($proposing),)*
            #[doc = concat!("The rule of `emission/", stringify!($blends), ".rs`.")] $blending($blending),
        }

        /// A rule that can be a part of a blend: any but root's votes and a blend.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Ingredient {
            $(#[doc = concat!("The rule of `emission/", stringify!($weighs), ".rs`.")] $weighing,)*
            $(#[doc = concat!("The rule of `emission/", stringify!($flows), ".rs`.")] $flowing($flowing),)*
            $(#[doc = concat!("The rule of `emission/", stringify!($shares), ".rs`.")] $sharing,)*
            $(#[doc = concat!("The rule of `emission/", stringify!($proposes), ".rs`.")] $proposing($proposing),)*
        }

        impl From<Ingredient> for Emission {
            fn from(ingredient: Ingredient) -> Self {
                match ingredient {
                    $(Ingredient::$weighing => Self::$weighing,)*
                    $(Ingredient::$flowing(rule) => Self::$flowing(rule),)*
                    $(Ingredient::$sharing => Self::$sharing,)*
                    $(Ingredient::$proposing(rule) => Self::$proposing(rule),)*
                }
            }
        }

        /// Every rule: its name, what is to be known of it, and the rule with its usual values.
        pub const CATALOGUE: &[(&str, Description, Emission)] = &[
            (stringify!($voting), $votes::ABOUT, Emission::$voting),
            $((stringify!($weighing), $weighs::ABOUT, Emission::$weighing),)*
            $((stringify!($flowing), $flows::ABOUT, Emission::$flowing($flowing::CHAIN)),)*
            $((stringify!($sharing), $shares::ABOUT, Emission::$sharing),)*
            $((stringify!($proposing), $proposes::ABOUT, Emission::$proposing($proposing::USUAL)),)*
            (stringify!($blending), $blends::ABOUT, Emission::$blending($blending::USUAL)),
        ];

        impl Emission {
            /// Whether the rule is of the launch's kind, which gives weights.
            #[must_use]
            pub const fn gives_weights(self) -> bool {
                match self {
                    Self::$voting => true,
                    $(Self::$weighing => true,)*
                    $(Self::$flowing(_) => false,)*
                    $(Self::$sharing => false,)*
                    $(Self::$proposing(_) => false,)*
                    Self::$blending(_) => false,
                }
            }

            /// Writes each subnet's weight, in the market's order, if the rule is of the launch's kind; says whether it
            /// is. If all weights are zero nothing is emitted.
            pub fn weights(self, market: &[Books], weights: &mut Vec<Q32>) -> bool {
                weights.clear();
                match self {
                    Self::$voting => $votes::weights(market, weights),
                    $(Self::$weighing => $weighs::weights(market, weights),)*
                    $(Self::$flowing(_) => return false,)*
                    $(Self::$sharing => return false,)*
                    $(Self::$proposing(_) => return false,)*
                    Self::$blending(_) => return false,
                }
                debug_assert_eq!(weights.len(), market.len(), "every subnet has a weight");
                true
            }

            /// Writes each subnet's share, in the market's order, if the rule is of the later kind; says whether it is.
            /// The shares sum to one but for rounding down, or to zero if nobody is to get anything.
            ///
            /// A blend is of neither kind: its rules may be of both ([`crate::coinbase`] mixes them).
            pub fn shares(self, market: &[Candidate], shares: &mut Vec<Q64>) -> bool {
                shares.clear();
                match self {
                    Self::$voting => return false,
                    $(Self::$weighing => return false,)*
                    $(Self::$flowing(rule) => rule.shares(market, shares),)*
                    $(Self::$sharing => $shares::shares(market, shares),)*
                    $(Self::$proposing(rule) => rule.shares(market, shares),)*
                    Self::$blending(_) => return false,
                }
                debug_assert_eq!(shares.len(), market.len(), "every subnet has a share");
                true
            }
        }
    };
}

emission! {
    votes {
        RootVote: root_vote
    }
    weights {
        MovingPrice: moving_price,
        SpotPrice: spot_price,
        MarketCap: market_cap,
    }
    flows_with_parameters {
        TaoFlow: tao_flow,
        NetFlow: net_flow,
    }
    shares {
        PriceRootBurn: price_root_burn,
        PriceBurn: price_burn,
        Uniform: uniform,
        Objective: objective,
    }
    shares_with_parameters {
        LowerAverage: lower_average,
        DepthCap: depth_cap,
    }
    blend {
        Blend: blend
    }
}

settable::values!(Emission {
    TaoFlow (TaoFlow { smoothing, cutoff, exponent, .. })
        (smoothing in settable::PART_64, cutoff in tao_flow::CUTOFF, exponent in tao_flow::EXPONENT),
    NetFlow (NetFlow { smoothing, cutoff, exponent, .. })
        (smoothing in settable::PART_64, cutoff in tao_flow::CUTOFF, exponent in tao_flow::EXPONENT),
    LowerAverage (LowerAverage { step }) (step in settable::PART_64),
    DepthCap (DepthCap { depth }) (depth in depth_cap::DEPTH),
    Blend (Blend { weight, .. }) (weight in settable::PART_64),
});

impl Emission {
    /// The rules that a blend mixes; else the rule itself, twice.
    fn parts(self) -> [Self; 2] {
        match self {
            Self::Blend(Blend { of, with, .. }) => [of.into(), with.into()],
            _ => [self; 2],
        }
    }

    /// Whether users' flows count.
    #[must_use]
    pub fn counts_flow(self) -> bool {
        self.parts().iter().any(|rule| matches!(rule, Self::TaoFlow(_) | Self::NetFlow(_)))
    }

    /// Whether the protocol's own flows count.
    #[must_use]
    pub fn counts_protocol_flow(self) -> bool {
        self.parts().iter().any(|rule| matches!(rule, Self::NetFlow(_)))
    }

    /// Whether it counts what part of the miners' pay was withheld from them.
    #[must_use]
    pub fn counts_burned(self) -> bool {
        self.parts().iter().any(|rule| matches!(rule, Self::PriceBurn | Self::PriceRootBurn))
    }

    /// Whether root's proportion counts.
    #[must_use]
    pub fn counts_root_proportion(self) -> bool {
        self.parts().contains(&Self::PriceRootBurn)
    }

    /// Whether the values of subnets are measured.
    #[must_use]
    pub fn measures(self) -> bool {
        self.parts().contains(&Self::Objective)
    }

    /// The part of the emission that is shared by measured values.
    #[must_use]
    pub fn measured_part(self) -> Q64 {
        match self {
            Self::Objective => Q64::ONE,
            Self::Blend(Blend { with: Ingredient::Objective, weight, .. }) => weight,
            Self::Blend(Blend { of: Ingredient::Objective, weight, .. }) => Q64::ONE.saturating_sub(weight),
            _ => Q64::ZERO,
        }
    }

    /// The step of the fast average of prices, if one is kept.
    #[must_use]
    pub fn fast_step(self) -> Option<Q64> {
        self.parts().iter().find_map(|rule| match rule {
            Self::LowerAverage(LowerAverage { step }) => Some(*step),
            _ => None,
        })
    }

    /// Takes the flows since the last block into their averages, where the rule shares by them. `price` is the lesser of
    /// moving price and spot price.
    pub fn average_flows(self, flow: &mut Flow, price: Q32) {
        let gross = match self {
            Self::TaoFlow(rule) => rule,
            Self::NetFlow(rule) => {
                flow.average_protocol(rule.smoothing);
                rule.gross()
            }
            // At most one of its rules shares by flows.
            Self::Blend(_) => {
                return self.parts().into_iter().for_each(|rule| rule.average_flows(flow, price));
            }
            _ => return,
        };
        flow.average_user(gross.smoothing, gross.first, price);
    }
}

/// The sum of weights, by which each is divided.
#[must_use]
pub fn total(weights: &[Q32]) -> Q32 {
    weights.iter().copied().fold(Q32::ZERO, Q32::saturating_add)
}

#[cfg(test)]
mod tests;
