//! A subnet's books: all that the chain keeps of it, except its neurons and who has staked what.

use serde::{Deserialize, Serialize};

use crate::emission_weights::EmissionWeights;
use crate::fixed::{Q32, Q64};
use crate::flow::Flow;
use crate::measurement::Measured;
use crate::moving_price;
use crate::pool::{Curve, Exchange, Mechanism, Pool, Reserves};
use crate::schedule::next_epoch;
use crate::units::{Alpha, Block, Netuid, Tao};

/// A subnet's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// Its number.
    pub netuid: Netuid,
    /// The pool's reserves.
    pub pool: Reserves,
    /// How the reserves trade.
    pub curve: Curve,
    /// Alpha outside the pool (`SubnetAlphaOut`).
    pub alpha_out: Alpha,
    /// The moving price, by which the emission is shared.
    pub moving_price: Q32,
    /// What waits for the next epoch.
    pub pending: Pending,
    /// What the chain itself loses and pays twice.
    pub dust: ChainDust,
    /// What the subnet received in the last coinbase.
    pub emitted: SubnetEmission,
    /// What the chain bought of its alpha in the last coinbase.
    pub chain_buy: ChainBuy,
    /// Of the alpha outside the pool, what the protocol has bought and keeps (`SubnetProtocolAlpha`).
    pub protocol_alpha: Alpha,
    /// Of the alpha outside the pool, what stakers on root may claim (from spec 334 on).
    pub root_claimable: Alpha,
    /// What its owner paid for it under dynamic TAO (`SubnetLocked`).
    pub lock: Tao,
    /// Alpha that its last epoch shared out (`Emission`).
    pub last_emission: Alpha,
    /// What flows into its pool and out, by which some rules share the emission.
    pub flow: Flow,
    /// The part of the last epoch's incentive that was withheld from miners, from 0 to 1 (`MinerBurned`).
    pub miner_burned: Q32,
    /// The fast average of its spot price, as long as the emission is shared by one; else zero.
    pub fast_price: Q64,
    /// What is measured of it, as long as the emission is shared by that.
    pub measured: Measured,
    /// What changes rarely.
    pub settings: Settings,
}

impl Books {
    /// A subnet without a pool, to which nothing has been emitted.
    #[must_use]
    pub fn new(netuid: Netuid, settings: Settings) -> Self {
        Self {
            netuid,
            pool: Reserves::default(),
            curve: Curve::default(),
            alpha_out: Alpha::ZERO,
            moving_price: Q32::ZERO,
            pending: Pending::default(),
            dust: ChainDust::default(),
            emitted: SubnetEmission::default(),
            chain_buy: ChainBuy::default(),
            protocol_alpha: Alpha::ZERO,
            root_claimable: Alpha::ZERO,
            lock: Tao::ZERO,
            last_emission: Alpha::ZERO,
            flow: Flow::default(),
            miner_burned: Q32::ZERO,
            fast_price: Q64::ZERO,
            measured: Measured::default(),
            settings,
        }
    }

    /// All of the subnet's alpha that exists, in the pool, waiting to enter it, and outside.
    #[must_use]
    pub fn issuance(&self) -> Alpha {
        self.pool.alpha + self.waiting().alpha + self.alpha_out
    }

    /// TAO that the last coinbase emitted to the subnet: into its pool, or spent on its alpha.
    #[must_use]
    pub fn tao_emitted(&self) -> Tao {
        self.emitted.tao_in + self.chain_buy.tao
    }

    /// All TAO that the subnet holds: in the pool, waiting to enter it, and gathered for stakers on root.
    #[must_use]
    pub fn tao(&self) -> Tao {
        self.pool.tao + self.waiting().tao + self.pending.root_tao
    }

    /// Enters a sale of alpha that was outside the pool: what has entered the reserves, and TAO that has left them.
    pub fn take_in_sold(&mut self, after: Exchange, entered: Alpha, tao: Tao) {
        match after {
            Exchange::Dynamic(_) => self.settle(after),
            Exchange::Stable => {
                self.pool.tao -= tao;
                self.pool.alpha += entered;
            }
        }
        self.no_longer_outside(entered);
    }

    /// Alpha that somebody could claim is outside no more: it was sold to the pool, or recycled.
    ///
    /// More may be claimed than is outstanding ([`ChainDust::unbacked`]); the chain's subtraction saturates.
    pub fn no_longer_outside(&mut self, alpha: Alpha) {
        let beyond = alpha.saturating_sub(self.alpha_out);
        self.alpha_out = self.alpha_out.saturating_sub(alpha);
        self.dust.unbacked -= beyond;
        self.dust.minted += beyond;
    }

    /// Enters a purchase: TAO that has entered the reserves, and alpha that has left them. Whose the alpha is, and that it is
    /// outside, is for the caller to say.
    pub fn let_out_bought(&mut self, after: Exchange, entered: Tao, alpha: Alpha) {
        match after {
            Exchange::Dynamic(_) => self.settle(after),
            Exchange::Stable => {
                self.pool.tao += entered;
                self.pool.alpha = self.pool.alpha.saturating_sub(alpha);
            }
        }
    }

