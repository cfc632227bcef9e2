//! Fits of models whose posterior is known.

use std::collections::BTreeMap;

use dtao_fit::table::{Fact, FactSet, Model, Quantity, Role, Scale, Table};
use dtao_fit::{Believed, Calibration, Settings, fit};
use dtao_statistics::Support;
use dtao_statistics::random::keyed;
use rand_distr::{Distribution, StandardNormal};

const SETTINGS: Settings = Settings { accept: 0.1, truths: 200 };
/// What is recorded.
const X: f64 = 2.0;

/// Draws of a normal mean, 2 wide; an observation of it with error 1; and a number that nothing depends on.
fn mean(name: &str, seed: u64, draws: usize, width: f64) -> Model {
    let mut random = keyed(seed, &[]);
    let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
    let rows: Vec<[f64; 4]> = (0..draws)
        .map(|_| {
            let theta = width * normal();
            [theta, theta + normal(), normal(), normal()]
        })
        .collect();
    let column = |at: usize| rows.iter().map(|row| Some(row[at])).collect::<Vec<_>>();
    let quantity = |role, name: &str, values, support| Quantity { role, name: name.into(), values, support };
    let above: Vec<Option<f64>> = rows.iter().map(|row| Some(f64::from(u8::from(row[0] > 1.0)))).collect();
    let cubed: Vec<Option<f64>> = rows.iter().map(|row| Some(row[0].powi(3))).collect();
    Model {
        name: name.into(),
        runs: draws,
        // Each mechanism's draws are its own.
        draws: (0..draws as u64).map(|number| (seed, number)).collect(),
        outcomes: BTreeMap::from([
            ("x".into(), column(1)),
            ("idle".into(), column(2)),
            ("more".into(), column(3)),
        ]),
        quantities: vec![
            quantity(Role::Parameter, "theta", column(0), Support::Numbers),
            quantity(Role::Parameter, "nuisance", column(3), Support::Numbers),
            quantity(Role::Answer, "cube", cubed, Support::Numbers),
            quantity(Role::Answer, "above 1", above, Support::ZeroOrOne),
        ],
    }
}

fn facts(outcomes: &[&str]) -> FactSet {
    let fact = |&outcome: &&str| Fact {
        outcome: outcome.into(),
        recorded: if outcome == "x" { X } else { 0.0 },
        scale: Scale::Linear,
    };
    FactSet { name: "all".into(), facts: outcomes.iter().map(fact).collect() }
}

fn believed<'f>(all: &'f [Believed], name: &str) -> &'f Believed {
    all.iter().find(|believed| believed.name == name).expect("a quantity of this name")
}

fn calibrated<'f>(all: &'f [Calibration], name: &str) -> &'f Calibration {
    all.iter().find(|calibration| calibration.name == name).expect("a quantity of this name")
}

fn near(found: f64, known: f64, by: f64) {
    assert!((found - known).abs() < by, "{found} is not {known}");
}

#[test]
fn the_posterior_of_a_normal_mean_is_the_known_one() {
    let table = Table { models: vec![mean("m", 1, 6_000, 2.0)] };
    let found = fit(&table, &facts(&["x", "idle"]), &SETTINGS);
    // Normal with mean 4/5 x and variance 4/5.
    let (centre, sd) = (0.8 * X, 0.8_f64.sqrt());
    let theta = believed(&found.believed, "theta");
    near(theta.posterior.value, centre, 0.12);
    near(theta.posterior.low, centre - 1.645 * sd, 0.2);
    near(theta.posterior.high, centre + 1.645 * sd, 0.2);
    near(theta.mean, centre, 0.12);
    near(theta.prior.value, 0.0, 0.1);
    near(theta.prior.high, 1.645 * 2.0, 0.15);
    // Rejection alone is wider, since what is near is not at the point.
    assert!(theta.rejection.high - theta.rejection.low > theta.posterior.high - theta.posterior.low);
    // A monotone function of it has the same quantiles, whatever its tails.
    let cube = believed(&found.believed, "cube");
    near(cube.posterior.value, centre.powi(3), 0.9);
    near(cube.contraction, theta.contraction, 1e-9);
    // Above 1 with the probability that a normal one is above -0.67 deviations: 0.749.
    let above = believed(&found.believed, "above 1");
    assert!(above.is_probability);
    near(above.posterior.value, 0.749, 0.05);
    assert!(above.posterior.low < 0.749 && 0.749 < above.posterior.high, "{above:?}");
    let nuisance = believed(&found.believed, "nuisance");
    near(nuisance.posterior.value, 0.0, 0.2);
    near(nuisance.contraction, 0.0, 0.1);
}

#[test]
fn synthetic_truths_say_what_is_calibrated_and_what_is_identified() {
    let table = Table { models: vec![mean("m", 2, 4_000, 2.0)] };
    let found = fit(&table, &facts(&["x", "idle"]), &SETTINGS);
    for name in ["theta", "nuisance", "cube", "above 1"] {
        let calibration = calibrated(&found.calibration, name);
        assert_eq!(calibration.truths, 200);
        assert!(calibration.calibrated, "{calibration:?}");
    }
    for name in ["theta", "cube"] {
        let calibration = calibrated(&found.calibration, name);
        assert!(calibration.identified && calibration.contraction > 0.4, "{calibration:?}");
        assert!(calibration.ranks.expect("a number") < 1.36 / 200_f64.sqrt(), "{calibration:?}");
    }
    assert!(!calibrated(&found.calibration, "nuisance").identified);
    assert!(calibrated(&found.calibration, "above 1").contraction > 0.2);
}

