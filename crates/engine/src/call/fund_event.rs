//! What happens to the funds of hotkeys on root.

use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{AgentId, Hotkey};

/// What happened to a fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FundEvent {
    /// Funds came, and what stakers on root could claim by subnet entered this one.
    Begun {
        /// Whose fund.
        hotkey: Hotkey,
        /// Alpha that entered it, by subnet.
        entered: Vec<(Netuid, Alpha)>,
        /// Shares that all are owed for it.
        shares: u64,
    },
    /// Funds came, and this alpha was owed to nobody: what rounding had left.
    Unclaimed {
        /// The subnet.
        netuid: Netuid,
        /// How much.
        alpha: Alpha,
    },
    /// Dividends that waited entered a fund.
    Entered {
        /// Whose fund.
        hotkey: Hotkey,
        /// How much alpha, by subnet.
        credits: Vec<(Netuid, Alpha)>,
        /// What they add to the fund's value.
        value: Tao,
        /// The fund's value before.
        fund: Tao,
        /// Shares before.
        outstanding: u64,
        /// Shares that were minted; none if nobody but the fund itself stakes on root.
        shares: u64,
    },
    /// Dividends that waited ceased to exist.
    Recycled {
        /// The subnet.
        netuid: Netuid,
        /// How much.
        alpha: Alpha,
    },
    /// A holding was sold for cash.
    Sold {
        /// Whose fund.
        hotkey: Hotkey,
        /// The subnet.
        netuid: Netuid,
        /// Alpha that entered the pool.
        alpha: Alpha,
        /// TAO that it brought.
        tao: Tao,
    },
    /// A holding that its pool would not buy became nobody's.
    Burned {
        /// Whose fund.
        hotkey: Hotkey,
        /// The subnet.
        netuid: Netuid,
        /// How much.
        alpha: Alpha,
    },
    /// An account gave up shares for its part of what the fund holds, and staked on root what that brought.
    Redeemed {
        /// Whose fund.
        hotkey: Hotkey,
        /// Who claimed.
        agent: AgentId,
        /// Shares given up.
        shares: u64,
        /// Shares before.
        outstanding: u64,
        /// What was taken of each holding.
        rows: Vec<RedeemedRow>,
    },
    /// An account paid TAO that bought of what the fund holds, for shares.
    Deposited {
        /// Whose fund.
        hotkey: Hotkey,
        /// Who paid.
        agent: AgentId,
        /// What it added to the fund's value.
        value: Tao,
        /// The fund's value before.
        fund: Tao,
        /// Shares before.
        outstanding: u64,
        /// Shares for it.
        shares: u64,
        /// What was bought.
        rows: Vec<DepositedRow>,
    },
    /// A holding was traded for another.
    Traded {
        /// Whose fund.
        hotkey: Hotkey,
        /// What was sold; root for cash.
        from: Netuid,
        /// What was bought; root for cash.
        to: Netuid,
        /// Alpha sold.
        sold: Alpha,
        /// TAO that the sale brought and that the purchase cost.
        tao: Tao,
        /// Alpha bought.
        bought: Alpha,
    },
}

/// What a deposit bought of a fund's holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositedRow {
    /// The subnet; root for cash.
    pub netuid: Netuid,
    /// TAO paid for it, fees included.
    pub tao: Tao,
    /// What the fund held before.
    pub held: Alpha,
    /// By how much that has grown.
    pub alpha: Alpha,
}

/// What a claim took of a fund's holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedeemedRow {
    /// The subnet; root for cash.
    pub netuid: Netuid,
    /// What the whole holding was worth.
    pub value: Tao,
    /// How much of it was taken.
    pub alpha: Alpha,
    /// TAO for the claimant.
    pub paid: Tao,
    /// TAO that was realised beyond that and is the fund's cash.
    pub kept: Tao,
}
