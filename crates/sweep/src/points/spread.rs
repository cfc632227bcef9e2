//! Points between bounds: of the unit cube, spread over ranges, and written as text.

use dtao_files::input::{InputError, Source, locate};
use dtao_statistics::design::{
    Axis, DesignError, DesignSeed, MorrisDesign, Needs, Range, RangeError, SobolDesign, latin_hypercube,
    sobol, written,
};

use super::super::file::{Design, Ordered, Scale, Spread};
use crate::limits::{FACTORS, POINTS};

/// The points of a design of ranges.
pub(super) fn points(
    design: &Design,
    ranges: &Ordered<Spread>,
    source: &Source,
) -> Result<Vec<Vec<String>>, InputError> {
    let wrong = |field: &str, message: String| {
        Err(InputError::at(source, &format!("design.{}{field}", name(design)), message, None))
    };
    // Before anything is made of them.
    let (count, size) = size(design, ranges.len());
    if size > POINTS as u128 || ranges.len() > FACTORS {
        let message = format!(
            "{size} points of {} factor(s): at most {POINTS} points and {FACTORS} factors are possible",
            ranges.len()
        );
        return wrong(&format!(".{count}"), message);
    }
    let field = |factor: &str| format!(".ranges.{}", locate::quoted(factor));
    let mut axes = Vec::with_capacity(ranges.len());
    for (factor, spread) in ranges.iter() {
        if spread.write.matches("{}").count() != 1 {
            return wrong(
                &format!("{}.write", field(factor)),
                format!("`{}` must hold `{{}}` once, in place of the number", spread.write),
            );
        }
        if let Some(quoted) = unquoted(&spread.write) {
            let path = format!("design.{}{}.write", name(design), field(factor));
            let message =
                format!("`{}` is not a value: what stands in its parentheses is text", spread.write);
            let help = format!("text stands in quotes, which are written with `\\`: write: \"{quoted}\"");
            return Err(InputError::at(source, &path, message, Some(help)));
        }
        match spread.axis() {
            Ok(axis) => axes.push(axis),
            Err(error) => return wrong(&field(factor), error.to_string()),
        }
    }
    let points = cube(design, ranges.len()).and_then(|points| written(points, &axes, needs(design)));
    match points {
        Ok(points) => Ok(points.into_iter().map(|point| texts(point, ranges)).collect()),
        Err(error) => {
            let factor = error.factor().and_then(|factor| ranges.iter().nth(factor));
            wrong(&factor.map_or_else(String::new, |(factor, _)| field(factor)), error.to_string())
        }
    }
}

/// A value with text in parentheses that lacks its quotes, such as `Exactly({} TAO)`: as a file has it with them.
fn unquoted(write: &str) -> Option<String> {
    let (name, rest) = write.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    let is_text = inner.contains("{} ") && !inner.contains(['"', '(', ',', ':']);
    is_text.then(|| format!("{name}(\\\"{inner}\\\")"))
}

/// The field that says how many points there are, and how many that makes.
fn size(design: &Design, factors: usize) -> (&'static str, u128) {
    let of = |count: usize, each: usize| count as u128 * each as u128;
    match *design {
        Design::LatinHypercube { points, .. } | Design::SobolSequence { points, .. } => {
            ("points", of(points, 1))
        }
        Design::Sobol { rows, .. } => ("rows", of(rows, factors + 2)),
        Design::Morris { trajectories, .. } => ("trajectories", of(trajectories, factors + 1)),
        _ => ("", 0),
    }
}

fn texts(point: Vec<String>, ranges: &Ordered<Spread>) -> Vec<String> {
    point.iter().zip(ranges.iter()).map(|(number, (_, spread))| spread.write.replace("{}", number)).collect()
}

fn name(design: &Design) -> &'static str {
    match design {
        Design::LatinHypercube { .. } => "LatinHypercube",
        Design::SobolSequence { .. } => "SobolSequence",
        Design::Sobol { .. } => "Sobol",
        Design::Morris { .. } => "Morris",
        _ => "",
    }
}

/// What a design's points must not lose when they are written.
fn needs(design: &Design) -> Needs {
    match *design {
        Design::Morris { levels, .. } => Needs::Levels(levels),
        // Hybrids of a factor with few values are rightly the same point.
        Design::Sobol { .. } => Needs::Variation,
        _ => Needs::DistinctPoints,
    }
}

/// The points in the unit cube.
fn cube(design: &Design, factors: usize) -> Result<Vec<Vec<f64>>, DesignError> {
    match *design {
        Design::LatinHypercube { points, seed, .. } => latin_hypercube(DesignSeed(seed), points, factors),
        Design::SobolSequence { points, seed, .. } => sobol(DesignSeed(seed), points, factors),
        Design::Sobol { rows, seed, .. } => {
            Ok(SobolDesign::new(DesignSeed(seed), rows, factors)?.points().collect())
        }
        Design::Morris { trajectories, levels, seed, .. } => {
            Ok(MorrisDesign::new(DesignSeed(seed), trajectories, factors, levels)?.points().collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// What is worth knowing of a design that is no error.
pub(super) fn note(design: &Design) -> Option<String> {
    let (field, points) = match *design {
        Design::Sobol { rows, .. } => ("rows", rows),
        Design::SobolSequence { points, .. } => ("points", points),
        _ => return None,
    };
    if points.is_power_of_two() {
        return None;
    }
    let above = points.next_power_of_two();
    let name = name(design);
    Some(format!(
        "design.{name}.{field}: {points} is not a power of two, so the points fill the space less evenly: use {} or \
         {above}",
        above / 2
    ))
}

impl Spread {
    /// The range, and how its values are written.
    ///
    /// # Errors
    /// If there is no such range, or rounding would lead out of it.
    pub fn axis(&self) -> Result<Axis, RangeError> {
        let Self { from, to, scale, decimals, .. } = *self;
        let range = match scale {
            Scale::Linear => Range::linear(from, to),
            Scale::Log => Range::log(from, to),
            Scale::Whole => Range::whole(from, to),
        };
        Axis::new(range?, decimals)
    }

    /// The number in a value that was written.
    #[must_use]
    pub fn number(&self, written: &str) -> Option<f64> {
        let (before, after) = self.write.split_once("{}")?;
        written.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
    }
}