    /// TAO and alpha that exist but wait outside the reserves until the weights of the pool allow them in.
    #[must_use]
    #[inline]
    pub fn waiting(&self) -> Reserves {
        self.curve.waiting()
    }

    /// Lets what waits to enter the pool in, whatever the weights, as before the subnet makes room.
    pub const fn let_in_what_waits(&mut self) {
        let reservoir = match &mut self.curve {
            Curve::Balancer(balancer) => &mut balancer.reservoir,
            Curve::Superellipse(ellipse) => &mut ellipse.reservoir,
            Curve::ConstantProduct | Curve::V3(_) => return,
        };
        let waits = *reservoir;
        *reservoir = Reserves { tao: Tao::ZERO, alpha: Alpha::ZERO };
        self.pool = self.pool.saturating_add(waits);
    }

    /// The price of alpha in TAO as a float, for decisions and reports.
    #[must_use]
    pub fn price(&self) -> f64 {
        self.trading().price()
    }

    /// What the subnet's share is measured by: its moving price, or one if it is stable.
    #[must_use]
    #[inline]
    pub fn share_price(&self) -> Q32 {
        match self.settings.mechanism {
            Mechanism::Dynamic => self.moving_price,
            Mechanism::Stable => Q32::ONE,
        }
    }

    /// The price of alpha in TAO now: by the curve, or one if it is stable.
    #[must_use]
    #[inline]
    pub fn spot_price(&self) -> Q32 {
        match self.settings.mechanism {
            Mechanism::Dynamic => self.curve.spot_price(self.pool),
            Mechanism::Stable => Q32::ONE,
        }
    }

    /// The same with 64 fractional bits, as runtimes from spec 423 on compute with it.
    #[must_use]
    pub fn price_bits(&self) -> Q64 {
        match self.settings.mechanism {
            Mechanism::Dynamic => self.curve.price_bits(self.pool),
            Mechanism::Stable => Q64::ONE,
        }
    }

    /// The moving price after a block, as runtimes from spec 423 on compute it.
    pub(crate) fn moving_price_with_64_bits(&self, coefficient: Q32, half_speed_age: u64, age: u64) -> Q32 {
        let before = self.share_price();
        let bounds = match self.settings.mechanism {
            Mechanism::Dynamic => self.curve.price_bounds(self.pool),
            Mechanism::Stable => None,
        };
        bounds
            .and_then(|spot| moving_price::estimated(before, spot, coefficient, half_speed_age, age))
            .unwrap_or_else(|| {
                let spot = self.price_bits();
                moving_price::update_with_64_bits(before, spot, coefficient, half_speed_age, age)
            })
    }

    /// The pool with its curve.
    #[must_use]
    #[inline]
    pub const fn trading(&self) -> Pool {
        Pool { reserves: self.pool, curve: self.curve }
    }

    /// How the subnet's token is traded now.
    #[must_use]
    pub const fn exchange(&self) -> Exchange {
        match self.settings.mechanism {
            Mechanism::Dynamic => Exchange::Dynamic(self.trading()),
            Mechanism::Stable => Exchange::Stable,
        }
    }

    /// Takes over what a swap leaves of the pool.
    pub const fn settle(&mut self, after: Exchange) {
        if let Exchange::Dynamic(Pool { reserves, curve }) = after {
            self.pool = reserves;
            self.curve = curve;
        }
    }
}

/// TAO of a block that bought a subnet's alpha, since it was more than its pool was to take in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainBuy {
    /// TAO spent.
    pub tao: Tao,
    /// Alpha bought.
    pub alpha: Alpha,
}

/// Whether something is done for a subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Switch {
    /// It is: the chain's default.
    #[default]
    On,
    /// It is not.
    Off,
}

/// What has gathered since a subnet's last epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Alpha for miners and validators (`PendingEmission`).
    pub emission: Alpha,
    /// Alpha that was sold for stakers on root (`PendingAlphaSwapped`).
    pub swapped: Alpha,
    /// TAO that it was sold for (`PendingRootDivs`).
    pub root_tao: Tao,
    /// Alpha for the owner (`PendingOwnerCut`).
    pub owner_cut: Alpha,
    /// Alpha for miners, where it waits apart (`PendingServerEmission`, from spec 343 on).
    pub server: Alpha,
    /// Alpha for validators, where it waits apart (`PendingValidatorEmission`, from spec 343 on).
    pub validator: Alpha,
    /// Alpha that stakers on root may claim (`PendingRootAlphaDivs`, from spec 334 on).
    pub root_alpha: Alpha,
}

impl Pending {
    /// What an epoch shares out: all alpha but the owner's, sold or not.
    #[must_use]
    pub fn for_epoch(&self) -> Alpha {
        self.unsold() + self.swapped
    }

