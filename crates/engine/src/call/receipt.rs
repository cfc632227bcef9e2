//! What became of a call, and what an epoch paid.

use dtao_protocol::books::ChainDust;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::Uid;

use super::{Call, FundEvent, Refusal};
use crate::account::AgentId;

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The account that made the call.
    pub agent: AgentId,
    /// The call itself.
    pub call: Call,
    /// The outcome.
    pub outcome: Outcome,
    /// What was sold where, by a call that sells on every subnet; else empty.
    pub sales: Vec<Sale>,
    /// What was claimed of subnets' alpha, by a call that claims.
    pub claims: Vec<Claim>,
    /// What happened to funds of hotkeys on root, by a call that claims of them or changes stake there.
    pub funds: Vec<FundEvent>,
    /// What the call took from somebody and gave to nobody.
    pub lost: Lost,
    /// What its swaps paid in fees.
    pub fees: Fees,
    /// What the registration of a subnet did, by a call that registered one.
    pub new_subnet: Option<NewSubnet>,
}

/// Fees that swaps paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// TAO that is nobody's: of buys, where fees are counted for the pool, and of registrations.
    pub tao: Tao,
    /// Alpha that is nobody's: of sales, where fees are counted for the pool.
    pub alpha: Alpha,
    /// TAO for the block's author.
    pub author: Tao,
    /// TAO of the flat fees, which the subnets' reserves got.
    pub flat: Tao,
}

/// What the registration of a subnet did besides taking its cost; of one that is queued, what it has done until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewSubnet {
    /// TAO that the new pool starts with.
    pub pool: Tao,
    /// Alpha of the new subnet that its owner was staked.
    pub owner: Alpha,
    /// TAO that is held until the subnet appears.
    pub escrow: Tao,
    /// What became of the subnet that made room, if one did.
    pub dissolved: Option<Dissolved>,
}

/// What became of a registration that had waited for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The account that registered.
    pub agent: AgentId,
    /// Its place in the queue until now, from 0.
    pub place: usize,
    /// What it cost when it was queued.
    pub lock: Tao,
    /// TAO that was held for it until now.
    pub escrow: Tao,
    /// What became of it.
    pub outcome: Settled,
}

/// How the wait for a place has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The subnet is there.
    Registered {
        /// Its number.
        netuid: Netuid,
        /// TAO that was paid.
        paid: Tao,
        /// TAO that the pool starts with.
        pool: Tao,
    },
    /// The account could not pay in full: there is no subnet.
    Cancelled,
}

/// What became of a subnet that made room for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dissolved {
    /// TAO of its pool that those who held its alpha were paid.
    pub paid: Tao,
    /// TAO of its pool that was recycled: the chain's own part, and payments too small to open an account.
    pub recycled: Tao,
    /// TAO that the owner was paid back of the lock; it came from nowhere.
    pub refund: Tao,
    /// TAO that waited for stakers on root, or that funds were due for what they could not sell: nobody has it any more.
    pub lost: Tao,
    /// TAO that the chain has spent on its alpha in this block.
    pub chain_buy: Tao,
    /// TAO that its alpha was sold for in this block, for stakers on root.
    pub root_sale: Tao,
    /// What the subnet's books had lost until then.
    pub dust: ChainDust,
}

/// Alpha that was sold on one subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// The subnet; on root TAO is taken back.
    pub netuid: Netuid,
    /// Alpha given.
    pub alpha: Alpha,
    /// TAO received, fee deducted.
    pub tao: Tao,
}

impl Receipt {
    /// The subnet that the call has removed to make room for another, and what became of it.
    #[must_use]
    pub fn removed(&self) -> Option<(Netuid, Dissolved)> {
        let dissolved = self.new_subnet?.dissolved?;
        match self.outcome {
            Outcome::Registered { netuid, .. } | Outcome::Queued { removed: Some(netuid), .. } => {
                Some((netuid, dissolved))
            }
            _ => None,
        }
    }
}

impl Sale {
    /// Adds what another sale on the same subnet came to.
    pub(crate) fn add(&mut self, other: Option<Self>) {
        if let Some(other) = other {
            self.alpha += other.alpha;
            self.tao += other.tao;
        }
    }
}

