//! Kind `yuma_epoch`, the operations of null consensus.

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for, malformed, unsupported};
use super::outputs::{Found, Outputs};
use crate::units::Alpha;
use crate::yuma::{NullBudget, NullPayout, Uid, null_epoch};

/// The operations of kind `yuma_epoch` that are run here.
pub(super) const OPERATIONS: [&str; 2] = ["null_epoch", "null_budget"];

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::From(474, u16::MAX), case, |case| match case.op {
        "null_epoch" => epoch(case),
        _ => budget(case),
    })
}

fn halves(inputs: &Fields<'_>) -> Run<NullBudget> {
    match u64::try_from(inputs.u128("emission")?) {
        Ok(emission) => Ok(NullBudget::halves(Alpha::from_rao(emission))),
        Err(_) => malformed("inputs.emission is more than 2^64 rao"),
    }
}

fn sum(amounts: &[Alpha]) -> Found {
    Found::Wide(amounts.iter().map(|alpha| u128::from(alpha.rao())).sum())
}

fn epoch(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["n", "stakes", "weights_u16", "emission"])?;
    let stakes = inputs.wides("stakes")?;
    if inputs.optional_u64("n")?.is_some_and(|n| n != stakes.len() as u64) {
        return malformed("inputs.n is not the number of stakes");
    }
    if stakes.len() > usize::from(u16::MAX) {
        return unsupported("more neurons than have a UID");
    }
    let weights = Fields::open("inputs.weights_u16", inputs.value("weights_u16"))?;
    let mut rows = Vec::new();
    for uid in weights.keys() {
        let Ok(place) = uid.parse::<u16>() else {
            return malformed(format!("inputs.weights_u16 has a row `{uid}`"));
        };
        let mut row = Vec::new();
        for entry in weights.list(uid)? {
            let entry: Vec<u64> = entry.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
            let [to, weight] = entry[..] else { return malformed(format!("row {uid} has {entry:?}")) };
            let (Ok(to), Ok(weight)) = (to.try_into(), weight.try_into()) else {
                return malformed(format!("row {uid} has {entry:?}"));
            };
            row.push((Uid(to), weight));
        }
        rows.push((Uid(place), row));
    }
    let row = |uid: Uid| rows.into_iter().find(|(place, _)| *place == uid).map_or(Vec::new(), |(_, row)| row);
    let NullPayout { permit, server, validator } = null_epoch(&stakes, row, halves(&inputs)?);
    let rao = |amounts: &[Alpha]| amounts.iter().map(|alpha| alpha.rao()).collect::<Vec<u64>>();
    Ok(Outputs::one("server_emission", rao(&server))
        .with("validator_emission", rao(&validator))
        .with("server_sum", sum(&server))
        .with("validator_sum", sum(&validator))
        .with("permit", permit.map(|uid| u64::from(uid.0))))
}

/// What all neurons get together: any will do, such as one that has stake.
fn budget(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["emission"])?;
    let payout = null_epoch(&[1, 0, 0], |_| Vec::new(), halves(&inputs)?);
    Ok(Outputs::one("server_sum", sum(&payout.server)).with("validator_sum", sum(&payout.validator)))
}
