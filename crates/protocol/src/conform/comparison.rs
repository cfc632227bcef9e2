//! How an expected value is compared with the one that came out.
//!
//! A number may be off by the case's tolerance. Where there is none, whole numbers are equal, and a decimal literal
//! is equal to the fixed-point number that it becomes. The chain's own tests write literals as `f32` or `f64`
//! and print some to a few decimals: there, either reading will do, and half a unit of the last digit is added to
//! the tolerance of a field whose numbers are written with three decimals or more. Fewer (0.5, 0.75) are meant
//! exactly.

use serde_json::{Number, Value};

use crate::yuma::I32F32;

/// How far a number may lie from the expected one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tolerance {
    Absolute(f64),
    /// A fraction of what is expected.
    Relative(f64),
}

/// A tolerance is at most this fraction of what is expected, or the unit's own bound below.
const MOST_OF_EXPECTED: f64 = 0.1;
/// Rao, or any other whole unit.
const MOST_WHOLE: f64 = 10_000.0;
/// A hundredth of 65,535.
const MOST_U16: f64 = 655.0;
/// Fractions of 2^64, which are written as text: a billionth.
const MOST_WIDE: f64 = 18_446_744_074.0;
/// Prices, shares and other numbers with decimals.
const MOST_DECIMAL: f64 = 0.1;
/// Literals with fewer decimals are meant exactly.
const LEAST_DECIMALS: usize = 3;

impl Tolerance {
    pub(super) const EXACT: Self = Self::Absolute(0.0);

    /// The tolerance of one field: one for all fields, or by the field's path, its last name or its first, which is that of
    /// all within; exact if there is none.
    /// A name that ends in `_rel` gives a relative one.
    ///
    /// # Errors
    /// If it is no tolerance, or so large that the field would hardly be checked.
    pub(super) fn of(value: &Value, path: &str, expected: &Value, found: &Value) -> Result<Self, String> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let tolerance = match value {
            Value::Object(by_field) => {
                let fields = [path, name, outer(path)];
                let absolute = fields.iter().find_map(|&field| by_field.get(field));
                let relative = fields.iter().find_map(|field| by_field.get(&format!("{field}_rel")));
                match (absolute, relative) {
                    (Some(_), Some(_)) => return Err(format!("malformed: two tolerances for {path}")),
                    (Some(value), None) => Self::read(value)?,
                    (None, Some(value)) => Self::Relative(value.as_f64().ok_or_else(|| bad(value))?),
                    (None, None) => Self::EXACT,
                }
            }
            value => Self::read(value)?,
        };
        tolerance.bounded(value, name, expected, found)
    }

    fn read(value: &Value) -> Result<Self, String> {
        let size = |text: &str| text.trim().parse::<f64>().map_err(|_| bad(value));
        match value {
            Value::Null => Ok(Self::EXACT),
            Value::Number(number) => number.as_f64().map(Self::Absolute).ok_or_else(|| bad(value)),
            Value::String(text) => match text.trim().strip_prefix("rel") {
                Some(relative) => match relative.trim().strip_suffix('%') {
                    Some(percent) => size(percent).map(|percent| Self::Relative(percent / 100.0)),
                    None => size(relative).map(Self::Relative),
                },
                None => size(text).map(Self::Absolute),
            },
            _ => Err(bad(value)),
        }
    }

    fn bounded(self, written: &Value, name: &str, expected: &Value, found: &Value) -> Result<Self, String> {
        let (size, most) = match self {
            Self::Relative(size) => (size, MOST_OF_EXPECTED),
            Self::Absolute(size) => {
                let unit = match name {
                    name if name.contains("u16") => MOST_U16,
                    _ if found.is_string() && wide(found).is_some() => MOST_WIDE,
                    _ if Numbers::of(found).decimals > 0 => MOST_DECIMAL,
                    _ => MOST_WHOLE,
                };
                (size, unit.max(MOST_OF_EXPECTED * Numbers::of(expected).largest))
            }
        };
        if !size.is_finite() || size < 0.0 {
            return Err(bad(written));
        }
        if size > most {
            return Err(format!("malformed: tolerance {written} of {name}, which is more than {most}"));
        }
        Ok(self)
    }

    /// Whether a number is near enough to one that was itself rounded by `rounding` at most.
    fn allows_real(self, expected: f64, found: f64, rounding: f64) -> bool {
        let size = match self {
            Self::Absolute(size) => size,
            Self::Relative(fraction) => fraction * expected.abs(),
        };
        (expected - found).abs() <= size + rounding
    }

    /// [`Tolerance::allows_whole`] up to 2^128.
    fn allows_wide(self, expected: u128, found: u128) -> bool {
        match self {
            Self::Absolute(size) => expected.abs_diff(found) <= size.floor() as u128,
            Self::Relative(fraction) => expected.abs_diff(found) as f64 <= fraction * expected as f64,
        }
    }

    /// Exact for whole numbers of any size, where a float would not tell neighbours apart.
    fn allows_whole(self, expected: i128, found: i128) -> bool {
        let difference = expected.abs_diff(found);
        match self {
            Self::Absolute(size) => difference <= size.floor() as u128,
            Self::Relative(fraction) => {
                difference == 0 || difference as f64 <= fraction * expected.abs() as f64
            }
        }
    }
}

