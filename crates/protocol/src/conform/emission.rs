//! Kinds `emission_shares` and `tao_flow`, and the operations of kind `coinbase` on shares: who gets a block's TAO.

use serde_json::{Value, json};

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for, malformed, unsupported};
use super::outputs::{Found, Outputs};
use crate::books::Switch;
use crate::coinbase::root_claims;
use crate::coinbase::shares::{of_rule, part, switch_off};
use crate::emission::{Candidate, Emission, NetFlow, TaoFlow};
use crate::fixed::{Q32, Q64};
use crate::flow::{FirstAverage, Flow, smoothing};
use crate::hill_gate::HillGate;
use crate::power::shares_of_powers;
use crate::units::Block;
use crate::yuma::I64F64;

/// The operations of kind `coinbase` that are run here; a remark in brackets may follow.
pub(super) const OPERATIONS: [&str; 3] = ["get_shares", "pow_normalize", "root_sell_flag"];

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::Numbered, case, compute)
}

fn compute(case: &Case<'_>) -> Run<Outputs> {
    // A runtime of another kind is refused also where all give the same.
    case.spec_number()?;
    match case.op.split(" (").next().unwrap_or("") {
        "emission_by_price_and_burn" => price_and_burn(case),
        "hill_gate" => hill_gate(case),
        "hill_gate_real_block" => real_block(case),
        "flow_ema" => flow_average(case),
        "flow_shares" => flow_shares(case),
        "get_shares" => shares_of_prices(case),
        "pow_normalize" => normalized_powers(case),
        "root_sell_flag" => root_sell_flag(case),
        _ => case.unknown_op(),
    }
}

/// A subnet at a price, of which nothing else is known.
fn priced(moving_price: Q32) -> Candidate {
    Candidate { moving_price, root_proportion: Q32::ONE, ..Candidate::default() }
}

/// Subnets in the order of the lists that describe them.
fn listed(inputs: &Fields<'_>, price: &str) -> Run<Vec<Candidate>> {
    let mut market: Vec<Candidate> = inputs.q32_list(price)?.into_iter().map(priced).collect();
    let numbers = |key: &str| match inputs.optional_q32_list(key)? {
        Some(list) if list.len() != market.len() => {
            malformed(format!("inputs.{key} is as long as no other list"))
        }
        list => Ok(list),
    };
    let (burned, root) = (numbers("miner_burned")?, numbers("root_proportion")?);
    let on = inputs.optional("emission_enabled", Value::as_array, "a list")?;
    if on.is_some_and(|list| list.len() != market.len()) {
        return malformed("inputs.emission_enabled is as long as no other list");
    }
    for (at, subnet) in market.iter_mut().enumerate() {
        subnet.miner_burned = burned.as_ref().map_or(subnet.miner_burned, |list| list[at]);
        subnet.root_proportion = root.as_ref().map_or(subnet.root_proportion, |list| list[at]);
        subnet.tao = on.map_or(Ok(Switch::On), |list| switch(&list[at]))?;
    }
    Ok(market)
}

fn switch(value: &Value) -> Run<Switch> {
    match value {
        Value::Bool(true) | Value::Null => Ok(Switch::On),
        Value::Bool(false) => Ok(Switch::Off),
        other => malformed(format!("{other} is neither true nor false")),
    }
}

/// The shares of a rule, which must give shares.
fn shares(rule: Emission, market: &[Candidate]) -> Run<Vec<Q64>> {
    let shares = of_rule(rule, market);
    if shares.len() == market.len() { Ok(shares) } else { unsupported(format!("shares under {rule:?}")) }
}

fn reals(shares: &[Q64]) -> Found {
    Found::Written(json!(shares.iter().map(|share| share.to_f64()).collect::<Vec<f64>>()))
}

const LISTED: [&str; 9] = [
    "moving_price",
    "moving_price_bits",
    "miner_burned",
    "miner_burned_bits",
    "root_proportion",
    "root_proportion_bits",
    "emission_enabled",
    "block_emission",
    "block",
];

