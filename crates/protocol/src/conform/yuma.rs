//! Kind `yuma_epoch`: epochs one after another over one set of neurons.
//!
//! Every field of `expected_full` and of `asserted` is compared at every step; a list of `asserted` may be the
//! first items only. A tolerance for `bonds_u16` covers every field of bonds in 65535ths, one for `emission`
//! every field in rao, one for `asserted` the fractions; any other field is exact.

mod compared;

use serde_json::Value;

use super::Outcome;
use super::reading::{
    EVERY_PROTOCOL, Failure, f64_of, failed, field, list, no_op, of_protocol, only, outcome, u16_of, u64_of,
};
use crate::fixed::Q32;
use crate::units::{Alpha, Block};
use crate::yuma::{
    BondMask, Epoch, EpochRules, Fraction, I32F32, LogisticAlpha, Neuron, Neurons, Permit, Retention,
    SigmoidAlpha, Uid, Version,
};

const INPUTS: [&str; 14] = [
    "activity_cutoff",
    "alpha_low_high",
    "alpha_sigmoid_steepness",
    "block_at_registration",
    "bonds_moving_average",
    "bonds_penalty_u16",
    "kappa_u16",
    "liquid_alpha",
    "max_allowed_validators",
    "n",
    "rules",
    "stakes",
    "tempo",
    "yuma3",
];

const STEP: [&str; 9] = [
    "action",
    "asserted",
    "block",
    "block_at_registration_now",
    "emission_rao",
    "expected_full",
    "last_update",
    "stakes_now",
    "weights_u16",
];

pub(super) fn run(case: &Value) -> Outcome {
    outcome(run_steps(case))
}

fn run_steps(case: &Value) -> Result<(), Failure> {
    let inputs = field(case, "inputs")?;
    only(case, &["id", "source", "provenance", "protocol", "op", "inputs", "steps", "tolerance"])?;
    of_protocol(case, &EVERY_PROTOCOL)?;
    no_op(case)?;
    only(inputs, &INPUTS)?;
    let rules = rules(inputs)?;
    let n = u16_of(field(inputs, "n")?)?;
    let mut neurons = Neurons { by_uid: vec![Neuron::default(); usize::from(n)], ..Neurons::default() };
    set_stakes(&mut neurons, field(inputs, "stakes")?)?;
    by_uid(&mut neurons, field(inputs, "block_at_registration")?, |neuron, block| {
        neuron.registered = Block(block);
    })?;

    let steps = field(case, "steps")?.as_array().ok_or_else(|| failed("`steps` is not a list"))?;
    if steps.is_empty() {
        return Err(failed("the case has no steps"));
    }
    let mut epoch = Epoch::default();
    for (at, step) in steps.iter().enumerate() {
        only(step, &STEP)?;
        set_up(&mut neurons, case, step, at)?;
        let now = Block(u64_of(field(step, "block")?)?);
        let drained = Alpha::from_rao(u64_of(field(step, "emission_rao")?)?);
        epoch.run(&rules, &mut neurons, now, drained);
        compared::step(case, step, &compared::found(&epoch, &neurons)).map_err(|failure| match failure {
            Outcome::Failed(text) => failed(format!("step {at}: {text}")),
            other => other,
        })?;
    }
    Ok(())
}

