//! One case: typed access to what it gives, and strict comparison with what it expects.
//!
//! Nothing passes by being overlooked: an input that is not known here, or an expected value that was not
//! computed, is reported; so is an emulator's figure that differs, whatever tolerance the case grants.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Map, Value};

use super::Outcome;
use crate::emission::Emission;
use crate::era::Spec;
use crate::fixed::Q32;
use crate::rules::Rules;
use crate::units::{Alpha, Tao};

/// Why a case could not be brought to its outputs.
pub(super) enum Stop {
    /// The case contradicts itself, or lacks what it needs.
    Malformed(String),
    /// Something on the way came out otherwise than told.
    Differs(String),
    /// The case is about something that is not built.
    Unsupported(String),
}

impl From<Stop> for Outcome {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Malformed(why) => Self::Failed(format!("malformed: {why}")),
            Stop::Differs(how) => Self::Failed(how),
            Stop::Unsupported(what) => Self::Unsupported(what),
        }
    }
}

pub(super) type Run<T> = Result<T, Stop>;

pub(super) fn malformed<T>(why: impl Into<String>) -> Run<T> {
    Err(Stop::Malformed(why.into()))
}

pub(super) fn unsupported<T>(what: impl Into<String>) -> Run<T> {
    Err(Stop::Unsupported(what.into()))
}

/// A case's operation and the revision that it is about.
pub(super) struct Case<'a> {
    value: &'a Value,
    /// Which of the file's operations; empty if the case names none.
    pub(super) op: &'a str,
    /// The revision named by the case; `None` if it holds for the whole launch.
    pub(super) spec: Option<Spec>,
}

const CASE_FIELDS: [&str; 11] = [
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
    "note",
];

impl<'a> Case<'a> {
    fn new(value: &'a Value, revisions: Revisions) -> Run<Self> {
        let fields = Fields::new("case", value, &CASE_FIELDS)?;
        let newest = revisions == Revisions::NewestToo && value["protocol"] == "newest";
        Ok(Self {
            value,
            op: fields.optional("op", Value::as_str, "a text")?.unwrap_or(""),
            spec: if newest { None } else { launch_spec(&fields)? },
        })
    }

    /// The inputs, all of which must be known.
    pub(super) fn inputs(&self, known: &[&str]) -> Run<Fields<'a>> {
        Fields::new("inputs", &self.value["inputs"], known)
    }

    /// Whether an input is given, by which two forms of a case are told apart.
    pub(super) fn has_input(&self, key: &str) -> bool {
        !self.value["inputs"][key].is_null()
    }

    /// Whether a field is expected to be null.
    pub(super) fn expects_null(&self, key: &str) -> bool {
        self.value["expected"][key].is_null()
    }

    /// Whether the case is about the newest revision alone.
    pub(super) fn is_newest(&self) -> bool {
        self.value["protocol"] == "newest"
    }

    pub(super) fn unknown_op<T>(&self) -> Run<T> {
        unsupported(format!("op `{}`", self.op))
    }
}

/// The revision in a `protocol` field; `None` if every launch revision gives the same.
pub(super) fn launch_spec(fields: &Fields<'_>) -> Run<Option<Spec>> {
    match fields.optional("protocol", Value::as_str, "a text")? {
        None | Some("launch" | "both") => Ok(None),
        Some(tag) => match variant(tag.strip_prefix("launch_").unwrap_or(tag)) {
            Some(spec) => Ok(Some(spec)),
            None => unsupported(format!("protocol `{tag}`")),
        },
    }
}

/// A launch revision as the vectors write it, such as `L234`.
pub(super) fn variant(tag: &str) -> Option<Spec> {
    let spec: Spec = tag.strip_prefix('L')?.parse::<u16>().ok()?.try_into().ok()?;
    (Rules::at(spec).emission != Emission::RootVote).then_some(spec)
}

/// Which revisions a kind of cases is computed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Revisions {
    /// The launch's.
    Launch,
    /// The launch's and the newest.
    NewestToo,
}

