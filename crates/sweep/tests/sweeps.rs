//! The project's sweeps, and that their runs are as independent as their seeds.

use std::fs;
use std::path::{Path, PathBuf};

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, run};
use dtao_sweep::plan::Plan;

fn sweeps() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/sweeps");
    let paths =
        fs::read_dir(folder).expect("the folder of sweeps").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "ron")).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

#[test]
fn every_sweep_of_the_project_can_be_run() {
    for path in sweeps() {
        let plan = Plan::read(&path, None).unwrap_or_else(|error| panic!("{error}"));
        plan.check().unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The first outcome of the smoke sweep's first point over so many seeds.
fn outcomes(seeds: std::ops::Range<u64>) -> Vec<f64> {
    let path = sweeps().into_iter().find(|path| path.ends_with("smoke.ron")).expect("the example");
    let loaded = Plan::read(&path, None).and_then(|plan| plan.load(2 * 2)).expect("a good sweep");
    let outcome = |seed| {
        let options = Options { seed: RunSeed(seed), audit: Audit::Off };
        let summary = run(&loaded, options, None, &mut |_| Progress::Continue).expect("it runs");
        summary.metrics["sn1.price"].expect("reached")
    };
    seeds.map(outcome).collect()
}

/// Pearson's correlation of the ranks, which a heavy tail does not move.
fn rank_correlation(a: &[f64], b: &[f64]) -> f64 {
    let ranks = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|x| values.iter().filter(|y| *y < x).count() as f64).collect()
    };
    let (a, b) = (ranks(a), ranks(b));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let over = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
    };
    over(&a, mean_a, &b, mean_b) / (over(&a, mean_a, &a, mean_a) * over(&b, mean_b, &b, mean_b)).sqrt()
}

#[test]
fn replicates_are_independent_and_equal_seeds_are_equal_runs() {
    let values = outcomes(0..600);
    assert_eq!(values[100..110], outcomes(100..110));
    let mut distinct = values.clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    // Runs in which nobody trades subnet 1 are rightly alike.
    assert!(distinct.len() > 500, "{} of 600 differ", distinct.len());
    let numbers: Vec<f64> = (0..600_u32).map(f64::from).collect();
    // Four standard errors of a correlation of independent values.
    let bound = 4.0 / 600_f64.sqrt();
    for lag in [1, 2, 3, 7, 64] {
        let found = rank_correlation(&values[lag..], &values[..600 - lag]);
        assert!(found.abs() < bound, "seeds {lag} apart: {found}");
    }
    assert!(rank_correlation(&numbers, &values).abs() < bound, "no trend with the seed's number");
    let far: Vec<f64> = outcomes((1 << 32)..(1 << 32) + 600);
    assert!(rank_correlation(&values, &far).abs() < bound, "seeds that share their low bits");
}
