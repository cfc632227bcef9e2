//! The report on an experiment that was reproduced: its questions, each with its answers.

use std::collections::BTreeMap;

use dtao_files::folder::{Claims, MANIFEST};
use dtao_files::shell::quoted;
use dtao_metrics::kind::MetricKind;
use serde::Deserialize;

use crate::ReportError;
use crate::counts::Counts;
use crate::finished::Finished;
use crate::page::{Item, Page, Row, Table};
use crate::svg::figure::{Content, Figure, slug};
use crate::svg::{Drawing, HeatCell, HeatMap, IntervalRow, Intervals, Mark, Shades};
use crate::text::{number, or_dash, range};
use crate::units::{unit, unit_of_measure};

/// What a report reads of the manifest.
#[derive(Debug, Deserialize)]
struct Manifest {
    experiment: String,
    commit: String,
    commit_state: String,
    version: String,
    seeds: Option<u64>,
    #[serde(default)]
    sweeps: BTreeMap<String, String>,
}

/// A row of `validation.csv`.
#[derive(Clone, Debug)]
struct Check {
    mechanism: String,
    kind: String,
    metric: String,
    target: f64,
    within: (f64, f64),
    median: Option<f64>,
    range: Option<(f64, f64)>,
    verdict: String,
    skill: Option<f64>,
}

/// A row of `answers.csv`.
#[derive(Clone, Debug)]
struct Answer {
    question: String,
    mechanism: String,
    arm: String,
    measure: String,
    value: Option<f64>,
    range: Option<(f64, f64)>,
    /// The 95 % interval of a median, where the table has it.
    sure: Option<(f64, f64)>,
    means: String,
    n: u64,
}

/// An experiment as it was read.
struct Story {
    checks: Vec<Check>,
    answers: Vec<Answer>,
    /// The mechanisms, in the order of the tables.
    mechanisms: Vec<String>,
    /// What each outcome of its sweeps is.
    kinds: BTreeMap<String, MetricKind>,
    /// Nothing if a sweep's manifest is not there any more.
    counts: Option<Counts>,
}

/// The page.
pub(crate) fn page(finished: &Finished) -> Result<Page, ReportError> {
    let manifest: Manifest = finished.manifest()?;
    let story = Story::read(finished, &manifest)?;
    let mut page = Page {
        title: manifest.experiment.clone(),
        kind: "dtao reproduce",
        verdict: story.verdict(),
        counts: story.counts,
        ..Page::default()
    };
    if let Some(figure) = story.picture() {
        page.section("", String::new(), vec![Item::Figure(figure)]);
    }
    if !story.checks.is_empty() {
        page.section("Held against what is known", String::new(), vec![Item::Table(story.validation())]);
    }
    let mut questions: Vec<&str> = Vec::new();
    for answer in &story.answers {
        if !questions.contains(&answer.question.as_str()) {
            questions.push(&answer.question);
        }
    }
    for question in questions {
        story.question(&mut page, question);
    }
    let command = command(&manifest.experiment, manifest.seeds);
    let build = (&*manifest.commit, &*manifest.commit_state, &*manifest.version);
    let of_sweep = |(name, hash)| (format!("SHA-256 of the manifest of {name}"), hash);
    finished.end(&mut page, command, build, manifest.sweeps.into_iter().map(of_sweep));
    Ok(page)
}

/// The command that makes an experiment again: with so many seeds of each arm, or with all that its files ask for.
fn command(experiment: &str, seeds: Option<u64>) -> String {
    let edition = seeds.map_or_else(|| "--full".to_owned(), |seeds| format!("--seeds {seeds}"));
    format!("dtao reproduce {} {edition} --out DIR", quoted(experiment))
}

