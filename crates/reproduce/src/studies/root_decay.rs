//! How control passes from root to alpha: root's part of validating stake, of the votes and of the emission by month.

use crate::Answer;
use crate::runs::Cell;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 2] = [
    Part { name: "month", sweep: "root_decay_month.ron", look: Look::Takes },
    Part { name: "all", sweep: "root_decay.ron", look: Look::LeavesOut },
];

/// The experiment.
pub const STUDY: Study = Study {
    name: "root_decay",
    about: "How control passes from root to alpha in fourteen months: docs/experiments/root_decay.md",
    minutes: "1 to 3",
    look: 1,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/root_decay/answers.csv"),
};

const STAKE: &str = "Which part of validating stake is root's?";
const VOTES: &str = "Which part of the votes is root's?";
const PAID: &str = "Which part of what is paid out is root's?";
const KNOWN: &str = "How far is it from what is known?";

/// The days that are looked at.
const DAYS: [&str; 16] = [
    "one_week",
    "2025-02-25",
    "2025-03-14",
    "2025-04-11",
    "2025-05-11",
    "2025-06-11",
    "2025-07-11",
    "2025-08-11",
    "2025-09-11",
    "2025-10-11",
    "2025-11-11",
    "2025-12-11",
    "2026-01-11",
    "2026-02-11",
    "2026-03-11",
    "2026-04-11",
];

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    let Some(cell) = made.get("all").or_else(|| made.get("month")).and_then(|runs| runs.cells().first())
    else {
        return answers;
    };
    for day in DAYS {
        let of = |what: &str| cell.first(&format!("{what}.{day}"));
        let to = |question, mechanism, measure| Answer::to(question, mechanism, name(day), measure);
        if let (Some(median), Some(low), Some(high)) = (of("root.median"), of("root.q05"), of("root.q95")) {
            let answer = to(STAKE, "all subnets", "root proportion of the median subnet");
            answers.push(answer.between(median, (low, high), "5 to 95 % of the subnets", 1));
            // Only alpha outside pools can vote; the proportion counts that in pools, too.
            answers.extend(votes(cell, "", day, median).map(|votes| {
                to(VOTES, "median subnet", "root's stake over that and all alpha outside the pool")
                    .exactly(votes)
            }));
            // Validators' half of what the owner leaves, and of that root's part.
            let paid = (1.0 - 11_796.0 / 65_535.0) / 2.0 * median;
            answers.push(to(PAID, "median subnet", "root's part of the alpha emitted").exactly(paid));
        }
        if let Some(root) = of("sn28.root") {
            answers.push(to(STAKE, "SN28", "root proportion").exactly(root));
            answers.extend(votes(cell, "sn28.", day, root).map(|votes| {
                to(VOTES, "SN28", "root's stake over that and all alpha outside the pool").exactly(votes)
            }));
        }
        if let Some((income, emission)) =
            of("income").zip(of("emission")).filter(|sums| sums.0 > 0.0 && sums.1 > 0.0)
        {
            let measure = "TAO that root's part is sold for over TAO emitted, that day";
            answers.push(to(PAID, "all subnets", measure).exactly(income / emission));
        }
    }
    for (day, known) in [("one_week", 0.935), ("2026-04-11", 0.170)] {
        let Some(found) = cell.first(&format!("root.median.{day}")) else { continue };
        let to = |measure| Answer::to(KNOWN, "median subnet", name(day), measure);
        answers.push(to("root proportion").exactly(found));
        answers.push(to("the same, less what is known").exactly(found - known));
    }
    let event = cell.first("sn28.root.2025-02-25");
    let to = Answer::to(KNOWN, "SN28", name("2025-02-25"), "root proportion, less what is known");
    answers.extend(event.map(|found| to.exactly(found - 0.895)));
    answers
}

fn name(day: &str) -> &str {
    if day == "one_week" { "after one week" } else { day }
}

/// Root's part of the stake that can vote: rho = w / (w + in + out), and w / (w + out) is wanted.
fn votes(cell: &Cell, whose: &str, day: &str, root: f64) -> Option<f64> {
    let of = |what: &str| cell.first(&format!("{whose}{what}.{day}"));
    let (inside, outside) = (of("alpha_in")?, of("alpha_out")?);
    let weight = root / (1.0 - root) * (inside + outside);
    Some(weight / (weight + outside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn alpha_in_pools_does_not_vote() {
        let runs = runs("run,point,arm,seed,alpha_in.x,alpha_out.x\n0,0,,1,30,10\n", &[]);
        // Root weighs 40, half of all: of what can vote it is 40 of 50.
        assert_eq!(votes(&runs.cells()[0], "", "x", 0.5), Some(0.8));
    }
}
