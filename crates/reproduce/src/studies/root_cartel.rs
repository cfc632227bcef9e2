//! What validators on root who act together direct to their own subnet, before dynamic TAO; and what the same money does after it.

use super::smoothing;
use crate::Answer;
use crate::published::Published;
use crate::runs::Runs;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 1] = [Part { name: "votes", sweep: "root_cartel.ron", look: Look::Takes }];

/// The experiment.
pub const STUDY: Study = Study {
    name: "root_cartel",
    about: "What a cartel of root's validators directs to its own subnets: docs/experiments/root_cartel.md",
    minutes: "1",
    look: 1,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/root_cartel/answers.csv"),
};

const DIRECTS: &str = "Which part of the emission does a cartel direct?";
const AGREES: &str = "Do formula and run agree?";
const LARGEST: &str = "What could the largest validators direct?";
const AFTER: &str = "What does money draw after the change?";
const BUYS: &str = "What does a bought vote add?";

/// kappa, and the steepness of consensus.
const KAPPA: f64 = 32_767.0 / 65_535.0;
const RHO: f64 = 10.0;
/// Seats on root.
const SEATS: u32 = 64;
/// How unequal stakes are: the i-th largest has i to the minus this. P: nobody's table of the time is at hand.
const UNEQUAL: [f64; 5] = [0.4, 0.7, 1.0, 1.3, 1.6];

/// The part of the emission that a vote of a part of the stake directs, against all others who vote otherwise and agree:
///
/// ```text
/// trust(s) = 1 / (1 + exp(-10 (s - kappa)))         share = s trust(s) / (s trust(s) + (1 - s) trust(1 - s))
/// ```
/// Source: `subtensor:pallets/subtensor/src/coinbase/root.rs::root_epoch` @ 8f39a5832.
fn directed(stake: f64) -> f64 {
    let weight = |part: f64| part / (1.0 + libm::exp(-RHO * (part - KAPPA)));
    weight(stake) / (weight(stake) + weight(1.0 - stake))
}

/// The part of the stake that the largest so many seats hold.
fn largest(seats: u32, unequal: f64) -> f64 {
    let sum = |to: u32| (1..=to).map(|rank| libm::pow(f64::from(rank), -unequal)).sum::<f64>();
    sum(seats) / sum(SEATS)
}

const PRIOR: &str = "over how unequal stakes are: rank to the -0.4 to -1.6";

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut worst: f64 = 0.0;
    let mut runs_of = 0;
    for cell in made.get("votes").into_iter().flat_map(Runs::cells) {
        let Some((cartel, honest)) = cell.number("cartel").zip(cell.number("honest")) else { continue };
        // Two validators against eight.
        let stake = 2.0 * cartel / (2.0 * cartel + 8.0 * honest);
        let label = format!("{:.0} % of root's stake", 100.0 * stake);
        let Some(share) = cell.first("voting.cartel_share") else { continue };
        let to = |mechanism, measure| Answer::to(DIRECTS, mechanism, &label, measure);
        answers.push(to("run", "part of the emission").exactly(share));
        answers.push(to("formula", "part of the emission").exactly(directed(stake)));
        answers.push(to("run", "the same, over its part of the stake").exactly(share / stake));
        worst = worst.max((share - directed(stake)).abs());
        runs_of += 1;
    }
    if runs_of > 0 {
        let to = Answer::to(AGREES, "spec 219", "all stakes", "largest difference of the part");
        answers.push(Answer { n: runs_of, ..to.exactly(worst) });
    }
    for seats in [1, 2, 4, 8, 16] {
        let label = format!("the {seats} largest of 64");
        let stakes = UNEQUAL.map(|unequal| largest(seats, unequal));
        let range = |values: [f64; 5]| (values[0], values[4]);
        let to = |measure| Answer::to(LARGEST, "formula", &label, measure);
        answers.push(to("part of root's stake").between(stakes[2], range(stakes), PRIOR, 5));
        let shares = stakes.map(directed);
        answers.push(to("part of the emission").between(shares[2], range(shares), PRIOR, 5));
    }
    for stake in [0.1, 0.3, 0.45, 0.5, 0.55] {
        let label = format!("a cartel with {:.0} %", 100.0 * stake);
        let more = directed(stake + 0.01) - directed(stake);
        answers.push(
            Answer::to(BUYS, "formula", &label, "emission for one per cent of the stake more").exactly(more),
        );
    }
    // The same money under dynamic TAO buys a token instead: what a purchase that stays a day draws, of `smoothing`.
    if let Ok(table) = Published::of_answers(smoothing::STUDY.published) {
        for (asked, figure, _) in table.in_order() {
            if asked.measure == "points of the network's emission, times days"
                && asked.arm.ends_with("TAO for a day")
            {
                let arm = format!("{}; {}", asked.arm, asked.mechanism);
                answers.push(
                    Answer::to(AFTER, "smoothing", &arm, "points of the emission, times days")
                        .exactly(figure.value),
                );
            }
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_stake_directs_an_eightieth_and_a_majority_nearly_all() {
        assert!((directed(0.2) - 0.012_295).abs() < 1e-5, "{}", directed(0.2));
        assert!((directed(0.5) - 0.5).abs() < 1e-4);
        assert!(directed(0.8) > 0.98);
        assert!((directed(0.3) + directed(0.7) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_largest_seats_hold_more_the_more_unequal_stakes_are() {
        assert!((largest(64, 1.0) - 1.0).abs() < 1e-12);
        assert!((largest(16, 0.0) - 0.25).abs() < 1e-12);
        assert!(largest(4, 1.6) > largest(4, 0.4));
    }
}
