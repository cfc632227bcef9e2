//! Kind `moving_price`: some updates at one spot price and one age; as `fast_price_ema` of the fast average.

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Revisions, Run, check_for, malformed, unsupported};
use super::outputs::Outputs;
use crate::era::Spec;
use crate::fixed::Q32;
use crate::moving_price::{update, update_fast, update_with_64_bits};
use crate::rules::{MovingPriceStart, Rules};

const INPUTS: [&str; 9] = [
    "m0",
    "m0_bits",
    "spot",
    "spot_bits",
    "alpha0",
    "alpha0_bits",
    "updates",
    "age_blocks",
    "halving_blocks",
];

const MAX_UPDATES: u64 = 10_000_000;

pub(super) fn run(case: &Value) -> Outcome {
    if case["op"] == "fast_price_ema" {
        return check_for(Revisions::From(464, u16::MAX), case, fast);
    }
    check_for(Revisions::Spec425Too, case, |case| {
        if !case.op.is_empty() {
            return case.unknown_op();
        }
        let inputs = case.inputs(&INPUTS)?;
        let (spot, alpha) = (inputs.q32("spot")?, inputs.q32("alpha0")?);
        if alpha > Q32::ONE {
            return malformed("alpha0 is more than one");
        }
        let (start, age) = match (inputs.optional_u64("halving_blocks")?, inputs.optional_u64("age_blocks")?)
        {
            (None, None) => (MovingPriceStart::Immediate, 0),
            (Some(half_speed_age), Some(age)) => (MovingPriceStart::Slow { half_speed_age }, age),
            _ => return malformed("age_blocks and halving_blocks go together"),
        };
        if case.spec.is_some_and(|spec| !starts_like(spec, start)) {
            return malformed("the revision has no such start of young moving prices");
        }
        let updates = inputs.u64("updates")?;
        if updates > MAX_UPDATES {
            return unsupported(format!("more than {MAX_UPDATES} updates"));
        }
        let step = |moving: Q32, _| match (case.is_of_spec_425(), start) {
            (false, _) => update(moving, spot, alpha, start, age),
            (true, MovingPriceStart::Slow { half_speed_age }) => {
                update_with_64_bits(moving, spot.into(), alpha, half_speed_age, age)
            }
            (true, MovingPriceStart::Immediate) => moving,
        };
        if case.is_of_spec_425() && start == MovingPriceStart::Immediate {
            return malformed("spec 425's moving prices always start slowly");
        }
        let moving = (0..updates).fold(inputs.q32("m0")?, step);
        Ok(Outputs::one("moving_price", moving).with("moving_price_bits", moving.bits() as u64))
    })
}

fn fast(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["fast", "fast_bits_2e64", "spot", "spot_bits_2e64", "updates"])?;
    let updates = inputs.optional_u64("updates")?.unwrap_or(1);
    if updates > MAX_UPDATES {
        return unsupported(format!("more than {MAX_UPDATES} updates"));
    }
    let spot = inputs.q64("spot")?;
    let fast = (0..updates).fold(inputs.q64("fast")?, |fast, _| update_fast(fast, spot));
    Ok(Outputs::one("fast", fast.to_f64()).with("fast_bits_2e64", fast.bits()))
}

fn starts_like(spec: Spec, start: MovingPriceStart) -> bool {
    Rules::at(spec).moving_price_start == start
}
