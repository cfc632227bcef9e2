//! What differs between funds, by revision.

use crate::settable::{self, settable};
use crate::units::Tao;

/// What dividends of those who stake on root become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RootDividends {
    /// Spec 334 to 440: alpha of each subnet, which they may claim.
    Claimable,
    /// Spec 441 on: shares of the fund of the hotkey that they stake through, which the alpha enters.
    FundShares,
}

/// What a claim on a fund gets of each holding that is sold for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FundClaims {
    /// Spec 441 to 453: all that the sale of its part brings. If a part rounds to nothing although the holding is worth
    /// something, nothing is claimed.
    Proceeds,
    /// Spec 454 to 468: the same, but at least one unit of each holding is sold.
    AtLeastOneUnit,
    /// Spec 469 on: no more than its part of what the whole holding is worth. What is over stays with the fund as cash,
    /// and holdings of which the claimant's part is too small are left out.
    UpToEntitlement,
}

/// What becomes of dividends for which no share can be minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RefusedMint {
    /// Spec 441 to 468: those of several subnets are tried one by one; what is refused alone waits for more. If nobody
    /// stakes on root through the hotkey, they are recycled.
    TriedApart,
    /// Spec 469 on: all wait for more. If nobody but the fund itself stakes on root through the hotkey, they enter the
    /// fund for those who have shares.
    PutBack,
}

/// Whose funds a call may claim of: how much work there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ClaimWork {
    /// Spec 441 to 468: a call for all hotkeys may be of as many hotkeys times networks, root among them, as 256, and of as
    /// many holdings.
    Networks,
    /// Spec 469 to 483: hotkeys and holdings together may be 256, or 129 where one hotkey is named.
    HotkeysAndHoldings,
}

/// Whether TAO can be staked into funds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FundDeposits {
    /// To spec 463: no. (From 450 on the chain had such a call for funds that followed weights of their validators; those are not
    /// modelled.)
    None,
    /// Spec 464 to 467: it buys of all that the fund holds, and is refused if one holding is worth nothing.
    OfAll,
    /// Spec 468 on: it buys of all that is worth something.
    OfWorth,
}

/// Whether a validator can trade what its hotkey's fund holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FundTrades {
    /// To spec 463: no.
    None,
    /// Spec 464 to 469: one trade a call.
    One,
    /// Spec 470 on: several at once, of which all are made or none.
    Several,
}

/// Whether root lets funds trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Trading {
    /// No.
    Off,
    /// Yes.
    On,
}

settable! {
    /// How what stakers on root earn is held and claimed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct FundRules, written as FundValues {
        /// What dividends of those who stake on root become.
        dividends: RootDividends = "rule";
        /// What a claim gets of each holding that is sold for it.
        claims: FundClaims = "rule";
        /// What becomes of dividends for which no share can be minted.
        refused_mint: RefusedMint = "rule";
        /// How much work a claim may be.
        claim_work: ClaimWork = "rule";
        /// Whether TAO can be staked into funds.
        deposits: FundDeposits = "rule";
        /// Whether a validator can trade what its hotkey's fund holds.
        trades: FundTrades = "rule";
        /// Whether root lets it (`BasketTradingEnabled`).
        trading: Trading = "rule";
        /// The part of a fund's value that it may trade in a day (`BasketDailyTurnoverCap`).
        turnover_cap: u16 = "of 65,535";
        /// The part of a pool's alpha that a fund may hold, or buy in a day, by trading (`BasketLiquidityCap`).
        liquidity_cap: u16 = "of 65,535";
        /// The part of a fund's value that one holding may be after a trade (`BasketConcentrationCap`).
        concentration_cap: u16 = "of 65,535";
        /// The minimum of TAO that a trade sells for and buys with, where it is above the minimum stake (`BasketMinTradeTao`).
        min_trade: Tao = "TAO" in settable::TAO;
    }
}

settable::values!(RootDividends, FundClaims, RefusedMint, ClaimWork, FundDeposits, FundTrades, Trading);

impl FundRules {
    /// Those of a chain without funds.
    pub const NONE: Self = Self {
        dividends: RootDividends::Claimable,
        claims: FundClaims::Proceeds,
        refused_mint: RefusedMint::TriedApart,
        claim_work: ClaimWork::Networks,
        deposits: FundDeposits::None,
        trades: FundTrades::None,
        trading: Trading::Off,
        turnover_cap: 6_553,
        liquidity_cap: 6_553,
        concentration_cap: 4_096,
        min_trade: Tao::ZERO,
    };
}

impl ClaimWork {
    /// Whether a claim of so many hotkeys whose funds have so many holdings is taken on, where there are so many networks.
    #[must_use]
    pub fn allows(self, hotkeys: usize, holdings: usize, networks: usize, names_one: bool) -> bool {
        match self {
            Self::Networks if names_one => holdings <= 256,
            Self::Networks => hotkeys * networks <= 256 && holdings <= 256,
            Self::HotkeysAndHoldings => hotkeys + holdings <= if names_one { 129 } else { 256 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fund_of_128_subnets_and_cash_cannot_be_claimed_of_by_name_from_spec_469_on() {
        let (networks, holdings) = (129, 129);
        assert!(ClaimWork::Networks.allows(1, holdings, networks, true));
        assert!(!ClaimWork::Networks.allows(2, holdings, networks, false));
        assert!(!ClaimWork::HotkeysAndHoldings.allows(1, holdings, networks, true));
        assert!(ClaimWork::HotkeysAndHoldings.allows(1, holdings, networks, false));
        assert!(ClaimWork::HotkeysAndHoldings.allows(1, 128, networks, true));
    }
}
