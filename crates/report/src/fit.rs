//! The report on a fit: how much weight each mechanism has, how well the facts could tell, what is left of each quantity and answer; of a
//! fit with an opponent the scores, and of a design for it what the answers depend on.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ReportError;
use crate::finished::Finished;
use crate::page::{Item, Page, Row, Table};
use crate::svg::figure::{Content, Figure, slug};
use crate::svg::{Drawing, HeatCell, HeatMap, IntervalRow, Intervals, Mark, Shades};
use crate::sweep::indices;
use crate::text::{number, or_dash, quoted, range};

/// What a report reads of the manifest.
#[derive(Debug, Deserialize)]
struct Manifest {
    commit: String,
    commit_state: String,
    version: String,
    fit: String,
    file: String,
    sweep: String,
    sweep_commit: String,
    draws: Option<usize>,
    accept: f64,
    truths: usize,
}

/// A row of `weights.csv`: a mechanism's weight with a set of facts.
struct Weight {
    facts: String,
    model: String,
    counts: [String; 3],
    rejection: Option<f64>,
    mark: Option<Mark>,
}

/// The page.
pub(crate) fn page(finished: &Finished) -> Result<Page, ReportError> {
    let manifest: Manifest = finished.manifest()?;
    let mut page = Page { title: manifest.fit.clone(), kind: "dtao fit", ..Page::default() };
    if finished.has("weights.csv") {
        fitted(finished, &mut page)?;
    }
    if finished.has("together.csv") {
        scored(finished, &mut page)?;
    }
    let indices = indices::read(finished, ["model", "answer"], |_| true)?;
    if let Some(table) = indices::table(&indices, |_| "") {
        if page.verdict.is_empty() {
            page.verdict = indices::sentence(&indices, &table);
        }
        page.section("What the answers depend on", String::new(), vec![Item::Table(table)]);
    }
    let draws = manifest.draws.map_or_else(String::new, |draws| format!(" --draws {draws}"));
    let command = format!(
        "dtao fit {} --table DIR{draws} --accept {} --truths {} --out DIR",
        quoted(&manifest.file),
        manifest.accept,
        manifest.truths
    );
    let build = (&*manifest.commit, &*manifest.commit_state, &*manifest.version);
    let table =
        (format!("reference table, {}", manifest.sweep), format!("made by commit {}", manifest.sweep_commit));
    finished.end(&mut page, command, build, [table]);
    Ok(page)
}

/// Weights, confusion, answers, parameters, and what would tell.
fn fitted(finished: &Finished, page: &mut Page) -> Result<(), ReportError> {
    let weights = weights(finished)?;
    page.verdict = verdict(&weights);
    let mut items: Vec<Item> = weighed(&weights).map(Item::Figure).into_iter().collect();
    items.push(Item::Table(table_of_weights(&weights)));
    page.section("", String::new(), items);
    let confusion = confusion(finished)?;
    if !confusion.is_empty() {
        let sentence = "Synthetic truths of each mechanism, and which they are taken for: a weight of the real day is worth no more than these are told apart.";
        page.section(
            "How well the facts could tell",
            sentence.into(),
            confusion.into_iter().map(Item::Figure).collect(),
        );
    }
    let calibration = calibration(finished)?;
    let [answers, parameters] = beliefs(finished, ["answer", "parameter"], &calibration)?;
    for (heading, table) in [("Answers", answers), ("Parameters", Table { folded: true, ..parameters })] {
        if !table.rows.is_empty() {
            page.section(heading, String::new(), vec![Item::Table(table)]);
        }
    }
    let telling = telling(finished)?;
    if !telling.rows.is_empty() {
        page.section("What would tell the mechanisms apart", String::new(), vec![Item::Table(telling)]);
    }
    Ok(())
}

