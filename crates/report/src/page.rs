//! A report: what it says, in the order in which it says it, and how that becomes one page.

use std::collections::BTreeSet;

use askama::Template;
use serde::Serialize;

use crate::counts::Counts;
use crate::payload::{Column, Payload};
use crate::svg::Ink;
use crate::svg::figure::{Content, Figure, SeriesChart};
use crate::text::{shown, time};
use crate::thin::Series;

/// Largest size of the compressed numbers of a page, as text: the page stays below three megabytes.
const MOST_BYTES: usize = 2_200_000;

/// A report on one result.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// What was made: the name of a scenario, a sweep, an experiment.
    pub title: String,
    /// What kind of result it is.
    pub kind: &'static str,
    /// What it came to, in a sentence or two.
    pub verdict: String,
    /// What it is about, as its author says.
    pub about: String,
    /// The parts, in order. The first begins with the picture.
    pub sections: Vec<Section>,
    /// What made it, as names and values.
    pub origin: Vec<(String, String)>,
    /// The commands that make it again.
    pub commands: Vec<String>,
    /// Events on the axis of time.
    pub events: Vec<Event>,
    /// The subnets that charts of one subnet can show, and the one that they show at first.
    pub netuids: Vec<u16>,
    /// The subnet that is shown at first.
    pub netuid: Option<u16>,
    /// How many runs it is of, where that is known.
    pub counts: Option<Counts>,
}

/// A part of a report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    /// Its heading.
    pub heading: String,
    /// What it says, in a sentence or two; may be empty.
    pub sentence: String,
    /// What it shows.
    pub items: Vec<Item>,
}

/// What a part shows.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// A picture.
    Figure(Figure),
    /// A table.
    Table(Table),
    /// A paragraph.
    Note(String),
}

/// A table; cells are texts, and numbers stand to the right.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// What each column's numbers are counted in, below its name; nothing where that is empty, or not there.
    pub units: Vec<&'static str>,
    /// How many of the first columns are texts.
    pub texts: usize,
    /// How many columns after them say with numbers what a row is of, such as the factors of a sweep.
    pub factors: usize,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether it is long and may be folded away.
    pub folded: bool,
    /// Whether cells have several lines: then no text from data may have a line end of its own.
    pub lines: bool,
}

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<String>,
    /// What its numbers are counted in, below its name; may be empty.
    pub unit: &'static str,
    /// How the row is marked, if it is.
    pub mark: &'static str,
}

impl Row {
    /// A row without a mark.
    pub fn of<T: Into<String>>(cells: impl IntoIterator<Item = T>) -> Self {
        Self { cells: cells.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The row, its numbers counted in a unit.
    #[must_use]
    pub fn counted_in(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }
}

impl Table {
    /// What a column's numbers are counted in; may be empty.
    #[must_use]
    pub fn unit(&self, column: usize) -> &'static str {
        self.units.get(column).copied().unwrap_or_default()
    }

    /// The columns' names, each with its unit.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (&String, &'static str)> {
        self.columns.iter().enumerate().map(|(at, name)| (name, self.unit(at)))
    }

    /// The table, with each unit only in the first of the rows of one name.
    #[must_use]
    pub fn with_units_once(mut self) -> Self {
        let mut last = String::new();
        for row in &mut self.rows {
            let name = row.cells.first().cloned().unwrap_or_default();
            if name == last {
                row.unit = "";
            }
            last = name;
        }
        self
    }
}

/// Something that happened, on the axis of time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// When.
    pub block: u32,
    /// What.
    pub label: String,
    /// Whether it is one of many of its kind, shown only when they stand apart.
    pub minor: bool,
    /// The subnet that it is about, if it is about one.
    pub netuid: Option<u16>,
}