/// Runs one case: computes its outputs and compares.
pub(super) fn check(value: &Value, compute: impl FnOnce(&Case<'_>) -> Run<Outputs>) -> Outcome {
    check_for(Revisions::Launch, value, compute)
}

/// [`check`], for a kind that is computed for other revisions too.
pub(super) fn check_for(
    revisions: Revisions,
    value: &Value,
    compute: impl FnOnce(&Case<'_>) -> Run<Outputs>,
) -> Outcome {
    let outputs = match Case::new(value, revisions).and_then(|case| compute(&case)) {
        Ok(outputs) => outputs,
        Err(stop) => return stop.into(),
    };
    let expected = compare(&value["expected"], &value["tolerance"], &outputs);
    match expected.and_then(|()| compare_emulator(value, &outputs)) {
        Ok(()) => Outcome::Passed,
        Err(difference) => Outcome::Failed(difference),
    }
}

/// A JSON object of which every key is known.
pub(super) struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(path: impl Into<String>, value: &'a Value, known: &[&str]) -> Run<Self> {
        let fields = Self::open(path, value)?;
        let remark = |key: &str| key == "note" || key.ends_with("_note");
        match fields.map.keys().find(|key| !remark(key) && !known.contains(&key.as_str())) {
            Some(key) => unsupported(format!("{} has `{key}`, which nothing here reads", fields.path)),
            None => Ok(fields),
        }
    }

    /// An object whose keys are names that the caller reads itself.
    pub(super) fn open(path: impl Into<String>, value: &'a Value) -> Run<Self> {
        let path = path.into();
        match value.as_object() {
            Some(map) => Ok(Self { path, map }),
            None => malformed(format!("{path} is not an object")),
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.map.keys().map(String::as_str)
    }

    pub(super) fn value(&self, key: &str) -> &'a Value {
        self.map.get(key).unwrap_or(&Value::Null)
    }

    /// A field that may be left out or null.
    pub(super) fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
        what: &str,
    ) -> Run<Option<T>> {
        match self.value(key) {
            Value::Null => Ok(None),
            value => match read(value) {
                Some(read) => Ok(Some(read)),
                None => malformed(format!("{}.{key} is not {what}: {value}", self.path)),
            },
        }
    }

    pub(super) fn required<T>(
        &self,
        key: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
        what: &str,
    ) -> Run<T> {
        match self.optional(key, read, what)? {
            Some(value) => Ok(value),
            None => malformed(format!("{}.{key} is missing", self.path)),
        }
    }

    pub(super) fn u64(&self, key: &str) -> Run<u64> {
        self.required(key, Value::as_u64, WHOLE)
    }

    pub(super) fn optional_u64(&self, key: &str) -> Run<Option<u64>> {
        self.optional(key, Value::as_u64, WHOLE)
    }

    pub(super) fn u16(&self, key: &str) -> Run<u16> {
        self.required(key, |value| value.as_u64()?.try_into().ok(), "a whole number from 0 to 65535")
    }

    pub(super) fn tao(&self, key: &str) -> Run<Tao> {
        self.u64(key).map(Tao::from_rao)
    }

    pub(super) fn alpha(&self, key: &str) -> Run<Alpha> {
        self.u64(key).map(Alpha::from_rao)
    }

    /// A literal, as the nearest fixed-point number.
    pub(super) fn q32(&self, key: &str) -> Run<Q32> {
        self.required(key, literal, LITERAL)
    }

    pub(super) fn optional_q32(&self, key: &str) -> Run<Option<Q32>> {
        self.optional(key, literal, LITERAL)
    }

    /// A weight as `key_u64`, of 2^64 - 1, or as `key`, a literal; not both.
    pub(super) fn weight(&self, key: &str) -> Run<Q32> {
        let of_max = self.optional_u64(&format!("{key}_u64"))?.map(|weight| Q32::ratio(weight, u64::MAX));
        match (of_max, self.optional_q32(key)?) {
            (Some(weight), None) | (None, Some(weight)) if weight <= Q32::ONE => Ok(weight),
            (None, None) => malformed(format!("{}.{key} is missing", self.path)),
            (Some(_), Some(_)) => malformed(format!("{}.{key} is given twice", self.path)),
            _ => malformed(format!("{}.{key} is more than one", self.path)),
        }
    }

    pub(super) fn list(&self, key: &str) -> Run<&'a [Value]> {
        self.required(key, |value| value.as_array().map(Vec::as_slice), "a list")
    }
}

