//! Kind `block_emission`: what a block emits at an issuance.

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Run, check, malformed, unsupported};
use super::outputs::Outputs;
use crate::halving::tao_emission;
use crate::units::Tao;

/// More steps than this are refused, so that no file can keep the runner busy.
const MAX_ITERATIONS: u64 = 1_000_000;
/// The only step that the vectors write: so many blocks' emission at once, from no issuance on.
const STEP: &str = "issuance += emission(issuance) * ";

pub(super) fn run(case: &Value) -> Outcome {
    check(case, |case| match case.op {
        "" => {
            let issuance = case.inputs(&["issuance_rao"])?.tao("issuance_rao")?;
            Ok(Outputs::one("emission_rao", tao_emission(issuance)))
        }
        "iterate" => iterate(case),
        _ => case.unknown_op(),
    })
}

fn iterate(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["iterations", "step"])?;
    let iterations = inputs.u64("iterations")?;
    let step = inputs.required("step", Value::as_str, "a text")?;
    let Some(blocks) = step.strip_prefix(STEP).and_then(|number| number.replace('_', "").parse::<u64>().ok())
    else {
        return unsupported(format!("step `{step}`"));
    };
    if iterations > MAX_ITERATIONS {
        return unsupported(format!("more than {MAX_ITERATIONS} iterations"));
    }
    let mut issuance = 0u64;
    for _ in 0..iterations {
        let emitted = tao_emission(Tao::from_rao(issuance)).rao().checked_mul(blocks);
        let Some(next) = emitted.and_then(|emitted| issuance.checked_add(emitted)) else {
            return malformed("the issuance grows past 2^64 rao");
        };
        issuance = next;
    }
    Ok(Outputs::one("total_issuance_rao", issuance))
}
