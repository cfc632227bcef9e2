//! Spec 464: a fast average of each subnet's spot price is kept; funds trade, and TAO can be staked into them.

use crate::basket::{FundDeposits, FundTrades};
use crate::era::{Certainty, Doubt, Era, Spec};
use crate::rules::coinbase::FastAverage;

pub(super) const ERA: Era = Era {
    spec: Spec(464),
    date: "2026-09-17",
    about: "a fast average of each subnet's spot price is kept, which claims on funds and funds' trades are held against; \
            validators trade what their funds hold, once root lets them; TAO is staked into funds",
    source: "subtensor:pallets/subtensor/src/staking/{basket_trade,claim_root}.rs (RaoFoundation#3155, #3178)",
    change: |rules| {
        rules.coinbase.fast_average = FastAverage::Kept;
        rules.funds.deposits = FundDeposits::OfAll;
        rules.funds.trades = FundTrades::One;
    },
    doubts: &[Doubt {
        certainty: Certainty::Likely,
        about: "all guards of trades, and that a deposit's shares are bounded by each holding, as in the code of 470 to 475",
    }],
    migration: None,
};