fn weights(finished: &Finished) -> Result<Vec<Weight>, ReportError> {
    let columns = ["facts", "model", "draws", "complete", "kept", "rejection", "weight", "low", "high"];
    let mut weights = Vec::new();
    finished.rows("weights.csv", columns, |cells| {
        let interval = cells.number(7)?.zip(cells.number(8)?);
        weights.push(Weight {
            facts: cells.text(0).to_owned(),
            model: cells.text(1).to_owned(),
            counts: [2, 3, 4].map(|at| cells.text(at).to_owned()),
            rejection: cells.number(5)?,
            mark: cells.number(6)?.map(|value| Mark { value, interval }),
        });
        Ok(())
    })?;
    Ok(weights)
}

/// What the first set of facts says.
fn verdict(weights: &[Weight]) -> String {
    let Some(first) = weights.first() else { return "No set of facts was fitted.".into() };
    let mut of_first: Vec<&Weight> = weights.iter().filter(|weight| weight.facts == first.facts).collect();
    let size = |weight: &Weight| weight.mark.as_ref().map_or(f64::NEG_INFINITY, |mark| mark.value);
    of_first.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let told = |weight: &&Weight| {
        let weight_and_interval = weight.mark.as_ref().map_or_else(
            || "–".into(),
            |mark| {
                let interval =
                    mark.interval.map(|(low, high)| format!(" [{}, {}]", number(low), number(high)));
                format!("{}{}", number(mark.value), interval.unwrap_or_default())
            },
        );
        format!("{} {weight_and_interval}", weight.model)
    };
    let weights: Vec<String> = of_first.iter().map(told).collect();
    format!(
        "With the facts `{}` the mechanisms' weights are: {} (5 to 95 %).",
        first.facts,
        weights.join(", ")
    )
}

fn weighed(weights: &[Weight]) -> Option<Figure> {
    let row = |weight: &Weight| IntervalRow {
        name: format!("{}: {}", weight.facts, weight.model),
        marks: vec![weight.mark],
    };
    let rows: Vec<IntervalRow> = weights.iter().filter(|weight| weight.mark.is_some()).map(row).collect();
    if rows.is_empty() {
        return None;
    }
    let intervals = Intervals { axis: "weight".into(), series: vec!["weight".into()], rows, zero: true };
    Some(Figure {
        id: "weights".into(),
        title: "The weight of each mechanism".into(),
        description: "By each set of facts, the mechanisms equally probable before; lines from the 5th to the 95th percentile over resamples of the draws.".into(),
        content: Content::Drawing(Drawing::Intervals(intervals)),
    })
}

fn table_of_weights(weights: &[Weight]) -> Table {
    let row = |weight: &Weight| {
        let mark = weight.mark.as_ref();
        let interval = mark.and_then(|mark| mark.interval);
        let numbers = [or_dash(weight.rejection), or_dash(mark.map(|mark| mark.value)), range(interval)];
        Row::of([&[weight.facts.clone(), weight.model.clone()][..], &weight.counts, &numbers].concat())
    };
    Table {
        caption: "Draws of each mechanism, those with all facts, those kept; the weight by rejection and by regression.".into(),
        columns: ["facts", "mechanism", "draws", "with all facts", "kept", "by rejection", "weight", "5 to 95 %"]
            .map(Into::into)
            .into(),
        texts: 2,
        rows: weights.iter().map(row).collect(),
        ..Table::default()
    }
}

