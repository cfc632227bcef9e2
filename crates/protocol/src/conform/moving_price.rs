//! Kind `moving_price`: some updates at one spot price and one age; as `fast_price_ema` of the fast average.

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check, check_for, malformed, unsupported};
use super::outputs::Outputs;
use crate::era::Spec;
use crate::fixed::Q32;
use crate::moving_price::{MovingPriceStart, update, update_fast, update_with_64_bits};
use crate::rules::Rules;
use crate::rules::coinbase::PriceBits;

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
    match case["protocol"].as_str() {
        Some(tag)
            if tag == "newest"
                || tag.starts_with("spec_")
                || tag.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            check_for(Revisions::Numbered, case, later)
        }
        _ => check(case, launch),
    }
}

/// What every case gives: how young prices start, and how old this one is.
fn start(inputs: &Fields<'_>) -> Run<(MovingPriceStart, u64)> {
    match (inputs.optional_u64("halving_blocks")?, inputs.optional_u64("age_blocks")?) {
        (None, None) => Ok((MovingPriceStart::Immediate, 0)),
        (Some(half_speed_age), Some(age)) => Ok((MovingPriceStart::Slow { half_speed_age }, age)),
        _ => malformed("age_blocks and halving_blocks go together"),
    }
}

/// The updates of a case, one after the other.
fn updated(inputs: &Fields<'_>, step: impl Fn(Q32) -> Q32) -> Run<Outputs> {
    let updates = inputs.u64("updates")?;
    if updates > MAX_UPDATES {
        return unsupported(format!("more than {MAX_UPDATES} updates"));
    }
    let moving = (0..updates).fold(inputs.q32("m0")?, |moving, _| step(moving));
    Ok(Outputs::one("moving_price", moving).with("moving_price_bits", moving.bits() as u64))
}

fn coefficient(inputs: &Fields<'_>) -> Run<Q32> {
    match inputs.q32("alpha0")? {
        alpha if alpha > Q32::ONE => malformed("alpha0 is more than one"),
        alpha => Ok(alpha),
    }
}

fn launch(case: &Case<'_>) -> Run<Outputs> {
    if !case.op.is_empty() {
        return case.unknown_op();
    }
    let inputs = case.inputs(&INPUTS)?;
    let (spot, alpha, (start, age)) = (inputs.q32("spot")?, coefficient(&inputs)?, start(&inputs)?);
    if case.spec.is_some_and(|spec| !starts_like(spec, start)) {
        return malformed("the revision has no such start of young moving prices");
    }
    updated(&inputs, |moving| update(moving, spot, alpha, start, age))
}

/// A runtime by its number. Prices of more than 32 fractional bits count from spec 423 on.
fn later(case: &Case<'_>) -> Run<Outputs> {
    if !case.op.is_empty() {
        return case.unknown_op();
    }
    let mut known = INPUTS.to_vec();
    known.push("spot_bits_2e64");
    let inputs = case.inputs(&known)?;
    let spot = match inputs.optional_q32("spot")? {
        Some(spot) => spot.into(),
        None => inputs.q64("spot")?,
    };
    let rules = case.rules_or(425)?;
    let (alpha, (start, age)) = (coefficient(&inputs)?, start(&inputs)?);
    match (rules.moving_price_start, start) {
        (MovingPriceStart::Slow { .. }, MovingPriceStart::Immediate) => {
            malformed("moving prices of this runtime start slowly")
        }
        (MovingPriceStart::Immediate, MovingPriceStart::Slow { .. }) => {
            malformed("moving prices of this runtime start at once")
        }
        (_, MovingPriceStart::Slow { half_speed_age })
            if rules.coinbase.price_bits == PriceBits::SixtyFour =>
        {
            updated(&inputs, |moving| update_with_64_bits(moving, spot, alpha, half_speed_age, age))
        }
        _ => updated(&inputs, |moving| update(moving, spot.to_q32(), alpha, start, age)),
    }
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
