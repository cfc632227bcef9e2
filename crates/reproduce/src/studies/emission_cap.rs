//! When the alpha that keeps the price is more than a block may put into a pool: what the price does, and how often it was so.

use crate::Answer;
use crate::runs::Cell;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 2] = [
    Part { name: "pools", sweep: "emission_cap.ron", look: Look::Takes },
    Part { name: "history", sweep: "cap_history.ron", look: Look::LeavesOut },
];

/// The experiment.
pub const STUDY: Study = Study {
    name: "emission_cap",
    about: "Whether a price rises by itself when the alpha that keeps it exceeds its cap, and when that was so: docs/experiments/emission_cap.md",
    minutes: "1 to 2",
    look: 1,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/emission_cap/answers.csv"),
};

const DRIFT: &str = "How fast does a price change that nobody trades?";
const AGREES: &str = "Do formula and run agree?";
const SPENT: &str = "Where does the TAO go above the cap?";
const BOUND: &str = "How often did the cap bind?";

/// The subnets of `cap_subnets.csv`: the alpha that keeps the price over the most that a block may put into the pool.
const NEEDS: [(u16, &str); 7] =
    [(1, "0.25"), (2, "0.5"), (3, "0.9"), (4, "1"), (5, "1.1"), (6, "2"), (7, "4")];
/// Blocks between the two looks at the price.
const BLOCKS: i32 = 100;

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = Vec::new();
    if let Some(runs) = made.get("pools") {
        for arm in ["no_root", "root"] {
            for (subnet, need) in NEEDS {
                let formula = runs.at(arm, &[("spec", "246")]).and_then(|cell| formula(cell, subnet));
                let to = Answer::to(
                    DRIFT,
                    "formula, spec 246",
                    &label(arm, need),
                    "change of ln(price) per block",
                );
                answers.extend(formula.map(|drift| to.exactly(drift)));
                for cell in runs.arm(arm) {
                    let to = Answer::to(DRIFT, era(cell), &label(arm, need), "change of ln(price) per block");
                    answers.extend(drift(cell, subnet).map(|drift| to.exactly(drift)));
                }
            }
        }
        let errors: Vec<f64> = ["no_root", "root"]
            .into_iter()
            .filter_map(|arm| runs.at(arm, &[("spec", "246")]))
            .flat_map(|cell| {
                NEEDS
                    .into_iter()
                    .filter_map(|(subnet, _)| Some((drift(cell, subnet)? - formula(cell, subnet)?).abs()))
            })
            .collect();
        let worst = errors.iter().copied().fold(0.0, f64::max);
        let to = Answer::to(AGREES, "spec 246", "14 pools", "largest difference of the drift per block");
        answers.push(Answer { n: errors.len(), ..to.exactly(worst) });
        for cell in runs.arm("no_root") {
            let arm = label("no_root", "4");
            let to = |measure| Answer::to(SPENT, era(cell), &arm, measure);
            answers.extend(
                cell.first("sn7.TaoEmission")
                    .map(|tao| to("TAO a block with alpha into the pool").exactly(tao)),
            );
            answers.extend(cell.first("sn7.ChainBuy").map(|tao| to("TAO a block that buys").exactly(tao)));
        }
    }
    if let Some(cell) = made.get("history").and_then(|runs| runs.cells().first()) {
        let shares: Vec<f64> = WEEKS
            .iter()
            .filter_map(|week| cell.first(&format!("below.{week}")))
            .map(|below| 1.0 - below)
            .collect();
        let to = Answer::to(
            BOUND,
            "recorded prices",
            "February to June 2025",
            "part of the subnets in which it binds, over 19 Wednesdays",
        );
        answers.push(Answer { range: "5 to 95 % of the weeks", ..to.median(&shares) });
        for (name, day) in [("2025-02-19", "02-19"), ("2025-03-26", "03-26"), ("2025-06-25", "06-25")] {
            let to = Answer::to(BOUND, "recorded prices", name, "part of the subnets in which it binds");
            answers.extend(cell.first(&format!("below.{day}")).map(|below| to.exactly(1.0 - below)));
        }
        for (outcome, time) in
            [("sn28.pump", "25 February 05:00 to 17:52"), ("sn28.after", "25 February 21:00 to 27 February")]
        {
            let to = Answer::to(BOUND, "recorded prices", time, "SN28: alpha injected over the cap, mean");
            answers.extend(cell.first(outcome).map(|used| to.exactly(used)));
        }
    }
    answers
}

