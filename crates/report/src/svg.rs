//! Pictures as SVG: small, without scripts, with every number in a title that a reader can point at.

pub(crate) mod canvas;
mod curves;
mod fan;
pub(crate) mod figure;
mod heat;
mod histogram;
mod intervals;
mod lines;
mod scale;
mod tornado;

pub(crate) use canvas::Ink;
pub(crate) use curves::{Curve, Curves, Positions};
pub(crate) use fan::{Fan, Spread};
pub(crate) use heat::{HeatCell, HeatMap, Shades};
pub(crate) use histogram::Histogram;
pub(crate) use intervals::{IntervalRow, Intervals, Mark};
pub(crate) use tornado::{Bar, Tornado};

use figure::{Content, Figure};

/// A picture that is no series over blocks.
#[derive(Clone, Debug)]
pub(crate) enum Drawing {
    /// Values with intervals, a row each.
    Intervals(Intervals),
    /// Values of two factors.
    Heat(HeatMap),
    /// Values along one factor.
    Curves(Curves),
    /// How far runs spread over time.
    Fan(Fan),
    /// How often values come up.
    Histogram(Histogram),
    /// Which factors move an outcome.
    Tornado(Tornado),
}

impl Drawing {
    /// The picture.
    pub fn svg(&self, figure: &Figure, ink: Ink) -> String {
        match self {
            Self::Intervals(drawing) => drawing.svg(figure, ink),
            Self::Heat(drawing) => drawing.svg(figure, ink),
            Self::Curves(drawing) => drawing.svg(figure, ink),
            Self::Fan(drawing) => drawing.svg(figure, ink),
            Self::Histogram(drawing) => drawing.svg(figure, ink),
            Self::Tornado(drawing) => drawing.svg(figure, ink),
        }
    }
}

/// A figure as a file of its own.
pub(crate) fn file(figure: &Figure, netuid: Option<u16>) -> String {
    match &figure.content {
        Content::Series(chart) => lines::svg(chart, figure, netuid),
        Content::Drawing(drawing) => drawing.svg(figure, Ink::File),
    }
}

#[cfg(test)]
mod tests;
