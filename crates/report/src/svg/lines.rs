//! Series over blocks as a still picture.

use super::canvas::{Anchor, Canvas, Hue, Ink};
use super::figure::{Figure, Line, SeriesChart};
use super::scale::{Scale, tick};
use crate::text::{short, time};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 86.0;

/// The picture of one chart; where the reader could choose a subnet, of this one.
pub(super) fn svg(chart: &SeriesChart, figure: &Figure, netuid: Option<u16>) -> String {
    let of_subnet = |line: &&Line| line.netuid.is_none() || line.netuid == netuid;
    let lines: Vec<Line> = chart
        .lines
        .iter()
        .filter(of_subnet)
        .map(|line| Line { series: line.series.thinned(1_600), ..line.clone() })
        .collect();
    let lines = if chart.stacked { stacked(lines) } else { lines };
    let right = lines.iter().any(|line| line.right);
    let end = if right { WIDTH - 86.0 } else { WIDTH - 20.0 };
    let mut canvas = Canvas::new(WIDTH, 392.0, Ink::File);
    let names: Vec<String> = lines.iter().map(|line| line.name.clone()).collect();
    let top = 10.0 + canvas.legend((LEFT, 0.0), WIDTH - 10.0, &names);
    let bottom = 344.0;
    let points = || lines.iter().flat_map(|line| &line.series.points);
    let blocks = || points().map(|point| point.block);
    let ends = (blocks().min().unwrap_or(0), blocks().max().unwrap_or(1));
    let across = Scale::exact(f64::from(ends.0), f64::from(ends.1), LEFT, end);
    let scale = |right: bool| {
        let values =
            lines.iter().filter(move |line| line.right == right).flat_map(|line| &line.series.points);
        let values = values.map(|point| point.value).chain(chart.stacked.then_some(0.0));
        if chart.log { Scale::log(values, bottom, top) } else { Scale::linear(values, bottom, top) }
    };
    let scales = [scale(false), scale(true)];
    for value in scales[0].ticks(6) {
        canvas.line((LEFT, scales[0].at(value)), (end, scales[0].at(value)), Hue::Grid, 1.0);
        canvas.text((LEFT - 8.0, scales[0].at(value) + 4.0), Anchor::End, Hue::Soft, 12.0, &tick(value));
    }
    canvas.upright((16.0, f64::midpoint(top, bottom)), &short(&chart.left, 46));
    if right {
        for value in scales[1].ticks(6) {
            canvas.text((end + 8.0, scales[1].at(value) + 4.0), Anchor::Start, Hue::Soft, 12.0, &tick(value));
        }
        canvas.upright(
            (WIDTH - 8.0, f64::midpoint(top, bottom)),
            &short(chart.right.as_deref().unwrap_or(""), 46),
        );
    }
    time_axis(&mut canvas, ends, &across, bottom);
    let mut floor: Vec<(f64, f64)> =
        vec![(across.at(f64::from(ends.0)), bottom), (across.at(f64::from(ends.1)), bottom)];
    for (number, line) in lines.iter().enumerate() {
        let up = &scales[usize::from(line.right)];
        let shown = line.series.points.iter().filter(|point| !chart.log || point.value > 0.0);
        let path: Vec<(f64, f64)> =
            shown.map(|point| (across.at(f64::from(point.block)), up.at(point.value))).collect();
        if chart.stacked {
            let area: Vec<(f64, f64)> = path.iter().chain(floor.iter().rev()).copied().collect();
            canvas.area(&area, Hue::Series(number), 0.4);
            floor.clone_from(&path);
        }
        let dash = if line.dashed { "6 4" } else { ["", "8 4", "3 3", "10 3 3 3"][number / 8 % 4] };
        canvas.path(&path, Hue::Series(number), 1.6, dash);
    }
    canvas.finish(figure)
}

/// Each line on the one before; all have the same blocks.
fn stacked(mut lines: Vec<Line>) -> Vec<Line> {
    for at in 1..lines.len() {
        let (below, rest) = lines.split_at_mut(at);
        for (point, under) in rest[0].series.points.iter_mut().zip(&below[at - 1].series.points) {
            point.value += under.value;
        }
    }
    lines
}

/// Dates under an axis of blocks.
fn time_axis(canvas: &mut Canvas, (from, to): (u32, u32), across: &Scale, bottom: f64) {
    canvas.line((across.at(f64::from(from)), bottom), (across.at(f64::from(to)), bottom), Hue::Soft, 1.0);
    let steps = 6;
    for step in 0..=steps {
        let block = u64::from(from) + u64::from(to - from) * step / steps;
        let text = time(block);
        let (date, clock) = (text.get(5..10).unwrap_or(""), text.get(11..16).unwrap_or(""));
        let anchor = if step == 0 {
            Anchor::Start
        } else if step == steps {
            Anchor::End
        } else {
            Anchor::Middle
        };
        let x = across.at(block as f64);
        canvas.line((x, bottom), (x, bottom + 4.0), Hue::Soft, 1.0);
        canvas.text((x, bottom + 18.0), anchor, Hue::Soft, 12.0, &format!("{date} {clock}"));
    }
    let year = time(u64::from(from));
    let middle = f64::midpoint(across.at(f64::from(from)), across.at(f64::from(to)));
    canvas.text(
        (middle, bottom + 36.0),
        Anchor::Middle,
        Hue::Soft,
        12.0,
        &format!("UTC, {}; blocks {from} to {to}", year.get(..4).unwrap_or("")),
    );
}