/// The rows of `validation.csv`.
fn checks(finished: &Finished) -> Result<Vec<Check>, ReportError> {
    let columns = [
        "mechanism",
        "kind",
        "metric",
        "target",
        "least",
        "greatest",
        "median",
        "q05",
        "q95",
        "verdict",
        "skill",
    ];
    let mut checks = Vec::new();
    finished.rows("validation.csv", columns, |cells| {
        let needed =
            |at: usize| cells.number(at)?.ok_or_else(|| "expected a number, found nothing".to_owned());
        checks.push(Check {
            mechanism: cells.text(0).into(),
            kind: cells.text(1).into(),
            metric: cells.text(2).into(),
            target: needed(3)?,
            within: (needed(4)?, needed(5)?),
            median: cells.number(6)?,
            range: cells.number(7)?.zip(cells.number(8)?),
            verdict: cells.text(9).into(),
            skill: cells.number(10)?,
        });
        Ok(())
    })?;
    Ok(checks)
}

impl Story {
    fn read(finished: &Finished, manifest: &Manifest) -> Result<Self, ReportError> {
        let checks = if finished.has("validation.csv") { checks(finished)? } else { Vec::new() };
        let mut answers = Vec::new();
        let mut columns =
            vec!["question", "mechanism", "arm", "measure", "value", "low", "high", "range", "n"];
        let sure = finished.has_column("answers.csv", "sure_low");
        if sure {
            columns.extend(["sure_low", "sure_high"]);
        }
        finished.rows("answers.csv", &columns, |cells| {
            answers.push(Answer {
                question: cells.text(0).into(),
                mechanism: cells.text(1).into(),
                arm: cells.text(2).into(),
                measure: cells.text(3).into(),
                value: cells.number(4)?,
                range: cells.number(5)?.zip(cells.number(6)?),
                sure: if sure { cells.number(9)?.zip(cells.number(10)?) } else { None },
                means: cells.text(7).into(),
                n: cells.whole(8)?,
            });
            Ok(())
        })?;
        let mut mechanisms: Vec<String> = Vec::new();
        let named = checks
            .iter()
            .map(|check: &Check| &check.mechanism)
            .chain(answers.iter().map(|answer: &Answer| &answer.mechanism));
        for mechanism in named {
            if !mechanisms.contains(mechanism) {
                mechanisms.push(mechanism.clone());
            }
        }
        let mut story = Self { checks, answers, mechanisms, kinds: BTreeMap::new(), counts: None };
        story.read_sweeps(finished, manifest)?;
        Ok(story)
    }

    /// What the sweeps' manifests say: how many runs there are, and what each outcome is.
    fn read_sweeps(&mut self, finished: &Finished, manifest: &Manifest) -> Result<(), ReportError> {
        let mut counts = Counts::default();
        for name in manifest.sweeps.keys() {
            let path = finished.folder.join(name).join(MANIFEST);
            let Some(claims) = Claims::read(&path)? else { return Ok(()) };
            let rows = |table: &str| claims.tables.get(table).and_then(|digest| digest.rows).unwrap_or(0);
            counts.failed += rows("failures.csv");
            counts.runs += rows("runs.csv") + rows("failures.csv");
            self.kinds.extend(dtao_sweep::manifest::Manifest::read(&claims, &path)?.kinds);
        }
        let without = self.answers.iter().filter(|answer| answer.value.is_none()).count()
            + self.checks.iter().filter(|check| check.median.is_none()).count();
        self.counts = Some(Counts { missing: without as u64, ..counts });
        Ok(())
    }

    fn verdict(&self) -> String {
        if self.checks.is_empty() {
            return self.answers.first().map_or_else(String::new, |first| self.sentence(&first.question));
        }
        let score = |mechanism: &String| {
            let of = || {
                self.checks.iter().filter(|check| check.mechanism == *mechanism && check.kind == "Validation")
            };
            format!(
                "{mechanism} meets {} of {}",
                of().filter(|check| check.verdict == "met").count(),
                of().count()
            )
        };
        let scores: Vec<String> = self.mechanisms.iter().map(score).collect();
        format!(
            "Of the facts kept for the test, {}. Where several mechanisms meet the same facts, the facts do not tell which of them is true; their answers are shown side by side.",
            scores.join(", ")
        )
    }