/// The first name of a path.
pub(super) fn outer(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn bad(value: &Value) -> String {
    format!("malformed: tolerance {value}")
}

/// What the numbers of a field have in common.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers {
    /// The largest, without its sign.
    largest: f64,
    /// Most decimals that one of them is written with; zero if all are whole numbers.
    decimals: usize,
}

impl Numbers {
    /// All numbers in a value, at any depth.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Number(number) => {
                Self { largest: number.as_f64().map_or(0.0, f64::abs), decimals: decimals(number) }
            }
            Value::Array(items) => Self::of_all(items),
            Value::Object(fields) => Self::of_all(fields.values()),
            other => Self { largest: wide(other).unwrap_or(0) as f64, decimals: 0 },
        }
    }

    pub(super) fn of_all<'a>(values: impl IntoIterator<Item = &'a Value>) -> Self {
        values.into_iter().map(Self::of).fold(Self::default(), |one, other| Self {
            largest: one.largest.max(other.largest),
            decimals: one.decimals.max(other.decimals),
        })
    }
}

/// How many decimals a literal has; a whole number that is written as a float counts as having one.
fn decimals(number: &Number) -> usize {
    if !number.is_f64() {
        return 0;
    }
    let text = number.as_f64().map_or_else(String::new, |number| number.to_string());
    text.split_once('.').map_or(1, |(_, decimals)| decimals.len())
}

/// Whose literals a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Literals {
    /// Computed figures, with all their digits.
    Computed,
    /// The chain's tests', which may be rounded by this much.
    Written {
        /// Half a unit of the last digit; zero if the numbers are meant exactly.
        rounding: f64,
    },
}

impl Literals {
    /// The literals of a case's fields: a case says where they come from.
    pub(super) fn of(provenance: &Value, numbers: Numbers) -> Self {
        if provenance == "test" { Self::written(numbers) } else { Self::Computed }
    }

    /// Literals of the chain's tests.
    pub(super) fn written(numbers: Numbers) -> Self {
        let rounds = numbers.decimals >= LEAST_DECIMALS;
        let exponent = i32::try_from(numbers.decimals).unwrap_or(i32::MAX);
        Self::Written { rounding: if rounds { 0.5 * 10f64.powi(-exponent) } else { 0.0 } }
    }
}

/// Whether a list may be longer than what is expected of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Same,
    /// The first items are expected, at least one.
    Prefix,
}

/// How the values of a field are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    pub(super) tolerance: Tolerance,
    pub(super) literals: Literals,
    pub(super) length: Length,
}

impl Comparison {
    /// Nothing may differ.
    pub(super) const EXACT: Self =
        Self { tolerance: Tolerance::EXACT, literals: Literals::Computed, length: Length::Same };

