//! The trade that moves a pool, as the coming coinbase leaves it, to a price.
//!
//! ```text
//! buy:   x = (sqrt(fee^2 + 4 k p) - fee) / 2        TAO in the pool after the swap; then the fee comes in
//! sell:  y = (sqrt(fee^2 + 4 k p) + fee) / (2 p)    alpha in the pool after the swap
//! ```
//! From spec 283 on a limit is the price that an order leaves, so there it is the limit of an order that is more than large enough.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Fill, Limit};
use dtao_engine::view::View;
use dtao_protocol::books::SubnetEmission;
use dtao_protocol::pool::{CurveRule, Reserves};
use dtao_protocol::units::{Alpha, Netuid, Tao};

/// The call that moves a subnet's pool to a price. To spec 282 there is none where that takes less than the chain's least
/// stake; later the order may be of next to nothing.
pub(crate) fn call_to(
    (netuid, price): (Netuid, f64),
    coming: &SubnetEmission,
    view: &View,
    id: AgentId,
) -> Option<Call> {
    let fee = view.rules().staking_fee;
    let least = view.rules().min_stake + fee;
    if view.rules().pool.curve != CurveRule::ConstantProduct {
        return Some(order_to(netuid, price, coming.spot.to_f64(), view, id));
    }
    let hotkey = Hotkey::AGGREGATE;
    match trade_to(coming.pool, price, fee) {
        Trade::Buy(tao) if tao >= least => Some(Call::Stake { netuid, hotkey, tao, limit: None }),
        Trade::Sell(alpha) if alpha.to_f64() * price > least.to_f64() => {
            Some(Call::Unstake { netuid, hotkey, alpha, limit: None })
        }
        _ => None,
    }
}

/// What moves a pool to a price.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trade {
    /// TAO to pay in, fee included.
    Buy(Tao),
    /// Alpha to sell.
    Sell(Alpha),
}

fn trade_to(pool: Reserves, price: f64, fee: Tao) -> Trade {
    let (tao, alpha, fee) = (pool.tao.rao() as f64, pool.alpha.rao() as f64, fee.rao() as f64);
    let root = (fee * fee + 4.0 * tao * alpha * price).sqrt();
    let tao_after = (root - fee) / 2.0;
    if tao_after > tao {
        return Trade::Buy(Tao::from_rao((tao_after - tao + fee) as u64));
    }
    let alpha_after = (root + fee) / (2.0 * price);
    Trade::Sell(Alpha::from_rao((alpha_after - alpha).max(0.0) as u64))
}

/// The order that moves a pool of the later curves to a price: more than enough, with the price as its limit.
fn order_to(netuid: Netuid, price: f64, now: f64, view: &View, id: AgentId) -> Call {
    const MORE: f64 = 1.25;
    let limit = Some(Limit { price: Tao::from_f64(price), fill: Fill::Partial });
    let (tao, alpha) = view.subnet(netuid).map_or((0.0, 0.0), |subnet| subnet.trading().in_play());
    let hotkey = Hotkey::AGGREGATE;
    if price > now {
        let tao = Tao::from_f64(MORE * tao * ((price / now).sqrt() - 1.0)).min(view.spendable(id));
        Call::Stake { netuid, hotkey, tao, limit }
    } else {
        let alpha = Alpha::from_f64(MORE * alpha * ((now / price).sqrt() - 1.0));
        Call::Unstake { netuid, hotkey, alpha: alpha.min(view.stake(id, netuid)), limit }
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::pool::constant_product;
    use dtao_protocol::units::RAO;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_trade_moves_the_pool_to_the_price(
            tao in 50.0f64..50_000.0,
            price in 0.001f64..0.5,
            step in prop_oneof![0.3f64..0.999, 1.001f64..3.0],
        ) {
            let pool = Reserves { tao: Tao::from_f64(tao), alpha: Alpha::from_f64(tao / price) };
            let (fee, goal) = (Tao::from_rao(50_000), price * step);
            let after = match trade_to(pool, goal, fee) {
                Trade::Buy(tao) => {
                    let out = constant_product::buy(pool, tao - fee).expect("deep enough");
                    Reserves { tao: pool.tao + tao, alpha: pool.alpha - out }
                }
                Trade::Sell(alpha) => {
                    let out = constant_product::sell(pool, alpha).expect("deep enough");
                    Reserves { tao: pool.tao - out + fee, alpha: pool.alpha + alpha }
                }
            };
            // Whole rao of a pool of at least 50 TAO: a few parts in 1e10.
            prop_assert!((after.price() / goal - 1.0).abs() < 1e-9, "{} for {goal}", after.price());
        }
    }

    #[test]
    fn it_buys_what_the_formula_says() {
        let pool = Reserves { tao: Tao::from_rao(100 * RAO), alpha: Alpha::from_rao(10_000 * RAO) };
        // Price 0.01 to 0.04: the TAO doubles.
        assert_eq!(trade_to(pool, 0.04, Tao::ZERO), Trade::Buy(Tao::from_rao(100 * RAO)));
        assert_eq!(trade_to(pool, 0.0025, Tao::ZERO), Trade::Sell(Alpha::from_rao(10_000 * RAO)));
    }
}
