//! SN28's pump and the intervention: three mechanisms held against what happened, and what each of them answers.
//!
//! Nothing here decides which mechanism is true: prices do not.

use dtao_experiment::scenario::{Expectation, Kind};
use dtao_statistics::Comparison;
use dtao_statistics::interval::{self, Interval};
use dtao_statistics::quantile;
use dtao_statistics::scores::{Spread, crps};
use serde::Serialize;

use super::{Answer, Arms};

/// The mechanisms: a name, what it stands for, its scenario's file.
pub const MECHANISMS: [(&str, &str, &str); 3] = [
    ("M1", "holders leave when the income for holding stops", "sn28.ron"),
    ("M2", "the pumper leaves at the cut, stop-losses do the rest", "sn28_stops.ron"),
    ("M3", "nobody intervenes, the pumper leaves on its own clock", "sn28_clock.ron"),
];

/// The sweeps that are made of each: the file, and which part of the seeds it uses.
pub const SWEEPS: [(&str, &str); 2] = [("sn28.ron", "main"), ("sn28_arms.ron", "arms")];

/// All that an experiment says.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// What is known, held against each mechanism.
    pub checks: Vec<Check>,
    /// What each mechanism answers.
    pub answers: Vec<Answer>,
}

/// A fact held against one mechanism.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Under which mechanism.
    pub mechanism: &'static str,
    /// The metric.
    pub metric: String,
    /// What meeting it proves.
    pub kind: Kind,
    /// What is known.
    pub target: f64,
    /// The smallest and the largest median that meets it.
    pub within: (f64, f64),
    /// How the outcomes compare with it.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// One less the CRPS over that of noise trading with the pumper's purchases: above 0 is better than noise.
    pub skill: Option<f64>,
}

/// Holds one mechanism against what is known.
#[must_use]
pub fn validate(mechanism: &'static str, expectations: &[Expectation], runs: &Arms) -> Vec<Check> {
    expectations
        .iter()
        .map(|expected| {
            let all = runs.of("baseline", &expected.metric);
            let sample = sorted(all);
            let noise = sorted(runs.of("noise_only", &expected.metric));
            let score = |sample: &[f64]| crps(sample, expected.target, Spread::Fair);
            let skill = score(&sample).zip(score(&noise)).and_then(|(ours, noise)| {
                // Where noise cannot be wrong there is nothing to be better at.
                (noise > 0.0 && all.len() == sample.len()).then(|| 1.0 - ours / noise)
            });
            Check {
                mechanism,
                metric: expected.metric.clone(),
                kind: expected.kind,
                target: expected.target,
                within: expected.within,
                comparison: Comparison::of(all, expected.known()),
                skill,
            }
        })
        .collect()
}

/// What one mechanism answers.
#[must_use]
pub fn answer(mechanism: &'static str, main: &Arms, arms: &Arms) -> Vec<Answer> {
    let of = Answers { mechanism };
    let mut answers = vec![of.share_of_fall(main), of.fall_without(main)];
    answers.extend(["baseline", "no_intervention", "no_pumper"].map(|arm| of.next_day(main, arm)));
    // These act at other times, so that what is left of the price at 17:52 says nothing of them.
    answers.extend(["switch_1252", "switch_by_rank"].map(|arm| of.next_day(arms, arm)));
    answers.push(of.rescue(main, "baseline"));
    answers.push(of.rescue(main, "no_intervention"));
    let named =
        |prefix: &str| -> Vec<&str> { arms.names().filter(|name| name.starts_with(prefix)).collect() };
    answers.extend(named("coalition_").into_iter().rev().map(|arm| of.rescue(arms, arm)));
    let other = ["zero_holders", "reward_sellers", "switch_1808"];
    answers.extend(other.map(|arm| of.rescue(arms, arm)));
    for measure in [PUMPER, COALITION, FOLLOWERS] {
        answers.push(of.gain(main, "baseline", measure));
        answers.push(of.gain(main, "no_intervention", measure));
        for prefix in ["budget_", "position_", "exit_", "no_followers", "many_followers", "followers_stay"] {
            answers.extend(named(prefix).into_iter().map(|arm| of.gain(arms, arm, measure)));
        }
    }
    for arm in ["baseline", "moving_3e-6", "moving_spot"] {
        for outcome in ["emission_share.1752", "emission_share.2400", "emission_share.26th"] {
            answers.push(of.emission(arms, arm, outcome));
        }
    }
    answers
}

