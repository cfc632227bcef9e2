//! Sweep files: a scenario, what is varied in it, and how often.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use dtao_files::input::locate;
use dtao_metrics::quantity::Quantity;
use dtao_protocol::units::{Block, Netuid};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// A sweep, as a file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// One or two sentences on the question that it answers.
    pub about: String,
    /// The scenario's file, relative to this one's.
    pub scenario: PathBuf,
    /// Values that hold in all runs: paths, each with RON text.
    #[serde(default)]
    pub set: Ordered<Value>,
    /// Short names of paths, for the design and for the columns of the tables.
    #[serde(default)]
    pub names: Ordered<String>,
    /// What is varied.
    #[serde(default)]
    pub design: Design,
    /// Variants that every point is run in, with the same seeds; the first is what the others are compared with.
    #[serde(default = "baseline")]
    pub arms: Ordered<Ordered<Value>>,
    /// The first seed (inclusive) and the last (exclusive).
    pub seeds: (u64, u64),
    /// The metrics that are reported; all of the scenario's if empty.
    #[serde(default)]
    pub outcomes: Vec<String>,
    /// Quantities whose values over time are kept: how far the runs spread at each block, in `series.csv`.
    #[serde(default)]
    pub series: Ordered<Series>,
    /// When a point has seeds enough; without it, it has all.
    #[serde(default)]
    pub until: Option<Until>,
}

/// A quantity of one subnet at the end of every so many blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Which subnet.
    pub netuid: Netuid,
    /// Which quantity.
    pub of: Quantity,
    /// Blocks from one sample to the next; 300 are an hour.
    pub every: u64,
    /// The block of the first sample; the first of the run if it is left out.
    #[serde(default)]
    pub from: Option<Block>,
    /// No sample is later; the last block of the run if it is left out.
    #[serde(default)]
    pub to: Option<Block>,
}

/// When a point has seeds enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Until {
    /// The 95 % interval of an outcome's mean is tight enough, in every arm: see
    /// [`dtao_statistics::stopping`].
    HalfWidth {
        /// Which outcome.
        outcome: String,
        /// Half the width of the interval, in the outcome's unit.
        half_width: f64,
        /// Seeds before the first look; at least 20.
        min: usize,
        /// Seeds from one look to the next.
        batch: usize,
    },
}

fn baseline() -> Ordered<Ordered<Value>> {
    Ordered(vec![("baseline".into(), Ordered::default())])
}

/// What is varied: the points, each a value for every factor.
///
/// A factor is a path in the scenario, or a short name for one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Design {
    /// Nothing: one point without factors.
    #[default]
    Single,
    /// Each value with each; the last factor varies fastest.
    Grid(Ordered<Vec<Value>>),
    /// The first values together, then the second ones, and so on.
    Zip(Ordered<Vec<Value>>),
    /// These points.
    List(Vec<Ordered<Value>>),
    /// The rows of a CSV file, relative to this one's; its header names the factors.
    Table(PathBuf),
    /// So many points, of which each part of every range has one.
    LatinHypercube {
        /// The number of points.
        points: usize,
        /// What the points are drawn with.
        seed: u64,
        /// The factors' values.
        ranges: Ordered<Spread>,
    },
    /// So many points of a Sobol sequence, which fill the space evenly; best a power of two.
    SobolSequence {
        /// The number of points.
        points: usize,
        /// What the sequence is scrambled with.
        seed: u64,
        /// The factors' values.
        ranges: Ordered<Spread>,
    },
    /// The points for Sobol' indices: base rows x (factors + 2).
    Sobol {
        /// How many base rows; best a power of two.
        rows: usize,
        /// What the sequence is scrambled with.
        seed: u64,
        /// The factors' values.
        ranges: Ordered<Spread>,
    },
    /// The points for elementary effects: trajectories x (factors + 1).
    Morris {
        /// How many trajectories; at least 20 for intervals to be trusted.
        trajectories: usize,
        /// How many levels each factor has: an even number, 4 is usual.
        levels: usize,
        /// What the trajectories are drawn with.
        seed: u64,
        /// The factors' values.
        ranges: Ordered<Spread>,
    },
}

