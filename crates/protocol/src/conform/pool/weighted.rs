//! The pool of spec 423 on.

use num_bigint::BigUint;
use serde_json::{Value, json};

use super::later::{bits, outputs, reserves, rules, swap};
use crate::conform::case::{Case, Fields, Run, malformed, unsupported};
use crate::conform::outputs::{Found, Outputs};
use crate::fixed::Q64;
use crate::pool::balancer::{Balancer, Weight, power};
use crate::pool::order::Side;
use crate::pool::{Curve, Pool, Reserves};
use crate::units::{Alpha, Tao};

pub(super) const OPERATIONS: [&str; 14] = [
    "convert_deltas",
    "exp_scaled",
    "pow_ratio_scaled",
    "quote_delta_in",
    "base_delta_in",
    "price",
    "mul_perquintill_round",
    "base_needed_for_quote",
    "adjust_protocol_liquidity",
    "adjust_with_reservoir",
    "swap_buy",
    "swap_sell",
    "swap_fee",
    "init_with_price",
];

pub(super) fn compute(case: &Case<'_>) -> Run<Outputs> {
    let spec = case.spec_number()?.unwrap_or(425);
    if !(423..=481).contains(&spec) {
        return unsupported(format!("a weighted pool at spec {spec}"));
    }
    match case.op {
        "convert_deltas" => convert_deltas(case),
        "exp_scaled" => exp_scaled(case),
        "pow_ratio_scaled" => pow_ratio_scaled(case),
        "quote_delta_in" => delta_in(case, Side::Buy),
        "base_delta_in" => delta_in(case, Side::Sell),
        "price" => price(case),
        "mul_perquintill_round" => fraction(case),
        "base_needed_for_quote" => base_needed(case),
        "adjust_protocol_liquidity" => adjust(case),
        "adjust_with_reservoir" => adjust_with_reservoir(case),
        "swap_buy" | "swap_sell" => trade(case),
        "swap_fee" => fee(case),
        "init_with_price" => init(case),
        _ => case.unknown_op(),
    }
}

const WEIGHT: &str = "quote_weight_1e18";

fn weight(inputs: &Fields<'_>, key: &str) -> Run<Weight> {
    let parts = inputs.u64(key)?;
    if parts > power::SCALE {
        return malformed(format!("inputs.{key} is more than one"));
    }
    Ok(Weight::from_parts(parts))
}

fn balancer(inputs: &Fields<'_>) -> Run<Balancer> {
    weight(inputs, WEIGHT).map(Balancer::weighted)
}

/// What a sale of so much alpha gets, and what a buy for so much TAO does.
fn convert_deltas(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["tao_reserve", "alpha_reserve", WEIGHT, "delta_in"])?;
    let (pool, reserves, delta) = (balancer(&inputs)?, reserves(&inputs)?, inputs.u64("delta_in")?);
    Ok(Outputs::one("sell_alpha_get_tao", pool.output(reserves, Side::Sell, delta))
        .with("buy_alpha_pay_tao", pool.output(reserves, Side::Buy, delta)))
}

fn exp_scaled(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[WEIGHT, "reserve", "delta", "base_quote"])?;
    let whole = |value: &Value| value.as_u64().map(i128::from).or(value.as_i64().map(i128::from));
    let delta = inputs.required("delta", whole, "a whole number")?;
    let side = if inputs.flag("base_quote")? { Side::Sell } else { Side::Buy };
    let kept = balancer(&inputs)?.kept(side, inputs.u64("reserve")?, delta);
    let key = "value_bits_2e64";
    Ok(Outputs::one("value", kept.to_f64()).with(key, bits(case, key, kept.bits())))
}

/// Scales of more digits than this, and precisions beyond, are no chain's.
const MOST_PRECISION: u64 = 4_096;