    /// Compares a value and all that it contains; the error says where they differ.
    pub(super) fn check(self, path: &str, expected: &Value, found: &Value) -> Result<(), String> {
        let differs = || Err(format!("{path}: expected {expected}, found {found}"));
        match (expected, found) {
            (Value::Array(expected), Value::Array(found)) => {
                let fits = match self.length {
                    Length::Same => expected.len() == found.len(),
                    Length::Prefix => {
                        expected.len() <= found.len() && (!expected.is_empty() || found.is_empty())
                    }
                };
                if !fits {
                    return differs();
                }
                let items = Self { length: Length::Same, ..self };
                expected.iter().zip(found).enumerate().try_for_each(|(at, (expected, found))| {
                    items.check(&format!("{path}[{at}]"), expected, found)
                })
            }
            (Value::Number(expected), Value::Number(found)) => {
                if self.allows(expected, found) {
                    Ok(())
                } else {
                    differs()
                }
            }
            (Value::Object(expected), Value::Object(found)) if !expected.is_empty() => {
                expected.iter().try_for_each(|(key, expected)| {
                    self.check(&format!("{path}.{key}"), expected, found.get(key).unwrap_or(&Value::Null))
                })
            }
            (Value::String(_) | Value::Number(_), Value::String(_)) if wide(found).is_some() => {
                // A JSON number beyond 2^64 is read as the float next to it.
                let as_read =
                    |found: u128| expected.as_f64().is_some_and(|expected| expected == found as f64);
                match (wide(expected), wide(found)) {
                    (Some(expected), Some(found)) if self.tolerance.allows_wide(expected, found) => Ok(()),
                    (None, Some(found)) if found >> 64 != 0 && as_read(found) => Ok(()),
                    _ => differs(),
                }
            }
            // A JSON number equals only one of the same type, so none may be left to this.
            _ if expected == found => Ok(()),
            _ => differs(),
        }
    }

    fn allows(self, expected: &Number, found: &Number) -> bool {
        if let (Some(expected), Some(found)) = (whole(expected), integer(found)) {
            return self.tolerance.allows_whole(expected, found);
        }
        let (Some(expected), Some(found)) = (expected.as_f64(), found.as_f64()) else { return false };
        let within = |expected: f64, rounding: f64| {
            self.tolerance.allows_real(expected, found, rounding)
                || I32F32::from_f64(expected).to_f64() == found
        };
        match self.literals {
            Literals::Computed => within(expected, 0.0),
            Literals::Written { rounding } => {
                within(expected, rounding) || within(f64::from(expected as f32), rounding)
            }
        }
    }
}

fn integer(number: &Number) -> Option<i128> {
    number.as_u64().map(i128::from).or_else(|| number.as_i64().map(i128::from))
}

/// The whole number that a JSON number is, also if it is written as a float.
fn whole(number: &Number) -> Option<i128> {
    integer(number).or_else(|| {
        let number = number.as_f64()?;
        (number.trunc() == number && number.abs() < 1e30).then_some(number as i128)
    })
}