/// An outcome in TAO, and how it is called.
type Gain = (&'static str, &'static str);

const PUMPER: Gain = ("profit.pumper", "the pumper's gain, TAO");
const COALITION: Gain = ("profit.pumper_and_holders", "gain of pumper and holders together, TAO");
const FOLLOWERS: Gain = ("profit.followers", "gain of those who followed, TAO");

const PERCENTILES: &str = "5 to 95 % of the seeds";
const PROPORTION: &str = "95 % interval of the proportion (Wilson)";

struct Answers {
    mechanism: &'static str,
}

impl Answers {
    fn of(&self, question: &'static str, arm: &str, measure: &'static str, range: &'static str) -> Answer {
        let (value, low, high) = (None, None, None);
        Answer {
            question,
            mechanism: self.mechanism,
            arm: arm.into(),
            measure,
            value,
            low,
            high,
            range,
            n: 0,
        }
    }

    /// One less what of the log fall is left without the intervention, run by run with the same random numbers.
    fn share_of_fall(&self, main: &Arms) -> Answer {
        let question = "How much of the fall did the cut cause?";
        let measure = "part of the fall of ln(price) from 17:52 to the day's trough";
        let parts =
            main.pairs("baseline", "no_intervention", "dump").into_iter().filter_map(|(with, without)| {
                let (with, without) = (log_fall(with)?, log_fall(without)?);
                (with > 0.0).then(|| 1.0 - without / with)
            });
        spread(self.of(question, "baseline", measure, PERCENTILES), parts.collect())
    }

    fn fall_without(&self, main: &Arms) -> Answer {
        let question = "How much of the fall did the cut cause?";
        let falls = main.of("no_intervention", "dump").iter().flatten().copied().collect();
        spread(
            self.of(question, "no_intervention", "fall from 17:52 to the day's trough", PERCENTILES),
            falls,
        )
    }

    fn next_day(&self, main: &Arms, arm: &str) -> Answer {
        let question = "What is left of the price a day later?";
        let prices = main.of(arm, "price.next_day").iter().flatten().copied().collect();
        spread(self.of(question, arm, "price on the 26th at 17:52, TAO", PERCENTILES), prices)
    }

    /// Works: 24 hours after the switch counts, at 17:52, the price is down by 80 % and the rank below 40.
    fn rescue(&self, runs: &Arms, arm: &str) -> Answer {
        let question = "Does the rescue work?";
        let answer = self.of(question, arm, "part of the seeds in which it works", PROPORTION);
        let outcomes = ["price.1752", "price.next_day", "rank.next_day"].map(|outcome| runs.of(arm, outcome));
        let works: Vec<bool> = (0..outcomes[0].len())
            .filter_map(|run| {
                let [before, after, rank] = outcomes.map(|values| values[run]);
                Some(after? <= 0.2 * before? && rank? > 40.0)
            })
            .collect();
        let (n, ones) = (works.len(), works.iter().filter(|&&works| works).count());
        if n == 0 {
            return answer;
        }
        answer.with(Some(ones as f64 / n as f64), Some(interval::proportion(ones, n)), n)
    }

    fn gain(&self, runs: &Arms, arm: &str, (outcome, measure): Gain) -> Answer {
        let gains = runs.of(arm, outcome).iter().flatten().copied().collect();
        spread(self.of("What does the attacker gain?", arm, measure, PERCENTILES), gains)
    }

    fn emission(&self, runs: &Arms, arm: &str, outcome: &'static str) -> Answer {
        let shares = runs.of(arm, outcome).iter().flatten().copied().collect();
        let measure = match outcome {
            "emission_share.1752" => "share of the emission at 17:52",
            "emission_share.2400" => "share of the emission at 24:00",
            _ => "share of the emission a day later",
        };
        spread(self.of("How strong is the emission loop?", arm, measure, PERCENTILES), shares)
    }
}