#[test]
fn intervals_that_are_too_wide_are_told() {
    // Half of all runs are never near; without the correction, that is.
    let table = Table { models: vec![mean("m", 3, 2_000, 20.0)] };
    let found = fit(&table, &facts(&["x"]), &Settings { accept: 0.5, truths: 200 });
    let theta = calibrated(&found.calibration, "theta");
    assert!(theta.coverage_by_rejection.is_some_and(|covered| covered > 0.95), "{theta:?}");
    // And a plane through half of the runs is not the right one at their edge: the ranks show what is left.
    let chosen = fit(&table, &facts(&["x"]), &Settings { accept: 0.05, truths: 200 });
    let better = calibrated(&chosen.calibration, "theta");
    assert!(better.calibrated && better.contraction > theta.contraction - 0.05, "{better:?} {theta:?}");
}

#[test]
fn models_have_their_known_weights_and_truths_are_taken_for_what_they_are() {
    let table = Table { models: vec![mean("narrow", 4, 4_000, 0.0), mean("wide", 5, 4_000, 3.0)] };
    let found = fit(&table, &facts(&["x", "idle"]), &Settings { accept: 0.05, truths: 200 });
    // Densities of x = 2 under N(0, 1) and N(0, 10): 0.0540 and 0.1033.
    let known = 0.1033 / (0.1033 + 0.0540);
    let [narrow, wide] = &found.weights[..] else { panic!("{:?}", found.weights) };
    near(wide.weight, known, 0.07);
    near(wide.rejection, known, 0.07);
    near(narrow.weight + wide.weight, 1.0, 1e-12);
    assert!(wide.low < known && known < wide.high, "{wide:?}");
    let of = |truth: &str, model: &str| {
        let found = found.confusion.iter().find(|row| row.truth == truth && row.model == model);
        found.expect("all pairs are there")
    };
    assert!(of("narrow", "narrow").chosen > 0.8, "{:?}", found.confusion);
    assert!(of("wide", "wide").chosen > 0.45, "{:?}", found.confusion);
    // What is given to a model is what it has: calibrated on average over equally probable models.
    near(0.5 * (of("narrow", "wide").weight + of("wide", "wide").weight), 0.5, 0.06);
    let x = found.telling.iter().find(|row| row.outcome == "x").expect("an outcome");
    assert!(x.used && x.bits > 3.0 * x.by_chance, "{x:?}");
    let idle = found.telling.iter().find(|row| row.outcome == "more").expect("an outcome");
    assert!(!idle.used && idle.bits <= 2.0 * idle.by_chance, "{idle:?}");
}

#[test]
fn a_fact_that_was_held_back_is_the_one_that_tells() {
    let table = Table { models: vec![mean("narrow", 6, 2_000, 0.0), mean("wide", 7, 2_000, 5.0)] };
    let found = fit(&table, &facts(&["idle"]), &SETTINGS);
    assert_eq!(found.telling[0].outcome, "x");
    assert!(found.telling[0].bits_near > 3.0 * found.telling[0].by_chance_near, "{:?}", found.telling);
}

#[test]
fn the_same_table_gives_the_same_findings() {
    let table = Table { models: vec![mean("a", 8, 300, 1.0), mean("b", 9, 300, 2.0)] };
    let settings = Settings { accept: 0.2, truths: 30 };
    let found = fit(&table, &facts(&["x"]), &settings);
    assert_eq!(found, fit(&table, &facts(&["x"]), &settings));
}

#[test]
fn runs_that_lack_a_fact_count_against_their_model() {
    // Of the second model nine in ten runs never come to the fact.
    let mut models = vec![mean("a", 10, 2_000, 2.0), mean("b", 11, 2_000, 2.0)];
    let x = models[1].outcomes.get_mut("x").expect("an outcome");
    x.iter_mut().enumerate().filter(|(row, _)| row % 10 > 0).for_each(|(_, value)| *value = None);
    let found = fit(&Table { models }, &facts(&["x"]), &SETTINGS);
    near(found.weights[1].rejection, 1.0 / 11.0, 0.05);
    near(found.weights[1].weight, 1.0 / 11.0, 0.05);
    assert_eq!((found.weights[1].draws, found.weights[1].complete), (2_000, 200));
}

/// The same draws under two mechanisms that are one: whatever is drawn again, neither can win.
#[test]
fn runs_of_one_draw_under_two_mechanisms_are_one_day() {
    let one = mean("a", 12, 600, 2.0);
    let other = Model { name: "b".into(), ..one.clone() };
    let settings = Settings { accept: 0.1, truths: 60 };
    let found = fit(&Table { models: vec![one, other] }, &facts(&["x"]), &settings);
    for weight in &found.weights {
        near(weight.low, 0.5, 1e-9);
        near(weight.high, 0.5, 1e-9);
    }
    assert_eq!(found.confusion.len(), 4);
    for row in &found.confusion {
        near(row.weight, 0.5, 1e-9);
    }
}

#[test]
fn nothing_is_said_of_what_no_run_near_to_the_facts_has() {
    let mut model = mean("m", 13, 600, 2.0);
    let x = model.outcomes["x"].clone();
    for quantity in &mut model.quantities {
        // A number and a probability that only days far from the recorded one have.
        if ["cube", "above 1"].contains(&quantity.name.as_str()) {
            let far = |x: Option<f64>| x.is_some_and(|x| !(-1.0..=5.0).contains(&x));
            let values = quantity.values.iter().zip(&x).map(|(value, &x)| value.filter(|_| far(x)));
            quantity.values = values.collect();
        }
    }
    let found = fit(&Table { models: vec![model] }, &facts(&["x"]), &Settings { accept: 0.05, truths: 40 });
    let names: Vec<&str> = found.believed.iter().map(|believed| believed.name.as_str()).collect();
    assert_eq!(names, ["theta", "nuisance"]);
}
