//! Pictures as they are drawn: a change shows in a snapshot.

use super::figure::{Line, SeriesChart};
use super::*;
use crate::thin::{Point, Series};

fn figure(drawing: Drawing) -> Figure {
    Figure {
        id: "x".into(),
        title: "A title with <markup>".into(),
        description: "What it shows".into(),
        content: Content::Drawing(drawing),
    }
}

fn mark(value: f64) -> Mark {
    Mark { value, interval: Some((value - 0.5, value + 0.7)) }
}

fn heat() -> Drawing {
    let cell = |value: f64| Some(HeatCell { value, text: value.to_string(), told: format!("told {value}") });
    Drawing::Heat(HeatMap {
        across: "exit".into(),
        down: "budget".into(),
        columns: vec!["1".into(), "2".into()],
        rows: vec!["100".into(), "300".into()],
        cells: vec![vec![cell(-4.0), cell(1.0)], vec![cell(16.0), None]],
        shades: Shades::FromZero,
    })
}

fn tornado() -> Drawing {
    let bars = |total: f64, first: f64| {
        [total, first].map(|value| Some(Bar { value, interval: Some((value - 0.1, value + 0.1)) })).to_vec()
    };
    let factors = vec![("small".to_owned(), bars(0.1, 0.05)), ("large".to_owned(), bars(0.8, 0.6))];
    Drawing::Tornado(
        Tornado { axis: "Sobol' index".into(), indices: vec!["total".into(), "first".into()], factors }
            .sorted(),
    )
}

fn histogram() -> Drawing {
    let values = (0..40).map(|at| f64::from(at * at % 17)).collect();
    Drawing::Histogram(Histogram {
        axis: "gain, TAO".into(),
        panels: vec![("baseline".into(), values), ("other".into(), vec![3.0; 9])],
    })
}

fn intervals() -> Drawing {
    let rows = vec![
        IntervalRow { name: "baseline".into(), marks: vec![Some(mark(1.0)), Some(mark(2.0))] },
        IntervalRow { name: "no value of one".into(), marks: vec![None, Some(mark(-1.0))] },
    ];
    Drawing::Intervals(Intervals {
        axis: "difference".into(),
        series: vec!["M1".into(), "M2".into()],
        rows,
        zero: true,
    })
}

fn curves() -> Drawing {
    let curve = |name: &str, from: f64| Curve {
        name: name.into(),
        points: [1.0, 10.0, 100.0].iter().map(|&x| (x, mark(from + x / 50.0))).collect(),
    };
    let series = vec![curve("baseline", 0.0), curve("half", 1.0)];
    Drawing::Curves(Curves {
        across: "budget".into(),
        up: "gain, TAO".into(),
        positions: Positions::Numbers,
        series,
        connected: true,
    })
}

fn fan() -> Drawing {
    let spread = |name: &str, from: f64| Spread {
        name: name.into(),
        points: (0..30_u32)
            .map(|at| {
                let (middle, wide) = (from + f64::from(at * at) / 100.0, f64::from(at) / 10.0);
                let parts = [-1.0, -0.4, 0.0, 0.5, 1.2].map(|part| middle + part * wide);
                (5_000_232 + u64::from(at) * 300, 20 - u64::from(at) / 10, parts)
            })
            .collect(),
    };
    Drawing::Fan(Fan {
        up: "price of subnet 28, TAO per alpha".into(),
        series: vec![spread("baseline", 1.0), spread("half <root>", 4.0)],
    })
}

fn all() -> [(&'static str, Drawing); 6] {
    [
        ("heat map", heat()),
        ("tornado", tornado()),
        ("histogram", histogram()),
        ("intervals", intervals()),
        ("curves", curves()),
        ("fan", fan()),
    ]
}

#[test]
fn pictures_are_drawn_as_they_were() {
    for (name, drawing) in all() {
        insta::assert_snapshot!(name.replace(' ', "_"), file(&figure(drawing), None));
    }
}

#[test]
fn a_fan_tells_medians_and_bands_of_each_series() {
    let svg = file(&figure(fan()), None);
    for told in [
        "baseline, block 5000232: median 1.000, half of 20 runs in [1.000, 1.000], nine tenths in [1.000, 1.000]",
        "half &lt;root&gt;, block 5000232: median 4.000",
        "price of subnet 28, TAO per alpha",
    ] {
        assert!(svg.contains(told), "{told} is missing in {svg}");
    }
}

#[test]
fn a_picture_of_a_page_has_the_colours_of_the_page_and_one_of_a_file_its_own() {
    for (name, drawing) in all() {
        let figure = figure(drawing.clone());
        let (page, file) = (drawing.svg(&figure, Ink::Page), drawing.svg(&figure, Ink::File));
        assert!(page.contains("var(--") && !page.contains("=\"#"), "{name}");
        assert!(file.contains("=\"#") && !file.contains("var(--"), "{name}");
        assert!(file.contains("A title with &lt;markup&gt;") && file.contains("<title>"), "{name}");
        assert!(page.contains("data-value="), "{name}: values can be read");
    }
}

#[test]
fn every_picture_can_be_drawn_as_png() {
    for (name, drawing) in all() {
        let png =
            crate::png::draw(&file(&figure(drawing), None)).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(png.starts_with(b"\x89PNG") && png.len() > 3_000, "{name}: {} bytes", png.len());
    }
}

#[test]
fn a_still_picture_of_series_has_their_lines_and_dates() {
    let points: Vec<Point> =
        (0..400).map(|at| Point { block: 5_000_232 + at * 10, value: 1.0 + f64::from(at % 50) }).collect();
    let line = |name: &str, right: bool| Line {
        name: name.into(),
        right,
        series: Series::whole(points.clone()),
        ..Line::default()
    };
    let chart = SeriesChart {
        left: "TAO".into(),
        right: Some("alpha".into()),
        lines: vec![line("a", false), line("b", true)],
        ..SeriesChart::default()
    };
    let figure = Figure { content: Content::Series(chart), ..figure(heat()) };
    let svg = file(&figure, None);
    assert!(
        svg.matches("<path").count() >= 2 && svg.contains("02-25 00:00") && svg.contains("UTC, 2025"),
        "{svg}"
    );
    crate::png::draw(&svg).unwrap_or_else(|why| panic!("{why}"));
}
