//! Kind `pool`: swaps and emission on each curve, and how much a limit price allows.

mod later;
mod position;
mod weighted;

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check, check_for, malformed};
use super::outputs::{Found, Outputs};
use crate::pool::constant_product::{buy, sell};
use crate::pool::limits::{max_buy, max_move, max_sell};
use crate::pool::{Exchange, Reserves};
use crate::units::RAO;

pub(super) fn run(case: &Value) -> Outcome {
    let op = case["op"].as_str().unwrap_or("");
    if position::OPERATIONS.contains(&op) {
        return check_for(Revisions::Numbered, case, position::compute);
    }
    if weighted::OPERATIONS.contains(&op) {
        return check_for(Revisions::Numbered, case, weighted::compute);
    }
    launch(case)
}

fn launch(case: &Value) -> Outcome {
    check(case, |case| {
        let with_reserves = |rest: &str| case.inputs(&["tao_reserve", "alpha_reserve", rest]);
        match case.op {
            "buy" => {
                let inputs = with_reserves("tao_in")?;
                Ok(Outputs::one("alpha_out", buy(reserves(&inputs)?, inputs.tao("tao_in")?)))
            }
            "sell" => {
                let inputs = with_reserves("alpha_in")?;
                Ok(Outputs::one("tao_out", sell(reserves(&inputs)?, inputs.alpha("alpha_in")?)))
            }
            "max_amount_add" => {
                let inputs = with_reserves("limit_price")?;
                Ok(Outputs::one("max_amount", max_buy(dynamic(&inputs)?, inputs.tao("limit_price")?)))
            }
            "max_amount_remove" => {
                let inputs = with_reserves("limit_price")?;
                Ok(Outputs::one("max_amount", max_sell(dynamic(&inputs)?, inputs.tao("limit_price")?)))
            }
            "max_amount_move" => max_amount_move(case),
            // One to one whatever the amount: all or nothing.
            "max_amount_add_stable" => stable(case, |limit| limit >= RAO),
            "max_amount_remove_stable" | "max_amount_move_stable" => stable(case, |limit| limit <= RAO),
            "add_stake_limit_partial" => limited_stake(case),
            _ => case.unknown_op(),
        }
    })
}

fn reserves(inputs: &Fields<'_>) -> Run<Reserves> {
    Ok(Reserves { tao: inputs.tao("tao_reserve")?, alpha: inputs.alpha("alpha_reserve")? })
}

fn dynamic(inputs: &Fields<'_>) -> Run<Exchange> {
    Ok(Exchange::Dynamic(reserves(inputs)?.into()))
}

fn max_amount_move(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["tao1", "alpha1", "tao2", "alpha2", "limit_price"])?;
    let from = Reserves { tao: inputs.tao("tao1")?, alpha: inputs.alpha("alpha1")? };
    let to = Reserves { tao: inputs.tao("tao2")?, alpha: inputs.alpha("alpha2")? };
    Ok(Outputs::one(
        "max_amount",
        max_move(Exchange::Dynamic(from.into()), Exchange::Dynamic(to.into()), inputs.tao("limit_price")?),
    ))
}

fn stable(case: &Case<'_>, within: impl FnOnce(u64) -> bool) -> Run<Outputs> {
    let limit = case.inputs(&["limit_price"])?.u64("limit_price")?;
    Ok(Outputs::one("max_amount", if within(limit) { u64::MAX } else { 0 }))
}

/// A stake up to its limit price: the fee leaves the amount before the swap and joins the pool after it.
///
/// Source: `subtensor:pallets/subtensor/src/staking/add_stake.rs::do_add_stake_limit` @ a27fff291
fn limited_stake(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["tao_reserve", "alpha_reserve", "amount", "limit_price", "fee"])?;
    let (pool, fee) = (reserves(&inputs)?, inputs.tao("fee")?);
    let spent =
        inputs.tao("amount")?.min(max_buy(Exchange::Dynamic(pool.into()), inputs.tao("limit_price")?));
    let bought = spent.checked_sub(fee).and_then(|tao| buy(pool, tao));
    let Some(alpha) = bought else {
        let fields =
            ["tao_spent", "alpha_received", "price_after", "tao_reserve_after", "alpha_reserve_after"];
        return Ok(fields.into_iter().fold(Outputs::default(), |all, field| all.with(field, Found::Nothing)));
    };
    if pool.tao.rao().checked_add(spent.rao()).is_none() {
        return malformed("the reserve grows past 2^64 rao");
    }
    let after = Reserves { tao: pool.tao + spent, alpha: pool.alpha.saturating_sub(alpha) };
    Ok(Outputs::one("tao_spent", spent)
        .with("alpha_received", alpha)
        .with("price_after", after.price())
        .with("tao_reserve_after", after.tao)
        .with("alpha_reserve_after", after.alpha))
}
