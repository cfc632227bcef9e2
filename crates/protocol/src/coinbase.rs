//! The launch coinbase: what one block emits, and where it goes.
//!
//! A block's TAO is split among the subnets by their moving prices and put into their pools, with as much
//! alpha as keeps the spot price, but no more than the subnet's own emission. As much alpha again goes to
//! the participants: the owner's cut, the miners, the validators. The validators' part that belongs to
//! stakers on root is sold into the pool in the same block and waits as TAO.
//!
//! ```text
//! M       = sum of moving prices                       (32 fractional bits throughout)
//! tao_in  = E * m / M                                  not reduced when alpha_in is capped
//! A       = emission(alpha_in + alpha_out)
//! alpha_in= min(tao_in / spot, A)                      A if there is no spot price
//! cut     = A * owner_cut
//! rho     = R / (R + alpha_in + alpha_out)             R = TAO on root * tao_weight; after the injection
//! sold    = rho * (A - cut) / 2
//! ```
//! Each amount is cut below to whole rao on its own, so up to three rao of alpha per subnet and block, and
//! up to one rao of TAO per subnet, are emitted to nobody: [`SubnetEmission::dust`] counts the alpha.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase` @ f95810a25 (launch),
//! f9254ea63 (the mended gate).

use crate::fixed::Q32;
use crate::halving::alpha_emission;
use crate::pool::{Mechanism, Reserves, constant_product};
use crate::rules::RegistrationGate;
use crate::units::{Alpha, Tao};

/// What a block's coinbase has in common for all subnets.
#[derive(Clone, Copy, Debug)]
pub struct BlockTerms {
    /// The block's TAO, E.
    pub emission: Tao,
    /// M, the sum of all subnets' moving prices; a stable subnet's counts as one.
    pub total_moving_price: Q32,
    /// R, the TAO on root times its weight.
    pub root_weight: Q32,
    /// The owner's part of the alpha emission.
    pub owner_cut: Q32,
    /// When pools receive TAO.
    pub gate: RegistrationGate,
}

impl BlockTerms {
    /// R of the TAO on root and its weight.
    #[must_use]
    pub fn root_weight(tao_on_root: Tao, tao_weight: Q32) -> Q32 {
        Q32::from_int(tao_on_root.rao()).mul(tao_weight)
    }
}

/// A subnet as the coinbase sees it, before the block.
#[derive(Clone, Copy, Debug)]
pub struct SubnetTerms {
    /// The pool's reserves.
    pub pool: Reserves,
    /// Alpha outside the pool.
    pub alpha_out: Alpha,
    /// The moving price; see [`SubnetTerms::share_price`].
    pub moving_price: Q32,
    /// How its token is traded.
    pub mechanism: Mechanism,
    /// Which registrations it allows.
    pub registrations: Registrations,
}

impl SubnetTerms {
    /// What the subnet's share is measured by: its moving price, or one if it is stable.
    #[must_use]
    pub fn share_price(&self) -> Q32 {
        share_price(self.mechanism, self.moving_price)
    }
}

/// What a subnet's share is measured by: its moving price, or one if it is stable.
#[must_use]
pub fn share_price(mechanism: Mechanism, moving_price: Q32) -> Q32 {
    match mechanism {
        Mechanism::Dynamic => moving_price,
        Mechanism::Stable => Q32::ONE,
    }
}

/// Which ways of registering a neuron a subnet allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrations {
    /// By burning TAO and by work.
    Both,
    /// By burning TAO only: the usual case.
    Burn,
    /// By work only.
    Work,
    /// None.
    Closed,
}

/// Where one subnet's part of a block's emission goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubnetEmission {
    /// TAO into the pool.
    pub tao_in: Tao,
    /// Alpha into the pool.
    pub alpha_in: Alpha,
    /// Alpha to the participants, A: all of the parts below, and dust.
    pub alpha_out: Alpha,
    /// The owner's part, waiting for the epoch.
    pub owner_cut: Alpha,
    /// The miners' and validators' part, waiting for the epoch.
    pub pending: Alpha,
    /// The stakers' on root, sold into the pool ...
    pub root_alpha: Alpha,
    /// ... for so much TAO; `None` if the pool was too small, which leaves the alpha unsold and nobody's.
    pub root_tao: Option<Tao>,
    /// rho: which part of the validators' emission belongs to root.
    pub root_proportion: Q32,
    /// The pool afterwards.
    pub pool: Reserves,
}

impl SubnetEmission {
    /// Alpha that the subnet emitted to nobody, by cutting each part to whole rao.
    #[must_use]
    pub fn dust(&self) -> Alpha {
        self.alpha_out - self.owner_cut - self.pending - self.root_alpha
    }
}

/// One subnet's part of a block's emission.
#[must_use]
pub fn subnet_emission(block: &BlockTerms, subnet: &SubnetTerms) -> SubnetEmission {
    let emitted = alpha_emission(subnet.pool.alpha + subnet.alpha_out);
    let whole = Q32::from_int(emitted.rao());

    let share =
        Q32::from_int(block.emission.rao()).mul(subnet.share_price()).safe_div(block.total_moving_price);
    let spot = match subnet.mechanism {
        Mechanism::Dynamic => subnet.pool.spot_price(),
        Mechanism::Stable => Q32::ONE,
    };
    let alpha_in = Alpha::from_rao(share.checked_div(spot).map_or(whole, |alpha| alpha.min(whole)).floor());
    let tao_in =
        if receives_tao(block.gate, subnet.registrations) { Tao::from_rao(share.floor()) } else { Tao::ZERO };

    let owner_cut = whole.mul(block.owner_cut);
    let rest = whole.saturating_sub(owner_cut);

    let pool = Reserves { tao: subnet.pool.tao + tao_in, alpha: subnet.pool.alpha + alpha_in };
    let issuance = pool.alpha + subnet.alpha_out + emitted;
    let root_proportion = root_proportion(block.root_weight, issuance);
    let root_alpha = root_proportion.mul(rest).mul(Q32::HALF);
    let pending = Alpha::from_rao(rest.saturating_sub(root_alpha).floor());
    let root_alpha = Alpha::from_rao(root_alpha.floor());
    let root_tao = match subnet.mechanism {
        Mechanism::Dynamic => constant_product::sell(pool, root_alpha),
        Mechanism::Stable => Some(Tao::from_rao(root_alpha.rao())),
    };
    SubnetEmission {
        tao_in,
        alpha_in,
        alpha_out: emitted,
        owner_cut: Alpha::from_rao(owner_cut.floor()),
        pending,
        root_alpha,
        root_tao,
        root_proportion,
        pool: match root_tao {
            Some(tao) => Reserves { tao: pool.tao.saturating_sub(tao), alpha: pool.alpha + root_alpha },
            None => pool,
        },
    }
}

/// rho: which part of a subnet's validating stake is root's.
#[must_use]
pub fn root_proportion(root_weight: Q32, issuance: Alpha) -> Q32 {
    root_weight.safe_div(root_weight.saturating_add(Q32::from_int(issuance.rao())))
}

fn receives_tao(gate: RegistrationGate, registrations: Registrations) -> bool {
    match gate {
        RegistrationGate::UnlessOnlyWork => registrations != Registrations::Work,
        RegistrationGate::UnlessNeither => registrations != Registrations::Closed,
    }
}