/// Alpha of a subnet that a staker on root was owed and has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose.
    pub agent: AgentId,
    /// The subnet.
    pub netuid: Netuid,
    /// Alpha claimed.
    pub alpha: Alpha,
    /// TAO that it was sold for, which became stake on root; none if the alpha became stake in the subnet.
    pub tao: Option<Tao>,
}

/// What the chain takes from somebody and gives to nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Proceeds too small to be staked again, TAO for which a pool is too shallow, payments too small to open an account.
    pub tao: Tao,
    /// Alpha that was sold to a pool too shallow for it.
    pub alpha: Alpha,
}

/// What an epoch's pay did to the collateral of a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralReceipt {
    /// Which subnet.
    pub netuid: Netuid,
    /// The account, on whose own hotkey the collateral is.
    pub agent: AgentId,
    /// What the hotkey has earned: incentive, or dividends with all that is others' of them.
    pub earned: Alpha,
    /// What of it is the account's.
    pub owners: Alpha,
    /// What of that was locked.
    pub captured: Alpha,
    /// Alpha that is locked no longer.
    pub released: Alpha,
}

/// What a subnet's epoch paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochReceipt {
    /// Which subnet.
    pub netuid: Netuid,
    /// Alpha to the owner, the miners and the validators and their stakers.
    pub alpha: Alpha,
    /// TAO to the stakers on root; under root voting, all TAO that it paid.
    pub root_tao: Tao,
    /// Alpha that it took back out of what exists.
    pub recycled: Alpha,
}

/// A call's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stake was bought.
    Bought {
        /// TAO paid, fee included.
        tao: Tao,
        /// Alpha received.
        alpha: Alpha,
    },
    /// Stake was sold.
    Sold {
        /// Alpha given, with what the chain then cleared.
        alpha: Alpha,
        /// TAO received, fee deducted.
        tao: Tao,
    },
    /// All stake on a validator was sold: see [`Receipt::sales`].
    SoldAll {
        /// TAO that it fetched, fees deducted; to the account, or as stake on root if the call says so.
        tao: Tao,
    },
    /// Stake was moved.
    Moved {
        /// Alpha that left the origin.
        sold: Alpha,
        /// TAO that left the origin's pool, its fee deducted.
        tao: Tao,
        /// Alpha that arrived; nothing if the TAO was lost.
        bought: Alpha,
    },
    /// Stake has changed hands within its subnet.
    Transferred {
        /// How much.
        alpha: Alpha,
    },
    /// A subnet was registered.
    Registered {
        /// Its number.
        netuid: Netuid,
        /// What it cost.
        cost: Tao,
    },
    /// A subnet is registered, and waits for a place: see [`Settlement`].
    Queued {
        /// What it costs.
        cost: Tao,
        /// The subnet that was removed to make room; none if one was being cleaned up for nobody.
        removed: Option<Netuid>,
    },
    /// A neuron was registered; another may have made room for it.
    RegisteredNeuron {
        /// Its number.
        uid: Uid,
        /// TAO paid: it went into the pool, but for the pool's fee.
        cost: Tao,
        /// Alpha that it bought, and that was burned.
        burned: Alpha,
        /// Alpha that it bought, and that is staked and locked as collateral.
        locked: Alpha,
    },
    /// More of the account's alpha is locked as collateral of its neuron.
    AddedCollateral {
        /// TAO that bought what was missing.
        tao: Tao,
        /// Alpha that it bought.
        bought: Alpha,
        /// Alpha that is locked besides what was.
        locked: Alpha,
    },
    /// What was owed was claimed, perhaps nothing: see [`Receipt::claims`].
    Claimed {
        /// TAO that the sold part fetched, as stake on root.
        tao: Tao,
    },
    /// TAO was staked into a fund: see [`Receipt::funds`].
    Deposited {
        /// TAO paid, fees included.
        tao: Tao,
        /// Shares for it.
        shares: u64,
    },
    /// A fund has traded: see [`Receipt::funds`].
    Traded {
        /// TAO in the middle of all its trades.
        tao: Tao,
    },
    /// A subnet's next measurement will be higher.
    Faked {
        /// TAO paid, which nobody in the run has any more.
        tao: Tao,
    },
    /// A setting was changed.
    Done,
    /// The chain refused it; nothing changed.
    Refused(Refusal),
}
