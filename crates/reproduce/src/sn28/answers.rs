//! What each mechanism answers.

use dtao_experiment::scenario::{Expectation, Kind};
use dtao_statistics::Verdict;

use super::{Check, MECHANISMS, Tables, checks, gains, of, order};
use crate::{Answer, Arms, pairs, sorted};

const CAUSED: &str = "How much of the fall did the cut cause?";
const LEFT: &str = "What is left of the price a day later?";
const RESCUE: &str = "Does the rescue work?";
const SEEN: &str = "Does it work where weights are seen before they count?";
const HOURLY: &str = "How would it look in hourly prices?";
const LOOP: &str = "What does the moving price do?";
const PARTS: &str = "What does each part do?";

const SINCE_1752: &str = "part of the fall of ln(price) from 17:52 to the day's trough";
const SINCE_PEAK: &str = "part of the fall of ln(price) from the peak to the day's trough";
const WORKS: &str = "part of the seeds in which it works";

/// What the sweeps of all mechanisms say.
pub(super) fn all(expectations: &[Expectation], tables: &Tables) -> Vec<Answer> {
    let mut answers = Vec::new();
    for mechanism in &MECHANISMS {
        let Some(main) = of(tables, mechanism.name, "main") else { continue };
        let name = mechanism.name;
        let arms: &[&str] = if mechanism.is_cut() {
            &["baseline", "no_intervention", "no_pumper", "neither"]
        } else {
            &["baseline", "no_pumper"]
        };
        if mechanism.is_cut() {
            answers.extend(caused(name, main));
        }
        answers.extend(arms.iter().map(|arm| left(name, main, arm)));
        answers.extend(arms.iter().map(|arm| rescue(name, main, arm)));
        if let Some(rescues) = of(tables, name, "rescue") {
            answers.extend(rescued(name, rescues));
        }
        answers.extend(order::answers(name, main));
        answers.extend(
            arms.iter()
                .filter(|arm| !arm.starts_with('n') || **arm == "no_intervention")
                .flat_map(|arm| hourly(name, main, arm)),
        );
        answers.extend(gains::answers(mechanism, main, of(tables, name, "attack")));
        if let Some(ablations) = of(tables, name, "ablations") {
            answers.extend(moving_price(name, main, ablations));
            answers.extend(parts(name, expectations, main, ablations));
        }
    }
    answers
}

/// One less what of a log fall is left without the intervention, run by run with the same random numbers.
fn caused_part(with: (&Arms, &str), without: (&Arms, &str), fall: &str) -> Vec<f64> {
    let part = |(with, without)| {
        let (with, without) = (log_fall(with)?, log_fall(without)?);
        (with > 0.0).then(|| 1.0 - without / with)
    };
    pairs(with, without, fall).into_iter().filter_map(part).collect()
}

/// The fall of the logarithm, of a return from -1 to 0.
fn log_fall(fall: f64) -> Option<f64> {
    (fall > -1.0).then(|| -libm::log1p(fall))
}

fn caused(mechanism: &'static str, main: &Arms) -> Vec<Answer> {
    let part = |measure, fall| {
        let parts = caused_part((main, "baseline"), (main, "no_intervention"), fall);
        Answer::to(CAUSED, mechanism, "baseline", measure).median(&parts)
    };
    let falls = sorted(main.of("no_intervention", "dump"));
    let without = Answer::to(CAUSED, mechanism, "no_intervention", "fall from 17:52 to the day's trough");
    vec![part(SINCE_1752, "dump"), part(SINCE_PEAK, "fall_from_peak"), without.median(&falls)]
}

fn left(mechanism: &'static str, runs: &Arms, arm: &str) -> Answer {
    let prices = sorted(runs.of(arm, "price.next_day"));
    Answer::to(LEFT, mechanism, arm, "price on the 26th at 17:52, TAO").median(&prices)
}