/// A whole number, plain or as decimal text.
pub(super) fn wide(value: &Value) -> Option<u128> {
    match value {
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        value => value.as_u64().map(u128::from),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(provenance: &str, expected: Value, tolerance: Value, found: Value) -> bool {
        let Ok(tolerance) = Tolerance::of(&tolerance, "x", &expected, &found) else { return false };
        let literals = Literals::of(&json!(provenance), Numbers::of(&expected));
        Comparison { tolerance, literals, length: Length::Same }.check("x", &expected, &found).is_ok()
    }

    #[test]
    fn neighbours_that_a_float_confuses_are_told_apart() {
        let large = 9_007_199_254_740_992u64;
        assert!(!passes("test", json!(large + 1), json!(0), json!(large)));
        assert!(passes("test", json!(u64::MAX), json!(0), json!(u64::MAX)));
        assert!(!passes("test", json!(1.844_674_407_370_955_2e19), json!(0), json!(u64::MAX)));
    }

    #[test]
    fn every_form_of_tolerance_is_read_and_no_other() {
        for tolerance in [
            json!(2),
            json!("2"),
            json!({ "x": 2.0 }),
            json!("rel 1%"),
            json!("rel 0.01"),
            json!({ "x_rel": 0.01 }),
        ] {
            assert!(passes("test", json!(200), tolerance.clone(), json!(202)), "{tolerance}");
            assert!(!passes("test", json!(200), tolerance.clone(), json!(203)), "{tolerance}");
        }
        for tolerance in [
            json!(-1),
            json!("much"),
            json!("inf"),
            json!("nan"),
            json!(true),
            json!([1]),
            json!({ "x": 1, "x_rel": 0.01 }),
            json!({ "x": {} }),
            json!("rel -1%"),
        ] {
            assert!(!passes("test", json!(200), tolerance.clone(), json!(200)), "{tolerance}");
        }
        assert!(!passes("test", json!(200), json!({ "y": 2 }), json!(201)));
    }

    #[test]
    fn a_tolerance_that_leaves_a_field_unchecked_is_refused() {
        for (expected, tolerance) in [
            (json!(200), json!(1e300)),
            (json!(200), json!(10_001)),
            (json!(0.5), json!(0.2)),
            (json!([0.0, 0.5]), json!(0.2)),
            (json!(200), json!("rel 11%")),
            (json!(0), json!(1e9)),
        ] {
            assert!(!passes("test", expected.clone(), tolerance.clone(), expected), "{tolerance}");
        }
        let of_u16 = |size: u64| Tolerance::of(&json!(size), "bonds_u16", &json!([100]), &json!([100]));
        assert!(of_u16(655).is_ok() && of_u16(656).is_err());
        // A tenth of what is expected, however much that is.
        assert!(passes(
            "test",
            json!(48_000_000_000_000_000u64),
            json!(1e15),
            json!(47_500_000_000_000_000u64)
        ));
    }

    #[test]
    fn a_literal_of_the_chains_tests_is_rounded_to_its_last_digit() {
        assert!(passes("test", json!(0.0333), json!(0), json!(0.033_349)));
        assert!(!passes("test", json!(0.0333), json!(0), json!(0.033_351)));
        assert!(!passes("derived", json!(0.0333), json!(0), json!(0.033_31)));
        // A test's own tolerance is between two roundings.
        assert!(passes("test", json!(0.6539), json!(1e-4), json!(0.654_000_001)));
        assert!(!passes("test", json!(0.6539), json!(1e-4), json!(0.654_051)));
        assert!(!passes("derived", json!(0.6539), json!(1e-4), json!(0.654_000_001)));
        // The numbers of a list are written with as many decimals, though JSON drops their zeros.
        assert!(passes("test", json!([0.8966, 0.8, 0.0]), json!(0), json!([0.896_63, 0.800_04, 0.000_02])));
        assert!(!passes("test", json!([0.8966, 0.8]), json!(0), json!([0.8966, 0.8001])));
    }

    #[test]
    fn a_literal_with_few_decimals_is_meant_exactly() {
        let fifth = I32F32::from_f64(0.2).to_f64();
        for provenance in ["test", "derived"] {
            assert!(passes(provenance, json!(0.5), json!(0), json!(0.5)));
            assert!(passes(provenance, json!(0.2), json!(0), json!(fifth)));
            assert!(!passes(provenance, json!(0.5), json!(0), json!(0.500_000_1)));
            assert!(!passes(provenance, json!(1.0), json!(0), json!(0.999_999)));
        }
    }

    #[test]
    fn a_literal_is_read_as_either_float_in_the_chains_tests_only() {
        let single = I32F32::from_f64(f64::from(0.1f32)).to_f64();
        assert!(passes("test", json!(0.1), json!(0), json!(single)));
        assert!(!passes("derived", json!(0.1), json!(0), json!(single)));
    }

    #[test]
    fn only_a_prefix_may_be_shorter_and_never_empty() {
        let check = |length, expected: Value| {
            let found = json!([1, 2, 3]);
            Comparison { length, ..Comparison::EXACT }.check("x", &expected, &found).is_ok()
        };
        assert!(check(Length::Prefix, json!([1, 2])) && !check(Length::Same, json!([1, 2])));
        assert!(check(Length::Prefix, json!([1, 2, 3])) && check(Length::Same, json!([1, 2, 3])));
        for wrong in [json!([]), json!([2]), json!([1, 2, 3, 4]), json!(1), json!(null)] {
            assert!(!check(Length::Prefix, wrong.clone()) && !check(Length::Same, wrong));
        }
    }
}