/// Shares by price, and the TAO that they come to.
fn price_and_burn(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&LISTED)?;
    let market = listed(&inputs, "moving_price")?;
    let mut shares = shares(case.rules_or(425)?.emission, &market)?;
    switch_off(&market, &mut shares);
    let whole = Q64::from_int(inputs.optional_u64("block_emission")?.unwrap_or(1_000_000_000));
    let parts: Vec<Q32> = shares.iter().map(|&share| part(whole, share)).collect();
    let bits: Option<Vec<u64>> = parts.iter().map(|part| part.bits().try_into().ok()).collect();
    let Some(bits) = bits else { return malformed("an amount grows past 2^32 rao") };
    let whole_rao: Vec<u64> = parts.iter().map(|part| part.floor()).collect();
    Ok(Outputs::one("tao_emission_bits", bits).with("tao_emission", whole_rao).with("shares", reals(&shares)))
}

/// Shares by price and burn; root's proportion, which some cases give, does not matter in spec 425.
fn shares_of_prices(case: &Case<'_>) -> Run<Outputs> {
    let known = [
        "moving_prices",
        "moving_prices_bits",
        "miner_burned",
        "miner_burned_bits",
        "root_prop",
        "root_prop_storage",
        "root_proportion",
        "root_proportion_bits",
        "emission_enabled",
    ];
    let inputs = case.inputs(&known)?;
    let market = listed(&inputs, "moving_prices")?;
    let mut shares = shares(case.rules_or(425)?.emission, &market)?;
    switch_off(&market, &mut shares);
    Ok(Outputs::one("shares", reals(&shares)))
}

/// The gate of a case: as the era has it, with what the case says of bar and exponent.
fn gate(case: &Case<'_>, inputs: &Fields<'_>) -> Run<HillGate> {
    let era = case.rules_or(443)?.coinbase.gate;
    let exponent = match (inputs.optional_q64("exponent")?, era) {
        (Some(exponent), _)
        | (None, HillGate::Rank { exponent, .. } | HillGate::Quantile { exponent, .. }) => exponent,
        (None, HillGate::Open) => return unsupported("a runtime without a gate"),
    };
    let rank = inputs.optional_u64("rank")?.filter(|&rank| rank > 0);
    Ok(match (rank, inputs.optional_q64("quantile")?, era) {
        (Some(rank), _, _) => {
            let Ok(rank) = rank.try_into() else { return malformed("inputs.rank does not fit 16 bits") };
            HillGate::Rank { rank, exponent }
        }
        (None, None, HillGate::Rank { rank, .. }) => HillGate::Rank { rank, exponent },
        (None, Some(quantile), _) | (None, None, HillGate::Quantile { quantile, .. }) => {
            HillGate::Quantile { quantile, exponent }
        }
        (None, None, HillGate::Open) => return unsupported("a runtime without a gate"),
    })
}

/// Weighted shares through the gate. Without a stored bar, or in a block in which one is due, it is worked out.
fn hill_gate(case: &Case<'_>) -> Run<Outputs> {
    let known = [
        "weighted_shares",
        "weighted_shares_bits_2e64",
        "exponent",
        "rank",
        "quantile",
        "stored_theta",
        "stored_theta_bits_2e64",
        "theta_bits_2e64",
        "block",
    ];
    let inputs = case.inputs(&known)?;
    let mut shares = inputs.q64_list("weighted_shares")?;
    let stored = match inputs.optional_q64("stored_theta")? {
        Some(stored) => Some(stored),
        None => inputs.optional_q64("theta")?,
    };
    let gate = gate(case, &inputs)?;
    let block = Block(inputs.optional_u64("block")?.unwrap_or(1));
    let bar = gate.bar(stored.unwrap_or(Q64::ZERO), block, &shares);
    gate.apply(bar, &mut shares);
    Ok(Outputs::one("theta", bar.to_f64())
        .with("theta_bits_2e64", Found::Written(case.as_written("theta_bits_2e64", bar.bits())))
        .with("shares", reals(&shares)))
}

