//! What a case came to, and whether that is what it expects.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Map, Value, json};

use super::Outcome;
use super::comparison::{Comparison, Length, Literals, Numbers, Tolerance, outer};
use crate::fixed::Q32;
use crate::units::{Alpha, Tao};

/// A computed value, of which an expected one may be given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    Whole(u64),
    Real(f64),
    List(Vec<u64>),
    /// A number that a JSON number may not hold, written as decimal text or as a number.
    Wide(u128),
    Flag(bool),
    /// A value as it is to be compared.
    Written(Value),
    /// What the chain rejects, written `null`.
    Nothing,
}

impl From<bool> for Found {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u128> for Found {
    fn from(value: u128) -> Self {
        Self::Wide(value)
    }
}

impl From<u64> for Found {
    fn from(value: u64) -> Self {
        Self::Whole(value)
    }
}

/// A value as it is written: lists of lists, of texts and of objects, or a number as the case writes it
/// ([`super::case::Case::as_written`]).
impl From<Value> for Found {
    fn from(value: Value) -> Self {
        Self::Written(value)
    }
}

impl From<f64> for Found {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<Tao> for Found {
    fn from(value: Tao) -> Self {
        Self::Whole(value.rao())
    }
}

impl From<Alpha> for Found {
    fn from(value: Alpha) -> Self {
        Self::Whole(value.rao())
    }
}

/// The number's value, not its bits.
impl From<Q32> for Found {
    fn from(value: Q32) -> Self {
        Self::Real(value.to_f64())
    }
}

impl From<Vec<u64>> for Found {
    fn from(values: Vec<u64>) -> Self {
        Self::List(values)
    }
}

impl<T: Into<Found>> From<Option<T>> for Found {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl From<Found> for Value {
    fn from(found: Found) -> Self {
        match found {
            Found::Whole(value) => json!(value),
            Found::Real(value) => json!(value),
            Found::List(values) => json!(values),
            Found::Written(value) => value,
            Found::Wide(value) => json!(value.to_string()),
            Found::Flag(flag) => json!(flag),
            Found::Nothing => Self::Null,
        }
    }
}

/// What a case came to, by dotted path.
#[derive(Default)]
pub(super) struct Outputs {
    found: BTreeMap<String, Value>,
    /// The paths under which the chain would find zero, because nothing is stored there.
    empty: Option<fn(&str) -> bool>,
    /// Whether the chain refuses the whole case, which then expects `null`.
    refused: bool,
}

impl Outputs {
    /// What the chain refuses has no outputs: the case expects `null` for all of them.
    pub(super) fn refused() -> Self {
        Self { refused: true, ..Self::default() }
    }

    pub(super) fn one(path: impl Display, found: impl Into<Found>) -> Self {
        Self::default().with(path, found)
    }

    pub(super) fn with(mut self, path: impl Display, found: impl Into<Found>) -> Self {
        self.set(path, found);
        self
    }

    pub(super) fn set(&mut self, path: impl Display, found: impl Into<Found>) {
        self.found.insert(path.to_string(), found.into().into());
    }

    /// Whether something is under a path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.found.contains_key(path)
    }

    /// What has no entry here is zero, as in the chain's storage, where `is_entry` says that it could have one.
    pub(super) fn zero_elsewhere(mut self, is_entry: fn(&str) -> bool) -> Self {
        self.empty = Some(is_entry);
        self
    }

