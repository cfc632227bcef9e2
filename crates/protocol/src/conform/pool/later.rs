//! What cases about the later curves have in common.

use serde_json::Value;

use crate::conform::case::{Case, Fields, Run};
use crate::conform::outputs::{Found, Outputs};
use crate::pool::{Charge, Curve, Exchange, Order, Pool, PoolRules, Reserves, Swap, SwapRefused};
use crate::units::{Alpha, Tao};

/// How pools trade at the runtime that a case is about, with the fee that it may name.
pub(super) fn rules(case: &Case<'_>, otherwise: u16, inputs: &Fields<'_>) -> Run<PoolRules> {
    let rules = case.rules_or(otherwise)?.pool;
    Ok(match inputs.optional_u64("fee_rate_u16")? {
        Some(_) => PoolRules { fee_rate: inputs.u16("fee_rate_u16")?, ..rules },
        None => rules,
    })
}

/// What is left of a swap for any curve, or why there is none.
pub(super) struct Swapped {
    pub(super) paid_in: u64,
    pub(super) fee: u64,
    pub(super) out: u64,
    pub(super) pool: Pool,
}

/// A swap of `amount_in`, with the limit and the charge that the case gives.
pub(super) fn swap(
    (pool, rules): (Pool, PoolRules),
    buys: bool,
    inputs: &Fields<'_>,
) -> Run<Result<Swapped, SwapRefused>> {
    let charge = if inputs.flag("drop_fees")? { Charge::Free } else { Charge::Fee };
    let limit = inputs.optional_u64("limit_price")?.map(Tao::from_rao);
    let (exchange, amount) = (Exchange::Dynamic(pool), inputs.u64("amount_in")?);
    let plain = |paid_in, fee, out, after| {
        let Exchange::Dynamic(pool) = after else { unreachable!("a pool stays a pool") };
        Swapped { paid_in, fee, out, pool }
    };
    Ok(if buys {
        let order = Order { amount: Tao::from_rao(amount), limit, charge };
        let swap = exchange.buy(rules, order);
        swap.map(|Swap { paid_in, fee, out, after }| plain(paid_in.rao(), fee.rao(), out.rao(), after))
    } else {
        let order = Order { amount: Alpha::from_rao(amount), limit, charge };
        let swap = exchange.sell(rules, order);
        swap.map(|Swap { paid_in, fee, out, after }| plain(paid_in.rao(), fee.rao(), out.rao(), after))
    })
}

/// What a swap came to; all of it nothing if it is refused.
pub(super) fn outputs(case: &Case<'_>, swapped: Result<Swapped, SwapRefused>) -> Outputs {
    let Ok(Swapped { paid_in, fee, out, pool }) = swapped else {
        let fields = [
            "amount_out",
            "fee",
            "paid_in",
            "sqrt_price_after_bits_2e64",
            "liquidity_after",
            "tao_reserve_after",
            "alpha_reserve_after",
            "price_after",
        ];
        return fields.into_iter().fold(Outputs::default(), |all, field| all.with(field, Found::Nothing));
    };
    let outputs = Outputs::one("amount_out", out)
        .with("fee", fee)
        .with("paid_in", paid_in)
        .with("tao_reserve_after", pool.reserves.tao)
        .with("alpha_reserve_after", pool.reserves.alpha)
        .with("price_after", pool.price());
    match pool.curve {
        Curve::V3(v3) => outputs.with("liquidity_after", v3.liquidity).with(
            "sqrt_price_after_bits_2e64",
            bits(case, "sqrt_price_after_bits_2e64", v3.sqrt_price.bits()),
        ),
        _ => outputs,
    }
}

pub(super) fn bits(case: &Case<'_>, key: &str, bits: u128) -> Value {
    case.as_written(key, bits)
}

/// The reserves that a case gives.
pub(super) fn reserves(inputs: &Fields<'_>) -> Run<Reserves> {
    Ok(Reserves { tao: inputs.tao("tao_reserve")?, alpha: inputs.alpha("alpha_reserve")? })
}
