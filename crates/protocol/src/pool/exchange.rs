//! Buying and selling, whatever the pool.

pub mod limits;

use crate::pool::balancer::{self, Balancer};
use crate::pool::order::Side;
use crate::pool::superellipse::Superellipse;
use crate::pool::v3::{self, V3};
use crate::pool::{
    Charge, Curve, CurveRule, EmptyOutput, FeeDestination, Order, Pool, PoolRules, ReserveFloor, Reserves,
    SwapRefused, constant_product,
};
use crate::units::{Alpha, Tao};

/// On the later curves a reserve below this is too shallow to swap.
pub const MINIMUM_RESERVE: u64 = 1_000_000;

/// A swap that can be made: what it takes and gives, and the exchange that it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap<In, Out> {
    /// What enters the pool.
    pub paid_in: In,
    /// The fee, which does not enter the pool.
    pub fee: In,
    /// What leaves the pool.
    pub out: Out,
    /// The exchange afterwards.
    pub after: Exchange,
}

impl<In: Copy + std::ops::Add<Output = In>, Out> Swap<In, Out> {
    /// What is taken from who swaps: less than the order's amount where its limit binds.
    #[must_use]
    pub fn taken(&self) -> In {
        self.paid_in + self.fee
    }
}

/// How a subnet's token is traded at a moment: its mechanism with what that needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// One TAO is one alpha.
    Stable,
    /// A pool.
    Dynamic(Pool),
}

impl Exchange {
    /// Swaps TAO for alpha.
    ///
    /// # Errors
    /// If the pool refuses.
    pub fn buy(self, rules: PoolRules, order: Order<Tao>) -> Result<Swap<Tao, Alpha>, SwapRefused> {
        let Self::Dynamic(pool) = self else {
            let (paid_in, out) = (order.amount, Alpha::from_rao(order.amount.rao()));
            return Ok(Swap { paid_in, fee: Tao::ZERO, out, after: self });
        };
        let order = Order { amount: order.amount.rao(), limit: order.limit, charge: order.charge };
        let Raw { paid_in, fee, out, pool } = swap(pool, rules, Side::Buy, order, Purpose::Trade)?;
        let (paid_in, fee) = (Tao::from_rao(paid_in), Tao::from_rao(fee));
        Ok(Swap { paid_in, fee, out: Alpha::from_rao(out), after: Self::Dynamic(pool) })
    }

    /// Swaps alpha for TAO.
    ///
    /// # Errors
    /// If the pool refuses.
    pub fn sell(self, rules: PoolRules, order: Order<Alpha>) -> Result<Swap<Alpha, Tao>, SwapRefused> {
        let Self::Dynamic(pool) = self else {
            let (paid_in, out) = (order.amount, Tao::from_rao(order.amount.rao()));
            return Ok(Swap { paid_in, fee: Alpha::ZERO, out, after: self });
        };
        let order = Order { amount: order.amount.rao(), limit: order.limit, charge: order.charge };
        let Raw { paid_in, fee, out, pool } = swap(pool, rules, Side::Sell, order, Purpose::Trade)?;
        let (paid_in, fee) = (Alpha::from_rao(paid_in), Alpha::from_rao(fee));
        Ok(Swap { paid_in, fee, out: Tao::from_rao(out), after: Self::Dynamic(pool) })
    }

    /// The most TAO that a buy may put in within a limit price, its fee included.
    ///
    /// On the later curves it is what a trial of the largest amount takes.
    ///
    /// # Errors
    /// If the price is at the limit already, or the pool refuses otherwise; at launch it is nothing then.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/add_stake.rs::get_max_amount_add` @ a27fff291, e9bbb6134,
    /// 14bc6f9f9
    pub fn max_buy(self, rules: PoolRules, limit: Tao) -> Result<Tao, SwapRefused> {
        match self {
            Self::Dynamic(pool) if rules.curve != CurveRule::ConstantProduct => {
                most(pool, rules, Side::Buy, limit).map(Tao::from_rao)
            }
            _ => Ok(limits::max_buy(self, limit)),
        }
    }