fn rules(inputs: &Value) -> Result<EpochRules, Failure> {
    let flag =
        |name| field(inputs, name)?.as_bool().ok_or_else(|| failed(format!("`{name}` is not true or false")));
    let bound = |at: usize| -> Result<I32F32, Failure> {
        Ok(I32F32::from_f64(f64_of(&field(inputs, "alpha_low_high")?[at])?))
    };
    let bad = |error: crate::yuma::LiquidAlphaError| failed(error.to_string());
    let tempo = u16_of(field(inputs, "tempo")?)?;
    let newest = match field(inputs, "rules")?.as_str() {
        Some("launch") => false,
        Some("newest") => true,
        other => return Err(Outcome::Unsupported(format!("rules {other:?}"))),
    };
    let liquid = flag("liquid_alpha")?;
    let version = match (flag("yuma3")?, newest) {
        (false, false) if liquid => {
            Version::Yuma2 { liquid_alpha: Some(LogisticAlpha::new(bound(0)?, bound(1)?).map_err(bad)?) }
        }
        (false, _) => Version::Yuma2 { liquid_alpha: None },
        (true, _) if liquid => {
            let steepness = u64_of(field(inputs, "alpha_sigmoid_steepness")?)?;
            let steepness =
                i16::try_from(steepness).map_err(|_| failed("the steepness does not fit 16 bits"))?;
            Version::Yuma3 {
                liquid_alpha: Some(SigmoidAlpha::new(bound(0)?, bound(1)?, steepness).map_err(bad)?),
            }
        }
        (true, _) => Version::Yuma3 { liquid_alpha: None },
    };
    let base = if newest { EpochRules::spec_425() } else { EpochRules::launch() };
    let retention = u32::try_from(u64_of(field(inputs, "bonds_moving_average")?)?).unwrap_or(u32::MAX);
    Ok(EpochRules {
        version,
        kappa: Fraction(u16_of(field(inputs, "kappa_u16")?)?),
        bonds_penalty: Fraction(u16_of(field(inputs, "bonds_penalty_u16")?)?),
        bonds_retention: Retention::from_millionths(retention)
            .ok_or_else(|| failed("bonds_moving_average above one"))?,
        activity_cutoff: u64_of(field(inputs, "activity_cutoff")?)?,
        max_validators: u16_of(field(inputs, "max_allowed_validators")?)?,
        bond_mask: if newest { BondMask::RegisteredSinceLastEpoch { tempo } } else { base.bond_mask },
        ..base
    })
}

fn set_stakes(neurons: &mut Neurons, stakes: &Value) -> Result<(), Failure> {
    by_uid(neurons, stakes, |neuron, stake| neuron.stake = Q32::from_int(stake))
}

fn by_uid(neurons: &mut Neurons, values: &Value, set: impl Fn(&mut Neuron, u64)) -> Result<(), Failure> {
    let values = list(values, u64_of)?;
    if values.len() != neurons.by_uid.len() {
        return Err(failed(format!("{} values for {} neurons", values.len(), neurons.by_uid.len())));
    }
    neurons.by_uid.iter_mut().zip(values).for_each(|(neuron, value)| set(neuron, value));
    Ok(())
}

fn set_up(neurons: &mut Neurons, case: &Value, step: &Value, at: usize) -> Result<(), Failure> {
    if let Some(stakes) = step.get("stakes_now") {
        set_stakes(neurons, stakes)?;
    }
    if let Some(blocks) = step.get("block_at_registration_now") {
        // A new neuron in a UID's place starts with neither permit nor bonds.
        by_uid(neurons, blocks, |neuron, block| {
            if neuron.registered != Block(block) {
                *neuron = Neuron { stake: neuron.stake, registered: Block(block), ..Neuron::default() };
            }
        })?;
    }
    by_uid(neurons, field(step, "last_update")?, |neuron, block| neuron.last_update = Block(block))?;
    let rows = list(field(step, "weights_u16")?, |row| {
        list(row, |entry| Ok((Uid(u16_of(&entry[0])?), u16_of(&entry[1])?)))
    })?;
    if rows.len() != neurons.by_uid.len() {
        return Err(failed("not one row of weights for each neuron"));
    }
    neurons.by_uid.iter_mut().zip(rows).for_each(|(neuron, row)| neuron.weights = row);
    // The chain's own test hands out these permits by hand (vectors/README.md).
    if case["source"].as_str().is_some_and(|source| source.contains("::test_bonds_with_liquid_alpha"))
        && at == 1
    {
        neurons.by_uid.iter_mut().take(4).for_each(|neuron| neuron.permit = Permit::Granted);
    }
    Ok(())
}