/// In which runs the price is down by 80 % a day after the switch counts, at 17:52, and the rank beyond 40.
fn works(runs: &Arms, arm: &str, before: &str) -> Vec<bool> {
    let outcomes = runs.together(arm, [before, "price.next_day", "rank.next_day"]);
    outcomes.into_iter().map(|[before, after, rank]| after <= 0.2 * before && rank > 40.0).collect()
}

fn rescue(mechanism: &'static str, runs: &Arms, arm: &str) -> Answer {
    Answer::to(RESCUE, mechanism, arm, WORKS).proportion(&works(runs, arm, "price.1752"))
}

/// What other coalitions, rules and times come to.
fn rescued(mechanism: &'static str, runs: &Arms) -> Vec<Answer> {
    let named = |prefix: &str| -> Vec<&str> {
        let mut named: Vec<&str> = runs.names().filter(|name| name.starts_with(prefix)).collect();
        named.sort_by_key(|name| std::cmp::Reverse(name[prefix.len()..].parse::<u32>().ok()));
        named
    };
    let coalitions = named("coalition_");
    let others = ["zero_holders", "reward_sellers", "switch_1808"];
    let arms = coalitions.iter().copied().chain(others);
    let mut answers: Vec<Answer> = arms.map(|arm| rescue(mechanism, runs, arm)).collect();
    // Where holders may leave before 17:52, what is left of the price at 17:52 says little.
    let measure = "part of the seeds in which it works, from the price of 16:40 on";
    answers.extend(
        coalitions
            .into_iter()
            .chain(named("seen_"))
            .map(|arm| Answer::to(SEEN, mechanism, arm, measure).proportion(&works(runs, arm, "price.1640"))),
    );
    // These act at other times.
    answers.extend(["switch_1252", "switch_by_rank"].map(|arm| left(mechanism, runs, arm)));
    answers
}

/// What pumps of other subnets, which are known by the hour, can be held against.
fn hourly(mechanism: &'static str, runs: &Arms, arm: &str) -> Vec<Answer> {
    let falls = sorted(runs.of(arm, "hourly.fall_9h"));
    let later = sorted(runs.of(arm, "hourly.fall_after_6h"));
    let to = |measure| Answer::to(HOURLY, mechanism, arm, measure);
    let beyond = |part: f64| falls.iter().map(|&fall| fall <= -part).collect::<Vec<_>>();
    vec![
        to("deepest fall within 9 hours of the peak").median(&falls),
        to("part of the seeds that fall by 50 % within 9 hours of the peak").proportion(&beyond(0.5)),
        to("part of the seeds that fall by 80 % within 9 hours of the peak").proportion(&beyond(0.8)),
        to("from 6 hours after the peak to the lowest of the next 6").median(&later),
    ]
}

/// What the moving price's coefficient does to the share of the emission, and to the price.
fn moving_price(mechanism: &'static str, main: &Arms, ablations: &Arms) -> Vec<Answer> {
    let arms = [(ablations, "moving_3e-6"), (main, "baseline"), (ablations, "moving_spot")];
    let mut answers = Vec::new();
    for (runs, arm) in arms {
        for (outcome, measure) in [
            ("emission_share.1752", "share of the emission at 17:52"),
            ("emission_share.2400", "share of the emission at 24:00"),
            ("emission_share.26th", "share of the emission a day later"),
        ] {
            let shares = sorted(runs.of(arm, outcome));
            answers.push(Answer::to(LOOP, mechanism, arm, measure).median(&shares));
        }
    }
    for arm in ["moving_3e-6", "moving_spot"] {
        for (outcome, measure) in [
            ("peak_over_0500", "the peak with 3e-4 over that with this coefficient"),
            ("price.1752", "the price of 17:52 with 3e-4 over that with this coefficient"),
        ] {
            let ratios = pairs((main, "baseline"), (ablations, arm), outcome);
            let ratios: Vec<f64> = ratios.into_iter().map(|(slow, other)| slow / other).collect();
            answers.push(Answer::to(LOOP, mechanism, arm, measure).median(&ratios));
        }
    }
    answers
}

