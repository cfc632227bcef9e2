//! The points of a design, made one by one.

mod spread;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::file::{Design, Ordered, Sweep, Value};
use crate::limits::FACTORS;
use dtao_files::input::{InputError, Source, locate, names};

/// One thing that is varied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Its column in the tables.
    pub name: String,
    /// Its path in the scenario.
    pub path: String,
    /// Whether all of its values are numbers, and in what.
    pub kind: FactorKind,
}

/// What a factor's values are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactorKind {
    /// Plain numbers.
    Number,
    /// Numbers with this unit behind them, such as `TAO`.
    Amount(String),
    /// Anything else.
    Text,
}

impl Factor {
    /// The value as it stands in a table of results: a number without its unit, or the text.
    #[must_use]
    pub fn shown<'v>(&self, value: &'v str) -> Shown<'v> {
        match (&self.kind, split(value)) {
            (FactorKind::Number | FactorKind::Amount(_), Some((number, _))) => Shown::Number(number),
            _ => Shown::Text(value),
        }
    }
}

/// A value in a table of results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown<'v> {
    /// A number.
    Number(f64),
    /// A text.
    Text(&'v str),
}

/// A number and its unit, which may be empty; of a prior, if it is fixed: `Exactly("100 TAO")`.
fn split(value: &str) -> Option<(f64, &str)> {
    let text = value.trim();
    let fixed =
        text.strip_prefix("Exactly").and_then(|rest| rest.trim().strip_prefix('(')?.strip_suffix(')'));
    let text = fixed.unwrap_or(text).trim().trim_matches('"').trim();
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    // Words such as `inf` or `NaN` are no numbers to plot.
    let plain = number.bytes().any(|byte| byte.is_ascii_digit());
    let number: f64 = number.replace('_', "").parse().ok().filter(|_| plain)?;
    Some((number, unit.trim()))
}

/// All points: each a value, as RON text, for every factor.
#[derive(Clone, Debug)]
pub struct Points {
    factors: Vec<Factor>,
    rows: Rows,
}

#[derive(Clone, Debug)]
enum Rows {
    Grid(Vec<Vec<String>>),
    Listed(Vec<Vec<String>>),
}

impl Points {
    /// The points of a sweep's design; a table is looked for in the folder.
    ///
    /// # Errors
    /// If the design is empty or incomplete, or its table is wrong.
    pub fn of(sweep: &Sweep, source: &Source, folder: &Path) -> Result<Self, InputError> {
        let texts = |values: &[Value]| values.iter().map(|value| value.0.clone()).collect::<Vec<_>>();
        let (names, rows) = match &sweep.design {
            Design::Single => (Vec::new(), Rows::Listed(vec![Vec::new()])),
            Design::Grid(factors) => {
                check_levels(factors, source, "Grid")?;
                (names_of(factors), Rows::Grid(factors.iter().map(|(_, values)| texts(values)).collect()))
            }
            Design::Zip(factors) => {
                check_levels(factors, source, "Zip")?;
                let length = factors.iter().next().map_or(0, |(_, values)| values.len());
                for (name, values) in factors.iter() {
                    if values.len() != length {
                        let message = format!(
                            "`{name}` has {} values, but the first factor has {length}",
                            values.len()
                        );
                        let help = "give every factor of a Zip as many values".to_owned();
                        let path = format!("design.Zip.{}", locate::quoted(name));
                        return Err(InputError::at(source, &path, message, Some(help)));
                    }
                }
                let point = |at: usize| factors.iter().map(|(_, values)| values[at].0.clone()).collect();
                (names_of(factors), Rows::Listed((0..length).map(point).collect()))
            }
            Design::List(points) => {
                let names = points.first().map(names_of).unwrap_or_default();
                let mut rows = Vec::with_capacity(points.len());
                for (index, point) in points.iter().enumerate() {
                    rows.push(listed(point, &names).map_err(|(message, help)| {
                        InputError::at(source, &format!("design.List[{index}]"), message, Some(help))
                    })?);
                }
                (names, Rows::Listed(rows))
            }
            Design::Table(file) => {
                let (names, rows) = written::read_points(&folder.join(file))
                    .map_err(|error| error.named_in(source, "design.Table"))?;
                (names, Rows::Listed(rows))
            }
            Design::LatinHypercube { ranges, .. }
            | Design::SobolSequence { ranges, .. }
            | Design::Sobol { ranges, .. }
            | Design::Morris { ranges, .. } => {
                (names_of(ranges), Rows::Listed(spread::points(&sweep.design, ranges, source)?))
            }
        };
        if names.len() > FACTORS {
            let message = format!("{} factors: a design has at most {FACTORS}", names.len());
            return Err(InputError::at(source, "design", message, None));
        }
        if let Some((field, message)) = twice(&sweep.design, &names, &rows) {
            let help = "it would be run twice, and counted twice: leave one out".to_owned();
            return Err(InputError::at(source, &field, message, Some(help)));
        }
        for name in &names {
            if let Some((message, help)) = names::fault(name) {
                let field = sweep.design.field_of(name);
                return Err(InputError::at(source, &field, message, Some(help)));
            }
        }
        let points = Self { factors: factors(&names, &rows, sweep), rows };
        if points.is_empty() {
            let help = "write at least one point, or leave the design out".to_owned();
            return Err(InputError::at(source, "design", "the design has no points", Some(help)));
        }
        Ok(points)
    }

