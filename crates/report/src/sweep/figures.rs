//! A sweep's figures: what each design is for.

use dtao_sweep::points::FactorKind;

use super::Sweep;
use super::cells::{Cell, shown};
use crate::svg::figure::{Content, Figure, slug};
use crate::svg::{
    Bar, Curve, Curves, Drawing, HeatCell, HeatMap, Histogram, IntervalRow, Intervals, Mark, Positions,
    Shades, Tornado,
};
use crate::text::number;

/// Most arms or lines in one figure.
const SERIES: usize = 8;

/// Most rows of a figure.
const ROWS: usize = 40;

impl Sweep {
    /// An outcome's figures, the one that says most first.
    pub(super) fn figures(&self, outcome: &str) -> Vec<Figure> {
        let cells: Vec<&Cell> = self.cells.iter().filter(|cell| cell.outcome == outcome).collect();
        if cells.iter().all(|cell| cell.mean.is_none()) {
            return Vec::new();
        }
        let mut figures = Vec::new();
        figures.extend(self.tornado(outcome));
        match (self.manifest.factors.len(), self.grid(&cells)) {
            (0, _) => figures.push(self.by_arm(outcome, &cells)),
            (2, Some(grid)) => {
                figures.push(self.heat(outcome, &grid));
                figures.push(self.lines_of_grid(outcome, &grid));
            }
            (1, _) => figures.push(self.by_factor(outcome, &cells)),
            _ => figures.extend(
                (0..self.manifest.factors.len().min(6)).map(|factor| self.clouds(outcome, &cells, factor)),
            ),
        }
        figures.extend(self.differences(outcome, &cells));
        figures.extend(self.distributions(outcome));
        figures
    }

    fn unit(&self, outcome: &str) -> String {
        let unit = self.unit_alone(outcome);
        if unit.is_empty() { outcome.to_owned() } else { format!("{outcome}, {unit}") }
    }

    fn arms(&self) -> Vec<&str> {
        self.manifest.arms.iter().map(|arm| arm.name.as_str()).collect()
    }

    /// Says that not all arms fit.
    fn left_out(&self) -> String {
        let more = self.manifest.arms.len().saturating_sub(SERIES);
        if more > 0 { format!(" {more} more arms are in the table.") } else { String::new() }
    }

    /// Means by arm.
    fn by_arm(&self, outcome: &str, cells: &[&Cell]) -> Figure {
        let rows: Vec<IntervalRow> = cells
            .iter()
            .take(ROWS)
            .map(|cell| IntervalRow { name: cell.arm.clone(), marks: vec![mark(cell)] })
            .collect();
        let drawing = Intervals { axis: self.unit(outcome), series: vec!["mean".into()], rows, zero: false };
        drawn(
            outcome,
            "mean by arm",
            "The mean of each arm with its 95 % interval.",
            Drawing::Intervals(drawing),
        )
    }

    /// Means along one factor, a line for each arm.
    fn by_factor(&self, outcome: &str, cells: &[&Cell]) -> Figure {
        let positions = self.positions(0, cells);
        let of = |arm: &&str| Curve {
            name: (*arm).to_owned(),
            points: cells
                .iter()
                .filter(|cell| cell.arm == **arm)
                .filter_map(|cell| Some((place(&positions, &cell.values[0])?, mark(cell)?)))
                .collect(),
        };
        let series = self.arms().iter().take(SERIES).map(of).collect();
        let factor = &self.manifest.factors[0].name;
        let text = format!(
            "The mean at each value of {factor} with its 95 % interval, in each arm.{}",
            self.left_out()
        );
        let drawing =
            Curves { across: factor.clone(), up: self.unit(outcome), positions, series, connected: true };
        drawn(outcome, &format!("by {factor}"), &text, Drawing::Curves(drawing))
    }

    /// Means of all points along one of several factors.
    fn clouds(&self, outcome: &str, cells: &[&Cell], factor: usize) -> Figure {
        let positions = self.positions(factor, cells);
        let of = |arm: &&str| Curve {
            name: (*arm).to_owned(),
            points: cells
                .iter()
                .filter(|cell| cell.arm == **arm)
                .filter_map(|cell| {
                    Some((
                        place(&positions, &cell.values[factor])?,
                        Mark { value: cell.mean?, interval: None },
                    ))
                })
                .take(1_000)
                .collect(),
        };
        let series = self.arms().iter().take(SERIES).map(of).collect();
        let name = &self.manifest.factors[factor].name;
        let text = format!(
            "Each mark is the mean of one point of the design; the other factors differ from mark to mark.{}",
            self.left_out()
        );
        let drawing =
            Curves { across: name.clone(), up: self.unit(outcome), positions, series, connected: false };
        drawn(outcome, &format!("by {name}"), &text, Drawing::Curves(drawing))
    }

