//! Whole runs: February 2025, two weeks with 2,000 agents, and what recording adds.

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, run};
use dtao_experiment::scenario::Loaded;
use dtao_files::folder::Beginning;

fn load(assignments: &[&str]) -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/february_2025.ron");
    let assignments: Vec<String> = assignments.iter().map(ToString::to_string).collect();
    Loaded::read(&path, &assignments).expect("the scenario is good")
}

/// February's market for two weeks, with 2,000 noise traders on top.
fn two_weeks() -> Loaded {
    let mut loaded = load(&["blocks=100_800"]);
    let noise = "(name: \"traders\", count: 2000, tao: \"50 TAO\", strategy: Noise(netuids: [], \
                 trades_per_day: 10.0, buys: 0.5, median_size: \"1 TAO\", size_deviation: 1.2))";
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::UNWRAP_VARIANT_NEWTYPES);
    loaded.scenario.agents.push(options.from_str(noise).expect("a good group"));
    loaded.scenario.metrics.clear();
    loaded
}

fn runs(criterion: &mut Criterion) {
    let options = Options { seed: RunSeed(1), audit: Audit::Off };
    let once = |loaded: &Loaded, out: Option<&PathBuf>| {
        let out = out.map(|folder| Output { folder, beginning: Beginning::Replacing });
        run(loaded, options, out, &mut |_| Progress::Continue).expect("it runs")
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_owned();
    let mut group = criterion.benchmark_group("run");
    group.sample_size(10);
    let mut february = load(&[]);
    february.scenario.metrics.clear();
    group.bench_function("february 2025: 209,281 blocks, 64 to 77 subnets replayed", |bencher| {
        bencher.iter(|| once(&february, None));
    });
    group.bench_function("february 2025, recorded every 100 blocks", |bencher| {
        bencher.iter(|| once(&february, Some(&out)));
    });
    let two_weeks = two_weeks();
    group.bench_function("two weeks, 2,000 agents", |bencher| bencher.iter(|| once(&two_weeks, None)));
    group.bench_function("two weeks, 2,000 agents, recorded every 100 blocks", |bencher| {
        bencher.iter(|| once(&two_weeks, Some(&out)));
    });
    let mut quiet = load(&["blocks=100_000", "agents.foundation.strategy.calls=[]"]);
    quiet.scenario.agents.retain(|group| group.name == "market");
    quiet.scenario.agents[0].strategy = ron::from_str("Script((calls: []))").expect("a good strategy");
    quiet.scenario.metrics.clear();
    group.bench_function("100,000 blocks, 64 subnets, nobody acts", |bencher| {
        bencher.iter(|| once(&quiet, None));
    });
    group.finish();
}

criterion_group!(benches, runs);
criterion_main!(benches);
