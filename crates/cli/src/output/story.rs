//! What a reproduced experiment says, beside what was published of it.

use std::path::Path;

use dtao_experiment::scenario::Kind;
use dtao_report::{Report, Row, Table as Grid, unit_of_measure};
use dtao_reproduce::Answer;
use dtao_reproduce::claims::{Answered, counted};
use dtao_reproduce::published::{Figure, Published};
use dtao_reproduce::sn28::{Check, Findings, MECHANISMS};
use dtao_statistics::Score;
use serde::Serialize;

use super::verdicts::{covered, range, verdict};
use super::{columns, count, ended, grid, number, page, print_json, say_line, text};

/// How much of an experiment was made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edition {
    /// All of it.
    Whole,
    /// So many seeds of every arm.
    Look {
        /// How many.
        seeds: u64,
    },
}

impl Edition {
    fn look(self) -> Option<u64> {
        match self {
            Self::Whole => None,
            Self::Look { seeds } => Some(seeds),
        }
    }

    /// What is said of a look.
    fn warning(self, name: &str, minutes: &str) -> Option<String> {
        self.look().map(|seeds| {
            format!(
                "This is a look: {} of every arm. The column `published` is what docs/experiments/{name}.md says;\n\
                 `dtao reproduce {name} --full` makes the whole edition, in {minutes} minutes of two cores.\n",
                count(seeds, "seed")
            )
        })
    }
}

/// The same as JSON.
#[derive(Serialize)]
struct Told<'a> {
    /// Seeds of every arm of a look; nothing of the whole edition.
    look: Option<u64>,
    checks: Vec<Beside<&'a Check>>,
    answers: Vec<Beside<&'a Answer>>,
}

#[derive(Serialize)]
struct Beside<T> {
    #[serde(flatten)]
    here: T,
    published: Option<Figure>,
}

/// What is told of an experiment besides its numbers.
pub(crate) struct Ends<'a> {
    /// What its files say: the sentence, a chart and how many runs there are.
    pub report: &'a Report,
    /// Its folder.
    pub out: &'a Path,
    /// Its page.
    pub page: &'a Path,
}

impl Ends<'_> {
    fn sight(&self) {
        text(&self.report.sight(columns(100)));
        say!("");
    }

    /// Where all of it is, and what it sums up to.
    fn told(&self) {
        say!("tables in {}", self.out.display());
        page(self.page, false);
        if let Some(counts) = self.report.counts() {
            ended(counts);
        }
    }
}

/// Prints what SN28's experiment says: a chart, the facts, then the answers, each beside the published figure. `unit` is what a fact is
/// counted in.
pub(crate) fn story(
    found: &Findings,
    published: &Published,
    unit: &dyn Fn(&str) -> &'static str,
    edition: Edition,
    ends: &Ends,
    json: bool,
) {
    if json {
        let checks = found.checks.iter().map(|here| Beside { here, published: published.check(here) });
        let answers = found.answers.iter().map(|here| Beside { here, published: published.answer(here) });
        print_json(&Told { look: edition.look(), checks: checks.collect(), answers: answers.collect() });
        return page(ends.page, true);
    }
    let warning = edition.warning("sn28", "20 to 40");
    if let Some(warning) = &warning {
        say!("{warning}");
    }
    ends.sight();
    for mechanism in &MECHANISMS {
        let checks: Vec<&Check> =
            found.checks.iter().filter(|check| check.mechanism == mechanism.name).collect();
        facts(mechanism.name, mechanism.about, &checks, published, unit);
    }
    answers(&found.answers, published);
    say!(
        "Prices do not say which mechanism is true: the answers hold under each. Weights, incentives of each epoch\n\
         and the sellers' keys would tell."
    );
    if let Some(warning) = &warning {
        say!("\n{}", warning.trim_end());
    }
    say!("");
    ends.told();
}

/// Prints answers of an experiment, whose name and minutes are told, beside the published figures.
pub(crate) fn answered(
    (name, minutes): (&str, &str),
    found: &[Answer],
    published: &Published,
    edition: Edition,
    ends: &Ends,
    json: bool,
) {
    if json {
        let answers = found.iter().map(|here| Beside { here, published: published.answer(here) });
        print_json(&Told { look: edition.look(), checks: Vec::new(), answers: answers.collect() });
        return page(ends.page, true);
    }
    if let Some(warning) = edition.warning(name, minutes) {
        say!("{warning}");
    }
    ends.sight();
    answers(found, published);
    ends.told();
}