/// A factor's values between two bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The lower bound.
    pub from: f64,
    /// The upper bound.
    pub to: f64,
    /// Which values are as likely as which.
    #[serde(default)]
    pub scale: Scale,
    /// Decimal places that values are rounded to; as many as they have if it is left out.
    #[serde(default)]
    pub decimals: Option<u8>,
    /// The value as RON text, with `{}` in place of the number: `"{} TAO"`.
    #[serde(default = "plain")]
    pub write: String,
}

fn plain() -> String {
    "{}".into()
}

/// Which values of a range are as likely as which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// All values.
    #[default]
    Linear,
    /// All ratios: a factor of two is as likely at the low as at the high end.
    Log,
    /// All whole numbers, both bounds included.
    Whole,
}

/// A value as RON text. Numbers may be written without quotes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Value(pub String);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number, true or false, or RON text in quotes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                if text.trim().is_empty() {
                    return Err(E::custom("an empty text is not a value"));
                }
                Ok(Value(text.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(Value(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value(ryu::Buffer::new().format(number).into()))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
                Ok(Value(truth.to_string()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Named values in the order in which the file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered<V>(Vec<(String, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Ordered<V> {
    /// The names and values, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&V> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Gives a name another value, or adds it at the end.
    pub(super) fn put(&mut self, name: String, value: V) {
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, there)) => *there = value,
            None => self.0.push((name, value)),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<V: Serialize> Serialize for Ordered<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Ordered<V>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map `{\"name\": value, …}`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<V>, A::Error> {
                let mut entries = Ordered::default();
                let mut names = BTreeSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    let value = map.next_value()?;
                    if !names.insert(name.clone()) {
                        return Err(de::Error::custom(format_args!("the key `{name}` is given twice")));
                    }
                    entries.0.push((name, value));
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl Design {
    /// Where a design names a factor.
    pub(super) fn field_of(&self, name: &str) -> String {
        let name = locate::quoted(name);
        match self {
            Design::Grid(_) => format!("design.Grid.{name}"),
            Design::Zip(_) => format!("design.Zip.{name}"),
            Design::List(_) => format!("design.List[0].{name}"),
            Design::LatinHypercube { .. } => format!("design.LatinHypercube.ranges.{name}"),
            Design::SobolSequence { .. } => format!("design.SobolSequence.ranges.{name}"),
            Design::Sobol { .. } => format!("design.Sobol.ranges.{name}"),
            Design::Morris { .. } => format!("design.Morris.ranges.{name}"),
            Design::Single | Design::Table(_) => "design".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtao_files::input::{Source, ron_file};

    fn read(text: &str) -> Result<Sweep, String> {
        ron_file::parse(&Source::new("s.ron", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sweep_keeps_the_order_and_the_text_of_its_values() {
        let text = r#"Sweep(about: "x", scenario: "y.ron", seeds: (0, 3),
            design: Grid({"z": [1, 2.5, -3], "a": ["5 TAO", true]}), arms: {"b": {}, "a": {"p": 1e-9}})"#;
        let sweep = read(text).expect("a good sweep");
        let Design::Grid(factors) = &sweep.design else { panic!("{sweep:?}") };
        let texts: Vec<(&str, Vec<&str>)> = factors
            .iter()
            .map(|(name, values)| (name, values.iter().map(|value| value.0.as_str()).collect()))
            .collect();
        assert_eq!(texts, [("z", vec!["1", "2.5", "-3"]), ("a", vec!["5 TAO", "true"])]);
        let arms: Vec<_> = sweep.arms.iter().map(|(name, set)| (name, set.get("p"))).collect();
        assert_eq!(arms, [("b", None), ("a", Some(&Value("1e-9".into())))]);
    }

    #[test]
    fn every_design_can_be_written() {
        for design in
            ["Single", "Grid({})", "Zip({\"a\": [1]})", "List([{\"a\": 1}])", "Table(\"points.csv\")"]
        {
            let text = format!(r#"Sweep(about: "x", scenario: "y.ron", seeds: (0, 3), design: {design})"#);
            read(&text).unwrap_or_else(|error| panic!("{design}: {error}"));
        }
    }

    #[test]
    fn a_name_that_is_given_twice_is_refused_where_it_stands() {
        let text = "Sweep(about: \"x\", scenario: \"y.ron\", seeds: (0, 3),\n  design: Grid({\"a\": [1], \"a\": [2]}))";
        let error = read(text).expect_err("twice");
        assert!(error.starts_with("s.ron:2:27: design.Grid: the key `a` is given twice"), "{error}");
    }
}
