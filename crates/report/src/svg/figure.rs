//! Figures: what they show, without how it is drawn.

use super::Drawing;
use crate::thin::Series;

/// A picture with its title and what it shows in words.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Its name among the figures of a report, also of its file: small letters, digits and hyphens.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it shows, for those who cannot see it and those who want to be sure.
    pub description: String,
    /// What is drawn.
    pub content: Content,
}

/// What a figure draws.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Series over blocks, which a page lets its reader zoom and read.
    Series(SeriesChart),
    /// Anything else.
    Drawing(Drawing),
}

/// Series over blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeriesChart {
    /// What the left axis shows, with its unit.
    pub left: String,
    /// What the right axis shows, if there is one.
    pub right: Option<String>,
    /// Whether the axis is logarithmic at first.
    pub log: bool,
    /// Whether the lines are stacked: then all have the same blocks.
    pub stacked: bool,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One series.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// What it is.
    pub name: String,
    /// The subnet whose it is, where the reader chooses one.
    pub netuid: Option<u16>,
    /// Whether it is on the right axis.
    pub right: bool,
    /// Whether it is dashed.
    pub dashed: bool,
    /// Its values.
    pub series: Series,
}

/// Small letters, digits and hyphens of a text, as a name for a figure.
pub(crate) fn slug(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let plain: String = plain.collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let mut slug = parts.join("-");
    slug.truncate(48);
    if slug.is_empty() { "figure".into() } else { slug }
}
