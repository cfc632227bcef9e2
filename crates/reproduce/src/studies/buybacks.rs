//! What a TAO of revenue that buys back a subnet's token draws of the emission, and who gets it.

use super::world::{A_DAY, DAYS, POOLS, against, differences, more, rule};
use crate::Answer;
use crate::runs::Cell;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 2] = [
    Part { name: "alone", sweep: "buybacks.ron", look: Look::Takes },
    Part { name: "crowd", sweep: "buybacks_crowd.ron", look: Look::Takes },
];

/// The experiment.
pub const STUDY: Study = Study {
    name: "buybacks",
    about: "What a TAO of revenue that buys back a subnet's token draws of the emission: docs/experiments/buybacks.md",
    minutes: "1 to 2",
    look: 4,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/buybacks/answers.csv"),
};

const DRAWS: &str = "What does a TAO of revenue draw of the emission within ten days?";
const LASTS: &str = "For how long must it stay to draw a TAO?";
const RAISES: &str = "By how much does the price rise?";
const WHO: &str = "Who sells into the purchases?";
const OWNER: &str = "What is left of a TAO of revenue?";

/// TAO that are spent in ten days by the arm with 100 a day.
const SPENT: f64 = 1_000.0;

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    if let Some(runs) = made.get("alone") {
        for (subnet, pool) in POOLS {
            for a_day in [10.0, 100.0] {
                let arm = format!("sn{subnet}_{a_day:.0}");
                let label = format!("{pool}; {a_day:.0} TAO a day");
                for (cell, quiet) in against(runs, &arm, "quiet") {
                    let spent = a_day * DAYS;
                    let drawn = more(cell, quiet, &format!("sn{subnet}.share"))
                        .map(|more| more * A_DAY * DAYS / spent);
                    let to = |question, measure| Answer::to(question, rule(cell), &label, measure);
                    answers.extend(
                        drawn.map(|drawn| to(DRAWS, "TAO of emission for one of revenue").exactly(drawn)),
                    );
                    // On average a TAO has been there for half the time.
                    let days = drawn.filter(|&drawn| drawn > 0.0).map(|drawn| DAYS / 2.0 / drawn);
                    answers.extend(days.map(|days| to(LASTS, "days, if the price stays").exactly(days)));
                    let price = |cell: &Cell| cell.first(&format!("sn{subnet}.price"));
                    let ratio = price(cell).zip(price(quiet)).map(|(here, there)| here / there);
                    answers.extend(
                        ratio.map(|ratio| to(RAISES, "price over that without purchases").exactly(ratio)),
                    );
                    let kept = more(cell, quiet, "profit.buyer").map(|profit| 1.0 + profit / spent);
                    let measure = "TAO that a sale of all that was bought brings, for one of revenue";
                    answers.extend(kept.map(|kept| to(OWNER, measure).exactly(kept)));
                }
            }
        }
    }
    if let Some(runs) = made.get("crowd") {
        for (family, about) in [
            ("alone", "nobody else trades"),
            ("noise", "noise"),
            ("lean", "noise that leans against the price"),
            ("follow", "followers"),
            ("income", "miners and owners sell their income"),
        ] {
            let (buy, quiet) = (format!("{family}_buy"), format!("{family}_quiet"));
            let Some((buy, quiet)) = runs.at(&buy, &[]).zip(runs.at(&quiet, &[])) else { continue };
            let to = |question, measure| Answer::to(question, "moving price, 3e-4", about, measure);
            let over = |outcome: &str, times: f64| -> Vec<f64> {
                differences(buy, quiet, outcome).into_iter().map(|more| more * times).collect()
            };
            answers.extend([
                to(DRAWS, "TAO of emission for one of revenue")
                    .median(&over("sn28.share", A_DAY * DAYS / SPENT)),
                to(WHO, "TAO that others take out more, for one of revenue")
                    .median(&over("sn28.sold", 1.0 / SPENT)),
                to(WHO, "TAO that holders gain, for one of revenue")
                    .median(&over("profit.holder", 1.0 / SPENT)),
                to(WHO, "TAO that the crowd gains, for one of revenue")
                    .median(&over("profit.crowd", 1.0 / SPENT)),
            ]);
            let kept: Vec<f64> =
                over("profit.buyer", 1.0 / SPENT).into_iter().map(|profit| 1.0 + profit).collect();
            answers.push(
                to(OWNER, "TAO that a sale of all that was bought brings, for one of revenue").median(&kept),
            );
        }
    }
    answers
}