impl Page {
    /// Adds a part with a heading.
    pub fn section(&mut self, heading: &str, sentence: String, mut items: Vec<Item>) {
        let mut ids: BTreeSet<String> = self.figures().map(|figure| figure.id.clone()).collect();
        let figures = items.iter_mut().filter_map(|item| match item {
            Item::Figure(figure) => Some(figure),
            _ => None,
        });
        for figure in figures {
            // Two long names, or names of other letters, may come to the same.
            let name = figure.id.clone();
            let mut number = 2;
            while !ids.insert(figure.id.clone()) {
                figure.id = format!("{name}-{number}");
                number += 1;
            }
        }
        self.sections.push(Section { heading: heading.into(), sentence, items });
    }

    /// All figures, in order.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.sections.iter().flat_map(|section| &section.items).filter_map(|item| match item {
            Item::Figure(figure) => Some(figure),
            _ => None,
        })
    }

    /// The page as HTML.
    pub fn html(&self) -> String {
        let (data, numbers) = self.data();
        // Inside a script nothing but `</script` and `<!--` ends or changes it; `<` is written otherwise.
        let data = in_script(&serde_json::to_string(&data).expect("plain data"));
        let listed: Vec<(usize, &Event)> =
            self.major().enumerate().map(|(at, event)| (at + 1, event)).collect();
        let events: Vec<(usize, String, u32, String)> = listed
            .iter()
            .map(|(number, event)| (*number, time(u64::from(event.block)), event.block, shown(&event.label)))
            .collect();
        let layout = Layout {
            page: self,
            events,
            events_after: self.sections.len().saturating_sub(1).min(1),
            has_charts: self.figures().any(|figure| matches!(figure.content, Content::Series(_))),
            data: &data,
            numbers: &numbers,
            style: concat!(
                include_str!("../assets/uplot/uPlot.min.css"),
                include_str!("../assets/report.css")
            ),
            library: include_str!("../assets/uplot/uPlot.iife.min.js"),
            licence: include_str!("../assets/uplot/LICENSE"),
            script: include_str!("../assets/report.js"),
            version: dtao_experiment::program::VERSION,
            ink: Ink::Page,
        };
        layout.render().expect("texts can be written")
    }

    /// Events that are always shown.
    fn major(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| !event.minor)
    }

    /// What the script is told, and the numbers: as many points as fit.
    fn data(&self) -> (Data, String) {
        let mut most = 4_000;
        loop {
            let (data, payload) = self.data_with(most);
            let text = payload.text();
            if text.len() <= MOST_BYTES || most <= 60 {
                return (data, text);
            }
            most = most * 2 / 3;
        }
    }

    /// The same with at most so many points of each series; those of the subnet that is shown first have more.
    fn data_with(&self, most: usize) -> (Data, Payload) {
        let charts: Vec<(&Figure, &SeriesChart)> = self
            .figures()
            .filter_map(|figure| match &figure.content {
                Content::Series(chart) => Some((figure, chart)),
                Content::Drawing(_) => None,
            })
            .collect();
        let shown_first = |netuid: Option<u16>| netuid.is_none() || netuid == self.netuid;
        let thinned: Vec<Vec<Series>> = charts
            .iter()
            .map(|(_, chart)| {
                let of = |line: &crate::svg::figure::Line| match (chart.stacked, shown_first(line.netuid)) {
                    (true, _) | (false, true) => line.series.clone(),
                    (false, false) => line.series.thinned(most / 3),
                };
                chart.lines.iter().map(of).collect()
            })
            .collect();
        let blocks: BTreeSet<u32> =
            thinned.iter().flatten().flat_map(|series| &series.points).map(|point| point.block).collect();
        let blocks: Vec<u32> = blocks.into_iter().collect();
        let mut payload = Payload::default();
        let block_column = payload.whole(&blocks);
        let times: Vec<u32> = blocks.iter().map(|&block| seconds(block)).collect();
        let time_column = payload.whole(&times);
        let place = |block: u32| blocks.binary_search(&block).expect("it is one of all") as u32;
        let charts = charts.iter().zip(&thinned).map(|((figure, chart), series)| {
            let mut before: Option<(Vec<u32>, usize)> = None;
            let lines = chart.lines.iter().zip(series).map(|(line, series)| {
                let places: Vec<u32> = series.points.iter().map(|point| place(point.block)).collect();
                // Lines on the same blocks share their column.
                let x = match &before {
                    Some((same, column)) if *same == places => *column,
                    _ => payload.whole(&places),
                };
                before = Some((places, x));
                let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
                LineData {
                    name: shown(&line.name),
                    netuid: line.netuid,
                    right: line.right,
                    dashed: line.dashed,
                    x,
                    y: payload.floats(&values),
                    seen: series.seen,
                    interval: series.interval,
                }
            });
            ChartData {
                id: figure.id.clone(),
                title: shown(&figure.title),
                left: shown(&chart.left),
                right: chart.right.as_deref().map(shown),
                log: chart.log,
                stacked: chart.stacked,
                lines: lines.collect(),
            }
        });
        let charts = charts.collect();
        let events = self.events.iter().map(|event| EventData {
            block: event.block,
            time: seconds(event.block),
            label: shown(&event.label),
            minor: event.minor,
            netuid: event.netuid,
        });
        let events = events.collect();
        let netuids = self.netuids.clone();
        let columns = payload.columns.clone();
        let data = Data {
            blocks: block_column,
            times: time_column,
            charts,
            events,
            netuids,
            netuid: self.netuid,
            columns,
        };
        (data, payload)
    }
}