    /// The cells of two factors, if each value of one is there with each of the other; of the first arm.
    fn grid<'c>(&self, cells: &[&'c Cell]) -> Option<Grid<'c>> {
        if self.manifest.factors.len() != 2 {
            return None;
        }
        let distinct = |factor: usize| {
            let mut values: Vec<&str> = Vec::new();
            for cell in cells {
                if !values.contains(&cell.values[factor].as_str()) {
                    values.push(&cell.values[factor]);
                }
            }
            values.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => a.total_cmp(&b),
                _ => std::cmp::Ordering::Equal,
            });
            values.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let (down, across) = (distinct(0), distinct(1));
        let first = &self.manifest.arms[0].name;
        let find = |a: &str, b: &str| {
            cells
                .iter()
                .find(|cell| cell.arm == *first && cell.values[0] == a && cell.values[1] == b)
                .copied()
        };
        let rows: Vec<Vec<Option<&Cell>>> =
            down.iter().map(|a| across.iter().map(|b| find(a, b)).collect()).collect();
        let full = rows.iter().flatten().all(Option::is_some);
        (full && down.len() <= ROWS && across.len() <= 12).then_some(Grid { down, across, rows })
    }

    /// Means of two factors, shaded.
    fn heat(&self, outcome: &str, grid: &Grid) -> Figure {
        let [down, across] = [0, 1].map(|at| self.manifest.factors[at].name.clone());
        let cell = |cell: Option<&Cell>| {
            let cell = cell?;
            let value = cell.mean?;
            let interval = cell
                .interval
                .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", number(low), number(high)));
            let told = format!("{outcome}{}: {}{interval}, {} runs", self.at(cell), number(value), cell.n);
            Some(HeatCell { value, text: number(value), told })
        };
        let heat = HeatMap {
            across: across.clone(),
            down: down.clone(),
            columns: grid.across.iter().map(|value| shown(value)).collect(),
            rows: grid.down.iter().map(|value| shown(value)).collect(),
            cells: grid.rows.iter().map(|row| row.iter().copied().map(cell).collect()).collect(),
            shades: if grid.mixed() { Shades::FromZero } else { Shades::Rising },
        };
        let arm = if self.manifest.arms.len() > 1 {
            format!(", in arm {}", self.manifest.arms[0].name)
        } else {
            String::new()
        };
        let text = format!("The mean at each pair of values{arm}. Point at a cell for its 95 % interval.");
        let mut figure = drawn(outcome, &format!("by {down} and {across}"), &text, Drawing::Heat(heat));
        let unit = self.unit_alone(outcome);
        if !unit.is_empty() {
            figure.title = format!("{}, {unit}", figure.title);
        }
        figure
    }

    /// The same as lines: along the second factor, a line for each value of the first.
    fn lines_of_grid(&self, outcome: &str, grid: &Grid) -> Figure {
        let positions = if matches!(self.manifest.factors[1].kind, FactorKind::Text) {
            Positions::Names(grid.across.clone())
        } else {
            Positions::Numbers
        };
        let curve = |(value, row): (&String, &Vec<Option<&Cell>>)| Curve {
            name: format!("{} = {}", self.manifest.factors[0].name, shown(value)),
            points: row
                .iter()
                .flatten()
                .filter_map(|cell| Some((place(&positions, &cell.values[1])?, mark(cell)?)))
                .collect(),
        };
        let series = grid.down.iter().zip(&grid.rows).take(SERIES).map(curve).collect();
        let across = self.manifest.factors[1].name.clone();
        let text = "The same means with their 95 % intervals.";
        let drawing =
            Curves { across: across.clone(), up: self.unit(outcome), positions, series, connected: true };
        drawn(outcome, &format!("along {across}"), text, Drawing::Curves(drawing))
    }

    /// Paired differences from the first arm.
    fn differences(&self, outcome: &str, cells: &[&Cell]) -> Option<Figure> {
        let other = |cell: &&&Cell| cell.difference.is_some();
        let row = |cell: &&Cell| IntervalRow {
            name: self.named(cell),
            marks: vec![cell.difference.map(|value| Mark { value, interval: cell.difference_interval })],
        };
        let all = cells.iter().filter(other).count();
        let rows: Vec<IntervalRow> = cells.iter().filter(other).take(ROWS).map(row).collect();
        if rows.is_empty() {
            return None;
        }
        let more = if all > ROWS { format!(" {} more are in the table.", all - ROWS) } else { String::new() };
        let first = &self.manifest.arms[0].name;
        let text = format!(
            "Each arm less {first}, seed by seed, with the 95 % interval of the mean difference.{more}"
        );
        let drawing = Intervals {
            axis: format!("{}, less {first}", self.unit(outcome)),
            series: vec!["difference".into()],
            rows,
            zero: true,
        };
        Some(drawn(outcome, "differences between arms", &text, Drawing::Intervals(drawing)))
    }

    /// A cell's arm and factors, in short.
    fn named(&self, cell: &Cell) -> String {
        let factors = self.manifest.factors.iter().zip(&cell.values);
        let told: Vec<String> =
            factors.map(|(factor, value)| format!("{} {}", factor.name, shown(value))).collect();
        if told.is_empty() { cell.arm.clone() } else { format!("{}: {}", cell.arm, told.join(", ")) }
    }

    /// Distributions by arm.
    fn distributions(&self, outcome: &str) -> Option<Figure> {
        let panels = self
            .arms()
            .into_iter()
            .take(SERIES)
            .map(|arm| (arm.to_owned(), self.runs.values(outcome, arm).to_vec()));
        let panels: Vec<(String, Vec<f64>)> = panels.filter(|(_, values)| values.len() >= 8).collect();
        if panels.is_empty() {
            return None;
        }
        let points = if self.manifest.points > 1 { ", all points of the design together" } else { "" };
        let cut = if self.runs.cut { " Only the first 200,000 runs of an arm are counted." } else { "" };
        let text = format!(
            "How often values come up in each arm{points}; the line is the median.{cut}{}",
            self.left_out()
        );
        Some(drawn(
            outcome,
            "distribution by arm",
            &text,
            Drawing::Histogram(Histogram { axis: self.unit(outcome), panels }),
        ))
    }

    /// Sensitivities, the largest on top; of the first arm.
    fn tornado(&self, outcome: &str) -> Option<Figure> {
        let first = &self.manifest.arms[0].name;
        let rows: Vec<_> =
            self.sensitivity.iter().filter(|row| row.outcome == outcome && row.arm == *first).collect();
        let has = |index: &str| rows.iter().any(|row| row.index == index);
        let (indices, axis, text) = if has("total") {
            (
                ["total", "first"],
                "Sobol' index",
                "The total index is the part of the variance that a factor has a hand in, alone or with others; the first-order index the part that it has alone. Lines are 95 % intervals.",
            )
        } else if has("mu_star") {
            (
                ["mu_star", "sigma"],
                "elementary effect, in the outcome's unit over the factor's whole range",
                "mu_star is the mean size of a factor's elementary effects; sigma, their standard deviation, is large where a factor acts together with others or not in a straight line. Lines are 95 % intervals.",
            )
        } else {
            return None;
        };
        let mut names: Vec<&str> = Vec::new();
        for row in &rows {
            if !row.factor.is_empty() && !names.contains(&row.factor.as_str()) {
                names.push(&row.factor);
            }
        }
        let bar = |factor: &str, index: &str| {
            let row = rows.iter().find(|row| row.factor == factor && row.index == index)?;
            Some(Bar { value: row.value?, interval: row.interval })
        };
        let factors = names
            .iter()
            .map(|factor| ((*factor).to_owned(), indices.iter().map(|index| bar(factor, index)).collect()));
        let tornado = Tornado {
            axis: axis.into(),
            indices: indices.map(str::to_owned).into(),
            factors: factors.collect(),
        }
        .sorted();
        Some(drawn(outcome, "what it depends on", text, Drawing::Tornado(tornado)))
    }

    /// Where the values of a factor lie.
    fn positions(&self, factor: usize, cells: &[&Cell]) -> Positions {
        let values = cells.iter().map(|cell| cell.values[factor].as_str());
        if !matches!(self.manifest.factors[factor].kind, FactorKind::Text)
            && values.clone().all(|value| value.parse::<f64>().is_ok())
        {
            return Positions::Numbers;
        }
        let mut names: Vec<String> = Vec::new();
        for value in values {
            if !names.iter().any(|name| name == value) {
                names.push(value.to_owned());
            }
        }
        Positions::Names(names)
    }
}

/// All pairs of values of two factors.
struct Grid<'c> {
    down: Vec<String>,
    across: Vec<String>,
    rows: Vec<Vec<Option<&'c Cell>>>,
}

impl Grid<'_> {
    /// Whether means lie on both sides of zero.
    fn mixed(&self) -> bool {
        let means = || self.rows.iter().flatten().flatten().filter_map(|cell| cell.mean);
        means().any(|mean| mean < 0.0) && means().any(|mean| mean > 0.0)
    }
}

fn mark(cell: &Cell) -> Option<Mark> {
    Some(Mark { value: cell.mean?, interval: cell.interval })
}

fn place(positions: &Positions, value: &str) -> Option<f64> {
    match positions {
        Positions::Numbers => value.parse().ok(),
        Positions::Names(names) => names.iter().position(|name| name == value).map(|at| at as f64),
    }
}

fn drawn(outcome: &str, what: &str, description: &str, drawing: Drawing) -> Figure {
    Figure {
        id: slug(&format!("{outcome} {what}")),
        title: format!("{outcome}: {what}"),
        description: description.to_owned(),
        content: Content::Drawing(drawing),
    }
}
