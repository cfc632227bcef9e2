//! A subnet that mines Bitcoin: when its miners are paid, how much emission it draws, and who pays for what.

use crate::Answer;
use crate::runs::Cell;
use crate::study::{Look, Made, Part, Study, folder, names};

const PARTS: [Part; 1] = [Part { name: "worlds", sweep: "btc_mining.ron", look: Look::Takes }];

/// The experiment.
pub const STUDY: Study = Study {
    name: "btc_mining",
    about: "What a subnet that mines Bitcoin draws of the emission, and what it pays: docs/experiments/btc_mining.md",
    minutes: "1",
    look: 1,
    parts: &PARTS,
    layout: folder(&names(&PARTS)),
    answers,
    published: include_str!("../../published/btc_mining/answers.csv"),
};

const POWER: &str = "What of Bitcoin's revenue do power costs take?";
const STAYS: &str = "Do the miners stay?";
const DRAWS: &str = "What do buybacks add to what the subnet draws?";
const PAYS: &str = "What does the network pay, and get?";

/// Miners, days, and TAO that a day of that world emits.
const MINERS: f64 = 8.0;
const DAYS: f64 = 5.0;
const A_DAY: f64 = 7_200.0;

/// Alpha a day that miners are paid: 0.41 of one a block.
const TO_MINERS: f64 = 0.41 * 7_200.0;

const WORLDS: &str = "5 to 95 % of the worlds";

fn answers(made: &Made) -> Vec<Answer> {
    let mut answers = power();
    let Some(runs) = made.get("worlds") else { return answers };
    for (suffix, rule) in [("", "moving price, 3e-6"), ("_spot", "spot price")] {
        let (keeps, buys) = (format!("keeps{suffix}"), format!("buys{suffix}"));
        for (arm, about) in [(&keeps, "nothing buys back"), (&buys, "all revenue buys back")] {
            let cells: Vec<&Cell> = runs.arm(arm).collect();
            let to = |question, measure| Answer::to(question, rule, about, measure);
            let over = |value: &dyn Fn(&Cell) -> Option<f64>| -> Vec<f64> {
                cells.iter().filter_map(|cell| value(cell)).collect()
            };
            let pay = over(&|cell| Some(cell.first("price")? * TO_MINERS / (cell.number("costs")? * MINERS)));
            let covers: Vec<bool> = pay.iter().map(|&pay| pay >= 1.0).collect();
            answers
                .push(to(STAYS, "part of the worlds in which the pay covers the costs").proportion(&covers));
            let paid = over(&|cell| Some(cell.first("price")? * TO_MINERS));
            let measure = "TAO a day that all miners are paid, at the last price";
            answers.push(Answer { range: WORLDS, ..to(STAYS, measure).median(&paid) });
            // Costs that are paid by selling the token, where the pay covers them.
            let sold = over(&|cell| {
                let costs = cell.number("costs")? * MINERS;
                (cell.first("price")? * TO_MINERS >= costs).then_some(cell.first("sold")? / (costs * DAYS))
            });
            let measure = "TAO sold by miners over their costs, where the pay covers these";
            answers.push(Answer { range: WORLDS, ..to(PAYS, measure).median(&sold) });
            let net = over(&|cell| Some((cell.first("bought")? - cell.first("sold")?) / (A_DAY * DAYS)));
            let measure = "TAO that trades bring in less what they take out, over TAO emitted";
            answers.push(Answer { range: WORLDS, ..to(PAYS, measure).median(&net) });
            let drawn = over(&|cell| cell.first("share"));
            answers.push(Answer { range: WORLDS, ..to(DRAWS, "share of the emission").median(&drawn) });
        }
        let added: Vec<f64> = runs
            .arm(&buys)
            .filter_map(|cell| {
                let revenue = cell.number("revenue")? * DAYS;
                let more = cell.first("share")? - runs.beside(cell, &keeps)?.first("share")?;
                Some(more * A_DAY * DAYS / revenue)
            })
            .collect();
        let to = Answer::to(DRAWS, rule, "all revenue buys back", "TAO of emission more, for one of revenue");
        answers.push(Answer { range: WORLDS, ..to.median(&added) });
    }
    answers
}

/// Which part of what mining earns power takes, by hash price, power price and efficiency.
///
/// ```text
/// part = efficiency (J/TH) * 24 h * power (USD/kWh) / hash price (USD per PH/s and day)
/// ```
/// A petahash a second at so many joules a terahash takes as many kilowatts.
fn power() -> Vec<Answer> {
    let mut answers = Vec::new();
    for hash_price in [40.0, 50.0, 60.0] {
        for power in [0.03, 0.06, 0.09] {
            let part = |efficiency: f64| efficiency * 24.0 * power / hash_price;
            let label = format!("{hash_price:.0} USD per PH/s and day, {power:.2} USD/kWh");
            let to = Answer::to(POWER, "arithmetic", &label, "part of the revenue at 20 J/TH");
            answers.push(to.between(part(20.0), (part(15.0), part(30.0)), "15 to 30 J/TH", 1));
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_takes_a_tenth_to_more_than_all_of_the_revenue() {
        let parts = power();
        assert_eq!(parts.len(), 9);
        // 20 kW for a day at 6 cents: 28.8 USD of 50.
        let middle =
            parts.iter().find(|answer| answer.arm.starts_with("50 USD") && answer.arm.contains("0.06"));
        assert_eq!(middle.and_then(|answer| answer.value), Some(20.0 * 24.0 * 0.06 / 50.0));
        assert!(parts.iter().any(|answer| answer.high.is_some_and(|high| high > 1.0)));
    }
}
