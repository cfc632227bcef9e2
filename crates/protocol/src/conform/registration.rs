//! Kinds `lock_cost`, `new_subnet`, `dissolve` and `burn`: what registering a subnet or a neuron costs, what a subnet's pool
//! starts with, and who gets its TAO in the end.

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Revisions, Run, check_for, malformed, unsupported};
use super::comparison::wide;
use super::outputs::Outputs;
use crate::fixed::Q64;
use crate::registration::{
    LastLock, NewPool, PriceRange, ProtocolShare, Rise, StartingPool, decay_factor, dissolve, lock_cost,
    median_price, reduction_interval,
};
use crate::units::{Alpha, Block, Tao};

pub(super) fn run_lock_cost(case: &Value) -> Outcome {
    check_for(Revisions::From(234, u16::MAX), case, |case| {
        if !matches!(case.op, "" | "lock_cost") {
            return case.unknown_op();
        }
        let inputs = case.inputs(&[
            "last_lock",
            "min_lock",
            "last_lock_block",
            "block",
            "reduction_interval",
            "block_emission",
        ])?;
        let last = LastLock { cost: inputs.tao("last_lock")?, block: Block(inputs.u64("last_lock_block")?) };
        // With the block's emission the interval is the one that root has set, else the one in force.
        let interval = match inputs.optional_u64("block_emission")? {
            Some(emission) => reduction_interval(inputs.u64("reduction_interval")?, Tao::from_rao(emission)),
            None => inputs.u64("reduction_interval")?,
        };
        let cost = lock_cost(last, inputs.tao("min_lock")?, interval, Block(inputs.u64("block")?));
        Ok(Outputs::one("lock_cost", cost).with("interval", interval))
    })
}

pub(super) fn run_new_subnet(case: &Value) -> Outcome {
    check_for(Revisions::From(397, u16::MAX), case, |case| {
        if case.op != "new_subnet_pool" {
            return case.unknown_op();
        }
        let inputs = case.inputs(&["price_bits_2e64", "lock", "min_lock"])?;
        let price = |price| match wide(price) {
            Some(bits) => Ok(Q64::from_bits(bits)),
            None => malformed(format!("inputs.price_bits_2e64 has {price}")),
        };
        let prices = inputs.list("price_bits_2e64")?.iter().map(price).collect::<Run<Vec<Q64>>>()?;
        let median = median_price(prices);
        let StartingPool { tao, alpha, owner, recycled } =
            NewPool::MedianPrice.of(inputs.tao("lock")?, inputs.tao("min_lock")?, median);
        Ok(Outputs::one("median_bits_2e64", median.bits())
            .with("pool_tao", tao)
            .with("pool_alpha", alpha)
            .with("owner_alpha", owner)
            .with("recycled", recycled))
    })
}

pub(super) fn run_dissolve(case: &Value) -> Outcome {
    check_for(Revisions::From(411, u16::MAX), case, |case| {
        if case.op != "dissolve" {
            return case.unknown_op();
        }
        let inputs = case.inputs(&[
            "subnet_tao",
            "alpha_in",
            "protocol_alpha",
            "registered_after_refund_block",
            "stakes",
        ])?;
        let registered = Block(u64::from(inputs.flag("registered_after_refund_block")?));
        let rule = ProtocolShare::BoughtAndPool { pool_counts_after: Block(0) };
        let (bought, pool) = (inputs.alpha("protocol_alpha")?, inputs.alpha("alpha_in")?);
        if bought.rao().checked_add(pool.rao()).is_none() {
            return malformed("the chain's alpha is more than 2^64 rao");
        }
        let held: Vec<Alpha> = inputs.wides("stakes")?.into_iter().map(Alpha::from_rao).collect();
        let shared = dissolve(inputs.tao("subnet_tao")?, &held, rule.of(bought, pool, registered));
        let paid: Vec<u64> = shared.paid.iter().map(|tao| tao.rao()).collect();
        Ok(Outputs::one("paid", paid).with("recycled", shared.recycled))
    })
}

pub(super) fn run_burn(case: &Value) -> Outcome {
    check_for(Revisions::From(397, u16::MAX), case, |case| match case.op {
        "burn_decay_factor" => {
            let half_life = case.inputs(&["half_life"])?.u16("half_life")?;
            Ok(Outputs::one("factor_q32", decay_factor(half_life)))
        }
        "burn_path" => burn_path(case),
        _ => case.unknown_op(),
    })
}

const MAX_BLOCKS: u64 = 1_000_000;

/// The price after some blocks: in each it falls, then that block's registrations raise it.
fn burn_path(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[
        "burn",
        "half_life",
        "multiplier",
        "min_burn",
        "max_burn",
        "blocks",
        "registrations_after_block",
    ])?;
    let range = PriceRange { min: inputs.tao("min_burn")?, max: inputs.tao("max_burn")? };
    let multiplier = inputs.required("multiplier", Value::as_f64, "a number")?;
    // A factor below one counts as one.
    let Some(rise) = Rise::of(if multiplier < 1.0 { 1.0 } else { multiplier }) else {
        return unsupported(format!("a multiplier of {multiplier}"));
    };
    let factor = decay_factor(inputs.u16("half_life")?);
    let blocks = inputs.u64("blocks")?;
    if blocks > MAX_BLOCKS {
        return unsupported(format!("more than {MAX_BLOCKS} blocks"));
    }
    let registrations = inputs.wides("registrations_after_block")?;
    let mut price = inputs.tao("burn")?;
    for block in 0..blocks {
        price = range.fallen(price, factor);
        for _ in registrations.iter().filter(|&&registered| registered == block) {
            price = range.risen(price, rise);
        }
    }
    Ok(Outputs::one("burn", price).with("factor_q32", factor))
}
