//! Kind `conviction`: a lock some blocks later.

use serde_json::Value;

use super::Outcome;
use super::case::{Revisions, check_for, malformed};
use super::outputs::Outputs;
use crate::conviction::{Duration, InFavourOf, Lock, LockRates};
use crate::fixed::Q64;
use crate::units::Block;

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::From(425, u16::MAX), case, |case| {
        if case.op != "conviction_roll" {
            return case.unknown_op();
        }
        let inputs = case.inputs(&[
            "locked",
            "conviction",
            "blocks",
            "perpetual",
            "owner",
            "unlock_rate",
            "maturity_rate",
        ])?;
        let conviction = inputs.required("conviction", Value::as_f64, "a number")?;
        if !(0.0..18_446_744_073_709_551_616.0).contains(&conviction) {
            return malformed("the conviction is not from 0 to 2^64");
        }
        let whole = inputs.value("conviction").as_u64().map(Q64::from_int);
        let lock = Lock {
            locked: inputs.alpha("locked")?,
            conviction: whole.unwrap_or(Q64::from_bits((conviction * 18_446_744_073_709_551_616.0) as u128)),
            at: Block(0),
        };
        let rates = LockRates { unlock: inputs.u64("unlock_rate")?, maturity: inputs.u64("maturity_rate")? };
        let duration = if inputs.flag("perpetual")? { Duration::Perpetual } else { Duration::Decaying };
        let favour = if inputs.flag("owner")? { InFavourOf::Owner } else { InFavourOf::Other };
        let rolled = lock.rolled(rates, duration, favour, Block(inputs.u64("blocks")?));
        Ok(Outputs::one("locked", rolled.locked).with("conviction", rolled.conviction.to_f64()))
    })
}