/// What truths are taken for, a picture for each set of facts.
fn confusion(finished: &Finished) -> Result<Vec<Figure>, ReportError> {
    let mut sets: Vec<(String, HeatMap)> = Vec::new();
    finished.rows("confusion.csv", ["facts", "truth", "model", "truths", "weight", "chosen"], |cells| {
        let (facts, truth, model) = (cells.text(0), cells.text(1), cells.text(2));
        if sets.last().is_none_or(|(set, _)| set != facts) {
            let heat = HeatMap {
                across: "taken for".into(),
                down: "truth".into(),
                shades: Shades::Rising,
                ..HeatMap::default()
            };
            sets.push((facts.to_owned(), heat));
        }
        let Some((_, heat)) = sets.last_mut() else { return Ok(()) };
        if heat.rows.last().is_none_or(|row| row != truth) {
            heat.rows.push(truth.to_owned());
            heat.cells.push(Vec::new());
        }
        if heat.rows.len() == 1 {
            heat.columns.push(model.to_owned());
        }
        let cell = cells.number(5)?.map(|chosen| HeatCell {
            value: chosen,
            text: format!("{:.0} %", 100.0 * chosen),
            told: format!("{truth} taken for {model} in {:.1} % of {} truths", 100.0 * chosen, cells.text(3)),
        });
        if let Some(row) = heat.cells.last_mut() {
            row.push(cell);
        }
        Ok(())
    })?;
    let figure = |(facts, heat): (String, HeatMap)| Figure {
        id: format!("confusion-{}", slug(&facts)),
        title: format!("What truths are taken for, by the facts `{facts}`"),
        description: "How often each mechanism has the largest weight for truths of each.".into(),
        content: Content::Drawing(Drawing::Heat(heat)),
    };
    Ok(sets.into_iter().map(figure).collect())
}

/// Coverage, contraction, and what they come to, by set, mechanism and quantity.
type Calibration = BTreeMap<[String; 3], [String; 3]>;

fn calibration(finished: &Finished) -> Result<Calibration, ReportError> {
    let columns = ["facts", "model", "name", "coverage", "contraction", "calibrated", "identified"];
    let mut found = Calibration::new();
    finished.rows("calibration.csv", columns, |cells| {
        let verdict = match (cells.text(5), cells.text(6)) {
            ("true", "true") => "good",
            ("true", _) => "not identified",
            _ => "not calibrated",
        };
        let told = [or_dash(cells.number(3)?), or_dash(cells.number(4)?), verdict.to_owned()];
        found.insert([0, 1, 2].map(|at| cells.text(at).to_owned()), told);
        Ok(())
    })?;
    Ok(found)
}

/// Quantities of each role before and after the facts.
fn beliefs<const N: usize>(
    finished: &Finished,
    roles: [&str; N],
    calibration: &Calibration,
) -> Result<[Table; N], ReportError> {
    let columns = [
        "facts",
        "model",
        "role",
        "name",
        "measure",
        "prior",
        "prior_low",
        "prior_high",
        "posterior",
        "low",
        "high",
    ];
    let mut tables = roles.map(|role| Table {
        caption: "Before and after the facts; how often the 90 % interval holds a synthetic truth (of a probability, what was said less what was so), and by how much the facts narrow the prior.".into(),
        columns: ["facts", "mechanism", role, "", "measure", "before", "after", "coverage", "contraction"]
            .map(Into::into)
            .into(),
        texts: 5,
        ..Table::default()
    });
    finished.rows("posterior.csv", columns, |cells| {
        let Some(at) = roles.iter().position(|role| *role == cells.text(2)) else { return Ok(()) };
        let belief = |at: usize| -> Result<String, String> {
            let [value, low, high] = [at, at + 1, at + 2].map(|at| cells.number(at).map(or_dash));
            Ok(format!("{} [{}, {}]", value?, low?, high?))
        };
        let key = [0, 1, 3].map(|at| cells.text(at).to_owned());
        let [coverage, contraction, verdict] = calibration.get(&key).cloned().unwrap_or_default();
        let [facts, model, name] = key;
        tables[at].rows.push(Row::of([
            facts,
            model,
            name,
            verdict,
            cells.text(4).to_owned(),
            belief(5)?,
            belief(8)?,
            coverage,
            contraction,
        ]));
        Ok(())
    })?;
    Ok(tables)
}

