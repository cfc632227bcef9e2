//! One swap against weighted reserves.

use super::Balancer;
use super::power::{self, Precision, Scaled};
use crate::fixed::Q64;
use crate::pool::order::Side;
use crate::pool::{PoolRules, Reserves, SwapRefused};
use crate::units::{Alpha, RAO, Tao};

/// A swap may put in at most so many times the reserve that it enters.
const LARGEST_INPUT: u64 = 1_000;
/// The lowest limit price that the chain takes, in rao of TAO per alpha; it stands for no limit.
const LOWEST_LIMIT: Tao = Tao::from_rao(1_000);
/// The highest.
const HIGHEST_LIMIT: Tao = Tao::from_rao(1_000_000_000_000_000);

/// What one swap does, in rao.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) paid_in: u64,
    pub(crate) fee: u64,
    pub(crate) out: u64,
}

/// The price at which a swap stops, in TAO per alpha.
///
/// Source: `subtensor:pallets/swap/src/pallet/impls.rs::swap` @ 14bc6f9f9
pub(crate) fn swap_limit(side: Side, limit: Option<Tao>) -> Q64 {
    match (limit, side) {
        (Some(limit), _) => per_alpha(limit),
        (None, Side::Buy) => const { per_alpha(HIGHEST_LIMIT) },
        (None, Side::Sell) => const { per_alpha(LOWEST_LIMIT) },
    }
}

const fn per_alpha(limit: Tao) -> Q64 {
    Q64::from_int(limit.rao()).fitting_div(Q64::from_int(RAO))
}

/// The largest amount that a limit order may ask about: what the largest swap puts in.
pub(crate) const fn largest_input(reserve: u64) -> u64 {
    reserve.saturating_mul(LARGEST_INPUT)
}

/// Swaps `amount`, the fee included, as far as the price does not pass `limit`, which must lie ahead. What is beyond is not
/// taken.
///
/// Source: `subtensor:pallets/swap/src/pallet/swap_step.rs::determine_action`,
/// `impls.rs::ensure_swap_input_within_reserve_limit` @ 14bc6f9f9
pub(crate) fn step(
    pool: (Balancer, Reserves),
    rules: PoolRules,
    side: Side,
    amount: u64,
    limit: Q64,
) -> Result<Step, SwapRefused> {
    let (balancer, reserves) = pool;
    let fee = rules.fee_within(amount);
    let whole = amount - fee;
    let (into, _) = side.reserves(reserves);
    if whole > largest_input(into) {
        return Err(SwapRefused::TooLarge);
    }
    let out = balancer.output(reserves, side, whole);
    let left = side.moved(reserves, whole, out);
    let within = || match side {
        Side::Buy => balancer.price(left) <= limit,
        Side::Sell => balancer.price(left) >= limit,
    };
    if balancer.surely_within(left, side, limit) || within() {
        return Ok(Step { paid_in: whole, fee, out });
    }
    let paid_in = balancer.needed(reserves, side, limit);
    let out = balancer.output(reserves, side, paid_in);
    Ok(Step { paid_in, fee: rules.fee_on_top(paid_in), out })
}

impl Side {
    /// The reserve that grows, and the one that is drawn from.
    pub(crate) const fn reserves(self, reserves: Reserves) -> (u64, u64) {
        match self {
            Self::Buy => (reserves.tao.rao(), reserves.alpha.rao()),
            Self::Sell => (reserves.alpha.rao(), reserves.tao.rao()),
        }
    }

    /// The reserves after a swap; they saturate, as the chain's do.
    pub(crate) const fn moved(self, reserves: Reserves, paid_in: u64, out: u64) -> Reserves {
        let (tao, alpha) = (reserves.tao.rao(), reserves.alpha.rao());
        let (tao, alpha) = match self {
            Self::Buy => (tao.saturating_add(paid_in), alpha.saturating_sub(out)),
            Self::Sell => (tao.saturating_sub(out), alpha.saturating_add(paid_in)),
        };
        Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) }
    }
}