    /// What is under a path; `{path}_first{n}` are the first `n` items of a list.
    fn at(&self, path: &str) -> Option<Cow<'_, Value>> {
        if let Some(found) = self.found.get(path) {
            return Some(Cow::Borrowed(found));
        }
        let first = path.rsplit_once("_first").and_then(|(list, count)| {
            let list = self.found.get(list)?.as_array()?;
            list.get(..count.parse().ok().filter(|&count| count > 0)?)
        });
        if let Some(first) = first {
            return Some(Cow::Owned(first.into()));
        }
        self.empty.filter(|is_entry| is_entry(path)).map(|_| Cow::Owned(json!(0)))
    }
}

/// The fields of an object, each a path with what is found there.
impl From<Map<String, Value>> for Outputs {
    fn from(fields: Map<String, Value>) -> Self {
        Self { found: fields.into_iter().collect(), ..Self::default() }
    }
}

/// Compares every expected value: `expected`, and an emulator's whole state, of which nothing is tolerated.
///
/// What differs makes the case fail; if nothing does, what is not computed makes it unsupported.
pub(super) fn compare_case(case: &Value, outputs: &Outputs) -> Outcome {
    let given = case.get("expected");
    match (outputs.refused, given.is_some_and(Value::is_null)) {
        (true, true) if case["emulator_value"].is_null() && case["emulator_state"].is_null() => {
            let tolerance = Tolerance::of(&case["tolerance"], "expected", &Value::Null, &Value::Null);
            return tolerance.err().map_or(Outcome::Passed, Outcome::Failed);
        }
        (true, _) => return Outcome::Failed(format!("expected {}, found a refusal", case["expected"])),
        (false, _) => {}
    }
    let expected = compare(&case["expected"], &case["tolerance"], &case["provenance"], outputs);
    if let Err(outcome @ Outcome::Failed(_)) = expected {
        return outcome;
    }
    let emulated = compare_emulator(case, outputs);
    emulated.and(expected).err().unwrap_or(Outcome::Passed)
}

/// Compares every expected value.
pub(super) fn compare(
    expected: &Value,
    tolerance: &Value,
    provenance: &Value,
    outputs: &Outputs,
) -> Result<(), Outcome> {
    let Some(fields) = expected.as_object() else {
        return Err(Outcome::Failed("malformed: `expected` is not an object".into()));
    };
    let leaves = leaves(fields).map_err(Outcome::Failed)?;
    check_names(tolerance, &leaves).map_err(Outcome::Failed)?;
    let mut unknown = None;
    for (path, expected) in leaves {
        let Some(found) = outputs.at(&path) else {
            unknown = unknown.or(Some(path));
            continue;
        };
        let comparison = Comparison {
            tolerance: Tolerance::of(tolerance, &path, expected, &found).map_err(Outcome::Failed)?,
            literals: Literals::of(provenance, Numbers::of(expected)),
            length: Length::Same,
        };
        comparison.check(&path, expected, &found).map_err(Outcome::Failed)?;
    }
    match unknown {
        Some(path) => Err(Outcome::Unsupported(format!("expected `{path}`, which nothing here computes"))),
        None => Ok(()),
    }
}

/// All values with their dotted paths; an object without fields expects nothing, which is a mistake.
fn leaves(fields: &Map<String, Value>) -> Result<Vec<(String, &Value)>, String> {
    fn gather<'a>(
        prefix: &str,
        fields: &'a Map<String, Value>,
        found: &mut Vec<(String, &'a Value)>,
    ) -> Result<(), String> {
        if fields.is_empty() {
            let what = if prefix.is_empty() { "`expected`" } else { prefix };
            return Err(format!("malformed: {what} is an object without fields"));
        }
        for (key, value) in fields {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                Value::Object(inner) => gather(&path, inner, found)?,
                _ => found.push((path, value)),
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    gather("", fields, &mut found)?;
    Ok(found)
}

/// A tolerance for a field that is not expected is a slip of the pen, and another field is exact for it; unless it is zero,
/// as it would be anyway.
fn check_names(tolerance: &Value, leaves: &[(String, &Value)]) -> Result<(), String> {
    let Some(by_field) = tolerance.as_object() else { return Ok(()) };
    let names = |key: &str| {
        let name = key.strip_suffix("_rel").unwrap_or(key);
        let is = |path: &str| {
            let names = |name| path == name || path.rsplit('.').next() == Some(name) || outer(path) == name;
            [key, name].into_iter().any(names)
        };
        leaves.iter().any(|(path, _)| is(path))
    };
    match by_field.iter().find(|(key, tolerance)| !names(key) && tolerance.as_f64() != Some(0.0)) {
        Some((key, _)) => Err(format!("malformed: a tolerance for `{key}`, which is not expected")),
        None => Ok(()),
    }
}

fn compare_emulator(case: &Value, outputs: &Outputs) -> Result<(), Outcome> {
    let named = |key: &str, outcome| match outcome {
        Outcome::Failed(how) => Outcome::Failed(format!("{key}: {how}")),
        other => other,
    };
    for key in ["emulator_state", "emulator_value"] {
        match &case[key] {
            Value::Null => {}
            state @ Value::Object(_) => {
                compare(state, &Value::Null, &Value::Null, outputs).map_err(|outcome| named(key, outcome))?;
            }
            single => {
                let names: Vec<_> = case["expected"].as_object().into_iter().flat_map(Map::keys).collect();
                let [name] = names[..] else {
                    let told = format!("malformed: {key} is one value for several expected ones");
                    return Err(Outcome::Failed(told));
                };
                let found = outputs.at(name).unwrap_or(Cow::Owned(Value::Null));
                Comparison::EXACT
                    .check(name, single, &found)
                    .map_err(|how| named(key, Outcome::Failed(how)))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(expected: Value, tolerance: Value, outputs: &Outputs) -> Outcome {
        compare_case(&json!({ "expected": expected, "tolerance": tolerance }), outputs)
    }

    fn fails(expected: Value, tolerance: Value, outputs: &Outputs) -> bool {
        matches!(outcome(expected, tolerance, outputs), Outcome::Failed(_))
    }

    #[test]
    fn nothing_passes_unseen() {
        let one = Outputs::one("x", 1u64);
        assert_eq!(outcome(json!({ "x": 1 }), json!(0), &one), Outcome::Passed);
        for wrong in [json!({}), json!({ "x": {} }), json!(null), json!([1]), json!({ "x": null })] {
            assert!(fails(wrong.clone(), json!(0), &one), "{wrong}");
        }
        assert!(fails(json!({ "x": 0 }), json!(0), &Outputs::one("x", Found::Nothing)));
    }

    #[test]
    fn what_is_not_computed_is_unsupported_unless_something_else_differs() {
        let one = Outputs::one("x", 1u64);
        assert!(matches!(outcome(json!({ "y": 1, "x": 1 }), json!(0), &one), Outcome::Unsupported(_)));
        assert!(fails(json!({ "y": 1, "x": 2 }), json!(0), &one));
        assert!(matches!(outcome(json!({ "y": 0 }), json!(0), &one), Outcome::Unsupported(_)));
    }

    #[test]
    fn what_could_have_an_entry_and_has_none_is_zero() {
        let outputs = Outputs::one("1.x", 1u64).zero_elsewhere(|path| path == "2.x");
        assert_eq!(outcome(json!({ "1.x": 1, "2.x": 0 }), json!(0), &outputs), Outcome::Passed);
        assert!(fails(json!({ "2.x": 1 }), json!(0), &outputs));
        assert!(matches!(outcome(json!({ "2.y": 0 }), json!(0), &outputs), Outcome::Unsupported(_)));
    }

    #[test]
    fn the_first_items_of_a_list_have_a_name_of_their_own() {
        let list = Outputs::one("list", vec![1, 2, 3]);
        assert_eq!(outcome(json!({ "list_first2": [1, 2] }), json!(0), &list), Outcome::Passed);
        assert!(fails(json!({ "list_first2": [1, 3] }), json!(0), &list));
        assert!(fails(json!({ "list_first2": [1] }), json!(0), &list));
        assert!(fails(json!({ "list": [1, 2] }), json!(0), &list));
        for other in ["list_first4", "list_first0", "list_firstly", "other_first2"] {
            assert!(matches!(outcome(json!({ other: [1] }), json!(0), &list), Outcome::Unsupported(_)));
        }
    }

    #[test]
    fn a_tolerance_holds_for_the_fields_that_it_names_and_they_must_be_expected() {
        let outputs = Outputs::one("a.x", 10u64).with("b", 10u64);
        assert_eq!(
            outcome(json!({ "a": { "x": 11 }, "b": 10 }), json!({ "x": 1 }), &outputs),
            Outcome::Passed
        );
        assert!(fails(json!({ "a": { "x": 11 }, "b": 11 }), json!({ "a.x": 1 }), &outputs));
        assert!(fails(json!({ "b": 10 }), json!({ "x": 1 }), &outputs));
    }
}