    /// Lets what was gathered for miners and validators together wait apart: half of all, with root's part, is miners'.
    ///
    /// Source: `subtensor:pallets/subtensor/src/migrations/migrate_pending_emissions.rs` @ b179867c3
    pub fn set_apart(&mut self) {
        if self.emission > Alpha::ZERO {
            let half = Alpha::from_rao((self.emission + self.root_alpha).rao() / 2);
            self.server += half;
            self.validator += self.emission.saturating_sub(half);
            self.emission = Alpha::ZERO;
        }
    }

    /// What of it waits as alpha: for miners, validators and stakers on root.
    #[must_use]
    pub fn unsold(&self) -> Alpha {
        self.emission + self.server + self.validator + self.root_alpha
    }
}

/// What the chain itself loses or pays twice, so that the books can be closed to the rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainDust {
    /// Alpha in `alpha_out` that nobody may claim: what rounding each amount down to whole rao leaves.
    pub unclaimed: Alpha,
    /// Alpha in `alpha_out` that nobody may claim: root's share, where the pool was too shallow to buy it.
    pub unsold: Alpha,
    /// Alpha that somebody may claim although `alpha_out` does not hold it: until spec 243 validators were
    /// paid the alpha that root had sold, and what waited as TAO at the migration is paid as alpha.
    pub unbacked: Alpha,
    /// Alpha in `alpha_out` that nobody may claim: what its epochs gathered and did not pay.
    pub undistributed: Alpha,
    /// Alpha in `alpha_out` that nobody may claim: stake that was sold to a pool too shallow for it.
    pub forfeited: Alpha,
    /// Alpha in `alpha_out` that nobody may claim: fees of sales that are counted for the pool only.
    pub fees: Alpha,
    /// Alpha that came into being when such claims were sold or recycled beyond `alpha_out`, where the chain's
    /// subtraction saturates.
    pub minted: Alpha,
}

/// What changes rarely: the epochs' schedule, how the token is traded, who may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// When the subnet was registered.
    pub registered_at: Block,
    /// The first block in which it emits, where subnets must be started (`FirstEmissionBlockNumber`); none before its
    /// start call.
    pub first_emission: Option<Block>,
    /// Blocks between epochs, less one.
    pub tempo: u16,
    /// The next block in which its epoch runs; none if the tempo is zero.
    pub next_epoch: Option<Block>,
    /// How its token is traded.
    pub mechanism: Mechanism,
    /// Which registrations of neurons it allows.
    pub registrations: Registrations,
    /// Whether it has a share of the TAO (`SubnetEmissionEnabled`, from spec 411 on).
    pub tao: Switch,
    /// Whether its owner has a cut of the alpha (`OwnerCutEnabled`, spec 411 to 479).
    pub owner_cut: Switch,
    /// How its alpha emission is divided (`SubnetEmissionWeights`, from spec 481 on).
    pub weights: EmissionWeights,
    /// When its owner last changed that.
    pub weights_changed: Option<Block>,
}

impl Settings {
    /// Those of a subnet with a pool, open for registration by burning, whose epochs count from block `from` on.
    #[must_use]
    pub fn dynamic(netuid: Netuid, registered_at: Block, tempo: u16, from: Block) -> Self {
        Self {
            registered_at,
            first_emission: None,
            tempo,
            next_epoch: next_epoch(netuid, tempo, from),
            mechanism: Mechanism::Dynamic,
            registrations: Registrations::Burn,
            tao: Switch::On,
            owner_cut: Switch::On,
            weights: EmissionWeights::default(),
            weights_changed: None,
        }
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
    /// The spot price of that pool.
    pub spot: Q32,
}

impl SubnetEmission {
    /// What a subnet receives that does not emit: nothing, and its pool stays.
    #[must_use]
    pub fn nothing(subnet: &Books) -> Self {
        Self { pool: subnet.pool, spot: subnet.spot_price(), ..Self::default() }
    }

    /// Alpha that the subnet emitted to nobody, by cutting each part to whole rao.
    #[must_use]
    #[inline]
    pub fn dust(&self) -> Alpha {
        self.alpha_out - self.owner_cut - self.pending - self.root_alpha
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_beyond_what_is_outside_are_settled_and_nothing_is_lost() {
        let mut books = Books::new(Netuid(1), Settings::dynamic(Netuid(1), Block(0), 360, Block(1)));
        (books.alpha_out, books.dust.unbacked) = (Alpha::from_rao(5), Alpha::from_rao(4));
        books.no_longer_outside(Alpha::from_rao(3));
        assert_eq!((books.alpha_out.rao(), books.dust.unbacked.rao(), books.dust.minted.rao()), (2, 4, 0));
        books.no_longer_outside(Alpha::from_rao(5));
        assert_eq!((books.alpha_out.rao(), books.dust.unbacked.rao(), books.dust.minted.rao()), (0, 1, 3));
    }
}
