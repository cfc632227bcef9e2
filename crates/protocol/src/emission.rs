//! How a block's TAO is shared among subnets: one file per rule, and their list.
//!
//! A rule sees the whole market and gives each subnet a weight; a subnet's share of the block's TAO is its weight
//! over the sum of all weights. To add a rule, write `emission/<name>.rs` (copy `market_cap.rs`) and add one line to
//! the list.

use serde::{Deserialize, Serialize};

use crate::books::Books;
use crate::fixed::Q32;

macro_rules! emission {
    ($($name:ident: $module:ident),* $(,)?) => {
        $(mod $module;)*

        /// The rule by which a block's TAO is shared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Emission {
            $(#[doc = concat!("The rule of `emission/", stringify!($module), ".rs`.")] $name,)*
        }

        /// Every rule's name, and one line about it.
        pub const CATALOGUE: &[(&str, &str)] = &[$((stringify!($name), $module::ABOUT)),*];

        impl Emission {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Writes each subnet's weight, in the market's order. If all are zero nothing is emitted.
            pub fn weights(self, market: &[Books], weights: &mut Vec<Q32>) {
                weights.clear();
                match self {
                    $(Self::$name => $module::weights(market, weights),)*
                }
                debug_assert_eq!(weights.len(), market.len(), "every subnet has a weight");
            }
        }
    };
}

emission! {
    RootVote: root_vote,
    MovingPrice: moving_price,
    SpotPrice: spot_price,
    MarketCap: market_cap,
}

/// The sum of weights, by which each is divided.
#[must_use]
pub fn total(weights: &[Q32]) -> Q32 {
    weights.iter().copied().fold(Q32::ZERO, Q32::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::books::Settings;
    use crate::pool::Reserves;
    use crate::units::{Alpha, Block, Netuid, RAO, Tao};

    fn subnet(tao: u64, alpha_in: u64, alpha_out: u64, moving_price: f64) -> Books {
        Books {
            pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha_in) },
            alpha_out: Alpha::from_rao(alpha_out),
            moving_price: Q32::from_f64(moving_price),
            ..Books::new(Netuid(1), Settings::dynamic(Netuid(1), Block(0), 360, Block(1)))
        }
    }

    fn weights(rule: Emission, market: &[Books]) -> Vec<f64> {
        let mut weights = Vec::new();
        rule.weights(market, &mut weights);
        weights.into_iter().map(Q32::to_f64).collect()
    }

    /// Prices 0.5 and 0.25, 4 and 12 alpha that exist.
    #[test]
    fn two_subnets_by_hand() {
        let market = [subnet(RAO, 2 * RAO, 2 * RAO, 0.125), subnet(2 * RAO, 8 * RAO, 4 * RAO, 0.375)];
        let rao = RAO as f64;
        assert_eq!(weights(Emission::MovingPrice, &market), [0.125, 0.375]);
        assert_eq!(weights(Emission::SpotPrice, &market), [0.5, 0.25]);
        assert_eq!(weights(Emission::MarketCap, &market), [2.0 * rao, 3.0 * rao]);
    }

    #[test]
    fn every_file_of_a_rule_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emission");
        let files = std::fs::read_dir(folder).expect("the folder exists").count();
        assert_eq!((files, CATALOGUE.len()), (Emission::ALL.len(), Emission::ALL.len()));
    }

    proptest! {
        #[test]
        fn a_subnet_without_a_price_or_a_history_gets_nothing(other in 1..RAO) {
            let market = [subnet(0, 0, 0, 0.0), subnet(other, RAO, RAO, 0.5)];
            for &rule in Emission::ALL {
                prop_assert_eq!(weights(rule, &market)[0], 0.0);
            }
        }

        #[test]
        fn a_rule_does_not_depend_on_the_order_of_subnets(
            amounts in prop::collection::vec((1..RAO << 20, 1..RAO << 20, 0..RAO << 20, 0.0..2.0), 1..20),
        ) {
            let market: Vec<_> = amounts.iter().map(|&(t, a, o, m)| subnet(t, a, o, m)).collect();
            let reversed: Vec<_> = market.iter().rev().copied().collect();
            for &rule in Emission::ALL {
                let mut there = weights(rule, &market);
                there.reverse();
                prop_assert_eq!(there, weights(rule, &reversed));
            }
        }
    }
}