/// A block's time in seconds since 1970.
fn seconds(block: u32) -> u32 {
    let time = dtao_experiment::historical_clock::time_of(dtao_protocol::units::Block(u64::from(block)));
    u32::try_from(time.as_second()).unwrap_or(u32::MAX)
}

/// JSON that a script element can hold.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// What the script is told.
#[derive(Serialize)]
struct Data {
    blocks: usize,
    times: usize,
    columns: Vec<Column>,
    charts: Vec<ChartData>,
    events: Vec<EventData>,
    netuids: Vec<u16>,
    netuid: Option<u16>,
}

#[derive(Serialize)]
struct ChartData {
    id: String,
    title: String,
    left: String,
    right: Option<String>,
    log: bool,
    stacked: bool,
    lines: Vec<LineData>,
}

#[derive(Serialize)]
struct LineData {
    name: String,
    netuid: Option<u16>,
    right: bool,
    dashed: bool,
    x: usize,
    y: usize,
    seen: usize,
    interval: u32,
}

#[derive(Serialize)]
struct EventData {
    block: u32,
    time: u32,
    label: String,
    minor: bool,
    netuid: Option<u16>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Layout<'p> {
    page: &'p Page,
    events: Vec<(usize, String, u32, String)>,
    /// After which part the events stand.
    events_after: usize,
    has_charts: bool,
    data: &'p str,
    numbers: &'p str,
    style: &'p str,
    library: &'p str,
    licence: &'p str,
    script: &'p str,
    version: &'p str,
    ink: Ink,
}

/// What the template does with values.
#[expect(
    clippy::inline_always,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "askama's macro makes filters like that"
)]
mod filters {
    use std::fmt::Display;

    /// A text in which nothing is hidden; markup in it is escaped afterwards.
    #[askama::filter_fn]
    pub(super) fn shown(text: impl Display, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(crate::text::shown(&text.to_string()))
    }
}

impl Layout<'_> {
    /// A drawing as part of the page.
    fn drawing(&self, figure: &Figure) -> String {
        match &figure.content {
            Content::Drawing(drawing) => drawing.svg(figure, self.ink),
            Content::Series(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_figures_of_a_page_have_one_name() {
        let figure = || {
            Item::Figure(Figure {
                id: "price".into(),
                title: String::new(),
                description: String::new(),
                content: Content::Series(SeriesChart::default()),
            })
        };
        let mut page = Page::default();
        page.section("", String::new(), vec![figure(), figure()]);
        page.section("", String::new(), vec![figure()]);
        let ids: Vec<&str> = page.figures().map(|figure| figure.id.as_str()).collect();
        assert_eq!(ids, ["price", "price-2", "price-3"]);
    }
}