/// The fall of the logarithm, of a return from -1 to 0.
fn log_fall(fall: f64) -> Option<f64> {
    (fall > -1.0).then(|| -libm::log1p(fall))
}

fn spread(answer: Answer, mut values: Vec<f64>) -> Answer {
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return answer;
    }
    let range = Interval { low: quantile(&values, 0.05), high: quantile(&values, 0.95) };
    let (median, n) = (quantile(&values, 0.5), values.len());
    answer.with(Some(median), Some(range), n)
}

fn sorted(values: &[Option<f64>]) -> Vec<f64> {
    let mut values: Vec<f64> = values.iter().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtao_statistics::Verdict;

    /// Runs as a sweep writes them.
    fn arms(text: &str) -> Arms {
        let table = Arms::of_table("runs.csv".as_ref(), text.as_bytes());
        table.expect("it is as a sweep writes it").0
    }

    const HEADER: &str = "run,point,arm,seed,price.1752,dump,price.next_day,rank.next_day,profit.pumper\n";

    #[test]
    fn the_cuts_share_is_paired_by_seed() {
        // With it the price falls to a tenth and a hundredth; without it to half, and not at all.
        let runs = arms(&format!(
            "{HEADER}0,0,baseline,1,,-0.9,,,\n1,0,baseline,2,,-0.99,,,\n2,0,no_intervention,2,,0,,,\n3,0,no_intervention,1,,-0.5,,,\n"
        ));
        let share = Answers { mechanism: "M1" }.share_of_fall(&runs);
        let ln = libm::log;
        let expected = f64::midpoint(1.0 - ln(0.5) / ln(0.1), 1.0);
        assert!((share.value.expect("two pairs") - expected).abs() < 1e-12, "{share:?}");
        assert_eq!(share.n, 2);
    }

    #[test]
    fn a_rescue_works_if_price_and_rank_are_down() {
        let runs = arms(&format!(
            "{HEADER}0,0,a,1,1,,0.2,41,\n1,0,a,2,1,,0.21,41,\n2,0,a,3,1,,0.1,40,\n3,0,a,4,1,,,41,\n4,0,a,5,2,,0.3,70,\n"
        ));
        let works = Answers { mechanism: "M1" }.rescue(&runs, "a");
        assert_eq!((works.value, works.n), (Some(0.5), 4));
        let wilson = interval::proportion(2, 4);
        assert_eq!((works.low, works.high), (Some(wilson.low), Some(wilson.high)));
    }

    #[test]
    fn an_arm_that_was_not_made_has_no_answer() {
        let gain = Answers { mechanism: "M1" }.gain(&Arms::default(), "a", PUMPER);
        assert_eq!((gain.value, gain.low, gain.n), (None, None, 0));
    }

    #[test]
    fn a_fact_is_met_by_the_median_covered_by_the_range_and_scored_against_noise() {
        let row = |seed: u32, arm: &str, price: f64| format!("{seed},0,{arm},{seed},{price},,,,\n");
        let rows: Vec<String> = (0..21)
            .flat_map(|seed| {
                [row(seed, "baseline", 1.0 + f64::from(seed) / 10.0), row(seed, "noise_only", 9.0)]
            })
            .collect();
        let rows = rows.concat();
        let runs = arms(&format!("{HEADER}{rows}"));
        let expect = |target| Expectation {
            metric: "price.1752".into(),
            target,
            within: (target - 0.5, target + 0.5),
            kind: Kind::Validation,
            source: String::new(),
        };
        let checks = validate("M1", &[expect(2.2), expect(2.95)], &runs);
        let told = |check: &Check| (check.comparison.verdict, check.comparison.covered);
        assert_eq!(checks[0].comparison.median, Some(2.0));
        assert_eq!(told(&checks[0]), (Verdict::Met, Some(true)));
        assert_eq!(told(&checks[1]), (Verdict::Missed, Some(false)));
        let skill = checks[0].skill.expect("both have runs");
        assert!(skill > 0.9 && skill < 1.0, "{skill}");
    }
}
