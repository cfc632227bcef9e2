//! Which rules hold: every question that a runtime answers, as a value.

pub mod coinbase;

use self::coinbase::{CoinbaseRules, FastAverage};
use crate::basket::FundRules;
use crate::children::ChildrenRules;
use crate::conviction::LockRules;
use crate::drain::{AlphaDividends, DrainRules};
use crate::emission::Emission;
use crate::fixed::{Q32, Q64};
use crate::halving::MAX_SUPPLY;
use crate::measurement::MeasurementRules;
use crate::moving_price::{self, MovingPriceStart};
use crate::pool::PoolRules;
use crate::registration::{BurnAdjustment, RegistrationRules, Spared};
use crate::root_claim::ClaimRules;
use crate::schedule::EpochSchedule;
use crate::settable::{self, About, Entry, Settable, settable};
use crate::share_pool::{Admission, Precision};
use crate::staking::{MovableStake, UnstakingFee};
use crate::trading::{TradingRules, TradingStart};
use crate::units::{Alpha, Block, RAO, Tao};
use crate::yuma::{EpochRules, WeightsRules};

settable::values!(
    RegistrationGate,
    Emitting,
    MovingPriceStart {
        Slow { half_speed_age } (half_speed_age in settable::BLOCKS),
    },
    MovingPriceAge,
    PartialMoves,
    AlphaDividends,
    Precision,
    Admission,
    MovableStake,
    UnstakingFee,
    Spared,
);

/// When a subnet's pool receives TAO, by which registrations it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RegistrationGate {
    /// Spec 234: none if registration by burning is off while that by work is on (an oversight).
    UnlessOnlyWork,
    /// Spec 238 to 300: none if both are off.
    UnlessNeither,
    /// Spec 301 on: none if both are off, and no alpha is emitted then either.
    NothingIfNeither,
}

/// Which subnets receive emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Emitting {
    /// Up to spec 256: every subnet, from its first block.
    All,
    /// Spec 257 to 360: those whose owner has started them. The others' moving prices stand still too.
    Started,
    /// Spec 361 to 396: of those, the ones whose alpha may be traded and that allow some registration.
    Open,
    /// Spec 397 on: of those, the ones that allow registration by burning.
    OpenForBurning,
}

/// What a subnet's age, by which its moving price speeds up, is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum MovingPriceAge {
    /// Up to spec 260: its registration.
    Registration,
    /// Spec 261 on: its start call; the block before its first emission.
    StartCall,
}

/// How much a move between subnets takes that has a limit and may be filled in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum PartialMoves {
    /// Up to spec 251: all of it, whatever the limit (an oversight).
    Whole,
    /// Spec 252 on: as much as the limit allows.
    WithinLimit,
}

settable! {
    /// The rules in force at one runtime, with the values that root may set.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Rules, written as RuleValues {
        /// How a block's TAO is shared among subnets.
        emission: Emission = "rule";
        /// Which subnets receive emission.
        emitting: Emitting = "rule";
        /// What becomes of a subnet's share of a block's emission.
        coinbase: CoinbaseRules = "";
        /// Blocks that must pass between a subnet's registration and its start call (`DurationOfStartCall`).
        start_delay: u64 = "blocks" in settable::BLOCKS;
        /// When pools receive TAO, by which registrations a subnet allows.
        registration_gate: RegistrationGate = "rule";
        /// What validators are paid of the alpha whose root part was sold already.
        alpha_dividends: AlphaDividends = "rule";
        /// How else a drain is shared out.
        drain: DrainRules = "";
        /// How what stakers on root are owed of subnets' alpha is claimed.
        root_claims: ClaimRules = "";
        /// How what stakers on root earn is held in funds.
        funds: FundRules = "";
        /// In which blocks epochs run.
        epoch_schedule: EpochSchedule = "rule";
        /// How young moving prices move.
        moving_price_start: MovingPriceStart = "rule";
        /// What the age of a moving price is counted from.
        moving_price_age: MovingPriceAge = "rule";
        /// How much is moved by a limited move that may be filled in part.
        partial_moves: PartialMoves = "rule";
        /// What share pools do where precision runs out.
        share_precision: Precision = "rule";
        /// Which stake share pools take in.
        share_admission: Admission = "rule";
        /// Whose stake may be moved.
        movable_stake: MovableStake = "rule";
        /// The moving price's coefficient (`SubnetMovingAlpha`), set by root.
        moving_alpha: Q32 = "per block" in settable::PART;
        /// How much alpha one TAO on root weighs (`TaoWeight`).
        tao_weight: Q32 = "alpha per TAO" in settable::PART;
        /// The part of the alpha emission that is the subnet owner's (`SubnetOwnerCut`).
        owner_cut: Q32 = "fraction" in settable::PART;
        /// How pools trade.
        pool: PoolRules = "";
        /// What is asked of stakes, unstakes and moves.
        trading: TradingRules = "";
        /// Flat fee of a stake or unstake; each leg of a move pays half.
        staking_fee: Tao = "TAO" in settable::TAO;
        /// What leaving a pool costs; the flat fee is the least.
        unstaking_fee: UnstakingFee = "rule";
        /// Minimum TAO of a stake or unstake, fee not counted.
        min_stake: Tao = "TAO" in settable::TAO;
        /// Stake below this that a sale leaves to somebody who does not own the hotkey is sold too, without a fee
        /// (`NominatorMinRequiredStake`); set by root, on root in TAO.
        nominator_min_stake: Alpha = "alpha" in settable::ALPHA;
        /// Blocks that must pass between two subnet registrations.
        network_rate_limit: u64 = "blocks" in settable::BLOCKS;
        /// Blocks in which the lock cost falls by the last cost.
        lock_reduction_interval: u64 = "blocks" in 1..=*settable::BLOCKS.end();
        /// Minimum cost of a subnet, and what its pool starts with.
        min_lock_cost: Tao = "TAO" in Tao::from_rao(1)..=Tao::from_rao(MAX_SUPPLY);
        /// How the epochs of subnets in detail run, where the scenario does not choose another Yuma.
        epoch: EpochRules = "";
        /// The conditions on weights, other than on stake.
        weights: WeightsRules = "";
        /// Stake below which a hotkey may not set weights or children (`StakeThreshold`), set by root. For weights its
        /// stake weight in alpha is held against it, for children what its stake is worth in TAO.
        stake_threshold: Tao = "TAO" in settable::TAO;
        /// By whom and when children are set.
        children: ChildrenRules = "";
        /// How the price of registering a neuron adjusts; a subnet has a minimum of its own.
        burn: BurnAdjustment = "";
        /// Which neurons never make room for new ones.
        spared: Spared = "rule";
        /// How else subnets and neurons are registered.
        registration: RegistrationRules = "";
        /// How alpha is locked, and who owns a subnet by it.
        locks: LockRules = "";
        /// How values are measured, where the emission is shared by them.
        measurement: MeasurementRules = "";
    }
}

