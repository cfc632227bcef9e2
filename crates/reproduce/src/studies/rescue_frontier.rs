//! When a rescue like SN28's works: by the part of the votes that act together, and so by the age of the network.

use super::root_decay;
use crate::Answer;
use crate::published::Published;
use crate::runs::Cell;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 1] = [Part { name: "votes", sweep: "rescue_frontier.ron", look: Look::Takes }];

/// The experiment.
pub const STUDY: Study = Study {
    name: "rescue_frontier",
    about: "When a rescue like that of SN28 works, by the part of the votes and by the age of the network: docs/experiments/rescue_frontier.md",
    minutes: "2 to 5",
    look: 2,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/rescue_frontier/answers.csv"),
};

const WORKS: &str = "In how many runs does it work?";
const LINE: &str = "How many votes make it work?";
const NEEDED: &str = "Which part of root's stake must act together?";

/// The arms: what is told, and what it is measured from.
const ARMS: [(&str, &str, &str); 3] = [
    ("plain", "the pump of the day", "price.1752"),
    ("budget", "a pump of 1,200 TAO", "price.1752"),
    ("seen", "weights are seen before they count", "price.1640"),
];

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    if let Some(runs) = made.get("votes") {
        for (arm, about, before) in ARMS {
            let mut found: Vec<(f64, Vec<bool>)> = runs
                .arm(arm)
                .filter_map(|cell| Some((cell.number("coalition")?, works(cell, before))))
                .collect();
            found.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (votes, cases) in &found {
                let label = format!("{:.0} % of the votes", 100.0 * votes);
                answers.push(
                    Answer::to(WORKS, "M1", &format!("{about}; {label}"), "part of the runs")
                        .proportion(cases),
                );
            }
            let least = found.iter().find(|(_, cases)| share(cases) >= 0.5).map(|(votes, _)| *votes);
            let below = found.iter().rev().find(|(_, cases)| share(cases) < 0.5).map(|(votes, _)| *votes);
            let line = least.zip(below).filter(|(least, below)| below < least);
            let to = Answer::to(LINE, "M1", about, "votes at which half of the runs work");
            answers.extend(line.map(|(least, below)| {
                let range = "the last that was tried with less, the first with more";
                to.between(f64::midpoint(least, below), (below, least), range, found.len())
            }));
        }
    }
    // What half of all votes is of root's stake, where all alpha outside the pool votes against, or half of it, or none does.
    if let Ok(table) = Published::of_answers(root_decay::STUDY.published) {
        for (asked, figure, _) in table.in_order() {
            if asked.question != "Which part of the votes is root's?" || asked.mechanism != "median subnet" {
                continue;
            }
            for (against, part) in
                [("all alpha votes against", 1.0), ("a half of the alpha votes against", 0.5)]
            {
                let root = figure.value / (figure.value + (1.0 - figure.value) * part);
                let to = Answer::to(
                    NEEDED,
                    "arithmetic",
                    &asked.arm,
                    "part of root's stake for half of the votes; above 1 it cannot be",
                );
                let arm = format!("{}; {against}", asked.arm);
                answers.push(Answer { arm, ..to.exactly(0.5 / root) });
            }
        }
    }
    answers
}

/// The documented criterion: a fifth of the price before at most, and below rank 40, a day later.
fn works(cell: &Cell, before: &str) -> Vec<bool> {
    let [before, after, rank] =
        [before, "price.next_day", "rank.next_day"].map(|outcome| cell.by_seed(outcome));
    let of = |seed: &u64| Some(after.get(seed)? <= &(0.2 * before.get(seed)?) && *rank.get(seed)? > 40.0);
    before.keys().filter_map(of).collect()
}

fn share(cases: &[bool]) -> f64 {
    cases.iter().filter(|&&works| works).count() as f64 / cases.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn the_line_lies_between_the_last_that_fails_and_the_first_that_works() {
        let text = "run,point,arm,seed,coalition,price.1752,price.1640,price.next_day,rank.next_day\n\
                    0,0,plain,1,Exactly(0.4),1,1,0.5,10\n1,0,plain,2,Exactly(0.4),1,1,0.1,41\n2,0,plain,3,Exactly(0.4),1,1,0.1,40\n\
                    3,1,plain,1,Exactly(0.6),1,1,0.1,41\n4,1,plain,2,Exactly(0.6),1,1,0.2,50\n5,1,plain,3,Exactly(0.6),1,1,0.9,50\n";
        let answers = answers(&Made::from([("votes", runs(text, &["coalition"]))]));
        let line = answers.iter().find(|answer| answer.question == LINE).expect("a line");
        assert_eq!((line.value, line.low, line.high), (Some(0.5), Some(0.4), Some(0.6)));
        let below = answers.iter().find(|answer| answer.arm.contains("40 %")).expect("a proportion");
        assert_eq!((below.value, below.n), (Some(1.0 / 3.0), 3));
    }
}
