//! Lines of text as a chart.

/// Most columns of a chart.
const WIDEST: usize = 160;

/// Differences that are smaller than this part of the values are not drawn: no label would tell them apart.
const ALIKE: f64 = 1e-9;

/// A chart of values at places along a line, in at most so many columns: of each column the lowest and the highest value are drawn, so that
/// none is lost at any width. Its rows, with their values before them, are one more than `tall`; where all values are as good as
/// alike there is one. What is no finite number is left out; empty if nothing is left.
///
/// Places are in order.
#[must_use]
pub fn plot(points: &[(u64, f64)], tall: usize, width: usize) -> String {
    let points: Vec<(u64, f64)> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    let (Some(&(first, begun)), Some(&(last, _))) = (points.first(), points.last()) else {
        return String::new();
    };
    let scale = Scale::of(&points, tall);
    let labels = scale.labels();
    let margin = labels.iter().map(String::len).max().unwrap_or(0);
    let span = last.saturating_sub(first);
    let columns = width.saturating_sub(margin + 2).clamp(8, WIDEST);
    let columns = usize::try_from(span).map_or(columns, |span| columns.min(span.saturating_add(1)));
    let column = |place: u64| {
        let part = u128::from(place.saturating_sub(first)) * (columns as u128 - 1) / u128::from(span.max(1));
        usize::try_from(part).unwrap_or(columns - 1).min(columns - 1)
    };
    let mut cells = vec![vec![' '; columns]; scale.rows];
    let mut row = scale.row(begun);
    let mut next = 0;
    for inside in points.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let at = column(inside[0].0);
        cells[row][next..at].fill('─');
        let rows = || inside.iter().map(|&(_, value)| scale.row(value));
        let low = rows().fold(row, usize::min);
        let high = rows().fold(row, usize::max);
        let out = rows().next_back().unwrap_or(row);
        for (number, line) in cells.iter_mut().enumerate().take(high + 1).skip(low) {
            line[at] = sign((number == row, number == out), (number < high, number > low));
        }
        (row, next) = (out, at + 1);
    }
    let start = scale.row(begun);
    let line = |number: usize| {
        let axis = if number == start { '┼' } else { '┤' };
        let line: String = cells[number].iter().collect();
        format!("{:>margin$} {axis}{line}", labels[number]).trim_end().to_owned()
    };
    (0..scale.rows).rev().map(line).collect::<Vec<_>>().join("\n")
}

/// The sign that joins what is to the left and the right of it, and above and below.
const fn sign((left, right): (bool, bool), (up, down): (bool, bool)) -> char {
    match (left, right, up, down) {
        (true, true, true, true) => '┼',
        (true, true, true, false) => '┴',
        (true, true, false, true) => '┬',
        (true, false, true, true) => '┤',
        (false, true, true, true) => '├',
        (true, false, true, false) => '╯',
        (true, false, false, true) => '╮',
        (false, true, true, false) => '╰',
        (false, true, false, true) => '╭',
        (false, false, true, false) => '╵',
        (false, false, false, true) => '╷',
        (false, false, true, true) => '│',
        (_, _, false, false) => '─',
    }
}

/// Which value stands in which row, from the lowest on.
struct Scale {
    low: f64,
    high: f64,
    rows: usize,
}

impl Scale {
    fn of(points: &[(u64, f64)], tall: usize) -> Self {
        let values = || points.iter().map(|point| point.1);
        let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
        // Halves, since the difference of the largest numbers is none.
        let alike = high / 2.0 - low / 2.0 <= ALIKE * high.abs().max(low.abs());
        Self { low, high, rows: if alike { 1 } else { tall.max(1) + 1 } }
    }

    fn row(&self, value: f64) -> usize {
        if self.rows == 1 {
            return 0;
        }
        let part = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        ((part * (self.rows - 1) as f64).round() as usize).min(self.rows - 1)
    }

    fn value(&self, row: usize) -> f64 {
        if self.rows == 1 || row == 0 {
            return self.low;
        }
        let part = row as f64 / (self.rows - 1) as f64;
        self.low * (1.0 - part) + self.high * part
    }

