//! One case: typed access to what it gives.
//!
//! Nothing passes by being overlooked: an input that is not known here is reported.

use serde_json::{Map, Value};

use super::Outcome;
use super::outputs::{Outputs, compare_case};
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
        let newest = revisions == Revisions::Spec425Too && value["protocol"] == "newest";
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

    /// Whether the case is about spec 425 alone.
    pub(super) fn is_of_spec_425(&self) -> bool {
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
    /// The launch's and spec 425.
    Spec425Too,
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
    match Case::new(value, revisions).and_then(|case| compute(&case)) {
        Ok(outputs) => compare_case(value, &outputs),
        Err(stop) => stop.into(),
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

    /// A number as `key`, a literal that becomes the nearest fixed-point number, or as `key_bits`, with 32
    /// fractional bits; not both.
    pub(super) fn q32(&self, key: &str) -> Run<Q32> {
        match self.optional_q32(key)? {
            Some(number) => Ok(number),
            None => malformed(format!("{}.{key} is missing", self.path)),
        }
    }

    pub(super) fn optional_q32(&self, key: &str) -> Run<Option<Q32>> {
        let bits = self.optional_u64(&format!("{key}_bits"))?.map(|bits| Q32::from_bits(u128::from(bits)));
        match (bits, self.optional(key, literal, LITERAL)?) {
            (Some(_), Some(_)) => malformed(format!("{}.{key} is given twice", self.path)),
            (bits, literal) => Ok(bits.or(literal)),
        }
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