impl Rules {
    /// Whether a subnet waits for its start call before it emits or its alpha may be traded.
    #[must_use]
    pub fn wait_for_start(&self) -> bool {
        self.emitting != Emitting::All || self.trading.start != TradingStart::Registration
    }

    /// Whether a subnet has been started, by the first block in which it emits: every subnet, as long as none waits.
    #[must_use]
    pub fn is_started(&self, first_emission: Option<Block>) -> bool {
        !self.wait_for_start() || first_emission.is_some()
    }

    /// The step of the fast average of prices, if one is kept.
    #[must_use]
    pub fn fast_step(&self) -> Option<Q64> {
        let kept = self.coinbase.fast_average == FastAverage::Kept;
        self.emission.fast_step().or(kept.then_some(moving_price::FAST_STEP))
    }

    /// Everything that can be set, with the values now.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        self.list(About::default(), &mut entries);
        entries
    }

    /// What the first era begins with: root voting.
    ///
    /// All stake is TAO on root and counts in full on every subnet, so its weight is one. Nothing is sold for root,
    /// so dividends are paid whole. Staking is free. A subnet costs at least 1,000 TAO. The minimum stake is the
    /// launch's.
    ///
    /// Source: `subtensor:pallets/subtensor/src/lib.rs, runtime/src/lib.rs @ 8f39a5832`
    pub(crate) fn first() -> Self {
        Self {
            emission: Emission::RootVote,
            emitting: Emitting::All,
            coinbase: CoinbaseRules::LAUNCH,
            start_delay: 0,
            registration_gate: RegistrationGate::UnlessOnlyWork,
            alpha_dividends: AlphaDividends::Full,
            drain: DrainRules::LAUNCH,
            root_claims: ClaimRules::LAUNCH,
            funds: FundRules::NONE,
            epoch_schedule: EpochSchedule::Grid,
            moving_price_start: MovingPriceStart::Immediate,
            moving_price_age: MovingPriceAge::Registration,
            partial_moves: PartialMoves::Whole,
            share_precision: Precision::Unguarded,
            share_admission: Admission::Any,
            movable_stake: MovableStake::OnOwnHotkey,
            moving_alpha: Q32::from_f64(0.000_003),
            tao_weight: Q32::ONE,
            owner_cut: Q32::ratio(11_796, 65_535),
            pool: PoolRules::LAUNCH,
            trading: TradingRules::LAUNCH,
            staking_fee: Tao::ZERO,
            unstaking_fee: UnstakingFee::Flat,
            min_stake: Tao::from_rao(500_000),
            nominator_min_stake: Alpha::ZERO,
            network_rate_limit: 7_200,
            lock_reduction_interval: 14 * 7_200,
            min_lock_cost: Tao::from_rao(1_000 * RAO),
            epoch: EpochRules::launch(),
            weights: WeightsRules::launch(),
            stake_threshold: Tao::ZERO,
            children: ChildrenRules::ROOT_VOTING,
            burn: BurnAdjustment::LAUNCH,
            spared: Spared::OwnersNeurons,
            registration: RegistrationRules::LAUNCH,
            locks: LockRules::NONE,
            measurement: MeasurementRules::USUAL,
        }
    }
}