/// The Wednesdays on which the whole market is looked at.
const WEEKS: [&str; 19] = [
    "02-19", "02-26", "03-05", "03-12", "03-19", "03-26", "04-02", "04-09", "04-16", "04-23", "04-30",
    "05-07", "05-14", "05-21", "05-28", "06-04", "06-11", "06-18", "06-25",
];

fn label(arm: &str, need: &str) -> String {
    let root = if arm == "root" { "root sells its part" } else { "nothing on root" };
    format!("needs {need} times the cap, {root}")
}

/// The runtimes that are put beside each other.
const ERAS: [(u16, &str); 11] = [
    (234, "spec 234"),
    (246, "spec 246"),
    (257, "spec 257"),
    (298, "spec 298"),
    (320, "spec 320"),
    (342, "spec 342"),
    (362, "spec 362"),
    (385, "spec 385"),
    (421, "spec 421"),
    (425, "spec 425"),
    (482, "spec 482"),
];

/// The name of a cell's runtime.
fn era(cell: &Cell) -> &'static str {
    let number = cell.number("spec").unwrap_or(0.0);
    ERAS.iter().find(|(spec, _)| f64::from(*spec) == number).map_or("another runtime", |(_, name)| name)
}

/// What the run shows.
fn drift(cell: &Cell, subnet: u16) -> Option<f64> {
    let (first, last) =
        (cell.first(&format!("sn{subnet}.Price.first"))?, cell.first(&format!("sn{subnet}.Price.last"))?);
    Some(libm::log(last / first) / f64::from(BLOCKS))
}

/// What the launch's formula gives, block by block from the first block's reserves:
///
/// ```text
/// T += t;   A += min(t A / T, 1)          t: the subnet's TAO
/// s  = rho (1 - 0.18) / 2                 root's alpha, sold: T = T A / (A + s), A += s
/// ```
fn formula(cell: &Cell, subnet: u16) -> Option<f64> {
    let of = |what: &str| cell.first(&format!("sn{subnet}.{what}.first"));
    let (mut tao, mut alpha) = (of("TaoIn")?, of("AlphaIn")?);
    let (injected, first) = (of("EmissionShare")?, tao / alpha);
    // What counts as alpha there is grows by two a block at most: the proportion hardly moves in a hundred blocks.
    let sold = of("RootProportion")? * (1.0 - 11_796.0 / 65_535.0) / 2.0;
    for _ in 0..BLOCKS {
        let needed = injected * alpha / tao;
        (tao, alpha) = (tao + injected, alpha + needed.min(1.0));
        (tao, alpha) = (tao * alpha / (alpha + sold), alpha + sold);
    }
    Some(libm::log(tao / alpha / first) / f64::from(BLOCKS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn below_the_cap_a_price_is_kept_and_above_it_rises() {
        let head = "run,point,arm,seed,spec,sn1.TaoIn.first,sn1.AlphaIn.first,sn1.EmissionShare.first,sn1.RootProportion.first\n";
        let drift = |share: &str, root: &str| {
            let runs = runs(&format!("{head}0,0,root,1,246,1000,50000,{share},{root}\n"), &["spec"]);
            formula(&runs.cells()[0], 1).expect("all is there")
        };
        assert!(drift("0.01", "0").abs() < 1e-12);
        // Twice the cap: 0.04 / 1000 comes in, and 1 / 50000.
        assert!((drift("0.04", "0") - 2e-5).abs() < 1e-7, "{}", drift("0.04", "0"));
        // Root's part of a half: 0.205 alpha are sold, and move the price twice.
        assert!((drift("0.01", "0.5") + 2.0 * 0.205 / 50_000.0).abs() < 1e-7, "{}", drift("0.01", "0.5"));
    }
}
