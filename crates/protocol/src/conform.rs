//! Runs chain test vectors: JSON files of cases with inputs and the outputs that the chain gives.
//!
//! The format: a file is `{kind, description, count, cases: [...]}`; a case has an `id`, its `source`, an
//! optional `op` (which of the file's operations), an optional `protocol` (which revision), `inputs`,
//! `expected`, and a `tolerance`: an absolute number, `0` for exact, `'rel 1%'`, or one per field. Where
//! `emulator_state` or `emulator_value` is given too, it must come out exactly. A file of the kind
//! `launch_trace_derived` has `inputs` and `snapshots` instead of cases, and every snapshot is one.

mod case;
mod coinbase;
mod halving;
mod launch_trace;
mod moving_price;
mod pool;
mod registration;
mod root_claim;
mod schedule;
mod share_pool;

mod drain;
mod expectation;
mod math;
mod root_network;
mod yuma;

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
}

/// Runs every case of a vector file.
///
/// # Errors
/// If the text is not a vector file; a failing case is an [`Outcome`], not an error.
pub fn run(json: &str) -> Result<Vec<CaseReport>, ConformError> {
    let file: Value = serde_json::from_str(json)?;
    let kind = file["kind"].as_str().ok_or_else(|| ConformError::Format("it has no `kind`".into()))?;
    if kind == "launch_trace_derived" {
        return launch_trace::run(&file);
    }
    let cases = file["cases"].as_array().ok_or_else(|| ConformError::Format("it has no `cases`".into()))?;
    if cases.is_empty() {
        return Err(ConformError::Format("its `cases` are empty".into()));
    }
    Ok(cases
        .iter()
        .enumerate()
        .map(|(index, case)| CaseReport {
            id: case["id"].as_str().map_or_else(|| format!("case {index}"), str::to_owned),
            outcome: run_case(kind, case),
        })
        .collect())
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
        "block_emission" => halving::run(case),
        "coinbase" if drain::OPERATIONS.contains(&op) => drain::run(case),
        "coinbase" => coinbase::run(case),
        "epoch_schedule" => schedule::run(case),
        "lock_cost" => registration::run(case),
        "math" | "weighted_median" => math::run(case),
        "moving_price" => moving_price::run(case),
        "pool" => pool::run(case),
        "root_claim" => root_claim::run(case),
        "root_epoch" => root_network::run(case),
        "share_pool" => share_pool::run(case),
        "yuma_epoch" => yuma::run(case),
        _ => Outcome::Unsupported(format!("kind `{kind}`")),
    }
}
