//! The figures of the last whole edition, to be read beside those of a look.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use crate::Answer;
use crate::sn28::Check;

/// A published figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The median, or the proportion.
    pub value: f64,
    /// From where to where, as the figure beside it; nothing of a count.
    pub range: Option<(f64, f64)>,
    /// How many runs, or pairs of runs, it is from.
    pub n: usize,
}

/// What a published answer is an answer to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The question.
    pub question: String,
    /// Under which mechanism.
    pub mechanism: String,
    /// In which arm.
    pub arm: String,
    /// What the number is.
    pub measure: String,
}

/// All figures of an edition.
#[derive(Clone, Debug, Default)]
pub struct Published {
    answers: BTreeMap<Asked, Figure>,
    /// The order of the table, and what each range is.
    order: Vec<(Asked, String)>,
    /// By mechanism and metric.
    checks: BTreeMap<(String, String), Figure>,
}

impl Published {
    /// Reads the two tables of an experiment's folder; rows without a number are left out.
    ///
    /// # Errors
    /// If a table lacks a column, or a cell is no number.
    fn read(answers: &str, checks: &str) -> Result<Self, String> {
        let mut published = Self::default();
        for row in rows(answers)? {
            let [question, mechanism, arm, measure] =
                ["question", "mechanism", "arm", "measure"].map(|column| text(&row, column));
            let asked = Asked { question: question?, mechanism: mechanism?, arm: arm?, measure: measure? };
            if let Some(figure) = figure(&row, ["value", "low", "high", "n"])? {
                published.order.push((asked.clone(), row.get("range").cloned().unwrap_or_default()));
                published.answers.insert(asked, figure);
            }
        }
        for row in rows(checks)? {
            let key = (text(&row, "mechanism")?, text(&row, "metric")?);
            if let Some(figure) = figure(&row, ["median", "q05", "q95", "n"])? {
                published.checks.insert(key, figure);
            }
        }
        Ok(published)
    }

    /// What was answered to the same.
    #[must_use]
    pub fn answer(&self, answer: &Answer) -> Option<Figure> {
        let Answer { question, mechanism, arm, measure, .. } = answer;
        let [question, mechanism, arm, measure] =
            [question, mechanism, arm.as_str(), measure].map(str::to_owned);
        self.answers.get(&Asked { question, mechanism, arm, measure }).copied()
    }

    /// The same fact under the same mechanism.
    #[must_use]
    pub fn check(&self, check: &Check) -> Option<Figure> {
        self.fact(check.mechanism, &check.metric)
    }

    /// A fact under a mechanism, by the metric that measures it.
    pub(crate) fn fact(&self, mechanism: &str, metric: &str) -> Option<Figure> {
        self.checks.get(&(mechanism.to_owned(), metric.to_owned())).copied()
    }

    /// A figure by what it answers.
    #[must_use]
    pub fn of(&self, asked: &Asked) -> Option<Figure> {
        self.answers.get(asked).copied()
    }

    /// Reads a table of answers alone.
    ///
    /// # Errors
    /// If it lacks a column, or a cell is no number.
    pub(crate) fn of_answers(answers: &str) -> Result<Self, String> {
        Self::read(answers, "")
    }

    /// All that was answered, in the order of the table, and what the range of each is.
    pub fn in_order(&self) -> impl Iterator<Item = (&Asked, &Figure, &str)> {
        self.order.iter().map(|(asked, range)| (asked, &self.answers[asked], range.as_str()))
    }

    /// All that was answered.
    pub fn answers(&self) -> impl Iterator<Item = &Asked> {
        self.answers.keys()
    }
}

/// What stands in `docs/experiments/sn28.md`: what `dtao reproduce sn28 --full` made, with 200 seeds of every arm.
#[must_use]
pub fn sn28() -> &'static Published {
    static TABLES: LazyLock<Published> = LazyLock::new(|| {
        let answers = include_str!("../published/sn28/answers.csv");
        let checks = include_str!("../published/sn28/validation.csv");
        Published::read(answers, checks).unwrap_or_else(|error| panic!("a shipped table: {error}"))
    });
    &TABLES
}

/// What stands in `docs/experiments/placebo.md`: a look with 10 seeds of every arm.
#[must_use]
pub fn placebo() -> &'static Published {
    static TABLES: LazyLock<Published> = LazyLock::new(|| {
        let answers = include_str!("../published/placebo/answers.csv");
        Published::read(answers, "").unwrap_or_else(|error| panic!("a shipped table: {error}"))
    });
    &TABLES
}

/// Figures of single commands, which belong to no experiment: each row has its command and the commit that made it.
#[must_use]
pub fn kept() -> &'static Published {
    static TABLES: LazyLock<Published> = LazyLock::new(|| {
        let answers = include_str!("../published/claims/kept.csv");
        Published::of_answers(answers).unwrap_or_else(|error| panic!("a shipped table: {error}"))
    });
    &TABLES
}

type Row = BTreeMap<String, String>;

fn rows(table: &str) -> Result<Vec<Row>, String> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(|error| error.to_string())?;
        Ok(header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect())
    };
    reader.records().map(row).collect()
}

fn text(row: &Row, column: &str) -> Result<String, String> {
    row.get(column).cloned().ok_or_else(|| format!("no column `{column}`"))
}

fn figure(row: &Row, columns: [&str; 4]) -> Result<Option<Figure>, String> {
    let number = |column: &str| -> Result<Option<f64>, String> {
        let cell = text(row, column)?;
        if cell.is_empty() {
            return Ok(None);
        }
        cell.parse().map(Some).map_err(|_| format!("{column}: `{cell}` is no number"))
    };
    let [value, low, high, n] = columns.map(number);
    let (value, range, n) = (value?, low?.zip(high?), n?.unwrap_or(0.0));
    Ok(value.map(|value| Figure { value, range, n: n as usize }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERS: &str = "question,mechanism,arm,measure,value,low,high,range,sure_low,sure_high,n\n\
                           why?,M1,baseline,part,0.5,0.4,0.6,x,,,200\nwhy?,M2,baseline,part,,,,x,,,0\n\
                           what?,M1,a,met,7,,,,,,200\n";
    const CHECKS: &str = "mechanism,metric,median,q05,q95,n\nM1,dump,-0.9,-0.95,-0.6,200\n";

    #[test]
    fn a_figure_is_found_by_what_it_answers() {
        let published = Published::read(ANSWERS, CHECKS).expect("two good tables");
        let answer = Answer::to("why?", "M1", "baseline", "part");
        let figure = Figure { value: 0.5, range: Some((0.4, 0.6)), n: 200 };
        assert_eq!(published.answer(&answer), Some(figure));
        assert_eq!(published.answer(&Answer { mechanism: "M2", ..answer.clone() }), None);
        let met = Answer::to("what?", "M1", "a", "met");
        assert_eq!(published.answer(&met).map(|figure| (figure.value, figure.range)), Some((7.0, None)));
        assert_eq!(published.answers().count(), 2);
    }

    #[test]
    fn a_table_that_is_not_one_is_told() {
        assert_eq!(
            Published::read("question,arm\nwhy?,a\n", CHECKS).expect_err("columns"),
            "no column `mechanism`"
        );
        let wrong = ANSWERS.replace("0.4", "low");
        assert_eq!(Published::read(&wrong, CHECKS).expect_err("a word"), "low: `low` is no number");
    }

    #[test]
    fn the_shipped_tables_can_be_read() {
        for published in [sn28(), placebo()] {
            for asked in published.answers() {
                assert!(published.of(asked).is_some_and(|figure| figure.value.is_finite()), "{asked:?}");
            }
        }
    }
}
