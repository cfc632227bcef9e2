//! Which rules hold: the chain's revisions, and the constants that scenarios may set.

use serde::{Deserialize, Serialize};

use crate::fixed::Q32;
use crate::units::{RAO, Tao};

/// A launch revision, by its runtime's `spec_version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct LaunchSpec(u16);

/// A runtime that is not one of the launch's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "spec {0} is not a launch revision; the launch is 234 (2025-02-13) to 246 (2025-03-06), with changes at 238, 244 and 246"
)]
pub struct NotALaunchSpec(u16);

impl LaunchSpec {
    /// 2025-02-13: dynamic TAO begins.
    pub const L234: Self = Self(234);
    /// 2025-02-15: the registration gate is mended.
    pub const L238: Self = Self(238);
    /// 2025-02-24: validators are no longer paid twice for what root sold.
    pub const L244: Self = Self(244);
    /// 2025-03-06: young subnets' moving prices start slowly.
    pub const L246: Self = Self(246);
}

impl TryFrom<u16> for LaunchSpec {
    type Error = NotALaunchSpec;
    fn try_from(spec: u16) -> Result<Self, NotALaunchSpec> {
        if (234..=246).contains(&spec) { Ok(Self(spec)) } else { Err(NotALaunchSpec(spec)) }
    }
}

impl From<LaunchSpec> for u16 {
    fn from(spec: LaunchSpec) -> Self {
        spec.0
    }
}

/// A revision before dynamic TAO, under which root's weights share the emission, by its `spec_version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct RootSpec(u16);

/// A runtime that is not the one before dynamic TAO.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "spec {0} is not a revision with root voting; there is one: 219 (2025-02-07), the last before dynamic TAO"
)]
pub struct NotARootSpec(u16);

impl RootSpec {
    /// 2025-02-07: the last runtime before dynamic TAO.
    pub const R219: Self = Self(219);
}

impl TryFrom<u16> for RootSpec {
    type Error = NotARootSpec;
    fn try_from(spec: u16) -> Result<Self, NotARootSpec> {
        if spec == 219 { Ok(Self(spec)) } else { Err(NotARootSpec(spec)) }
    }
}

impl From<RootSpec> for u16 {
    fn from(spec: RootSpec) -> Self {
        spec.0
    }
}

/// Who decides how a block's TAO is shared among subnets, and by which runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// Root's validators, by their weights; there are no pools.
    RootVoting(RootSpec),
    /// The pools, by their moving prices.
    Dtao(LaunchSpec),
}

impl Regime {
    /// The runtime's `spec_version`.
    #[must_use]
    pub fn spec(self) -> u16 {
        match self {
            Self::RootVoting(spec) => spec.into(),
            Self::Dtao(spec) => spec.into(),
        }
    }
}

/// When a subnet's pool receives TAO, by which registrations it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationGate {
    /// Spec 234: none if registration by burning is off while that by work is on (an oversight).
    UnlessOnlyWork,
    /// Spec 238 on: none if both are off.
    UnlessNeither,
}

/// What validators receive of the alpha whose root part was sold already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootShareOfDividends {
    /// Up to spec 243: the whole dividend in alpha, and root's TAO besides; claims outgrow `alpha_out`.
    PaidTwice,
    /// Spec 244 on: the alpha dividend less root's part.
    Withheld,
}

/// How fast a young subnet's moving price moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovingPriceStart {
    /// Up to spec 245: at full speed from the first block.
    Immediate,
    /// Spec 246 on: the coefficient times `n / (n + half_speed_age)` at an age of `n` blocks.
    Slow {
        /// The age, in blocks, at which the coefficient is half of its final value.
        half_speed_age: u64,
    },
}

/// The rules of one revision, and the values that root may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// When pools receive TAO.
    pub registration_gate: RegistrationGate,
    /// What validators receive of alpha that root sold.
    pub root_share_of_dividends: RootShareOfDividends,
    /// How young moving prices move.
    pub moving_price_start: MovingPriceStart,
    /// The moving price's coefficient per block (`SubnetMovingAlpha`), set by root; 3e-6 by default.
    pub moving_alpha: Q32,
    /// How much alpha weighs one TAO on root (`TaoWeight`); 0.18.
    pub tao_weight: Q32,
    /// The subnet owner's part of the emission (`SubnetOwnerCut`); 11,796 of 65,535.
    pub owner_cut: Q32,
    /// Flat fee of a stake or unstake; each leg of a move pays half.
    pub staking_fee: Tao,
    /// Least TAO of a stake or unstake, fee not counted.
    pub min_stake: Tao,
    /// Blocks that must pass between two subnet registrations.
    pub network_rate_limit: u64,
    /// Blocks in which the lock cost falls by the last cost.
    pub lock_reduction_interval: u64,
    /// Least cost of a subnet, and what its pool starts with.
    pub min_lock_cost: Tao,
}

impl Rules {
    /// The launch's rules at a revision, with the code's default values after `migrate_rao`.
    ///
    /// Source: subtensor:pallets/subtensor/src/lib.rs, runtime/src/lib.rs @ f95810a25
    #[must_use]
    pub fn launch(spec: LaunchSpec) -> Self {
        let mut rules = Self {
            registration_gate: RegistrationGate::UnlessOnlyWork,
            root_share_of_dividends: RootShareOfDividends::PaidTwice,
            moving_price_start: MovingPriceStart::Immediate,
            moving_alpha: Q32::from_f64(0.000_003),
            tao_weight: Q32::ratio(3_320_413_933_267_719_290, u64::MAX),
            owner_cut: Q32::ratio(11_796, 65_535),
            staking_fee: Tao::from_rao(50_000),
            min_stake: Tao::from_rao(500_000),
            network_rate_limit: 7_200,
            lock_reduction_interval: 14 * 7_200,
            min_lock_cost: Tao::from_rao(1_000_000_000),
        };
        rules.upgrade(spec);
        rules
    }

    /// The rules before dynamic TAO.
    ///
    /// All stake is TAO on root and counts in full on every subnet, so its weight is one; nothing is sold for
    /// root, so dividends are paid whole. Staking is free. The lock costs at least 1,000 TAO. The least stake is
    /// the launch's.
    ///
    /// Source: `subtensor:pallets/subtensor/src/lib.rs` @ 8f39a5832
    #[must_use]
    pub fn root_voting() -> Self {
        Self {
            tao_weight: Q32::ONE,
            staking_fee: Tao::ZERO,
            min_lock_cost: Tao::from_rao(1_000 * RAO),
            ..Self::launch(LaunchSpec::L234)
        }
    }

    /// Takes over a launch revision's rules at the migration; the moving price's coefficient stays.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_rao.rs` @ f95810a25
    pub fn migrate(&mut self, spec: LaunchSpec) {
        *self = Self { moving_alpha: self.moving_alpha, ..Self::launch(spec) };
    }

    /// Takes over a later revision's rules; what root has set stays.
    pub fn upgrade(&mut self, spec: LaunchSpec) {
        self.registration_gate = if spec < LaunchSpec::L238 {
            RegistrationGate::UnlessOnlyWork
        } else {
            RegistrationGate::UnlessNeither
        };
        self.root_share_of_dividends = if spec < LaunchSpec::L244 {
            RootShareOfDividends::PaidTwice
        } else {
            RootShareOfDividends::Withheld
        };
        self.moving_price_start = if spec < LaunchSpec::L246 {
            MovingPriceStart::Immediate
        } else {
            MovingPriceStart::Slow { half_speed_age: 100_800 }
        };
    }
}