fn pow_ratio_scaled(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["numerator", "denominator", "exp_num", "exp_den", "scale", "precision"])?;
    let precision = inputs.optional_u64("precision")?.unwrap_or(256);
    if precision > MOST_PRECISION {
        return unsupported(format!("a precision of {precision} bits"));
    }
    let (base, exponent) = (
        (inputs.wide("numerator")?, inputs.wide("denominator")?),
        (inputs.wide("exp_num")?, inputs.wide("exp_den")?),
    );
    let scale = match inputs.value("scale") {
        Value::Null => BigUint::from(power::SCALE),
        _ => inputs.wide("scale")?,
    };
    let value = match engine_power(&base, &exponent, precision, &scale) {
        Some(parts) => Some(parts.into()),
        None => power::exact::scaled(base, exponent, precision as u32, &scale),
    };
    Ok(match value {
        Some(value) => Outputs::one("value", case.as_written("value", value)),
        None => Outputs::one("value", Found::Nothing),
    })
}

/// The power as the pool computes it, where the case asks for one of the pool's.
fn engine_power(
    base: &(BigUint, BigUint),
    exponent: &(BigUint, BigUint),
    precision: u64,
    scale: &BigUint,
) -> Option<u64> {
    let precision = [power::Precision::Swap, power::Precision::Price]
        .into_iter()
        .find(|known| u64::from(known.bits()) == precision && *scale == BigUint::from(power::SCALE))?;
    let base = (u128::try_from(&base.0).ok()?, u128::try_from(&base.1).ok()?);
    let exponent = (u64::try_from(&exponent.0).ok()?, u64::try_from(&exponent.1).ok()?);
    if base.1 == 0 || exponent.1 == 0 {
        return None;
    }
    match power::scaled(base, exponent, precision) {
        power::Scaled::Fits(parts) => Some(parts),
        power::Scaled::TooLarge | power::Scaled::Negative => None,
    }
}

fn delta_in(case: &Case<'_>, side: Side) -> Run<Outputs> {
    let inputs = case.inputs(&[
        WEIGHT,
        "current_price",
        "current_price_bits_2e64",
        "target_price",
        "target_price_bits_2e64",
        "reserve",
    ])?;
    let reserve = inputs.u64("reserve")?;
    let reserves = Reserves { tao: Tao::from_rao(reserve), alpha: Alpha::from_rao(reserve) };
    let (price, target) = (inputs.q64("current_price")?, inputs.q64("target_price")?);
    Ok(Outputs::one("amount", balancer(&inputs)?.needed_from(price, reserves, side, target)))
}

fn price(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[WEIGHT, "alpha_reserve", "tao_reserve"])?;
    let price = balancer(&inputs)?.price(reserves(&inputs)?);
    let key = "price_bits_2e64";
    Ok(Outputs::one("price", price.to_f64()).with(key, bits(case, key, price.bits())))
}

fn fraction(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["p_1e18", "value"])?;
    let Ok(value) = u128::try_from(inputs.wide("value")?) else {
        return malformed("inputs.value has more than 128 bits");
    };
    let result = weight(&inputs, "p_1e18")?.of(value);
    Ok(Outputs::one("result", case.as_written("result", result)))
}

/// Source: `subtensor:pallets/swap/src/pallet/balancer.rs::get_base_needed_for_quote` @ 14bc6f9f9
fn base_needed(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[WEIGHT, "tao_reserve", "alpha_reserve", "delta_tao"])?;
    let (reserves, drawn) = (reserves(&inputs)?, i128::from(inputs.u64("delta_tao")?));
    let grown = balancer(&inputs)?.kept(Side::Buy, reserves.tao.rao(), -drawn);
    let alpha = Q64::from_int(reserves.alpha.rao()).times(grown.saturating_sub(Q64::ONE)).floor();
    Ok(Outputs::one("alpha", alpha))
}

fn adjust(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["tao_reserve", "alpha_reserve", WEIGHT, "tao_delta", "alpha_delta"])?;
    let before = Pool { reserves: reserves(&inputs)?, curve: Curve::Balancer(balancer(&inputs)?) };
    let offered = Reserves { tao: inputs.tao("tao_delta")?, alpha: inputs.alpha("alpha_delta")? };
    let adjusted = before.adjust(case.rules_or(425)?.pool.curve, offered);
    let after = Pool { reserves: before.reserves.saturating_add(adjusted.entered), curve: adjusted.curve };
    Ok(Outputs::one(WEIGHT, parts(&after)?)
        .with("price_before", before.price())
        .with("price_after", after.price())
        .with("tao_injected", adjusted.entered.tao)
        .with("alpha_injected", adjusted.entered.alpha))
}