fn telling(finished: &Finished) -> Result<Table, ReportError> {
    let columns = ["facts", "outcome", "used", "bits_near", "by_chance_near", "bits", "by_chance"];
    let mut rows = Vec::new();
    finished.rows("telling.csv", columns, |cells| {
        let used = if cells.text(2) == "true" { "yes" } else { "no" };
        let texts = [cells.text(0), cells.text(1), used].map(str::to_owned);
        let [near, near_chance, all, all_chance] = [3, 4, 5, 6].map(|at| cells.number(at).map(or_dash));
        rows.push(Row::of(texts.into_iter().chain([near?, near_chance?, all?, all_chance?])));
        Ok(())
    })?;
    Ok(Table {
        caption: "Bits that an outcome says of the mechanism, among runs near to the facts and among all; beside them what shuffled mechanisms say as often as once in twenty.".into(),
        columns: ["facts", "outcome", "used", "near the facts", "by chance", "over all runs", "by chance"]
            .map(Into::into)
            .into(),
        texts: 3,
        folded: rows.len() > 40,
        rows,
        ..Table::default()
    })
}

/// Scores beside the opponent's.
fn scored(finished: &Finished, page: &mut Page) -> Result<(), ReportError> {
    let columns = [
        "facts",
        "model",
        "number",
        "independent",
        "better",
        "covered",
        "crps_over_opponent",
        "energy_skill",
    ];
    let mut rows = Vec::new();
    let mut best: Option<(f64, String)> = None;
    finished.rows("together.csv", columns, |cells| {
        if let Some(crps) = cells.number(6)?
            && best.as_ref().is_none_or(|(least, _)| crps < *least)
        {
            best = Some((crps, format!("`{}` for the facts `{}`", cells.text(1), cells.text(0))));
        }
        let numbers = [3, 5, 6, 7].map(|at| cells.number(at).map(or_dash));
        let [independent, covered, crps, energy] = numbers;
        let texts = [0, 1, 2, 4].map(|at| cells.text(at).to_owned());
        let [facts, model, of, better] = texts;
        rows.push(Row::of([facts, model, of, independent?, better, covered?, crps?, energy?]));
        Ok(())
    })?;
    if page.verdict.is_empty() {
        page.verdict = best.map_or_else(
            || "Nothing was scored.".into(),
            |(crps, what)| {
                format!("The least mean CRPS over the opponent's is {}, that of {what}.", number(crps))
            },
        );
    }
    let together = Table {
        caption: "Of each set its facts and the independent ones among them, those forecast better than by the opponent, the part in the middle 90 %, the mean CRPS over the opponent's (below 1 is better), and the skill by the energy score (above 0 is better).".into(),
        columns: ["facts", "mechanism", "number", "independent", "better", "covered", "CRPS over the opponent's", "energy skill"]
            .map(Into::into)
            .into(),
        texts: 2,
        rows,
        ..Table::default()
    };
    page.section("Scores beside the opponent", String::new(), vec![Item::Table(together)]);
    let columns = ["facts", "model", "fact", "recorded", "median", "q05", "q95", "crps", "skill", "pit"];
    let mut rows = Vec::new();
    finished.rows("scores.csv", columns, |cells| {
        let texts = [0, 1, 2].map(|at| cells.text(at).to_owned());
        let numbers = [3, 4, 5, 6, 7, 8, 9].map(|at| cells.number(at).map(or_dash));
        let [recorded, median, low, high, crps, skill, pit] = numbers;
        let range = format!("{} [{}, {}]", median?, low?, high?);
        rows.push(Row::of(texts.into_iter().chain([recorded?, range, crps?, skill?, pit?])));
        Ok(())
    })?;
    let scores = Table {
        caption: "Fact by fact.".into(),
        columns: ["facts", "mechanism", "fact", "recorded", "forecast [5 %, 95 %]", "CRPS", "skill", "PIT"]
            .map(Into::into)
            .into(),
        texts: 3,
        folded: rows.len() > 40,
        rows,
        ..Table::default()
    };
    page.section("Fact by fact", String::new(), vec![Item::Table(scores)]);
    Ok(())
}
