//! SN28's pump and the intervention: rival mechanisms held against what happened, and what each of them answers.
//!
//! Nothing here decides which mechanism is true: prices do not.

mod answers;
mod gains;
mod order;
mod parts;

use std::collections::BTreeMap;

use dtao_experiment::scenario::{Expectation, Kind};
use dtao_statistics::Comparison;
use dtao_statistics::scores::{Spread, crps};
use serde::Serialize;

use super::{Answer, Arms, sorted};

pub use parts::{LOOK, MECHANISMS, Mechanism, Part};

/// All that an experiment says.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    /// What is known, held against each mechanism.
    pub checks: Vec<Check>,
    /// What each mechanism answers.
    pub answers: Vec<Answer>,
}

/// The sweeps of all mechanisms: by mechanism, then by part.
pub type Tables = BTreeMap<&'static str, BTreeMap<&'static str, Arms>>;

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

/// What a sweep of one mechanism's part holds; nothing if it was not made.
fn of<'t>(tables: &'t Tables, mechanism: &str, part: &str) -> Option<&'t Arms> {
    tables.get(mechanism)?.get(part)
}

/// All that the sweeps say; `expectations` are those of the mechanisms' scenario.
#[must_use]
pub fn findings(expectations: &[Expectation], tables: &Tables) -> Findings {
    let noise = of(tables, "M1", "ablations").map(|ablations| (ablations, "noise_only"));
    let mains = MECHANISMS.iter().filter_map(|found| Some((found.name, of(tables, found.name, "main")?)));
    let checks = mains.flat_map(|(name, main)| checks(name, expectations, (main, "baseline"), noise));
    Findings { checks: checks.collect(), answers: answers::all(expectations, tables) }
}

/// Holds an arm against what is known; `noise` is one in which nobody but noise answers to anything.
fn checks(
    mechanism: &'static str,
    expectations: &[Expectation],
    (runs, arm): (&Arms, &str),
    noise: Option<(&Arms, &str)>,
) -> Vec<Check> {
    let check = |expected: &Expectation| {
        let all = runs.of(arm, &expected.metric);
        let sample = sorted(all);
        let others = noise.map_or(&[][..], |(runs, arm)| runs.of(arm, &expected.metric));
        let noise = sorted(others);
        let whole = all.len() == sample.len() && others.len() == noise.len();
        let score = |sample: &[f64]| crps(sample, expected.target, Spread::Fair);
        let skill = score(&sample).zip(score(&noise)).and_then(|(ours, noise)| {
            // Where noise cannot be wrong there is nothing to be better at, and a run without a value says nothing of either.
            (noise > 0.0 && whole).then(|| 1.0 - ours / noise)
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
    };
    expectations.iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::arms;
    use dtao_statistics::Verdict;

    fn expect(target: f64) -> Expectation {
        Expectation {
            metric: "price.1752".into(),
            target,
            within: (target - 0.5, target + 0.5),
            kind: Kind::Validation,
            source: String::new(),
        }
    }

    #[test]
    fn a_fact_is_met_by_the_median_covered_by_the_range_and_scored_against_noise() {
        let row = |seed: u32, arm: &str, price: f64| format!("{seed},0,{arm},{seed},{price}\n");
        let rows: Vec<String> = (0..21)
            .flat_map(|seed| {
                [row(seed, "baseline", 1.0 + f64::from(seed) / 10.0), row(seed, "noise_only", 9.0)]
            })
            .collect();
        let runs = arms(&format!("run,point,arm,seed,price.1752\n{}", rows.concat()));
        let expected = [expect(2.2), expect(2.95)];
        let found = checks("M1", &expected, (&runs, "baseline"), Some((&runs, "noise_only")));
        let told = |check: &Check| (check.comparison.verdict, check.comparison.covered);
        assert_eq!(found[0].comparison.median, Some(2.0));
        assert_eq!(told(&found[0]), (Verdict::Met, Some(true)));
        assert_eq!(told(&found[1]), (Verdict::Missed, Some(false)));
        let skill = found[0].skill.expect("both have runs");
        assert!(skill > 0.9 && skill < 1.0, "{skill}");
    }

    #[test]
    fn a_run_of_noise_without_a_value_leaves_no_score() {
        let runs = arms(
            "run,point,arm,seed,price.1752\n0,0,a,0,2\n1,0,a,1,3\n2,0,noise_only,0,9\n3,0,noise_only,1,\n",
        );
        let found = checks("M1", &[expect(2.2)], (&runs, "a"), Some((&runs, "noise_only")));
        assert_eq!(found[0].skill, None);
    }

    #[test]
    fn what_was_not_made_is_not_answered() {
        let findings = findings(&[expect(2.2)], &Tables::new());
        assert!(findings.checks.is_empty() && findings.answers.is_empty(), "{findings:?}");
    }

    #[test]
    fn every_published_figure_is_one_that_is_still_asked_for() {
        let published = crate::published::sn28();
        let header = "run,point,arm,seed,worst.by_pumper,worst.by_holders,worst.by_owner,worst_by_older\n";
        // All arms in every part, each with one without the intervention.
        let row = |arm: &str| format!("0,0,{arm},0,1,1,1,1\n0,0,{arm}_alone,0,1,1,1,1\n");
        let rows: String = published.answers().map(|asked| row(&asked.arm)).collect();
        let runs = arms(&format!("{header}{rows}"));
        let of_parts = |mechanism: &'static Mechanism| {
            (mechanism.name, mechanism.parts.iter().map(|part| (part.name, runs.clone())).collect())
        };
        let tables: Tables = MECHANISMS.iter().map(of_parts).collect();
        let asked = findings(&[], &tables).answers;
        for key in published.answers() {
            let is_asked = asked.iter().any(|answer| {
                (answer.question, answer.mechanism, answer.arm.as_str(), answer.measure)
                    == (key.question.as_str(), key.mechanism.as_str(), key.arm.as_str(), key.measure.as_str())
            });
            assert!(is_asked, "{key:?}");
        }
    }
}
