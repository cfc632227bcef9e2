//! The same adversaries under every rule for the emission: what is left for what is useful, and when honesty pays.

use super::world::differences;
use crate::Answer;
use crate::runs::{Cell, Runs};
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 2] = [
    Part { name: "rules", sweep: "objective.ron", look: Look::Takes },
    Part { name: "checking", sweep: "objective_checking.ron", look: Look::Takes },
];

/// The experiment.
pub const STUDY: Study = Study {
    name: "objective",
    about: "Useful, idle, meme and faking subnets under every rule for the emission: docs/experiments/objective.md",
    minutes: "1 to 2",
    look: 2,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/objective/answers.csv"),
};

const USEFUL: &str = "Which part of the emission of days 3 to 7 goes to useful subnets?";
const PUMP: &str = "What does a pump of 500 TAO for a day draw and gain?";
const FAKE: &str = "What does faking gain?";
const CARRIES: &str = "How much may useful work lose elsewhere before its owner does better otherwise?";

const PART: &str = "part of the emission";
const CARRIED: &str = "TAO a day";

/// Days of a run.
const DAYS: f64 = 7.0;

/// What a TAO in the pool is worth to a faker, by arm: the best of these is the adversary.
const FAKERS: [&str; 4] = ["fakes_0.1", "fakes_0.2", "fakes_0.4", "fakes_0.8"];

/// The rules, by what the file's text begins with.
const RULES: [(&str, &str); 12] = [
    ("Blend", "half moving price, half objective"),
    ("MovingPrice", "moving price"),
    ("SpotPrice", "spot price"),
    ("MarketCap", "market value"),
    ("TaoFlow", "flow"),
    ("NetFlow", "net flow"),
    ("PriceRootBurn", "price, root, burn"),
    ("PriceBurn", "price, burn"),
    ("Uniform", "the same for all"),
    ("LowerAverage", "lower of two averages"),
    ("DepthCap", "cap by depth"),
    ("Objective", "objective"),
];

fn rule(cell: &Cell) -> &'static str {
    let text = cell.factor("emission");
    RULES.iter().find(|(begins, _)| text.starts_with(begins)).map_or("another rule", |(_, name)| name)
}

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    if let Some(runs) = made.get("rules") {
        for idles in runs.arm("idles") {
            of_rule(runs, idles, &mut answers);
        }
    }
    if let Some(runs) = made.get("checking") {
        for idles in runs.arm("idles") {
            of_cost(runs, idles, &mut answers);
        }
    }
    answers
}

/// What a rule makes of useful work and of a pump.
fn of_rule(runs: &Runs, idles: &Cell, answers: &mut Vec<Answer>) {
    let to = |question, arm: &str, measure| Answer::to(question, rule(idles), arm, measure);
    answers.push(to(USEFUL, "the tested one idles", PART).median(&idles.of("share.useful")));
    if let Some(works) = runs.beside(idles, "works") {
        let tested = works.of("share.tested");
        answers.push(to(USEFUL, "the tested one alone, if it works", PART).median(&tested));
        let more: Vec<f64> = a_day(&differences(works, idles, "gain.tested"));
        answers.push(to(CARRIES, "nobody fakes", CARRIED).median(&more));
    }
    if let Some(pump) = runs.beside(idles, "pump") {
        let points = differences(pump, idles, "share.meme");
        answers.push(to(PUMP, "the meme", "part of the emission of days 3 to 7").median(&points));
        answers.push(to(PUMP, "the pumper", "TAO gained").median(&pump.of("gain.pumper")));
    }
}

/// What the best faker gains by what faking costs, and what honest work may lose then.
fn of_cost(runs: &Runs, idles: &Cell, answers: &mut Vec<Answer>) {
    let Some(cost) = idles.number("cost_of_faking") else { return };
    let arm = format!("{cost} TAO a unit");
    let to = |question, measure| Answer::to(question, "objective", &arm, measure);
    let Some(faker) = best_faker(runs, idles) else { return };
    answers.push(to(FAKE, "TAO gained in a week").median(&differences(faker, idles, "gain.tested")));
    answers.push(to(FAKE, "part of the emission to the three useful ones").median(&faker.of("share.useful")));
    if let Some(works) = runs.beside(idles, "works") {
        let gain = |cell: &Cell| mean(&cell.of("gain.tested"));
        let otherwise = if gain(faker) > gain(idles) { faker } else { idles };
        let more = a_day(&differences(works, otherwise, "gain.tested"));
        answers.push(to(CARRIES, CARRIED).median(&more));
    }
}

fn a_day(of_a_run: &[f64]) -> Vec<f64> {
    of_a_run.iter().map(|more| more / DAYS).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The cell of the faker whose subnet gains most on average.
fn best_faker<'r>(runs: &'r Runs, idles: &Cell) -> Option<&'r Cell> {
    let cells = FAKERS.iter().filter_map(|arm| runs.beside(idles, arm));
    let gain = |cell: &&Cell| mean(&cell.of("gain.tested"));
    cells.max_by(|a, b| gain(a).total_cmp(&gain(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn the_best_faker_counts_and_work_is_held_against_the_better_of_idling_and_faking() {
        let table = "run,point,arm,seed,cost_of_faking,share.useful,share.tested,gain.tested,gain.faker\n\
                     0,0,idles,1,2,0.95,0.02,700,0\n1,0,works,1,2,0.7,0.2,1400,0\n\
                     2,0,fakes_0.1,1,2,0.6,0.3,900,-10\n3,0,fakes_0.8,1,2,0.4,0.6,2100,-300\n";
        let made = Made::from([("checking", runs(table, &["cost_of_faking"]))]);
        let found = answers(&made);
        let told: Vec<_> = found.iter().map(|answer| (answer.measure, answer.value)).collect();
        assert_eq!(
            told,
            [
                ("TAO gained in a week", Some(1_400.0)),
                ("part of the emission to the three useful ones", Some(0.4)),
                (CARRIED, Some(-100.0)),
            ]
        );
        assert!(found.iter().all(|answer| answer.arm == "2 TAO a unit" && answer.mechanism == "objective"));
    }

    #[test]
    fn each_rule_of_the_file_has_a_name() {
        for text in [
            "MovingPrice",
            "TaoFlow()",
            "PriceRootBurn",
            "Blend(of: MovingPrice, with: Objective, weight: 0.5)",
        ] {
            let quoted = format!("\"{text}\"");
            let table = format!("run,point,arm,seed,emission,share.useful\n0,0,idles,1,{quoted},0.5\n");
            let made = Made::from([("rules", runs(&table, &["emission"]))]);
            assert_ne!(answers(&made)[0].mechanism, "another rule", "{text}");
        }
    }
}