impl Balancer {
    /// Whether the price is on the near side of a limit, where that can be told from its bounds.
    pub(crate) fn surely_within(self, reserves: Reserves, side: Side, limit: Q64) -> bool {
        self.bounds(reserves).is_some_and(|bounds| bounds.within(side, limit))
    }

    /// What `amount` takes out, rounded down.
    pub(crate) fn output(self, reserves: Reserves, side: Side, amount: u64) -> u64 {
        let (into, from) = side.reserves(reserves);
        self.estimated_output((into, from), side, amount).unwrap_or_else(|| {
            let kept = self.kept(side, into, i128::from(amount));
            Q64::from_int(from).times(Q64::ONE.saturating_sub(kept)).floor()
        })
    }

    /// Which part of the reserve that is drawn from stays in it when the other one, `reserve`, changes by `delta`:
    ///
    /// ```text
    /// buy:   (y / (y + d))^(w2/w1)      sell:  (x / (x + d))^(w1/w2)      at most 1 if d is not negative
    /// ```
    /// The power has 18 decimals; it is then cut at 64 bits. One that does not fit 2^64 counts as 0.
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/balancer.rs::exp_scaled` @ 14bc6f9f9
    pub(crate) fn kept(self, side: Side, reserve: u64, delta: i128) -> Q64 {
        let by = u64::try_from(delta.unsigned_abs()).unwrap_or(u64::MAX);
        let changed = if delta >= 0 { reserve.saturating_add(by) } else { reserve.saturating_sub(by) };
        if changed == 0 {
            return Q64::ZERO;
        }
        let (alpha, tao) = (self.tao_weight.rest().parts(), self.tao_weight.parts());
        let exponent = match side {
            Side::Buy => (tao, alpha),
            Side::Sell => (alpha, tao),
        };
        let base = (u128::from(reserve), u128::from(changed));
        let kept = match power::scaled(base, exponent, Precision::Swap) {
            Scaled::Fits(parts) => Q64::from_int(parts).fitting_div(Q64::from_int(power::SCALE)),
            Scaled::TooLarge | Scaled::Negative => Q64::ZERO,
        };
        if delta >= 0 { kept.min(Q64::ONE) } else { kept }
    }

    /// What must be put in to bring the price to `target`, rounded down.
    ///
    /// ```text
    /// buy:   floor( y * ((target / price)^w1 - 1) )      sell:  floor( x * ((price / target)^w2 - 1) )
    /// ```
    ///
    /// Source: `subtensor:pallets/swap/src/pallet/balancer.rs::calculate_quote_delta_in`, `calculate_base_delta_in` @
    /// 14bc6f9f9
    fn needed(self, reserves: Reserves, side: Side, target: Q64) -> u64 {
        self.needed_from(self.price(reserves), reserves, side, target)
    }

    /// The same, by a price that need not be the pool's.
    pub(crate) fn needed_from(self, price: Q64, reserves: Reserves, side: Side, target: Q64) -> u64 {
        let (reserve, base, weight) = match side {
            Side::Buy => (reserves.tao.rao(), (target, price), self.tao_weight.rest()),
            Side::Sell => (reserves.alpha.rao(), (price, target), self.tao_weight),
        };
        needed(reserve, base, weight.parts())
    }
}

/// `floor( reserve * ((a / b)^weight - 1) )`, for a weight in units of 1e-18; nothing if `b` is zero.
fn needed(reserve: u64, (a, b): (Q64, Q64), weight: u64) -> u64 {
    let grown = match power::scaled((a.bits(), b.bits()), (weight, power::SCALE), Precision::Price) {
        Scaled::Fits(parts) => parts,
        Scaled::TooLarge => u64::MAX,
        Scaled::Negative => 0,
    };
    let grown = Q64::from_int(grown).fitting_div(Q64::from_int(power::SCALE));
    Q64::from_int(reserve).times(grown.saturating_sub(Q64::ONE)).floor()
}