/// Prints the article's claims with their answers.
pub(crate) fn claims(claims: &[Answered], json: bool) {
    if json {
        return print_json(&serde_json::json!({ "claims": claims }));
    }
    for claim in claims {
        let Answered { number, claim: says, verdict, answer, command, .. } = claim;
        say!("{number:>2}  {says}\n    {verdict}. {answer}\n    {command}\n");
    }
    say!("{}\nwhy, and what would decide the rest: docs/experiments/claims.md", counted(claims));
}

fn facts(
    name: &str,
    about: &str,
    checks: &[&Check],
    published: &Published,
    unit: &dyn Fn(&str) -> &'static str,
) {
    let columns = [
        "fact",
        "kind",
        "verdict",
        "target",
        "met within",
        "median",
        "5 to 95 %",
        "n",
        "covered",
        "skill",
        "published",
        "n",
    ];
    let row = |check: &&Check| {
        let (figure, n) = figure(published.check(check));
        let kind = match check.kind {
            Kind::Calibrated => "fitted",
            Kind::Validation => "test",
            Kind::Restated => "again",
            Kind::Imposed => "given",
        };
        Row::of([
            check.metric.clone(),
            kind.into(),
            verdict(&check.comparison),
            number(check.target),
            format!("{} to {}", number(check.within.0), number(check.within.1)),
            check.comparison.median.map_or_else(|| "-".into(), number),
            range(&check.comparison),
            check.comparison.reached.to_string(),
            covered(&check.comparison).into(),
            check.skill.map_or_else(|| "-".into(), |skill| format!("{skill:.2}")),
            figure,
            n,
        ])
        .counted_in(unit(&check.metric))
    };
    let score = |kind| {
        let of_kind = checks.iter().filter(|check| check.kind == kind);
        Score::of(of_kind.map(|check| &check.comparison))
    };
    say!("{name}: {about}");
    grid(Grid {
        columns: columns.map(Into::into).into(),
        texts: 3,
        rows: checks.iter().map(row).collect(),
        ..Grid::default()
    });
    say!("kept for the test: {}\nfitted: {}\n", score(Kind::Validation), score(Kind::Calibrated));
}

/// The answers to each question, in the order in which they are first asked.
fn answers(answers: &[Answer], published: &Published) {
    let mut questions: Vec<&str> = Vec::new();
    for answer in answers {
        if !questions.contains(&answer.question) {
            questions.push(answer.question);
        }
    }
    for question in questions {
        let asked: Vec<&Answer> = answers.iter().filter(|answer| answer.question == question).collect();
        let row = |answer: &&Answer| {
            let (figure, n) = figure(published.answer(answer));
            Row::of([
                answer.measure.into(),
                answer.mechanism.into(),
                answer.arm.clone(),
                told(answer.value, answer.low.zip(answer.high)),
                answer.n.to_string(),
                figure,
                n,
            ])
            .counted_in(unit_of_measure(answer.measure))
        };
        let mut ranges: Vec<&str> = Vec::new();
        for answer in asked.iter().filter(|answer| !answer.range.is_empty()) {
            if !ranges.contains(&answer.range) {
                ranges.push(answer.range);
            }
        }
        let ranges = if ranges.is_empty() { String::new() } else { format!(" [{}]", ranges.join(", or ")) };
        say!("{question}{ranges}");
        grid(Grid {
            columns: ["measure", "under", "arm", "here", "n", "published", "n"].map(Into::into).into(),
            texts: 3,
            rows: asked.iter().map(row).collect(),
            ..Grid::default()
        });
        say!("");
    }
}

/// A published figure and the number of its runs.
fn figure(figure: Option<Figure>) -> (String, String) {
    figure.map_or_else(
        || ("-".into(), "-".into()),
        |figure| (told(Some(figure.value), figure.range), figure.n.to_string()),
    )
}

fn told(value: Option<f64>, range: Option<(f64, f64)>) -> String {
    match (value, range) {
        (None, _) => "-".into(),
        (Some(value), None) => number(value),
        (Some(value), Some((low, high))) => format!("{} [{}, {}]", number(value), number(low), number(high)),
    }
}
