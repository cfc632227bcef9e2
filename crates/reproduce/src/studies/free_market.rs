//! Where the emission goes in a market in which nobody decides for all, and what it pays an owner to be of a kind.

use crate::Answer;
use crate::runs::Cell;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 1] = [Part { name: "market", sweep: "free_market.ron", look: Look::Takes }];

/// The experiment.
pub const STUDY: Study = Study {
    name: "free_market",
    about: "Useful, earning, meme and idle subnets for two months without anybody who decides for all: docs/experiments/free_market.md",
    minutes: "1 to 2",
    look: 1,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/free_market/answers.csv"),
};

const EMISSION: &str = "Which part of the emission of the last thirty days does each kind get?";
const MORE: &str = "How much more than memes do earning subnets get?";
const OWNERS: &str = "What does an owner earn by its cut beyond the owner of an idle subnet?";

const PART: &str = "part of the emission";

/// Days of a run, and subnets of each kind.
const DAYS: f64 = 60.0;
const OF_A_KIND: f64 = 4.0;

/// The families of behaviour, by arm.
const FAMILIES: [(&str, &str); 3] = [
    ("no_view", "nobody has a view"),
    ("attention", "some follow what rises"),
    ("value", "revenue buys back in full"),
];

/// The kinds of subnets, by what outcomes call them.
const KINDS: [(&str, &str); 4] =
    [("useful", "useful"), ("revenue", "earning"), ("meme", "memes"), ("idle", "idle")];

fn answers(made: &Made) -> Vec<Answer> {
    let Some(runs) = made.get("market") else { return Vec::new() };
    FAMILIES
        .iter()
        .flat_map(|&(arm, family)| runs.arm(arm).flat_map(move |cell| of_cell(cell, family)))
        .collect()
}

fn of_cell(cell: &Cell, family: &'static str) -> Vec<Answer> {
    let Some(revenue) = cell.number("revenue5") else { return Vec::new() };
    let a_day = format!("{revenue} TAO a day");
    let to = |question, arm: &str, measure| Answer::to(question, family, arm, measure);
    let mut answers = Vec::new();
    for (kind, name) in KINDS {
        let part = cell.of(&format!("share.{kind}"));
        answers.push(to(EMISSION, &format!("{name}; {a_day}"), PART).median(&part));
    }
    let more = between(cell, "share.revenue", "share.meme");
    answers.push(to(MORE, &a_day, PART).median(&more));
    for (kind, name) in KINDS.into_iter().filter(|(kind, _)| *kind != "idle") {
        let more = between(cell, &format!("owners.{kind}"), "owners.idle");
        let more: Vec<f64> = more.into_iter().map(|more| more / OF_A_KIND / DAYS).collect();
        answers.push(to(OWNERS, &format!("{name}; {a_day}"), "TAO a day").median(&more));
    }
    answers
}

/// By how much an outcome is more than another of the same run.
fn between(cell: &Cell, outcome: &str, than: &str) -> Vec<f64> {
    let others = cell.by_seed(than);
    let here = cell.by_seed(outcome).into_iter();
    here.filter_map(|(seed, value)| Some(value - others.get(&seed)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn kinds_are_put_beside_each_other_run_by_run() {
        let table = "run,point,arm,seed,revenue5,share.useful,share.revenue,share.meme,share.idle,owners.useful,owners.revenue,owners.meme,owners.idle\n\
                     0,0,no_view,1,\"Exactly(\"\"20 TAO\"\")\",0.2,0.4,0.3,0.1,240,480,240,0\n\
                     1,0,no_view,2,\"Exactly(\"\"20 TAO\"\")\",0.2,0.5,0.2,0.1,240,480,240,240\n";
        let made = Made::from([("market", runs(table, &["revenue5"]))]);
        let found = answers(&made);
        let of = |question: &str, arm: &str| {
            found
                .iter()
                .find(|answer| answer.question == question && answer.arm == arm)
                .and_then(|answer| answer.value)
        };
        assert_eq!(of(EMISSION, "earning; 20 TAO a day"), Some(0.45));
        assert!((of(MORE, "20 TAO a day").expect("it is there") - 0.2).abs() < 1e-12);
        assert_eq!(of(OWNERS, "earning; 20 TAO a day"), Some(1.5));
        assert!(found.iter().all(|answer| answer.mechanism == "nobody has a view" && answer.n == 2));
    }
}
