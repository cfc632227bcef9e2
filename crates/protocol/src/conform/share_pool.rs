//! Kind `share_pool`: stakes, unstakes and dividends in a row, and the values in the end.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Outcome;
use super::case::{Fields, Run, check, malformed, unsupported};
use super::outputs::Outputs;
use crate::share_pool::{Precision, SharePool};
use crate::units::Alpha;

pub(super) fn run(case: &Value) -> Outcome {
    check(case, |case| {
        if !case.op.is_empty() {
            return case.unknown_op();
        }
        // The vectors are of spec 246.
        let mut replay = Replay { pool: SharePool::new(Precision::Guarded), keys: BTreeSet::new() };
        for step in case.inputs(&["ops"])?.list("ops")? {
            replay.apply(step)?;
        }
        let mut outputs = Outputs::one("total", replay.pool.total()).zero_elsewhere(is_key);
        for key in replay.keys {
            outputs.set(key, replay.pool.value(&key));
        }
        Ok(outputs)
    })
}

/// Keys are numbers; one that has no share has no value.
fn is_key(path: &str) -> bool {
    path.parse::<u64>().is_ok()
}

struct Replay<'a> {
    pool: SharePool<&'a str>,
    keys: BTreeSet<&'a str>,
}

impl<'a> Replay<'a> {
    fn apply(&mut self, step: &'a Value) -> Run<()> {
        let step: Vec<&Value> = step.as_array().into_iter().flatten().collect();
        match (step.first().and_then(|name| name.as_str()), &step[step.len().min(1)..]) {
            (Some("set"), [state]) => self.set(state),
            (Some("all"), [delta]) => match amount(delta)? {
                (Sign::Plus, amount) => {
                    self.room_for(amount)?;
                    self.pool.add_to_all(amount);
                    Ok(())
                }
                (Sign::Minus, _) => unsupported("taking from all"),
            },
            (Some("one"), [Value::String(key), delta]) => {
                self.keys.insert(key);
                match amount(delta)? {
                    (Sign::Plus, amount) => {
                        self.room_for(amount)?;
                        self.pool.add(key, amount);
                    }
                    (Sign::Minus, amount) => {
                        self.pool.remove(key, amount);
                    }
                }
                Ok(())
            }
            (Some(name @ ("set" | "all" | "one")), _) => malformed(format!("step `{name}`: {step:?}")),
            (name, _) => unsupported(format!("step {name:?}")),
        }
    }

    fn set(&mut self, state: &'a Value) -> Run<()> {
        let state = Fields::new("set", state, &["total", "denominator", "shares"])?;
        let mut held = Vec::new();
        self.keys.clear();
        if !state.value("shares").is_null() {
            let shares = Fields::open("set.shares", state.value("shares"))?;
            held = shares.keys().map(|key| Ok((key, shares.u64(key)?))).collect::<Run<_>>()?;
            self.keys.extend(shares.keys());
        }
        let (total, denominator) = (state.alpha("total")?, state.u64("denominator")?);
        self.pool = SharePool::with_state(Precision::Guarded, total, denominator, held);
        Ok(())
    }

    fn room_for(&self, amount: Alpha) -> Run<()> {
        match self.pool.total().rao().checked_add(amount.rao()) {
            Some(_) => Ok(()),
            None => malformed("the pool grows past 2^64 rao"),
        }
    }
}

enum Sign {
    Plus,
    Minus,
}

fn amount(delta: &Value) -> Run<(Sign, Alpha)> {
    match (delta.as_u64(), delta.as_i64()) {
        (Some(amount), _) => Ok((Sign::Plus, Alpha::from_rao(amount))),
        (None, Some(amount)) => Ok((Sign::Minus, Alpha::from_rao(amount.unsigned_abs()))),
        (None, None) => malformed(format!("{delta} is not a whole number")),
    }
}