    /// How far each fact is missed under each mechanism.
    fn picture(&self) -> Option<Figure> {
        let mut metrics: Vec<(&str, &str)> = Vec::new();
        for check in
            self.checks.iter().filter(|check| check.kind == "Validation" || check.kind == "Calibrated")
        {
            if !metrics.iter().any(|(_, metric)| *metric == check.metric) {
                metrics.push((&check.kind, &check.metric));
            }
        }
        // Those that could have come out wrong first.
        metrics.sort_by_key(|(kind, _)| *kind != "Validation");
        let cell = |metric: &str, mechanism: &String| {
            let check =
                self.checks.iter().find(|check| check.metric == metric && check.mechanism == *mechanism)?;
            let median = check.median?;
            let half = (check.within.1 - check.within.0) / 2.0;
            let beyond = if median < check.within.0 {
                median - check.within.0
            } else {
                (median - check.within.1).max(0.0)
            };
            let value = if half > 0.0 {
                (beyond / half).clamp(-4.0, 4.0)
            } else {
                beyond.signum() * 4.0 * f64::from(beyond != 0.0)
            };
            let met = check.verdict == "met";
            Some(HeatCell {
                value: if met { 0.0 } else { value },
                text: format!("{} {}", if met { "✓" } else { "✗" }, number(median)),
                told: format!(
                    "{metric}, {mechanism}: median {}, target {}, met from {} to {}: {}",
                    number(median),
                    number(check.target),
                    number(check.within.0),
                    number(check.within.1),
                    check.verdict
                ),
            })
        };
        let heat = HeatMap {
            across: "median over the seeds, under each mechanism".into(),
            down: String::new(),
            columns: self.mechanisms.clone(),
            rows: metrics
                .iter()
                .map(|(kind, metric)| {
                    format!("{metric}{}", if *kind == "Validation" { "" } else { " (fitted)" })
                })
                .collect(),
            cells: metrics
                .iter()
                .map(|(_, metric)| self.mechanisms.iter().map(|mechanism| cell(metric, mechanism)).collect())
                .collect(),
            shades: Shades::FromZero,
        };
        (!heat.rows.is_empty()).then(|| Figure {
            id: "facts".into(),
            title: "What is known, under each mechanism".into(),
            description: "A tick: the median meets the target. Where it does not, the darker, the farther it lies below (blue) or above (red) the bounds that meet it, up to four times half their width.".into(),
            content: Content::Drawing(Drawing::Heat(heat)),
        })
    }

    fn validation(&self) -> Table {
        let kind = |kind: &str| match kind {
            "Validation" => "kept for the test",
            "Calibrated" => "fitted",
            "Restated" => "restated",
            "Imposed" => "imposed",
            _ => "other",
        };
        let rows = self.checks.iter().map(|check| Row {
            cells: vec![
                check.metric.clone(),
                check.mechanism.clone(),
                kind(&check.kind).into(),
                check.verdict.clone(),
                number(check.target),
                format!("{} to {}", number(check.within.0), number(check.within.1)),
                or_dash(check.median),
                range(check.range),
                or_dash(check.skill),
            ],
            unit: self.kinds.get(&check.metric).map_or("", |kind| unit(*kind)),
            mark: if check.verdict == "met" { "" } else { "missed" },
        });
        Table {
            caption: "Facts beside the medians of the runs. Skill: one less the CRPS over that of noise trading; above 0 is better than noise.".into(),
            columns: ["fact", "mechanism", "kind", "verdict", "target", "met within", "median", "5 to 95 %", "skill"].map(str::to_owned).into(),
            texts: 4,
            rows: rows.collect(),
            folded: false,
            ..Table::default()
        }
        .with_units_once()
    }