/// All subnets of a block of the chain, with the bar that the chain had stored.
fn real_block(case: &Case<'_>) -> Run<Outputs> {
    let known =
        ["subnets", "theta", "theta_bits_2e64", "exponent", "rank", "quantile", "block", "block_emission"];
    let inputs = case.inputs(&known)?;
    let gate = gate(case, &inputs)?;
    let subnets = Fields::open("inputs.subnets", inputs.value("subnets"))?;
    let (mut market, mut names) = (Vec::new(), Vec::new());
    let mut outputs = Outputs::default();
    for name in subnets.keys() {
        let known = [
            "moving_price_bits",
            "moving_price",
            "miner_burned_bits",
            "miner_burned",
            "emission_enabled",
            "first_emission_block",
            "subtoken_enabled",
            "registration_allowed",
        ];
        let subnet = Fields::new(name, subnets.value(name), &known)?;
        outputs.set(format_args!("tao_share.{name}"), 0.0);
        let open = |key: &str| Ok(subnet.optional(key, Value::as_bool, "true or false")?.unwrap_or(true));
        let started = subnet.optional_u64("first_emission_block")?.is_some()
            || !subnet.keys().any(|key| key == "first_emission_block");
        if started && open("subtoken_enabled")? && open("registration_allowed")? {
            names.push(name);
            market.push(Candidate {
                miner_burned: subnet.optional_q32("miner_burned")?.unwrap_or(Q32::ZERO),
                tao: switch(subnet.value("emission_enabled"))?,
                ..priced(subnet.optional_q32("moving_price")?.unwrap_or(Q32::ZERO))
            });
        }
    }
    let mut shares = shares(case.rules_or(443)?.emission, &market)?;
    let stored = inputs.optional_q64("theta")?.unwrap_or(Q64::ZERO);
    // The bar is the one that the chain had: it is never due.
    let bar = gate.bar(stored, Block(1), &shares);
    gate.apply(bar, &mut shares);
    switch_off(&market, &mut shares);
    let whole = Q64::from_int(inputs.optional_u64("block_emission")?.unwrap_or(500_000_000));
    for (name, &share) in names.iter().zip(&shares) {
        outputs.set(format_args!("tao_share.{name}"), share.to_f64());
        outputs.set(format_args!("tao_emission.{name}"), part(whole, share).floor());
    }
    Ok(outputs.with("theta", bar.to_f64()))
}

/// An average after each of some flows.
fn flow_average(case: &Case<'_>) -> Run<Outputs> {
    let known = ["ema_before_bits_2e64", "flows_rao", "smoothing", "moving_price_bits", "price_bits"];
    let inputs = case.inputs(&known)?;
    let flows: Option<Vec<i64>> = inputs.list("flows_rao")?.iter().map(Value::as_i64).collect();
    let Some(flows) = flows else { return malformed("inputs.flows_rao are not whole numbers of rao") };
    let numerator = inputs.optional_u64("smoothing")?.unwrap_or(29_597_889_189_277);
    let rule = match case.rules_or(348)?.emission {
        Emission::TaoFlow(rule) => rule,
        Emission::NetFlow(NetFlow { smoothing, cutoff, exponent }) => {
            TaoFlow { first: FirstAverage::Zero, smoothing, cutoff, exponent }
        }
        other => return unsupported(format!("averages of flow under {other:?}")),
    };
    let rule = TaoFlow { smoothing: smoothing(numerator), ..rule };
    let before = inputs.optional("ema_before_bits_2e64", whole_text, "a whole number")?;
    let price = match (inputs.optional_q32("moving_price")?, inputs.optional_q32("price")?) {
        (Some(moving), Some(spot)) => Some(moving.min(spot)),
        (one, other) => one.or(other),
    };
    if before.is_none() && price.is_none() && rule.first != FirstAverage::Zero {
        return malformed("inputs have no price, which the first average is made of");
    }
    let mut flow = Flow { user_average: before.map(I64F64::from_bits), ..Flow::default() };
    for of_block in flows {
        flow.user = flow.user.saturating_add(of_block);
        Emission::TaoFlow(rule).average_flows(&mut flow, price.unwrap_or(Q32::ZERO));
    }
    let average = flow.user_average.unwrap_or_default();
    Ok(Outputs::one("ema_bits_2e64", Found::Written(case.as_written("ema_bits_2e64", average.bits())))
        .with("ema", average.to_f64())
        .with("ema_rao", average.to_f64()))
}

fn whole_text(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)),
    }
}