/// The facts and the answers without each part.
fn parts(
    mechanism: &'static str,
    expectations: &[Expectation],
    main: &Arms,
    ablations: &Arms,
) -> Vec<Answer> {
    let with_pair = ablations.names().filter(|name| ablations.has(&format!("{name}_alone")));
    let mut arms: Vec<(&Arms, &str, String)> = vec![(main, "baseline", "no_intervention".into())];
    arms.extend(with_pair.map(|name| (ablations, name, format!("{name}_alone"))));
    let mut answers = Vec::new();
    for (runs, arm, without) in arms {
        let checks = checks(mechanism, expectations, (runs, arm), None);
        let met = |kind, measure| {
            let of_kind: Vec<&Check> = checks.iter().filter(|check| check.kind == kind).collect();
            let met = of_kind.iter().filter(|check| check.comparison.verdict == Verdict::Met).count();
            let n = of_kind.iter().map(|check| check.comparison.runs).max().unwrap_or(0);
            Answer { value: Some(met as f64), range: "", n, ..Answer::to(PARTS, mechanism, arm, measure) }
        };
        let part = |measure, fall| {
            let parts = caused_part((runs, arm), (runs, &without), fall);
            Answer::to(PARTS, mechanism, arm, measure).median(&parts)
        };
        let falls = sorted(runs.of(arm, "dump"));
        answers.extend([
            met(Kind::Calibrated, "fitted facts met"),
            met(Kind::Validation, "facts kept for the test met"),
            Answer::to(PARTS, mechanism, arm, "fall from 17:52 to the day's trough").median(&falls),
            part(SINCE_1752, "dump"),
            part(SINCE_PEAK, "fall_from_peak"),
            Answer::to(PARTS, mechanism, arm, WORKS).proportion(&works(runs, arm, "price.1752")),
        ]);
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::arms;

    #[test]
    fn the_cuts_part_is_paired_by_seed() {
        // With it the price falls to a tenth and a hundredth; without it to half, and not at all.
        let runs = arms(
            "run,point,arm,seed,dump,fall_from_peak\n0,0,baseline,1,-0.9,\n1,0,baseline,2,-0.99,\n\
             2,0,no_intervention,2,0,\n3,0,no_intervention,1,-0.5,\n",
        );
        let [part, whole, fall] = caused("M1", &runs).try_into().expect("three");
        let ln = libm::log;
        let expected = f64::midpoint(1.0 - ln(0.5) / ln(0.1), 1.0);
        assert!((part.value.expect("two pairs") - expected).abs() < 1e-12, "{part:?}");
        assert_eq!((part.n, whole.value, fall.value), (2, None, Some(-0.25)));
    }

    #[test]
    fn a_rescue_works_if_price_and_rank_are_down() {
        let runs = arms(
            "run,point,arm,seed,price.1752,price.next_day,rank.next_day\n0,0,a,1,1,0.2,41\n1,0,a,2,1,0.21,41\n\
             2,0,a,3,1,0.1,40\n3,0,a,4,1,,41\n4,0,a,5,2,0.3,70\n",
        );
        let works = rescue("M1", &runs, "a");
        assert_eq!((works.value, works.n), (Some(0.5), 4));
        assert_eq!(rescue("M1", &runs, "another").value, None);
    }

    #[test]
    fn a_coefficients_effect_on_the_price_is_a_ratio_of_pairs() {
        let header = "run,point,arm,seed,peak_over_0500\n";
        let main = arms(&format!("{header}0,0,baseline,1,3\n1,0,baseline,2,4\n"));
        let others = arms(&format!("{header}0,0,moving_3e-6,2,5\n1,0,moving_3e-6,1,3\n"));
        let answers = moving_price("M1", &main, &others);
        let peak = answers.iter().find(|answer| answer.measure.starts_with("the peak")).expect("it is asked");
        assert_eq!((peak.value, peak.n), (Some(0.9), 2));
    }
}