    /// The rows' values, with as many digits as tell them apart.
    fn labels(&self) -> Vec<String> {
        let size = self.high.abs().max(self.low.abs());
        let step = (self.high / 2.0 - self.low / 2.0) / self.rows as f64;
        let digits = if self.rows == 1 { 4.0 } else { libm::log10(size / step).ceil() + 1.0 };
        let digits = digits.clamp(3.0, 12.0);
        let values = (0..self.rows).map(|row| self.value(row));
        if size == 0.0 {
            return values.map(|_| "0".to_owned()).collect();
        }
        let whole = libm::log10(size).floor() + 1.0;
        if !(-2.0..=9.0).contains(&whole) {
            // All of one power, so that they can be compared.
            let decimals = digits as usize - 1;
            return values.map(|value| format!("{value:.decimals$e}")).collect();
        }
        let decimals = (digits - whole).max(0.0) as usize;
        values.map(|value| format!("{value:.decimals$}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rows of a chart, from the lowest on: label, axis and line.
    fn read(chart: &str) -> Vec<(f64, String)> {
        let row = |line: &str| {
            let (label, line) = line.trim_start().split_once(' ').expect("a label");
            (label.parse().expect("a number"), line.chars().skip(1).collect())
        };
        chart.lines().rev().map(row).collect()
    }

    fn along(values: &[f64]) -> Vec<(u64, f64)> {
        (0..).zip(values.iter().copied()).collect()
    }

    #[test]
    fn a_line_rises_and_falls() {
        let chart = plot(&along(&[1.0, 1.0, 3.0, 2.0, 2.0]), 2, 40);
        assert_eq!(chart, "3.00 ┤  ╭╮\n2.00 ┤  │╰─\n1.00 ┼──╯");
    }

    #[test]
    fn what_hardly_moves_is_drawn_as_a_line() {
        for values in [[0.008_925_634_397_974_551, 0.008_925_634_397_974_749], [0.0, 0.0], [-7.5, -7.5]] {
            let chart = plot(&along(&values), 8, 40);
            assert_eq!(chart.lines().count(), 1, "{chart}");
            assert!(chart.ends_with("┼──"), "{chart}");
        }
        assert!(plot(&along(&[0.008_925_634_397_974_551; 3]), 8, 40).starts_with("0.008926 ┼"));
    }

    #[test]
    fn peaks_are_drawn_at_every_width() {
        // The first column of a narrow chart holds the peak and much that comes after it.
        let mut values = vec![0.22; 2_000];
        values[1] = 0.6;
        values[2] = 0.1;
        for width in 20..160 {
            let rows = read(&plot(&along(&values), 8, width));
            assert_eq!((rows[0].0, rows[8].0), (0.1, 0.6), "{width}");
            for row in [0, 8] {
                assert!(!rows[row].1.trim().is_empty(), "{width}: {rows:?}");
            }
        }
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(plot(&[], 8, 40), "");
        assert_eq!(plot(&along(&[f64::NAN, f64::INFINITY]), 8, 40), "");
        assert_eq!(plot(&along(&[f64::NAN, 2.0]), 8, 40), "2.000 ┼─");
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
            Just(f64::MAX),
            Just(f64::MIN),
            Just(0.0),
            Just(5e-324),
            -1.0..1.0,
            (0.0..1e-12_f64).prop_map(|little| 1e6 + little),
            (0.0..1e-15_f64).prop_map(|little| 0.008_925_634_397_974_551 + little),
            any::<f64>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_series_are_drawn_within_their_width(
            values in proptest::collection::vec((value(), 1..1_000_000_u64), 0..60),
            far in any::<bool>(),
            width in 20..200_usize,
        ) {
            let mut place = if far { u64::MAX - 60_000_000 } else { 0 };
            let points: Vec<(u64, f64)> = values.iter().map(|&(value, on)| { place += on; (place, value) }).collect();
            let chart = plot(&points, 8, width);
            let finite = || values.iter().map(|(value, _)| *value).filter(|value| value.is_finite());
            prop_assert_eq!(chart.is_empty(), finite().next().is_none());
            if chart.is_empty() {
                return Ok(());
            }
            let widest = chart.lines().map(|line| line.chars().count()).max();
            prop_assert!(widest <= Some(width.max(32)), "{:?}\n{}", widest, chart);
            let rows = read(&chart);
            let (low, high) = (finite().fold(f64::MAX, f64::min), finite().fold(f64::MIN, f64::max));
            // The largest numbers are rounded to what is none.
            let near = |a: f64, b: f64| {
                a.is_infinite() && b.abs() > 1.7e308
                    || (a / 2.0 - b / 2.0).abs() <= 1e-2 * low.abs().max(high.abs())
            };
            prop_assert!(near(rows[0].0, low) && near(rows[rows.len() - 1].0, high), "{low} {high}\n{chart}");
            prop_assert!(rows[0].1.chars().any(|c| c != ' ') && rows[rows.len() - 1].1.chars().any(|c| c != ' '), "{}", chart);
        }
    }
}
