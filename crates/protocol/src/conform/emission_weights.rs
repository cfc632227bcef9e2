//! Kind `emission_weights`: how a subnet may split its alpha emission, and what root keeps of it.

use serde_json::{Value, json};

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for, malformed};
use super::comparison::wide;
use super::outputs::{Found, Outputs};
use crate::emission_weights::{
    Created, DEFAULT_OWNER, DEFAULT_VALIDATOR, EmissionWeights, MAX_OWNER, MAX_VALIDATOR, MIN_MINER, ONE,
    OWNER_RATE_LIMIT, RootBaseline, WeightsChange, next_owner_change,
};
use crate::units::Block;

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::From(480, u16::MAX), case, |case| match case.op {
        "constants" => constants(case),
        "validate" => validate(case),
        "merge" => merge(case),
        "root_share" => root_share(case),
        "owner_rate_limit" => rate_limit(case),
        _ => case.unknown_op(),
    })
}

/// Parts of 2^64 - 1, which the vectors write as text.
fn parts(parts: u64) -> Found {
    Found::Wide(parts.into())
}

fn slots(weights: &EmissionWeights) -> Found {
    let EmissionWeights { burn, recycle, owner, validator, miner } = *weights;
    json!([burn, recycle, owner, validator, miner].map(|parts| parts.to_string())).into()
}

fn vector(inputs: &Fields<'_>, key: &str) -> Run<EmissionWeights> {
    let mut slots = inputs.wides(key)?;
    if slots.len() > 5 {
        return malformed(format!("inputs.{key} has more than five slots"));
    }
    slots.resize(5, 0);
    Ok(EmissionWeights {
        burn: slots[0],
        recycle: slots[1],
        owner: slots[2],
        validator: slots[3],
        miner: slots[4],
    })
}

fn constants(case: &Case<'_>) -> Run<Outputs> {
    case.inputs(&[])?;
    let default = EmissionWeights::default();
    Ok(Outputs::one("one", parts(ONE))
        .with("max_owner", parts(MAX_OWNER))
        .with("max_validator", parts(MAX_VALIDATOR))
        .with("min_miner", parts(MIN_MINER))
        .with("min_owner_lease", parts(DEFAULT_OWNER))
        .with("min_owner", parts(DEFAULT_OWNER))
        .with("default_owner", parts(DEFAULT_OWNER))
        .with("default_validator", parts(DEFAULT_VALIDATOR))
        .with("default_miner", parts(default.miner))
        .with("owner_rate_limit_blocks", OWNER_RATE_LIMIT)
        .with("owner_rate_limit", OWNER_RATE_LIMIT)
        .with("rate_limit_blocks", OWNER_RATE_LIMIT)
        .with("slots", 5u64)
        .with("default", slots(&default)))
}

fn validate(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["weights", "min_validator", "created_via_lease"])?;
    let leased = inputs.flag("created_via_lease")?;
    let created = if leased { Created::ThroughLease } else { Created::ByOwner };
    // The least part is one more than the baseline.
    let baseline = match inputs.optional_u128("min_validator")?.map(u64::try_from) {
        None => None,
        Some(Ok(least)) => least.checked_sub(1).map(RootBaseline),
        Some(Err(_)) => return malformed("inputs.min_validator is more than 2^64 - 1"),
    };
    let violations = vector(&inputs, "weights")?.violations(baseline, created);
    let names: Vec<String> = violations.iter().map(ToString::to_string).collect();
    Ok(Outputs::one("accepted", names.is_empty()).with("refused", json!(names)))
}

fn merge(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["current", "updates"])?;
    let updates = Fields::open("inputs.updates", inputs.value("updates"))?;
    let mut change = WeightsChange::default();
    for slot in updates.keys() {
        let Some(Ok(new)) = wide(updates.value(slot)).map(u64::try_from) else {
            return malformed(format!("inputs.updates.{slot} is not a part of 2^64 - 1"));
        };
        let place = match slot {
            "0" | "burn" => &mut change.burn,
            "1" | "recycle" => &mut change.recycle,
            "2" | "owner" => &mut change.owner,
            "3" | "validator" => &mut change.validator,
            "4" | "miner" => &mut change.miner,
            _ => return malformed(format!("inputs.updates has no slot {slot}")),
        };
        *place = Some(new);
    }
    Ok(Outputs::one("weights", slots(&vector(&inputs, "current")?.with(&change))))
}

fn root_share(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["root_tao", "tao_weight_u64", "alpha_issuance", "validator"])?;
    let weight = inputs.u64("tao_weight_u64")?;
    let baseline = RootBaseline::of(inputs.tao("root_tao")?, weight, inputs.alpha("alpha_issuance")?);
    let Ok(validator) = u64::try_from(inputs.u128("validator")?) else {
        return malformed("inputs.validator is more than 2^64 - 1");
    };
    let slot = baseline.split(validator);
    Ok(Outputs::one("baseline", parts(baseline.0))
        .with("paid", parts(slot.root))
        .with("alpha_validators", parts(slot.alpha))
        .with("min_validator", parts(baseline.min_validator()))
        .with("paid_share", slot.root as f64 / ONE as f64)
        .with("baseline_share", baseline.0 as f64 / ONE as f64)
        .with("capped", baseline.0 > validator))
}

fn rate_limit(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["last_change_block", "block"])?;
    let last = inputs.optional_u64("last_change_block")?.filter(|&block| block > 0).map(Block);
    let now = Block(inputs.u64("block")?);
    let next = next_owner_change(last, now);
    Ok(Outputs::one("allowed", now >= next)
        .with("next_allowed_block", next.0)
        .with("blocks_until_allowed", next.since(now))
        .with("limit_blocks", OWNER_RATE_LIMIT))
}