    /// The most alpha that a sale may put in within a limit price, its fee included.
    ///
    /// # Errors
    /// As of [`Exchange::max_buy`].
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::get_max_amount_remove` @ a27fff291, e9bbb6134,
    /// 14bc6f9f9
    pub fn max_sell(self, rules: PoolRules, limit: Tao) -> Result<Alpha, SwapRefused> {
        match self {
            Self::Dynamic(pool) if rules.curve != CurveRule::ConstantProduct => {
                most(pool, rules, Side::Sell, limit).map(Alpha::from_rao)
            }
            _ => Ok(limits::max_sell(self, limit)),
        }
    }
}

impl Exchange {
    /// The most alpha that may move through TAO into another subnet so that the relative price stays at least `limit`.
    ///
    /// On the later curves too it is worked out from the reserves as if both were products, but the price that the limit is
    /// held against first is the curves' own. If one side is one to one it is a sale's limit, or a buy's of the
    /// reciprocal.
    ///
    /// # Errors
    /// As of [`Exchange::max_buy`].
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/move_stake.rs::get_max_amount_move` @ a27fff291, e9bbb6134,
    /// 14bc6f9f9
    pub fn max_move(self, to: Self, rules: PoolRules, limit: Tao) -> Result<Alpha, SwapRefused> {
        if rules.curve == CurveRule::ConstantProduct {
            return Ok(limits::max_move(self, to, limit));
        }
        match (self, to) {
            (Self::Stable, Self::Stable) => Ok(limits::max_move(self, to, limit)),
            (Self::Dynamic(_), Self::Stable) => self.max_sell(rules, limit),
            (Self::Stable, Self::Dynamic(_)) if limit == Tao::ZERO => Ok(Alpha::from_rao(u64::MAX)),
            (Self::Stable, Self::Dynamic(_)) => {
                to.max_buy(rules, limits::reciprocal(limit)).map(|tao| Alpha::from_rao(tao.rao()))
            }
            (Self::Dynamic(from), Self::Dynamic(to)) => {
                let prices = match rules.curve {
                    CurveRule::Balancer(_) | CurveRule::Superellipse => {
                        limits::Prices::Wide(from.price_bits(), to.price_bits())
                    }
                    _ => limits::Prices::Narrow(from.spot_price(), to.spot_price()),
                };
                Ok(limits::max_move_between(from.reserves, to.reserves, prices, limit))
            }
        }
    }
}

impl Exchange {
    /// The most alpha that one sale may put in; none where there is no such limit.
    #[must_use]
    pub fn largest_sale(self, rules: PoolRules) -> Option<Alpha> {
        match (self, rules.curve) {
            (Self::Dynamic(pool), CurveRule::Balancer(_)) => {
                Some(Alpha::from_rao(balancer::largest_input(pool.reserves.alpha.rao())))
            }
            _ => None,
        }
    }
}

impl Exchange {
    /// The most TAO that one purchase may put in; none where there is no such limit.
    #[must_use]
    pub fn largest_buy(self, rules: PoolRules) -> Option<Tao> {
        match (self, rules.curve) {
            (Self::Dynamic(pool), CurveRule::Balancer(_)) => {
                Some(Tao::from_rao(balancer::largest_input(pool.reserves.tao.rao())))
            }
            _ => None,
        }
    }
}

impl Pool {
    /// The TAO that a sale would fetch, its fee deducted, if the pool is deep enough.
    #[must_use]
    pub fn sell_now(self, rules: PoolRules, alpha: Alpha) -> Option<Tao> {
        Exchange::Dynamic(self).sell(rules, Order::of(alpha)).ok().map(|swap| swap.out)
    }
}

/// What an order of the most that there may be takes, as far as its limit goes.
fn most(pool: Pool, rules: PoolRules, side: Side, limit: Tao) -> Result<u64, SwapRefused> {
    let amount = match (rules.curve, side) {
        (CurveRule::Balancer(_), Side::Buy) => balancer::largest_input(pool.reserves.tao.rao()),
        (CurveRule::Balancer(_), Side::Sell) => balancer::largest_input(pool.reserves.alpha.rao()),
        _ => u64::MAX,
    };
    let order = Order { amount, limit: Some(limit), charge: Charge::Fee };
    let trial = swap(pool, rules, side, order, Purpose::Trial)?;
    Ok(trial.paid_in.saturating_add(trial.fee))
}

/// Whether a swap is made; a trial may come to more than is in the pool.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Trade,
    Trial,
}

/// A swap in plain rao of whichever token.
struct Raw {
    paid_in: u64,
    fee: u64,
    out: u64,
    pool: Pool,
}

fn swap(
    pool: Pool,
    rules: PoolRules,
    side: Side,
    order: Order<u64>,
    purpose: Purpose,
) -> Result<Raw, SwapRefused> {
    if rules.curve == CurveRule::ConstantProduct {
        return product_swap(pool.reserves, side, order);
    }
    check_reserves(pool.reserves, rules.reserve_floor, side)?;
    let rules = match order.charge {
        Charge::Fee => rules,
        Charge::Free => rules.without_fee(),
    };
    let mut pool = pool.under(rules.curve);
    let (paid_in, fee, out) = match &mut pool.curve {
        Curve::V3(v3) => v3_swap(v3, rules, side, order)?,
        Curve::Balancer(balancer) => balancer_swap(*balancer, pool.reserves, rules, side, order)?,
        Curve::Superellipse(ellipse) => ellipse_swap(ellipse, pool.reserves, rules, side, order)?,
        Curve::ConstantProduct => unreachable!("the rule's curve was taken over"),
    };
    if paid_in > 0 && out == 0 && rules.empty_output == EmptyOutput::Refused {
        return Err(SwapRefused::NothingOut);
    }
    if purpose == Purpose::Trade && out > drawn_from(pool.reserves, side) {
        return Err(SwapRefused::TooShallow);
    }
    pool.reserves = side.moved(pool.reserves, paid_in, out);
    Ok(Raw { paid_in, fee, out, pool })
}

