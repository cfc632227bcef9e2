//! A pool at a moment: its reserves, and the curve on which they trade.

use crate::fixed::{Q32, Q64};
use crate::pool::balancer::{Balancer, Bounds, Weighing};
use crate::pool::superellipse::Superellipse;
use crate::pool::v3::V3;
use crate::pool::{CurveRule, Reserves};
use crate::units::{Alpha, RAO, Tao};

/// The curve on which a pool trades, with what it remembers besides the reserves.
///
/// It is the state that the last swap or emission left. A runtime of another curve takes it over at the pool's next swap
/// or emission ([`Pool::under`]), so a pool of spec 283 is a constant product until somebody trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// `tao * alpha` is kept, so the price is the reserves' ratio.
    #[default]
    ConstantProduct,
    /// The protocol's position of spec 283 to 422.
    V3(V3),
    /// Weighted reserves, from spec 423 on.
    Balancer(Balancer),
    /// A quarter of an ellipse, which never ran.
    Superellipse(Superellipse),
}

impl Curve {
    /// TAO and alpha that wait outside the reserves until the weights of the pool allow them in.
    #[must_use]
    #[inline]
    pub fn waiting(&self) -> Reserves {
        match self {
            Self::Balancer(balancer) => balancer.reservoir,
            Self::Superellipse(ellipse) => ellipse.reservoir,
            Self::ConstantProduct | Self::V3(_) => Reserves::default(),
        }
    }

    /// The price of alpha in TAO on these reserves, as of [`Pool::price_bits`].
    pub(crate) fn price_bits(&self, reserves: Reserves) -> Q64 {
        let Reserves { tao, alpha } = reserves;
        match self {
            Self::ConstantProduct => Q64::from_int(tao.rao()).fitting_div(Q64::from_int(alpha.rao())),
            Self::V3(v3) => v3.price(),
            Self::Balancer(balancer) => balancer.price(reserves),
            Self::Superellipse(ellipse) => ellipse.price(reserves),
        }
    }

    /// The same cut to 32 fractional bits.
    #[inline]
    pub(crate) fn spot_price(&self, reserves: Reserves) -> Q32 {
        match self {
            Self::ConstantProduct => reserves.spot_price(),
            Self::V3(v3) => v3.price().to_q32(),
            Self::Balancer(balancer) => {
                let quick = balancer.bounds(reserves).and_then(Bounds::spot_price);
                quick.unwrap_or_else(|| balancer.price(reserves).to_q32())
            }
            Self::Superellipse(ellipse) => ellipse.price(reserves).to_q32(),
        }
    }

    /// Between what the price lies, where that is sooner told than the price.
    #[inline]
    pub(crate) fn price_bounds(&self, reserves: Reserves) -> Option<Bounds> {
        match self {
            Self::Balancer(balancer) => balancer.bounds(reserves),
            _ => None,
        }
    }
}

/// A pool at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// What is in it.
    pub reserves: Reserves,
    /// How that trades.
    pub curve: Curve,
}

/// What a block's emission does to a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjusted {
    /// The curve afterwards. The reserves are not yet larger: who emits adds `entered` to them, and from spec 423 on the
    /// chain swaps between the two.
    pub curve: Curve,
    /// What enters the reserves: all that was offered, save under the weighted curve.
    pub entered: Reserves,
}

impl From<Reserves> for Pool {
    fn from(reserves: Reserves) -> Self {
        Self { reserves, curve: Curve::ConstantProduct }
    }
}

impl Pool {
    /// The price of alpha in TAO, with 64 fractional bits; zero for an empty pool.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/impls.rs::current_price` @ e9bbb6134, 14bc6f9f9
    #[must_use]
    pub fn price_bits(&self) -> Q64 {
        self.curve.price_bits(self.reserves)
    }

    /// The price cut to 32 fractional bits, with which the coinbase computes.
    #[must_use]
    #[inline]
    pub fn spot_price(&self) -> Q32 {
        self.curve.spot_price(self.reserves)
    }

    /// The price as a float, for decisions and reports.
    #[must_use]
    pub fn price(&self) -> f64 {
        match self.curve {
            Curve::ConstantProduct => self.reserves.price(),
            _ => self.price_bits().to_f64(),
        }
    }

    /// How deep the pool is, in whole tokens: the liquidity of its position, or `sqrt(tao * alpha)`.
    #[must_use]
    pub fn depth(&self) -> f64 {
        match self.curve {
            Curve::V3(v3) => v3.liquidity as f64 / RAO as f64,
            _ => self.reserves.depth(),
        }
    }

    /// TAO and alpha, in whole tokens, of the constant product that this pool is like for small trades.
    ///
    /// ```text
    /// position: L * s, L / s          weighted reserves: 2 * w1 * y, 2 * w2 * x
    /// ```
    #[must_use]
    pub fn in_play(&self) -> (f64, f64) {
        let (tao, alpha) = (self.reserves.tao.to_f64(), self.reserves.alpha.to_f64());
        match self.curve {
            Curve::ConstantProduct => (tao, alpha),
            Curve::V3(v3) => {
                let (depth, root) = (v3.liquidity as f64 / RAO as f64, v3.sqrt_price.to_f64());
                (depth * root, depth / root)
            }
            Curve::Balancer(balancer) => {
                let weight = balancer.tao_weight.to_f64();
                (2.0 * (1.0 - weight) * tao, 2.0 * weight * alpha)
            }
            Curve::Superellipse(ellipse) => ellipse.in_play(self.reserves),
        }
    }