/// Shares by averages of flow.
fn flow_shares(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["user_ema", "protocol_ema", "net_flow", "cutoff", "exponent"])?;
    let averages = |key: &str| -> Run<Option<Vec<I64F64>>> {
        let Some(list) = inputs.optional(key, Value::as_array, "a list")? else { return Ok(None) };
        match list.iter().map(|value| value.as_f64().map(I64F64::from_f64)).collect() {
            Some(averages) => Ok(Some(averages)),
            None => malformed(format!("inputs.{key} are not numbers")),
        }
    };
    let Some(users) = averages("user_ema")? else { return malformed("inputs.user_ema is missing") };
    let protocols = averages("protocol_ema")?.unwrap_or_else(|| vec![I64F64::ZERO; users.len()]);
    if protocols.len() != users.len() {
        return malformed("inputs.protocol_ema is not as long as inputs.user_ema");
    }
    let era = case.rules_or(411)?.emission;
    let net = inputs.optional("net_flow", Value::as_bool, "true or false")?;
    let cutoff = inputs.optional("cutoff", |value| value.as_f64().map(I64F64::from_f64), "a number")?;
    let (cutoff, exponent) =
        (cutoff.unwrap_or(I64F64::ZERO), inputs.optional_q64("exponent")?.unwrap_or(Q64::ONE));
    let rule = if net.unwrap_or(matches!(era, Emission::NetFlow(_))) {
        Emission::NetFlow(NetFlow { cutoff, exponent, ..NetFlow::CHAIN })
    } else {
        Emission::TaoFlow(TaoFlow { cutoff, exponent, ..TaoFlow::CHAIN })
    };
    let candidate = |(&user, &protocol): (&I64F64, &I64F64)| Candidate {
        flow: Flow { user_average: Some(user), protocol_average: protocol, ..Flow::default() },
        ..priced(Q32::ZERO)
    };
    let market: Vec<Candidate> = users.iter().zip(&protocols).map(candidate).collect();
    Ok(Outputs::one("shares", reals(&shares(rule, &market)?)))
}

/// Powers over their sum.
fn normalized_powers(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["values", "p"])?;
    let mut numbers = inputs.q64_list("values")?;
    shares_of_powers(&mut numbers, inputs.optional_q64("p")?.unwrap_or(Q64::ONE));
    Ok(Outputs::one("shares", reals(&numbers)))
}

/// Whether root's part may be claimed at a sum of moving prices.
fn root_sell_flag(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["moving_price_sum", "moving_prices", "moving_prices_bits"])?;
    if let Some(prices) = inputs.optional_q32_list("moving_prices")? {
        return Ok(Outputs::one("flag", Found::Written(json!(root_claims(prices.into_iter())))));
    }
    match inputs.value("moving_price_sum") {
        Value::Array(_) => {
            let sums = inputs.q32_list("moving_price_sum")?;
            let flags: Vec<bool> = sums.into_iter().map(|sum| root_claims(std::iter::once(sum))).collect();
            Ok(Outputs::one("flag", Found::Written(json!(flags))))
        }
        _ => Ok(Outputs::one(
            "flag",
            Found::Written(json!(root_claims(std::iter::once(inputs.q32("moving_price_sum")?)))),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real_block(change: impl FnOnce(&mut Value)) -> Outcome {
        let subnet = |price: u64, burned: u64, first: Value| {
            json!({
                "moving_price_bits": price, "miner_burned_bits": burned, "emission_enabled": true,
                "first_emission_block": first,
            })
        };
        // Weighted shares 2/3 and 1/3, the second at the bar: 2/3 / (1 + 1/8) and 1/3 / 2.
        let mut case = json!({
            "id": "one", "op": "hill_gate_real_block", "protocol": "spec_440", "provenance": "derived",
            "inputs": {
                "subnets": {
                    "1": subnet(1 << 31, 0, json!(7_000_000)),
                    "64": subnet(1 << 31, 1 << 31, json!(7_000_000)),
                    "90": subnet(1 << 31, 0, Value::Null),
                },
                "theta_bits_2e64": "6148914691236517205",
                "exponent": 3,
            },
            "expected": { "tao_share": { "1": 0.780_487_8, "64": 0.219_512_2, "90": 0.0 } },
            "tolerance": { "tao_share": 1e-6 },
        });
        change(&mut case);
        run(&case)
    }

    #[test]
    fn a_real_block_comes_out_whatever_its_bar_is_written_as() {
        assert_eq!(real_block(|_| {}), Outcome::Passed);
        assert_eq!(
            real_block(|case| case["inputs"]["theta_bits_2e64"] = json!(6_148_914_691_236_517_205u64)),
            Outcome::Passed
        );
        let off = |case: &mut Value| case["inputs"]["subnets"]["64"]["emission_enabled"] = json!(false);
        assert!(matches!(real_block(off), Outcome::Failed(_)));
    }
}
