//! What earlier blocks left, where a run begins in the middle of the chain's life.

use dtao_protocol::books::{ChainDust, Pending, Switch};
use dtao_protocol::emission_weights::EmissionWeights;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::flow::Flow;
use dtao_protocol::measurement::Measured;
use dtao_protocol::pool::Curve;
use dtao_protocol::schedule::EpochClock;
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::staking::LastDividends;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::account::AgentId;
use crate::registration_queue::RegistrationQueue;

/// What earlier blocks left of the chain besides subnets, stake and TAO; nothing at a genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedChain {
    /// What of the stake on root `SubnetTAO` of root does not count: dividends and claims paid as stake.
    pub root_dividends: Tao,
    /// What `SubnetTAO` of root counts beyond the stake there: fees.
    pub root_fees: Tao,
    /// The bar of the emission's gate.
    pub gate_bar: Q64,
    /// TAO in pools that was not paid for, and that the issuance does not count.
    pub uncounted: Tao,
    /// TAO that chain buys have put into pools, and that the issuance does not count.
    pub uncounted_buys: Tao,
    /// The funds of hotkeys on root, together, if there are any.
    pub fund: Option<CarriedFund>,
    /// The stake on root, all of it but the funds' [`AgentId::ROOT_STAKERS`]': what is owed on it depends on what their shares are worth to
    /// the rao. Of no use once others have a part of it.
    pub root_pool: Option<SharePool<AgentId>>,
    /// Registrations that wait for a place, as [`AgentId::ROOT_STAKERS`]' and with their TAO in escrow, what is frozen on an account
    /// once, and places that are being cleaned up.
    pub queue: RegistrationQueue,
}

/// The funds of hotkeys on root, together; what waits to enter them is what subnets set apart for stakers on root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedFund {
    /// All shares.
    pub shares: u64,
    /// Shares that each rao on root has earned.
    pub rate: Q32,
    /// Shares that stakers on root are owed now, a few less than none where rounding has paid them more.
    pub owed: i128,
    /// TAO that is the funds' of the stake on root.
    pub cash: Tao,
    /// Alpha that is the funds' of the stake on subnets.
    pub holdings: Vec<(Netuid, Alpha)>,
    /// The share pools that hold it, all other stake as one account's: of no use where others have a part of it.
    pub pools: Vec<(Netuid, SharePool<AgentId>)>,
    /// The subnet at which the queue's last turn ended, if it was not at its end.
    pub last_turn: Option<Netuid>,
}

/// What stakers on root are owed of a subnet's alpha, all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwedToRoot {
    /// Alpha that each rao on root has earned.
    pub rate: Q32,
    /// Rao of alpha that they are owed now; a few less than none where rounding has paid them more.
    pub owed: i128,
}

/// What earlier blocks left of a subnet besides its pool; nothing at a subnet's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// What waits for the next epoch.
    pub pending: Pending,
    /// What the chain has lost and paid twice.
    pub dust: ChainDust,
    /// The first block in which it emits, where subnets must be started.
    pub first_emission: Option<Block>,
    /// The curve that its pool trades on.
    pub curve: Curve,
    /// Of the alpha outside the pool, what the protocol has bought and keeps.
    pub protocol_alpha: Alpha,
    /// Of the alpha outside the pool, what stakers on root may claim.
    pub root_claimable: Alpha,
    /// What flows into its pool and out.
    pub flow: Flow,
    /// The part of the last epoch's incentive that was withheld from miners.
    pub miner_burned: Q32,
    /// Of a subnet in aggregate, the part of the incentive that its owner's neurons take, from 0 to 1.
    pub owners_incentive: Q32,
    /// The fast average of its spot price, if one is kept.
    pub fast_price: Q64,
    /// What is measured of it. A measurement under way is not carried over.
    pub measured: Measured,
    /// What its owner paid for it under dynamic TAO.
    pub lock: Tao,
    /// Alpha that its last epoch shared out.
    pub last_emission: Alpha,
    /// What stakers on root are owed of its alpha, if anything was ever shared among them.
    pub owed_to_root: Option<OwedToRoot>,
    /// What its stakers received in the last epoch.
    pub last_dividends: LastDividends,
    /// Where it stands between two epochs, under a dynamic tempo.
    pub clock: Option<EpochClock>,
    /// Whether it has a share of the TAO.
    pub tao: Switch,
    /// Whether its owner has a cut of the alpha.
    pub owner_cut: Switch,
    /// How its alpha emission is divided.
    pub weights: EmissionWeights,
    /// When its owner last changed that.
    pub weights_changed: Option<Block>,
}
