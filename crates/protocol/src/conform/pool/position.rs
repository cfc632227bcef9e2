//! The pool of spec 283 to 422.

use super::later::{bits, outputs, reserves, rules, swap};
use crate::conform::case::{Case, Fields, Run, unsupported};
use crate::conform::outputs::Outputs;
use crate::fixed::Q64;
use crate::pool::v3::{FeeGrowth, Injection, Position, V3, inject};
use crate::pool::{Curve, CurveRule, Pool, Reserves};
use crate::units::{Alpha, Tao};

pub(super) const OPERATIONS: [&str; 4] = ["v3_init", "v3_buy", "v3_sell", "v3_adjust"];

pub(super) fn compute(case: &Case<'_>) -> Run<Outputs> {
    let spec = case.spec_number()?;
    if spec.is_some_and(|spec| !(283..=422).contains(&spec)) {
        return unsupported(format!("a position at spec {}", spec.unwrap_or_default()));
    }
    match case.op {
        "v3_init" => init(case),
        "v3_buy" | "v3_sell" => trade(case),
        "v3_adjust" => adjust(case, spec),
        _ => case.unknown_op(),
    }
}

fn init(case: &Case<'_>) -> Run<Outputs> {
    let pool = V3::of(reserves(&case.inputs(&["tao_reserve", "alpha_reserve"])?)?);
    let key = "sqrt_price_bits_2e64";
    Ok(Outputs::one(key, bits(case, key, pool.sqrt_price.bits()))
        .with("liquidity", pool.liquidity)
        .with("price", pool.price().to_f64()))
}

/// Reserves that a swap does not run into, where a case gives none.
const AMPLE: u64 = u64::MAX / 2;

fn trade(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[
        "liquidity",
        "sqrt_price_bits_2e64",
        "amount_in",
        "fee_rate_u16",
        "drop_fees",
        "limit_price",
        "tao_reserve",
        "alpha_reserve",
    ])?;
    let given = |key| Ok(inputs.optional_u64(key)?.unwrap_or(AMPLE));
    let reserves = Reserves {
        tao: Tao::from_rao(given("tao_reserve")?),
        alpha: Alpha::from_rao(given("alpha_reserve")?),
    };
    let pool = Pool { reserves, curve: Curve::V3(pool(&inputs)?) };
    let rules = rules(case, 297, &inputs)?;
    Ok(outputs(case, swap((pool, rules), case.op == "v3_buy", &inputs)?))
}

fn pool(inputs: &Fields<'_>) -> Run<V3> {
    let (liquidity, sqrt_price) = (inputs.u64("liquidity")?, root(inputs)?);
    let (owed, reservoir) = (FeeGrowth::default(), Reserves::default());
    Ok(V3 { liquidity, position: liquidity, sqrt_price, owed, reservoir })
}

fn root(inputs: &Fields<'_>) -> Run<Q64> {
    inputs.q64("sqrt_price")
}

/// The position's liquidity, which the case names simply so; the fees are given as collected.
fn adjust(case: &Case<'_>, spec: Option<u16>) -> Run<Outputs> {
    let inputs = case.inputs(&[
        "liquidity",
        "sqrt_price_bits_2e64",
        "tao_delta",
        "alpha_delta",
        "tao_fees",
        "alpha_fees",
        "reservoir_tao",
        "reservoir_alpha",
    ])?;
    if spec.is_none() {
        return unsupported("emission into a position of no revision");
    }
    let CurveRule::V3(injection) = case.rules_or(297)?.pool.curve else {
        return unsupported("emission into another pool");
    };
    let amount = |key| Ok(inputs.optional_u64(key)?.unwrap_or(0));
    let pair = |tao, alpha| {
        Ok(Reserves { tao: Tao::from_rao(amount(tao)?), alpha: Alpha::from_rao(amount(alpha)?) })
    };
    let fees = match injection {
        Injection::PositionOnly | Injection::Emission => Reserves::default(),
        Injection::WithFees | Injection::WithReservoirs => pair("tao_fees", "alpha_fees")?,
    };
    let offered = pair("tao_delta", "alpha_delta")?.saturating_add(fees);
    let reservoir = pair("reservoir_tao", "reservoir_alpha")?;
    let before = Position { liquidity: inputs.u64("liquidity")?, sqrt_price: root(&inputs)?, reservoir };
    let after = inject(before, injection, offered);
    Ok(Outputs::one("liquidity", after.liquidity)
        .with("reservoir_tao", after.reservoir.tao)
        .with("reservoir_alpha", after.reservoir.alpha))
}