    /// The pool as a runtime takes it over: on that runtime's curve.
    ///
    /// A constant product, or a pool that nobody has traded in, starts V3 from its reserves and the balancer with equal
    /// weights. V3 becomes the balancer at the same price, if the weights allow it, without its reservoirs and counted
    /// fees. What waited outside the balancer's reserves joins them if it is given up. The ellipse takes over the balancer's price and
    /// response to small trades; a pool with nothing on one side stays a balancer until there is something.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/migrations/migrate_swapv3_to_balancer.rs` @ 14bc6f9f9
    #[must_use]
    pub fn under(self, rule: CurveRule) -> Self {
        let with = |curve| Self { curve, ..self };
        match (rule, self.curve) {
            (CurveRule::V3(_), Curve::V3(_))
            | (CurveRule::Balancer(_), Curve::Balancer(_))
            | (CurveRule::Superellipse, Curve::Superellipse(_)) => self,
            (CurveRule::Superellipse, Curve::Balancer(balancer)) => {
                let ellipse = Superellipse::of_weighted(self.reserves, balancer.tao_weight);
                ellipse.map_or(self, |mut ellipse| {
                    ellipse.reservoir = balancer.reservoir;
                    with(Curve::Superellipse(ellipse))
                })
            }
            (CurveRule::Superellipse, _) => {
                let weighted = CurveRule::Balancer(Weighing::WithReservoirs);
                self.under(weighted).under(rule)
            }
            // It is given up for weights at its price, if they allow it.
            (CurveRule::Balancer(_), Curve::Superellipse(ellipse)) => {
                let price = ellipse.price(self.reserves);
                let balancer = Balancer::at_price(self.reserves, price).unwrap_or_default();
                with(Curve::Balancer(Balancer { reservoir: ellipse.reservoir, ..balancer }))
            }
            (CurveRule::ConstantProduct | CurveRule::V3(_), Curve::Superellipse(ellipse)) => {
                Self::from(self.reserves.saturating_add(ellipse.reservoir)).under(rule)
            }
            (CurveRule::ConstantProduct | CurveRule::V3(_), Curve::Balancer(balancer)) => {
                Self::from(self.reserves.saturating_add(balancer.reservoir)).under(rule)
            }
            (CurveRule::ConstantProduct, _) => with(Curve::ConstantProduct),
            (CurveRule::V3(_), Curve::ConstantProduct) => with(Curve::V3(V3::of(self.reserves))),
            (CurveRule::Balancer(_), Curve::V3(v3)) => {
                with(Curve::Balancer(Balancer::at_price(self.reserves, v3.price()).unwrap_or_default()))
            }
            (CurveRule::Balancer(_), Curve::ConstantProduct) => with(Curve::Balancer(Balancer::default())),
        }
    }

    /// What a block's emission of `offered` does to the curve, and how much of it enters the reserves. The price stays.
    ///
    /// A pool of spec 283 to 422 in which nobody has traded yet only has reserves.
    #[must_use]
    pub fn adjust(self, rule: CurveRule, offered: Reserves) -> Adjusted {
        match (rule, self.curve) {
            (CurveRule::V3(injection), Curve::V3(v3)) => {
                Adjusted { curve: Curve::V3(v3.adjust(injection, offered)), entered: offered }
            }
            (CurveRule::Balancer(weighing), curve) => {
                let balancer = match curve {
                    Curve::Balancer(balancer) => balancer,
                    _ => match self.under(rule).curve {
                        Curve::Balancer(balancer) => balancer,
                        _ => unreachable!("the rule's curve was taken over"),
                    },
                };
                let (balancer, entered) = balancer.adjust(weighing, self.reserves, offered);
                Adjusted { curve: Curve::Balancer(balancer), entered }
            }
            (CurveRule::Superellipse, _) => match self.under(rule).curve {
                Curve::Superellipse(ellipse) => {
                    let (ellipse, entered) = ellipse.adjust(offered);
                    Adjusted { curve: Curve::Superellipse(ellipse), entered }
                }
                // With nothing on one side there is no ellipse yet.
                curve => Adjusted { curve, entered: offered },
            },
            _ => Adjusted { curve: self.curve, entered: offered },
        }
    }

    /// TAO and alpha that are held back until they fit the price. Spec 334 to 422: they are in the reserves, and only the
    /// curve does not count them. From spec 426 on: they are in no reserve.
    #[must_use]
    pub fn reservoir(&self) -> Reserves {
        match self.curve {
            Curve::ConstantProduct => Reserves::default(),
            Curve::V3(v3) => v3.reservoir,
            Curve::Balancer(balancer) => balancer.reservoir,
            Curve::Superellipse(ellipse) => ellipse.reservoir,
        }
    }
}

impl Reserves {
    /// The sums of both sides; they saturate, as the chain's do.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self {
            tao: Tao::from_rao(self.tao.rao().saturating_add(other.tao.rao())),
            alpha: Alpha::from_rao(self.alpha.rao().saturating_add(other.alpha.rao())),
        }
    }
}

/// Books are read one after another in every block: what a curve remembers is to stay small.
const _: () = assert!(size_of::<Curve>() <= 96);
