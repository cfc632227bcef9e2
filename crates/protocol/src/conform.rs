//! Runs chain test vectors: JSON files of cases with inputs and the outputs that the chain gives.
//!
//! The format: a file is `{kind, description, count, cases: [...]}`; a case has an `id`, its `source`, an
//! optional `op` (which of the file's operations), an optional `protocol` (which revision), `inputs`,
//! `expected`, and a `tolerance`: an absolute number, `0` for exact, `'rel 1%'`, or one per field. Where
//! `emulator_state` or `emulator_value` is given too, it must come out exactly. A file of the kind
//! `launch_trace_derived` has `inputs` and `snapshots` instead of cases, and every snapshot is one.
//!
//! Nothing passes unchecked. A file whose `count` is not that of its cases, or with an id twice, is refused. A kind,
//! operation, revision or field that nothing here knows makes its cases unsupported. `comparison.rs` says how
//! numbers are compared, `outputs.rs` which outputs there are.

mod basket;
mod case;
mod coinbase;
mod comparison;
mod conviction;
mod dividends;
mod drain;
mod emission;
mod emission_weights;
mod halving;
mod later_blocks;
mod launch_trace;
mod math;
mod moving_price;
mod null_consensus;
mod outputs;
mod pool;
mod reading;
mod registration;
mod revision;
mod root_claim;
mod root_network;
mod schedule;
mod share_pool;
mod terms;
mod yuma;

use std::collections::BTreeSet;

use serde_json::Value;

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every expected number came out, within the case's tolerance.
    Passed,
    /// Something else came out; the text says which field, what was expected and what was found.
    Failed(String),
    /// Nothing here computes this; the text says what would have to be built. Never counted as passed.
    Unsupported(String),
}

/// One case's id and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReport {
    /// The case's id in its file.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// Why a text is not a vector file.
#[derive(Debug, thiserror::Error)]
pub enum ConformError {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is JSON, but not of this format.
    #[error("not a vector file: {0}")]
    Format(String),
    /// It is of this format, but says two things that cannot both hold.
    #[error("the vector file contradicts itself: {0}")]
    Contradiction(String),
}

/// Runs every case of a vector file.
///
/// # Errors
/// If the text is not a vector file, or one that contradicts itself; a failing case is an [`Outcome`], not an error.
pub fn run(json: &str) -> Result<Vec<CaseReport>, ConformError> {
    let file: Value = serde_json::from_str(json)?;
    let kind = file["kind"].as_str().ok_or_else(|| format("it has no `kind`"))?;
    if kind == "launch_trace_derived" {
        let snapshots = file["snapshots"].as_object().filter(|snapshots| !snapshots.is_empty());
        let snapshots = snapshots.ok_or_else(|| format("it has no `snapshots`"))?;
        check_count(&file, snapshots.len())?;
        return Ok(launch_trace::run(&file, snapshots));
    }
    let cases = file["cases"].as_array().ok_or_else(|| format("it has no `cases`"))?;
    if cases.is_empty() {
        return Err(format("its `cases` are empty"));
    }
    check_count(&file, cases.len())?;
    let ids = ids(cases)?;
    let strange = strange_field(&file);
    let outcome = |case| match strange {
        Some(field) => Outcome::Unsupported(format!("the file has `{field}`, which nothing here reads")),
        None => run_case(kind, case),
    };
    Ok(ids.into_iter().zip(cases).map(|(id, case)| CaseReport { id, outcome: outcome(case) }).collect())
}

fn format(what: impl Into<String>) -> ConformError {
    ConformError::Format(what.into())
}

/// A file that was cut short, or that cases were added to, is not what its author counted.
fn check_count(file: &Value, cases: usize) -> Result<(), ConformError> {
    match &file["count"] {
        Value::Null => Ok(()),
        count if count.as_u64() == Some(cases as u64) => Ok(()),
        count => Err(ConformError::Contradiction(format!("`count` is {count}, but there are {cases} cases"))),
    }
}

/// The ids of all cases, or their places where they have none; each names one case.
fn ids(cases: &[Value]) -> Result<Vec<String>, ConformError> {
    let mut seen = BTreeSet::new();
    let mut ids = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let id = match &case["id"] {
            Value::Null => format!("case {index}"),
            Value::String(id) => id.clone(),
            other => return Err(format(format!("the `id` of case {index} is {other}; expected a text"))),
        };
        if !seen.insert(id.clone()) {
            return Err(ConformError::Contradiction(format!("two cases have the id `{id}`")));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// A field of the file that might change what its cases mean.
fn strange_field(file: &Value) -> Option<&str> {
    let known = ["kind", "description", "count", "cases", "source", "provenance", "note"];
    file.as_object()?.keys().map(String::as_str).find(|key| !known.contains(key) && !key.ends_with("_note"))
}

/// Runs one case; numbers on which a rule panics, since no chain could hold them, fail it.
fn run_case(kind: &str, case: &Value) -> Outcome {
    let run = std::panic::AssertUnwindSafe(|| dispatch(kind, case));
    std::panic::catch_unwind(run).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Outcome::Failed(format!("the rules do not hold for these numbers: {}", said.unwrap_or_default()))
    })
}

fn dispatch(kind: &str, case: &Value) -> Outcome {
    let op = case["op"].as_str().unwrap_or("");
    match kind {
        "basket" => basket::run(case),
        "block_emission" => halving::run(case),
        "coinbase" if drain::OPERATIONS.contains(&op) => drain::run(case),
        "coinbase" if dividends::OPERATIONS.contains(&op) => dividends::run(case),
        "coinbase" if emission::OPERATIONS.contains(&op.split(" (").next().unwrap_or(op)) => {
            emission::run(case)
        }
        "coinbase" if later_blocks::OPERATIONS.contains(&op) => later_blocks::run(case),
        "coinbase" if terms::OPERATIONS.contains(&op) => terms::run(case),
        "coinbase" => coinbase::run(case),
        "emission_shares" | "tao_flow" => emission::run(case),
        "emission_weights" => emission_weights::run(case),
        "epoch_schedule" => schedule::run(case),
        "burn" => registration::run_burn(case),
        "conviction" => conviction::run(case),
        "dissolve" => registration::run_dissolve(case),
        "lock_cost" => registration::run_lock_cost(case),
        "new_subnet" => registration::run_new_subnet(case),
        "math" | "weighted_median" => math::run(case),
        "moving_price" => moving_price::run(case),
        "pool" => pool::run(case),
        "root_claim" => root_claim::run(case),
        "root_epoch" => root_network::run(case),
        "share_pool" => share_pool::run(case),
        "yuma_epoch" if null_consensus::OPERATIONS.contains(&op) => null_consensus::run(case),
        "yuma_epoch" => yuma::run(case),
        _ => Outcome::Unsupported(format!("kind `{kind}`")),
    }
}