    /// The first answer to a question, under each mechanism.
    fn sentence(&self, question: &str) -> String {
        let answers = || self.answers.iter().filter(|answer| answer.question == question);
        let Some(first) = answers().next() else { return String::new() };
        let like_first = |answer: &&Answer| answer.arm == first.arm && answer.measure == first.measure;
        let told = |mechanism: &String| {
            let found = answers().filter(like_first).find(|answer| answer.mechanism == *mechanism)?;
            let (low, high) = found.sure.or(found.range)?;
            Some(format!("{} [{}, {}] under {mechanism}", number(found.value?), number(low), number(high)))
        };
        let values: Vec<String> = self.mechanisms.iter().filter_map(told).collect();
        let values = if values.is_empty() { "no run has an answer".into() } else { values.join(", ") };
        let brackets = if first.sure.is_some() { "95 % interval of the median" } else { &first.means };
        format!("{}, arm {}: {values}. In brackets: {brackets}.", capital(&first.measure), first.arm)
    }

    /// A question with its answers: in a sentence, in a figure for each measure, and in a table.
    fn question(&self, page: &mut Page, question: &str) {
        let answers: Vec<&Answer> =
            self.answers.iter().filter(|answer| answer.question == question).collect();
        if answers.is_empty() {
            return;
        }
        let sentence = self.sentence(question);
        let mut measures: Vec<&str> = Vec::new();
        for answer in &answers {
            if !measures.contains(&answer.measure.as_str()) {
                measures.push(&answer.measure);
            }
        }
        let mut items = Vec::new();
        for measure in measures {
            let of: Vec<&&Answer> = answers.iter().filter(|answer| answer.measure == measure).collect();
            let mut arms: Vec<&str> = Vec::new();
            for answer in &of {
                if !arms.contains(&answer.arm.as_str()) {
                    arms.push(&answer.arm);
                }
            }
            let mark = |arm: &str, mechanism: &String| {
                let found = of.iter().find(|answer| answer.arm == arm && answer.mechanism == *mechanism)?;
                Some(Mark { value: found.value?, interval: found.range })
            };
            let row = |arm: &&str| IntervalRow {
                name: (*arm).to_owned(),
                marks: self.mechanisms.iter().map(|mechanism| mark(arm, mechanism)).collect(),
            };
            let rows: Vec<IntervalRow> =
                arms.iter().map(row).filter(|row| row.marks.iter().any(Option::is_some)).collect();
            if rows.is_empty() {
                continue;
            }
            let axis = match unit_of_measure(measure) {
                unit if unit.is_empty() || measure.contains(unit) => measure.to_owned(),
                unit => format!("{measure}, {unit}"),
            };
            let intervals = Intervals { axis, series: self.mechanisms.clone(), rows, zero: false };
            items.push(Item::Figure(Figure {
                id: slug(&format!("{} {measure}", page.sections.len())),
                title: capital(measure),
                description: format!("By arm and mechanism; the lines are: {}.", of[0].means),
                content: Content::Drawing(Drawing::Intervals(intervals)),
            }));
        }
        let rows = answers.iter().map(|answer| {
            Row::of([
                answer.measure.clone(),
                answer.arm.clone(),
                answer.mechanism.clone(),
                or_dash(answer.value),
                range(answer.range),
                answer.n.to_string(),
            ])
            .counted_in(unit_of_measure(&answer.measure))
        });
        let table = Table {
            caption: format!("All answers to: {question}"),
            columns: ["measure", "arm", "mechanism", "value", "range", "runs"].map(str::to_owned).into(),
            texts: 3,
            rows: rows.collect(),
            folded: true,
            ..Table::default()
        };
        items.push(Item::Table(table.with_units_once()));
        page.section(question, sentence, items);
    }
}

/// A text that begins a sentence.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_edition_is_made_again_whole() {
        assert_eq!(command("sn28", None), "dtao reproduce sn28 --full --out DIR");
        assert_eq!(command("sn28", Some(10)), "dtao reproduce sn28 --seeds 10 --out DIR");
    }
}
