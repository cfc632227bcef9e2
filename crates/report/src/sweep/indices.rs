//! A sweep's indices as a table: what a design of Sobol' or Morris is for.

use dtao_files::folder::FolderError;

use crate::finished::Finished;
use crate::page::{Row, Table};
use crate::text::{or_dash, range};

/// An index of one factor.
#[derive(Clone, Debug)]
pub(crate) struct Sensitivity {
    /// The arm; of a fit, the mechanism.
    pub arm: String,
    /// The outcome, or the answer.
    pub outcome: String,
    /// The factor; empty where an index is of all together.
    pub factor: String,
    /// Which index.
    pub index: String,
    /// Its value.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
}

/// The indices of the outcomes that are wanted, by the names of the columns for arm and outcome; none if the design is not made for them.
pub(crate) fn read(
    finished: &Finished,
    [arm, outcome]: [&str; 2],
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Sensitivity>, FolderError> {
    let mut rows = Vec::new();
    if !finished.has("sensitivity.csv") {
        return Ok(rows);
    }
    finished.rows("sensitivity.csv", [arm, outcome, "factor", "index", "value", "low", "high"], |row| {
        if wanted(row.text(1)) {
            rows.push(Sensitivity {
                arm: row.text(0).to_owned(),
                outcome: row.text(1).to_owned(),
                factor: row.text(2).to_owned(),
                index: row.text(3).to_owned(),
                value: row.number(4)?,
                interval: row.number(5)?.zip(row.number(6)?),
            });
        }
        Ok(())
    })?;
    Ok(rows)
}

/// What each outcome of the first arm depends on most.
pub(crate) fn sentence(indices: &[Sensitivity], table: &Table) -> String {
    let mut told: Vec<(&str, String)> = Vec::new();
    for Row { cells, .. } in table.rows.iter().filter(|row| row.cells[1] == indices[0].arm) {
        if !told.iter().any(|(outcome, _)| *outcome == cells[0]) {
            told.push((&cells[0], format!("{} depends most on {}", cells[0], cells[2])));
        }
    }
    let told: Vec<String> = told.into_iter().map(|(_, told)| told).collect();
    format!("Of {}: {}.", indices[0].arm, told.join(", "))
}

/// The indices of each arm and outcome, the factor on top on which it depends most; nothing if there are none. `unit` says what an
/// outcome is counted in, and with it its elementary effects.
pub(crate) fn table(indices: &[Sensitivity], unit: impl Fn(&str) -> &'static str) -> Option<Table> {
    let [main, second, meaning] = if indices.iter().any(|row| row.index == "total") {
        ["total", "first", "parts of the variance that a factor has a hand in, and that it has alone"]
    } else if indices.iter().any(|row| row.index == "mu_star") {
        [
            "mu_star",
            "mu",
            "the mean size of a factor's elementary effects, and their mean, in the outcome's unit over the factor's whole range",
        ]
    } else {
        return None;
    };
    let mut rows = Vec::new();
    for of_outcome in indices.chunk_by(|a, b| a.arm == b.arm && a.outcome == b.outcome) {
        let mut most: Vec<&Sensitivity> =
            of_outcome.iter().filter(|row| row.index == main && !row.factor.is_empty()).collect();
        let size = |row: &Sensitivity| row.value.unwrap_or(f64::NEG_INFINITY);
        most.sort_by(|a, b| size(b).total_cmp(&size(a)));
        rows.extend(most.into_iter().map(|row| {
            let other = of_outcome.iter().find(|other| other.factor == row.factor && other.index == second);
            let cells = [&row.outcome, &row.arm, &row.factor].map(Clone::clone);
            let indices = [value(Some(row)), interval(Some(row)), value(other), interval(other)];
            let unit = if main == "mu_star" { unit(&row.outcome) } else { "" };
            Row::of(cells.into_iter().chain(indices)).counted_in(unit)
        }));
    }
    let columns = ["outcome", "arm", "factor", main, "95 %", second, "95 % of that"];
    let of_variance = if main == "total" { "0 to 1" } else { "" };
    let table = Table {
        caption: format!("Of each outcome {meaning}; with 95 % intervals."),
        columns: columns.map(Into::into).into(),
        units: vec!["", "", "", of_variance, "", of_variance],
        texts: 3,
        folded: rows.len() > 60,
        rows,
        ..Table::default()
    };
    Some(table.with_units_once())
}

fn value(index: Option<&Sensitivity>) -> String {
    or_dash(index.and_then(|index| index.value))
}

fn interval(index: Option<&Sensitivity>) -> String {
    range(index.and_then(|index| index.interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(factor: &str, index: &str, value: f64) -> Sensitivity {
        Sensitivity {
            arm: "baseline".into(),
            outcome: "price".into(),
            factor: factor.into(),
            index: index.into(),
            value: Some(value),
            interval: Some((value - 0.5, value + 0.5)),
        }
    }

    #[test]
    fn the_factor_that_matters_most_stands_on_top() {
        let indices = [
            index("depth", "mu", -1.0),
            index("depth", "mu_star", 1.0),
            index("budget", "mu", 2.0),
            index("budget", "mu_star", 3.0),
        ];
        let table = table(&indices, |_| "TAO per alpha").expect("there are indices");
        let cells: Vec<Vec<&str>> =
            table.rows.iter().map(|row| row.cells[2..6].iter().map(String::as_str).collect()).collect();
        assert_eq!(cells[0], ["budget", "3.000", "2.500 to 3.500", "2.000"]);
        assert_eq!(cells[1], ["depth", "1.000", "0.5000 to 1.500", "-1.000"]);
        assert_eq!([0, 1].map(|row| table.rows[row].unit), ["TAO per alpha", ""]);
        assert!(super::table(&[], |_| "").is_none());
    }
}