/// A swap at launch: of no more than its limit allows, whose price is an average.
fn product_swap(reserves: Reserves, side: Side, order: Order<u64>) -> Result<Raw, SwapRefused> {
    let exchange = Exchange::Dynamic(reserves.into());
    let most = order.limit.map_or(u64::MAX, |limit| match side {
        Side::Buy => limits::max_buy(exchange, limit).rao(),
        Side::Sell => limits::max_sell(exchange, limit).rao(),
    });
    let paid_in = order.amount.min(most);
    let (tao, alpha) = (reserves.tao.rao(), reserves.alpha.rao());
    let out = match side {
        Side::Buy => constant_product::swap(tao, alpha, paid_in),
        Side::Sell => constant_product::swap(alpha, tao, paid_in),
    };
    let out = out.ok_or(SwapRefused::TooShallow)?;
    let pool = Pool::from(side.moved(reserves, paid_in, out));
    Ok(Raw { paid_in, fee: 0, out, pool })
}

/// Source: `subtensor:pallets/swap/src/pallet/impls.rs::swap_inner` @ e9bbb6134, 6309d3592
fn check_reserves(reserves: Reserves, floor: ReserveFloor, side: Side) -> Result<(), SwapRefused> {
    let lowest = match floor {
        ReserveFloor::Both => reserves.tao.rao().min(reserves.alpha.rao()),
        ReserveFloor::Output => drawn_from(reserves, side),
    };
    if lowest < MINIMUM_RESERVE { Err(SwapRefused::TooShallow) } else { Ok(()) }
}

const fn drawn_from(reserves: Reserves, side: Side) -> u64 {
    match side {
        Side::Buy => reserves.alpha.rao(),
        Side::Sell => reserves.tao.rao(),
    }
}

/// What enters, the fee, and what leaves. A price at the limit is refused in every revision: until spec 289 the pool would
/// have set the price to the limit for nothing, but no order of that time came so far.
///
/// Source: `subtensor:pallets/swap/src/pallet/impls.rs::swap_inner` @ e9bbb6134, 74614df76, 7eb6f9bb7
fn v3_swap(
    v3: &mut V3,
    rules: PoolRules,
    side: Side,
    order: Order<u64>,
) -> Result<(u64, u64, u64), SwapRefused> {
    let bound = v3::bound(side, order.limit);
    let ahead = match side {
        Side::Buy => v3.sqrt_price < bound,
        Side::Sell => v3.sqrt_price > bound,
    };
    if !ahead {
        return Err(SwapRefused::BeyondLimit);
    }
    if order.amount == 0 {
        return Ok((0, 0, 0));
    }
    let step = v3::step(v3, rules, side, order.amount, bound);
    if rules.fee_destination == FeeDestination::Counter {
        v3.count_fee(side, step.fee);
    }
    v3.sqrt_price = step.sqrt_price;
    Ok((step.paid_in, step.fee, step.out))
}

/// What enters, the fee, and what leaves.
///
/// Source: `subtensor:pallets/swap/src/pallet/impls.rs::swap_inner` @ 14bc6f9f9
fn balancer_swap(
    balancer: Balancer,
    reserves: Reserves,
    rules: PoolRules,
    side: Side,
    order: Order<u64>,
) -> Result<(u64, u64, u64), SwapRefused> {
    let limit = balancer::swap_limit(side, order.limit);
    let ahead = || match side {
        Side::Buy => balancer.price(reserves) < limit,
        Side::Sell => balancer.price(reserves) > limit,
    };
    if !(balancer.surely_within(reserves, side, limit) || ahead()) {
        return Err(SwapRefused::BeyondLimit);
    }
    let step = balancer::step((balancer, reserves), rules, side, order.amount, limit)?;
    Ok((step.paid_in, step.fee, step.out))
}

/// What enters, the fee, and what leaves.
fn ellipse_swap(
    ellipse: &Superellipse,
    reserves: Reserves,
    rules: PoolRules,
    side: Side,
    order: Order<u64>,
) -> Result<(u64, u64, u64), SwapRefused> {
    let (limit, price) = (balancer::swap_limit(side, order.limit), ellipse.price(reserves));
    let ahead = match side {
        Side::Buy => price < limit,
        Side::Sell => price > limit,
    };
    if !ahead {
        return Err(SwapRefused::BeyondLimit);
    }
    let step = ellipse.step(reserves, rules, side, order.amount, limit)?;
    Ok((step.paid_in, step.fee, step.out))
}