const WHOLE: &str = "a whole number from 0 to 2^64 - 1";
const LITERAL: &str = "a number from 0 to 2^32";

fn literal(value: &Value) -> Option<Q32> {
    value.as_f64().filter(|number| (0.0..=4_294_967_296.0).contains(number)).map(Q32::from_f64)
}

/// A computed value, of which an expected one may be given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    Whole(u64),
    Real(f64),
    List(Vec<u64>),
    /// What the chain rejects, written `null`.
    Nothing,
}

impl From<u64> for Found {
    fn from(value: u64) -> Self {
        Self::Whole(value)
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

/// What a case came to, by dotted path.
#[derive(Default)]
pub(super) struct Outputs(BTreeMap<String, Found>);

impl Outputs {
    pub(super) fn one(path: impl Display, found: impl Into<Found>) -> Self {
        Self::default().with(path, found)
    }

    pub(super) fn with(mut self, path: impl Display, found: impl Into<Found>) -> Self {
        self.set(path, found);
        self
    }

    pub(super) fn set(&mut self, path: impl Display, found: impl Into<Found>) {
        self.0.insert(path.to_string(), found.into());
    }
}

/// Compares every expected value; the error names the first that differs.
pub(super) fn compare(expected: &Value, tolerance: &Value, outputs: &Outputs) -> Result<(), String> {
    let Some(fields) = expected.as_object().filter(|fields| !fields.is_empty()) else {
        return Err("malformed: `expected` is not an object with fields".into());
    };
    compare_fields("", fields, tolerance, outputs)
}

fn compare_fields(
    prefix: &str,
    fields: &Map<String, Value>,
    tolerance: &Value,
    outputs: &Outputs,
) -> Result<(), String> {
    for (key, expected) in fields {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match expected {
            Value::Object(inner) if !inner.is_empty() => compare_fields(&path, inner, tolerance, outputs)?,
            _ => {
                let found =
                    outputs.0.get(&path).ok_or_else(|| format!("{path}: expected, but not computed here"))?;
                compare_value(&path, expected, found, Tolerance::of(tolerance, &path)?)?;
            }
        }
    }
    Ok(())
}

/// The emulator's figures are its whole state, so nothing of them is tolerated.
fn compare_emulator(case: &Value, outputs: &Outputs) -> Result<(), String> {
    let exact = Value::Null;
    for key in ["emulator_state", "emulator_value"] {
        let told = |difference| format!("{key}: {difference}");
        match &case[key] {
            Value::Null => {}
            Value::Object(fields) => compare_fields("", fields, &exact, outputs).map_err(told)?,
            single => match case["expected"].as_object().map(|fields| fields.keys().collect::<Vec<_>>()) {
                Some(names) if names.len() == 1 => {
                    let found = outputs.0.get(names[0]).unwrap_or(&Found::Nothing);
                    compare_value(names[0], single, found, Tolerance::EXACT).map_err(told)?;
                }
                _ => return Err(told("malformed: one value for several expected ones".into())),
            },
        }
    }
    Ok(())
}

/// How far a number may lie from the expected one.
#[derive(Clone, Copy)]
pub(super) enum Tolerance {
    Absolute(f64),
    Relative(f64),
}

impl Tolerance {
    pub(super) const EXACT: Self = Self::Absolute(0.0);

    /// The tolerance of one field: by its path or its last name, or for all; exact if there is none.
    fn of(value: &Value, path: &str) -> Result<Self, String> {
        let bad = || format!("malformed: tolerance {value}");
        let name = path.rsplit('.').next().unwrap_or(path);
        let value = match value {
            Value::Object(fields) => fields.get(path).or_else(|| fields.get(name)).unwrap_or(&Value::Null),
            value => value,
        };
        let size = |text: &str| text.trim().parse::<f64>().ok();
        let tolerance = match value {
            Value::Null => Self::EXACT,
            Value::Number(number) => Self::Absolute(number.as_f64().ok_or_else(bad)?),
            Value::String(text) => match text.trim().strip_prefix("rel") {
                Some(part) => match part.trim().strip_suffix('%') {
                    Some(percent) => Self::Relative(size(percent).ok_or_else(bad)? / 100.0),
                    None => Self::Relative(size(part).ok_or_else(bad)?),
                },
                None => Self::Absolute(size(text).ok_or_else(bad)?),
            },
            _ => return Err(bad()),
        };
        let (Self::Absolute(size) | Self::Relative(size)) = tolerance;
        if size.is_finite() && size >= 0.0 { Ok(tolerance) } else { Err(bad()) }
    }

    fn allows_real(self, expected: f64, found: f64) -> bool {
        let difference = (expected - found).abs();
        match self {
            Self::Absolute(size) => difference <= size,
            Self::Relative(part) => difference <= part * expected.abs(),
        }
    }

    /// Exact for whole numbers of any size, where a float would not tell neighbours apart.
    fn allows_whole(self, expected: i128, found: u64) -> bool {
        let difference = expected.abs_diff(i128::from(found));
        match self {
            Self::Absolute(size) => difference <= size.floor() as u128,
            Self::Relative(part) => difference == 0 || difference as f64 <= part * expected.abs() as f64,
        }
    }
}

/// Compares one expected value with what was found.
pub(super) fn compare_value(
    path: &str,
    expected: &Value,
    found: &Found,
    tolerance: Tolerance,
) -> Result<(), String> {
    let number = |value: &Value, found: u64| match whole(value) {
        Some(expected) => tolerance.allows_whole(expected, found),
        None => value.as_f64().is_some_and(|expected| tolerance.allows_real(expected, found as f64)),
    };
    let same = match (expected, found) {
        (Value::Null, Found::Nothing) => true,
        (Value::Number(_), Found::Whole(found)) => number(expected, *found),
        (Value::Number(expected), Found::Real(found)) => {
            expected.as_f64().is_some_and(|expected| tolerance.allows_real(expected, *found))
        }
        (Value::Array(expected), Found::List(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(value, &found)| number(value, found))
        }
        _ => false,
    };
    if same { Ok(()) } else { Err(format!("{path}: expected {expected}, found {found:?}")) }
}

/// The whole number that a JSON number is, also if it is written as a float.
fn whole(value: &Value) -> Option<i128> {
    if let Some(number) = value.as_u64() {
        return Some(i128::from(number));
    }
    if let Some(number) = value.as_i64() {
        return Some(i128::from(number));
    }
    value
        .as_f64()
        .filter(|number| number.trunc() == *number && number.abs() < 1e30)
        .map(|number| number as i128)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differs(expected: Value, tolerance: Value, found: impl Into<Found>) -> bool {
        compare(&json!({ "x": expected }), &tolerance, &Outputs::one("x", found)).is_err()
    }

    #[test]
    fn neighbours_that_a_float_confuses_are_told_apart() {
        assert!(differs(json!(9_007_199_254_740_993u64), json!(0), 9_007_199_254_740_992u64));
        assert!(!differs(json!(u64::MAX), json!(0), u64::MAX));
        assert!(differs(json!(1.844_674_407_370_955_2e19), json!(0), u64::MAX));
    }

    #[test]
    fn every_form_of_tolerance_is_read_and_no_other() {
        for tolerance in [json!(2), json!("2"), json!({ "x": 2.0 }), json!("rel 1%"), json!("rel 0.01")] {
            assert!(!differs(json!(200), tolerance.clone(), 202u64), "{tolerance}");
            assert!(differs(json!(200), tolerance.clone(), 203u64), "{tolerance}");
        }
        for tolerance in [json!(-1), json!("much"), json!("inf"), json!("nan"), json!(true), json!([1])] {
            assert!(differs(json!(200), tolerance.clone(), 200u64), "{tolerance}");
        }
        assert!(differs(json!(200), json!({ "y": 2 }), 201u64));
    }

    #[test]
    fn nothing_passes_unseen() {
        assert!(compare(&json!({}), &json!(0), &Outputs::one("x", 1u64)).is_err());
        assert!(compare(&json!({ "x": {} }), &json!(0), &Outputs::one("x", 1u64)).is_err());
        assert!(compare(&json!({ "x": 1, "y": 1 }), &json!(0), &Outputs::one("x", 1u64)).is_err());
        assert!(differs(json!(null), json!(0), 0u64));
        assert!(differs(json!(0), json!(1e9), Found::Nothing));
        assert!(differs(json!([1, 2]), json!(0), vec![1, 2, 3]));
    }
}
