//! What a step of epochs expects, against what came out.

use serde_json::{Map, Value, json};

use super::super::Outcome;
use super::super::comparison::{Comparison, Length, Literals, Numbers, Tolerance};
use super::super::reading::{Failure, failed, field};
use crate::units::Alpha;
use crate::yuma::{Epoch, Fraction, I32F32, Neuron, Neurons, Permit};

/// The fields of a whole outcome.
const FULL: [&str; 8] = [
    "emission",
    "server_emission",
    "validator_emission",
    "incentive_u16",
    "dividends_u16",
    "consensus_u16",
    "validator_trust_u16",
    "bonds_u16",
];

/// What an epoch came to, by the names that the files use.
pub(super) fn found(epoch: &Epoch, neurons: &Neurons) -> Map<String, Value> {
    let rao = |amounts: &[Alpha]| amounts.iter().map(|amount| json!(amount.rao())).collect();
    let cut = |values: &[I32F32]| values.iter().map(|&value| json!(Fraction::floor(value).0)).collect();
    let fractions = |values: &[I32F32]| values.iter().map(|value| json!(value.to_f64())).collect();
    let row = |neuron: &Neuron| neuron.bonds.iter().map(|&(on, bond)| json!([on.0, bond])).collect::<Value>();
    let permits = neurons.by_uid.iter().map(|neuron| json!(neuron.permit == Permit::Granted));
    let fields: [(&str, Value); 13] = [
        ("emission", rao(epoch.emission())),
        ("server_emission", rao(epoch.server_emission())),
        ("validator_emission", rao(epoch.validator_emission())),
        ("incentive_u16", cut(epoch.incentive())),
        ("dividends_u16", cut(epoch.dividends())),
        ("consensus_u16", cut(epoch.consensus())),
        ("validator_trust_u16", cut(epoch.validator_trust())),
        ("bonds_u16", neurons.by_uid.iter().map(row).collect()),
        ("incentive", fractions(epoch.incentive())),
        ("dividends", fractions(epoch.dividends())),
        ("consensus", fractions(epoch.consensus())),
        ("validator_trust", fractions(epoch.validator_trust())),
        ("validator_permits", permits.collect()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Compares one step of a case.
pub(super) fn step(case: &Value, step: &Value, found: &Map<String, Value>) -> Result<(), Failure> {
    let full = field(step, "expected_full")?
        .as_object()
        .ok_or_else(|| failed("`expected_full` is not an object"))?;
    if let Some(missing) = FULL.iter().find(|&&name| !full.contains_key(name)) {
        return Err(failed(format!("`expected_full` has no `{missing}`")));
    }
    for (name, expected) in full {
        let found = found.get(name).ok_or_else(|| unknown("expected", name))?;
        compare(case, name, Numbers::of(expected), Length::Same, expected, found)?;
    }
    // Steps of derived cases have no assertions of the chain's.
    let Some(asserted) = step.get("asserted") else { return Ok(()) };
    let asserted = asserted.as_object().ok_or_else(|| failed("`asserted` is not an object"))?;
    asserted
        .iter()
        .filter(|(_, expected)| !expected.is_null())
        .try_for_each(|(name, expected)| check_asserted(case, name, expected, found))
}

fn unknown(what: &str, name: &str) -> Failure {
    Outcome::Unsupported(format!("{what} field `{name}`, which nothing here computes"))
}

/// What the chain's own test asserts: its lists may be the first items only, its literals rounded ones.
fn check_asserted(
    case: &Value,
    name: &str,
    expected: &Value,
    found: &Map<String, Value>,
) -> Result<(), Failure> {
    let steps = || case["steps"].as_array().into_iter().flatten();
    // All steps print a field with as many decimals.
    let numbers = Numbers::of_all(steps().map(|step| &step["asserted"][name]));
    let bonds = found["bonds_u16"].as_array().expect("a list of rows");
    let bond = |row: usize, column: u64| {
        let row = bonds.get(row).and_then(Value::as_array);
        let entry = row.and_then(|row| row.iter().find(|entry| entry[0].as_u64() == Some(column)));
        entry.map_or(0, |entry| entry[1].as_u64().expect("a bond is a whole number"))
    };
    let rows = 0..bonds.len();
    match name {
        "bonds_column" => {
            let columns = expected.as_object().ok_or_else(|| failed("`bonds_column` is not an object"))?;
            for (column, expected) in columns {
                let uid = column.parse().map_err(|_| failed(format!("`{column}` is not a UID")))?;
                let found: Value = rows.clone().map(|row| json!(bond(row, uid))).collect();
                let path = format!("bonds_column.{column}");
                compare(case, &path, numbers, Length::Prefix, expected, &found)?;
            }
            Ok(())
        }
        "bonds_validators_x_servers" => {
            let first = first_server(case, expected, bonds.len());
            let widths =
                expected.as_array().into_iter().flatten().map(|row| row.as_array().map_or(0, Vec::len));
            // A row is as long as is expected of it, though not longer than there are servers.
            let found: Value = rows
                .zip(widths.chain(std::iter::repeat(0)))
                .map(|(row, width)| {
                    (first..bonds.len())
                        .take(width)
                        .map(|uid| json!(bond(row, uid as u64) as f64 / 65_535.0))
                        .collect::<Value>()
                })
                .collect();
            compare(case, name, numbers, Length::Prefix, expected, &found)
        }
        name => {
            let of = if name == "emission_trace" { "emission" } else { name };
            let found = found.get(of).ok_or_else(|| unknown("asserted", name))?;
            compare(case, name, numbers, Length::Prefix, expected, found)
        }
    }
}

/// The servers come last: they are at least as many as the longest row has entries, and a neuron that somebody sets
/// a weight on is one.
fn first_server(case: &Value, expected: &Value, neurons: usize) -> usize {
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let rows = items(&case["steps"]).into_iter().flat_map(|step| items(&step["weights_u16"]));
    let weighted = rows.flat_map(|row| items(&row)).filter_map(|entry| entry[0].as_u64()).min();
    let longest = items(expected).iter().map(|row| items(row).len()).max().unwrap_or(0);
    let if_complete = neurons.saturating_sub(longest);
    weighted.map_or(if_complete, |uid| if_complete.min(uid as usize))
}

/// Compares a field: `bonds_u16` is the tolerance of all bonds in 65535ths, `emission` that of all amounts in
/// rao, `asserted` that of fractions; a tolerance by the field's own name comes first.
fn compare(
    case: &Value,
    name: &str,
    numbers: Numbers,
    length: Length,
    expected: &Value,
    found: &Value,
) -> Result<(), Failure> {
    let tolerances = &case["tolerance"];
    let group = match name {
        name if name.starts_with("bonds_column") => "bonds_u16",
        name if name.ends_with("emission") || name == "emission_trace" => "emission",
        "incentive" | "dividends" | "consensus" | "validator_trust" | "bonds_validators_x_servers" => {
            "asserted"
        }
        name => name,
    };
    let tolerance = match tolerances {
        Value::Object(by_field) => by_field.get(name).or_else(|| by_field.get(group)).unwrap_or(&Value::Null),
        value => value,
    };
    let comparison = Comparison {
        tolerance: Tolerance::of(tolerance, group, expected, found).map_err(failed)?,
        literals: Literals::written(numbers),
        length,
    };
    comparison.check(name, expected, found).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two validators that set all weight on the earlier of two servers.
    fn case(tolerance: Value, asserted: Value) -> Value {
        let neurons = [1_000u64, 2_000, 0, 0];
        let weights = json!([[[2, 65_535]], [[2, 65_535]], [], []]);
        let full = json!({
            "emission": [166_666_666u64, 333_333_333, 500_000_000, 0],
            "server_emission": [0, 0, 500_000_000, 0],
            "validator_emission": [166_666_666u64, 333_333_333, 0, 0],
            "incentive_u16": [0, 0, 65_535, 0],
            "dividends_u16": [21_844, 43_689, 0, 0],
            "consensus_u16": [0, 0, 65_535, 0],
            "validator_trust_u16": [65_535, 65_535, 0, 0],
            "bonds_u16": [[[2, 32_767]], [[2, 65_535]], [], []],
        });
        let nothing = json!([[], [], [], []]);
        let none = json!({
            "emission": [333_333_333u64, 666_666_666, 0, 0],
            "server_emission": [0, 0, 0, 0],
            "validator_emission": [333_333_333u64, 666_666_666, 0, 0],
            "incentive_u16": [0, 0, 0, 0],
            "dividends_u16": [0, 0, 0, 0],
            "consensus_u16": [0, 0, 0, 0],
            "validator_trust_u16": [0, 0, 0, 0],
            "bonds_u16": nothing,
        });
        let step = |block: u64, weights: &Value, full: Value, asserted: Value| {
            json!({
                "action": "epoch", "block": block, "last_update": [block, block, 0, 0], "weights_u16": weights,
                "emission_rao": 1_000_000_000u64, "expected_full": full, "asserted": asserted,
            })
        };
        json!({
            "id": "mine", "provenance": "test", "tolerance": tolerance,
            "inputs": {
                "n": 4, "stakes": neurons, "kappa_u16": 32_767, "bonds_penalty_u16": 65_535,
                "bonds_moving_average": 0, "activity_cutoff": 5_000, "max_allowed_validators": 2,
                "liquid_alpha": false, "alpha_low_high": [0.7, 0.9], "alpha_sigmoid_steepness": 1_000,
                "yuma3": false, "rules": "launch", "block_at_registration": [0, 0, 0, 0], "tempo": 1,
            },
            "steps": [
                step(1, &nothing, none, json!({})),
                step(2, &weights, full, asserted),
            ],
        })
    }

    fn told(asserted: Value) -> Outcome {
        super::super::run(&case(json!({ "bonds_u16": 1, "emission": 2 }), asserted))
    }

    #[test]
    fn a_list_that_the_chains_test_asserts_may_be_a_prefix() {
        for asserted in [
            json!({ "emission_trace": [166_666_666u64] }),
            json!({ "dividends": [0.3333, 0.6667], "incentive": [0.0, 0.0, 1.0] }),
            json!({ "bonds_column": { "2": [32_767] } }),
            json!({ "bonds_column": { "3": [0, 0] } }),
            json!({ "bonds_validators_x_servers": [[0.49999, 0.0]] }),
            json!({ "bonds_validators_x_servers": [[0.49999], [1.0]] }),
            json!({ "bonds_u16": [[[2, 32_767]]] }),
            json!({ "validator_permits": [true, true, false] }),
        ] {
            assert_eq!(told(asserted.clone()), Outcome::Passed, "{asserted}");
        }
        for asserted in [
            json!({ "emission_trace": [] }),
            json!({ "emission_trace": [166_666_666u64, 0] }),
            json!({ "dividends": [0.3333, 0.6666] }),
            json!({ "bonds_column": { "2": [32_767, 0] } }),
            json!({ "validator_permits": [true, false] }),
        ] {
            assert!(matches!(told(asserted.clone()), Outcome::Failed(_)), "{asserted}");
        }
        assert!(matches!(told(json!({ "rank": [0.1] })), Outcome::Unsupported(_)));
    }
}
