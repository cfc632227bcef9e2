//! Compares what came out with what a case expects, field by field and strictly.

use serde_json::Value;

use super::Outcome;

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
    match fields.keys().find(|key| *key != "note" && !known.contains(&key.as_str())) {
        Some(key) => Err(Outcome::Unsupported(format!("`{key}`, which nothing here reads"))),
        None => Ok(()),
    }
}

/// The fields of a case of which each has its expectation in `expected`.
pub(super) const CASE: [&str; 8] =
    ["id", "source", "provenance", "protocol", "op", "inputs", "expected", "tolerance"];

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

/// How far a number may be off: absolute, or in hundredths of what is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tolerance {
    Absolute(f64),
    Percent(f64),
}

impl Tolerance {
    pub(super) const EXACT: Self = Self::Absolute(0.0);

    /// The case's tolerance for a field; fields that a tolerance by field does not name are exact.
    pub(super) fn of(case: &Value, name: &str) -> Result<Self, Failure> {
        match field(case, "tolerance")? {
            Value::Object(by_field) => by_field.get(name).map_or(Ok(Self::EXACT), Self::read),
            value => Self::read(value),
        }
    }

    fn read(value: &Value) -> Result<Self, Failure> {
        let percent = |text: &str| text.strip_prefix("rel ")?.strip_suffix('%')?.trim().parse().ok();
        match (value.as_f64(), value.as_str().and_then(percent)) {
            (Some(absolute), _) => Ok(Self::Absolute(absolute)),
            (None, Some(percent)) => Ok(Self::Percent(percent)),
            (None, None) => Err(failed(format!("{value} is not a tolerance"))),
        }
    }

    fn allows(self, expected: f64, found: f64) -> bool {
        let by = match self {
            Self::Absolute(by) => by,
            Self::Percent(percent) => expected.abs() * percent / 100.0,
        };
        (expected - found).abs() <= by
    }
}

/// Compares a value and all that it contains.
///
/// Lists must have the same length and objects the same keys; whole numbers are compared as such.
pub(super) fn expect(
    path: &str,
    expected: &Value,
    found: &Value,
    tolerance: Tolerance,
) -> Result<(), Failure> {
    let differs = || failed(format!("`{path}`: expected {expected}, found {found}"));
    match (expected, found) {
        (Value::Array(expected), Value::Array(found)) => {
            if expected.len() != found.len() {
                return Err(differs());
            }
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.try_for_each(|(at, (expected, found))| {
                expect(&format!("{path}[{at}]"), expected, found, tolerance)
            })
        }
        (Value::Number(_), Value::Number(_)) => {
            let whole = |value: &Value| value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
            let equal = match (whole(expected), whole(found), tolerance) {
                (Some(expected), Some(found), Tolerance::EXACT) => expected == found,
                (Some(expected), Some(found), Tolerance::Absolute(by)) => {
                    (expected - found).unsigned_abs() as f64 <= by
                }
                _ => tolerance.allows(f64_of(expected)?, f64_of(found)?),
            };
            if equal { Ok(()) } else { Err(differs()) }
        }
        _ if expected == found => Ok(()),
        _ => Err(differs()),
    }
}

/// Compares every expected field with what was found; one that is not computed is unsupported, and so is an
/// expectation of nothing.
pub(super) fn expect_fields(case: &Value, found: &Value) -> Result<(), Failure> {
    let expected =
        field(case, "expected")?.as_object().ok_or_else(|| failed("`expected` is not an object"))?;
    if expected.is_empty() {
        return Err(failed("the case expects nothing"));
    }
    for (name, expected) in expected {
        let found =
            found.get(name).ok_or_else(|| Outcome::Unsupported(format!("expected field `{name}`")))?;
        expect(name, expected, found, Tolerance::of(case, name)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(expected: Value, tolerance: Value, found: Value) -> Outcome {
        outcome(expect_fields(&json!({"expected": expected, "tolerance": tolerance}), &found))
    }

    #[test]
    fn a_field_that_is_not_computed_is_never_passed() {
        let found = json!({"a": 1});
        assert_eq!(check(json!({"a": 1}), json!(0), found.clone()), Outcome::Passed);
        assert!(matches!(check(json!({"a": 1, "b": 1}), json!(0), found.clone()), Outcome::Unsupported(_)));
        assert!(matches!(check(json!({}), json!(0), found), Outcome::Failed(_)));
    }

    #[test]
    fn a_tolerance_holds_for_what_it_names_only() {
        let found = json!({"a": 10, "b": [10, 10]});
        assert_eq!(check(json!({"a": 11, "b": [10, 10]}), json!({"a": 1}), found.clone()), Outcome::Passed);
        for wrong in [json!({"a": 12}), json!({"b": [10, 11]}), json!({"b": [10]}), json!({"b": 10})] {
            assert!(matches!(check(wrong, json!({"a": 1}), found.clone()), Outcome::Failed(_)));
        }
        assert_eq!(check(json!({"a": 10.09}), json!("rel 1%"), found.clone()), Outcome::Passed);
        assert!(matches!(check(json!({"a": 10.2}), json!("rel 1%"), found), Outcome::Failed(_)));
    }

    #[test]
    fn whole_numbers_beyond_a_floats_reach_are_compared_exactly() {
        let (large, next) = (1u64 << 60, (1u64 << 60) + 1);
        assert!(matches!(check(json!({"a": large}), json!(0), json!({"a": next})), Outcome::Failed(_)));
    }
}
