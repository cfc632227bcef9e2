//! Kind `basket`: shares minted for a dividend, shares owed, a claim, rows that are dust, and the bucket of trades.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for, malformed};
use super::outputs::Outputs;
use crate::basket::{
    DustRow, DustRules, FundClaims, FundDividend, FundRow, FundShares, RowKind, TurnoverBucket, claim_of_fund,
};
use crate::fixed::Q32;
use crate::units::Tao;
use crate::yuma::Fraction;

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::From(441, u16::MAX), case, |case| match case.op {
        "basket_mint" => mint(case),
        "basket_owed" => owed(case),
        "basket_claim" => claim(case),
        "basket_dust_row" => dust_row(case),
        "basket_turnover_bucket" => turnover(case),
        _ => case.unknown_op(),
    })
}

fn rate(inputs: &Fields<'_>) -> Run<Q32> {
    Ok(Q32::from_bits(inputs.u128("rate_bits")?))
}

fn mint(case: &Case<'_>) -> Run<Outputs> {
    let inputs =
        case.inputs(&["value_added", "root_stake", "escrow_root", "shares", "nav_before", "rate_bits"])?;
    let mut shares = FundShares::<()>::new(inputs.u64("shares")?, rate(&inputs)?, BTreeMap::new());
    let dividend = FundDividend {
        value: inputs.tao("value_added")?,
        stakers: inputs.tao("root_stake")?,
        escrow: inputs.tao("escrow_root")?,
        fund: inputs.tao("nav_before")?,
    };
    let Ok(minted) = shares.mint(&dividend) else { return Ok(Outputs::refused()) };
    Ok(Outputs::one("stakers_value", dividend.stakers_value())
        .with("shares_minted", minted)
        .with("shares_after", shares.minted())
        .with("rate_bits_after", shares.rate().bits()))
}

/// A whole number with a sign.
fn signed(inputs: &Fields<'_>, key: &str) -> Run<i128> {
    let read = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64().map(i128::from).or(value.as_u64().map(i128::from)),
    };
    inputs.required(key, read, "a whole number")
}

fn owed(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["rate_bits", "root_stake", "claimed", "stake_change"])?;
    let claimed = BTreeMap::from([((), signed(&inputs, "claimed")?)]);
    let mut shares = FundShares::new(0, rate(&inputs)?, claimed);
    let stake = inputs.tao("root_stake")?;
    let owed = shares.owed(&(), stake);
    let mut outputs = Outputs::one("owed", owed);
    if case.has_input("stake_change") {
        let change = signed(&inputs, "stake_change")?;
        let Ok(after) = u64::try_from(i128::from(stake.rao()) + change) else {
            return malformed("the stake becomes less than nothing, or more than 2^64 rao");
        };
        shares.stake_changed((), change);
        outputs.set("owed_after_change", shares.owed(&(), Tao::from_rao(after)));
    }
    let Ok(claimed) = i64::try_from(shares.claimed(&())) else {
        return malformed("what was claimed is beyond 2^63");
    };
    outputs.set("claimed_after_change", json!(claimed));
    Ok(outputs)
}

fn claim(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["rows", "owed", "shares"])?;
    let (mut rows, mut realized) = (Vec::new(), Vec::new());
    for row in inputs.objects("rows", &["kind", "alpha", "value", "realized"])? {
        let kind = match row.value("kind").as_str() {
            Some("root") => RowKind::Root,
            Some("subnet") => RowKind::Subnet,
            _ => return malformed(format!("a row of the kind {}", row.value("kind"))),
        };
        rows.push(FundRow { kind, held: row.u64("alpha")?, value: row.tao("value")? });
        realized.push(Tao::from_rao(row.optional_u64("realized")?.unwrap_or(0)));
    }
    let shares = inputs.u64("shares")?;
    let Ok(claim) =
        claim_of_fund(FundClaims::UpToEntitlement, &rows, inputs.u64("owed")?, shares, |place, _| {
            realized[place]
        })
    else {
        return Ok(Outputs::refused());
    };
    let by_row = claim.rows.iter().map(|row| {
        json!({
            "entitlement": row.entitlement.rao(), "take": row.take.rao(), "paid": row.paid.rao(),
            "surplus": row.surplus.rao(),
        })
    });
    Ok(Outputs::one("rows", json!(by_row.collect::<Vec<_>>()))
        .with("total_paid", claim.paid())
        .with("surplus", claim.surplus())
        .with("shares_after", shares - claim.shares))
}

fn dust_row(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[
        "anchored_value",
        "anchored_nav",
        "owed",
        "shares",
        "dust_cap_tao",
        "dust_bps",
        "slice_dust",
        "forfeit_cap",
    ])?;
    let or = |key: &str, default: Tao| Ok(inputs.optional_u64(key)?.map_or(default, Tao::from_rao));
    let default = DustRules::DEFAULT;
    let rules = DustRules {
        cap: or("dust_cap_tao", default.cap)?,
        basis_points: if case.has_input("dust_bps") { inputs.u16("dust_bps")? } else { default.basis_points },
        slice: or("slice_dust", default.slice)?,
        forfeit_cap: or("forfeit_cap", default.forfeit_cap)?,
    };
    let row = DustRow {
        value: inputs.tao("anchored_value")?,
        fund: inputs.tao("anchored_nav")?,
        owed: inputs.u64("owed")?,
        shares: inputs.u64("shares")?,
    };
    Ok(Outputs::one("row_floor", rules.row_floor(row.fund))
        .with("slice", row.slice())
        .with("dust", row.is_dust(&rules)))
}

fn turnover(case: &Case<'_>) -> Run<Outputs> {
    let known = ["guarded_nav", "daily_turnover_cap_u16", "level", "blocks_since", "amount"];
    let inputs = case.inputs(&known)?;
    let cap = Fraction(inputs.u16("daily_turnover_cap_u16")?);
    let capacity = TurnoverBucket::capacity(inputs.tao("guarded_nav")?, cap);
    let mut bucket = TurnoverBucket::new(inputs.optional_u64("level")?.map(Tao::from_rao));
    let blocks = inputs.u64("blocks_since")?;
    let available = bucket.available(capacity, blocks);
    let taken = bucket.take(inputs.tao("amount")?, capacity, blocks);
    let left = if taken.is_ok() { bucket.available(capacity, 0) } else { available };
    Ok(Outputs::one("capacity", capacity)
        .with("available", available)
        .with("allowed", taken.is_ok())
        .with("level_after", left))
}
