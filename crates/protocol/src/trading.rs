//! What the chain asks of stakes, unstakes and moves, beside the pool's own rules.

use serde::{Deserialize, Serialize};

use crate::settable::{self, settable};
use crate::units::{Netuid, Tao};

/// What becomes of a call whose swap the pool refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailedSwap {
    /// To spec 282: the call goes on, and what was to be swapped is nobody's. Selling all stake has no minimum.
    Lost,
    /// From spec 283 on: nothing changes. Of all stake, what could not be sold by itself stays.
    Refused,
}

/// What a minimum of stake is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MinimumOf {
    /// To spec 291: the whole order, even if a limit lets less of it in. What a sale fetches must be more. A nominator's
    /// least stake is counted in alpha.
    Order,
    /// From spec 292 on: what enters the pool, too. A sale may fetch just the minimum, or anything if it leaves no stake.
    /// A nominator's least stake is counted in TAO at the spot price.
    WhatEnters,
}

/// Which side of a move pays the pool's fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoveFee {
    /// To spec 289: the sale and the purchase; of the flat fee each pays half.
    BothSides,
    /// Spec 290 to 314: the purchase, so that moving to root is free.
    Purchase,
    /// From spec 315 on: the sale, and from root the purchase.
    Sale,
}

/// How stake moves within a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WithinSubnet {
    /// To spec 296: it is sold, and bought again.
    Swapped,
    /// From spec 297 on: it changes hands.
    Transferred,
}

/// What becomes of a move's proceeds that are less than the minimum stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SmallProceeds {
    /// To spec 410: nobody gets them.
    Lost,
    /// From spec 411 on: the account that moved.
    Paid,
}

/// When a subnet's alpha may be traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TradingStart {
    /// To spec 272: from its registration on, though prices before its start mean little.
    Registration,
    /// From spec 273 on: once it is started (`SubtokenEnabled`).
    StartCall,
}

settable::values!(TradingStart, FailedSwap, MinimumOf, MoveFee, WithinSubnet, SmallProceeds);

settable! {
    /// What the chain asks of stakes, unstakes and moves.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TradingRules, written as TradingValues {
        /// When a subnet's alpha may be traded.
        start: TradingStart = "rule";
        /// What becomes of a call whose swap the pool refuses.
        failed_swap: FailedSwap = "rule";
        /// What the minimum stake is held against.
        minimum_of: MinimumOf = "rule";
        /// Which side of a move pays the pool's fee.
        move_fee: MoveFee = "rule";
        /// How stake moves within a subnet.
        within_subnet: WithinSubnet = "rule";
        /// What becomes of a move's proceeds that are less than the minimum stake.
        small_proceeds: SmallProceeds = "rule";
    }
}

impl TradingRules {
    /// The launch's.
    pub const LAUNCH: Self = Self {
        start: TradingStart::Registration,
        failed_swap: FailedSwap::Lost,
        minimum_of: MinimumOf::Order,
        move_fee: MoveFee::BothSides,
        within_subnet: WithinSubnet::Swapped,
        small_proceeds: SmallProceeds::Lost,
    };

    /// Whether a sale fetches enough to be made, given whether it leaves stake where it sold.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/stake_utils.rs::validate_remove_stake` @ f95810a25, 1f520ed95
    #[must_use]
    pub fn fetches_enough(&self, fetched: Tao, min_stake: Tao, leaves: LeavesStake) -> bool {
        match self.minimum_of {
            MinimumOf::Order => fetched > min_stake,
            MinimumOf::WhatEnters => leaves == LeavesStake::None || fetched >= min_stake,
        }
    }
}

/// Whether a sale leaves stake where it sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeavesStake {
    /// Some is left.
    Some,
    /// None is left.
    None,
}

impl MoveFee {
    /// Whether the sale and whether the purchase of a move from `origin` pay the pool's fee.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/move_stake.rs::transition_stake_internal` @ e9bbb6134, 74614df76,
    /// 81ee047fd
    #[must_use]
    pub fn charges(self, origin: Netuid) -> (crate::pool::Charge, crate::pool::Charge) {
        use crate::pool::Charge::{Fee, Free};
        match self {
            Self::BothSides => (Fee, Fee),
            Self::Purchase => (Free, Fee),
            Self::Sale if origin == Netuid::ROOT => (Free, Fee),
            Self::Sale => (Fee, Free),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Charge::{Fee, Free};

    #[test]
    fn one_side_of_a_move_pays_and_from_root_it_is_the_purchase() {
        assert_eq!(MoveFee::BothSides.charges(Netuid(1)), (Fee, Fee));
        assert_eq!(MoveFee::Purchase.charges(Netuid(1)), (Free, Fee));
        assert_eq!(MoveFee::Sale.charges(Netuid(1)), (Fee, Free));
        assert_eq!(MoveFee::Sale.charges(Netuid::ROOT), (Free, Fee));
    }

    #[test]
    fn a_sale_of_the_whole_may_fetch_less_than_the_minimum_from_292_on() {
        let (least, launch) = (Tao::from_rao(500_000), TradingRules::LAUNCH);
        let later = TradingRules { minimum_of: MinimumOf::WhatEnters, ..launch };
        assert!(!launch.fetches_enough(least, least, LeavesStake::None));
        assert!(later.fetches_enough(least, least, LeavesStake::Some));
        let less = Tao::from_rao(499_999);
        assert!(!later.fetches_enough(less, least, LeavesStake::Some));
        assert!(later.fetches_enough(less, least, LeavesStake::None));
    }
}
