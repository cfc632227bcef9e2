//! Reads the values that a case gives, strictly.

use serde_json::Value;

use super::Outcome;
use super::outputs::compare_case;

/// Why a case did not pass: the outcome to report.
pub(super) type Failure = Outcome;

pub(super) fn failed(text: impl Into<String>) -> Failure {
    Outcome::Failed(text.into())
}

/// The outcome of a check that may have stopped early.
pub(super) fn outcome(result: Result<(), Failure>) -> Outcome {
    result.err().unwrap_or(Outcome::Passed)
}

/// A field of a case's inputs, which must be there.
pub(super) fn field<'a>(object: &'a Value, name: &str) -> Result<&'a Value, Failure> {
    object.get(name).ok_or_else(|| failed(format!("the case has no `{name}`")))
}

/// Makes sure that nothing is there that nobody reads: it might change the result.
pub(super) fn only(object: &Value, known: &[&str]) -> Result<(), Failure> {
    let fields = object.as_object().ok_or_else(|| failed(format!("{object} is not an object")))?;
    let remark = |key: &str| key == "note" || key.ends_with("_note");
    match fields.keys().find(|key| !remark(key) && !known.contains(&key.as_str())) {
        Some(key) => Err(Outcome::Unsupported(format!("`{key}`, which nothing here reads"))),
        None => Ok(()),
    }
}

/// The fields of a case of which each has its expectation in `expected`.
pub(super) const CASE: [&str; 10] = [
    "id",
    "source",
    "provenance",
    "protocol",
    "op",
    "inputs",
    "expected",
    "tolerance",
    "emulator_value",
    "emulator_state",
];

/// Makes sure that a case is about a revision for which it is computed.
pub(super) fn of_protocol(case: &Value, known: &[&str]) -> Result<(), Failure> {
    match &case["protocol"] {
        Value::Null => Ok(()),
        Value::String(tag) if known.contains(&tag.as_str()) => Ok(()),
        other => Err(Outcome::Unsupported(format!("protocol {other}"))),
    }
}

/// Makes sure that a case of a kind with one operation names no other.
pub(super) fn no_op(case: &Value) -> Result<(), Failure> {
    match &case["op"] {
        Value::Null => Ok(()),
        op => Err(Outcome::Unsupported(format!("op {op}"))),
    }
}

/// Every revision, for what is the same in all.
pub(super) const EVERY_PROTOCOL: [&str; 3] = ["launch", "newest", "both"];

/// An amount in rao, no more than can exist.
pub(super) fn amount_of(value: &Value) -> Result<u64, Failure> {
    match u64_of(value)? {
        rao if rao <= crate::halving::MAX_SUPPLY => Ok(rao),
        rao => Err(Outcome::Unsupported(format!("{rao} rao, which is more than can exist"))),
    }
}

pub(super) fn u64_of(value: &Value) -> Result<u64, Failure> {
    value.as_u64().ok_or_else(|| failed(format!("{value} is not a whole number from 0")))
}

pub(super) fn u16_of(value: &Value) -> Result<u16, Failure> {
    u64_of(value)?.try_into().map_err(|_| failed(format!("{value} does not fit 16 bits")))
}

pub(super) fn f64_of(value: &Value) -> Result<f64, Failure> {
    value.as_f64().ok_or_else(|| failed(format!("{value} is not a number")))
}

/// A list, each item read by `read`.
pub(super) fn list<T>(value: &Value, read: impl Fn(&Value) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
    value.as_array().ok_or_else(|| failed(format!("{value} is not a list")))?.iter().map(read).collect()
}

/// Compares the fields of `found`, an object, with what the case expects.
pub(super) fn expect_fields(case: &Value, found: Value) -> Result<(), Failure> {
    let Value::Object(fields) = found else { unreachable!("what was found is written as an object") };
    match compare_case(case, &fields.into()) {
        Outcome::Passed => Ok(()),
        failure => Err(failure),
    }
}
