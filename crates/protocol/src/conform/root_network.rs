//! Kind `root_epoch`: emission by the votes of the root network.

use serde_json::{Value, json};

use super::Outcome;
use super::reading::{
    CASE, Failure, amount_of, expect_fields, failed, field, list, no_op, of_protocol, only, outcome, u16_of,
};
use crate::root_network::{RootRules, RootVote, root_epoch};
use crate::units::Tao;
use crate::yuma::Fraction;

pub(super) fn run(case: &Value) -> Outcome {
    outcome(run_epoch(case))
}

fn run_epoch(case: &Value) -> Result<(), Failure> {
    let inputs = field(case, "inputs")?;
    only(case, &CASE)?;
    of_protocol(case, &["pre_dtao"])?;
    no_op(case)?;
    only(inputs, &["block_emission", "kappa_u16", "num_networks", "rho", "stakes", "weights_u16_rows"])?;
    let stakes = list(field(inputs, "stakes")?, amount_of)?;
    let weights = list(field(inputs, "weights_u16_rows")?, |row| list(row, u16_of))?;
    let subnets = usize::from(u16_of(field(inputs, "num_networks")?)?);
    if stakes.len() != weights.len() || weights.iter().any(|row| row.len() > subnets) {
        return Err(failed("not one row of weights for each stake, or more weights than subnets"));
    }
    let votes: Vec<_> = stakes
        .into_iter()
        .zip(weights)
        .map(|(stake, weights)| RootVote { stake: Tao::from_rao(stake), weights })
        .collect();
    let rules = RootRules {
        rho: u16_of(field(inputs, "rho")?)?,
        kappa: Fraction(u16_of(field(inputs, "kappa_u16")?)?),
    };
    let emission = Tao::from_rao(amount_of(field(inputs, "block_emission")?)?);
    let values = root_epoch(rules, &votes, subnets, emission).map_err(|error| failed(error.to_string()))?;
    let values: Vec<u64> = values.into_iter().map(Tao::rao).collect();

    expect_fields(case, json!({ "emission_values": values }))
}