    /// What is worth knowing of a design that is no error.
    #[must_use]
    pub fn note(design: &Design) -> Option<String> {
        spread::note(design)
    }

    /// What is varied.
    #[must_use]
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// How many points there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.rows {
            Rows::Grid(levels) => {
                // More than can be counted is refused with the number of runs.
                levels.iter().fold(1, |all: u64, levels| all.saturating_mul(levels.len() as u64))
            }
            Rows::Listed(rows) => rows.len() as u64,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a point, in the order of the factors.
    #[must_use]
    pub fn values(&self, point: u64) -> Vec<&str> {
        match &self.rows {
            Rows::Grid(levels) => {
                let mut rest = point;
                let mut values: Vec<&str> = levels
                    .iter()
                    .rev()
                    .map(|levels| {
                        let count = levels.len() as u64;
                        let level = &levels[(rest % count) as usize];
                        rest /= count;
                        level.as_str()
                    })
                    .collect();
                values.reverse();
                values
            }
            Rows::Listed(rows) => rows[point as usize].iter().map(String::as_str).collect(),
        }
    }
}

fn names_of<V>(named: &Ordered<V>) -> Vec<String> {
    named.iter().map(|(name, _)| name.to_owned()).collect()
}

fn check_levels(factors: &Ordered<Vec<Value>>, source: &Source, design: &str) -> Result<(), InputError> {
    if factors.is_empty() {
        let help = "name what is varied: `{\"path\": [value, …]}`".to_owned();
        return Err(InputError::at(source, &format!("design.{design}"), "nothing is varied", Some(help)));
    }
    for (name, values) in factors.iter() {
        if values.is_empty() {
            let path = format!("design.{design}.{}", locate::quoted(name));
            let help = "write at least one".to_owned();
            return Err(InputError::at(source, &path, format!("`{name}` has no values"), Some(help)));
        }
    }
    Ok(())
}

/// The first point that is written twice by hand: its place, and what to say.
fn twice(design: &Design, names: &[String], rows: &Rows) -> Option<(String, String)> {
    match (design, rows) {
        (_, Rows::Grid(levels)) => names.iter().zip(levels).find_map(|(name, levels)| {
            let mut seen = BTreeSet::new();
            let at = levels.iter().position(|level| !seen.insert(level))?;
            let field = format!("design.Grid.{}[{at}]", locate::quoted(name));
            Some((field, format!("the value `{}` is given twice", levels[at])))
        }),
        (Design::Zip(_) | Design::List(_) | Design::Table(_), Rows::Listed(rows)) => {
            let mut seen = BTreeMap::new();
            let (first, at) =
                rows.iter().enumerate().find_map(|(at, row)| Some((seen.insert(row, at)?, at)))?;
            let field = match design {
                Design::List(_) => format!("design.List[{at}]"),
                _ => "design".to_owned(),
            };
            Some((field, format!("the points {first} and {at} are the same: {}", rows[at].join(", "))))
        }
        _ => None,
    }
}

/// A point's values in the order of the names.
fn listed(point: &Ordered<Value>, names: &[String]) -> Result<Vec<String>, (String, String)> {
    if point.iter().map(|(name, _)| name).eq(names) {
        return Ok(point.iter().map(|(_, value)| value.0.clone()).collect());
    }
    let all = format!("every point has the factors of the first: {}", names.join(", "));
    if let Some((name, _)) = point.iter().find(|(name, _)| !names.iter().any(|known| known == name)) {
        return Err((format!("the first point has no `{name}`"), all));
    }
    let value = |name: &String| point.get(name).map(|value| value.0.clone());
    names
        .iter()
        .map(|name| value(name).ok_or_else(|| (format!("`{name}` is missing"), all.clone())))
        .collect()
}

fn factors(names: &[String], rows: &Rows, sweep: &Sweep) -> Vec<Factor> {
    let factor = |(index, name): (usize, &String)| {
        let kind = match rows {
            Rows::Grid(levels) => kind(levels[index].iter()),
            Rows::Listed(rows) => kind(rows.iter().map(|row| &row[index])),
        };
        let path = sweep.names.get(name).unwrap_or(name).clone();
        Factor { name: name.clone(), path, kind }
    };
    names.iter().enumerate().map(factor).collect()
}

fn kind<'v>(mut values: impl Iterator<Item = &'v String>) -> FactorKind {
    let Some((_, unit)) = values.next().and_then(|value| split(value)) else { return FactorKind::Text };
    if !values.all(|value| split(value).is_some_and(|(_, other)| other == unit)) {
        return FactorKind::Text;
    }
    if unit.is_empty() { FactorKind::Number } else { FactorKind::Amount(unit.to_owned()) }
}

#[cfg(test)]
mod tests;