fn parts(pool: &Pool) -> Run<u64> {
    match pool.curve {
        Curve::Balancer(balancer) => Ok(balancer.tao_weight.parts()),
        _ => malformed("the pool is not a weighted one"),
    }
}

fn adjust_with_reservoir(case: &Case<'_>) -> Run<Outputs> {
    let inputs =
        case.inputs(&["tao_reserve", "alpha_reserve", WEIGHT, "tao_reservoir", "alpha_reservoir", "deltas"])?;
    let waiting = |key| Ok(inputs.optional_u64(key)?.unwrap_or(0));
    let reservoir = Reserves {
        tao: Tao::from_rao(waiting("tao_reservoir")?),
        alpha: Alpha::from_rao(waiting("alpha_reservoir")?),
    };
    let curve = Curve::Balancer(Balancer { reservoir, ..balancer(&inputs)? });
    let mut pool = Pool { reserves: reserves(&inputs)?, curve };
    let rule = case.rules_or(426)?.pool.curve;
    let mut steps = Vec::new();
    for delta in inputs.list("deltas")? {
        let amount = |at: usize| delta.get(at).and_then(Value::as_u64);
        let (Some(tao), Some(alpha), None) = (amount(0), amount(1), delta.get(2)) else {
            return malformed(format!("inputs.deltas has {delta}"));
        };
        let offered = Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) };
        let adjusted = pool.adjust(rule, offered);
        pool = Pool { reserves: pool.reserves.saturating_add(adjusted.entered), curve: adjusted.curve };
        steps.push(json!({
            "price_active_tao": adjusted.entered.tao.rao(),
            "price_active_alpha": adjusted.entered.alpha.rao(),
            WEIGHT: parts(&pool)?,
            "tao_reservoir": pool.reservoir().tao.rao(),
            "alpha_reservoir": pool.reservoir().alpha.rao(),
            "tao_reserve": pool.reserves.tao.rao(),
            "alpha_reserve": pool.reserves.alpha.rao(),
        }));
    }
    Ok(Outputs::one("steps", Value::from(steps))
        .with("tao_reserve", pool.reserves.tao)
        .with("alpha_reserve", pool.reserves.alpha)
        .with("tao_reservoir", pool.reservoir().tao)
        .with("alpha_reservoir", pool.reservoir().alpha)
        .with(WEIGHT, parts(&pool)?))
}

const SWAP: [&str; 7] =
    ["tao_reserve", "alpha_reserve", WEIGHT, "fee_rate_u16", "amount_in", "limit_price", "drop_fees"];

fn trade(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&SWAP)?;
    let pool = Pool { reserves: reserves(&inputs)?, curve: Curve::Balancer(balancer(&inputs)?) };
    let rules = rules(case, 425, &inputs)?;
    Ok(outputs(case, swap((pool, rules), case.op == "swap_buy", &inputs)?))
}

fn fee(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["amount_in", "fee_rate_u16"])?;
    let rules = rules(case, 425, &inputs)?;
    let amount = inputs.u64("amount_in")?;
    let fee = rules.fee_within(amount);
    Ok(Outputs::one("fee", fee).with("net", amount - fee))
}

fn init(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["tao_reserve", "alpha_reserve", "price", "price_bits_2e64"])?;
    let reserves = reserves(&inputs)?;
    Ok(match Balancer::at_price(reserves, inputs.q64("price")?) {
        Some(pool) => {
            Outputs::one(WEIGHT, pool.tao_weight.parts()).with("price", pool.price(reserves).to_f64())
        }
        None => Outputs::one(WEIGHT, Found::Nothing).with("price", Found::Nothing),
    })
}
