//! Points between bounds: of the unit cube, spread over ranges, and written as text.

use crate::design::{
    DesignError, DesignSeed, MorrisDesign, Range, RangeError, SobolDesign, latin_hypercube, sobol,
};
use crate::input::{InputError, Source, locate};

use super::super::file::{Design, Ordered, Scale, Spread};

/// The points of a design of ranges.
pub(super) fn points(
    design: &Design,
    ranges: &Ordered<Spread>,
    source: &Source,
) -> Result<Vec<Vec<String>>, InputError> {
    let name = match design {
        Design::LatinHypercube { .. } => "LatinHypercube",
        Design::SobolSequence { .. } => "SobolSequence",
        Design::Sobol { .. } => "Sobol",
        Design::Morris { .. } => "Morris",
        _ => "",
    };
    let wrong = |field: &str, message: String| {
        Err(InputError::at(source, &format!("design.{name}{field}"), message, None))
    };
    let mut spreads = Vec::with_capacity(ranges.len());
    for (factor, spread) in ranges.iter() {
        let field = format!(".ranges.{}", locate::quoted(factor));
        if spread.write.matches("{}").count() != 1 {
            return wrong(
                &format!("{field}.write"),
                format!("`{}` must hold `{{}}` once, in place of the number", spread.write),
            );
        }
        match range(spread) {
            Ok(range) => spreads.push((range, spread)),
            Err(error) => return wrong(&field, error.to_string()),
        }
    }
    let text = |point: Vec<f64>| {
        let values = point.into_iter().zip(&spreads);
        values.map(|(coordinate, (range, spread))| written(range.at(coordinate), spread)).collect()
    };
    match cube(design, ranges.len()) {
        Ok(points) => Ok(points.into_iter().map(text).collect()),
        Err(error) => wrong("", error.to_string()),
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

fn range(spread: &Spread) -> Result<Range, RangeError> {
    let Spread { from, to, scale, .. } = *spread;
    match scale {
        Scale::Linear => Range::linear(from, to),
        Scale::Log => Range::log(from, to),
        // Bounds that are no whole numbers are moved inwards.
        Scale::Whole => Range::integer(from.ceil() as i64, to.floor() as i64),
    }
}

fn written(value: f64, spread: &Spread) -> String {
    let number = match spread.decimals {
        Some(places) => format!("{value:.places$}", places = usize::from(places)),
        None => value.to_string(),
    };
    spread.write.replace("{}", &number)
}
