//! What a point of share of the emission costs for a day, by rule and by attack, and who pays.

use super::world::{A_DAY, DAYS, NETWORK, against, differences, more, rule};
use crate::Answer;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 2] = [
    Part { name: "alone", sweep: "smoothing.ron", look: Look::Takes },
    Part { name: "crowd", sweep: "smoothing_crowd.ron", look: Look::Takes },
];

/// The experiment.
pub const STUDY: Study = Study {
    name: "smoothing",
    about: "What a point of share of the emission costs for a day, by rule and by attack: docs/experiments/smoothing.md",
    minutes: "1 to 2",
    look: 3,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/smoothing/answers.csv"),
};

const SHARE: &str = "How much share does an attack draw?";
const COST: &str = "What does a point of share cost for a day?";
const CHEAPEST: &str = "What does it cost by the cheapest of the attacks that were tried?";
const PAYS: &str = "Who pays?";

/// The attacks: the arm, what it does, and for how many days it binds money.
const ATTACKS: [(&str, &str, f64); 9] = [
    ("once_1000", "1,000 TAO for a day", 1.0),
    ("once_4000", "4,000 TAO for a day", 1.0),
    ("once_16000", "16,000 TAO for a day", 1.0),
    ("short_4000", "4,000 TAO for an hour", 1.0 / 24.0),
    ("long_4000", "4,000 TAO for a week", 7.0),
    ("keep_1.2", "price kept at 1.2 times for a day", 1.0),
    ("keep_2", "price kept at twice for a day", 1.0),
    ("keep_4", "price kept at four times for a day", 1.0),
    ("burst_4", "price kept at four times for an hour", 1.0 / 24.0),
];

const POINT_DAYS: &str = "points of the network's emission, times days";
const A_POINT: &str = "TAO lost for a point of the network's emission for a day";

/// Points of the network's emission, times days, that a share over all the days of the world is more.
fn points(share: f64) -> f64 {
    100.0 * share * DAYS / NETWORK
}

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    if let Some(runs) = made.get("alone") {
        let mut cheapest: Vec<(&'static str, f64)> = Vec::new();
        for (arm, about, days) in ATTACKS {
            for (cell, quiet) in against(runs, arm, "quiet") {
                let to = |question, measure| Answer::to(question, rule(cell), about, measure);
                let Some(drawn) = more(cell, quiet, "sn28.share").map(points) else { continue };
                let Some(lost) = more(cell, quiet, "profit.buyer").map(|profit| -profit) else { continue };
                answers.push(to(SHARE, POINT_DAYS).exactly(drawn));
                let holders = more(cell, quiet, "profit.holder");
                answers.extend(holders.map(|gain| to(PAYS, "TAO that holders gain").exactly(gain)));
                answers.push(to(PAYS, "TAO that the attacker loses").exactly(lost));
                // An attack that draws next to nothing has no price.
                if drawn < 1e-3 {
                    continue;
                }
                answers.push(to(COST, A_POINT).exactly(lost / drawn));
                let bound = cell.first("sn28.bought").map(|bought| bought * days / drawn);
                answers
                    .extend(bound.map(|bound| to(COST, "TAO bound for a day, for the same").exactly(bound)));
                match cheapest.iter_mut().find(|(of, _)| *of == rule(cell)) {
                    Some((_, best)) => *best = best.min(lost / drawn),
                    None => cheapest.push((rule(cell), lost / drawn)),
                }
            }
        }
        for (rule, cost) in cheapest {
            answers.push(Answer::to(CHEAPEST, rule, "the cheapest of nine", A_POINT).exactly(cost));
            // A point of what the network emits in a day.
            let worth = A_DAY * NETWORK / 100.0;
            let measure = "the same, over what the point brings into the pool";
            answers.push(Answer::to(CHEAPEST, rule, "the cheapest of nine", measure).exactly(cost / worth));
        }
    }
    if let Some(runs) = made.get("crowd") {
        for (arm, about) in
            [("once_4000", "4,000 TAO for a day"), ("keep_2", "price kept at twice for a day")]
        {
            for (cell, quiet) in against(runs, arm, "quiet") {
                let slow =
                    cell.factor("coefficient").parse().is_ok_and(|coefficient: f64| coefficient < 1e-4);
                let rule = if slow { "moving price, 3e-6" } else { "moving price, 3e-4" };
                let crowd = if cell.number("crowds") == Some(1.0) { "noise that leans" } else { "followers" };
                let label = format!("{about}; {crowd}");
                let to = |question, measure| Answer::to(question, rule, &label, measure);
                let drawn = differences(cell, quiet, "sn28.share").into_iter().map(points);
                answers.push(to(SHARE, POINT_DAYS).median(&drawn.collect::<Vec<_>>()));
                let of = |group: &str| differences(cell, quiet, group);
                let lost: Vec<f64> = of("profit.buyer").into_iter().map(|profit| -profit).collect();
                let each =
                    of("sn28.share").into_iter().map(points).zip(&lost).filter(|(drawn, _)| *drawn > 1e-3);
                answers.push(
                    to(COST, A_POINT).median(&each.map(|(drawn, lost)| lost / drawn).collect::<Vec<_>>()),
                );
                answers.push(to(PAYS, "TAO that the attacker loses").median(&lost));
                answers.push(to(PAYS, "TAO that holders gain").median(&of("profit.holder")));
                answers.push(to(PAYS, "TAO that the crowd gains").median(&of("profit.crowd")));
            }
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn a_point_is_of_the_networks_emission_and_costs_what_the_attacker_loses() {
        let alone = runs(
            "run,point,arm,seed,protocol,sn28.share,profit.buyer,profit.holder\n\
             0,0,quiet,1,\"(spec: 246, rules: (emission: SpotPrice))\",0.1,0,5\n\
             1,0,keep_2,1,\"(spec: 246, rules: (emission: SpotPrice))\",0.12,-30,25\n",
            &["protocol"],
        );
        let answers = answers(&Made::from([("alone", alone)]));
        let of =
            |measure: &str| answers.iter().find(|answer| answer.measure == measure).and_then(|a| a.value);
        // 0.02 of an eighth, for ten days.
        assert!((of(POINT_DAYS).expect("drawn") - 2.5).abs() < 1e-9);
        assert!((of(A_POINT).expect("a price") - 12.0).abs() < 1e-9);
        assert_eq!(of("TAO that holders gain"), Some(20.0));
    }
}
