//! One case: typed access to what it gives.
//!
//! Nothing passes by being overlooked: an input that is not known here is reported.

use std::fmt::Display;

use num_bigint::BigUint;
use serde_json::{Map, Value};

use super::comparison::wide;
use super::outputs::{Outputs, compare_case};
use super::{Outcome, revision};
use crate::emission::Emission;
use crate::era::Spec;
use crate::fixed::{Q32, Q64};
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
        let op = fields.optional("op", Value::as_str, "a text")?.unwrap_or("");
        let spec = match revisions {
            Revisions::From(first, last) => {
                if !revision::is_within(&value["protocol"], &(first..=last)) {
                    return unsupported(format!("protocol {}", value["protocol"]));
                }
                None
            }
            Revisions::Numbered => None,
            Revisions::Launch => launch_spec(&fields)?,
        };
        Ok(Self { value, op, spec })
    }

    /// The `spec_version` that the case's `protocol` names: `newest` is 425, `spec_301`, `426..` and `475 (mainnet)` are
    /// what they say. `None` if it names no revision.
    pub(super) fn spec_number(&self) -> Run<Option<u16>> {
        let number = |tag: &str| {
            let digits = tag.strip_prefix("spec_").unwrap_or(tag);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let rest = digits[end..].trim();
            let known = rest.is_empty() || rest.starts_with("..") || rest.starts_with('(');
            digits[..end].parse().ok().filter(|_| known)
        };
        match &self.value["protocol"] {
            Value::Null => Ok(None),
            Value::String(tag) if tag == "both" => Ok(None),
            Value::String(tag) if tag == "newest" => Ok(Some(425)),
            Value::String(tag) if tag == "taoflow_2025-11..2026-06" => Ok(Some(348)),
            tag => match tag.as_str().and_then(number) {
                Some(spec) => Ok(Some(spec)),
                None => unsupported(format!("protocol {tag}")),
            },
        }
    }

    /// A whole number as the case writes it: as text where text is expected, since it may pass 2^64. A number beyond that
    /// which is not written as text has been read as a float, and is compared as one.
    pub(super) fn as_written(&self, key: &str, number: impl Display) -> Value {
        let text = number.to_string();
        match &self.value["expected"][key] {
            Value::String(_) => Value::String(text),
            _ => text.parse().unwrap_or(Value::String(text)),
        }
    }

    /// The inputs, all of which must be known.
    pub(super) fn inputs(&self, known: &[&str]) -> Run<Fields<'a>> {
        Fields::new("inputs", &self.value["inputs"], known)
    }

    /// Whether an input is given, by which two forms of a case are told apart.
    pub(super) fn has_input(&self, key: &str) -> bool {
        !self.value["inputs"][key].is_null()
    }

    /// What is expected of a field; null if nothing is.
    pub(super) fn expected(&self, key: &str) -> &'a Value {
        &self.value["expected"][key]
    }

    /// Whether a field is expected to be null.
    pub(super) fn expects_null(&self, key: &str) -> bool {
        self.value["expected"][key].is_null()
    }

    /// The rules of the runtime that a case of the later eras is about, or of another if it names none.
    pub(super) fn rules_or(&self, otherwise: u16) -> Run<Rules> {
        let spec = self.spec_number()?.unwrap_or(otherwise);
        if spec < 234 { unsupported(format!("spec {spec}")) } else { Ok(Rules::at(Spec::in_part(spec))) }
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
    /// Those that the operation knows, by number ([`Case::spec_number`]).
    Numbered,
    /// Those whose first is one of these.
    From(u16, u16),
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

    /// A whole number of any size, as a number or as decimal text.
    pub(super) fn wide(&self, key: &str) -> Run<BigUint> {
        let read = |value: &Value| match value {
            Value::String(text) if text.len() <= MOST_DIGITS => text.parse().ok(),
            _ => value.as_u64().map(BigUint::from),
        };
        self.required(key, read, "a whole number, or the text of one")
    }

    /// A number with 64 fractional bits, by its bits.
    pub(super) fn q64_bits(&self, key: &str) -> Run<Q64> {
        match u128::try_from(self.wide(key)?) {
            Ok(bits) => Ok(Q64::from_bits(bits)),
            Err(_) => malformed(format!("{}.{key} has more than 128 bits", self.path)),
        }
    }

    /// A number with 64 fractional bits, as `{key}_bits_2e64` or as `key`, the literal of a 64-bit float; not both.
    pub(super) fn q64(&self, key: &str) -> Run<Q64> {
        let bits = format!("{key}_bits_2e64");
        match (self.value(&bits), self.value(key)) {
            (Value::Null, _) => self.required(key, literal_q64, LITERAL),
            (_, Value::Null) => self.q64_bits(&bits),
            _ => malformed(format!("{}.{key} is given twice", self.path)),
        }
    }

    /// An optional yes or no; no if it is left out.
    pub(super) fn flag(&self, key: &str) -> Run<bool> {
        Ok(self.optional(key, Value::as_bool, "true or false")?.unwrap_or(false))
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

    /// Numbers as `key` or `key_bits`, as in [`Self::q32`].
    pub(super) fn q32_list(&self, key: &str) -> Run<Vec<Q32>> {
        match self.optional_q32_list(key)? {
            Some(numbers) => Ok(numbers),
            None => malformed(format!("{}.{key} is missing", self.path)),
        }
    }

    pub(super) fn optional_q32_list(&self, key: &str) -> Run<Option<Vec<Q32>>> {
        let all = |read: fn(&Value) -> Option<Q32>| {
            move |value: &'a Value| value.as_array()?.iter().map(read).collect::<Option<Vec<Q32>>>()
        };
        let whole = |value: &Value| value.as_u64().map(|bits| Q32::from_bits(u128::from(bits)));
        let bits = self.optional(&format!("{key}_bits"), all(whole), "a list of whole numbers")?;
        match (bits, self.optional(key, all(literal), "a list of numbers from 0 to 2^32")?) {
            (Some(_), Some(_)) => malformed(format!("{}.{key} is given twice", self.path)),
            (bits, literals) => Ok(bits.or(literals)),
        }
    }

    /// A number as `key`, a literal, or as `key_bits_2e64`, with 64 fractional bits; not both.
    pub(super) fn optional_q64(&self, key: &str) -> Run<Option<Q64>> {
        let bits = self.optional(&format!("{key}_bits_2e64"), bits_of_64, WHOLE)?;
        match (bits, self.optional(key, literal_of_64, LITERAL)?) {
            (Some(_), Some(_)) => malformed(format!("{}.{key} is given twice", self.path)),
            (bits, literal) => Ok(bits.or(literal)),
        }
    }

    /// Numbers as `key`, literals, or as `key_bits_2e64`.
    pub(super) fn q64_list(&self, key: &str) -> Run<Vec<Q64>> {
        let all = |read: fn(&Value) -> Option<Q64>| {
            move |value: &'a Value| value.as_array()?.iter().map(read).collect::<Option<Vec<Q64>>>()
        };
        let bits = self.optional(&format!("{key}_bits_2e64"), all(bits_of_64), "a list of whole numbers")?;
        match (bits, self.optional(key, all(literal_of_64), "a list of numbers from 0 to 2^32")?) {
            (Some(_), Some(_)) => malformed(format!("{}.{key} is given twice", self.path)),
            (None, None) => malformed(format!("{}.{key} is missing", self.path)),
            (Some(numbers), None) | (None, Some(numbers)) => Ok(numbers),
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

    /// A whole number below 2^128 that may be written as text, as those are that a JSON number may not hold.
    pub(super) fn u128(&self, key: &str) -> Run<u128> {
        self.required(key, wide, "a whole number, plain or as text")
    }

    pub(super) fn optional_u128(&self, key: &str) -> Run<Option<u128>> {
        self.optional(key, wide, "a whole number, plain or as text")
    }

    /// A list of whole numbers up to 2^64 - 1, each plain or as text.
    pub(super) fn wides(&self, key: &str) -> Run<Vec<u64>> {
        let number = |item| match wide(item).map(u64::try_from) {
            Some(Ok(number)) => Ok(number),
            _ => malformed(format!("{}.{key} has {item}", self.path)),
        };
        self.list(key)?.iter().map(number).collect()
    }

    /// A list of objects, of each of which every key is known.
    pub(super) fn objects(&self, key: &str, known: &[&str]) -> Run<Vec<Fields<'a>>> {
        let items = self.list(key)?.iter().enumerate();
        items.map(|(at, item)| Self::new(format!("{}.{key}[{at}]", self.path), item, known)).collect()
    }

    pub(super) fn list(&self, key: &str) -> Run<&'a [Value]> {
        self.required(key, |value| value.as_array().map(Vec::as_slice), "a list")
    }
}

const WHOLE: &str = "a whole number from 0 to 2^64 - 1";
const LITERAL: &str = "a number from 0 to 2^32";
/// Longer texts are no number of the chain.
const MOST_DIGITS: usize = 200;

fn literal_q64(value: &Value) -> Option<Q64> {
    value.as_f64().filter(|number| (0.0..=4_294_967_296.0).contains(number)).map(Q64::from_f64)
}

fn literal(value: &Value) -> Option<Q32> {
    value.as_f64().filter(|number| (0.0..=4_294_967_296.0).contains(number)).map(Q32::from_f64)
}

fn literal_of_64(value: &Value) -> Option<Q64> {
    value.as_f64().filter(|number| (0.0..=4_294_967_296.0).contains(number)).map(Q64::from_f64)
}

fn bits_of_64(value: &Value) -> Option<Q64> {
    match value {
        Value::String(text) => text.parse().ok().map(Q64::from_bits),
        number => number.as_u64().map(|bits| Q64::from_bits(u128::from(bits))),
    }
}
