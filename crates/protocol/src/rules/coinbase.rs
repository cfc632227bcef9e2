//! What becomes of a subnet's share of a block's emission, by era.

use serde::{Deserialize, Serialize};

use crate::books::Switch;
use crate::emission_weights::AlphaDivision;
use crate::hill_gate::{self, HillGate};
use crate::injection::InjectionRule;
use crate::settable::{self, settable};

/// What becomes of TAO that is not injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Surplus {
    /// To spec 297, when there was none: it is not emitted.
    NotEmitted,
    /// Spec 298 to 412: it buys the subnet's alpha, which then ceases to exist.
    BoughtAndRecycled,
    /// Spec 413 on: it buys the subnet's alpha, which the protocol keeps (`SubnetProtocolAlpha`).
    KeptByProtocol,
}

/// How much TAO may buy a subnet's alpha in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BuyLimit {
    /// In every runtime: all that is over.
    Unlimited,
    /// Never ran: what the alpha of its miners is worth, less what was withheld from them. It has no effect where nothing
    /// is bought.
    UnburnedMiners,
}

/// When surplus TAO buys, seen from the injection into the same pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BuyOrder {
    /// Spec 298 to 341, and from 426 on: before it.
    BeforeInjection,
    /// Spec 342 to 425: once the curve has taken the injection in, but against the reserves of before.
    OnTheNewCurve,
}

/// Which TAO counts in the issuance (`TotalIssuance`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Minting {
    /// To spec 341: what is injected. TAO of chain buys is in the pools and in no issuance.
    Injected,
    /// Spec 342 to 410: what is injected, and what is to be spent on chain buys, whether they succeed or not.
    InjectedAndSurplus,
    /// Spec 411 to 425: the whole emission is minted and spent by subnet; what nobody spends is recycled. TAO of a buy
    /// that fails lies in the subnet's account.
    Spent,
    /// Spec 426 on: the same, but TAO of a buy that fails is recycled too.
    SpentOrRefunded,
}

/// What becomes of root's part of a subnet's alpha emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RootPart {
    /// To spec 282: it is sold in the same block, for nothing but the pool's price.
    Sold,
    /// Spec 283 to 289: the same, with the pool's fee. If the pool refuses, miners and validators lose their part of the
    /// block too.
    SoldWithFee,
    /// Spec 290 to 297: the same without the fee.
    SoldWithoutFee,
    /// Spec 298 to 333: sold without a fee unless the subnet is subsidised; then it is nobody's. What is not sold costs
    /// nobody else anything.
    SoldUnlessSubsidised,
    /// Spec 334 to 341: it waits to be claimed, unless the subnet is subsidised; then it is nobody's.
    ClaimableUnlessSubsidised,
    /// Spec 342: it waits to be claimed if the moving prices of all subnets sum to more than one; else it stays with
    /// miners and validators.
    ClaimableOrLeft,
    /// Spec 343 on: it waits to be claimed if the moving prices sum to more than one; else it is recycled.
    ClaimableOrRecycled,
}

/// How what waits for miners and validators is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gathering {
    /// To spec 342: together (`PendingEmission`); the epoch splits it.
    Together,
    /// Spec 343 on: apart (`PendingServerEmission`, `PendingValidatorEmission`).
    Apart,
}

/// How many fractional bits the moving price is computed with; it is kept with 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceBits {
    /// To spec 422: 32.
    ThirtyTwo,
    /// Spec 423 on: 64.
    SixtyFour,
}

/// Whether a fast average of each subnet's spot price is kept, of which half of a change is followed in two hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FastAverage {
    /// To spec 463: only where the emission is shared by one.
    NotKept,
    /// Spec 464 on.
    Kept,
}

settable::values!(
    HillGate {
        Quantile { quantile, exponent } (quantile in settable::PART_64, exponent in hill_gate::EXPONENT),
        Rank { rank, exponent } (rank in 1..=u16::MAX, exponent in hill_gate::EXPONENT),
    },
    InjectionRule,
    Surplus,
    BuyLimit,
    BuyOrder,
    Minting,
    RootPart,
    Gathering,
    PriceBits,
    FastAverage,
    AlphaDivision,
    Switch
);

settable! {
    /// What becomes of a subnet's share of a block's emission.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CoinbaseRules, written as CoinbaseValues {
        /// The gate that shares pass; it has no effect on rules that give weights while it is open.
        gate: HillGate = "rule";
        /// What of the TAO enters the pool, and with how much alpha.
        injection: InjectionRule = "rule";
        /// What becomes of TAO that is not injected.
        surplus: Surplus = "rule";
        /// How much TAO may buy.
        buy_limit: BuyLimit = "rule";
        /// When surplus TAO buys.
        buys: BuyOrder = "rule";
        /// Which TAO counts in the issuance.
        minting: Minting = "rule";
        /// What becomes of root's part of the alpha.
        root_part: RootPart = "rule";
        /// How what waits for miners and validators is kept.
        gathering: Gathering = "rule";
        /// How many fractional bits the moving price is computed with.
        price_bits: PriceBits = "rule";
        /// How a subnet's alpha emission is divided.
        alpha_division: AlphaDivision = "rule";
        /// Whether a fast average of the spot price is kept.
        fast_average: FastAverage = "rule";
        /// Whether a new subnet has a share of the TAO; one without is given none in a run.
        new_subnets: Switch = "rule";
    }
}

impl CoinbaseRules {
    /// The launch's.
    pub const LAUNCH: Self = Self {
        gate: HillGate::Open,
        injection: InjectionRule::AllTao,
        surplus: Surplus::NotEmitted,
        buy_limit: BuyLimit::Unlimited,
        buys: BuyOrder::BeforeInjection,
        minting: Minting::Injected,
        root_part: RootPart::Sold,
        gathering: Gathering::Together,
        price_bits: PriceBits::ThirtyTwo,
        alpha_division: AlphaDivision::OwnersCut,
        fast_average: FastAverage::NotKept,
        new_subnets: Switch::On,
    };
}
