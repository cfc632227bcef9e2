//! The gain of the loop: purchase, price, emission, yield, purchase.

use super::world::{DAYS, POOLS, against, rule};
use crate::Answer;
use crate::runs::Cell;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 1] = [Part { name: "pools", sweep: "ponzi_loop.ron", look: Look::Takes }];

/// The experiment.
pub const STUDY: Study = Study {
    name: "ponzi_loop",
    about: "The gain of the loop of purchase, price, emission and yield: docs/experiments/ponzi_loop.md",
    minutes: "1",
    look: 1,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/ponzi_loop/answers.csv"),
};

const GAIN: &str = "What more is paid to all who hold, for one TAO bought?";
const ONE: &str = "After how long has it paid as much as was bought?";
const FEEDS: &str = "Does the emission that it draws raise the price?";

/// Alpha that a block pays to owner, miners and validators: one, while less than half of all is there.
const PAID: f64 = 7_200.0;

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    let Some(runs) = made.get("pools") else { return answers };
    for (subnet, pool) in POOLS {
        for part in ["1", "20"] {
            let arm = format!("sn{subnet}_{part}");
            let label = format!("{pool}; {part} % of it bought");
            let of = |cell: &Cell, what: &str| cell.first(&format!("sn{subnet}.{what}"));
            // The same purchase where the share does not follow the price.
            let without = against(runs, &arm, "quiet")
                .find(|(cell, _)| rule(cell) == "the same for all")
                .and_then(|(cell, quiet)| Some(of(cell, "price")? / of(quiet, "price")?));
            for (cell, quiet) in against(runs, &arm, "quiet") {
                let to = |question, measure| Answer::to(question, rule(cell), &label, measure);
                let Some(bought) = of(cell, "bought").filter(|&bought| bought > 0.0) else { continue };
                let more =
                    of(cell, "price.mean").zip(of(quiet, "price.mean")).map(|(here, there)| here - there);
                let gain = more.map(|more| more * PAID * DAYS / bought);
                answers.extend(gain.map(|gain| to(GAIN, "TAO of value in ten days").exactly(gain)));
                let days = gain.filter(|&gain| gain > 0.0).map(|gain| DAYS / gain);
                answers.extend(days.map(|days| to(ONE, "days, if it goes on like this").exactly(days)));
                let ratio = of(cell, "price").zip(of(quiet, "price")).map(|(here, there)| here / there);
                let fed = ratio.zip(without).map(|(with, without)| with / without);
                let measure = "price after ten days, over that if the share did not follow the price";
                answers.extend(fed.map(|fed| to(FEEDS, measure).exactly(fed)));
            }
        }
    }
    answers
}
